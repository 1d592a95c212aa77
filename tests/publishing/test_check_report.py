"""`plainrecord check`: every kind of path, every format, and reports that other tools read."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import frictionless
import pytest

from plainrecord.cli.main import main
from plainrecord.findings.finding import Finding
from plainrecord.publishing.check_report import summarise_findings
from tests.portals import write_portal

SCHEMA = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "kind", "type": "string", "constraints": {"pattern": "[a-z]+"}},
    ],
    "primaryKey": ["id"],
}
BAD = "id,kind\n1,abc\nx,ABC\n1,d,e\n2\n,f\n"


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Exit status, output and errors of `plainrecord` with these arguments."""
    monkeypatch.setattr("sys.argv", ["plainrecord", *arguments])
    try:
        main()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    else:
        status = 0
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def table(tmp_path: Path) -> list[str]:
    (tmp_path / "t.csv").write_text(BAD)
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    return [str(tmp_path / "t.csv"), "--schema", str(tmp_path / "schema.json")]


def test_a_table_with_its_schema(monkeypatch, capsys, table) -> None:  # type: ignore[no-untyped-def]
    status, _, said = run(monkeypatch, capsys, "check", *table)
    assert status == 1
    assert "t.csv, row 3, field id" in said
    assert "not valid: 1 table, 5 rows, 6 errors, 0 warnings" in said
    Path(table[0]).write_text("id,kind\n1,abc\n")
    status, _, said = run(monkeypatch, capsys, "check", *table)
    assert status == 0
    assert "valid: 1 table, 1 row, 0 errors" in said


