"""Resources of a descriptor: their files, dialect and schema, from as written to as trusted."""

from collections.abc import Mapping, Sequence

from plainrecord.core.addresses import address_problem
from plainrecord.core.exact_numbers import exact
from plainrecord.core.paths import is_slug, path_problem
from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import word_set
from plainrecord.descriptors import standard_forms as written
from plainrecord.descriptors.levels import idle_dialect_keys
from plainrecord.descriptors.reading import shared
from plainrecord.descriptors.standard_rules import (
    dialect_problems,
    resource_problems,
    schema_problems,
)
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.packages import (
    FIELD_TYPES,
    AcceptedCopy,
    Category,
    DerivedField,
    Dialect,
    EarlierTable,
    Field,
    ForeignKey,
    MissingKind,
    MissingValue,
    Resource,
    RowRule,
    Schema,
    SourceFile,
    WithheldSettings,
)
from plainrecord.receipts.engine import identifier

FORMATS = word_set("csv tsv xlsx ods xls xlsb json jsonl ndjson parquet sqlite")
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")


def parse_resource(
    form: written.ResourceForm, raw: Json, findings: Findings, *, portal: bool = True
) -> Resource:
    """The resource as trusted; what is wrong with it is added to `findings`.

    Outside a `portal` a resource may be no table: it then has no fields.
    """
    descriptor = raw if isinstance(raw, dict) else {}
    label, called = f"resource {form.name}", f"a resource is called {form.name!r}"
    if portal and not is_slug(form.name):
        findings.add("value-invalid", called, "a-z and 0-9 with single - _ . between")
    if portal and form.name in ("datapackage", "receipts"):
        expected = f"another name: the portal publishes a {form.name}.json of its own"
        findings.add("value-invalid", called, expected)
    if bool(form.path) == (form.data is not None):
        found = f"{label} has {'both' if form.path else 'neither'} path and data"
        findings.add("profile-violation", found, "either path or data")
    table_format = (form.format or _format_of(form, descriptor)).lower()
    if form.table_schema is None and portal:
        expected = "a Table Schema: what each field holds"
        findings.add("key-missing", f"{label} has no schema", expected)
    elif form.table_schema is None and descriptor.get("profile") == "tabular-data-resource":
        found = f"{label} is a tabular data resource without a schema"
        findings.add("profile-violation", found, "a schema (Tabular Data Resource v1)")
    tabular = portal or form.table_schema is not None
    # An unsafe path is named as such when the file is looked for.
    safe = not any(path_problem(path) and not SourceFile(path).remote for path in form.path)
    if form.data is None and tabular and safe and table_format not in FORMATS:
        found = f"{label} has the format {table_format!r}"
        findings.add("value-invalid", found, f"one of {', '.join(sorted(FORMATS))}")
    for found, expected in resource_problems(form, raw):
        findings.add("profile-violation", f"{label}: {found}", expected)
    for found, expected in dialect_problems(form.dialect):
        findings.add("profile-violation", f"the dialect of {label}: {found}", expected)
    for found, expected in idle_dialect_keys(descriptor.get("dialect"), table_format):
        findings.add("key-misplaced", f"the dialect of {label}: {found}", expected)
    schema = _schema(form.table_schema, descriptor.get("schema"), form.name, findings, portal)
    taken = {field.name.lower(): field.name for field in schema.fields}
    for item in form.plainrecord.derive:
        name = item.field.name
        if taken.setdefault(name.lower(), name) != name or name in {f.name for f in schema.fields}:
            found = (
                f"the derived field {name!r} of {label} has the name of the field "
                f"{taken[name.lower()]!r}, because queries ignore upper and lower case"
            )
            findings.add("value-invalid", found, "another name")
    return Resource(
        name=form.name,
        title=form.title or form.name,
        description=form.description,
        files=_files(form, findings),
        format=table_format,
        encoding=form.encoding,
        dialect=_dialect(form.dialect, table_format, descriptor.get("dialect")),
        schema=schema,
        data=descriptor.get("data"),
        derived=tuple(
            DerivedField(_field(item.field, {}, (MissingValue("", "missing"),)), item.sql)
            for item in form.plainrecord.derive
        ),
        rules=tuple(_rule(item, form.name, findings) for item in form.plainrecord.checks),
        grounds=_grounds(form, schema, findings),
        descriptor=descriptor,
    )


