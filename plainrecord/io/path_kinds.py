"""What is at a path where a file was expected."""

import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def describe_absence(path: Path) -> str:
    """Why there is no file at `path`: what is there in its place, or that nothing is."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            return "it is a link that leads nowhere"
        return "there is no such file"
    except (OSError, ValueError) as error:
        return f"it cannot be looked at: {getattr(error, 'strerror', None) or error}"
    return f"it is {_KINDS.get(stat.S_IFMT(mode), 'no plain file')}, and no file"
