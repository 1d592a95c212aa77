"""Pages on withheld values and their reasons, and on the laws that records cite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.html import identify
from plainrecord.core.translation import _, ngettext, to_translate
from plainrecord.law.foia import EXEMPTIONS, ORDER, Exemption, find_exemption
from plainrecord.law.provisions import BASES
from plainrecord.law.statutes import Provision, judge_provisions
from plainrecord.model.counts import (
    CountTable,
    LinkedNumber,
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
from plainrecord.model.freshness import day_words
from plainrecord.model.products import History, ReleasedDataset
from plainrecord.model.withheld import (
    BasisTable,
    MarkCount,
    WithheldChange,
    WithheldField,
    WithheldTable,
)
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shell, Shells
from plainrecord.pages.receipt_note import describe_receipts


@dataclass(frozen=True, slots=True)
class WithheldTotals:
    """A count with its share of the rows; both say "suppressed" where it is."""

    count: Shown
    share: Shown

    @classmethod
    def of(cls, table: CountTable, cells: str, whole: str) -> WithheldTotals:
        """The number that `cells` of a table make, and its share of the cell `whole`."""
        return cls(show(table, cells), show(table, f"{cells}/{whole}"))

    @property
    def suppressed(self) -> bool:
        return self.count.suppressed


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """An exemption of a field: `anchor` leads to its explanation, `code` is "" for none named."""

    code: str
    short: str
    anchor: str
    count: Shown


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A mark as the agency wrote it, its meaning, and its number in each field."""

    field: str
    mark: str
    reading: str
    count: Shown


@dataclass(frozen=True, slots=True)
class WithheldLine:
    """A field with withheld values. `whole` is whether every row is withheld."""

    label: str
    whole: bool
    tally: WithheldTotals
    reasons: tuple[ReasonLine, ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    name: Shown
    rows: Shown
    tallies: tuple[WithheldTotals, ...]


@dataclass(frozen=True, slots=True)
class WithheldBreakdownView:
    """Withheld values by period, office, or release (`counted` is then on its page)."""

    title: str
    heading: str
    headings: tuple[str, ...]
    groups: tuple[GroupLine, ...]
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """How a field changed since an earlier release, in sentences; none if suppressed."""

    label: str
    sentences: tuple[Markup, ...]
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class WithheldView:
    """The report of one table."""

    anchor: str
    table: WithheldTable
    summary: tuple[Markup, ...]
    lines: tuple[WithheldLine, ...]
    marks: tuple[MarkLine, ...]
    breakdowns: tuple[WithheldBreakdownView, ...]
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class WithheldContext(DatasetPage):
    """`withheld.html`: `used` exemptions are named by marks, `others` are not."""

    tables: tuple[WithheldView, ...]
    used: tuple[Exemption, ...]
    others: tuple[Exemption, ...]


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """A citation: standard form, other name, heading, content, address, what is wrong."""

    text: str
    twin: str
    title: str
    about: str
    address: str
    trouble: str


@dataclass(frozen=True, slots=True)
class BasisLine:
    """A legal basis as written, how often, and what it cites."""

    written: str
    tally: WithheldTotals
    provisions: tuple[ProvisionLine, ...]
    odd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasisView:
    """The legal bases in one field."""

    anchor: str
    table: BasisTable
    of: str
    total: Shown
    absent: WithheldTotals
    more: WithheldTotals | None
    lines: tuple[BasisLine, ...]


@dataclass(frozen=True, slots=True)
class LawContext(DatasetPage):
    """`law.html`: the legal bases that the records of a dataset name."""

    tables: tuple[BasisView, ...]


UNNAMED = to_translate("no reason given")
NO_FIELD = WithheldTotals(
    LinkedNumber(to_translate("no such field"), "", ""), LinkedNumber("", "", "")
)


def plan_withheld(
    shells: Shells,
    trail: tuple[Place, ...],
    release: ReleasedDataset,
    history: History | None = None,
) -> list[Page]:
    """The pages on withheld values and cited laws, if any; `history` has the dataset's releases."""
    package, planned = release.package, []

    def add(
        name: str, words: tuple[str, str], make: Callable[[Shell], DatasetPage], shown: object
    ) -> None:
        path = f"{package.home}/{name}/index.html"
        title, about = (text.format(title=package.title) for text in words)
        receipts = describe_receipts(figures=count_shown(shown))
        shell = shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts)
        planned.append(Page(path, f"{name}.html", make(shell)))

    if release.withheld:
        about = _("What the agency withheld in {title}, how often, and for which reasons.")
        exemptions = sort_exemptions(release.withheld)
        past = history.releases if history and not package.frozen else ()
        views = tuple(_describe(table, past) for table in release.withheld)
        words = _("What is withheld: {title}"), about
        add(
            "withheld",
            words,
            lambda shell: WithheldContext(shell, release, views, *exemptions),
            views,
        )
    if release.bases:
        about = _("The laws that the records of {title} cite, and what each law covers.")
        tables = describe_bases(release.bases)
        words = _("Legal bases: {title}"), about
        add("law", words, lambda shell: LawContext(shell, release, tables), tables)
    return planned


