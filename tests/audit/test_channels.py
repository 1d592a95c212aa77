"""For each channel, one hidden count planted there, which the audit names; and what is no leak."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.comments import Comment

from plainrecord.audit.site import audit_site
from plainrecord.findings.finding import Finding
from tests.audit.published import ALTERNATIVES, COUNTS, HIDDEN, Cell, publish
from tests.test_translation import write_catalogue

Plant = Callable[[Path, Path], str]
"""Writes a file that holds the hidden 7 of ASIAN, BRONX: (site, dataset) to the path of the file."""


def write(root: Path, path: str, content: str | bytes) -> str:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Stops</title>{head}</head><body>{body}</body></html>"


ROW = {"race": "ASIAN", "city": "BRONX", "count": 7}
DATA = "datasets/stops"
VEGA = {"$schema": "https://vega.github.io/schema/vega/v6.json"}


def receipt(**more: object) -> str:
    return json.dumps({"dataset": "stops", "receipts": [{"id": "stops.x", **more}]})


def raw_rows(root: Path, folder: Path) -> str:
    """The rows themselves: nobody wrote 7, and anybody can count."""
    lines = [f"{key[0]},{key[1]},x" for key, count in COUNTS.items() for _ in range(count)]
    return write(root, f"{DATA}/downloads/stops.csv", "race,city,note\n" + "\n".join(lines))


def csv_twin(root: Path, folder: Path) -> str:
    path = folder / "downloads" / "by-race-city.csv"
    path.write_text(path.read_text().replace("ASIAN,BRONX,suppressed", "ASIAN,BRONX,7"))
    return f"{DATA}/downloads/by-race-city.csv"


def workbook(root: Path, folder: Path) -> str:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("hidden")
    sheet.sheet_state = "hidden"
    sheet.append(["race", "city", "count"])
    sheet.append(["ASIAN", "BRONX", 7])
    book.save(folder / "downloads" / "by-race-city.xlsx")
    return f"{DATA}/downloads/by-race-city.xlsx"


def workbook_comment(root: Path, folder: Path) -> str:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"].comment = Comment("Asian, Bronx: 7", "x")
    book.save(folder / "downloads" / "by-race-city.xlsx")
    return f"{DATA}/downloads/by-race-city.xlsx: xl/comments/comment1.xml"


def workbook_property(root: Path, folder: Path) -> str:
    book = openpyxl.Workbook()
    book.properties.description = "Asian, Bronx: 7"
    book.save(folder / "downloads" / "by-race-city.xlsx")
    return f"{DATA}/downloads/by-race-city.xlsx: docProps/core.xml"


def parquet_statistics(root: Path, folder: Path) -> str:
    """A file whose statistics were written before the count was hidden."""
    path = folder / "downloads" / "by-race-city.parquet"
    table = pq.read_table(path)
    wide = {name: table[name].to_pylist() for name in table.column_names}
    wide["count"] = [
        7 if mark else count
        for count, mark in zip(wide["count"], wide["count__missing"], strict=True)
    ]
    stated = pa.table({**wide, "n": wide["count"]}).to_pylist()
    leaked = table.append_column("n", pa.array([row["n"] for row in stated]))
    pq.write_table(leaked, path, compression="none", use_dictionary=False)
    return _blank(path)


def _blank(path: Path) -> str:
    """Change the 7s in the pages of the column n: the statistics keep them."""
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(4)
    start, end = column.data_page_offset, column.data_page_offset + column.total_compressed_size
    seven = (7).to_bytes(8, "little")
    at = content.rfind(seven, start, end)
    while at >= 0:
        content[at : at + 8] = (40).to_bytes(8, "little")
        at = content.rfind(seven, start, at)
    path.write_bytes(content)
    return f"{DATA}/downloads/by-race-city.parquet"


def parquet_column(root: Path, folder: Path) -> str:
    path = folder / "downloads" / "by-race-city.parquet"
    table = pq.read_table(path)
    shares = [
        7 / 407 if row["race"] == "ASIAN" and row["city"] == "BRONX" else None
        for row in table.to_pylist()
    ]
    pq.write_table(table.append_column("share", pa.array(shares)), path)
    return f"{DATA}/downloads/by-race-city.parquet"


def parquet_metadata(root: Path, folder: Path) -> str:
    path = folder / "downloads" / "by-race-city.parquet"
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({"note": json.dumps([ROW])}), path)
    return f"{DATA}/downloads/by-race-city.parquet"


def explorer_cube(root: Path, folder: Path) -> str:
    """The file of the explorer: texts through a dictionary, no statistics."""
    path = folder / "downloads" / "explorer.parquet"
    rows = [{"race": key[0], "city": key[1], "count": n} for key, n in COUNTS.items()]
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd", write_statistics=False)
    return f"{DATA}/downloads/explorer.parquet"


def picture(root: Path, folder: Path) -> str:
    """A picture of no pixel that matters, with a compressed text beside it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    text = b"Description\0\0" + zlib.compress(b"Bar chart. Lowest: Bronx, Asian (7).")
    head = chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"zTXt", text) + chunk(b"IEND", b"")
    return write(root, f"{DATA}/charts/x.png", content)


