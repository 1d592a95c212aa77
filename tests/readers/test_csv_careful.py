"""Rows of a text by its dialect: what Python's reader does not know is turned into what it does."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.packages import Dialect
from plainrecord.readers import csv_careful
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.csv_careful import delimiter_problem, read_rows

CELLS = st.text(st.sampled_from('ab:|;"\n 1é'), max_size=6)


def rows_of(text: str, delimiter: str = ",", terminator: str = "\r\n") -> list[list[str]]:
    dialect = Dialect(line_terminator=terminator)
    return list(read_rows(io.StringIO(text, newline=""), dialect, delimiter))


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_delimiters_and_terminators_of_any_length(table: list[list[str]]) -> None:
    for delimiter, terminator in (("::", "\n"), ("|", ";"), ("::", ";;"), (",", "|")):
        text = terminator.join(delimiter.join(map(quoted, row)) for row in table) + terminator
        assert rows_of(text, delimiter, terminator) == table


@given(st.text(max_size=60))
def test_lines_are_read_as_python_reads_them(text: str) -> None:
    def read(rows: object) -> object:
        try:
            return list(rows)  # type: ignore[call-overload]
        except csv.Error as error:
            return str(error)

    ours = read(read_rows(io.StringIO(text, newline=""), Dialect(), ","))
    assert ours == read(csv.reader(io.StringIO(text, newline="")))


def test_a_terminator_on_the_edge_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in range(1, 12):
        monkeypatch.setattr(csv_careful, "BLOCK_CHARACTERS", size)
        assert rows_of('a,b<>1,"x<>y"<>2,z', ",", "<>") == [["a", "b"], ["1", "x<>y"], ["2", "z"]]


def test_lines_in_a_row_that_ends_otherwise() -> None:
    with pytest.raises(Unreadable, match="a line breaks inside a row"):
        rows_of("a,b\n1,x\n", ",", "|")
    assert rows_of('a,b|1,"x\ny"|\n', ",", "|") == [["a", "b"], ["1", "x\ny"]]


def test_a_row_without_end_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_careful, "LONGEST_LINE", 1000)
    monkeypatch.setattr(csv_careful, "BLOCK_CHARACTERS", 100)
    for text in ("x" * 5000, '"' + "x|" * 3000):
        with pytest.raises(Unreadable, match="longer than"):
            rows_of(text, ",", "|")


@pytest.mark.parametrize("delimiter", ["", "\n", '"', 'a"', "\r\n"])
def test_what_cannot_be_a_delimiter(delimiter: str) -> None:
    assert delimiter_problem(delimiter, Dialect())
    assert not delimiter_problem("::", Dialect())
