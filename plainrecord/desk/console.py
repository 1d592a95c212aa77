"""The desk's words: findings and summaries as a person reads them on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn

from plainrecord.model.checks import Reader
from plainrecord.rules.findings import Finding

if TYPE_CHECKING:  # every command shows something, and few need these
    from plainrecord.corridor.checking import CheckedSubject
    from plainrecord.corridor.checking import Progress as Steps
    from plainrecord.corridor.verification import VerifyReport

MOST_SHOWN = 40
FEW_ALIKE = 3
MOST_UNCHECKED = 20


def plain(text: str) -> str:
    """`text` of a stranger on one line, its signs that a terminal would act on written out.

    A name may hold a line break and what follows be read as a command, by a terminal or a workflow.
    """
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


@contextmanager
def show_steps(silent: bool) -> Iterator[Steps]:
    """Shows the step under way on a terminal; the callable takes its words."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=silent) as bars:
        task = bars.add_task("read the portal", total=None)
        yield lambda words: bars.update(task, description=escape(plain(words)))


def show_findings(findings: Sequence[Finding], option: str = "--json") -> None:
    """Print findings to standard error, blockers first, the first ones of many.

    `option` is the one by which the command prints all of them.
    """
    console = Console(stderr=True)
    ordered: list[Finding] = []
    alike: Counter[tuple[str, str, str]] = Counter()
    same: Counter[tuple[str, str, str]] = Counter()
    for finding in sorted(findings, key=lambda finding: not finding.blocks):
        kind = (finding.rule, finding.file, finding.field)
        said = (finding.rule, finding.field, finding.found)  # in whatever file
        alike[kind] += 1
        same[said] += 1
        few = alike[kind] <= FEW_ALIKE or (finding.count > 1 and finding.field_number is None)
        if few and same[said] <= FEW_ALIKE:
            ordered.append(finding)
    for finding in ordered[:MOST_SHOWN]:
        colour = "red" if finding.blocks else "yellow"
        more = f" ({finding.count:,} times)" if finding.count > 1 else ""
        lines = [
            f"[bold {colour}]{finding.severity}[/] {escape(finding.title)} \\[{finding.rule}]{more}"
        ]
        lines.append(f"  at        {escape(plain(finding.place))}")
        cell = "" if finding.cell is None else f"{finding.cell[:80]!r}: "
        lines.append(f"  found     {escape(plain(cell + finding.found))}")
        if finding.expected:
            lines.append(f"  expected  {escape(plain(finding.expected))}")
        lines.append(f"  to do     {escape(plain(finding.remedy))}")
        console.print("\n".join(lines), highlight=False, soft_wrap=True)
    if len(findings) > min(len(ordered), MOST_SHOWN):
        left = len(findings) - min(len(ordered), MOST_SHOWN)
        console.print(f"… and {left:,} more (all of them with {option})", highlight=False)


def list_findings(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Findings as JSON objects."""
    return [
        {
            "severity": f.severity, "rule": f.rule, "title": f.title, "dataset": f.dataset,
            "file": f.file, "row": f.row, "field": f.field, "found": f.found,
            "expected": f.expected, "remedy": f.remedy, "count": f.count,
        }
        for f in findings
    ]  # fmt: skip


def show_verdict(checked: Sequence[CheckedSubject], bad: bool, seconds: float) -> None:
    """One line at the end of a check: what was checked, and how it went."""
    tables = [check for subject in checked for check in subject.checks]
    findings = [finding for subject in checked for finding in subject.findings]
    errors = sum(f.count for f in findings if f.blocks)
    warnings = sum(f.count for f in findings if not f.blocks)
    careful = sum(r.reader == Reader.CAREFUL for table in tables for r in table.readings)
    slow = f", {careful} files read row by row" if careful else ""
    word = "[bold red]not valid[/]" if bad else "[bold green]valid[/]"
    Console(stderr=True).print(
        f"{word}: {len(tables)} tables, {sum(table.rows for table in tables):,} rows{slow}, "
        f"{errors:,} errors, {warnings:,} warnings, {seconds:.1f} s",
        highlight=False,
    )


def show_verification(report: VerifyReport, seconds: float) -> None:
    """What was verified, in counts, and whether all of it holds."""
    console = Console(stderr=True)
    if report.files:
        console.print(
            f"Looked at {report.files:,} files ({report.bytes / 1e6:.1f} MB) against the manifest, "
            f"{report.pages:,} pages and their links.\n"
            f"Ran {report.receipts:,} receipts again: {report.figures:,} figures, "
            f"{report.series:,} chart series, {report.counts:,} tables of counts, "
            f"shown in {report.shown:,} places.\n"
            f"Compared {report.tables:,} tables in all their formats, and {report.releases:,} "
            f"releases in their chains. {seconds:.1f} s",
            highlight=False,
        )
    if report.unchecked:
        count = len(report.unchecked)
        console.print(
            f"[bold]The portal's own word[/] for {count:,} {'thing' if count == 1 else 'things'}:",
            highlight=False,
        )
        _show_some(console, report.unchecked)
    if report.skipped:
        console.print("[bold yellow]Not checked:[/]", highlight=False)
        _show_some(console, [item.words for item in report.skipped])
    made, count = report.made, len(report.findings)
    if not report.holds:
        words = "thing does" if count == 1 else "things do"
        headline = f"[bold red]Not verified:[/] {count:,} {words} not hold"
    elif report.skipped:
        headline = "[bold yellow]Verified in part:[/] what was checked holds"
    elif report.unchecked:
        headline = "[bold green]All of it holds[/], but for the portal's own word"
    else:
        headline = "[bold green]All of it holds[/]"
    if report.skipped:
        headline += f"; {made:,} of {made + report.left_out:,} checks made; not checked: "
        headline += escape(plain(", ".join(dict.fromkeys(i.what for i in report.skipped))))
    console.print(f"{headline}.", highlight=False, soft_wrap=True)


def _show_some(console: Console, lines: Sequence[str]) -> None:
    for text in lines[:MOST_UNCHECKED]:
        console.print(f"  {plain(text)}", highlight=False, markup=False)
    if len(lines) > MOST_UNCHECKED:
        more = len(lines) - MOST_UNCHECKED
        console.print(f"  … and {more:,} more (all of them with --format json)", highlight=False)
