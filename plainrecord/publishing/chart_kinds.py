"""All kinds of charts by their names."""

from plainrecord.core.registry import load_modules
from plainrecord.publishing import charts
from plainrecord.publishing.chart_kind import ChartKind

CHARTS: dict[str, type[ChartKind]] = dict(module.CHART for module in load_modules(charts))


def kind_of(name: str) -> type[ChartKind]:
    """The kind of that name; one that draws nothing where there is none."""
    return CHARTS.get(name, ChartKind)
