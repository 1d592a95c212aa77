"""Documents about the places of a dataset: contracts, inspections, letters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field as Key

from plainrecord.core.translation import to_translate
from plainrecord.model.forms import StrictForm, Text, Texts
from plainrecord.model.freshness import day_words

KINDS = {
    "contract": to_translate("Contract"),
    "inspection": to_translate("Inspection"),
    "letter": to_translate("Letter"),
    "report": to_translate("Report"),
    "document": to_translate("Document"),
}
SUFFIXES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
"""The files that may be documents: no browser runs a program in one."""


class Document(StrictForm):
    """A file in the dataset's folder that readers can download, and the values that it is about.

    `source` says where it is from, `date` is its own day, `hash` the SHA-256 of the file as it was
    received. `values` are those of `field`; without them it is about the whole dataset. `strip`
    takes names, comments and paths out of the copy for readers.
    """

    file: str
    title: str = Key(min_length=1)
    kind: Literal["contract", "inspection", "letter", "report", "document"] = "document"
    source: str = Key(min_length=1)
    date: Text = Key(pattern="^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")
    field: str = ""
    values: Texts = ()
    hash: Text = Key(default="", pattern="^(sha256:)?([0-9a-f]{64})?$")
    note: str = ""
    strip: bool = False

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Values without their field, or a field without values."""
        if not self.field:
            yield "values", "field, whose values these are"
        if not self.values:
            yield "field", "values of the field"


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A document with the path of its copy in the portal, and the size and hash of that copy."""

    document: Document
    path: str
    bytes: int
    sha256: str

    @property
    def kind(self) -> str:
        """What it is, in a word that is not translated yet."""
        return KINDS[self.document.kind]

    @property
    def day(self) -> str:
        """Its day, month or year in words."""
        return day_words(self.document.date)