def other_release(root: Path, folder: Path) -> str:
    """A page of an earlier release in which the cell is hidden as well."""
    publish(root, date="2026-01-01", alternatives=ALTERNATIVES)
    return write(root, f"{DATA}/releases/2026-01-01/index.html", page(WIDE))


def in_zip(root: Path, folder: Path) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([["city", "race", "n"], ["BRONX", "ASIAN", 7]])
    with zipfile.ZipFile(folder / "downloads" / "stops.zip", "w") as archive:
        archive.writestr("old/cells.csv", text.getvalue())
    return f"{DATA}/downloads/stops.zip: old/cells.csv"


def protection_report(root: Path, folder: Path) -> str:
    path = folder / "protection.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "report": {"smallest": [ROW]}}))
    return f"{DATA}/protection.json"


WIDE = (
    "<table><thead><tr><th>Race</th><th>Bronx</th><th>Kings</th></tr></thead>"
    "<tr><th>Asian</th><td>7</td><td>40</td></tr></table>"
)
LONG = (
    "<table><tr><th>City</th><th>Race</th><th>Stops</th></tr>"
    "<tr><td>Bronx</td><td>Asian</td><td>7</td></tr></table>"
)
PLANTS: dict[str, Plant | tuple[str, str]] = {
    "CSV beside the Parquet file": csv_twin,
    "JSON of the table": (f"{DATA}/downloads/by-race-city.json", json.dumps([ROW])),
    "rows to count": raw_rows,
    "workbook, hidden sheet": workbook,
    "workbook, comment": workbook_comment,
    "workbook, property": workbook_property,
    "Parquet statistics": parquet_statistics,
    "Parquet column": parquet_column,
    "Parquet metadata": parquet_metadata,
    "zip": in_zip,
    "explorer": explorer_cube,
    "text of a PNG file": picture,
    "page of another release": other_release,
    "CSV of a chart": (f"{DATA}/charts/x.csv", "City,Race,Stops\nBronx,Asian,7\n"),
    "protection.json": protection_report,
    "receipt of a figure": (f"{DATA}/receipts.json",
        receipt(sql="SELECT count FROM \"by-race-city\" WHERE race = 'ASIAN' AND city = 'BRONX'", value=7, shown="7"),
    ),
    "receipt of a chart": (f"{DATA}/receipts.json",
        receipt(sql="SELECT 1", columns=[{"name": "x", "label": "City"}, {"name": "color", "label": "Race"}, {"name": "value"}, {"name": "status"}], rows=[["BRONX", "ASIAN", 7, "shown"]]),
    ),
    "receipt, float": (f"{DATA}/receipts.json", receipt(counts=["city", "race", "n"], rows=[["BRONX", "ASIAN", 7.0]])
    ),
    "receipt, share": (f"{DATA}/receipts.json", receipt(counts=["city", "race", "share"], rows=[["BRONX", "ASIAN", 7 / 77]])
    ),
    "chart data": (f"{DATA}/charts/x.json", json.dumps({"data": {"values": [{"x": "BRONX", "color": "ASIAN", "value": 7}]}})
    ),
    "data by columns": (f"{DATA}/charts/x.json", json.dumps({"x": ["KINGS", "BRONX"], "y": ["ASIAN", "ASIAN"], "n": [40, 7]})
    ),
    "data by keys": (f"{DATA}/changes/2026.json", json.dumps({"ASIAN": {"BRONX": 7}})),
    "API": ("api/v1/datasets/stops/cells.json", json.dumps({"race": "ASIAN", "cells": [{"city": "BRONX", "count": "7"}]})),
    "table on a page, wide": (f"{DATA}/index.html", page(WIDE)),
    "table on a page, long": (f"{DATA}/codebook/index.html", page(LONG)),
    "table under a heading": (f"{DATA}/index.html",
        page("<h3>Asian</h3><table><tr><th>City</th><th>Stops</th></tr><tr><td>Bronx</td><td>7</td></tr></table>"),
    ),
    "table with a share": (f"{DATA}/index.html", page(WIDE.replace(">7<", ">9.1%<"))),
    "table, count and share": (f"{DATA}/index.html", page(WIDE.replace(">7<", ">7 (9.1%)<"))),
    "sentence with and": (
        f"{DATA}/index.html",
        page("<p>There were 7 stops of Asian people and only in the Bronx.</p>"),
    ),
    "sentence": ("about/index.html", page("<p>In the Bronx, 7 Asian people were stopped.</p>")),
    "list": (f"{DATA}/index.html", page("<p>Bronx: White 45, Black suppressed, <b>Asian</b> 7.</p>")),
    "figure": ("index.html", page("<div><p>Stops of Asian people in the Bronx</p><p>7</p></div>")),
    "definition list": ("index.html", page("<dl><dt>Asian, Bronx</dt><dd>7</dd></dl>")),
    "alternative text": (f"{DATA}/index.html", page('<img alt="Bar chart. Highest: Kings, White (80). Lowest: Bronx, Asian (7).">')
    ),
    "label of a drawing": (f"{DATA}/index.html", page('<svg role="img" aria-label="Map. Lowest: Bronx, Asian (7)."></svg>')
    ),
    "SVG file": (f"{DATA}/charts/x.svg", '<svg xmlns="http://www.w3.org/2000/svg"><rect><title>Bronx, Asian: 7</title></rect></svg>'
    ),
    "mark of a compiled chart": (f"{DATA}/charts/x.svg", '<svg xmlns="http://www.w3.org/2000/svg"><g aria-roledescription="bar"><path aria-label="City: Bronx; Race: Asian; Stops: 7" d="M0,0h1"/></g></svg>'
    ),
    "text mark of a compiled chart": (f"{DATA}/charts/x.svg", '<svg xmlns="http://www.w3.org/2000/svg"><g><text>Asian, Bronx</text><text>7</text></g></svg>'
    ),
    "compiled Vega": (f"{DATA}/charts/x.vg.json", json.dumps({"$schema": "https://vega.github.io/schema/vega/v5.json", "data": [{"name": "source_0", "values": [{"x": "BRONX", "color": "ASIAN", "value": 7}]}], "marks": [{"type": "rect"}]})
    ),
    "text in compiled Vega": (f"{DATA}/charts/x.vg.json", json.dumps({"description": "Bar chart. Lowest: Bronx, Asian (7).", "data": [], "marks": []})
    ),
    "scorecard": ("datasets/stops/scorecard.json", json.dumps({"scores": [{"field": "race", "says": "Asian, Bronx: 7"}]})),
    "search list": ("search-list.json", json.dumps({"entries": [["Asian, Bronx", "datasets/stops/", 7]]})),
    "texts of a drawing": (f"{DATA}/index.html", page("<svg><text>Asian, Bronx</text><text>7</text></svg>")
    ),
    "data attributes": (f"{DATA}/index.html", page('<span data-race="ASIAN" data-city="BRONX" data-n="7"></span>')
    ),
    "comment": (f"{DATA}/index.html", page("<!-- Asian, Bronx: 7 -->")),
    "hidden element": (f"{DATA}/index.html", page("<p hidden>Asian, Bronx: 7</p>")),
    "description": (f"{DATA}/index.html", page("", '<meta name="description" content="Asian, Bronx: 7">')
    ),
    "JSON-LD": (f"{DATA}/index.html", page("", f'<script type="application/ld+json">{json.dumps(ROW)}</script>')
    ),
    "script": (f"{DATA}/index.html", page("<script>var x = 'Asian, Bronx: 7'</script>")),
    "feed": (f"{DATA}/feed.atom", "<feed><entry><summary>&lt;p&gt;Asian, Bronx: 7&lt;/p&gt;</summary></entry></feed>"
    ),
    "changes page": (f"{DATA}/changes/2026/index.html",
        page(LONG.replace("Stops", "Before").replace("</th></tr>", "</th><th>After</th></tr>").replace("7</td></tr>", "45</td><td>7</td></tr>")),
    ),
    "compiled chart": (f"{DATA}/charts/c-328.vega.json", json.dumps({**VEGA, "data": [{"values": [ROW]}]})),
    "text of a compiled chart": (f"{DATA}/charts/c-328.vega.json", json.dumps({**VEGA, "title": {"text": "Asian, Bronx: 7"}})),
    "search index": ("search.json", json.dumps([{"title": "Stops", "text": "Asian, Bronx: 7"}])),
    "text file": ("llms.txt", "Stops\nAsian, Bronx: 7\n"),
    "Markdown": (f"{DATA}/notes.md", "| Asian | Bronx | 7 |\n"),
    "sum that gives it away": (f"{DATA}/receipts.json", receipt(counts=["city", "race", "people", "n"], rows=[["BRONX", "ASIAN", 7, None]])
    ),
}  # fmt: skip


