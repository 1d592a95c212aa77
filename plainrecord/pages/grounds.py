"""Pages on grounds: what is withheld and why, and what law the records name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plainrecord.law.foia import EXEMPTIONS, ORDER, Exemption, find_exemption
from plainrecord.law.provisions import BASES
from plainrecord.law.statutes import Provision, judge_provisions
from plainrecord.model.freshness import day_words
from plainrecord.model.grounds import (
    BasisTable,
    Count,
    WithheldChange,
    WithheldField,
    WithheldTable,
)
from plainrecord.model.products import Edition, History
from plainrecord.pages.contexts.grounds import (
    BasisLine,
    BasisView,
    BreakdownView,
    ChangeView,
    GroupLine,
    LawContext,
    MarkLine,
    ProvisionLine,
    ReasonLine,
    Tally,
    WithheldContext,
    WithheldLine,
    WithheldView,
)
from plainrecord.pages.contexts.portal import Place
from plainrecord.pages.planned import Planned, Shells

TROUBLES = {
    "statute-impossible": "There is no such section: the number is too high.",
    "statute-unlisted": "Not in our table of known sections. It may exist all the same.",
    "statute-unfit": "By itself this is no legal ground for {of}.",
}
UNNAMED = "no reason named"
NO_FIELD = Tally("no such field", "")
HIDDEN = Tally("suppressed", "suppressed", suppressed=True)


def plan_grounds(
    shells: Shells,
    trail: tuple[Place, ...],
    edition: Edition,
    history: History | None = None,
) -> list[Planned]:
    """What is withheld and why, and what law the records name; each where there is any.

    `trail` ends with the dataset's own page; `history` holds its releases where it keeps any.
    """
    package, home = edition.package, edition.package.home
    dataset = f"{home}/index.html"
    planned: list[Planned] = []
    if edition.withheld:
        path = f"{home}/withheld/index.html"
        title = f"What is withheld: {package.title}"
        about = f"What the agency kept back in {package.title}, how often, and for which reason."
        shell = shells(path, title, about, trail, synthetic=package.synthetic)
        used, others = sort_exemptions(edition.withheld)
        past = history.editions if history and not package.frozen else ()
        views = describe_withheld(edition.withheld, past)
        planned.append(
            (path, "withheld.html", WithheldContext(shell, edition, dataset, views, used, others))
        )
    if edition.bases:
        path = f"{home}/law/index.html"
        title = f"Legal grounds: {package.title}"
        about = f"Which law the records of {package.title} name, and what that law is about."
        shell = shells(path, title, about, trail, synthetic=package.synthetic)
        tables = describe_bases(edition.bases)
        planned.append((path, "law.html", LawContext(shell, edition, dataset, tables)))
    return planned


def describe_withheld(
    tables: Sequence[WithheldTable], past: Sequence[Edition] = ()
) -> tuple[WithheldView, ...]:
    """One view for each table with marks for withheld values; `past` are releases, the oldest first."""
    return tuple(_describe(table, past) for table in tables)


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


def _by_release(table: WithheldTable, past: Sequence[Edition]) -> Iterator[BreakdownView]:
    """How much of each field was withheld in each release, where there are two or more."""
    told: list[tuple[Edition, WithheldTable]] = [
        (edition, same)
        for edition in past
        for same in edition.withheld
        if same.resource == table.resource
    ]
    ever = {item.field.name for _, same in told for item in same.fields if item.withheld != 0}
    labels = {i.field.name: i.field.label for _, same in told for i in same.fields}
    names = [name for name in labels if name in ever]
    if len(told) < 2 or not names:
        return
    groups = []
    for edition, same in told:
        counts = {item.field.name: item.withheld for item in same.fields}
        tallies = tuple(
            _tally(counts[name], same.rows) if name in counts else NO_FIELD for name in names
        )
        groups.append(GroupLine(day_words(edition.package.release), f"{same.rows:,}", tallies))
    yield BreakdownView(
        "By release", "Release of", tuple(labels[name] for name in names), tuple(groups), None
    )


def _describe(table: WithheldTable, past: Sequence[Edition]) -> WithheldView:
    held = [place for place, item in enumerate(table.fields) if item.withheld != 0]
    labels = tuple(table.fields[place].field.label for place in held)
    titles = {"period": "By period", "office": "By office"}
    return WithheldView(
        anchor=f"table-{table.resource}",
        title=table.title,
        rows=table.rows,
        unit=table.unit,
        summary=tuple(_summary(table)),
        lines=tuple(
            WithheldLine(
                item.field.name,
                item.field.label,
                item.whole,
                _tally(item.withheld, table.rows),
                tuple(_reason(item, code, table.rows) for code in _codes(item)),
            )
            for item in table.fields
            if item.withheld != 0
        ),
        marks=tuple(
            MarkLine(
                item.field.label,
                mark.mark,
                ", ".join(mark.exemptions) or UNNAMED,
                _tally(mark.count, table.rows),
            )
            for item in table.fields
            for mark in item.marks
            if mark.count != 0
        ),
        breakdowns=(
            *_by_release(table, past),
            *(
                BreakdownView(
                    titles[part.kind],
                    part.field.label,
                    labels,
                    tuple(
                        GroupLine(
                            group.name,
                            "suppressed" if group.rows is None else f"{group.rows:,}",
                            tuple(_tally(group.withheld[place], group.rows) for place in held),
                        )
                        for group in part.groups
                    ),
                    part.receipt,
                )
                for part in table.breakdowns
                if held
            ),
        ),
        earlier=table.earlier,
        changes=tuple(
            ChangeView(change.field.label, tuple(_change(change))) for change in table.changes
        ),
        threshold=table.threshold,
        receipt=table.receipt,
    )


def _codes(item: WithheldField) -> list[str]:
    """The exemptions that a field's marks name in the law's order, "" last for marks without."""
    found = {code for mark in item.marks for code in mark.exemptions or ("",)}
    return sorted(found, key=lambda code: (not code, ORDER.get(code, 99), code))


def _tally(count: Count, rows: Count) -> Tally:
    if count is None or rows is None:
        return HIDDEN
    return Tally(f"{count:,}", _share(count, rows))


def _share(count: int, rows: int) -> str:
    """A percentage that is 0 or 100 only where it is exactly that."""
    if not rows:
        return ""
    if 0 < count < rows / 2000:
        return "under 0.1 %"
    if rows > count > rows - rows / 2000:
        return "over 99.9 %"
    return f"{count * 100 / rows:.1f} %".replace("100.0 %", "100 %")


def _reason(item: WithheldField, code: str, rows: int) -> ReasonLine:
    known = find_exemption(code)
    short = known.short if known else UNNAMED
    anchor = _anchor(known.code) if known else ""
    return ReasonLine(code, short, anchor, _tally(item.by_exemption(code), rows))


def _anchor(code: str) -> str:
    return "reason-" + "-".join(part for part in code.strip("()").lower().split(")("))


def _summary(table: WithheldTable) -> Iterator[str]:
    held = [item for item in table.fields if item.withheld or item.withheld is None]
    if not held:
        yield "The schema knows marks for withheld values, but no value is withheld."
        return
    fields = "one field" if len(held) == 1 else f"{len(held)} fields"
    yield f"Values are withheld in {fields}."
    for item in held:
        if item.whole:
            yield f"“{item.field.label}” is withheld in every row: nothing of it can be read."
        elif item.withheld is None:
            yield f"How many of “{item.field.label}” are withheld is suppressed by us for privacy."
        else:
            yield f"“{item.field.label}” is withheld in {item.withheld:,} of {table.rows:,} rows."
    for change in table.changes:
        if change.closed:
            yield (
                f"{_values(change.closed)} of “{change.field.label}” that could be read in an "
                f"earlier release {_are(change.closed)} withheld now."
            )
    none = [f"“{item.field.label}”" for item in table.fields if item.withheld == 0]
    if none:
        yield f"Nothing is withheld in {', '.join(none[:-1])}{' or ' if none[1:] else ''}{none[-1]}."


def _change(change: WithheldChange) -> Iterator[str]:
    if change.once is None or change.closed is None or change.opened is None:
        yield "Suppressed for privacy: too few records lie behind these numbers."
        return
    if not (change.closed or change.opened or change.blank_closed):
        yield "Nothing changed in the rows that can be paired: what was open is open, what was withheld is withheld."
    if change.closed:
        yield f"{_values(change.closed)} could be read in the earlier release and {_are(change.closed)} withheld now."
    if change.blank_closed:
        yield f"{_values(change.blank_closed)} {_were(change.blank_closed)} blank then and {_are(change.blank_closed)} withheld now."
    if change.opened:
        yield f"{_values(change.opened)} {_were(change.opened)} withheld then and {_are(change.opened)} not any more."
    yield (
        f"This was counted in {change.once:,} rows that agree with exactly one row of the other "
        "release in every field that both have."
    )
    if change.repeated and change.closed_least is not None and change.closed_most is not None:
        least, most = f"{change.closed_least:,}", f"{change.closed_most:,}"
        span = f"exactly {least}" if least == most else f"between {least} and {most}"
        yield (
            f"{change.repeated:,} more rows match, but some of them look the same, so that we cannot "
            f"tell which is which. With them, {span} values went from not withheld to withheld."
        )


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def describe_bases(tables: Sequence[BasisTable]) -> tuple[BasisView, ...]:
    """One view for each field with legal bases."""
    return tuple(
        BasisView(
            anchor=f"basis-{number}",
            title=table.field.label,
            name=table.field.name,
            of=BASES[table.of],
            rows=table.rows,
            absent=_tally(table.absent, table.rows),
            more=None if table.more == 0 else _tally(table.more, table.rows),
            lines=tuple(
                BasisLine(
                    basis.written,
                    _tally(basis.count, table.rows),
                    _provisions(basis.citation.provisions, table.of) if basis.citation else (),
                    tuple(basis.citation.odd) if basis.citation else (),
                )
                for basis in table.bases
            ),
            receipt=table.receipt,
        )
        for number, table in enumerate(tables, start=1)
    )


def _provisions(provisions: tuple[Provision, ...], of: str) -> tuple[ProvisionLine, ...]:
    troubles = {
        p: TROUBLES[rule].format(of=BASES[of]) for rule, p in judge_provisions(provisions, of)
    }
    lines = []
    for provision in provisions:
        known = provision.known
        trouble = troubles.get(provision, "")
        if provision.old:
            trouble = OLD
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


OLD = (
    "This number is of the law as it was: until 1997 section 241(a) held the grounds of "
    "deportation, and until 1991 section 212(a) had more paragraphs. It means something else now."
)
