"""The words of a new portal: what `plainrecord init` puts into each file that it drafts."""

import re
from collections.abc import Sequence
from pathlib import Path

from plainrecord.authoring.labels import listed, shown_title
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.core.strict_json import Json, reach
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
        "description": f"Datasets to read and download: {listed(named)}.",
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
        f"{who}Every number and chart links to its receipt: the query, and the hash of the "
        "published file that the query reads. Anyone can [verify the whole portal](../verify/).\n"
    )


def methodology(tables: Sequence[ProfiledTable]) -> str:
    """`methodology.md` of a dataset: where each table comes from and how it was read."""
    lines = ["## Where these records come from", ""]
    lines += [f"- The table `{t.name}` is {_origin(t)}" for t in tables]
    lines += ["", "The publisher has not yet described how the records were collected.", ""]
    return "\n".join(lines)


def _origin(table: ProfiledTable) -> str:
    files = "the file" if len(table.sources) == 1 else "all rows of the files"
    named = f"{files} {listed([f'`{name}`' for name in table.sources])}"
    sheet = reach(table.resource, "dialect", "sheetName")
    where = f", sheet `{sheet}`" if sheet else ""
    read = f" When it was read: {'; '.join(table.notes)}." if table.notes else ""
    return f"{named}{where}.{read}"


def requirements(program: str, versions: Sequence[str]) -> str:
    """`requirements.txt`: the program and all that it needs, each in one exact version."""
    first = program or f"# {PROGRAM}"
    return "\n".join([first, *versions, ""])


def readme(title: str, questions: Sequence[str], protected: Sequence[str], program: str) -> str:
    """The portal's README: how to look at it, publish it and renew protected datasets."""
    source = re.search(r"git\+(https://[^@\s]+)@([0-9a-f]{7,40})$", program)
    documents = f"{source[1]} at the commit {source[2]}" if source else "the program's repository"
    open_ = "".join(f"- {text}\n" for text in questions)
    still = (
        f"\n## Open questions\n\nThe portal cannot be published until you answer these questions. Remove each "
        f"answered question from the list `questions`.\n\n{open_}"
        if open_
        else ""
    )
    names = listed([f"`{name}`" for name in protected])
    people = (
        "\n## Records about people\n\n"
        "A raw file in a public repository is public, even if the site does not show it. The raw files "
        f"of {names} are in `data/NAME/raw/`, which git ignores. Keep a copy of them elsewhere. The "
        "site shows what is in `data/NAME/protected/`: tables of counts in which small counts are "
        "suppressed. Commit that folder; the workflows build the site from it.\n\n"
        "To change which tables are released, edit `privacy` in `data/NAME/datapackage.yaml`. After "
        "that, and after you replace a raw file:\n\n"
        "```sh\nplainrecord protect NAME   # write data/NAME/protected/\n```\n"
        if protected
        else ""
    )
    return f"""# {title}

A portal of public records, made with Plainrecord.

```sh
plainrecord serve   # preview it on this machine
plainrecord check   # list errors and open questions
```

## Publish it on GitHub

1. Create an empty repository on GitHub.
2. In its Settings, under Pages, choose "GitHub Actions" as the source.
3. Push this folder: `git init && git add . && git commit -m "First release"`, then run the commands
   that GitHub shows for an existing repository.
4. Under Actions, wait for the run of "Publish", and open the address that it shows.

## Work on it

Each dataset is a folder in `data/` with a copy of your file. Correct or replace the records in that
copy: the original file is no longer used, and git ignores it. `datapackage.yaml` describes the columns,
figures and charts. If you edit it while `plainrecord serve` runs, the page reloads. Make a release with
`plainrecord release NAME`, and compare two files with `plainrecord diff OLD NEW`.
A tutorial, how-to pages and the reference are in the folder `docs/` of {documents}.
{still}{people}"""


def gitignore(originals: Sequence[str]) -> str:
    """What git leaves alone: outputs, the files that were copied into data/, raw files about people."""
    lines = ["_site/", "_site.*/", ".plainrecord/", ".venv/"]
    lines += [
        "# Raw records about people: what is in a public repository is public.",
        "/data/*/raw/",
    ]
    if originals:
        lines += ["# The portal's copies of these files are in data/."]
        lines += [f"/{_escaped(path)}" for path in originals]
    return "\n".join([*lines, ""])


def _escaped(path: str) -> str:
    """A path as a pattern of .gitignore that fits it alone."""
    plain = "".join(f"\\{sign}" if sign in "\\*?[]#! " else sign for sign in path)
    return plain.replace("\n", "?").replace("\r", "?")
