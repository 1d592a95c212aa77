"""Documents about places: published with their hash, where a reader looks for them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.plan import plan_portal
from plainrecord.pipeline.protect import protect_dataset
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, SETTINGS, write_portal

PDF = b"%PDF-1.4\n1 0 obj\n<< /Author (Jane Clerk) /Title (Visit) >>\nendobj\n%%EOF\n"
KIND = "places: [{name: states, title: States, codes: us-states}]\n"
PLACES = "  places: [{kind: states, field: state}]\n"
NAME = "letter <img src=x> & more.txt"
GOOD = f"""  documents:
    - {{file: papers/inspection.pdf, title: Inspection of the site, kind: inspection, source: "https://inspect.example/1", date: 2026-02-03, field: state, values: [TX, California], strip: true}}
    - {{file: "papers/{NAME}", title: "A letter <b>to all</b>", kind: letter, source: Records request 12 of 2026, date: 2026-03, hash: "{hashlib.sha256(b"Dear all").hexdigest()}"}}
    - {{file: papers/other/inspection.pdf, title: Nowhere, source: The desk, date: "2026", field: state, values: [Ohio]}}
"""
FILES = {
    "papers/inspection.pdf": PDF,
    f"papers/{NAME}": b"Dear all",
    "papers/other/inspection.pdf": PDF.replace(b"Jane Clerk", b"          "),
    "papers/page.html": b"<script>alert(1)</script>",
    "papers/empty.txt": b"",
    "papers/broken.docx": b"PK\3\4",
    "papers/photo.jpg": b"\xff\xd8\xff\xe1",
}


def write(root: Path, documents: str) -> Path:
    descriptor = DESCRIPTOR.replace("  charts:\n", f"{PLACES}{documents}  charts:\n")
    changes: dict[str, str | bytes | None] = {f"data/visits/{n}": c for n, c in FILES.items()}
    changes["data/visits/datapackage.yaml"] = descriptor
    return write_portal(root, **{"site/portal.yaml": SETTINGS + KIND}, **changes)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    root = write(tmp_path_factory.mktemp("documents"), GOOD)
    report = build_portal(root, root / "_site", lambda _: None)
    return root / "_site", [f"{f.rule}: {f.found}" for f in report.findings]


def test_documents_stand_on_the_pages_of_their_places(built: tuple[Path, list[str]]) -> None:
    site, findings = built
    folder = site / "datasets/visits/documents"
    names = ["inspection-2.pdf", "inspection.pdf", "letter-img-src-x-more.txt"]
    assert sorted(path.name for path in folder.iterdir()) == names
    stripped = (folder / "inspection.pdf").read_bytes()
    assert b"Jane" not in stripped
    texas = (site / "places/states/texas/index.html").read_text()
    digest = hashlib.sha256(stripped).hexdigest()
    assert f'data-file="datasets/visits/documents/inspection.pdf">{digest}<' in texas
    assert "Inspection of the site" in (site / "places/states/california/index.html").read_text()
    assert "Inspection of the site" not in (site / "places/states/new-york/index.html").read_text()
    page = (site / "datasets/visits/index.html").read_text()
    assert "A letter &lt;b&gt;to all&lt;/b&gt;" in page
    assert "Records request 12 of 2026" in page
    assert "<img" not in page[page.index('id="documents"') :]
    assert findings == ["document-unplaced: no record has state 'Ohio'"]


def test_verify_reads_the_hash_of_a_document(built: tuple[Path, list[str]]) -> None:
    site, _ = built
    page = site / "places/states/texas/index.html"
    text = page.read_text()
    digest = hashlib.sha256((site / "datasets/visits/documents/inspection.pdf").read_bytes())
    page.write_text(text.replace(digest.hexdigest(), "0" * 64))
    found = {finding.rule for finding in verify_site(str(site), None, lambda _: None).findings}
    page.write_text(text)
    assert "page-differs" in found


@pytest.mark.parametrize(
    ("file", "more", "words"),
    [
        ("papers/page.html", "", "it ends in '.html'"),
        ("../visits/visits.csv", "", "it has a `..`"),
        ("papers/none.pdf", "", "there is no such file"),
        ("papers/empty.txt", "", "it is empty"),
        ("papers/inspection.pdf", f", hash: 'sha256:{'0' * 64}'", "its SHA-256 is"),
        ("out.pdf", "", "a link out of the folder"),
        ("papers/broken.docx", ", strip: true", "`strip` is true"),
        ("papers/photo.jpg", ", strip: true", "`strip` is true"),
        ("papers/inspection.pdf", ", date: 2026-13", "which no calendar has"),
        ("papers/inspection.pdf", ", date: 0000-01-01", "which no calendar has"),
    ],
)
def test_a_file_that_may_be_no_document_is_refused(
    tmp_path: Path, file: str, more: str, words: str
) -> None:
    more += "" if "date" in more else ", date: 2026-01-01"
    root = write(tmp_path, f'  documents: [{{file: "{file}", title: T, source: S{more}}}]\n')
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (root / "data/visits/out.pdf").symlink_to(tmp_path / "secret.pdf")
    _, findings = plan_portal(root)
    assert [words in f.found for f in findings if f.rule == "document-invalid"] == [True]


@pytest.mark.parametrize("file", ["visits.csv", "raw/notes.csv"])
def test_a_source_file_of_a_protected_dataset_is_no_document(tmp_path: Path, file: str) -> None:
    root = write(
        tmp_path, f"  documents: [{{file: {file}, title: T, source: S, date: 2026-01-01}}]\n"
    )
    (root / "data/visits/raw").mkdir()
    (root / "data/visits/raw/notes.csv").write_text("a\n1\n")
    path = root / "data/visits/datapackage.yaml"
    policy = "privacy: {tables: [{dimensions: [state]}], threshold: 5}"
    path.write_text(path.read_text().replace("privacy: {open: Sites are not people.}", policy))
    protect_dataset(root, "visits", lambda _: None)
    try:
        _, findings = plan_portal(root)
    except Blocked as blocked:
        findings = tuple(blocked.findings)
    assert "bundle-raw" in {finding.rule for finding in findings}
