"""Numerals: which digits of a running text are a count, a share or an amount, and which are not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.publishing.passages import FILLER, find_numerals

COUNTS = {
    "117,238 of 544,059 rows": ["117,238 of 544,059"],
    "In all 1,685 agreements.": ["1,685"],
    "There are 544059 rows": ["544059"],
    "544 059 rows": ["544 059"],
    "544\u00a0059 rows and 1\u202f234 more": ["544\u00a0059", "1\u202f234"],
    "1’234 rows": ["1’234"],
    "1.234.567 Zeilen": ["1.234.567"],
    "37 % of stops": ["37 %"],
    "37% of stops": ["37%"],
    "About 15 percent; 23 to 24 percent more": ["15 percent", "23", "24 percent"],
    "5 per cent": ["5 per cent"],
    "up 3 percentage points": ["3 percentage points"],
    "2 ‰": ["2 ‰"],
    "12 of 15 agencies": ["12 of 15"],
    "3 of 5 agencies": ["3 of 5"],
    "1 in 4 stops": ["1 in 4"],
    "7 out of 9": ["7 out of 9"],
    "12 of the 15": ["12 of the 15"],
    "34 rows and 23 more": ["34", "23"],
    "It cost $5 and €1,200.": ["$5", "€1,200"],
    "US$7 or EUR 8 a head": ["US$7", "EUR 8"],
    "3 million people": ["3 million"],
    "2.5 thousand": ["2.5 thousand"],
    "12k rows, $5M spent": ["12k", "$5M"],
    "a mean of 4.5 days": ["4.5"],
    "0.25 of them": ["0.25"],
    "10–20 rows": ["10–20"],
    "fewer than 11": ["11"],
    "women (34) and men (23)": ["34", "23"],
    "n=544": ["544"],
    "a change of -12": ["12"],
    "Counted: 112 columns": ["112"],
    "ends with 117,238.": ["117,238"],
    "a 1,234-row table": ["1,234"],
    "In 2016 12,404 stops": ["12,404"],
    "2,019 rows": ["2,019"],
    "1,131, 1,033 and 1,124": ["1,131", "1,033", "1,124"],
    "٣٤ rows": ["٣٤"],
    "the 50 states on 1 May 2020": ["50"],
    "2016 % of it": ["2016 %"],
    "ages 18 to 24: 213 rows": ["213"],
    "8 U.S.C. 1357 in 213 rows": ["213"],
    "12/15 of them": ["12/15"],
    "59-77 % of cells": ["59-77 %"],
    "about ~300,000, or >170,000": ["300,000", "170,000"],
    "well-known: 96 places": ["96"],
}
OTHERS = [
    "8 U.S.C. 1357", "8 U.S.C. §§ 1101(a)(15), 1357(g)", "5 U.S.C. 552(b)(6) and (b)(7)(C)",
    "28 CFR 16.5", "410 U.S. 113", "§ 552", "the exemption (b)(7)(E)", "(B)(6);(B)(7)(C)", "section 287(g)",
    "287(g) agreements", "FY2018", "FY 18", "fiscal year 2018", "in 2016 and 2017", "the 1990s", "2018-19",
    "2018/19", "2015–2019", "31 August 2019", "August 31, 2019", "1 and 15 May 2026", "October 2015", "2026-05-18",
    "2026-05-18T10:00:00Z", "5/18/2026", "from 1 October", "Sept. 12", "May 1–15, 2020", "10:30", "10:30:15 pm", "10 p.m.", "11am",
    "12 o’clock", "the 12th and 3rd", "1st", "five or 5", "7 rows", "version 2.0", "v2.1", "1.4.2", "127.0.0.1",
    "UF-250", "2019-ICFO-53623", "COVID-19", "I-213", "SHA-256", "057a56ab5a32", "SYN-00017", "00123",
    "https://x.example/12/345", "desk99@x.example", "row 12", "rows have", "pages 3 to 15", "title 42", "Rule 41",
    "No. 53623", "#12", "[12]", "age 18", "ages 18 to 24", "a 12-month period", "15-year-old", "10x", "24/7", "9/11",
    "202-555-0100", "(202) 555-0100", "12345-6789", "123-45-6789", "12. A list", "(12) A list", "12) A list",
    "CC0-1.0", "GAO-24-106233", "Apache License 2.0", "Python 3.11 or newer", "mid-1990s", "COVID-19, 2020",
    "H2O and B12", "x_12", "", "no digits", "a½b", "1357(g)", "Executive Order 13768", "85 FR 46788", "’90s",
]  # fmt: skip


@pytest.mark.parametrize("text", list(COUNTS), ids=ascii)
def test_a_count_share_or_amount_is_found(text: str) -> None:
    assert [numeral.text for numeral in find_numerals(text)] == COUNTS[text]


@pytest.mark.parametrize("text", OTHERS, ids=ascii)
def test_what_dates_points_or_names_is_left_alone(text: str) -> None:
    assert find_numerals(text) == ()


def test_the_number_of_a_heading_is_no_count() -> None:
    assert find_numerals("2.13 Kinds of rows", heading=True) == ()
    assert find_numerals("12. Kinds of rows", heading=True) == ()
    assert [n.text for n in find_numerals("12 agencies did not answer", heading=True)] == ["12"]


def test_a_long_text_is_read_in_pieces_that_end_with_a_sentence() -> None:
    said = "The law is 8 U.S.C. 1357 and in 1,234 of 5,678 rows it is named, on 12 May 2019. "
    found = find_numerals(said * 200)
    assert [n.text for n in found] == ["1,234 of 5,678"] * 200
    assert all((said * 200)[n.start : n.end] == n.text for n in found)


HOSTILE = [
    "1,",
    "1-",
    "(1)",
    "12, ",
    "a-1",
    "9",
    "1.2.3.",
    "x-",
    "1 of ",
    "section 1 and ",
    "8 U.S.C. 1, ",
    "§",
    "$",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_time_grows_with_the_length_alone(part: str) -> None:
    started = time.process_time()
    find_numerals(part * (10_000 // len(part)))
    assert time.process_time() - started < 8  # without pieces it grows with the square


def test_the_table_is_long_enough() -> None:
    assert len(COUNTS) + len(OTHERS) > 60


PIECES = st.lists(
    st.sampled_from(
        ["12", "1,234", "5", "0", " ", "-", ".", ",", "(", ")", "%", "of", "May", "section", "a", FILLER, "§", "$", "/"]
    ),
    max_size=40,
)  # fmt: skip


@given(PIECES)
def test_a_numeral_is_a_part_of_the_text_and_has_a_digit(pieces: list[str]) -> None:
    text = "".join(pieces)
    end = 0
    for numeral in find_numerals(text):
        assert numeral.start >= end
        end = numeral.end
        assert text[numeral.start : end] == numeral.text
        assert re.search(r"\d", numeral.text)


@given(st.integers(10, 10**9).filter(lambda n: not 1600 <= n < 2200))
def test_a_count_is_found_however_it_is_grouped(count: int) -> None:
    for shown in (str(count), f"{count:,}", f"{count:,}".replace(",", "\u202f")):
        assert [n.text for n in find_numerals(f"There are {shown} rows.")] == [shown]
