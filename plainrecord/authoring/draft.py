"""A descriptor drafted from tables: facts are stated, what only a person can answer is asked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plainrecord.authoring.columns import Column
from plainrecord.authoring.labels import listed, uncapitalised
from plainrecord.authoring.presentation import PEOPLE, Presentation, ProfiledTable
from plainrecord.authoring.protection import draft_protection
from plainrecord.core.paths import RAW_FOLDER
from plainrecord.core.plurals import drop_article, several
from plainrecord.core.strict_json import Json, items_in
from plainrecord.validation.personal_data import KINDS

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
EMPTY: Json = {"value": "", "label": "Missing", "kind": "missing"}
MOST_CATEGORIES = 25
_DATED = re.compile(r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{2,4})\b.*")
MOST_OTHERS = 3
"""Of how many tables beside the one that charts show the rows are counted."""


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
    """A descriptor, what must or should be answered; `private` tables git ignores."""

    name: str
    descriptor: Mapping[str, Json]
    questions: tuple[str, ...]
    suggestions: tuple[str, ...]
    private: bool = False
    protected: bool = False

    @property
    def published(self) -> bool:
        """Whether it is no draft."""
        own = self.descriptor.get("plainrecord")
        return not (isinstance(own, dict) and own.get("publish") is False)


NO_GROUPS = (
    "Which counts of these records may be released? Write them under privacy.tables, and remove "
    "`publish: false`. No column of few values was found that divides them into groups of 11 or more. If "
    "they are not about people, write `privacy: {open: the reason}` in place of `publish: false`."
)
ONE_TABLE = (
    "Records about people are protected one table at a time. Make a dataset of each table of this "
    "package."
)


def draft_dataset(
    name: str,
    title: str,
    tables: Sequence[ProfiledTable],
    answers: Answers,
    package: Mapping[str, Json] | None = None,
) -> DatasetDraft:
    """The draft of a dataset with these tables; what the descriptor `package` says stays."""
    unit = drop_article(answers.row) or "record"
    identifiers = _identifiers(tables) if answers.protect else ()
    views = [
        Presentation(
            table,
            title,
            unit,
            identifiers,
            alone=len(tables) == 1,
            trimmed=package is None and not answers.protect,
        )
        for table in tables
    ]
    view = max(
        views,
        key=lambda v: (v.table.rows > 0, v.time is not None, len(v.charts()), v.table.rows),
    )
    one = answers.protect and len(tables) == 1
    protection = draft_protection(view, identifiers) if one else None
    decided = bool(protection or answers.opened)
    own: dict[str, Json] = {"summary": _summary(views, view), "unit": unit}
    if not decided:
        own["publish"] = False
    own["coverage"] = protection.coverage if protection else view.coverage()
    if protection:
        own["privacy"] = protection.privacy
        own["figures"], own["charts"] = protection.figures, protection.charts
        own["explore"] = protection.explore
        own["comparison"] = protection.comparison
    else:
        if answers.opened:
            own["privacy"] = {"open": answers.opened}
        # Figures name their table; everything else takes the first one unless it says which.
        at: dict[str, Json] = {} if view.table is tables[0] else {"resource": view.table.name}
        own["figures"] = [*view.figures(), *_other_totals(views, view)]
        own["charts"] = [{**made, **at} for made in view.charts()]
        for key, made in (("explore", view.explore()), ("comparison", view.comparison())):
            own[key] = {**made, **at} if made else {}
        own["plausibility"] = [{**made, **at} for made in view.rules()]
    licensed = bool(answers.licence or (package or {}).get("licenses"))
    questions = list(_questions(tables, decided=decided or answers.protect, licensed=licensed))
    if answers.protect and not protection:
        questions.insert(0, NO_GROUPS if len(tables) == 1 else ONE_TABLE)
    if questions:
        own["questions"] = list(questions)
    descriptor: dict[str, Json] = {"$schema": PROFILE, "name": name, "title": title}
    if answers.licence:
        descriptor["licenses"] = [licence_of(answers.licence)]
    if package is None:
        shown = view.derived()
        descriptor["resources"] = [
            _resource(table, title, shown if table is view.table else []) for table in tables
        ]
    else:
        descriptor |= {**package, "name": name}
    descriptor["plainrecord"] = {key: value for key, value in own.items() if value not in ([], {})}
    private = not answers.opened and (answers.protect or any(columns_about_people(tables)))
    return DatasetDraft(
        name,
        _with_raw_paths(descriptor) if private else descriptor,
        tuple(questions),
        tuple(_suggestions(tables, view, opened=bool(answers.opened), drafted=package is None)),
        private=private,
        protected=protection is not None,
    )


def raw_path(path: str) -> str:
    """Where a raw file about people lies below its dataset: git ignores the folder."""
    return f"{RAW_FOLDER}/{path}"


def _with_raw_paths(descriptor: Mapping[str, Json]) -> dict[str, Json]:
    """The descriptor with its local tables in the folder that git ignores."""

    def moved(path: Json) -> Json:
        if isinstance(path, list):
            return [moved(item) for item in path]
        return raw_path(path) if isinstance(path, str) and "://" not in path else path

    resources: list[Json] = [
        {**item, "path": moved(item["path"])} if isinstance(item, dict) and "path" in item else item
        for item in items_in(descriptor, "resources")
    ]
    return {**descriptor, "resources": resources}


def _summary(views: Sequence[Presentation], shown: Presentation) -> str:
    """What the dataset holds: of several tables their titles, and what is shown of one."""
    if len(views) == 1:
        return shown.summary()
    titles = [view.table.title or view.table.name for view in views]
    named = [*titles[:6], *(["others"] if len(titles) > 6 else [])]
    return f"Tables: {listed(named)}. {shown.table.title}: {uncapitalised(shown.summary())}"


def _other_totals(views: Sequence[Presentation], shown: Presentation) -> Iterator[dict[str, Json]]:
    """The number of rows of the tables that the figures and charts do not show."""
    others = [view for view in views if view is not shown and view.table.rows]
    for number, view in enumerate(others[:MOST_OTHERS], 1):
        total = next(view.figures())
        label = view.table.title or view.table.name
        numbers = view.unit == "record" and (view.added or view.grouped)
        counted = f"{label}: {'rows' if numbers else several(view.unit)}"
        yield {**total, "name": f"total-{number + 1}", "title": counted}


_CC, _ODC = "https://creativecommons.org", "https://opendatacommons.org/licenses"
_OGL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
LICENCES: Mapping[str, tuple[str, str]] = {
    "CC0-1.0": ("CC0 1.0", f"{_CC}/publicdomain/zero/1.0/"),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", f"{_CC}/licenses/by/4.0/"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution-ShareAlike 4.0", f"{_CC}/licenses/by-sa/4.0/"),
    "ODbL-1.0": ("Open Database License 1.0", f"{_ODC}/odbl/1-0/"),
    "ODC-BY-1.0": ("Open Data Commons Attribution 1.0", f"{_ODC}/by/1-0/"),
    "PDDL-1.0": ("Public Domain Dedication and License 1.0", f"{_ODC}/pddl/1-0/"),
    "OGL-UK-3.0": ("Open Government Licence 3.0", _OGL),
}
"""Licences by their usual names; any other is taken as its title."""


def licence_of(licence: str) -> dict[str, Json]:
    """The licence as an object of the descriptor: a known name, an address, or a title."""
    given = licence.strip().lower().replace(" ", "-")
    for name, (title, path) in LICENCES.items():
        if given in (name.lower(), title.lower().replace(" ", "-")):
            return {"name": name, "title": title, "path": path}
    if re.match(r"https?://", licence):
        return {"title": licence, "path": licence}
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", licence).strip("-") or "other"
    return {"name": name, "title": licence}


def _resource(table: ProfiledTable, title: str, derived: Sequence[Json]) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "missingValues": [EMPTY],
        "fields": [_field(column) for column in table.columns],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    titled: dict[str, Json] = {"name": table.name, "title": table.title or title}
    own: dict[str, Json] = {}
    if derived:
        settings = table.resource.get("plainrecord")
        own["plainrecord"] = {
            **(settings if isinstance(settings, dict) else {}),
            "derive": [*derived],
        }
    return {**titled, "path": table.path, **table.resource, **own, "schema": schema}


def _field(column: Column) -> dict[str, Json]:
    drafted: dict[str, Json] = {"name": column.name, "type": column.type}
    if column.format != "default":
        drafted["format"] = column.format
    drafted["title"] = column.label
    drafted |= column.options
    few = column.distinct <= MOST_CATEGORIES and not column.person
    if column.is_category and column.type == "string" and few:
        drafted["categories"] = [*sorted(value for value, _ in column.top)]
    if column.placeholders:
        marks: list[Json] = [EMPTY]
        for mark in column.placeholders:
            marks.append({"value": mark.value, "label": mark.label, "kind": mark.kind})
        drafted["missingValues"] = marks
    if column.rows and column.filled == column.rows:
        drafted["constraints"] = {"required": True}
    return drafted


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


def personal_columns(tables: Sequence[ProfiledTable]) -> Iterator[str]:
    """The columns that look as if they named people, each with what it seems to hold."""
    for table in tables:
        for column in table.columns:
            if column.person:
                yield f"{column.name} ({KINDS[column.person]})"


def columns_about_people(tables: Sequence[ProfiledTable]) -> Iterator[str]:
    """The personal columns, and in tables of records those that describe a person, such as sex and age.

    One such column alone says little: schools have a religion, and buildings an age.
    """
    yield from personal_columns(tables)
    for table in tables:
        described = [
            c.name for c in table.columns if not c.person and {*c.words} & {*PEOPLE, "age"}
        ]
        if len(described) > 1:
            view = Presentation(table, "", "record")
            yield from described if not (view.added or view.grouped) else ()


def _questions(tables: Sequence[ProfiledTable], *, decided: bool, licensed: bool) -> Iterator[str]:
    if not decided:
        people = list(dict.fromkeys(columns_about_people(tables)))
        seen = f" These fields look as if they were: {', '.join(people[:8])}." if people else ""
        move = ", and move the files out of `raw/`, which git ignores" if people else ""
        yield (
            f"Are these records about people?{seen} If not, write `privacy: {{open: the reason}}` in "
            f"place of `publish: false`{move}. If they are, write under privacy what protects them."
        )
    if not licensed:
        yield "Under which licence may others use these records? Write it under licenses."
    for table in tables:
        for column in table.columns:
            if column.question:
                yield f"{column.name}: {column.question}"


def _looks_dated(column: Column) -> bool:
    """Whether a column of text holds mostly dates: their forms differ, or it would be a date."""
    dates = [count for value, count in column.top if _DATED.fullmatch(value)]
    shown = sum(count for _, count in column.top)
    return column.type == "string" and not column.person and sum(dates) * 5 > shown * 4


def _suggestions(
    tables: Sequence[ProfiledTable], view: Presentation, *, opened: bool, drafted: bool
) -> Iterator[str]:
    people = list(personal_columns(tables))
    if opened and people:
        yield (
            "These columns look personal, and a build refuses to publish them as they are: "
            f"{', '.join(people[:8])}. Use --protect, or waive each with its reason."
        )
    if drafted:
        yield "Say in a sentence what each column means (description of a field)."
    for table in tables:
        at = f"{table.title}: " if table.title else ""
        if table.years:
            yield (
                f"{at}There is a column for each year ({table.years[0]} to {table.years[-1]}). A table "
                "with the columns year and value, and a row for each, can be charted over time."
            )
        yield from (f"{at}{note}" for note in table.notes)
        padded = [column.name for column in table.columns if column.padded]
        if padded:
            yield f"{at}Values of {listed(padded)} begin or end with a space."
        dated = [column.name for column in table.columns if _looks_dated(column)]
        if dated:
            yield (
                f"{at}Values of {listed(dated)} look like dates in more than one form, and are read as "
                "text. In one form they can be charted over time."
            )
    if view.time is None:
        yield "No column holds dates, so no chart shows change over time."
