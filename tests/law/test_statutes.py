"""Citations: forms with what they cite, near misses, an outside library as oracle, real charges."""

from __future__ import annotations

import csv
import gzip
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.law.provisions import BASES, BY_INA, SECTIONS, STOP
from plainrecord.law.statutes import Oddity, Provision, parse_citation

CODE, CASE, OLD = Oddity.CODE, Oddity.CASE, "old"
SEVEN = "8 U.S.C. § 1357"
FORMS: list[tuple[str, str, set[Oddity]]] = [
    ("8 U.S.C. § 1357(a)(2)", f"{SEVEN}(a)(2)", set()),
    ("8 U.S.C. § 1226(a)", "8 U.S.C. § 1226(a)", set()),
    ("8 USC 1357", SEVEN, set()),
    ("8USC1325", "8 U.S.C. § 1325", set()),
    ("8 U.S.C 1357", SEVEN, set()),
    ("8 U. S. C. 1357", SEVEN, set()),
    ("8 u.s.c. sec. 1357", SEVEN, set()),
    ("8 U.S.C. Section 1357 (a) (1)", f"{SEVEN}(a)(1)", set()),
    ("8 U.S.C.A. § 1326(b)(2)", "8 U.S.C. § 1326(b)(2)", set()),
    ("8 USC §1182(a)(7)(A)(i)(I)", "8 U.S.C. § 1182(a)(7)(A)(i)(I)", set()),
    ("8 USC 1182(a)(6)(a)(i)", "8 U.S.C. § 1182(a)(6)(A)(i)", {CASE}),
    ("8 USC 1226a", "8 U.S.C. § 1226a", set()),
    ("8 USC 1229a(b)(5)", "8 U.S.C. § 1229a(b)(5)", set()),
    ("8 USC 1357a", f"{SEVEN}(a)", {Oddity.LETTER}),
    ("08 USC 1326", "8 U.S.C. § 1326", set()),
    ("8 U.S.C. 9999", "8 U.S.C. § 9999", set()),
    ("18 U.S.C. § 1546", "18 U.S.C. § 1546", set()),
    ("19 USC 1589a", "19 U.S.C. § 1589a", set()),
    ("Title 8, United States Code, Section 1325(a)", "8 U.S.C. § 1325(a)", set()),
    ("8 U.S.C. 1325, 1326", "8 U.S.C. § 1325; 8 U.S.C. § 1326", set()),
    ("8 U.S.C. §§ 1182 and 1227", "8 U.S.C. § 1182; 8 U.S.C. § 1227", set()),
    ("8 USC 1357(a)(1), (a)(2)", f"{SEVEN}(a)(1); {SEVEN}(a)(2)", set()),
    ("8 USC 1357(a)(1) and (2)", f"{SEVEN}(a)(1); {SEVEN}(a)(2)", set()),
    ("8 USC 1226(a), (c)", "8 U.S.C. § 1226(a); 8 U.S.C. § 1226(c)", set()),
    ("8 U.S.C. 1225-1227", "8 U.S.C. § 1225; 8 U.S.C. § 1227", {Oddity.RANGE}),
    ("8 U.S.C. 1357(g)(1)-(10)", f"{SEVEN}(g)(1); {SEVEN}(g)(10)", {Oddity.RANGE}),
    ("8 U.S.C. 1101 et seq.", "8 U.S.C. § 1101", {Oddity.SEQUENCE}),
    ("8 U.S.C. 1225, 19 U.S.C. 482", "8 U.S.C. § 1225; 19 U.S.C. § 482", set()),
    ("8 U.S.C. 1357; 8 CFR 287.8(c)", f"{SEVEN}; 8 CFR 287.8(c)", set()),
    ("under 8 U.S.C. 1226(a)", "8 U.S.C. § 1226(a)", set()),
    ("INA 287(a)", "INA § 287(a)", set()),
    ("INA § 236(a)", "INA § 236(a)", set()),
    ("I.N.A. § 287 (a) (1)", "INA § 287(a)(1)", set()),
    ("INA 240A(b)", "INA § 240A(b)", set()),
    ("INA 212(a)(6)(a)(i)", "INA § 212(a)(6)(A)(i)", {CASE}),
    ("INA 287(a) [8 U.S.C. 1357(a)]", f"INA § 287(a); {SEVEN}(a)", set()),
    ("INA 236(a)/8 USC 1226(a)", "INA § 236(a); 8 U.S.C. § 1226(a)", set()),
    ("Sec. 287(a) of the Act", "INA § 287(a)", set()),
    ("Sections 236 and 287 of the Act", "INA § 236; INA § 287", set()),
    ("§ 287(a) of the INA", "INA § 287(a)", set()),
    ("Immigration and Nationality Act § 212(a)(6)(A)(i)", "INA § 212(a)(6)(A)(i)", set()),
    ("section 212(a) of the Immigration and Nationality Act", "INA § 212(a)", set()),
    ("287(g)", "INA § 287(g)", {Oddity.UNNAMED}),
    ("237(a)(2)(A)(v)", "INA § 237(a)(2)(A)(v)", {Oddity.UNNAMED}),  # ICE removals
    ("8 CFR 287.8(c)", "8 CFR 287.8(c)", set()),
    ("8 C.F.R. § 287.8(c)(2)(ii)", "8 CFR 287.8(c)(2)(ii)", set()),
    ("8 C.F.R. part 287", "8 CFR part 287", set()),
    ("8 CFR 287", "8 CFR part 287", set()),
    ("8 CFR 274a.1", "8 CFR 274a.1", set()),
    ("8 CFR 1003.19", "8 CFR 1003.19", set()),
    ("8 CFR Parts 235 and 236", "8 CFR part 235; 8 CFR part 236", set()),
    ("8 CFR §§ 287.5, 287.8", "8 CFR 287.5; 8 CFR 287.8", set()),
    ("8 CFR 287.5(c)(1), 287.8(b)", "8 CFR 287.5(c)(1); 8 CFR 287.8(b)", set()),
    ("212a7AiI", "INA § 212(a)(7)(A)(i)(I)", {CODE}),  # ICE removals, from here on
    ("212a6Ai", "INA § 212(a)(6)(A)(i)", {CODE}),
    ("212a9CiII", "INA § 212(a)(9)(C)(i)(II)", {CODE}),
    ("237a2Aiii", "INA § 237(a)(2)(A)(iii)", {CODE}),
    ("237a2B", "INA § 237(a)(2)(B)", {CODE}),
    ("212a2Ii", "INA § 212(a)(2)(I)(i)", {CODE}),
    ("237a5", "INA § 237(a)(5)", {CODE}),
    ("241a1B", "INA § 241(a)(1)(B)", {CODE}),
    ("212a20", "INA § 212(a)(20)", {CODE}),
    ("212A4A", "INA § 212(a)(4)(A)", {CODE, CASE}),
    ("212A9AII", "INA § 212(a)(9)(A)(ii)", {CODE, CASE, Oddity.AMBIGUOUS}),
    (
        "Police and Criminal Evidence Act 1984 (section 1)",
        "Police and Criminal Evidence Act 1984 (section 1)",
        set(),
    ),
    (
        "Aviation Security Act 1982 (section 27(1))",
        "Aviation Security Act 1982 (section 27(1))",
        set(),
    ),
    (
        "Psychoactive Substances Act 2016 (s36(2))",
        "Psychoactive Substances Act 2016 (section 36(2))",
        set(),
    ),
    (
        "section 23 of the Misuse of Drugs Act 1971",
        "Misuse of Drugs Act 1971 (section 23)",
        set(),
    ),
]
NO_CITATIONS = [
    *("", "1357", "287", "212", "212a", "section 8", "Sec. 8 housing", "the Act", "INA"),
    *("8 USC", "8 CFR", "8 USC abc", "CFR 287", "USC 1357", "8 USCIS 1357", "8 U.S. 1357"),
    *("8 F.3d 1357", "108 U.S.C. 1357", "8 USC 1357xyz", "Fiscal 8 CFRs 287", "room 1357(a)"),
    *("INAPPLICABLE 287", "CHINA 287", "212-555-0100", "241a Main St", "A212a7", "212a7ZZZ"),
    *("287 (g) street", "section 5 of the Act", "999(a)", "Act 1984", "Drug Act (section 2)"),
    *("(" * 900, "USC " * 200, "§" * 900),
]


