"""Small portals that tests build: a good one, and what to change to break it."""

from __future__ import annotations

from pathlib import Path

from plainrecord.descriptors.package_forms import read_chart
from plainrecord.model.declarations import ChartDefinition
from plainrecord.pipeline.release import freeze_release

SETTINGS = """title: Test portal
tagline: Small records
description: A portal for tests.
publisher: {name: Test desk, url: "https://desk.example/", email: desk@desk.example}
"""

ABOUT = """---
title: About
description: What this is
order: 1
---
Some **words**.
"""

DESCRIPTOR = """$schema: https://datapackage.org/profiles/2.0/datapackage.json
name: visits
title: Inspection visits
description: Visits to sites.
licenses: [{name: CC0-1.0, title: Public domain, path: "https://creativecommons.org/publicdomain/zero/1.0/"}]
sources: [{title: The inspectorate, path: "https://inspect.example/"}]
resources:
  - name: visits
    title: Visits
    path: visits.csv
    schema:
      fields:
        - {name: visit_id, type: string, title: Visit, constraints: {required: true, unique: true}}
        - {name: visited_on, type: date, title: Day of visit}
        - {name: state, type: string, title: State}
        - name: outcome
          type: string
          title: Outcome
          categories: [{value: pass, label: Passed}, {value: fail, label: Failed}]
        - {name: score, type: integer, title: Score, constraints: {minimum: 0, maximum: 100}}
      missingValues: ["", {value: "(b)(4) ", label: "Withheld: trade secrets", kind: withheld}]
plainrecord:
  summary: Visits to sites by inspectors. Each row is one visit.
  unit: visit
  updated: 2026-10-01
  known_issues: [{title: Small, text: "Only *some* visits."}]
  privacy: {open: Sites are not people.}
  figures:
    - {name: total, title: Visits, sql: SELECT count(*) FROM visits}
    - {name: withheld, title: Scores withheld, format: percent, sql: "SELECT avg(CASE WHEN score__missing = '(b)(4) ' THEN 1.0 ELSE 0 END) FROM visits"}
  charts:
    - {name: by-month, title: Visits by month, kind: line, x: visited_on, period: month}
    - {name: by-state, title: Visits by state, kind: tile-map, x: state}
    - {name: by-outcome, title: Visits by outcome, kind: bar, x: outcome}
"""

ROWS = "visit_id,visited_on,state,outcome,score\n" + "".join(
    f"v{n:03},2026-0{1 + n % 3}-{1 + n % 28:02},{('CA', 'NY', 'TX')[n % 3]},"
    f"{('pass', 'fail')[n % 5 == 0]},{('(b)(4) ' if n % 10 == 0 else n)}\n"
    for n in range(60)
)


def write_portal(root: Path, **changes: str | bytes | None) -> Path:
    """A small portal below `root`; `changes` replaces files by path, None leaves one out."""
    files: dict[str, str | bytes | None] = {
        "site/portal.yaml": SETTINGS,
        "site/pages/about.md": ABOUT,
        "data/visits/datapackage.yaml": DESCRIPTOR,
        "data/visits/methodology.md": "# How\n\nBy hand.\n",
        "data/visits/visits.csv": ROWS,
    }
    files.update(changes)
    for name, content in files.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def declare_chart(**keys: object) -> ChartDefinition:
    """A chart over the field x of the table t, as a descriptor declares it; `keys` say more."""
    return read_chart({"name": "c", "title": "C", "resource": "t", "x": "x", **keys})


LATER_ROWS = ROWS + "v900,2026-03-28,CA,pass,7\n"


def write_releases(root: Path) -> Path:
    """A small portal whose dataset keeps two releases, of 1 October and 1 November 2026."""
    write_portal(root)
    freeze_release(root, "visits", "", "The first.", "", lambda _: None)
    descriptor = root / "data/visits/datapackage.yaml"
    descriptor.write_text(DESCRIPTOR.replace("updated: 2026-10-01", "updated: 2026-11-01"))
    (root / "data/visits/visits.csv").write_text(LATER_ROWS)
    freeze_release(root, "visits", "", "One visit more.", "", lambda _: None)
    return root
