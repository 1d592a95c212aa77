"""Rows that two files hold word for word: left out or not, the comparison is the same."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.diff import identical_lines
from plainrecord.pipeline import diff
from plainrecord.pipeline.diff import Collation, TablePath, collate_files
from tests.examples import examples

HEADER = ["id", "part", "day", "office", "note"]
OFFICES = ["Seattle", "Miami", "El Paso", "Buffalo"]


def rows_of(draw: random.Random, count: int, kind: str) -> list[list[str]]:
    """`count` rows with keys of a kind, of an office and a note among few."""
    rows = []
    for number in range(count):
        key = {"number": str(number * 3), "padded": f"{number:05}", "text": f"A-{number} x"}[kind]
        day = f"2024-{draw.randrange(1, 13):02}-{draw.randrange(1, 28):02}"
        note = draw.choice(["", "see report", 'said "no"', "a, b", "two\nlines", "naïve"])
        rows.append([key, str(number % 7), day, draw.choice(OFFICES), note])
    return rows


def change(draw: random.Random, rows: list[list[str]], how: str) -> list[list[str]]:
    """A later release of `rows`: some gone, some new, some changed, and what `how` names."""
    later = [list(row) for row in rows if draw.random() > 0.05]
    for row in later:
        if draw.random() < 0.1:
            row[3] = draw.choice([*OFFICES, "Tucson", "miami"])
        if draw.random() < 0.05:
            row[4] = draw.choice(["(b)(6)", "", " see report"])
    later += [[f"9{number}999", "1", "2025-01-01", "Miami", "new"] for number in range(3)]
    if how == "twice":
        later.append(list(later[0]))
    elif how == "blank":
        later.insert(3, [""] * 5)
    elif how == "header":
        later.insert(3, list(HEADER))
    elif how == "empty key":
        later[2][0] = ""
    elif how == "dates":
        for row in later:
            row[2] = f"{row[2][5:7]}/{row[2][8:]}/{row[2][:4]}"
    draw.shuffle(later)
    return later


def write(path: Path, rows: list[list[str]], end: str, *, quoted: bool, last: bool) -> Path:
    stream = io.StringIO(newline="")
    style: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(stream, lineterminator=end, quoting=style).writerows([HEADER, *rows])
    text = stream.getvalue()
    path.write_bytes((text if last else text.rstrip(end)).encode())
    return path


def both_ways(old: Path, new: Path, **options: Any) -> tuple[Collation, Collation, bool]:
    """The comparison with equal lines left out and without, and whether any were left out."""
    left_out = []
    real = identical_lines.drop_identical_lines

    def watch(*given: Any, **more: Any) -> Any:
        left_out.append(real(*given, **more))
        return left_out[-1]

    with (
        patch.object(identical_lines, "FEWEST_ROWS", 2),
        patch.object(diff, "drop_identical_lines", watch),
    ):
        quick = collate_files(TablePath(old), TablePath(new), **options)
    with patch.object(diff, "drop_identical_lines", lambda *_, **__: None):
        plain = collate_files(TablePath(old), TablePath(new), **options)
    return quick, plain, left_out != [None]


@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["number", "padded", "text"]),
    how=st.sampled_from(["", "", "", "twice", "blank", "header", "empty key", "dates"]),
    ends=st.sampled_from([("\n", "\n"), ("\r\n", "\r\n"), ("\n", "\r\n")]),
    key=st.sampled_from([["id"], ["id", "part"], ["part", "id"], ["part"]]),
    fields=st.sampled_from([None, ["office"], ["note", "day"]]),
    normalise=st.booleans(),
    quoted=st.booleans(),
    last=st.booleans(),
)
@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_comparison_is_the_same(
    tmp_path: Path,
    seed: int,
    kind: str,
    how: str,
    ends: tuple[str, str],
    key: list[str],
    fields: list[str] | None,
    *,
    normalise: bool,
    quoted: bool,
    last: bool,
) -> None:
    draw = random.Random(seed)  # noqa: S311 - the tables of an example
    rows = rows_of(draw, 60, kind)
    old = write(tmp_path / "old.csv", rows, ends[0], quoted=quoted, last=last)
    new = write(tmp_path / "new.csv", change(draw, rows, how), ends[1], quoted=quoted, last=True)
    quick, plain, _ = both_ways(old, new, key=key, fields=fields, normalise=normalise)
    assert quick == plain


@pytest.mark.parametrize(
    ("kind", "key"), [("number", ["id"]), ("text", ["id"]), ("padded", ["id", "part"])]
)
def test_equal_lines_are_left_out(tmp_path: Path, kind: str, key: list[str]) -> None:
    draw = random.Random(7)  # noqa: S311 - the same tables every time
    rows = [[*row[:4], "short"] for row in rows_of(draw, 100, kind)]
    later = [list(row) for row in reversed(rows)]
    later[5][3], later[6][3] = "Tucson", "Miami (city)"
    old = write(tmp_path / "old.csv", rows, "\n", quoted=False, last=True)
    new = write(tmp_path / "new.csv", later[1:], "\n", quoted=False, last=True)
    quick, plain, left_out = both_ways(old, new, key=key)
    assert left_out
    assert quick == plain
    assert (quick.comparison.vanished, quick.comparison.unchanged) == (1, 97)
    assert [value for value, _ in quick.comparison.categories[0].new] == ["Miami (city)", "Tucson"]


@pytest.mark.parametrize(
    "line", ["7,1,x,Miami,a,b\n", "7,1\n", '7,1,x,Miami,"a\n', "\n", ",1,x,y,z\n"]
)
@pytest.mark.parametrize("where", ["old", "new", "both"])
def test_a_line_that_is_no_row_is_read_as_it_would_be(
    tmp_path: Path, line: str, where: str
) -> None:
    rows = "".join(f"{n + 10},1,2024-01-01,{OFFICES[n % 4]},short\n" for n in range(100))
    header = ",".join(HEADER) + "\n"
    paths = []
    for side in ("old", "new"):
        path = tmp_path / f"{side}.csv"
        body = rows if side == "old" else rows.replace("50,1,2024", "50,2,2024")
        some = line if where in (side, "both") else ""
        path.write_text(header + body[:300] + body[300:].replace("\n", f"\n{some}", 1))
        paths.append(path)
    quick, plain, _ = both_ways(*paths, key=["id"])
    assert quick == plain


@pytest.mark.parametrize("spread", [1, 7, 1_000_003])
@pytest.mark.parametrize("twice", [False, True])
def test_keys_that_are_integers(tmp_path: Path, spread: int, *, twice: bool) -> None:
    rows = [[str(n * spread), "1", "2024-01-01", OFFICES[n % 4], "short"] for n in range(100)]
    later = [list(row) for row in reversed(rows)]
    later[5][3] = "Tucson"
    later += [[str(10**9), "1", "2024-01-01", "Miami", "new"]]
    later += [list(later[7])] if twice else []
    old = write(tmp_path / "old.csv", rows, "\n", quoted=False, last=True)
    new = write(tmp_path / "new.csv", later[2:], "\n", quoted=False, last=True)
    quick, plain, left_out = both_ways(old, new, key=["id"])
    assert left_out is not twice
    assert quick == plain


def test_a_value_that_equal_lines_have_is_no_new_category(tmp_path: Path) -> None:
    rows = [[str(n), "1", "2024-01-01", OFFICES[n % 4], "short"] for n in range(100)]
    later = [list(row) for row in rows]
    later[0][3] = "Miami"
    old = write(tmp_path / "old.csv", rows, "\n", quoted=False, last=True)
    new = write(tmp_path / "new.csv", later, "\n", quoted=False, last=True)
    quick, plain, left_out = both_ways(old, new, key=["id"])
    assert left_out
    assert quick == plain
    assert quick.comparison.categories == ()
