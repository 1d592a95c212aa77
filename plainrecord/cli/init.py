"""The command `init`."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from plainrecord.authoring import scaffold
from plainrecord.authoring.draft import LICENCES, Answers, columns_about_people
from plainrecord.authoring.labels import name_some
from plainrecord.authoring.locked_versions import lock_versions, program_address
from plainrecord.authoring.scaffold_texts import title_of
from plainrecord.cli.console import plain, show_findings, show_steps
from plainrecord.cli.options import Command, Decorator, Option, idle_if_empty
from plainrecord.cli.protect import count_hidden
from plainrecord.core.errors import Blocked, UsageError
from plainrecord.core.paths import PROTECTED_FOLDER
from plainrecord.core.plurals import count_noun
from plainrecord.core.word_lists import LEAST_WORDS, is_reason
from plainrecord.io.workspace import workspace
from plainrecord.receipts import engine

MOST_SHOWN = 12
OPEN = ("question-open", "placeholder-text")
"""Errors that repeat a question to answer before publishing."""


def _text_option(name: str, *into: str, help: str) -> Decorator:  # noqa: A002 - as click calls it
    """An option that answers a question; one without a letter answers nothing."""
    idle = idle_if_empty(into[0] if into else name.removeprefix("--"))
    return click.option(name, *into, cls=Option, idle=idle, default="", help=help)


@click.command("init", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask; leave open what no option answers.")
@_text_option("--title", help="The portal's title.")
@_text_option("--publisher", help="The publisher's name.")
@_text_option("--email", help="The publisher's email address, for readers.")
@_text_option("--licence", help="The licence of the records, such as CC0-1.0.")
@_text_option("--row", help="What one row is, such as a stop or an arrest.")
@click.option(
    "--protect",
    is_flag=True,
    help="The records are about people: publish tables of counts, and no row.",
)
@_text_option(
    "--open",
    "opened",
    help="Publish the records unchanged; give the reason, which readers see.",
)
@_text_option("--program", help="The address from which GitHub installs Plainrecord.")
def init_command(
    folder: Path,
    yes: bool,
    title: str,
    publisher: str,
    email: str,
    licence: str,
    row: str,
    protect: bool,
    opened: str,
    program: str,
) -> None:
    """Create a portal from a folder of tables, and build it.

    Reads CSV and other delimited text, workbooks, JSON, Parquet, SQLite and GeoJSON, also
    compressed, at most 250 files. Each file becomes a dataset; the files of a subfolder become one
    dataset. Without --protect or --open, a dataset is a draft: `plainrecord serve` shows it, but it
    is not published.
    """
    if protect and opened:
        raise UsageError(
            "--protect and --open exclude each other: use --protect for records about people"
        )
    if opened and not is_reason(opened):
        raise UsageError(
            f"--open needs a reason of {LEAST_WORDS} words or more, which readers see: {opened!r}"
        )
    from plainrecord.pipeline.init import read_folder  # takes half a second to import

    given = Answers(
        title=title,
        publisher=publisher,
        email=email,
        licence=licence,
        row=row,
        protect=protect,
        opened=opened,
    )
    with workspace(folder) as work:
        files = [path.resolve() for path in sorted(folder.rglob("*")) if path.is_file()]
        with show_steps(False) as step:
            step("read the tables")
            connection = engine.open_build_database(work / "init.duckdb", files, [work])
            try:
                read, left = read_folder(folder, connection, work)
            finally:
                connection.close()
        try:
            answers, each = (given, [given] * len(read)) if yes else _ask(folder, given, read)
        except click.Abort:
            click.echo("\nNothing was written. With --yes, init asks nothing.", err=True)
            raise
        draft = scaffold.draft_portal(
            folder,
            list(zip(read, each, strict=True)),
            left,
            answers,
            program=program or program_address(),
            versions=lock_versions(),
        )
        _write(folder, draft)
    _print_draft(draft)
    if _protect(folder, draft.protected):
        _build(folder, draft)


def _ask(
    folder: Path, given: Answers, read: list[scaffold.ReadDataset]
) -> tuple[Answers, list[Answers]]:
    """Ask what no option answers, for the portal and for each dataset."""
    title = given.title or click.prompt("Title of the portal", default=title_of(folder))
    click.echo("If you do not know an answer yet, press Enter.")
    publisher = given.publisher or _prompt("Who publishes it?")
    email = given.email or _prompt("To which email address can readers write?")
    licence = given.licence or _prompt(
        f"Licence of the records ({', '.join(LICENCES)}, or another)"
    )
    each: list[Answers] = []
    reason = ""
    for dataset in read:
        click.echo(f"\n{plain(dataset.found.title)}: {_described(dataset)}")
        row = given.row or click.prompt(
            "What is one row (stop, arrest, contract, ...)?", default="record"
        )
        protect, opened = given.protect, given.opened
        if not protect and not opened:
            people = any(columns_about_people(dataset.tables))
            protect = click.confirm("Are these records about people?", default=people)
            if not protect:
                same = f'; Enter: "{reason}"' if reason else ""
                question = (
                    "Why may every row be published? Readers see the reason "
                    f"({'-' if reason else 'Enter'}: leave it a draft{same})"
                )
                opened = _prompt(question, reason)
                while opened not in ("", "-") and not is_reason(opened):
                    click.echo(f"A reason has {LEAST_WORDS} words or more.")
                    opened = _prompt(question, reason)
                opened = "" if opened == "-" else opened
                reason = opened or reason
        each.append(Answers(licence=licence, row=row, protect=protect, opened=opened))
    return Answers(title=title, publisher=publisher, email=email, licence=licence), each


def _prompt(question: str, default: str = "") -> str:
    return str(click.prompt(question, default=default, show_default=False)).strip()


def _described(dataset: scaffold.ReadDataset) -> str:
    rows = sum(table.rows for table in dataset.tables)
    columns = sum(len(table.columns) for table in dataset.tables)
    people = list(columns_about_people(dataset.tables))
    seen = f"; possibly about people: {', '.join(map(plain, people[:8]))}" if people else ""
    return (
        f"{count_noun(len(dataset.tables), 'table')}, {count_noun(columns, 'column')}, "
        f"{count_noun(rows, 'row')}{seen}"
    )


def _write(folder: Path, draft: scaffold.PortalDraft) -> None:
    """Write the files of the draft and print their paths. Files that exist are not changed."""
    for path, content in draft.files:
        target = folder / path
        if target.exists():
            click.echo(f"kept  {plain(path)} (already exists)")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_text(content, encoding="utf-8", newline="\n")
        click.echo(f"wrote {plain(path)}")


def _print_draft(draft: scaffold.PortalDraft) -> None:
    for heading, lines in (
        ("Not used:", [f"{item.path.name}: {item.reason}" for item in draft.left_out]),
        ("To answer before publishing:", draft.questions),
        ("Suggestions:", draft.suggestions),
    ):
        if not lines:
            continue
        click.echo(f"\n{heading}")
        for line in lines[:MOST_SHOWN]:
            click.echo(f"  - {plain(line)}")
        if len(lines) > MOST_SHOWN:
            click.echo(f"  … and {len(lines) - MOST_SHOWN} more")
    if draft.private:
        folders = dict.fromkeys(path.rpartition("/")[0] + "/" for path in draft.private)
        click.echo(
            "\nFiles in a public repository are public, even if the site does not show them. Git "
            f"ignores data/*/raw/: {plain(name_some(list(folders)))}"
        )


def _protect(folder: Path, names: Sequence[str]) -> bool:
    """Write the protected tables of the datasets about people; False where one cannot be had."""
    from plainrecord.pipeline.protect import protect_dataset

    done = True
    for name in names:
        try:
            with show_steps(False) as step:
                made = protect_dataset(folder, name, step)
        except Blocked as error:
            show_findings(error.findings)
            click.echo(
                f"\n{name} could not be protected. Correct data/{name}/datapackage.yaml, then run: "
                f"plainrecord protect {name} --portal {folder}"
            )
            done = False
            continue
        click.echo(f"\n{name}: {count_hidden(made)}")
        click.echo(f"wrote data/{name}/{PROTECTED_FOLDER}/: commit this folder.")
    return done


def _build(folder: Path, draft: scaffold.PortalDraft) -> None:
    """Build the new portal, and print how to preview it."""
    from plainrecord.pipeline import build

    try:
        with show_steps(False) as step:
            report = build.build_portal(folder, folder / "_site", step)
    except Blocked as error:
        errors = [finding for finding in error.findings if finding.blocks]
        if all(finding.rule in OPEN for finding in errors):
            todo = "The portal can be published when the questions above are answered. "
        else:
            show_findings(errors)
            todo = "The portal could not be built. Correct the errors above. "
        click.echo(f"\n{todo}To preview it: plainrecord serve --portal {folder}")
        return
    if drafts := draft.drafts:
        remaining = (
            f"{count_noun(drafts, 'dataset')} {'is a draft' if drafts == 1 else 'are drafts'}"
        )
        click.echo(f"\n{remaining}. `plainrecord serve` shows drafts; they are not published.")
    click.echo(
        f"\nBuilt {count_noun(report.pages, 'page')}. To preview them: "
        f"plainrecord serve --portal {folder}"
    )
