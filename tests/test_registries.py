"""A toy of each thing that comes in kinds, declared outside the package: a portal shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from plainrecord.measures.plausibility import RULES
from plainrecord.measures.rule_query import Rule, RuleQuery
from plainrecord.model.counts import fill, number, show
from plainrecord.model.plausibility import Outcome
from plainrecord.pipeline.build import build_portal
from tests.portals import DESCRIPTOR, write_portal


class LongTextRule(Rule):
    """Whether a text is longer than it should be."""

    question: ClassVar = "Are there very long texts?"
    meaning: ClassVar = "A long text may be two texts."
    otherwise: ClassVar = "Some names are long."

    kind: Literal["long-text"]
    field: str
    most: int = 1

    def evaluate(self, query: RuleQuery) -> Outcome:
        long = f"length({query.column(self.field)}) > {self.most}"
        totals = query.count("", f"SELECT count(*) FILTER ({long}) AS long FROM {query.source}")
        words = number(show(totals, "1.1"), "text is", "texts are")
        return query.outcome(bool(totals.rows[0][0]), fill("{} long.", words))


def build(root: Path, **changes: str) -> Path:
    """The built site of a small portal with the toys."""
    build_portal(write_portal(root, **changes), root / "_site", lambda _: None)
    return root / "_site"


def read_words(page: Path) -> str:
    """The text of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", "", page.read_text()).split())


def test_a_plausibility_rule_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "long-text", LongTextRule)
    rule = "{name: long, title: Long states, kind: long-text, field: state}"
    descriptor = f"{DESCRIPTOR}  plausibility: [{rule}]\n"
    site = build(tmp_path, **{"data/visits/datapackage.yaml": descriptor})
    page = read_words(site / "datasets/visits/plausibility/index.html")
    assert "Are there very long texts? 60 texts are long." in page
    assert "A long text may be two texts." in page