def sort_exemptions(
    tables: Sequence[WithheldTable],
) -> tuple[tuple[Exemption, ...], tuple[Exemption, ...]]:
    """The exemptions that the tables' marks name, and the others of the Freedom of Information Act."""
    named = {code for table in tables for item in table.fields for code in _codes(item)}
    used = {row.code for code in named if (row := find_exemption(code))}
    return (
        tuple(row for row in EXEMPTIONS.values() if row.code in used),
        tuple(r for r in EXEMPTIONS.values() if r.code not in used and r.code.startswith("(b)")),
    )


def _by_release(
    table: WithheldTable, past: Sequence[ReleasedDataset]
) -> Iterator[WithheldBreakdownView]:
    """How much of each field was withheld in each release, if there are two or more."""
    releases: list[tuple[ReleasedDataset, WithheldTable]] = [
        (release, same)
        for release in past
        for same in release.withheld
        if same.resource == table.resource
    ]
    ever = {item.field.name for _, same in releases for item in same.fields if item.withheld != 0}
    labels = {i.field.name: i.field.label for _, same in releases for i in same.fields}
    names = [name for name in labels if name in ever]
    if len(releases) < 2 or not names:
        return
    groups = []
    for release, same in releases:
        places = {item.field.name: column for column, item in enumerate(same.fields, 2)}
        tallies = tuple(
            _plain(WithheldTotals.of(same.counted, f"1.{places[name]}", "1.1"))
            if name in places
            else NO_FIELD
            for name in names
        )
        rows = LinkedNumber(f"{same.rows:,}", "", "")
        groups.append(
            GroupLine(LinkedNumber(day_words(release.package.release), "", ""), rows, tallies)
        )
    headings = tuple(labels[name] for name in names)
    yield WithheldBreakdownView(_("By release"), _("Release of"), headings, tuple(groups), None)


def _plain(tally: WithheldTotals) -> WithheldTotals:
    """A tally whose receipt is on another page."""
    return WithheldTotals(
        LinkedNumber(tally.count.text, "", ""), LinkedNumber(tally.share.text, "", "")
    )


