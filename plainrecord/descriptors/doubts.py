"""Doubts as a maintainer writes them, to values that say in words what they are about."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from plainrecord.core.periods import name_period, parse_period
from plainrecord.core.translation import _
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.doubts import Doubt
from plainrecord.model.forms import Day, StrictForm, Text
from plainrecord.model.packages import Package


class DoubtForm(StrictForm):
    """Records that are provisional, doubtful or superseded since `date`, and why.

    All of the dataset; or those of a `resource`, the values of a `field`, or the records whose date
    in `field` is `from` a day, month, quarter or year `to` another.
    """

    status: Literal["provisional", "doubtful", "superseded"]
    date: Day
    reason: str = Field(min_length=1)
    resource: str = ""
    field: str = ""
    start: Text = Field(default="", alias="from")
    end: Text = Field(default="", alias="to")

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A period without the field of its dates, or that ends before it begins."""
        begins, ends = parse_period(self.start), parse_period(self.end)
        if not self.field:
            yield "start", "field, the field of the dates"
            yield "end", "field, the field of the dates"
        elif begins and ends and ends[1] <= begins[0]:
            yield "end", f"a date on or after {self.start}"


def name_doubts(
    forms: Sequence[DoubtForm], package: Package, *, counted: bool
) -> tuple[tuple[Doubt, ...], list[Finding]]:
    """The doubts of a package, and what is wrong with them.

    Where its records are `counted` into tables that are released in their place, a doubt about the
    resource is one about all of these tables.
    """
    findings = Findings(file=package.descriptor_path)
    doubts = tuple(_name_doubt(form, package, findings, counted=counted) for form in forms)
    return doubts, [*findings]


def _name_doubt(form: DoubtForm, package: Package, findings: Findings, *, counted: bool) -> Doubt:
    what = f"the doubt of {form.date}"
    tables = {resource.name: resource for resource in package.resources}
    if form.resource and form.resource not in tables:
        found = f"{what} names the resource {form.resource!r}{suggest(form.resource, tables)}"
        findings.add("value-invalid", found, f"one of {', '.join(tables)}")
    chosen = [item for item in package.resources if form.resource in ("", item.name)]
    fields = {field.name: field.label for item in chosen for field in item.schema.fields}
    fields |= {d.field.name: d.field.label for item in chosen for d in item.derived}
    if chosen and form.field and form.field not in fields:
        found = f"{what} names the field {form.field!r}{suggest(form.field, fields)}"
        findings.add("value-invalid", found, f"one of {', '.join(fields)}")
    for stamp in (form.start, form.end):
        if stamp and parse_period(stamp) is None:
            found = f"{what} has the time {stamp!r}"
            findings.add("value-invalid", found, "a day, month, quarter or year: 2026-05")
    table = chosen[0].title or form.resource if form.resource and chosen else ""
    about = _("the table {table} of {title}") if table else _("all records of {title}")
    if form.field and not (form.start or form.end):
        about = _("the field {field} of {title}")
    elif form.start == form.end and form.start:
        about = _("records of {title} in {start} ({field})")
    elif form.start and form.end:
        about = _("records of {title} from {start} to {end} ({field})")
    elif form.start:
        about = _("records of {title} from {start} on ({field})")
    elif form.end:
        about = _("records of {title} up to {end} ({field})")
    sentence = about.format(
        table=table,
        title=package.title,
        field=fields.get(form.field, form.field),
        start=name_period(form.start),
        end=name_period(form.end),
    )
    own = {
        "about": sentence,
        "reason": form.reason.strip(),
        "resource": "" if counted else form.resource,
    }
    return Doubt(**form.model_dump() | own)
