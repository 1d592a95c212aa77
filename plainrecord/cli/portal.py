"""The commands `build`, `fetch`, `release` and `serve`.

What takes a second to import, a command imports when it has found its portal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plainrecord.cli.console import (
    count_warnings,
    list_findings,
    print_json,
    show_findings,
    show_steps,
)
from plainrecord.cli.options import (
    Command,
    Option,
    base_option,
    idle_if_empty,
    json_option,
    out_option,
    portal_option,
    quiet_option,
    stated_day,
)
from plainrecord.core.errors import Blocked, PlainrecordError, UnknownDatasetError, UsageError
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import select
from plainrecord.findings.catalogue import Severity
from plainrecord.io.load import find_settings
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.receipts.engine import query_allowance

if TYPE_CHECKING:
    from rich.progress import TaskID

    from plainrecord.findings.finding import Finding
    from plainrecord.model.packages import LocatedFile
    from plainrecord.pipeline.plan import Plan


@click.command("build", cls=Command)
@portal_option
@out_option
@base_option
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@quiet_option
@json_option
def build_command(
    root: Path,
    out: Path | None = None,
    base_url: str | None = None,
    strict: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Check the portal and build its site.

    Nothing is written if there is an error.
    """
    started = time.monotonic()
    try:
        find_settings(root)
        from plainrecord.pipeline import build

        with show_steps(quiet or as_json) as step:
            report = build.build_portal(
                root,
                out or root / "_site",
                step,
                base_url=base_url,
                strict=strict,
                as_of=stated_day(),
            )
    except Blocked as error:
        if as_json:
            print_json({"built": False, "findings": list_findings(error.findings)})
            sys.exit(1)
        raise
    seconds = time.monotonic() - started
    if as_json:
        document = {
            "built": True,
            **select(
                report, "datasets", "catalogued", "releases", "rows", "pages", "files", "bytes"
            ),
            "seconds": round(seconds, 1),
            "findings": list_findings(report.findings),
        }
        print_json(document)
        return
    show_findings(report.findings)
    if not report.live:
        click.echo(
            "Charts are still pictures and there is no search: reinstall plainrecord where the npm "
            "registry can be reached.",
            err=True,
        )
    if not quiet:
        more = f", {report.catalogued} listed without data" if report.catalogued else ""
        more += f", {count_noun(report.releases, 'release')}" if report.releases else ""
        warnings, waived = count_warnings(report.findings)
        click.echo(
            f"{click.style('Built', fg='green', bold=True)} {out or root / '_site'}: "
            f"{count_noun(report.datasets, 'dataset')}{more}, {count_noun(report.rows, 'row')}, "
            f"{count_noun(report.pages, 'page')}, {count_noun(report.files, 'file')}, "
            f"{report.bytes / 1e6:.1f} MB, {count_noun(warnings, 'warning')}{waived}, {seconds:.1f} s"
        )


@click.command("fetch", cls=Command)
@portal_option
@click.option(
    "--mirror",
    "mirrors",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder to search first for files with a declared hash.",
)
@click.option(
    "--keep-going", is_flag=True, help="Treat failed downloads as warnings (exit status 0)."
)
@click.option("--keep", is_flag=True, help="Keep a copy of each file in data/NAME/copies.")
@click.argument("names", nargs=-1)
@quiet_option
def fetch_command(
    root: Path,
    mirrors: tuple[Path, ...],
    keep_going: bool,
    keep: bool,
    names: tuple[str, ...],
    quiet: bool,
) -> None:
    """Download the source files of datasets (all, or NAMES) and check their hashes.

    A file with the right hash in the dataset's folder copies/ is used instead of a download,
    whatever its name. With --keep, downloads are copied there, so that the dataset can still be
    built if its source disappears.
    """
    find_settings(root)
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn

    from plainrecord.io import fetch
    from plainrecord.pipeline import plan

    planned, problems = plan.plan_portal(root, published=False)
    known = {item.name for item in planned.packages}
    unknown = sorted(set(names) - known)
    if unknown:
        raise UnknownDatasetError(unknown, known)
    # Files are downloaded before they can be released.
    if any(f.blocks and f.rule != "release-outdated" for f in problems):
        raise Blocked(problems)
    sources = planned.remote_files(names)
    for option, given in (("--mirror", mirrors), ("--keep", keep)):
        if given and not sources:
            raise UsageError(f"{option} has no effect: these datasets have no files to download")
    beside = [fetch.copies_folder(root, item) for item in planned.packages]
    folders = [*(folder for folder in beside if folder.is_dir()), *mirrors]
    index = fetch.index_mirrors(folders, sources) if folders else None
    here: dict[str, LocatedFile] = {}
    findings: list[Finding] = []
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as bars:
        for source in sources:
            task = bars.add_task(escape(source.path.rsplit("/", 1)[-1]), total=source.bytes)

            def advance(done: int, total: int | None, task: TaskID = task) -> None:
                bars.update(task, completed=done, total=total)

            got, failed = fetch.fetch_file(
                source, cache_folder(root), portal=planned.portal, mirrors=index, progress=advance
            )
            bars.remove_task(task)
            findings += failed
            if got is None:
                continue
            here[source.sha256] = got
            if not quiet:
                note = f" (accepted copy: {got.copy_note})" if got.copy_note else ""
                bars.console.print(f"verified {escape(source.path)}{escape(note)}", highlight=False)
    if keep:
        for path in _keep_copies(root, planned, names, here):
            click.echo(f"wrote {path.relative_to(root)}")
    if keep_going:
        findings = [replace(finding, severity_given=Severity.WARNING) for finding in findings]
    if findings:
        show_findings(findings)
        if not keep_going:
            sys.exit(1)
    if not quiet:
        files, are = count_noun(len(here), "file"), "is" if len(here) == 1 else "are"
        console.print(f"[bold green]{files}[/] {are} available and verified", highlight=False)


