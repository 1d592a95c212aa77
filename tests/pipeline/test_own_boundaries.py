"""A map with boundaries that its maintainer brought is published with them, and drawn again."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.audit.site import audit_site
from plainrecord.pipeline.build import build_portal
from plainrecord.verify import site as verify
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, write_portal
from tests.publishing.test_maps import collect, square
from tests.tampering import replace_text, reseal

MAP = """  charts:
    - name: parts
      title: Visits by part
      kind: map
      x: state
      boundaries: parts.geojson
      join: code
      label: name
      credit: The city, in the public domain.
"""
CHART = "datasets/visits/charts/parts"


def test_outlines_of_a_maintainer_are_published_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = collect(CA=square(10, 50), NY=square(11, 50)[::-1], TX=square(12, 50))
    files: dict[str, str | bytes | None] = {
        "data/visits/datapackage.yaml": DESCRIPTOR.replace("  charts:\n", MAP, 1),
        "data/visits/parts.geojson": content.replace(b'"code"', b'"note": "secret", "code"'),
    }
    write_portal(tmp_path / "portal", **files)
    site = tmp_path / "site"
    build_portal(tmp_path / "portal", site, lambda _: None)
    outlines = site / f"{CHART}.boundaries.json"
    assert b"secret" not in outlines.read_bytes()
    report = verify_site(str(site), None, lambda _: None)
    assert report.findings == ()
    assert [item.what for item in report.skipped if "picture" in item.what] == []
    assert audit_site(site).findings == ()
    monkeypatch.setattr(verify, "MOST_OUTLINES", 0)
    report = verify_site(str(site), None, lambda _: None)
    assert report.findings == ()
    assert [item.what for item in report.skipped if "picture" in item.what] == [
        "the picture of visits.parts"
    ]
    monkeypatch.undo()
    replace_text(outlines, "[12.0,50.0]", "[12.5,50.5]")
    reseal(site)
    findings = verify_site(str(site), None, lambda _: None).findings
    assert f"{CHART}.svg" in {finding.file for finding in findings}
