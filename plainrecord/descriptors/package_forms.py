"""Our part of a package as a maintainer writes it, each object a form."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError
from pydantic_core import InitErrorDetails

from plainrecord.descriptors.doubts import DoubtForm
from plainrecord.descriptors.standard_forms import StandardPackageForm
from plainrecord.model.declarations import (
    ApiSettings,
    ChartDefinition,
    ComparisonSettings,
    Correction,
    ExploreSettings,
    FigureDefinition,
    KnownIssue,
    PlausibilityRule,
    PrivacyPolicy,
    Reconciliation,
    RequestLog,
    Totals,
    TypedNumber,
    WaivedWarning,
)
from plainrecord.model.documents import Document
from plainrecord.model.forms import Line, StrictForm, Text, Texts
from plainrecord.model.freshness import parse_day
from plainrecord.model.places import PlaceSettings
from plainrecord.model.rate_settings import RateDefinition
from plainrecord.model.standards import Crosswalk, Methodology


class CoverageForm(StrictForm):
    start: Text = Field(default="", alias="from")
    end: Text = Field(default="", alias="to")
    place: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """An end before the beginning."""
        begins, ends = parse_day(self.start), parse_day(self.end)
        if begins and ends and ends < begins:
            yield "end", f"a day from {self.start} on"


def _read_rule(written: object) -> PlausibilityRule:
    # Slow to import, and most packages declare no rule.
    from plainrecord.measures.plausibility import read_rule

    return read_rule(written)


def read_chart(written: object) -> ChartDefinition:
    """A chart as a maintainer writes it; pydantic's ValidationError where it fits no kind."""
    # Slow to import, and most packages declare no chart.
    from plainrecord.publishing.chart_kinds import CHARTS

    name = written.get("kind") if isinstance(written, dict) else None
    kind = CHARTS.get(name) if isinstance(name, str) else None
    definition = (kind or ChartDefinition).model_validate(written)
    if kind:
        return definition
    names = " or ".join(", ".join(map(repr, CHARTS)).rsplit(", ", 1))
    wrong = InitErrorDetails(
        type="literal_error", loc=("kind",), input=name, ctx={"expected": names}
    )
    raise ValidationError.from_exception_data("ChartDefinition", [wrong])


def _read_policy(written: object) -> object:
    """`privacy: open` is a policy without a reason."""
    return {"open": ""} if written == "open" else written


class PackageOursForm(StrictForm):
    summary: str = ""
    unit: Line = Field(default="row", min_length=1)
    updated: Text = ""
    frequency: str = ""
    coverage: CoverageForm = CoverageForm()
    synthetic: str = ""
    publish: bool = True
    questions: Texts = ()
    search: Texts = ()
    citation: Line = ""
    points: Texts = ()
    known_issues: tuple[KnownIssue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    doubts: tuple[DoubtForm, ...] = ()
    privacy: Annotated[PrivacyPolicy | None, BeforeValidator(_read_policy)] = None
    figures: tuple[FigureDefinition, ...] = ()
    totals: Totals | None = None
    charts: tuple[Annotated[ChartDefinition, PlainValidator(read_chart)], ...] = ()
    rates: tuple[RateDefinition, ...] = ()
    api: ApiSettings | None = None
    explore: ExploreSettings | None = None
    places: tuple[PlaceSettings, ...] = ()
    documents: tuple[Document, ...] = ()
    crosswalk: Crosswalk | None = None
    methodology: Methodology = Methodology()
    comparison: ComparisonSettings | None = None
    numbers: tuple[TypedNumber, ...] = ()
    waived: tuple[WaivedWarning, ...] = ()
    requests: RequestLog | None = None
    plausibility: tuple[Annotated[PlausibilityRule, PlainValidator(_read_rule)], ...] = ()
    reconcile: tuple[Reconciliation, ...] = ()


class PackageForm(StandardPackageForm):
    plainrecord: PackageOursForm = PackageOursForm()