def _keep_copies(
    root: Path, planned: Plan, names: tuple[str, ...], here: Mapping[str, LocatedFile]
) -> Iterator[Path]:
    """Copy the downloaded files of each dataset to its folder copies/; yields the paths written."""
    from plainrecord.io import fetch

    for item in planned.packages:
        if names and item.name not in names:
            continue
        if item.policy is not None and item.policy.identifiers:
            click.echo(
                f"note: {item.name} has fields that identify people. In a public repository, its "
                "raw files are public.",
                err=True,
            )
        for source in planned.remote_files([item.name]):
            if source.sha256 in here:
                copy = fetch.keep_copy(here[source.sha256], fetch.copies_folder(root, item))
                if copy is not None:
                    yield copy


@click.command("release", cls=Command)
@portal_option
@click.argument("name")
@click.option(
    "--date",
    cls=Option,
    idle=idle_if_empty("date"),
    default="",
    help="The date of the release (default: plainrecord.updated).",
)
@click.option(
    "--note",
    cls=Option,
    idle=idle_if_empty("note"),
    default="",
    help="What readers should know about this release.",
)
@click.option("--checked", is_flag=True, help="Record that you looked for updates and found none.")
@click.option(
    "--repair",
    cls=Option,
    idle=idle_if_empty("repair"),
    default="",
    metavar="DATE",
    help="Build the release of DATE with its repair.yaml; give the reason as --note.",
)
@quiet_option
def release_command(
    root: Path, name: str, date: str, note: str, checked: bool, repair: str, quiet: bool
) -> None:
    """Freeze the dataset NAME, as it is now, as a release that never changes.

    If the data are the same as in the newest release, only the date is recorded, as a day on
    which you looked for updates. If a later version of Plainrecord cannot build a release: copy
    the release's descriptor to repair.yaml beside it, correct the copy, and give --repair and --note.
    """
    today = stated_day() or time.strftime("%Y-%m-%d", time.gmtime())
    if repair and checked:
        raise UsageError("--repair and --checked exclude each other")
    find_settings(root)
    from plainrecord.pipeline import release

    with show_steps(quiet) as step:
        if repair:
            written = release.repair_release(root, name, repair, note, date or today, step)
        elif checked:
            written = release.record_check(root, name, date, note, today)
        else:
            written = release.freeze_release(root, name, date, note, today, step)
    if not quiet:
        for path in written.written:
            click.echo(f"wrote {path}")
        done = f"{'repaired' if repair else 'created'} the release of {written.date}"
        if written.same_as:
            done = f"recorded that on {written.date} nothing was new since the release of {written.same_as}"
        click.echo(f"{done}; commit the files that were written")
        if written.protected:
            click.echo(
                f"The raw file was not read. If it changed, run `plainrecord protect {name}`."
            )


@click.command("serve", cls=Command)
@portal_option
@out_option
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="The port; 0 chooses a free one.",
)
def serve_command(root: Path, out: Path | None, port: int) -> None:
    """Preview the portal on this machine; rebuild and reload after each change.

    Drafts are shown. Only this machine can open the preview.
    """
    find_settings(root)
    from plainrecord.authoring import preview as server
    from plainrecord.pipeline import build

    target = out or root / ".plainrecord" / "preview"

    def rebuild() -> bool:
        try:
            with show_steps(False) as step, query_allowance():
                report = build.build_portal(
                    root, target, step, base_url="", as_of=stated_day(), published=False
                )
        except Blocked as error:
            show_findings(error.findings)
            return False
        click.echo(f"built {count_noun(report.pages, 'page')}")
        return True

    try:
        preview = server.PreviewServer(target, port)  # before the build, which takes time
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}; choose another with --port"
        ) from None
    with preview:
        if not rebuild() and not target.is_dir():
            raise PlainrecordError("the first build failed, so there is nothing to preview")
        address = f"http://{server.LOOPBACK}:{preview.server_port}/"
        click.echo(f"{address} (stop with Ctrl-C)")
        watched = [root / name for name in ("site", "templates", "data") if (root / name).is_dir()]
        server.serve_folder(preview, rebuild, watched)
