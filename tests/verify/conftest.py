"""A built portal copied, for a test to tamper with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of the portal that the module's own fixture `built` has made."""
    copy = tmp_path / "site"
    shutil.copytree(built, copy)
    return copy
