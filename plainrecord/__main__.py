"""`python -m plainrecord`: the command line."""

from plainrecord.cli.main import run

if __name__ == "__main__":
    run()
