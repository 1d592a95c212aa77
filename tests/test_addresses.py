"""Every address in everything that is published leads somewhere, with a public address or without."""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import etree, html

from plainrecord.core.errors import Blocked
from plainrecord.pipeline.build import build_portal
from tests.portals import DESCRIPTOR, SETTINGS, write_portal

GOLD = Path(__file__).parent / "gold"
BASE = "https://desk.example/some/where"
PORTALS = sorted(path.name for path in GOLD.iterdir() if path.is_dir())
LINKS = {
    *("url", "page", "document", "downloadURL", "landingPage", "contentUrl", "records"),
    *("moved_to", "next", "license", "homepage", "hasEmail", "appearance", "isBasedOn"),
}
"""Keys of JSON documents whose texts are addresses. `releases` is one in the API alone."""
BELOW_ROOT = ("manifest.json", "/receipts.json", "/explorer.json", "/rows.json")
"""Documents whose paths are below the site's root, as documented."""
OWN = {"dataset", "receipts", "files", "published", "inputs"}
"""Keys below which a `path` is one below the site's root, as documented."""


def read_json(document: Any, api: bool) -> Iterator[str]:
    """The addresses in a JSON document."""
    if isinstance(document, list):
        for item in document:
            yield from read_json(item, api)
    elif isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, str) and value and (key in LINKS or (api and key == "releases")):
                yield value
            elif key == "isBasedOn":
                yield from value
            else:
                yield from read_json(value, api)


def read_addresses(path: Path, name: str) -> Iterator[str]:
    """The addresses in a published document."""
    if path.suffix == ".html":
        root = html.fromstring(path.read_bytes())
        for element, attribute, address, _ in root.iterlinks():
            if not (element.tag == "a" and address.startswith("#")):
                assert attribute
                yield address
        for element in root.iter("script"):
            if element.get("type") == "application/ld+json":
                yield from read_json(json.loads(element.text or ""), False)
    elif path.suffix in (".xml", ".atom"):
        document = etree.fromstring(path.read_bytes())
        for link in document.iter("{*}link", "{*}loc"):
            yield link.get("href") or link.text or ""
    elif path.suffix == ".json" and not name.endswith(BELOW_ROOT):
        yield from read_json(json.loads(path.read_bytes()), name.startswith("api/"))
    elif name == "robots.txt":
        yield from re.findall(r"Sitemap: (.*)", path.read_text())


@pytest.mark.parametrize("base_url", ["", BASE])
@pytest.mark.parametrize("name", PORTALS)
def test_every_address_leads_to_a_file(tmp_path: Path, name: str, base_url: str) -> None:
    shutil.copytree(GOLD / name / "portal", tmp_path / "portal")
    site = tmp_path / "site"
    build_portal(tmp_path / "portal", site, lambda _: None, base_url=base_url)
    followed = 0
    for path in sorted(site.rglob("*")):
        if not path.is_file():
            continue
        here = path.relative_to(site).as_posix()
        for address in read_addresses(path, here):
            target = urljoin(f"{BASE}/{here}", address)
            if here == "404.html" and address.startswith("/"):
                target = urljoin(BASE, address)
            parts = urlsplit(target)
            assert parts.scheme in ("http", "https", "mailto"), f"{here}: {address}"
            if not target.startswith(BASE):
                assert urlsplit(address).scheme, f"{here}: {address} leaves the portal"
                continue
            inside = unquote(target[len(BASE) :].partition("#")[0].partition("?")[0]).lstrip("/")
            place = site / inside
            place = place / "index.html" if not inside or inside.endswith("/") else place
            assert place.is_file(), f"{here}: {address} leads to {inside}"
            followed += 1
    assert followed > 50


