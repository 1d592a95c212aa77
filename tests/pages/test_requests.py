"""Pages of requests: what they say about a log, short and long, and the letter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from jinja2 import Environment, meta

from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.portal import plan_site
from plainrecord.pages.request_letters import STOP_ELEMENTS, LetterElement
from plainrecord.pages.requests import describe_log
from plainrecord.publishing.render import render_pages
from tests.browser.sample import ARRESTS_RELEASE, HASH, PORTAL, STOPS_RELEASE, assets, templates
from tests.measures.test_request_log import AS_OF, summarise

PATH = "datasets/arrests/index.html"
ROW = {
    "request_id": "R-1",
    "agency": "Agency A",
    "subject": "Records of stops",
    "date_received": "2026-08-03",
    "date_due": "2026-09-04",
    "date_completed": "",
}
ATTACK = "\"'><script>alert(1)</script>{{ 7*7 }}"


def log(rows: Sequence[dict[str, str]], as_of: str = AS_OF, synthetic: str = "") -> ReleasedDataset:
    # The path is that of a page that is there, so that the link leads on.
    told = dataclasses.replace(summarise(rows, as_of), title="The log", path=PATH, sha256=HASH)
    tables = [dataclasses.replace(t, id=t.id.replace("foia.", "arrests.")) for t in told.counted]
    tracker = dataclasses.replace(told, dataset="arrests", counted=tuple(tables))
    package = dataclasses.replace(ARRESTS_RELEASE.package, synthetic=synthetic)
    return dataclasses.replace(ARRESTS_RELEASE, package=package, tracker=tracker)


def rendered_site(
    *releases: ReleasedDataset, elements: Sequence[LetterElement] = STOP_ELEMENTS
) -> dict[str, bytes]:
    planned = plan_site(PORTAL, releases, (), elements=elements)
    outputs, findings = render_pages(planned, templates(), assets())
    assert findings == ()
    return {o.path: o.content for o in outputs if isinstance(o.content, bytes)}


def render(
    *releases: ReleasedDataset, elements: Sequence[LetterElement] = STOP_ELEMENTS
) -> dict[str, str]:
    site = rendered_site(*releases, elements=elements)
    return {path: body.decode() for path, body in site.items() if path.endswith(".html")}


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_without_a_log_there_is_no_page_and_no_way_to_one() -> None:
    site = render(STOPS_RELEASE)
    assert not [path for path in site if path.startswith("requests/")]
    assert "requests/" not in site["index.html"]


def test_with_a_log_every_page_leads_to_it() -> None:
    tracked = dataclasses.replace(STOPS_RELEASE, tracker=log([ROW]).tracker)
    site = render(tracked, ARRESTS_RELEASE)
    assert 'href="requests/index.html"' in site["index.html"] or 'href="requests/"' in site["index.html"]  # fmt: skip
    assert "Requests: open, overdue, answered" in site["datasets/stops/index.html"]
    assert "Requests: open, overdue, answered" not in site["datasets/arrests/index.html"]
    current = re.findall(r'aria-current="page">([^<]+)<', site["requests/letter/index.html"])
    assert current == ["Requests"]


def test_a_request_is_reported_in_words() -> None:
    row = ROW | {
        "unusual_circumstances": "yes",
        "expedited": "yes",
        "status": "no_docs",
        "exemptions_cited": "(b)(6); (b)(7)(C)",
        "date_completed": "2026-09-25",
        "date_appealed": "2026-08-03",
        "documents": "https://a.example/1.pdf javascript:alert(1)",
        "released_into": "stops",
        "docket": "1:26-cv-1",
        "court": "D.D.C.",
    }
    page = render(STOPS_RELEASE, log([row]))["requests/index.html"]
    text = words(page)
    assert "Answered 10 days late; appeal overdue by 31 days" in text
    assert "15 September 2026, including 10 more working days for unusual circumstances" in text
    assert "(the log says 4 September 2026)" in text
    assert "25 September 2026, after 38 working days" in text
    assert "requested; a decision was due on 13 August 2026" in text
    assert "Status in the log no records found" in text
    assert "Court D.D.C. 1:26-cv-1" in text
    assert "1 appeal open and overdue" in text
    assert '<a href="https://a.example/1.pdf">' in page
    assert 'href="javascript:' not in page
    assert f">{STOPS_RELEASE.package.title}</a>" in page


def test_a_log_of_no_stated_day_calls_nothing_overdue() -> None:
    text = words(render(log([ROW], ""))["requests/index.html"])
    assert "The log is undated" in text
    assert "1 open and overdue" not in text
    assert "Overdue by" not in text
    assert "1 no answer recorded" in text


def test_few_are_cards_and_many_a_table() -> None:
    rows = [ROW | {"request_id": f"R-{n:03}"} for n in range(120)]
    page = render(log(rows))["requests/index.html"]
    assert 'class="request ' not in page
    assert "The first 100 requests" in words(page)
    assert "The other 20 are in" in words(page)
    assert page.count('<tr class="bad">') == 100
    assert render(log(rows[:12]))["requests/index.html"].count('<li class="request bad">') == 12


def test_times_by_agency_and_what_is_odd() -> None:
    days = ("2026-08-04", "2026-08-06", "2026-08-10", "2026-09-30", "2026-08-01", "soon")
    rows = [ROW | {"request_id": "R-1", "date_completed": day} for day in days]
    release = log(rows)
    assert release.tracker is not None
    view = describe_log(release, release.tracker, {})
    line = view.agencies[0]
    # 1, 3, 5 and 41 working days: Labor Day lies between.
    shown = (line.median.text, line.middle.striptags(), line.in_time.striptags())
    assert shown == ("4", "2.5 to 14", "3 of 4")
    told = (line.requests, line.answered, line.unanswered, line.overdue)
    assert [item.text for item in told] == ["6", "5", "0", "0"]
    assert [note.striptags() for note in view.notes] == [
        "1 request has an answer dated before it was made; it is not included in the times.",
        "1 request number appears in more than one row. Each row is counted.",
        "The log gives its own due date for 6 requests; for 0 it is the date computed here.",
        "1 date could not be read.",
    ]  # fmt: skip


def test_a_made_up_log_says_so() -> None:
    alone = render(log([ROW], synthetic="All invented."))["requests/index.html"]
    assert "All invented." in alone
    assert alone.count("All invented.") == 1


def test_hostile_text_in_a_log_stays_text() -> None:
    row = dict.fromkeys(ROW, ATTACK) | {"documents": ATTACK, "released_into": ATTACK}
    for rows in ([row], [row | {"request_id": f"{ATTACK}{n}"} for n in range(20)]):
        page = render(log(rows))["requests/index.html"]
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "49" not in words(page).replace("Agency", "")


def test_the_letter_is_whole_without_a_script() -> None:
    page = render(log([ROW]))["requests/letter/index.html"]
    text = words(page).replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    for element in STOP_ELEMENTS:
        assert element.asked_as in text.replace("&#39;", "'")
    for said in ("552(a)(3)", "552(a)(3)(B)", "552(a)(4)(A)(iii)", "552(b)", "20 working days"):
        assert said in text
    assert "[Name of the agency]" in text
    assert "This is not legal advice." in text
    assert re.search(r"<form[^>]* hidden>", page)
    assert "<script>" not in page


def test_the_letter_takes_the_elements_that_it_is_given() -> None:
    elements = (
        LetterElement("reason", "Reason", "It can be checked.", "the reason", wanted=True),
        LetterElement("hour", "Hour", "It shows when.", f"the hour {ATTACK}", wanted=False),
    )
    page = render(log([ROW]), elements=elements)["requests/letter/index.html"]
    boxes = dict(re.findall(r'data-element="([a-z]+)"( checked)?', page))
    assert boxes == {"reason": " checked", "hour": ""}
    assert "<script>alert" not in page


def test_templates_read_only_what_their_contexts_document() -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.filters |= {"translate": str, "plural_number": len}
    environment.filters |= {"number": str, "web_address": str}
    texts = templates()
    for page in plan_site(PORTAL, [log([ROW])], ()):
        if page.path.startswith("requests/"):
            assert dataclasses.is_dataclass(page.context)
            given = {field.name for field in dataclasses.fields(page.context)}
            read = meta.find_undeclared_variables(environment.parse(texts[page.template]))
            assert read <= given | {"link", "asset", "_", "_trans", "gettext", "ngettext"}
            assert given <= read | {"shell"}


def test_elements_have_names_of_their_own() -> None:
    names = [element.name for element in STOP_ELEMENTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in names)
    assert all(element.why.endswith(".") for element in STOP_ELEMENTS)
