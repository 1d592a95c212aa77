"""Random protected datasets, to which check, build, release, verify and audit must say the same.

`PLAINRECORD_EXAMPLES=100 pytest tests/pipeline/test_agreement_of_protected.py` tries more of them.
"""

from __future__ import annotations

import random
import tempfile
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.declarations import table_name
from tests.pipeline.test_agreement import run
from tests.pipeline.test_agreement_of_portals import (
    LONG,
    TOPIC,
    agree,
    joined,
    mostly,
    some,
    write_described,
)
from tests.portals import SETTINGS

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

FIELDS = {"day": "date", "state": "string", "race": "string", "age": "integer", "outcome": "string"}
COARSE: dict[str, tuple[dict[str, Any], ...]] = {
    "age": ({"method": "brackets", "edges": [18, 40]}, {"method": "brackets", "edges": [30]}),
    "day": ({"method": "quarter"}, {"method": "year"}, {"method": "month"}),
    "state": ({"method": "group", "groups": {"TX": "South", "CA": "West"}, "other": "Others"},),
}
NEEDED = ("age", "day")
"""Fields that are personal data unless they are made less precise."""


def write_rows(seed: int, count: int) -> str:
    """Records of `count` people; some groups are small, and men never have the outcome `birth`."""
    chance = random.Random(seed)  # noqa: S311 - the same rows in each run
    lines = ["person,day,state,race,age,outcome"]
    for number in range(count):
        race = chance.choices(["b", "w", "a", "", "(b)(6)"], [40, 40, 12, 4, 4])[0]
        state = chance.choices(["TX", "CA", "NY"], [60, 30, 8])[0]
        day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
        outcome = chance.choice(["held", "let go"] if race != "a" else ["held"])
        lines.append(f"Person {number},{day},{state},{race},{chance.randint(15, 60)},{outcome}")
    return "\n".join(lines) + "\n"


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """What a policy says: of tables, of records, or of both."""
    coarsen = [{"field": name, **draw(some(*COARSE[name]))} for name in NEEDED]
    if draw(some(False, False, True)):
        coarsen.append({"field": "state", **COARSE["state"][0]})
    groups = st.lists(some(*FIELDS), min_size=1, max_size=3, unique=True)
    tables = [{"dimensions": names} for names in draw(st.lists(groups, min_size=1, max_size=3))]
    if draw(some(False, False, False, True)):
        tables[0]["shown"] = True  # type: ignore[assignment]
    policy: dict[str, Any] = {"identifiers": ["person"], "coarsen": coarsen, "tables": tables}
    policy |= draw(
        some({"threshold": 3}, {"threshold": 5}, {"preset": "cms-11"}, {"rounding": 5}, {})
    )
    if "rounding" not in policy and draw(some(False, True)):
        policy["level"] = 1
    if draw(some(False, True)):
        zeros = [{"race": "a", "outcome": "let go"}, {"state": "TX", "outcome": "held"}]
        policy["structural_zeros"] = [draw(some(zeros[0], zeros[0], zeros[1]))]
    if draw(some(False, False, True)):
        keys = draw(st.lists(some("state", "race", "age"), min_size=1, max_size=2, unique=True))
        policy |= {"mode": "records", "keys": keys, "harmless": ["outcome"]}
        policy.pop("level", None)
        policy.pop("rounding", None)
        if draw(st.booleans()):
            policy |= {"harmless": [], "sensitive": ["outcome"]}
        if draw(st.booleans()):
            policy.pop("tables")
            policy.pop("structural_zeros", None)
    return policy


