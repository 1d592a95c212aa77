"""Claims: the register `claims.yaml`, from as written to as trusted."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any

from pydantic import PlainValidator, create_model

from plainrecord.core.registry import load_modules
from plainrecord.core.strict_json import Json
from plainrecord.descriptors.reading import read_form
from plainrecord.findings.finding import Finding, Findings
from plainrecord.measures import claim_tests
from plainrecord.model.claims import Claim, ClaimEntry, ClaimPart, ClaimTest
from plainrecord.model.forms import StrictForm

CLAIM_TESTS: dict[str, type[ClaimTest]] = dict(module.TEST for module in load_modules(claim_tests))
"""Every kind of test by the key under which a maintainer writes it."""


def _read_part(written: object) -> ClaimPart:
    return _part_form(*CLAIM_TESTS.items()).model_validate(written)


@cache
def _part_form(*kinds: tuple[str, type[ClaimTest]]) -> type[ClaimPart]:
    """A part of a claim with a key for each kind of test."""
    keys: Any = {name: (kind | None, None) for name, kind in kinds}
    return create_model("ClaimPart", __base__=ClaimPart, **keys)


class ClaimForm(ClaimEntry):
    tests: tuple[Annotated[ClaimPart, PlainValidator(_read_part)], ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Bounds and tolerances of a claim about other records, which is never judged.

        A claim whose source is not found keeps them: it is judged once the source is there.
        """
        judged = self.same_records != "no"
        for number, part in enumerate(() if judged else self.tests):
            for kind, test in part.tests.items():
                for key in test.judging:
                    yield f"tests.{number}.{kind}.{key}", "a claim that is judged by these records"


class RegisterForm(StrictForm):
    claims: tuple[ClaimForm, ...] = ()


def parse_register(document: Json, file: str) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
    """The claims in a `claims.yaml`, in its order; none of them where something is wrong."""
    form, findings = read_form(RegisterForm, document, file)
    if form is None:
        return (), tuple(findings)
    for item in form.claims:
        findings.extend(
            Finding("value-invalid", f"claim {item.name}: {found}", expected, file=file)
            for found, expected in _shape(item)
        )
    if findings:
        return (), tuple(findings)
    return tuple(Claim.model_construct(file=file, **dict(item)) for item in form.claims), ()


def check_names(claims: Iterable[Claim], datasets: Iterable[str]) -> tuple[Finding, ...]:
    """A finding for each claim whose name is that of another: it would have the same address.

    So would its numbers and those of a dataset called `claims`, of which there is a finding too.
    """
    seen: dict[str, str] = {}
    findings = Findings()
    for claim in claims:
        if claim.name in seen:
            found = f"{claim.name!r} is a claim in {seen[claim.name]} and in {claim.file}"
            expected = "a name of its own for each claim"
            findings.add("claim-duplicate", found, expected, file=claim.file)
        seen.setdefault(claim.name, claim.file)
    if seen and "claims" in datasets:
        found = "a dataset is called 'claims', as the numbers of claims are"
        file = next(iter(seen.values()))
        findings.add("value-invalid", found, "another name for the dataset", file=file)
    return tuple(findings)


def _shape(item: ClaimForm) -> Iterator[tuple[str, str]]:
    """What the keys of a claim say together that cannot be."""
    if bool(item.tests) == bool(item.untestable):
        both = "both tests and untestable" if item.tests else "neither tests nor untestable"
        yield f"it has {both}", "tests, or the reason why it cannot be tested"
    if item.source.status == "seen" and not (item.source.url and item.source.sha256):
        yield "its source was seen, and has no address or no hash", "source.url and source.sha256"
    if item.reply.status != "none" and not item.reply.date:
        yield f"the reply has the status {item.reply.status!r} and no date", "reply.date, a day"
    if item.reply.status == "answered" and not item.reply.text:
        yield "the reply is answered and has no text", "reply.text"
    if item.reply.status != "answered" and item.reply.text:
        yield f"the reply has a text and the status {item.reply.status!r}", "the status answered"
    for number, part in enumerate(item.tests):
        for found, expected in _part_shape(part, judged=item.same_records != "no"):
            yield f"tests[{number}]: {found}", expected


def _part_shape(part: ClaimPart, *, judged: bool) -> Iterator[tuple[str, str]]:
    given = len(part.tests) + bool(part.untestable)
    if given != 1:
        yield f"it has {given} of {', '.join(CLAIM_TESTS)} and untestable", "exactly one"
    for test in part.tests.values():
        yield from test.problems(judged=judged)
