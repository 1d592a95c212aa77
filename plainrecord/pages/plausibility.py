"""Plausibility pages: what each rule noticed, as a reader sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from plainrecord.core.translation import _, to_translate
from plainrecord.model.counts import Shown, count_shown, label, say, show
from plainrecord.model.plausibility import Outcome, RuleStatus, Timeline
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.count_tables import tabulate
from plainrecord.pages.portal_context import DatasetPage, NumberCell, Numbers, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One office in one period: the class of its shade, its words, and what proves its number."""

    shade: str
    words: str
    proved: Shown | None = None


@dataclass(frozen=True, slots=True)
class YearOfSquares:
    """The periods of one year in a strip."""

    label: str
    squares: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class StripView:
    """One office over time, and in how many of the periods it has records."""

    label: NumberCell
    reported: NumberCell
    periods: NumberCell
    years: tuple[YearOfSquares, ...]


@dataclass(frozen=True, slots=True)
class PointView:
    """Where a line over time should be broken: since when, and why."""

    since: NumberCell
    said: Markup


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One rule for a reader: the outcome, its sentence, table, strips and breaks of lines."""

    outcome: Outcome
    said: Markup
    numbers: Numbers | None
    strips: tuple[StripView, ...]
    points: tuple[PointView, ...]


@dataclass(frozen=True, slots=True)
class PlausibilityContext(DatasetPage):
    """plausibility.html: every rule that is switched on for a dataset, what was noticed first."""

    outcomes: tuple[OutcomeView, ...]
    noticed: int
    passed: int
    idle: int


SHADES = 6
_TALLIED = to_translate("The totals at the top count the checks on this page.")
_ORDER = {RuleStatus.NOTICED: 0, RuleStatus.PASSED: 1, RuleStatus.NOT_APPLICABLE: 2}


def plausibility_page(release: ReleasedDataset) -> str:
    """The page of the rules that were put to a release, "" where there are none."""
    return f"{release.package.home}/plausibility/index.html" if release.outcomes else ""


def plan_plausibility(
    shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset
) -> list[Page]:
    """The page of the rules put to a dataset, if any; `trail` ends with the dataset's own page."""
    package, path = release.package, plausibility_page(release)
    if not path:
        return []
    title = _("Data quality checks: {title}").format(title=package.title)
    about = _("Data quality checks of {title}, and what they found.").format(title=package.title)
    counts = {v: sum(o.verdict is v for o in release.outcomes) for v in RuleStatus}
    views = describe_outcomes(release.outcomes)
    receipts = describe_receipts(
        figures=count_shown(tuple((v.outcome.said, v.numbers, v.strips, v.points) for v in views)),
        unproved=_(_TALLIED),
    )
    context = PlausibilityContext(
        shell=shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts),
        release=release,
        outcomes=views,
        noticed=counts[RuleStatus.NOTICED],
        passed=counts[RuleStatus.PASSED],
        idle=counts[RuleStatus.NOT_APPLICABLE],
    )
    return [Page(path, "plausibility.html", context)]


def describe_outcomes(outcomes: Sequence[Outcome]) -> tuple[OutcomeView, ...]:
    """The rules for readers: noticed, passed, not applicable, each in the maintainer's order."""
    ordered = sorted(outcomes, key=lambda outcome: _ORDER[outcome.verdict])
    return tuple(
        OutcomeView(
            outcome,
            say(outcome.said),
            _tabulate(outcome) if outcome.rows else None,
            tuple(_strip(strip, outcome.periods) for strip in outcome.strips),
            tuple(PointView(NumberCell(since, "key"), say(why)) for since, why in outcome.points),
        )
        for outcome in ordered
    )


def _tabulate(outcome: Outcome) -> Numbers:
    more = outcome.left_out if isinstance(outcome.left_out, Shown) else str(outcome.left_out or "")
    return tabulate(outcome.rule.title, outcome.headings, outcome.rows, more)


def _strip(strip: Timeline, periods: Sequence[str]) -> StripView:
    most = max((n for n in strip.counts if n is not None), default=0)
    squares = [(period, _square(strip, at, period, most)) for at, period in enumerate(periods)]
    years = tuple(
        YearOfSquares(year, _year(list(group)))
        for year, group in groupby(squares, key=lambda pair: pair[0][:4])
    )
    without = sum(n == 0 for n in strip.counts)
    reported: str | Shown = f"{len(strip.counts) - without}"
    name: str | Shown = strip.label
    if strip.proof:
        name, reported = label(strip.proof, f"{strip.row}.1"), show(strip.proof, f"{strip.row}.2")
    there = NumberCell(reported, "number")
    whole = NumberCell(strip.whole or f"{len(strip.counts)}", "number")
    return StripView(NumberCell(name, "key"), there, whole, years)


def _year(squares: list[tuple[str, HeatCell]]) -> tuple[HeatCell, ...]:
    """The squares of a year, each month at its place: the first year may begin in October."""
    first = squares[0][0]
    before = int(first[5:]) - 1 if len(first) == 7 and first[5:].isdigit() else 0
    return (*[HeatCell("blank", "")] * before, *(square for _, square in squares))


def _square(strip: Timeline, at: int, period: str, most: int) -> HeatCell:
    count = strip.counts[at]
    if count is None:
        return HeatCell("held", f"{period}: suppressed")
    if count == 0:
        return HeatCell("none", f"{period}: none")
    proved = show(strip.proof, f"{strip.row}.{at + 3}") if strip.proof else None
    return HeatCell(f"seq-{max(1, round(SHADES * count / most))}", f"{period}: {count:,}", proved)