AS_AGENCIES_WRITE = [
    ("18 USC 1028A", "18 U.S.C. § 1028A"),
    ("18 U.S.C. 2339B(a)(1)", "18 U.S.C. § 2339B(a)(1)"),
    ("18 U.S.C. § 2332a", "18 U.S.C. § 2332a"),
    ("26 USC 6050I", "26 U.S.C. § 6050I"),
    ("42 U.S.C. § 2000e-5", "42 U.S.C. § 2000e-5"),
    ("18 USC 1028A and 1028", "18 U.S.C. § 1028A; 18 U.S.C. § 1028"),
    ("8 USC 1324A", "8 U.S.C. § 1324a"),
    ("8 USC 1324a(a)(1)", "8 U.S.C. § 1324a(a)(1)"),
    ("8 u.s.c.s. § 1226(a)", "8 U.S.C. § 1226(a)"),
    ("8 U.S.C.S. 1226", "8 U.S.C. § 1226"),
    ("8 U.S.C.A. § 1226(a)", "8 U.S.C. § 1226(a)"),
    ("8 U.S.C.A § 1226(a)", "8 U.S.C. § 1226(a)"),
    ("8 USCA 1226(a)", "8 U.S.C. § 1226(a)"),
    ("8 USCS § 1226(a)", "8 U.S.C. § 1226(a)"),
    ("8 U.S. Code Annotated § 1226", "8 U.S.C. § 1226"),
    ("8 USC Sec. 1226", "8 U.S.C. § 1226"),
    ("section 1226(a) of title 8", "8 U.S.C. § 1226(a)"),
    ("section 1028A of title 18, United States Code", "18 U.S.C. § 1028A"),
    ("sections 1225(b) and 1226(a) of title 8, U.S.C.", "8 U.S.C. § 1225(b); 8 U.S.C. § 1226(a)"),
    ("section 287.8(c) of title 8, Code of Federal Regulations", "8 CFR 287.8(c)"),
    ("INA287(g)", "INA § 287(g)"),
    ("INA §§ 212(a)(6)(A)(i), 237(a)(1)(B)", "INA § 212(a)(6)(A)(i); INA § 237(a)(1)(B)"),
]


