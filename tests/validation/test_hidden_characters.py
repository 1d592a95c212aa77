"""Characters that nobody sees are named with place and count."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.model.packages import Category
from tests.validation.test_package import check_text, made


@pytest.mark.parametrize(
    "sign", ["\0", "\x1b", "\x7f", "\x85", "\xad", "\u200b", "\u202e", "\u2066", "\u200f", "\ufeff"]
)
@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_a_cell_with_a_hidden_character_is_a_warning(tmp_path: Path, sign: str, end: str) -> None:
    text = f"a,b\n1,é\n2,x{sign}y\n3,{sign}z{end}"
    result, _ = check_text(tmp_path, text, [made("a", "integer"), made("b")])
    [finding] = [f for f in result.findings if f.rule == "hidden-character"]
    assert (finding.row, finding.field, finding.count, finding.blocks) == (3, "b", 2, False)
    assert f"U+{ord(sign):04X}" in finding.found


def test_tabs_line_ends_and_joiners_are_seen(tmp_path: Path) -> None:
    text = 'a,b\n1,"x\ty\r\nz"\n2,👩\u200d💻\n3,می\u200cخواهم\n'
    result, _ = check_text(tmp_path, text, [made("a", "integer"), made("b")])
    assert "hidden-character" not in {f.rule for f in result.findings}


def test_labels_and_schemas_are_looked_at(tmp_path: Path) -> None:
    fields = [made("a\u202e"), made("b", categories=(Category("x\u200b", "X"),))]
    result, _ = check_text(tmp_path, "a\u202e,b\n1,\n", fields)
    found = [(f.field, f.row) for f in result.findings if f.rule == "hidden-character"]
    assert found == [("a\u202e", None), ("b", None), ("", None)]
