"""Check, build, release and verify agree: what one refuses for its form, the others refuse."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.core.errors import Blocked, UsageError
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors import ledger
from plainrecord.io import load
from plainrecord.model.chain import entry_hash
from plainrecord.model.products import Output
from plainrecord.pipeline import site_checks
from tests.portals import DESCRIPTOR, LATER_ROWS, write_portal, write_releases

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

CHART = "- {name: by-outcome, title: Visits by outcome, kind: bar, x: outcome}"
COARSE = "privacy: {coarsen: [{field: visited_on, method: month}], threshold: 3}"
OPEN = "privacy: {open: Sites are not people.}"

Portal = dict[str, str | bytes | None]


def changed(*pairs: tuple[str, str], **more: str) -> Portal:
    """The portal of `write_portal` with texts of its descriptor replaced."""
    text = DESCRIPTOR
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return {"data/visits/datapackage.yaml": text, **more}


REFUSED: dict[str, tuple[Portal, str]] = {
    "a figure and a chart of one name": (
        changed(("name: by-outcome", "name: total")),
        "value-invalid",
    ),
    "a figure with the id of a table of counts": (
        changed(("name: total", "name: tables.rows")),
        "form-refused",
    ),
    "a chart with the id of a codebook": (
        changed(("name: by-outcome", "name: codebook.visits")),
        "form-refused",
    ),
    "a period of a field that protection made a month": (
        changed((OPEN, COARSE)),
        "chart-invalid",
    ),
    "a figure that fails on released data": (
        changed((OPEN, "privacy: {identifiers: [score], threshold: 3}")),
        "figure-failed",
    ),
    "a chart of a field that nobody releases": (
        changed((CHART, "- {name: by-colour, title: x, kind: bar, x: colour}")),
        "chart-field-unknown",
    ),
    "a text that names a figure that is not there": (
        {
            "site/pages/about.md": '---\ntitle: A\ndescription: B\n---\n{{ figure("visits.none") }}\n'
        },
        "figure-unknown",
    ),
    "a link that leads nowhere": (
        {"data/visits/methodology.md": "[There](../nowhere/)\n"},
        "link-broken",
    ),
    "a page at the address of the datasets": (
        {"site/pages/datasets.md": "---\ntitle: A\ndescription: B\n---\nText.\n"},
        "page-duplicate",
    ),
}


def run(*arguments: object) -> tuple[int, str]:
    """The exit status of a command and all that it printed."""
    made = CliRunner().invoke(main.cli, [*map(str, arguments)], env={"COLUMNS": "400"})
    if isinstance(made.exception, UsageError):
        return 2, str(made.exception)
    if isinstance(made.exception, Blocked):
        return 1, "\n".join(
            f"error [{f.rule}] {f.remedy}" for f in made.exception.findings if f.blocks
        )
    return made.exit_code, made.output


def statuses(root: Path) -> dict[str, tuple[int, str]]:
    """What check, build and release say of the portal at `root`."""
    return {
        "check": run("check", root),
        "build": run("build", "--portal", root, "--out", root.parent / "site"),
        "release": run("release", "visits", "--portal", root),
    }


@pytest.mark.parametrize("case", REFUSED)
def test_what_build_refuses_check_and_release_refuse(tmp_path: Path, case: str) -> None:
    files, rule = REFUSED[case]
    root = write_portal(tmp_path / "portal", **files)
    for command, (status, said) in statuses(root).items():
        assert status == 1, f"{command}: {said}"
        assert f"[{rule}]" in said if rule else "error" in said, f"{command}: {said}"
    assert not (root / "data/visits/releases").exists()


def test_what_build_accepts_check_and_release_accept(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "portal")
    assert [status for status, _ in statuses(root).values()] == [0, 0, 0]
    assert run("build", "--portal", root, "--out", tmp_path / "site")[0] == 0
    assert run("verify", tmp_path / "site")[0] == 0


# A release that an earlier version kept


def keep_unbuildable(root: Path) -> Path:
    """Two releases, the first with a chart that cannot be drawn, chained as a release is."""
    write_releases(root)
    place = root / "data/visits/releases/2026-10-01/datapackage.yaml"
    place.write_text(place.read_text().replace("name: by-outcome", "name: total"))
    for date in ("2026-11-01", "2026-10-01"):
        (root / f"data/visits/releases/{date}/visits.csv").touch()
    book = root / "data/visits/releases.yaml"
    read, _ = ledger.parse_ledger(parse_document(book.read_text()), "x")
    assert read is not None
    previous, entries = "", []
    for item in read.releases:
        frozen = root / f"data/visits/releases/{item.date}/datapackage.yaml"
        digest = hashlib.sha256(frozen.read_bytes()).hexdigest()
        entry = {**item.entry, "descriptor_sha256": digest, "previous": previous}
        previous = entry_hash(entry)
        entries.append(ledger.write_entry(entry))
    book.write_text("releases:\n" + "\n".join(entries) + "\n")
    return root


def test_a_release_that_cannot_be_built_has_a_way_out(tmp_path: Path) -> None:
    root, site = keep_unbuildable(tmp_path / "portal"), tmp_path / "site"
    release = root / "data/visits/releases/2026-10-01"
    status, said = run("build", "--portal", root, "--out", site)
    assert status == 1
    told = (
        "Copy data/visits/releases/2026-10-01/datapackage.yaml to data/visits/releases/2026-10-01/"
        "repair.yaml, correct the copy, and run `plainrecord release visits --repair 2026-10-01 "
        "--note REASON`"
    )
    assert told in said
    assert told in run("check", root)[1]
    order = ("release", "visits", "--repair", "2026-10-01", "--portal", root)
    assert run(*order, "--note", "x")[0] == 2  # there is no repair.yaml
    frozen = (release / "datapackage.yaml").read_text()
    (release / "repair.yaml").write_text(frozen)
    assert run("check", root)[0] == 1  # a repair without its entry
    assert run(*order)[0] == 2  # without a reason
    assert run(*order, "--note", "x")[0] == 1  # as it was
    (release / "repair.yaml").write_text(frozen.replace(OPEN, COARSE))
    assert run(*order, "--note", "x")[0] == 1  # protected otherwise
    (release / "repair.yaml").write_text(
        frozen.replace("name: total, title: Visits by", "name: by-outcome, title: Visits by")
    )
    before = (root / "data/visits/releases.yaml").read_text()
    status, said = run(*order, "--note", "Two things had the name total.")
    assert status == 0, said
    assert (root / "data/visits/releases.yaml").read_text().startswith(before)
    assert (release / "datapackage.yaml").read_text() == frozen
    assert run("check", root)[0] == 0
    assert run("build", "--portal", root, "--out", site)[0] == 0
    assert run("verify", site)[0] == 0
    for page in ("releases/index.html", "releases/2026-10-01/index.html"):
        assert "Two things had the name total." in (site / "datasets/visits" / page).read_text()
    chain = json.loads((site / "datasets/visits/releases.json").read_text())
    assert [item["release"] for item in chain["repairs"]] == ["2026-10-01"]
    kept = tmp_path / "releases.json"
    kept.write_text(json.dumps({k: v for k, v in chain.items() if k != "repairs"}))
    assert run("verify", site, "--since", kept)[0] == 3  # other datasets
    # The next release chains on, and a repair that is edited afterwards is found.
    descriptor = root / "data/visits/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("2026-11-01", "2026-12-01"))
    (root / "data/visits/visits.csv").write_text(LATER_ROWS + "v901,2026-03-29,CA,pass,7\n")
    assert run("release", "visits", "--portal", root)[0] == 0
    assert run("build", "--portal", root, "--out", site)[0] == 0
    assert run("verify", site, "--since", kept)[0] == 3
    (release / load.REPAIR).write_text(frozen)
    assert "[release-changed]" in run("check", root)[1]


def test_paths_that_differ_in_the_case_of_letters_are_refused() -> None:
    """Many disks keep one of the two; names of assets differ by their hash already."""
    outputs = [Output("a/Index.html", b""), Output("a/index.html", b""), Output("b/x.html", b"")]
    findings = list(site_checks._check_letters(outputs))
    assert [(f.rule, f.file) for f in findings] == [("form-refused", "a/index.html")]
