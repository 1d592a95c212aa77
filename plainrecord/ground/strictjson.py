"""JSON, strictly: for documents that somebody else may have written."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import NoReturn

from plainrecord.ground.digits import plain_text
from plainrecord.model.packages import Json

MOST_DIGITS = 300
"""The digits of a whole number that a floating number can still hold."""


def parse_json(content: bytes) -> Json:
    """The JSON document in `content` (UTF-8).

    ValueError, with the reason in words, where it is not JSON, names a key twice, holds NaN,
    infinity or a number beyond what programs hold, or is nested too deeply: two programs could
    read such a document in two ways.
    """
    try:
        parsed: Json = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unite,
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


def serialise_json(document: Json) -> bytes:
    """`document` as JSON bytes in the order of its keys, one line end at the end."""
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


_NUMERAL = "\ufdd3"
"""What stands around the digits of a number in JSON text that is being written: no character."""


def write_numeral(number: Decimal) -> str:
    """A text for `number`, which `restore_numerals` makes a number of once the document is written."""
    return f"{_NUMERAL}{plain_text(number)}{_NUMERAL}"


def restore_numerals(text: str) -> str:
    """JSON `text` in which numbers that Python would round stand with all their digits."""
    return text.replace(f'"{_NUMERAL}', "").replace(f'{_NUMERAL}"', "")


def _unite(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    united = dict(pairs)
    if len(united) < len(pairs):
        raise ValueError("it names a key twice")
    return united


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"it holds {word}")


def _measure(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"it holds the number {text[:20]}, which is too large")
    return value


def _count(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(text):,} digits")
    return int(text)


def read_object(content: bytes) -> dict[str, Json]:
    """The JSON object in `content`; an empty one where there is none."""
    try:
        document = parse_json(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
