"""Frozen values for packages, tables and policies, which several packages share.

Nothing here does work. A value is built by one package and read by the next; the words are those of
the Data Package standard v2 (package, resource, schema, field, constraint, missing value,
dialect) and of statistical disclosure control (identifier, generalise, threshold).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from plainrecord.core.paths import dataset_folder
from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import split_words
from plainrecord.model.doubts import Doubt

if TYPE_CHECKING:  # slow to import, and a package of others has none of them
    from plainrecord.model.declarations import (
        ApiSettings,
        ChartDefinition,
        ComparisonSettings,
        Correction,
        ExploreSettings,
        FigureDefinition,
        KnownIssue,
        PlausibilityRule,
        PrivacyPolicy,
        Reconciliation,
        RequestLog,
        TypedNumber,
        WaivedWarning,
    )
    from plainrecord.model.documents import Document
    from plainrecord.model.history import UnreachableSource
    from plainrecord.model.places import PlaceSettings
    from plainrecord.model.protection import ProtectionReport
    from plainrecord.model.rate_settings import RateDefinition
    from plainrecord.model.standards import Crosswalk, Link

FIELD_TYPES: tuple[str, ...] = split_words(
    "string number integer boolean object array list datetime date time year yearmonth "
    "duration geopoint geojson any"
)


TRUE_TEXTS, FALSE_TEXTS = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
"""How booleans are written where the field does not say (Table Schema v2, boolean)."""


class MissingKind(StrEnum):
    """Why a value is not there. A withheld value is not a missing one, and neither is zero."""

    MISSING = "missing"
    NOT_COLLECTED = "not-collected"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class MissingValue:
    """A mark of an absent value (`missingValues`): the cell's text to the letter."""

    value: str
    label: str
    kind: MissingKind = MissingKind.MISSING


@dataclass(frozen=True, slots=True)
class Category:
    """One allowed value of a categorical field with its label (Table Schema v2, `categories`)."""

    value: str
    label: str


def mark_column(column: str) -> str:
    """The companion of `column` that holds the mark of an absent value to the letter."""
    return f"{column}__missing"


@dataclass(frozen=True, slots=True)
class Field:
    """A column as its schema describes it, with everything inherited already filled in.

    `missing_values` are the ones in force: the field's own where it has any, else the schema's.
    `descriptor` is the field as written, for the checks that give it to frictionless.
    `generalised` says how the release generalised the field; empty where it did not.
    """

    name: str
    type: str = "any"
    format: str = "default"
    title: str = ""
    description: str = ""
    example: str = ""
    constraints: Mapping[str, Json] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    categories_ordered: bool = False
    missing_values: tuple[MissingValue, ...] = (MissingValue("", "missing"),)
    rdf_type: str = ""
    descriptor: Mapping[str, Json] = field(default_factory=dict)
    generalised: str = ""

    @property
    def label(self) -> str:
        """The name for a reader: the title, or the column name where there is none."""
        return self.title or self.name

    @property
    def marks_apart(self) -> bool:
        """Whether a second column must say which kind of absence a null is."""
        return len(self.missing_values) > 1

    @property
    def mark_column(self) -> str:
        """The companion column that holds the mark of an absent value to the letter."""
        return mark_column(self.name)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from `fields` to `reference_fields` of a resource; "" is the table itself."""

    fields: tuple[str, ...]
    resource: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A Table Schema v2."""

    fields: tuple[Field, ...]
    fields_match: str = "exact"
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    descriptor: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is laid out in its file (Table Dialect v2).

    `header_rows` are 1-based line numbers (for a workbook: row numbers); lines before the first
    of them are title lines and are passed over. An empty `delimiter` means "by format".
    """

    delimiter: str = ","
    line_terminator: str = "\r\n"
    quote_char: str = '"'
    double_quote: bool = True
    escape_char: str = ""
    null_sequence: str | None = None
    skip_initial_space: bool = False
    header: bool = True
    header_rows: tuple[int, ...] = (1,)
    header_join: str = " "
    comment_rows: tuple[int, ...] = ()
    comment_char: str = ""
    property: str = ""
    item_type: str = ""
    item_keys: tuple[str, ...] = ()
    sheet_number: int = 1
    sheet_name: str = ""
    table: str = ""
    descriptor: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptedCopy:
    """Another copy of a source file that may replace it, and how it differs."""

    sha256: str
    bytes: int | None
    note: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a resource as its descriptor names it: a path below the package or a URL.

    `values` are constant columns that the file adds to each of its rows (for example the fiscal
    year that only the file's name tells), by field name, as cell text. `url` is where a file of the
    dataset's own folder can be read again.
    """

    path: str
    sha256: str = ""
    hash: str = ""
    bytes: int | None = None
    accepted: tuple[AcceptedCopy, ...] = ()
    note: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def address(self) -> str:
        """Where the file can be read again: its path, or its `url`; "" where it has none."""
        return self.path if self.remote else self.url

    @property
    def remote(self) -> bool:
        """Whether the file has a public address and must be fetched."""
        return self.path.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """A source file found on this disk, its hash already compared with the declared one.

    `shown` is the path to name in messages (never an absolute path of this machine).
    `copy_note` says how an accepted copy differs from the published file, empty for the original.
    """

    source: SourceFile
    path: Path
    shown: str
    bytes: int
    sha256: str
    copy_note: str = ""