@st.composite
def descriptors(draw: st.DrawFn) -> dict[str, Any]:
    """A dataset with a policy, and what is made of its released tables."""
    policy = draw(policies())
    whole = "people"
    listed = [sorted(one["dimensions"], key=[*FIELDS].index) for one in policy.get("tables", ())]
    dimensions = list(
        dict.fromkeys(
            part
            for one in listed
            for size in range(1, len(one) + 1)
            for part in combinations(one, size)
        )
    )
    names = [table_name(part) for part in dimensions] or [whole]
    by = dict(zip(names, dimensions, strict=False))
    table = draw(st.sampled_from([*names * 12, whole, "none"]))
    fields = by.get(table, ("state", "outcome"))
    field = st.sampled_from([*fields * 12, "race", "none"])
    measure = some("value:count", "value:count", "sum:count", "count")
    chart = st.fixed_dictionaries(
        {
            "name": some("c", "total", "privacy"),
            "title": st.just("A chart"),
            "kind": some("bar", "bar", "dot", "heatmap", "tile-map"),
            "resource": st.just(table),
            "x": field,
            "measure": measure,
        },
        optional={
            "where": some("state = 'TX'", "count > 5", "count IS NOT NULL"),
            "limit": some(2),
        },
    ).flatmap(
        lambda made: (
            field.map(lambda y: made | {"y": y}) if made["kind"] == "heatmap" else st.just(made)
        )
    )
    rate = st.fixed_dictionaries(
        {
            "name": st.just("r"),
            "title": st.just("A rate"),
            "resource": st.just(table),
            "by": field,
            "measure": some("sum:count", "sum:count", "count"),
            "numerator": st.fixed_dictionaries(
                {"label": st.just("Held"), "where": some("outcome = 'held'", "race = 'a'")}
            ),
            "denominator": st.just({"label": "All"}),
            "benchmark": st.just("It shows nothing more."),
        },
        optional={"unknowns": some("counted", "left out")},
    )
    query = some(
        'SELECT count FROM "total"',
        f'SELECT sum(count) FROM "{table}"',
        f'SELECT count(*) FROM "{table}"',
        f'SELECT max(count) FROM "{table}"',
        "SELECT count FROM \"by-race\" WHERE race = 'a'",
    )
    figure = st.fixed_dictionaries({"name": some("f", "g"), "title": st.just("F"), "sql": query})
    single = [part[0] for part in dimensions if len(part) == 1] or ["state"]
    extra: dict[str, st.SearchStrategy[Any]] = {
        "figures": st.lists(figure, min_size=1, max_size=2, unique_by=lambda item: item["name"]),
        "charts": st.lists(chart, min_size=1, max_size=2, unique_by=lambda item: item["name"]),
        "rates": st.lists(rate, min_size=1, max_size=1),
        "explore": st.fixed_dictionaries(
            {"fields": st.lists(st.sampled_from([*single * 9, "race"]), min_size=1, max_size=3, unique=True)}
        ),
        "places": st.lists(
            joined(
                st.fixed_dictionaries({"kind": st.just(TOPIC["name"]), "field": st.just("state")}),
                st.fixed_dictionaries({}, optional={"by": st.lists(field, max_size=2, unique=True)}),
            ),
            min_size=1,
            max_size=1,
        ),
        "totals": st.just({"date": "day", "by": ["state"]}),
        "comparison": st.fixed_dictionaries({"resource": mostly(table, "none")}),
        "doubts": st.just(
            [{"status": "provisional", "date": "2026-09-01", "reason": "More come.", "resource": table}]
        ),
        "search": st.lists(field, min_size=1, max_size=1),
        "documents": st.just(
            [{"file": "raw/people.csv", "title": "D", "source": "A request", "date": "2026"}]
        ),
    }  # fmt: skip
    usual = [name for name in extra if name != "documents"]
    chosen = draw(st.lists(st.sampled_from([*usual * 9, "documents"]), max_size=3, unique=True))
    return {
        "name": "people",
        "title": "People",
        "description": "People.",
        "licenses": [{"name": "CC0-1.0"}],
        "sources": [{"title": "The office", "path": "https://o.example/"}],
        "resources": [
            {
                "name": whole,
                "path": "raw/people.csv",
                "schema": {
                    "fields": [
                        {"name": name, "type": kind, "title": name.title()}
                        for name, kind in {"person": "string", **FIELDS}.items()
                    ],
                    "missingValues": ["", {"value": "(b)(6)", "label": "W", "kind": "withheld"}],
                },
            }
        ],
        "plainrecord": {
            "summary": "People.",
            "unit": "person",
            "updated": "2026-10-01",
            "privacy": policy,
            **{name: draw(extra[name]) for name in chosen},
        },
    }


@LONG
@given(descriptors(), st.integers(0, 99), some(30, 90, 200))
def test_five_commands_say_the_same_of_people(
    descriptor: dict[str, Any], seed: int, count: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        data = "data/visits"
        root = write_described(
            place / "portal",
            descriptor,
            **{
                f"{data}/raw/people.csv": write_rows(seed, count),
                "site/portal.yaml": f"{SETTINGS}{yaml.safe_dump({'places': [TOPIC]})}"
                if "places" in descriptor["plainrecord"]
                else SETTINGS,
            },
        )
        site = place / "site"
        for day, more in (("2026-10-01", 0), ("2026-11-01", 25)):
            (root / data / "raw/people.csv").write_text(write_rows(seed, count + more))
            status, said = run("protect", "people", "--portal", root)
            if status:
                assert status == 1, said
                return
            built = bool(more) or agree(root, site)  # a change needs its release
            status, said = run("release", "people", "--date", day, "--portal", root)
            if status:
                assert more or not built, f"built, and not kept: {said}"
                return
            assert agree(root, site), f"kept on {day}, and not built: {said}"
