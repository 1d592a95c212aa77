"""The words of a new portal: what `plainrecord init` puts into each file that it drafts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from plainrecord.authoring.labels import listed, shown_title
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import dump_document
from plainrecord.model.declarations import UNNAMED_PUBLISHER

WHO = "Who publishes this portal? Write the name under publisher."
PROGRAM = (
    "GitHub installs Plainrecord as the first line of this file says. This copy of the program was "
    "installed from a folder, which GitHub cannot reach: write where the same version can be "
    "downloaded, such as plainrecord @ git+https://github.com/OWNER/plainrecord@COMMIT."
)
PEOPLE = (
    "Are these records about people? If not, write `privacy: {open: the reason}` under plainrecord "
    "in place of `publish: false`. If they are, write under privacy what protects them."
)
LICENCE = "Under which licence may others use these records? Write it under licenses."

GITATTRIBUTES = """\
# The bytes of records stay as they are: a release is compared with their hashes.
data/** -text
"""


def title_of(folder: Path) -> str:
    """A title from the folder's name."""
    return shown_title(folder.resolve().name) or "Portal"


def portal(
    title: str, publisher: str, email: str, titles: Sequence[str], questions: Sequence[str]
) -> str:
    """`site/portal.yaml`."""
    named = [*titles[:8], *(["others"] if len(titles) > 8 else [])]
    settings: dict[str, Json] = {
        "title": title,
        "tagline": "Public records, checked and ready to use",
        "description": f"Here to read and to download: {listed(named)}.",
        "publisher": {
            "name": publisher or UNNAMED_PUBLISHER,
            **({"email": email} if email else {}),
        },
        "base_url": "",
        "fetch": {"hosts": []},
    }
    if questions:
        settings["questions"] = [*questions]
    return dump_document(settings)


def about(publisher: str) -> str:
    """`site/pages/about.md`."""
    who = f"{publisher} publishes this portal.\n\n" if publisher else ""
    return (
        "---\ntitle: About\ndescription: Who publishes these records\norder: 1\n---\n"
        f"{who}Every number and chart leads to its receipt: the query, and the hash of the "
        "published file that it was asked of. Anyone can [verify the whole portal](../verify/).\n"
    )


def methodology(tables: Sequence[ProfiledTable]) -> str:
    """`methodology.md` of a dataset: where each table comes from and how it was read."""
    lines = ["## Where these records come from", ""]
    lines += [f"- The table `{t.name}` is the file `{t.source}`{_how(t)}" for t in tables]
    lines += ["", "The publisher has not yet described how the records were collected.", ""]
    return "\n".join(lines)


def _how(table: ProfiledTable) -> str:
    dialect = table.resource.get("dialect")
    sheet = dialect.get("sheetName") if isinstance(dialect, dict) else None
    where = f", sheet `{sheet}`" if sheet else ""
    return (
        f"{where}." if not table.notes else f"{where}. When it was read: {'; '.join(table.notes)}."
    )


def requirements(program: str, versions: Sequence[str]) -> str:
    """`requirements.txt`: the program and all that it needs, each in one exact version."""
    first = program or f"# {PROGRAM}"
    return "\n".join([first, *versions, ""])


def readme(title: str, questions: Sequence[str], private: bool, program: str) -> str:
    """The portal's README: how to look at it, how to publish it, what is still open.

    It leads to the documents where `program` names a repository and a commit.
    """
    source = re.search(r"git\+(https://[^@\s]+)@([0-9a-f]{7,40})$", program)
    documents = f"{source[1]} at the commit {source[2]}" if source else "the program's repository"
    open_ = "".join(f"- {text}\n" for text in questions)
    still = (
        f"\n## Still to answer\n\nThe portal is published when these are answered. Remove each "
        f"from the list `questions` with the answer.\n\n{open_}"
        if open_
        else ""
    )
    people = (
        "\n## People in the raw files\n\n"
        "A raw file in a public repository is public, whatever the site leaves out. The site of "
        "this portal leaves out fields that identify people, so `.gitignore` keeps the raw files of "
        "those datasets out of the repository. The workflows cannot build them there: build on the "
        "machine that has the files and publish `_site`, or use a private repository and remove the "
        "lines from `.gitignore`.\n"
        if private
        else ""
    )
    return f"""# {title}

A portal of public records, made with Plainrecord.

```sh
plainrecord serve   # look at it on this machine
plainrecord check   # what is wrong, and what is still open
```

## Publish it on GitHub

1. Make a repository on GitHub, without any file.
2. There, under Settings, Pages, choose "GitHub Actions" as the source.
3. Push this folder: `git init && git add . && git commit -m "First edition"`, then the two lines
   that GitHub shows for an existing repository.
4. Open the address that the run of "Publish" shows under Actions.

## Work on it

Each dataset is a folder in `data/`. It holds a copy of your file, and that copy counts: correct or replace
the records there. The file that `init` read is no longer used, and git leaves it alone. `datapackage.yaml` says what the columns, figures and charts
are; edit it while `plainrecord serve` runs, and the page reloads. Keep an edition with
`plainrecord release NAME`, and see what a new file changes with `plainrecord diff OLD NEW`.
A tutorial, pages for common tasks and the reference are in the folder `docs/` of {documents}.
{still}{people}"""


def gitignore(originals: Sequence[str], private: Sequence[str]) -> str:
    """What git leaves alone: outputs, the files that were copied into data/, files about people."""
    lines = ["_site/", "_site.*/", ".plainrecord/", ".venv/"]
    if originals:
        lines += ["# The portal's copies of these are in data/."]
        lines += [f"/{_escaped(path)}" for path in originals]
    if private:
        lines += ["# Raw records about people: what is in a public repository is public."]
        lines += [f"/{_escaped(path)}" for path in private]
    return "\n".join([*lines, ""])


def _escaped(path: str) -> str:
    """A path as a pattern of .gitignore that fits it alone."""
    plain = "".join(f"\\{sign}" if sign in "\\*?[]#! " else sign for sign in path)
    return plain.replace("\n", "?").replace("\r", "?")
