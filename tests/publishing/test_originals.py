"""Hidden metadata of originals that readers download: named without a value, and taken out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from plainrecord.core.errors import Blocked
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.originals import find_metadata, strip_metadata
from tests.portals import DESCRIPTOR, SETTINGS, write_portal

CANARY = b"Jane Zyx"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book["Sheet"]
    sheet.append(["a", "b"])
    sheet.append([1, 2])
    sheet["A2"].comment = Comment("ask Jane Zyx", "Jane Zyx")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("secret").sheet_state = "hidden"
    book.properties.creator = book.properties.lastModifiedBy = "Jane Zyx"
    held = io.BytesIO()
    book.save(held)
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("docProps/custom.xml", '<Properties><property name="x"><vt:lpwstr>Jane Zyx</vt:lpwstr></property></Properties>')  # fmt: skip
    return held.getvalue()


def packed(**parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return held.getvalue()


DOCX = packed(
    word__document_xml='<w:document><w:commentRangeStart w:id="0"/><w:ins w:author="Jane Zyx"><w:t>now</w:t></w:ins></w:document>',
    word__comments_xml='<w:comments><w:comment w:author="Jane Zyx"><w:t>Jane Zyx</w:t></w:comment></w:comments>',
    word__people_xml='<w15:people><w15:person w15:author="Jane Zyx"/></w15:people>',
    docProps__core_xml="<cp:coreProperties><dc:description>for Jane Zyx</dc:description></cp:coreProperties>",
    docProps__app_xml=r"<Properties><Template>C:\Users\Jane Zyx\a.dotm</Template><Company>Jane Zyx Ltd</Company></Properties>",
)  # fmt: skip
ODS = packed(
    mimetype="application/vnd.oasis.opendocument.spreadsheet",
    meta_xml="<meta:initial-creator>Jane Zyx</meta:initial-creator><dc:creator>Jane Zyx</dc:creator>",
    content_xml='<office:annotation><dc:creator>Jane Zyx</dc:creator></office:annotation><table:table-row table:visibility="collapse"/>',
)  # fmt: skip
PDF = (
    b"%PDF-1.4\n1 0 obj <</Author (Jane Zyx) /Title (C:\\\\Users\\\\Jane Zyx\\\\a.doc)>> endobj\n"
    b"2 0 obj <</Type /Annot /Subtype /Text /T (Jane Zyx) /Contents (ask Jane Zyx)>> endobj\n"
    b"4 0 obj <</Author <4A616E65205A7978>>> endobj\n"
    b"3 0 obj <</Type /Metadata>> stream\n<dc:creator><rdf:Seq><rdf:li>Jane Zyx</rdf:li></rdf:Seq></dc:creator>\nendstream"
)
CASES: dict[str, tuple[bytes, set[str], set[str]]] = {
    "a.xlsx": (workbook(), {"the author", "the last editor", "comments", "hidden sheets", "hidden rows", "hidden columns", "names of who commented", "properties of an office"}, {"hidden sheets", "hidden rows", "hidden columns"}),
    "a.docx": (DOCX, {"the company", "the note on the file", "a path of a computer", "names of who commented", "comments", "marks of comments", "tracked changes", "names of who changed the text"}, {"tracked changes"}),
    "a.ods": (ODS, {"the author", "the last editor", "comments", "hidden rows or columns"}, {"hidden rows or columns"}),
    "a.pdf": (PDF, {"the author", "a path of a computer", "comments", "who commented"}, set()),
}  # fmt: skip


def kinds(name: str, content: bytes) -> set[str]:
    found = find_metadata(name, content)
    assert CANARY.decode() not in " ".join(found)
    return {kind.split(" (")[0] for kind in found}


@pytest.mark.parametrize("name", CASES)
def test_metadata_are_named_and_taken_out(name: str) -> None:
    content, there, left = CASES[name]
    assert kinds(name, content) >= there
    stripped = strip_metadata(name, content)
    assert kinds(name, stripped) == left
    assert strip_metadata(name, content) == stripped
    if name.endswith(".pdf"):
        assert len(stripped) == len(content)
        assert CANARY not in stripped
    else:
        with zipfile.ZipFile(io.BytesIO(stripped)) as archive:
            assert not any(CANARY in archive.read(item) for item in archive.namelist())


def test_a_stripped_workbook_still_opens_with_its_cells() -> None:
    book = openpyxl.load_workbook(io.BytesIO(strip_metadata("a.xlsx", workbook())))
    assert [[cell.value for cell in row] for row in book["Sheet"]] == [["a", "b"], [1, 2]]
    assert book["secret"].sheet_state == "hidden"


def test_a_stripped_opendocument_begins_with_its_type() -> None:
    with zipfile.ZipFile(io.BytesIO(strip_metadata("a.ods", ODS))) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", ("parts that cannot be read",)),
        ("a.txt", b"/Author (x)", ()),
        ("b.pdf", b"", ()),
    ],
)
def test_other_and_broken_files_stay_as_they_are(
    name: str, content: bytes, found: tuple[str, ...]
) -> None:
    assert find_metadata(name, content) == found
    assert strip_metadata(name, content) == content


def test_a_bundle_is_warned_of_and_stripped_on_request(tmp_path: Path) -> None:
    bundle = "bundles: [{name: papers, folder: papers%s}]\n"
    for strip, rest in (("", True), (", strip: true", False)):
        root = write_portal(
            tmp_path / f"p{len(strip)}",
            **{"site/portal.yaml": SETTINGS + bundle % strip},
            **{"papers/a.docx": DOCX},
        )
        report = build_portal(root, root / "_site", lambda _: None)
        said = [f.found for f in report.findings if f.rule == "original-metadata"]
        assert said
        assert ("the company" in said[0]) is rest
        with zipfile.ZipFile(root / "_site/files/papers.zip") as archive:
            inner = zipfile.ZipFile(io.BytesIO(archive.read("papers/a.docx")))
            assert any(CANARY in inner.read(item) for item in inner.namelist()) is rest


def test_a_bundle_never_holds_the_rows_of_a_protected_dataset(tmp_path: Path) -> None:
    protected = DESCRIPTOR.replace(
        "{open: Sites are not people.}",
        "{identifiers: [visit_id], tables: [{dimensions: [state]}]}",
    )
    root = write_portal(
        tmp_path,
        **{
            "site/portal.yaml": SETTINGS + "bundles: [{name: raw, folder: data/visits}]\n",
            "data/visits/datapackage.yaml": protected,
            "data/visits/raw/draft.csv": "name\nJane Zyx\n",
        },
    )
    with pytest.raises(Blocked) as blocked:
        build_portal(root, root / "_site", lambda _: None)
    named = {f.file for f in blocked.value.findings if f.rule == "bundle-raw"}
    assert named == {"data/visits/visits.csv", "data/visits/raw/draft.csv"}
