"""What `init` drafts can be built, also where the records are protected or a cover comes first."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from click.testing import CliRunner, Result

from plainrecord import cli

ROSTER = "badge,last_name,rank,hired_on\n" + "".join(
    f"{1000 + n},Example{n},{('Officer', 'Sergeant')[n % 2]},20{10 + n % 9}-03-{1 + n % 28:02}\n"
    for n in range(40)
)


def draft(folder: Path, *options: str) -> Result:
    given = ["--yes", "--publisher", "Desk", "--licence", "CC0-1.0", "--program", "plainrecord==1"]
    done = CliRunner().invoke(cli.desk, ["init", str(folder), *given, *options])
    assert done.exit_code == 0, done.output
    return done


def test_protected_dates_are_charted_by_the_month_that_is_published(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    done = draft(tmp_path, "--protect", "--row", "officer")
    assert "Built" in done.output
    page = (tmp_path / "_site" / "datasets" / "roster" / "index.html").read_text(encoding="utf-8")
    assert "Officers by month" in page
    descriptor = (tmp_path / "data" / "roster" / "datapackage.yaml").read_text(encoding="utf-8")
    assert "from: '2010-03-01'" in descriptor
    assert "to: '2018-03-31'" in descriptor


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
