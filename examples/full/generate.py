"""Makes the tables of this example: `python generate.py` writes them into data/.

Everything here is invented. Only `random.Random(seed).random()` is used, whose sequence Python
keeps stable, so the same seed gives the same bytes.
"""

from __future__ import annotations

import csv
import datetime
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
STATES = ("CA", "TX", "FL", "NY", "IL", "OH", "GA", "WA")
KINDS = ("Restaurant", "School", "Hospital")
CORRECTED = {57: "passed", 311: "follow-up"}
"""Outcomes that the second release corrected, by the number of the visit."""

SUBJECTS = ("Noise", "Waiting time", "Hygiene", "Access")


def pick(chance: random.Random, values: Sequence[str]) -> str:
    """One of `values`, the first ones more often."""
    return values[int(chance.random() ** 1.6 * len(values))]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def inspections(days: int) -> Iterable[Sequence[object]]:
    """Two visits a day; every tenth score is withheld, and some were never taken."""
    chance = random.Random(20260105)  # noqa: S311 (not for secrets)
    for number in range(2 * days):
        day = datetime.date(2025, 1, 1) + datetime.timedelta(days=number // 2)
        kind = pick(chance, KINDS)
        score = int(40 + 60 * chance.random())
        outcome = "failed" if score < 55 else "follow-up" if score < 65 else "passed"
        outcome = CORRECTED.get(number, outcome)
        shown = "(b)(4)" if number % 10 == 7 else "" if number % 23 == 0 else score
        yield f"V-{number + 1:04}", day, pick(chance, STATES), kind, outcome, shown


def complaints() -> Iterable[Sequence[object]]:
    """Three hundred complaints of people who do not exist."""
    chance = random.Random(20260218)  # noqa: S311 (not for secrets)
    for number in range(300):
        day = datetime.date(2025, 1, 2) + datetime.timedelta(days=int(chance.random() * 360))
        age = 18 + int(chance.random() * 70)
        yield f"C-{number + 1:04}", f"Person {number + 1}", day, age, pick(chance, SUBJECTS)


def fees() -> Iterable[Sequence[object]]:
    for number, kind in enumerate(KINDS):
        for year in (2023, 2024, 2025):
            yield kind, year, 80 + 40 * number + 5 * (year - 2023)


def main() -> None:
    header = ("visit_id", "visited_on", "state", "kind", "outcome", "score")
    write(HERE / "data/inspections/inspections.csv", header, inspections(365))
    header = ("complaint_id", "name", "received_on", "age", "subject")
    write(HERE / "data/complaints/raw/complaints.csv", header, complaints())
    write(HERE / "data/fees/fees.csv", ("kind", "year", "fee"), fees())


if __name__ == "__main__":
    main()
