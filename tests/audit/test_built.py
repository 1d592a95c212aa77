"""The audit of what this program protects and builds: it finds nothing, and what is added to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.audit.attack import attack_cells
from plainrecord.audit.site import audit_site
from plainrecord.audit.system import UNBOUNDED, CellSum
from plainrecord.disclosure.alternatives import find_alternatives
from plainrecord.disclosure.linked_cells import link_cuboids
from plainrecord.disclosure.table_suppression import suppress_cells
from tests.pipeline import test_protect

K = 5


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["tables", "records"])
def test_a_built_portal_gives_nothing_away(tmp_path: Path, mode: str) -> None:
    tables = mode == "tables"
    policy = test_protect.TABLES if tables else test_protect.RECORDS
    total = "count FROM total" if tables else "count(*) FROM stops"
    # Values that are words for what pages say about cells.
    rows = test_protect.raw_rows().replace(",held", ",suppressed").replace(",let go", ",withheld")
    root = test_protect.write(tmp_path / "portal", policy, total, rows)
    test_protect.protect(root)
    test_protect.build(root, tmp_path / "site")
    report = audit_site(tmp_path / "site", raw=root / "data" / "stops" / "raw" / "stops.csv")
    assert report.findings == ()
    (one,) = report.datasets
    assert one.mode == mode
    assert one.safe == one.hidden
    assert bool(one.hidden) is tables
    assert one.rows == (0 if tables else 300)
    page = tmp_path / "site" / "datasets" / "stops" / "index.html"
    if tables:
        hidden = next(
            line.split(",")
            for line in (page.parent / "downloads" / "by-state-race.csv").read_text().splitlines()
            if line.endswith(",suppressed") and not line.startswith(("WY", "NY"))
        )
        page.write_text(
            page.read_text().replace(
                "</main>", f'<img alt="Lowest: {hidden[0]}, {hidden[1]} (3)."></main>'
            )
        )
        (finding,) = audit_site(tmp_path / "site").findings
        assert f"race {hidden[1]}, state {hidden[0]} is 3: " in finding.found
    else:
        raw = (root / "data" / "stops" / "raw" / "stops.csv").read_text().splitlines()[1]
        page.write_text(page.read_text() + raw.split(",")[0])
        report = audit_site(tmp_path / "site", raw=root / "data" / "stops" / "raw" / "stops.csv")
        (finding,) = report.findings
        assert (finding.rule, finding.field) == ("audit-identifier-published", "person")
        assert raw.split(",")[0] not in json.dumps(finding.found)


@st.composite
def cubes(draw: st.DrawFn) -> dict[tuple[str, ...], int]:
    """Counts of up to three dimensions, many of them small."""
    sizes = draw(st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(1, 2)))
    count = st.one_of(st.just(0), st.integers(1, K), st.integers(K, 60))
    return {
        (f"a{i}", f"b{j}", f"c{k}"): draw(count)
        for i in range(sizes[0])
        for j in range(sizes[1])
        for k in range(sizes[2])
    }


@settings(max_examples=40)
@given(cubes())
def test_the_attack_never_succeeds_on_what_the_suppressor_protected(
    counts: dict[tuple[str, ...], int],
) -> None:
    """The suppressor's cells and alternatives; the sums are made here, from the counts alone."""
    cuboids: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for chosen in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)):
        names = tuple("abc"[at] for at in chosen)
        sums: dict[tuple[str, ...], int] = {}
        for key, count in counts.items():
            part = tuple(key[at] for at in chosen)
            sums[part] = sums.get(part, 0) + count
        cuboids[names] = {key: count for key, count in sums.items() if count}
    if not cuboids[()]:
        return
    linked, index = link_cuboids(cuboids)
    suppression = suppress_cells(linked, K)
    if suppression.unprotected:
        return
    published = [
        None if at in suppression.hidden else value for at, value in enumerate(linked.values)
    ]
    found = find_alternatives(published, linked.equations, K)
    order = {cell: place for place, cell in enumerate(found.cells)}
    sums_of_cells = []
    for names, cells in cuboids.items():
        for name in names:
            rest = tuple(one for one in names if one != name)
            for parent in cuboids[rest]:
                terms, total = [], 0
                members = [(names, key, 1) for key in cells if _part(names, key, rest) == parent]
                for table, key, sign in [*members, (rest, parent, -1)]:
                    at = index[table, key]
                    if at in suppression.hidden:
                        terms.append((order[at], sign))
                    else:
                        total -= sign * cuboids[table][key]
                sums_of_cells.append(CellSum(tuple(terms), total, f"{rest} {parent}"))
    bounds = [1] * len(order), [UNBOUNDED] * len(order)
    attack = attack_cells(sums_of_cells, bounds, threshold=K, alternatives=found.tables)
    assert not attack.conflict
    assert not attack.wrong
    assert not attack.narrowed
    alone = attack_cells(sums_of_cells, bounds, threshold=K)
    assert not alone.narrowed
    assert attack.certified == alone.solved == len(order)


def _part(names: tuple[str, ...], key: tuple[str, ...], rest: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for name, value in zip(names, key, strict=True) if name in rest)
