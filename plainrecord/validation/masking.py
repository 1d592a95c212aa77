"""Take the values of personal fields out of findings: logs and reports are read by strangers."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from plainrecord.core.word_lists import word_set
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import TableCheck
from plainrecord.model.packages import Package, Resource
from plainrecord.validation.personal_data import PATTERNS, WITHIN
from plainrecord.validation.personal_labels import kind_by_name

HIDDEN = "(not shown)"

_WORDED_WITHOUT_VALUES = word_set(
    "type-error constraint-error category-error unique-error primary-key unique-key "
    "foreign-key row-rule missing-cell extra-cell padded-value text-mangled missing-label "
    "blank-row empty-record duplicate-row personal-data free-text hidden-character "
    "value-invalid"
)
"""Rules whose words never quote a value by design; of any other rule none are kept."""
_OF_FILES = frozenset(["quote-stray", "source-error", "encoding-invalid", "file-unreadable"])
_LABELS = ("-label", "header-absent")
_UNEVEN = ("extra-cell", "missing-cell")
_PERSONAL = re.compile("|".join(f"(?:{p})" for p in (*PATTERNS.values(), *WITHIN.values())))


def personal_fields(package: Package, findings: Iterable[Finding] = ()) -> frozenset[str]:
    """The fields whose values no message may show: identifiers of the policy, fields named like
    personal data, and those that one of `findings` says hold some.

    Fields that a waiver calls public are shown, and so is all of a package without a policy.
    """
    if package.policy is None:
        return frozenset()
    names = {
        finding.field for finding in findings if finding.rule in ("personal-data", "free-text")
    }
    names |= {
        field.name
        for resource in package.resources
        for field in resource.schema.fields
        if kind_by_name(field.name) or kind_by_name(field.title)
    }
    names -= {waiver.field for waiver in package.waived if waiver.rule == "personal-data"}
    names |= set(package.policy.identifiers)
    return frozenset(_with_references(package, names))


def _with_references(package: Package, names: set[str]) -> set[str]:
    """`names` with the fields that refer to them, and those that they refer to."""
    pairs = [
        pair
        for resource in package.resources
        for key in resource.schema.foreign_keys
        for pair in zip(key.fields, key.reference_fields, strict=False)
    ]
    while more := {name for pair in pairs if names & set(pair) for name in pair} - names:
        names |= more
    return names


def mask_findings(
    package: Package, findings: Iterable[Finding], hidden: Collection[str]
) -> tuple[Finding, ...]:
    """`findings` without a value of the fields `hidden`.

    Where a row has too many or too few cells, or a header does not fit, any value may stand under
    any name: there all are hidden.
    """
    if package.policy is None:
        return tuple(findings)
    listed = list(findings)
    shifted = {(f.resource, f.file, f.row) for f in listed if f.rule in _UNEVEN}
    mislabelled = {f.resource for f in listed if f.rule.endswith(_LABELS)}
    resources = {resource.name: resource for resource in package.resources}
    masked = []
    for finding in listed:
        resource = resources.get(finding.resource)
        inside = resource is not None and has_hidden(resource, hidden)
        anywhere = inside and (
            finding.resource in mislabelled
            or (finding.resource, finding.file, finding.row) in shifted
        )
        about = finding.field in hidden or (
            resource is not None and _keyed(finding, resource, hidden)
        )
        likely = finding.cell is not None and _PERSONAL.search(finding.cell) is not None
        if about or anywhere or likely:
            masked.append(_mask(finding))
        elif inside and finding.rule in _OF_FILES:
            masked.append(replace(finding, found=_without_quotes(finding.found)))
        else:
            masked.append(finding)
    return tuple(masked)


def mask_labels(
    check: TableCheck, package: Package, findings: Iterable[Finding], hidden: Collection[str]
) -> TableCheck:
    """`check` without labels that no field has: where a header lacks, they are values."""
    resource = next(item for item in package.resources if item.name == check.resource)
    wrong = any(f.resource == check.resource and f.rule.endswith(_LABELS) for f in findings)
    if not wrong or package.policy is None or not has_hidden(resource, hidden):
        return check
    known = {field.name for field in resource.schema.fields}
    readings = tuple(
        replace(r, labels=tuple(label if label in known else HIDDEN for label in r.labels))
        for r in check.readings
    )
    return replace(check, readings=readings)


def has_hidden(resource: Resource, hidden: Collection[str]) -> bool:
    """Whether a table has one of the fields `hidden`."""
    return any(field.name in hidden for field in resource.schema.fields)


def _keyed(finding: Finding, resource: Resource, hidden: Collection[str]) -> bool:
    """Whether a finding shows the values of a key with one of the fields `hidden` in it."""
    schema = resource.schema
    keys = {
        "primary-key": [schema.primary_key],
        "unique-key": schema.unique_keys,
        "foreign-key": [key.fields for key in schema.foreign_keys],
    }.get(finding.rule, ())
    return any(set(key) & set(hidden) for key in keys)


def _mask(finding: Finding) -> Finding:
    """The finding with its place and rule, and without a value."""
    cell = None if finding.cell is None else HIDDEN
    cells = tuple(HIDDEN for _ in finding.cells)
    masked = replace(finding, cell=cell, cells=cells)
    if finding.rule.endswith(_LABELS) and finding.rule != "missing-label":
        masked = replace(masked, found="another label, which is not shown", field="")
    elif finding.rule not in _WORDED_WITHOUT_VALUES and not finding.rest:
        masked = replace(
            masked, found="the values are not shown: the field is personal", expected=""
        )
    elif _shares(finding.found, finding.cell or ""):
        masked = replace(masked, found="the value is not shown: the field is personal")
    return masked


def _shares(words: str, cell: str) -> bool:
    """Whether `words` repeat a part of `cell`."""
    parts = re.findall(r"\w{3,}", cell.lower())
    return bool(cell) and (cell in words or any(part in words.lower() for part in parts))


def _without_quotes(words: str) -> str:
    """`words` up to the first text in quotes, and up to the row that a reader's error repeats."""
    cut = re.split(r"['\"“]|, got \d+", words, maxsplit=1)
    return words if len(cut) == 1 else f"{cut[0].rstrip(' :')} {HIDDEN}"
