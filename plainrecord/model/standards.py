"""What a standard for records asks for, and how a dataset maps onto it.

A standard is a list of elements. A crosswalk says, for one table of a dataset, in which field each
element stands and what the agency's values mean in the standard's words.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from plainrecord.model.forms import StrictForm, Texts

UNKNOWN = "unknown"
"""The standard's value for what was asked and is not known; every crosswalk may use it."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name for programs and a title for readers."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class SourceOfFields:
    """A serious source whose fields the standard took up, with its address."""

    name: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing that a methodology should explain, and what is meant by it."""

    name: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a record should hold.

    `levels` are the precisions that count, the finest first; a value coarser than `wanted` is not
    good enough. Both are empty where precision does not matter. `sources` are pairs of a source's
    name and its field. A `companion` explains another element and is not graded.
    """

    name: str
    title: str
    type: str
    description: str
    group: str
    why: str = ""
    good: str = ""
    needed: str = ""
    categories: tuple[Named, ...] = ()
    levels: tuple[Named, ...] = ()
    wanted: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    companion: str = ""

    def coarser(self, level: str) -> bool:
        """Whether `level` is coarser than what the standard wants."""
        names = [item.name for item in self.levels]
        return level in names and names.index(level) > names.index(self.wanted)

    def level_title(self, level: str) -> str:
        """The words for a level."""
        return next((item.title for item in self.levels if item.name == level), level)


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard: elements in groups, a methodology checklist, `files` for download."""

    name: str
    title: str
    version: str
    summary: str
    description: str
    elements: tuple[Element, ...]
    groups: tuple[Named, ...]
    units: tuple[Named, ...]
    sources: tuple[SourceOfFields, ...]
    checklist: tuple[ChecklistItem, ...]
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def graded(self) -> tuple[Element, ...]:
        """The elements that are graded, in their order."""
        return tuple(item for item in self.elements if not item.companion)


class Correspondence(StrictForm):
    """In which fields of a table an element stands.

    `values` translates the agency's values into the standard's, for one field; `sql` does so as an
    expression over the released row where several fields make one element. `precision` is the
    level in the agency's file, `released` the level in the released table where that is coarser;
    both are empty where they follow from the field itself.
    """

    field: str = ""
    fields: Texts = ()
    values: dict[str, str] = Field(default_factory=dict)
    sql: str = ""
    precision: str = ""
    released: str = ""
    note: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All fields, the one in `field` first."""
        return (self.field, *self.fields) if self.field else self.fields


class Link(StrictForm):
    """Where something is stated: an address, a `#heading`, or `known_issues`."""

    link: str = Field(min_length=1)
    note: str = ""


class Crosswalk(StrictForm):
    """How one table maps onto a standard; `unit` is what one row is.

    `absent`, `removed` (the agency's file has it, and we do not publish it) and `inapplicable`
    give the reason in words by element; `constant` the value that every record has. `aggregated`
    are elements that are published in totals only.
    """

    standard: str
    unit: Literal["arrest", "stop", "person", "encounter", "event"]
    resource: str = ""
    fields: dict[str, Correspondence] = Field(default_factory=dict)
    absent: dict[str, str] = Field(default_factory=dict)
    aggregated: dict[str, Link] = Field(default_factory=dict)
    constant: dict[str, str] = Field(default_factory=dict)
    removed: dict[str, str] = Field(default_factory=dict)
    inapplicable: dict[str, str] = Field(default_factory=dict)


class Methodology(StrictForm):
    """Where a methodology explains each item of the checklist."""

    collection: Link | None = None
    definitions: Link | None = None
    validation: Link | None = None
    error_margins: Link | None = None
    known_defects: Link | None = None
    audit: Link | None = None

    @property
    def items(self) -> dict[str, Link]:
        """The items that it has, in the order of the checklist."""
        return {name: link for name, link in self if link is not None}
