"""`protection.json`: how the tables beside it were protected."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemovedField(_Form):
    """A field of the raw table that is not released, or in less detail."""

    field: str
    action: Literal["removed", "generalised"]
    reason: str


class ProtectedCells(_Form):
    """How many cells of a released table are hidden to protect people.

    `sums` at level 1: some counts are sums of those of a table by a related field, such as months of
    a year. Such a sum is never labelled as fewer than the threshold, even where it is.
    """

    resource: str
    dimensions: tuple[str, ...] = ()
    cells: int = Field(ge=0)
    hidden: int = Field(ge=0)
    sums: bool = False


class ProtectedRows(_Form):
    """Released rows: those with `suppressed` values by key variable, with any (`touched`)."""

    resource: str
    keys: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    diversity: int = 1
    rows: int
    touched: int
    suppressed: dict[str, int] = Field(default_factory=dict)


class NestedValues(_Form):
    """The `values` of a field by definition, each with the value of `within` that follows from it."""

    field: str
    within: str
    values: dict[str, str]


class ProtectionReport(_Form):
    """How `plainrecord protect` made what is released from a raw table of `rows` people or rows.

    `threshold`, `level` and `rounding` are those of the policy, of which `policy` is the hash.
    `fields` were removed or generalised. Combinations of values under `structural_zeros` cannot
    occur: their count is not applicable. `beside` has the dates of the earlier releases that it was
    protected together with: a count that one of them shows and this one suppresses is another now,
    or one of its parts is. So may be the counts listed with the date, which it suppresses. `nested` says
    which values of one dimension lie in which of another, so that counts add up from table to table.
    """

    version: Literal[1]
    mode: Literal["tables", "records"]
    threshold: int
    level: int
    rounding: int = 0
    structural_zeros: tuple[dict[str, str], ...] = ()
    nested: tuple[NestedValues, ...] = ()
    beside: dict[str, tuple[dict[str, str], ...]] = Field(default_factory=dict)
    measure: str
    unit: str
    policy: str
    rows: int
    fields: tuple[RemovedField, ...] = ()
    records: ProtectedRows | None = None
    tables: tuple[ProtectedCells, ...] = ()
    alternatives: tuple[tuple[int, ...], ...] = ()
