"""What a dataset's page shows of a table at first: sentence, figures, charts, comparison, rules.

A table holds either one record a row, which is counted, or one number for each date and group, which
is added up at each date: a count of such rows says nothing, and a sum over all dates would count
people in a jail once for each day.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from plainrecord.authoring.columns import TIMES, Column, derive_trimmed, merge_padded
from plainrecord.authoring.labels import listed
from plainrecord.core.plurals import begin_sentence, several
from plainrecord.core.strict_json import Json
from plainrecord.core.us_states import state_code
from plainrecord.core.word_lists import split_words, word_set
from plainrecord.model.explorer import COUNT, CUBE
from plainrecord.receipts.engine import identifier, literal

BARS = range(2, 26)
"""How many values a field may have for a bar chart of them."""

MOST_CHARTS = 4
MOST_EXPLORED = 6
"""Of how many fields readers may combine the values."""
FEWEST_EXPLORED = 100
"""The fewest rows of which combinations mean something."""
MOST_COMBINED = 200_000
"""The most combinations of values that the drafted explorer loads."""
TELLING_SHARE = 0.25
"""A group is worth a figure where at least this share of the rows is in it."""

_TELLING = split_words(
    "outcome disposition result reason offense offence violation charge type category "
    "kind status method problem cause class program agency department office force "
    "precinct district region facility race ethnicity gender sex"
)
"""Words of the labels that readers ask for first, in this order."""

_OFFICES = {"agency", "office", "force", "department", "precinct", "district", "station", "aor"}
_SUMS = word_set(
    "total count population pop amount cost budget persons people fee fees fine fines "
    "payment payments damages expenditure spending arrests stops complaints crimes "
    "incidents deaths injuries cases beds detainees inmates bond valuation votes ballots "
    "voters students pupils enrolled enrolment enrollment visits checkouts trips injured "
    "killed passengers households tons tonnes hectares acres betrag anzahl summe "
    "einwohner importe monto montant nombre effectif"
)
_AVERAGES = word_set(
    "percent percentage pct rate ratio share average avg mean median per index score "
    "quote anteil taux prozent durchschnitt porcentaje"
)
"""Words of numbers that are not to be added up."""
PEOPLE = {"race", "ethnicity", "gender", "sex", "citizenship", "nationality", "religion"}
_MEDIANS = {"age", "days", "hours", "minutes", "salary", "wage", "duration", "price", "rent"}
_IDS = {"id", "no", "nr", "num", "number", "code", "key", "zip", "fips", "ward", "year"}
LENGTHS = {"month": 30.4, "quarter": 91.3, "year": 365.25}
"""Periods to which a date can be cut, in days."""
_STEPS = {"yearmonth": "month", "year": "year"}
"""The periods that columns without days hold."""
_DATED = word_set(
    "date day month year time datum fecha tag jahr monat annee exercice ano mois mes quarter week"
)


@dataclass(frozen=True, slots=True)
class ProfiledTable:
    """One table: its resource's name, `path` in the dataset, how it is read, its columns."""

    name: str
    path: str
    resource: Mapping[str, Json]
    columns: tuple[Column, ...]
    rows: int
    key: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    title: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files below the dataset's folder."""
        paths = self.resource.get("path", [self.path])
        return tuple(str(path) for path in paths) if isinstance(paths, list) else (str(paths),)

    @property
    def years(self) -> tuple[str, ...]:
        """The columns that are a year each, where three or more differ in the year alone."""
        years: dict[str, list[str]] = {}
        for column in self.columns:
            if re.fullmatch(r"[A-Za-z_ ]*(19|20)\d\d", column.name):
                years.setdefault(column.name[:-4], []).append(column.name)
        most = max(years.values(), key=len, default=[])
        return tuple(most) if len(most) >= 3 else ()


