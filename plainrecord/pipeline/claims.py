"""Test every claim of the register on the released tables, and give its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.core import strict_json
from plainrecord.core.paths import CLAIMS_RECEIPTS, claim_page
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.measures import claim_verdicts, figures
from plainrecord.model.claims import (
    Claim,
    ClaimTest,
    ClaimVerdict,
    ColumnTest,
    JudgedClaim,
    JudgedPart,
    Result,
    RowTest,
    Untestable,
    ValueTest,
)
from plainrecord.model.declarations import FigureDefinition
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.freshness import parse_day
from plainrecord.model.products import Edition, Figure, FigureScope, Output, TypedNumberCount
from plainrecord.pipeline.editions import BuiltDataset, publish_tables
from plainrecord.pipeline.plan import Plan
from plainrecord.publishing import feeds, markdown, metadata, passages
from plainrecord.receipts import engine, sheet

GROUP = "claims"  # what receipts call the register; in the counter it has no table of its own
_ROLES = ("rows", "agree", "against", "open", "share", "most", "value")
_GONE = "Its figures are not in this build."


def judge_register(
    plan: Plan, datasets: Sequence[BuiltDataset]
) -> tuple[tuple[JudgedClaim, ...], list[Finding]]:
    """Every claim with its verdict, in the order of the register, and the findings."""
    if not plan.claims:
        return (), []
    every = [one for dataset in datasets for one in dataset.every_edition()]
    editions = {one.edition.package.key: one.edition for one in every}
    published = [entry for one in every for entry in publish_tables(one.edition)]
    built = {one.edition.package.key: one.exported.parquet for one in every if one.edition.built}
    counter = engine.open_counter({GROUP: {}, **built})
    try:
        context = ClaimMeasures(counter, editions, published, plan.portal.base_url)
        judged = [_judge(context, claim) for claim in plan.claims]
    finally:
        counter.close()
    claims = tuple(
        replace(claim, json_ld=metadata.review_claim(plan.portal, claim)) for claim, _ in judged
    )
    return claims, [finding for _, findings in judged for finding in findings]


def publish_register(plan: Plan, judged: Sequence[JudgedClaim]) -> list[Output]:
    """The files of the register beside its pages: the feed, and the receipts for programs."""
    if not judged:
        return []
    own = [figure for item in judged for figure in item.figures if figure.dataset == GROUP]
    document = sheet.describe_receipts(GROUP, max(item.day for item in judged), own, (), GROUP)
    receipts = Output(CLAIMS_RECEIPTS, strict_json.serialise_json(document))
    return [receipts, feeds.write_feed(feeds.render_claims_feed(plan.portal, judged))]


class _FailedError(Exception):
    """A test that cannot be run; the message says what was found."""


class _NotBuiltError(Exception):
    """The data of a test are not in this build; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ClaimMeasures:
    """What claims are tested on: the locked counter, and what it holds."""

    counter: duckdb.DuckDBPyConnection
    editions: Mapping[str, Edition]
    published: Sequence[PublishedTable]
    base_url: str

    def edition(self, key: str) -> Edition:
        edition = self.editions.get(key)
        if edition is None:
            raise _FailedError(f"there is no dataset {key!r}{suggest(key, self.editions)}")
        if not edition.built:
            raise _NotBuiltError(edition.absence or "Something in the dataset blocks it.")
        return edition

    def releases(self, name: str) -> list[Edition]:
        """The frozen releases of the dataset `name`, the oldest first."""
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
            raise _NotBuiltError(_GONE)
        raise _FailedError(f"there is no figure {name!r}{suggest(name, known)}")


def _judge(context: ClaimMeasures, claim: Claim) -> tuple[JudgedClaim, list[Finding]]:
    findings = Findings(file=claim.file)
    judged: list[JudgedPart] = []
    verdicts: list[ClaimVerdict] = []
    judges = claim_verdicts.judge_claim(claim, ()).judged
    days = [claim.changed, claim.reply.date]
    names: set[str] = set()
    for number, part in enumerate(claim.parts, 1):
        try:
            now = _named(claim, number, _test(context, part.title, part.test, judged=judges))
            verdicts.append(now.verdict)
            read = _editions_read(context, part, now)
            names |= {edition.package.name for edition in read}
            synthetic = [e.package.name for e in read if e.package.synthetic]
            if synthetic:
                text = f"claim {claim.name}: {part.title}: it reads {synthetic[0]}"
                findings.add("claim-synthetic", text, "real records")
            days += [e.package.updated for e in read if parse_day(e.package.updated)]
            history = tuple(
                _named(claim, number, one)
                for one in _test_past_editions(context, part, judged=judges)
            )
            judged_part = JudgedPart(part, now, history)
            judged.append(judged_part if judges else _unjudged(judged_part))
        except _FailedError as failed:
            text = f"claim {claim.name}: {part.title}: {failed}"
            expected = "a test over released tables and figures of this portal"
            findings.add("claim-failed", text, expected)
    verdict = claim_verdicts.judge_claim(claim, verdicts)
    tally, found = _tally_own_words(claim)
    datasets = tuple(sorted(names))
    return JudgedClaim(claim, verdict, tuple(judged), max(days), datasets, tally), findings + found


