"""Find characters that nobody sees: controls, marks of direction, characters without a width."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Field
from plainrecord.readers.batches import text_column
from plainrecord.readers.column_bytes import bytes_of

_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x61C, 0x61C),
    (0x180E, 0x180E),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)
"""Not tab and line ends; and not the joiners U+200C and U+200D, which some scripts and emoji need."""

_HIDDEN = re.compile("[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in _RANGES) + "]")
_PATTERN = "[" + "".join(rf"\x{{{a:x}}}-\x{{{b:x}}}" for a, b in _RANGES) + "]"


class HiddenCharacters:
    """Counts the cells of one file that hold such characters, column by column."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int, str]] = {}

    def count(self, batch: pa.RecordBatch) -> None:
        """Count the cells of a batch; the bytes of most columns are all printable ASCII."""
        for number in range(batch.num_columns - 2):
            column = text_column(batch, f"c{number}")
            data, _ = bytes_of(column)
            if not len(data) or (data.min() >= ord(" ") and data.max() < 0x7F):
                continue
            matching = pc.match_substring_regex(column, _PATTERN).fill_null(False)
            matches = cast("pa.BooleanArray", matching)
            if not matches.true_count:
                continue
            at = matches.index(True).as_py()
            row, text = batch.column("row")[at].as_py(), column[at].as_py()
            count, *first = self._seen.get(number, (0, row, text))
            self._seen[number] = (count + matches.true_count, *min([tuple(first), (row, text)]))

    def findings(self, names: Sequence[str], labels: Iterable[str]) -> Iterator[Finding]:
        """A warning for each column, whose names are `names`, and one for the `labels`."""
        for number, (count, row, text) in sorted(self._seen.items()):
            many = "1 cell contains" if count == 1 else f"{count:,} cells contain"
            name = names[number] if number < len(names) else ""
            found = f"{many} invisible characters, such as {_named(text)}"
            yield Finding(
                "hidden-character", found, row=row, field=name, field_number=number + 1, count=count
            )
        odd = [label for label in labels if _HIDDEN.search(label)]
        if odd:
            text = f"a label contains an invisible character: {_named(odd[0])} in {odd[0]!a:.80}"
            yield Finding("hidden-character", text, count=len(odd))


def hidden_in_schema(fields: Iterable[Field]) -> Iterator[Finding]:
    """A warning for each field whose name, listed values or labels hold such characters."""
    for field in fields:
        allowed = field.constraints.get("enum")
        texts = [
            field.name,
            *(allowed if isinstance(allowed, list) else ()),
            *(part for category in field.categories for part in (category.value, category.label)),
            *(mark.value for mark in field.missing_values),
        ]
        odd = [text for text in texts if isinstance(text, str) and _HIDDEN.search(text)]
        if odd:
            text = f"the schema contains an invisible character: {_named(odd[0])} in {odd[0]!a:.80}"
            yield Finding("hidden-character", text, field=field.name, count=len(odd))


def _named(text: str) -> str:
    match = _HIDDEN.search(text)
    return f"U+{ord(match.group()):04X}" if match else ""
