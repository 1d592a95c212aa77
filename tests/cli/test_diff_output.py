"""What `plainrecord diff` prints of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import run_command

LONG = "Department of Homeland Security, Immigration and Customs Enforcement, "


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (f"{LONG}Boston", f"{LONG}Austin", ", Boston -> …"),
        (f"{LONG}Boston", f"{LONG}Boston 2", "Boston -> "),
        ("x" * 5000 + "A", "x" * 5000 + "B", "xA -> …x"),
        (f"Boston{LONG}", f"Austin{LONG}", "t: BostonDepartment"),
        ("Jos\u00e9", "Jose\u0301", "t: Jos\\xe9 -> Jose\\u0301"),
    ],
)  # fmt: skip
def test_two_values_are_cut_so_that_they_differ(
    tmp_path: Path, old: str, new: str, seen: str
) -> None:
    for name, value in (("old.csv", old), ("new.csv", new)):
        (tmp_path / name).write_text(f'id,t\n1,"{value}"\n2,b\n', encoding="utf-8")
    ended = run_command("diff", "old.csv", "new.csv", "--key", "id", cwd=tmp_path)
    [line] = [line for line in ended.stdout.splitlines() if line.startswith("  1 | t: ")]
    first, second = line.removeprefix("  1 | t: ").split(" -> ")
    assert first != second
    assert seen in line
