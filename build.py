"""The front door: `python build.py` is `plainrecord build`, `python build.py fetch` is fetch."""

from plainrecord.cli.main import run

if __name__ == "__main__":
    run()
