"""What a standard for records asks for, and how a dataset maps onto it: frozen values.

A standard is a list of elements. A crosswalk says, for one table of a dataset, in which field each
element stands and what the agency's values mean in the standard's words.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """One thing that a methodology should tell, and what is meant by it."""

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
    """A standard for records: its elements in groups, and what a methodology should tell.

    `files` are what the portal offers for download, by name.
    """

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


@dataclass(frozen=True, slots=True)
class Correspondence:
    """In which fields of a table an element stands.

    `values` translates the agency's values into the standard's, for one field; `sql` does so as an
    expression over the released row where several fields make one element. `precision` is the
    level in the agency's file, `released` the level in the released table where that is coarser;
    both are empty where they follow from the field itself.
    """

    element: str
    fields: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    sql: str = ""
    precision: str = ""
    released: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """An element that is published in totals only, and where."""

    element: str
    link: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """How one table maps onto a standard; `unit` is what one row is.

    `absent`, `kept_back` (the agency's file has it, and we do not publish it) and `inapplicable` hold
    pairs of an element and the reason in words; `constant` those of an element and the value that
    every record has.
    """

    standard: str
    unit: str
    resource: str
    matches: tuple[Correspondence, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    totals: tuple[Totals, ...] = ()
    constant: tuple[tuple[str, str], ...] = ()
    kept_back: tuple[tuple[str, str], ...] = ()
    inapplicable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MethodLink:
    """Where a methodology tells of one item of the checklist.

    `link` is a public address, `#heading` for a heading of the methodology page, or `known_issues`
    for the section of that name on the dataset's page.
    """

    item: str
    link: str
    note: str = ""
