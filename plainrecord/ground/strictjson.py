"""JSON, strictly: for documents that somebody else may have written."""

from __future__ import annotations

import json
from typing import NoReturn

from plainrecord.model.packages import Json


def parse_json(content: bytes) -> Json:
    """The JSON document in `content` (UTF-8).

    ValueError, with the reason in words, where it is not JSON, names a key twice, holds NaN or
    infinity, or is nested too deeply: two programs could read such a document in two ways.
    """
    try:
        parsed: Json = json.loads(
            content.decode("utf-8"), object_pairs_hook=_unite, parse_constant=_refuse
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


def _unite(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    united = dict(pairs)
    if len(united) < len(pairs):
        raise ValueError("it names a key twice")
    return united


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"it holds {word}")
