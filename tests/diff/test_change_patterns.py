"""One cause behind many changes is named: rounding, scaling, cut dates, identifiers issued anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.diff.test_compare import compare


@pytest.mark.parametrize(
    ("value", "turned", "what"),
    [
        (lambda n: f"{n}.37", lambda v: str(round(float(v))), "rounded to whole numbers"),
        (lambda n: f"{n}.61", lambda v: str(round(float(v))), "rounded to whole numbers"),
        (lambda n: f"{n}.61", lambda v: v.split(".")[0], "cut to whole numbers"),
        (lambda n: f"{n}.376", lambda v: str(round(float(v), 1)), "rounded to one decimal"),
        (lambda n: f"{n}.376", lambda v: str(round(float(v), 2)), "rounded to two decimals"),
        (lambda n: str(n * 1370 + 411), lambda v: str(round(int(v), -3)), "rounded to thousands"),
        (lambda n: str(n + 1), lambda v: str(int(v) * 100), "100 times as large"),
        (lambda n: f"{n + 1}000", lambda v: v[:-3], "divided by 1,000"),
        (lambda n: f"2025-{n % 12 + 1:02}-{n % 25 + 2:02}", lambda v: v[:7], "cut to the month"),
        (lambda n: f"2025-{n % 12 + 1:02}-{n % 25 + 2:02}", lambda v: v[:8] + "01", "cut to the month"),
        (lambda n: f"2025-{n % 11 + 2:02}-{n % 25 + 2:02}", lambda v: v[:4], "cut to the year"),
        (lambda n: f"2025-01-02 10:{n:02}:00", lambda v: v[:10], "cut to the day"),
        (lambda n: f"Name {chr(97 + n % 26)}", str.upper, "written in another case"),
        (lambda n: f"Name {n}", lambda v: f" {v}", "written with other spaces"),
        (lambda n: f"x{n:03}", lambda v: f"A-{v}", 'with "A-" in front'),
        (lambda n: f"x{n:03}", lambda v: v[1:], 'without "x" in front'),
        (lambda n: f"x{n:03}", lambda v: f"{n_of(v)}", ""),
        (lambda n: str(n + 1), lambda v: str(int(v) + 1462), "larger by 1,462"),
        (lambda n: f"{n * n}.5", lambda v: str(float(v) - 0.25), "smaller by 0.25"),
        (lambda n: f"2025-01-{n % 28 + 1:02} 10:{n:02}:00", lambda v: v.replace(" 10", " 15"), "5 hours later"),
        (lambda n: f"2025-02-{n % 28 + 1:02}", lambda v: v.replace("2025-02", "2025-01"), "31 days earlier"),
        (lambda n: str(n * n + 100), lambda v: f"{int(v) / 1.609344:.3f}", "about 0.6214 times as large"),
        (lambda n: str(n * n + 1), lambda v: str(int(v) * 60), "about 60 times as large"),
        (lambda n: "NYU"[n % 3], lambda v: {"N": "No", "Y": "Yes", "U": "Unknown"}[v], 'recoded, each value to one other'),
        (lambda n: str(20 + n % 10), lambda v: "20-24" if v < "25" else "25-29", "recoded, several values to one"),
        (lambda n: "" if n % 3 else str(n), lambda v: v or "NULL", "recoded, each value to one other"),
        (lambda n: "YN"[n % 2], lambda v: {"Y": "N"}.get(v, "Y"), "recoded, each value to one other"),
        (lambda n: "YNNN"[n // 10], lambda _: "Y", "recoded, each value to one other"),
    ],
)  # fmt: skip
def test_the_pattern_of_a_column(
    value: Callable[[int], str], turned: Callable[[str], str], what: str
) -> None:
    old = [(f"k{n}", value(n)) for n in range(40)]
    new = [(key, turned(text)) for key, text in old]
    found = compare(["id", "v"], old, new, key=["id"])
    assert [item.what for item in found.patterns] == [what] * bool(what)


def test_a_value_that_many_rows_keep_is_not_recoded() -> None:
    old = [(f"k{n}", "YN"[n % 2]) for n in range(80)]
    new = [(key, {"Y": "N", "N": "Y"}[v] if n < 10 else v) for n, (key, v) in enumerate(old)]
    assert compare(["id", "v"], old, new, key=["id"]).patterns == ()
    old = [(f"k{n}", "ABC"[n % 3]) for n in range(80)]
    found = compare(["id", "v"], old, [(k, v * 2) for k, v in old[5:]], key=["id"])
    assert found.patterns[0].pairs == (("A", "AA"), ("B", "BB"), ("C", "CC"))
    assert found.patterns[0].rows == 75


def n_of(value: str) -> str:
    """Another text for each value, in no one way."""
    number = int(value[1:])
    return f"{number * number}{'abc'[number % 3]}"


@pytest.mark.parametrize(
    ("issue", "what"),
    [
        (lambda n: str(9_000 - 7 * n), ""),
        (lambda n: f"2025-{n:05}", 'with "2025-" in front'),
    ],
)
def test_identifiers_issued_anew(issue: Callable[[int], str], what: str) -> None:
    old = [(f"{n:05}", f"name {n}", str(n % 7)) for n in range(1, 301)]
    new = [(issue(n), f"name {n}", str(n % 7)) for n in range(1, 301)]
    new += [(f"new {n}", f"fresh {n}", "1") for n in range(10)]
    found = compare(["id", "name", "n"], old, new, key=["id"])
    assert found.reissued is not None
    again = found.reissued
    assert (again.added, again.vanished, again.unchanged, again.what) == (10, 0, 300, what)


def test_other_records_are_not_identifiers_issued_anew() -> None:
    old = [(f"a{n}", f"name {n}") for n in range(50)]
    assert (
        compare(["id", "v"], old, [(f"b{n}", f"x {n}") for n in range(50)], key=["id"]).reissued
        is None
    )
    same = [(f"b{n}", "x") for n in range(50)]
    assert (
        compare(["id", "v"], [(f"a{n}", "x") for n in range(50)], same, key=["id"]).reissued is None
    )
    assert compare(["id", "v"], old, old, key=["id"]).reissued is None
