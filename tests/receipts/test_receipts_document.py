"""Receipts as data: written, read, and hostile ones refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.strict_json import parse_json, serialise_json
from plainrecord.model.evidence import Cell, Receipt, ReceiptFile
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.products import Figure, SeriesColumn, raw_text
from plainrecord.receipts.receipts_document import (
    Proof,
    ReceiptsDocument,
    describe_receipts,
    parse_receipts,
    show_rows,
)
from plainrecord.verify.page_numbers import compare_page, find_receipt, read_marks
from plainrecord.verify.rerun import is_same

FILE = ReceiptFile("datasets/d/downloads/t.parquet", "ab" * 32, 9, "d", "t")
FIGURE = Figure("d", "f", "<F>", 1234, "1,234", "stop", "", Receipt("SELECT 1", (FILE,), "", 1))


def document() -> dict[str, Any]:
    made: dict[str, Any] = describe_receipts("d", "2026-01-01", [FIGURE], [], "datasets/d")
    return made


def test_what_is_written_is_read() -> None:
    receipts = parse_receipts(parse_json(serialise_json(document())))
    assert receipts.problems == ()
    assert (receipts.dataset, receipts.release) == ("d", "2026-01-01")
    (proof,) = receipts.proofs
    assert (proof.id, proof.value, proof.shown, proof.files) == ("d.f", 1234, "1,234", (FILE,))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("id", 1), ("id", "other.f"), ("sql", None), ("sql", "x" * 100_001), ("files", {})),
        *(("files", [1]), ("files", [{"path": "x"}]), ("value", []), ("format", "money")),
        *(("threshold", -1), ("rows_returned", True), ("shown", 1), ("chart", "bar")),
    ],
)
def test_a_malformed_receipt_is_reported(key: str, value: object) -> None:
    made = document()
    made["receipts"][0][key] = value
    receipts = parse_receipts(made)
    assert receipts.proofs == ()
    assert len(receipts.problems) == 1


def test_an_id_stands_once() -> None:
    made = document()
    made["receipts"].append(copy.deepcopy(made["receipts"][0]))
    assert "there already" in parse_receipts(made).problems[0]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["receipts", "dataset", "release", "id", "files", "rows", "columns"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(junk)
def test_nothing_makes_the_reader_fall(value: Any) -> None:
    parse_receipts(value)
    parse_receipts({"dataset": "d", "release": "", "receipts": value})
    parse_receipts({"dataset": "d", "release": "", "receipts": [value]})


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [(1, 1, True), (1, 2, False), (1, 1.0, True), (1, True, False), (None, 0, False),
     (None, None, True), ("1", 1, False), (0.1 + 0.2, 0.3, True), (1.0, 1.000001, False),
     (10**400, 1.0, False), (None, 0.0, False), (True, True, True), (2**63, 2**63 + 1, False)],
)  # fmt: skip
def test_values_are_compared(first: Any, second: Any, same: bool) -> None:
    assert is_same(first, second) is same
    assert is_same(second, first) is same


def test_values_as_text() -> None:
    assert [raw_text(v) for v in (None, "", "é", 5, 0.1, True, 1e30)] == [
        "", "", "é", "5", "0.1", "true", "1e+30",
    ]  # fmt: skip


def test_cells_as_readers_see_them() -> None:
    value, key = (SeriesColumn("x", "X", "string", role) for role in ("value", "key"))
    parts = [PartPeriod("x", "2026-Q3", "the records end in 2026-08")]
    columns = (key, value, SeriesColumn("status", "", "string", "status"))

    def show(*rows: tuple[Cell, ...]) -> list[list[tuple[str, str]]]:
        return show_rows(columns, rows, parts)

    assert show(("CA", 1234.56789, "shown")) == [[("CA", "key"), ("1,234.5679", "number")]]
    assert show(("CA", 5.0, "shown"))[0][1] == ("5", "number")
    assert show(("CA", None, "suppressed"))[0][1] == ("suppressed", "suppressed")
    assert show(("CA", None, "missing"))[0][1] == ("no data", "missing")
    assert show(("CA", None, "not-collected"))[0][1] == ("not collected", "not-collected")
    assert show(("2026-Q3", 1, "shown"))[0][0] == ("Q3 2026 (incomplete)", "key")
    # The numbers in a column have equally many decimals.
    values = [5, 0, 4.25, 12.5, 1e30, 2**60]
    shown = [row[1][0] for row in show(*(("CA", cell, "shown") for cell in values))]
    assert shown == ["5.00", "0.00", "4.25", "12.50", "1e+30", f"{2**60:,}.00"]


@given(st.text(max_size=30), st.text(min_size=1, max_size=12), st.integers() | st.text(max_size=20))
def test_a_marked_number_is_found_on_a_page(title: str, name: str, value: Any) -> None:
    """Whatever is in a figure: what the page carries agrees with its receipt, or is told."""
    text = "".join(
        c for c in str(value) if c >= " " and not 0x7F <= ord(c) < 0xA0 and c != "\ufeff"
    )
    text = text.encode("utf-8", "ignore").decode()
    plain = "".join(c for c in name if c.isascii() and c.isalnum()) or "f"
    figure = Figure("d", plain, title, text, text, "", "", Receipt("SELECT 1", (), "", 1))
    page = f"<!doctype html><body><p>{figure.marked}</p></body>".encode()
    proof = Proof(figure.id, "", "", "SELECT 1", (), 1, 0, 0, "text", text, text)
    receipts_by_path = {"datasets/d/receipts.json": ReceiptsDocument("d", "", (proof,))}
    shown = read_marks(page)
    assert [mark.name for mark in shown] == [figure.id]
    assert list(compare_page("index.html", shown, receipts_by_path, {})) == []


def test_an_id_means_the_receipt_of_its_folder() -> None:
    def receipts(value: int) -> ReceiptsDocument:
        return ReceiptsDocument(
            "d", "", (Proof("d.f", "", "", "", (), 1, 0, 0, "integer", value, ""),)
        )

    receipts_by_path = {
        "datasets/d/receipts.json": receipts(3),
        "datasets/d/releases/2026-01-01/receipts.json": receipts(1),
        "datasets/d/releases/2026-02-01/receipts.json": receipts(2),
    }

    def value(page: str) -> object:
        proof = find_receipt(page, "d.f", receipts_by_path)
        return proof.value if proof else None

    assert value("index.html") == 3
    assert value("datasets/d/index.html") == 3
    assert value("datasets/d/releases/2026-01-01/index.html") == 1
    assert value("datasets/d/releases/2026-02-01/codebook/index.html") == 2
    assert find_receipt("index.html", "d.g", receipts_by_path) is None
    old = Proof("d@2026-01-01.f", "", "", "", (), 1, 0, 0, "integer", 9, "")
    receipts_by_path["datasets/d/releases/2026-01-01/receipts.json"] = ReceiptsDocument(
        "d@2026-01-01", "", (old,)
    )
    assert find_receipt("about/index.html", "d@2026-01-01.f", receipts_by_path) == old
