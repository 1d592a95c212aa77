"""The register of claims as a maintainer writes it: the forms of `claims.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from plainrecord.model.claims import ClaimSource, Reference, Reply, ValueTest
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import StrictForm

SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"


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


class ClaimPartForm(StrictForm):
    """One of `rows`, `columns`, `value` and `untestable`."""

    title: str = Field(min_length=1)
    rows: RowsForm | None = None
    columns: ColumnsForm | None = None
    value: ValueTest | None = None
    untestable: str = ""
    note: str = ""


class ClaimForm(StrictForm):
    name: str = Field(pattern=SLUG, max_length=80)
    title: str = Field(min_length=1)
    speaker: str = Field(min_length=1)
    said: str = Field(min_length=1)
    source: ClaimSource
    changed: str
    through: str = ""
    said_on: str = ""
    place: str = ""
    concern: str = ""
    wanted: str = ""
    meant: str = ""
    counted: str = ""
    same_records: Literal["yes", "no", "unknown"] = "unknown"
    tests: tuple[ClaimPartForm, ...] = ()
    untestable: str = ""
    reply: Reply = Reply()
    links: tuple[Reference, ...] = ()
    numbers: tuple[TypedNumber, ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Bounds and tolerances of a claim about other records, which is never judged.

        A claim whose source is not found keeps them: it is judged once the source is there.
        """
        judged = self.same_records != "no"
        for number, part in enumerate(() if judged else self.tests):
            inside = {"rows": ("at_least", "at_most"), "value": ("tolerance",)}
            for kind, keys in inside.items():
                for key in keys if getattr(part, kind) else ():
                    yield f"tests.{number}.{kind}.{key}", "a claim that is judged by these records"


class RegisterForm(StrictForm):
    claims: tuple[ClaimForm, ...] = ()
