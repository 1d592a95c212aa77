"""What `plainrecord verify` says where nothing could be checked."""

from __future__ import annotations

from tests.commands import run_command


def test_a_portal_that_does_not_answer_is_not_verified_in_part() -> None:
    ended = run_command("verify", "http://127.0.0.1:1/")
    assert ended.returncode == 3
    last = " ".join(ended.stderr.split("everything: ")[1].split())
    assert last.endswith("Not verified; 0 of 1 checks were made; not checked: everything.")
