"""Claims: the register from as written to as trusted, the questions of its tests, the verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from plainrecord.core.addresses import address_problem
from plainrecord.core.strict_json import Json
from plainrecord.descriptors.claim_forms import ClaimForm, ClaimPartForm, RegisterForm, RowsForm
from plainrecord.descriptors.reading import read_form
from plainrecord.findings.finding import Finding, Findings
from plainrecord.model.claims import (
    Claim,
    ClaimTest,
    ColumnTest,
    Range,
    RowTest,
    Test,
    Untestable,
)
from plainrecord.model.freshness import parse_day


def parse_register(document: Json, file: str) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
    """The claims in a `claims.yaml`, in its order; none of them where something is wrong."""
    form, findings = read_form(RegisterForm, document, file)
    if form is None:
        return (), tuple(findings)
    for item in form.claims:
        findings.extend(
            Finding("value-invalid", f"claim {item.name}: {found}", expected, file=file)
            for found, expected in (*_dates(item), *_addresses(item), *_shape(item))
        )
    if findings:
        return (), tuple(findings)
    return tuple(_claim(item, file) for item in form.claims), ()


def check_names(claims: Iterable[Claim]) -> tuple[Finding, ...]:
    """A finding for each claim whose name is that of another: it would have the same address."""
    seen: dict[str, str] = {}
    findings = Findings()
    for claim in claims:
        if claim.name in seen:
            found = f"{claim.name!r} is a claim in {seen[claim.name]} and in {claim.file}"
            findings.add(
                "claim-duplicate", found, "a name of its own for each claim", file=claim.file
            )
        seen.setdefault(claim.name, claim.file)
    return tuple(findings)


def _dates(item: ClaimForm) -> Iterator[tuple[str, str]]:
    for key, day, needed in (
        ("changed", item.changed, True),
        ("said_on", item.said_on, False),
        ("source.looked", item.source.looked, False),
        ("reply.date", item.reply.date, item.reply.status != "none"),
    ):
        if (day or needed) and parse_day(day) is None:
            yield f"{key} is {day!r}", "a day, 2026-10-01"


def _addresses(item: ClaimForm) -> Iterator[tuple[str, str]]:
    listed = [("source.url", item.source.url), ("reply.url", item.reply.url)]
    listed += [(f"links[{number}].url", link.url) for number, link in enumerate(item.links)]
    for key, address in listed:
        problem = address_problem(address) if address else ""
        if problem:
            yield f"{key} is {address!r}: {problem}", "an http(s) address"


def _shape(item: ClaimForm) -> Iterator[tuple[str, str]]:
    """What the keys of a claim say together that cannot be."""
    if bool(item.tests) == bool(item.untestable):
        both = "both tests and untestable" if item.tests else "neither tests nor untestable"
        yield f"it has {both}", "tests, or the reason why it cannot be tested"
    if item.source.status == "seen" and not (item.source.url and item.source.sha256):
        yield "its source was seen, and has no address or no hash", "source.url and source.sha256"
    if item.reply.status == "answered" and not item.reply.text:
        yield "the reply is answered and has no text", "reply.text"
    if item.reply.status != "answered" and item.reply.text:
        yield f"the reply has a text and the status {item.reply.status!r}", "the status answered"
    for number, part in enumerate(item.tests):
        for found, expected in _part_shape(part, judged=item.same_records != "no"):
            yield f"tests[{number}]: {found}", expected


def _part_shape(part: ClaimPartForm, *, judged: bool) -> Iterator[tuple[str, str]]:
    given = [form for form in (part.rows, part.columns, part.value, part.untestable) if form]
    if len(given) != 1:
        yield f"it has {len(given)} of rows, columns, value and untestable", "exactly one"
    if part.rows:
        low, high = _range(part.rows)
        if judged and part.rows.at_least is None and part.rows.at_most is None:
            yield "it has neither at_least nor at_most", "the share that the claim means"
        elif low > high:
            yield f"at_least is {low:g} and at_most {high:g}", "a range"
    if part.columns and bool(part.columns.some_with) == bool(part.columns.none_with):
        yield "it has both or none of some_with and none_with", "exactly one"
    if part.columns and not all(w.strip() for w in _words(part)):
        yield "a word is blank", "words that a name or a title may hold"
    if part.value:
        if bool(part.value.figure) == bool(part.value.sql):
            yield "it has both or none of figure and sql", "exactly one"
        if (part.value.stated is None) == (not part.value.against):
            yield "it has both or none of stated and against", "exactly one"


def _range(form: RowsForm) -> tuple[float, float]:
    return (
        -math.inf if form.at_least is None else form.at_least,
        math.inf if form.at_most is None else form.at_most,
    )


def _words(form: ClaimPartForm) -> tuple[str, ...]:
    return (form.columns.some_with or form.columns.none_with) if form.columns else ()


def _claim(item: ClaimForm, file: str) -> Claim:
    return Claim(
        name=item.name,
        title=item.title,
        speaker=item.speaker,
        said=item.said,
        source=item.source,
        changed=item.changed,
        file=file,
        through=item.through,
        said_on=item.said_on,
        place=item.place,
        concern=item.concern,
        wanted=item.wanted,
        meant=item.meant,
        counted=item.counted,
        same_records=item.same_records,
        parts=tuple(ClaimTest(part.title, _test(part), part.note) for part in item.tests),
        untestable=item.untestable,
        reply=item.reply,
        links=item.links,
        numbers=item.numbers,
    )


def _test(part: ClaimPartForm) -> Test:
    if part.rows:
        rows = part.rows
        return RowTest(
            rows.dataset, rows.resource, rows.condition, Range(*_range(rows)), rows.among
        )
    if part.columns:
        columns = part.columns
        return ColumnTest(columns.dataset, columns.resource, _words(part), bool(columns.some_with))
    if part.value:
        return part.value
    return Untestable(part.untestable)
