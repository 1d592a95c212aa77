"""Hand-made portals with protected tables, as a build publishes them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Cell = tuple[str, ...]

COUNTS: dict[Cell, int] = {
    ("ASIAN", "BRONX"): 7, ("ASIAN", "QUEENS"): 30, ("ASIAN", "KINGS"): 40,
    ("BLACK", "BRONX"): 25, ("BLACK", "QUEENS"): 50, ("BLACK", "KINGS"): 60,
    ("WHITE", "BRONX"): 45, ("WHITE", "QUEENS"): 70, ("WHITE", "KINGS"): 80,
}  # fmt: skip
DIMENSIONS = ("race", "city")
HIDDEN: frozenset[Cell] = frozenset(
    {("ASIAN", "BRONX"), ("ASIAN", "QUEENS"), ("BLACK", "BRONX"), ("BLACK", "QUEENS")}
)
"""Four cells of which each can be 11 or more."""

ALTERNATIVES = [[15, 22, 17, 58], [20, 17, 12, 63]]
"""For the cells in the order of the file: ASIAN BRONX, ASIAN QUEENS, BLACK BRONX, BLACK QUEENS."""


def publish(
    root: Path,
    counts: Mapping[Cell, int] | None = None,
    *,
    hidden: Iterable[Cell] = HIDDEN,
    dimensions: tuple[str, ...] = DIMENSIONS,
    name: str = "stops",
    date: str = "",
    threshold: int = 11,
    level: int = 2,
    alternatives: list[list[int]] | None = None,
    parquet: bool = True,
    marks: Mapping[Cell, str] | None = None,
    **more: object,
) -> Path:
    """The folder of the dataset below `root`: the tables with all their margins, protection.json.

    Only cells with all dimensions are hidden.
    """
    counts = COUNTS if counts is None else counts
    hidden = set(hidden)
    folder = root / "datasets" / name / (f"releases/{date}" if date else ".")
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    tables = []
    for size in range(len(dimensions) + 1):
        for chosen in combinations(range(len(dimensions)), size):
            names = [dimensions[at] for at in chosen]
            sums: dict[Cell, int] = {}
            for key, count in counts.items():
                part = tuple(key[at] for at in chosen)
                sums[part] = sums.get(part, 0) + count
            full = size == len(dimensions)
            rows: list[tuple[Cell, int | None, str]] = [
                (key, None, (marks or {}).get(key, "suppressed"))
                if full and key in hidden
                else (key, count, "")
                for key, count in sums.items()
                if count
            ]
            resource = "-".join(["by", *names]) if names else "total"
            _write(downloads / resource, names, rows, parquet=parquet)
            cells = {"hidden": sum(count is None for _, count, _ in rows), "cells": len(rows)}
            tables.append({"resource": resource, "dimensions": names, **cells})
    document = {
        "version": 1, "mode": "tables", "threshold": threshold, "level": level,
        "measure": "count", "unit": "stop", "tables": tables,
        "alternatives": alternatives or [], **more,
    }  # fmt: skip
    (folder / "protection.json").write_text(json.dumps(document))
    return folder


def _write(
    path: Path, names: list[str], rows: list[tuple[Cell, int | None, str]], *, parquet: bool
) -> None:
    with path.with_suffix(".csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*names, "count"])
        for key, count, mark in rows:
            writer.writerow([*key, mark if count is None else count])
    if parquet:
        columns: dict[str, pa.Array[Any]] = {
            name: pa.array([row[0][at] for row in rows]) for at, name in enumerate(names)
        }
        columns["count"] = pa.array([row[1] for row in rows], type=pa.int64())
        if any(row[1] is None for row in rows):
            columns["count__missing"] = pa.array([row[2] or None for row in rows])
        pq.write_table(pa.table(columns), path.with_suffix(".parquet"))
