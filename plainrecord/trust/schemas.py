"""What the standard asks of a schema beyond the shape of its parts, in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from plainrecord.forms import descriptors as written
from plainrecord.model.packages import Json


def schema_problems(
    form: written.SchemaForm, raw: Json, *, portal: bool
) -> Iterator[tuple[str, str, str]]:
    """What is wrong in a schema, what is expected, and the field it is about (or "").

    Table Schema v2: uniqueKeys, missingValues, categories, enum. A portal may mix texts and objects
    in missingValues: it publishes objects only.
    """
    keys = raw.get("uniqueKeys") if isinstance(raw, dict) else None
    if keys is not None and (
        not isinstance(keys, list) or not keys or any(isinstance(key, str) for key in keys)
    ):
        yield "uniqueKeys is not a list of lists of names", "[[name, ...], ...]", ""
    yield from _mark_problems(form.missing_values, "", portal)
    for field in form.fields:
        yield from _mark_problems(field.missing_values or (), field.name, portal)
        yield from _category_problems(field)


def _mark_problems(
    marks: Sequence[str | written.MissingValueForm], field: str, portal: bool
) -> Iterator[tuple[str, str, str]]:
    if len({isinstance(mark, str) for mark in marks}) > 1 and not portal:
        yield "missingValues holds texts and objects", "all texts, or all objects", field
    texts = [mark if isinstance(mark, str) else mark.value for mark in marks]
    yield from _repeated("missingValues", texts, field)


def _category_problems(field: written.FieldForm) -> Iterator[tuple[str, str, str]]:
    objects = [c for c in field.categories if isinstance(c, written.CategoryForm)]
    values = [c.value if isinstance(c, written.CategoryForm) else c for c in field.categories]
    if objects and len(objects) < len(values):
        yield "categories holds values and objects", "all values, or all objects", field.name
    yield from _repeated("categories", values, field.name)
    labels = [c.label for c in objects if c.label]
    yield from _repeated("the labels of categories", labels, field.name)
    allowed = field.constraints.get("enum")
    if values and isinstance(allowed, tuple):
        known = {str(value) for value in values}
        for value in allowed:
            if str(value) not in known:
                text = f"enum holds {value!r}, which is no category"
                yield text, "values of categories", field.name


def _repeated(what: str, values: Sequence[Hashable], field: str) -> Iterator[tuple[str, str, str]]:
    if len(set(values)) < len(values):
        yield f"{what} holds a value twice", "each value once", field
