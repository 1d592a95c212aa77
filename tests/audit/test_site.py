"""The audit of whole portals: tables, ranges, certificates, levels, and the command."""

from __future__ import annotations

import json
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from plainrecord.audit.site import audit_address, audit_site
from plainrecord.cli.audit import audit_command
from plainrecord.core.errors import UsageError
from tests.audit.published import ALTERNATIVES, COUNTS, Cell, publish


def rules(root: Path) -> list[str]:
    return [finding.rule for finding in audit_site(root).findings]


@pytest.mark.parametrize("parquet", [True, False])
def test_a_protected_portal_gives_nothing_away(tmp_path: Path, parquet: bool) -> None:
    publish(tmp_path, parquet=parquet)
    report = audit_site(tmp_path)
    assert report.findings == ()
    (one,) = report.datasets
    assert (one.key, one.tables, one.cells, one.hidden) == ("stops", 4, 16, 4)
    assert (one.certified, one.solved, one.safe) == (0, 4, 4)


def test_certificates_save_the_solver(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    (one,) = audit_site(tmp_path).datasets
    assert (one.certified, one.solved) == (4, 0)


def test_a_wrong_certificate_is_refused_and_the_cells_are_solved(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=[[15, 22, 17, 59], [1, "x"]])  # type: ignore[list-item]
    report = audit_site(tmp_path)
    found = [finding.found for finding in report.findings]
    assert found[0] == "alternative 2 is not a list of integers"
    assert found[1].startswith("alternative 1 does not add up: by-")
    assert report.datasets[0].safe == 4


def test_total_minus_parts(tmp_path: Path) -> None:
    publish(tmp_path, hidden=[("ASIAN", "BRONX")])
    (finding,) = audit_site(tmp_path).findings
    assert finding.rule == "audit-cell-derivable"
    assert (finding.dataset, finding.resource) == ("stops", "by-race-city")
    assert finding.found.startswith("city BRONX, race ASIAN is 7: by-")
    assert "shown 70, and 1 hidden" in finding.found


def test_two_hidden_cells_that_share_too_little(tmp_path: Path) -> None:
    counts: dict[Cell, int] = {
        **COUNTS,
        ("ASIAN", "QUEENS"): 3,
        ("BLACK", "BRONX"): 3,
        ("BLACK", "QUEENS"): 8,
    }
    publish(tmp_path, counts)
    found = [finding.found for finding in audit_site(tmp_path).findings]
    assert len(found) == 4
    assert any(text.startswith("city BRONX, race ASIAN is 1 to 9: ") for text in found)


def test_a_cell_that_only_the_whole_table_gives_away(tmp_path: Path) -> None:
    """Two rows minus two columns leave one cell: no single sum shows that."""
    counts: dict[Cell, int] = {(row, column): 30 for row in "abcd" for column in "wxyz"}
    counts[("a", "w")] = 5
    hidden: list[Cell] = [("a", column) for column in "wxy"]
    hidden += [("b", "x"), ("b", "y"), ("c", "w"), ("c", "z"), ("d", "w"), ("d", "z")]
    publish(tmp_path, counts, hidden=hidden)
    (finding,) = audit_site(tmp_path).findings
    assert finding.found.startswith("city w, race a is 5: ")


def test_tables_that_disagree(tmp_path: Path) -> None:
    folder = publish(tmp_path, parquet=False)
    path = folder / "downloads" / "by-race.csv"
    path.write_text(path.read_text().replace("ASIAN,77", "ASIAN,80"))
    assert "audit-tables-disagree" in rules(tmp_path)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    folder = publish(tmp_path, parquet=False)
    (folder / "downloads" / "by-race.csv").unlink()
    assert rules(tmp_path) == ["audit-unreadable"]
    (folder / "protection.json").write_text("{}")
    assert rules(tmp_path) == ["audit-unreadable"]


def test_level_1(tmp_path: Path) -> None:
    marks: dict[Cell, str] = {("ASIAN", "BRONX"): "fewer than 11"}
    publish(tmp_path, level=1, marks=marks)
    assert rules(tmp_path) == []
    counts: dict[Cell, int] = {
        **COUNTS,
        ("BLACK", "BRONX"): 13,
    }  # 11 at least: ASIAN BRONX is 9 at most
    publish(tmp_path, counts, level=1, marks=marks)
    (finding,) = audit_site(tmp_path).findings
    assert finding.found.startswith("city BRONX, race ASIAN is 1 to 9: ")
    assert finding.expected == "1 to 10 must be possible"


def test_the_command(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    with pytest.raises(UsageError, match="the manifest cannot be had"):
        audit_address(str(tmp_path), lambda _: None)
    (tmp_path / "manifest.json").write_text("{}")
    result = CliRunner().invoke(audit_command, [str(tmp_path)])
    assert result.exit_code == 0
    assert "Protected: 4 (4 proved by published alternatives" in result.stderr
    publish(tmp_path, hidden=[("ASIAN", "BRONX")])
    result = CliRunner().invoke(audit_command, [str(tmp_path), "--format", "json"])
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["holds"] is False
    assert document["findings"][0]["rule"] == "audit-cell-derivable"


def test_files_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    folder = tmp_path / "datasets" / "stops"
    for name in ("a.parquet", "b.xlsx", "c.zip"):
        (folder / name).write_bytes(b"PK\x03\x04 no file of this kind")
    with zipfile.ZipFile(folder / "d.zip", "w") as archive:
        archive.writestr("inside.zip", b"PK\x03\x04")
        archive.writestr("more.txt", "9")
    raw = tmp_path.parent / f"{tmp_path.name}.csv"
    raw.write_text("name\nAda Lovelace\nMary Somerville\n")
    report = audit_site(tmp_path, raw=raw)
    assert report.findings == ()
    named = [item.why.removeprefix("datasets/stops/") for item in report.skipped]
    ends = ("a.parquet", "b.xlsx", "c.zip", "d.zip: inside.zip")
    assert named == [f"{end} cannot be opened, or takes too much memory or time" for end in ends]
    (tmp_path / "manifest.json").write_text("{}")
    result = CliRunner().invoke(audit_command, [str(tmp_path), "--raw", str(raw)])
    assert result.exit_code == 3


def test_a_portal_at_an_address(tmp_path: Path) -> None:
    publish(tmp_path, hidden=[("ASIAN", "BRONX")])
    paths = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()]
    files = [{"path": path} for path in [*paths, "gone.json", "../outside.txt"]]
    (tmp_path / "manifest.json").write_text(json.dumps({"files": files}))
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        report = audit_address(f"http://127.0.0.1:{server.server_port}/", lambda _: None)
        server.shutdown()
    assert [finding.rule for finding in report.findings] == ["audit-cell-derivable"]
    assert [(item.what, item.count) for item in report.skipped] == [("files", 1)]
    with pytest.raises(UsageError):
        audit_address(str(tmp_path / "nowhere"), lambda _: None)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_files_that_take_too_much_memory_are_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path)
    downloads = tmp_path / "datasets" / "stops" / "downloads"
    rows = pa.table({"a": pa.nulls(3_000_000, pa.string())})
    pq.write_table(rows, downloads / "repeats.parquet")
    (downloads / "long.txt").write_text("1" * 70)
    (downloads / "long.json").write_text("[" + "1," * 30 + "1]")
    monkeypatch.setattr("plainrecord.audit.channels.MOST_JSON", 50)
    monkeypatch.setattr("plainrecord.audit.channels.MOST_TEXT", 10**6)
    named = {item.why.split(" ")[0].rpartition("/")[2] for item in audit_site(tmp_path).skipped}
    assert {"repeats.parquet", "long.json"} <= named
    assert "long.txt" not in named