@pytest.mark.parametrize("base_url", ["", BASE])
def test_what_programs_read_about_a_file_is_in_one_place(tmp_path: Path, base_url: str) -> None:
    root = write_portal(tmp_path)
    site = tmp_path / "_site"
    build_portal(root, site, lambda _: None, base_url=base_url)

    def places(path: str, document: Any, key: str) -> set[str]:
        return {
            urljoin(f"{BASE}/{path}", str(item[key]))
            for item in document
            if str(item[key]).endswith((".csv", ".zip"))
        }

    page = "datasets/visits/index.html"
    written = re.search(r"ld\+json\">(.*?)</script>", (site / page).read_text(), re.DOTALL)
    assert written
    described = json.loads(written[1])
    catalog = json.loads((site / "data.json").read_bytes())["dataset"][0]
    listed = json.loads((site / "api/v1/datasets.json").read_bytes())["datasets"][0]
    api = urljoin(f"{BASE}/api/v1/datasets.json", listed["document"]).removeprefix(f"{BASE}/")
    document = json.loads((site / api).read_bytes())
    wanted = {f"{BASE}/datasets/visits/downloads/visits.{kind}" for kind in ("csv", "zip")}
    assert places(page, described["distribution"], "contentUrl") == wanted
    assert places("data.json", catalog["distribution"], "downloadURL") == wanted
    assert places(api, document["downloads"], "url") == wanted
    assert urljoin(f"{BASE}/{page}", described["url"]) == f"{BASE}/datasets/visits/"
    assert catalog["contactPoint"]["hasEmail"] == "mailto:desk@desk.example"
    assert described["creditText"] == document["citation"]
    assert "citation" not in described
    assert posixpath.dirname(api) == "api/v1/datasets"


UNFIT = [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://me:pw@a.example/",
]
PLACES = {
    "licence": ("https://creativecommons.org/publicdomain/zero/1.0/", "licenses[0].path"),
    "source": ("https://inspect.example/", "sources[0].path"),
    "homepage": ("description: Visits to sites.\n", "homepage"),
    "contributor": ("description: Visits to sites.\n", "contributors[0].path"),
    "resource's source": ("    title: Visits\n    path", "resource visits: sources[0].path"),
    "resource's licence": ("    title: Visits\n    path", "resource visits: licenses[0].path"),
}


def spoil(place: str, address: str) -> str:
    """The descriptor with `address` at `place`."""
    old, _ = PLACES[place]
    new = {
        "homepage": f"{old}homepage: {address!r}\n",
        "contributor": f"{old}contributors: [{{title: A, path: {address!r}}}]\n",
        "resource's source": f"    sources: [{{title: A, path: {address!r}}}]\n{old}",
        "resource's licence": f"    licenses: [{{name: A, path: {address!r}}}]\n{old}",
    }.get(place, address)
    assert old in DESCRIPTOR
    return DESCRIPTOR.replace(old, new, 1)


@pytest.mark.parametrize("address", UNFIT)
@pytest.mark.parametrize("place", PLACES)
def test_an_address_that_runs_something_is_refused_wherever_it_stands(
    tmp_path: Path, place: str, address: str
) -> None:
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": spoil(place, address)})
    with pytest.raises(Blocked) as refused:
        build_portal(root, tmp_path / "_site", lambda _: None)
    found = [f for f in refused.value.findings if f.rule == "address-unfit"]
    assert [f.found.partition(" is ")[0] for f in found] == [PLACES[place][1]]
    assert not (tmp_path / "_site").exists()


@pytest.mark.parametrize("key", ["base_url", "repository", "url"])
def test_settings_hold_no_such_address_either(tmp_path: Path, key: str) -> None:
    if key == "url":
        settings = SETTINGS.replace("https://desk.example/", "javascript:alert(1)")
    else:
        settings = SETTINGS + f'{key}: "javascript:alert(1)"\n'
    root = write_portal(tmp_path, **{"site/portal.yaml": settings})
    with pytest.raises(Blocked) as refused:
        build_portal(root, tmp_path / "_site", lambda _: None)
    assert any(key in f.found and "javascript" in f.found for f in refused.value.findings)


def test_a_relative_address_is_left_out_and_reported(tmp_path: Path) -> None:
    root = write_portal(
        tmp_path, **{"data/visits/datapackage.yaml": spoil("licence", "LICENSE.md")}
    )
    report = build_portal(root, tmp_path / "_site", lambda _: None)
    assert [f.rule for f in report.findings] == ["address-relative"]
    for path in ("data.json", "api/v1/datasets/visits.json", "datasets/visits/index.html"):
        assert "LICENSE.md" not in (tmp_path / "_site" / path).read_text()


def test_a_portal_without_an_email_address_is_warned(tmp_path: Path) -> None:
    settings = SETTINGS.replace(", email: desk@desk.example", "")
    root = write_portal(tmp_path, **{"site/portal.yaml": settings})
    report = build_portal(root, tmp_path / "_site", lambda _: None)
    assert [f.rule for f in report.findings] == ["contact-missing"]
    catalog = json.loads((tmp_path / "_site/data.json").read_bytes())
    assert "hasEmail" not in catalog["dataset"][0]["contactPoint"]