@pytest.mark.parametrize(("text", "expected"), AS_AGENCIES_WRITE)
def test_a_citation_is_read_in_the_writing_of_agencies(text: str, expected: str) -> None:
    citation = parse_citation(text)
    assert citation is not None
    assert (citation.text, citation.whole) == (expected, True)
    again = parse_citation(citation.text)
    assert again is not None
    assert again.provisions == citation.provisions


@pytest.mark.parametrize(("text", "expected", "odd"), FORMS)
def test_a_form_is_read(text: str, expected: str, odd: set[Oddity]) -> None:
    citation = parse_citation(text)
    assert citation is not None
    assert (citation.text, set(citation.odd), citation.whole) == (expected, odd, True)


@pytest.mark.parametrize("text", NO_CITATIONS)
def test_what_looks_like_a_citation_and_is_none(text: str) -> None:
    assert parse_citation(text) is None


def test_there_are_as_many_forms_as_promised() -> None:
    assert len(FORMS) >= 60
    assert len(NO_CITATIONS) >= 30


def test_a_citation_in_a_sentence_is_not_the_whole_of_it() -> None:
    for text in (
        "Arrested under 8 U.S.C. 1357(a)(2) without a warrant.",
        "8 U.S.C. 1357(a)(2) applies",
        "8 U.S.C. 1357(a)(2) and 100 people",
    ):
        citation = parse_citation(text)
        assert citation is not None
        assert (citation.text, citation.whole) == (f"{SEVEN}(a)(2)", False)


def test_the_two_names_of_one_section() -> None:
    assert Provision("INA", "287", ("a", "2")).twin == f"{SEVEN}(a)(2)"
    assert Provision("8 U.S.C.", "1226a").twin == "INA § 236A"
    assert Provision("18 U.S.C.", "1546").twin == ""


@pytest.mark.parametrize(
    ("provision", "address"),
    [
        (Provision("8 U.S.C.", "1357", ("a",)), "https://www.govinfo.gov/link/uscode/8/1357"),
        (Provision("INA", "236A"), "https://www.govinfo.gov/link/uscode/8/1226a"),
        (
            Provision("8 CFR", "287.8"),
            "https://www.govinfo.gov/link/cfr/8/287?sectionnum=8&year=mostrecent",
        ),
        (
            Provision("8 CFR part", "287"),
            "https://www.govinfo.gov/link/cfr/8/287?year=mostrecent",
        ),
        (
            Provision("Misuse of Drugs Act 1971", "23"),
            "https://www.legislation.gov.uk/ukpga/1971/38/section/23",
        ),
        (Provision("Deer and Dogs Act 1999", "1"), ""),
        (Provision("INA", "999"), ""),
    ],
)
def test_an_official_address(provision: Provision, address: str) -> None:
    assert provision.address == address


def test_what_cannot_be_and_what_is_only_not_in_the_table() -> None:
    assert Provision("8 U.S.C.", "9999").impossible
    assert Provision("INA", "999").impossible
    assert Provision("8 CFR", "9000.1").impossible
    unlisted = Provision("8 U.S.C.", "1365")
    assert unlisted.known is None
    assert not unlisted.impossible


def test_smuggling_is_no_ground_for_a_stop_and_the_powers_are() -> None:
    def fits(number: str) -> bool:
        return STOP in SECTIONS["8 U.S.C.", number].fits

    assert not fits("1324")
    assert not fits("1227")
    assert all(map(fits, ("1225", "1226", "1325", "1326", "1357")))
    assert all(row.fits <= set(BASES) and row.title for row in SECTIONS.values())
    assert all(row.about or not row.fits - {"removal"} or row.title for row in SECTIONS.values())


