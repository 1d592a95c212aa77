"""The feed of what changed against the receipts: as built it holds, and each tampering is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.receipts.receipts_document import ReceiptsDocument
from plainrecord.verify.feed import compare_feed
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import DESCRIPTOR, write_portal
from tests.tampering import replace_text, reseal

PORTAL = Path(__file__).parents[1] / "gold" / "releases" / "portal"
FEED = "datasets/visits/changes/feed.atom"
SAID = "Records since the release of 1 October 2026: 1 new, 1 removed."


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("feeds")
    shutil.copytree(PORTAL, root / "portal")
    build_portal(root / "portal", root / "site", lambda _: None)
    return root / "site"


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def test_a_feed_as_built_says_what_the_receipts_say(built: Path) -> None:
    assert SAID in (built / FEED).read_text(encoding="utf-8")
    assert verify(built).holds


def number(site: Path) -> None:
    replace_text(site / FEED, "1 new", "2 new")


def older_day(site: Path) -> None:
    replace_text(site / FEED, "since the release of 1 October 2026", "since the release of 1 May")


def entry_left_out(site: Path) -> None:
    text = (site / FEED).read_text(encoding="utf-8")
    start, end = text.index("<entry>"), text.index("</entry>") + len("</entry>")
    (site / FEED).write_text(text[:start] + text[end:], encoding="utf-8")


def entry_twice(site: Path) -> None:
    text = (site / FEED).read_text(encoding="utf-8")
    entry = text[text.index("<entry>") : text.index("</entry>") + len("</entry>")]
    (site / FEED).write_text(text.replace(entry, entry + entry, 1), encoding="utf-8")


def entry_without_release(site: Path) -> None:
    replace_text(site / FEED, 'href="2026-11-01/"', 'href="2027-01-01/"')


def other_day(site: Path) -> None:
    replace_text(site / FEED, "release of 1 November 2026", "release of 1 November 2027")


def other_time(site: Path) -> None:
    replace_text(site / FEED, "<updated>2026-11-01", "<updated>2027-11-01")


def no_feed(site: Path) -> None:
    (site / FEED).write_text('<!DOCTYPE x [<!ENTITY a "b">]><html>&a;</html>')


@pytest.mark.parametrize(
    "tamper",
    [
        number,
        older_day,
        entry_left_out,
        entry_twice,
        entry_without_release,
        no_feed,
        other_day,
        other_time,
    ],
)
def test_a_feed_that_says_something_else_is_named(
    built: Path, tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    tamper(site)
    reseal(site)
    report = verify(site)
    assert ("page-differs", FEED) in {(f.rule, f.file) for f in report.findings}


@pytest.mark.parametrize("base_url", ["", "https://desk.example"])
def test_an_entry_with_the_id_of_another_is_named(tmp_path: Path, base_url: str) -> None:
    shutil.copytree(PORTAL, tmp_path / "portal")
    site = tmp_path / "site"
    build_portal(tmp_path / "portal", site, lambda _: None, base_url=base_url)
    text = (site / "feed.atom").read_text(encoding="utf-8")
    first, second, *_ = re.findall(r"<id>(.*?)</id>", text)[1:]
    replace_text(site / "feed.atom", f"<id>{first}</id>", f"<id>{second}</id>")
    reseal(site)
    assert ("page-differs", "feed.atom") in {(f.rule, f.file) for f in verify(site).findings}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('datetime="2026-11-01">1 November', 'datetime="2026-11-02">2 November'),
        (">1 November 2026</time>", ">2 November 2026</time>"),
        ('<th scope="row"><a', "<th><p"),
    ],
)
def test_the_page_of_all_changes_names_each_release(
    built: Path, tmp_path: Path, old: str, new: str
) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    replace_text(site / "datasets/visits/changes/index.html", old, new)
    reseal(site)
    assert "datasets/visits/changes/index.html" in {f.file for f in verify(site).findings}


CORRECTIONS = """  corrections:
    - {date: 2026-11-02, what: A score was wrong., reason: It was typed twice., status: corrected}
    - {date: 2026-11-03, what: A day was wrong., reason: It was read as American., status: corrected}
"""


def test_a_correction_that_a_feed_or_the_page_leaves_out_is_named(tmp_path: Path) -> None:
    descriptor = DESCRIPTOR.replace("  figures:\n", f"{CORRECTIONS}  figures:\n")
    root = write_portal(tmp_path / "portal", **{"data/visits/datapackage.yaml": descriptor})
    build_portal(root, tmp_path / "site", lambda _: None)
    site = tmp_path / "site"
    assert verify(site).holds
    replace_text(site / "feed.atom", "A day was wrong.", "A day was right.")
    replace_text(site / "datasets/visits/feed.atom", "It was typed twice.", "It was a joke.")
    page = site / "datasets/visits/index.html"
    text = re.sub(r'<li id="correction-2026-11-03.*?</li>', "", page.read_text(), flags=re.DOTALL)
    page.write_text(text)
    reseal(site)
    found = {f.file for f in verify(site).findings if f.rule == "document-differs"}
    assert found == {"feed.atom", "datasets/visits/feed.atom", "corrections/feed.atom"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<", b"\x00", b"<feed/>"),
        b"<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/passwd'>]><feed>&b;</feed>",
    ],
)
def test_what_is_no_feed_is_reported(content: bytes) -> None:
    receipts = ReceiptsDocument("visits", "", ())
    (found,) = compare_feed("datasets/visits/changes/receipts.json", content, receipts)
    assert found.found == "it is not a readable feed"
