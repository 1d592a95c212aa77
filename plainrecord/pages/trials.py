"""Plausibility and reconciliation pages: outcomes and accounts as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from plainrecord.ground.paths import dataset_page
from plainrecord.model.accounts import Account, Line
from plainrecord.model.products import Edition
from plainrecord.model.trials import Outcome, Strip, Verdict
from plainrecord.pages.contexts.portal import Place, TableCell
from plainrecord.pages.contexts.trials import (
    Numbers,
    OutcomeView,
    PlausibilityContext,
    ReconciliationContext,
    Square,
    StripView,
    YearOfSquares,
)
from plainrecord.pages.planned import Planned, Shells
from plainrecord.pages.tallies import tell_receipts
from plainrecord.pages.trialwords import WORDS

SHADES = 6
_TRIED = (
    "The numbers on this page were worked out by the build from the rows of a query, which stands "
    "beside them and can be run by hand. They have no receipt that “plainrecord verify” runs again."
)
MOST_LINES = 200
_ORDER = {Verdict.NOTICED: 0, Verdict.PASSED: 1, Verdict.NOT_APPLICABLE: 2}
_COUNTED = {
    "equal": "the same",
    "within": "different within the tolerance",
    "differs": "different",
    "here": "only in the first source",
    "there": "only in the second source",
    "suppressed": "suppressed",
}
_STATUS = {
    "equal": "the same",
    "within": "within the tolerance",
    "differs": "differs",
    "here": "only in the first",
    "there": "only in the second",
    "suppressed": "suppressed",
}


def trials_page(edition: Edition) -> str:
    """The page of the rules that were put to an edition, "" where there are none."""
    return f"{edition.package.home}/plausibility/index.html" if edition.outcomes else ""


def reconciliation_page(name: str) -> str:
    """The page of a reconciliation; names are unique in the portal."""
    return f"reconciliations/{name}/index.html"


def place_reconciliations(edition: Edition) -> tuple[Place, ...]:
    """The reconciliations of a dataset, each with its page."""
    held = [account.reconciliation for account in edition.accounts]
    return tuple(Place(item.title, reconciliation_page(item.name)) for item in held)


def plan_trials(shells: Shells, trail: tuple[Place, ...], edition: Edition) -> list[Planned]:
    """The page of the rules that were put to a dataset, where there are any.

    `trail` ends with the dataset's own page.
    """
    package, path = edition.package, trials_page(edition)
    if not path:
        return []
    title = f"Does it look right? {package.title}"
    about = f"Rules that were put to {package.title}, and what they noticed."
    counts = {v: sum(o.verdict is v for o in edition.outcomes) for v in Verdict}
    receipts = tell_receipts(counted=_TRIED)
    context = PlausibilityContext(
        shell=shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts),
        edition=edition,
        dataset=f"{package.home}/index.html",
        outcomes=describe_outcomes(edition.outcomes),
        noticed=counts[Verdict.NOTICED],
        passed=counts[Verdict.PASSED],
        idle=counts[Verdict.NOT_APPLICABLE],
    )
    return [(path, "plausibility.html", context)]


def plan_reconciliations(
    shells: Shells, trail: tuple[Place, ...], edition: Edition, titles: Mapping[str, str]
) -> list[Planned]:
    """A page for each reconciliation that a dataset declares; `titles` are those of all datasets."""
    package = edition.package
    home = f"{package.home}/index.html"
    below = (*trail, Place(package.title, home))
    planned: list[Planned] = []
    for account in edition.accounts:
        held = account.reconciliation
        path = reconciliation_page(held.name)
        about = f"{held.here.label} and {held.there.label}, side by side."
        other = held.there.dataset or package.name
        said, groups, lines, matched = describe_account(account)
        receipts = tell_receipts(counted=_TRIED)
        context = ReconciliationContext(
            shell=shells(
                path, held.title, about, below, synthetic=package.synthetic, receipts=receipts
            ),
            edition=edition,
            account=account,
            dataset=home,
            other=dataset_page(other),
            other_title=titles.get(other, other),
            said=said,
            groups=groups,
            lines=lines,
            matched=matched,
        )
        planned.append((path, "reconciliation.html", context))
    return planned


def describe_outcomes(outcomes: Sequence[Outcome]) -> tuple[OutcomeView, ...]:
    """The rules for readers: noticed, passed, not applicable, each in the maintainer's order."""
    ordered = sorted(outcomes, key=lambda outcome: _ORDER[outcome.verdict])
    return tuple(
        OutcomeView(
            outcome,
            WORDS[outcome.trial.kind],
            _tabulate(outcome.trial.title, outcome.headings, outcome.rows, outcome.left_out)
            if outcome.rows
            else None,
            tuple(_strip(strip, outcome.periods) for strip in outcome.strips),
            outcome.breaks,
        )
        for outcome in ordered
    )


def _tabulate(
    caption: str, headings: Sequence[str], rows: Sequence[Sequence[object]], left_out: int = 0
) -> Numbers:
    numeric = tuple(
        all(_is_number(row[n]) for row in rows if row[n] is not None) for n in range(len(headings))
    )
    return Numbers(
        caption,
        tuple(headings),
        numeric,
        tuple(tuple(_cell(cell, numeric[n]) for n, cell in enumerate(row)) for row in rows),
        left_out,
    )


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.endswith(" %")
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _cell(cell: object, numeric: bool) -> TableCell:
    if cell is None:
        return TableCell("suppressed or none" if numeric else "none", "absent")
    return TableCell(_show(cell), "number" if numeric else "key")


