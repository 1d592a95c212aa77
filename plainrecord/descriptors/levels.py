"""Where each key of the standard belongs: a descriptor as written in, keys without effect out.

The standard allows keys of others everywhere, so that a rule on the wrong level breaks nothing and
is never run. Data Package v2, Table Schema v2, Table Dialect v2, and what frictionless adds.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import word_set
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding

RULES: Mapping[str, frozenset[str]] = {
    "package": frozenset({"resources"}),
    "resource": word_set(
        "path data type format mediatype encoding bytes hash dialect schema compression "
        "innerpath scheme"
    ),
    "dialect": word_set(
        "delimiter lineTerminator quoteChar doubleQuote escapeChar nullSequence "
        "skipInitialSpace header headerRows headerJoin commentRows commentChar headerCase "
        "property itemType itemKeys sheetNumber sheetName table"
    ),
    "schema": frozenset(
        {"fields", "fieldsMatch", "primaryKey", "uniqueKeys", "foreignKeys", "missingValues"}
    ),
    "field": word_set(
        "type format constraints categories categoriesOrdered missingValues decimalChar "
        "groupChar bareNumber trueValues falseValues itemType delimiter"
    ),
    "constraints": word_set(
        "required unique minLength maxLength minimum maximum exclusiveMinimum "
        "exclusiveMaximum enum pattern jsonSchema"
    ),
    "foreign key": frozenset({"fields", "reference"}),
    "reference": frozenset({"fields", "resource"}),
}
"""The keys that change how a table is read or what holds in it, by the level that they belong to."""

_CSV = ("delimiter", "lineTerminator", "quoteChar", "doubleQuote", "escapeChar")

_INNER: Mapping[str, frozenset[str]] = {
    "plainrecord": frozenset(),
    "derivation": frozenset(),
    "derived field": frozenset({"type", "format", "categories", "categoriesOrdered"}),
    "csv": frozenset({*_CSV, "nullSequence", "skipInitialSpace"}),
    "excel": frozenset({"sheet"}),
    "json": frozenset({"property", "keys"}),
}
"""The same inside our own key and in the controls that frictionless 5 writes into a dialect."""

_OBJECTS: Mapping[str, frozenset[str]] = {
    "category": frozenset({"value", "label"}),
    "missing value": frozenset({"value", "label", "kind"}),
    "licence": frozenset({"name", "path", "title"}),
    "source": frozenset({"title", "path", "email", "version"}),
    "contributor": word_set("title path email role roles givenName familyName organization"),
}
"""The keys of objects in lists; `kind` is our own."""

_VALUES = ("category", "missing value")
_CREDITS = ("licence", "source", "contributor")
"""Objects that are alike: a key of one is misplaced in another."""

_LISTS: Mapping[str, tuple[str, ...]] = {
    "contributors": ("package",),
    "keywords": ("package",),
    "licenses": ("package", "resource"),
    "sources": ("package", "resource"),
}
"""Where the lists that say whose data they are belong."""

_NAMES = {"category": "label", "missing value": "label", "source": "title", "contributor": "title"}
"""The key that names an object, for which others write `name` or `title`."""

PLACES: Mapping[str, str] = {
    "package": "the package",
    "resource": "the resource",
    "dialect": "`dialect` of the resource",
    "schema": "`schema` of the resource",
    "field": "a field of `schema`",
    "constraints": "`constraints` of the field",
    "foreign key": "an item of `foreignKeys`",
    "reference": "`reference` of the foreign key",
    "category": "an item of `categories`",
    "missing value": "an item of `missingValues`",
    "licence": "an item of `licenses`",
    "source": "an item of `sources`",
    "contributor": "an item of `contributors`",
}

_PLAIN = word_set("path data type format scheme property table categories reference resource")
"""Words that others use for something else as well: they count inside `constraints` alone."""

_CHILDREN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "package": (
        ("resources", "resource"),
        ("licenses", "licence"),
        ("sources", "source"),
        ("contributors", "contributor"),
    ),
    "resource": (
        ("dialect", "dialect"),
        ("schema", "schema"),
        ("plainrecord", "plainrecord"),
        ("licenses", "licence"),
        ("sources", "source"),
    ),
    "dialect": (("csv", "csv"), ("excel", "excel"), ("json", "json")),
    "plainrecord": (("derive", "derivation"),),
    "derivation": (("field", "derived field"),),
    "derived field": (("categories", "category"),),
    "schema": (
        ("fields", "field"),
        ("foreignKeys", "foreign key"),
        ("missingValues", "missing value"),
    ),
    "field": (
        ("constraints", "constraints"),
        ("categories", "category"),
        ("missingValues", "missing value"),
    ),
    "foreign key": (("reference", "reference"),),
}

_TYPES: Mapping[str, tuple[str, ...]] = {
    "decimalChar": ("number",),
    **dict.fromkeys(("groupChar", "bareNumber"), ("number", "integer")),
    **dict.fromkeys(("trueValues", "falseValues"), ("boolean",)),
    **dict.fromkeys(("itemType", "delimiter"), ("list",)),
}
"""Keys of a field that are for some types alone."""

_TEXT = ("csv", "tsv")
_BOOKS = ("xlsx", "xls", "xlsb", "ods", "sqlite")
_DIALECT_FORMATS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*_CSV, "nullSequence", "skipInitialSpace"), _TEXT),
    **dict.fromkeys(("sheetName", "sheetNumber", "table"), _BOOKS),
    **dict.fromkeys(("property", "itemType", "itemKeys"), ("json", "jsonl", "ndjson")),
}
"""Keys of a dialect that are for files of some formats alone (Table Dialect v2)."""

CLOSE = 0.85
"""How alike a key must be to that of a rule to be one that is misspelt."""


def is_misspelt_rule(key: str) -> bool:
    """Whether a key is nearly one of those that change what holds in a table."""
    return not key.startswith("$") and any(
        _spelt_alike(key, rule) or SequenceMatcher(None, key.lower(), rule.lower()).ratio() >= CLOSE
        for rules in RULES.values()
        for rule in rules
    )


def misplaced_keys(document: Json, file: str, *, lenient: bool = False) -> list[Finding]:
    """A finding for each key of the standard at a place where it has no effect.

    Where the reading is `lenient`, a key that changes nothing in a table is a warning: others may
    mean something by it.
    """
    rules = {rule for names in RULES.values() for rule in names}
    return [
        Finding(
            "key-misplaced",
            f"`{key}` of {path} has no effect {why}",
            expected,
            file=file,
            field=field,
            severity_given=(
                Severity.WARNING
                if lenient and not any(_spelt_alike(key, rule) for rule in rules | {"kind"})
                else None
            ),
        )
        for key, path, why, expected, field in _visit(document, "package", "the package", "")
    ]


def idle_dialect_keys(dialect: Json, table_format: str) -> Iterator[tuple[str, str]]:
    """Each key of `dialect` that has no effect on files of the format, and where it has one."""
    known = {"parquet", *(name for names in _DIALECT_FORMATS.values() for name in names)}
    for key in dialect if isinstance(dialect, dict) and table_format in known else ():
        formats = _DIALECT_FORMATS.get(key, (table_format,))
        if table_format not in formats:
            text = f"`{key}` has no effect on a file of the format {table_format}"
            yield text, f"a file of the format {', '.join(formats[:-1])} or {formats[-1]}"


def _visit(
    part: Json, level: str, path: str, field: str
) -> Iterator[tuple[str, str, str, str, str]]:
    """Each key without effect, its place, why it has none, what is expected, and the field."""
    if not isinstance(part, dict):
        return
    for key in part:
        if level == "derived field":
            if key in RULES["field"] - _INNER[level] or (
                key == "format" and part[key] not in ("default", "any", "")
            ):
                why = "there: a computed value is not read"
                right = "a rule under `checks` of the resource"
                yield key, path, why, right, str(part.get("name") or "")
        elif level in ("plainrecord", "derivation"):
            break  # these have no keys of the standard; their forms report unknown keys
        elif key not in _own(level) and (where := _belongs(key, level)):
            yield key, path, "there", where, field
        elif level == "dialect" and key == "headerRows" and part.get("header") is False:
            if part[key] not in ([], [1]):
                yield key, path, "beside `header: false`", "one of the two", field
        elif key == "categoriesOrdered" and level == "field" and not part.get("categories"):
            yield key, path, "without `categories`", "`categories`", field
        elif level == "field" and key in _TYPES:
            kind = part.get("type", "any")
            if kind not in _TYPES[key]:
                types = " or ".join(_TYPES[key])
                more = f", or {PLACES['dialect']}" if key in RULES["dialect"] else ""
                why, right = f"in a field of the type {kind}", f"a field of the type {types}{more}"
                yield key, path, why, right, field
    for key, inner in _CHILDREN.get(level, ()):
        value = part.get(key)
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            name = item.get("name") if isinstance(item, dict) and inner not in _OBJECTS else None
            named = f" {name}" if isinstance(name, str) and name else f" {number + 1}"
            here = f"{inner}{named} of {path}" if isinstance(value, list) else f"{key} of {path}"
            at = str(name or "") if inner == "field" else field
            yield from _visit(item, inner, here.removesuffix(" of the package"), at)


def _own(level: str) -> frozenset[str]:
    return RULES.get(level) or _OBJECTS.get(level) or _INNER[level]


@lru_cache(maxsize=1024)  # the same keys are in every resource and field
def _belongs(key: str, level: str) -> str:
    """Where a key that is none of its level belongs; empty where nothing is known of it."""
    own = [rule for rule in sorted(_own(level)) if _spelt_alike(key, rule)]
    if level == "constraints" and not own:
        own = get_close_matches(key, sorted(RULES[level]), n=1, cutoff=CLOSE)
    if key in ("name", "title") and level in _NAMES:
        own = [_NAMES[level]]
    if own:
        return f"`{own[0]}`"
    if key in _LISTS:
        return "" if level in _LISTS[key] else " or ".join(PLACES[home] for home in _LISTS[key])
    alike = _VALUES if level in _VALUES else _CREDITS if level in _CREDITS else ()
    if homes := [f"`{key}` in {PLACES[home]}" for home in alike if key in _OBJECTS[home]]:
        return ", or ".join(homes)
    homes = [
        f"`{rule}` in {PLACES[home]}"
        for home, rules in RULES.items()
        for rule in sorted(rules)
        if _spelt_alike(key, rule)
        and (rule not in _PLAIN or level == "constraints" or level in _INNER)
        if not (home in {"foreign key", "reference"} and rule == "fields")
    ]
    return ", or ".join(homes)


def _spelt_alike(key: str, rule: str) -> bool:
    """Whether two keys differ at most in case, underscores and hyphens."""
    return key == rule or (
        key.replace("_", "").replace("-", "").lower() == rule.lower() and key[:1] != "$"
    )
