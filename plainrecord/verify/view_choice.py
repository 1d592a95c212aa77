"""What the address of a view asks for, as SQL over one published file and in words."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qsl, urlencode

from plainrecord.core.periods import parse_period
from plainrecord.findings.finding import Finding
from plainrecord.model.explorer import ExplorerDocument, ExplorerRate
from plainrecord.model.packages import mark_column
from plainrecord.model.rows import RowsColumn, RowsDocument
from plainrecord.model.views import VERSION
from plainrecord.receipts.engine import identifier, literal

FROM, TO, COMPARE, SHOW = "_from", "_to", "_compare", "_show"
SHARES = ("number", "share", "index")
"""What a view can show of its count."""
RATE = "rate."
"""How a view begins that shows a rate, whose name follows; its query also gives the two counts."""
ABSENT, TEXT, SORT, COLUMN, PAGE = "_absent", "_text", "_sort", "_column", "_page"
_NUMERAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY, _MONTH = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), re.compile(r"\d{4}-\d{2}", re.ASCII)
_NOT_TEXT = ("integer", "year", "boolean", "date", "time")
RELATION = identifier("view")
"""The name of the file in the query."""


class UnreadableViewError(Exception):
    """A file of the site that cannot be used: which, and why."""

    def __init__(self, rule: str, file: str, found: str, expected: str) -> None:
        super().__init__(found)
        self.finding = Finding(rule, found, expected, file=file)


@dataclass(frozen=True, slots=True)
class Choice:
    """A view's query over `path` ("" for no file), its conditions, what is unknown in it.

    `impossible` is a query that has a row if what is chosen cannot occur; "" where there is none.
    """

    path: str
    sql: str
    conditions: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    rate: ExplorerRate | None = None
    impossible: str = ""


Words = Sequence[tuple[str, str]]
Known = Mapping[str, Collection[str]]
Unknown = Callable[[str, str], Finding]


def read_choice(
    document: ExplorerDocument | RowsDocument, path: str, choice: str, known: Known
) -> Choice:
    """The choice after the # of an address, as the page reads it; `path` is that of its document.

    `known` has the values of each column of combinations.
    """
    words = _read_words(choice)
    unknown = partial(_unknown, path)
    if isinstance(document, RowsDocument):
        return _choose_rows(document, words, unknown)
    if document.tables:
        return _choose_cell(document, words, unknown)
    return _choose_cube(document, words, unknown, known)


def first_word(choice: str, key: str) -> str | None:
    """What an address says of a key the first time; None where it does not name it."""
    return next((v for k, v in _read_words(choice) if k == key), None)


def _read_words(choice: str) -> list[tuple[str, str]]:
    """The keys and values of a choice, as a browser reads them (`URLSearchParams`)."""
    return parse_qsl(choice.removeprefix("?"), keep_blank_values=True)


def compared_choice(
    document: ExplorerDocument, path: str, choice: str, known: Known
) -> tuple[str, tuple[Finding, ...]]:
    """The choice that a view is compared with, "" where there is none or its value is unknown."""
    compared = first_word(choice, COMPARE)
    if not compared:
        return "", ()
    name, _, value = compared.partition("\x1f")
    column = next((one for one in document.fields if one.name == name), None)
    values = known.get(name) or [one.name for one in column.values] if column else []
    if value not in values:
        problem = _unknown(path, f"{COMPARE}={name}: {value}", "a value to compare with")
        return "", (problem,)
    words = [(k, v) for k, v in _read_words(choice) if k not in (name, COMPARE)]
    return urlencode([*words, (name, value)]), ()


def _unknown(path: str, found: str, expected: str) -> Finding:
    return Finding("view-unknown", f"the address names {found}", expected, file=path)


def _gather(
    document: ExplorerDocument, words: Words, unknown: Unknown
) -> tuple[dict[str, list[str]], list[Finding]]:
    """The chosen values of each field of an explorer."""
    chosen: dict[str, list[str]] = {}
    findings = []
    for name, value in words:
        if name in document.labels:
            values = chosen.setdefault(name, [])
            values += [value] if value not in values else []
        elif name not in (FROM, TO, COMPARE, SHOW, VERSION):
            findings.append(unknown(repr(name), f"one of {', '.join(document.labels)}"))
    return chosen, findings


def _where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""


MOST_PERIODS = 2400
"""A page offers so many periods together with those between them that have no record."""


def _list_periods(values: Collection[str]) -> set[str]:
    """The periods that a page offers to choose from: all from the first to the last."""
    stamps = sorted(value for value in values if value[:1].isdecimal())
    if not stamps:
        return set()
    each = 1 if len(stamps[0]) == 4 else 4 if stamps[0][5] == "Q" else 12
    first, last = (
        int(stamp[:4]) * each + int(stamp[5:].replace("Q", "") or 1) - 1
        for stamp in (stamps[0], stamps[-1])
    )
    if last - first >= MOST_PERIODS:
        return set(stamps)
    part = {1: "", 4: "-Q{}", 12: "-{:02}"}[each]
    return {f"{n // each:04}" + part.format(n % each + 1) for n in range(first, last + 1)}


def _choose_cube(
    document: ExplorerDocument, words: Words, unknown: Unknown, known: Known
) -> Choice:
    """A sum over the combinations of an open table; what they do not have is left out."""
    chosen, findings = _gather(document, words, unknown)
    for name, values in list(chosen.items()):
        for value in [value for value in values if value not in known[name]]:
            findings.append(unknown(f"{name}: {value}", "a value of the records"))
            values.remove(value)
        if not values:
            del chosen[name]
    conditions = [
        f"{document.labels[name]}: {document.name_values(name, v)}" for name, v in chosen.items()
    ]
    tests = [
        f"{identifier(name)} IN ({', '.join(map(literal, values))})"
        for name, values in chosen.items()
    ]
    span = {name: value for name, value in reversed(words) if name in (FROM, TO)}
    if span and document.period:
        stamp = identifier(document.period.name)
        offered = _list_periods(known[document.period.name])
        for name in [name for name, value in span.items() if value not in offered]:
            if value := span.pop(name):
                findings.append(unknown(f"{name}={value}", "a period of the records"))
        if span.get(FROM, "") > span.get(TO, "~"):
            span = {FROM: span[TO], TO: span[FROM]}
        for name, word, sign in ((FROM, "from", ">="), (TO, "to", "<=")):
            if name in span:
                conditions.append(f"{word} {span[name]}")
                tests.append(f"{stamp} {sign} {literal(span[name])}")
        tests.append(f"regexp_matches({stamp}, '^[0-9]')")  # what names no period is in no span
    elif span:
        findings.append(unknown("periods", "fields alone: there is no date"))
    shown = dict(reversed(words)).get(SHOW, "number")
    rate = next((item for item in document.rates if shown == f"{RATE}{item.name}"), None)
    if rate is None and shown not in SHARES:
        findings.append(unknown(f"{SHOW}={shown}", f"{', '.join(SHARES)} or a rate of the page"))
    names = [document.count, *([rate.numerator, rate.denominator] if rate else [])]
    sums = ", ".join(f"coalesce(sum({identifier(name)}), 0)" for name in names)
    sql = f"SELECT {sums} FROM {RELATION}{_where(tests)}"
    return Choice(document.file, sql, tuple(conditions), tuple(findings), rate)


def _choose_cell(document: ExplorerDocument, words: Words, unknown: Unknown) -> Choice:
    """One released count of a protected dataset: nothing is added."""
    chosen, findings = _gather(document, words, unknown)
    given = dict(reversed(words))
    for name, usual in ((FROM, ""), (TO, ""), (SHOW, "number")):
        if given.get(name, usual) != usual:
            findings.append(unknown(f"{name}={given[name]}", "numbers of all times"))
    tests: list[str] = []
    conditions: list[str] = []
    for column in document.fields:
        shown = chosen.get(column.name, [])
        entries = [entry for value in shown for entry in column.values if entry.name == value]
        if len(entries) != len(shown) or len(entries) > 1:
            findings.append(unknown(f"{column.name}: {' or '.join(shown)}", "one released value"))
        if not entries:
            chosen.pop(column.name, None)
        for entry in entries[:1]:
            conditions.append(f"{column.label}: {document.name_values(column.name, [entry.name])}")
            name, mark = identifier(column.name), identifier(mark_column(column.name))
            if entry.value is not None:
                tests.append(f"CAST({name} AS VARCHAR) = {literal(entry.value)}")
                continue
            tests.append(f"{name} IS NULL")
            tests += [f"{mark} = {literal(entry.mark)}"] if entry.mark else []
    for table in document.tables:
        if {*table.dimensions} == {*chosen}:
            sql = f"SELECT {identifier(document.count)} FROM {RELATION}{_where(tests)}"
            mark = f"{identifier(mark_column(document.count))} = {literal(table.impossible)}"
            found = f"SELECT 1 FROM {RELATION}{_where([*tests, mark])}" if table.impossible else ""
            return Choice(table.file, sql, tuple(conditions), tuple(findings), impossible=found)
    labels = " and ".join(document.labels[name] for name in chosen)
    expected = "a choice that one released table answers"
    problem = unknown(f"{labels}, which no released table has together", expected)
    return Choice("", "", tuple(conditions), (*findings, problem))


@dataclass(slots=True)
class _Filter:
    """What is chosen of a column of rows: of limits and texts, the last of each key."""

    values: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    tests: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def _choose_rows(document: RowsDocument, words: Words, unknown: Unknown) -> Choice:
    """The number of rows that pass the filters of a table's page."""
    columns = {column.name: column for column in document.columns}
    filters: dict[str, _Filter] = {}
    findings = []
    for key, word in words:
        name, value = _split(columns, key, word)
        column = columns.get(name)
        kind = {ABSENT: "", FROM: "range", TO: "range", TEXT: "text"}.get(key, "values")
        if key in (PAGE, VERSION):
            continue
        if key in (SORT, COLUMN):
            if (word.removesuffix(":down") if key == SORT else word) not in columns:
                findings.append(unknown(f"{key}={word}", f"one of {', '.join(columns)}"))
            continue
        if not column or (kind and kind not in column.filters):
            findings.append(unknown(f"{key}={word}", f"one of {', '.join(columns)}"))
            continue
        one = filters.get(name) or _Filter()
        if key == ABSENT:
            one.absent.append(value)
        elif kind == "values":
            one.values.append(value)
        elif test := _test(column, key, value):
            one.tests[key] = test
            one.words[key] = f"contains {value}" if key == TEXT else f"{key[1:]} {value}"
        else:
            expected = "a text" if key == TEXT else f"a limit for a {column.type}"
            findings.append(unknown(f"{key}={word}", expected))
            continue
        filters[name] = one
    tests: list[str] = []
    conditions: list[str] = []
    for name, one in filters.items():
        tests += [*_list_tests(columns[name], one), *one.tests.values()]
        listed = " or ".join([*one.values, *(mark or "no value" for mark in one.absent)])
        choices = ", ".join([*([listed] if listed else []), *one.words.values()])
        conditions.append(f"{columns[name].label}: {choices}")
    sql = f"SELECT count(*) FROM {RELATION}{_where(tests)}"
    return Choice(document.file, sql, tuple(conditions), tuple(findings))


