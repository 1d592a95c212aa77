"""A test that counts rows: which share of a table meets a condition."""

import math
from collections.abc import Iterator, Mapping

from pydantic import Field

from plainrecord.core.translation import gettext as _
from plainrecord.core.translation import ngettext
from plainrecord.measures.claim_test import (
    ClaimMeasures,
    TableTest,
    UnfitTestError,
    close_sql,
    percent,
)
from plainrecord.measures.claim_verdicts import bound_figure, judge_range
from plainrecord.model.claims import Bounds, Range, Result, Words
from plainrecord.model.counts import fill, verb_number
from plainrecord.model.declarations import COUNT, FigureDefinition
from plainrecord.model.products import Figure
from plainrecord.receipts.engine import expression_problem, identifier

_COUNTS = ("agree", "against", "open")


class RowTest(TableTest):
    """Which share of a table's rows meets `condition`, among those that meet `among` (all: "").

    A row for which the condition is null, since a value in it is absent, tells nothing. The test
    agrees with the claim where the share is from `at_least` to `at_most`, both included.
    """

    judging = ("at_least", "at_most")
    lasting = ("share", "most")

    condition: str = Field(min_length=1)
    among: str = ""
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)

    @property
    def expected(self) -> Range:
        """The shares for which the test agrees with the claim."""
        low, high = self.at_least, self.at_most
        return Range(-math.inf if low is None else low, math.inf if high is None else high)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        if self.at_least == 0:
            yield "at_least", "a share above 0: none is below it"
        if self.at_most == 1:
            yield "at_most", "a share below 1: none is above it"

    def problems(self, *, judged: bool) -> Iterator[tuple[str, str]]:
        low, high = self.expected.at_least, self.expected.at_most
        if judged and self.at_least is None and self.at_most is None:
            yield "it has neither at_least nor at_most", "the share that the claim means"
        elif low > high:
            yield f"at_least is {low:g} and at_most {high:g}", "a range"

    def measure(self, context: ClaimMeasures) -> Result:
        release = context.release(self.dataset + context.mark)
        for key, sql in (("condition", self.condition), ("among", self.among)):
            problem = expression_problem(context.counter, sql) if sql else ""
            if problem:
                raise UnfitTestError(f"{key}: {problem}")
        counted = self.resource in release.package.tables_of_counts
        unit = next((t.unit for t in release.tables if t.resource == self.resource), "")
        unit = release.package.unit if counted else unit or release.package.unit
        asked = ask_rows(self, unit, context.mark, judged=context.judged, counted=counted)
        answers = {role: context.measure(asked.pop(role)) for role in ("rows", *_COUNTS)}
        if answers["rows"].value and not any(f.receipt.suppressed for f in answers.values()):
            answers |= {role: context.measure(question) for role, question in asked.items()}
        return judge_rows(self, answers)

    def meaning(self) -> str:
        low, high = self.expected.at_least, self.expected.at_most
        if low == 1:
            return _("For the claim to be true, every row must agree.")
        if high == 0:
            return _("For the claim to be true, no row may agree.")
        if math.isinf(high):
            words = _("For the claim to be true, at least {low} of the rows must agree.")
        elif math.isinf(low):
            words = _("For the claim to be true, no more than {high} of the rows may agree.")
        else:
            words = _("For the claim to be true, between {low} and {high} of the rows must agree.")
        return words.format(
            low="" if math.isinf(low) else percent(low),
            high="" if math.isinf(high) else percent(high),
        )

    def describe(self, result: Result) -> Words:
        shown = result.figures
        rows, (agree, against, open_) = shown["rows"], map(shown.get, _COUNTS)
        total = fill(ngettext("{} row", "{} rows", _count(rows)), rows)
        judged, clauses = result.verdict.judged, []
        if agree and judged:
            words = ngettext("{} agrees with the claim", "{} agree with the claim", _count(agree))
            clauses.append(fill(words, agree))
        elif agree:
            words = ngettext("{} meets the condition", "{} meet the condition", _count(agree))
            clauses.append(fill(words, agree))
        if agree and against and not result.partial:
            clauses.append(fill(ngettext("{} does not", "{} do not", _count(against)), against))
            sentence = fill(_("Of {}, {} and {}."), total, *clauses)
            if open_:
                missing = _("{} cannot be judged, because a value is missing.")
                sentence += (" ", *fill(missing, open_))
            return (*sentence, *_describe_share(result))
        if against and judged:
            words = ngettext(
                "{} does not agree with the claim",
                "{} do not agree with the claim",
                _count(against),
            )
            clauses.append(fill(words, against))
        elif against:
            words = ngettext(
                "{} does not meet the condition", "{} do not meet the condition", _count(against)
            )
            clauses.append(fill(words, against))
        if open_:
            clauses.append(fill(_("{} cannot be judged"), open_))
        if clauses:
            listed = clauses[0]
            for clause in clauses[1:]:
                listed = fill(_("{} and {}"), listed, clause)
            hidden = _(
                "The other counts are suppressed, because they would reveal suppressed ones."
            )
            return (*fill(_("Of {}, {}."), total, listed), " ", hidden)
        words = ngettext(
            "There is {}, too few for a result.",
            "There are {}, too few for a result.",
            _count(rows),
        )
        return fill(words, total)

    def summary(self, result: Result) -> Words:
        agree, rows = result.figures.get("agree"), result.figures["rows"]
        if agree is None:
            return ()
        total = fill(ngettext("{} row", "{} rows", _count(rows)), rows)
        words = ngettext(
            "{} of {} agrees with the claim.",
            "{} of {} agree with the claim.",
            verb_number(_count(agree), _count(rows)),
        )
        return fill(words, agree, total)


