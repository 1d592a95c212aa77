"""Every key of a descriptor with its type and default, read from the models.

`python -m plainrecord.descriptors.key_reference > docs/keys.md` writes the reference.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from plainrecord.descriptors.claims import CLAIM_TESTS, RegisterForm
from plainrecord.descriptors.package_forms import PackageForm
from plainrecord.descriptors.portal_forms import LedgerForm, PageForm, SourcesForm
from plainrecord.measures.plausibility import RULES
from plainrecord.model.claims import ClaimPart
from plainrecord.model.declarations import ChartDefinition, Portal

HEAD = """# Keys of the descriptors

This file is generated from the models: `python -m plainrecord.descriptors.key_reference > docs/keys.md`. [Reference for maintainers](maintainers.md) explains the keys. Keys with **required** have no default. A name such as `plainrecord.charts[].breaks[]` is the path of an object: `[]` is an entry of a list, and `*` a key that you choose. Other keys of the Data Package standard are allowed where the standard has them.
"""
FILES: dict[str, type[BaseModel]] = {
    "site/portal.yaml": Portal,
    "site/pages/*.md": PageForm,
    "data/NAME/datapackage.yaml": PackageForm,
    "data/NAME/claims.yaml": RegisterForm,
    "data/NAME/releases.yaml": LedgerForm,
    "data/NAME/sources.yaml": SourcesForm,
}
"""What a maintainer writes; `site/claims.yaml` has the keys of a dataset's."""

CHOICES: dict[str, Mapping[str, type[BaseModel]]] = {
    "plainrecord.charts[]": {"": ChartDefinition},
    "plainrecord.plausibility[]": RULES,
    "claims[].tests[]": {"": ClaimPart, **CLAIM_TESTS},
}
"""Objects that a function reads by their kind, so that the schema does not describe them."""

Schema = dict[str, Any]
"""A JSON Schema, as pydantic makes it."""


def list_objects(path: str, form: type[BaseModel]) -> Iterator[tuple[str, Schema]]:
    """Yield each object that `form` can hold, itself first, as its path and its JSON Schema."""
    whole = form.model_json_schema()
    definitions = whole.get("$defs", {})
    waiting: list[tuple[str, Schema]] = [(path, whole)]
    while waiting:
        path, node = waiting.pop(0)
        inner: list[tuple[str, Schema]] = []
        for part in _parts(node, definitions):
            for kind, model in CHOICES.get(path, {}).items() if not part else ():
                yield from list_objects(f"{path} {kind}".strip(), model)
            properties = part.get("properties")
            if isinstance(properties, dict):
                yield path, part
                inner += [(f"{path}.{key}".lstrip("."), value) for key, value in properties.items()]
            inner += [(f"{path}[]", part["items"])] if "items" in part else []
            chosen = part.get("additionalProperties")
            inner += [(f"{path}.*", chosen)] if isinstance(chosen, dict) else []
        waiting = inner + waiting


def _parts(node: Schema, definitions: Mapping[str, Schema]) -> Iterator[Schema]:
    """The schema, or each of its alternatives, with references replaced."""
    if "$ref" in node:
        yield from _parts(definitions[str(node["$ref"]).rpartition("/")[2]], definitions)
    elif isinstance(alternatives := node.get("anyOf"), list):
        for alternative in alternatives:
            yield from _parts(alternative, definitions)
    else:
        yield node


def _name_type(node: Schema) -> str:
    """The type of a value in words: `text`, `list of objects`, or the values allowed."""
    if isinstance(alternatives := node.get("anyOf"), list):
        names = dict.fromkeys(map(_name_type, alternatives))
        return " or ".join(name for name in names if name != "null")
    if isinstance(values := node.get("enum"), list) or "const" in node:
        listed = values if isinstance(values, list) else [node["const"]]
        return ", ".join(f"`{value}`" for value in listed if value != "")
    if node.get("type") == "array":
        return f"list ({_name_type(node['items'])})" if node.get("items") else "list"
    words = {"string": "text", "boolean": "`true`, `false`", "integer": "whole number"}
    kind: str = node.get("type", "any value")
    return words.get(kind, kind)


def _describe_object(path: str, schema: Schema) -> str:
    required = schema.get("required", [])
    properties = schema["properties"]
    lines = [f"### `{path}`\n" if path else "", "| key | type | default |", "| --- | --- | --- |"]
    for key, node in properties.items():
        default = node.get("default")
        shown = "" if default in (None, "", [], {}) else f"`{json.dumps(default)}`"
        shown = "" if isinstance(default, dict) else shown
        kind = _name_type(node).replace("|", "\\|")
        lines.append(f"| `{key}` | {kind} | {'**required**' if key in required else shown} |")
    return "\n".join((*filter(None, lines), ""))


def document_keys() -> str:
    """All keys as Markdown: the text of docs/keys.md."""
    sections = [HEAD]
    for file, form in FILES.items():
        sections.append(f"## {file}\n")
        known: dict[str, str] = {}
        for path, schema in list_objects("", form):
            first = known.setdefault(json.dumps(schema), path)
            same = f"### `{path}`\n\nThe same keys as `{first}`.\n"
            sections.append(_describe_object(path, schema) if first == path else same)
    return "\n".join(sections)


if __name__ == "__main__":
    sys.stdout.write(document_keys())
