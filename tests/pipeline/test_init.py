"""`plainrecord init`: folders of people's files, each through init, build and verify."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
import yaml
from click.testing import CliRunner, Result

from plainrecord.authoring.draft import Answers
from plainrecord.authoring.scaffold import PortalDraft, ReadDataset, draft_portal
from plainrecord.cli.main import cli
from plainrecord.pipeline.init import read_folder
from plainrecord.pipeline.plan import plan_portal
from plainrecord.receipts.engine import open_build_database
from plainrecord.verify.site import verify_site

ANSWERS = ("--yes", "--title", "T", "--publisher", "P", "--licence", "CC0-1.0", "--row", "stop")
STOPS = "stop_id,date,state,reason\n" + "".join(
    f"s{n},2024-{1 + n % 12:02}-{1 + n % 28:02},{('TX', 'CA', 'NY', 'OH')[n % 4]},{('tip', 'traffic')[n % 2]}\n"
    for n in range(60)
)


def init(folder: Path, *options: str, answers: tuple[str, ...] = ANSWERS) -> Result:
    return CliRunner().invoke(cli, ["init", str(folder), *answers, *options])


def descriptor(folder: Path, name: str) -> dict[str, object]:
    text = (folder / "data" / name / "datapackage.yaml").read_text(encoding="utf-8")
    document: dict[str, object] = yaml.safe_load(text)
    return document


def fields(folder: Path, name: str, resource: int = 0) -> dict[str, dict[str, object]]:
    resources = descriptor(folder, name)["resources"]
    assert isinstance(resources, list)
    return {field["name"]: field for field in resources[resource]["schema"]["fields"]}


def clean(folder: Path) -> None:
    (folder / "stops.csv").write_text(STOPS)


def title_lines(folder: Path) -> None:
    (folder / "report.csv").write_text(f"Report of the sheriff\n\n{STOPS}")


def german(folder: Path) -> None:
    text = "Jahr;Straße;Betrag;Tag\n2020;Ähre;3,5;20.07.2023\n2021;Öl;1.204,25;1.2.2024\n"
    (folder / "zahlen.csv").write_bytes(text.encode("cp1252"))


def utf_16(folder: Path) -> None:
    (folder / "wide.csv").write_bytes(STOPS.encode("utf-16"))


def padded(folder: Path) -> None:
    (folder / "padded.csv").write_text("id,age\n1, N/A \n2,31\n3,-\n")


def padded_categories(folder: Path) -> None:
    rows = "".join(f"{n},{('MEXICO ', 'CUBA', '(b)(6) ')[n % 3]}\n" for n in range(30))
    (folder / "removals.csv").write_text(f"id,country\n{rows}")


def months(folder: Path) -> None:
    rows = "".join(f"2024-{1 + n:02},{n}\n" for n in range(12))
    (folder / "months.csv").write_text(f"month,stops\n{rows}")


def american(folder: Path) -> None:
    (folder / "us.csv").write_text("id,seen\n1,12/23/2020\n2,1/2/2021\n")


def roster(folder: Path) -> None:
    rows = "".join(f"Ada {n},Lovelace,{100 + n},Adams\n" for n in range(20))
    (folder / "officers.csv").write_text(f"first_name,last_name,badge,county\n{rows}")


def wide_years(folder: Path) -> None:
    (folder / "prisons.csv").write_text("state,2019,2020,2021\nTX,1,2,3\nCA,4,5,6\nNY,7,8,9\n")


def one_row(folder: Path) -> None:
    (folder / "one.csv").write_text("a,b\n1,2\n")


def header_only(folder: Path) -> None:
    (folder / "header.csv").write_text("a,b\n")


def empty_file(folder: Path) -> None:
    (folder / "empty.csv").write_text("")
    clean(folder)


def twin_headers(folder: Path) -> None:
    (folder / "twins.csv").write_text("id,name,name,\n1,a,b,x\n2,c,d,y\n")


def package(folder: Path) -> None:
    inside = folder / "package"
    inside.mkdir()
    (inside / "t.csv").write_text("id\n1\n")
    schema = {"fields": [{"name": "id", "type": "integer"}]}
    document = {"name": "given", "resources": [{"name": "t", "path": "t.csv", "schema": schema}]}
    (inside / "datapackage.json").write_text(json.dumps(document))


def workbook(folder: Path) -> None:
    with xlsxwriter.Workbook(folder / "book.xlsx") as book:
        sheets: dict[str, list[list[str | float]]] = {
            "Arrests": [["id", "n"], [1, 2.5], [2, 3.5]],
            "Releases": [["id", "why"], [1, "x"], [2, "y"]],
            "Notes": [],
            "Cover": [["Published by the sheriff"], ["in May"]],
        }
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


def points(folder: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"name": name},
         "geometry": {"type": "Point", "coordinates": [-93.1, 44.9 + n]}}
        for n, name in enumerate("ABC")
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "points.geojson").write_text(text)


def wrapped(folder: Path) -> None:
    rows = [{"id": n, "what": "x"} for n in range(3)]
    (folder / "wrapped.json").write_text(json.dumps({"Incidents": rows}))


def database(folder: Path) -> None:
    with sqlite3.connect(folder / "db.sqlite") as made:
        made.execute("CREATE TABLE fines (id INTEGER, amount REAL)")
        made.executemany("INSERT INTO fines VALUES (?, ?)", [(1, 2.5), (2, 3.25)])
        made.execute("CREATE TABLE courts (id INTEGER, name TEXT)")
        made.execute("INSERT INTO courts VALUES (1, 'Adams')")
    made.close()


def packed(folder: Path) -> None:
    with pa.CompressedOutputStream(str(folder / "a.csv.zst"), "zstd") as stream:
        stream.write(STOPS.encode())
    (folder / "b.csv.gz").write_bytes(gzip.compress(STOPS.encode()))
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("x.csv", "a,b\n1,2\n")
        archive.writestr("y/z.csv", "c\n3\n")


def spreadsheet(folder: Path) -> None:
    """An OpenDocument spreadsheet of two sheets, as small as one can be."""

    def written(rows: list[list[str]]) -> str:
        lines = (
            "".join(
                f"<table:table-cell office:value-type='string'><text:p>{c}</text:p></table:table-cell>"
                for c in r
            )
            for r in rows
        )
        return "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)

    space = "urn:oasis:names:tc:opendocument:xmlns"
    branches = [["branch", "opened"], ["East", "1954"], ["West", "1999"]]
    visits = [["branch", "month", "visits"], ["East", "2024-01", "310"], ["West", "2024-01", "95"]]
    content = (
        f"<office:document-content xmlns:office='{space}:office:1.0' "
        f"xmlns:table='{space}:table:1.0' xmlns:text='{space}:text:1.0'>"
        f"<office:body><office:spreadsheet>"
        f"<table:table table:name='Branches'>{written(branches)}</table:table>"
        f"<table:table table:name='Visits'>{written(visits)}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(folder / "libraries.ods", "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        entry = (
            "<manifest:file-entry manifest:full-path='content.xml' manifest:media-type='text/xml'/>"
        )
        book.writestr(
            "META-INF/manifest.xml",
            f"<manifest:manifest xmlns:manifest='{space}:manifest:1.0'>{entry}</manifest:manifest>",
        )


def nested(folder: Path) -> None:
    meetings = [
        {"meeting": {"id": n, "body": ("Council", "Board")[n % 2]}, "votes": [n, n + 1]}
        for n in range(8)
    ]
    (folder / "meetings.json").write_text(json.dumps({"results": meetings}))


def odd_names(folder: Path) -> None:
    (folder / "تقرير.csv").write_text("a\n1\n")
    (folder / "🚓.csv").write_text("a\n1\n")
    for name in ("one", "two"):
        (folder / name / "stops").mkdir(parents=True)
        (folder / name / "stops" / "t.csv").write_text("a\n1\n")


FOLDERS: tuple[Callable[[Path], None], ...] = (
    *(
        clean,
        title_lines,
        german,
        utf_16,
        padded,
        padded_categories,
        months,
        american,
        roster,
        wide_years,
        one_row,
    ),
    *(header_only, empty_file, twin_headers, package, workbook, points, wrapped, database),
    *(packed, odd_names, spreadsheet, nested),
)


@pytest.mark.parametrize("make", FOLDERS, ids=lambda make: make.__name__)
def test_a_folder_becomes_a_portal_that_holds(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    make(folder)
    given = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    options = ("--protect",) if make is roster else ("--open", "They describe places, not people.")
    done = init(folder, *options)
    assert done.exit_code == 0, done.output
    assert "Built" in done.output, done.output
    assert {path: path.read_bytes() for path in given} == given
    report = verify_site(str(folder / "_site"), None, lambda _: None)
    assert report.findings == ()
    for page in (folder / "_site").rglob("*.html"):
        assert "TODO" not in page.read_text(encoding="utf-8"), page


def test_each_sheet_of_an_opendocument_spreadsheet_is_a_table(tmp_path: Path) -> None:
    spreadsheet(tmp_path)
    done = init(tmp_path, "--open", "Libraries are places.")
    assert "Left out" not in done.output
    assert list(fields(tmp_path, "libraries", 1)) == ["branch", "month", "visits"]


def test_objects_within_records_are_columns_of_their_own(tmp_path: Path) -> None:
    nested(tmp_path)
    init(tmp_path, "--open", "Meetings are public.")
    made = fields(tmp_path, "meetings")
    assert list(made) == ["meeting.body", "meeting.id", "votes"]
    assert made["votes"]["type"] == "array"


def test_tables_of_a_zip_are_called_without_their_ending(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "election.zip", "w") as archive:
        archive.writestr("results.csv", "precinct,votes\n1,20\n2,30\n")
        archive.writestr("turnout.csv", "precinct,ballots\n1,22\n2,31\n")
    init(tmp_path, "--open", "Precincts are places.")
    resources = descriptor(tmp_path, "election")["resources"]
    assert isinstance(resources, list)
    assert [resource["title"] for resource in resources] == ["Results", "Turnout"]


def test_files_of_one_form_in_a_folder_are_one_table(tmp_path: Path) -> None:
    inside = tmp_path / "crashes"
    inside.mkdir()
    for year in (2021, 2022, 2023):
        rows = "".join(f"{year}{n:03},{1 + n % 12:02}/13/{year},rain\n" for n in range(40))
        (inside / f"crashes_{year}.csv").write_text(f"id,seen,weather\n{rows}")
    done = init(tmp_path, "--open", "Crashes are no people.")
    assert "Built" in done.output
    resources = descriptor(tmp_path, "crashes")["resources"]
    assert isinstance(resources, list)
    [resource] = resources
    assert resource["path"] == [f"crashes-{year}.csv" for year in (2021, 2022, 2023)]
    assert resource["schema"]["primaryKey"] == ["id"]
    own = descriptor(tmp_path, "crashes")["plainrecord"]
    assert own["coverage"] == {"from": "2021-01-13", "to": "2023-12-13"}  # type: ignore[index]
    text = (tmp_path / "data" / "crashes" / "methodology.md").read_text()
    assert "all rows of the files `crashes_2021.csv`, `crashes_2022.csv` and" in text


def read_and_draft(folder: Path, work: Path) -> tuple[list[ReadDataset], PortalDraft]:
    files = [path.resolve() for path in folder.rglob("*") if path.is_file()]
    connection = open_build_database(work / "db", files, [work])
    read, left = read_folder(folder, connection, work)
    connection.close()
    each = [(one, Answers()) for one in read]
    return read, draft_portal(folder, each, left, Answers(), program="", versions=())


def test_a_report_a_list_with_odd_dates_and_lines_of_fixed_width(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with xlsxwriter.Workbook(tmp_path / "report.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:F1", "Inspections by district and quarter")
        sheet.merge_range("A3:A4", "District")
        sheet.merge_range("B3:C3", "First half")
        sheet.merge_range("D3:E3", "Second half")
        sheet.merge_range("F3:F4", "All")
        sheet.write_row("B4", ["Q1", "Q2", "Q3", "Q4"])
        for row in range(4, 10):
            sheet.write_row(row, 0, ["NSEWCH"[row - 4], row, 2, 3, 4, row + 9])
        sheet.write_row(10, 0, ["Total", 39, 12, 18, 24, 93])
        sheet.write(12, 0, "(1) Preliminary.")
    days = "".join(f"{n},{'2024-05-01' if n % 2 else '1.5.2024'}\n" for n in range(9))
    (tmp_path / "permits.csv").write_text(f"no,closed\n{days}")
    lines = "".join(f"{n:06}{'LEON':<10}20240220  {n}A\n" for n in range(9))
    (tmp_path / "licenses.txt").write_text(lines)
    read, draft = read_and_draft(tmp_path, work)
    [report] = [one.tables[0] for one in read if one.found.name == "report"]
    labels = ["District", "First half Q1", "Q2", "Second half Q3", "Q4", "All"]
    assert [column.name for column in report.columns] == labels
    assert report.rows == 6
    assert not [note for note in report.notes if "were not read" in note]
    said = "\n".join(draft.suggestions)
    assert "Values of closed look like dates in more than one form" in said
    reasons = {item.path.name: item.reason for item in draft.left_out}
    assert "as in a file of fixed width" in reasons["licenses.txt"]


def test_what_keeps_files_apart_is_said_once(tmp_path: Path) -> None:
    months, sheets, work = tmp_path / "months", tmp_path / "sheets", tmp_path / "work"
    for path in (months, sheets, work):
        path.mkdir()
    for month in (1, 2):
        rows = [{"day": f"2024-0{month}-{n + 1:02}", "place": {"city": "A"}} for n in range(20)]
        (months / f"2024-0{month}.json").write_text(json.dumps(rows))
        (tmp_path / f"list-2024-0{month}.csv").write_text("name,size\na,1\nb,2\n")
        lines = "day,a,b,c\n2024-01-01,1,2,3\n" if month == 1 else "day,a,b,d\n2024-02-01,1,2,4\n"
        (sheets / f"sheet-{month}.csv").write_text(lines)
    read, draft = read_and_draft(tmp_path, work)
    [one] = [dataset.tables for dataset in read if dataset.found.name == "months"]
    assert [(table.files, table.rows) for table in one] == [(("2024-01.csv", "2024-02.csv"), 40)]
    said = "\n".join(draft.suggestions)
    assert "list-2024-01 and list-2024-02: Their names differ in a date or number alone." in said
    assert (
        "sheets: Its files have 3 columns in common. These are not in all: c (sheet-1), d (sheet-2)."
    ) in said
    assert said.count("Say in a sentence what each column means") == 1


def test_a_reason_of_one_word_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    clean(tmp_path)
    done = init(tmp_path, "--open", "yes")
    assert "--open needs a reason of 3 words or more" in str(done.exception)
    assert {path.name for path in tmp_path.iterdir()} <= {"stops.csv", ".plainrecord"}


def test_what_a_clean_table_shows_is_drafted(tmp_path: Path) -> None:
    clean(tmp_path)
    assert init(tmp_path, "--open", "Released by the agency.").exit_code == 0
    ours = descriptor(tmp_path, "stops")["plainrecord"]
    assert isinstance(ours, dict)
    assert [chart["kind"] for chart in ours["charts"]] == ["line", "tile-map", "bar"]
    assert ours["comparison"]["key"] == ["stop_id"]
    assert ours["coverage"] == {"from": "2024-01-01", "to": "2024-12-24"}
    assert ours["privacy"] == {"open": "Released by the agency."}
    assert ours["figures"][0]["title"] == "Stops"
    assert "questions" not in ours
    assert fields(tmp_path, "stops")["date"]["type"] == "date"


def test_a_row_with_an_article_and_why_a_file_was_rewritten(tmp_path: Path) -> None:
    (tmp_path / "force.csv").write_text("Case;Race \nU-1;Black\nU-2;White\n")
    init(tmp_path, "--open", "Released by the police.", "--row", "a use of force")
    ours = descriptor(tmp_path, "force")["plainrecord"]
    assert isinstance(ours, dict)
    assert ours["unit"] == "use of force"
    assert ours["figures"][0]["title"] == "Uses of force"
    method = (tmp_path / "data/force/methodology.md").read_text()
    assert "because names of columns are empty, repeat, or have spaces around them." in method


def test_a_reason_holds_for_the_next_dataset_until_another_is_given(tmp_path: Path) -> None:
    clean(tmp_path)
    (tmp_path / "towns.csv").write_text("town,beds\nAsh,1\n")
    (tmp_path / "wards.csv").write_text("ward,beds\nAsh,1\n")
    said = "T\nP\n\nCC0-1.0\nstop\nn\nReleased by the agency.\ntown\nn\n\nward\nn\n-\n"
    done = CliRunner().invoke(cli, ["init", str(tmp_path)], input=said)
    assert done.exit_code == 0, done.output
    ours = {name: descriptor(tmp_path, name)["plainrecord"] for name in ("stops", "towns", "wards")}
    assert [isinstance(own, dict) and own.get("privacy") for own in ours.values()] == [
        {"open": "Released by the agency."},
        {"open": "Released by the agency."},
        None,
    ]


def test_a_cover_sheet_is_no_table(tmp_path: Path) -> None:
    workbook(tmp_path)
    done = init(tmp_path, "--open", "They are places.")
    resources = descriptor(tmp_path, "book")["resources"]
    assert isinstance(resources, list)
    assert [item["dialect"]["sheetName"] for item in resources] == ["Arrests", "Releases"]
    assert "Cover: one column" in done.output


def test_open_records_with_personal_columns_are_named(tmp_path: Path) -> None:
    roster(tmp_path)
    done = init(tmp_path, "--open", "A roster that the law makes public.")
    assert "first_name (a person's name)" in done.output
    assert "--protect" in done.output


def test_dialect_encoding_and_numbers_of_a_german_file(tmp_path: Path) -> None:
    german(tmp_path)
    init(tmp_path, "--open", "They are places.")
    resources = descriptor(tmp_path, "zahlen")["resources"]
    assert isinstance(resources, list)
    assert resources[0]["encoding"] == "cp1252"
    assert resources[0]["dialect"] == {"delimiter": ";"}
    found = fields(tmp_path, "zahlen")
    assert found["Betrag"]["decimalChar"] == ","
    assert found["Tag"]["format"] == "%d.%m.%Y"


def test_people_are_protected_and_their_raw_file_is_kept_out_of_git(tmp_path: Path) -> None:
    rows = "".join(
        f"Ada {n},Lovelace,{100 + n},{('Adams', 'Boone')[n % 2]},2026-01-{1 + n % 28:02}\n"
        for n in range(60)
    )
    (tmp_path / "officers.csv").write_text(
        f"First name,Last name,Badge,Home county,Seen on\n{rows}"
    )
    done = init(tmp_path, "--protect")
    assert done.exit_code == 0, done.output
    ours = descriptor(tmp_path, "officers")["plainrecord"]
    assert isinstance(ours, dict)
    assert ours["privacy"]["identifiers"] == ["First name", "Last name", "Badge"]
    assert ours["privacy"]["tables"] == [{"dimensions": ["Home county"]}]
    assert "0 of 3 counts are suppressed" in done.output
    assert ours["explore"] == {"fields": ["Home county"]}
    assert "public repository" in done.output
    page = (tmp_path / "_site" / "datasets" / "officers" / "index.html").read_text()
    assert "Download all tables ZIP" in page
    assert "downloads/by-home-county.csv" in page.partition('id="use"')[2].partition("</pre>")[0]
    for path in (tmp_path / "_site").rglob("*"):
        assert not path.is_file() or b"Lovelace" not in path.read_bytes(), path
    for command in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.split()
    assert "data/officers/protected/by-home-county.csv" in listed
    assert not [path for path in listed if path.endswith("officers.csv")]


def test_without_an_answer_about_people_it_is_a_draft(tmp_path: Path) -> None:
    roster(tmp_path)
    done = init(tmp_path)
    ours = descriptor(tmp_path, "officers")["plainrecord"]
    assert isinstance(ours, dict)
    assert ours["publish"] is False
    assert "privacy" not in ours
    assert "move the files out of `raw/`" in ours["questions"][0]
    text = (tmp_path / "data/officers/datapackage.yaml").read_text()
    opened = text.replace("publish: false", "privacy: {open: These are public officers.}")
    (tmp_path / "data/officers/datapackage.yaml").write_text(opened)
    findings = [item for item in plan_portal(tmp_path)[1] if item.rule == "file-ignored"]
    assert [item.found for item in findings] == [".gitignore has /data/*/raw/: raw/officers.csv"]
    assert "first_name (a person's name)" in ours["questions"][0]
    assert "Are these records about people?" in done.output
    assert not list((tmp_path / "_site").rglob("officers*"))


def test_open_questions_block_what_is_published(tmp_path: Path) -> None:
    clean(tmp_path)
    done = init(tmp_path, answers=("--yes", "--open", "Released by the agency."))
    assert "Who publishes this portal?" in done.output
    assert "The portal can be published when the questions above are answered" in done.output
    assert "plainrecord serve" in done.output
    assert done.output.count("Who publishes this portal?") == 1
    checked = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert checked.exit_code == 0, checked.output
    assert "question-open" in checked.output
    built = CliRunner().invoke(cli, ["build", "--portal", str(tmp_path)])
    assert built.exit_code != 0


def test_the_dialogue_asks_what_the_options_do_not_answer(tmp_path: Path) -> None:
    clean(tmp_path)
    answers = "My records\nThe Paper\nrecords@paper.example\nCC-BY-4.0\nstop\nn\nReleased by the agency.\n"
    done = CliRunner().invoke(cli, ["init", str(tmp_path)], input=answers)
    assert done.exit_code == 0, done.output
    settings = yaml.safe_load((tmp_path / "site" / "portal.yaml").read_text())
    assert (settings["title"], settings["publisher"]["name"]) == ("My records", "The Paper")
    assert descriptor(tmp_path, "stops")["licenses"][0]["name"] == "CC-BY-4.0"  # type: ignore[index]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: (folder / "notes.md").write_text("x"), "contains no readable table"),
        (lambda folder: (folder / "page.csv").write_text("<!doctype html><p>x"), "HTML"),
        (lambda folder: (folder / "empty.csv").write_text(""), "the file is empty"),
        (
            lambda folder: (folder / "wide.csv").write_text(f"a{',a' * 1000}\n{',' * 1000}\n"),
            "it has 1,001 columns, more than the 1,000 that can be described",
        ),
        (
            lambda folder: (folder / os.fsdecode(b"a\xf1o.csv")).write_text("a,b\n1,2\n"),
            "its name is not text in UTF-8",
        ),
    ],
    ids=["no table", "html", "empty", "wide", "latin-1"],
)
def test_a_folder_without_a_table_is_refused_in_words(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    make(tmp_path)
    done = init(tmp_path, "--open", "x y z")
    assert done.exit_code != 0
    assert said in str(done.exception), done.exception
    assert not (tmp_path / "site").exists()


def test_questions_without_an_answer_write_nothing_and_name_the_option(tmp_path: Path) -> None:
    (tmp_path / "stops.csv").write_text("place,n\nA,1\nB,2\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["init", str(tmp_path)], input="")
    assert "Nothing was written. With --yes, init asks nothing." in done.output
    assert {path.name for path in tmp_path.iterdir()} <= {"stops.csv", ".plainrecord"}


def test_more_files_than_init_reads_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plainrecord.pipeline.init.MOST_FILES", 2)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    done = init(tmp_path)
    assert "3 files that may be tables, and init reads at most 2" in str(done.exception)
    assert not (tmp_path / "site").exists()


def test_a_portal_is_not_made_twice(tmp_path: Path) -> None:
    clean(tmp_path)
    init(tmp_path, "--open", "Released by the agency.")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    done = init(tmp_path, "--open", "Released by the agency.")
    assert "is already a portal" in str(done.exception)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_datasets_of_one_name_are_distinguished(tmp_path: Path) -> None:
    for name in ("2023", "2024"):
        (tmp_path / name / "stops").mkdir(parents=True)
        (tmp_path / name / "stops" / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "fees.csv").write_text("a,b\n1,2\n")
    (tmp_path / "fees.tsv").write_text("a\tb\n1\t2\n")
    assert init(tmp_path, "--open", "They are places.").exit_code == 0
    titles = {p.name: descriptor(tmp_path, p.name)["title"] for p in (tmp_path / "data").iterdir()}
    assert titles == {
        "fees-csv": "Fees (csv)",
        "fees-tsv": "Fees (tsv)",
        "stops-2023": "Stops (2023)",
        "stops-2024": "Stops (2024)",
    }


def test_a_title_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    clean(tmp_path)
    title = 'Stops: "all"\nof them # {{ x }} <b>'
    done = init(
        tmp_path,
        "--open",
        "Released by the agency.",
        answers=("--yes", "--title", title, *ANSWERS[3:]),
    )
    assert done.exit_code == 0, done.output
    settings = yaml.safe_load((tmp_path / "site" / "portal.yaml").read_text())
    assert settings["title"] == 'Stops: "all" of them # {{ x }} <b>'


def test_a_locked_database_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    clean(tmp_path)
    database(tmp_path)
    held = sqlite3.connect(tmp_path / "db.sqlite")
    held.execute("BEGIN EXCLUSIVE")
    try:
        done = init(tmp_path, "--open", "Released by the agency.")
    finally:
        held.rollback()
        held.close()
    assert done.exit_code == 0, done.output
    assert "db.sqlite: the database is locked" in done.output
    assert (tmp_path / "data" / "stops").is_dir()