def test_an_old_number_says_so() -> None:
    def read(text: str) -> Provision:
        citation = parse_citation(text)
        assert citation
        return citation.provisions[0]

    assert read("241a2Aiii").old
    assert read("241a2Aiii").known is None
    assert read("212a20").old
    assert not read("212a10A").old
    assert not read("INA 241(a)(5)").old  # today it is the use of an old order again
    assert read("INA 241(a)(5)").known is SECTIONS["8 U.S.C.", "1231"]


def test_the_table_agrees_with_citeurl() -> None:
    citeurl = pytest.importorskip("citeurl")
    for ina, row in BY_INA.items():
        found = citeurl.cite(f"INA § {ina}")
        assert found, ina
        assert found.URL.endswith(f"/8/{row.number}"), ina
    for book, number in SECTIONS:
        if " Act " in book or book.endswith("part"):
            continue
        mine = parse_citation(f"{book} {number}(a)(1)")
        found = citeurl.cite(f"{book} {number}(a)(1)")
        assert mine
        assert found, (book, number)
        section = mine.provisions[0]
        assert (found.tokens["title"], found.tokens["section"]) == (book.split()[0], number)
        assert (section.book, section.number, section.path) == (book, number, ("a", "1"))


def test_citeurl_is_installed_where_tests_must_not_be_skipped() -> None:
    assert importlib.util.find_spec("citeurl")


SIGNS = "0123456789aAbiIvXx()[].,;&§-– USCFRINAusc ofthepartAct and"


@given(st.text(alphabet=st.sampled_from(SIGNS), max_size=60) | st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    citation = parse_citation(text)
    if citation is not None:
        assert citation.provisions
        assert all(p.text and p.address is not None for p in citation.provisions)


BOOKS = st.sampled_from(sorted(key for key in SECTIONS if "Act" not in key[0]))
PATHS = st.sampled_from([(), ("a",), ("a", "2"), ("c", "1", "A"), ("a", "7", "A", "i", "I")])


@given(st.lists(st.tuples(BOOKS, PATHS), min_size=1, max_size=4, unique=True), st.data())
def test_a_list_in_any_spelling_is_read_whole(
    wanted: list[tuple[tuple[str, str], tuple[str, ...]]], data: st.DataObject
) -> None:
    provisions, texts = [], []
    for (book, number), path in wanted:
        nested = () if "CFR" in book else path
        provision = Provision(book, number, nested)
        provisions.append(provision)
        text = provision.text
        if data.draw(st.booleans()):
            text = text.replace("U.S.C.", "USC").replace("CFR", "C.F.R.")
        if data.draw(st.booleans()):
            text = text.replace(" §", "").replace("(", " (")
        texts.append(text)
    joint = data.draw(st.sampled_from(("; ", ", ", " and ", " & ", "/")))
    citation = parse_citation(joint.join(texts))
    assert citation is not None
    assert citation.provisions == tuple(dict.fromkeys(provisions))
    assert citation.whole
    again = parse_citation(citation.text)
    assert again is not None
    assert again.provisions == citation.provisions


def test_every_charge_in_the_real_removals_is_read(real_data: Path) -> None:
    counts: dict[str, int] = {}
    for path in sorted((real_data / "ice-ero-2019-icfo-53623").glob("ICERemovals_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = csv.reader(file, delimiter="|")
            for _ in range(5):
                next(rows)
            place = next(rows).index("Final Charge Section")
            for row in rows:
                if row and row[place]:
                    counts[row[place]] = counts.get(row[place], 0) + 1
    assert (len(counts), sum(counts.values())) == (116, 962_328)
    read = {text: parse_citation(text) for text in counts}
    assert not [text for text, citation in read.items() if citation is None]
    removal = {
        text
        for text, citation in read.items()
        if citation and all(p.known and "removal" in p.known.fits for p in citation.provisions)
    }
    rest = {text: n for text, n in counts.items() if text not in removal}
    old = {t for t in rest if (c := read[t]) and c.provisions[0].old}
    assert set(rest) == old
    assert sum(rest[t] for t in old if t.startswith("241")) == 1_601


def test_every_power_of_data_police_uk_is_read(real_data: Path) -> None:
    known: set[str] = set()
    unknown: set[str] = set()
    for path in sorted((real_data / "uk-stop-and-search" / "csv").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if text := row["Legislation"]:
                    citation = parse_citation(text)
                    assert citation is not None, text
                    (known if citation.provisions[0].known else unknown).add(text)
    assert len(known) == 8
    assert unknown == {"Poaching Prevention Act 1862 (section 2)"}
