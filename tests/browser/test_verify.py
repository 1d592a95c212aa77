"""The page that helps to verify: a dropped file is found in the manifest, or is not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.browser.test_pages import PATIENCE_MS
from tests.browser.test_pages import browser as browser
from tests.portals import write_portal
from tests.tampering import serve

DROP = """([name, text]) => {
  const held = new DataTransfer();
  held.items.add(new File([text], name));
  document.querySelector(".file-check").dispatchEvent(
    new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_portal(tmp_path_factory.mktemp("portal") / "below")
    build_portal(root, root / "_site", lambda _: None)
    return root


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    with serve(built) as address:
        opened = browser.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        complaints: list[str] = []
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(f"{address}/_site/")
        opened.get_by_role("link", name="Verify this portal").click()
        expect(opened.locator(".file-check")).to_be_visible()  # its script has run
        yield opened
        opened.close()
    assert complaints == []


def test_a_published_file_is_found(page: Page, built: Path) -> None:
    file = built / "_site/datasets/visits/downloads/visits.csv"
    page.get_by_label("A file to check").set_input_files(file)
    line = page.locator(".file-results li")
    expect(line).to_contain_text("is a file of this portal, unchanged")
    expect(line).to_contain_text("datasets/visits/downloads/visits.csv")
    expect(line).to_have_class("found")
    page.get_by_label("A file to check").set_input_files(built / "_site/manifest.json")
    expect(line.first).to_contain_text("is a file of this portal, unchanged: manifest.json")


def test_a_changed_file_is_not_found(page: Page, built: Path) -> None:
    text = (built / "_site/datasets/visits/downloads/visits.csv").read_text()
    page.evaluate(DROP, ["visits.csv", text.replace("NY", "CA", 1)])
    line = page.locator(".file-results li")
    expect(line).to_contain_text("is not a current file of this portal")
    expect(line).to_have_class("not-found")
    page.evaluate(DROP, ["<img src=x onerror=alert(1)>", text])
    expect(line.first).to_contain_text("is a file of this portal, unchanged")
    expect(line.first.locator("img")).to_have_count(0)


def test_without_scripts_the_steps_remain(browser: Browser, built: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    with serve(built) as address:
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        opened.goto(f"{address}/_site/verify/")
        assert not opened.locator(".file-check").is_visible()
        assert "sha256sum --check" in opened.inner_text("main")
        context.close()


def test_the_commands_of_the_page_work(page: Page, built: Path, tmp_path: Path) -> None:
    """What the page says for Linux, run as it stands, with the portal's address put in."""
    if not all(map(shutil.which, ("curl", "xargs", "cut", "sha256sum"))):
        pytest.skip("the common tools are not all here")
    address = page.url.removesuffix("/verify/")
    get = page.get_by_label("Commands: get a copy").inner_text()
    check = page.get_by_label("Commands: every file").inner_text().splitlines()[1]
    for line in (*get.replace("ADDRESS-OF-THIS-PORTAL", address).splitlines(), check):
        subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "data.json").write_text("{}")
    done = subprocess.run(["sh", "-c", check], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 1
    assert b"data.json: FAILED" in done.stdout
    assert verify_site(str(tmp_path), None, lambda _: None).findings[0].file == "data.json"