def test_of_many_packages_it_is_said_whose_file_it_is(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for name in "abcdefg":
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text(BAD)
        described = {"name": name, "resources": [{"name": "t", "path": "t.csv", "schema": SCHEMA}]}
        (tmp_path / name / "datapackage.json").write_text(json.dumps(described))
    monkeypatch.chdir(tmp_path)
    status, _, said = run(monkeypatch, capsys, "check", *"abcdefg")
    assert status == 1
    assert "at        a/t.csv, row 3, field id" in said
    assert "at        c/t.csv" in said
    assert "at        d/t.csv" not in said  # the same once more
    assert "(--format json shows all)" in said
    for name in "defg":
        assert f"\n  {name}/t.csv: 6 errors\n" in said
    _, out, _ = run(monkeypatch, capsys, "check", *"abcdefg", "--format", "json")
    report = json.loads(out)
    tasks = report["tasks"]
    assert [(t["name"], t["place"]) for t in tasks] == [(f"{n}/t", f"{n}/t.csv") for n in "abcdefg"]
    assert all(e["message"].startswith(t["place"]) for t in tasks for e in t["errors"])
    frictionless.Report.from_descriptor(report)


def test_tables_of_many_packages_have_names_of_their_own(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        write_package(tmp_path / name, {"t.csv": "id,kind\n1,abc\n"}, name="t")
    (tmp_path / "s.json").write_text(json.dumps(SCHEMA))
    paths = ["a/t.csv", "b/t.csv", "a/t.csv", "--schema", "s.json"]
    _, out, _ = run(monkeypatch, capsys, "check", *paths, "--format", "json")
    assert [t["name"] for t in json.loads(out)["tasks"]] == ["a/t", "b/t", "a/t-2"]


def test_what_is_shown_and_what_is_not_make_the_whole(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text("id,kind\n" + "".join(f"x{n},a\n" for n in range(2500)))
    (tmp_path / "s.json").write_text(json.dumps({"fields": SCHEMA["fields"]}))
    given = [str(tmp_path / "t.csv"), "--schema", str(tmp_path / "s.json")]
    _, _, said = run(monkeypatch, capsys, "check", *given)
    assert said.count("  found     ") == 3
    assert "t.csv: 2,497 errors" in said
    assert "(--format json --limit-errors 2500 shows all)" in said
    _, out, _ = run(
        monkeypatch, capsys, "check", *given, "--format", "json", "--limit-errors", "2500"
    )
    assert len(json.loads(out)["tasks"][0]["errors"]) == 2500


def test_an_error_of_a_row_names_no_field(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]
    schema = {"fields": fields, "primaryKey": ["a"], "uniqueKeys": [["a", "b"]]}
    schema["foreignKeys"] = [{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}]
    rules = {"checks": [{"rule": "a > 1", "severity": "error"}]}
    write_package(tmp_path, {"t.csv": "a,b\n1,2\n1,2\n"}, schema=schema, plainrecord=rules)
    _, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "json")
    errors = json.loads(out)["tasks"][0]["errors"]
    assert {e["type"] for e in errors} == {
        *("primary-key", "foreign-key", "row-constraint", "row-error")
    }
    for error in errors:
        assert {"rowNumber", "cells"} <= set(error)
        assert not {"fieldName", "fieldNumber", "cell"} & set(error)
    frictionless.Report.from_descriptor(json.loads(out))


def test_the_report_is_one_that_frictionless_reads(monkeypatch, capsys, table) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run(monkeypatch, capsys, "check", *table, "--format", "json")
    assert status == 1
    report = frictionless.Report.from_descriptor(json.loads(out))
    ours = sorted(report.flatten(["rowNumber", "fieldName", "type"]), key=str)
    with frictionless.system.use_context(trusted=True):
        theirs = frictionless.Resource.from_descriptor(
            {"name": "t", "path": table[0], "schema": SCHEMA}
        ).validate()
    peer = sorted(theirs.flatten(["rowNumber", "fieldName", "type"]), key=str)
    keyed = [error for error in ours if error[2] == "primary-key"]
    # frictionless names no field for errors of a row; its key errors are compared elsewhere.
    assert [e for e in ours if e[2] not in ("primary-key", "extra-cell")] == [
        e for e in peer if e[2] not in ("primary-key", "extra-cell")
    ]
    assert [error[0] for error in keyed]
    assert report.stats["errors"] == len(ours)


def test_the_report_has_each_cell_too_many_as_frictionless_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, schema = tmp_path / "t.csv", tmp_path / "s.json"
    path.write_text('a,b\n1,2\n3,4,five,"six, and"\n7\n8,9,\n')
    schema.write_text(json.dumps({"fields": [{"name": "a"}, {"name": "b"}]}))
    given = (str(path), "--schema", str(schema))
    _, out, _ = run(monkeypatch, capsys, "check", *given, "--format", "json")
    wanted = ["rowNumber", "type", "fieldNumber", "cell"]
    ours = frictionless.Report.from_descriptor(json.loads(out)).flatten(wanted)
    with frictionless.system.use_context(trusted=True):
        described = {"name": "t", "path": str(path), "schema": json.loads(schema.read_text())}
        theirs = frictionless.Resource.from_descriptor(described).validate().flatten(wanted)
    assert sorted(ours, key=str) == sorted(theirs, key=str)
    assert [3, "extra-cell", 4, "six, and"] in ours


@pytest.mark.parametrize(
    ("text", "fields_match"),
    [
        ("a,b\n1,x\nq,y,z,w\n3\n", "exact"),
        ("a\n1\n", "exact"),
        ("b,a,c\nx,1,y\n", "exact"),
        ("a,a\n1,x\n", "exact"),
        (",b\n1,x\n", "exact"),
        ("b,c\nx,y\n", "equal"),
        ("b,c\nx,y\nz\n", "subset"),
        ("c,d\nx,y\n", "partial"),
    ],
)
def test_the_report_names_the_same_places_as_frictionless(  # type: ignore[no-untyped-def]
    monkeypatch, capsys, tmp_path, text, fields_match
) -> None:
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    schema["fieldsMatch"] = fields_match
    (tmp_path / "t.csv").write_text(text)
    table = {"name": "t", "path": "t.csv", "type": "table", "schema": schema}
    table["dialect"] = {"delimiter": ","}
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(json.dumps({"resources": [table]}))
    _, out, _ = run(monkeypatch, capsys, "check", str(descriptor), "--format", "json")
    keys = ["type", "rowNumber", "rowNumbers", "fieldNumber", "fieldName", "label", "labels"]
    ours = frictionless.Report.from_descriptor(json.loads(out)).flatten(keys)
    theirs = frictionless.validate(str(descriptor)).flatten(keys)
    assert sorted(ours, key=str) == sorted(theirs, key=str)


def test_a_reference_is_reported_with_its_fields(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    both: list[object] = [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]
    key = {"fields": ["a", "b"], "reference": {"resource": "u", "fields": ["b", "a"]}}
    resources = [
        {"name": "t", "data": [["a", "b"], ["1", "2"]], "schema": {"fields": both, "foreignKeys": [key]}},
        {"name": "u", "data": [["a", "b"], ["1", "2"]], "schema": {"fields": both}},
    ]  # fmt: skip
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(json.dumps({"resources": resources}))
    _, out, _ = run(monkeypatch, capsys, "check", str(descriptor), "--format", "json")
    keys = ["type", "fieldNames", "fieldCells", "referenceName", "referenceFieldNames"]
    ours = frictionless.Report.from_descriptor(json.loads(out)).flatten(keys)
    assert ours == [["foreign-key", ["a", "b"], ["1", "2"], "u", ["b", "a"]]]
    assert ours == frictionless.validate(str(descriptor)).flatten(keys)
    key["reference"] = {"resource": "nowhere", "fields": ["a", "b"]}
    descriptor.write_text(json.dumps({"resources": resources}))
    _, out, _ = run(monkeypatch, capsys, "check", str(descriptor), "--format", "json")
    [[kind]] = frictionless.Report.from_descriptor(json.loads(out)).flatten(["type"])
    assert kind == "resource-error"


def test_a_name_and_a_size_that_other_tools_can_read(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text("id,kind\n1,abc\n")
    table = {"name": "Table One", "path": "t.csv", "schema": SCHEMA, "bytes": 5}
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(json.dumps({"resources": [table]}))
    _, out, _ = run(monkeypatch, capsys, "check", str(descriptor), "--format", "json")
    report = frictionless.Report.from_descriptor(json.loads(out))
    assert report.tasks[0].name == "table-one"
    assert report.task.flatten(["type"]) == [["byte-count"]]


def test_annotations_name_file_and_line(monkeypatch, capsys, table, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    status, out, _ = run(monkeypatch, capsys, "check", *table, "--format", "github")
    assert status == 1
    assert "::error file=t.csv,line=3,title=A cell is not of its field's type::field id" in out
    assert "| Table | Rows | Errors | Warnings |" in summary.read_text()
    assert os.linesep + os.linesep not in out


def test_every_bad_file_is_annotated_and_summarised(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    names = [f"p{number:02}" for number in range(12)]
    for name in names:
        rows = "".join(f"x{n},A\n" for n in range(9))
        write_package(tmp_path / name, {"t.csv": f"id,kind\n{rows}"})
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    _, out, _ = run(monkeypatch, capsys, "check", *names, "--format", "github", "-q")
    assert len(out.splitlines()) == 50
    assert {line.split("=")[1].split("/")[0] for line in out.splitlines()} == set(names)
    assert all(f"| {name}/t.csv, field id | 9 |" in summary.read_text() for name in names)


def test_what_a_summary_leaves_out_is_counted() -> None:
    findings = [Finding("type-error", "x", file="t.csv", row=2, field=f"f{n}") for n in range(250)]
    lines = summarise_findings([("t", (), findings)]).splitlines()
    assert lines[-1] == "| | 50 more | | 50 |"


def test_an_annotation_cannot_be_broken_out_of(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text('id,kind\n1,"A\n::error::x | <b>"\n')
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    arguments = [str(tmp_path / "t.csv"), "--schema", str(tmp_path / "schema.json")]
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(monkeypatch, capsys, "check", *arguments, "--format", "github")
    assert all(line.startswith("::error file=t.csv") for line in out.splitlines())


def write_package(folder: Path, files: dict[str, str], **resource: object) -> Path:
    """A data package of one table `t`, by `SCHEMA` unless `resource` says otherwise."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    table = {"name": "t", "path": "t.csv", "schema": SCHEMA} | resource
    (folder / "datapackage.json").write_text(json.dumps({"resources": [table]}))
    return folder


def test_an_annotation_is_on_the_path_from_here_and_the_line_of_the_text(  # type: ignore[no-untyped-def]
    monkeypatch, capsys, tmp_path
) -> None:
    write_package(tmp_path / "deep", {"t.csv": 'id,kind\n1,"a\nb\nc"\nx,abc\n'})
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(monkeypatch, capsys, "check", "deep", "--format", "github", "-q")
    places = [line.split(",title=")[0] for line in out.splitlines()]
    assert places == [f"::error file=deep/t.csv,line={line}" for line in (5, 2)]
    monkeypatch.chdir(Path(__file__).parent)
    _, out, _ = run(monkeypatch, capsys, "check", str(tmp_path / "deep"), "--format", "github")
    assert out.startswith(f"::error file={tmp_path / 'deep' / 't.csv'},line=5,")


def test_a_file_without_lines_is_annotated_without_one(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = json.dumps([["id", "kind"], ["x", "a"]])
    write_package(tmp_path, {"t.json": rows}, path="t.json")
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(monkeypatch, capsys, "check", ".", "--format", "github", "-q")
    assert out.startswith("::error file=t.json,title=")


def test_words_of_a_stranger_stay_on_their_line(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    name = "a\n::error::x\x1b[31m"
    fields = [{"name": name, "type": "integer"}]
    (tmp_path / "t.json").write_text(json.dumps([{name: "b"}]))
    write_package(tmp_path, {}, path="t.json", schema={"fields": fields})
    status, _, said = run(monkeypatch, capsys, "check", str(tmp_path))
    assert status == 1
    assert "field a\\n::error::x\\x1b[31m" in said
    status, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "json")
    [error] = json.loads(out)["tasks"][0]["errors"]
    assert (status, error["fieldName"]) == (1, name)


def test_half_a_character_is_written_as_its_escape(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_package(tmp_path, {"t.csv": "id,kind\n1,abc\n"}, name="\ud800", title="\udfff")
    for style in ("text", "json", "github", "html"):
        status, out, said = run(monkeypatch, capsys, "check", str(tmp_path), "--format", style)
        assert (status, bool(out or said)) == (1, True)


def test_the_page_of_a_table_without_a_schema(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "datapackage.json").write_text('{"resources": [{"name": "t", "path": "t.csv"}]}')
    status, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "html")
    assert status == 0
    assert "Each column has a unique label" in out


def test_what_strictness_refuses_is_an_error_in_every_format(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_package(tmp_path, {"t.csv": "id,kind\n1,abc\n\n"})
    status, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "json")
    assert (status, json.loads(out)["valid"]) == (0, True)
    status, out, _ = run(
        monkeypatch, capsys, "check", str(tmp_path), "--format", "json", "--strict"
    )
    report = json.loads(out)
    assert (status, report["valid"]) == (1, False)
    assert frictionless.Report.from_descriptor(report).flatten(["type", "rowNumber"]) == [
        ["blank-row", 3]
    ]
    _, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "github", "--strict")
    assert out.startswith("::error ")


def test_notes_are_those_of_frictionless(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    unique = {"required": True, "unique": True}
    schema = {"fields": [{"name": "id", "type": "integer", "constraints": unique}]}
    write_package(tmp_path, {"t.csv": "id\n1\n1\n\nx\n"}, schema=schema)
    _, out, _ = run(monkeypatch, capsys, "check", str(tmp_path), "--format", "json")
    ours = frictionless.Report.from_descriptor(json.loads(out)).flatten(["type", "note"])
    theirs = frictionless.validate(str(tmp_path / "datapackage.json")).flatten(["type", "note"])
    told = [error for error in sorted(theirs) if error[0] != "blank-row"]
    assert [error for error in sorted(ours) if error[0] != "blank-row"] == told


def test_a_quote_that_is_never_closed_is_reported(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    fields = [{"name": "id", "type": "integer"}, {"name": "kind", "type": "string"}]
    for end in ("", "\n"):
        text = 'id,kind\n1,abc\n2,"d\n3,e\n4,f' + end
        write_package(tmp_path, {"t.csv": text}, schema={"fields": fields})
        status, _, said = run(monkeypatch, capsys, "check", str(tmp_path))
        assert (status, "t.csv, row 3" in said, "takes 3 lines" in said) == (0, True, True)
    write_package(tmp_path, {"t.csv": 'id,kind\n2,"d\n3,e\n4,f"\n'}, schema={"fields": fields})
    assert "quote-open" not in run(monkeypatch, capsys, "check", str(tmp_path))[2]


def test_every_descriptor_of_a_folder_is_checked(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_package(tmp_path, {"t.csv": "id,kind\n1,abc\n"})
    (tmp_path / "datapackage.yaml").write_text("resources: []\n")
    status, _, said = run(monkeypatch, capsys, "check", str(tmp_path))
    assert status == 1
    assert "datapackage.yaml" in said


def test_the_page_is_whole_and_inert(monkeypatch, capsys, table) -> None:  # type: ignore[no-untyped-def]
    Path(table[0]).write_text("id,kind\n1,<script>alert(1)</script>\n")
    status, out, _ = run(monkeypatch, capsys, "check", *table, "--format", "html")
    assert status == 1
    assert out.startswith("<!doctype html>")
    assert "<script" not in out
    assert "&lt;script&gt;" in out
    assert "The data are not valid" in out


def test_a_data_package_needs_no_portal(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text("id,kind\n1,abc\n")
    (tmp_path / "notes.txt").write_text("notes")
    table = {"name": "T", "path": "t.csv", "schema": SCHEMA}
    notes = {"name": "notes", "path": "notes.txt", "bytes": 5}
    package = {"resources": [table, notes]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package))
    for path in (tmp_path, tmp_path / "datapackage.json"):
        assert run(monkeypatch, capsys, "check", str(path), "-q")[0] == 0
    notes["bytes"] = 6
    (tmp_path / "datapackage.json").write_text(json.dumps(package))
    status, _, said = run(monkeypatch, capsys, "check", str(tmp_path))
    assert status == 1
    assert "bytes-mismatch" in said


def test_a_portal_and_its_strictness(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    root = write_portal(tmp_path / "portal")
    status, _, said = run(monkeypatch, capsys, "check", str(root))
    assert status == 0, said
    assert run(monkeypatch, capsys, "check", "--portal", str(root), "--strict", "-q")[0] in (0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv"], "there is no"),
        (["t.csv"], "name its schema"),
        ([""], "neither a portal nor a data package"),
    ],
)
def test_what_cannot_be_understood_ends_with_two(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    said: str,
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    paths = [str(tmp_path / name) for name in arguments]
    status, _, words = run(monkeypatch, capsys, "check", *paths)
    assert status == 2
    assert said in " ".join(words.split())


@pytest.mark.parametrize("place", ["", "datapackage.json", "portal"])
def test_a_schema_for_what_brings_its_own_is_refused(monkeypatch, capsys, tmp_path, place) -> None:  # type: ignore[no-untyped-def]
    write_package(tmp_path, {"t.csv": "id,kind\n1,abc\n"})
    write_portal(tmp_path / "portal")
    (tmp_path / "s.json").write_text(json.dumps(SCHEMA))
    given = [str(tmp_path / "t.csv"), str(tmp_path / place), "--schema", str(tmp_path / "s.json")]
    status, _, said = run(monkeypatch, capsys, "check", *given)
    assert status == 2
    assert "--schema is for tables" in said
    monkeypatch.chdir(tmp_path / "portal")
    status, _, said = run(monkeypatch, capsys, "check", "--schema", str(tmp_path / "s.json"))
    assert (status, "--schema is for tables" in said) == (2, True)


def test_what_is_not_listed_is_counted(monkeypatch, capsys, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.csv").write_text("id,kind\n" + "".join(f"x{n},a\n" for n in range(30)))
    schema = {"fields": SCHEMA["fields"]}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    arguments = [str(tmp_path / "t.csv"), "--schema", str(tmp_path / "schema.json")]
    _, out, _ = run(
        monkeypatch, capsys, "check", *arguments, "--format", "json", "--limit-errors", "3"
    )
    report = json.loads(out)
    assert report["stats"]["errors"] == 30
    assert len(report["tasks"][0]["errors"]) == 3
    assert any("27 more" in words for words in report["tasks"][0]["warnings"])


def test_every_id_of_a_report_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["t", "t-heading", "t heading", "t_heading", "T", "t~20heading", "é"]
    resources = [
        {"name": name, "path": "t.csv", "schema": {"fields": [{"name": "a"}]}} for name in names
    ]
    for folder in ("one", "two"):
        place = tmp_path / folder
        place.mkdir()
        (place / "t.csv").write_text("a\n1\n")
        (place / "datapackage.json").write_text(json.dumps({"resources": resources}))
    for paths in (["one"], ["one", "two"], ["two", "one", "one"]):
        _, out, _ = run(monkeypatch, capsys, "check", *paths, "--format", "html")
        ids = re.findall(r'\bid="([^"]*)"', out)
        assert len(ids) == 1 + 2 * len(names) * len(paths)
        assert len(set(ids)) == len(ids)
        assert not any(re.search(r"\s", name) for name in ids)
        assert set(re.findall(r'aria-labelledby="([^"]*)"', out)) <= set(ids)
        if len(paths) == 1:
            assert "table-t" in ids


def test_an_annotation_on_a_zip_names_the_file_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    schema = {"fields": [{"name": "a", "type": "integer"}]}
    resources = [{"name": n, "path": f"{n}.csv", "schema": schema} for n in ("one", "two")]
    with zipfile.ZipFile("p.zip", "w") as archive:
        archive.writestr("datapackage.json", json.dumps({"resources": resources}))
        for name in ("one", "two"):
            archive.writestr(f"{name}.csv", "a\nx\n")
    _, out, _ = run(monkeypatch, capsys, "check", "p.zip", "--format", "github", "-q")
    lines = [line for line in out.splitlines() if line.startswith("::error")]
    assert len(lines) == 2
    for name, line in zip(("one", "two"), lines, strict=True):
        assert line.startswith("::error file=p.zip,")
        assert f"{name}.csv, row 2: " in line
