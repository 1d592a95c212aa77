"""The command line as users call it, in this process: importing the program anew takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_command(*arguments: str, cwd: Path | None = None) -> Ended:
    """What `plainrecord` with `arguments` does in the folder `cwd`."""
    with CliRunner().isolation() as (stdout, stderr, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["plainrecord", *arguments])
        if cwd is not None:
            patch.chdir(cwd)
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        assert isinstance(status, int)
        return Ended(status, stdout.getvalue().decode(), stderr.getvalue().decode())
