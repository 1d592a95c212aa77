"""Each class of published bytes is changed and every list made anew; verify names what differs."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import write_portal
from tests.tampering import edit_json, replace_text, reseal

GOLD = Path(__file__).parents[1] / "gold"
API = "api/v1/datasets/stops.json"
LIST = "api/v1/datasets.json"
HOME = "datasets/stops"
OTHER = "datasets/contacts"
CARD = f"{HOME}/scorecard.json"
BOOK = "datasets/visits/codebook/index.html"
ZIP = f"{HOME}/downloads/stops.zip"
LABEL = re.compile(r"(<td [^>]*data-meaning=\"value\"[^>]*>)([^<]+)(</td>)")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(GOLD / "graded" / "portal", folder / "portal")
    address = "https://desk.example/records"
    build_portal(folder / "portal", folder / "site", lambda _: None, base_url=address)
    return folder / "site"


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def edit(path: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    """A change of the JSON document at `path`."""

    def tamper(site: Path) -> None:
        edit_json(site / path, lambda document: (change(document), None)[1])

    return tamper


def write(path: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of the text at `path`."""
    return lambda site: replace_text(site / path, old, new, 1)


def in_zip(old: str, new: str) -> Callable[[Path], None]:
    """A change of the README in a zip."""

    def tamper(site: Path) -> None:
        with zipfile.ZipFile(site / ZIP) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        text = held["README.txt"].decode()
        assert old in text
        held["README.txt"] = text.replace(old, new, 1).encode()
        with zipfile.ZipFile(site / ZIP, "w") as archive:
            for name, content in held.items():
                archive.writestr(name, content)

    return tamper


def described(old: str, new: str) -> Callable[[Path], None]:
    """A change of the JSON-LD of a dataset's page."""

    def tamper(site: Path) -> None:
        page = site / HOME / "index.html"
        head, mark, rest = page.read_text().partition("ld+json")
        assert old in rest
        page.write_text(head + mark + rest.replace(old, new, 1))

    return tamper


def leave_out(path: str, pattern: str) -> Callable[[Path], None]:
    """The first place of a pattern taken out of the text at `path`."""

    def tamper(site: Path) -> None:
        text = (site / path).read_text()
        made = re.sub(pattern, "", text, count=1, flags=re.DOTALL)
        assert made != text
        (site / path).write_text(made)

    return tamper


def cite_another_file(site: Path) -> None:
    """Another SHA-256 in every form of a citation."""
    for ending in ("bib", "json", "ris"):
        path = site / HOME / f"citation.{ending}"
        text = re.sub(r"(SHA-256 of [^:]+: )[0-9a-f]{8}", r"\g<1>00000000", path.read_text())
        path.write_text(text)


