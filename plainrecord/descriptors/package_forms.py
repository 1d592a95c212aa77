"""Our part of a package as a maintainer writes it, each object a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, ValidationError
from pydantic_core import InitErrorDetails

from plainrecord.descriptors.doubts import DoubtForm
from plainrecord.descriptors.request_log import RequestLogForm
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
    PrivacyMode,
    RateDefinition,
    Reconciliation,
    TableForm,
    Totals,
    TypedNumber,
    WaivedWarning,
)
from plainrecord.model.documents import Document
from plainrecord.model.forms import Line, StrictForm, Text, Texts
from plainrecord.model.freshness import parse_day
from plainrecord.model.places import PlaceSettings
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


class CoarsenForm(StrictForm):
    field: str
    method: Literal[
        "hour", "day", "month", "quarter", "year", "brackets", "prefix", "round", "group"
    ]
    edges: tuple[float, ...] = ()
    length: int = 0
    step: float = 0.0
    groups: dict[str, str] = Field(default_factory=dict)
    other: str = ""
    title: str = ""
    as_needed: bool = False

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another method."""
        homes = {"edges": "brackets", "length": "prefix", "step": "round"}
        for key, method in {**homes, "groups": "group", "other": "group"}.items():
            if self.method != method:
                yield key, f"the method {method}"


Preset = Literal["cms-11", "wa-doh-10", "statcan-round5"]

PRESETS: Mapping[Preset, tuple[str, int]] = {
    "cms-11": ("threshold", 11),
    "wa-doh-10": ("threshold", 10),
    "statcan-round5": ("rounding", 5),
}
"""What a published rule sets: the smallest count that it lets out, or the base of its rounding.

`cms-11` is the cell size suppression policy of the U.S. Centers for Medicare & Medicaid Services;
`wa-doh-10` are the small numbers standards of the Washington State Department of Health;
`statcan-round5` is the rounding of the census tables of Statistics Canada, with one difference:
their totals are rounded apart from their parts, ours are the sums of them.
"""


DEFAULT_THRESHOLD = 11


class PrivacyForm(StrictForm):
    open: str = ""
    identifiers: Texts = ()
    coarsen: tuple[CoarsenForm, ...] = ()
    threshold: int = Field(default=0, ge=0)
    note: str = ""
    changed: str = ""
    mode: PrivacyMode = ""
    preset: Preset | Literal[""] = ""
    level: Literal[1, 2] = 2
    rounding: int = Field(default=0, ge=2)
    people: str = ""
    tables: tuple[TableForm, ...] = ()
    structural_zeros: tuple[dict[str, str], ...] = ()
    keys: Texts = ()
    sensitive: Texts = ()
    harmless: Texts = ()
    diversity: int = Field(default=2, ge=2)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another mode, and a number beside the preset that sets another."""
        homes = {
            **dict.fromkeys(("level", "people", "preset"), ("tables", "records")),
            "tables": ("tables", "records"),
            "rounding": ("tables",),
            **dict.fromkeys(("keys", "sensitive", "harmless"), ("records",)),
        }
        for key, modes in homes.items():
            if self.effective_mode not in modes:
                yield key, f"the mode {' or '.join(modes)}"
        if self.effective_mode != "records" and any(item.as_needed for item in self.coarsen):
            yield "coarsen", "the mode records, in which alone it can be done as_needed"
        if not self.tables:
            yield "structural_zeros", "tables to release"
        if not self.sensitive:
            yield "diversity", "a field under sensitive"
        if self.preset:
            key, number = PRESETS[self.preset]
            yield "threshold", f"no preset, which sets {key} to {number}"
            yield "rounding", f"no preset, which sets {key} to {number}"
            if key == "rounding" and self.mode == "records":
                yield "preset", "the mode tables: rows that are published could be counted"
        if self.base:
            yield "level", "counts that are suppressed: here they are rounded"
            yield "threshold", "counts that are suppressed: here they are rounded"

    @property
    def effective_mode(self) -> PrivacyMode:
        """The declared mode; `tables` where tables are declared and no mode is."""
        return self.mode or ("tables" if self.tables else "")

    @property
    def base(self) -> int:
        """The number to whose multiples counts are rounded; 0 where they are not."""
        key, number = PRESETS[self.preset] if self.preset else ("rounding", self.rounding)
        return number if key == "rounding" else 0


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
    privacy: PrivacyForm | Literal["open"] | None = None
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
    requests: RequestLogForm | None = None
    plausibility: tuple[Annotated[PlausibilityRule, PlainValidator(_read_rule)], ...] = ()
    reconcile: tuple[Reconciliation, ...] = ()


class PackageForm(StandardPackageForm):
    plainrecord: PackageOursForm = PackageOursForm()