def _unjudged(part: JudgedPart) -> JudgedPart:
    """The part with its counts and without a verdict: the claim is not about these records."""
    return replace(
        part,
        now=replace(part.now, verdict=ClaimVerdict.UNTESTED),
        history=tuple(replace(one, verdict=ClaimVerdict.UNTESTED) for one in part.history),
    )


def _test(
    context: ClaimMeasures, title: str, test: object, release: str = "", *, judged: bool = True
) -> Result:
    """The result of a test on the dataset as it is now, or on the release of the day `release`."""
    mark = f"@{release}" if release else ""
    try:
        if isinstance(test, RowTest):
            return replace(_test_rows(context, test, mark, judged=judged), edition=release)
        if isinstance(test, ColumnTest):
            edition = context.edition(test.dataset + mark)
            tables = {table.resource: table for table in edition.tables}
            if test.resource not in tables:
                raise _FailedError(f"there is no table {test.resource!r} in {test.dataset}")
            columns = [(f.name, f.title) for f in tables[test.resource].fields]
            return claim_verdicts.judge_columns(test, columns, release)
        if isinstance(test, ValueTest):
            return _test_value(context, test, title, mark)
        if isinstance(test, Untestable):
            return Result(ClaimVerdict.UNTESTABLE, absence=test.reason)
    except _NotBuiltError as absent:
        text = f"Listed, not published here. {absent}"
        return Result(ClaimVerdict.UNTESTABLE, absence=text, edition=release)
    raise TypeError(test)


def _test_rows(context: ClaimMeasures, test: RowTest, mark: str, *, judged: bool) -> Result:
    edition = context.edition(test.dataset + mark)
    for key, sql in (("condition", test.condition), ("among", test.among)):
        problem = engine.expression_problem(context.counter, sql) if sql else ""
        if problem:
            raise _FailedError(f"{key}: {problem}")
    unit = next((t.unit for t in edition.tables if t.resource == test.resource), "")
    asked = claim_verdicts.ask_rows(test, unit or edition.package.unit, mark, judged=judged)
    answers = {
        role: context.measure(asked.pop(role)) for role in ("rows", "agree", "against", "open")
    }
    result = claim_verdicts.judge_rows(test, answers)
    if not answers["rows"].value or any(f.receipt.suppressed for f in answers.values()):
        return result
    return claim_verdicts.judge_rows(
        test, {**answers, **{role: context.measure(question) for role, question in asked.items()}}
    )


def _test_value(context: ClaimMeasures, test: ValueTest, title: str, mark: str) -> Result:
    def named(name: str) -> Figure:
        key, _, figure = name.rpartition(".")
        return context.figure(f"{key}{mark}.{figure}")

    against = context.figure(test.against) if test.against else None
    value: Figure | None
    if test.figure:
        value = named(test.figure)
    elif context.measure(claim_verdicts.ask_answers(test.sql)).value == 0:
        value = None
    else:
        value = context.measure(claim_verdicts.ask_value(test, title))
        if isinstance(value.value, str) or not float(value.value or 0).is_integer():
            value = context.measure(claim_verdicts.ask_value(test, title, "decimal"))
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


def _editions_read(context: ClaimMeasures, part: ClaimTest, result: Result) -> list[Edition]:
    keys = {e.path: e.table.dataset for e in context.published}
    read = {keys[file.path] for figure in result.figures.values() for file in figure.receipt.files}
    if isinstance(part.test, RowTest | ColumnTest):
        read.add(part.test.dataset)
    return [context.editions[key] for key in sorted(read) if key in context.editions]


def _test_past_editions(
    context: ClaimMeasures, part: ClaimTest, *, judged: bool
) -> tuple[Result, ...]:
    """The same test on every release that the dataset keeps, the oldest first.

    A release may have other columns than the newest: the test then says nothing about it.
    """
    test = part.test
    name = test.dataset if isinstance(test, RowTest | ColumnTest) else ""
    if isinstance(test, ValueTest):
        name = test.figure.rpartition(".")[0]
    results = []
    for edition in context.releases(name) if name else ():
        release = edition.package.release
        try:
            result = _test(context, part.title, test, release, judged=judged)
            kept = {r: f for r, f in result.figures.items() if r in ("share", "most", "value")}
            results.append(replace(result, figures=kept))
        except _FailedError:
            absence = "The test does not fit the columns of this release."
            results.append(Result(ClaimVerdict.UNTESTABLE, absence=absence, edition=release))
    return tuple(results)


def _tally_own_words(claim: Claim) -> tuple[TypedNumberCount, list[Finding]]:
    """The numbers in the register's own words; those in a quoted statement are the speaker's."""
    findings: list[Finding] = []
    around = FigureScope(claim.file, claim_page(claim.name), "", waivers=claim.numbers)
    tallies = []
    for place, text in _own_words(claim):
        tally, found = passages.tally_text(text, f"claim {claim.name}: {place}", around)
        tallies.append(tally)
        findings.extend(found)
    findings.extend(markdown.check_waivers(claim.numbers, tallies, around))
    return passages.join_tallies(*tallies), findings


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