def _describe(table: WithheldTable, past: Sequence[ReleasedDataset]) -> WithheldView:
    withheld = [position for position, item in enumerate(table.fields) if item.withheld != 0]
    labels = tuple(table.fields[position].field.label for position in withheld)
    titles = {"period": _("By period"), "office": _("By office")}
    return WithheldView(
        anchor=f"table-{identify(table.resource)}",
        table=table,
        summary=tuple(map(say, _summary(table))),
        lines=tuple(
            WithheldLine(
                item.field.label,
                item.whole,
                WithheldTotals.of(table.counted, f"1.{position + 2}", "1.1"),
                tuple(_reason(table, position, code) for code in _codes(item)),
            )
            for position, item in enumerate(table.fields)
            if item.withheld != 0
        ),
        marks=tuple(
            MarkLine(
                item.field.label,
                mark.mark,
                ", ".join(mark.exemptions) or _(UNNAMED),
                show(table.counted, cell),
            )
            for item, mark, cell in _marks(table)
            if mark.count != 0
        ),
        breakdowns=(
            *_by_release(table, past),
            *(
                WithheldBreakdownView(
                    titles[part.kind],
                    part.label,
                    labels,
                    tuple(
                        GroupLine(
                            label(part.counted, f"{row}.1"),
                            show(part.counted, f"{row}.2"),
                            tuple(
                                WithheldTotals.of(part.counted, f"{row}.{position + 3}", f"{row}.2")
                                for position in withheld
                            ),
                        )
                        for row in range(1, len(part.groups) + 1)
                    ),
                    part.counted,
                )
                for part in table.breakdowns
                if withheld
            ),
        ),
        changes=tuple(
            ChangeView(change.field.label, tuple(map(say, _change(change))), change.counted)
            for change in table.changes
        ),
    )


def _codes(item: WithheldField) -> list[str]:
    """The exemptions that a field's marks name in the law's order, "" last for marks without."""
    codes = {code for mark in item.marks for code in mark.exemptions or ("",)}
    return sorted(codes, key=lambda code: (not code, ORDER.get(code, 99), code))


def _marks(table: WithheldTable) -> Iterator[tuple[WithheldField, MarkCount, str]]:
    """Each mark of each field with its cell: marks come after the rows and the fields."""
    cell = 1 + len(table.fields)
    for item in table.fields:
        for mark in item.marks:
            cell += 1
            yield item, mark, f"1.{cell}"


def _reason(table: WithheldTable, position: int, code: str) -> ReasonLine:
    field = table.fields[position]
    known = find_exemption(code)
    short = known.short if known else _(UNNAMED)
    anchor = "reason-" + known.code.strip("()").lower().replace(")(", "-") if known else ""
    cells = "+".join(
        cell
        for item, mark, cell in _marks(table)
        if item is field and (code in mark.exemptions or (not code and not mark.exemptions))
    )
    return ReasonLine(code, short, anchor, show(table.counted, cells))


def _summary(table: WithheldTable) -> Iterator[Sentence]:
    withheld = [item for item in table.fields if item.withheld or item.withheld is None]
    rows = show(table.counted, "1.1")
    if not withheld:
        yield fill(
            _(
                "No value is withheld, although the schema defines marks for withheld values. Rows checked: {}."
            ),
            rows,
        )
        return
    fields = _("one field") if len(withheld) == 1 else _("{held} fields").format(held=len(withheld))
    yield (_("Values are withheld in {fields}.").format(fields=fields),)
    for column, item in enumerate(table.fields, 2):
        label = f"“{item.field.label}”"
        if item.whole:
            yield fill(_("{} is withheld in every row."), label)
        elif item.withheld is None:
            words = _("The number of withheld values of {} is suppressed for privacy.")
            yield fill(words, label)
        elif item.withheld:
            count = show(table.counted, f"1.{column}")
            yield fill(_("{} is withheld in {} of {}."), label, count, number(rows, "row", "rows"))
    for change in table.changes:
        if change.closed and change.counted:
            closed = _number_in(change.counted, "closed")
            words = ngettext(
                "{} value of “{}” that could be read in an earlier release is withheld now.",
                "{} values of “{}” that could be read in an earlier release are withheld now.",
                plural_number(closed.text),
            )
            yield fill(words, closed, change.field.label)
    none = [f"“{item.field.label}”" for item in table.fields if item.withheld == 0]
    if none:
        names = f"{', '.join(none[:-1])}{' or ' if none[1:] else ''}{none[-1]}"
        yield (_("Nothing is withheld in {names}.").format(names=names),)


