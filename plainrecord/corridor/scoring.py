"""A stretch of the corridor: the standards that come with the generator, and what is held to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors import standard
from plainrecord.doors import load
from plainrecord.findings.finding import Finding
from plainrecord.measures import scorecard
from plainrecord.model.grades import Scorecard, Scores
from plainrecord.model.packages import Package
from plainrecord.model.products import Output, PublishedTable
from plainrecord.model.standards import Standard


def read_standards() -> dict[str, Standard]:
    """The standards that come with the generator, by name; `Blocked` where one cannot be read."""
    read: dict[str, Standard] = {}
    for name, texts in load.load_standards().items():
        file = f"plainrecord/standards/{name}/{standard.SCHEMA}"
        document = parse_document(texts[standard.SCHEMA])
        if isinstance(document, dict) and "plainrecord" not in document:
            continue  # a form for records of its own, which nothing is graded by
        parsed, found = standard.parse_standard(document, texts, file)
        if parsed is None:
            raise Blocked(list(found))
        read[parsed.name] = parsed
    return read


def score_edition(
    counter: duckdb.DuckDBPyConnection,
    item: Package,
    tables: Mapping[str, PublishedTable],
    standards: Mapping[str, Standard],
    base_url: str,
    findings: list[Finding],
) -> Scorecard | None:
    """The scorecard of an edition, None where it has no crosswalk; findings are added."""
    published = [*tables.values()]
    card, found = scorecard.measure_scorecard(counter, item, published, standards, base_url)
    findings.extend(replace(finding, file=item.descriptor_path) for finding in found)
    return card


class Scored(Protocol):
    """A dataset with its scorecard, and its releases with theirs."""

    @property
    def scorecard(self) -> Scorecard | None: ...

    def every(self) -> Iterator[Scored]: ...


def gather_scores(
    standards: Mapping[str, Standard], made: Iterable[Scored]
) -> tuple[Scores, list[Output]]:
    """All scorecards with the standards they need, and the files that both offer."""
    cards = (one.scorecard for item in made for one in item.every())
    held = {card.dataset: card for card in cards if card is not None}
    used = {card.standard for card in held.values()}
    scores = Scores(
        tuple(item for name, item in standards.items() if name in used), tuple(held.items())
    )
    files = [o for item in scores.standards for o in scorecard.publish_standard(item)]
    files += [scorecard.publish_scorecard(c, standards[c.standard]) for c in held.values()]
    return scores, files
