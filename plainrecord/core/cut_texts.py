"""Cut long texts so that a reader sees where they differ."""

import unicodedata
from collections.abc import Sequence


def cut_apart(texts: Sequence[str], most: int) -> tuple[int, tuple[str, ...]]:
    """Where the texts are cut, and `most` signs of each from there on, with what differs first."""
    position = next(
        (at for at, signs in enumerate(zip(*texts, strict=False)) if len(set(signs)) > 1),
        min(map(len, texts)),
    )
    start = max(0, position - most // 2) if position >= most - 10 else 0
    return start, tuple(text[start : start + most] for text in texts)


def look_alike(texts: Sequence[str]) -> bool:
    """Whether two of the texts look the same, as with an accent as a character of its own."""
    return len({unicodedata.normalize("NFKC", text) for text in texts}) < len(texts)
