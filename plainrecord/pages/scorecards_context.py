"""Contexts of the templates for scorecards and standards."""

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.model.counts import Sentence, say
from plainrecord.model.evidence import Receipt
from plainrecord.model.grades import GradeRule
from plainrecord.model.standards import Element, Named, SourceOfFields, Standard
from plainrecord.pages.portal_context import Place, Shell


@dataclass(frozen=True, slots=True)
class GradePart:
    """One state of the records for an element: its words, its share, its place in a bar of 1000."""

    state: str
    words: str
    share: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element in one dataset. `needed` is "" if nothing is; `level` is a sentence.

    `receipts` have a receipt each, what it is of, and its id ("" if it is not published); `judged`
    is the id of the receipt from which the grade follows.
    """

    anchor: str
    title: str
    why: str
    needed: str
    rule: GradeRule
    fields: tuple[str, ...]
    level: Sentence
    parts: tuple[GradePart, ...]
    note: str
    link: str
    receipts: tuple[tuple[Receipt, str, str], ...]
    judged: str

    @property
    def precision(self) -> Markup:
        """The sentence on the precision as shown on the page."""
        return say(self.level)


@dataclass(frozen=True, slots=True)
class GroupView:
    """The elements of one question: when, where, by whom."""

    anchor: str
    title: str
    elements: tuple[ElementView, ...]


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many elements have a grade."""

    rule: GradeRule
    count: int


@dataclass(frozen=True, slots=True)
class GradeCell:
    """A grade, a share or level ("" for none), its receipt's id ("" if not here)."""

    rule: GradeRule
    detail: Sentence
    target: str = ""
    proof: str = ""

    @property
    def markup(self) -> Markup:
        """The detail as shown on the page."""
        return say(self.detail)


@dataclass(frozen=True, slots=True)
class GradeRow:
    """An element in a table of grades, a cell for each column."""

    title: str
    cells: tuple[GradeCell, ...]


@dataclass(frozen=True, slots=True)
class GradeTable:
    """Elements against datasets, or against releases of one dataset: headings and rows."""

    columns: tuple[Place, ...]
    rows: tuple[GradeRow, ...]


@dataclass(frozen=True, slots=True)
class MethodLine:
    """One item of the methodology checklist: `target` in the portal or `address` outside it."""

    title: str
    why: str
    present: bool
    target: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScorecardContext:
    """`scorecard.html`: a dataset compared with a standard; `sheet` is the same for programs."""

    shell: Shell
    title: str
    dataset: str
    standard: Standard
    standard_target: str
    comparison: str
    sheet: str
    unit: str
    rows: int
    rows_text: str
    counts: tuple[GradeCount, ...]
    groups: tuple[GroupView, ...]
    history: GradeTable | None
    checklist: tuple[MethodLine, ...]
    rules: tuple[GradeRule, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A category with its share in each dataset, "" where the dataset does not have it."""

    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareTable:
    """One element by the standard's categories, dataset by dataset.

    `columns` name the datasets with the unit of their rows and how many rows have a value.
    `receipts` are a receipt each, what it proves, and its id ("" where it is not published).
    """

    anchor: str
    title: str
    columns: tuple[tuple[Place, str, str], ...]
    rows: tuple[ShareRow, ...]
    receipts: tuple[tuple[Receipt, str, str], ...]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """An item of the checklist in each dataset."""

    title: str
    why: str
    cells: tuple[MethodLine, ...]


@dataclass(frozen=True, slots=True)
class ComparisonContext:
    """`scorecards.html`: all datasets that are compared with a standard, side by side."""

    shell: Shell
    standard: Standard
    standard_target: str
    grades: GradeTable
    shares: tuple[ShareTable, ...]
    methods: tuple[MethodRow, ...]
    columns: tuple[Place, ...]
    rules: tuple[GradeRule, ...]


@dataclass(frozen=True, slots=True)
class StandardElement:
    """An element of a standard with its sources: pairs of a source's title and its field."""

    element: Element
    wanted: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StandardGroup:
    """The elements of a standard that answer one question."""

    anchor: str
    title: str
    elements: tuple[StandardElement, ...]


@dataclass(frozen=True, slots=True)
class StandardContext:
    """`standard.html`: a standard for records, with what it offers for download."""

    shell: Shell
    standard: Standard
    groups: tuple[StandardGroup, ...]
    units: tuple[Named, ...]
    sources: tuple[SourceOfFields, ...]
    files: tuple[tuple[str, str, str, int], ...]
    comparison: str
    rules: tuple[GradeRule, ...]
