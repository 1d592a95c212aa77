"""One thing is changed in each kind of published file; verify says so, or says that it does not look.

A portal that publishes a kind of file without a case here fails, and so does a kind that the
documents do not name.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.tampering import edit_json, edit_parquet, reseal

GOLD = Path(__file__).parents[1] / "gold"
DOCUMENT = (Path(__file__).parents[2] / "docs" / "verification.md").read_text()
PORTALS = ("claims", "doubted", "graded", "releases", "requests")
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
RELEASE = f"(?:/releases/{DAY})?"
HOME = f"datasets/[^/]+{RELEASE}"

Change = Callable[[Path], None]


def swap(old: str, new: str) -> Change:
    """The first place of a pattern in a text replaced."""

    def change(path: Path) -> None:
        text = path.read_text()
        made = re.sub(old, new, text, count=1)
        assert made != text, f"{path} has no {old}"
        path.write_text(made)

    return change


def document(change: Callable[[Any], object]) -> Change:
    """A change of a JSON document."""
    return lambda path: edit_json(path, lambda value: (change(value), None)[1])


def raise_number(value: Any) -> bool:
    """One more in the first number of a JSON value; whether there was one."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, int | float) and not isinstance(item, bool):
            value[key] = item + 1
            return True
        if isinstance(item, dict | list) and raise_number(item):
            return True
    return False


def in_archive(member: str, old: str, new: str) -> Change:
    """A text in a member of a zip, as a workbook is one."""

    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        [name] = [name for name in held if re.fullmatch(member, name)]
        made = re.sub(old.encode(), new.encode(), held[name], count=1)
        assert made != held[name]
        with zipfile.ZipFile(path, "w") as archive:
            for name_, content in {**held, name: made}.items():
                archive.writestr(name_, content)

    return change


def last_digit(path: Path) -> None:
    """The last digit in a list of records."""
    text = path.read_text()
    at = max(found.start() for found in re.finditer("[0-9]", text))
    path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])


def one_byte_more(path: Path) -> None:
    """A byte behind the end of a picture."""
    path.write_bytes(path.read_bytes() + b"x")


def first_integer(path: Path) -> None:
    """A number in a table."""
    [(name, _)] = duckdb.execute(
        "SELECT name, type FROM parquet_schema(?) WHERE type = 'INT64' LIMIT 1", [str(path)]
    ).fetchall()
    edit_parquet(path, f'"{name}"', f'"{name}" + 1', "TRUE")


def first_record(path: Path) -> None:
    edit_json(path, lambda rows: None if raise_number(rows[0]) else rows.pop())


NUMBER = swap(r'(data-(?:count|figure)="[^"]*"[^>]*>)[0-9]', r"\g<1>77")

