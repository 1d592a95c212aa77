"""Test every claim of the register on the released tables, and give its verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plainrecord.core import strict_json
from plainrecord.core.paths import CLAIMS_RECEIPTS, claim_page
from plainrecord.findings.finding import Finding, Findings
from plainrecord.measures import claim_verdicts
from plainrecord.measures.claim_test import (
    GROUP,
    ClaimMeasures,
    MeasuredTest,
    NotBuiltError,
    TableTest,
    UnfitTestError,
)
from plainrecord.model.claims import (
    Claim,
    ClaimPart,
    ClaimVerdict,
    JudgedClaim,
    JudgedPart,
    Result,
)
from plainrecord.model.freshness import parse_day
from plainrecord.model.products import FigureScope, Output, ReleasedDataset, TypedNumberCount
from plainrecord.pipeline.datasets import BuiltDataset, publish_tables
from plainrecord.pipeline.plan import Plan
from plainrecord.publishing import feeds, markdown, metadata, passages
from plainrecord.receipts import engine, receipts_document


def judge_register(
    plan: Plan, datasets: Sequence[BuiltDataset]
) -> tuple[tuple[JudgedClaim, ...], list[Finding]]:
    """Every claim with its verdict, in the order of the register, and the findings."""
    if not plan.claims:
        return (), []
    every = [one for dataset in datasets for one in dataset.every_release()]
    releases = {one.release.package.key: one.release for one in every}
    published = [entry for one in every for entry in publish_tables(one.release)]
    built = {one.release.package.key: one.exported.parquet for one in every if one.release.built}
    counter = engine.open_counter({GROUP: {}, **built})
    try:
        context = ClaimMeasures(counter, releases, published)
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
    document = receipts_document.describe_receipts(
        GROUP, max(item.day for item in judged), own, (), GROUP
    )
    receipts = Output(CLAIMS_RECEIPTS, strict_json.serialise_json(document))
    return [receipts, feeds.write_feed(feeds.render_claims_feed(plan.portal, judged))]


def _judge(context: ClaimMeasures, claim: Claim) -> tuple[JudgedClaim, list[Finding]]:
    findings = Findings(file=claim.file)
    judged: list[JudgedPart] = []
    verdicts: list[ClaimVerdict] = []
    judges = claim_verdicts.judge_claim(claim, ()).judged
    context = replace(context, judged=judges)
    days = [claim.changed, claim.reply.date]
    names: set[str] = set()
    for number, part in enumerate(claim.tests, 1):
        try:
            now = _named(claim, number, _test(context, part))
            verdicts.append(now.verdict)
            read = _releases_read(context, part, now)
            names |= {release.package.name for release in read}
            synthetic = [e.package.name for e in read if e.package.synthetic]
            if synthetic:
                text = f"claim {claim.name}: {part.title}: it reads {synthetic[0]}"
                findings.add("claim-synthetic", text, "real records")
            days += [e.package.updated for e in read if parse_day(e.package.updated)]
            history = tuple(
                _named(claim, number, one) for one in _test_past_releases(context, part)
            )
            judged_part = JudgedPart(part, now, history)
            judged.append(
                judged_part
                if judges
                else replace(
                    judged_part,
                    now=replace(judged_part.now, verdict=ClaimVerdict.UNTESTED),
                    history=tuple(
                        replace(one, verdict=ClaimVerdict.UNTESTED) for one in judged_part.history
                    ),
                )
            )
        except UnfitTestError as failed:
            text = f"claim {claim.name}: {part.title}: {failed}"
            expected = "a test over released tables and figures of this portal"
            findings.add("claim-failed", text, expected)
    verdict = claim_verdicts.judge_claim(claim, verdicts)
    tally, problems = _count_own_numbers(claim)
    datasets = tuple(sorted(names))
    return JudgedClaim(
        claim, verdict, tuple(judged), max(days), datasets, tally
    ), findings + problems


def _test(context: ClaimMeasures, part: ClaimPart, release: str = "") -> Result:
    """The result of a test on the dataset as it is now, or on the release of the day `release`."""
    if not isinstance(part.test, MeasuredTest):
        return Result(ClaimVerdict.UNTESTABLE, absence=part.untestable)
    mark = f"@{release}" if release else ""
    try:
        result = part.test.measure(replace(context, title=part.title, mark=mark))
    except NotBuiltError as absent:
        text = f"Listed, not published here. {absent}"
        result = Result(ClaimVerdict.UNTESTABLE, absence=text)
    return replace(result, release=release)


def _named(claim: Claim, number: int, result: Result) -> Result:
    """The result with the figures that were measured for it under a name of their own."""
    when = f"-{result.release}" if result.release else ""
    named = {
        role: replace(figure, name=f"{claim.name}-{number}-{role}{when}")
        if (figure.dataset, figure.name) == (GROUP, role)
        else figure
        for role, figure in result.figures.items()
    }
    return replace(result, figures=named)


def _releases_read(
    context: ClaimMeasures, part: ClaimPart, result: Result
) -> list[ReleasedDataset]:
    keys = {e.path: e.table.dataset for e in context.published}
    read = {keys[file.path] for figure in result.figures.values() for file in figure.receipt.files}
    if isinstance(part.test, TableTest):
        read.add(part.test.dataset)
    return [context.releases[key] for key in sorted(read) if key in context.releases]


def _test_past_releases(context: ClaimMeasures, part: ClaimPart) -> tuple[Result, ...]:
    """The test on every release, the oldest first; it says nothing of one with other columns."""
    test = part.test
    if test is None or not test.home:
        return ()
    results = []
    for released in context.releases_of(test.home):
        release = released.package.release
        try:
            result = _test(context, part, release)
            kept = {r: f for r, f in result.figures.items() if r in test.lasting}
            results.append(replace(result, figures=kept))
        except UnfitTestError:
            absence = "The test does not fit the columns of this release."
            results.append(Result(ClaimVerdict.UNTESTABLE, absence=absence, release=release))
    return tuple(results)


def _count_own_numbers(claim: Claim) -> tuple[TypedNumberCount, list[Finding]]:
    """The numbers in the register's own words; those in a quoted statement are the speaker's."""
    findings: list[Finding] = []
    around = FigureScope(claim.file, claim_page(claim.name), "", waivers=claim.numbers)
    tallies = []
    for key, text in _own_words(claim):
        tally, problems = passages.tally_text(text, f"claim {claim.name}: {key}", around)
        tallies.append(tally)
        findings.extend(problems)
    findings.extend(markdown.check_waivers(claim.numbers, tallies, around))
    return passages.join_tallies(*tallies), findings


def _own_words(claim: Claim) -> Iterable[tuple[str, str]]:
    yield "the concern", claim.concern
    yield "what the data count", claim.counted
    yield "why it cannot be tested", claim.untestable
    yield "the note on the source", claim.source.note
    for part in claim.tests:
        yield "the title of a test", part.title
        yield "the note of a test", part.note
        yield "why a part cannot be tested", part.untestable
