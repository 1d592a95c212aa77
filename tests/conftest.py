"""Fixtures for all tests.

Real records lie beside the repository (`../shared/data/real`) and are not committed. Tests that
need them are skipped where they are absent, and fail instead where `CI=true` or where
`PLAINRECORD_REAL=required`. `PLAINRECORD_REAL=optional` skips even in CI.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from plainrecord.descriptors import declarations

# No test fails on time: a machine may be busy with something else.
settings.register_profile("plainrecord", deadline=None)
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


SLOW_FOLDERS = {"browser", "pages", "pipeline", "verify"}
FAST_AT_THE_TOP = {"test_docs", "test_layout"}
SLOW_FILES = {"test_engine", "test_no_value_is_printed", "test_preview"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` what builds a portal, starts a browser, a server or a program, or checks types.

    So are tests that read real records, and property tests, which try many examples.
    """
    for item in items:
        folder, name = item.path.parent.name, item.path.stem
        whole = folder in SLOW_FOLDERS or (folder == "tests" and name not in FAST_AT_THE_TOP)
        property_test = hasattr(getattr(item, "obj", None), "hypothesis")
        real = "real_data" in getattr(item, "fixturenames", ())
        if whole or real or property_test or name in SLOW_FILES:
            item.add_marker(pytest.mark.slow)
