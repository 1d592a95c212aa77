"""Descriptors: from a Data Package as written to a Package as trusted."""

from __future__ import annotations

from collections.abc import Mapping

from plainrecord import written
from plainrecord.findings import Finding, suggest
from plainrecord.model import (
    FIELD_TYPES,
    AcceptedCopy,
    ApiSettings,
    Category,
    ChartDefinition,
    Coarsening,
    Contributor,
    DerivedField,
    Dialect,
    Field,
    FigureDefinition,
    ForeignKey,
    Json,
    KnownIssue,
    License,
    MissingKind,
    MissingValue,
    Package,
    PrivacyPolicy,
    Resource,
    RowRule,
    Schema,
    Source,
    SourceFile,
)
from plainrecord.paths import is_slug, path_problem

FORMATS = {"csv", "tsv", "xlsx", "json", "ndjson", "parquet"}


def parse_package(
    document: Json, folder: str, file: str, methodology: str
) -> tuple[Package | None, tuple[Finding, ...]]:
    """The dataset that a descriptor describes, and all that is wrong with it.

    The package is None when a finding keeps it from being read at all.
    """
    form, found = written.read_form(written.PackageForm, document, file)
    if form is None or not isinstance(document, dict):
        return None, tuple(found)
    findings = list(found)
    name = form.name or folder.rsplit("/", 1)[-1]
    ours = form.plainrecord
    if not is_slug(name):
        findings.append(
            Finding(
                "value-invalid",
                f"the name is {name!r}",
                "a-z and 0-9 with single - _ . between",
                file=file,
            )
        )
    raw = document.get("resources")
    resources = tuple(
        _resource(resource, raw[number] if isinstance(raw, list) else {}, file, findings)
        for number, resource in enumerate(form.resources)
    )
    names = [resource.name for resource in resources]
    for twice in sorted({item for item in names if names.count(item) > 1}):
        findings.append(
            Finding(
                "profile-violation",
                f"two resources are called {twice!r}",
                "a name of its own for each resource",
                file=file,
            )
        )
    findings.extend(_contradictions(form, names, file))
    package = Package(
        name=name,
        title=form.title or name,
        summary=ours.summary or form.description.split("\n\n")[0],
        description=form.description,
        unit=ours.unit,
        folder=folder,
        descriptor_path=file,
        resources=resources,
        policy=_policy(ours.privacy, file, findings),
        licenses=tuple(License(i.name, i.title or i.name, i.path) for i in form.licenses),
        sources=tuple(Source(i.title, i.path, i.email, i.version) for i in form.sources),
        contributors=tuple(
            Contributor(
                i.title or f"{i.given_name} {i.family_name}".strip(),
                i.roles,
                i.path,
                i.email,
                i.organization,
            )
            for i in form.contributors
        ),
        keywords=form.keywords,
        version=form.version,
        updated=ours.updated or form.created[:10],
        frequency=ours.frequency,
        coverage_from=ours.coverage.start,
        coverage_to=ours.coverage.end,
        coverage_place=ours.coverage.place,
        homepage=form.homepage,
        synthetic=ours.synthetic,
        citation=ours.citation,
        known_issues=tuple(KnownIssue(i.title, i.text) for i in ours.known_issues),
        figures=tuple(
            FigureDefinition(i.name, i.title, i.unit or ours.unit, i.sql, i.format, i.note)
            for i in ours.figures
        ),
        charts=tuple(_chart(chart, names, ours.unit) for chart in ours.charts),
        api=None if ours.api is None else ApiSettings(**ours.api.model_dump()),
        methodology=methodology,
        descriptor=document,
    )
    return package, tuple(findings)


def _chart(form: written.ChartForm, resources: list[str], unit: str) -> ChartDefinition:
    values = form.model_dump()
    values["resource"] = form.resource or resources[0]
    values["unit"] = form.unit or unit
    return ChartDefinition(**values)


