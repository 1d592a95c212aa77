"""Compare the documents of explorers and of rows with descriptors, receipts and listed files."""

import dataclasses
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from plainrecord.core.paths import absolute_url
from plainrecord.core.plurals import begin_sentence, several
from plainrecord.core.strict_json import Json, objects_in
from plainrecord.findings.finding import Finding
from plainrecord.model.explorer import COUNT, CUBE_FILE, PERIOD
from plainrecord.model.freshness import day_words
from plainrecord.model.packages import mark_column
from plainrecord.model.rows import MOST_COLUMNS, list_filters
from plainrecord.model.views import VERSION_DIGITS
from plainrecord.publishing.boundaries import is_builtin
from plainrecord.publishing.explorer_maps import draw_map
from plainrecord.receipts.axis_names import name_axis, year_sql
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.receipts_document import Proof
from plainrecord.verify.documents import ApiIndex, differs, list_fields

PARQUET = b"PAR1"
"""How a Parquet file begins."""

_PATH = re.compile(
    r"(?P<home>datasets/[^/]+)(?:/releases/(?P<date>[^/]+))?"
    r"/(?P<page>explore(?=/explorer\.json)|rows/[^/]+(?=/rows\.json))/[^/]+"
)


def is_view(path: str) -> bool:
    """Whether a file is the document of a page with views."""
    return _PATH.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class ViewSources:
    """What the document of a page with views is compared with.

    `package` is the published descriptor, `proofs` are by id, `maps` the documents of the page's
    maps by field, `rounding` is that of the protected counts, `citation` None where it is unknown,
    `combinations` is a copy of the file with them.
    `frozen` are the documents of pages of releases, `whole` says that this version wrote them all.
    """

    index: ApiIndex
    frozen: Sequence[str]
    whole: bool
    package: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    proofs: Mapping[str, Proof] = dataclasses.field(default_factory=dict)
    maps: Mapping[str, Mapping[str, Json]] = dataclasses.field(default_factory=dict)
    rounding: Json = 0
    citation: Json = None
    combinations: Path | None = None


def compare_view(
    path: str, document: Mapping[str, Json], sources: ViewSources
) -> Iterator[Finding]:
    """Where `explorer.json` or `rows.json` differs from what else is published."""
    folder, name = posixpath.split(path)
    expected: dict[str, Json] = {
        "title": sources.package.get("title"),
        "page": f"{folder}/index.html",
    }
    if sources.citation is not None:
        expected["citation"] = sources.citation
    rows = name == "rows.json"
    home = folder.rpartition("/rows/")[0] if rows else posixpath.dirname(folder)
    hashes: list[str] = []
    if not rows and (tables := list(objects_in(document.get("tables")))):
        expected["rounding"] = sources.rounding
        for table in tables:
            file = str(table.get("file"))
            inside = posixpath.dirname(file) == f"{home}/downloads"
            listed = sources.index.files.get(file) if inside else None
            hashes.append(listed.sha256 if listed else "")
            yield from differs(path, f"the SHA-256 of {file}", table.get("sha256"), hashes[-1])
    else:
        table_name = f"{posixpath.basename(folder)}.parquet" if rows else CUBE_FILE
        file = f"{home}/downloads/{table_name}"
        listed = sources.index.files.get(file)
        hashes.append(listed.sha256 if listed else "")
        base = sources.index.base_url
        expected |= {
            "file": file,
            "url": absolute_url(base, file) if base else "",
            "sha256": hashes[0],
            "rows" if rows else "cells": listed.rows if listed else None,
        }
        if parts := list(objects_in(document.get("parts"))):
            yield from _compare_parts(path, parts, sources.combinations)
    label = f"rows.{posixpath.basename(folder)}" if rows else "explore.total"
    if proof := sources.proofs.get(f"{document.get('dataset')}.{label}"):
        expected |= {"unit": proof.unit, "units": several(proof.unit)}
    if sources.whole or "version" in document:  # earlier versions wrote none
        expected |= _find_version(path, hashes, sources.frozen)
    for key, right in expected.items():
        yield from differs(path, key, document.get(key), right)
    yield from (_compare_rows if rows else _compare_explorer)(path, document, sources)


def _compare_parts(
    path: str, parts: Sequence[Mapping[str, Json]], file: Path | None
) -> Iterator[Finding]:
    """Where parts do not follow each other up to the end of their file, or have another hash."""
    if file is None:
        return
    with file.open("rb") as stream:
        stream.seek(len(PARQUET))
        for number, part in enumerate(parts, 1):
            start, size = stream.tell(), part.get("bytes")
            content = stream.read(size) if isinstance(size, int) and size > 0 else b""
            right: dict[str, Json] = {
                "start": start,
                "bytes": len(content),
                "sha256": sha256(content).hexdigest(),
            }
            yield from differs(path, f"part {number}", {**part}, right)
        yield from differs(path, "what no part has", stream.read(1).hex(), "")


