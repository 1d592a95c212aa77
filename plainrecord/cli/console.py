"""Print findings and summaries on a terminal."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, select
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import Reader

if TYPE_CHECKING:  # every command shows something, and few need these
    from plainrecord.audit.report import AuditReport
    from plainrecord.io.workspace import Progress as Steps
    from plainrecord.pipeline.check_targets import Subject
    from plainrecord.verify.site import VerifyReport

LIMIT_ERRORS = 100
"""How many errors of a kind are listed for each field by default."""

MOST_SHOWN = 40
FEW_ALIKE = 3
MOST_UNCHECKED = 20


def print_text(text: str) -> None:
    """Print a document as UTF-8; a lone surrogate, which a stranger may write, as an escape."""
    click.echo(text.encode("utf-8", "backslashreplace"))


def print_json(document: Mapping[str, object]) -> None:
    """Print a document as JSON."""
    print_text(json.dumps(document, indent=2, ensure_ascii=False))


def plain(text: str) -> str:
    """`text` on one line, unprintable characters escaped: a line break could begin a command."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


@contextmanager
def show_steps(silent: bool) -> Iterator[Steps]:
    """Show the current step on a terminal; yields a function that takes its description."""
    if silent or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # a tenth of the time that a small check takes
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("read the portal", total=None)
        yield lambda words: bars.update(task, description=escape(plain(words)))


def show_findings(
    findings: Sequence[Finding],
    option: str = "plainrecord check --format json",
    *,
    limit_errors: int = LIMIT_ERRORS,
) -> None:
    """Print findings, errors first, a few of each kind; `option` names the command for all."""
    shown: list[Finding] = []
    rest: list[Finding] = []
    alike: Counter[tuple[str, str, str]] = Counter()
    same: Counter[tuple[str, str, str]] = Counter()
    unwaived = [finding for finding in findings if not finding.waived]
    for finding in sorted(unwaived, key=lambda finding: not finding.blocks):
        kind = (finding.rule, finding.file, finding.field)
        content = (finding.rule, finding.field, finding.found)  # in any file
        alike[kind] += 1
        same[content] += 1
        few = alike[kind] <= FEW_ALIKE or (finding.count > 1 and finding.field_number is None)
        full = finding.rest or not few or same[content] > FEW_ALIKE or len(shown) >= MOST_SHOWN
        (rest if full else shown).append(finding)
    groups: dict[tuple[str, bool, str, str], list[Finding]] = {}
    for finding in shown:
        alike_in = (finding.rule, finding.blocks, finding.expected, finding.remedy)
        groups.setdefault(alike_in, []).append(finding)
    for group in groups.values():
        _show_group(group)
    if rest:
        beyond = max((finding.count for finding in rest if finding.rest), default=0)
        more = f" --limit-errors {limit_errors + beyond}" if beyond else ""
        click.echo(f"Not shown above ({option}{more} shows all):", err=True)
        for line in _count_by_place(rest):
            click.echo(plain(line), err=True)


def _show_group(group: Sequence[Finding]) -> None:
    """Print findings with the same title and remedy as one message."""
    finding = group[0]
    severity = click.style(finding.severity, fg="red" if finding.blocks else "yellow", bold=True)
    count = sum(one.count for one in group)
    more = f" ({count:,} times)" if count > 1 else ""
    lines = [f"{severity} {finding.title} [{finding.rule}]{more}"]
    for one in group:
        lines.append(f"  at        {plain(one.place)}")
        cell = "" if one.cell is None else f"{one.cell[:80]!r}: "
        lines.append(f"  found     {plain(cell + one.found)}")
    if finding.expected:
        lines.append(f"  expected  {plain(finding.expected)}")
    lines.append(f"  to do     {plain(finding.remedy)}")
    click.echo("\n".join(lines), err=True)