def _contradictions(form: written.PackageForm, resources: list[str], file: str) -> list[Finding]:
    findings = []
    ours = form.plainrecord
    for kind, entries in (("figure", ours.figures), ("chart", ours.charts)):
        names = [entry.name for entry in entries]
        for name in names:
            if not is_slug(name):
                findings.append(
                    Finding(
                        "value-invalid",
                        f"a {kind} is called {name!r}",
                        "a-z, 0-9 and hyphens",
                        file=file,
                    )
                )
        for name in sorted({name for name in names if names.count(name) > 1}):
            findings.append(
                Finding(
                    "value-invalid",
                    f"two {kind}s are called {name!r}",
                    "a name of its own for each",
                    file=file,
                )
            )
    wanted = [(f"chart {c.name}", c.resource) for c in ours.charts if c.resource]
    if ours.api is not None:
        wanted.append(("api", ours.api.resource))
        for alias in ours.api.aliases:
            if problem := path_problem(alias):
                findings.append(
                    Finding(
                        "path-unsafe",
                        f"the address {alias!r}: {problem}",
                        "a plain relative address",
                        file=file,
                    )
                )
    for place, resource in wanted:
        if resource not in resources:
            findings.append(
                Finding(
                    "value-invalid",
                    f"{place} names the resource {resource!r}{suggest(resource, resources)}",
                    f"one of {', '.join(resources)}",
                    file=file,
                )
            )
    for item in form.licenses:
        if not item.name and not item.path:
            findings.append(
                Finding(
                    "profile-violation",
                    "a licence has neither name nor path",
                    "a name or a path (Data Package v2, licenses)",
                    file=file,
                )
            )
    return findings


def _policy(
    form: written.PrivacyForm | str | None, file: str, findings: list[Finding]
) -> PrivacyPolicy | None:
    if form is None:
        findings.append(
            Finding(
                "privacy-undeclared",
                "there is no plainrecord.privacy",
                "a policy, or `open` with a reason",
                file=file,
            )
        )
        return None
    if isinstance(form, str) or (not form.open.strip() and "open" in form.model_fields_set):
        findings.append(
            Finding(
                "privacy-reason-missing",
                "privacy is open, with no reason",
                "the reason in words",
                file=file,
            )
        )
        return None
    protects = bool(form.identifiers or form.coarsen or form.threshold)
    if form.open and protects:
        findings.append(
            Finding(
                "value-invalid",
                "privacy is both open and protecting",
                "either `open`, or identifiers, coarsen and threshold",
                file=file,
            )
        )
    elif not form.open and not protects:
        findings.append(
            Finding(
                "privacy-undeclared",
                "the privacy policy protects nothing",
                "identifiers, coarsen or threshold; or `open` with a reason",
                file=file,
            )
        )
    return PrivacyPolicy(
        open_reason=form.open,
        identifiers=form.identifiers,
        coarsenings=tuple(
            Coarsening(
                c.field,
                c.method,
                c.edges,
                c.length,
                c.step,
                tuple(sorted(c.groups.items())),
                c.other,
            )
            for c in form.coarsen
        ),
        threshold=form.threshold,
        note=form.note,
    )


def _resource(
    form: written.ResourceForm, raw: Json, file: str, findings: list[Finding]
) -> Resource:
    descriptor = raw if isinstance(raw, dict) else {}
    if not is_slug(form.name):
        findings.append(
            Finding(
                "value-invalid",
                f"a resource is called {form.name!r}",
                "a-z and 0-9 with single - _ . between",
                file=file,
            )
        )
    if bool(form.path) == (form.data is not None):
        findings.append(
            Finding(
                "profile-violation",
                f"resource {form.name} has {'both' if form.path else 'neither'} path and data",
                "either path or data",
                file=file,
            )
        )
    table_format = (
        form.format
        or (form.path[0].lower().removesuffix(".gz").rsplit(".", 1)[-1] if form.path else "json")
    ).lower()
    if form.data is None and table_format not in FORMATS:
        findings.append(
            Finding(
                "value-invalid",
                f"resource {form.name} has the format {table_format!r}",
                f"one of {', '.join(sorted(FORMATS))}",
                file=file,
            )
        )
    schema = _schema(form.table_schema, descriptor.get("schema"), form.name, file, findings)
    return Resource(
        name=form.name,
        title=form.title or form.name,
        description=form.description,
        files=_files(form, file, findings),
        format=table_format,
        encoding=form.encoding,
        dialect=_dialect(form.dialect, table_format, descriptor.get("dialect")),
        schema=schema,
        data=descriptor.get("data"),
        derived=tuple(
            DerivedField(_field(item.field, {}, (MissingValue("", "missing"),)), item.sql)
            for item in form.plainrecord.derive
        ),
        rules=tuple(
            RowRule(rule.name or rule.rule, rule.rule, rule.severity, rule.message)
            for rule in form.plainrecord.rules
        ),
        descriptor=descriptor,
    )


