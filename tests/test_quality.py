"""Ruff and mypy, run over the whole tree as the configuration says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ("plainrecord", "tests", "benchmarks", "data", "build.py")


@pytest.mark.parametrize(
    "arguments",
    [("ruff", "check", *PLACES), ("ruff", "format", "--check", *PLACES), ("mypy",)],
    ids=["ruff check", "ruff format", "mypy strict"],
)
def test_the_code_is_clean(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
