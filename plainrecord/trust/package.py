"""Descriptors: from a Data Package as written to a Package as trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plainrecord.forms import descriptors as written
from plainrecord.forms.levels import misplaced_keys
from plainrecord.forms.requests import parse_request_log
from plainrecord.forms.shapes import read_form
from plainrecord.forms.trials import name_problems, read_breaks, read_reconciliations, read_trials
from plainrecord.ground.addresses import address_problem, is_email, reference_problem
from plainrecord.ground.paths import is_slug, path_problem
from plainrecord.model.declarations import (
    ApiSettings,
    ChartDefinition,
    Coarsening,
    ComparisonSettings,
    Contributor,
    FigureDefinition,
    KnownIssue,
    License,
    PrivacyPolicy,
    Source,
    WaivedWarning,
    Waiver,
)
from plainrecord.model.packages import Json, Package
from plainrecord.rules.findings import Finding, suggest
from plainrecord.rules.portals import Severity
from plainrecord.trust.mappings import read_checklist, read_crosswalk
from plainrecord.trust.resources import FORMATS as FORMATS
from plainrecord.trust.resources import parse_resource
from plainrecord.trust.schemas import credit_problems, list_addresses, package_problems

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")


def parse_package(
    document: Json, folder: str, file: str, methodology: str, *, portal: bool = True
) -> tuple[Package | None, tuple[Finding, ...]]:
    """The dataset that a descriptor describes, and all that is wrong with it.

    The package is None when a finding keeps it from being read at all. Outside a `portal` it is
    held to the standard alone: it needs no privacy policy and may hold more than tables.
    """
    form, found = read_form(written.PackageForm, document, file, lenient=not portal)
    findings = [*found, *misplaced_keys(document, file)]
    if form is None or not isinstance(document, dict):
        return None, tuple(findings)
    name = form.name or folder.rsplit("/", 1)[-1]
    ours = form.plainrecord
    if portal and not is_slug(name):
        findings.append(
            Finding(
                "value-invalid",
                f"the name is {name!r}",
                "a-z and 0-9 with single - _ . between",
                file=file,
            )
        )
    raw = document.get("resources")
    resources = tuple(
        parse_resource(
            resource, raw[number] if isinstance(raw, list) else {}, file, findings, portal=portal
        )
        for number, resource in enumerate(form.resources)
    )
    names = [resource.name for resource in resources]
    for twice in sorted({item for item in names if names.count(item) > 1}):
        findings.append(
            Finding(
                "profile-violation",
                f"two resources are called {twice!r}",
                "a name of its own for each resource",
                file=file,
            )
        )
    findings.extend(_contradictions(form, names, file))
    findings.extend(_unfit_addresses(form, file, portal=portal))
    trials = read_trials(ours.plausibility, names)
    reconciliations = read_reconciliations(ours.reconcile, names)
    findings.extend(name_problems(trials, reconciliations, names, file))
    if not portal:
        findings.extend(_misformed(form, document, file))
        for text, expected in package_problems(form, document):
            findings.append(Finding("profile-violation", text, expected, file=file))
    package = Package(
        name=name,
        title=form.title or name,
        summary=ours.summary or form.description.split("\n\n")[0],
        description=form.description,
        unit=ours.unit,
        folder=folder,
        descriptor_path=file,
        resources=resources,
        policy=_policy_of(ours, file, findings, portal=portal),
        licenses=tuple(License(i.name, i.title or i.name, _public(i.path)) for i in form.licenses),
        sources=tuple(Source(i.title, _public(i.path), i.email, i.version) for i in form.sources),
        contributors=tuple(
            Contributor(
                i.title or f"{i.given_name} {i.family_name}".strip(),
                i.roles,
                _public(i.path),
                i.email,
                i.organization,
            )
            for i in form.contributors
        ),
        keywords=form.keywords,
        version=form.version,
        updated=ours.updated or form.created[:10],
        frequency=ours.frequency,
        coverage_from=ours.coverage.start,
        coverage_to=ours.coverage.end,
        coverage_place=ours.coverage.place,
        homepage=_public(form.homepage),
        synthetic=ours.synthetic,
        publish=ours.publish,
        questions=ours.questions,
        citation=ours.citation,
        known_issues=tuple(KnownIssue(i.title, i.text) for i in ours.known_issues),
        figures=tuple(
            FigureDefinition(i.name, i.title, i.unit, i.sql, i.format, i.note, i.headline)
            for i in ours.figures
        ),
        charts=tuple(_chart(chart, names) for chart in ours.charts),
        api=None if ours.api is None else ApiSettings(**ours.api.model_dump()),
        comparison=_comparison(ours, names),
        numbers=tuple(Waiver(i.text, i.reason) for i in ours.numbers),
        waived=tuple(WaivedWarning(i.rule, i.field, i.reason) for i in ours.waived),
        requests=parse_request_log(ours.requests, resources, file, findings),
        trials=trials,
        reconciliations=reconciliations,
        crosswalk=read_crosswalk(ours.crosswalk, names),
        checklist=read_checklist(ours.methodology),
        methodology=methodology,
        descriptor=document,
    )
    return package, tuple(findings)


def _public(address: str) -> str:
    """`address` where a reader can follow it, else ""."""
    return "" if address_problem(address) else address


def _unfit_addresses(form: written.PackageForm, file: str, *, portal: bool) -> Iterator[Finding]:
    """Addresses that may not be published, and relative ones, which lead nowhere in a portal.

    Data Package v2, "url-or-path": http or https, or a relative POSIX path. Outside a portal an
    address of another kind is a warning: nothing is published there.
    """
    for place, address in list_addresses(form):
        problem = reference_problem(address) if address else ""
        if problem:
            yield Finding(
                "address-unfit",
                f"{place} is {address!r}: {problem}",
                "an address with http:// or https://, without a password",
                file=file,
                severity_given=None if portal else Severity.WARNING,
            )
        elif address and portal and not _public(address):
            found = f"{place} is {address!r}, a path"
            yield Finding("address-relative", found, "an http(s) address", file=file)


def _misformed(form: written.PackageForm, document: Json, file: str) -> list[Finding]:
    """Properties that are not in the form that Data Package v2 gives them."""
    wrong = []
    if form.created and not _MOMENT.fullmatch(form.created):
        wrong.append((f"created is {form.created!r}", "a date-time such as 2024-01-31T12:00:00Z"))
    if isinstance(document, dict) and not isinstance(document.get("version", ""), str):
        wrong.append((f"version is {document['version']!r}", "a text"))
    emails = [person.email for person in form.contributors]
    emails += [source.email for source in form.sources]
    emails += [source.email for resource in form.resources for source in resource.sources]
    wrong += [
        (f"an email is {email!r}", "an email address")
        for email in emails
        if email and not is_email(email)
    ]
    return [Finding("profile-violation", found, wanted, file=file) for found, wanted in wrong]


def _chart(form: written.ChartForm, resources: list[str]) -> ChartDefinition:
    values = form.model_dump()
    values["resource"] = form.resource or resources[0]
    values["breaks"] = read_breaks(form.breaks)
    return ChartDefinition(**values)


def _comparison(ours: written.PackageOursForm, names: list[str]) -> ComparisonSettings | None:
    """How editions are compared; records about people are counted alone unless it is declared."""
    form = ours.comparison
    if form is None:
        return None
    opened = isinstance(ours.privacy, written.PrivacyForm) and ours.privacy.open
    values = form.model_dump()
    values["resource"] = form.resource or names[0]
    values["records"] = form.records or ("rows" if opened else "counts")
    return ComparisonSettings(**values)


def _contradictions(form: written.PackageForm, resources: list[str], file: str) -> list[Finding]:
    findings = []
    ours = form.plainrecord
    # A figure and a chart of one name would have one receipt id, `DATASET.NAME`.
    taken: dict[str, str] = {}
    named = [*(("figure", i.name) for i in ours.figures), *(("chart", i.name) for i in ours.charts)]
    for kind, name in named:
        if not is_slug(name):
            findings.append(
                Finding(
                    "value-invalid",
                    f"a {kind} is called {name!r}",
                    "a-z, 0-9 and hyphens",
                    file=file,
                )
            )
        other = taken.setdefault(name, "")
        taken[name] = kind
        if other:
            both = f"two {kind}s are" if other == kind else f"a {other} and a {kind} are"
            findings.append(
                Finding(
                    "value-invalid",
                    f"{both} called {name!r}",
                    "a name of its own for each figure and chart",
                    file=file,
                )
            )
    wanted = [(f"chart {c.name}", c.resource) for c in ours.charts if c.resource]
    if ours.comparison is not None and ours.comparison.resource:
        wanted.append(("comparison", ours.comparison.resource))
    if ours.api is not None:
        wanted.append(("api", ours.api.resource))
        for alias in ours.api.aliases:
            if problem := path_problem(alias):
                findings.append(
                    Finding(
                        "path-unsafe",
                        f"the address {alias!r}: {problem}",
                        "a plain relative address",
                        file=file,
                    )
                )
    wanted += [
        (f"plainrecord.withheld.earlier of {r.name}", r.plainrecord.withheld.earlier.resource)
        for r in form.resources
        if r.plainrecord.withheld.earlier
    ]
    for place, resource in wanted:
        if resource not in resources:
            findings.append(
                Finding(
                    "value-invalid",
                    f"{place} names the resource {resource!r}{suggest(resource, resources)}",
                    f"one of {', '.join(resources)}",
                    file=file,
                )
            )
    findings += _unknown_fields(form, file)
    for found, expected in credit_problems(form.sources, form.licenses):
        findings.append(Finding("profile-violation", found, expected, file=file))
    return findings


def _policy_of(
    ours: written.PackageOursForm, file: str, findings: list[Finding], *, portal: bool
) -> PrivacyPolicy | None:
    """The policy; a draft without one is shown as it is, to its maintainer alone."""
    if ours.privacy is None and not ours.publish:
        return PrivacyPolicy(open_reason="This is a draft: how to protect people is still open.")
    return _policy(ours.privacy, file, findings) if portal or ours.privacy else None


def _unknown_fields(form: written.PackageForm, file: str) -> Iterator[Finding]:
    """Fields that the comparison or the interface names and that their table does not have."""
    ours = form.plainrecord
    named: list[tuple[str, str, tuple[str, ...]]] = []
    if (settings := ours.comparison) is not None:
        places = (settings.date, settings.place, settings.category)
        names = (*settings.key, *settings.fields, *places)
        named.append(("comparison", settings.resource or form.resources[0].name, names))
    if ours.api is not None:
        named.append(("api", ours.api.resource, (ours.api.date_field,)))
    for place, resource, names in named:
        item = next((item for item in form.resources if item.name == resource), None)
        if item is None or item.table_schema is None:
            continue
        known = [field.name for field in item.table_schema.fields]
        known += [derived.field.name for derived in item.plainrecord.derive]
        for name in dict.fromkeys(names):
            if name and name not in known:
                found = f"{place} names the field {name!r}{suggest(name, known)}"
                yield Finding("value-invalid", found, f"a field of {resource}", file=file)


def _policy(
    form: written.PrivacyForm | str | None, file: str, findings: list[Finding]
) -> PrivacyPolicy | None:
    if form is None:
        findings.append(
            Finding(
                "privacy-undeclared",
                "there is no plainrecord.privacy",
                "a policy, or `open` with a reason",
                file=file,
            )
        )
        return None
    if isinstance(form, str) or (not form.open.strip() and "open" in form.model_fields_set):
        findings.append(
            Finding(
                "privacy-reason-missing",
                "privacy is open, with no reason",
                "the reason in words",
                file=file,
            )
        )
        return None
    protects = bool(form.identifiers or form.coarsen or form.threshold)
    if form.open and protects:
        findings.append(
            Finding(
                "value-invalid",
                "privacy is both open and protecting",
                "either `open`, or identifiers, coarsen and threshold",
                file=file,
            )
        )
    elif not form.open and not protects:
        findings.append(
            Finding(
                "privacy-undeclared",
                "the privacy policy protects nothing",
                "identifiers, coarsen or threshold; or `open` with a reason",
                file=file,
            )
        )
    return PrivacyPolicy(
        open_reason=form.open,
        identifiers=form.identifiers,
        coarsenings=tuple(
            Coarsening(
                c.field,
                c.method,
                c.edges,
                c.length,
                c.step,
                tuple(sorted(c.groups.items())),
                c.other,
            )
            for c in form.coarsen
        ),
        threshold=form.threshold,
        note=form.note,
    )
