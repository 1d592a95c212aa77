"""The records in a JSON file: a list of its own, one below a name, lines, or features of a map.

Portals name the columns in a list beside the records: CKAN, Socrata and ArcGIS do, and pandas.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from plainrecord.core.strict_json import Json
from plainrecord.readers.batches import source_error
from plainrecord.readers.csv_header import open_text

FORMATS = ("json", "ndjson", "jsonl", "geojson")
DEEPEST = 20
LONGEST_NUMBER = 400
MOST_LISTS = 20
"""Of more lists it is not looked which names the columns of which."""

GEOMETRY = "geometry"
_OF_ARCGIS = frozenset({"attributes", GEOMETRY, "centroid"})
_AROUND = ("longitude", "latitude", GEOMETRY, "centroid")
NAMES = ("name", "id")
"""The keys under which the description of a column has its name."""


def load_records(path: Path, kind: str, encoding: str, name: str) -> tuple[list[Json], str, str]:
    """The records of the JSON file at `path`, the name of their list ("" at the top), and the rest
    of the file as JSON in one order ("" if empty).

    `name` is the name of the list, if known: keys separated by points. Otherwise it is the only
    list of records in the file. Nested values are texts; numbers keep their spelling.
    """
    document = _load(path, kind, encoding)
    if name:
        records_list = _follow(document, name)
        if not isinstance(records_list, list):
            known = ", ".join(f'"{other}"' for other, _ in _find_lists(document))
            text = f'there is no list of records under "{name}"'
            raise source_error(text, known or "a list of records")
        key = name
    elif isinstance(document, list):
        records_list, key = document, ""
    else:
        records_list, key = _choose(document)
    names = _header(list(_find_lists(document)), records_list)
    header = names if names and isinstance(records_list[0], list) else []
    plain = header if header and isinstance(header[0], str) else records_list
    rest = _leave_out(document, (records_list, plain))
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True) if rest else ""
    listed = [_names(header), *records_list] if header else records_list
    return [_flatten(record) for record in listed], key, text


def _leave_out(document: Any, lists: Sequence[list[Any]]) -> Any:
    """`document` without the `lists`, and without objects that are then empty."""
    if not isinstance(document, dict):
        return None
    rest = {}
    for key, value in document.items():
        if any(value is known for known in lists) or (key, value) == ("type", "FeatureCollection"):
            continue
        inner = _leave_out(value, lists) if isinstance(value, dict) and value else value
        if inner is not None and (inner or not isinstance(value, dict) or not value):
            rest[key] = inner
    return rest


def _load(path: Path, kind: str, encoding: str) -> Any:
    with open_text(path, encoding) as stream:
        text = stream.read()
    try:
        if kind in ("ndjson", "jsonl"):
            return [_parse(line) for line in text.splitlines() if line.strip()]
        return _parse(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:  # lines of records, by another name
            return [_parse(line) for line in text.splitlines() if line.strip()]
        raise


def _parse(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=_plain, parse_constant=str)


def _plain(number: str) -> str:
    """A number without exponent and trailing zeros, with all its digits."""
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    if abs(value.adjusted()) > LONGEST_NUMBER:
        return number
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _follow(document: Any, name: str) -> Any:
    """The value at `name`: one key, or keys separated by points."""
    if isinstance(document, dict):
        if name in document:
            return document[name]
        for at, letter in enumerate(name):
            if letter == "." and name[:at] in document:
                value = _follow(document[name[:at]], name[at + 1 :])
                if value is not None:
                    return value
    return None


def _find_lists(document: Any, above: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """Every list of records or of names that is only inside objects, with its name."""
    if not isinstance(document, dict) or depth > DEEPEST:
        return
    for key, value in document.items():
        name = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            yield from _find_lists(value, name, depth + 1)
        elif isinstance(value, list) and any(
            bool(value) and all(isinstance(i, kind) for i in value) for kind in (dict, list, str)
        ):
            yield name, value


def _names(columns: list[Any]) -> list[str]:
    """The names in a list of names, or of descriptions of columns; empty for any other list."""
    for key in NAMES:
        names = [item.get(key) if isinstance(item, dict) else item for item in columns]
        texts = [name for name in names if isinstance(name, str)]
        if len(set(texts)) == len(columns):
            return texts
    return []


def _header(lists: Sequence[tuple[str, list[Any]]], records: list[Any]) -> list[Any]:
    """The one of the `lists` that names the columns of `records`; empty if none does."""
    return next((columns for _, columns in lists if _describes(columns, records)), [])


def _describes(columns: list[Any], records: list[Any]) -> bool:
    """Whether `columns` names the columns of `records`."""
    names = _names(columns)
    if not names or not records or columns is records:
        return False
    known = {*names, *_AROUND}
    rows = map(_flatten, records)
    if isinstance(records[0], list):
        return names != records[0] and all(
            isinstance(row, list) and len(row) == len(names) for row in rows
        )
    return all(isinstance(row, dict) and row.keys() <= known for row in rows)


def _choose(document: Any) -> tuple[list[Any], str]:
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if isinstance(features, list):
            return features, "features"
    found = list(_find_lists(document))
    lists = [(name, records) for name, records in found if not isinstance(records[0], str)]
    if not lists:
        raise source_error("the data are not a list of rows", "a list of records")
    if 1 < len(lists) <= MOST_LISTS:
        told = [pair for pair in lists if _header(found, pair[1])]
        lists = told if len(told) == 1 else lists
    if len(lists) > 1:
        names = ", ".join(f'"{name}"' for name, _ in lists[:10])
        text = f"the file holds {len(lists)} lists of records: {names}"
        raise source_error(text, "the name of one with --property")
    return lists[0][1], lists[0][0]


def _flatten(record: Any) -> Json:
    """A record with texts for nested values; of a feature of a map, its properties at the top."""
    if isinstance(record, list):
        return [_cell(value) for value in record]
    if not isinstance(record, dict):
        return record  # type: ignore[no-any-return]
    of_arcgis = isinstance(record.get("attributes"), dict) and record.keys() <= _OF_ARCGIS
    properties = record.get("attributes" if of_arcgis else "properties")
    feature = of_arcgis or record.get("type") == "Feature"
    if feature and (properties is None or isinstance(properties, dict)):
        within = properties or {}
        outside: dict[str, Any] = {}
        for key, value in record.items():
            if key in ("type", "properties", "attributes"):
                continue
            inside = _position(value) if key == GEOMETRY else {key: value}
            outside |= {f"{n} of the feature" if n in within else n: v for n, v in inside.items()}
        record = outside | within
    return {key: _cell(value) for key, value in record.items()}


def _position(geometry: Any) -> dict[str, Any]:
    """Longitude and latitude of a point (RFC 7946, 3.1.1); any other geometry unchanged."""
    if geometry is None:
        return {}
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    point = isinstance(geometry, dict) and geometry.get("type") == "Point"
    if point and isinstance(coordinates, list) and len(coordinates) >= 2:
        return {"longitude": coordinates[0], "latitude": coordinates[1]}
    return {GEOMETRY: geometry}


def _cell(value: Any) -> Json:
    """A value of a record. The order of keys in an object does not matter."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value  # type: ignore[no-any-return]
