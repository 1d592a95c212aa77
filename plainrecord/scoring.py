"""A stretch of the corridor: the standards that come with the generator, and what is held to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plainrecord import load, scorecard, standard
from plainrecord.elements import Standard
from plainrecord.errors import Blocked
from plainrecord.grades import Scorecard, Scores
from plainrecord.product import Output


def read_standards() -> dict[str, Standard]:
    """The standards that come with the generator, by name; `Blocked` where one cannot be read."""
    read: dict[str, Standard] = {}
    for name, texts in load.load_standards().items():
        file = f"plainrecord/standards/{name}/{standard.SCHEMA}"
        document = load.parse_document(texts[standard.SCHEMA])
        parsed, found = standard.parse_standard(document, texts, file)
        if parsed is None:
            raise Blocked(list(found))
        read[parsed.name] = parsed
    return read


def gather_scores(
    standards: Mapping[str, Standard], cards: Iterable[Scorecard | None]
) -> tuple[Scores, list[Output]]:
    """All scorecards with the standards they need, and the files that those offer."""
    held = {card.dataset: card for card in cards if card is not None}
    used = {card.standard for card in held.values()}
    scores = Scores(
        tuple(item for name, item in standards.items() if name in used), tuple(held.items())
    )
    return scores, [o for item in scores.standards for o in scorecard.publish_standard(item)]
