"""A stretch of the corridor: every claim of the register put to the released tables and judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.core import strict_json
from plainrecord.core.paths import CLAIMS_RECEIPTS, claim_page
from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures import claim_verdicts, figures
from plainrecord.model.claims import (
    Claim,
    ClaimVerdict,
    ColumnTest,
    JudgedClaim,
    JudgedPart,
    Part,
    Result,
    RowTest,
    Untestable,
    ValueTest,
)
from plainrecord.model.declarations import FigureDefinition
from plainrecord.model.freshness import parse_day
from plainrecord.model.products import Edition, Figure, FigureScope, Output, PublishedTable, Tally
from plainrecord.pipeline.editions import BuiltDataset, publish_tables
from plainrecord.pipeline.plan import Plan
from plainrecord.publishing import feeds, markdown, metadata
from plainrecord.receipts import engine
from plainrecord.receipts import sheet as proofs

GROUP = "claims"  # what receipts call the register; in the counter it has no table of its own
_ROLES = ("rows", "agree", "against", "open", "share", "most", "value")
_GONE = "Its figures are not in this build."


def judge_register(
    plan: Plan, made: Sequence[BuiltDataset], findings: list[Finding]
) -> tuple[JudgedClaim, ...]:
    """Every claim with its verdict, in the order of the register; findings are added."""
    if not plan.claims:
        return ()
    every = [one for item in made for one in item.every()]
    editions = {one.edition.package.key: one.edition for one in every}
    published = [entry for one in every for entry in publish_tables(one.edition)]
    built = {one.edition.package.key: one.exported.parquet for one in every if one.edition.built}
    counter = engine.open_counter({GROUP: {}, **built})
    try:
        bench = ClaimContext(counter, editions, published, plan.portal.base_url, findings)
        judged = [_judge(bench, claim) for claim in plan.claims]
    finally:
        counter.close()
    return tuple(replace(item, json_ld=metadata.review_claim(plan.portal, item)) for item in judged)


def publish_register(plan: Plan, judged: Sequence[JudgedClaim]) -> list[Output]:
    """The files of the register beside its pages: the feed, and the receipts for programs."""
    if not judged:
        return []
    own = [figure for item in judged for figure in item.figures if figure.dataset == GROUP]
    sheet = proofs.describe_receipts(GROUP, max(item.day for item in judged), own, (), GROUP)
    receipts = Output(CLAIMS_RECEIPTS, strict_json.serialise_json(sheet))
    return [receipts, feeds.write_feed(feeds.tell_claims(plan.portal, judged))]


class _FailedError(Exception):
    """A test that cannot be made, in words: what was found."""


class _AwayError(Exception):
    """A test whose data are not in this build, in a sentence."""


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """Where tests are made: the locked counter, and what it holds."""

    counter: duckdb.DuckDBPyConnection
    editions: Mapping[str, Edition]
    published: Sequence[PublishedTable]
    base_url: str
    findings: list[Finding]

    def edition(self, key: str) -> Edition:
        edition = self.editions.get(key)
        if edition is None:
            raise _FailedError(f"there is no dataset {key!r}{suggest(key, self.editions)}")
        if not edition.built:
            raise _AwayError(edition.absence or "Something in the dataset blocks it.")
        return edition

    def releases(self, name: str) -> list[Edition]:
        """The frozen editions of the dataset `name`, the oldest first."""
        keys = sorted(key for key in self.editions if key.startswith(f"{name}@"))
        return [self.editions[key] for key in keys]

    def measure(self, definition: FigureDefinition) -> Figure:
        figure = figures.measure_figure(
            self.counter, definition, GROUP, self.published, self.base_url
        )
        if isinstance(figure, Finding):
            raise _FailedError(figure.found.partition(": ")[2])
        return figure

    def figure(self, name: str) -> Figure:
        """The figure `DATASET.NAME` as its dataset shows it."""
        key, _, wanted = name.rpartition(".")
        edition = self.edition(key)
        for figure in edition.figures:
            if figure.name == wanted:
                return figure
        known = [figure.id for figure in edition.figures]
        if any(definition.name == wanted for definition in edition.package.figures):
            raise _AwayError(_GONE)
        raise _FailedError(f"there is no figure {name!r}{suggest(name, known)}")


def _judge(bench: ClaimContext, claim: Claim) -> JudgedClaim:
    judged: list[JudgedPart] = []
    verdicts: list[ClaimVerdict] = []
    context = not claim_verdicts.judge_claim(claim, ()).judged
    days = [claim.changed, claim.reply.date]
    names: set[str] = set()
    for number, part in enumerate(claim.parts, 1):
        try:
            now = _named(claim, number, _try(bench, part.title, part.test, judged=not context))
            verdicts.append(now.verdict)
            read = _editions_read(bench, part, now)
            names |= {edition.package.name for edition in read}
            made_up = [e.package.name for e in read if e.package.synthetic]
            if made_up:
                text = f"claim {claim.name}: {part.title}: it reads {made_up[0]}"
                bench.findings.append(
                    Finding("claim-synthetic", text, "real records", file=claim.file)
                )
            days += [e.package.updated for e in read if parse_day(e.package.updated)]
            history = tuple(
                _named(claim, number, one) for one in _look_back(bench, part, judged=not context)
            )
            made = JudgedPart(part, now, history)
            judged.append(_unjudged(made) if context else made)
        except _FailedError as failed:
            text = f"claim {claim.name}: {part.title}: {failed}"
            expected = "a test over released tables and figures of this portal"
            bench.findings.append(Finding("claim-failed", text, expected, file=claim.file))
    verdict = claim_verdicts.judge_claim(claim, verdicts)
    tally = _tell(claim, bench.findings)
    return JudgedClaim(claim, verdict, tuple(judged), max(days), tuple(sorted(names)), tally)


def _unjudged(made: JudgedPart) -> JudgedPart:
    """The part with what was counted, without any verdict: the claim is not about these records."""
    results = (replace(one, verdict=ClaimVerdict.UNTESTED) for one in (made.now, *made.history))
    now, *history = results
    return replace(made, now=now, history=tuple(history))


def _try(
    bench: ClaimContext, title: str, test: object, release: str = "", *, judged: bool = True
) -> Result:
    """The result of a test on the dataset as it is now, or on the edition of the day `release`."""
    mark = f"@{release}" if release else ""
    try:
        if isinstance(test, RowTest):
            return replace(_try_rows(bench, test, mark, judged=judged), edition=release)
        if isinstance(test, ColumnTest):
            edition = bench.edition(test.dataset + mark)
            tables = {table.resource: table for table in edition.tables}
            if test.resource not in tables:
                raise _FailedError(f"there is no table {test.resource!r} in {test.dataset}")
            columns = [(f.name, f.title) for f in tables[test.resource].fields]
            return claim_verdicts.judge_columns(test, columns, release)
        if isinstance(test, ValueTest):
            return _try_value(bench, test, title, mark)
        if isinstance(test, Untestable):
            return Result(ClaimVerdict.UNTESTABLE, absence=test.reason)
    except _AwayError as away:
        text = f"Catalogued, not in this build. {away}"
        return Result(ClaimVerdict.UNTESTABLE, absence=text, edition=release)
    raise TypeError(test)


def _try_rows(bench: ClaimContext, test: RowTest, mark: str, *, judged: bool) -> Result:
    edition = bench.edition(test.dataset + mark)
    for key, sql in (("condition", test.condition), ("among", test.among)):
        problem = engine.expression_problem(bench.counter, sql) if sql else ""
        if problem:
            raise _FailedError(f"{key}: {problem}")
    unit = next((t.unit for t in edition.tables if t.resource == test.resource), "")
    asked = claim_verdicts.ask_rows(test, unit or edition.package.unit, mark, judged=judged)
    answers = {
        role: bench.measure(asked.pop(role)) for role in ("rows", "agree", "against", "open")
    }
    result = claim_verdicts.judge_rows(test, answers)
    if not answers["rows"].value or any(f.receipt.suppressed for f in answers.values()):
        return result
    return claim_verdicts.judge_rows(
        test, {**answers, **{role: bench.measure(question) for role, question in asked.items()}}
    )


def _try_value(bench: ClaimContext, test: ValueTest, title: str, mark: str) -> Result:
    def named(name: str) -> Figure:
        key, _, figure = name.rpartition(".")
        return bench.figure(f"{key}{mark}.{figure}")

    against = bench.figure(test.against) if test.against else None
    value: Figure | None
    if test.figure:
        value = named(test.figure)
    elif bench.measure(claim_verdicts.ask_answers(test.sql)).value == 0:
        value = None
    else:
        value = bench.measure(claim_verdicts.ask_value(test, title))
        if isinstance(value.value, str) or not float(value.value or 0).is_integer():
            value = bench.measure(claim_verdicts.ask_value(test, title, "decimal"))
    for figure in (value, against):
        if figure and claim_verdicts.bound_figure(figure) is None:
            raise _FailedError(f"{figure.raw!r} is not a number to compare")
    return claim_verdicts.judge_value(test, value, against, mark.removeprefix("@"))


def _named(claim: Claim, number: int, result: Result) -> Result:
    """The result with the figures that were measured for it under a name of their own."""
    when = f"-{result.edition}" if result.edition else ""
    named = {
        role: replace(figure, name=f"{claim.name}-{number}-{role}{when}")
        if figure.dataset == GROUP and figure.name in _ROLES
        else figure
        for role, figure in result.figures.items()
    }
    return replace(result, figures=named)


def _editions_read(bench: ClaimContext, part: Part, result: Result) -> list[Edition]:
    keys = {e.path: e.table.dataset for e in bench.published}
    read = {keys[file.path] for figure in result.figures.values() for file in figure.receipt.files}
    if isinstance(part.test, RowTest | ColumnTest):
        read.add(part.test.dataset)
    return [bench.editions[key] for key in sorted(read) if key in bench.editions]


def _look_back(bench: ClaimContext, part: Part, *, judged: bool) -> tuple[Result, ...]:
    """The same test on every edition that the dataset keeps, the oldest first.

    An edition may have other columns than the newest: the test then tells nothing about it.
    """
    test = part.test
    name = test.dataset if isinstance(test, RowTest | ColumnTest) else ""
    if isinstance(test, ValueTest):
        name = test.figure.rpartition(".")[0]
    told = []
    for edition in bench.releases(name) if name else ():
        release = edition.package.release
        try:
            result = _try(bench, part.title, test, release, judged=judged)
            kept = {r: f for r, f in result.figures.items() if r in ("share", "most", "value")}
            told.append(replace(result, figures=kept))
        except _FailedError:
            absence = "The test does not fit the columns of this edition."
            told.append(Result(ClaimVerdict.UNTESTABLE, absence=absence, edition=release))
    return tuple(told)


def _tell(claim: Claim, findings: list[Finding]) -> Tally:
    """The numbers that the register's own words hold; those in what somebody says are theirs."""
    around = FigureScope(claim.file, claim_page(claim.name), "", waivers=claim.numbers)
    tallies = []
    for place, text in _own_words(claim):
        tally, found = markdown.tally_text(text, f"claim {claim.name}: {place}", around)
        tallies.append(tally)
        findings.extend(found)
    findings.extend(markdown.check_waivers(claim.numbers, tallies, around))
    return markdown.join_tallies(*tallies)


def _own_words(claim: Claim) -> Iterable[tuple[str, str]]:
    yield "the concern", claim.concern
    yield "what the data count", claim.counted
    yield "why it cannot be tested", claim.untestable
    yield "the note on the source", claim.source.note
    for part in claim.parts:
        yield "the title of a test", part.title
        yield "the note of a test", part.note
        if isinstance(part.test, Untestable):
            yield "why a part cannot be tested", part.test.reason
