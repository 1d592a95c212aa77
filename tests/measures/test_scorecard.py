"""The scorecard: parts, precision and grades over published files, and suppressed shares."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.disclosure import release
from plainrecord.io import fetch
from plainrecord.measures import scorecard
from plainrecord.model.declarations import Coarsening, PrivacyPolicy
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.grades import (
    GRADE_RULES,
    UNMAPPED,
    ElementScore,
    Grade,
    Parts,
    Scorecard,
    ValueState,
    grade_parts,
)
from plainrecord.model.packages import (
    Category,
    Field,
    MissingKind,
    MissingValue,
    Package,
    Protection,
    ReleasedTable,
    Resource,
    Schema,
)
from plainrecord.model.packages import Dialect as TableDialect
from plainrecord.model.standards import Correspondence, Crosswalk, Link, Standard
from plainrecord.pipeline import features
from plainrecord.pipeline.build import prepare_site
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.pipeline.plan import plan_portal
from plainrecord.receipts.engine import open_build_database, open_counter
from plainrecord.validation import package as check
from tests.portals import SETTINGS

ROOT = Path(__file__).parents[2]
STANDARDS = features.read_standards()
STANDARD: Standard = STANDARDS["enforcement-stop"]
MARKS = (
    MissingValue("", "missing"),
    MissingValue("NC", "not collected", MissingKind.NOT_COLLECTED),
    MissingValue("NA", "does not apply", MissingKind.NOT_APPLICABLE),
    MissingValue("(b)(7)(E) ", "withheld", MissingKind.WITHHELD),
    MissingValue("SUPPRESSED", "suppressed", MissingKind.SUPPRESSED),
)


def released(fields: tuple[Field, ...], rows: int, threshold: int, *drop: str) -> ReleasedTable:
    return ReleasedTable(
        *("stops", "stops", "Stops", "", "stop", "released", fields, rows, threshold),
        tuple(Protection(name, "removed", "") for name in drop),
    )


def match_in(
    element: str, fields: tuple[str, ...], values: Iterable[tuple[str, str]] = (), **more: str
) -> tuple[str, Correspondence]:
    return element, Correspondence(fields=fields, values=dict(values), **more)


def measure(
    tmp_path: Path,
    select: str,
    fields: tuple[Field, ...],
    matches: tuple[tuple[str, Correspondence], ...],
    *,
    threshold: int = 0,
    given: tuple[Field, ...] = (),
    drop: tuple[str, ...] = (),
    coarsen: tuple[Coarsening, ...] = (),
    absent: tuple[tuple[str, str], ...] = (),
    totals: Mapping[str, Link] | None = None,
) -> tuple[Scorecard, list[str]]:
    """The scorecard of one table whose rows are `select`, and the rules of what was found."""
    path = tmp_path / "stops.parquet"
    maker = duckdb.connect()
    maker.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    rows = maker.execute(f"SELECT count(*) FROM '{path}'").fetchone()
    table = released(fields, int((rows or (0,))[0]), threshold, *drop)
    schema = Schema(given or fields)
    resource = Resource("stops", "Stops", "", (), "csv", "utf-8", TableDialect(), schema)
    package = Package(
        *("stops", "Stops", "", "", "stop", "data/stops", "data/stops/datapackage.yaml"),
        (resource,),
        PrivacyPolicy(identifiers=drop, coarsen=coarsen, threshold=threshold),
        crosswalk=Crosswalk(
            standard="enforcement-stop",
            unit="stop",
            resource="stops",
            fields=dict(matches),
            absent=dict(absent),
            aggregated=dict(totals or {}),
        ),
    )
    counter = open_counter({"stops": {"stops": path}})
    published = [PublishedTable(table, "datasets/stops/downloads/stops.parquet", "0" * 64)]
    card, found = scorecard.measure_scorecard(counter, package, published, STANDARDS)
    assert card is not None
    return card, [item.rule for item in found]


def score(card: Scorecard, element: str) -> ElementScore:
    return next(item for item in card.scores if item.element == element)


def test_each_kind_of_absence_is_counted_apart(tmp_path: Path) -> None:
    field = Field("op", "string", missing_values=MARKS)
    marks = ["", "NC", "NA", "(b)(7)(E) ", "SUPPRESSED"]
    rows = " UNION ALL ".join(
        [f"SELECT NULL::VARCHAR AS op, '{mark}' AS op__missing FROM range({n + 1})"
         for n, mark in enumerate(marks)]
        + ["SELECT 'Clean Sweep', NULL FROM range(100)", "SELECT '0', NULL FROM range(7)"]
    )  # fmt: skip
    card, found = measure(tmp_path, rows, (field,), (match_in("operation", ("op",)),))
    parts = score(card, "operation").parts
    assert parts == Parts(107, 0, 1, 2, 3, 4, 5)
    assert (parts.rows, parts.answerable) == (122, 114)
    assert score(card, "operation").grade is Grade.PARTLY  # 107 of 114, and no 5% withheld
    assert not found


def test_a_value_that_means_unknown_is_not_known(tmp_path: Path) -> None:
    field = Field("sex", "string", categories=(Category("M", "Male"), Category("Z", "Unknown")))
    rows = "SELECT CASE WHEN i < 60 THEN 'M' WHEN i < 90 THEN 'Z' END AS sex FROM range(100) t(i)"
    match = match_in("sex_or_gender", ("sex",), (("M", "male"), ("Z", "unknown")))
    card, _ = measure(tmp_path, rows, (field,), (match,))
    assert score(card, "sex_or_gender").parts == Parts(known=60, unknown=30, missing=10)
    assert card.shares[0].shown == (("male", 60), ("unknown", 30))
    assert card.shares[0].rows == 90


def test_a_value_outside_the_crosswalk_is_reported_and_counted(tmp_path: Path) -> None:
    field = Field("sex", "string")
    rows = "SELECT unnest(['M', 'F', 'it''s']) AS sex"
    match = match_in("sex_or_gender", ("sex",), (("M", "male"), ("F", "female")))
    card, found = measure(tmp_path, rows, (field,), (match,))
    assert found == ["crosswalk-value-unmapped"]
    assert card.shares[0].shown[-1] == (UNMAPPED, 1)


def test_several_fields_make_one_element(tmp_path: Path) -> None:
    fields = (Field("hands", "string"), Field("gun", "string"))
    rows = "SELECT * FROM (VALUES ('Y', 'N'), ('N', 'Y'), ('N', 'N'), (NULL, NULL)) t(hands, gun)"
    sql = "CASE WHEN gun = 'Y' THEN 'weapon-shown' WHEN hands = 'Y' THEN 'hands' ELSE 'none' END"
    match = match_in("force", ("hands", "gun"), sql=sql)
    card, _ = measure(tmp_path, rows, fields, (match,))
    assert score(card, "force").parts == Parts(known=3, missing=1)
    assert dict(card.shares[0].shown) == {"none": 1, "hands": 1, "weapon-shown": 1}


@pytest.mark.parametrize(
    "sql", ["(SELECT 1)", "1; DROP TABLE stops", "nosuch", "'somewhere else'", "count(*)"]
)
def test_an_expression_that_does_not_fit_is_a_finding(tmp_path: Path, sql: str) -> None:
    match = match_in("force", ("hands",), sql=sql)
    _, found = measure(tmp_path, "SELECT 'Y' AS hands", (Field("hands"),), (match,))
    assert found == ["crosswalk-failed"]


@pytest.mark.parametrize(
    ("first", "step", "level"),
    [
        ("TIMESTAMP '2020-01-01'", "INTERVAL 1 DAY", "day"),
        ("TIMESTAMP '2020-01-01'", "INTERVAL 1 MONTH", "month"),
        ("TIMESTAMP '2020-01-01'", "INTERVAL 3 MONTH", "quarter"),
        ("TIMESTAMP '2001-01-01'", "INTERVAL 1 YEAR", "year"),
    ],
)
def test_dates_written_in_full_are_as_precise_as_their_values(
    tmp_path: Path, first: str, step: str, level: str
) -> None:
    rows = f"SELECT CAST({first} + i * {step} AS DATE) AS day FROM range(40) t(i)"
    card, _ = measure(tmp_path, rows, (Field("day", "date"),), (match_in("date", ("day",)),))
    day = score(card, "date")
    assert (day.released, day.precision) == (level, level)
    assert day.grade is (Grade.PRESENT if level == "day" else Grade.COARSE)


def test_few_dates_show_nothing_about_precision(tmp_path: Path) -> None:
    rows = "SELECT DATE '2020-01-01' AS day FROM range(29)"
    card, _ = measure(tmp_path, rows, (Field("day", "date"),), (match_in("date", ("day",)),))
    assert score(card, "date").released == "day"


def test_an_hour_is_there_only_if_some_value_has_one(tmp_path: Path) -> None:
    matches = (match_in("date", ("at",)), match_in("hour", ("at",)))
    field = (Field("at", "datetime"),)
    rows = "SELECT TIMESTAMP '2020-01-05 00:00' + i * INTERVAL {} AS at FROM range(40) t(i)"
    card, _ = measure(tmp_path, rows.format("1 HOUR"), field, matches)
    assert [score(card, e).released for e in ("date", "hour")] == ["day", "hour"]
    assert [score(card, e).grade for e in ("date", "hour")] == [Grade.PRESENT] * 2
    card, _ = measure(tmp_path, rows.format("1 DAY"), field, matches)
    assert score(card, "date").grade is Grade.PRESENT
    assert score(card, "hour").grade is Grade.ABSENT
    assert score(card, "hour").parts is None


def test_what_our_gate_does_is_not_held_against_the_agency(tmp_path: Path) -> None:
    given = (Field("id", "string"), Field("day", "date"), Field("county", "string"))
    fields = (
        Field("day", "string", generalised="to the quarter of the year"),
        Field("county", "string", generalised="to its first 2 characters"),
    )
    matches = (
        match_in("record_id", ("id",)),
        match_in("date", ("day",)),
        match_in("hour", ("day",)),
        match_in("place", ("county",), precision="county", released="state"),
    )
    rows = "SELECT '2020-Q1' AS day, '53' AS county FROM range(50)"
    coarsen = (
        Coarsening(field="day", method="quarter"),
        Coarsening(field="county", method="prefix", length=2),
    )
    card, _ = measure(tmp_path, rows, fields, matches, given=given, drop=("id",), coarsen=coarsen)
    grades = {item.element: item.grade for item in card.scores}
    assert grades["record_id"] is Grade.REMOVED
    assert grades["date"] is Grade.COARSENED
    assert grades["place"] is Grade.COARSENED
    assert grades["hour"] is Grade.ABSENT  # a date has no hour before protection either
    assert score(card, "date").precision == "day"
    assert score(card, "date").released == "quarter"


def test_an_hour_that_protection_removes_is_graded_as_removed(tmp_path: Path) -> None:
    rows = "SELECT DATE '2020-01-05' + i::INTEGER AS at FROM range(40) t(i)"
    card, _ = measure(
        tmp_path, rows, (Field("at", "date", generalised="to the day"),),
        (match_in("date", ("at",)), match_in("hour", ("at",))),
        given=(Field("at", "datetime"),), coarsen=(Coarsening(field="at", method="day"),),
    )  # fmt: skip
    assert score(card, "date").grade is Grade.PRESENT
    assert score(card, "hour").grade is Grade.REMOVED
    assert score(card, "hour").parts is None


def test_a_receipt_says_what_the_page_keeps_back(tmp_path: Path) -> None:
    rows = "SELECT CASE WHEN i < 3 THEN 'F' WHEN i < 20 THEN 'U' ELSE 'M' END AS sex FROM range(90) t(i)"
    match = match_in("sex_or_gender", ("sex",), (("F", "female"), ("M", "male"), ("U", "unknown")))
    card, _ = measure(tmp_path, rows, (Field("sex"),), (match,), threshold=11)
    assert card.shares[0].shown == (("female", None), ("male", 70), ("unknown", None))
    assert card.shares[0].receipt.suppressed == 2
    assert card.shares[0].counted is None
    assert card.list_rounded()[0][0].endswith(".scorecard.sex_or_gender.categories")
    counted = score(card, "sex_or_gender").counted
    assert counted is not None
    assert counted.rows == ((90, 73, 17, 0, 0, 0, 0, 0),)


def test_an_element_that_nothing_holds_is_absent_with_its_reason(tmp_path: Path) -> None:
    totals = {"race_stated": Link(link="https://agency.example/totals", note="by year")}
    absent = (("statute", "No column."),)
    rows = "SELECT 'x' AS a"
    card, _ = measure(tmp_path, rows, (Field("a"),), (), absent=absent, totals=totals)
    assert score(card, "statute") == ElementScore("statute", Grade.ABSENT, note="No column.")
    assert score(card, "race_stated").grade is Grade.TOTALS
    assert score(card, "race_stated").link == "https://agency.example/totals"
    assert len(card.scores) == len(STANDARD.graded)


def test_a_field_that_a_release_does_not_have_yet_is_absent_there(tmp_path: Path) -> None:
    match = match_in("agency", ("later",))
    card, _ = measure(tmp_path, "SELECT 'x' AS a", (Field("a"),), (match,))
    assert score(card, "agency").grade is Grade.ABSENT


def test_names_and_marks_with_quotes_stay_text(tmp_path: Path) -> None:
    field = Field(
        'o"p', missing_values=(MissingValue("", ""), MissingValue("it's", "", MARKS[3].kind))
    )
    rows = """SELECT NULL::VARCHAR AS "o""p", 'it''s' AS "o""p__missing" """
    card, _ = measure(tmp_path, rows, (field,), (match_in("operation", ('o"p',)),))
    assert score(card, "operation").parts == Parts(withheld=1)
    assert score(card, "operation").grade is Grade.WITHHELD


def test_a_receipt_gives_the_parts_again(tmp_path: Path) -> None:
    field = Field("op", "string", missing_values=MARKS)
    rows = "SELECT NULL::VARCHAR AS op, 'NC' AS op__missing FROM range(3)"
    card, _ = measure(tmp_path, rows, (field,), (match_in("operation", ("op",)),))
    receipt = score(card, "operation").receipts[0]
    place = tmp_path / "stops.parquet"
    again = duckdb.connect()
    again.execute(f"CREATE VIEW stops AS FROM '{place}'")
    assert again.execute(receipt.sql).fetchall() == [(3, 0, 0, 0, 3, 0, 0, 0)]
    assert receipt.files[0].sha256 == "0" * 64


# The rules


@pytest.mark.parametrize(
    ("parts", "grade"),
    [
        (Parts(known=95, missing=5), Grade.PRESENT),
        (Parts(known=94, missing=6), Grade.PARTLY),
        (Parts(known=5, missing=95), Grade.PARTLY),
        (Parts(known=4, missing=96), Grade.HARDLY),
        (Parts(known=5, withheld=95), Grade.WITHHELD),
        (Parts(known=6, withheld=94), Grade.WITHHELD_IN_PART),
        (Parts(known=95, withheld=5), Grade.WITHHELD_IN_PART),
        (Parts(known=96, withheld=4), Grade.PRESENT),
        (Parts(known=5, not_collected=95), Grade.NOT_COLLECTED),
        (Parts(known=95, suppressed=900), Grade.PRESENT),
        (Parts(known=95, not_applicable=900), Grade.PRESENT),
        (Parts(suppressed=3), Grade.REMOVED),
        (Parts(not_applicable=3), Grade.INAPPLICABLE),
        (Parts(), Grade.HARDLY),
        (Parts(unknown=100), Grade.HARDLY),
    ],
)
def test_a_grade_follows_from_the_parts(parts: Parts, grade: Grade) -> None:
    assert grade_parts(parts) is grade


def test_precision_decides_only_what_is_filled() -> None:
    full, half = Parts(known=100), Parts(known=50, missing=50)
    assert grade_parts(full, coarse=True, coarsened=True) is Grade.COARSE
    assert grade_parts(full, coarsened=True) is Grade.COARSENED
    assert grade_parts(half, coarse=True) is Grade.PARTLY


COUNT = st.integers(0, 10_000)


@given(st.builds(Parts, *[COUNT] * 7))
def test_zero_withheld_is_never_graded_as_withheld(parts: Parts) -> None:
    grade = grade_parts(parts)
    if not parts.withheld:
        assert grade not in (Grade.WITHHELD, Grade.WITHHELD_IN_PART)
    if grade is Grade.PRESENT:
        assert parts.known >= 0.95 * parts.answerable > 0
    assert sum(count for _, count in parts.counts) == parts.rows
    assert [state for state, _ in parts.counts] == list(ValueState)


@given(st.builds(Parts, *[COUNT] * 7), COUNT)
def test_what_we_suppress_changes_no_grade_of_what_is_left(parts: Parts, more: int) -> None:
    if parts.answerable:
        fields = {state.name.lower(): count for state, count in parts.counts}
        fields["suppressed"] += more
        assert grade_parts(Parts(**fields)) is grade_parts(parts)


def test_every_grade_has_one_rule_and_a_sign_of_its_own() -> None:
    assert [rule.grade for rule in GRADE_RULES] == list(Grade)
    assert len({rule.sign for rule in GRADE_RULES}) == len(GRADE_RULES)
    assert {rule.grade for rule in GRADE_RULES if rule.ours} == {Grade.REMOVED, Grade.COARSENED}


# The real records, with their known answers


def score_real(name: str, real: Path, folder: str, tmp_path: Path) -> Scorecard:
    """The scorecard of a dataset of this portal, its real files taken from beside the repository."""
    root = tmp_path / "portal"
    (root / "site").mkdir(parents=True)
    (root / "site/portal.yaml").write_text(SETTINGS)
    shutil.copytree(ROOT / "data" / name, root / "data" / name)
    plan, _ = plan_portal(root)
    wanted = plan.remote_files([])
    mirrors = fetch.index_mirrors([real / folder], wanted)
    for source in wanted:
        fetch.fetch_file(
            source, cache_folder(root), portal=plan.portal, mirrors=mirrors,
            progress=lambda *_: None,
        )  # fmt: skip
    plan, _ = plan_portal(root)
    item = plan.packages[0]
    assert item.policy is not None
    files = plan.files[name]
    readable = [file.path for located in files.values() for file in located]
    path = tmp_path / "table.parquet"
    workshop = open_build_database(tmp_path / "work" / "build.duckdb", readable, [tmp_path])
    checked = check.check_package(workshop, item, files).tables[0]
    made, _ = release.release_table(workshop, checked, item.resources[0], item.policy, "", "")
    assert made is not None
    workshop.execute(f"COPY {made.relation} TO '{path}' (FORMAT parquet)")
    workshop.close()
    counter = open_counter({name: {made.resource: path}})
    entry = PublishedTable(made, "table.parquet", "0" * 64)
    card, found = scorecard.measure_scorecard(counter, item, [entry], STANDARDS)
    assert card is not None
    assert not found
    return card


def test_the_scorecard_of_the_real_arrests(real_data: Path, tmp_path: Path) -> None:
    card = score_real("ice-arrests", real_data, "ice-ero-2019-icfo-53623", tmp_path)
    assert (card.rows, card.unit) == (544_059, "arrest")
    grades = {item.element: item.grade for item in card.scores}
    assert {e for e, grade in grades.items() if grade is Grade.ABSENT} == {
        *("record_id", "person_id", "hour", "reason", "statute", "race_perceived"),
        *("race_stated", "search", "force", "court_filing", "release"),
    }
    assert grades["date"] is Grade.PRESENT
    assert score(card, "date").released == "day"
    assert score(card, "age_bracket").parts == Parts(withheld=544_059)
    assert grades["age_bracket"] is Grade.WITHHELD
    assert grades["operation"] is Grade.WITHHELD_IN_PART
    operation = score(card, "operation").parts
    assert operation == Parts(unknown=130, missing=426_691, withheld=117_238)
    assert score(card, "sex_or_gender").parts == Parts(known=544_023, unknown=36)
    assert grades["place"] is Grade.COARSE
    assert score(card, "outcome").parts == Parts(544_059 - 99_196 - 194, 99_196, 194)
    jail = next(s for s in card.shares if s.element == "approach")
    assert dict(jail.shown)["jail"] == 213_952 + 84_535 + 41_238 + 15


def test_the_scorecard_of_the_real_stops_reads_released_counts(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/portal.yaml").write_text(SETTINGS)
    shutil.copytree(ROOT / "data/nypd-stops", tmp_path / "data/nypd-stops")
    with prepare_site(tmp_path, lambda _: None) as site:
        assert not site.blocked
        card = site.datasets[0].scorecard
    assert card is not None
    grades = {item.element: item.grade for item in card.scores}
    assert card.rows == 12_404
    assert grades["record_id"] is Grade.REMOVED
    assert (score(card, "date").precision, score(card, "date").released) == ("day", "quarter")
    assert grades["date"] is grades["hour"] is Grade.COARSENED
    assert score(card, "race_perceived").parts == Parts(known=12_309, unknown=95)
    race = next(s for s in card.shares if s.element == "race_perceived")
    assert dict(race.shown)["hispanic"] == 2_753 + 873
    search = next(s for s in card.shares if s.element == "search")
    assert dict(search.shown)["search"] == 2_958
    assert sum(count or 0 for _, count in search.shown) == 12_404
