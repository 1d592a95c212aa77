"""Lists of records under proof: what somebody changes in a file or on a page is named by verify."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plainrecord.findings.finding import Finding
from plainrecord.pipeline.build import build_portal
from tests.pipeline.test_changes import (
    OPEN,
    PEOPLE,
    PROTECTED,
    build,
    page,
    release,
    rows_of,
    verify,
    write,
)
from tests.tampering import digest, edit_json, rehash, replace_text, reseal

COMPARED = "  comparison: {key: [who, day], fields: [state, reason], date: day, place: state}\n"
FIRST = """who,day,state,reason
Northern Desk,2025-01-02,TX,tip
Northern Desk,2025-01-03,TX,tip
Ana,2025-02-03,CA,stop
Ben,2025-03-01,CA,stop
Ben,2025-03-02,CA,
Cy,2025-03-04,CA,(b)(6)
"""
SECOND = """who,day,state,reason
Northern Desks,2025-01-02,TX,tip
Northern Desks,2025-01-03,TX,tip
Ben,2025-03-01,NY,
Ben,2025-03-02,CA,tip
Cy,2025-03-04,CA,(b)(6)
"Dee, of NY",2025-04-01,NY,tip
"""
CHANGES = "datasets/stays/changes"
PAIR = f"{CHANGES}/2026-02-01"
PAGE = f"{PAIR}/index.html"
RECEIPTS = f"{CHANGES}/receipts.json"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write(tmp_path_factory.mktemp("record_lists"), OPEN, COMPARED)
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    build(root)
    return root / "_site"


def test_a_pair_has_likely_renames_and_a_file_of_them(built: Path) -> None:
    root = built.parent
    assert [row["before_who"] for row in rows_of(root, "2026-02-01/likely.csv")] == [
        "Northern Desk",
        "Northern Desk",
    ]
    text = page(root, "2026-02-01/index.html")
    assert "The records listed here are checked against the files named above." in text
    assert "Which records were likely renamed is an estimate." in text
    assert re.search(r"became “ Northern Desks ”, 2 times", text)
    shown = (built / PAGE).read_text()
    assert (
        '<span class="quiet" data-lines="datasets/stays/changes/2026-02-01/likely.csv">2<' in shown
    )
    assert len(verify(built).unchecked) == 0


def edit_list(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Another text in a file of the pair, and its new hash wherever it stands."""

    def tamper(site: Path) -> None:
        path = f"{CHANGES}/{name}"
        before = digest(site / path)
        replace_text(site / path, old, new, 1)
        rehash(site, path, before)

    return tamper


def edit_page(old: str, new: str) -> Callable[[Path], None]:
    return lambda site: replace_text(site / PAGE, old, new, 1)


def edit_receipt(name: str, **values: Any) -> Callable[[Path], None]:
    """Other values in a receipt; without any, it is taken out."""

    def change(document: Any) -> None:
        [found] = [r for r in document["receipts"] if r["id"] == f"stays.changes.{name}"]
        found.update(values)
        if not values:
            document["receipts"].remove(found)

    return lambda site: edit_json(site / RECEIPTS, change)


def empty_a_list_and_its_query(site: Path) -> None:
    """All that speaks of one list is changed at once; only the numbers of the pair are left."""
    path = f"{PAIR}/vanished.csv"
    before, place = digest(site / path), site / path
    place.write_text(place.read_text().splitlines(keepends=True)[0])
    rehash(site, path, before)
    edit_receipt("2026-02-01.vanished", rows_returned=0, listed=0)(site)


def garble(site: Path) -> None:
    path = f"{PAIR}/vanished.csv"
    before = digest(site / path)
    (site / path).write_bytes(b'who,day,state,reason\n"\xff\x00\n,,,,,,,\n' + b'"' * 1001)
    rehash(site, path, before)


def remove_likely(site: Path) -> None:
    (site / f"{PAIR}/likely.csv").unlink()


