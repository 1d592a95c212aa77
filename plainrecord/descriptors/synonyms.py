"""Words that readers type, with the words of the records: shipped ones and the portal's own."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors.reading import read_form
from plainrecord.findings.finding import Finding
from plainrecord.model.forms import StrictForm, Texts


class SynonymsForm(StrictForm):
    """The file `site/synonyms.yaml`: for each word, or several, the words that the search tries."""

    words: dict[str, Texts] = Field(default_factory=dict)


def parse_synonyms(
    document: Json, file: str
) -> tuple[Mapping[str, tuple[str, ...]], tuple[Finding, ...]]:
    """The shipped synonyms, with those of the portal's `document` in their place or after them.

    The order counts: where two words differ only in their end, the search takes the later one.
    """
    shipped = parse_document(Path(__file__).with_name("synonyms.yaml").read_text(encoding="utf-8"))
    read, _ = read_form(SynonymsForm, {"words": shipped}, "")
    own, findings = read_form(SynonymsForm, {"words": document or {}}, file)
    ours = own.words if own else {}
    kept = {
        word: others for word, others in (read.words if read else {}).items() if word not in ours
    }
    return dict([*sorted(kept.items()), *sorted(ours.items())]), tuple(findings)
