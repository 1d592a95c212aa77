"""What an audit found, as values, as findings for people, and as data for the page for readers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from plainrecord.audit.attack import Attack, NarrowedCell
from plainrecord.audit.leaks import Leak
from plainrecord.audit.releases import ReleaseLeak
from plainrecord.audit.tables import PROTECTION, AuditedRelease, Key, name_cell
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding, NotChecked


@dataclass(frozen=True, slots=True)
class AuditedDataset:
    """What the audit did with one release: cells `certified` by alternatives, or `solved`."""

    key: str
    mode: str
    tables: int = 0
    cells: int = 0
    hidden: int = 0
    equations: int = 0
    certified: int = 0
    solved: int = 0
    narrowed: int = 0
    files: int = 0
    numbers: int = 0
    rows: int = 0
    groups: int = 0

    @property
    def safe(self) -> int:
        """Hidden cells that the audit could not narrow."""
        return self.certified + self.solved


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was tried on each dataset, what was found, and what could not be looked at."""

    datasets: tuple[AuditedDataset, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[NotChecked, ...] = ()
    files: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found that blocks."""
        return not any(finding.blocks for finding in self.findings)


def report_attack(
    release: AuditedRelease, attack: Attack, wrong: Sequence[str]
) -> Iterator[Finding]:
    path = f"{release.folder}/{PROTECTION}"
    yield from _report_unrounded(release)
    if attack.conflict:
        expected = "tables whose parts add up to their totals"
        yield Finding(
            "audit-tables-disagree", attack.conflict, expected, file=path, dataset=release.key
        )
        return
    for words in (*wrong, *attack.wrong):
        expected = "tables of counts that agree with everything published"
        yield Finding("audit-alternative-wrong", words, expected, file=path, dataset=release.key)
    undecided: dict[str, list[NarrowedCell]] = {}
    for cell in attack.narrowed:
        if cell.decided:
            values = (cell.least, cell.greatest)
            key = release.hidden[cell.number]
            yield _derived(release, key, "audit-cell-derivable", values, cell.how)
        else:
            resource = release.table_of[release.hidden[cell.number]]
            undecided.setdefault(resource, []).append(cell)
    for one, *others in undecided.values():
        how = f"{one.how}; {len(others):,} more cells of the table are undecided as well"
        key = release.hidden[one.number]
        yield _derived(release, key, "audit-cell-undecided", (one.least, one.greatest), how)


def _report_unrounded(release: AuditedRelease) -> Iterator[Finding]:
    """A finding for each table with counts that are not rounded, where all should be."""
    for table in release.tables if release.rounding else ():
        cells = zip(table.keys, table.counts, strict=True)
        wrong = [key for key, count in cells if count is None or count % release.rounding]
        if wrong:
            yield Finding(
                "audit-count-not-rounded",
                f"{count_noun(len(wrong), 'count')}, the first for {name_cell(wrong[0])}",
                f"multiples of {release.rounding}",
                file=table.path,
                dataset=release.key,
                resource=table.resource,
            )


def _derived(
    release: AuditedRelease, key: Key, rule: str, values: tuple[int, int], how: str
) -> Finding:
    table = release.dimension_sets[frozenset(name for name, _ in key)].resource
    if release.number.get(key) in release.small:
        expected = f"1 to {release.threshold - 1} must be possible"
    else:
        expected = f"{release.threshold:,} or more must be possible"
    return Finding(
        rule,
        f"{name_cell(key)} is {_range(*values)}: {how}",
        expected,
        file=next(one.path for one in release.tables if one.resource == table),
        dataset=release.key,
        resource=table,
    )


def report_releases(leak: ReleaseLeak, rule: str = "audit-releases-reveal") -> Finding:
    """The finding for a cell that several releases, or datasets, give away."""
    return _derived(leak.release, leak.key, rule, (leak.least, leak.greatest), leak.how)


def _range(least: int, greatest: int) -> str:
    return f"{least:,}" if least == greatest else f"{least:,} to {greatest:,}"


def report_leak(release: AuditedRelease, leak: Leak) -> Finding:
    table = release.table_of.get(leak.key, "")
    if release.rounding:
        expected = f"a multiple of {release.rounding}, or nothing"
    elif leak.listed:
        expected = f"nothing about a cell that {table} hides"
    else:
        expected = f"no count below {release.threshold}"
    found = (
        f"{name_cell(leak.key)} is {_range(leak.least, leak.greatest)}: {leak.how} "
        f"({leak.channel}: {leak.words})"
    )
    earlier = re.match(r"datasets/[^/]+/releases/(\d{4}-\d\d-\d\d)/", leak.file)
    remedy = ""
    if earlier and earlier[1] != release.date:
        remedy = (
            f"The release of {earlier[1]} was protected less, and shows what is suppressed now. "
            "Withdraw it as docs/how-to/recover.md says, or protect as it did."
        )
    return Finding(
        "audit-value-published",
        found,
        expected,
        file=leak.file,
        dataset=release.key,
        resource=table,
        remedy_given=remedy,
    )


def describe_audit(report: AuditReport) -> dict[str, Json]:
    """The report as one JSON document, without its findings."""
    return {
        "holds": report.holds,
        "files": report.files,
        "datasets": [
            {"dataset" if key == "key" else key: value for key, value in asdict(one).items()}
            for one in report.datasets
        ],
        "not_checked": [
            {"what": item.what, "count": item.count, "why": item.why} for item in report.skipped
        ],
    }


def summarise(report: AuditReport) -> str:
    """What was tried and how it ended, in one line."""
    hidden, equations, numbers, certified, solved = (
        sum(getattr(one, name) for one in report.datasets)
        for name in ("hidden", "equations", "numbers", "certified", "solved")
    )
    datasets = count_noun(len({one.key for one in report.datasets}), "dataset")
    return (
        f"Tried {count_noun(equations, 'sum')} of tables and {count_noun(numbers, 'number')} in "
        f"{count_noun(report.files, 'file')} against {count_noun(hidden, 'hidden cell')} of "
        f"{datasets}. Protected: {certified + solved:,} ({certified:,} proved by published "
        f"alternatives, {solved:,} by the solver). Findings: {len(report.findings):,}."
    )
