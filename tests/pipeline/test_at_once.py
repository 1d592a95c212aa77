"""Datasets worked on at once give what they give one after the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plainrecord.core.errors import UsageError
from plainrecord.pipeline import at_once
from plainrecord.pipeline.at_once import map_datasets
from tests.pipeline.test_init import STOPS, init


def test_results_come_in_the_order_of_the_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert map_datasets(lambda n: n * n, range(50), []) == [n * n for n in range(50)]


def test_the_first_exception_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int) -> int:
        raise UsageError(f"number {number}")

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with pytest.raises(UsageError, match="number 0"):
        map_datasets(refuse, range(9), [])


@pytest.mark.slow
def test_a_portal_of_several_datasets_is_the_same_with_and_without_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that need another type than the first, findings and left-out files among them."""
    sites = []
    for cores in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        folder = tmp_path / f"cores-{cores}" / "portal"
        folder.mkdir(parents=True)
        for number in range(at_once.FEWEST + 2):
            lines = STOPS.splitlines()
            rows = [f"{line},{n * number}.{n}" for n, line in enumerate(lines[1:])]
            text = "\n".join([f"{lines[0]},fee", *rows, ""])
            (folder / f"stops-{number}.csv").write_text(text)
            (folder / f"nothing-{number}.csv").write_text("")
        done = init(folder, "--open", "The records are about places.")
        assert done.exit_code == 0, done.output
        files = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        sites.append((done.output.replace(f"cores-{cores}", ""), files))
    assert sites[0] == sites[1]
    assert any(path.match("_site/datasets/stops-5/index.html") for path in sites[0][1])
