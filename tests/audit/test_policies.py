"""Random records about people under random policies: no attack on what is protected succeeds."""

from __future__ import annotations

import csv
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.audit.site import audit_site
from plainrecord.core.errors import Blocked
from plainrecord.pipeline.protect import protect_dataset
from tests.portals import SETTINGS, write_portal

DESCRIPTOR = """name: stops
title: Stops
description: Stops of people.
licenses: [{{name: CC0-1.0}}]
resources:
  - name: stops
    title: Stops
    path: raw/stops.csv
    plainrecord:
      derive:
        - sql: "CASE WHEN city < 'C' THEN 'north' ELSE 'south' END"
          field: {{name: region, type: string}}
        - sql: "CASE WHEN age < 20 THEN 'no' ELSE 'yes' END"
          field: {{name: grown, type: string}}
    schema:
      fields:
        - {{name: person, type: string}}
        - {{name: city, type: string}}
        - {{name: race, type: string}}
        - {{name: age, type: integer}}
plainrecord:
  unit: stop
  updated: 2026-10-01
  privacy:
    mode: {mode}
    threshold: {threshold}
    level: {level}
    identifiers: [person]
    coarsen: [{{field: age, method: brackets, edges: {edges}}}]
    tables: [{tables}]
{keys}"""
TABLES = (
    "[city]",
    "[city, race]",
    "[race, age]",
    "[city, age]",
    "[city, race, age]",
    "[region, race]",
    "[region, age]",
    "[grown, race]",
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_attack_on_protected_records_succeeds(data: st.DataObject) -> None:
    draw = data.draw
    tables = draw(st.lists(st.sampled_from(TABLES), min_size=1, max_size=4, unique=True))
    records: bool = draw(st.booleans())
    threshold = draw(st.integers(3, 12))
    text = DESCRIPTOR.format(
        mode="records" if records else "tables",
        threshold=threshold,
        level=draw(st.sampled_from((1, 2))),
        edges=draw(st.sampled_from(("[30]", "[18, 40]"))),
        tables=", ".join(f"{{dimensions: {names}}}" for names in tables),
        keys="    keys: [race, age]\n    sensitive: [city]\n" if records else "",
    )
    row = st.tuples(st.sampled_from("ABCD"), st.sampled_from("xyz"), st.sampled_from((15, 25, 50)))
    groups = draw(st.lists(st.tuples(row, st.integers(1, 15)), min_size=8, max_size=20))
    rows = [values for values, count in groups for _ in range(count)]
    lines = [f"Person {at},{city},{race},{age}" for at, (city, race, age) in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        root = write_portal(
            Path(folder) / "portal",
            **{
                "site/portal.yaml": SETTINGS,
                "data/stops/datapackage.yaml": text,
                "data/stops/raw/stops.csv": "\n".join(["person,city,race,age", *lines, ""]),
            },
        )
        refused: set[str] = set()
        try:
            protect_dataset(root, "stops", lambda _: None)
        except Blocked as blocked:
            refused = {finding.rule for finding in blocked.findings if finding.blocks}
        if refused:
            assert refused == {"protection-impossible"}
            return
        published = Path(folder) / "site/datasets/stops"
        shutil.copytree(root / "data/stops/protected", published / "downloads")
        (published / "downloads/protection.json").rename(published / "protection.json")
        assert audit_site(Path(folder) / "site").findings == ()
        if records:
            cities: dict[tuple[str, str], list[str]] = {}
            for line in csv.DictReader((published / "downloads/stops.csv").open()):
                cities.setdefault((line["race"], line["age"]), []).append(line["city"])
            assert all(len(held) >= threshold and len(set(held)) > 1 for held in cities.values())
