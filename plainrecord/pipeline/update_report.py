"""What is new at the sources, as Markdown: the text of a pull request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.model.changes import BreakdownRow
from plainrecord.model.freshness import day_words
from plainrecord.model.history import UnreachableSource
from plainrecord.pipeline.diff import Collation
from plainrecord.pipeline.diff_files import TableSets

MOST_LISTED = 24
MOST_SHOWN = 120
MOST_LETTERS = 60_000
"""Letters of the longest report: GitHub takes 65,536 in a pull request."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A source whose file is another now: how it compares with the earlier one.

    `refused` says why it was not taken, `uncompared` why it could not be compared.
    """

    resource: str
    title: str
    address: str
    bytes: int
    found: Collation | TableSets | None = None
    refused: str = ""
    uncompared: str = ""


@dataclass(frozen=True, slots=True)
class SourceNews:
    """What is new at the sources of a dataset.

    `looked` is how many sources it has, `lost` those that cannot be reached, `back` the addresses
    that can be again, `problems` what could not be looked at or done, `released` the date of the
    release that was kept of the new data.
    """

    name: str
    title: str
    looked: int
    changes: tuple[FileChange, ...] = ()
    lost: tuple[UnreachableSource, ...] = ()
    back: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    released: str = ""

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.changes or self.lost or self.back or self.problems)


def write_report(news: Sequence[SourceNews]) -> str:
    """The report on all sources; what cannot be said in 60,000 letters is left out, and counted."""
    shown = [item for item in news if not item.quiet]
    sources = sum(item.looked for item in news)
    changed = sum(len(item.changes) for item in news)
    lost = sum(len(item.lost) for item in news)
    head = f"{count_noun(sources, 'source')}: {changed:,} changed, {lost:,} not reachable.\n"
    text = f"# Sources\n\n{head}"
    left = 0
    for item in shown:
        part = "\n".join(["", *_describe_dataset(item), ""])
        if len(text) + len(part) > MOST_LETTERS:
            left += 1
        else:
            text += part
    if left:
        text += f"\n{count_noun(left, 'dataset')} more {choose_form(left, 'has', 'have')} news; run `plainrecord update NAME` for each.\n"
    return text


def _describe_dataset(item: SourceNews) -> Iterator[str]:
    yield f"## {_code(item.title)}"
    for change in item.changes:
        yield ""
        yield f"**{_code(change.title)}**, from {_code(change.address)}:"
        yield ""
        yield from _describe_change(change)
    if item.released:
        yield ""
        yield f"Kept as the release of {day_words(item.released)}."
    if item.lost or item.back or item.problems:
        yield ""
    for source in item.lost:
        yield f"- Not reachable since {day_words(source.since)}: {_code(source.address)} ({_code(source.found)})."
    for address in item.back:
        yield f"- Reachable again: {_code(address)}."
    for problem in item.problems:
        yield f"- To check: {_code(problem)}."


def _describe_change(change: FileChange) -> Iterator[str]:
    if change.refused:
        yield f"- The address has another file ({change.bytes:,} bytes), which was not taken: {_code(change.refused)}."
    elif change.found is None:
        yield f"- The file is new ({change.bytes:,} bytes) and could not be compared: {_code(change.uncompared)}."
    elif isinstance(change.found, Collation):
        yield from _describe_table(change.found)
    else:
        for result in change.found.results:
            if not result.same:
                yield f"- Table {_code(result.new)}:"
                if result.collation is not None:
                    yield from (f"  {line}" for line in _describe_table(result.collation))
                else:
                    yield f"  - It is another now{': ' + _code(result.problem) if result.problem else ''}."
        for word, names in (("New", change.found.added), ("Gone", change.found.dropped)):
            if names:
                yield f"- {word} tables: {_listed(names)}."


def _describe_table(collation: Collation) -> Iterator[str]:
    made, columns = collation.comparison, collation.comparison.columns
    how = f"matched by {_listed(made.key)}" if made.key else "whole rows compared, without a key"
    yield f"- Rows: {made.old_rows:,} before, {made.new_rows:,} now ({how})."
    changed = f", {made.changed:,} changed" if made.key else ""
    yield f"- {made.added:,} added, {made.vanished:,} removed{changed}, {made.unchanged:,} as before."
    if made.changed_fields:
        fields = [f"{_code(f.field)} in {f.changed:,}" for f in made.changed_fields]
        yield f"- Values changed: {_joined(fields)}."
    for word, names in (("New", columns.added), ("Gone", columns.dropped)):
        if names:
            yield f"- {word} columns: {_listed(names)}."
    if columns.renamed:
        pairs = [f"{_code(c.old)} is now {_code(c.new)}" for c in columns.renamed]
        yield f"- Columns with another name: {_joined(pairs)}."
    if columns.retyped:
        pairs = [f"{_code(c.name)} ({c.old}, now {c.new})" for c in columns.retyped]
        yield f"- Columns written in another form: {_joined(pairs)}."
    if collation.revised:
        yield f"- Earlier periods revised: {_joined([_describe_period(row) for row in collation.revised])}."
    if made.same and not collation.revised:
        yield "- The records are the same; the file is written in another way."


def _describe_period(row: BreakdownRow) -> str:
    counts = (("added", row.added), ("removed", row.vanished), ("changed", row.changed))
    changes = ", ".join(f"{count:,} {word}" for word, count in counts if count)
    return f"{_code(row.value or '')} ({changes})"


def _listed(names: Sequence[str]) -> str:
    return _joined([_code(name) for name in names])


def _joined(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - MOST_LISTED:,} more" if len(parts) > MOST_LISTED else ""
    return ", ".join(parts[:MOST_LISTED]) + more


def _code(text: str) -> str:
    """A text of a stranger as code: on one line, nothing in it read as Markdown or a mention."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text).replace("`", "'").strip()
    short = plain if len(plain) <= MOST_SHOWN else f"{plain[: MOST_SHOWN - 1]}…"
    return f"`{short}`" if short else "(empty)"
