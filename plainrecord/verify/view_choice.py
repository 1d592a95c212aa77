"""What the address of a view asks for, as SQL over one published file and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import mark_column
from plainrecord.receipts.engine import identifier, literal

FROM, TO, COMPARE, SHOW = "_from", "_to", "_compare", "_show"
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
    """The query of a view over the file at `path`, its conditions in words, what is unknown in it.

    `sql` is empty where no published file answers.
    """

    path: str
    sql: str
    conditions: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document that describes a page's files, and its path; values of another type are refused."""

    path: str
    values: Mapping[str, Json]

    def text(self, name: str, holder: Mapping[str, Json] | None = None) -> str:
        value = (self.values if holder is None else holder).get(name)
        if not isinstance(value, str):
            raise UnreadableViewError("view-unknown", self.path, f"{name} is not a text", "a text")
        return value

    def objects(self, name: str, holder: Mapping[str, Json] | None = None) -> list[dict[str, Json]]:
        value = (self.values if holder is None else holder).get(name)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def unknown(self, found: str, expected: str) -> Finding:
        return Finding("view-unknown", f"the address names {found}", expected, file=self.path)


def read_choice(document: Document, choice: str) -> Choice:
    """The choice after the # of an address, as the page reads it."""
    words = parse_qsl(choice, keep_blank_values=True)
    if "columns" in document.values:
        return _choose_rows(document, words)
    return (_choose_cell if "tables" in document.values else _choose_cube)(document, words)


Words = Sequence[tuple[str, str]]


def _gather(document: Document, words: Words) -> tuple[dict[str, list[str]], list[Finding]]:
    """The chosen values of each field of an explorer."""
    labels = [document.text("name", field) for field in document.objects("fields")]
    chosen: dict[str, list[str]] = {}
    findings = []
    for name, value in words:
        if name in labels:
            chosen.setdefault(name, []).append(value)
        elif name not in (FROM, TO, COMPARE, SHOW):
            findings.append(document.unknown(repr(name), f"one of {', '.join(labels)}"))
    return chosen, findings


def _label(document: Document, name: str) -> str:
    fields = document.objects("fields") + document.objects("columns")
    return next(document.text("label", one) for one in fields if one.get("name") == name)


def _where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def _choose_cube(document: Document, words: Words) -> Choice:
    """A sum over the combinations of an open table."""
    chosen, findings = _gather(document, words)
    conditions = [f"{_label(document, name)}: {' or '.join(v)}" for name, v in chosen.items()]
    tests = [
        f"{identifier(name)} IN ({', '.join(map(literal, values))})"
        for name, values in chosen.items()
    ]
    period = document.values.get("period")
    span = {name: value for name, value in words if name in (FROM, TO)}
    if span and isinstance(period, dict):
        stamp = identifier(document.text("name", period))
        for name, word, sign in ((FROM, "from", ">="), (TO, "to", "<=")):
            if name in span:
                conditions.append(f"{word} {span[name]}")
                tests.append(f"{stamp} {sign} {literal(span[name])}")
        tests.append(f"regexp_matches({stamp}, '^[0-9]')")  # what names no period is in no span
    elif span:
        findings.append(document.unknown("periods", "fields alone: there is no date"))
    count = identifier(document.text("count"))
    sql = f"SELECT coalesce(sum({count}), 0) FROM {RELATION}{_where(tests)}"
    return Choice(document.text("file"), sql, tuple(conditions), tuple(findings))


def _choose_cell(document: Document, words: Words) -> Choice:
    """One released count of a protected dataset: nothing is added."""
    chosen, findings = _gather(document, words)
    tests: list[str] = []
    conditions: list[str] = []
    for field in document.objects("fields"):
        name = document.text("name", field)
        if name not in chosen:
            continue
        entries = [
            one for one in document.objects("values", field) if one.get("name") in chosen[name]
        ]
        if len(entries) != 1 or len(chosen[name]) != 1:
            shown = " or ".join(chosen[name])
            findings.append(document.unknown(f"{name}: {shown}", "one released value"))
            continue
        conditions.append(f"{_label(document, name)}: {chosen[name][0]}")
        value, mark = entries[0].get("value"), entries[0].get("mark")
        if isinstance(value, str):
            tests.append(f"CAST({identifier(name)} AS VARCHAR) = {literal(value)}")
        else:
            tests.append(f"{identifier(name)} IS NULL")
            tests += [f"{identifier(mark_column(name))} = {literal(str(mark))}"] if mark else []
    dimensions = sorted(chosen)
    for table in document.objects("tables"):
        listed = table.get("dimensions")
        if isinstance(listed, list) and sorted(map(str, listed)) == dimensions:
            sql = f"SELECT {identifier(document.text('count'))} FROM {RELATION}{_where(tests)}"
            return Choice(document.text("file", table), sql, tuple(conditions), tuple(findings))
    labels = " and ".join(_label(document, name) for name in dimensions)
    expected = "a choice that one released table answers"
    found = document.unknown(f"{labels}, which no released table has together", expected)
    return Choice("", "", tuple(conditions), (*findings, found))


