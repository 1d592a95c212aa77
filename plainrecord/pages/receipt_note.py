"""The note at the foot of a page: which of its figures have a receipt."""

from dataclasses import dataclass

from plainrecord.core.translation import _, ngettext
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.products import NOTHING_TALLIED, TypedNumberCount


@dataclass(frozen=True, slots=True)
class Receipts:
    """The note in sentences, and the typed numbers that have no receipt."""

    text: str
    waived: tuple[TypedNumber, ...] = ()


def describe_receipts(
    tally: TypedNumberCount = NOTHING_TALLIED, *, figures: int = 0, unproved: str = ""
) -> Receipts:
    """Describe which figures of a page have a receipt; without a text if it has no figures.

    `figures` counts the numbers and charts that have one, besides those in the text, which `tally`
    counts. `unproved` is a sentence on other numbers of the page, which have none.
    """
    proved, bare, waived = figures + len(tally.figures), len(tally.bare), len(tally.waived)
    sentences = [unproved] if unproved else []
    if proved:
        which = _("Every other figure") if unproved or bare else _("Every figure")
        sentences.append(
            _("{which} on this page can be verified: each has a receipt.").format(which=which)
        )
    if bare:
        numbers = (
            _("1 typed number has")
            if bare == 1
            else _("{bare} typed numbers have").format(bare=f"{bare:,}")
        )
        sentences.insert(0, _("{numbers} no receipt.").format(numbers=numbers))
    if waived:
        sentences.append(
            ngettext(
                "The maintainer typed {waived} number, for the reason given:",
                "The maintainer typed {waived} numbers, for the reasons given:",
                waived,
            ).format(waived=f"{waived:,}")
        )
    return Receipts(" ".join(sentences), tally.waived)
