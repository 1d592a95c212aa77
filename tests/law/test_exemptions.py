"""Exemption marks: forms from real releases with what they say, near misses, and chance ones."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plainrecord.law.exemptions import Odd, parse_mark
from plainrecord.law.foia import EXEMPTIONS, FOIA_ADDRESS, PRIVACY_ADDRESS, find_exemption

PRIVILEGE = Odd.PRIVILEGE
CASE, BLANKS, BRACKETS, SHORT = Odd.CASE, Odd.BLANKS, Odd.BRACKETS, Odd.SHORT
SIX, SEVEN_C, SEVEN_E = "(b)(6)", "(b)(7)(C)", "(b)(7)(E)"
BOTH = f"{SIX}; {SEVEN_C}"
WHOLE: list[tuple[str, str, set[Odd]]] = [
    ("(b)(6)", SIX, set()),
    ("(b)(6) ", SIX, {BLANKS}),
    ("“(b)(6)”", SIX, set()),
    ("'(b)(6)' ", SIX, {BLANKS}),
    ("(b)(6)*", SIX, set()),
    ("WIF (b)(6)", SIX, set()),
    ("RIP b6, b7C", BOTH, {BRACKETS}),
    ("(B)(6);(B)(7)(C) ", BOTH, {CASE, BLANKS}),  # ICE, 2019-ICFO-53623
    ("(B)(7)(E) ", SEVEN_E, {CASE, BLANKS}),
    ("(b)(6),(b)(7)(c )", BOTH, {CASE, BLANKS}),  # ICE, 2018-ICFO-36170
    ("(b)(7)(E )", SEVEN_E, {BLANKS}),
    ("(b)(6),(b)(7)c)", BOTH, {CASE, BRACKETS}),  # ICE, UW v. DHS
    ("(b)(7)e)", SEVEN_E, {CASE, BRACKETS}),
    ("b(6), b(7)C", BOTH, {BRACKETS}),  # ICE, later productions
    ("b(6), b(7)c", BOTH, {CASE, BRACKETS}),
    ("(b)(4)", "(b)(4)", set()),  # ICE, facility list
    ("(B)(3)", "(b)(3)", {CASE}),
    ("b(7)", "(b)(7)", {BRACKETS}),
    ("(b)(6) & (b)(7)(C)", BOTH, set()),
    ("(b)(6) and (b)(7)(C)", BOTH, set()),
    ("(b)(6)(b)(7)(C)", BOTH, set()),
    ("(b)(6)\n(b)(7)(C)", BOTH, set()),
    ("(b)(6) | (b)(7)(C)", BOTH, set()),
    ("(b)(6)(7)(C)", BOTH, {SHORT}),
    ("(b)(6), (7)(C)", BOTH, {SHORT}),
    ("(b)(6)/(7)(C)", BOTH, {SHORT}),
    ("(b)(7)(A)(C)", "(b)(7)(A); (b)(7)(C)", {SHORT}),
    ("(b)(7)(C),(E)", "(b)(7)(C); (b)(7)(E)", {SHORT}),
    ("(b)(7)(D)", "(b)(7)(D)", set()),
    ("(b)(7)(F)", "(b)(7)(F)", set()),
    ("(b)(7)(B); (b)(6)", "(b)(7)(B); (b)(6)", set()),
    ("b6/b7c", BOTH, {CASE, BRACKETS}),
    ("b6 -1, b7C -2", BOTH, {BRACKETS, Odd.NOTE}),  # FBI
    ("[b6]", SIX, {BRACKETS}),
    ("(b)6", SIX, {BRACKETS}),
    ("(b(6)", SIX, {BRACKETS}),
    ("b)(6)", SIX, {BRACKETS}),
    ("(b )( 6 )", SIX, {BLANKS}),
    ("(b) (3) (A)", "(b)(3)(A)", set()),
    ("(b)(3)(B)", "(b)(3)(B)", set()),
    ("(b)(1)", "(b)(1)", set()),
    ("(b)(2)", "(b)(2)", set()),
    ("(b)(5)", "(b)(5)", set()),
    ("(b)(8)", "(b)(8)", set()),
    ("(b)(9)", "(b)(9)", set()),
    ("(ｂ)(６)", SIX, set()),
    ("(b)(6);", SIX, set()),
    ("(b)(6), (b)(6)", SIX, {Odd.REPEATED}),
    ("5 U.S.C. 552(b)(6)", SIX, set()),
    ("5 USC § 552 (b)(6)", SIX, set()),
    ("Section 552(b)(5)", "(b)(5)", set()),
    ("Exemption 7(C)", SEVEN_C, set()),
    ("FOIA Ex. 6", SIX, set()),
    ("Exemptions 6 and 7(C)", BOTH, {SHORT}),
    ("FOIA Exemption (b)(5)", "(b)(5)", set()),
    ("withheld under (b)(5)", "(b)(5)", set()),
    ("Redacted: (b)(6)", SIX, set()),
    ("(B)(3), 8 U.S.C. 1367", "(b)(3); 8 U.S.C. 1367", {CASE}),
    ("(b)(3) (8 U.S.C. § 1367)", "(b)(3); 8 U.S.C. 1367", set()),
    ("(b)(3):26 USC 6103", "(b)(3); 26 U.S.C. 6103", set()),
    ("(b)(3) - 26 U.S.C. 6103", "(b)(3); 26 U.S.C. 6103", set()),
    ("(k)(2)", "(k)(2)", set()),
    ("j(2)", "(j)(2)", {BRACKETS}),
    ("(b)(7)(D); (d)(5)", "(b)(7)(D); (d)(5)", set()),
    ("b6, k2", "(b)(6); (k)(2)", {BRACKETS}),
    ("1.4(D),B1,B6", "(b)(1); (b)(6); E.O. 1.4(d)", {CASE, BRACKETS}),  # Department of State
    ("1.4(D), B1", "(b)(1); E.O. 1.4(d)", {CASE, BRACKETS}),
    ("(b)(1) 1.4(b),1.4(d)", "(b)(1); E.O. 1.4(b); E.O. 1.4(d)", set()),
    ("E.O. 13526 § 1.4(c); (b)(1)", "(b)(1); E.O. 13526 1.4(c)", set()),
    ("1.4 (b),(d)", "(b)(1); E.O. 1.4(b); E.O. 1.4(d)", {SHORT}),
    ("1.4 (b) and (d), B1", "(b)(1); E.O. 1.4(b); E.O. 1.4(d)", {CASE, BRACKETS}),
    ("1.4(b)(d), (b)(1)", "(b)(1); E.O. 1.4(b); E.O. 1.4(d)", set()),
    ("1.4 b, d; B1", "(b)(1); E.O. 1.4(b); E.O. 1.4(d)", {CASE, BRACKETS}),
    ("1.4(c)-(d), (b)(1)", "(b)(1); E.O. 1.4(c); E.O. 1.4(d)", {Odd.RANGE}),
    ("1.4(c),(b)(1)", "(b)(1); E.O. 1.4(c)", set()),
    ("EO 13526 1.4(c)<25Yrs", "(b)(1); E.O. 13526 1.4(c)", {SHORT}),  # CIA
    ("EO 13526 3.3(b)(1)>25Yrs", "(b)(1); E.O. 13526 3.3(b)(1)", {SHORT}),  # CIA
    ("B(7)(E)(1)", SEVEN_E, {CASE, BRACKETS, Odd.NOTE}),
    ("(b)(7)(E)(1), (b)(7)(C)(2)", f"{SEVEN_E}; {SEVEN_C}", {Odd.NOTE}),
    ("(b)(6)(1)", SIX, {Odd.NOTE}),
    ("b7E(1), b6(2)", f"{SEVEN_E}; {SIX}", {BRACKETS, Odd.NOTE}),
    ("(b)(7)(C) (6)", "(b)(7)(C); (b)(6)", {SHORT}),
    ("(b)(4)(6)", "(b)(4); (b)(6)", {SHORT}),
    ("(b)(4)-(6)", "(b)(4); (b)(6)", {BRACKETS, SHORT, Odd.RANGE}),
    ("(b)(3)(A)(i)", "(b)(3)(A)", {Odd.NOTE}),  # the law divides (3)(A) into (i) and (ii)
    ("B3 CIA PERS/ORG,B6", "(b)(3); (b)(6); CIA PERS/ORG", {CASE, BRACKETS}),  # State
    ("B5 DP", "(b)(5)", {CASE, BRACKETS, PRIVILEGE}),
    ("B5(DP),B6", "(b)(5); (b)(6)", {CASE, BRACKETS, PRIVILEGE}),
    ("(b)(5) (DP)", "(b)(5)", {PRIVILEGE}),
    ("(b)(5) DPP", "(b)(5)", {PRIVILEGE}),
    ("(b)(5)-DP", "(b)(5)", {BRACKETS, PRIVILEGE}),
    ("(b)(5) AC, DP; (b)(6)", "(b)(5); (b)(6)", {PRIVILEGE}),
    ("(b)(5): deliberative process", "(b)(5)", {PRIVILEGE}),
    ("(b)(5) Attorney-Client Privilege", "(b)(5)", {PRIVILEGE}),
    ("Page Withheld in Full: b6, b7C", BOTH, {BRACKETS}),
    ("12 pages withheld in full under (b)(6)", SIX, set()),
    ("Denied in full - (b)(5)", "(b)(5)", set()),
    ("RELEASED IN PART B6", SIX, {CASE, BRACKETS}),
    ("b-7(c)", SEVEN_C, {CASE, BRACKETS}),
    ("b 7 c", SEVEN_C, {CASE, BRACKETS}),
    ("(b)(2)high", "(b)(2)", set()),
    ("(b)(2) (Low)", "(b)(2)", set()),
    ("b.7.c", SEVEN_C, {CASE, BRACKETS}),
    ("b-6", SIX, {BRACKETS}),
    ("b.6", SIX, {BRACKETS}),
    ("b-6; b-7(C)", BOTH, {BRACKETS}),
    ("(b)-(7)-(C)", SEVEN_C, {BRACKETS}),
    ("b7-C", SEVEN_C, {BRACKETS}),
    ("b7-C-1", SEVEN_C, {BRACKETS, Odd.NOTE}),
    ("b6 -1,2; b7C -1", BOTH, {BRACKETS, Odd.NOTE}),
    ("b6-1, 7C", BOTH, {BRACKETS, SHORT, Odd.NOTE}),
    ("b6 - b7C", BOTH, {BRACKETS, Odd.RANGE}),
    ("b4-b6", "(b)(4); (b)(6)", {BRACKETS, Odd.RANGE}),
    ("(b)(6) - (b)(7)(C)", BOTH, {Odd.RANGE}),
    ("(b)(7)(A)–(C)", "(b)(7)(A); (b)(7)(C)", {SHORT, Odd.RANGE}),
    ("(b)(7)(A)-(C)", "(b)(7)(A); (b)(7)(C)", {BRACKETS, SHORT, Odd.RANGE}),
    ("(b)(6) or (b)(7)(C)", BOTH, set()),
    ("(b)(6).", SIX, set()),
    ("b(6)", SIX, {BRACKETS}),
    ("B(6)", SIX, {CASE, BRACKETS}),
    ("(b) (6)", SIX, set()),
    ("552(b)(6)", SIX, set()),
    ("5 U.S.C. § 552 (b)(6)", SIX, set()),
    ("5 U.S.C.A. § 552(b)(6)", SIX, set()),
    ("5 U.S.C. §§ 552(b)(6), (b)(7)(C)", BOTH, set()),
    ("Title 5 U.S. Code § 552(b)(6)", SIX, set()),
    ("5 U.S.C. § 552a(k)(2)", "(k)(2)", set()),
    ("Privacy Act (j)(2)", "(j)(2)", set()),
    ("PA (k)(2)", "(k)(2)", set()),
    ("Exemption 6", SIX, set()),
    ("Exemption 6 of the FOIA", SIX, set()),
    ("Exemption 7-C", SEVEN_C, {BRACKETS}),
    ("Ex 6", SIX, set()),
    ("Ex. 7(C)", SEVEN_C, set()),
    ("Exempt 6", SIX, set()),
    ("subsections (b)(6) and (b)(7)(C)", BOTH, set()),
    ("(b)(3) Pub. L. 86-36", "(b)(3); Pub. L. 86-36", set()),
    ("(b)(3) 50 U.S.C. § 3024(i)(1)", "(b)(3); 50 U.S.C. 3024(i)(1)", set()),
    ("(b)(3):26 USCA 6103", "(b)(3); 26 U.S.C. 6103", set()),
    ("NR, b6", SIX, {BRACKETS}),
    ("b6; Non-Responsive", SIX, {BRACKETS}),
    ("Non Responsive", "XXXX", {Odd.UNNAMED}),
    ("X", "XXXX", {Odd.UNNAMED}),
    ("XXXX", "XXXX", {Odd.UNNAMED}),
    (" xxxx ", "XXXX", {BLANKS, Odd.UNNAMED}),
    ("XXX-XX-XXXX", "XXXX", {Odd.UNNAMED}),
    ("█████", "XXXX", {Odd.UNNAMED}),
    ("[REDACTED]", "XXXX", {Odd.UNNAMED}),
    ("<redacted>", "XXXX", {Odd.UNNAMED}),
    ("Testado", "XXXX", {Odd.UNNAMED}),
    ("Outside Scope", "XXXX", {Odd.UNNAMED}),
    ("OUT OF THE SCOPE OF REQUEST", "XXXX", {Odd.UNNAMED}),
    ("Page denied", "XXXX", {Odd.UNNAMED}),
    ("Pages Withheld in Full", "XXXX", {Odd.UNNAMED}),
    ("Denied in full", "XXXX", {Odd.UNNAMED}),
]
INSIDE = [
    ("Name: (b)(6), (b)(7)(C) of Boston", BOTH),
    ("see (b)(6).", SIX),
    ("Unit (b)(7)(E) Team (b)(6)", f"{SEVEN_E}; {SIX}"),
    ("HQ b(7)(E) OPERATION", SEVEN_E),
    ("see FOIA Exemption 6 below", SIX),
]
NO_MARKS = [
    *("", " ", "b", "(b)", "bad", "6", "--", "NA", "552", "5 U.S.C. 552", "exempt", "Exemption"),
    *("287(b)", "287(b)(6)", "8 CFR 287.8(b)(6)", "212 (b)(6)", "(a)(b)(6)", "6(b)", "section (b)"),
    *("(b) Smith", "B-6 visa", "B6 visa", "B 6", "7C street", "7C", "(7)(C)", "(7)(G)", "(C)"),
    *("b(10)", "(b)(10)", "(b)(0)", "b67c", "b6d", "b7cab", "(b)(7)(G)", "(b)(6)(C)", "(c)(1)"),
    *("B1", "B2", "B1/B2", "b1", "J1", "K2", "k2", "(k)(8)", "(j)(3)", "(d)(6)", "Exemption 10"),
    *("X-ray", "X Y", "XXL", "Ex. B", "Room (b)6 left", "(B)", "AB(6)", "8 U.S.C. 1367"),
    *("1.4 (b),(d)(5)", "1.4(a)(6)", "3.3(b)(1)", "1.4(b) d", "(b)(7)(C)(iv)"),
    *("1.4(D)", "section 1.4(d)", "1.4(D), B6", "b-1", "b.1", "b6 DP", "DP", "ACP", "NR", "N/R"),
    *("b-6 visa", "b.6.1", "v1.b.6", "pages", "Withheld in part", "Exempt", "Full denial", "b-10"),
    *("Gov. Code 6254(b)(6)", "RCW 42.56.240(b)(6)", "Pub. L. 86-36", "released 6 pages"),
    *("(" * 500, "b" * 500),
]


@pytest.mark.parametrize(("text", "expected", "odd"), WHOLE)
def test_a_form_is_read(text: str, expected: str, odd: set[Odd]) -> None:
    mark = parse_mark(text)
    assert mark is not None
    assert (mark.text, set(mark.odd), mark.whole) == (expected, odd, True)


@pytest.mark.parametrize(("text", "expected"), INSIDE)
def test_a_mark_inside_a_text_is_not_the_whole_of_it(text: str, expected: str) -> None:
    mark = parse_mark(text)
    assert mark is not None
    assert (mark.text, mark.whole) == (expected, False)


@pytest.mark.parametrize("text", NO_MARKS)
def test_what_looks_like_a_mark_and_is_none(text: str) -> None:
    assert parse_mark(text) is None


def test_there_are_as_many_forms_as_promised() -> None:
    assert len(WHOLE) + len(INSIDE) >= 50
    assert len(NO_MARKS) >= 40


def test_a_form_without_brackets_says_so() -> None:
    bare = {text for text, _, _ in WHOLE if (mark := parse_mark(text)) and mark.bare}
    assert {"b6/b7c", "b6 -1, b7C -2", "b6, k2", "b-6", "b.7.c", "B5 DP"} <= bare
    assert not [text for text in bare if "[" in text or "Ex" in text or text.startswith("(b)")]


def test_the_table_is_closed_and_in_plain_words() -> None:
    foia = [code for code in EXEMPTIONS if code.startswith("(b)")]
    assert foia == [
        *(f"(b)({n})" for n in range(1, 8)),
        *(f"(b)(7)({limb})" for limb in "ABCDEF"),
        *("(b)(8)", "(b)(9)"),
    ]
    for code, row in EXEMPTIONS.items():
        assert row.code == code
        assert row.address == (FOIA_ADDRESS if code in foia else PRIVACY_ADDRESS)
        assert row.law.endswith(code)
        assert row.plain.endswith(".")
        assert 20 < len(row.plain) < 320
        assert len(row.short) < 50
        mark = parse_mark(code)
        assert mark
        assert mark.exemptions == (code,)
    assert find_exemption("(b)(3)(A)") is EXEMPTIONS["(b)(3)"]
    assert find_exemption("(b)(10)") is None


@given(
    st.text(
        alphabet=st.sampled_from("bBkKjd()[]{} 0123456789acefACEF,;/&-.§usxX█pwnror\n\u00a0İ"),
        max_size=60,
    )
)
def test_no_text_breaks_the_parser_and_reading_again_changes_nothing(text: str) -> None:
    mark = parse_mark(text)
    if mark is not None:
        again = parse_mark(mark.text)
        assert again is not None
        assert (again.exemptions, again.laws) == (mark.exemptions, mark.laws)
        assert again.whole
        assert again.text == mark.text
        assert all(find_exemption(code) for code in mark.exemptions)


@given(st.text())
def test_any_text_at_all(text: str) -> None:
    parse_mark(text)


CODES = st.lists(st.sampled_from(sorted(EXEMPTIONS)), min_size=1, max_size=5, unique=True)


@given(CODES, st.data())
def test_every_spelling_of_a_list_says_the_same(codes: list[str], data: st.DataObject) -> None:
    def spell(code: str) -> str:
        letter, *rest = re.findall(r"\w", code)
        if data.draw(st.booleans()):
            letter = letter.upper()
        rest = [data.draw(st.sampled_from((part, part.lower()))) for part in rest]
        blank = data.draw(st.sampled_from(("", "", " ")))
        form = data.draw(st.sampled_from(("({})", "({}{b})", "({})", "{})")))
        return f"({letter}){blank}" + "".join(
            form.format(p, b=blank) if p.isalpha() else f"({p})" for p in rest
        )

    joint = data.draw(st.sampled_from((",", "; ", " & ", " and ", "/", "\n", " ", "")))
    # (b)(7) with (d) behind a blank is the exemption (b)(7)(D), on two lines as well.
    assume(joint.strip() or not any(code.startswith("(d)") for code in codes[1:]))
    text = joint.join(map(spell, codes)) + data.draw(st.sampled_from(("", " ", ";")))
    mark = parse_mark(text)
    assert mark is not None, text
    assert mark.exemptions == tuple(codes), text
    assert mark.whole


def test_real_cells_are_read(real_data: Path) -> None:
    """Every distinct cell with a bracketed b in the arrests of 2018 is one of two marks."""
    path = real_data / "ice-ero-2019-icfo-53623" / "EROArrests_FY2018.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        cells = {cell.strip('"\n') for line in file for cell in line.split("|")}
    marks = {cell: mark for cell in cells if (mark := parse_mark(cell))}
    assert {cell: mark.text for cell, mark in marks.items()} == {
        "(B)(6);(B)(7)(C) ": BOTH,
        "(B)(7)(E) ": SEVEN_E,
    }
