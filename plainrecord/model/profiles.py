"""Quality profiles: what a released column holds, by the cells of the tables that counted it."""

from dataclasses import dataclass
from dataclasses import field as declare

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.packages import Field, MissingKind


@dataclass(frozen=True, slots=True)
class MissingShare:
    """How many values of a field are absent under one mark, and which share of the rows."""

    mark: str
    label: str
    kind: MissingKind
    count: Shown
    share: Shown


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How often a value occurs; the count is "suppressed" where privacy requires it."""

    value: str
    label: str
    shown: Shown
    count: Shown


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """How full a released column is (a share), its range, commonest values, an example."""

    field: Field
    filled: Shown
    distinct: Shown
    absent: tuple[MissingShare, ...]
    minimum: Shown | None = None
    maximum: Shown | None = None
    example: Label | None = None
    values: tuple[ValueCount, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """The quality profile of a released table, with what it was counted by.

    `fields` has no profile of a field that could not be counted; `notes` say so. `repeated` is
    None where no row repeats an earlier one; `summed` are the rows over which marks were counted.
    """

    resource: str
    repeated: Shown | None
    fields: tuple[FieldProfile, ...]
    counted: tuple[CountTable, ...] = ()
    summed: tuple[Shown, ...] = ()
    rows: Shown | None = None
    notes: tuple[str, ...] = declare(default_factory=tuple)
