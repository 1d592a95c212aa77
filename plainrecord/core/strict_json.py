"""JSON, strictly: for documents that somebody else may have written."""

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from plainrecord.core.exact_numbers import WrittenFloat, plain_text, read_float

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""A value as JSON or YAML holds it."""


MOST_DIGITS = 300
"""The digits of a number that a floating number can still hold."""


def parse_json(content: bytes) -> Json:
    """The JSON in `content`; ValueError, in words, for what programs read in different ways."""
    try:
        parsed: Json = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_measure,
            parse_int=_count,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg} in line {error.lineno}") from None
    return parsed


def read_json(text: str) -> Json:
    """The JSON that a maintainer wrote, numbers exact; ValueError(message, line) otherwise."""
    try:
        document: Json = json.loads(
            text,
            object_pairs_hook=_once,
            parse_float=lambda number: hold_number(number, read_float),
            parse_int=lambda number: hold_number(number, int),
            parse_constant=lambda word: hold_number(word, float),
        )
    except json.JSONDecodeError as error:
        raise ValueError(error.msg, error.lineno) from None
    except RecursionError:
        raise ValueError("the document is nested too deeply", 1) from None
    return document


def read_values(text: str) -> Json:
    """The values in JSON, every digit kept; ValueError for a repeated key, NaN and infinity."""
    values: Json = json.loads(
        text, object_pairs_hook=_once, parse_float=read_float, parse_constant=_refuse
    )
    return values


def _refuse(word: str) -> NoReturn:
    raise ValueError(f'{word} is not a value of JSON: write null, or the text "{word}"')


def hold_number(text: str, read: Callable[[str], float]) -> float:
    """The number `text`; ValueError where it is one that programs that read JSON do not hold."""
    value = read(text) if len(text) <= MOST_DIGITS else math.inf
    if not math.isfinite(value):
        raise ValueError(f"programs that read JSON cannot store the number {text[:20]}")
    return value


def serialise_json(document: Json | Mapping[str, Json], indent: int = 1) -> bytes:
    """`document` as JSON bytes in the order of its keys, one line end at the end."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False)
    return (text + "\n").encode()


_NUMERAL = "\ufdd3"
"""A mark around the digits of a number in JSON text that is being written: no character."""


def write_numeral(number: Decimal) -> str:
    """A text for `number`, which `restore_numerals` makes a number of once the document is written."""
    return f"{_NUMERAL}{plain_text(number)}{_NUMERAL}"


def restore_numerals(text: str) -> str:
    """JSON `text` in which numbers that Python would round stand with all their digits."""
    return text.replace(f'"{_NUMERAL}', "").replace(f'{_NUMERAL}"', "")


def write_exact(document: Json, *, indent: int | None = None) -> str:
    """`document` as JSON text in which a number that was written with more digits keeps them all."""
    return restore_numerals(json.dumps(_keep_digits(document), ensure_ascii=False, indent=indent))


def _keep_digits(value: Json) -> Json:
    if isinstance(value, WrittenFloat):
        return write_numeral(Decimal(value.text))
    if isinstance(value, dict):
        return {key: _keep_digits(item) for key, item in value.items()}
    return list(map(_keep_digits, value)) if isinstance(value, list) else value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The object with these members; ValueError where a key is in it twice."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} occurs twice")
    return read


def _measure(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"it contains the number {text[:20]}, which is too large")
    return value


def _count(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"it contains a number of {len(text):,} digits")
    return int(text)


def read_object(content: bytes) -> dict[str, Json]:
    """The JSON object in `content`; an empty one where there is none."""
    try:
        document = parse_json(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def reach(value: Any, *keys: str) -> Json:
    """What lies under one key after another in objects; None where there is no such thing."""
    node: Json = value
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def items_in(value: Any, *keys: str) -> list[Json]:
    """The items of the list that lies under the keys; none where there is no list."""
    listed = reach(value, *keys)
    return listed if isinstance(listed, list) else []


def objects_in(value: Any, *keys: str) -> list[dict[str, Json]]:
    """The objects in the list that lies under the keys; none where there is no list."""
    return [item for item in items_in(value, *keys) if isinstance(item, dict)]


MOST_UNPACKED = 50_000_000_000
MOST_RATIO = 300
FREE_BYTES = 200_000_000
"""A packed file may unpack to 300 times its size, or to 200 MB whatever its size, and to 50 GB."""


def most_unpacked(path: Path) -> int:
    """How many bytes the packed file at `path` may unpack to."""
    return min(MOST_UNPACKED, max(FREE_BYTES, MOST_RATIO * path.stat().st_size))


def select(value: object, *names: str) -> dict[str, Any]:
    """The named attributes of a value by their names: what a document repeats of it."""
    return {name: getattr(value, name) for name in names}