@dataclass(frozen=True, slots=True)
class DerivedField:
    """A field computed from others of its row by one SQL expression, after the check."""

    field: Field
    sql: str


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition in SQL over the typed columns that no row should fail; null is no failure."""

    name: str
    sql: str
    severity: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class EarlierTable:
    """An older release: pairs (here, there) of fields to `match` rows by and to compare."""

    resource: str
    match: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WithheldSettings:
    """What a resource declares: the fields to break withheld values down by, and legal bases.

    `bases` are (field, what it is the basis of: stop, arrest or removal). `earlier` names an older
    release of the same records.
    """

    period: str = ""
    office: str = ""
    earlier: EarlierTable | None = None
    bases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class License:
    name: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    path: str
    email: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Contributor:
    title: str
    roles: tuple[str, ...] = ()
    path: str = ""
    email: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A table of a package: its files or inline rows (`data`), how to read and check them."""

    name: str
    title: str
    description: str
    files: tuple[SourceFile, ...]
    format: str
    encoding: str
    dialect: Dialect
    schema: Schema
    data: Json = None
    derived: tuple[DerivedField, ...] = ()
    rules: tuple[RowRule, ...] = ()
    grounds: WithheldSettings = field(default_factory=WithheldSettings)
    descriptor: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protection:
    """One protection of a release: a field dropped or generalised, small counts suppressed."""

    field: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Package:
    """A dataset: a Data Package v2 with this project's `plainrecord:` block, as trusted.

    `folder` is the path below the portal (`data/stops`), `descriptor_path` that of its descriptor.
    `methodology` is the Markdown of `methodology.md` (empty where there is none). `release` is
    the date of the release where the dataset keeps releases; a `frozen` release lives at an
    address of its own, where it stays. `lost` are sources that cannot be reached. `protection` says
    how its resources were made from a raw table, where they were, and `described` is that table as
    the descriptor describes it.
    """

    name: str
    title: str
    summary: str
    description: str
    unit: str
    folder: str
    descriptor_path: str
    resources: tuple[Resource, ...]
    policy: PrivacyPolicy | None
    licenses: tuple[License, ...] = ()
    sources: tuple[Source, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    keywords: tuple[str, ...] = ()
    version: str = ""
    updated: str = ""
    frequency: str = ""
    coverage_from: str = ""
    coverage_to: str = ""
    coverage_place: str = ""
    homepage: str = ""
    synthetic: str = ""
    publish: bool = True
    questions: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    citation: str = ""
    points: tuple[str, ...] = ()
    known_issues: tuple[KnownIssue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    figures: tuple[FigureDefinition, ...] = ()
    charts: tuple[ChartDefinition, ...] = ()
    rates: tuple[RateDefinition, ...] = ()
    api: ApiSettings | None = None
    explore: ExploreSettings | None = None
    places: tuple[PlaceSettings, ...] = ()
    documents: tuple[Document, ...] = ()
    comparison: ComparisonSettings | None = None
    numbers: tuple[TypedNumber, ...] = ()
    waived: tuple[WaivedWarning, ...] = ()
    requests: RequestLog | None = None
    plausibility_rules: tuple[PlausibilityRule, ...] = ()
    reconciliations: tuple[Reconciliation, ...] = ()
    crosswalk: Crosswalk | None = None
    checklist: Mapping[str, Link] = field(default_factory=dict)
    methodology: str = ""
    descriptor: Mapping[str, Json] = field(default_factory=dict)
    release: str = ""
    frozen: bool = False
    lost: tuple[UnreachableSource, ...] = ()
    protection: ProtectionReport | None = None
    described: tuple[Resource, ...] = ()

    @property
    def key(self) -> str:
        """The name of its tables in the engine: `stops`, or `stops@2026-10-01` when frozen."""
        return f"{self.name}@{self.release}" if self.frozen else self.name

    @property
    def awaits_protection(self) -> bool:
        """Whether its resources are raw tables about people, of which nothing may be published."""
        return bool(self.policy and self.policy.mode and self.protection is None)

    @property
    def written(self) -> tuple[Resource, ...]:
        """Its tables as the descriptor describes them: of a protected dataset the raw ones."""
        return self.described or self.resources

    @property
    def tables_of_counts(self) -> frozenset[str]:
        """Its resources whose rows are counts of people, made by `plainrecord protect`."""
        return (
            frozenset(t.resource for t in self.protection.tables)
            if self.protection
            else frozenset()
        )

    @property
    def shows_values(self) -> bool:
        """Whether the values of its files may be quoted: they are open, or were protected before."""
        return bool(self.protection or (self.policy and self.policy.open))

    @property
    def home(self) -> str:
        """Its folder below the site's root."""
        return dataset_folder(self.key)

    @property
    def permanent(self) -> str:
        """The folder that will hold this very release for good."""
        return dataset_folder(f"{self.name}@{self.release}" if self.release else self.name)


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table that was read and checked: `relation` in the build's database, typed columns.

    Only `disclosure` may read it. `rows` counts data rows; `fields` are columns of the
    relation, each with its mark column where `marks_apart` holds. Beside them it holds where a
    row comes from, in `__file` and `__row`.
    """

    dataset: str
    resource: str
    relation: str
    fields: tuple[Field, ...]
    rows: int
    files: tuple[LocatedFile, ...]


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """A table that may reach a reader. Only `disclosure.release` builds it; a test makes sure.

    `relation` holds the released columns in order, each followed by its mark column where
    `marks_apart` holds. `threshold` is the smallest count that a figure over it may show.
    `protected` says that values in it are suppressed to protect people.
    """

    dataset: str
    resource: str
    title: str
    description: str
    unit: str
    relation: str
    fields: tuple[Field, ...]
    rows: int
    threshold: int
    protections: tuple[Protection, ...]
    primary_key: tuple[str, ...] = ()
    protected: bool = False

    @property
    def holds_counts(self) -> bool:
        """Whether its rows are counts of people, made by `plainrecord protect`, and no records."""
        return self.protected and self.unit == "count"

    def field(self, name: str) -> Field:
        """The released field `name`, which it must have."""
        return next(field for field in self.fields if field.name == name)
