"""A dataset's descriptor, drafted from the profiles of its tables.

What the tables show is stated (types, periods, keys, categories); what only a person can answer
becomes a question. No reason, licence or meaning is invented.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from plainrecord.authoring.columns import Column
from plainrecord.authoring.personal_data import KINDS
from plainrecord.ground.engine import identifier, literal
from plainrecord.model.packages import Json

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
EMPTY: Json = {"value": "", "label": "Missing", "kind": "missing"}
THRESHOLD = 11
MOST_CATEGORIES = 25
BARS = range(2, 26)
"""How many values a field may have for a bar chart of them."""

_ACRONYMS = {
    *("id", "fips", "zip", "ssn", "dob", "url", "ori", "uuid", "gps", "vin", "foia", "ice"),
    *("cbp", "dhs", "doj", "fbi", "uk", "us", "eu", "gdp", "nypd", "naics"),
}
_TELLING = (
    *("outcome", "disposition", "result", "reason", "offense", "offence", "violation", "charge"),
    *("type", "category", "kind", "status", "method", "problem", "cause", "class", "program"),
    *("agency", "department", "office", "force", "precinct", "district", "region", "facility"),
    *("race", "ethnicity", "gender", "sex"),
)
"""Words of the labels that readers ask for first, in this order."""

_OFFICES = {"agency", "office", "force", "department", "precinct", "district", "station", "aor"}
_SUMS = {"total", "count", "number", "population", "amount", "cost", "budget", "persons", "people"}
_AGES = (0, 18, 25, 35, 45, 55, 65, 120)


@dataclass(frozen=True, slots=True)
class ProfiledTable:
    """One table of a dataset: `name` of its resource, `path` below the dataset's folder, how it is
    read (`resource` holds format, encoding, dialect as in a descriptor), and what it holds."""

    name: str
    path: str
    resource: Mapping[str, Json]
    columns: tuple[Column, ...]
    rows: int
    key: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said: title, publisher with an address, licence, what a row is, and how people
    are protected.

    `opened` is the reason to publish without protection, `protect` asks for it; with neither the
    dataset stays a draft.
    """

    title: str = ""
    publisher: str = ""
    licence: str = ""
    email: str = ""
    row: str = ""
    protect: bool = False
    opened: str = ""


@dataclass(frozen=True, slots=True)
class DatasetDraft:
    """A descriptor, what must be answered before it is published, and what would make it better."""

    name: str
    descriptor: Mapping[str, Json]
    questions: tuple[str, ...]
    suggestions: tuple[str, ...]
    identifiers: tuple[str, ...] = field(default=())


def draft_dataset(name: str, tables: Sequence[ProfiledTable], answers: Answers) -> DatasetDraft:
    """The draft of the dataset `name` with these tables; figures and charts are of the first."""
    main = max(tables, key=lambda table: (table.rows > 0, len(table.columns) > 1, table.rows))
    unit = answers.row or "record"
    identifiers = _identifiers(tables) if answers.protect else ()
    decided = answers.protect or bool(answers.opened)
    view = _View(main, unit, identifiers, answers.protect)
    own: dict[str, Json] = {
        "summary": view.summary(),
        "unit": unit,
    }
    if not decided:
        own["publish"] = False
    if view.date is not None and view.date.least:
        own["coverage"] = view.coverage()
    if answers.protect:
        own["privacy"] = _policy(tables, identifiers)
    elif answers.opened:
        own["privacy"] = {"open": answers.opened}
    # Figures name their table; everything else takes the first one unless it says which.
    at: dict[str, Json] = {} if main is tables[0] else {"resource": main.name}
    own["figures"] = list(view.figures())
    own["charts"] = [{**made, **at} for made in view.charts()]
    compared = view.comparison()
    own["comparison"] = {**compared, **at} if compared else {}
    own["plausibility"] = [{**made, **at} for made in view.rules()]
    questions = list(_questions(tables, decided=decided, licence=answers.licence))
    if questions:
        own["questions"] = list(questions)
    title = _shown(name)
    descriptor: dict[str, Json] = {
        "$schema": PROFILE,
        "name": name,
        "title": title,
    }
    if answers.licence:
        descriptor["licenses"] = [licence_of(answers.licence)]
    descriptor["resources"] = [_resource(table) for table in tables]
    descriptor["plainrecord"] = {key: value for key, value in own.items() if value not in ([], {})}
    return DatasetDraft(
        name,
        descriptor,
        tuple(questions),
        tuple(_suggestions(tables, view, opened=bool(answers.opened))),
        identifiers,
    )


