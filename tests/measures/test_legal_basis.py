"""Legal bases: counted, read, judged; rare ones are not listed and cannot be had by subtraction."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.findings.catalogue import read_catalogue
from plainrecord.measures.legal_basis import judge_bases, measure_bases
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.model.withheld import BasisTable


def measure(counts: dict[str | None, int], *, threshold: int = 0, of: str = "stop") -> BasisTable:
    connection = duckdb.connect()
    connection.execute('CREATE SCHEMA "s"')
    connection.execute('CREATE TABLE "s"."stops" (basis VARCHAR)')
    for text, count in counts.items():
        connection.execute('INSERT INTO "s"."stops" SELECT ? FROM range(?)', [text, count])
    rows = sum(counts.values())
    fields = (Field("basis", "string"),)
    table = ReleasedTable("s", "stops", "", "", "stop", '"s"."stops"', fields, rows, threshold, ())
    published = PublishedTable(table, "datasets/s/downloads/stops.parquet", "0" * 64)
    measured = measure_bases(connection, published, "basis", of)
    assert measured is not None
    assert measure_bases(connection, published, "gone", of) is None
    return measured


def test_each_basis_is_counted_and_judged() -> None:
    table = measure(
        {
            "8 U.S.C. § 1357(a)(2)": 5,
            "8 USC 1324": 3,
            "8 U.S.C. 9999": 2,
            "8 U.S.C. 1365": 2,
            "reasonable suspicion": 1,
            "8 USC 1324; 8 USC 1357": 1,
            None: 4,
        }
    )
    assert (table.rows, table.absent, table.more) == (18, 4, 0)
    assert [basis.count for basis in table.bases] == [5, 3, 2, 2, 1, 1]
    found = {f.rule: f for f in judge_bases(table, "data/s/datapackage.yaml", "s")}
    assert set(found) == {
        "statute-unfit",
        "statute-impossible",
        "statute-unlisted",
        "statute-unread",
    }
    assert set(found) <= set(read_catalogue())
    assert found["statute-unfit"].count == 3
    assert "smuggling" in found["statute-unfit"].found
    assert "a stop" in found["statute-unfit"].expected
    assert found["statute-impossible"].found == "8 U.S.C. § 9999"
    assert "reasonable suspicion" in found["statute-unread"].found
    assert not any(f.blocks for f in found.values())


def test_a_charge_fits_a_removal_and_no_stop() -> None:
    charges: dict[str | None, int] = {"212a7AiI": 4, "237a2B": 2, "241a1B": 1}
    assert not judge_bases(measure(charges, of="removal"), "f", "d")
    (finding,) = judge_bases(measure(charges), "f", "d")
    assert (finding.rule, finding.count) == ("statute-unfit", 6)


def test_a_rare_basis_is_neither_listed_nor_counted() -> None:
    table = measure({"8 USC 1357": 50, "8 USC 1326": 20, "8 USC 9999": 3, None: 30}, threshold=11)
    assert [basis.written for basis in table.bases] == ["8 USC 1357"]
    assert (table.absent, table.more) == (30, 23)
    assert not judge_bases(table, "f", "d")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from([None, *"abcdefg"]), st.integers(1, 40), min_size=1),
    st.integers(0, 15),
)
def test_no_small_count_follows_from_the_others(
    counts: dict[str | None, int], threshold: int
) -> None:
    table = measure(counts, threshold=threshold)
    shown = [basis.count or 0 for basis in table.bases]
    assert all(count >= threshold for count in shown)
    known = sum(shown) + (table.absent or 0) + (table.more or 0)
    hidden = table.rows - known
    if table.more is None or table.absent is None:
        everything = not shown and table.absent is None
        assert hidden >= threshold or everything or not shown
    else:
        assert hidden == 0
        assert not 0 < table.absent < threshold
        assert not 0 < table.more < threshold
