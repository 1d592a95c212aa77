"""Standards for records: from a Table Schema with what each field is for, to a Standard.

`io.load` reads the texts in `plainrecord/standards` and passes them in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import Field

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.reading import OpenForm, read_form
from plainrecord.findings.finding import Finding
from plainrecord.model.forms import StrictForm
from plainrecord.model.standards import ChecklistItem, Element, Named, SourceOfFields, Standard

SCHEMA = "schema.yaml"


class _ElementForm(StrictForm):
    group: str
    companion: str = ""
    why: str = ""
    good: str = ""
    needed: str = ""
    levels: dict[str, str] = Field(default_factory=dict)
    wanted: str = ""
    sources: dict[str, str] = Field(default_factory=dict)


class _CategoryForm(OpenForm):
    value: str
    label: str


class _FieldForm(OpenForm):
    name: str
    title: str
    type: str
    description: str = ""
    categories: tuple[_CategoryForm, ...] = ()
    categories_ordered: bool = Field(default=False, alias="categoriesOrdered")
    plainrecord: _ElementForm


class _SourceForm(StrictForm):
    title: str
    address: str


class _ItemForm(StrictForm):
    title: str
    why: str


class _StandardForm(StrictForm):
    name: str
    version: str
    summary: str
    groups: dict[str, str]
    units: dict[str, str]
    sources: dict[str, _SourceForm]
    checklist: dict[str, _ItemForm]


class _SchemaForm(OpenForm):
    title: str
    description: str
    fields_match: str = Field(default="exact", alias="fieldsMatch")
    fields: tuple[_FieldForm, ...] = Field(min_length=1)
    plainrecord: _StandardForm


def parse_standard(
    document: Json, texts: Mapping[str, str], file: str
) -> tuple[Standard | None, tuple[Finding, ...]]:
    """The standard that a schema describes, and all that is wrong with it.

    `texts` are the files of its folder by name; they are offered for download beside the schema as
    JSON and an empty table with its columns.
    """
    form, findings = read_form(_SchemaForm, document, file)
    if form is None:
        return None, tuple(findings)
    ours = form.plainrecord
    elements = tuple(_element(item) for item in form.fields)
    findings.extend(_contradictions(elements, ours, file))
    files = {name: text.encode() for name, text in texts.items()}
    files["schema.json"] = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    files["template.csv"] = (",".join(item.name for item in elements) + "\r\n").encode()
    standard = Standard(
        name=ours.name,
        title=form.title,
        version=ours.version,
        summary=ours.summary,
        description=form.description,
        elements=elements,
        groups=tuple(Named(name, title) for name, title in ours.groups.items()),
        units=tuple(Named(name, title) for name, title in ours.units.items()),
        sources=tuple(SourceOfFields(k, s.title, s.address) for k, s in ours.sources.items()),
        checklist=tuple(ChecklistItem(k, i.title, i.why) for k, i in ours.checklist.items()),
        files=tuple(sorted(files.items())),
    )
    return (None if findings else standard), tuple(findings)


def _element(form: _FieldForm) -> Element:
    ours = form.plainrecord
    return Element(
        name=form.name,
        title=form.title,
        type=form.type,
        description=form.description,
        group=ours.group,
        why=ours.why,
        good=ours.good,
        needed=ours.needed,
        categories=tuple(Named(item.value, item.label) for item in form.categories),
        levels=tuple(Named(name, title) for name, title in ours.levels.items()),
        wanted=ours.wanted,
        sources=tuple(ours.sources.items()),
        companion=ours.companion,
    )


def _contradictions(elements: tuple[Element, ...], ours: _StandardForm, file: str) -> list[Finding]:
    names = {item.name for item in elements}
    wrong = []
    for item in elements:
        if item.group not in ours.groups:
            wrong.append(f"{item.name} is in the group {item.group!r}, which has no title")
        if item.companion and item.companion not in names:
            wrong.append(f"{item.name} explains {item.companion!r}, which is not there")
        if bool(item.levels) != bool(item.wanted) or (
            item.wanted and item.wanted not in {level.name for level in item.levels}
        ):
            wrong.append(f"{item.name} wants {item.wanted!r}, which is none of its levels")
        if not item.companion and not (item.why and item.good and item.needed):
            wrong.append(
                f"{item.name} does not say why it matters, what is good and what is needed"
            )
        for name, _ in item.sources:
            if name not in ours.sources:
                wrong.append(f"{item.name} names the source {name!r}, which has no address")
    return [
        Finding("value-invalid", text, "a standard that agrees with itself", file=file)
        for text in wrong
    ]
