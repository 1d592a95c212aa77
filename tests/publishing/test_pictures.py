"""Pictures: the same bytes whatever fonts a machine has, and what is in their files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib
from plainrecord.publishing.pictures import paint_picture
label = "Harlingen \\u10d0\\u10d1 \\u65e5\\u672c \\U0001f600 \\u0416"
document = {
    "data": {"values": [{"x": label, "v": 12}]},
    "mark": "bar",
    "width": 200,
    "encoding": {"x": {"field": "v", "type": "quantitative"}, "y": {"field": "x", "type": "nominal"}},
    "config": {"font": "Liberation Sans", "axis": {"labelLimit": 0}},
}
print(hashlib.sha256(paint_picture(document, "T", "D", "k-wide").encode()).hexdigest())
"""


def draw(**environment: str) -> str:
    variables = {k: v for k, v in os.environ.items() if k != "FONTCONFIG_FILE"} | environment
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, env=variables
    )
    return ran.stdout


def test_a_picture_does_not_depend_on_the_fonts_of_the_machine(tmp_path: Path) -> None:
    nothing = tmp_path / "fonts.conf"
    nothing.write_text(f"<?xml version='1.0'?><fontconfig><dir>{tmp_path}</dir></fontconfig>")
    assert draw() == draw(FONTCONFIG_FILE=str(nothing))
