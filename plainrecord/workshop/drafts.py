"""The words of a new portal: what `plainrecord init` puts into each file that it drafts."""

from __future__ import annotations

PORTAL = """title: {title}
tagline: "" # TODO: what is here, in one line?
description: "" # TODO: two sentences for search engines and the home page.
publisher:
  name: Unnamed publisher # TODO: who stands behind this portal?
  email: "" # TODO: where can a reader report a mistake?
base_url: "" # TODO: the public address, such as https://NAME.github.io/REPOSITORY
fetch:
  hosts: [] # hosts that `plainrecord fetch` may download from
"""

ABOUT = """---
title: About
description: Who publishes these records, and why
order: 1
---
TODO: who you are, where the records come from, and how a reader can report a mistake.
"""

METHODOLOGY = """TODO: answer these questions in your own words, then remove them.

## Where the records come from

Who collected them, for what, and how did they reach you?

## What one row is

Is it an event, a person, a place? Can one event be in several rows?

## What was changed

Which values did you correct, remove or compute, and how?

## What is not in the records

Which times, places or kinds of event are missing? What may a reader not conclude?
"""

DESCRIPTOR_HEAD = """$schema: https://datapackage.org/profiles/2.0/datapackage.json
name: {name}
title: {title} # TODO: a title that a reader understands
description: "" # TODO: what are these records?
# TODO: under which licence may others use them? For example:
# licenses:
#   - name: CC0-1.0
#     title: Public domain
#     path: https://creativecommons.org/publicdomain/zero/1.0/
# TODO: who made them, and where can the original be found?
# sources:
#   - title: The agency
#     path: https://agency.example/records
resources:
"""

MISSING_VALUES = """      # TODO: which texts stand for an absent value, and why is it absent?
      # kind is one of missing, not-collected, not-applicable, unknown, withheld.
      # For example: {value: "(b)(6)", label: "Withheld: personal privacy", kind: withheld}
      missingValues:
        - {value: "", label: Missing, kind: missing}
"""

DESCRIPTOR_TAIL = """plainrecord:
  summary: "" # TODO: what this is, in two sentences
  unit: row # TODO: what is one row? (stop, arrest, inspection, ...)
  # TODO: nothing is published before you have answered this. Are these records about people?
  # If they are, say which fields name a person, which must be coarser, and the smallest count
  # that a chart may show:
  # privacy:
  #   identifiers: [name, case_number]
  #   coarsen:
  #     - {field: happened_at, method: month}
  #   threshold: 10
  # If they are not, say why they may be published as they are:
  # privacy: {open: "These records are about places, not people."}
  # TODO: what do you know to be wrong with the records?
  # known_issues:
  #   - {title: A gap, text: "Nothing was recorded in March."}
"""

REQUIREMENTS = """# TODO: name the generator at a commit that you trust, for example:
# plainrecord @ git+https://github.com/OWNER/plainrecord@COMMIT
"""

README = """# {title}

A portal of public records, made with Plainrecord.

- Each dataset is a folder in `data/`. Answer the lines marked TODO in its `datapackage.yaml`
  and in `methodology.md`.
- `plainrecord check` says what is wrong; `plainrecord build` writes the site to `_site/`.
- `plainrecord serve` shows it on this machine and follows your changes.
- To publish: name the generator in `requirements.txt`, push to `main` on GitHub, and choose
  "GitHub Actions" under Settings, Pages.
"""

GITATTRIBUTES = """# The bytes of records stay as they are: a release is held to their hashes.
data/** -text
"""

GITIGNORE = """_site/
_site.*/
.plainrecord/
.venv/
"""

WORKFLOW = """name: Publish

on:
  push:
    branches: [main]

permissions: {}

concurrency:
  group: pages
  cancel-in-progress: false

jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
      pages: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.11"
      - id: pages
        uses: actions/configure-pages@45bfe0192ca1faeb007ade9deae92b16b8254a0d # v6.0.0
      - run: pip install -r requirements.txt
      - run: plainrecord fetch
      - run: plainrecord build --base-url "$BASE_URL"
        env:
          BASE_URL: ${{ steps.pages.outputs.base_url }}
      - run: plainrecord verify _site
      - uses: actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9 # v5.0.0
        with:
          name: built
          path: _site
          include-hidden-files: true
  # Signs the two lists of files and puts the statement beside them. No code of the portal or of its
  # libraries runs in this job.
  attest:
    needs: build
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      actions: read
      id-token: write
      attestations: write
    steps:
      - name: Take the portal that the job before built
        run: |
          gh run download "$GITHUB_RUN_ID" --repo "$GITHUB_REPOSITORY" --name built
          mkdir _site && tar --extract --file artifact.tar --directory _site
        env:
          GH_TOKEN: ${{ github.token }}
      - id: attest
        if: github.event.repository.visibility == 'public'
        uses: actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2
        with:
          subject-path: |
            _site/manifest.json
            _site/SHA256SUMS
      - name: Put the statement beside the lists
        if: steps.attest.outputs.bundle-path != ''
        run: cp "$BUNDLE" _site/attestation.json
        env:
          BUNDLE: ${{ steps.attest.outputs.bundle-path }}
      - uses: actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9 # v5.0.0
        with:
          path: _site
          include-hidden-files: true
  deploy:
    needs: attest
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{ steps.deployment.outputs.page_url }}
    steps:
      - id: deployment
        uses: actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0
"""
