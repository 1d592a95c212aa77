"""Makes the synthetic stops: `python data/stops/generate.py` writes raw/stops.csv beside this file.

Every stop here is invented. The same seed gives the same bytes on every machine: only
`random.Random(seed).random()` is used, whose sequence Python keeps stable.
"""

from __future__ import annotations

import csv
import datetime
import io
import random
from collections.abc import Sequence
from pathlib import Path

SEED = 20261001
STOPS = 20_000
START = datetime.date(2024, 10, 1)
DAYS = 730

PLACES: Sequence[tuple[str, str, str, float]] = (
    ("CA", "06037", "Los Angeles County", 9), ("CA", "06073", "San Diego County", 7),
    ("CA", "06001", "Alameda County", 3), ("TX", "48201", "Harris County", 10),
    ("TX", "48141", "El Paso County", 8), ("TX", "48215", "Hidalgo County", 7),
    ("TX", "48113", "Dallas County", 6), ("AZ", "04013", "Maricopa County", 7),
    ("AZ", "04023", "Santa Cruz County", 3), ("NM", "35013", "Dona Ana County", 3),
    ("FL", "12086", "Miami-Dade County", 8), ("FL", "12011", "Broward County", 4),
    ("GA", "13121", "Fulton County", 4), ("NC", "37119", "Mecklenburg County", 3),
    ("NY", "36061", "New York County", 4), ("NY", "36081", "Queens County", 4),
    ("NJ", "34013", "Essex County", 3), ("IL", "17031", "Cook County", 5),
    ("CO", "08031", "Denver County", 3), ("WA", "53033", "King County", 3),
    ("WA", "53077", "Yakima County", 1.5), ("OR", "41051", "Multnomah County", 1.2),
    ("MN", "27053", "Hennepin County", 1.5), ("LA", "22071", "Orleans Parish", 2),
    ("TN", "47037", "Davidson County", 1.5), ("MI", "26163", "Wayne County", 1.8),
    ("MA", "25025", "Suffolk County", 1.6), ("VA", "51059", "Fairfax County", 2),
    ("OH", "39049", "Franklin County", 1.1), ("NE", "31055", "Douglas County", 0.7),
    ("UT", "49035", "Salt Lake County", 0.9), ("NV", "32003", "Clark County", 2.2),
    ("ME", "23005", "Cumberland County", 0.05), ("WY", "56021", "Laramie County", 0.03),
    ("VT", "50007", "Chittenden County", 0.03),
)  # fmt: skip
REASONS = (("immigration-violation", 46), ("criminal-activity", 24), ("tip", 12),
           ("traffic-violation", 11), ("other-agency-request", 7))  # fmt: skip
BASES = {
    "immigration-violation": (("8 U.S.C. § 1357(a)(1)", 5), ("8 U.S.C. § 1357(a)(2)", 4), ("8 U.S.C. § 1226(a)", 2)),
    "criminal-activity": (("8 U.S.C. § 1357(a)(5)", 4), ("8 U.S.C. § 1326", 1)),
    "tip": (("8 U.S.C. § 1357(a)(1)", 3), ("", 1)),
    "traffic-violation": (("", 3), ("8 U.S.C. § 1357(g)", 2)),
    "other-agency-request": (("8 CFR 287.7", 3), ("8 U.S.C. § 1357(d)", 1)),
}  # fmt: skip
OUTCOMES = (("release", 52), ("detention", 33), ("referral", 15))
FOLLOW = {
    "release": (("none", 80), ("court-filing", 8), ("NC", 12)),
    "detention": (("removal-proceedings", 58), ("court-filing", 22), ("none", 6), ("", 14)),
    "referral": (("court-filing", 35), ("none", 30), ("NC", 35)),
}
OPERATIONS = (
    ("", 70),
    ("(b)(7)(E)", 18),
    ("Operation Example Lantern", 7),
    ("Operation Example Harbor", 5),
)
AGES = (
    ("under-18", 4),
    ("18-24", 22),
    ("25-34", 33),
    ("35-44", 22),
    ("45-54", 11),
    ("55-64", 5),
    ("65-over", 1.4),
    ("", 1.6),
)
GENDERS = (("male", 79), ("female", 19), ("another", 0.4), ("NC", 1.6))
RACES = (
    ("hispanic", 58),
    ("black", 13),
    ("white", 10),
    ("asian", 8),
    ("native", 1),
    ("other", 4),
    ("NC", 6),
)
HOURS = (2, 1, 1, 1, 2, 6, 9, 10, 8, 7, 6, 5, 5, 5, 6, 7, 8, 8, 7, 5, 4, 4, 3, 3)
AGENCIES = {
    "West": "Example Enforcement Agency, Western Region",
    "South": "Example Enforcement Agency, Southern Region",
    "North": "Example Enforcement Agency, Northern Region",
}
WEST = {"CA", "AZ", "NM", "CO", "WA", "OR", "NV", "UT", "WY"}
SOUTH = {"TX", "FL", "GA", "NC", "LA", "TN", "VA"}
FIELDS = ("stop_id", "stopped_at", "state", "county_fips", "place", "reason", "legal_basis", "agency",
          "operation", "outcome", "follow_up", "age_bracket", "gender", "race_ethnicity")  # fmt: skip


def choose(rng: random.Random, options: Sequence[tuple[str, float]]) -> str:
    """One of the weighted options."""
    place = rng.random() * sum(weight for _, weight in options)
    for value, weight in options:
        place -= weight
        if place < 0:
            return value
    return options[-1][0]


def choose_day(rng: random.Random) -> datetime.date:
    """A day: fewer at weekends, more in spring and in the later quarters."""
    while True:
        day = START + datetime.timedelta(days=int(rng.random() * DAYS))
        weight = 0.55 if day.weekday() >= 5 else 1.0
        weight *= {3: 1.15, 4: 1.2, 5: 1.1, 12: 0.75}.get(day.month, 1.0)
        weight *= 0.7 + 0.45 * (day - START).days / DAYS
        if rng.random() * 1.4 < weight:
            return day


def make_stop(rng: random.Random) -> list[str]:
    """One invented stop, without its number."""
    day = choose_day(rng)
    hour = int(choose(rng, [(str(n), weight) for n, weight in enumerate(HOURS)]))
    index = choose(rng, [(str(n), place[3]) for n, place in enumerate(PLACES)])
    state, fips, place, _ = PLACES[int(index)]
    region = "West" if state in WEST else "South" if state in SOUTH else "North"
    reason = choose(rng, REASONS)
    outcome = choose(rng, OUTCOMES)
    return [
        f"{day.isoformat()}T{hour:02}:00:00", state, fips, place, reason, choose(rng, BASES[reason]),
        AGENCIES[region], choose(rng, OPERATIONS), outcome, choose(rng, FOLLOW[outcome]),
        choose(rng, AGES), choose(rng, GENDERS), choose(rng, RACES),
    ]  # fmt: skip


def write_stops() -> bytes:
    """The whole table as CSV, ordered by time."""
    rng = random.Random(SEED)  # noqa: S311 - invented data, nothing secret
    rows = sorted(make_stop(rng) for _ in range(STOPS))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for number, row in enumerate(rows, start=1):
        writer.writerow([f"SYN-{number:05}", *row])
    return text.getvalue().encode()


if __name__ == "__main__":
    raw = Path(__file__).with_name("raw")
    raw.mkdir(exist_ok=True)
    (raw / "stops.csv").write_bytes(write_stops())
