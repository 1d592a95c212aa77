"""`plainrecord` as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = (sys.executable, "-m", "plainrecord", "diff", "old.csv", "new.csv", "--format", "json")


def test_a_process_ends_with_its_status_and_its_whole_output(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("id,name\n1,a\n")
    (tmp_path / "new.csv").write_text("id,name\n1,b\n")
    ran = subprocess.run(PROGRAM, capture_output=True, text=True, cwd=tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)["same"]) == (1, False), ran.stderr
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(PROGRAM, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert ran.returncode
    assert "No space left" in ran.stderr
