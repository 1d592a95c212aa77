"""Small lines side by side, on one scale."""

from plainrecord.core.translation import to_translate
from plainrecord.publishing.charts.line import LineChart


class SmallMultiples(LineChart):
    """One panel of lines for each value of `facet`."""

    words = to_translate("Small line charts")
    needs = ("facet",)


CHART = ("small-multiples", SmallMultiples)
