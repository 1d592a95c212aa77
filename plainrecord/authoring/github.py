"""What a new portal needs on GitHub: workflows that check, publish and look after its sources.

Every action is pinned to a commit, every job has the least permissions, and nothing that a pull
request can write runs in the job that deploys.
"""

from __future__ import annotations

import sys

CHECKOUT = """\
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
"""

INSTALL = """\
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.11"
          cache: pip
          cache-dependency-path: requirements.txt
      - name: Install the locked versions
        run: |
          if ! grep -qi '^[^#]*plainrecord' requirements.txt; then
            echo "::error file=requirements.txt,line=1::Write in the first line from where Plainrecord is installed."
            exit 1
          fi
          pip install -r requirements.txt
"""

CACHE = """\
      - uses: actions/cache@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3
        with:
          path: .plainrecord/cache
          key: downloads-${{ hashFiles('data/**/datapackage.*') }}
          restore-keys: downloads-
"""

FETCH = """\
      - run: plainrecord fetch --keep-going
"""

PAGES = """\
      - id: pages
        continue-on-error: true
        uses: actions/configure-pages@45bfe0192ca1faeb007ade9deae92b16b8254a0d # v6.0.0
      - name: Say what to do where GitHub Pages is not on
        if: steps.pages.outcome == 'failure'
        run: |
          echo "::error title=GitHub Pages is not on::Open Settings, Pages, choose GitHub Actions as the source, and run this workflow again."
          exit 1
"""

PUBLISH = f"""\
name: Publish

# On a push to the default branch, whatever its name, and by hand (Actions, Publish, Run workflow).
on:
  push:
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: pages-${{{{ github.ref }}}}
  cancel-in-progress: false

jobs:
  build:
    if: github.ref == format('refs/heads/{{0}}', github.event.repository.default_branch)
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
      pages: read
    steps:
{CHECKOUT}\
{PAGES}\
{INSTALL}\
{CACHE}\
{FETCH}\
      - run: plainrecord build --base-url "$BASE_URL"
        env:
          BASE_URL: ${{{{ steps.pages.outputs.base_url }}}}
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
          GH_TOKEN: ${{{{ github.token }}}}
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
          BUNDLE: ${{{{ steps.attest.outputs.bundle-path }}}}
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
      url: ${{{{ steps.deployment.outputs.page_url }}}}
    steps:
      - id: deployment
        uses: actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0
"""

CHECK = f"""\
name: Check

on:
  pull_request:

permissions: {{}}

concurrency:
  group: check-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  build:
    name: Check and build the portal
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
{CHECKOUT}\
{INSTALL}\
{CACHE}\
{FETCH}\
      - run: plainrecord check --format github
      - run: plainrecord build
      - run: plainrecord verify _site
      - id: portal
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: portal
          path: _site
          include-hidden-files: true
      - name: Say how to look at it
        run: >-
          echo "To look at this portal, download and unpack $ADDRESS, then run
          python -m http.server 8000 in the unpacked folder and open http://localhost:8000"
          >> "$GITHUB_STEP_SUMMARY"
        env:
          ADDRESS: ${{{{ steps.portal.outputs.artifact-url }}}}
"""

SOURCES = f"""\
name: Sources

# Once a week: has a source changed, or gone? What changed becomes a pull request; merging publishes.
on:
  schedule:
    - cron: "17 5 * * 1"
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: sources
  cancel-in-progress: false

jobs:
  update:
    name: Compare every source with its copy
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: write
      pull-requests: write
    steps:
{CHECKOUT}\
{INSTALL}\
{CACHE}\
      - run: plainrecord update --report "$RUNNER_TEMP/report.md"
      - name: Open a pull request where something changed
        run: |
          git add data
          git diff --cached --quiet && exit 0
          if plainrecord build --quiet; then
            words="The portal builds with this."
          else
            words="**The portal does not build with this yet**: run plainrecord check on this branch."
          fi
          printf '\\n%s Merging publishes it.\\n' "$words" >> "$RUNNER_TEMP/report.md"
          if git fetch --quiet "$ADDRESS" "refs/heads/$BRANCH" 2> /dev/null &&
            [ "$(git log -1 --format=%ae FETCH_HEAD)" != "$EMAIL" ]; then
            echo "::notice::Somebody else wrote to the branch $BRANCH, so it stays as it is. Merge or delete it."
            exit 0
          fi
          git -c user.name="github-actions[bot]" -c user.email="$EMAIL" \\
            commit --quiet --message "Update the sources"
          git push --quiet --force "$ADDRESS" "HEAD:refs/heads/$BRANCH"
          number="$(gh pr list --head "$BRANCH" --state open --json number --jq '.[0].number // empty')"
          if [ -n "$number" ]; then
            gh pr edit "$number" --body-file "$RUNNER_TEMP/report.md"
          elif ! gh pr create --base "$BASE" --head "$BRANCH" --title "Sources changed" \\
            --body-file "$RUNNER_TEMP/report.md"; then
            echo "::error title=No pull request::Open Settings, Actions, General, and allow GitHub Actions to create pull requests; or open one from the branch $BRANCH yourself."
            exit 1
          fi
        env:
          GH_TOKEN: ${{{{ github.token }}}}
          ADDRESS: https://x-access-token:${{{{ github.token }}}}@github.com/${{{{ github.repository }}}}
          BASE: ${{{{ github.ref_name }}}}
          BRANCH: plainrecord/sources
          EMAIL: 41898282+github-actions[bot]@users.noreply.github.com
"""


def workflows() -> dict[str, str]:
    """The workflows of a portal by the names of their files, on the Python that runs here."""
    version = f'"{sys.version_info[0]}.{sys.version_info[1]}"'
    drafted = {"publish.yml": PUBLISH, "check.yml": CHECK, "sources.yml": SOURCES}
    return {name: text.replace('"3.11"', version) for name, text in drafted.items()}