@dataclass(slots=True)
class _Filter:
    """What is chosen of a column of rows."""

    values: list[str]
    absent: list[str]
    tests: list[str]
    words: list[str]


def _choose_rows(document: Document, words: Words) -> Choice:
    """The number of rows that pass the filters of a table's page."""
    columns = {document.text("name", one): one for one in document.objects("columns")}
    filters: dict[str, _Filter] = {}
    findings = []
    for key, word in words:
        name, value = _split(columns, key, word)
        column = columns.get(name, {})
        can = column.get("filters")
        kind = {ABSENT: "", FROM: "range", TO: "range", TEXT: "text"}.get(key, "values")
        if key in (SORT, COLUMN, PAGE):
            continue
        if not column or (kind and not (isinstance(can, list) and kind in can)):
            findings.append(document.unknown(f"{key}={word}", f"one of {', '.join(columns)}"))
            continue
        one = filters.setdefault(name, _Filter([], [], [], []))
        kind_of = str(column.get("type"))
        if key == ABSENT:
            one.absent.append(value)
        elif key == TEXT:
            test = f"contains(lower({identifier(name)}), lower({literal(value)}))"
            one.tests.append(test)
            one.words.append(f"contains {value}")
        elif key in (FROM, TO):
            test = _limit(name, kind_of, value, ">=" if key == FROM else "<=")
            if not test:
                found = f"{key}={word}"
                findings.append(document.unknown(found, f"a limit for a {kind_of}"))
                continue
            one.tests.append(test)
            one.words.append(f"{key[1:]} {value}")
        else:
            one.values.append(value)
    tests: list[str] = []
    conditions: list[str] = []
    for name, one in filters.items():
        tests += [*_list_tests(columns[name], name, one), *one.tests]
        listed = " or ".join([*one.values, *(mark or "no value" for mark in one.absent)])
        told = ", ".join([*([listed] if listed else []), *one.words])
        conditions.append(f"{_label(document, name)}: {told}")
    sql = f"SELECT count(*) FROM {RELATION}{_where(tests)}"
    return Choice(document.text("file"), sql, tuple(conditions), tuple(findings))


def _split(columns: Mapping[str, object], key: str, word: str) -> tuple[str, str]:
    """The column and the value of a part of an address; "" where it names no column."""
    if key not in (ABSENT, FROM, TO, TEXT):
        return key, word
    names = sorted(columns, key=len, reverse=True)
    name = next((name for name in names if word.startswith(f"{name}:")), "")
    return name, word[len(name) + 1 :]


def _list_tests(column: Mapping[str, Json], name: str, chosen: _Filter) -> Iterator[str]:
    """The condition for listed values and reasons of absence."""
    field, mark = identifier(name), column.get("mark")
    plain = f"CAST({field} AS VARCHAR)" if column.get("type") in _NOT_TEXT else field
    listed = []
    if chosen.values:
        listed.append(f"{plain} IN ({', '.join(map(literal, chosen.values))})")
    if chosen.absent:
        marks = ", ".join(map(literal, chosen.absent))
        marked = f" AND {identifier(str(mark))} IN ({marks})" if mark else ""
        listed.append(f"({field} IS NULL{marked})")
    if listed:
        yield f"({' OR '.join(listed)})"


def _limit(name: str, kind: str, value: str, sign: str) -> str:
    """The condition for the smallest or largest value; "" where `value` is none."""
    field = identifier(name)
    if kind in ("date", "datetime"):
        column = f"CAST({field} AS DATE)"
        return f"{column} {sign} {literal(value)}" if _DAY.fullmatch(value) else ""
    if kind == "yearmonth":
        return f"{field} {sign} {literal(value)}" if _MONTH.fullmatch(value) else ""
    return f"{field} {sign} {value}" if _NUMERAL.fullmatch(value) else ""
