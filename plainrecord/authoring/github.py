"""Workflows of a new portal: pinned actions, least permissions, no input of strangers at deploy."""

import re
import sys
from pathlib import Path

_FOLDER = Path(__file__).with_name("workflows")


def workflows() -> dict[str, str]:
    """The workflows by file name; `# steps: NAME ...` stands for the steps in `steps/NAME.yml`."""

    def read(name: str) -> str:
        return (_FOLDER / f"{name}.yml").read_text(encoding="utf-8")

    def insert(line: re.Match[str]) -> str:
        return "".join(read(f"steps/{name}") for name in line[1].split())

    version = f'"{sys.version_info[0]}.{sys.version_info[1]}"'
    texts = {
        name: re.sub(r" *# steps: (.*)\n", insert, read(name))
        for name in ("publish", "check", "sources")
    }
    return {f"{name}.yml": text.replace('"3.11"', version) for name, text in texts.items()}
