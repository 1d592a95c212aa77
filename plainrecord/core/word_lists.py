"""Lists of words, written in the code as a text."""


def split_words(text: str) -> tuple[str, ...]:
    """The words of a text, in its order; where it has commas, the phrases between them."""
    return tuple(text.split(", ") if "," in text else text.split())


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as `split_words` reads them, without an order."""
    return frozenset(split_words(text))