_OTHER_NAMES = {"parq": "parquet", "pq": "parquet"}


def _format_of(form: written.ResourceForm, descriptor: Mapping[str, Json]) -> str:
    """The format that the name of the first file says; a packed file is named by what is in it."""
    if not form.path:
        return "json"
    inner = descriptor.get("innerpath")
    path = (inner if isinstance(inner, str) and inner else form.path[0]).lower()
    for ending in _PACKED:
        if path.endswith(ending):
            path = path.removesuffix(ending)
            path = path if "." in path.rsplit("/", 1)[-1] else f"{path}.csv"
    ending = path.rsplit(".", 1)[-1]
    return _OTHER_NAMES.get(ending, ending)


def _grounds(form: written.ResourceForm, schema: Schema, findings: Findings) -> WithheldSettings:
    """The declared fields of the reports on withheld values and on legal bases."""
    withheld = form.plainrecord.withheld
    bases = tuple(
        dict.fromkeys(
            (item, "stop") if isinstance(item, str) else (item.field, item.of)
            for item in form.plainrecord.statutes
        )
    )
    earlier = withheld.earlier
    here = [*earlier.match, *earlier.fields] if earlier else []
    fields = [field.name for field in schema.fields]
    fields += [item.field.name for item in form.plainrecord.derive]
    for name in (withheld.period, withheld.office, *(name for name, _ in bases), *here):
        if name and name not in fields:
            keys = f"plainrecord.withheld or .statutes of resource {form.name}"
            found = f"{keys} names {name!r}{suggest(name, fields)}"
            findings.add("value-invalid", found, "a field of the resource")
    release = None
    if earlier:
        pairs = tuple(earlier.match.items()), tuple(earlier.fields.items())
        release = EarlierTable(earlier.resource, *pairs)
    return WithheldSettings(withheld.period, withheld.office, release, bases)


def _rule(form: written.CheckForm, resource: str, findings: Findings) -> RowRule:
    """A declared check as a condition over a row."""
    sql, name = form.rule, form.rule
    if form.sum is not None:
        parts = " + ".join(identifier(part) for part in form.sum.parts)
        whole, tolerance = identifier(form.sum.whole), form.sum.tolerance
        sql = f"abs(({parts}) - {whole}) <= {exact(tolerance)}"
        name = f"{' + '.join(form.sum.parts)} = {form.sum.whole}"
    elif form.ratio is not None:
        part, whole = identifier(form.ratio.part), identifier(form.ratio.whole)
        sql = f"{part} <= {exact(form.ratio.maximum)} * {whole}"
        name = f"{form.ratio.part} at most {form.ratio.maximum:g} times {form.ratio.whole}"
    if (bool(form.rule) + (form.sum is not None) + (form.ratio is not None)) != 1:
        found = f"a check of resource {resource} holds none or several of rule, sum and ratio"
        findings.add("value-invalid", found, "one of them")
    return RowRule(form.name or name, sql, form.severity, form.message)


def _files(form: written.ResourceForm, findings: Findings) -> tuple[SourceFile, ...]:
    ours = {entry.path: entry for entry in form.plainrecord.files}
    for path in ours:
        if path not in form.path:
            found = f"plainrecord.files names {path!r}"
            findings.add("value-invalid", found, "a path of the resource")
    single = len(form.path) == 1
    files = []
    for path in form.path:
        entry = ours.get(path) or written.FileForm.model_construct(path=path)
        declared = form.hash if single else ""
        sha256 = entry.sha256 or (declared[7:] if declared.lower().startswith("sha256:") else "")
        source = SourceFile(
            path=path,
            sha256=sha256.lower(),
            hash=declared,
            bytes=entry.bytes if entry.bytes is not None else (form.bytes if single else None),
            accepted=tuple(AcceptedCopy(a.sha256.lower(), a.bytes, a.note) for a in entry.accept),
            note=entry.note,
            values=entry.values,
            url=entry.url,
        )
        if source.remote and (len(source.sha256) != 64 or source.bytes is None):
            found = f"{path} has no SHA-256 or no size"
            findings.add("source-unpinned", found, "sha256 and bytes under plainrecord.files")
        if source.remote and source.url:
            found = f"{path} is an address, and has a url as well"
            findings.add("value-invalid", found, "one of the two")
        problem = address_problem(source.address) if source.address else ""
        if problem:
            found = f"{source.address!r}: {problem}"
            findings.add("address-unfit", found, "the address alone")
        files.append(source)
    return tuple(files)


