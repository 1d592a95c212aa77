"""Grades in words: shares, levels of precision, and the cells of tables of grades."""

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.translation import _
from plainrecord.model import counts
from plainrecord.model.counts import CountTable, Sentence, Shown, fill, label, say, show
from plainrecord.model.grades import (
    RULE_OF,
    STATE_WORDS,
    ElementScore,
    Grade,
    GradeRule,
    Parts,
    Scorecard,
    ValueState,
)
from plainrecord.model.standards import Element


@dataclass(frozen=True, slots=True)
class GradePart:
    """One state of the records for an element: its words, its share, its place in a bar of 1000."""

    state: str
    words: str
    share: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class GradeCell:
    """A grade, a share or level ("" for none), its receipt's id ("" if not here)."""

    rule: GradeRule
    detail: Sentence
    target: str = ""
    proof: str = ""

    @property
    def markup(self) -> Markup:
        """The detail as shown on the page."""
        return say(self.detail)


def describe_level(element: Element, score: ElementScore) -> Sentence:
    """A sentence on the precision of an element; empty where it has none."""
    if not element.levels or not score.released:
        return ()
    given = element.level_title(score.precision)
    shown = _level(element, score)
    if score.released not in {level.name for level in element.levels}:
        where = _("this portal") if score.grade is Grade.REMOVED else _("the field")
        return fill(_("Precision: {} gives only the {}."), where, shown)
    if score.precision and score.precision != score.released:
        return fill(_("Precision: {} in the agency’s file, {} in this portal."), given, shown)
    return fill(_("Precision: {}."), shown)


def _level(element: Element, score: ElementScore) -> str | Shown:
    """The level in the released table, with its receipt where a query gave it."""
    return label(score.level, "1.2") if score.level else element.level_title(score.released)


def describe_parts(
    parts: Parts, threshold: int = 0, table: CountTable | None = None
) -> tuple[GradePart, ...]:
    """The states that occur, each with its share of all records and its place in a bar of 1000.

    A count below the threshold is described as such, and the other shares are then rounded to whole
    percent, so that it cannot be calculated from them. `table` has the receipt of the shares.
    """
    states = [(state, count) for state, count in parts.counts if count]
    valued = (ValueState.KNOWN, ValueState.UNKNOWN)
    rounded = any(count < threshold for state, count in states if state in valued)
    described = []
    start = before = 0
    for state, count in states:
        before += count
        end = round(1000 * before / parts.rows)
        hidden = state in valued and count < threshold
        share = (
            _("fewer than {threshold} records").format(threshold=threshold)
            if hidden
            else word_share(count, parts.rows, whole=rounded)
        )
        if table:
            share = show(table, f"{_cell(table, state)}/1.1").marked
        described.append(GradePart(state.value, STATE_WORDS[state], share, start, end - start))
        start = end
    return tuple(described)


def _cell(table: CountTable, state: ValueState) -> str:
    return f"1.{table.columns.index(state.name.lower()) + 1}"


def word_share(count: int, rows: int, *, whole: bool = False) -> str:
    """A share in words: 45.6%, under 0.1%, over 99.9%; a part is never shown as all or none."""
    if whole and rows:
        rounded = f"{100 * count / rows:.0f}%"
        part = 0 < count < rows
        return {"0%": _("under 1%"), "100%": _("over 99%")}.get(rounded * part, f"about {rounded}")
    return counts.word_share(count, rows) or "0%"


def grade_cell(element: Element, card: Scorecard | None, target: str = "") -> GradeCell:
    """The grade of an element in a table; it leads to the element on the page `target`."""
    score = next((s for s in card.scores if s.element == element.name), None) if card else None
    if card is None or score is None:
        return GradeCell(RULE_OF[Grade.ABSENT], ())
    details: list[Sentence] = []
    if (parts := score.parts) and parts.answerable:
        withheld = score.grade in (Grade.WITHHELD, Grade.WITHHELD_IN_PART)
        hidden = 0 < parts.known < card.threshold
        count = parts.withheld if withheld else parts.known
        share: str | Shown = word_share(count, parts.answerable)
        share = (
            _("fewer than {threshold}").format(threshold=card.threshold)
            if hidden and not withheld
            else share
        )
        if score.counted and target and not hidden:
            table = score.counted
            cells = [_cell(table, s) for s in (ValueState.SUPPRESSED, ValueState.NOT_APPLICABLE)]
            part = _cell(table, ValueState.WITHHELD if withheld else ValueState.KNOWN)
            share = show(table, f"{part}/{'-'.join(['1.1', *cells])}")
        details.append((share, f" {'withheld' if withheld else 'known'}"))
    if score.released and element.levels:
        level = _level(element, score) if target else element.level_title(score.released)
        details.append((level,) if parts else (level, _(" only")))
    detail = details[0] if details else ()
    for more in details[1:]:
        detail = (*detail, ", ", *more)
    proof = score.counted.id if score.counted and target else ""
    anchor = f"{target}#element-{element.name}" if target else ""
    return GradeCell(RULE_OF[score.grade], detail, anchor, proof)
