"""What goes with a download: the released package descriptor and a README for people."""

from collections.abc import Collection, Mapping, Sequence

from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, select
from plainrecord.model.doubts import Doubt
from plainrecord.model.packages import Field, Package, ReleasedTable, Schema
from plainrecord.model.products import Distribution

_WRITTEN_OTHERWISE = {"decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues"}
"""Keys of a field whose values a release writes in another form than the source."""
_OVER_VALUES = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum"}
"""Constraints that are written in the form of the field's values."""


def describe_package(
    package: Package, tables: Sequence[ReleasedTable], files: Mapping[str, Distribution]
) -> dict[str, Json]:
    """The released data package (v2): what readers get, with the hashes of the CSV files."""
    schemas = {resource.name: resource.schema for resource in package.resources}
    # Protection left the values of these fields as they were.
    untouched = {t.resource: {f.name for f in t.fields if not f.generalised} for t in tables}
    document: dict[str, Json] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": package.name,
        "title": package.title,
        "description": " ".join(f"{package.synthetic} {package.summary}".split()),
        "version": package.version,
        "created": f"{package.updated}T00:00:00Z" if len(package.updated) == 10 else "",
        "homepage": package.homepage,
        "keywords": list(package.keywords),
        "licenses": [_present(name=i.name, title=i.title, path=i.path) for i in package.licenses],
        "sources": [
            _present(title=i.title, path=i.path, email=i.email, version=i.version)
            for i in package.sources
        ],
        "contributors": [
            {
                **_present(title=i.title, path=i.path, email=i.email, organization=i.organization),
                **({"roles": list(i.roles)} if i.roles else {}),
            }
            for i in package.contributors
        ],
        "resources": [
            describe_table(
                table,
                files[f"{table.resource}.csv"].bytes,
                files[f"{table.resource}.csv"].sha256,
                [describe_field(field) for field in table.fields],
                _keys(schemas.get(table.resource, Schema(())), table.resource, untouched),
            )
            for table in tables
        ],
    }
    if package.doubts:
        document["doubts"] = [_describe_doubt(doubt) for doubt in package.doubts]
    document["corrections"] = list_corrections(package)
    return {key: value for key, value in document.items() if value not in ("", [])}


def list_corrections(package: Package) -> list[Json]:
    """The corrections of a dataset, as its descriptor and its document of the API have them."""
    return [
        item.model_dump(exclude_defaults=True) | {"status": item.status}
        for item in package.corrections
    ]


def _describe_doubt(doubt: Doubt) -> dict[str, Json]:
    scope = _present(
        resource=doubt.resource, field=doubt.field, **{"from": doubt.start, "to": doubt.end}
    )
    return {**select(doubt, "status", "date", "about", "reason"), **scope}


def _present(**values: str) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value}


def _keys(
    schema: Schema, resource: str, untouched: Mapping[str, Collection[str]]
) -> dict[str, Json]:
    """The keys of a table that are valid for its released rows: those of unchanged fields."""
    here = set(untouched[resource])
    unique: list[Json] = [list(key) for key in schema.unique_keys if set(key) <= here]
    foreign: list[Json] = [
        {
            "fields": list(key.fields),
            "reference": {"resource": key.resource, "fields": list(key.reference_fields)},
        }
        for key in schema.foreign_keys
        if set(key.fields) <= here
        and set(key.reference_fields) <= set(untouched.get(key.resource or resource, ()))
    ]
    return {
        **({"uniqueKeys": unique} if unique else {}),
        **({"foreignKeys": foreign} if foreign else {}),
    }


def describe_table(
    table: ReleasedTable, size: int, sha256: str, fields: list[Json], keys: Mapping[str, Json]
) -> dict[str, Json]:
    """A released table as a resource of a data package: its CSV file, and its `fields` described."""
    resource: dict[str, Json] = {
        "name": table.resource,
        "type": "table",
        "title": table.title,
        "path": f"{table.resource}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{sha256}",
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": fields,
            **({"primaryKey": list(table.primary_key)} if table.primary_key else {}),
            **keys,
        },
    }
    if table.description:
        resource["description"] = table.description
    return resource


def describe_field(field: Field) -> dict[str, Json]:
    """A released field as Table Schema v2 describes it."""
    description = field.description
    if field.generalised:
        description = f"{description} Generalised {field.generalised} for privacy.".strip()
    released: dict[str, Json] = {
        **_present(name=field.name, title=field.title, description=description),
        "type": field.type,
        "missingValues": [{"value": m.value, "label": m.label} for m in field.missing_values],
    }
    if not field.generalised:
        released |= _present(rdfType=field.rdf_type)
        if field.format not in ("", "default"):
            released["format"] = field.format
        for name in ("delimiter", "itemType") if field.type == "list" else ():
            if name in field.descriptor:
                released[name] = field.descriptor[name]
        rewritten = set(field.descriptor) & _WRITTEN_OTHERWISE or (
            field.descriptor.get("format", "default") != field.format
        )
        constraints = {
            name: value
            for name, value in field.constraints.items()
            if not (rewritten and name in _OVER_VALUES)
        }
        if constraints:
            released["constraints"] = constraints
        if "example" in field.descriptor and not rewritten:
            released["example"] = field.descriptor["example"]
    if field.categories and field.type == "string":
        released["categories"] = [{"value": c.value, "label": c.label} for c in field.categories]
        if field.categories_ordered:
            released["categoriesOrdered"] = True
    return released


def write_readme(package: Package, tables: Sequence[ReleasedTable], citation: str) -> str:
    """The README of the zip as text: what it is, citation, licence, caveats, protections."""
    lines = [package.title, "=" * len(package.title), ""]
    if package.synthetic:
        lines += [f"SYNTHETIC: {package.synthetic}", ""]
    lines += [package.summary, "", "How to cite", f"  {citation or package.citation}"]
    lines += ["", "Licence"]
    lines += [f"  {i.title} {i.path}".rstrip() for i in package.licenses] or ["  none stated"]
    lines += ["", "Tables"]
    lines += [f"  {t.resource}: {count_noun(t.rows, 'row')}, each one {t.unit}" for t in tables]
    if package.doubts:
        lines += ["", "Status of the data", *(f"- {doubt.words}" for doubt in package.doubts)]
    lines += ["", "Known problems"]
    for issue in package.known_issues:
        lines += [f"- {issue.title}: {' '.join(issue.text.split())}"]
    if package.corrections:
        lines += ["", "Corrections"]
    for item in package.corrections:
        lines += [f"- {item.date} ({item.outcome.lower()}): {item.what} Reason: {item.reason}"]
    lines += ["", "Privacy protection"]
    protections = [p for table in tables for p in table.protections]
    if package.policy is not None and package.policy.open:
        lines.append(f"  Published unchanged: {package.policy.open}")
    lines += [f"- {p.field or 'counts'}: {p.action}, {p.reason}" for p in protections]
    lines += ["", "Sources"]
    lines += [f"- {i.title} {i.path}".rstrip() for i in package.sources]
    return "\n".join(lines) + "\n"