def _dialect(form: written.DialectForm, table_format: str, raw: Json) -> Dialect:
    delimiter = form.delimiter or ("\t" if table_format == "tsv" else ",")
    own = {"delimiter": delimiter, "descriptor": raw if isinstance(raw, dict) else {}}
    return Dialect(**shared(form, Dialect) | own)


def _schema(
    form: written.SchemaForm | None, raw: Json, resource: str, findings: Findings, portal: bool
) -> Schema:
    if form is None:
        return Schema(())
    marks = _marks(form.missing_values)
    raw_fields = raw.get("fields") if isinstance(raw, dict) else None
    fields = tuple(
        _field(item, raw_fields[number] if isinstance(raw_fields, list) else {}, marks)
        for number, item in enumerate(form.fields)
    )
    names = [item.name for item in fields]
    label = f"resource {resource}"
    for name in sorted({name for name in names if names.count(name) > 1}):
        found = f"{label} has two fields {name!r}"
        findings.add("profile-violation", found, "a name of its own for each field")
    for item in fields:
        if item.type not in FIELD_TYPES:
            hint, expected = suggest(item.type, FIELD_TYPES), f"one of {', '.join(FIELD_TYPES)}"
            found = f"field {item.name} has the type {item.type!r}{hint}"
            findings.add("profile-violation", found, expected, field=item.name)
    for found, expected, name in schema_problems(form, raw, portal=portal):
        findings.add("profile-violation", f"{label}: {found}", expected, field=name)
    keys = [("primaryKey", form.primary_key), *(("uniqueKeys", key) for key in form.unique_keys)]
    keys += [("foreignKeys", key.fields) for key in form.foreign_keys]
    for key, members in keys:
        for name in members:
            if name not in names:
                found = f"{key} of {label} names the field {name!r}{suggest(name, names)}"
                findings.add("profile-violation", found, "a field of the schema")
    return Schema(
        fields=fields,
        fields_match=form.fields_match,
        primary_key=form.primary_key,
        unique_keys=form.unique_keys,
        foreign_keys=tuple(
            ForeignKey(key.fields, key.reference.resource, key.reference.fields)
            for key in form.foreign_keys
        ),
        descriptor=raw if isinstance(raw, dict) else {},
    )


def _marks(values: tuple[str | written.MissingValueForm, ...]) -> tuple[MissingValue, ...]:
    return tuple(
        MissingValue(item, "missing" if item == "" else f"missing ({item.strip()})")
        if isinstance(item, str)
        else MissingValue(item.value, item.label or item.kind, MissingKind(item.kind))
        for item in values
    )


def _type_unsaid(constraints: Mapping[str, Json]) -> str:
    """The type of a field without one: any (v2), but string (v1) if its constraints are for texts."""
    return "string" if {"pattern", "minLength", "maxLength"} & set(constraints) else "any"


def _field(form: written.FieldForm, raw: Json, inherited: tuple[MissingValue, ...]) -> Field:
    constraints: Mapping[str, Json] = {}
    if isinstance(raw, dict) and isinstance(raw.get("constraints"), dict):
        constraints = raw["constraints"]  # type: ignore[assignment]
    own = {
        "type": form.type if "type" in form.model_fields_set else _type_unsaid(constraints),
        "example": "" if form.example is None else str(form.example),
        "constraints": constraints,
        "categories": tuple(
            Category(str(item.value), item.label or str(item.value))
            if isinstance(item, written.CategoryForm)
            else Category(str(item), str(item))
            for item in form.categories
        ),
        "missing_values": (
            inherited if form.missing_values is None else _marks(form.missing_values)
        ),
        "descriptor": raw if isinstance(raw, dict) else {},
    }
    return Field(**shared(form, Field) | own)


def unknown_resource(label: str, name: str, resources: Sequence[str], file: str) -> Finding:
    """That `label` names a resource which the package does not have."""
    found = f"{label} names the resource {name!r}{suggest(name, resources)}"
    return Finding("value-invalid", found, f"one of {', '.join(resources)}", file=file)
