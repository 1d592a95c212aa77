# Commands that a developer needs often. `just` lists them.

_list:
    @{{ just_executable() }} --list

# Style and formatting
lint:
    ruff check .
    ruff format --check .

# Types
types:
    mypy

# Tests that build no portal, start no browser, read no real records and try few examples
test-fast:
    pytest -n auto -m "not slow"

# All tests
test:
    pytest -n auto

# Build the portal of this repository into _site/
build:
    python build.py

# Build the portal and look at it
serve:
    python build.py serve

# Write docs/messages.md from the catalogue, and docs/keys.md from the models
messages:
    python -m plainrecord.findings.catalogue > docs/messages.md
    python -m plainrecord.descriptors.key_reference > docs/keys.md

# Extract the texts of pages for translation to portal.pot
texts:
    pybabel extract --mapping-file pyproject.toml --keywords to_translate --keywords number:2,3 --output-file portal.pot .

# Approve the gold portals after an intended change
gold:
    PLAINRECORD_GOLD=write pytest tests/test_gold.py -n 0
