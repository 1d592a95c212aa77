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
    ],
)  # fmt: skip
def test_the_pattern_of_a_column(
    value: Callable[[int], str], turned: Callable[[str], str], what: str
) -> None:
    old = [(f"k{n}", value(n)) for n in range(40)]
    new = [(key, turned(text)) for key, text in old]
    found = compare(["id", "v"], old, new, key=["id"])
    assert [item.what for item in found.patterns] == [what] * bool(what)


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
