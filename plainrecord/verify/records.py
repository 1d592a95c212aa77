"""Compare pages of records for programs with the JSON download of their table."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from plainrecord.core.strict_json import Json, items_in, parse_json
from plainrecord.findings.finding import Finding

_PAGE = re.compile(r"[0-9]{1,9}\.json")


def compare_records(
    pages: Mapping[str, Mapping[str, Json]], home: tuple[str, str], table: bytes
) -> Iterator[Finding]:
    """The pages of records of a table, by their paths: each record once, all of a stretch of days.

    `home` is the dataset and the table, `table` the JSON download. A page at another address must
    be the first one.
    """
    folder = f"api/v1/datasets/{home[0]}/records/{home[1]}"
    numbered = {
        path: document
        for path, document in pages.items()
        if posixpath.dirname(path) == folder and _PAGE.fullmatch(posixpath.basename(path))
    }
    first = f"{folder}/1.json"

    def report(path: str, found: str, expected: str) -> Finding:
        return Finding("document-differs", found, expected, file=path)

    try:
        listed = parse_json(table)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or first not in numbered:
        sources = f"the records of datasets/{home[0]}/downloads/{home[1]}.json"
        yield report(min(pages), f"it has records of {home[0]}.{home[1]}", sources)
        return
    head = {key: numbered[first].get(key) for key in ("from", "to", "total", "pages")}
    places = [f"{folder}/{number}.json" for number in range(1, len(numbered) + 1)]
    shown: Counter[str] = Counter()
    for path, document in sorted(pages.items()):
        target = path if path in numbered else first
        stated: dict[str, Json] = {key: document.get(key) for key in head}
        number = places.index(target) + 1 if target in places else 0
        following = urljoin(f"/{path}", str(document.get("next"))) if document.get("next") else ""
        after = f"/{places[number]}" if 0 < number < len(places) else ""
        if stated != head or document.get("page") != number or following != after:
            found = f"it states that it is page {document.get('page')} with {stated}, before {following!r}"
            yield report(path, found, f"page {number} with {head}, before {after!r}")
        if target != path and document.get("records") != numbered[first].get("records"):
            yield report(path, "its records are others", f"those of {first}")
        if target == path:
            shown.update(map(repr, items_in(document, "records")))
    wanted_rows = _choose(listed, head)
    total = sum(shown.values())
    if head["pages"] != len(places) or head["total"] != total or shown not in wanted_rows:
        others = shown - Counter(map(repr, listed))
        found = f"{total:,} records from {head['from']} to {head['to']}"
        found += f", and {others.total():,} that the table has not" if others else ""
        yield report(first, found, "each record of these days as the JSON download has it")


def _choose(listed: list[Json], head: Mapping[str, Json]) -> Iterator[Counter[str]]:
    """The records from a day on, by each field that holds the last day."""
    rows = [row for row in listed if isinstance(row, dict)]
    for name in rows[0] if rows else ():
        days = [str(row.get(name))[:10] if row.get(name) is not None else "" for row in rows]
        if max(days) == str(head["to"]):
            later = zip(rows, days, strict=True)
            yield Counter(repr(row) for row, day in later if day and day >= str(head["from"]))
