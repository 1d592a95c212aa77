"""The keys of a table, looked at together where there are many, are those looked at one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.validation import resource
from tests.validation.test_package import check_text, made

TEXT = """t,n,i,d,x
a,1.50,1,2024-01-01,
a,1.5,1,2024-01-01,x
b,NaN,2,2024-01-02,x
b,NaN,2,2024-01-01,
"a, b",0,3,,x
a,-0,3,,y
"""

KEYS = (("t", "n"), ("n", "t"), ("t", "i", "d"), ("d", "x"), ("x",), ("i", "d"))


@pytest.mark.parametrize("limit", [1, 100])
def test_many_keys_repeat_as_each_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    kinds = {"t": "string", "n": "number", "i": "integer", "d": "date", "x": "string"}
    fields = [made(name, kind, constraints={"unique": True}) for name, kind in kinds.items()]
    found = []
    for fewest in (1, 1000):
        monkeypatch.setattr(resource, "_MANY_KEYS", fewest)
        folder = tmp_path / str(fewest)
        folder.mkdir()
        result = check_text(folder, TEXT, fields, unique_keys=KEYS, limit_errors=limit)
        result = result[0] if isinstance(result, tuple) else result
        found.append(
            [(f.rule, f.row, f.field, f.cell, f.found, f.count, f.rest) for f in result.findings]
        )
    assert found[0] == found[1]
    assert sum("unique" in finding[0] for finding in found[0]) > len(KEYS)
