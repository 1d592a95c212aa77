"""Signs in values: one value in the singular, several in the plural."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.pipeline.check import check_paths
from plainrecord.validation.sentinels import find_sentinels, sentinel_message, undeclared_marks


@pytest.mark.parametrize("sign", ["padded", "mangled", "mark", "age", "day", "zero"])
def test_one_value_is_reported_as_one(sign: str) -> None:
    rule, one = sentinel_message(sign, 1, "99")
    same, many = sentinel_message(sign, 1200, "99")
    assert rule == same
    assert one.startswith("1 ")
    assert many.startswith("1,200 ")
    assert one.split()[1].rstrip(",") + "s" == many.split()[1]
    assert "99" in one or sign in {"padded", "mangled"}


def test_an_empty_text_is_a_mark_and_not_padded() -> None:
    assert [find_sentinels(text) for text in ("", " ", "a ", "a b")] == [
        ("mark",),
        ("padded",),
        ("padded",),
        (),
    ]


def test_a_long_value_is_cut_short() -> None:
    assert len(sentinel_message("mark", 2, "x" * 500)[1]) < 160


FILES = ("data/a/one.csv", "data/a/two.csv")


def test_a_mark_that_is_not_declared_is_reported_with_the_remedy() -> None:
    values = {
        "HQ CROSSCHECK": (5, 0, 2, "HQ CROSSCHECK"),
        "(B)(7)(E) ": (34_558, 1, 7, "(B)(7)(E) "),
        "(b)(6)": (2, 0, 9, "(b)(6)"),
        "XXXX": (1, 0, 12, "XXXX"),
    }
    (finding,) = undeclared_marks("Operation", values, FILES)
    assert finding.rule == "mark-undeclared"
    assert finding.count == 34_561
    assert (finding.file, finding.row, finding.field) == ("data/a/one.csv", 9, "Operation")
    assert "'(B)(7)(E) ' (34,558 times, (b)(7)(E))" in finding.found
    assert finding.expected == 'in missingValues: {value: "(B)(7)(E) ", kind: withheld}'
    assert not finding.blocks


@pytest.mark.parametrize("text", ["REDACTED", "[redacted]", "<Redacted>", "Testado"])
def test_a_word_for_a_removed_value_is_reported(text: str) -> None:
    (finding,) = undeclared_marks("Name", {"Jon": (5, 0, 2, "Jon"), text: (2, 0, 3, text)}, FILES)
    assert (finding.rule, finding.count) == ("mark-undeclared", 2)


def test_codes_and_ticks_are_no_marks() -> None:
    outcomes = ("Withheld", "Denied in full", "Outside scope", "Redacted and released", "Estado")
    texts = (
        *outcomes,
        "B1/B2",
        "b6",
        "X",
        "XX",
        "X-RAY",
        "287(b)",
        "COUNTY JAIL (B)",
        "--",
        "see (b)(6)",
    )
    assert not list(undeclared_marks("f", {t: (1, 0, 1, t) for t in texts}, FILES))


@pytest.mark.parametrize("rows", [1_500, 9_000, 90_000])
@pytest.mark.parametrize("values", [3, 100_000])
def test_marks_are_found_in_columns_of_any_width(tmp_path: Path, rows: int, values: int) -> None:
    """Counted by value or not, in a small block and in large ones, whole or in part."""
    lines = [f"{n},note {n % values}" for n in range(rows)]
    marked = {5: "(b)(6)", rows // 2: "(B)(7)(E) ", rows - 3: "(b)(6)", rows - 2: "(see below)"}
    for place, mark in marked.items():
        lines[place] = f"{place},{mark}"
    (tmp_path / "t.csv").write_text("id,note\n" + "\n".join(lines) + "\n")
    fields = "{name: id, type: integer}, {name: note, type: string}"
    (tmp_path / "datapackage.yaml").write_text(
        f"name: t\nresources: [{{name: t, path: t.csv, schema: {{fields: [{fields}]}}}}]\n"
    )
    (subject,) = check_paths([tmp_path / "datapackage.yaml"], None, lambda _: None)
    (found,) = [f for f in subject.findings if f.rule == "mark-undeclared"]
    assert (found.field, found.count, found.row) == ("note", 3, 7)
    assert "'(b)(6)' (2 times" in found.found


def test_a_declared_mark_in_a_wide_column_is_no_finding(tmp_path: Path) -> None:
    text = "note\n" + "".join(f"note {n}\n" for n in range(9_000)) + "(b)(6)\n"
    (tmp_path / "t.csv").write_text(text)
    (tmp_path / "datapackage.yaml").write_text(
        "name: t\nresources: [{name: t, path: t.csv, schema: {fields: [{name: note, type: string}], "
        "missingValues: ['(b)(6)']}}]\n"
    )
    (subject,) = check_paths([tmp_path / "datapackage.yaml"], None, lambda _: None)
    assert "mark-undeclared" not in {f.rule for f in subject.findings}
