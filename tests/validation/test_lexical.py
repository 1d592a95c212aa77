"""Forms that the standard closes and other readers take all the same."""

from __future__ import annotations

from typing import Any

import pytest

from plainrecord.model.packages import Field
from plainrecord.validation.field_check import cached_field

CASES: list[tuple[str, str, dict[str, Any], str, bool]] = [
    ("date", "default", {}, "１２３４-01-01", False),
    ("date", "%Y/%m/%d", {}, "２０２４/01/01", False),
    ("yearmonth", "default", {}, "２０２４-０５", False),
    ("year", "default", {}, "２０２４", False),
    ("time", "default", {}, "１0:00:00", False),
    ("time", "%H:%M", {}, "１0:00", False),
    ("time", "default", {}, "10:00:00", True),
    ("datetime", "default", {}, "２024-01-01T10:00:00", False),
    ("datetime", "default", {}, "2024-W01-1T00:00:00", False),
    ("datetime", "default", {}, "2024-01-01 10:00:00", False),
    ("datetime", "default", {}, "20240101T100000", False),
    ("datetime", "default", {}, "2024-01-01T10:00:00Z", True),
    ("datetime", "default", {}, "2024-01-01T10:00:00.5+02:00", True),
    ("datetime", "%Y-%m-%d %H:%M", {}, "2024-01-01 10:00", True),
    ("duration", "default", {}, "P１D", False),
    ("geopoint", "default", {}, "１0,20", False),
    ("list", "default", {"itemType": "integer"}, "１,2", False),
    ("string", "uuid", {}, "{123e4567-e89b-12d3-a456-426614174000}", False),
    ("string", "uuid", {}, "urn:uuid:123e4567-e89b-12d3-a456-426614174000", False),
    ("string", "uuid", {}, "123e4567e89b12d3a456426614174000", False),
    ("string", "uuid", {}, "123E4567-e89b-12d3-a456-426614174000", True),
    ("string", "uri", {}, "http:// space", False),
    ("string", "uri", {}, "http://example.org/a b", False),
    ("string", "uri", {}, "http://example.org/a?b=c#d", True),
    ("integer", "default", {"groupChar": ","}, "1,2,3", False),
    ("integer", "default", {"groupChar": ","}, "1,23", False),
    ("integer", "default", {"groupChar": ","}, "1,234,567", True),
    ("integer", "default", {"groupChar": ","}, "-1,234", True),
    ("integer", "default", {"groupChar": ","}, "1234", True),
    ("integer", "default", {"groupChar": ",", "bareNumber": False}, "1,234%", True),
    ("number", "default", {"groupChar": ","}, "1,2,3.5", False),
    ("number", "default", {"groupChar": ","}, "1,234.567,8", False),
    ("number", "default", {"groupChar": ","}, "1,234.5", True),
    ("number", "default", {"groupChar": ".", "decimalChar": ","}, "1.234,5", True),
    ("number", "default", {"groupChar": " ", "decimalChar": ","}, "1 234 567,5", True),
    ("number", "default", {"groupChar": ","}, "1,000,", False),
    ("integer", "default", {"groupChar": "."}, "1.5", False),
    ("integer", "default", {"groupChar": "."}, "1.00", False),
    ("integer", "default", {"groupChar": "."}, "1.234.567", True),
    *(
        (kind, "default", {"bareNumber": False}, text, text in {"-5", "$-5", "5 (est.)", "5-year"})
        for kind in ("integer", "number")
        for text in ("-5", "$-5", "5 (est.)", "5-year", "\u22125", "\u2013 5%", "(5)", "($5)", "5-")
    ),
    ("datetime", "default", {}, "2024-01-01T10:00:00+14:00", True),
    ("datetime", "default", {}, "2024-01-01T10:00:00+14:30", False),
    ("datetime", "default", {}, "2024-01-01T10:00:00-15:00", False),
    ("geopoint", "default", {}, "1_0,20", False),
    ("geopoint", "array", {}, "[10, 20]", True),
    ("geopoint", "object", {}, '{"lon": 1, "lon": 2, "lat": 3}', False),
    ("list", "default", {"itemType": "integer"}, "1_0,2", False),
    ("list", "default", {"itemType": "number"}, "1.5,Infinity", False),
    ("list", "default", {"itemType": "number"}, "1.5,NaN", True),
    ("list", "default", {"itemType": "date"}, "2024-01-01,2024-1-1", False),
    ("list", "default", {"itemType": "date", "delimiter": ";"}, "2024-01-01;2024-01-02", True),
    ("list", "default", {"itemType": "datetime"}, "2024-01-01 00:00:00", False),
    ("list", "default", {"itemType": "time"}, "10:00:00,5", False),
    ("list", "default", {"itemType": "time", "delimiter": "|"}, "10:00:00|11:00:00.25", True),
    ("string", "uri", {}, "http://ä.example", False),
    ("string", "uri", {}, "http://example.org/100%", False),
    ("string", "uri", {}, "http://[::1", False),
    ("string", "uri", {}, "http://[::1]/a%20b", True),
    ("string", "uri", {}, "urn:isbn:0451450523", True),
    ("string", "uri", {}, "http://example.org:x/", False),
    ("string", "uri", {}, "http://example.org:80/", True),
    ("string", "uri", {}, "http://me:word@example.org/a:b@c", True),
    ("string", "uri", {}, "http://example.org/a#b#c", False),
    ("string", "uri", {}, "http://example.org/a[b]", False),
    ("string", "uri", {}, "file:///a/b", True),
    ("string", "uri", {}, "data:,x", True),
    ("yearmonth", "default", {}, "2024-01 ", False),
    ("yearmonth", "default", {}, "2024-01\n", False),
    ("duration", "default", {}, "P1D\n", False),
    ("number", "default", {"groupChar": ","}, "0,123", False),
    ("integer", "default", {"groupChar": ","}, "01,234", False),
    (
        "geojson",
        "default",
        {},
        '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0]]]}',
        True,
    ),
    (
        "geojson",
        "default",
        {},
        '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1]]]}',
        False,
    ),
    ("geojson", "default", {}, '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}', False),
    (
        "geojson",
        "default",
        {},
        '{"type":"GeometryCollection","geometries":[{"type":"Polygon","coordinates":[[[0,0]]]}]}',
        False,
    ),
]


@pytest.mark.parametrize(("kind", "form", "more", "text", "good"), CASES)
def test_a_closed_form_is_closed(
    kind: str, form: str, more: dict[str, Any], text: str, *, good: bool
) -> None:
    field = Field("f", kind, format=form, descriptor={"name": "f", "type": kind, **more})
    assert (not cached_field(field).check(text).errors) is good
