"""Marked numbers that no reader sees, or that go on beside the mark."""

from __future__ import annotations

import pytest

from plainrecord.verify.visible_numbers import find_unseen

MARK = '<data data-figure="v.total" value="60">60</data>'


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{MARK}</p>",
        f"<p>In 2025, {MARK} of 70 visits; {MARK}, 3 of them late.</p>",
        f"<p>Visits:<br>{MARK}</p><p>7</p>",
        f"<table><tr><td>9</td><td>{MARK}</td><td>9</td></tr></table>",
        f"<p>2025 <a href='x'>{MARK}</a> 7</p>",
        f"<details><p>{MARK}.</p></details><p hidden>x</p>",
    ],
)
def test_a_number_in_plain_sight_is_no_finding(body: str) -> None:
    assert find_unseen("index.html", body.encode()) == ()


@pytest.mark.parametrize(
    "body",
    [
        f"<p>9{MARK}</p>",
        f"<p>9,{MARK}</p>",
        f"<p>{MARK},000</p>",
        f"<p>{MARK}0</p>",
        f"<p><b>9</b>{MARK}</p>",
        f"<p><b>9</b><i>{MARK}</i></p>",
        f"<p><i>{MARK}</i><b>.5</b></p>",
        f"<p hidden>{MARK}</p>",
        f"<template>{MARK}</template>61",
        f"<div style='Display : none'><p>{MARK}</p></div>",
        "<data data-figure='v.total' value='60'><i hidden>60</i></data>",
        "<span data-count='v.rows' data-cells='1.1' style='font-size:0'>60</span>",
    ],
)
def test_a_number_that_is_hidden_or_goes_on_is_named(body: str) -> None:
    findings = find_unseen("index.html", body.encode())
    assert [finding.rule for finding in findings] == ["page-differs"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff data-figure", b"<p data-figure", b"<!-- data-count"]
)
def test_what_is_no_page_is_no_reason_to_fall(content: bytes) -> None:
    assert find_unseen("index.html", content) == ()