class Presentation:
    """The columns of a table that figures and charts can use, and what they make of them.

    `title` is the dataset's, `unit` what one row is; `identifiers` are not published. Where the table
    is not `alone` in its dataset, its title says what its records are. `trimmed` shows columns of
    records without the blanks around their values, as derived fields, where these divide groups.
    """

    def __init__(
        self,
        table: ProfiledTable,
        title: str,
        unit: str,
        identifiers: Sequence[str] = (),
        *,
        alone: bool = True,
        trimmed: bool = False,
    ) -> None:
        self.table = table
        self.title = title
        self.unit = unit
        self.alone = alone
        self.columns = [c for c in table.columns if c.name not in identifiers and c.filled]
        times = [
            c
            for c in self.columns
            if c.type in TIMES and c.least and c.distinct > 1 and not c.person
        ]
        self.time = max(
            times,
            key=lambda c: (c.name in table.key, c.filled, c.is_date, -self.columns.index(c)),
            default=None,
        )
        self.numbers = [
            c
            for c in self.columns
            if c.type in ("integer", "number")
            and c.least
            and c.name not in (*table.key, *table.years)
            and c.place not in ("latitude", "longitude")
            and not {*c.words[-1:]} & _IDS
        ]
        self.added_up = [c for c in self.numbers if not is_average(c)]
        sums = [c for c in self.added_up if _is_sum(c) and float(c.least) >= 0]
        self.sums = sorted(sums, key=_year_of, reverse=True)
        rest = [c for c in self.columns if c.name not in table.key]
        self.added = self.time is not None and self.time.name in table.key
        self.added = self.added and bool(self.added_up)
        self.added = self.added and (bool(self.sums) or len(rest) == len(self.numbers))
        """Whether rows hold a number for each date and group, in place of one record each."""
        keys = [c for c in self.columns if c.name in table.key]
        self.grouped = not self.added and len(keys) == len(table.key) > 1 and bool(self.sums)
        self.grouped = self.grouped and all(c.distinct * 2 <= c.rows for c in keys)
        self.grouped = self.grouped and not any(c.type in TIMES for c in keys)
        """Whether rows hold a number for each group of several kinds, as votes in a precinct."""
        merged = trimmed and not (self.added or self.grouped)
        shown = [merge_padded(c) if merged else c for c in self.columns]
        groups = (c for c in shown if c.is_category and c.distinct in BARS and c.place != "state")
        self.categories = sorted(groups, key=_rank)
        self.state = next((c for c in shown if _is_mapped(c)), None)

    @property
    def units(self) -> str:
        """The unit in the plural, as a title begins with it; the table's own title where it is not alone."""
        named = self.unit == "record" and not self.alone
        return begin_sentence((named and self.table.title) or several(self.unit))

    @property
    def period(self) -> str:
        """The period by which the table's time is charted; "" where its values are periods."""
        if self.time is None or not self.time.is_date:
            return ""
        return grain_of(self.time) if self.added else _period(self.time)

    def summary(self) -> str:
        """One true sentence without a number: what a row is, of which time, with what."""
        table = self.table
        names = [c.inner for c in table.columns if not re.search(r"\d", c.name)]
        if not table.rows:
            return f"A table that has no row yet, with {listed(names[:4])}."
        span = ""
        if self.time is not None and self.time.least:
            first, last = _named(self.time.least), _named(self.time.most)
            span = f" from {first} to {last}" if first != last else f" of {first}"
        if self.added or self.grouped:
            numbers = [c for c in self._measures() if not re.search(r"\d", c.name)]
            what = listed([c.inner for c in numbers[:3]]) or "numbers"
            each = listed([c.inner for c in table.columns if c.name in table.key])
            span = f",{span or ' as of one date'}" if self.added else ""
            return f"{begin_sentence(what)} for each {each}{span}."
        wide = (
            [f"a column for each year from {table.years[0][-4:]} to {table.years[-1][-4:]}"]
            if table.years
            else []
        )
        start = f"One row is one {self.unit}" if self.unit != "record" else "Records"
        if self.unit != "record":
            span = f". The records run{span}" if span else ""
        states = [self.state] if self.state else []
        plain = [c for c in (*self.categories, *states) if not _is_flag(c)]
        named = [c.inner for c in plain if not re.search(r"\d", c.name)][:3]
        if not named and not span:
            years = {c.inner for c in table.columns if c.name in table.years}
            named = [name for name in names if name not in years][:4]
        shown = listed([*named, *wide])
        return f"{start}{span}{f', with {shown}' if shown else ''}."

    def coverage(self, cut: str = "") -> dict[str, Json]:
        """The first and last day, in whole periods where dates stand for them."""
        if self.time is None:
            return {}
        least, most = (f"{end}-01-01"[:10] for end in (self.time.least, self.time.most))
        first, last = date.fromisoformat(least), date.fromisoformat(most)
        whole = cut or (grain_of(self.time) if self.added else "")
        if not self.time.is_date:
            whole = _STEPS[self.time.type]
        months = {"month": 1, "quarter": 3, "year": 12}.get(whole)
        if months:
            # A date that stands for a period says nothing of the day on which the records end.
            first = first.replace(day=1, month=(first.month - 1) // months * months + 1)
            last = last.replace(day=1, month=((last.month - 1) // months + 1) * months)
            last = last.replace(day=monthrange(last.year, last.month)[1])
        return {"from": first.isoformat(), "to": last.isoformat()}

    def figures(self) -> Iterator[dict[str, Json]]:
        """The number of rows, a sum or a median, the share of the largest group, the newest date."""
        relation = identifier(self.table.name)
        numbers = self.added or self.grouped
        bare = numbers and self.unit == "record"
        units = "Rows" if bare else self.units
        counted: dict[str, Json] = {"unit": "row"} if bare else {}
        yield _figure("total", units, f"SELECT count(*) FROM {relation}", counted)
        if self.added and self.time is not None:
            at = identifier(self.time.name)
            for column in self._measures()[:1]:
                newest = f"WHERE {at} = (SELECT max({at}) FROM {relation})"
                sql = f"SELECT sum({identifier(column.name)}) FROM {relation} {newest}"
                title = f"{column.label}, {name_newest(self.time)}"
                yield _figure("newest-total", title, sql, _counted(column))
        elif self.sums and not self.added:
            column = self.sums[0]
            sql = f"SELECT sum({identifier(column.name)}) FROM {relation}"
            yield _figure("sum", f"{column.label}, sum of all rows", sql, _counted(column))
        if not numbers:
            yield from self._shares(relation)
        if self.time is not None and self.time.is_date:
            sql = f"SELECT max({identifier(self.time.name)})::DATE FROM {relation}"
            yield _figure("newest", begin_sentence(name_newest(self.time)), sql, {"format": "date"})

    def _shares(self, relation: str) -> Iterator[dict[str, Json]]:
        """The median of a measure, and the share of the largest group where it means something."""
        medians = [c for c in self.numbers if set(c.words) & _MEDIANS]
        if medians:
            column = medians[0]
            sql = f"SELECT median({identifier(column.name)}) FROM {relation}"
            options: dict[str, Json] = {"format": "decimal", "unit": column.inner}
            yield _figure("median", f"{column.label}, median", sql, options)
        for column in [c for c in self.categories if not {*c.words} & PEOPLE][:1]:
            value, count = column.top[0]
            if column.type != "string" or column.place or count < column.rows * TELLING_SHARE:
                continue
            there = f"{identifier(column.name)} = {literal(value)}"
            sql = f"SELECT avg(CASE WHEN {there} THEN 1.0 ELSE 0 END) FROM {relation}"
            note = "Share of all rows, also of those where this is not filled in."
            options = {"format": "percent", "note": note}
            yield _figure("largest-group", f"{column.label}: {value.strip()}", sql, options)

    def charts(self) -> list[dict[str, Json]]:
        """Two to four charts where the columns allow them: over time, by group, by state."""
        made = list(self._added_charts() if self.added else self._counted_charts())
        return (made or list(self._values()))[:MOST_CHARTS]

    def _measures(self) -> list[Column]:
        """The numbers of an added table, a total first."""
        return sorted(self.added_up, key=lambda c: ("total" not in c.words, not _is_sum(c)))

    def _added_charts(self) -> Iterator[dict[str, Json]]:
        """Numbers over time, each added up at its date; by group where the key has one."""
        if self.time is None or not self.added:
            return
        when: dict[str, Json] = {"period": self.period} if self.period else {}
        step = self.period or _STEPS.get(self.time.type, "year")
        groups = [c for c in self.categories if c.name in self.table.key and c.distinct <= 12]
        most = 1 if groups else 3
        for number, column in enumerate(self._measures()[:most], 1):
            name = f"over-time-{number}" if number > 1 else "over-time"
            added = {**when, **_sum_of(column)}
            yield _chart(name, f"{column.label} by {step}", "line", self.time.name, added)
        for group in groups[:2]:
            column = self._measures()[0]
            name = f"by-{step}-and-group-{groups.index(group) + 1}"
            title = f"{column.label} by {group.inner} and {step}"
            added = {**when, "facet": group.name, **_sum_of(column)}
            yield _chart(name, title, "small-multiples", self.time.name, added)

    def _counted_charts(self) -> Iterator[dict[str, Json]]:
        """Records over time, by state and by group."""
        if self.time is not None and (self.period or not self.time.is_date):
            step = self.period or _STEPS.get(self.time.type, "year")
            cut: dict[str, Json] = {"period": step} if self.time.is_date else {}
            yield _chart("over-time", f"{self.units} by {step}", "line", self.time.name, cut)
        if self.state is not None:
            column = self.sums[0] if self.grouped else None
            title = f"{column.label if column else self.units} by state"
            added = _sum_of(column) if column else {}
            yield _chart("by-state", title, "tile-map", self.state.name, added)
        groups = self.categories[: 2 if self.period else 3]
        if self.grouped:
            yield from self._sums_by(sorted(self.categories, key=lambda c: c.distinct)[:3])
            return
        for number, column in enumerate(groups, 1):
            title = f"{self.units} by {column.inner}"
            yield _chart(f"by-group-{number}", title, "bar", column.name)
        yield from self._sums_by(groups[:1])

    def _sums_by(self, groups: Sequence[Column]) -> Iterator[dict[str, Json]]:
        """The first of the numbers that can be added up, by each of the groups."""
        for number, (column, group) in enumerate(product(self.sums[:1], groups), 1):
            name = f"sum-by-group-{number}" if number > 1 else "sum-by-group"
            title = f"{column.label} by {group.inner}"
            yield _chart(name, title, "bar", group.name, _sum_of(column))

    def _values(self) -> Iterator[dict[str, Json]]:
        """A small table of one number a name: bars of its numbers, the newest year first."""
        label = next((c for c in self.columns if c.type == "string" and c.is_unique), None)
        if label is None or self.table.rows < 3:
            return
        years = [
            c
            for c in reversed(self.columns)
            if c.name in self.table.years and c.type in ("integer", "number")
        ]
        for number, column in enumerate([*years[:1], *years[-1:]] or self.numbers[:2], 1):
            title = f"{self.title}: {column.name}" if years else f"{column.label} by {label.inner}"
            unit: dict[str, Json] = {} if years else {"unit": column.inner}
            shown = {"measure": f"value:{column.name}", **unit, "limit": 20}
            yield _chart(f"values-{number}", title, "bar", label.name, shown)

    def explore(self) -> dict[str, Json]:
        """The fields that readers may combine; {} where rows are numbers, few, or of one kind."""
        rows = self.table.rows
        if self.added or self.grouped or rows < FEWEST_EXPLORED or self.table.name == CUBE:
            return {}
        made: dict[str, Json] = {}
        cells = 1
        if self.time is not None and self.time.is_date:
            period = _period(self.time, coarse=True)
            cells = int((days_between(self.time) or 0) / LENGTHS[period]) + 1
            if cells > 1:
                made = {"date": self.time.name, "period": period}
        periods = [self.time] if self.time and not self.time.is_date else []
        states = [self.state] if self.state else []
        fields: list[Json] = []
        for column in [*periods, *states, *self.categories]:
            combined = cells * (column.distinct + 1)  # one more: the value is absent
            if column.name != COUNT and not column.person and min(combined, rows) <= MOST_COMBINED:
                fields.append(column.name)
                cells = combined
        return {"fields": fields[:MOST_EXPLORED], **made} if fields else {}

    def derived(self) -> list[Json]:
        """The fields without blanks around values that figures and charts read."""
        states = [self.state] if self.state else []
        used = {c.name for c in [*states, *self.categories]}
        return [
            derive_trimmed(column)
            for column in self.columns
            if (merged := merge_padded(column)) is not column and merged.name in used
        ]

    def comparison(self) -> dict[str, Json]:
        """How the next release is to be compared with this one."""
        made: dict[str, Json] = {}
        released = {c.name for c in self.columns}
        if self.table.key and set(self.table.key) <= released:
            made["key"] = list(self.table.key)
        if self.time is not None and self.time.is_date:
            made["date"] = self.time.name
            made["period"] = self.period or "year"
            if made["period"] == "day":
                made["period"] = "month"
        if self.state is not None:
            made["place"] = self.state.name
        if self.categories:
            made["category"] = self.categories[0].name
        return made

    def rules(self) -> Iterator[dict[str, Json]]:
        """Plausibility rules for what the columns hold."""

        def rule(name: str, title: str, kind: str, **keys: Json) -> dict[str, Json]:
            return {"name": name, "title": title, "kind": kind, **keys}

        time = self.time if self.time is not None and self.time.is_date else None
        if time and not self.added:
            title = "A last month that breaks off"
            yield rule("last-month", title, "partial-last-period", date=time.name)
            title = "One day with most records of its month"
            yield rule("one-day", title, "one-day", date=time.name)
        # The last word says what a column holds: a force type is no force.
        office = next(
            (
                c
                for c in self.categories
                if {*[w for w in c.words if w not in ("name", "id", "code")][-1:]} & _OFFICES
            ),
            None,
        )
        if time and office is not None:
            title, period = f"When each {office.inner} has records", _period(time, coarse=True)
            keys = {"date": time.name, "period": period, "field": office.name}
            yield rule("coverage", title, "coverage", **keys)
        ages = [c for c in self.columns if "age" in c.words and c.type == "integer"]
        if ages and not self.added:
            title = "Ages that are round numbers"
            yield rule("round-ages", title, "heaping", field=ages[0].name)
        if self.table.rows > 1:
            yield rule("constant", "Fields with one value", "constant")


def _rank(column: Column) -> tuple[int, bool, bool, int]:
    """Telling labels first; those mostly filled, those that are no yes or no; few values first."""
    words = set(column.words)
    at = next((n for n, word in enumerate(_TELLING) if word in words), len(_TELLING))
    return at, column.filled * 2 < column.rows, _is_flag(column), column.distinct


def _is_mapped(column: Column) -> bool:
    """Whether a column names more than three states, each in one spelling, as a map must have it."""
    codes = [code for value, _ in column.top if (code := state_code(value))]
    return column.place == "state" and len(codes) > 3 and len({*codes}) == len(codes)


def _is_flag(column: Column) -> bool:
    """Whether a column says yes or no to something."""
    flags = word_set("y n yes no true false ja nein si sí 0 1 t f")
    return column.type == "boolean" or all(v.strip().lower() in flags for v, _ in column.top)


def _is_sum(column: Column) -> bool:
    """Whether a column's label says that it counts something: "n_detained", "number of beds"."""
    return bool(set(column.words) & _SUMS or {*column.words[:1]} & {"n", "num", "number", "no"})


def _year_of(column: Column) -> str:
    """The year at the end of a column's name; "" where there is none."""
    match = re.search(r"(19|20)\d\d$", column.name)
    return match[0] if match else ""


def is_average(column: Column) -> bool:
    """Whether a column's label, or the sign at its values, says that it is no number of things."""
    signs = [column.name, *(value for value, _ in column.top[:1])]
    return bool(set(column.words) & _AVERAGES) or any("%" in text for text in signs)


def name_newest(column: Column) -> str:
    """ "newest incident date", or "newest date (inspected)" where the label names no time."""
    if set(column.words) & _DATED:
        return f"newest {column.inner}"
    return f"newest {_STEPS.get(column.type, 'date')} ({column.inner})"


def _figure(name: str, title: str, sql: str, keys: Mapping[str, Json]) -> dict[str, Json]:
    """A figure of the descriptor; `keys` are its unit, format and note."""
    return {"name": name, "title": title, **keys, "sql": sql}


def _chart(
    name: str, title: str, kind: str, x: str, keys: Mapping[str, Json] | None = None
) -> dict[str, Json]:
    """A chart of the descriptor with further `keys`."""
    return {"name": name, "title": title, "kind": kind, "x": x, **(keys or {})}


def _sum_of(column: Column) -> dict[str, Json]:
    return {"measure": f"sum:{column.name}", "unit": column.inner}


def _counted(column: Column) -> dict[str, Json]:
    return {
        "unit": column.inner,
        # The tenth of a large amount means nothing.
        "format": "integer"
        if column.type == "integer" or float(column.most) >= 1000
        else "decimal",
    }


def days_between(column: Column) -> int | None:
    """The days from the first to the last of a column's dates; None where they are no whole dates."""
    try:
        return (date.fromisoformat(column.most[:10]) - date.fromisoformat(column.least[:10])).days
    except ValueError:
        return None


def grain_of(column: Column) -> str:
    """The period of which a table has one date each: day, month, quarter or year."""
    if column.type in _STEPS:
        return _STEPS[column.type]
    days = days_between(column)
    if days is None:
        return "year"
    for period, length in (("year", 365.25), ("quarter", 91.3), ("month", 30.4)):
        if column.distinct <= days / length + 1.5:
            return period
    return "day"


def _period(column: Column, *, coarse: bool = False) -> str:
    """The period that gives a line some 10 to 60 points."""
    days = days_between(column)
    if days is None:
        return "year"
    if days <= 62 and not coarse:
        return "day"
    if days <= 5 * 366:
        return "month"
    return "quarter" if days <= 15 * 366 else "year"


def _named(moment: str) -> str:
    """A day, month or year in words: May 2026, or 2026."""
    text = f"{moment}-01" if len(moment) == 7 else moment[:10]
    try:
        return f"{date.fromisoformat(text):%B %Y}"
    except ValueError:
        return text
