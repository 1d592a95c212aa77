"""Tallies: how many figures of a page have a receipt, in the words that stand at its foot."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.products import NOTHING_TALLIED, Tally


@dataclass(frozen=True, slots=True)
class TypedNumberView:
    """A number that somebody typed into a text of the page, and why it has no receipt."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """How many figures of a page have a receipt, in sentences, and which typed numbers do not."""

    text: str
    waived: tuple[TypedNumberView, ...] = ()


def tell_receipts(
    tally: Tally = NOTHING_TALLIED,
    *,
    numbers: int = 0,
    charts: int = 0,
    cells: int = 0,
    counted: str = "",
) -> Receipts:
    """What stands behind the numbers of a page.

    `numbers` are figures shown by themselves and `charts` the charts, each with its receipt;
    `cells` are numbers made of the rows of a query, whose receipt they share;
    `tally` counts what stands in the text. `counted` is a sentence on what the build counted by
    itself and shows without a receipt.
    """
    kinds = (
        (numbers, "single number", "single numbers"),
        (charts, "chart", "charts"),
        (cells, "number out of a table of counts", "numbers out of tables of counts"),
        (len(tally.figures), "number in the text", "numbers in the text"),
    )
    proved = sum(count for count, _, _ in kinds)
    bare = len(tally.bare)
    if counted and not (proved or bare or tally.waived):
        return Receipts(counted)
    said = [_proved(proved, bare)]
    if len([count for count, _, _ in kinds if count]) > 1:
        parts = [_count(*kind) for kind in kinds if kind[0]]
        said[0] += f": {', '.join(parts[:-1])} and {parts[-1]}"
    said[0] += "."
    if bare:
        said.append(f"{_count(bare, 'typed number has', 'typed numbers have')} none.")
    if tally.waived:
        count = _count(len(tally.waived), "number was", "numbers were")
        said.append(f"{count} typed in on purpose, with a reason:")
    if counted:
        said.insert(len(said) - bool(tally.waived), counted)
    waived = tuple(TypedNumberView(item.text, item.reason) for item in tally.waived)
    return Receipts(" ".join(said), waived)


def _proved(proved: int, bare: int) -> str:
    if not proved:
        return "No figure on this page has a receipt" if bare else "This page shows no figures"
    if bare:
        verb = "has" if proved == 1 else "have"
        return f"{proved:,} of the {proved + bare:,} figures on this page {verb} a receipt"
    if proved == 1:
        return "The one figure on this page has a receipt"
    every = "Both" if proved == 2 else f"All {proved:,}"
    return f"{every} figures on this page have a receipt"


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
