"""The register of claims as a maintainer writes it: the forms of `claims.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import StrictForm


def _exact(value: object) -> object:
    """A number as it was written: a double may have other digits."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if number else value


Exact = Annotated[Decimal, BeforeValidator(_exact)]
SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"


class ReferenceForm(StrictForm):
    title: str = Field(min_length=1)
    url: str = ""


class ClaimSourceForm(StrictForm):
    status: Literal["seen", "reported", "not-found"]
    title: str = Field(min_length=1)
    url: str = ""
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    looked: str = ""
    note: str = ""


class RowsForm(StrictForm):
    dataset: str = Field(min_length=1)
    resource: str = Field(min_length=1)
    condition: str = Field(min_length=1)
    among: str = ""
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A bound that every share keeps."""
        if self.at_least == 0:
            yield "at_least", "a share above 0: none is below it"
        if self.at_most == 1:
            yield "at_most", "a share below 1: none is above it"


class ColumnsForm(StrictForm):
    dataset: str = Field(min_length=1)
    resource: str = Field(min_length=1)
    some_with: tuple[str, ...] = ()
    none_with: tuple[str, ...] = ()


class ValueForm(StrictForm):
    figure: str = ""
    sql: str = ""
    stated: Exact | None = Field(default=None, allow_inf_nan=False)
    against: str = ""
    tolerance: Exact = Field(default=Decimal(0), ge=0, allow_inf_nan=False)
    unit: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A figure has a unit of its own."""
        if self.figure:
            yield "unit", "sql: a figure has a unit of its own"


class PartForm(StrictForm):
    """One of `rows`, `columns`, `value` and `untestable`."""

    title: str = Field(min_length=1)
    rows: RowsForm | None = None
    columns: ColumnsForm | None = None
    value: ValueForm | None = None
    untestable: str = ""
    note: str = ""


class ReplyForm(StrictForm):
    status: Literal["none", "asked", "answered"] = "none"
    date: str = ""
    text: str = ""
    url: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What is told of a reply that nobody asked for."""
        if self.status == "none":
            yield from ((key, "the status asked or answered") for key in ("date", "url"))


class ClaimForm(StrictForm):
    name: str = Field(pattern=SLUG, max_length=80)
    title: str = Field(min_length=1)
    speaker: str = Field(min_length=1)
    said: str = Field(min_length=1)
    source: ClaimSourceForm
    changed: str
    through: str = ""
    said_on: str = ""
    place: str = ""
    concern: str = ""
    wanted: str = ""
    meant: str = ""
    counted: str = ""
    same_records: Literal["yes", "no", "unknown"] = "unknown"
    tests: tuple[PartForm, ...] = ()
    untestable: str = ""
    reply: ReplyForm = ReplyForm()
    links: tuple[ReferenceForm, ...] = ()
    numbers: tuple[TypedNumber, ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Bounds and tolerances of a claim that is not judged."""
        judged = self.same_records != "no" and self.source.status != "not-found"
        for number, part in enumerate(() if judged else self.tests):
            inside = {"rows": ("at_least", "at_most"), "value": ("tolerance",)}
            for kind, keys in inside.items():
                for key in keys if getattr(part, kind) else ():
                    yield f"tests.{number}.{kind}.{key}", "a claim that is judged by these records"


class RegisterForm(StrictForm):
    claims: tuple[ClaimForm, ...] = ()
