"""Reconciliation pages: two sources side by side, each number with its receipt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.paths import dataset_page
from plainrecord.core.plurals import begin_sentence
from plainrecord.core.translation import _, ngettext, to_translate
from plainrecord.model.counts import (
    CountTable,
    Sentence,
    Shown,
    count_shown,
    fill,
    label,
    number,
    plural_number,
    say,
    show,
)
from plainrecord.model.doubts import Doubt
from plainrecord.model.plausibility import FEW_LINES, STATUSES, ReconciliationResult
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.count_tables import tabulate
from plainrecord.pages.portal_context import DatasetPage, Numbers, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts

_COUNTED = (
    to_translate("the same"),
    to_translate("different within the tolerance"),
    to_translate("different"),
    to_translate("only in the first source"),
    to_translate("only in the second source"),
    to_translate("suppressed"),
)
"""How many lines came out in each way, in the order of STATUSES."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A small table with a heading ("" for none) and the table of counts that it is made of."""

    title: str
    numbers: Numbers
    counted: CountTable


@dataclass(frozen=True, slots=True)
class ReconciliationContext(DatasetPage):
    """reconciliation.html: `other` is the second page, `more` proves sentences."""

    account: ReconciliationResult
    other: str
    other_title: str
    said: tuple[Markup, ...]
    more: tuple[CountTable, ...]
    tables: tuple[Proved, ...]
    doubts: tuple[Doubt, ...]


def reconciliation_page(name: str) -> str:
    """The page of a reconciliation; names are unique in the portal."""
    return f"reconciliations/{name}/index.html"


def place_reconciliations(release: ReleasedDataset) -> tuple[Place, ...]:
    """The reconciliations of a dataset, each with its page."""
    reconciliations = [account.reconciliation for account in release.accounts]
    return tuple(Place(item.title, reconciliation_page(item.name)) for item in reconciliations)


def plan_reconciliations(
    shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset, titles: Mapping[str, str]
) -> list[Page]:
    """A page for each reconciliation that a dataset declares; `titles` are those of all datasets."""
    package = release.package
    below = (*trail, Place(package.title, dataset_page(package.key)))
    planned: list[Page] = []
    for account in release.accounts:
        reconciliation = account.reconciliation
        path = reconciliation_page(reconciliation.name)
        about = _("{label} and {label2}, side by side.").format(
            label=reconciliation.here.label, label2=reconciliation.there.label
        )
        other = reconciliation.there.dataset or package.name
        sentences, tables = tuple(describe_account(account)), tuple(tabulate_account(account))
        receipts = describe_receipts(figures=count_shown((sentences, tables)))
        title, synthetic = reconciliation.title, package.synthetic
        context = ReconciliationContext(
            shell=shells(path, title, about, below, synthetic=synthetic, receipts=receipts),
            release=release,
            account=account,
            other=dataset_page(other),
            other_title=titles.get(other, other),
            said=tuple(map(say, sentences)),
            more=tuple(filter(None, map(account.table, ("alike", "estimate")))),
            tables=tables,
            doubts=tuple(
                dict.fromkeys(doubt for one in tables for doubt in one.counted.receipt.doubts)
            ),
        )
        planned.append(Page(path, "reconciliation.html", context))
    return planned


def describe_account(account: ReconciliationResult) -> Iterator[Sentence]:
    """The result of a comparison, in sentences."""
    results = account.table("results")
    if account.absence or results is None:
        yield (account.absence,)
    elif account.reconciliation.kind == "totals":
        yield from _describe_totals(account, results)
    else:
        yield from _describe_matched(account, results)


def _describe_totals(account: ReconciliationResult, results: CountTable) -> Iterator[Sentence]:
    row = results.rows[0]
    parts: list[str | Shown] = []
    for column, word in enumerate(_COUNTED, 2):
        if row[column - 1]:
            parts += [", " if parts else "", show(results, f"1.{column}"), f" {_(word)}"]
    compared = number(show(results, "1.1"), _("line was compared"), _("lines were compared"))
    yield (*compared, *((": ", *parts) if parts else ()), ".")
    if alike := account.table("alike"):
        yield fill(
            _(
                "In {} of {} both sources have the same sum, although the lines behind it differ. Equal "
                "totals do not mean equal records."
            ),
            show(alike, "1.2"),
            number(show(alike, "1.1"), "total", "totals"),
        )
    if account.suppressed:
        column = results.columns.index(STATUSES[-1]) + 1
        yield _describe_suppressed(show(results, f"1.{column}"))


def _describe_matched(account: ReconciliationResult, results: CountTable) -> Iterator[Sentence]:
    both, here, there, few = (show(results, f"1.{column}") for column in (1, 2, 3, 4))
    if account.table("matched"):
        beginning = (_("Of the lines that are not suppressed, "),) if account.suppressed else ()
        words = ngettext(
            "{} is in both sources, {} only in the first, {} only in the second.",
            "{} are in both sources, {} only in the first, {} only in the second.",
            plural_number(both.text),
        )
        yield (*beginning, *fill(words, both, here, there))
        if account.reconciliation.kind == "records":
            yield (
                _(
                    "Records have no identifier. Rows match if all compared fields are equal; each row is matched once."
                ),
            )
        else:
            together = show(results, "1.1+1.2+1.3")
            different = number(together, _("different one"), _("different ones"))
            words = _("Together the two lists have {}, so there are at least that many.")
            yield fill(words, different)
    if estimate := account.table("estimate"):
        yield fill(
            _(
                "If the two lists are independent, nothing was added or removed in between, and every "
                "match was found, then there are between {} and {} in all, at 95 percent (Chapman 1951; "
                "Seber 1982). If being on one list makes it likelier to be on the other, the true number "
                "is higher."
            ),
            show(estimate, "1.1"),
            show(estimate, "1.2"),
        )
    if account.refusal:
        yield (_("No estimate of the total is given. {refusal}").format(refusal=account.refusal),)
    if account.suppressed:
        yield _describe_suppressed(few)


def _describe_suppressed(lines: Shown) -> Sentence:
    words = ngettext(
        "{} line is suppressed for privacy, and so are totals that include one.",
        "{} lines are suppressed for privacy, and so are totals that include one.",
        plural_number(lines.text),
    )
    return fill(words, lines)


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
        heads = [
            *grouped[:at],
            here,
            there,
            _("In both"),
            _("Only in the first"),
            _("Only in the second"),
        ]
        yield Proved("", tabulate(_("Rows matched"), heads, rows), matched)
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
        heads = [*grouped, here, there, _("Difference"), _("Cells"), _("Cells that differ")]
        yield Proved(_("Totals"), tabulate(_("Totals"), heads, rows), totals)
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
        heads = [*names, here, there, _("Difference"), _("Result")]
        results = account.table("results")
        more = show(results, f"1.{len(results.columns)}") if results and results.rows[0][-1] else ""
        few = results is None or int(str(results.rows[0][0])) <= FEW_LINES
        title = _("Line by line") if few else _("Lines that are not the same")
        yield Proved(title, tabulate(title, heads, listed, more), lines)
