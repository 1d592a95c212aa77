"""Reconciliation pages: two sources side by side, each number with its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plainrecord.core.paths import dataset_page
from plainrecord.core.plurals import begin_sentence
from plainrecord.model.counts import (
    CountTable,
    Sentence,
    Shown,
    count_shown,
    label,
    number,
    say,
    show,
)
from plainrecord.model.plausibility import FEW_LINES, STATUSES, ReconciliationResult
from plainrecord.model.products import Edition
from plainrecord.pages.count_tables import tabulate
from plainrecord.pages.portal_context import Place, Planned, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.pages.trials_context import Proved, ReconciliationContext

_COUNTED = (
    *("the same", "different within the tolerance", "different"),
    *("only in the first source", "only in the second source", "suppressed"),
)
"""How many lines came out in each way, in the order of STATUSES."""


def reconciliation_page(name: str) -> str:
    """The page of a reconciliation; names are unique in the portal."""
    return f"reconciliations/{name}/index.html"


def place_reconciliations(edition: Edition) -> tuple[Place, ...]:
    """The reconciliations of a dataset, each with its page."""
    held = [account.reconciliation for account in edition.accounts]
    return tuple(Place(item.title, reconciliation_page(item.name)) for item in held)


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
        said, tables = tuple(tell_account(account)), tuple(tabulate_account(account))
        receipts = describe_receipts(figures=count_shown((said, tables)))
        context = ReconciliationContext(
            shell=shells(
                path, held.title, about, below, synthetic=package.synthetic, receipts=receipts
            ),
            edition=edition,
            account=account,
            dataset=home,
            other=dataset_page(other),
            other_title=titles.get(other, other),
            said=tuple(map(say, said)),
            results=account.table("results"),
            more=tuple(t for t in map(account.table, ("alike", "estimate")) if t),
            tables=tables,
        )
        planned.append((path, "reconciliation.html", context))
    return planned


def tell_account(account: ReconciliationResult) -> Iterator[Sentence]:
    """What comparing came to, in sentences."""
    results = account.table("results")
    if account.absence or results is None:
        yield (account.absence,)
    elif account.reconciliation.kind == "totals":
        yield from _tell_totals(account, results)
    else:
        yield from _tell_matched(account, results)


def _tell_totals(account: ReconciliationResult, results: CountTable) -> Iterator[Sentence]:
    row = results.rows[0]
    parts: list[str | Shown] = []
    for place, word in enumerate(_COUNTED, 2):
        if row[place - 1]:
            parts += [", " if parts else "", show(results, f"1.{place}"), f" {word}"]
    compared = number(show(results, "1.1"), "line was compared", "lines were compared")
    yield (*compared, *((". Result: ", *parts) if parts else ()), ".")
    if alike := account.table("alike"):
        yield (
            "In ",
            show(alike, "1.2"),
            " of ",
            *number(show(alike, "1.1"), "total", "totals"),
            (
                " both sources have the same sum, although the lines behind it differ. Equal "
                "totals do not mean equal records."
            ),
        )
    if account.suppressed:
        place = results.columns.index(STATUSES[-1]) + 1
        yield _tell_suppressed(show(results, f"1.{place}"))


def _tell_matched(account: ReconciliationResult, results: CountTable) -> Iterator[Sentence]:
    both, here, there, few = (show(results, f"1.{place}") for place in (1, 2, 3, 4))
    if account.table("matched"):
        kept = ("Of the lines that are not suppressed, ",) if account.suppressed else ()
        yield (
            *(*kept, *number(both, "is in both sources", "are in both sources"), ", "),
            *(here, " only in the first, ", there, " only in the second."),
        )
        if account.reconciliation.kind == "records":
            yield (
                "Records have no identifier. Rows match if all compared fields are equal; each row is matched once.",
            )
        else:
            together = show(results, "1.1+1.2+1.3")
            held = number(together, "different one", "different ones")
            yield ("Together the two lists have ", *held, ", so there are at least that many.")
    if estimate := account.table("estimate"):
        yield (
            (
                "If the two lists are independent, nothing was added or removed in between, and every "
                "match was found, then there are between "
            ),
            show(estimate, "1.1"),
            " and ",
            show(estimate, "1.2"),
            (
                " in all, at 95 percent (Chapman 1951; Seber 1982). If being on one list makes it "
                "likelier to be on the other, the true number is higher."
            ),
        )
    if account.refusal:
        yield (f"No estimate of the total is given. {account.refusal}",)
    if account.suppressed:
        yield _tell_suppressed(few)


def _tell_suppressed(lines: Shown) -> Sentence:
    told = number(lines, "line is suppressed", "lines are suppressed")
    return (*told, " for privacy, and so are totals that include one.")


def tabulate_account(account: ReconciliationResult) -> Iterator[Proved]:
    """Totals by group, lines that differ, or what was matched, each with its table of counts."""
    reconciliation = account.reconciliation
    here, there = reconciliation.here.label, reconciliation.there.label
    names = [begin_sentence(key.name) for key in reconciliation.keys]
    grouped = [begin_sentence(key.name) for key in reconciliation.keys if key.total]
    if matched := account.table("matched"):
        at = len(matched.columns) - 3
        rows = [
            (
                *(label(matched, f"{n}.{m}") for m in range(1, at + 1)),
                *(show(matched, f"{n}.{at + m}") for m in (1, 2, 3)),
                *(show(matched, f"{n}.{at + m}-{n}.{at + 3}") for m in (1, 2)),
            )
            for n in range(1, len(matched.rows) + 1)
        ]
        heads = [*grouped[:at], here, there, "In both", "Only in the first", "Only in the second"]
        yield Proved("", tabulate("Rows matched", heads, rows), matched)
    if totals := account.table("totals"):
        at = len(grouped)
        rows = [
            (
                *(label(totals, f"{n}.{m}") for m in range(1, at + 1)),
                *(show(totals, f"{n}.{at + m}") for m in (1, 2)),
                show(totals, f"{n}.{at + 1}-{n}.{at + 2}"),
                *(show(totals, f"{n}.{at + m}") for m in (3, 4)),
            )
            for n in range(1, len(totals.rows) + 1)
        ]
        heads = [*grouped, here, there, "Difference", "Cells", "Cells that differ"]
        yield Proved("Totals", tabulate("Totals", heads, rows), totals)
    if lines := account.table("lines"):
        at = len(names)
        listed = [
            (
                *(label(lines, f"{n}.{m}") for m in range(1, at + 1)),
                *(show(lines, f"{n}.{at + m}") for m in (1, 2)),
                None if None in row else show(lines, f"{n}.{at + 1}-{n}.{at + 2}"),
                label(lines, f"{n}.{at + 3}"),
            )
            for n, row in enumerate(lines.rows, 1)
        ]
        heads = [*names, here, there, "Difference", "Result"]
        results = account.table("results")
        more = show(results, f"1.{len(results.columns)}") if results and results.rows[0][-1] else ""
        few = results is None or int(str(results.rows[0][0])) <= FEW_LINES
        title = "Line by line" if few else "Lines that are not the same"
        yield Proved(title, tabulate(title, heads, listed, more), lines)
