"""A toy of each thing that comes in kinds, declared outside the package: a portal shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from plainrecord.descriptors.claim_forms import CLAIM_TESTS
from plainrecord.measures.claim_test import ClaimMeasures, TableTest
from plainrecord.measures.plausibility import RULES
from plainrecord.measures.rule_query import Rule, RuleQuery
from plainrecord.model.claims import ClaimVerdict, Result, Words
from plainrecord.model.counts import fill, number, show
from plainrecord.model.declarations import FigureDefinition
from plainrecord.model.plausibility import Outcome
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
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


class SizeTest(TableTest):
    """Whether a table has enough rows."""

    fewest: int

    def measure(self, context: ClaimMeasures) -> Result:
        sql = f'SELECT count(*) FROM "{self.dataset}{context.mark}"."{self.resource}"'
        size = context.measure(FigureDefinition(name="size", title=context.title, sql=sql))
        enough = isinstance(size.value, int) and size.value >= self.fewest
        verdict = ClaimVerdict.SUPPORTED if enough else ClaimVerdict.CONTRADICTED
        return Result(verdict, {"size": size})

    def meaning(self) -> str:
        return f"For the claim to be true, there must be {self.fewest} rows."

    def describe(self, result: Result) -> Words:
        return fill("The table has {} rows.", result.figures["size"])

    def summary(self, result: Result) -> Words:
        return fill("{} rows are there.", result.figures["size"])


CLAIMS = """claims:
  - name: many
    title: Many visits
    speaker: Somebody
    said: there are many visits.
    changed: 2026-10-02
    source: {status: reported, title: A newspaper}
    tests:
      - {title: There are fifty, size: {dataset: visits, resource: visits, fewest: 50}}
"""


def test_a_claim_test_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLAIM_TESTS, "size", SizeTest)
    site = build(tmp_path, **{"site/claims.yaml": CLAIMS})
    page = read_words(site / "claims/many/index.html")
    assert "The table has 60 rows. For the claim to be true, there must be 50 rows." in page
    assert "Supported by the records here" in page
    assert "60 rows are there." in read_words(site / "claims/index.html")
    assert verify_site(str(tmp_path / "_site"), None, lambda _: None).holds