KINDS: dict[str, tuple[str, Change | str]] = {
    "numbers on a page": (r".*\.html", NUMBER),
    "figures of charts on a page": (rf"{HOME}/index\.html", swap(r"<svg ", '<svg data-x="1" ')),
    "texts for those who do not see": (rf"{HOME}/index\.html", swap(r"<desc([^>]*)>", r"<desc\1>No. ")),
    "links of a page": (r"index\.html", swap(r'href="datasets/', 'href="datasets/no')),
    "what a page tells search engines of a dataset": (
        r"datasets/[^/]+/index\.html", swap(r'"contentSize": ?"[0-9]', '"contentSize":"99')),
    "the words of a claim's review": (r"claims/[^/]+/index\.html", swap(r'("alternateName": ?")', r"\1Not ")),
    "the person of a claim's review": (r"claims/[^/]+/index\.html", swap(r'("claimReviewed": ?")', r"\1Never ")),
    "labels of values": (r"datasets/[^/]+/codebook/index\.html", swap(r'(data-meaning="value"[^>]*>)', r"\1Not ")),
    "the list of claims": (r"claims/index\.html", swap(r'(<li class="claim[^>]*data-item=")', r"\1Not ")),
    "how many claims there are": (r"claims/index\.html", swap(r'(data-tally="">)[0-9]+', r"\g<1>99")),
    "days of releases": (r"datasets/[^/]+/releases/index\.html", swap(r"(<time[^>]*>[^<]*)2026", r"\g<1>2025")),
    "receipts": (rf"({HOME}|datasets/[^/]+/changes)/receipts\.json|claims/receipts\.json",
                 document(lambda d: raise_number(d["receipts"][0]))),
    "charts": (rf"{HOME}/charts/[^/.]+\.json", document(lambda d: d["datasets"]["rows"][0].update(value=4800))),
    "numbers of a chart": (rf"{HOME}/charts/[^/]+\.csv", last_digit),
    "the SVG file of a chart": (rf"{HOME}/charts/[^/]+\.svg", swap(r"<svg ", '<svg data-x="1" ')),
    "the PNG file of a chart": (rf"{HOME}/charts/[^/]+\.png", one_byte_more),
    "compiled charts": (rf"{HOME}/charts/[^/]+\.vega\.json", document(lambda d: d.update(width=99))),
    "CSV": (rf"{HOME}/downloads/[^/]+\.csv", last_digit),
    "JSON": (rf"{HOME}/downloads/(?!datapackage)[^/]+\.json", first_record),
    "XLSX, its data": (rf"{HOME}/downloads/[^/]+\.xlsx", in_archive("xl/worksheets/sheet2.xml", "<v>[0-9]", "<v>77")),
    "XLSX, its first sheet": (rf"{HOME}/downloads/[^/]+\.xlsx", in_archive(
        "xl/sharedStrings.xml", r": [0-9]+ rows, each", ": 9 rows, each")),
    "Parquet": (rf"{HOME}/downloads/[^/]+\.parquet", first_integer),
    "descriptors": (rf"{HOME}/downloads/datapackage\.json", document(lambda d: raise_number(d["resources"][0]))),
    "zips": (rf"{HOME}/downloads/[^/]+\.zip", in_archive("[^/]+\\.csv", "[0-9]", "x")),
    "the README in a zip": (rf"{HOME}/downloads/[^/]+\.zip", in_archive("README.txt", ": [0-9]+ rows", ": 9 rows")),
    "chains of releases": (r"datasets/[^/]+/releases\.json", swap(r'"note": ?"', '"note": "No. ')),
    "feeds of changes": (r"datasets/[^/]+/changes/feed\.atom", swap("<summary>", "<summary>No. ")),
    "the feed of claims": (r"claims/feed\.atom", swap("<summary>", "<summary>No. ")),
    "lists of records": (r"datasets/[^/]+/changes/(?:[^/]+/)?[^/]+\.csv", last_digit),
    "the list of datasets": (r"api/v1/datasets\.json", document(lambda d: raise_number(d["datasets"]))),
    "the document of a dataset": (r"api/v1/datasets/[^/]+\.json", document(lambda d: raise_number(d["tables"]))),
    "pages of records": (r"api/v1/datasets/[^/]+/records/[^/]+/[0-9]+\.json",
                         document(lambda d: raise_number(d["records"]))),
    "the dataset of a page of records": (
        r"api/v1/datasets/[^/]+/records/[^/]+/[0-9]+\.json", document(lambda d: d.pop("dataset"))),
    "records at an address of one's own": (r"own/records(?:\.json)?", document(lambda d: raise_number(d["records"]))),
    "the catalogue": (r"data\.json", swap(r'"title": ?"', '"title":"No. ')),
    "scorecards": (rf"{HOME}/scorecard\.json", document(lambda d: d.update(rows=4800))),
    "the sitemap": (r"sitemap\.xml", swap("<loc>", "<loc>no")),
    "robots.txt": (r"robots\.txt", swap("(?i)sitemap: ", "Sitemap: no")),
    "the manifest": (r"manifest\.json", "hash"),
    "the sums": (r"SHA256SUMS", "hash"),
    "cards for links": (r"(?:.+/)?card\.png", "`card.png` (the picture that other sites show with a link)"),
    "citations": (rf"{HOME}/citation\.(?:bib|json|ris)", swap("20[0-9]{2}", "1999")),
    "feeds": (r"(?:datasets/[^/]+/)?feed\.atom", swap("<summary>", "<summary>No. ")),
    "lists of rows": (rf"{HOME}/rows/[^/]+/rows\.json", document(lambda d: d.update(title="No"))),
    "protections": (rf"{HOME}/protection\.json", "`plainrecord audit` compares it"),
    "assets": (r"assets/[^/]+", "files of standards, other `assets/`"),
    "files of standards": (r"standards/.*\.(?:json|yaml|csv|md)", "files of standards, other `assets/`"),
    "the mark for GitHub": (r"\.nojekyll", "files of standards, other `assets/`"),
}  # fmt: skip
"""By kind: the files, and a change that verify must name; or words in the documents that say that
the kind is compared with its hash alone."""


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name in PORTALS:
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(GOLD / name / "portal", folder / "portal")
        if name == "doubted":
            place = folder / "portal/data/stops/datapackage.yaml"
            api = "{resource: stops, date_field: day, page_size: 50, aliases: [own/records]}"
            text = place.read_text().replace("plainrecord:\n", f"plainrecord:\n  api: {api}\n")
            place.write_text(text)
        build_portal(
            folder / "portal", folder / "site", lambda _: None, base_url="https://d.example/r"
        )
        made[name] = folder / "site"
    return made


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def published(site: Path) -> list[str]:
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file())


def test_each_kind_of_published_file_has_a_case(portals: dict[str, Path]) -> None:
    for site in portals.values():
        for path in published(site):
            known = [name for name, (files, _) in KINDS.items() if re.fullmatch(files, path)]
            assert known or path == ".plainrecord-site", f"{path}: a kind of file without a case"


@pytest.mark.parametrize("kind", [name for name, (_, how) in KINDS.items() if callable(how)])
def test_a_change_is_named(portals: dict[str, Path], tmp_path: Path, kind: str) -> None:
    files, change = KINDS[kind]
    assert callable(change)
    for source in portals.values():
        for path in (p for p in published(source) if re.fullmatch(files, p)):
            site = tmp_path / "site"
            shutil.copytree(source, site, dirs_exist_ok=True)
            try:
                change(site / path)
            except (AssertionError, ValueError, KeyError, IndexError):
                continue  # this file has nothing of the kind
            reseal(site)
            report = verify(site)
            assert not report.holds, f"{path}: {kind}"
            return
    pytest.fail(f"no portal here has {kind}")


@pytest.mark.parametrize("kind", [name for name, (_, how) in KINDS.items() if not callable(how)])
def test_what_is_not_compared_is_documented(kind: str) -> None:
    words = KINDS[kind][1]
    assert isinstance(words, str)
    assert words in DOCUMENT


def test_the_portals_hold_as_they_are(portals: dict[str, Path]) -> None:
    for site in portals.values():
        report = verify(site)
        assert report.holds, report.findings
        assert json.dumps([item.what for item in report.skipped]) == "[]"
