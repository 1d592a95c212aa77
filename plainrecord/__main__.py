"""`python -m plainrecord`: the command line."""

from plainrecord.cli.main import main

if __name__ == "__main__":
    main()