def _split(columns: Mapping[str, object], key: str, word: str) -> tuple[str, str]:
    """The column and the value of a part of an address; "" where it names no column."""
    if key not in (ABSENT, FROM, TO, TEXT):
        return key, word
    names = sorted(columns, key=len, reverse=True)
    name = next((name for name in names if word.startswith(f"{name}:")), "")
    return name, word[len(name) + 1 :]


def _list_tests(column: RowsColumn, chosen: _Filter) -> Iterator[str]:
    """The condition for listed values and reasons of absence."""
    field = identifier(column.name)
    plain = f"CAST({field} AS VARCHAR)" if column.type in _NOT_TEXT else field
    listed = []
    if chosen.values:
        listed.append(f"{plain} IN ({', '.join(map(literal, chosen.values))})")
    if chosen.absent:
        marks = ", ".join(map(literal, chosen.absent))
        marked = f" AND {identifier(column.mark)} IN ({marks})" if column.mark else ""
        listed.append(f"({field} IS NULL{marked})")
    if listed:
        yield f"({' OR '.join(listed)})"


def _test(column: RowsColumn, key: str, value: str) -> str:
    """The condition for a part of a text, or for the smallest or largest value; "" where `value`
    is none."""
    name, sign = identifier(column.name), ">=" if key == FROM else "<="
    if key == TEXT:
        return f"contains(lower({name}), lower({literal(value)}))" if value else ""
    if column.type in ("date", "datetime"):
        day = _DAY.fullmatch(value) and parse_period(value)
        return f"CAST({name} AS DATE) {sign} {literal(value)}" if day else ""
    if column.type == "yearmonth":
        return f"{name} {sign} {literal(value)}" if _MONTH.fullmatch(value) else ""
    return f"{name} {sign} {value}" if _NUMERAL.fullmatch(value) else ""
