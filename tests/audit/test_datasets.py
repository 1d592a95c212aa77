"""Datasets that count the same people: what one shows and another hides."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plainrecord.audit.site import audit_site
from tests.audit.published import ALTERNATIVES, COUNTS, Cell, publish


def found(root: Path) -> list[tuple[str, str, str]]:
    return [(f.rule, f.dataset, f.found) for f in audit_site(root).findings]


def publish_rows(root: Path, counts: dict[Cell, int], blank: int = 0) -> None:
    """The rows of another dataset; in the first `blank` of ASIAN, BRONX the city is suppressed."""
    rows = [key for key, count in sorted(counts.items()) for _ in range(count)]
    cities = [None if at < blank else city for at, (_, city) in enumerate(rows)]
    marks = ["suppressed" if city is None else None for city in cities]
    path = root / "datasets/others/downloads/others.parquet"
    path.parent.mkdir(parents=True)
    columns = {"race": pa.array([race for race, _ in rows]), "city": pa.array(cities)}
    columns["city__missing"] = pa.array(marks, type=pa.string())
    pq.write_table(pa.table(columns), path)


def test_tables_of_another_dataset_of_the_same_records(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    publish(tmp_path, name="others", threshold=5, hidden=[])
    ((rule, dataset, text),) = found(tmp_path)
    assert (rule, dataset) == ("audit-datasets-reveal", "stops")
    assert text.startswith("city BRONX, race ASIAN is 7: others shows it")


def test_tables_of_other_records(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    others: dict[Cell, int] = {(race, city): count + 20 for (race, city), count in COUNTS.items()}
    publish(tmp_path, others, name="others", hidden=[])
    assert found(tmp_path) == []


@pytest.mark.parametrize("blank", [0, 4])
def test_rows_of_another_dataset_of_the_same_records(tmp_path: Path, blank: int) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    publish_rows(tmp_path, COUNTS, blank)
    told = found(tmp_path)
    assert {rule for rule, *_ in told} == {"audit-datasets-reveal"}
    assert any("city BRONX, race ASIAN is 7: " in text for *_, text in told)
    differ = [text for *_, text in told if "count 1 to 10 more than the rows show" in text]
    assert len(differ) == (1 if blank else 0)  # by-city shows 77, and the rows 73


def test_rows_of_other_records(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    others = {**COUNTS, ("ASIAN", "KINGS"): 60, ("WHITE", "KINGS"): 60}
    publish_rows(tmp_path, others)
    assert found(tmp_path) == []
