"""Forms of a crosswalk to a standard and of the methodology checklist in a descriptor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from plainrecord.forms.shapes import Ours


class MatchForm(Ours):
    field: str = ""
    fields: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    sql: str = ""
    precision: str = ""
    released: str = ""
    note: str = ""


class TotalsForm(Ours):
    link: str = Field(min_length=1)
    note: str = ""


class CrosswalkForm(Ours):
    standard: str
    unit: Literal["arrest", "stop", "person", "encounter", "event"]
    resource: str = ""
    fields: dict[str, MatchForm] = Field(default_factory=dict)
    absent: dict[str, str] = Field(default_factory=dict)
    aggregated: dict[str, TotalsForm] = Field(default_factory=dict)
    constant: dict[str, str] = Field(default_factory=dict)
    kept_back: dict[str, str] = Field(default_factory=dict)
    inapplicable: dict[str, str] = Field(default_factory=dict)


class MethodLinkForm(Ours):
    link: str = Field(min_length=1)
    note: str = ""


class MethodologyForm(Ours):
    collection: MethodLinkForm | None = None
    definitions: MethodLinkForm | None = None
    validation: MethodLinkForm | None = None
    error_margins: MethodLinkForm | None = None
    known_defects: MethodLinkForm | None = None
    audit: MethodLinkForm | None = None
