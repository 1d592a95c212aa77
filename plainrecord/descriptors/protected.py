"""A protected dataset: its descriptor describes the raw table, and readers get the protected one.

`plainrecord protect` writes the folder `protected/` beside the descriptor: the released tables with
a descriptor of their own, and `protection.json`, which says how they were protected.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from pydantic import ValidationError

from plainrecord.core.paths import PROTECTED, PROTECTED_FOLDER
from plainrecord.core.strict_json import Json, objects_in, reach, write_exact
from plainrecord.core.word_lists import split_words
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.protection import ProtectionReport

_RAW = ("schema", "dialect", "path", "data", "encoding", "format", "plainrecord")
"""What a descriptor says of the raw table that decides about the protected one."""


_OF_TABLES = split_words(
    "charts rates totals explore api comparison crosswalk plausibility reconcile requests doubts "
    "corrections documents"
)
"""What a descriptor declares over the protected tables."""


def protection_mode(document: Json) -> str:
    """`tables` or `records` where a descriptor as written protects its dataset in such a way, or ""."""
    privacy = reach(document, "plainrecord", "privacy")
    if not isinstance(privacy, dict):
        return ""
    mode = privacy.get("mode") or ("tables" if privacy.get("tables") else "")
    return str(mode) if mode in ("tables", "records") else ""


def hash_policy(document: Mapping[str, Json]) -> str:
    """The SHA-256 of all in a descriptor that decides about the protected tables."""
    deciding: Json = {
        "privacy": _deciding(reach(document, "plainrecord", "privacy")),
        "resources": [
            {key: item[key] for key in ("name", "title", *_RAW) if key in item}
            for item in objects_in(document, "resources")
        ],
    }
    return sha256(write_exact(deciding).encode()).hexdigest()


def _deciding(privacy: Json) -> Json:
    """A policy as written, without what only explains to readers how it differs from an earlier one."""
    if not isinstance(privacy, dict):
        return privacy
    return {key: value for key, value in privacy.items() if key != "changed"}


def describe_raw(document: Json) -> Json:
    """A descriptor without what it declares over the protected tables."""
    if not isinstance(document, dict):
        return document
    ours = document.get("plainrecord")
    kept: dict[str, Json] = {
        key: value
        for key, value in (ours if isinstance(ours, dict) else {}).items()
        if key not in _OF_TABLES
    }
    return {**document, "plainrecord": kept}


def describe_protected(
    document: Json, protected: Json, report: Json, file: str
) -> tuple[Json, ProtectionReport | None, tuple[Finding, ...]]:
    """The descriptor of what readers get, and how it was protected.

    A dataset that is not protected in this way is described as written. Where it was not protected
    yet, the raw table is described, and no report comes back: it must not be published. That is a
    warning where the raw file has a public address or a hash: whoever has it can protect it then.
    """
    if not protection_mode(document) or not isinstance(document, dict):
        return document, None, ()
    resources = reach(protected, "resources")
    parsed = read_report(report)
    if parsed is None or not isinstance(resources, list):
        found = "the dataset is about people, and its protected tables are not there"
        expected = " and ".join(PROTECTED)
        severity = Severity.WARNING if _is_pinned(document) else None
        finding = _advise("protection-missing", found, expected, file, document)
        return describe_raw(document), None, (replace(finding, severity_given=severity),)
    described: Json = {
        **document,
        "resources": [
            {**item, "path": f"{PROTECTED_FOLDER}/{item.get('path')}"}
            if isinstance(item, dict)
            else item
            for item in resources
        ],
    }
    findings: tuple[Finding, ...] = ()
    if parsed.policy != hash_policy(document):
        found = "the policy or the raw table is described in another way than when it was protected"
        expected = "what was protected"
        findings = (_advise("protection-outdated", found, expected, file, document),)
    return described, parsed, findings


def _advise(
    rule: str, found: str, expected: str, file: str, document: Mapping[str, Json]
) -> Finding:
    """A finding whose remedy is the command for this dataset."""
    finding = Finding(rule, found, expected, file=file)
    name = document.get("name")
    remedy = finding.remedy.replace("protect NAME", f"protect {name}")
    return replace(finding, remedy_given=remedy) if isinstance(name, str) else finding


def _is_pinned(document: Mapping[str, Json]) -> bool:
    """Whether each raw file has a public address or a declared hash."""
    resources = objects_in(document, "resources")
    return bool(resources) and all(
        "hash" in item or str(item.get("path")).lower().startswith(("http://", "https://"))
        for item in resources
    )


def read_report(document: Json) -> ProtectionReport | None:
    """How tables were protected, by their `protection.json`; None where it is not there or wrong."""
    try:
        return ProtectionReport.model_validate(document)
    except ValidationError:
        return None