def _show(cell: object) -> str:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    return f"{cell:,.0f}" if float(cell).is_integer() else f"{cell:,.2f}"


def _strip(strip: Strip, periods: Sequence[str]) -> StripView:
    most = max((n for n in strip.counts if n is not None), default=0)
    squares = [(p, _square(p, n, most)) for p, n in zip(periods, strip.counts, strict=True)]
    years = tuple(
        YearOfSquares(year, _year(list(group)))
        for year, group in groupby(squares, key=lambda pair: pair[0][:4])
    )
    without = sum(n == 0 for n in strip.counts)
    there = f"records in {len(strip.counts) - without} of {len(strip.counts)} periods"
    return StripView(strip.label, there, years)


def _year(squares: list[tuple[str, Square]]) -> tuple[Square, ...]:
    """The squares of a year, each month at its place: the first year may begin in October."""
    first = squares[0][0]
    before = int(first[5:]) - 1 if len(first) == 7 and first[5:].isdigit() else 0
    return (*[Square("blank", "")] * before, *(square for _, square in squares))


def _square(period: str, count: int | None, most: int) -> Square:
    if count is None:
        return Square("held", f"{period}: suppressed")
    if count == 0:
        return Square("none", f"{period}: none")
    return Square(f"seq-{max(1, round(SHADES * count / most))}", f"{period}: {count:,}")


def describe_account(account: Account) -> tuple[tuple[str, ...], Numbers | None, Numbers | None, Numbers | None]:  # fmt: skip
    """What comparing came to: sentences, totals by group, lines that differ, rows matched."""
    reconciliation = account.reconciliation
    here, there = reconciliation.here.label, reconciliation.there.label
    if account.absence:
        return (account.absence,), None, None, None
    names = [key.name.capitalize() for key in reconciliation.keys]
    grouped = [key.name.capitalize() for key in reconciliation.keys if key.total]
    said = tuple(_sentences(account))
    if reconciliation.kind != "totals":
        rows = [
            (*m.keys, m.here, m.there, m.both, m.only_here, m.only_there) for m in account.matched
        ]
        heads = [*(grouped if reconciliation.kind == "records" else []), here, there, "In both", "Only in the first", "Only in the second"]  # fmt: skip
        return said, None, None, _tabulate("Rows matched", heads, rows) if rows else None
    sums = [
        (*g.keys, g.here, g.there, g.here - g.there, g.cells, g.differing) for g in account.groups
    ]
    heads = [*grouped, here, there, "Difference", "Cells", "Cells that differ"]
    totals = _tabulate("Totals", heads, sums) if sums else None
    shown = [line for line in account.lines if line.status != "equal"]
    if len(account.lines) <= 24:  # few enough to show whole
        shown = list(account.lines)
    lines = [(*line.keys, line.here, line.there, _difference(line), _STATUS[line.status]) for line in shown[:MOST_LINES]]  # fmt: skip
    heads = [*names, here, there, "Difference", "Result"]
    table = _tabulate("Line by line", heads, lines, max(0, len(shown) - MOST_LINES))
    return said, totals, table if lines else None, None


def _difference(line: Line) -> float | None:
    return None if line.here is None or line.there is None else line.here - line.there


def _sentences(account: Account) -> Iterator[str]:
    reconciliation = account.reconciliation
    if reconciliation.kind == "totals":
        parts = [
            f"{n:,} {word}" for status, word in _COUNTED.items() if (n := account.count(status))
        ]
        yield f"{len(account.lines):,} lines were compared. Result: {', '.join(parts)}."
        hiding = [group for group in account.groups if group.hides]
        if hiding:
            yield f"In {len(hiding):,} of {len(account.groups):,} totals both sources have the same sum, although the lines below it differ. Equal totals do not mean equal records."  # fmt: skip
    elif account.matched:
        both = sum(m.both for m in account.matched)
        here, there = sum(m.only_here for m in account.matched), sum(m.only_there for m in account.matched)  # fmt: skip
        yield f"{both:,} are in both sources, {here:,} only in the first, {there:,} only in the second."
        if reconciliation.kind == "records":
            yield "There is no number that identifies a record. Rows count as the same where all compared fields are the same, each row once."  # fmt: skip
        else:
            yield f"Together the two lists hold {both + here + there:,} different ones. There are at least that many."  # fmt: skip
    if account.estimate:
        low, high = account.estimate.low, account.estimate.high
        yield f"If the two lists are independent, nothing was added or removed in between, and every match was found, then there are between {low:,} and {high:,} in all, at 95 percent (Chapman 1951; Seber 1982). If being on one list makes it likelier to be on the other, the true number is higher."  # fmt: skip
    if account.refusal:
        yield f"No estimate of the whole is given. {account.refusal}"
    if account.suppressed:
        yield f"{account.suppressed:,} lines are suppressed for privacy, and so are totals that hold one."
