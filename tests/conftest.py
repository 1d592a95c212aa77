"""Fixtures for all tests.

Real records lie beside the repository (`../shared/data/real`) and are not committed. Tests that
need them are skipped where they are absent, and fail instead where `CI=true` or where
`PLAINRECORD_REAL=required`. `PLAINRECORD_REAL=optional` skips even in CI.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from plainrecord.descriptors import declarations
from plainrecord.verify.rerun import Recounter

# A program that a test starts reads compiled modules: compiling them costs more than most tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test fails on time: a machine may be busy with something else. The usual run tries the same
# examples each time, so that a change is not blamed for what a new example found; others are tried
# where `PLAINRECORD_EXAMPLES` is set, as every night.
settings.register_profile(
    "plainrecord", deadline=None, derandomize="PLAINRECORD_EXAMPLES" not in os.environ
)
settings.load_profile("plainrecord")

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real records; skips or fails where it is absent."""
    if REAL.is_dir():
        return REAL
    reason = "the real records are not at ../shared/data/real"
    wish = os.environ.get("PLAINRECORD_REAL", "")
    if wish == "required" or (os.environ.get("CI") == "true" and wish != "optional"):
        pytest.fail(f"{reason}, and PLAINRECORD_REAL or CI requires them")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def rows_under_a_threshold() -> Iterator[None]:
    """Build datasets whose policy has a threshold and no tables as releases of that kind are built.

    A release that was frozen before tables were required publishes its rows under the threshold.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(declarations, "_require_mode", lambda _form, _findings: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_process_for_queries() -> Iterator[None]:
    """Pass the process that runs the queries of `verify` on from one verification to the next.

    Starting it costs more than a test portal's queries. A process that had to be ended is not
    passed on, and the command line starts its own, as users do.
    """
    start, idle = Recounter._start, list[Recounter]()

    def take(recounter: Recounter) -> subprocess.Popen[bytes]:
        if not idle:
            return start(recounter)
        other = idle.pop()
        recounter._process, recounter._answers = other._process, other._answers
        assert recounter._process is not None
        return recounter._process

    def give(recounter: Recounter, *_: object) -> None:
        if recounter._process is not None:
            idle.append(recounter)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recounter, "_start", take)
        patch.setattr(Recounter, "close", give)
        yield
    for recounter in idle:
        recounter._end()


SLOW_FOLDERS = {"browser", "pages", "pipeline", "verify"}
FAST_AT_THE_TOP = {"test_docs", "test_layout"}
SLOW_FILES = {"test_engine", "test_no_value_is_printed", "test_pictures", "test_preview"}
SLOW_FILES |= {"test_value_changes", "test_value_forms"}  # hundreds of comparisons
SLOW_FUNCTIONS = {"build_portal", "prepare_site", "verify_site"}
REAL_RECORDS = {"real", "real_data"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` what builds a portal, starts a browser, a server or a program, or checks types.

    So are tests that read real records, and property tests, which try many examples.
    """
    for item in items:
        folder, name = item.path.parent.name, item.path.stem
        whole = folder in SLOW_FOLDERS or (folder == "tests" and name not in FAST_AT_THE_TOP)
        property_test = hasattr(getattr(item, "obj", None), "hypothesis")
        builds = isinstance(item, pytest.Function) and SLOW_FUNCTIONS & set(vars(item.module))
        real = REAL_RECORDS & set(getattr(item, "fixturenames", ()))
        if whole or builds or real or property_test or name in SLOW_FILES:
            item.add_marker(pytest.mark.slow)
