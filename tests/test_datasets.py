"""The datasets of this repository: the synthetic one is what its program makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from plainrecord.plan import plan_portal

ROOT = Path(__file__).parents[1]


def test_the_synthetic_stops_are_what_the_program_makes() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "data/stops/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.write_stops() == (ROOT / "data/stops/stops.csv").read_bytes()


def test_every_descriptor_is_trusted_and_every_remote_file_pinned() -> None:
    plan, findings = plan_portal(ROOT)
    assert [f for f in findings if f.blocks] == []
    assert {p.name for p in plan.packages} == {
        "stops",
        "published-figures",
        "ice-arrests",
        "ice-287g",
        "nypd-stops",
    }
    for package in plan.packages:
        assert package.summary
        assert package.licenses
        assert package.known_issues
        assert package.methodology
        assert package.figures
        for resource in package.resources:
            for source in resource.files:
                assert not source.remote or (len(source.sha256) == 64 and source.bytes)


def test_only_the_invented_dataset_says_that_it_is() -> None:
    plan, _ = plan_portal(ROOT)
    assert {p.name for p in plan.packages if p.synthetic} == {"stops"}
