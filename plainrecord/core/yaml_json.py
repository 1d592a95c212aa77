"""YAML and JSON texts as values, and such a text with other values or one more item of a list."""

import re
from collections.abc import Mapping

import yaml

from plainrecord.core.exact_numbers import read_float
from plainrecord.core.strict_json import Json, hold_number, read_json

MAX_ALIASES = 100
MAX_UNFOLDED = 100_000
MAX_DEPTH = 100
_MAYBE_DEEP = re.compile(r"(?:[-?] +){20}|^ {200}", re.MULTILINE)


class _Loader(yaml.CSafeLoader):
    """Safe YAML whose dates stay text and whose only booleans are true and false."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is not a text; put it in quotes", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} occurs twice", key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    """A number of YAML; one that is written as in JSON keeps the digits that a double has not."""
    text = str(node.value)
    written = _JSON_FLOAT.fullmatch(text)
    try:
        return hold_number(
            text, read_float if written else lambda _: loader.construct_yaml_float(node)
        )
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> float:
    try:
        return hold_number(str(node.value), lambda _: loader.construct_yaml_int(node))
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


_JSON_FLOAT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def parse_document(text: str, *, json_only: bool = False) -> Json:
    """The YAML or JSON document in `text`; ValueError(message, line) when it is neither.

    More than 100 aliases are refused, and fewer that stand for more than 100,000 values together:
    nested ones unfold to more than a memory holds.
    """
    if json_only:
        return read_json(text)
    try:
        if _is_deep(text):
            raise ValueError("the document is nested too deeply", 1)
        if "*" in text and "&" in text:  # without both signs there is no alias to count
            _count_aliases(text)
        return yaml.load(text, _Loader)  # type: ignore[no-any-return] # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ValueError(error.problem or str(error), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise ValueError(str(error), 1) from None
    except RecursionError:
        raise ValueError("the document is nested too deeply", 1) from None


def _count_aliases(text: str) -> None:
    """ValueError where a YAML document has too many aliases, or they stand for too many values."""
    aliases = unfolded = size = 0
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            stands_for = sizes.get(event.anchor or "", 1)
            size += stands_for
            unfolded += stands_for
            if unfolded > MAX_UNFOLDED:
                mark = event.start_mark
                line = mark.line + 1 if mark else 1
                raise ValueError(f"aliases stand for more than {MAX_UNFOLDED:,} values", line)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, size))
            size += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = size - before
        elif isinstance(event, yaml.ScalarEvent):
            size += 1
            if event.anchor:
                sizes[event.anchor] = 1
    if aliases > MAX_ALIASES:
        raise ValueError(f"the document has {aliases} aliases", 1)


def _is_deep(text: str) -> bool:
    """Whether a YAML document is nested so deeply that its parser would end the whole program."""
    if text.count("[") + text.count("{") <= MAX_DEPTH and not _MAYBE_DEEP.search(text):
        return False
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return True
    return False


def append_item(text: str, key: str, item: str) -> str:
    """`text`, a YAML mapping, with the lines `item` as a further item of its list `key`.

    `item` begins with "- " and has no indent of its own; the rest of the text, its comments too,
    stays to the letter. A key that is not there is added at the end. ValueError in words where the
    list is not written with an item on each line, so that nothing can be put at its end.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    root = yaml.compose(text, _Loader)
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise ValueError("the document is not a mapping with a key on each line")
    values = [value for name, value in root.value if name.value == key] if root else []
    if not values:
        return "".join([*lines, f"{key}:\n", *_indented(item, 2)])
    node = values[0]
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise ValueError(f"{key} is not a list with an item on each line")
    last: yaml.Node = node
    while isinstance(last, yaml.CollectionNode) and last.value and not last.flow_style:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    mark = last.end_mark
    line = mark.line if mark.column == 0 else mark.line + 1
    return "".join([*lines[:line], *_indented(item, node.start_mark.column), *lines[line:]])


def replace_values(text: str, changes: Mapping[tuple[str | int, ...], str | int]) -> str:
    """`text`, a YAML or JSON document, with other values at the places `changes`.

    A place is the keys and positions that lead to it, such as ("resources", 0, "bytes"). All else
    stays to the letter, comments too, and quotes as they were. ValueError(message) where a place
    has no value that stands on one line.
    """
    mark, text = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
    # A tab between the tokens of JSON is none for YAML; each sign keeps its place.
    root = yaml.compose(text.replace("\t", " "), _Loader)
    spans = set()
    for location, value in changes.items():
        node = root
        for step in location:
            node = _inside(node, step)
        if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
            raise ValueError(f"{'.'.join(map(str, location))} is not a value on one line")
        start, end = node.start_mark.index, node.end_mark.index
        bare = not node.style and _BARE.fullmatch(str(value)) is not None
        sign = "" if bare or isinstance(value, int) else node.style or '"'
        spans.add((start, end, f"{sign}{value}{sign}"))
    for start, end, written in sorted(spans, reverse=True):
        text = text[:start] + written + text[end:]
    return mark + text


_BARE = re.compile(r"[A-Za-z][A-Za-z0-9:]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Texts that may stand without quotes: none is read as a number."""


def _inside(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]
    return None


def dump_document(document: dict[str, Json]) -> str:
    """A document as YAML, keys in their order, texts to the letter; a value that stands at several
    places is written at each, as only so many references are read."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _indented(item: str, width: int) -> list[str]:
    return [f"{' ' * width}{line}\n" for line in item.splitlines()]