def _find_version(path: str, hashes: Sequence[str], frozen: Sequence[str]) -> dict[str, Json]:
    """The version that the document at `path` must have, and the pages of releases."""
    match = _PATH.fullmatch(path)
    if match is None:
        return {}
    name = posixpath.basename(path)
    start, end = f"{match['home']}/releases/", f"/{match['page']}/{name}"
    dates = sorted(
        other.removeprefix(start).removesuffix(end)
        for other in frozen
        if other.startswith(start) and other.endswith(end)
    )
    joined = hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()
    releases: list[Json] = [
        {
            "version": date,
            "date": day_words(date),
            "page": f"{start}{date}/{match['page']}/index.html",
        }
        for date in dates
    ]
    now = dates[-1] if dates else joined[:VERSION_DIGITS]
    return {"version": match["date"] or now, "releases": releases or None}


Described = Mapping[str, Sequence[Mapping[str, Json]]]


def _describe_fields(resources: Sequence[Mapping[str, Json]]) -> Described:
    """The fields of tables by name: one for each table that has it."""
    fields: dict[str, list[Mapping[str, Json]]] = {}
    for resource in resources:
        schema = resource.get("schema")
        marks = schema.get("missingValues", []) if isinstance(schema, dict) else []
        for item in list_fields(resource):
            fields.setdefault(str(item.get("name")), []).append({"missingValues": marks, **item})
    return fields


def _titles(fields: Sequence[Mapping[str, Json]]) -> list[str]:
    return sorted({str(field.get("title") or field.get("name")) for field in fields})


def _one_of(path: str, what: str, value: Json, right: Sequence[str]) -> Iterator[Finding]:
    if value not in right:
        yield from differs(path, what, value, " or ".join(right) or "no such field")


def _compare_explorer(
    path: str, document: Mapping[str, Json], sources: ViewSources
) -> Iterator[Finding]:
    yield from differs(path, "count", document.get("count"), COUNT)
    known = _describe_fields(objects_in(sources.package.get("resources")))
    for place, item in enumerate(objects_in(document.get("fields")), 1):
        name = str(item.get("name"))
        own = known.get(name, ())
        yield from _one_of(path, f"the label of {name}", item.get("label"), _titles(own))
        values = list(objects_in(item.get("values")))
        for value in values:
            right = [word for one in own for word in _name_value(one, value)]
            if not any(str(value.get("name")).startswith(word) for word in right):
                yield from _one_of(path, f"a value of {name}", value.get("name"), right)
        order = item.get("order")
        if values and order is not None:
            listed: list[Json] = [value.get("name") for value in values]
            yield from differs(path, f"the order of {name}", order, listed)
        elif not values and own:
            counted = sources.proofs.get(f"{document.get('dataset')}.explore.field-{place}")
            yield from _compare_order(path, name, order, own[0], counted)
        names = item.get("names")
        if isinstance(names, dict):
            places = objects_in(sources.maps.get(name, {}).get("places"))
            right_names = {str(place.get("value")): place.get("name") for place in places}
            for code, called in names.items():
                yield from differs(path, f"the name of {code}", called, right_names.get(code))
    period = document.get("period")
    if isinstance(period, dict):
        yield from _compare_period(path, document, period, known, sources)
    for rate in objects_in(document.get("rates")):
        name = str(rate.get("name"))
        proof = sources.proofs.get(f"{document.get('dataset')}.{name}")
        if proof is None:
            continue
        words = next((c.label for c in proof.columns if c.role == "value"), "")
        yield from differs(path, f"the title of the rate {name}", rate.get("title"), proof.title)
        yield from differs(path, f"the words of the rate {name}", rate.get("words"), words)
        table = sources.proofs.get(f"{document.get('dataset')}.rates.{name}")
        for part, label in (("numerator", "part"), ("denominator", "whole")):
            yield from differs(path, f"the {part} of {name}", rate.get(part), f"{name}.{part}")
            if table and (table.labels or sources.whole):  # earlier receipts have none
                yield from differs(
                    path, f"{label} of {name}", rate.get(label), table.labels.get(part)
                )
        if f"{rate.get('per')} * " not in proof.sql:
            found = f"the rate {name} is per {rate.get('per')!r}"
            yield Finding("document-differs", found, f"as in {proof.sql}"[:200], file=path)


