"""Standards for records: from a Table Schema with what each field is for, to a Standard.

`io.load` reads the texts in `plainrecord/standards` and passes them in. They are part of the
program; tests/descriptors/test_standard.py checks that each agrees with itself.
"""

import json
from collections.abc import Mapping
from typing import Any

from plainrecord.model.standards import ChecklistItem, Element, Named, SourceOfFields, Standard

SCHEMA = "schema.yaml"


def parse_standard(document: dict[str, Any], texts: Mapping[str, str]) -> Standard:
    """The standard that a schema describes.

    `texts` are the files of its folder by name; they are offered for download beside the schema as
    JSON and an empty table with its columns.
    """
    ours = document["plainrecord"]
    elements = tuple(map(_parse_element, document["fields"]))
    files = {name: text.encode() for name, text in texts.items()}
    files["schema.json"] = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    files["template.csv"] = (",".join(item.name for item in elements) + "\r\n").encode()
    return Standard(
        name=ours["name"],
        title=document["title"],
        version=str(ours["version"]),
        summary=ours["summary"],
        description=document["description"],
        elements=elements,
        groups=_named(ours["groups"]),
        units=_named(ours["units"]),
        sources=tuple(SourceOfFields(name, **item) for name, item in ours["sources"].items()),
        checklist=tuple(ChecklistItem(name, **item) for name, item in ours["checklist"].items()),
        files=tuple(sorted(files.items())),
    )


def _parse_element(field: dict[str, Any]) -> Element:
    ours = field["plainrecord"]
    return Element(
        name=field["name"],
        title=field["title"],
        type=field["type"],
        description=field["description"],
        categories=tuple(Named(c["value"], c["label"]) for c in field.get("categories", ())),
        **{
            **ours,
            "levels": _named(ours.get("levels", {})),
            "sources": tuple(ours.get("sources", {}).items()),
        },
    )


def _named(titles: Mapping[str, str]) -> tuple[Named, ...]:
    return tuple(Named(name, title) for name, title in titles.items())
