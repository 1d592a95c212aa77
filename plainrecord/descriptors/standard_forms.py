"""Descriptors as a maintainer writes them: what the standard has, and our part of a resource."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from plainrecord.descriptors.reading import OpenForm
from plainrecord.model.forms import Line, StrictForm, Text, TextLine, Texts


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrMany = Annotated[Texts, BeforeValidator(_one_or_many)]
AnyJson = object

# A part that is left out is `Field(default={}, validate_default=True)`, read with the whole: a form
# as the default would have to be built on its own, while this module is imported.


# Table Schema v2 and Table Dialect v2


class MissingValueForm(OpenForm):
    value: str
    label: str = ""
    kind: Literal[
        "missing", "not-collected", "not-applicable", "unknown", "withheld", "suppressed"
    ] = "missing"


class CategoryForm(OpenForm):
    value: str | int
    label: str = ""


class FieldForm(OpenForm):
    name: str = Field(min_length=1)
    type: str = "any"
    format: str = "default"
    title: str = ""
    description: str = ""
    example: AnyJson = ""
    constraints: dict[str, AnyJson] = Field(default_factory=dict)
    categories: tuple[str | int | CategoryForm, ...] = ()
    categories_ordered: bool = Field(default=False, alias="categoriesOrdered")
    missing_values: tuple[str | MissingValueForm, ...] | None = Field(
        default=None, alias="missingValues"
    )
    rdf_type: str = Field(default="", alias="rdfType")


class ReferenceForm(OpenForm):
    resource: str = ""
    fields: OneOrMany


class ForeignKeyForm(OpenForm):
    fields: OneOrMany
    reference: ReferenceForm


class SchemaForm(OpenForm):
    fields: tuple[FieldForm, ...] = Field(min_length=1)
    fields_match: Literal["exact", "equal", "subset", "superset", "partial"] = Field(
        default="exact", alias="fieldsMatch"
    )
    missing_values: tuple[str | MissingValueForm, ...] = Field(default=("",), alias="missingValues")
    primary_key: OneOrMany = Field(default=(), alias="primaryKey")
    unique_keys: tuple[OneOrMany, ...] = Field(default=(), alias="uniqueKeys")
    foreign_keys: tuple[ForeignKeyForm, ...] = Field(default=(), alias="foreignKeys")


_CSV = ("delimiter", "lineTerminator", "quoteChar", "doubleQuote", "escapeChar")
_MAY_BE_NULL = {*_CSV, "nullSequence", "skipInitialSpace"}
_CONTROLS = {
    "csv": {name: name for name in _MAY_BE_NULL},
    "excel": {"sheet": "sheetName"},
    "json": {"property": "property", "keys": "itemKeys"},
}


class DialectForm(OpenForm):
    delimiter: str = ""
    line_terminator: str = Field(default="\r\n", alias="lineTerminator")
    quote_char: str = Field(default='"', alias="quoteChar")
    double_quote: bool = Field(default=True, alias="doubleQuote")
    escape_char: str = Field(default="", alias="escapeChar")
    null_sequence: str | None = Field(default=None, alias="nullSequence")
    skip_initial_space: bool = Field(default=False, alias="skipInitialSpace")
    header: bool = True
    header_rows: tuple[int, ...] = Field(default=(1,), alias="headerRows")
    header_join: str = Field(default=" ", alias="headerJoin")
    comment_rows: tuple[int, ...] = Field(default=(), alias="commentRows")
    comment_char: str = Field(default="", alias="commentChar")
    property: str = ""
    item_type: Literal["", "array", "object"] = Field(default="", alias="itemType")
    item_keys: Texts = Field(default=(), alias="itemKeys")
    sheet_number: int = Field(default=1, alias="sheetNumber")
    sheet_name: str = Field(default="", alias="sheetName")
    table: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_controls(cls, given: object) -> object:
        """What frictionless 5 writes as `csv: {...}`, and null for what is not set."""
        if not isinstance(given, dict):
            return given
        flat = {k: v for k, v in given.items() if v is not None or k not in _MAY_BE_NULL}
        for control, names in _CONTROLS.items():
            inside = given.get(control)
            for name, value in inside.items() if isinstance(inside, dict) else ():
                if value is not None and name in names:
                    flat.setdefault(names[name], value)
        if isinstance(flat.get("sheetName"), int) and "sheetNumber" not in flat:
            flat["sheetNumber"] = flat.pop("sheetName")
        return flat


# Our part of a resource


class AcceptForm(StrictForm):
    sha256: str
    bytes: int | None = None
    note: str


class FileForm(StrictForm):
    path: str
    url: str = ""
    sha256: str = ""
    bytes: int | None = None
    accept: tuple[AcceptForm, ...] = ()
    note: str = ""
    values: dict[str, Text] = Field(default_factory=dict)


class DerivedForm(StrictForm):
    field: FieldForm
    sql: str


class SumForm(StrictForm):
    whole: str
    parts: Texts = Field(min_length=1)
    tolerance: float = Field(default=0, ge=0)


class RatioForm(StrictForm):
    part: str
    whole: str
    maximum: float = 1


class CheckForm(StrictForm):
    """One of `rule` (SQL over a row), `sum` (parts that make a whole), `ratio` (part of a whole)."""

    rule: str = ""
    sum: SumForm | None = None
    ratio: RatioForm | None = None
    name: str = ""
    severity: Literal["warning", "error"] = "warning"
    message: str = ""


class EarlierForm(StrictForm):
    resource: str
    match: dict[str, str] = Field(min_length=1)
    fields: dict[str, str] = Field(min_length=1)


class WithheldForm(StrictForm):
    period: str = ""
    office: str = ""
    earlier: EarlierForm | None = None


class StatuteForm(StrictForm):
    field: str
    of: Literal["stop", "arrest", "removal"] = "stop"


class ResourceOursForm(StrictForm):
    files: tuple[FileForm, ...] = ()
    derive: tuple[DerivedForm, ...] = ()
    checks: tuple[CheckForm, ...] = ()
    withheld: WithheldForm = Field(default={}, validate_default=True)
    statutes: tuple[str | StatuteForm, ...] = ()


# Data Package v2


class LicenseForm(OpenForm):
    name: str = ""
    title: Line = ""
    path: str = ""


class SourceForm(OpenForm):
    title: Line = ""
    path: str = ""
    email: str = ""
    version: TextLine = ""


class ContributorForm(OpenForm):
    title: Line = ""
    given_name: Line = Field(default="", alias="givenName")
    family_name: Line = Field(default="", alias="familyName")
    path: str = ""
    email: str = ""
    roles: Texts = ()
    role: str = ""
    organization: Line = ""

    @model_validator(mode="before")
    @classmethod
    def _from_role(cls, given: object) -> object:
        """`role` of the standard's first version is read as `roles` (v2, contributors)."""
        if isinstance(given, dict) and isinstance(given.get("role"), str) and "roles" not in given:
            return {**given, "roles": (given["role"],) if given["role"] else ()}
        return given


