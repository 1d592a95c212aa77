"""Our part of a package: from the block `plainrecord` as written to a package that declares it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from plainrecord.core.paths import is_slug, path_problem
from plainrecord.core.plurals import begin_sentence, inside_sentence, several
from plainrecord.core.translation import _
from plainrecord.core.word_lists import LEAST_WORDS, is_reason
from plainrecord.descriptors import package_forms as written
from plainrecord.descriptors.doubts import name_doubts
from plainrecord.descriptors.package_forms import (
    PackageForm,
    read_chart,
)
from plainrecord.descriptors.reading import shared
from plainrecord.descriptors.resource import unknown_resource
from plainrecord.descriptors.standard_forms import StandardPackageForm
from plainrecord.findings.finding import WAIVABLE_ERRORS, Finding, Findings, suggest
from plainrecord.model.declarations import (
    DEFAULT_THRESHOLD,
    PRESETS,
    ChartDefinition,
    ComparisonSettings,
    ExploreSettings,
    PlausibilityRule,
    PrivacyPolicy,
    Reconciliation,
    RequestLog,
    SourceSide,
)
from plainrecord.model.freshness import parse_day
from plainrecord.model.packages import Package, Resource
from plainrecord.model.places import PlaceSettings
from plainrecord.model.rate_settings import RateDefinition
from plainrecord.model.requests import ELEMENTS, STARTS, UNSTATED
from plainrecord.model.standards import Crosswalk

OverTable = TypeVar(
    "OverTable",
    ChartDefinition,
    Crosswalk,
    ExploreSettings,
    PlaceSettings,
    PlausibilityRule,
    RateDefinition,
)


def declare(
    form: StandardPackageForm, package: Package, findings: Findings, *, portal: bool
) -> Package:
    """`package` with what its `form` declares under `plainrecord`; what is wrong is added.

    A `form` of the standard alone declares nothing.
    """
    if not isinstance(form, PackageForm):
        return package
    ours, file, resources = form.plainrecord, package.descriptor_path, package.resources
    names = [resource.name for resource in resources]
    findings.extend(_contradictions(form, names, file))
    plausibility_rules = tuple(_with_table(rule, names[0]) for rule in ours.plausibility)
    reconciliations = read_reconciliations(ours.reconcile, names)
    findings.extend(name_problems(plausibility_rules, reconciliations, names, file))
    if (day := ours.updated or package.updated) and parse_day(day) is None:
        found = (
            f"plainrecord.updated is {day!r}" if ours.updated else f"created begins with {day!r}"
        )
        findings.add("value-invalid", found, "a day such as 2026-10-01")
    doubts, problems = name_doubts(ours.doubts, package, counted=_mode_of(ours) == "tables")
    findings.extend(problems)
    declared = {
        "summary": ours.summary or package.summary,
        "policy": _policy_of(ours, findings, portal=portal),
        "updated": day,
        "coverage_from": ours.coverage.start,
        "coverage_to": ours.coverage.end,
        "coverage_place": ours.coverage.place,
        "doubts": doubts,
        "charts": tuple(_with_table(chart, names[0]) for chart in _charts(form)),
        "rates": tuple(_with_table(rate, names[0]) for rate in ours.rates),
        "explore": ours.explore and _with_table(ours.explore, names[0]),
        "places": tuple(_with_table(item, names[0]) for item in ours.places),
        "comparison": _comparison(ours, names),
        "requests": parse_request_log(ours.requests, resources, findings),
        "plausibility_rules": plausibility_rules,
        "reconciliations": reconciliations,
        "crosswalk": ours.crosswalk and _with_table(ours.crosswalk, names[0]),
        "methodology": package.methodology,
        "checklist": ours.methodology.items,
    }
    return replace(package, **shared(ours, Package) | declared)


def _charts(form: PackageForm) -> tuple[ChartDefinition, ...]:
    """The charts of the totals, then those that the maintainer defines."""
    ours, totals = form.plainrecord, form.plainrecord.totals
    if totals is None:
        return ours.charts
    resource = totals.resource or form.resources[0].name
    schema = next((i.table_schema for i in form.resources if i.name == resource), None)
    labels = {field.name: field.title for field in schema.fields} if schema else {}
    units = begin_sentence(several(ours.unit))
    fiscal = totals.year == "fiscal"
    title = _("{units} by fiscal year") if fiscal else _("{units} by year")
    common: dict[str, object] = {"kind": "bar", "resource": resource}
    period = "fiscal-year" if fiscal else "year"
    first = {"name": "totals", "title": title.format(units=units), "x": totals.date}
    made: list[dict[str, object]] = [{**first, "period": period}]
    for number, name in enumerate(totals.by, 1):
        label = inside_sentence(labels.get(name) or name)
        words = _("{units} by {field}").format(units=units, field=label)
        made.append({"name": f"totals-{number}", "title": words, "x": name, "limit": 10})
    return (*(read_chart(common | chart) for chart in made), *ours.charts)


def _with_table(settings: OverTable, first: str) -> OverTable:
    """The settings; over the first table where they name none."""
    return settings.model_copy(update={"resource": settings.resource or first})


def _comparison(ours: written.PackageOursForm, names: list[str]) -> ComparisonSettings | None:
    """How releases are compared; records about people are counted alone unless it is declared.

    The rows of a table of counts are no records.
    """
    form = ours.comparison
    if form is None:
        return None
    privacy = ours.privacy
    listed = privacy and (privacy.open or privacy.effective_mode == "tables")
    records = form.records or ("rows" if listed else "counts")
    return form.model_copy(update={"resource": form.resource or names[0], "records": records})


def _mode_of(ours: written.PackageOursForm) -> str:
    return ours.privacy.effective_mode if ours.privacy else ""


def _contradictions(form: PackageForm, resources: list[str], file: str) -> list[Finding]:
    findings = Findings(file=file)
    ours, charts = form.plainrecord, _charts(form)
    # A figure and a chart of one name would have one receipt id, `DATASET.NAME`.
    taken: dict[str, str] = {}
    named = [*(("figure", i.name) for i in ours.figures), *(("chart", i.name) for i in charts)]
    named += [("rate", rate.name) for rate in ours.rates]
    for kind, name in named:
        if not is_slug(name):
            findings.add("value-invalid", f"a {kind} is called {name!r}", "a-z, 0-9 and hyphens")
        if name == "receipts" and kind != "figure":
            expected = "another name: the portal publishes a receipts.json of its own"
            findings.add("value-invalid", f"a {kind} is called {name!r}", expected)
        other = taken.setdefault(name, "")
        taken[name] = kind
        if other:
            both = f"two {kind}s are" if other == kind else f"a {other} and a {kind} are"
            found = f"{both} called {name!r}"
            expected = "a name of its own for each figure, chart and rate"
            findings.add("value-invalid", found, expected)
    for item in ours.corrections:
        for kind, name in (("figure", item.figure), ("chart", item.chart)):
            known = [n for k, n in named if k == kind or (kind == "chart" and k == "rate")]
            if name and name not in known:
                found = f"the correction of {item.date} names the {kind} {name!r}"
                found += suggest(name, known)
                findings.add("value-invalid", found, f"a {kind} of this dataset, or none")
    references = [(f"chart {chart.name}", chart.resource) for chart in charts]
    references += [(f"rate {rate.name}", rate.resource) for rate in ours.rates]
    references += [("comparison", ours.comparison.resource)] if ours.comparison else []
    references += [("explore", ours.explore.resource)] if ours.explore else []
    references += [("places", item.resource) for item in ours.places]
    references = [(key, resource) for key, resource in references if resource]
    if ours.api is not None:
        references.append(("api", ours.api.resource))
        for alias in ours.api.aliases:
            if problem := path_problem(alias):
                found = f"the address {alias!r}: {problem}"
                findings.add("path-unsafe", found, "a plain relative address")
    for key, resource in references:
        if resource not in resources:
            findings.append(unknown_resource(key, resource, resources, file))
    return [*findings, *_unknown_fields(form, file)]


def _unknown_fields(form: PackageForm, file: str) -> Iterator[Finding]:
    """Fields that the comparison or the interface names and that their table does not have."""
    ours = form.plainrecord
    named: list[tuple[str, str, tuple[str, ...]]] = []
    if (settings := ours.comparison) is not None:
        places = (settings.date, settings.place, settings.category)
        names = (*settings.key, *settings.fields, *places)
        named.append(("comparison", settings.resource or form.resources[0].name, names))
    if ours.api is not None:
        named.append(("api", ours.api.resource, (ours.api.date_field,)))
    if ours.explore is not None and not _mode_of(ours):  # else the released tables decide
        fields = (*ours.explore.fields, ours.explore.date)
        named.append(("explore", ours.explore.resource or form.resources[0].name, fields))
    for place in () if _mode_of(ours) == "tables" else ours.places:
        names = (place.field, place.date, *place.by)
        named.append(("places", place.resource or form.resources[0].name, names))
    for key, resource, names in named:
        item = next((item for item in form.resources if item.name == resource), None)
        if item is None or item.table_schema is None:
            continue
        known = [field.name for field in item.table_schema.fields]
        known += [derived.field.name for derived in item.plainrecord.derive]
        for name in dict.fromkeys(names):
            if name and name not in known:
                found = f"{key} names the field {name!r}{suggest(name, known)}"
                yield Finding("value-invalid", found, f"a field of {resource}", file=file)


def _policy_of(
    ours: written.PackageOursForm, findings: Findings, *, portal: bool
) -> PrivacyPolicy | None:
    """The policy; a draft without one is shown as it is, to its maintainer alone."""
    if ours.privacy is None and not ours.publish:
        return PrivacyPolicy(open="This is a draft: how to protect people is still open.")
    _refuse_vague_waivers(ours, findings)
    if not portal and not ours.privacy:
        return None
    return _policy(ours.privacy, findings, is_log=ours.requests is not None)


def _refuse_weak(form: PrivacyPolicy, findings: Findings, *, is_log: bool) -> None:
    """Report what a policy that is not open leaves unprotected; a request log has no threshold."""
    if not is_log:
        _require_mode(form, findings)
    elif not (form.identifiers or form.coarsen):
        found = "the privacy policy names no field to protect"
        findings.add("privacy-undeclared", found, "identifiers or coarsen; or `open` with a reason")
    if form.threshold in (1, 2) and not is_log:
        found = f"the threshold is {form.threshold}"
        findings.add("privacy-weak", found, "3 or more; 11 is usual")


def _require_mode(form: PrivacyPolicy, findings: Findings) -> None:
    """Report a policy over records about people that neither has tables nor releases rows."""
    if not form.effective_mode:
        found = "the policy has neither tables to release nor the mode records"
        findings.add("privacy-mode-missing", found, "tables, or the mode records with its keys")


def _refuse_vague_waivers(ours: written.PackageOursForm, findings: Findings) -> None:
    """Report waivers of personal data that name no field, or give no reason in words."""
    for waiver in ours.waived:
        vague = not waiver.field or not is_reason(waiver.reason)
        if waiver.rule in WAIVABLE_ERRORS and vague:
            found = f"waived: {waiver.rule} without a field, or without a reason in words"
            expected = f"the field that it is about, and at least {LEAST_WORDS} words"
            findings.add("value-invalid", found, expected, field=waiver.field)


def _policy(
    form: PrivacyPolicy | None, findings: Findings, *, is_log: bool
) -> PrivacyPolicy | None:
    if form is None:
        found = "there is no plainrecord.privacy"
        findings.add("privacy-undeclared", found, "a policy, or `open` with a reason")
        return None
    silent = "open" in form.model_fields_set and not form.open.strip()
    if silent or (form.open and not is_reason(form.open)):
        found = "privacy is open, with no reason in words"
        expected = f"a sentence of at least {LEAST_WORDS} words"
        findings.add("privacy-reason-missing", found, expected)
    if silent:
        return None
    mode = form.effective_mode
    protects = bool(form.identifiers or form.coarsen or form.threshold or mode)
    if form.open and protects:
        found = "privacy is both open and protecting"
        findings.add("value-invalid", found, "either `open`, or what protects people")
    elif not form.open:
        _refuse_weak(form, findings, is_log=is_log)
    needed = {"tables": form.tables, "records": form.keys}
    if mode and not needed[mode]:
        key = "tables" if mode == "tables" else "keys"
        found = f"the mode {mode} without plainrecord.privacy.{key}"
        expected = "the tables to release" if mode == "tables" else "the key variables"
        findings.add("value-invalid", found, expected)
    set_by_preset = dict([PRESETS[form.preset]]) if form.preset else {}
    threshold = form.base or set_by_preset.get("threshold", form.threshold)
    protection = {
        "threshold": threshold or (DEFAULT_THRESHOLD if mode else 0),
        "changed": form.changed if is_reason(form.changed) else "",
        "mode": mode,
        "rounding": form.base,
    }
    return form.model_copy(update=protection)


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
    rules: Sequence[PlausibilityRule],
    reconciliations: Sequence[Reconciliation],
    resources: Sequence[str],
    file: str,
) -> Iterator[Finding]:
    """Findings for names that fit no address or occur twice, and for unknown tables."""
    entries = [
        ("rule", [t.name for t in rules]),
        ("reconciliation", [c.name for c in reconciliations]),
    ]
    for kind, names in entries:
        for name in sorted(set(names)):
            if not is_slug(name):
                found = f"a {kind} is called {name!r}"
                yield Finding("value-invalid", found, "a-z, 0-9 and hyphens", file=file)
            if names.count(name) > 1:
                found = f"two {kind}s are called {name!r}"
                yield Finding("value-invalid", found, "a name of its own for each", file=file)
    for rule in rules:
        for found, expected in rule.problems():
            yield Finding("value-invalid", f"rule {rule.name} has {found}", expected, file=file)
    for item in reconciliations:
        unnamed = {"label": "", "definition": ""}
        here, there = (side.model_copy(update=unnamed) for side in (item.here, item.there))
        alike = all(key.here == key.there for key in item.keys)
        if alike and here == there:
            found = f"both sides of reconciliation {item.name} are the same records"
            yield Finding("value-invalid", found, "two sides that can differ", file=file)
    references = [(f"rule {t.name}", t.resource) for t in rules]
    references += [
        (f"reconciliation {c.name}", c.here.resource) for c in reconciliations if not c.here.dataset
    ]
    for label, resource in references:
        if resource not in resources:
            yield unknown_resource(label, resource, resources, file)


def parse_request_log(
    form: RequestLog | None, resources: Sequence[Resource], findings: Findings
) -> RequestLog | None:
    """The log as trusted, its fields in the order of the standard; what is wrong is added.

    None without a form, and where a finding keeps it from being read.
    """
    if form is None:
        return None
    before = len(findings)
    name = form.resource or resources[0].name
    resource = next((item for item in resources if item.name == name), None)
    if resource is None:
        known = [item.name for item in resources]
        found = f"requests names the resource {name!r}{suggest(name, known)}"
        findings.add("value-invalid", found, f"one of {', '.join(known)}")
        return None
    fields = {field.name for field in resource.schema.fields}
    fields |= {derived.field.name for derived in resource.derived}
    for element, field in form.fields.items():
        if element not in ELEMENTS:
            found = f"requests.fields has {element!r}{suggest(element, ELEMENTS)}"
            findings.add("requests-element-unknown", found, f"one of {', '.join(ELEMENTS)}")
        if field not in fields:
            found = f"{element} is in the field {field!r}{suggest(field, fields)}"
            findings.add("requests-field-unknown", found, f"a field of {name}", field=field)
    lacking = [need for need in ("request_id", "date_completed") if need not in form.fields]
    if not set(STARTS) & set(form.fields):
        lacking.append(" or ".join(STARTS))
    if lacking:
        findings.add(
            "requests-incomplete",
            f"requests.fields has no {', no '.join(lacking)}",
            "the number of a request, a day from which time runs, and the day of the answer",
        )
    if form.as_of and form.as_of != UNSTATED and parse_day(form.as_of) is None:
        found = f"requests.as_of is {form.as_of!r}"
        findings.add("value-invalid", found, f"a day like 2026-10-01, or `{UNSTATED}`")
    if len(findings) > before:
        return None
    ordered = {element: form.fields[element] for element in ELEMENTS if element in form.fields}
    return form.model_copy(update={"resource": name, "fields": ordered})
