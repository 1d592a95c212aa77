"""The register of claims: as written to trusted, and the written rule of the verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors.claims import check_names, parse_register
from plainrecord.measures.claim_tests.columns import ColumnTest, judge_columns, match_columns
from plainrecord.measures.claim_tests.rows import RowTest, ask_rows, bound_rows, judge_rows
from plainrecord.measures.claim_tests.value import ValueTest, judge_value
from plainrecord.measures.claim_verdicts import bound_figure, judge_claim, judge_range
from plainrecord.model.claims import Bounds, Claim, ClaimSource, ClaimVerdict, Range
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.products import Figure

FILE = "site/claims.yaml"
GOOD = """
claims:
  - name: every-visit-passes
    title: Every visit passes
    speaker: The inspectorate
    said: every visit ends with a pass.
    said_on: 2026-09-01
    source:
      status: seen
      title: A statement
      url: https://inspect.example/statement
      sha256: {hash}
    changed: 2026-10-02
    tests:
      - title: Each visit has the outcome "pass"
        rows: {dataset: visits, resource: visits, condition: "outcome = 'pass'", at_least: 1}
""".replace("{hash}", "a" * 64)


def figure(value: Cell, threshold: int = 0) -> Figure:
    """A count, suppressed where it lies below the threshold."""
    hidden = isinstance(value, int) and 0 < value < threshold
    receipt = Receipt("SELECT 1", (), "", 1, int(hidden), threshold)
    shown = "few" if hidden else str(value)
    return Figure("d", "f", "F", None if hidden else value, shown, "", "", receipt)


def counts(agree: int, against: int, unsaid: int, threshold: int = 0) -> dict[str, Figure]:
    numbers = {"rows": agree + against + unsaid, "agree": agree, "against": against, "open": unsaid}
    made = {key: figure(n, threshold) for key, n in numbers.items()}
    if numbers["rows"]:
        for role, count in (("share", agree), ("most", agree + unsaid)):
            value = count / numbers["rows"]
            made[role] = replace(figure(value), shown=f"{value * 100:.1f}%")
    return made


def wanted(low: float | None = None, **keys: str) -> RowTest:
    given = {"dataset": "d", "resource": "t", "condition": "x", "at_least": low, **keys}
    return RowTest.model_validate(given)


def test_a_register_is_read() -> None:
    claims, findings = parse_register(parse_document(GOOD), FILE)
    assert not findings
    (claim,) = claims
    assert claim.speaker == "The inspectorate"
    assert claim.source.status == "seen"
    assert claim.reply.status == "none"
    assert claim.tests[0].test == RowTest(
        dataset="visits", resource="visits", condition="outcome = 'pass'", at_least=1
    )
    assert claim.file == FILE


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("name: every-visit-passes", "name: ../../etc", "value-invalid"),
        ("name: every-visit-passes", "name: index.html", "value-invalid"),
        ("speaker: The inspectorate", "speaker: ''", "value-invalid"),
        ("changed: 2026-10-02", "changed: today", "value-invalid"),
        ("changed: 2026-10-02", "changed: 2026-10-02\n    mood: 3", "key-unknown"),
        ("said_on: 2026-09-01", "said_on: 2026-02-30", "value-invalid"),
        ("https://inspect.example/statement", "javascript:alert(1)", "value-invalid"),
        ("https://inspect.example/statement", '"https://[broken"', "value-invalid"),
        ("status: seen", "status: believed", "value-invalid"),
        (f"sha256: {'a' * 64}", "sha256: ''", "value-invalid"),
        (f"sha256: {'a' * 64}", "sha256: abc", "value-invalid"),
        ("at_least: 1}", "at_least: 1.5}", "value-invalid"),
        ("at_least: 1}", "at_least: 0.5, at_most: 0.4}", "value-invalid"),
        (", at_least: 1}", "}", "value-invalid"),
        ("    tests:", "    untestable: because\n    tests:", "value-invalid"),
        (
            "        rows:",
            "        value: {figure: a.b, stated: 1}\n        rows:",
            "value-invalid",
        ),
        ("changed:", "reply: {status: answered, date: 2026-10-01}\n    changed:", "value-invalid"),
        ("changed:", "reply: {status: asked}\n    changed:", "value-invalid"),
        ("changed:", "reply: {text: We said so.}\n    changed:", "value-invalid"),
        ("changed:", "links: [{title: x, url: 'data:text/html,x'}]\n    changed:", "value-invalid"),
    ],
)
def test_what_is_wrong_with_a_register_is_said(old: str, new: str, rule: str) -> None:
    assert old in GOOD
    claims, findings = parse_register(parse_document(GOOD.replace(old, new, 1)), FILE)
    assert not claims
    assert rule in {finding.rule for finding in findings}
    assert all(finding.file == FILE for finding in findings)


@pytest.mark.parametrize(
    "value",
    [
        "value: {stated: 1}",
        "value: {figure: a.b, sql: SELECT 1, stated: 1}",
        "value: {figure: a.b}",
        "value: {figure: a.b, stated: 1, against: c.d}",
        "value: {figure: a.b, stated: 1, tolerance: -1}",
        "columns: {dataset: a, resource: b}",
        "columns: {dataset: a, resource: b, none_with: [' ']}",
        "columns: {dataset: a, resource: b, none_with: [x], some_with: [y]}",
        "untestable: ''",
    ],
)
def test_a_test_is_of_one_shape(value: str) -> None:
    line = next(line for line in GOOD.splitlines() if line.strip().startswith("rows:"))
    claims, findings = parse_register(parse_document(GOOD.replace(line, f"        {value}")), FILE)
    assert not claims
    assert findings


def test_a_part_may_have_no_test_with_a_reason() -> None:
    text = GOOD + "      - {title: And all are right, untestable: The records do not say.}\n"
    ((claim,), _) = parse_register(parse_document(text), FILE)
    assert claim.tests[1].test is None
    assert claim.tests[1].untestable == "The records do not say."


def test_two_claims_of_one_name_are_said() -> None:
    claims, _ = parse_register(parse_document(GOOD), FILE)
    (finding,) = check_names(
        [*claims, claims[0].model_copy(update={"file": "data/visits/claims.yaml"})], ["visits"]
    )
    assert finding.rule == "claim-duplicate"
    assert finding.file == "data/visits/claims.yaml"
    assert not check_names(claims, ["visits"])


def test_no_dataset_has_the_name_of_the_register() -> None:
    claims, _ = parse_register(parse_document(GOOD), FILE)
    (finding,) = check_names(claims, ["visits", "claims"])
    assert (finding.rule, finding.file) == ("value-invalid", FILE)
    assert not check_names([], ["claims"])


def test_the_verdict_of_a_range() -> None:
    most = Range(at_least=0.9)
    assert judge_range(Bounds(0.9, 0.9), most) is ClaimVerdict.SUPPORTED
    assert judge_range(Bounds(0.89, 0.89), most) is ClaimVerdict.CONTRADICTED
    assert judge_range(Bounds(0.8, 0.95), most) is ClaimVerdict.UNTESTABLE
    assert judge_range(None, most) is ClaimVerdict.UNTESTABLE
    assert judge_range(Bounds(0, 0), Range(at_most=0)) is ClaimVerdict.SUPPORTED


numbers = st.floats(-1e9, 1e9)


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers), st.tuples(numbers, numbers))
def test_knowing_less_never_turns_a_verdict_around(
    bounds: tuple[float, float], wider: tuple[float, float], expected: tuple[float, float]
) -> None:
    known = Bounds(min(bounds), max(bounds))
    vague = Bounds(min(*bounds, *wider), max(*bounds, *wider))
    meant = Range(min(expected), max(expected))
    first, second = judge_range(known, meant), judge_range(vague, meant)
    assert second in (first, ClaimVerdict.UNTESTABLE)
    inside = all(meant.at_least <= x <= meant.at_most for x in (known.low, known.high))
    assert (first is ClaimVerdict.SUPPORTED) == inside


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 12), st.floats(0, 1)
)
def test_whatever_the_absent_values_are_a_decided_verdict_holds(
    agree: int, against: int, unsaid: int, threshold: int, least: float
) -> None:
    """Every way in which the open rows could have been filled gives the same verdict."""
    rows = agree + against + unsaid
    result = judge_rows(wanted(least), counts(agree, against, unsaid, threshold))
    truths = {
        ClaimVerdict.SUPPORTED if (agree + more) / rows >= least else ClaimVerdict.CONTRADICTED
        for more in range(unsaid + 1)
        if rows
    }
    if result.verdict is not ClaimVerdict.UNTESTABLE:
        assert truths == {result.verdict}
    elif not threshold and rows:
        assert len(truths) == 2
    if not rows:
        assert result.verdict is ClaimVerdict.UNTESTABLE


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(1, 12))
def test_a_suppressed_count_cannot_be_worked_out(
    agree: int, against: int, unsaid: int, threshold: int
) -> None:
    result = judge_rows(wanted(0.5), counts(agree, against, unsaid, threshold))
    shown = result.figures
    parts = {"agree": agree, "against": against, "open": unsaid}
    small = [role for role, count in parts.items() if 0 < count < threshold]
    if not small:
        return
    assert "share" not in shown
    assert "most" not in shown
    exact = {role for role in shown if shown[role].value is not None}
    assert all(parts.get(role, 0) == 0 for role in exact)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(2, 12), st.floats(0, 1))
def test_neither_verdict_nor_figures_depend_on_what_is_suppressed(
    more: int, unsaid: int, threshold: int, least: float
) -> None:
    """Of two small counts with the same total of rows, nobody can tell which one it was."""
    seen = set()
    for small in range(1, threshold):
        agree = 2 * threshold + more - small
        result = judge_rows(wanted(least), counts(agree, small, unsaid, threshold))
        seen.add((result.verdict, tuple((k, f.shown) for k, f in result.figures.items())))
    assert len(seen) == 1


def test_rows_are_shown_by_what_they_are() -> None:
    whole = judge_rows(wanted(0.9), counts(95, 5, 0))
    assert list(whole.figures) == ["rows", "agree", "against", "share"]
    assert whole.bounds == Bounds(0.95, 0.95)
    vague = judge_rows(wanted(0.9), counts(85, 5, 10))
    assert list(vague.figures) == ["rows", "agree", "against", "open", "share", "most"]
    assert vague.bounds == Bounds(0.85, 0.95)
    assert vague.verdict is ClaimVerdict.UNTESTABLE
    assert judge_rows(wanted(0.99), counts(85, 5, 10)).verdict is ClaimVerdict.CONTRADICTED
    assert judge_rows(wanted(0.9), counts(0, 0, 0)).verdict is ClaimVerdict.UNTESTABLE
    assert bound_rows(counts(0, 0, 0)) is None


def test_a_share_that_rounding_would_make_whole_is_left_out() -> None:
    assert list(judge_rows(wanted(1), counts(36, 999_964, 0)).figures) == [
        "rows",
        "agree",
        "against",
    ]
    assert "share" not in judge_rows(wanted(1), counts(999_964, 36, 0)).figures
    assert judge_rows(wanted(1), counts(0, 9, 0)).figures["share"].shown == "0.0%"
    assert judge_rows(wanted(1), counts(9, 0, 0)).figures["share"].shown == "100.0%"
    close = judge_rows(wanted(1), counts(24_000, 976_000, 10)).figures
    assert "share" in close
    assert "most" not in close


def test_a_suppressed_figure_is_a_range() -> None:
    assert bound_figure(figure(4, 11)) == Bounds(1, 10)
    assert bound_figure(figure(0, 11)) == Bounds(0, 0)
    assert bound_figure(figure(None)) is None
    assert bound_figure(figure("many")) is None
    assert bound_figure(figure(True)) is None
    assert bound_figure(figure(math.nan)) is None


def value_test(**given: object) -> ValueTest:
    return ValueTest.model_validate({"figure": "d.f", **given})


def test_a_value_is_held_against_a_stated_number() -> None:
    test = value_test(stated=100, tolerance=2)
    assert judge_value(test, figure(102)).verdict is ClaimVerdict.SUPPORTED
    assert judge_value(test, figure(97)).verdict is ClaimVerdict.CONTRADICTED
    assert judge_value(test, None).verdict is ClaimVerdict.UNTESTABLE
    small = value_test(stated=5, tolerance=2)
    assert judge_value(small, figure(4, 11)).verdict is ClaimVerdict.UNTESTABLE
    assert (
        judge_value(value_test(stated=500, tolerance=2), figure(4, 11)).verdict
        is ClaimVerdict.CONTRADICTED
    )
    against = judge_value(value_test(against="e.g"), figure(7), figure(7))
    assert against.verdict is ClaimVerdict.SUPPORTED
    assert list(against.figures) == ["value", "stated"]


@given(st.integers(-100, 100), st.integers(-100, 100), st.integers(0, 50))
def test_two_numbers_agree_within_the_tolerance(one: int, other: int, tolerance: int) -> None:
    test = value_test(stated=other, tolerance=tolerance)
    agree = abs(one - other) <= tolerance
    expected = ClaimVerdict.SUPPORTED if agree else ClaimVerdict.CONTRADICTED
    assert judge_value(test, figure(one)).verdict is expected


def test_columns_are_found_by_name_and_title() -> None:
    columns = [("Apprehension Date", "Day of the arrest"), ("eth", "Ethnicity, as stated")]
    assert match_columns(["ETHNIC"], columns) == ("eth",)
    none = ColumnTest(dataset="d", resource="t", none_with=("race",))
    assert judge_columns(none, columns).verdict is ClaimVerdict.SUPPORTED
    other = ColumnTest(dataset="d", resource="t", none_with=("ethnic",))
    assert judge_columns(other, columns).columns == ("eth",)
    some = ColumnTest(dataset="d", resource="t", some_with=("race",))
    assert judge_columns(some, columns).verdict is ClaimVerdict.CONTRADICTED
    assert judge_columns(none, []).verdict is ClaimVerdict.UNTESTABLE


parts = st.lists(
    st.sampled_from([ClaimVerdict.SUPPORTED, ClaimVerdict.CONTRADICTED, ClaimVerdict.UNTESTABLE]),
    max_size=5,
)


@given(
    parts,
    st.sampled_from(["seen", "reported", "not-found"]),
    st.sampled_from(["yes", "no", "unknown"]),
)
def test_a_claim_is_the_conjunction_of_its_parts(
    verdicts: list[ClaimVerdict], status: str, same_records: str
) -> None:
    source = ClaimSource.model_validate({"status": status, "title": "S"})
    words = {"name": "c", "title": "C", "speaker": "S", "said": "so.", "changed": "2026-10-01"}
    claim = Claim.model_validate(
        {**words, "source": source, "file": FILE, "same_records": same_records}
    )
    judged = judge_claim(claim, verdicts)
    if status == "not-found":
        assert judged is ClaimVerdict.SOURCELESS
    elif same_records == "no":
        assert judged is ClaimVerdict.UNTESTED
    elif ClaimVerdict.CONTRADICTED in verdicts:
        assert judged is ClaimVerdict.CONTRADICTED
    else:
        whole = bool(verdicts) and ClaimVerdict.UNTESTABLE not in verdicts
        assert judged is (ClaimVerdict.SUPPORTED if whole else ClaimVerdict.UNTESTABLE)


def test_questions_quote_names_and_keep_conditions_apart() -> None:
    test = wanted(dataset='d"x', condition="a -- all of it", among="b = 1")
    questions = ask_rows(test, "visit", "@2026-10-01")
    assert list(questions) == ["rows", "agree", "against", "open", "share", "most"]
    sql = questions["agree"].sql
    assert '"d""x@2026-10-01"."t"' in sql
    assert "(a -- all of it\n) AS agrees, (b = 1) AS among" in sql
    assert sql.endswith("WHERE among")
    assert questions["rows"].unit == "visit"


@pytest.mark.parametrize(
    ("value", "stated", "tolerance", "agree"),
    [
        (1.1, 1, 0.1, True),
        (1.1, 1, 0.09, False),
        (0.1 + 0.2, 0.3, 0, True),
        (9007199254740993, 9007199254740992, 0, False),
        (9007199254740993, Decimal("9007199254740993"), 0, True),
        (10**12 + 1, 10**12, 0, False),
        ("9007199254740993.25", Decimal("9007199254740993.25"), 0, True),
        ("9007199254740993.25", Decimal("9007199254740993.24"), 0, False),
    ],
)
def test_a_number_is_held_to_all_its_digits(
    value: float | str, stated: float, tolerance: float, *, agree: bool
) -> None:
    got = judge_value(value_test(stated=stated, tolerance=tolerance), figure(value))
    assert got.verdict is (ClaimVerdict.SUPPORTED if agree else ClaimVerdict.CONTRADICTED)


def test_a_stated_number_keeps_its_digits() -> None:
    text = "12345678901234567.89"
    form = ValueTest.model_validate(
        parse_document(f"{{figure: a.b, stated: {text}, tolerance: 1}}")
    )
    assert (form.stated, form.tolerance) == (Decimal(text), Decimal(1))
    for wrong in ("'5'", "true", ".nan"):
        with pytest.raises(ValueError, match=r"number|Decimal"):
            ValueTest.model_validate(parse_document(f"{{figure: a.b, stated: {wrong}}}"))
