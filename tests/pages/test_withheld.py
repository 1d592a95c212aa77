"""The pages on withheld values and legal grounds, in a small portal that is built."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import lxml.html
import pytest

from plainrecord.core.errors import Blocked
from plainrecord.model.counts import word_share
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, ROWS, write_portal, write_releases
from tests.tampering import replace_text, reseal

DECLARED = """    plainrecord:
      withheld: {period: visited_on, office: state}
      statutes: [{field: basis, of: stop}]
plainrecord:
  summary"""
LAWS = ("8 U.S.C. § 1357(a)(2)", "8 USC 1324", "INA 236(a)", "")


def build(root: Path) -> Path:
    descriptor = DESCRIPTOR.replace("plainrecord:\n  summary", DECLARED).replace(
        "        - {name: score,", "        - {name: basis, type: string, title: Basis}\n        - {name: score,"
    )  # fmt: skip
    lines = ROWS.splitlines()
    rows = [lines[0].replace("score", "basis,score")]
    for number, line in enumerate(lines[1:]):
        head, _, score = line.rpartition(",")
        rows.append(f"{head},{LAWS[number % 4]},{score}")
    changes: dict[str, str | bytes | None] = {
        "data/visits/datapackage.yaml": descriptor,
        "data/visits/visits.csv": "\n".join(rows) + "\n",
    }
    write_portal(root, **changes)
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site" / "datasets" / "visits"


def words(path: Path) -> str:
    return " ".join(lxml.html.parse(str(path)).getroot().text_content().split())


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("portal"))


def test_the_page_says_what_is_withheld_and_why(visits: Path) -> None:
    text = words(visits / "withheld" / "index.html")
    assert "“Score” is withheld in 6 of 60 rows." in text
    assert "trade secrets and business information: 6" in text
    assert "10.0%" in text
    assert "By period" in text
    assert "By office" in text
    assert "5 U.S.C. 552(b)(4)" in text
    assert "Other reasons in the law" in text


def test_a_reason_leads_to_its_explanation(visits: Path) -> None:
    tree = lxml.html.parse(str(visits / "withheld" / "index.html")).getroot()
    anchors = {a.get("href")[1:] for a in tree.xpath("//ul[@class='reasons']//a")}
    assert anchors == {"reason-b-4"}
    assert all(tree.get_element_by_id(anchor) is not None for anchor in anchors)


def test_the_law_page_links_counts_and_judges(visits: Path) -> None:
    path = visits / "law" / "index.html"
    text = words(path)
    assert "https://www.govinfo.gov/link/uscode/8/1357" in path.read_text(encoding="utf-8")
    assert "Powers of immigration officers and employees" in text
    assert "in the records: 8 USC 1324" in text
    assert "On its own, this is not a legal basis for a stop." in text
    assert "Of 60 rows, 15 (25.0%) name no legal basis." in text


def test_the_dataset_page_leads_there(visits: Path) -> None:
    text = (visits / "index.html").read_text(encoding="utf-8")
    assert 'href="withheld/index.html"' in text or 'href="withheld/"' in text
    assert "Legal bases" in text
    assert "A legal basis does not fit the subject of the records" in text


def test_a_field_that_is_not_there_is_reported(tmp_path: Path) -> None:
    wrong = "    plainrecord: {withheld: {office: stat}}\nplainrecord:\n  summary"
    descriptor = DESCRIPTOR.replace("plainrecord:\n  summary", wrong)
    changes: dict[str, str | bytes | None] = {"data/visits/datapackage.yaml": descriptor}
    write_portal(tmp_path, **changes)
    with pytest.raises(Blocked) as blocked:
        build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert any("'stat', did you mean \"state\"?" in f.found for f in blocked.value.findings)


@pytest.mark.parametrize(
    ("count", "rows", "words"),
    [
        (0, 10, "0%"),
        (1, 10_000, "under 0.1%"),
        (9_999, 10_000, "over 99.9%"),
        (10, 10, "100%"),
        (1, 3, "33.3%"),
        (0, 0, ""),
    ],
)
def test_a_share_is_nothing_or_all_only_where_it_is(count: int, rows: int, words: str) -> None:
    assert word_share(count, rows) == words


def test_a_mark_that_nobody_declared_is_reported_by_the_build(tmp_path: Path) -> None:
    rows = ROWS.replace(",CA,", ",(B)(7)(E) ,")
    report = build_portal(
        write_portal(tmp_path, **{"data/visits/visits.csv": rows}),
        tmp_path / "_site",
        lambda _: None,
    )
    (found,) = [f for f in report.findings if f.rule == "mark-undeclared"]
    assert (found.field, found.count, found.row) == ("state", 20, 2)
    assert 'value: "(B)(7)(E) ", kind: withheld' in found.expected


def test_releases_stand_side_by_side(tmp_path: Path) -> None:
    """Two releases, of which the second withholds nothing of one field more: told release by release."""
    root = write_releases(tmp_path)
    build_portal(root, root / "_site", lambda _: None)
    home = root / "_site" / "datasets" / "visits"
    text = words(home / "withheld" / "index.html")
    assert "By release" in text
    assert re.search(r"1 October 2026\s*60\s*6 \(10.0%\) 1 November 2026\s*61\s*6 \(9.8%\)", text)
    assert "By release" not in words(home / "releases" / "2026-10-01" / "withheld" / "index.html")


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("law", '2">15</span> (', '2">14</span> ('),
        ("law", 'data-cells="3.2/1.2">25.0%<', 'data-cells="3.2/1.2">20.0%<'),
        ("withheld", ">CA<", ">NV<"),
        ("withheld", 'visits.office" data-cells="1.2">20<', 'visits.office" data-cells="1.2">21<'),
    ],
)
def test_a_number_that_was_changed_is_named(
    visits: Path, tmp_path: Path, page: str, old: str, new: str
) -> None:
    site = tmp_path / "site"
    shutil.copytree(visits.parents[1], site)
    assert verify_site(str(site), None, lambda _: None).findings == ()
    path = f"datasets/visits/{page}/index.html"
    replace_text(site / path, old, new, 1)
    reseal(site)
    found = verify_site(str(site), None, lambda _: None).findings
    assert [(item.rule, item.file) for item in found] == [("page-differs", path)]
    assert f"visits.{page}." in found[0].found
