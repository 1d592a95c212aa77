"""Plausibility rules and reconciliations as a maintainer writes them, one form for each kind of rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from plainrecord.core.paths import is_slug
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.breaks import read_stamp
from plainrecord.model.declarations import (
    Break,
    Period,
    PlausibilityRule,
    Reconciliation,
    SourceSide,
)
from plainrecord.model.forms import StrictForm, Texts


class RuleForm(StrictForm):
    name: str
    title: str
    resource: str = ""
    note: str = ""
    where: str = ""


class DatedForm(RuleForm):
    date: str
    period: Period = "month"


class PartRuleForm(RuleForm):
    kind: Literal["part-above-whole"]
    part: str
    whole: str = ""
    names: str = ""
    value: str = ""
    by: Texts = ()
    maximum: float = 1.0

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """The field of the numbers, where a part is a field itself."""
        if not self.names:
            yield "value", "names, the field that says which value is the part"


class AverageForm(RuleForm):
    kind: Literal["impossible-average"]
    value: str
    elapsed: str
    by: Texts = ()
    minimum: float = 0.0
    maximum: float | None = None
    rounding: float = Field(default=0.0, ge=0)


class HeapingForm(RuleForm):
    kind: Literal["heaping"]
    field: str
    multiple: Literal[5, 10] = 5
    minimum: float | None = None
    maximum: float | None = None
    limit: float = Field(default=1.25, gt=1)
    fewest: int = Field(default=100, ge=1)


class ConstantForm(RuleForm):
    kind: Literal["constant"]
    fields: Texts = ()
    fewest: int = Field(default=2, ge=2)


class SerialForm(RuleForm):
    kind: Literal["serial-gaps"]
    field: str
    by: Texts = ()
    limit: float = Field(default=0.0, ge=0, le=1)


class ZeroForm(DatedForm):
    kind: Literal["zero-run"]
    value: str
    by: Texts = ()
    limit: float = Field(default=10, gt=0)
    fewest: int = Field(default=2, ge=1)


class StaleForm(DatedForm):
    kind: Literal["stale"]
    fields: Texts = ()
    fewest: int = Field(default=10, ge=1)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Fields among which is the date: no two periods hold the same then."""
        if self.date in self.fields:
            yield "fields", f"fields without {self.date}: no two periods have the same days"


class SwappedForm(DatedForm):
    kind: Literal["swapped"]
    field: str
    value: str = ""
    limit: float = Field(default=0.05, gt=0, lt=1)
    fewest: int = Field(default=2, ge=1)


class OneDayForm(DatedForm):
    kind: Literal["one-day"]
    limit: float = Field(default=0.5, gt=0, le=1)
    fewest: int = Field(default=20, ge=2)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A period that is one day."""
        if self.period == "day":
            yield "period", "a period of several days"


class CalendarForm(RuleForm):
    kind: Literal["partial-last-period", "time-gaps"]
    date: str


class UnknownForm(DatedForm):
    kind: Literal["unknown-rising"]
    field: str
    unknown: Texts = ()
    limit: float = Field(default=0.05, gt=0, lt=1)
    fewest: int = Field(default=20, ge=1)


class CoverageRuleForm(DatedForm):
    kind: Literal["coverage"]
    field: str
    changes: tuple[Break, ...] = ()
    limit: float = Field(default=0.05, gt=0, le=1)


TrialForm = Annotated[
    PartRuleForm | AverageForm | HeapingForm | ConstantForm | SerialForm | ZeroForm | StaleForm
    | SwappedForm | OneDayForm | CalendarForm | UnknownForm | CoverageRuleForm,
    Field(discriminator="kind"),
]  # fmt: skip


def read_trials(
    forms: Sequence[TrialForm], resources: Sequence[str]
) -> tuple[PlausibilityRule, ...]:
    """The rules as trusted; a rule without `resource` is about the first table."""
    trials = []
    for form in forms:
        values = form.model_dump()
        values["resource"] = form.resource or resources[0]
        if isinstance(form, CoverageRuleForm):
            values["changes"] = form.changes
        trials.append(PlausibilityRule(**values))
    return tuple(trials)


def read_reconciliations(
    forms: Sequence[Reconciliation], resources: Sequence[str]
) -> tuple[Reconciliation, ...]:
    """The reconciliations as trusted; a key without `there` is the same on both sides."""

    def side(form: SourceSide) -> SourceSide:
        return form.model_copy(update={"resource": form.resource or resources[0]})

    return tuple(
        form.model_copy(
            update={
                "here": side(form.here),
                "there": side(form.there),
                "keys": tuple(
                    key.model_copy(update={"there": key.there or key.here}) for key in form.keys
                ),
            }
        )
        for form in forms
    )


def name_problems(
    trials: Sequence[PlausibilityRule],
    reconciliations: Sequence[Reconciliation],
    resources: Sequence[str],
    file: str,
) -> Iterator[Finding]:
    """Findings for names that fit no address or occur twice, and for unknown tables."""
    entries = [
        ("rule", [t.name for t in trials]),
        ("reconciliation", [c.name for c in reconciliations]),
    ]
    for kind, names in entries:
        for name in sorted(set(names)):
            if not is_slug(name):
                yield Finding("value-invalid", f"a {kind} is called {name!r}", "a-z, 0-9 and hyphens", file=file)  # fmt: skip
            if names.count(name) > 1:
                yield Finding("value-invalid", f"two {kind}s are called {name!r}", "a name of its own for each", file=file)  # fmt: skip
    for trial in trials:
        low, high = trial.minimum, trial.maximum
        if low is not None and high is not None and low > high:
            found = f"rule {trial.name} has the minimum {low:g} and the maximum {high:g}"
            yield Finding("value-invalid", found, "a minimum below the maximum", file=file)
        wrong = [change.since for change in trial.changes if read_stamp(change.since) is None]
        if wrong:
            found = f"rule {trial.name} has a change since {wrong[0]!r}"
            yield Finding("value-invalid", found, "a day, month, quarter or year", file=file)
    for item in reconciliations:
        unnamed = {"label": "", "definition": ""}
        here, there = (side.model_copy(update=unnamed) for side in (item.here, item.there))
        alike = all(key.here == key.there for key in item.keys)
        if alike and here == there:
            found = f"both sides of reconciliation {item.name} are the same records"
            yield Finding("value-invalid", found, "two sides that can differ", file=file)
    wanted = [(f"rule {t.name}", t.resource) for t in trials]
    wanted += [
        (f"reconciliation {c.name}", c.here.resource) for c in reconciliations if not c.here.dataset
    ]
    for place, resource in wanted:
        if resource not in resources:
            hint = suggest(resource, resources)
            yield Finding("value-invalid", f"{place} names the resource {resource!r}{hint}", f"one of {', '.join(resources)}", file=file)  # fmt: skip