GONE = f"{PAIR}/vanished.csv"
CHANGED = f"{PAIR}/changed.csv"
RENAMED = f"{PAIR}/likely.csv"
LEDGER = f"{CHANGES}/vanished.csv"
TAMPERED = {
    "a value in vanished.csv": (
        edit_list("2026-02-01/vanished.csv", "Ana,", "Ida,"),
        ("list-differs", GONE, "Ida"),
    ),
    "a value in added.csv": (
        edit_list("2026-02-01/added.csv", ",NY,tip", ",NY,stop"),
        ("list-differs", f"{PAIR}/added.csv", "'Dee, of NY · 2025-04-01 · NY · tip'"),
    ),
    "an old value in changed.csv": (
        edit_list("2026-02-01/changed.csv", "state,CA", "state,TX"),
        ("list-differs", CHANGED, "TX"),
    ),
    "a new value in changed.csv": (
        edit_list("2026-02-01/changed.csv", ",NY,", ",NM,"),
        ("list-differs", CHANGED, "NM"),
    ),
    "a field in changed.csv": (
        edit_list("2026-02-01/changed.csv", ",state,", ",reason,"),
        ("list-differs", CHANGED, "reason"),
    ),
    "a kind in changed.csv": (
        edit_list("2026-02-01/changed.csv", "missing", "withheld"),
        ("list-differs", CHANGED, "withheld"),
    ),
    "an empty text for no value": (
        edit_list("2026-02-01/changed.csv", ",stop,,missing", ',stop,"",missing'),
        ("list-differs", CHANGED, "missing"),
    ),
    "a heading of a list": (
        edit_list("2026-02-01/vanished.csv", "state", "place"),
        ("list-differs", GONE, "first line"),
    ),
    "a day in the list of all": (
        edit_list("vanished.csv", "2026-02-01", "2026-02-02"),
        ("list-differs", LEDGER, "2026-02-02"),
    ),
    "a likely rename": (
        edit_list("2026-02-01/likely.csv", "Northern Desks,", "Southern Desks,"),
        ("list-differs", RENAMED, "Southern Desks"),
    ),
    "a likely rename twice": (
        edit_list("2026-02-01/likely.csv", "Northern Desk,2025-01-03", "Northern Desk,2025-01-02"),
        ("list-differs", RENAMED, "not a line of vanished.csv"),
    ),
    "the columns of likely renames": (
        edit_list("2026-02-01/likely.csv", "before_day", "day"),
        ("list-differs", RENAMED, "its columns are"),
    ),
    "no likely renames": (remove_likely, ("page-differs", PAGE, "does not exist")),
    "a record on the page": (edit_page("<td>Ana</td>", "<td>Ida</td>"), ("page-differs", PAGE, "Ida")),
    "a value before on the page": (
        edit_page("<td>CA</td><td>NY</td>", "<td>WA</td><td>NY</td>"),
        ("page-differs", PAGE, "WA"),
    ),
    "a kind on the page": (
        edit_page("<td>missing now</td>", "<td>withheld now</td>"),
        ("page-differs", PAGE, "withheld now"),
    ),
    "a field on the page": (
        edit_page('<td data-value="state">', '<td data-value="reason">'),
        ("page-differs", PAGE, "reason"),
    ),
    "a key of what changed on the page": (
        edit_page(">Ben · 2025-03-01<", ">Ida · 2025-03-01<"),
        ("page-differs", PAGE, "Ida · 2025-03-01"),
    ),
    "a likely rename on the page": (
        edit_page(">Northern Desks · 2025-01-02<", ">Eastern Desk · 2025-01-02<"),
        ("page-differs", PAGE, "Eastern Desk"),
    ),
    "what speaks for it on the page": (
        edit_page('class="listed-value">differs by 1 ', 'class="listed-value">differs by 2 '),
        ("page-differs", PAGE, "differs by 2"),
    ),
    "how many are likely": (edit_page('/likely.csv">2<', '/likely.csv">3<'), ("page-differs", PAGE, "3")),
    "how many share a change": (
        edit_page('"shared-times">2<', '"shared-times">3<'),
        ("page-differs", PAGE, "3 likely renames"),
    ),
    "what a shared change was": (
        edit_page('"shared-before">Northern Desk<', '"shared-before">Desk<'),
        ("page-differs", PAGE, "'Desk'"),
    ),
    "the field of a shared change": (
        edit_page('data-field="who"', 'data-field="nobody"'),
        ("page-differs", PAGE, "cannot be compared"),
    ),
    "a table that names no list": (
        edit_page(f'<table data-listed="{GONE}">', "<table>"),
        ("receipt-unshown", RECEIPTS, "0 lines of"),
    ),
    "likely renames that name no list": (
        edit_page(f'<table data-listed="{RENAMED}">', "<table>"),
        ("receipt-unshown", RENAMED, "no page"),
    ),
    "a table that names another list": (
        edit_page(f'data-listed="{GONE}"', f'data-listed="{PAIR}/added.csv"'),
        ("page-differs", PAGE, "Ana"),
    ),
    "a table that names no columns": (
        edit_page("data-columns='[\"who\"]'", "data-columns='['"),
        ("page-differs", PAGE, "name a column"),
    ),
    "a table that names other columns": (
        edit_page("data-columns='[\"who\"]'", "data-columns='[\"whom\"]'"),
        ("page-differs", PAGE, "'whom'"),
    ),
    "a row with a cell less": (
        edit_page("<td>Ana</td>", ""),
        ("page-differs", PAGE, "more or fewer cells"),
    ),
    "a span without end": (edit_page('rowspan="2"', f'rowspan="{"9" * 40}"'), ("page-differs", PAGE, "cells")),
    "a receipt less": (edit_receipt("2026-02-01.vanished"), ("list-unproven", GONE, "no receipt")),
    "a receipt of the list of all less": (
        edit_receipt("vanished"),
        ("list-unproven", LEDGER, "no receipt"),
    ),
    "fewer lines shown": (edit_receipt("2026-02-01.added", listed=2), ("receipt-unshown", RECEIPTS, "3 lines")),
    "other rows in a receipt": (
        edit_receipt("2026-02-01.added", rows_returned=4),
        ("list-differs", f"{PAIR}/added.csv", "4 rows"),
    ),
    "another query": (
        edit_receipt("2026-02-01.vanished", sql="SELECT 1 AS who"),
        ("receipt-refused", RECEIPTS, "does not read"),
    ),
    "a query for a file": (
        edit_receipt("2026-02-01.vanished", sql="SELECT * FROM read_csv('/etc/passwd')"),
        ("receipt-refused", RECEIPTS, "table function"),
    ),
    "a list elsewhere": (
        edit_receipt("2026-02-01.vanished", lists="../vanished.csv"),
        ("receipt-invalid", RECEIPTS, "lists is not"),
    ),
    "a list that is not there": (
        edit_receipt("2026-02-01.vanished", lists=f"{PAIR}/gone.csv"),
        ("receipt-file-wrong", RECEIPTS, "gone.csv"),
    ),
    "a list and its query emptied": (
        empty_a_list_and_its_query,
        ("page-differs", RECEIPTS, "vanished.csv is stated to list 3 lines"),
    ),
    "no text at all": (garble, ("list-differs", GONE, "cannot be compared")),
    "no text at all for likely renames": (garble, ("list-differs", RENAMED, "cannot be compared")),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_is_changed_in_a_list_is_named(site: Path, name: str) -> None:
    tamper, (rule, file, said) = TAMPERED[name]
    tamper(site)
    reseal(site)
    found: tuple[Finding, ...] = verify(site).findings
    assert any((f.rule, f.file) == (rule, file) and said in f.found for f in found), [
        f.found for f in found
    ]


@pytest.mark.usefixtures("rows_under_a_threshold")
def test_digests_are_compared_and_no_record_is_named(tmp_path: Path) -> None:
    more = PEOPLE.replace("place: state", "place: state, records: digests")
    # With every number of the pair at the threshold or above, so that the lists are published.
    before = "".join(f"P{n},2025-01-{n + 1:02},TX,tip\n" for n in range(24))
    after = "".join(f"P{n},2025-01-{n + 1:02},TX,stop\n" for n in range(12))
    later = "".join(f"Q{n},2025-02-{n + 1:02},CA,tip\n" for n in range(12))
    root = write(tmp_path, PROTECTED, more)
    release(root, "2026-01-01", f"who,day,state,reason\n{before}")
    release(root, "2026-02-01", f"who,day,state,reason\n{after}{later}")
    build(root)
    site = root / "_site"
    assert not list((site / PAIR).glob("likely.csv"))
    text = page(root, "2026-02-01/index.html")
    assert "Ana" not in text
    path = f"{PAIR}/vanished.csv"
    lines = (site / path).read_text().splitlines()
    edit_list("2026-02-01/vanished.csv", lines[1], "0" * 64)(site)
    found = verify(site).findings
    assert [(f.rule, f.file) for f in found] == [("list-differs", path)] * 2


SHARED = """who,day,state,reason
Ana,2025-01-02,TX,tip
ana ,2025-01-02,TX,stop
ANA,2025-01-02,ca,stop
Ben,2025-01-02,TX,tip
"""


@pytest.mark.parametrize("normalise", ["true", "false"])
@pytest.mark.parametrize("key", ["key: [who], ", ""])
def test_lists_hold_where_records_share_a_key_or_a_spelling(
    tmp_path: Path, key: str, normalise: str
) -> None:
    compared = f"  comparison: {{{key}date: day, place: state, normalise: {normalise}}}\n"
    root = write(tmp_path, OPEN, compared)
    release(root, "2026-01-01", SHARED)
    second = SHARED.replace("Ben", "  BEN").replace(",ca,", ",CA,").replace("tip", "Tip ")
    release(root, "2026-02-01", second + "Ana,2025-01-02,NY,\nAna,2025-01-02,NY,\n")
    build_portal(root, root / "_site", lambda _: None)
    site = root / "_site"
    assert verify(site).findings == ()
    assert rows_of(root, "2026-02-01/added.csv")
    edit_list("2026-02-01/added.csv", ",NY,", ",NV,")(site)
    assert ("list-differs", f"{PAIR}/added.csv") in {
        (f.rule, f.file) for f in verify(site).findings
    }
