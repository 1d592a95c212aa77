"""The releases of a dataset side by side, each compared with the one before, as they are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plainrecord.model.changes import CategoryChange, ChangeKind, Comparison, FieldChange, Record
from plainrecord.model.counts import CountTable, RecordList
from plainrecord.model.declarations import Coarsening, ComparisonSettings, PrivacyPolicy
from plainrecord.model.suppression import Count, suppress


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """One release of a table, as it is compared with others: a label and its relation."""

    label: str
    relation: str


@dataclass(frozen=True, slots=True)
class Triangle:
    """Each period's count as every release reported it: `counts[period][release]`.

    None where a release does not reach to that period, 0 where it does and has no row. `newest`
    is each release's last period (None where it has no date), `undated` its rows without a
    readable date.
    """

    releases: tuple[str, ...]
    periods: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]
    newest: tuple[str | None, ...]
    undated: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MovedPeriod:
    """A closed period whose count changed since the release before; None: not reached."""

    period: str
    old_release: str
    new_release: str
    old: int
    new: int | None


@dataclass(frozen=True, slots=True)
class ReturnedRecord:
    """A key that was in a release, missing from `missing` on, and is back in `back`."""

    key: Record
    missing: str
    back: str


@dataclass(frozen=True, slots=True)
class RepeatedRelease:
    """A release with the rows and columns of an earlier one, `stale` if not the last."""

    release: str
    earlier: str
    stale: bool


@dataclass(frozen=True, slots=True)
class ProtectionChange:
    """How the protection of a release differs from that of the one before, a sentence each."""

    release: str
    before: str
    sentences: tuple[str, ...]


def describe_protection(old: PrivacyPolicy, new: PrivacyPolicy) -> tuple[str, ...]:
    """What the policy `new` protects more or less than `old`, in sentences; empty for the same."""
    sentences = []
    if bool(old.open) != bool(new.open):
        sentences.append(
            "The records are now published unchanged; before, they were protected."
            if new.open
            else "The records are now protected; before, they were published unchanged."
        )
    if old.threshold != new.threshold:
        way = "more" if new.threshold > old.threshold else "less"
        sentences.append(
            f"The smallest count shown was {_floor(old)}; it is {_floor(new)} now ({way} is hidden)."
        )
    gone = [name for name in old.identifiers if name not in new.identifiers]
    come = [name for name in new.identifiers if name not in old.identifiers]
    if come:
        sentences.append(f"No longer published: {', '.join(come)}.")
    if gone:
        sentences.append(f"No longer removed: {', '.join(gone)}.")
    before = {item.field: item for item in old.coarsen}
    after = {item.field: item for item in new.coarsen}
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was != now:
            same = _method(was) == _method(now)
            words = "published in other groups" if same else _method(now)
            sentences.append(f"“{name}” was {_method(was)}; it is {words} now.")
    return tuple(sentences)


def _floor(policy: PrivacyPolicy) -> str:
    return f"{policy.threshold:,}" if policy.threshold else "1, without a threshold"


def _method(coarsening: Coarsening | None) -> str:
    """How a field is published, in words."""
    if coarsening is None:
        return "published as it is recorded"
    return {
        "brackets": f"published in brackets from {', '.join(f'{edge:g}' for edge in coarsening.edges)}",
        "prefix": f"cut to {coarsening.length} characters",
        "round": f"rounded to {coarsening.step:g}",
        "group": "published in groups",
    }.get(coarsening.method, f"published by {coarsening.method}")


@dataclass(frozen=True, slots=True)
class DateRegression:
    """A release whose newest date lies before the newest date of the release before it."""

    release: str
    before: str
    newest: str
    newest_before: str


@dataclass(frozen=True, slots=True)
class Misdated:
    """A file whose name carries a date that contradicts the order of the releases."""

    name: str
    release: str
    found: str
    why: str


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A `FieldChange` with its small counts suppressed."""

    field: str
    changed: Count
    kinds: tuple[tuple[ChangeKind, Count], ...]


def suppress_fields(fields: Sequence[FieldChange], threshold: int) -> tuple[FieldCount, ...]:
    """`fields` with small counts suppressed: among the fields, and among the kinds of each."""
    shown = []
    totals = suppress([item.changed for item in fields], threshold)
    for item, total in zip(fields, totals, strict=True):
        counts = suppress([count for _, count in item.kinds], threshold)
        if total is None:
            counts = tuple(None if count else 0 for _, count in item.kinds)
        named = zip((kind for kind, _ in item.kinds), counts, strict=True)
        shown.append(FieldCount(item.field, total, tuple(named)))
    return tuple(shown)


def suppress_categories(
    categories: Sequence[CategoryChange], threshold: int
) -> tuple[CategoryChange, ...]:
    """`categories` with small counts suppressed: of the values that came, and that went."""

    def keep(values: tuple[tuple[str, Count], ...]) -> tuple[tuple[str, Count], ...]:
        counts = suppress([rows for _, rows in values if rows is not None], threshold)
        return tuple(zip((value for value, _ in values), counts, strict=True))

    return tuple(CategoryChange(c.field, keep(c.new), keep(c.gone)) for c in categories)


@dataclass(frozen=True, slots=True)
class ChangeBreakdown:
    """Lines of value, added, vanished, changed by one field; `more` are left out."""

    kind: Literal["period", "place", "category"]
    field: str
    lines: tuple[tuple[str | None, Count, Count, Count], ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """A download with the records that differ: added.csv, vanished.csv or changed.csv."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PairChanges:
    """Two successive releases compared: their days, the numbers, and what is published about records.

    `comparison` has its lists and samples only where single records may be shown. `small` says
    that one of its numbers of rows is below the threshold, so that none of them is shown, nor any
    number from which one would follow: no breakdown, no field, no value, no list of digests. `fields`
    are the fields that changed, in place of the comparison's own list.
    """

    old: str
    new: str
    comparison: Comparison
    breakdowns: tuple[ChangeBreakdown, ...]
    files: tuple[ChangeFile, ...]
    small: bool = False
    fields: tuple[FieldCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Revisions:
    """All releases of a dataset side by side, the oldest first.

    `counted` holds what stands behind the numbers, `uncounted` (id: why) those that no query gives,
    `record_lists` what stands behind the files that list records. `triangle` counts by period in each release, `moved`
    has closed periods whose count changed. `ledger` is the file of all that vanished: `came_back` of
    its lines are records that a later release has again.
    """

    settings: ComparisonSettings
    unit: str
    threshold: int
    pairs: tuple[PairChanges, ...]
    triangle: Triangle | None = None
    moved: tuple[MovedPeriod, ...] = ()
    returned: tuple[ReturnedRecord, ...] = ()
    repeats: tuple[RepeatedRelease, ...] = ()
    reused: tuple[RepeatedRelease, ...] = ()
    protections: tuple[ProtectionChange, ...] = ()
    setbacks: tuple[DateRegression, ...] = ()
    misdated: tuple[Misdated, ...] = ()
    ledger: ChangeFile | None = None
    came_back: int = 0
    counted: tuple[CountTable, ...] = ()
    uncounted: tuple[tuple[str, str], ...] = ()
    record_lists: tuple[RecordList, ...] = ()

    @property
    def moved_periods(self) -> int:
        """How many closed periods moved; 0 under a threshold, where it is not published."""
        return 0 if self.threshold else len({item.period for item in self.moved})

    def find_counts(self, proof: str) -> CountTable | None:
        """The table of counts with this id; None where there is none."""
        return next((table for table in self.counted if table.id == proof), None)