class ResourceForm(OpenForm):
    name: str = Field(min_length=1)
    title: Line = ""
    description: str = ""
    path: OneOrMany = ()
    data: AnyJson = None
    type: str = ""
    format: str = ""
    mediatype: str = ""
    encoding: str = "utf-8"
    bytes: int | None = None
    hash: str = ""
    dialect: DialectForm = Field(default={}, validate_default=True)
    table_schema: SchemaForm | None = Field(default=None, alias="schema")
    sources: tuple[SourceForm, ...] = ()
    licenses: tuple[LicenseForm, ...] = ()
    profile: str = ""
    compression: str = ""
    innerpath: str = ""
    scheme: str = ""
    plainrecord: ResourceOursForm = Field(default={}, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, given: object) -> object:
        """`url` of the standard's first draft is read as `path` (v2, path, compatibility)."""
        if isinstance(given, dict) and "url" in given and not {"path", "data"} & set(given):
            return {**given, "path": given["url"]}
        return given

    @model_validator(mode="before")
    @classmethod
    def _from_beside(cls, given: object) -> object:
        """Row rules that stand beside `plainrecord` instead of in it are row rules as well."""
        if not isinstance(given, dict):
            return given
        beside, ours = given.get("checks"), given.get("plainrecord", {})
        listed = beside if isinstance(beside, list | tuple) else ()
        kinds = {"rule", "sum", "ratio"}
        rules = listed and all(isinstance(item, dict) and kinds & set(item) for item in listed)
        if not rules or not isinstance(ours, dict) or "checks" in ours:
            return given
        return {**given, "plainrecord": {**ours, "checks": beside}}


class StandardPackageForm(OpenForm):
    """A package; the keys under `plainrecord` are read by `descriptors.PackageForm`."""

    profile: str = Field(default="", alias="$schema")
    name: str = ""
    id: str = ""
    title: Line = ""
    description: str = ""
    homepage: str = ""
    version: TextLine = ""
    created: Text = ""
    keywords: Texts = ()
    image: str = ""
    licenses: tuple[LicenseForm, ...] = ()
    sources: tuple[SourceForm, ...] = ()
    contributors: tuple[ContributorForm, ...] = ()
    resources: tuple[ResourceForm, ...] = Field(min_length=1)
    plainrecord: AnyJson = None
