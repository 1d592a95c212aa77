"""The chain of releases: what is changed, dropped or put in between is seen."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.chain import chain_problems, entry_hash, rewritten_releases
from tests.chains import link_entries

DATES = ("2024-01-01", "2024-04-01", "2024-07-01")


def entry(date: str) -> dict[str, Any]:
    digest = hashlib.sha256(date.encode()).hexdigest()
    return {
        "date": date,
        "note": f"Release of {date}",
        "descriptor_sha256": digest,
        "files": {"table.csv": digest},
        "published": {f"datasets/d/releases/{date}/table.csv": digest},
    }


def chain() -> dict[str, Any]:
    return link_entries("d", [entry(date) for date in DATES])


def test_a_hash_is_that_of_the_canonical_text() -> None:
    text = '{"date":"é","files":{"c":1,"d":""}}'
    wanted = hashlib.sha256(text.encode()).hexdigest()
    assert entry_hash({"files": {"d": "", "c": 1}, "date": "é", "published": {"x": ""}}) == wanted


def test_a_whole_chain_holds() -> None:
    document = chain()
    assert chain_problems(document) == ()
    assert document["releases"][0]["previous"] == ""
    assert document["releases"][1]["previous"] == entry_hash(document["releases"][0])
    assert document["head"] == entry_hash(document["releases"][-1])
    assert chain_problems(link_entries("d", [])) == ()


def test_a_changed_entry_breaks_the_link_after_it() -> None:
    document = chain()
    document["releases"][1]["note"] = "something else"
    assert [problem.date for problem in chain_problems(document)] == ["2024-07-01"]
    document = chain()
    document["releases"][2]["note"] = "something else"
    assert [problem.date for problem in chain_problems(document)] == [""]


@pytest.mark.parametrize("place", range(3))
def test_a_dropped_entry_is_seen(place: int) -> None:
    document = chain()
    del document["releases"][place]
    assert chain_problems(document)


def test_a_rewritten_chain_holds_by_itself_and_not_against_the_earlier_one() -> None:
    earlier = chain()
    entries = [entry(date) for date in DATES]
    entries[0]["files"] = {}
    changed = link_entries("d", entries)
    assert chain_problems(changed) == ()
    problems = rewritten_releases(earlier, changed)
    assert [problem.date for problem in problems] == list(DATES)
    assert problems[0].found == "the release was changed: files"
    dropped = link_entries("d", [entry(date) for date in DATES[1:]])
    assert chain_problems(dropped) == ()
    assert rewritten_releases(earlier, dropped)[0].found == "the release was removed"


def test_a_longer_chain_keeps_the_earlier_one() -> None:
    longer = link_entries("d", [*(entry(date) for date in DATES), entry("2024-10-01")])
    assert rewritten_releases(chain(), longer) == ()
    assert rewritten_releases(longer, chain())[0].date == "2024-10-01"


def test_dates_ascend() -> None:
    document = link_entries("d", [entry(date) for date in reversed(DATES)])
    assert {problem.expected for problem in chain_problems(document)} == {"a later date"}
    twice = link_entries("d", [entry(DATES[0]), entry(DATES[0])])
    assert chain_problems(twice)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("date", "soon"), ("date", None), ("note", 1), ("descriptor_sha256", "ab")),
        *(("files", []), ("files", {"a": "b"}), ("published", None)),
    ],
)
def test_a_malformed_entry_is_reported(key: str, value: object) -> None:
    entries = [entry(DATES[0])]
    entries[0][key] = value
    assert [p for p in chain_problems(link_entries("d", entries)) if p.expected == "a whole entry"]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["releases", "head", "date", "files"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(junk, junk)
def test_nothing_makes_it_fall(first: Any, second: Any) -> None:
    assert isinstance(chain_problems(first), tuple)
    assert isinstance(rewritten_releases(first, second), tuple)


@given(st.integers(0, 2), st.sampled_from(["note", "date", "descriptor_sha256"]), st.text())
def test_any_change_of_a_text_is_seen(place: int, key: str, text: str) -> None:
    document = chain()
    before = copy.deepcopy(document)
    document["releases"][place][key] = text
    if document != before:
        assert chain_problems(document)
        assert rewritten_releases(before, document)