def _files(
    form: written.ResourceForm, file: str, findings: list[Finding]
) -> tuple[SourceFile, ...]:
    ours = {entry.path: entry for entry in form.plainrecord.files}
    for path in ours:
        if path not in form.path:
            findings.append(
                Finding(
                    "value-invalid",
                    f"plainrecord.files names {path!r}",
                    "a path of the resource",
                    file=file,
                )
            )
    single = len(form.path) == 1
    files = []
    for path in form.path:
        entry = ours.get(path, written.FileForm(path=path))
        declared = form.hash if single else ""
        sha256 = entry.sha256 or (declared[7:] if declared.startswith("sha256:") else "")
        source = SourceFile(
            path=path,
            sha256=sha256.lower(),
            hash=declared,
            bytes=entry.bytes if entry.bytes is not None else (form.bytes if single else None),
            accepted=tuple(AcceptedCopy(a.sha256.lower(), a.bytes, a.note) for a in entry.accept),
            note=entry.note,
            values=entry.values,
        )
        if source.remote and (len(source.sha256) != 64 or source.bytes is None):
            findings.append(
                Finding(
                    "source-unpinned",
                    f"{path} has no SHA-256 or no size",
                    "sha256 and bytes under plainrecord.files",
                    file=file,
                )
            )
        files.append(source)
    return tuple(files)


def _dialect(form: written.DialectForm, table_format: str, raw: Json) -> Dialect:
    values = {
        name: getattr(form, name)
        for name in written.DialectForm.model_fields
        if name in Dialect.__dataclass_fields__
    }
    values["delimiter"] = form.delimiter or ("\t" if table_format == "tsv" else ",")
    return Dialect(**values, descriptor=raw if isinstance(raw, dict) else {})


def _schema(
    form: written.SchemaForm, raw: Json, resource: str, file: str, findings: list[Finding]
) -> Schema:
    marks = _marks(form.missing_values)
    raw_fields = raw.get("fields") if isinstance(raw, dict) else None
    fields = tuple(
        _field(item, raw_fields[number] if isinstance(raw_fields, list) else {}, marks)
        for number, item in enumerate(form.fields)
    )
    names = [item.name for item in fields]
    place = f"resource {resource}"
    for name in sorted({name for name in names if names.count(name) > 1}):
        findings.append(
            Finding(
                "profile-violation",
                f"{place} has two fields {name!r}",
                "a name of its own for each field",
                file=file,
            )
        )
    for item in fields:
        if item.type not in FIELD_TYPES:
            findings.append(
                Finding(
                    "profile-violation",
                    f"field {item.name} has the type {item.type!r}{suggest(item.type, FIELD_TYPES)}",
                    f"one of {', '.join(FIELD_TYPES)}",
                    file=file,
                    field=item.name,
                )
            )
    keys = [("primaryKey", form.primary_key), *(("uniqueKeys", key) for key in form.unique_keys)]
    keys += [("foreignKeys", key.fields) for key in form.foreign_keys]
    for key, members in keys:
        for name in members:
            if name not in names:
                findings.append(
                    Finding(
                        "profile-violation",
                        f"{key} of {place} names the field {name!r}{suggest(name, names)}",
                        "a field of the schema",
                        file=file,
                    )
                )
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


def _field(form: written.FieldForm, raw: Json, inherited: tuple[MissingValue, ...]) -> Field:
    constraints: Mapping[str, Json] = {}
    if isinstance(raw, dict) and isinstance(raw.get("constraints"), dict):
        constraints = raw["constraints"]  # type: ignore[assignment]
    return Field(
        name=form.name,
        type=form.type,
        format=form.format,
        title=form.title,
        description=form.description,
        example="" if form.example is None else str(form.example),
        constraints=constraints,
        categories=tuple(
            Category(str(item.value), item.label or str(item.value))
            if isinstance(item, written.CategoryForm)
            else Category(str(item), str(item))
            for item in form.categories
        ),
        categories_ordered=form.categories_ordered,
        missing_values=inherited if form.missing_values is None else _marks(form.missing_values),
        rdf_type=form.rdf_type,
        descriptor=raw if isinstance(raw, dict) else {},
    )
