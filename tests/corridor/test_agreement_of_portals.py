"""Small random portals, to which check, build, release and verify must say the same.

`PLAINRECORD_EXAMPLES=500 pytest tests/corridor/test_agreement_of_portals.py` tries more of them.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corridor.test_agreement import run
from tests.portals import write_portal

EXAMPLES = int(os.environ.get("PLAINRECORD_EXAMPLES", "5"))
TYPES = ("string", "date", "integer", "number", "boolean", "year")
FIELDS = (
    "id",
    "day",
    "state",
    "count",
    "Count",
    "rows behind",
    "a-b",
    "a.b",
    "x",
    "value",
    "status",
)
NAMES = ("total", "total", "by-day", "tables.rows", "codebook.t", "withheld", "a.b", "a-b", "Total")
CELLS = {
    "string": ("CA", "NY", "Other", "", "(b)(6)", 'a "b", c', "Ä"),
    "date": ("2026-01-31", "2026-02-01", "2025-12-01", ""),
    "integer": ("1", "2", "40", "-3", ""),
    "number": ("1.5", "0.1", "2", ""),
    "boolean": ("true", "false", ""),
    "year": ("2024", "2025", ""),
}
PERIODS = ("", "", "day", "month", "quarter", "year", "weekday", "hour")


def some(*items: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(items)


@st.composite
def portals(draw: st.DrawFn) -> tuple[dict[str, Any], str, str]:
    """A descriptor of a table `t`, its rows, those of a next release."""
    names = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True))
    types = {name: draw(st.sampled_from(TYPES)) for name in names}
    fields = [{"name": name, "type": kind, "title": name} for name, kind in types.items()]
    usual = st.sampled_from(names)
    field = st.sampled_from([*names, *names, *names, "nothing"])

    def rows(most: int) -> str:
        lines = draw(
            st.lists(
                st.tuples(*(st.sampled_from(CELLS[types[name]]) for name in names)),
                min_size=1,
                max_size=most,
            )
        )
        cells = [
            ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) for line in lines
        ]
        return "\n".join([",".join(f'"{name}"' for name in names), *cells]) + "\n"

    privacy: Any = {"open": "No people."}
    if draw(st.booleans()):
        dates = [name for name in names if types[name] == "date"]
        cut = [{"field": name, "method": draw(some("month", "quarter", "year"))} for name in dates]
        dropped = draw(st.lists(usual, max_size=1))
        privacy = {"identifiers": dropped, "coarsen": cut, "threshold": draw(some(0, 2, 5))}
    quoted = st.builds(lambda name: '"' + name + '"', field)
    query = st.one_of(
        st.just("SELECT count(*) FROM t"),
        st.just("SELECT count(*) + 20 FROM t"),
        some("SELECT count(*) FROM t", "SELECT 1", "SELECT count(*) FROM other", "SELECT now()"),
        st.builds(lambda f: f"SELECT count({f}) FROM t", quoted),
        st.builds(lambda f: f"SELECT max({f}) FROM t", quoted),
    )
    figure = st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES), "title": some("A figure", "<b> & x"), "sql": query},
        optional={"format": some("integer", "decimal", "text", "percent", "date")},
    )
    chart = st.fixed_dictionaries(
        {
            "name": st.sampled_from(NAMES),
            "title": some("A chart", "A chart of 2024"),
            "kind": some("bar", "bar", "line", "tile-map", "heatmap"),
            "x": field,
        },
        optional={
            "period": st.sampled_from(PERIODS),
            "measure": st.builds(lambda kind, f: f"{kind}:{f}", some("sum", "value"), field),
            "color": field,
            "limit": some(1, 3),
        },
    )
    text = draw(
        some("Plain.", "{{ figure('total') }}", '{{ figure("total") }} and 12', "[x](../no/)")
    )
    descriptor: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": draw(some("visits", "claims", "a.b")),
        "title": "Visits",
        "description": text,
        "licenses": [{"name": "CC0-1.0", "title": "Public domain", "path": "https://c.example/"}],
        "sources": [{"title": "The office", "path": "https://o.example/"}],
        "resources": [
            {
                "name": "t",
                "path": "t.csv",
                "schema": {
                    "fields": fields,
                    "missingValues": [
                        "",
                        {"value": "(b)(6)", "label": "Withheld", "kind": "withheld"},
                    ],
                },
            }
        ],
        "plainrecord": {
            "summary": "Visits.",
            "unit": "visit",
            "updated": "2026-10-01",
            "privacy": privacy,
            "figures": draw(st.lists(figure, max_size=2)),
            "charts": draw(st.lists(chart, max_size=2)),
        },
    }
    if draw(st.booleans()):
        descriptor["plainrecord"]["comparison"] = {"resource": "t", "key": [names[0]]}
    return descriptor, rows(12), rows(14)


@settings(
    max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)
@given(portals())
def test_four_commands_say_the_same(drawn: tuple[dict[str, Any], str, str]) -> None:
    descriptor, first, second = drawn
    name = descriptor["name"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        data = "data/visits"
        root = write_portal(
            place / "portal",
            **{
                f"{data}/datapackage.yaml": json.dumps(descriptor),
                f"{data}/visits.csv": None,
                f"{data}/methodology.md": "By hand.\n",
                f"{data}/t.csv": first,
            },
        )
        agree(root, place / "site")
        for day, rows in (("2026-10-01", first), ("2026-11-01", second)):
            (root / data / "t.csv").write_text(rows)
            status, said = run("release", name, "--date", day, "--portal", root)
            if status == 0:
                assert agree(root, place / "site"), f"kept on {day}, and not built: {said}"
            elif day == "2026-10-01":
                assert not agree(root, place / "site"), f"built, and not kept: {said}"
                return


def agree(root: Path, site: Path) -> bool:
    """Whether the portal builds; check says the same, and verify holds what build made."""
    checked, said = run("check", root)
    built, told = run("build", "--portal", root, "--out", site)
    assert checked == built, f"check: {said}\nbuild: {told}"
    if built == 0:
        verified, words = run("verify", site)
        assert verified == 0, words
    return built == 0
