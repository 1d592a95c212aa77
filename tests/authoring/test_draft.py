"""What `init` drafts can be built, also where the records are protected or a cover comes first."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result

from plainrecord.authoring import scaffold_texts as texts
from plainrecord.cli import main

ROSTER = "badge,last_name,rank,hired_on\n" + "".join(
    f"{1000 + n},Example{n},{('Officer', 'Sergeant')[n % 2]},20{10 + n % 9}-03-{1 + n % 28:02}\n"
    for n in range(300)
)


def draft(folder: Path, *options: str) -> Result:
    given = ["--yes", "--publisher", "Desk", "--licence", "CC0-1.0", "--program", "plainrecord==1"]
    done = CliRunner().invoke(main.cli, ["init", str(folder), *given, *options])
    assert done.exit_code == 0, done.output
    return done


def test_protected_dates_are_charted_by_the_period_that_is_published(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    done = draft(tmp_path, "--protect", "--row", "officer")
    assert "Built" in done.output
    page = (tmp_path / "_site" / "datasets" / "roster" / "index.html").read_text(encoding="utf-8")
    assert "Officers by year" in page
    descriptor = (tmp_path / "data" / "roster" / "datapackage.yaml").read_text(encoding="utf-8")
    assert "from: '2010-01-01'" in descriptor
    assert "to: '2018-12-31'" in descriptor


def test_charts_name_their_table_where_a_cover_comes_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Read me"
    cover["A1"] = "Source: the agency"
    sheet = book.create_sheet("Beds")
    sheet.append(["facility", "kind", "beds"])
    for n in range(12):
        sheet.append([f"Facility {n}", ("jail", "prison")[n % 2], n * 10])
    book.save(tmp_path / "facilities.xlsx")
    done = draft(tmp_path, "--open", "Facilities are not people.")
    assert "Built" in done.output


def test_a_package_without_a_licence_gets_the_one_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "permits.csv").write_text("no,kind\n1,food\n2,street\n", encoding="utf-8")
    (tmp_path / "datapackage.json").write_text(
        '{"name": "permits", "title": "Permits", "resources": [{"name": "permits", "path": '
        '"permits.csv", "schema": {"fields": [{"name": "no", "type": "integer"}, '
        '{"name": "kind", "type": "string"}]}}]}',
        encoding="utf-8",
    )
    done = draft(tmp_path, "--open", "Permits are not people.")
    assert "licence" not in done.output
    assert "Built" in done.output


def test_the_readme_leads_to_the_documents_only_where_their_address_is_known() -> None:
    known = texts.readme("T", (), (), f"plainrecord @ git+https://git.example/a/b@{'a' * 40}")
    assert f"https://git.example/a/b at the commit {'a' * 40}" in known
    assert "https://" not in texts.readme("T", (), (), "plainrecord==1.0")


def package_of_stops(folder: Path) -> dict[str, object]:
    """A data package of a year of stops, with labels of its own and dates in a form of its own."""
    rows = "".join(
        f"{n};{1 + n % 28}/{1 + n % 12}/2024;{('tip', 'traffic', 'n.a.')[n % 3]};{n % 9}\n"
        for n in range(300)
    )
    (folder / "stops.csv").write_text(f"stop;seen_on;why;age\n{rows}", encoding="utf-8")
    fields = [
        {"name": "stop", "type": "integer"},
        {"name": "seen_on", "type": "date", "format": "%d/%m/%Y", "title": "Day of the stop"},
        {"name": "why", "type": "string", "missingValues": ["n.a."]},
        {"name": "age", "type": "string", "title": "Group of age"},
    ]
    resource = {
        "name": "stops",
        "path": "stops.csv",
        "dialect": {"delimiter": ";"},
        "schema": {"fields": fields, "primaryKey": ["stop"]},
    }
    package: dict[str, object] = {"name": "kept", "title": "Stops", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return package


@pytest.mark.parametrize("said", [("--open", "Stops are places."), ("--protect",), ()])
def test_a_data_package_gets_what_a_page_shows_beside_its_own_words(
    tmp_path: Path, said: tuple[str, ...]
) -> None:
    package = package_of_stops(tmp_path)
    done = draft(tmp_path, *said)
    assert "Built" in done.output
    [made] = (tmp_path / "data").glob("*/datapackage.yaml")
    document = yaml.safe_load(made.read_text(encoding="utf-8"))
    moved = str(package["resources"])
    if "--open" not in said:  # the raw file lies in a folder that git ignores
        moved = moved.replace("'stops.csv'", "'raw/stops.csv'") if "--protect" in said else moved
    assert str(document["resources"]) == moved
    assert document["title"] == "Stops"
    own = document["plainrecord"]
    assert next(chart["title"] for chart in own["charts"]) == (
        "Records by quarter" if "--protect" in said else "Records by month"
    )
    compared = own["comparison"]
    assert compared.get("date") == "seen_on" or compared == {"resource": "by-seen-on-why"}
    assert own["coverage"] == (
        {"from": "2024-01-01", "to": "2024-12-31"}
        if "--protect" in said
        else {"from": "2024-01-01", "to": "2024-12-28"}
    )
    assert any("Group of age" in str(item) or "why" in str(item) for item in own["charts"])
    if "--protect" in said:
        assert own["privacy"]["identifiers"] == ["stop"]


def test_a_data_package_that_was_written_for_a_portal_stays_as_it_is(tmp_path: Path) -> None:
    package = package_of_stops(tmp_path)
    package["plainrecord"] = {"privacy": {"open": "Stops are places."}}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert "Built" in draft(tmp_path, "--protect").output
    [made] = (tmp_path / "data").glob("*/datapackage.yaml")
    written = yaml.safe_load(made.read_text(encoding="utf-8"))["plainrecord"]
    assert written == package["plainrecord"]


@pytest.mark.parametrize("monthly", [False, True])
def test_numbers_of_days_are_released_by_day_and_not_added_up(
    tmp_path: Path, monthly: bool
) -> None:
    """The sum of a jail's people over a month counts most of them thirty times."""
    days = [date(2021 + n // 12, 1 + n % 12, 1) for n in range(36)]
    if not monthly:
        days = [date(2021, 1, 1) + timedelta(n) for n in range(36)]
    rows = "".join(
        f"{day},Site {site},{50 + (site + day.month) % 7}\n" for day in days for site in range(30)
    )
    (tmp_path / "population.csv").write_text(f"date,facility,detained\n{rows}", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--protect").output
    text = (tmp_path / "data/population/datapackage.yaml").read_text(encoding="utf-8")
    own = yaml.safe_load(text)["plainrecord"]
    assert own["privacy"]["people"] == "detained"
    assert "coarsen" not in own["privacy"]
    assert [figure["name"] for figure in own["figures"]] == ["newest-total"]
    step = "month" if monthly else "day"
    assert [chart["title"] for chart in own["charts"]] == [f"Detained by {step}"]


def test_each_table_about_people_is_a_dataset_of_its_own(tmp_path: Path) -> None:
    inside = tmp_path / "force"
    inside.mkdir()
    (inside / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (inside / "names.csv").write_text("number,last_name\n1,Adams\n2,Boone\n", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--protect").output
    assert (tmp_path / "data/force-names/raw/names.csv").exists()
    assert (tmp_path / "_site/datasets/force-roster/downloads/by-rank.csv").exists()
    assert not (tmp_path / "_site/datasets/force-names").exists()


def test_a_dataset_of_which_protection_leaves_nothing_stays_a_draft(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("badge,last_name\n1,Adams\n2,Boone\n", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--protect").output
    text = (tmp_path / "data/names/datapackage.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["plainrecord"]["publish"] is False


def test_a_sheet_of_many_tables_is_a_page_of_a_report(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for part in "abcde":
        sheet.append([f"Agency {part}", f"Arrests {part}"])
        for n in range(6):
            sheet.append([f"Office {n}", n])
        sheet.append([])
    other = book.create_sheet("Facilities")
    other.append(["facility", "beds"])
    for n in range(9):
        other.append([f"Facility {n}", n * 10])
    book.save(tmp_path / "report.xlsx")
    done = draft(tmp_path, "--open", "Facilities are not people.")
    assert "Sheet: it holds 5 tables, as a page of a report does" in done.output
    assert "Built" in done.output


def test_states_in_two_spellings_get_no_map(tmp_path: Path) -> None:
    states = ("TEXAS", "TX", "GEORGIA", "FLORIDA", "OHIO", "UTAH")
    rows = "".join(f"{n},{states[n % 6]}\n" for n in range(60))
    (tmp_path / "agencies.csv").write_text(f"id,state\n{rows}", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--open", "Agencies are not people.").output


def test_a_row_of_spaces_is_left_out_of_what_the_check_reads(tmp_path: Path) -> None:
    rows = "".join(f"{n},{('tip', 'call')[n % 2]},2024\n" for n in range(30))
    (tmp_path / "stops.csv").write_text(f"id,why,year\n{rows} , , \n", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--open", "Stops are places.").output
    text = (tmp_path / "data/stops/methodology.md").read_text(encoding="utf-8")
    assert "1 blank row left out, 1 with spaces in the cells" in text


def test_blanks_around_values_divide_no_group(tmp_path: Path) -> None:
    states = ("Ohio", "Ohio ", "Texas", "Iowa", "Maine", "Utah")
    kinds = ("jail", "jail\u00a0", "street")
    rows = "".join(f"{n},{states[n % 6]},{kinds[n % 3]},x{n % 2}\n" for n in range(120))
    (tmp_path / "stops.csv").write_text(f"id,STATE,type,class\n{rows}", encoding="utf-8")
    assert "Built" in draft(tmp_path, "--open", "Stops are not people.").output
    [made] = (tmp_path / "data").glob("*/datapackage.yaml")
    document = yaml.safe_load(made.read_text(encoding="utf-8"))
    derived = document["resources"][0]["plainrecord"]["derive"]
    assert [item["field"]["name"] for item in derived] == ["STATE_trimmed", "type_trimmed"]
    charted = [chart["x"] for chart in document["plainrecord"]["charts"]]
    assert charted == ["STATE_trimmed", "type_trimmed", "class"]
    drawn = (tmp_path / "_site/datasets/stops/charts/by-group-1.csv").read_text(encoding="utf-8")
    assert "jail,80" in drawn


def test_records_that_describe_people_stay_out_of_git_and_are_asked_about_once(
    tmp_path: Path,
) -> None:
    for force in ("avon", "essex", "kent", "surrey", "sussex"):
        rows = "".join(
            f"2024-01-{1 + n % 28:02},{('F', 'M')[n % 2]},{('10-17', '18-24', 'over 24')[n % 3]}\n"
            for n in range(60)
        )
        (tmp_path / f"{force}.csv").write_text(f"date,Gender,Age range\n{rows}", encoding="utf-8")
    done = draft(tmp_path)
    assert (tmp_path / "data" / "kent" / "raw" / "kent.csv").exists()
    places = ", ".join(f"data/{force}/datapackage.yaml" for force in ("avon", "essex", "kent"))
    assert f"{places} and 2 more: Are these records about people?" in done.output
    assert "look as if they were: Gender, Age range." in done.output
    assert done.output.count("Are these records about people?") == 1
    assert "avon, essex, kent and 2 more: Their columns are the same." in done.output
    assert "data/avon/raw/, data/essex/raw/, data/kent/raw/ and 2 more" in done.output


def test_numbers_of_people_by_sex_and_age_are_no_records_of_people(tmp_path: Path) -> None:
    rows = "".join(
        f"{year},{sex},{ages},{100 + year % 7}\n"
        for year in range(2000, 2024)
        for sex in ("F", "M")
        for ages in ("0-17", "18-64", "65+")
    )
    (tmp_path / "people.csv").write_text(f"year,sex,age,population\n{rows}", encoding="utf-8")
    draft(tmp_path)
    assert (tmp_path / "data" / "people" / "people.csv").exists()