def find(root: Path) -> list[Finding]:
    return list(audit_site(root).findings)


@pytest.mark.parametrize("channel", PLANTS)
def test_a_hidden_count_is_named_in_each_channel(channel: str, tmp_path: Path) -> None:
    folder = publish(tmp_path, alternatives=ALTERNATIVES)
    plant = PLANTS[channel]
    path = write(tmp_path, *plant) if isinstance(plant, tuple) else plant(tmp_path, folder)
    findings = find(tmp_path)
    assert findings, "nothing found"
    told = {(finding.rule, finding.file) for finding in findings}
    assert told == {("audit-value-published", path)}
    cells = {finding.found.split(": ")[0] for finding in findings}
    assert "city BRONX, race ASIAN is 7" in cells
    whole = channel in ("rows to count", "explorer")
    assert len(cells) == (len(HIDDEN) if whole else 1)
    release = "@2026-01-01" if channel == "page of another release" else ""
    assert {(f.dataset, f.resource) for f in findings} == {(f"stops{release}", "by-race-city")}


CELLS = (
    "<table><tr><th>Race</th><th>City</th><th>Cells</th><th>Suppressed</th><th>Share</th></tr>"
    "<tr><td>Asian</td><td>Bronx</td><td>1</td><td>1</td><td>100%</td></tr></table>"
)
HARMLESS = {
    "numbers of cells": CELLS,
    "shown cell": WIDE.replace("Bronx", "Kings").replace(">7<", ">40<"),
    "suppressed": WIDE.replace(">7<", ">fewer than 11<"),
    "limit": "<p>Asian, Bronx: fewer than 11, at least 1.</p>",
    "year": "<p>In 2019, Asian people in the Bronx were stopped.</p>",
    "other cells in the sentence": "<p>White 45 in the Bronx, Asian suppressed, Kings 40.</p>",
    "row": "<p>by-race-city, row 2: Asian, Bronx: suppressed</p>",
    "number that the cell cannot have": "<p>Asian, Bronx: 60</p>",
    "dimension alone": "<p>Bronx has 12 precincts. Asian people lived in 3 of them.</p>",
    "share that leaves the range": WIDE.replace(">7<", ">20%<"),
    "sum of all races": "<table><tr><th>City</th><th>Stops</th></tr><tr><td>Bronx</td><td>77</td></tr></table>",
    "date": "<p>Asian, Bronx: suppressed since 7 May 2026, version 1.7.</p>",
    "axis": "<svg><text>Asian</text><text>Bronx</text><text>0</text><text>50</text></svg>",
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_other_numbers_are_no_leak(kind: str, tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    write(tmp_path, f"{DATA}/index.html", page(HARMLESS[kind]))
    assert find(tmp_path) == []


def test_numbers_of_cells_of_another_release_are_no_leak(tmp_path: Path) -> None:
    """The page says how many counts the newest release hides of a city that an earlier one hides."""
    few: dict[Cell, int] = {("ASIAN", "BRONX"): 7, ("ASIAN", "QUEENS"): 30}
    folder = publish(tmp_path, few, hidden=few, date="2026-01-01")
    by_city = folder / "downloads/by-city"
    by_city.with_suffix(".parquet").unlink()
    by_city.with_suffix(".csv").write_text("city,count\nBRONX,suppressed\nQUEENS,suppressed\n")
    publish(tmp_path, alternatives=ALTERNATIVES)
    cells = "<tr><th>City</th><th>Cells</th><th>Suppressed</th></tr><tr><td>Bronx</td><td>3</td><td>2</td></tr>"
    write(tmp_path, f"{DATA}/index.html", page(f"<table>{cells}</table>"))
    assert not [one for one in audit_site(tmp_path).findings if one.rule == "audit-value-published"]


def test_a_sort_order_and_lengths_in_a_compiled_chart_are_no_leak(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    order = "datum['race']==='ASIAN' && datum['city']==='BRONX' ? 7 : 8"
    step = {"type": "formula", "expr": order, "as": "place"}
    drawing = {"race": "ASIAN", "city": "BRONX", "offset": 7}
    line = {"race": "ASIAN", "city": "BRONX", "status": "suppressed", "value": None, "stretch": 1}
    chart = {**VEGA, "data": [{"transform": [step]}, {"values": [line]}], "marks": [drawing]}
    write(tmp_path, f"{DATA}/charts/c-328.vega.json", json.dumps(chart))
    assert find(tmp_path) == []


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><th>Month<th>Race<th>Count<tr><th>May 2026<td>Asian<td>7</table>",
        "<p>A text. May 2026, Asian: 7. Another one.</p>",
    ],
)
def test_periods_are_labels_as_pages_write_them(tmp_path: Path, body: str) -> None:
    months = {"BRONX": "2026-05", "QUEENS": "2026-06", "KINGS": "2026-07"}
    counts: dict[Cell, int] = {(race, months[city]): n for (race, city), n in COUNTS.items()}
    hidden: list[Cell] = [(race, months[city]) for race, city in HIDDEN]
    publish(
        tmp_path, counts, hidden=hidden, dimensions=("race", "month"), alternatives=ALTERNATIVES
    )
    write(tmp_path, f"{DATA}/index.html", page(body))
    (finding,) = find(tmp_path)
    assert finding.found.startswith("month 2026-05, race ASIAN is 7: ")


@pytest.mark.parametrize("text", ["St. Paul East, Asian: 7", "7 Asian people in St. Paul East"])
def test_labels_with_signs_that_end_a_sentence(tmp_path: Path, text: str) -> None:
    counts: dict[Cell, int] = {
        (key[0], key[1].replace("BRONX", "St. Paul East")): n for key, n in COUNTS.items()
    }
    hidden: list[Cell] = [
        (race, city) for race in ("ASIAN", "BLACK") for city in ("St. Paul East", "QUEENS")
    ]
    publish(tmp_path, counts, hidden=hidden, alternatives=ALTERNATIVES)
    write(tmp_path, f"{DATA}/index.html", page(f"<p>A text. {text}. Another one.</p>"))
    (finding,) = find(tmp_path)
    assert finding.found.startswith("city St. Paul East, race ASIAN is 7: ")


def test_files_of_other_datasets_are_not_about_this_one(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    write(tmp_path, "datasets/arrests/index.html", page(WIDE))
    write(tmp_path, "api/v1/datasets/arrests.json", json.dumps([ROW]))
    assert find(tmp_path) == []


def test_numbers_outside_that_name_another_dataset_are_about_that_one(tmp_path: Path) -> None:
    """A page of a place has numbers of several datasets."""
    publish(tmp_path, alternatives=ALTERNATIVES)
    write(tmp_path, "datasets/arrests/index.html", page(""))
    rows = "dataset,by,value,place,count\narrests,Race,Asian,Bronx,7\n"
    write(tmp_path, "places/bronx/numbers.csv", rows)
    row = {"dataset": "arrests", "counts": [ROW]}
    write(tmp_path, "places/bronx/numbers.json", json.dumps(row))
    table = WIDE.replace("<table>", '<table data-count="arrests.places">')
    write(tmp_path, "places/bronx/index.html", page(table))
    assert find(tmp_path) == []
    own = [rows.replace("arrests", "stops"), json.dumps({**row, "dataset": "stops"}), page(WIDE)]
    for name, text in zip(("numbers.csv", "numbers.json", "index.html"), own, strict=True):
        write(tmp_path, f"places/bronx/{name}", text)
    assert len({finding.file for finding in find(tmp_path)}) == 3


def test_data_outside_are_of_the_dataset_that_has_their_fields(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    fields = [{"name": name} for name in ("race", "city", "hour", "officer")]
    package = json.dumps({"resources": [{"schema": {"fields": fields}}]})
    write(tmp_path, "datasets/arrests/downloads/datapackage.json", package)
    rows = [{"race": "ASIAN", "city": "BRONX", "hour": 7, "officer": "x"}]
    write(tmp_path, "arrests-api/all.json", json.dumps(rows))
    assert find(tmp_path) == []
    path = write(tmp_path, "stops-api/all.json", json.dumps([ROW]))
    assert [finding.file for finding in find(tmp_path)] == [path]


def test_a_small_count_of_a_combination_without_a_table(tmp_path: Path) -> None:
    publish(
        tmp_path,
        {("ASIAN", "BRONX", "M"): 40, ("BLACK", "KINGS", "F"): 50},
        dimensions=("race", "city", "sex"),
        hidden=[],
    )
    folder = tmp_path / DATA
    document = json.loads((folder / "protection.json").read_text())
    document["tables"] = [t for t in document["tables"] if len(t["dimensions"]) < 3]
    (folder / "protection.json").write_text(json.dumps(document))
    rows = [["ASIAN", "BRONX", "F", 3]]
    write(
        tmp_path, f"{DATA}/receipts.json", receipt(counts=["race", "city", "sex", "n"], rows=rows)
    )
    (finding,) = find(tmp_path)
    assert "no protected table has their combination" in finding.found


@pytest.mark.parametrize("base", [77, 150, 407])
def test_shares_of_large_hidden_cells_give_a_small_one_away(tmp_path: Path, base: int) -> None:
    """30 of ASIAN in QUEENS is not small; what is left of the row is."""
    publish(tmp_path, alternatives=ALTERNATIVES)
    rows = [["QUEENS", "ASIAN", f"{30 / base:.1%}"]]
    path = write(
        tmp_path, f"{DATA}/receipts.json", receipt(counts=["city", "race", "of"], rows=rows)
    )
    findings = find(tmp_path)
    assert {(finding.rule, finding.file) for finding in findings} == {
        ("audit-value-published", path)
    }
    assert any(f.found.startswith("city BRONX, race ASIAN is ") for f in findings)


def test_parts_of_a_hidden_cell_in_a_table_that_is_not_protected(tmp_path: Path) -> None:
    publish(tmp_path, alternatives=ALTERNATIVES)
    folder = tmp_path / DATA
    sexes = {(*key, sex): 50 for key in COUNTS for sex in ("M", "F")}
    publish(tmp_path / "other", sexes, dimensions=("race", "city", "sex"), hidden=[])
    source = tmp_path / "other" / DATA / "downloads"
    document = json.loads((folder / "protection.json").read_text())
    for name in ("by-sex",):
        for ending in (".csv", ".parquet"):
            text = (source / f"{name}{ending}").read_bytes()
            (folder / "downloads" / f"{name}{ending}").write_bytes(text)
    path = folder / "downloads" / "by-sex.parquet"
    pq.write_table(pa.table({"sex": ["F", "M"], "count": [200, 207]}), path)
    (folder / "downloads" / "by-sex.csv").write_text("sex,count\nF,200\nM,207\n")
    document["tables"].append({"resource": "by-sex", "dimensions": ["sex"]})
    (folder / "protection.json").write_text(json.dumps(document))
    for file in (tmp_path / "other").rglob("*"):
        file.unlink() if file.is_file() else None
    rows = [["ASIAN", "QUEENS", "F", 14], ["ASIAN", "QUEENS", "M", 16]]
    write(
        tmp_path, f"{DATA}/receipts.json", receipt(counts=["race", "city", "sex", "n"], rows=rows)
    )
    findings = find(tmp_path)
    assert any(
        f.found.startswith("city BRONX, race ASIAN is 7: counts by city and race") for f in findings
    )


def test_months_in_the_language_of_the_portal(tmp_path: Path) -> None:
    month = {"BRONX": "2026-03", "QUEENS": "2026-04", "KINGS": "2026-05"}
    counts: dict[Cell, int] = {(race, month[city]): count for (race, city), count in COUNTS.items()}
    hidden = [(race, month[city]) for race, city in HIDDEN]
    publish(tmp_path, counts, hidden=hidden, dimensions=("race", "month"))
    write(tmp_path, "assets/portal.mo", write_catalogue(March="Mars", May="mai"))
    write(tmp_path, "index.html", page("<p>Le 7 mai 2026. ASIAN: Mars 2026: 7.</p>"))
    found = audit_site(tmp_path).findings
    assert [one.file for one in found] == ["index.html"]
    assert "month 2026-03, race ASIAN is 7: " in found[0].found