def _count(figure: Figure) -> int:
    """The number by which words beside a figure are in the singular or the plural."""
    return figure.value if isinstance(figure.value, int) else 2


def _describe_share(result: Result) -> Words:
    """Which share of the rows agrees, in a sentence after a space; empty if no share is shown."""
    share, most = result.figures.get("share"), result.figures.get("most")
    if share is None:
        return ()
    if most is None:
        judged, other = _("So {} of the rows agree."), _("So {} of the rows meet it.")
        return (" ", *fill(judged if result.verdict.judged else other, share))
    judged = _("So from {} to {} of the rows agree.")
    other = _("So from {} to {} of the rows meet it.")
    return (" ", *fill(judged if result.verdict.judged else other, share, most))


def ask_rows(
    test: RowTest,
    unit: str,
    release: str = "",
    *,
    judged: bool = True,
    counted: bool = False,
) -> dict[str, FigureDefinition]:
    """The questions of a test over rows, by their role; `release` is that of the dataset, `@DATE`.

    Where the claim is not judged, the titles speak of the condition and not of the claim. Of a table
    of counts the rows that are `counted` are added up: each stands for its count.

    Condition and `among` must have passed `engine.expression_problem`. They stand in a list of
    columns, as they were checked, so that no bracket or comment in them can reach around.
    """
    table = f"{identifier(test.dataset + release)}.{identifier(test.resource)}"
    columns = f"({close_sql(test.condition)}) AS agrees"
    where = ""
    if test.among:
        columns += f", ({close_sql(test.among)}) AS among"
        where = " WHERE among"
    if counted:
        columns += f", {identifier(COUNT)} AS records"
    source = f"FROM (SELECT {columns} FROM {table}) AS judged{where}"

    meet, meets = (
        ("agree with the claim", "agrees") if judged else ("meet the condition", "meets it")
    )

    def number(which: str) -> str:
        if counted:
            return f"coalesce(CAST(sum(records){which} AS BIGINT), 0)"
        return f"count(*){which}"

    whole = f" / {number('')}"
    counts = {
        "rows": ("Rows counted", ""),
        "agree": (f"Rows that {meet}", " FILTER (WHERE agrees)"),
        "against": ("Rows that do not", " FILTER (WHERE NOT agrees)"),
        "open": ("Rows that cannot be judged", " FILTER (WHERE agrees IS NULL)"),
        "share": (f"Share that {meets}", " FILTER (WHERE agrees)"),
        "most": (f"Share that {meets}, at most", " FILTER (WHERE agrees IS NOT FALSE)"),
    }
    return {
        role: FigureDefinition(
            name=role,
            title=title,
            unit="" if role in RowTest.lasting else unit,
            sql=f"SELECT {number(which)}{whole if role in RowTest.lasting else ''} {source}",
            format="percent" if role in RowTest.lasting else "integer",
        )
        for role, (title, which) in counts.items()
    }


def judge_rows(test: RowTest, figures: Mapping[str, Figure]) -> Result:
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
    return Result(verdict, kept, bounds)


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


TEST = ("rows", RowTest)