def _change(change: WithheldChange) -> Iterator[Sentence]:
    table = change.counted
    if change.once is None or table is None:
        yield (_("Suppressed for privacy: there are too few records."),)
        return
    if not (change.closed or change.opened or change.blank_closed):
        yield (
            _("In the rows that can be matched, no value became withheld and none was released."),
        )
    if change.closed:
        closed = _number_in(table, "closed")
        words = ngettext(
            "{} value could be read in the earlier release and is withheld now.",
            "{} values could be read in the earlier release and are withheld now.",
            plural_number(closed.text),
        )
        yield fill(words, closed)
    if change.blank_closed:
        blank = _number_in(table, "blank_closed")
        words = ngettext(
            "{} value was blank then and is withheld now.",
            "{} values were blank then and are withheld now.",
            plural_number(blank.text),
        )
        yield fill(words, blank)
    if change.opened:
        opened = _number_in(table, "opened")
        words = ngettext(
            "{} value was withheld then and is not any more.",
            "{} values were withheld then and are not any more.",
            plural_number(opened.text),
        )
        yield fill(words, opened)
    once = _number_in(table, "once")
    words = ngettext(
        "This was counted in {} row that matches exactly one row of the other release in every shared field.",
        "This was counted in {} rows that match exactly one row of the other release in every shared field.",
        plural_number(once.text),
    )
    yield fill(words, once)
    if change.repeated:
        least, most = _number_in(table, "closed_least"), _number_in(table, "closed_most")
        alike = change.closed_least == change.closed_most
        rows = number(_number_in(table, "repeated"), _("more row matches"), _("more rows match"))
        values = number(most, "value", "values")
        words = _(
            "{}, but some are identical, so we cannot tell them apart. Including them, {} went from not withheld to withheld."
        )
        span = fill(_("exactly {}"), values)
        yield fill(words, rows, span if alike else fill(_("between {} and {}"), least, values))


def _number_in(table: CountTable, name: str) -> Shown:
    """The number in the column `name` of a table of one row."""
    return show(table, f"1.{table.columns.index(name) + 1}")


TROUBLES = {
    "statute-impossible": to_translate("There is no such section: the number is too high."),
    "statute-unlisted": to_translate("Not in our table of known sections. It may still exist."),
    "statute-unfit": to_translate("On its own, this is not a legal basis for {of}."),
}
OLD = to_translate(
    "This is a section number of an earlier version of the law. Until 1997 section 241(a) listed the "
    "grounds of deportation, and until 1991 section 212(a) had more paragraphs. The number now means something else."
)


def describe_bases(tables: Sequence[BasisTable]) -> tuple[BasisView, ...]:
    """One view for each field with legal bases."""
    return tuple(
        BasisView(
            anchor=f"basis-{identify(table.resource, table.field.name, table.of)}",
            table=table,
            of=BASES[table.of],
            total=show(table.counted, "1.2"),
            absent=WithheldTotals.of(table.counted, "2.2", "1.2"),
            more=None
            if table.more == 0
            else WithheldTotals.of(table.counted, f"{len(table.bases) + 3}.2", "1.2"),
            lines=tuple(
                BasisLine(
                    basis.written,
                    WithheldTotals.of(table.counted, f"{row}.2", "1.2"),
                    _provisions(basis.citation.provisions, table.of) if basis.citation else (),
                    tuple(basis.citation.odd) if basis.citation else (),
                )
                for row, basis in enumerate(table.bases, 3)
            ),
        )
        for table in tables
    )


def _provisions(provisions: tuple[Provision, ...], of: str) -> tuple[ProvisionLine, ...]:
    troubles = {
        p: _(TROUBLES[rule]).format(of=BASES[of]) for rule, p in judge_provisions(provisions, of)
    }
    lines = []
    for provision in provisions:
        known = provision.known
        trouble = troubles.get(provision, "")
        if provision.old:
            trouble = _(OLD)
        lines.append(
            ProvisionLine(
                provision.text,
                provision.twin,
                known.title if known else "",
                known.about if known else "",
                "" if provision.impossible or provision.old else provision.address,
                trouble,
            )
        )
    return tuple(lines)