def _compare_order(
    path: str, name: str, order: Json, field: Mapping[str, Json], counted: Proof | None
) -> Iterator[Finding]:
    """The order of values of open data: as in the codebook, else in time; none of the others.

    Its first values are those of the receipt; `verify --view` compares all with the file.
    """
    if counted is None:
        return
    if " ORDER BY 2 DESC" in counted.sql:
        yield from differs(path, f"the order of {name}", order, None)
        return
    labels = [str(c.get("label") or c.get("value")) for c in objects_in(field.get("categories"))]
    places = {label: number for number, label in reversed([*enumerate(labels)])}
    given = [str(value) for value in order] if isinstance(order, list) else []
    right = sorted({*given}, key=lambda value: (places.get(value, len(places)), value))
    yield from differs(path, f"the order of {name}", [*given], [*right])
    first: list[Json] = [row[0] for row in counted.rows]
    yield from differs(path, f"the first values of {name}", [*given[: len(first)]], first)


def _compare_period(
    path: str,
    document: Mapping[str, Json],
    period: Mapping[str, Json],
    known: Described,
    sources: ViewSources,
) -> Iterator[Finding]:
    """How time is named and added up: as the receipt of the table by year has it."""
    name, kind = str(period.get("name")), str(period.get("kind"))
    right = [name_axis(title, kind) for title in _titles(known.get(name, ()))]
    yield from _one_of(path, f"the label of {name}", period.get("label"), right)
    if proof := sources.proofs.get(f"{document.get('dataset')}.explore.years"):
        year = year_sql(kind, str(period.get("year")), identifier(name))
        if not proof.sql.startswith(f"SELECT {year} AS year, "):
            found = f"the period {kind} and the year {period.get('year')!r}"
            yield Finding("document-differs", found, f"as in {proof.sql}"[:200], file=path)
        incomplete: list[Json] = [part.stamp for part in proof.parts if part.column == PERIOD]
        if incomplete or sources.whole:  # earlier receipts do not say it
            yield from differs(path, "incomplete", period.get("incomplete"), incomplete)


def _name_value(field: Mapping[str, Json], value: Mapping[str, Json]) -> Iterator[str]:
    """How the name of a value begins in the descriptor of its field."""
    if value.get("value") is not None:
        text = str(value["value"])
        labels = {c.get("value"): c.get("label") for c in objects_in(field.get("categories"))}
        yield str(labels.get(text) or text)
        return
    marks = list(objects_in(field.get("missingValues")))
    yield from (_name_mark(m) for m in marks if value.get("mark") in ("", m.get("value")))
    yield from [] if marks else ["Missing"]


def _name_mark(mark: Mapping[str, Json]) -> str:
    return begin_sentence(str(mark.get("label") or mark.get("value") or "missing"))


def _compare_rows(
    path: str, document: Mapping[str, Json], sources: ViewSources
) -> Iterator[Finding]:
    table = posixpath.basename(posixpath.dirname(path))
    resources = [r for r in objects_in(sources.package.get("resources")) if r.get("name") == table]
    known = _describe_fields(resources[:1])
    for resource in resources[:1]:
        title = resource.get("title") or table
        yield from differs(path, "table", document.get("table"), title)
    yield from differs(path, "shown", document.get("shown"), MOST_COLUMNS)
    columns = {str(column.get("name")): column for column in objects_in(document.get("columns"))}
    if missing := sorted({*columns} ^ {*known}):
        yield from differs(
            path, f"the column {missing[0]}", *((missing[0] in c) for c in (columns, known))
        )
    for name in [name for name in columns if name in known]:
        column, field = columns[name], known[name][0]
        named = {
            str(c.get("value")): c.get("label")
            for c in objects_in(field.get("categories"))
            if c.get("label", c.get("value")) != c.get("value")
        }
        right: dict[str, Json] = {
            "label": _titles([field])[0],
            "type": field.get("type", "any"),
            "categories": named or None,
            "filters": [*list_filters(str(field.get("type", "any")), named=bool(named))],
        }
        if (marks := field.get("missingValues")) and (listed := list(objects_in(marks))):
            right["absent"] = [{"value": m.get("value"), "label": _name_mark(m)} for m in listed]
            right["mark"] = mark_column(name) if len(listed) > 1 else None
        for key, expected in right.items():
            yield from differs(path, f"{key} of {name}", column.get(key), expected)


def compare_map(path: str, document: Mapping[str, Json]) -> Iterator[Finding]:
    """Compare outlines of an explorer's map, and values on it, with boundaries installed here."""
    field, boundaries = str(document.get("field")), str(document.get("boundaries"))
    values = [place.get("value") for place in objects_in(document.get("places"))]
    undrawn = document.get("undrawn")
    values += list(undrawn) if isinstance(undrawn, dict) else []
    right, problem = draw_map(field, boundaries, [str(v) for v in values if v is not None])
    if not is_builtin(boundaries):
        problem = f"this program has no boundaries {boundaries!r}"
    if problem or (right and right != document):
        found = problem or "outlines, or the values that name them, differ"
        yield Finding("document-differs", found, f"the map of {boundaries}", file=path)
