"""Find values that differ in spelling only, and dates written in several ways."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from plainrecord.core.cut_texts import cut_apart, look_alike
from plainrecord.findings.finding import Finding

SHAPES = {
    "2026-01-31": r"[12]\d{3}-\d{1,2}-\d{1,2}(?:[T ].*)?",
    "1/31/2026": r"\d{1,2}/\d{1,2}/\d{4}(?: .*)?",
    "1/31/26": r"\d{1,2}/\d{1,2}/\d{2}(?: .*)?",
    "31.1.2026": r"\d{1,2}\.\d{1,2}\.\d{4}(?: .*)?",
    "2026/01/31": r"[12]\d{3}/\d{1,2}/\d{1,2}(?: .*)?",
    "31-Jan-2026": r"\d{1,2}-[A-Za-z]{3}-\d{2,4}(?: .*)?",
    "January 31, 2026": r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}",
    "31 January 2026": r"\d{1,2} [A-Z][a-z]{2,8} \d{4}",
}
_SHAPED = re.compile("|".join(f"(?P<shape{n}>{p})" for n, p in enumerate(SHAPES.values())))
_SHAPES_BY_GROUP = {f"shape{n}": shape for n, shape in enumerate(SHAPES)}
LONGEST_SHOWN = 60
Seen = tuple[int, int, int, str]
"""How many, then file, row and text of the first."""


def fold_spelling(text: str) -> str:
    """`text` without differences of case, blanks, punctuation and accents."""
    plain = text
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        plain = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", plain.casefold()).split())


def show_apart(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts in quotes, so that a reader sees where they differ.

    Long texts are cut around the first character that differs. Where they look the same (an accent
    as a character of its own), characters outside ASCII are written as their codes.
    """
    start, parts = cut_apart(texts, LONGEST_SHOWN)
    alike = look_alike(parts)
    shown = []
    for text, part in zip(texts, parts, strict=True):
        end = "…" if start + LONGEST_SHOWN < len(text) else ""
        quoted = ascii(part) if alike else repr(part)
        shown.append(f"{quoted[0]}{'…' if start else ''}{quoted[1:-1]}{end}{quoted[-1]}")
    return tuple(shown)


def find_respellings(name: str, values: dict[str, Seen], files: Sequence[str]) -> Iterator[Finding]:
    """Values that differ in spelling only, in a column that looks like one of categories."""
    total = sum(seen[0] for seen in values.values())
    if len(values) > max(20, total // 2):
        return
    groups: dict[str, list[str]] = defaultdict(list)
    for text in values:
        if folded := fold_spelling(text):
            groups[folded].append(text)
    twins = sorted(
        (group for group in groups.values() if len(group) > 1),
        key=lambda group: min(values[text][1:] for text in group),
    )
    if not twins:
        return
    rarer = 0
    shown = []
    for group in twins:
        group.sort(key=lambda text: (-values[text][0], text))
        rarer += sum(values[text][0] for text in group[1:])
        shown.append(" and ".join(show_apart(group[:3])))
    first = values[twins[0][1]]
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    yield Finding(
        "category-respelt",
        f"{'; '.join(shown[:3])}{more} differ only in spelling",
        "one spelling for one thing",
        file=files[first[1]],
        row=first[2],
        field=name,
        cell=twins[0][1][:300],
        count=rarer,
    )


def mixed_dates(name: str, values: dict[str, Seen], files: Sequence[str]) -> Iterator[Finding]:
    """Dates written in more than one way, in a column where most values are dates."""
    shapes: dict[str, list[Seen]] = defaultdict(list)
    for text, seen in values.items():
        if text[:1].isalnum() and (shaped := _SHAPED.fullmatch(text)):
            shapes[_SHAPES_BY_GROUP[shaped.lastgroup or ""]].append(seen)
    total = sum(seen[0] for seen in values.values())
    dated = {shape: sum(seen[0] for seen in texts) for shape, texts in shapes.items()}
    if len(dated) < 2 or 2 * sum(dated.values()) < total:
        return
    ordered = sorted(dated, key=lambda shape: (-dated[shape], shape))
    _, file, row, text = min(shapes[ordered[-1]], key=lambda seen: seen[1:])
    yield Finding(
        "mixed-dates",
        "dates are written " + ", ".join(f"like {s} ({dated[s]:,})" for s in ordered),
        "one way of writing dates",
        file=files[file],
        row=row,
        field=name,
        cell=text[:300],
        count=sum(dated.values()) - dated[ordered[0]],
    )
