"""What a maintainer has not answered yet: declared questions, and texts that are placeholders."""

import re
from collections.abc import Iterator, Sequence

from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import word_set
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.io.load import RawPortal
from plainrecord.model.declarations import UNNAMED_PUBLISHER, Portal
from plainrecord.model.packages import Package

_PLACEHOLDER = re.compile(r"\bTODO\b")
_PROSE = word_set(
    "title tagline description summary unit note text citation name notice reason open definition"
)
"""Keys whose values readers see as text: a value of the data may be the word TODO."""


def find_open(
    raw: RawPortal, portal: Portal, packages: Sequence[Package], *, published: bool
) -> Iterator[Finding]:
    """A finding for each open question and placeholder; errors where the portal is `published`."""
    severity = Severity.ERROR if published else Severity.WARNING

    def found(rule: str, text: str, file: str, dataset: str = "") -> Finding:
        return Finding(rule, text, file=file, dataset=dataset, severity_given=severity)

    for question in portal.questions:
        yield found("question-open", question, raw.settings_path)
    if portal.publisher.name.strip().lower() == UNNAMED_PUBLISHER.lower():
        yield found(
            "placeholder-text", f"the publisher is {UNNAMED_PUBLISHER!r}", raw.settings_path
        )
    for key in _placeholders(raw.settings):
        yield found("placeholder-text", f"{key} says TODO", raw.settings_path)
    for file, text in raw.pages.items():
        if _PLACEHOLDER.search(text):
            yield found("placeholder-text", "the page says TODO", file)
    for item in packages:
        for question in item.questions:
            yield found("question-open", question, item.descriptor_path, item.name)
        for key in _placeholders(dict(item.descriptor)):
            yield found("placeholder-text", f"{key} says TODO", item.descriptor_path, item.name)
        if _PLACEHOLDER.search(item.methodology):
            file = f"{item.folder}/methodology.md"
            yield found("placeholder-text", "the methodology says TODO", file, item.name)


def _placeholders(document: Json, path: str = "") -> Iterator[str]:
    """The places of texts for readers that say TODO."""
    if isinstance(document, dict):
        for key, value in document.items():
            inside = f"{path}.{key}" if path else str(key)
            if isinstance(value, str):
                if key in _PROSE and _PLACEHOLDER.search(value):
                    yield inside
            else:
                yield from _placeholders(value, inside)
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from _placeholders(value, f"{path}[{number}]")