DIFFERS = "document-differs"
TAMPERINGS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "rows in the API's list": (
        edit(LIST, lambda d: [item.update(rows=999) for item in d["datasets"]]), DIFFERS, LIST),
    "a title in the API's list": (
        edit(LIST, lambda d: d["datasets"][0].update(title="Other")), DIFFERS, LIST),
    "a dataset left out of the API's list": (
        edit(LIST, lambda d: d["datasets"].pop()), DIFFERS, LIST),
    "a page that leads nowhere": (
        edit(LIST, lambda d: d["datasets"][0].update(page="https://desk.example/x")), DIFFERS, LIST),
    "rows in a dataset's document": (edit(API, lambda d: d.update(rows=999)), DIFFERS, API),
    "rows of a table": (
        edit(API, lambda d: (d["tables"][0].update(rows=999), d.update(rows=999))), DIFFERS, API),
    "rows of a download": (
        edit(API, lambda d: d["downloads"][0].update(rows=999)), DIFFERS, API),
    "a hash": (edit(API, lambda d: d["downloads"][0].update(sha256="0" * 64)), DIFFERS, API),
    "a size": (edit(API, lambda d: d["downloads"][0].update(bytes=1)), DIFFERS, API),
    "a download elsewhere": (
        edit(API, lambda d: d["downloads"][0].update(url="https://evil.example/x")), DIFFERS, API),
    "a field": (
        edit(API, lambda d: d["tables"][0]["fields"][0].update(title="Other")), DIFFERS, API),
    "a licence": (
        edit(API, lambda d: d.update(licenses=[{"name": "X", "path": ""}])), DIFFERS, API),
    "a title in the catalogue": (
        edit("data.json", lambda d: d["dataset"][0].update(title="Other")), DIFFERS, "data.json"),
    "a download in the catalogue": (
        edit("data.json", lambda d: d["dataset"][0]["distribution"][0].update(downloadURL="x")),
        DIFFERS, "data.json"),
    "a dataset left out of the catalogue": (
        edit("data.json", lambda d: d["dataset"].pop()), DIFFERS, "data.json"),
    "a dataset twice in the catalogue": (
        edit("data.json", lambda d: d["dataset"].append(d["dataset"][0])), DIFFERS, "data.json"),
    "no catalogue": (lambda site: (site / "data.json").unlink(), DIFFERS, "data.json"),
    "a dataset left out of the page of all": (
        leave_out("datasets/index.html", r"<tr>\s*<th scope=\"row\">.*?</tr>"), "page-differs",
        "datasets/index.html"),
    "the name of a column of a table of counts": (
        edit(f"{OTHER}/receipts.json", lambda d: next(
            r for r in d["receipts"] if "counts" in r)["counts"].__setitem__(0, "wrong")),
        "receipt-differs", f"{OTHER}/receipts.json"),
    "how many rows a query returned": (
        write(f"{OTHER}/codebook/index.html", 'data-fact="returned">', 'data-fact="returned">9'),
        "page-differs", f"{OTHER}/codebook/index.html"),
    "a count in a scorecard": (
        edit(CARD, lambda d: next(e for e in d["elements"] if e["element"] == "date")["records"]
             .update(known=39)), DIFFERS, CARD),
    "the rows of a scorecard": (edit(CARD, lambda d: d.update(rows=41)), DIFFERS, CARD),
    "a grade in a scorecard": (
        edit(CARD, lambda d: next(e for e in d["elements"] if e["element"] == "date")
             .update(grade="withheld")), DIFFERS, CARD),
    "a category in a scorecard": (
        edit(CARD, lambda d: d["categories"]["sex_or_gender"]["counts"].update(female=15)),
        DIFFERS, CARD),
    "a sitemap with another page": (
        write("sitemap.xml", "/datasets/stops/<", "/datasets/other/<"), DIFFERS, "sitemap.xml"),
    "robots that lead elsewhere": (
        write("robots.txt", "desk.example", "evil.example"), DIFFERS, "robots.txt"),
    "a hash for search engines": (
        described('"contentSize": "', '"contentSize": "9'), DIFFERS, f"{HOME}/index.html"),
    "an address for search engines": (
        described('"contentUrl": "https://desk.', '"contentUrl": "https://evil.'), DIFFERS,
        f"{HOME}/index.html"),
    "the title in a README": (in_zip("S", "X"), DIFFERS, ZIP),
    "the rows in a README": (in_zip("by-sex: 2 rows", "by-sex: 3 rows"), DIFFERS, ZIP),
    "the sources in a README": (in_zip("Sources\n", "Sources\n- Nobody\n"), DIFFERS, ZIP),
    "the citation in a README": (in_zip("How to cite\n  ", "How to cite\n  Not "), DIFFERS, ZIP),
    "an author in one form of a citation": (
        write(f"{HOME}/citation.bib", "author = {", "author = {Nobody and "), DIFFERS,
        f"{HOME}/citation.bib"),
    "the file that a citation names": (cite_another_file, DIFFERS, f"{HOME}/citation.json"),
    "rows in the manifest": (
        edit("manifest.json", lambda d: [i.update(rows=999) for i in d["files"] if "rows" in i]),
        "receipt-file-wrong", f"{HOME}/receipts.json"),
}  # fmt: skip


def test_the_portal_holds_as_it_was_built(built: Path) -> None:
    report = verify(built)
    assert (report.findings, report.skipped) == ((), ())
    assert report.documents >= 6


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_is_changed_is_named(site: Path, name: str) -> None:
    tamper, rule, file = TAMPERINGS[name]
    tamper(site)
    reseal(site)
    assert (rule, file) in {(f.rule, f.file) for f in verify(site).findings}


def test_a_page_that_no_other_leads_to_is_named(site: Path) -> None:
    (site / "more").mkdir()
    page = (site / "verify" / "index.html").read_text()
    (site / "more" / "index.html").write_text(page)
    report = verify(site)
    assert not any("more/" in item.what for item in report.skipped)
    reseal(site)
    report = verify(site)
    assert [item.what for item in report.skipped] == ["who finds more/index.html"]


def swap_labels(text: str) -> str:
    """A codebook with the meanings of the first two values swapped."""
    first, second = list(LABEL.finditer(text))[:2]
    assert first[2] != second[2]
    made = text[: first.start(2)] + second[2] + text[first.end(2) : second.start(2)]
    return made + first[2] + text[second.end(2) :]


def swap_labels_without_marks(text: str) -> str:
    return re.sub(r' data-meaning="value"', "", swap_labels(text))


def change_mark(text: str) -> str:
    assert "Withheld: trade secrets</td>" in text
    return text.replace("Withheld: trade secrets</td>", "Not recorded</td>", 1)


@pytest.mark.parametrize("change", [swap_labels, swap_labels_without_marks, change_mark])
def test_meanings_in_a_codebook_are_those_of_the_descriptor(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    site = tmp_path / "_site"
    build_portal(write_portal(tmp_path), site, lambda _: None)
    (site / BOOK).write_text(change((site / BOOK).read_text()))
    reseal(site)
    assert ("page-differs", BOOK) in {(f.rule, f.file) for f in verify(site).findings}
