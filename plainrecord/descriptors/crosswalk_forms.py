"""Forms of a crosswalk to a standard and of the methodology checklist in a descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from plainrecord.model.forms import StrictForm
from plainrecord.model.standards import Correspondence, Crosswalk, MethodLink, Totals


class MatchForm(StrictForm):
    field: str = ""
    fields: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    sql: str = ""
    precision: str = ""
    released: str = ""
    note: str = ""


class TotalsForm(StrictForm):
    link: str = Field(min_length=1)
    note: str = ""


class CrosswalkForm(StrictForm):
    standard: str
    unit: Literal["arrest", "stop", "person", "encounter", "event"]
    resource: str = ""
    fields: dict[str, MatchForm] = Field(default_factory=dict)
    absent: dict[str, str] = Field(default_factory=dict)
    aggregated: dict[str, TotalsForm] = Field(default_factory=dict)
    constant: dict[str, str] = Field(default_factory=dict)
    kept_back: dict[str, str] = Field(default_factory=dict)
    inapplicable: dict[str, str] = Field(default_factory=dict)


class MethodLinkForm(StrictForm):
    link: str = Field(min_length=1)
    note: str = ""


class MethodologyForm(StrictForm):
    collection: MethodLinkForm | None = None
    definitions: MethodLinkForm | None = None
    validation: MethodLinkForm | None = None
    error_margins: MethodLinkForm | None = None
    known_defects: MethodLinkForm | None = None
    audit: MethodLinkForm | None = None


def read_crosswalk(form: CrosswalkForm | None, resources: Sequence[str]) -> Crosswalk | None:
    """The crosswalk as written; over the first of `resources` where it names none."""
    if form is None:
        return None
    return Crosswalk(
        standard=form.standard,
        unit=form.unit,
        resource=form.resource or resources[0],
        matches=tuple(
            Correspondence(
                element,
                (match.field, *match.fields) if match.field else match.fields,
                tuple(match.values.items()),
                match.sql,
                match.precision,
                match.released,
                match.note,
            )
            for element, match in form.fields.items()
        ),
        absent=tuple(form.absent.items()),
        totals=tuple(
            Totals(element, item.link, item.note) for element, item in form.aggregated.items()
        ),
        constant=tuple(form.constant.items()),
        kept_back=tuple(form.kept_back.items()),
        inapplicable=tuple(form.inapplicable.items()),
    )


def read_checklist(form: MethodologyForm) -> tuple[MethodLink, ...]:
    """The items of the checklist that the methodology has, in the order of the form."""
    return tuple(
        MethodLink(name, item.link, item.note)
        for name in type(form).model_fields
        if (item := getattr(form, name)) is not None
    )