LICENCES: Mapping[str, tuple[str, str]] = {
    "CC0-1.0": ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "ODbL-1.0": (
        "Open Database License 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    "ODC-BY-1.0": (
        "Open Data Commons Attribution 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
    ),
    "PDDL-1.0": (
        "Public Domain Dedication and License 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
    ),
    "OGL-UK-3.0": (
        "Open Government Licence 3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
}
"""Licences by their usual names; any other is taken as its title."""


def licence_of(said: str) -> dict[str, Json]:
    """The licence as an object of the descriptor: a known name, an address, or a title."""
    for name, (title, path) in LICENCES.items():
        if said.strip().lower().replace(" ", "-") in (
            name.lower(),
            title.lower().replace(" ", "-"),
        ):
            return {"name": name, "title": title, "path": path}
    if re.match(r"https?://", said):
        return {"title": said, "path": said}
    return {"name": re.sub(r"[^A-Za-z0-9.-]+", "-", said).strip("-") or "other", "title": said}


def _resource(table: ProfiledTable) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "missingValues": [EMPTY],
        "fields": [_field(column) for column in table.columns],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {"name": table.name, "path": table.path, **table.resource, "schema": schema}


def _field(column: Column) -> dict[str, Json]:
    drafted: dict[str, Json] = {"name": column.name, "type": column.type}
    if column.format != "default":
        drafted["format"] = column.format
    drafted["title"] = shown_label(column.name)
    drafted |= column.options
    if column.is_category and column.type == "string" and column.distinct <= MOST_CATEGORIES:
        drafted["categories"] = [*sorted(value for value, _ in column.top)]
    if column.placeholders:
        marks: list[Json] = [EMPTY]
        for mark in column.placeholders:
            marks.append({"value": mark.value, "label": mark.label, "kind": mark.kind})
        drafted["missingValues"] = marks
    constraints: dict[str, Json] = {}
    if column.rows and column.filled == column.rows:
        constraints["required"] = True
        if column.is_unique and column.rows > 1 and column.type in ("string", "integer"):
            constraints["unique"] = True
    if constraints:
        drafted["constraints"] = constraints
    return drafted


def shown_label(name: str) -> str:
    """A column's name as a reader would write it: `DATE_OF_STOP` -> "Date of stop"."""
    spaced = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", name)
    words = re.sub(r"[\s_.]+", " ", spaced).strip().split(" ")
    shouted = name.upper() == name and any(len(word) > 3 for word in words)
    told = [
        word.upper()
        if word.lower() in _ACRONYMS
        else word.lower()
        if shouted or (word[:1].isupper() and word[1:].islower())
        else word
        for word in words
    ]
    text = " ".join(told)
    return text[:1].upper() + text[1:]


def _shown(name: str) -> str:
    text = name.replace("-", " ")
    return text[:1].upper() + text[1:]


def _identifiers(tables: Sequence[ProfiledTable]) -> tuple[str, ...]:
    """The fields that name a person or a place to the metre, and those that number each row."""
    return tuple(
        dict.fromkeys(
            column.name
            for table in tables
            for column in table.columns
            if column.person
            or (column.is_unique and column.type in ("string", "integer") and column.rows > 1)
        )
    )


def _policy(tables: Sequence[ProfiledTable], identifiers: Sequence[str]) -> dict[str, Json]:
    policy: dict[str, Json] = {"identifiers": list(identifiers)}
    coarsen: dict[str, Json] = {}
    for column in (column for table in tables for column in table.columns):
        if column.name in identifiers:
            continue
        if column.is_date:
            coarsen[column.name] = {"field": column.name, "method": "month"}
        elif column.type == "integer" and "age" in column.words:
            cut: dict[str, Json] = {"field": column.name, "method": "brackets"}
            coarsen[column.name] = {**cut, "edges": list(_AGES)}
    if coarsen:
        policy["coarsen"] = list(coarsen.values())
    policy["threshold"] = THRESHOLD
    return policy


class _View:
    """The columns of the main table that figures and charts can use, and what they make of them."""

    def __init__(
        self, table: ProfiledTable, unit: str, identifiers: Sequence[str], protect: bool
    ) -> None:
        self.table = table
        self.unit = unit
        self.protect = protect
        self.columns = [c for c in table.columns if c.name not in identifiers and c.filled]
        self.dates = [c for c in self.columns if c.is_date and c.distinct > 1]
        self.date = max(self.dates, key=lambda c: (c.filled, -self.columns.index(c)), default=None)
        self.months = next(
            (c for c in self.columns if c.type == "yearmonth" and c.distinct > 1), None
        )
        self.categories = sorted(
            (
                c
                for c in self.columns
                if c.is_category and c.distinct in BARS and c.place != "state"
            ),
            key=_rank,
        )
        self.state = next((c for c in self.columns if c.place == "state" and c.distinct > 3), None)
        self.sums = [
            c
            for c in self.columns
            if c.type in ("integer", "number")
            and set(c.words) & _SUMS
            and not c.is_unique
            and c.least
            and float(c.least) >= 0
        ]

    @property
    def units(self) -> str:
        """The unit in the plural, as a title begins with it."""
        text = plural(self.unit)
        return text[:1].upper() + text[1:]

    def summary(self) -> str:
        """One true sentence without a number: what a row is, of which time, with what."""
        start = f"One row is one {self.unit}" if self.unit != "record" else "Records"
        span = ""
        if self.date is not None and self.date.least:
            span = f" from {_month(self.date.least)} to {_month(self.date.most)}"
        if self.unit != "record":
            span = f". The records run{span}" if span else ""
        named = [
            shown_label(c.name).lower()
            for c in (*self.categories, *([self.state] if self.state else []))[:3]
        ]
        with_ = f", with {listed(named)}" if named else ""
        if not span and not named:
            shown = [shown_label(c.name).lower() for c in self.columns[:4]]
            with_ = f", with {listed(shown)}" if shown else ""
        return f"{start}{span}{with_}."

    def coverage(self) -> dict[str, Json]:
        """The first and the last day; of protected records the months they fall in, whole."""
        least, most = (self.date.least[:10], self.date.most[:10]) if self.date else ("", "")
        try:
            first, last = date.fromisoformat(least), date.fromisoformat(most)
        except ValueError:
            return {"from": least, "to": most}
        if self.protect:
            first = first.replace(day=1)
            last = last.replace(day=monthrange(last.year, last.month)[1])
        return {"from": first.isoformat(), "to": last.isoformat()}

    def figures(self) -> Iterator[dict[str, Json]]:
        """The number of rows, a sum, the share of the largest group, the newest date."""
        relation = identifier(self.table.name)
        yield {"name": "total", "title": self.units, "sql": f"SELECT count(*) FROM {relation}"}
        for column in self.sums[:1]:
            yield {
                "name": "sum",
                "title": f"{shown_label(column.name)}, sum of all rows",
                "unit": shown_label(column.name).lower(),
                "format": "integer" if column.type == "integer" else "decimal",
                "sql": f"SELECT sum({identifier(column.name)}) FROM {relation}",
            }
        for column in self.categories[:1]:
            if column.type != "string":
                continue
            value, _ = column.top[0]
            yield {
                "name": "largest-group",
                "title": f"{shown_label(column.name)}: {value}",
                "format": "percent",
                "note": "Share of all rows, also of those where this is not filled in.",
                "sql": (
                    f"SELECT avg(CASE WHEN {identifier(column.name)} = {literal(value)} "
                    f"THEN 1.0 ELSE 0 END) FROM {relation}"
                ),
            }
        if self.date is not None and not self.protect:
            yield {
                "name": "newest",
                "title": f"Newest {shown_label(self.date.name).lower()}",
                "format": "date",
                "sql": f"SELECT max({identifier(self.date.name)})::DATE FROM {relation}",
            }

    def charts(self) -> Iterator[dict[str, Json]]:
        """Two to four charts where the columns allow them: over time, by group, by state."""
        if self.date is not None:
            # The privacy policy cuts dates to the month: they are not dates any more.
            period = "month" if self.protect else _period(self.date)
            yield {
                "name": "over-time",
                "title": f"{self.units} by {period}",
                "kind": "line",
                "x": self.date.name,
                **({} if self.protect else {"period": period}),
            }
        elif self.months is not None:
            yield {
                "name": "over-time",
                "title": f"{self.units} by month",
                "kind": "line",
                "x": self.months.name,
            }
        if self.state is not None:
            yield {
                "name": "by-state",
                "title": f"{self.units} by state",
                "kind": "tile-map",
                "x": self.state.name,
            }
        most = 3 if self.date is None else 2
        for number, column in enumerate(self.categories[:most], 1):
            yield {
                "name": f"by-group-{number}",
                "title": f"{self.units} by {shown_label(column.name).lower()}",
                "kind": "bar",
                "x": column.name,
            }
        if self.date is None and not self.categories and self.state is None:
            yield from self._values()

    def _values(self) -> Iterator[dict[str, Json]]:
        """A small table of one number a name: bars of its numbers."""
        label = next((c for c in self.columns if c.type == "string" and c.is_unique), None)
        numbers = [c for c in self.columns if c.type in ("integer", "number")]
        if label is None or not numbers:
            return
        for number, column in enumerate(numbers[:2], 1):
            yield {
                "name": f"values-{number}",
                "title": f"{shown_label(column.name)} by {shown_label(label.name).lower()}",
                "kind": "bar",
                "x": label.name,
                "measure": f"value:{column.name}",
                "unit": shown_label(column.name).lower(),
                "limit": 20,
            }

    def comparison(self) -> dict[str, Json]:
        """How the next edition is to be compared with this one."""
        made: dict[str, Json] = {}
        released = {c.name for c in self.columns}
        if self.table.key and set(self.table.key) <= released:
            made["key"] = list(self.table.key)
        if self.date is not None:
            made["date"] = self.date.name
            made["period"] = "month" if self.protect else _period(self.date)
        if self.state is not None:
            made["place"] = self.state.name
        if self.categories:
            made["category"] = self.categories[0].name
        return made

    def rules(self) -> Iterator[dict[str, Json]]:
        """Plausibility rules for what the columns hold."""
        if self.date is not None and not self.protect:
            yield {
                "name": "last-month",
                "title": "A last month that breaks off",
                "kind": "partial-last-period",
                "date": self.date.name,
            }
            yield {
                "name": "one-day",
                "title": "One day with most records of its month",
                "kind": "one-day",
                "date": self.date.name,
            }
        office = next((c for c in self.categories if set(c.words) & _OFFICES), None)
        if self.date is not None and office is not None and not self.protect:
            yield {
                "name": "coverage",
                "title": f"When each {shown_label(office.name).lower()} has records",
                "kind": "coverage",
                "date": self.date.name,
                "period": _period(self.date, coarse=True),
                "field": office.name,
            }
        ages = [c for c in self.columns if "age" in c.words and c.type == "integer"]
        if ages and not self.protect:
            yield {
                "name": "round-ages",
                "title": "Ages that are round numbers",
                "kind": "heaping",
                "field": ages[0].name,
            }
        if self.table.rows > 1:
            yield {"name": "constant", "title": "Fields with one value", "kind": "constant"}


def _rank(column: Column) -> tuple[int, bool, int]:
    """Telling labels first; then few values before many."""
    words = set(column.words)
    at = next((n for n, word in enumerate(_TELLING) if word in words), len(_TELLING))
    return at, column.filled * 2 < column.rows, column.distinct


def _period(column: Column, *, coarse: bool = False) -> str:
    """The period that gives a line some 10 to 60 points."""
    try:
        days = (date.fromisoformat(column.most[:10]) - date.fromisoformat(column.least[:10])).days
    except ValueError:
        return "year"
    if days <= 62 and not coarse:
        return "day"
    if days <= 5 * 366:
        return "month"
    return "quarter" if days <= 15 * 366 else "year"


def _month(day: str) -> str:
    try:
        return f"{date.fromisoformat(day[:10]):%B %Y}"
    except ValueError:
        return day[:10]


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(noun: str) -> str:
    """The plural of an English noun, or of the last word of a phrase, by the regular rules."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    if noun == "person" or noun.endswith(" person"):
        return f"{noun[:-6]}people"
    return f"{noun}es" if re.search(r"(s|x|z|ch|sh)$", noun) else f"{noun}s"


def personal_columns(tables: Sequence[ProfiledTable]) -> Iterator[str]:
    """The columns that look as if they named people, each with what it seems to hold."""
    for table in tables:
        for column in table.columns:
            if column.person:
                yield f"{column.name} ({KINDS[column.person]})"


def _questions(tables: Sequence[ProfiledTable], *, decided: bool, licence: str) -> Iterator[str]:
    if not decided:
        people = list(personal_columns(tables))
        seen = f" These fields look as if they were: {', '.join(people[:8])}." if people else ""
        yield (
            f"Are these records about people?{seen} If not, write `privacy: {{open: the reason}}` in "
            "place of `publish: false`. If they are, write under privacy what protects them."
        )
    if not licence:
        yield "Under which licence may others use these records? Write it under licenses."
    for table in tables:
        for column in table.columns:
            if column.question:
                yield f"{column.name}: {column.question}"


def _suggestions(tables: Sequence[ProfiledTable], view: _View, *, opened: bool) -> Iterator[str]:
    people = list(personal_columns(tables))
    if opened and people:
        yield (
            "These columns look personal and are published as they are, because --open was given: "
            f"{', '.join(people[:8])}. Use --protect where that is not meant."
        )
    undescribed = sum(len(table.columns) for table in tables)
    yield f"Say in a sentence what each of the {undescribed} columns means (description of a field)."
    for table in tables:
        years = [c.name for c in table.columns if re.fullmatch(r"[A-Za-z_ ]*(19|20)\d\d", c.name)]
        if len(years) >= 3:
            yield (
                f"{table.path} has a column for each year ({years[0]} to {years[-1]}). A table "
                "with the columns year and value, and a row for each, can be charted over time."
            )
        yield from (f"{table.path}: {note}" for note in table.notes)
        for column in table.columns:
            if column.padded:
                yield f"{table.path}: values of {column.name} have blanks around them."
    if view.date is None and view.months is None:
        yield "No column holds dates, so no chart shows a development over time."
