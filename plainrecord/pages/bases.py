"""The page on the law that records name: each legal ground with its title, its address and its count."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.core.html import identify
from plainrecord.law.provisions import BASES
from plainrecord.law.statutes import Provision, judge_provisions
from plainrecord.model.counts import show
from plainrecord.model.withheld import BasisTable
from plainrecord.pages.contexts.grounds import BasisLine, BasisView, ProvisionLine, Tally

TROUBLES = {
    "statute-impossible": "There is no such section: the number is too high.",
    "statute-unlisted": "Not in our table of known sections. It may exist all the same.",
    "statute-unfit": "By itself this is no legal ground for {of}.",
}
OLD = (
    "This number is of the law as it was: until 1997 section 241(a) held the grounds of "
    "deportation, and until 1991 section 212(a) had more paragraphs. It means something else now."
)


def describe_bases(tables: Sequence[BasisTable]) -> tuple[BasisView, ...]:
    """One view for each field with legal bases."""
    return tuple(
        BasisView(
            anchor=f"basis-{identify(table.resource, table.field.name, table.of)}",
            title=table.field.label,
            name=table.field.name,
            of=BASES[table.of],
            rows=table.rows,
            total=show(table.counted, "1.2"),
            absent=Tally.of(table.counted, "2.2", "1.2"),
            more=None
            if table.more == 0
            else Tally.of(table.counted, f"{len(table.bases) + 3}.2", "1.2"),
            lines=tuple(
                BasisLine(
                    basis.written,
                    Tally.of(table.counted, f"{row}.2", "1.2"),
                    _provisions(basis.citation.provisions, table.of) if basis.citation else (),
                    tuple(basis.citation.odd) if basis.citation else (),
                )
                for row, basis in enumerate(table.bases, 3)
            ),
            receipt=table.receipt,
            proof=table.counted.id,
        )
        for table in tables
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
