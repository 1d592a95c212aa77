"""Lists of words, written in the code as a text; reasons in words."""

LEAST_WORDS = 3
"""Words of a reason: fewer say "yes" and not why."""


def split_words(text: str) -> tuple[str, ...]:
    """The words of a text, in its order; where it has commas, the phrases between them."""
    return tuple(text.split(", ") if "," in text else text.split())


def is_reason(text: str) -> bool:
    """Whether a text says why: a few words, each with letters."""
    return sum(any(map(str.isalpha, word)) for word in text.split()) >= LEAST_WORDS


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as `split_words` reads them, without an order."""
    return frozenset(split_words(text))
