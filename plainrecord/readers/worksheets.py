"""Read what the values of a worksheet do not show: formulas without one, hidden rows and columns."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree import ElementTree

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from plainrecord.findings.finding import Finding

_CHUNK, _OVERLAP = 1 << 20, 1 << 12
_SIGN = re.compile(rb"<(?:\w+:)?f[\s/>]|\shidden=[\"'](?:1|true)")
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """`formulas` are the places (row, column from 1, such as C4) of formulas without a stored value."""

    formulas: tuple[tuple[int, int, str], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()


def read_notes(open_source: Callable[[], IO[bytes]]) -> SheetNotes:
    """What the XML of a worksheet says beside its values; `open_source` opens it."""
    with open_source() as source:
        if not _has_sign(source):
            return SheetNotes()
    formulas: list[tuple[int, int, str]] = []
    rows: list[int] = []
    columns: list[int] = []
    with open_source() as source:
        row, column = 0, 0
        for event, element in ElementTree.iterparse(source, events=("start", "end")):  # noqa: S314
            tag = element.tag.rsplit("}", 1)[-1]
            if event == "start":
                if tag == "row":
                    row, column = int(element.get("r") or row + 1), 0
                    if _is_hidden(element):
                        rows.append(row)
                elif tag == "c":
                    given = element.get("r")
                    column = (
                        int(column_index_from_string(coordinate_from_string(given)[0]))
                        if given
                        else column + 1
                    )
                continue
            if tag == "col" and _is_hidden(element):
                first, last = int(element.get("min") or 0), int(element.get("max") or 0)
                columns += range(first, min(last, first + 16_384) + 1)
            elif tag == "c":
                parts = {child.tag.rsplit("}", 1)[-1]: child.text for child in element}
                # A formula whose value is a text without a character says that it is a text.
                stored = parts.get("v") or "is" in parts or element.get("t") == "str"
                if "f" in parts and not ("v" in parts and stored):
                    formulas.append((row, column, f"{get_column_letter(column)}{row}"))
            elif tag == "row":
                element.clear()
    return SheetNotes(tuple(formulas), tuple(rows), tuple(columns))


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") in {"1", "true"}


def _has_sign(source: IO[bytes]) -> bool:
    held = b""
    while chunk := source.read(_CHUNK):
        if _SIGN.search(held + chunk):
            return True
        held = chunk[-_OVERLAP:]
    return False


def sheet_findings(
    notes: SheetNotes, name: str, unread: Sequence[str], header: int, width: int
) -> Iterator[Finding]:
    """Findings of sheet `name` with its header in row `header`; `unread` sheets hold something."""
    unstored = [f for f in notes.formulas if f[1] <= width and f[0] >= header]
    if unstored:
        shown = _listed([name for *_, name in unstored])
        text = f'on sheet "{name}" formulas have no stored value: {shown}'
        first_row, count, expected = unstored[0][0], len(unstored), "the value of each formula"
        yield Finding("formula-unstored", text, expected, row=first_row, count=count)
    hidden = [row for row in notes.hidden_rows if row > header]
    columns = [column for column in notes.hidden_columns if column <= width]
    parts = [
        f"row{'s' if len(hidden) > 1 else ''} {_listed(hidden)}" if hidden else "",
        f"column{'s' if len(columns) > 1 else ''} {_listed(list(map(get_column_letter, columns)))}"
        if columns
        else "",
    ]
    if any(parts):
        text = f'on sheet "{name}" {" and ".join(filter(None, parts))} hidden'
        first = hidden[0] if hidden else None
        yield Finding("workbook-hidden", text, row=first, count=len(hidden) + len(columns))
    if unread:
        text = f'"{name}" is read, and not {_listed(unread)}'
        yield Finding("workbook-rest", text, "one sheet, or `dialect.sheetName`")


def _listed(items: Sequence[Any]) -> str:
    more = f" and {len(items) - _MOST_NAMED:,} more" if len(items) > _MOST_NAMED else ""
    return ", ".join(map(str, items[:_MOST_NAMED])) + more
