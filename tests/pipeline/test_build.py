"""Whole builds: good, bad, hostile and repeated."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.pipeline.build import build_portal
from plainrecord.receipts import engine
from plainrecord.verify.site import verify_site
from tests.commands import run_command
from tests.portals import ABOUT, DESCRIPTOR, ROWS, SETTINGS, write_portal


def silent(_: str) -> None:
    return None


def build(root: Path, out: Path | None = None) -> Path:
    out = out or root / "_site"
    build_portal(root, out, silent)
    return out


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_a_portal_is_built_whole(tmp_path: Path) -> None:
    out = build(write_portal(tmp_path))
    made = set(tree(out))
    assert {
        "index.html", "404.html", ".nojekyll", "robots.txt", "data.json", "about/index.html",
        "datasets/index.html", "datasets/visits/index.html", "datasets/visits/codebook/index.html",
        "datasets/visits/methodology/index.html", "datasets/visits/downloads/visits.csv",
        "datasets/visits/downloads/visits.parquet", "datasets/visits/downloads/visits.json",
        "datasets/visits/downloads/visits.xlsx", "datasets/visits/downloads/visits.zip",
        "datasets/visits/downloads/datapackage.json", "datasets/visits/charts/by-month.json",
        "api/v1/datasets.json", "api/v1/datasets/visits.json",
    } <= made  # fmt: skip
    assert (out / "datasets/visits/downloads/visits.csv").read_text() == ROWS
    assert not list((tmp_path / ".plainrecord").glob("work-*"))


def test_the_site_has_a_map_when_its_address_is_known(tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    build_portal(root, root / "_site", silent, base_url="https://desk.example/records/")
    text = (root / "_site/sitemap.xml").read_text()
    assert "https://desk.example/records/datasets/visits/" in text


def other(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


BAD: dict[str, tuple[str, dict[str, str | bytes | None]]] = {
    "yaml": ("yaml-invalid", {"data/visits/datapackage.yaml": "name: ["}),
    "profile": ("value-invalid", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "path: visits.csv", "path: 7")}),
    "unknown key": ("key-unknown", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "  unit:", "  untt:")}),
    "path with dots": ("path-unsafe", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "path: visits.csv", "path: ../secret.csv")}),
    "absolute path": ("path-unsafe", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "path: visits.csv", "path: /etc/passwd")}),
    "missing file": ("file-missing", {"data/visits/visits.csv": None}),
    "wrong hash": ("hash-mismatch", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "path: visits.csv", "path: visits.csv\n    hash: sha256:" + "0" * 64)}),
    "not UTF-8": ("encoding-invalid", {"data/visits/visits.csv": ROWS.encode().replace(b"pass", b"p\xe4ss", 1)}),
    "two names": ("dataset-duplicate", {"data/again/datapackage.yaml": DESCRIPTOR, "data/again/visits.csv": ROWS}),
    "chart field": ("chart-field-unknown", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "kind: bar, x: outcome", "kind: bar, x: outcom")}),
    "undefined variable": ("template-undefined", {"templates/home.html": "{{ nothing_like_this }}"}),
    "broken template": ("template-invalid", {"templates/home.html": "{% if %}"}),
    "figure fails": ("figure-failed", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "SELECT count(*) FROM visits}", "SELECT count(*) FROM vists}")}),
    "figure reaches out": ("figure-failed", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "SELECT count(*) FROM visits}", "\"SELECT count(*) FROM read_text('/etc/passwd')\"}")}),
    "no policy": ("privacy-undeclared", {"data/visits/datapackage.yaml": other(DESCRIPTOR, "  privacy: {open: Sites are not people.}\n", "")}),
    "broken link": ("link-broken", {"site/pages/about.md": ABOUT + "\n[x](../nowhere/)\n"}),
    "settings": ("key-unknown", {"site/portal.yaml": SETTINGS + "tilte: x\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_finding_and_the_site_stays(tmp_path: Path, name: str) -> None:
    rule, changes = BAD[name]
    out = build(write_portal(tmp_path / "p"))
    before = tree(out)
    for path, content in changes.items():
        target = tmp_path / "p" / path
        if content is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Blocked) as caught:
        build(tmp_path / "p")
    found = {finding.rule: finding for finding in caught.value.findings if finding.blocks}
    assert rule in found
    assert found[rule].found
    assert found[rule].remedy
    assert tree(out) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("v001,2026-02-02", "v000,2026-02-02"), ("v001,2026-02-02", "v001,2026-02-31"),
     (",NY,fail,", ",NY,perhaps,"), (",TX,pass,2\n", ",TX,pass,200\n"), ("v002,", ","),
     (",TX,pass,2\n", ",TX,pass\n")],
)  # fmt: skip
def test_a_table_that_breaks_its_schema_blocks(tmp_path: Path, old: str, new: str) -> None:
    rows = ROWS.replace(old, new, 1) if old in ROWS else ROWS.replace(",NY,pass,", new, 1)
    assert rows != ROWS
    root = write_portal(tmp_path, **{"data/visits/visits.csv": rows})
    with pytest.raises(Blocked) as caught:
        build(root)
    errors = [f for f in caught.value.findings if f.blocks]
    assert errors
    assert all(f.file.endswith("visits.csv") for f in errors)
    assert any(f.row for f in errors)


def test_figures_without_end_are_all_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that reach the limit use up what all queries have: those after them are not run."""
    monkeypatch.setattr(engine, "QUERY_SECONDS", 0.4)
    scores = " + ".join(f"v{number}.score" for number in range(6))
    sources = ", ".join(f"visits v{number}" for number in range(6))
    sql = f"SELECT count(*) FILTER ({scores} = {{}}) FROM {sources}"
    figures = "".join(f"    - {{name: f{n}, title: T, sql: {sql.format(n)!r}}}\n" for n in range(3))
    descriptor = DESCRIPTOR.replace("  figures:\n", f"  figures:\n{figures}")
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": descriptor})
    with engine.query_allowance(), pytest.raises(Blocked) as blocked:
        build(root)
    said = [finding.found for finding in blocked.value.findings if finding.rule == "figure-failed"]
    assert [words.partition(": ")[0] for words in said[:3]] == [
        "figure f0",
        "figure f1",
        "figure f2",
    ]
    assert said[1].endswith("used more than 0.16 seconds of processor time")
    assert said[2].endswith(engine.NOT_RUN)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p", **{"data/visits/visits.csv": None})
    (tmp_path / "secret.csv").write_text(ROWS)
    (root / "data/visits/visits.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(Blocked) as caught:
        build(root)
    assert "path-unsafe" in {f.rule for f in caught.value.findings}


def test_scripts_in_every_text_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> and <svg onload=alert(1)>"
    descriptor = DESCRIPTOR
    for old in ("Inspection visits", "Visits to sites.", "Public domain", "The inspectorate",
                "title: Outcome", "label: Passed", "Withheld: trade secrets", "Only *some* visits.",
                "title: Visits by month", "Sites are not people.", "title: Scores withheld"):  # fmt: skip
        head, _, tail = old.rpartition(": ")
        if head == "title":
            descriptor = other(descriptor, old, f"title: '{evil}'")
        else:
            descriptor = other(descriptor, old, f"{head}{': ' if head else ''}'{evil}'"
                               if head in ("label",) or f"title: {old}" in descriptor
                               or f"description: {old}" in descriptor or f"open: {old}" in descriptor
                               else old.replace(tail, evil))  # fmt: skip
    rows = ROWS.replace("v001", evil).replace(",CA,", f",{evil},", 1)
    root = write_portal(tmp_path, **{
        "data/visits/datapackage.yaml": descriptor,
        "data/visits/visits.csv": rows,
        "site/portal.yaml": SETTINGS.replace("Small records", f"'{evil}'").replace("Test desk", f"'{evil}'"),
        "site/pages/about.md": ABOUT + "\n" + evil + "\n\n[x](javascript:alert(1))\n",
        "data/visits/methodology.md": evil,
    })  # fmt: skip
    report = build_portal(root, root / "_site", silent)
    assert "markup-removed" in {f.rule for f in report.findings}
    for name, content in tree(root / "_site").items():
        if name.endswith((".html", ".svg", ".xml")):
            text = content.decode().lower()
            assert "<script>alert" not in text, name
            assert "<svg onload" not in text, name
            assert 'href="javascript:' not in text, name


def test_dataset_not_fetched_is_catalogued(tmp_path: Path) -> None:
    remote = other(
        DESCRIPTOR,
        "path: visits.csv",
        "path: https://files.example/visits.csv\n    bytes: 5\n    hash: sha256:" + "0" * 64,
    )
    remote = other(
        remote, "name: visits\ntitle: Inspection visits", "name: remote\ntitle: Remote visits"
    )
    root = write_portal(tmp_path, **{"data/remote/datapackage.yaml": remote})
    report = build_portal(root, root / "_site", silent)
    assert (report.datasets, report.catalogued) == (1, 1)
    assert "Listed, not published here" in (root / "_site/datasets/remote/index.html").read_text()


def test_the_zip_holds_data_readme_and_descriptor(tmp_path: Path) -> None:
    out = build(write_portal(tmp_path))
    with zipfile.ZipFile(out / "datasets/visits/downloads/visits.zip") as archive:
        names = archive.namelist()
        assert {"visits.csv", "datapackage.json", "README.txt"} <= {
            n.rsplit("/", 1)[-1] for n in names
        }
        readme = archive.read(next(n for n in names if n.endswith("README.txt"))).decode()
    assert "Public domain" in readme
    assert "Only *some* visits." in readme


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_portal(tmp_path_factory.mktemp("portal"))


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["check"], 0, "valid"),
        (["build", "--quiet"], 0, ""),
        (["build"], 0, "Built"),
        (["build", "--portal", "nowhere"], 1, "portal-missing"),
        (["build", "--nonsense"], 2, "nonsense"),
        (["fetch", "unknown"], 2, "visits"),
        (["init", "."], 2, "already a portal"),
    ],
)
def test_commands_say_what_happened(
    portal: Path, arguments: list[str], status: int, said: str
) -> None:
    result = run_command(*arguments, cwd=portal)
    assert result.returncode == status, result.stderr
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_json_mode_is_one_document(portal: Path) -> None:
    result = run_command("build", "--json", cwd=portal)
    assert json.loads(result.stdout)["datasets"] == 1
    result = run_command("check", "--format", "json", cwd=portal)
    assert json.loads(result.stdout)["valid"] is True


