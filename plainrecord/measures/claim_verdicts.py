"""Judgement: the questions that a test puts to the data, and the verdict that its answers give.

The rule, in full. A test gives a value, or bounds for it where values are absent or suppressed.
It *supports* a claim when all that the value can be lies in the range that the claim means,
*contradicts* it when none of it does, and tells nothing otherwise, or when there are no rows. A
claim of several parts is contradicted when one part is, supported when all are, and otherwise not
testable (Kleene's strong three-valued conjunction: S. C. Kleene, Introduction to Metamathematics,
1952, section 64). A claim whose source was not found is not judged at all, nor is one about
records that the portal does not hold: what other records show is context, and no test of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from plainrecord.core.exact_numbers import CLOSENESS
from plainrecord.model.claims import (
    Bounds,
    Claim,
    ClaimVerdict,
    ColumnTest,
    Range,
    Result,
    RowTest,
    ValueTest,
)
from plainrecord.model.declarations import FigureDefinition, FigureFormat
from plainrecord.model.products import Figure
from plainrecord.receipts.engine import identifier

RELATION = "judged"
_LONG = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COUNTS = ("agree", "against", "open")


def ask_rows(
    test: RowTest, unit: str, edition: str = "", *, judged: bool = True
) -> dict[str, FigureDefinition]:
    """The questions of a test over rows, by their role; `edition` is that of the dataset, `@DATE`.

    Where the claim is not judged, the titles speak of the condition and not of the claim.

    Condition and `among` must have passed `engine.expression_problem`. They stand in a list of
    columns, as they were checked, so that no bracket or comment in them can reach around.
    """
    place = f"{identifier(test.dataset + edition)}.{identifier(test.resource)}"
    columns = f"({_closed(test.condition)}) AS agrees"
    where = ""
    if test.among:
        columns += f", ({_closed(test.among)}) AS among"
        where = " WHERE among"
    source = f"FROM (SELECT {columns} FROM {place}) AS {RELATION}{where}"

    def count(which: str) -> str:
        return f"SELECT count(*){which} {source}"

    meet, meets = ("meet the condition", "meets it")
    if judged:
        meet, meets = "agree with the claim", "agrees"
    questions = {
        "rows": ("Rows counted over", count("")),
        "agree": (f"Rows that {meet}", count(" FILTER (WHERE agrees)")),
        "against": ("Rows that do not", count(" FILTER (WHERE NOT agrees)")),
        "open": ("Rows that cannot be judged", count(" FILTER (WHERE agrees IS NULL)")),
    }
    counts = {
        role: FigureDefinition(name=role, title=title, unit=unit, sql=sql)
        for role, (title, sql) in questions.items()
    }
    share = {
        "share": (f"Share that {meets}", "agrees"),
        "most": (f"Share that {meets}, at most", "agrees IS NOT FALSE"),
    }
    shares = {
        role: FigureDefinition(
            name=role,
            title=title,
            unit="",
            sql=f"SELECT count(*) FILTER (WHERE {what}) / count(*) {source}",
            format="percent",
        )
        for role, (title, what) in share.items()
    }
    return {**counts, **shares}


def _closed(sql: str) -> str:
    """`sql` so that a bracket may follow: a comment ends at its line."""
    return f"{sql.strip()}\n" if "--" in sql else sql.strip()


def ask_answers(sql: str) -> FigureDefinition:
    """How many values a query gives that are not null: 0 where it tells nothing."""
    text = f"SELECT count(*) FROM ({_closed(sql.strip().rstrip(';'))}) AS {RELATION}(value) WHERE value IS NOT NULL"
    return FigureDefinition(name="answers", title="Answers", unit="", sql=text)


def ask_value(test: ValueTest, title: str, style: FigureFormat = "integer") -> FigureDefinition:
    """The question of a test that compares the answer to a query.

    It is asked for a whole number first: such an answer is a count, and a small one is suppressed.
    """
    return FigureDefinition(name="value", title=title, unit=test.unit, sql=test.sql, format=style)


def bound_figure(figure: Figure) -> Bounds | None:
    """What the value of a figure can be: one number, or the range in which it was suppressed.

    None where it is no number.
    """
    value = figure.value
    if value is None and figure.receipt.suppressed:
        return Bounds(1, figure.receipt.threshold - 1)
    if isinstance(value, str):  # a number that is longer than a double, or no number
        number = Decimal(value) if _LONG.fullmatch(value) and figure.format != "text" else None
        return None if number is None else Bounds(number, number)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if math.isnan(value) else Bounds(value, value)


def judge_range(bounds: Bounds | None, expected: Range) -> ClaimVerdict:
    """Whether all, none or some of what a value can be lies in the expected range."""
    if bounds is None:
        return ClaimVerdict.UNTESTABLE
    if expected.at_least <= bounds.low and bounds.high <= expected.at_most:
        return ClaimVerdict.SUPPORTED
    if bounds.high < expected.at_least or bounds.low > expected.at_most:
        return ClaimVerdict.CONTRADICTED
    return ClaimVerdict.UNTESTABLE


def judge_rows(test: RowTest, figures: Mapping[str, Figure], edition: str = "") -> Result:
    """What the answers to `ask_rows` say; `figures` of the result are those that may be shown.

    The rows that do not tell could all agree or all not, and so they widen the bounds. Where one
    of the three counts was suppressed, the others (but a zero) and the shares are left out, of
    the verdict too: the count could be worked out from them.
    """
    bounds = bound_rows(figures)
    verdict = judge_range(bounds, test.expected)
    hidden = [role for role in _COUNTS if figures[role].receipt.suppressed]
    if figures["rows"].value is None:
        shown = ["rows"]
    elif hidden:
        zeros = [role for role in _COUNTS if figures[role].value == 0]
        shown = ["rows", *(role for role in _COUNTS if role in (*hidden, *zeros))]
    else:
        shown = ["rows", *_COUNTS]
        if not figures["open"].value:
            shown.remove("open")
        shown += _honest_shares(figures)
    kept = {role: figures[role] for role in shown if role in figures}
    return Result(verdict, kept, bounds, edition=edition)


def _honest_shares(figures: Mapping[str, Figure]) -> list[str]:
    """The shares that are worth a word: none that was rounded to nothing or to everything."""
    share, most = figures.get("share"), figures.get("most")
    if share is None or most is None:
        return []
    whole = (0, 1)
    rounded = [f for f in (share, most) if f.shown in ("0.0%", "100.0%") and f.value not in whole]
    if rounded:
        return []
    return ["share"] if share.shown == most.shown else ["share", "most"]


def bound_rows(figures: Mapping[str, Figure]) -> Bounds | None:
    """The share of rows that agree, at least and at most; None where there are no rows to count."""
    rows = figures["rows"].value
    if not isinstance(rows, int) or rows <= 0:
        return None
    bounds = {role: bound_figure(figures[role]) for role in _COUNTS}
    if any(figures[role].receipt.suppressed for role in _COUNTS):
        for role in _COUNTS:
            if figures[role].value:  # not shown, so it may not count
                bounds[role] = Bounds(0, rows)
    agree, against, unsaid = bounds.values()
    if not (agree and against and unsaid):
        return None
    open_ = float(unsaid.high)
    low = max(float(agree.low), rows - float(against.high) - open_)
    high = min(float(agree.high) + open_, rows - float(against.low))
    return Bounds(low / rows, high / rows) if low <= high else None


def judge_value(
    test: ValueTest, figure: Figure | None, against: Figure | None = None, edition: str = ""
) -> Result:
    """What a figure says against the stated number, or against the figure `against`.

    `figure` is None where the query gave nothing: no row, or null.
    """
    figures = {"value": figure} if figure else {}
    if against:
        figures["stated"] = against
    bounds = bound_figure(figure) if figure else None
    stated = bound_figure(against) if against else None
    if stated is None and test.stated is not None:
        stated = Bounds(test.stated, test.stated)
    if bounds is None or stated is None:
        return Result(ClaimVerdict.UNTESTABLE, figures, bounds, edition=edition)
    ends = (bounds.low, bounds.high, stated.low, stated.high)
    low, high, least, most = (Fraction(str(end)) for end in ends)
    wide = Fraction(str(test.tolerance))
    if any(isinstance(item.value, float) for item in figures.values()):  # it may be a rounded sum
        wide += Fraction(str(CLOSENESS)) * max(Fraction(1), abs(least), abs(most))
    if max(high - least, most - low) <= wide:
        verdict = ClaimVerdict.SUPPORTED
    else:
        far = max(low - most, least - high) > wide
        verdict = ClaimVerdict.CONTRADICTED if far else ClaimVerdict.UNTESTABLE
    return Result(verdict, figures, bounds, edition=edition)


def match_columns(words: Iterable[str], columns: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names of the columns, each given as (name, title), that hold one of `words`."""
    expected = [word.casefold() for word in words]
    return tuple(
        name
        for name, title in columns
        if any(word in name.casefold() or word in title.casefold() for word in expected)
    )


def judge_columns(
    test: ColumnTest, columns: Sequence[tuple[str, str]], edition: str = ""
) -> Result:
    """What the columns of a released table, each as (name, title), say."""
    if not columns:
        return Result(ClaimVerdict.UNTESTABLE, edition=edition)
    matched = match_columns(test.words, columns)
    agrees = bool(matched) == test.present
    verdict = ClaimVerdict.SUPPORTED if agrees else ClaimVerdict.CONTRADICTED
    return Result(verdict, columns=matched, of=len(columns), edition=edition)


def judge_claim(claim: Claim, verdicts: Sequence[ClaimVerdict]) -> ClaimVerdict:
    """The verdict on a claim from those on its parts; without parts it is not testable."""
    if claim.source.status == "not-found":
        return ClaimVerdict.SOURCELESS
    if claim.same_records == "no":
        return ClaimVerdict.UNTESTED
    if ClaimVerdict.CONTRADICTED in verdicts:
        return ClaimVerdict.CONTRADICTED
    if verdicts and all(verdict is ClaimVerdict.SUPPORTED for verdict in verdicts):
        return ClaimVerdict.SUPPORTED
    return ClaimVerdict.UNTESTABLE
