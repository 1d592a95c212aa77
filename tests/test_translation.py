"""Texts of pages can be extracted, translated, and shown in the portal's language."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from plainrecord.core.errors import Blocked
from plainrecord.core.translation import gettext, ngettext, parse_catalogue, translated
from plainrecord.pipeline.build import build_portal
from plainrecord.receipts.axis_names import name_axis
from plainrecord.receipts.engine import PERIODS
from plainrecord.verify.site import verify_site

ROOT = Path(__file__).parent.parent
FROM_TEMPLATES = "Skip to the content"
FROM_CODE = "Codebook: {title}"


def write_catalogue(**texts: str) -> bytes:
    catalogue = Catalog(locale="de")
    for text, translation in texts.items():
        catalogue.add(text, translation)
    catalogue.add(("row", "rows"), ("Zeile", "Zeilen"))
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    file = tmp_path_factory.mktemp("texts") / "portal.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"]
    command += ["--mapping-file", "pyproject.toml", "--keywords", "to_translate"]
    command += ["--keywords", "number:2,3", "--output-file", str(file), "."]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    with file.open("rb") as stream:
        return read_po(stream)


def test_texts_of_templates_and_code_are_extracted(extracted: Catalog) -> None:
    assert len(extracted) > 500
    sources = {path.split("/")[0] for message in extracted for path, _ in message.locations}
    assert sources == {"templates", "plainrecord", "front", "site"}
    assert extracted.get(FROM_TEMPLATES) is not None


def test_texts_of_scripts_are_extracted(extracted: Catalog) -> None:
    scripts = [*(ROOT / "front").glob("*.js"), *(ROOT / "site" / "assets").glob("*.js")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    texts = set(re.findall(r'\b_\("([^"]*)"', source))
    assert len(texts) > 90
    assert {text for text in texts if extracted.get(text) is None} == set()
    assert re.findall(r'(?<!\b_\()"[A-Z][a-z]+ [a-z][^"]*"', re.sub(r"//.*", "", source)) == []


def test_a_catalogue_applies_inside_its_block_only() -> None:
    catalogue = parse_catalogue(write_catalogue(Rows="Zeilen"))
    with translated(catalogue):
        assert gettext("Rows") == "Zeilen"
        assert gettext("Columns") == "Columns"
        assert [ngettext("row", "rows", n) for n in (1, 2)] == ["Zeile", "Zeilen"]
    assert gettext("Rows") == "Rows"


def copy_portal(folder: Path, catalogue: bytes, name: str = "open") -> Path:
    root = folder / "portal"
    shutil.copytree(ROOT / "tests" / "gold" / name / "portal", root)
    settings = root / "site" / "portal.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nlanguage: de\n", encoding="utf-8")
    file = root / "site" / "locales" / "de" / "LC_MESSAGES" / "portal.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogue)
    return root


def test_a_portal_shows_texts_in_its_language(tmp_path: Path, extracted: Catalog) -> None:
    texts = {
        FROM_TEMPLATES: "Zum Inhalt",
        FROM_CODE: "Codebuch: {title}",
        "Home": "Startseite",
        "Copied": "Kopiert",
    }
    assert all(extracted.get(text) is not None for text in texts)
    root = copy_portal(tmp_path, write_catalogue(**texts))
    build_portal(root, tmp_path / "site", lambda _: None)
    (page,) = (tmp_path / "site").glob("datasets/*/codebook/index.html")
    text = page.read_text(encoding="utf-8")
    assert '<html lang="de">' in text
    assert ">Zum Inhalt</a>" in text
    assert "<title>Codebuch: " in text
    assert ">Startseite</a>" in text
    assert " Zeilen" in text
    assert 'data-words="{&#34;Copied&#34;:&#34;Kopiert&#34;}"' in text
    assert FROM_TEMPLATES not in text


def mark_texts(extracted: Catalog) -> bytes:
    """A catalogue that puts `‹ ›` around each text that can be translated."""
    catalogue = Catalog(locale="de")
    for message in extracted:
        if isinstance(message.id, tuple):
            catalogue.add(message.id, tuple(f"‹{text}›" for text in message.id))
        elif message.id:
            catalogue.add(message.id, f"‹{message.id}›")
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


@pytest.mark.parametrize(
    ("portal", "page", "texts"),
    [
        (
            "claims",
            "claims/*/index.html",
            ("For the claim to be true, every row must agree.", "of the rows agree."),
        ),
        (
            "doubted",
            "datasets/*/plausibility/index.html",
            ("What this means.", "periods›", "Is a period the same as an earlier one?"),
        ),
    ],
)
def test_sentences_with_numbers_are_translated(
    tmp_path: Path, extracted: Catalog, portal: str, page: str, texts: tuple[str, ...]
) -> None:
    root = copy_portal(tmp_path, mark_texts(extracted), portal)
    build_portal(root, tmp_path / "site", lambda _: None)
    pages = [file.read_text(encoding="utf-8") for file in (tmp_path / "site").glob(page)]
    report = verify_site(str(tmp_path / "site"), None, lambda _: None)
    assert report.findings == ()
    assert "the translation" in report.skipped[-1].words
    for text in texts:
        marked = [part for content in pages for part in content.split("‹")[1:] if text in part]
        assert marked, text


@pytest.mark.parametrize(
    "more", ["{what:>9999999999}", "{other}", "{what.__class__}", "%(other)s", "100 %", "%s"]
)
def test_a_translation_has_the_placeholders_of_its_text_only(more: str) -> None:
    parse_catalogue(write_catalogue(**{"{what} rose": "mehr {what}"}))
    with pytest.raises(ValueError, match="which the text has not"):
        parse_catalogue(write_catalogue(**{"{what} rose": f"mehr {more}"}))


def test_a_rule_for_plurals_that_divides_by_zero_is_that_of_english() -> None:
    content = write_catalogue(a="b").replace(b"plural=(n != 1)", b"plural= (n % 0)")
    assert b"n % 0" in content
    with translated(parse_catalogue(content)):
        assert [ngettext("row", "rows", n) for n in (1, 2)] == ["row", "rows"]


def test_a_file_that_is_no_catalogue_is_an_error(tmp_path: Path) -> None:
    root = copy_portal(tmp_path, b"no catalogue")
    with pytest.raises(Blocked) as caught:
        build_portal(root, tmp_path / "site", lambda _: None)
    assert [f.rule for f in caught.value.findings] == ["locale-invalid"]
    assert caught.value.findings[0].file == "site/locales/de/LC_MESSAGES/portal.mo"


def test_the_title_of_a_date_that_is_less_precise_is_translated() -> None:
    content = write_catalogue(**{"{label}, by quarter": "{label}, nach Quartal"})
    with translated(parse_catalogue(content)):
        assert name_axis("Tag", "quarter") == "Tag, nach Quartal"
    assert name_axis("Day of the stop", "fiscal-year") == "Fiscal year of the stop"
    assert name_axis("Stop date", "month") == "Stop month"
    for period in PERIODS:
        assert name_axis("Tag", period) == f"Tag, by {period.replace('-', ' ')}"
