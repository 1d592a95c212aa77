"""Words that readers type find something useful first, on the portal of this repository.

The list has what the descriptors declare, and the values in `VALUES`; no table is read.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from plainrecord.io.load import builtin_folder
from plainrecord.measures.places import list_places
from plainrecord.model.packages import Package, ReleasedTable
from plainrecord.model.products import Figure, ReleasedDataset, SearchedField
from plainrecord.pages.portal import find_entries, plan_site
from plainrecord.pages.search import write_list
from plainrecord.pipeline.plan import plan_portal
from tests.browser.sample import download, receipt
from tests.browser.test_pages import browser  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]
WORDS = {
    "arrests": "datasets/ice-arrests/",
    "arrestos": "datasets/ice-arrests/",
    "deportation": "published-figures",
    "deportados": "published-figures",
    "stops": "stops",
    "police": "stops",
    "policía": "stops",
    "detenciones": "datasets/",
    "frisk": "nypd-stops",
    "race": "race",
    "raza": "race",
    "county": "ice-287g",
    "sheriff": "ice-287g",
    "287g": "ice-287g",
    "FOIA": "foia",
    "exemptions": "datasets/ice-arrests",
    "jail": "jail",
    "ICE": "datasets/ice-",
    "immigration": "ice-",
    "withheld": "datasets/ice-arrests",
    "download": "#downloads",
    "descargar": "#downloads",
    "csv": "#downloads",
    "license": "#downloads",
    "error": "#limits",
    "errores": "#limits",
    "cite": "#cite",
    "method": "methodology/",
    "metodología": "methodology/",
    "verify": "verify/",
    "arests": "arrests",
    "Chicago": "places/areas/chicago",
    "Texas": "places/states/texas",
    "birth date": "birth date",
    "raid": "ice-arrests",
    "deported": "published-figures",
    "who was arrested": "datasets/ice-arrests/",
    "how many arrests": "datasets/ice-arrests/",
    "quiénes fueron arrestados": "datasets/ice-arrests",
    "chicgo": "places/areas/chicago",  # a short word with an error
    "descargar datos": "#downloads",  # two words of which the records have neither
    "may I use it?": "#downloads",
    "can I cite this": "#cite",
    "Black": "race",  # a category
    "handcuffs": "force",
    "mujeres": "gender",
    "arrests by state": "area of responsibility",
    "ERO": "datasets/ice-arrests/",
    "SQF": "nypd-stops",
    "report an error": "#limits",
    "how many people were arrested in Chicago in 2018": "places/areas/chicago",
    "arrestos por estado": "area of responsibility",
    "missing data": "#limits",
    "is this accurate": "datasets/",
    "last update": "datasets/index.html",
    "response time": "foia-processing-times",
    "teenagers": "age",
    "negro": "race",
    "r package": "#downloads",
    "guns": "force",
    "api": "#downloads",
    "daca": "nothing",  # a short word is not taken for another one
    "removals 2018": "published-figures",  # a year that a dataset covers
    "FY2018": "ice-arrests",
    "how many people were deported": "published-figures",
    "TX": "places/states/texas",
    "California": "places/states/",  # a place of which no record is here
    "undocumented": "datasets/ice-",
    "indocumentados": "datasets/ice-",
    "racial profiling": "race",
    "Black people stopped": "stops",
    "definition of arrest": "codebook",
    "data dictionary": "codebook",
    "diccionario de datos": "codebook",
    "who publishes": "about",
    "contact": "about",
    "source code": "about",
    "copyright": "#downloads",
    "sheriffs": "ice-287g",  # the plural of a synonym
    "checksum": "verify",
    "doi": "#cite",
    "R": "#downloads",
    "errores en los datos": "#limits",
    "minors arrested": "datasets/ice-arrests",
    "overdue requests": "requests/",
    "sanctuary cities": "partly",  # something has one of the words only
    "CA": "places/states/",  # a code is more than the beginning of "Carolina"
    "detention centers": "published-figures",
    "mapa de estados": "places/states/",
    "place": "places/index",  # as "places": both words end alike
    "how to cite": "#cite",
    "author": "about",
    "license to use": "#downloads",
    "agreemnets": "ice-287g",  # two letters that changed places
    "new data": "datasets/index.html",
}
"""A word, and what is in the address or the title of the first result."""
PLACES = {"areas": "Chicago Area of Responsibility", "states": "Texas"}
"""A page of a place for each kind."""
VALUES = {
    "ice-arrests": "Chicago Area of Responsibility",
    "foia-processing-times": "chicago operations office",
    "ice-287g": "Texas Department of Public Safety",
}
"""A value of the last field of a dataset that readers can search."""
FIND = """async ([list, words]) => {
  const { makeIndex } = await import("/search.js");
  const find = makeIndex(JSON.parse(list));
  return words.map((word) => {
    const { groups: [group], partly } = find(word);
    const first = group ? `${group.results[0].target} ${group.results[0].title}`.toLowerCase() : "nothing";
    return partly ? `partly ${first}` : first;
  });
}"""


def declare(package: Package) -> ReleasedDataset:
    """A dataset as its descriptor declares it, without its data."""
    figures = tuple(
        Figure(package.key, item.name, item.title, None, "", item.unit or "", "", receipt("x"))
        for item in package.figures
    )
    tables = tuple(
        ReleasedTable(
            *(package.name, item.name, item.title, "", package.unit, "r"),
            fields=item.schema.fields,
            rows=0,
            threshold=0,
            protections=(),
        )
        for item in package.resources
    )
    searched = tuple(
        SearchedField(package.resources[0].name, field, (VALUES[package.key],))
        for field in package.resources[0].schema.fields
        if package.key in VALUES and field.name == package.search[-1]
    )
    files = (download("As CSV", "CSV", 1), download("All", "ZIP", 2, ""))
    return ReleasedDataset(
        package,
        built=True,
        figures=figures,
        tables=tables,
        distributions=files,
        searched=searched,
    )


def test_words_find_something_useful_first(browser: Browser) -> None:  # noqa: F811
    script = builtin_folder("front") / "search.js"
    if not script.is_file():
        pytest.skip("npm could not be reached when the package was installed")
    plan, _ = plan_portal(ROOT)
    releases = [declare(package) for package in plan.packages]
    named = [
        list_places(kind, [PLACES[kind.name]]) for kind in plan.portal.places if kind.name in PLACES
    ]
    entries = find_entries(plan_site(plan.portal, releases, (), named=named))
    page: Page = browser.new_page()
    page.route(
        "**/*",
        lambda route: route.fulfill(
            body=script.read_text() if route.request.url.endswith(".js") else "",
            content_type="text/javascript" if route.request.url.endswith(".js") else "text/html",
        ),
    )
    page.goto("http://portal.test/")
    listed = write_list(entries, plan.synonyms).decode()
    found = dict(zip(WORDS, page.evaluate(FIND, [listed, list(WORDS)]), strict=True))
    page.close()
    missed = {word: first for word, first in found.items() if WORDS[word] not in first}
    assert missed == {}, json.dumps(missed, indent=2)
