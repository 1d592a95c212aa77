"""Plausibility: the rules a maintainer switches on, and what came of each.

Frozen values shared by the rooms `package`, `plausibility` and `pages`; nothing here does work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plainrecord.receipts import Cell, Receipt


@dataclass(frozen=True, slots=True)
class Change:
    """A day from which records are not like those before: a new definition, other offices."""

    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule that is switched on for a table. What each `kind` reads is in docs/maintainers.md.

    `limit` is where the rule begins to notice, `fewest` how much there must be before it looks.
    """

    name: str
    kind: str
    title: str
    resource: str
    note: str = ""
    where: str = ""
    field: str = ""
    fields: tuple[str, ...] = ()
    date: str = ""
    period: str = "month"
    by: tuple[str, ...] = ()
    names: str = ""
    value: str = ""
    part: str = ""
    whole: str = ""
    elapsed: str = ""
    minimum: float | None = None
    maximum: float | None = None
    rounding: float = 0.0
    multiple: int = 5
    unknown: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    limit: float = 0.0
    fewest: int = 0


class Verdict(StrEnum):
    """What a rule came to. Noticed is a question, not a fault."""

    PASSED = "passed"
    NOTICED = "noticed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Strip:
    """One office over time: its label, and its count for each period (None: suppressed)."""

    label: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to: a sentence with its numbers, a small table, and the query behind it.

    `strips` and `periods` are the offices by period where the rule looks at those; `breaks` are
    the days where a line over time should be broken.
    """

    trial: Trial
    verdict: Verdict
    said: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    left_out: int = 0
    receipt: Receipt | None = None
    periods: tuple[str, ...] = ()
    strips: tuple[Strip, ...] = ()
    breaks: tuple[Change, ...] = ()