REAL_ROWS = {
    "ice-arrests": 544_059,
    "ice-287g": 1_843,
    "nypd-stops": 48,  # the counts by race and age
    "foia-processing-times": 4_596,
}
# Known answers (SOURCE.md of the real records, and the workbooks) that stand in the texts
REAL_FIGURES = {
    "ice-arrests": {
        "total": "544,059",
        "operations-withheld": "117,238",
        "do-not-use": "3,141",
        "repeated": "14.9%",
        "twins": "23.7%",
    },
    "nypd-stops": {
        "race-u": "95",
    },
    "published-figures": {
        "october-first": "1,131",
        "october-second": "1,033",
        "october-third": "1,124",
    },
}


def test_the_real_datasets_build_with_known_counts(real_data: Path, tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    root = tmp_path / "portal"
    root.mkdir()
    for name in ("site", "data", "tests/conformance", "plainrecord/standards"):
        shutil.copytree(top / name, root / name)
    fetched = run_command("fetch", "--quiet", "--mirror", str(real_data), cwd=root)
    assert fetched.returncode == 0, fetched.stderr
    report = build_portal(root, root / "_site", silent)
    assert (report.datasets, report.catalogued) == (8, 2)  # two wait for `protect`
    for name, rows in REAL_ROWS.items():
        document = json.loads((root / f"_site/api/v1/datasets/{name}.json").read_text())
        assert rows in [table["rows"] for table in document["tables"]], name
    for name, figures in REAL_FIGURES.items():
        page = (root / f"_site/datasets/{name}/index.html").read_text(encoding="utf-8")
        for figure, shown in figures.items():
            link = rf'href="#figure-{figure}" [^>]*><data [^>]*data-figure="{name}.{figure}" [^>]*>{re.escape(shown)}<'
            assert re.search(link, page), f"{name}.{figure}"
    typed = [f for f in report.findings if f.rule in ("number-bare", "waiver-unused")]
    assert typed == []
    verified = verify_site(str(root / "_site"), None, silent)
    assert verified.findings == ()
    assert verified.receipts >= 240
