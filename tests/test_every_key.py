"""Each key of our own forms has an effect: another value changes what is published, or is refused.

The gold portals give the places. A new key must stand in one of them, or in the random portals of
tests/pipeline/test_agreement_of_portals.py (`DRAWN`), or be named in `UNTRIED`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from plainrecord.core.errors import Blocked
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors.claims import CLAIM_TESTS, RegisterForm
from plainrecord.descriptors.package_forms import PackageForm
from plainrecord.descriptors.portal_forms import LedgerForm, PageForm, SourcesForm
from plainrecord.descriptors.reading import read_form
from plainrecord.measures.plausibility import RULES
from plainrecord.model.declarations import ChartDefinition, PlausibilityRule, Portal
from plainrecord.model.forms import StrictForm
from plainrecord.pipeline.build import build_portal
from tests.pipeline.test_agreement_of_portals import newer_keys

GOLD = Path(__file__).parent / "gold"
FORMS: dict[str, type[BaseModel]] = {
    "site/portal.yaml": Portal,
    "site/claims.yaml": RegisterForm,
    "data/*/claims.yaml": RegisterForm,
    "data/*/datapackage.yaml": PackageForm,
    "data/*/releases.yaml": LedgerForm,
    "data/*/sources.yaml": SourcesForm,
}
STEP = int(os.environ.get("PLAINRECORD_KEYS", "12"))
"""One key in so many is tried: each takes a build. `PLAINRECORD_KEYS=1` tries all."""

Place = tuple[str, str, tuple[str | int, ...]]


def walk(read: BaseModel, at: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Each key that somebody gave, by form, with its place in the document."""
    for name, info in type(read).model_fields.items():
        if name not in read.model_fields_set:
            continue
        value, here = getattr(read, name), (*at, info.alias or name)
        if isinstance(read, StrictForm):
            chart = isinstance(read, ChartDefinition)  # every kind has the same keys
            yield f"{'ChartDefinition' if chart else type(read).__name__}.{name}", here
        items = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        values = value.items() if isinstance(value, dict) else items
        for number, item in values:
            if isinstance(item, BaseModel):
                yield from walk(item, here if number is None else (*here, number))


def find_places() -> dict[str, Place]:
    """The first place of each key in the gold portals."""
    places: dict[str, Place] = {}
    for portal in sorted(path for path in GOLD.iterdir() if path.is_dir()):
        for pattern, form in FORMS.items():
            for path in sorted((portal / "portal").glob(pattern)):
                read, findings = read_form(form, parse_document(path.read_text()), path.name)
                assert read is not None, findings
                file = path.relative_to(portal / "portal").as_posix()
                for key, at in walk(read, ()):
                    places.setdefault(key, (portal.name, file, at))
    return places


PLACES = find_places()


def models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def every_key() -> set[str]:
    """Each key of each of our forms, whether a gold portal has it or not."""
    seen: set[type[BaseModel]] = set()
    ahead: list[type[BaseModel]] = [
        *FORMS.values(),
        PageForm,
        *RULES.values(),
        *CLAIM_TESTS.values(),
    ]
    while ahead:
        form = ahead.pop()
        if form not in seen:
            seen.add(form)
            ahead += [m for info in form.model_fields.values() for m in models(info.annotation)]
    own = {form for form in seen if issubclass(form, StrictForm)} - {PlausibilityRule}
    return {f"{form.__name__}.{name}" for form in own for name in form.model_fields}


def another(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value} and more"
    if isinstance(value, list):
        return value[:-1]
    return {key: another(item) for key, item in value.items()} if value else {"x": "y"}


def publish(portal: Path) -> str:
    """What is published, by hashes; what keeps it from being published; warnings."""
    try:
        report = build_portal(portal, portal / "_site", lambda _: None)
    except Blocked as blocked:
        return str(blocked.findings)
    files = json.loads((portal / "_site/manifest.json").read_text())["files"]
    return str([(item["path"], item["sha256"]) for item in files]) + str(report.findings)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    made = {}
    for name in sorted({portal for portal, _, _ in PLACES.values()}):
        place = tmp_path_factory.mktemp("before") / name
        shutil.copytree(GOLD / name / "portal", place)
        made[name] = publish(place)
    return made


