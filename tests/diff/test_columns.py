"""Columns under another name: by the values under the key, or by the values alone."""

from __future__ import annotations

import duckdb
import pytest

from plainrecord.core.errors import NoSharedColumnError
from plainrecord.diff import columns
from plainrecord.diff.compare import compare_tables
from tests.diff.test_compare import fill

REASONS = ["search", "traffic", "warrant"]


def renamed(
    old: dict[str, list[str]], new: dict[str, list[str]], *, keyed: bool = True
) -> list[tuple[str, str]]:
    connection = duckdb.connect()
    for name, table in (("t_old", old), ("t_new", new)):
        fill(connection, name, list(table), list(zip(*table.values(), strict=True)))
    found = compare_tables(connection, "t_old", "t_new", key=["id"] if keyed else [])
    return [(item.old, item.new) for item in found.columns.renamed]


IDS = [str(n) for n in range(60)]
REASON = [REASONS[n % 3] for n in range(60)]
SEX = ["FM"[n * 7 % 5 % 2] for n in range(60)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"reason": REASON}, {"stop_reason": REASON}, [("reason", "stop_reason")]),
        ({"reason": REASON}, {"x": IDS, "why": REASON}, [("reason", "why")]),
        ({"a": REASON, "b": SEX}, {"c": SEX, "d": REASON}, [("a", "d"), ("b", "c")]),
        ({"a": REASON}, {"c": ["x", *REASON[1:]]}, [("a", "c")]),
        ({"a": REASON}, {"c": [value.upper() for value in REASON]}, [("a", "c")]),
        ({"a": REASON}, {"c": REASON[1:] + REASON[:1]}, []),
        ({"a": SEX}, {"c": REASON}, []),
        ({"a": ["x"] * 60}, {"q": IDS, "c": ["x"] * 60}, []),
        ({"unit": ["x"] * 60}, {"q": IDS, "unit code": ["x"] * 60}, [("unit", "unit code")]),
        ({"a": [""] * 60}, {"c": [""] * 60}, []),
    ],
)
def test_columns_renamed_under_a_key(
    old: dict[str, list[str]], new: dict[str, list[str]], expected: list[tuple[str, str]]
) -> None:
    assert renamed({"id": IDS, **old}, {"id": IDS, **new}) == expected
    assert (
        renamed({"id": IDS, **old}, {"id": IDS[::-1], **{k: v[::-1] for k, v in new.items()}})
        == expected
    )


def test_columns_renamed_without_a_key() -> None:
    found = renamed(
        {"id": IDS, "reason": REASON}, {"q": SEX, "id": IDS, "stop_reason": REASON}, keyed=False
    )
    assert found == [("reason", "stop_reason")]


def test_few_values_in_a_table_of_twice_the_rows_are_not_one_column() -> None:
    short, long = {"office": list("abcd")}, {"office": list("aabbccdd")}
    digits = {"y2024": list("0246")}, {"n": list("00122436")}
    assert renamed(short | digits[0], long | digits[1], keyed=False) == []


def test_columns_with_equal_values_are_named_where_no_name_is_shared() -> None:
    with pytest.raises(NoSharedColumnError, match=r"may be the same: id -> number$"):
        renamed({"id": IDS, "sex": SEX}, {"number": IDS, "reason": REASON}, keyed=False)


def test_names_are_squeezed_in_proportion_to_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand columns on each side, all with another name, never ended."""
    asked: list[str] = []

    def squeeze(name: str) -> str:
        asked.append(name)
        return name.lower()

    monkeypatch.setattr(columns, "normalise_name", squeeze)
    old, new = [f"c{n}" for n in range(300)], [f"D{n}" for n in range(299)] + ["C7"]
    assert [(p.old, p.new) for p in columns.pair_columns(old, new)] == [("c7", "C7")]
    assert len(asked) <= 5 * 300
