"""`python -m plainrecord`: the command line."""

from __future__ import annotations

from plainrecord.cli.main import main

if __name__ == "__main__":
    main()