@pytest.mark.parametrize("key", sorted(PLACES)[::STEP])
def test_a_key_has_an_effect(tmp_path: Path, before: dict[str, str], key: str) -> None:
    name, file, at = PLACES[key]
    root = tmp_path / name
    shutil.copytree(GOLD / name / "portal", root)
    document: Any = parse_document((root / file).read_text())
    inner = document
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = another(inner[at[-1]])
    (root / file).write_text(json.dumps(document))
    assert publish(root) != before[name], f"another value of {key} in {name}/{file} changes nothing"


UNTRIED = """
AcceptForm: bytes note sha256
ApiSettings: aliases date_field page_size quarters resource
AverageRule: by elapsed kind maximum minimum name note resource rounding title value where
Bundle: folder name strip
ChartDefinition: description events headline limit note unit where y_period
CheckForm: message name ratio rule severity sum
ClaimForm: numbers
Coarsening: as_needed groups other step title
ColumnTest: none_with
ComparisonSettings: fields normalise period records resource
ConstantRule: fewest fields note resource where
Correction: chart
CoverageRule: limit note period resource where
Crosswalk: resource
DerivedForm: field sql
Document: date field file hash kind note source strip title values
EarlierForm: fields match resource
ExploreSettings: maps resource year
FetchSettings: hosts max_bytes max_seconds
FigureDefinition: headline note
FileForm: accept bytes note path sha256 url values
GapRule: note resource where
HeapingRule: fewest limit maximum minimum multiple note resource where
Key: there total
LastPeriodRule: note resource where
LedgerForm: repairs withdrawn
UnreachableSource: address found since
Methodology: definitions error_margins validation
Move: releases
OneDayRule: fewest limit note period resource where
PackageOursForm: api citation documents publish questions waived
PageForm: description numbers order title
PartRule: maximum names note resource value where
PlaceKind: codes description name places title
Portal: bundles fetch highlights language notice places questions repository waived
PrivacyPolicy: changed people rounding structural_zeros
RateDefinition: map measure note per resource unknowns where
RateDenominator: dataset period where
RatePart: where
RatioForm: maximum part whole
Reconciliation: absolute fewest note
Repair: date descriptor_sha256 reason release
RequestLog: as_of resource
ResourceOursForm: checks derive files statutes withheld
RowTest: at_most
SerialRule: by limit note resource where
SourceSide: dataset measure
SourcesForm: unreachable
StaleRule: fewest note period resource where
StatuteForm: field of
SumForm: parts tolerance whole
SwappedRule: fewest limit note period resource value where
UnknownRule: limit note period resource unknown where
ValueTest: against
WaivedWarning: field reason rule
Withdrawal: date reason release
WithheldForm: earlier office period
ZeroRule: by date fewest kind limit name note period resource title value where
"""
"""Keys that no portal of the tests here has, by form: one that is given there must be taken out."""

DRAWN = """
Correction: date field figure reason status what
DoubtForm: date end field reason resource start status
ExploreSettings: date fields period
PackageOursForm: corrections doubts explore places rates search
PlaceSettings: by date field kind resource year
RateDefinition: benchmark by date denominator name numerator period title
RateDenominator: count group label resource
RatePart: label
"""
"""Keys that no gold portal has, by form, and to which the four commands must say the same."""


def list_keys(text: str) -> set[str]:
    lines = [line.partition(": ") for line in text.strip().splitlines()]
    return {f"{form}.{key}" for form, _, keys in lines for key in keys.split()}


def test_each_key_is_tried_or_named() -> None:
    assert every_key() - set(PLACES) == list_keys(UNTRIED) | list_keys(DRAWN)


def test_the_keys_that_random_portals_should_have_are_drawn() -> None:
    seen: set[str] = set()

    @settings(
        max_examples=100,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.fixed_dictionaries(newer_keys(lambda *kinds: st.just("".join(kinds[:1]) or "x"), "t"))
    )
    def collect(ours: dict[str, Any]) -> None:
        written: Any = {"name": "visits", "resources": [{"name": "t"}], "plainrecord": ours}
        read, _ = read_form(PackageForm, written, "")
        if read is not None:
            seen.update(key for key, _ in walk(read, ()))

    collect()
    assert list_keys(DRAWN) <= seen
