"""What is there where a file was looked for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from plainrecord.io.path_kinds import describe_absence


def test_what_stands_in_place_of_a_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("folder").mkdir()
    Path("link").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket")
        told = {name: describe_absence(Path(name)) for name in ("pipe", "socket", "folder", "link")}
    assert "a named pipe" in told["pipe"]
    assert "a socket" in told["socket"]
    assert "a folder" in told["folder"]
    assert "leads nowhere" in told["link"]
    assert "a device" in describe_absence(Path("/dev/null"))
    assert describe_absence(Path("none")) == "there is no such file"
