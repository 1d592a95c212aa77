"""One of two tables that are compared, of which the rows that both have may be left out."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """A table, its relations as SQL text for FROM.

    `rest` are the rows to match; `alike` rows more are in the table that the other table has just
    so, and none of them shares its key with another row. `head` are the first rows of the table,
    or all. `whole` gives all rows, and is costly where `alike` is not 0; so is `column`, but less,
    which gives them with the column of a name and perhaps no other. `may_hold` says whether a text
    may be a value of the table, and a no is certain.
    """

    rest: str
    head: str
    alike: int
    whole: Callable[[], str]
    column: Callable[[str], str]
    may_hold: Callable[[str], bool]


def whole_side(relation: str) -> ComparedSide:
    """A side of which nothing is left out."""
    return ComparedSide(relation, relation, 0, lambda: relation, lambda _: relation, lambda _: True)