def _count_by_place(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each file with errors, and one for all files with warnings only."""
    counts: dict[str, list[int]] = {}
    for finding in findings:
        table = f"table {finding.resource}" if finding.resource else ""
        named = finding.file or ", ".join(filter(None, (finding.dataset, table))) or "the portal"
        counts.setdefault(named, [0, 0])[not finding.blocks] += finding.count
    warned = [warnings for errors, warnings in counts.values() if not errors]
    for named, (errors, warnings) in counts.items():
        if errors:
            more = f", {count_noun(warnings, 'warning')}" if warnings else ""
            yield f"  {named}: {count_noun(errors, 'error')}{more}"
        elif len(warned) == 1:
            yield f"  {named}: {count_noun(warnings, 'warning')}"
    if len(warned) > 1:
        yield f"  {count_noun(sum(warned), 'warning')} in {len(warned):,} more files"


def list_findings(findings: Sequence[Finding]) -> list[dict[str, Json]]:
    """Findings as JSON objects."""
    names = "severity rule title dataset file row field found expected remedy count waived"
    return [select(finding, *names.split()) for finding in findings]


def count_warnings(findings: Sequence[Finding]) -> tuple[int, str]:
    """The number of warnings, and `, 3 waived` for those waived with a reason ("" for none)."""
    warnings = sum(f.count for f in findings if not f.blocks and not f.waived)
    waived = sum(f.count for f in findings if f.waived)
    return warnings, f", {waived:,} waived" if waived else ""


def show_verdict(checked: Sequence[Subject], bad: bool, seconds: float) -> None:
    """Print the last line of a check: what was checked, and the result."""
    tables = [check for subject in checked for check in subject.checks]
    findings = [finding for subject in checked for finding in subject.findings]
    errors = sum(f.count for f in findings if f.blocks)
    warnings, waived = count_warnings(findings)
    careful = sum(r.reader == Reader.CAREFUL for table in tables for r in table.readings)
    slow = f", {count_noun(careful, 'file')} read row by row" if careful else ""
    word = _coloured("not valid", "red") if bad else _coloured("valid", "green")
    rows = count_noun(sum(table.rows for table in tables), "row")
    click.echo(
        f"{word}: {count_noun(len(tables), 'table')}, {rows}{slow}, "
        f"{count_noun(errors, 'error')}, {count_noun(warnings, 'warning')}{waived}, {seconds:.1f} s",
        err=True,
    )


def _coloured(words: str, colour: str) -> str:
    return click.style(words, fg=colour, bold=True)


def show_audit(report: AuditReport, summary: str, seconds: float) -> None:
    """What was tried on each protected dataset, what was not looked at, and one line for all."""
    for one in report.datasets:
        if one.rows:
            click.echo(
                f"{one.key}: {count_noun(one.rows, 'row')} in {count_noun(one.groups, 'group')}.",
                err=True,
            )
        click.echo(
            f"{one.key}: {count_noun(one.tables, 'table')}, {one.hidden:,} of "
            f"{count_noun(one.cells, 'cell')} hidden, {one.safe:,} of them protected.",
            err=True,
        )
    if report.skipped:
        click.echo(_coloured("Not looked at:", "yellow"), err=True)
        _show_some([item.words for item in report.skipped])
    if not report.datasets:
        click.echo(
            "No dataset of the portal has a protection.json, so no counts are hidden.", err=True
        )
    else:
        click.echo(f"{summary} {seconds:.1f} s", err=True)


def show_verification(report: VerifyReport, seconds: float) -> None:
    """Print what was verified, with counts, and the result."""
    if report.files:
        releases = count_noun(report.releases, "release")
        chains = f"the chain of {releases}" if report.releases == 1 else f"the chains of {releases}"
        formats = "all its formats" if report.tables == 1 else "all their formats"
        click.echo(
            f"Compared {count_noun(report.files, 'file')} ({report.bytes / 1e6:.1f} MB) with the "
            f"manifest, and checked the links of {count_noun(report.pages, 'page')}.\n"
            f"Ran {count_noun(report.receipts, 'receipt')} again: "
            f"{count_noun(report.figures, 'figure')}, "
            f"{report.series:,} chart series, {count_noun(report.counts, 'table')} of counts, "
            f"shown in {count_noun(report.shown, 'place')}.\n"
            f"Compared {count_noun(report.tables, 'table')} in {formats}, and checked {chains}. "
            f"{seconds:.1f} s",
            err=True,
        )
    if report.unchecked:
        count = len(report.unchecked)
        click.echo(f"{count_noun(count, 'statement')} that cannot be verified:", err=True)
        _show_some(report.unchecked)
    if report.skipped:
        click.echo(_coloured("Not checked:", "yellow"), err=True)
        _show_some([item.words for item in report.skipped])
    made, count = report.made, len(report.findings)
    if not report.holds:
        headline = f"{_coloured('Not verified:', 'red')} {count_noun(count, 'check')} failed"
    elif report.skipped and not made:
        headline = _coloured("Not verified", "yellow")
    elif report.skipped:
        headline = f"{_coloured('Verified in part:', 'yellow')} what was checked is correct"
    elif report.unchecked:
        headline = f"{_coloured('Verified', 'green')}, except for the statements above"
    else:
        headline = _coloured("Verified", "green")
    if report.skipped:
        headline += f"; {made:,} of {made + report.left_out:,} checks were made; not checked: "
        headline += plain(", ".join(dict.fromkeys(i.what for i in report.skipped)))
    click.echo(f"{headline}.", err=True)


def _show_some(lines: Sequence[str]) -> None:
    for text in lines[:MOST_UNCHECKED]:
        click.echo(f"  {plain(text)}", err=True)
    if len(lines) > MOST_UNCHECKED:
        more = len(lines) - MOST_UNCHECKED
        click.echo(f"  … and {more:,} more (--format json shows all)", err=True)
