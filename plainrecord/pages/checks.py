"""Check pages: what was checked in each table of a dataset, what passed, and what did not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plainrecord.core.html import identify
from plainrecord.core.translation import _, to_translate
from plainrecord.core.word_lists import split_words
from plainrecord.findings.catalogue import read_catalogue
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import Reader, TableCheck
from plainrecord.model.packages import Field, Package, Resource, Schema
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import DatasetPage


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A source file as read; `address` is its public address, `reader` the name of the reader."""

    name: str
    address: str
    rows: int
    reader: str
    bytes: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckedField:
    """The rules for the values of a field, and the number of errors."""

    name: str
    rules: tuple[str, ...]
    errors: int


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule over the whole table, and how many rows broke it."""

    text: str
    errors: int


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A possible problem that was searched for, how often it was found, and where."""

    title: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedTableView:
    """How one table was checked: files read, rules, and possible problems."""

    anchor: str
    title: str
    rows: int
    errors: int
    files: tuple[CheckedFile, ...]
    fields: tuple[CheckedField, ...]
    rules: tuple[CheckedRule, ...]
    looked_for: tuple[LookedFor, ...]


@dataclass(frozen=True, slots=True)
class CheckContext(DatasetPage):
    """check.html: how the data of one dataset were checked."""

    tables: tuple[CheckedTableView, ...]


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """One package of a report: its tables, and findings that belong to no table."""

    label: str
    tables: tuple[CheckedTableView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReportContext:
    """report.html: the page of `plainrecord check --format html`."""

    valid: bool
    errors: int
    warnings: int
    style: str
    subjects: tuple[ReportSubject, ...]


LOOKED_FOR = split_words(
    "duplicate-row padded-value category-respelt sentinel-value text-mangled mixed-dates "
    "leading-zero mark-undeclared time-gap period-partial personal-data free-text"
)
_READERS = {
    Reader.FAST: to_translate("fast reader (all rows checked)"),
    Reader.CAREFUL: to_translate("row-by-row reader (all rows checked)"),
}


def describe_checks(
    package: Package,
    checks: Sequence[TableCheck],
    findings: Sequence[Finding],
    owner: tuple[str, ...] = (),
) -> tuple[CheckedTableView, ...]:
    """One view for each table; `owner` names the package where a page shows several."""
    resources = {resource.name: resource for resource in package.resources}
    return tuple(
        _describe_table(
            package,
            resources[check.resource],
            check,
            [f for f in findings if f.resource == check.resource],
            f"table-{identify(*owner, check.resource)}",
        )
        for check in checks
        if check.resource in resources
    )


def _describe_table(
    package: Package,
    resource: Resource,
    check: TableCheck,
    findings: Sequence[Finding],
    anchor: str,
) -> CheckedTableView:
    counts = {slug: sum(f.count for f in findings if f.rule == slug) for slug in LOOKED_FOR}
    opened = package.policy is None or package.shows_values
    # A table without a schema was checked by the labels of its header.
    fields = resource.schema.fields or tuple(Field(f.name, f.type) for f in check.fields)
    return CheckedTableView(
        anchor=anchor,
        title=resource.title or resource.name,
        rows=check.rows,
        errors=check.errors,
        files=tuple(
            CheckedFile(
                r.shown.rsplit("/", 1)[-1] or r.shown,
                r.shown if "://" in r.shown else "",
                r.rows,
                _(_READERS[r.reader]),
                r.bytes,
                r.sha256,
            )
            for r in check.readings
        ),
        fields=tuple(
            CheckedField(field.name, tuple(_rules_of(field)), done.errors)
            for field, done in zip(fields, check.fields, strict=True)
        ),
        rules=tuple(_table_rules(resource, findings)),
        looked_for=tuple(
            LookedFor(
                read_catalogue()[slug].title, counts[slug], _words(slug, findings, opened, package)
            )
            for slug in LOOKED_FOR
            if slug != "duplicate-row" or not resource.schema.primary_key
        ),
    )


def _words(
    slug: str, findings: Sequence[Finding], opened: bool, package: Package
) -> tuple[str, ...]:
    """Details of a finding by field (values if open), and the reason if it is waived."""
    return tuple(
        (f"{f.field}: " if f.field else "")
        + (f.found if opened else "found")
        + "".join(
            f" ({waiver.reason})"
            for waiver in package.waived
            if waiver.rule == slug and waiver.field in ("", f.field)
        )
        for f in findings
        if f.rule == slug and (opened or f.field)
    )


def _rules_of(field: Field) -> Iterator[str]:
    """The rules for every value of a field, in words."""
    form = "" if field.format in ("", "default") else f" ({field.format})"
    yield "anything" if field.type == "any" else f"{field.type}{form}"
    for name, value in field.constraints.items():
        if name == "enum" and isinstance(value, list):
            yield _("one of {value} values").format(value=len(value))
        elif name == "jsonSchema":
            yield _("valid by its JSON Schema")
        elif name in contexts.CONSTRAINTS and value not in (None, False):
            word = _(contexts.CONSTRAINTS[name]).lower()
            yield word if value is True else f"{word} {value}"
    if field.categories:
        yield _("one of {categories} categories").format(categories=len(field.categories))


def _table_rules(resource: Resource, findings: Sequence[Finding]) -> Iterator[CheckedRule]:
    def errors(*slugs: str) -> int:
        return sum(f.count for f in findings if f.rule in slugs and f.blocks)

    schema: Schema = resource.schema
    labels = {
        "exact": _("in this order"),
        "equal": _("in any order"),
        "subset": _("and perhaps others"),
        "superset": _("or fewer"),
        "partial": _("at least one of them"),
    }
    columns = _("The columns are the {fields} fields of the schema").format(
        fields=len(schema.fields)
    )
    yield CheckedRule(
        f"{columns}, {labels[schema.fields_match]}"
        if schema.fields
        else _("Each column has a unique label"),
        errors("blank-label", "duplicate-label", "incorrect-label", "missing-label", "extra-label"),
    )
    yield CheckedRule(
        _("Every row has one cell for each column"), errors("extra-cell", "missing-cell")
    )
    if schema.primary_key:
        key = ", ".join(schema.primary_key)
        yield CheckedRule(_("Each row has a unique {key}").format(key=key), errors("primary-key"))
    for names in schema.unique_keys:
        yield CheckedRule(
            _("No two rows share {names}").format(names=", ".join(names)), errors("unique-key")
        )
    for reference in schema.foreign_keys:
        there = reference.resource or _("the table itself")
        text = _("Each {fields} is found in {there}").format(
            fields=", ".join(reference.fields), there=there
        )
        yield CheckedRule(text, errors("foreign-key"))
    for rule in resource.rules:
        broken = sum(f.count for f in findings if f.rule == "row-rule" and rule.name in f.found)
        yield CheckedRule(_("Rule: {name}").format(name=rule.name), broken)
