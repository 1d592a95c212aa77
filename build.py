"""The front door: `python build.py` is `plainrecord build`, `python build.py fetch` is fetch."""

from plainrecord.cli.main import main

if __name__ == "__main__":
    main()
