"""Codebook pages: what they say about a field, and what they leave out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plainrecord.model.counts import LinkedNumber
from plainrecord.model.packages import Field, MissingKind, MissingValue
from plainrecord.model.profiles import FieldProfile, MissingShare, ValueCount
from plainrecord.pages.codebook import _codebook_field
from plainrecord.pipeline.build import build_portal
from tests.portals import DESCRIPTOR, ROWS, write_portal


def told(text: str) -> LinkedNumber:
    return LinkedNumber(text, "", "")


def describe(field: Field, **more: Any) -> Any:
    profile = FieldProfile(field, told("100%"), told("2"), **{"absent": (), **more})
    return _codebook_field(field, profile, "t-1")


def missing(mark: str, count: str) -> MissingShare:
    return MissingShare(mark, "missing", MissingKind.MISSING, told(count), told("0%"))


def test_where_no_cell_is_blank_there_is_no_table_of_marks() -> None:
    field = Field("kind", "string")
    assert describe(field).absent == ()
    assert describe(field, absent=(missing("", "0"),)).absent == ()
    assert [line.count.text for line in describe(field, absent=(missing("", "3"),)).absent] == ["3"]
    assert describe(field, absent=(missing("", "suppressed"),)).absent
    declared = Field(
        "kind",
        "string",
        missing_values=(MissingValue("", "missing"), MissingValue("(b)(6)", "withheld")),
    )
    assert len(describe(declared, absent=(missing("", "0"),)).absent) == 2


def test_values_that_differ_by_a_blank_are_distinguished() -> None:
    values = tuple(ValueCount(v, v, told(v), told("1")) for v in ("County", "County "))
    got = describe(Field("kind", "string"), values=values)
    assert [item.blanks for item in got.allowed] == ["", "with a space at the end"]
    assert not got.labelled  # a meaning that is the value again is none
    named = tuple(ValueCount(v, "a county", told(v), told("1")) for v in ("C",))
    assert describe(Field("kind", "string"), values=named).labelled


def find_anchors(root: Path, columns: tuple[str, ...]) -> set[str]:
    """The ids of fields on the pages of a small portal with more `columns` before the others."""
    fields = "".join(f"        - {{name: {name}, type: string}}\n" for name in columns)
    descriptor = DESCRIPTOR.replace("      fields:\n", f"      fields:\n{fields}")
    values = {"a": "8 USC 1226", "b": "8 USC 1182"}
    head, *rows = ROWS.splitlines()
    lines = [",".join((*columns, head))]
    lines += [",".join((*(values[name] for name in columns), row)) for row in rows]
    laws = "".join(f"{{field: {name}, of: arrest}}, " for name in columns)
    descriptor = descriptor.replace(
        "    schema:\n", f"    plainrecord: {{statutes: [{laws}]}}\n    schema:\n"
    )
    table = "\n".join(lines) + "\n"
    write_portal(
        root, **{"data/visits/datapackage.yaml": descriptor, "data/visits/visits.csv": table}
    )
    build_portal(root, root / "_site", lambda _: None)
    pages = [page.read_text() for page in (root / "_site/datasets/visits").rglob("*.html")]
    return {name for page in pages for name in re.findall(r'id="((?:field|basis)-[^"]+)"', page)}


@pytest.mark.parametrize("columns", [("b",), ("a", "b")])
def test_the_anchor_of_a_field_stays_when_fields_come_before_it(
    tmp_path: Path, columns: tuple[str, ...]
) -> None:
    before = find_anchors(tmp_path / "one", ())
    after = find_anchors(tmp_path / "two", columns)
    assert before
    assert before < after
    if len(columns) == 2:
        less = find_anchors(tmp_path / "three", columns[1:])
        assert any(name.startswith("basis-") for name in less)
        assert less < after
