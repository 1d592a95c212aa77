"""Crosswalks and checklists, checked against their standard and their dataset."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from plainrecord.core.addresses import address_problem
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.packages import Field, Package
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.standards import UNKNOWN, Correspondence, Crosswalk, Element, Standard

KNOWN_ISSUES = "known_issues"
TYPE_LEVELS = {
    "datetime": "hour",
    "time": "hour",
    "date": "day",
    "yearmonth": "month",
    "year": "year",
}
"""Field types whose precision follows from the field itself, and the finest that they allow."""
_HEADING = re.compile(r'<h[2-6][^>]*\bid="([^"]+)"')


def check_crosswalk(package: Package, standards: Mapping[str, Standard]) -> tuple[Finding, ...]:
    """All that is wrong with a dataset's crosswalk; nothing where it has none."""
    crosswalk = package.crosswalk
    if crosswalk is None:
        return ()
    standard = standards.get(crosswalk.standard)
    if standard is None:
        hint = suggest(crosswalk.standard, standards)
        found = f"the standard is {crosswalk.standard!r}{hint}"
        expected = f"one of {', '.join(sorted(standards))}"
        return (Finding("standard-unknown", found, expected, file=package.descriptor_path),)
    resource = next((r for r in package.written if r.name == crosswalk.resource), None)
    if resource is None:
        names = [item.name for item in package.written]
        found = f"the crosswalk is over {crosswalk.resource!r}{suggest(crosswalk.resource, names)}"
        expected = f"one of {', '.join(names)}"
        return (Finding("crosswalk-field-unknown", found, expected, file=package.descriptor_path),)
    listed = (*resource.schema.fields, *(item.field for item in resource.derived))
    fields = {field.name: field for field in listed}
    elements = {element.name: element for element in standard.elements}
    findings = Findings(_check_names(crosswalk, elements))
    for name, match in crosswalk.fields.items():
        if name in elements:
            element = elements[name]
            findings += _check_fields(name, match, fields)
            findings += _check_values(match, element, fields)
            findings += _check_levels(match, element, fields)
    named = {name for name, _ in _elements_named(crosswalk)}
    left = [element.name for element in standard.graded if element.name not in named]
    if left:
        expected = "a field, or a reason, for each element"
        findings.add("crosswalk-element-missing", ", ".join(left), expected, count=len(left))
    return tuple(replace(item, file=package.descriptor_path) for item in findings)


def _elements_named(crosswalk: Crosswalk) -> list[tuple[str, str]]:
    """Each element that a crosswalk speaks of, with the key under which it does."""
    named = ("fields", "aggregated", "absent", "constant", "removed", "inapplicable")
    return [(name, key) for key in named for name in getattr(crosswalk, key)]


def _check_names(crosswalk: Crosswalk, elements: Mapping[str, Element]) -> Iterable[Finding]:
    named = _elements_named(crosswalk)
    graded = {name: item for name, item in elements.items() if not item.companion}
    for name, key in named:
        if name not in graded:
            found = f"{key} names {name!r}{suggest(name, graded)}"
            yield Finding(
                "crosswalk-element-unknown", found, f"one of {', '.join(graded)}", field=name
            )
    for name in sorted({n for n, _ in named if [m for m, _ in named].count(n) > 1}):
        keys = ", ".join(key for other, key in named if other == name)
        yield Finding("crosswalk-invalid", f"{name} stands under {keys}", "one of them", field=name)
    for key in ("absent", "constant", "removed", "inapplicable"):
        for name, reason in getattr(crosswalk, key).items():
            if not reason.strip():
                found = f"{name} is {key}, with no {'value' if key == 'constant' else 'reason'}"
                yield Finding("crosswalk-invalid", found, "the reason in words", field=name)


def _check_fields(
    element: str, match: Correspondence, fields: Mapping[str, Field]
) -> Iterable[Finding]:
    if not match.columns:
        found = f"{element} names no field"
        yield Finding("crosswalk-invalid", found, "`field` or `fields`", field=element)
    if len(match.columns) > 1 and match.values:
        found = f"{element} has several fields and `values`"
        yield Finding("crosswalk-invalid", found, "`sql` for several fields", field=element)
    if match.values and match.sql:
        found = f"{element} has `values` and `sql`"
        yield Finding("crosswalk-invalid", found, "one of them", field=element)
    for name in match.columns:
        if name not in fields:
            found = f"{element} stands in {name!r}{suggest(name, fields)}"
            expected = f"one of {', '.join(fields)}"
            yield Finding("crosswalk-field-unknown", found, expected, field=element)


def _check_values(
    match: Correspondence, element: Element, fields: Mapping[str, Field]
) -> Iterable[Finding]:
    allowed = [UNKNOWN, *(item.name for item in element.categories)]
    for value, target in match.values.items():
        if not element.categories and target != UNKNOWN:
            found = f"{element.name} has no categories, and {value!r} is {target!r}"
            yield Finding("crosswalk-value-unknown", found, UNKNOWN, field=element.name)
        elif target not in allowed:
            found = f"{element.name}: {value!r} is {target!r}{suggest(target, allowed)}"
            expected = f"one of {', '.join(allowed)}"
            yield Finding("crosswalk-value-unknown", found, expected, field=element.name)
    for name in match.columns:
        known = [item.value for item in fields[name].categories] if name in fields else []
        for value in match.values if known else ():
            if value not in known:
                found = f"{name} has no category {value!r}{suggest(value, known)}"
                expected = f"one of {', '.join(known)}"
                yield Finding("crosswalk-value-unknown", found, expected, field=element.name)


def _check_levels(
    match: Correspondence, element: Element, fields: Mapping[str, Field]
) -> Iterable[Finding]:
    levels = [item.name for item in element.levels]
    for level in filter(None, (match.precision, match.released)):
        if level not in levels:
            found = f"the level of {element.name} is {level!r}{suggest(level, levels)}"
            expected = f"one of {', '.join(levels)}" if levels else "no level: it has none"
            yield Finding("crosswalk-invalid", found, expected, field=element.name)
    first = fields.get(match.columns[0]) if match.columns else None
    if not levels or first is None:
        return
    timed = first.type in TYPE_LEVELS
    if not timed and not match.precision:
        found = f"{element.name} stands in {first.name}, and no level is named"
        expected = f"`precision`: one of {', '.join(levels)}"
        yield Finding("crosswalk-invalid", found, expected, field=element.name)
    if timed and (match.precision or match.released):
        found = f"a level is named for {first.name}, which is a {first.type}"
        yield Finding("crosswalk-invalid", found, "no level: it is measured", field=element.name)


def check_checklist(release: ReleasedDataset) -> tuple[Finding, ...]:
    """A finding for each checklist item whose heading is missing or address is malformed."""
    package = release.package
    headings = _HEADING.findall(str(release.methodology_html))
    findings = Findings(file=package.descriptor_path)
    for name, item in package.checklist.items():
        problem = _link_problem(item.link, headings, bool(package.known_issues))
        if problem:
            findings.add(
                "methodology-link-invalid",
                f"methodology.{name}: {item.link!r} {problem}",
                "a heading of the methodology, a public address, or known_issues",
            )
    return tuple(findings)


def _link_problem(link: str, headings: list[str], issues: bool) -> str:
    if link == KNOWN_ISSUES:
        return "" if issues else "is named, and the dataset lists no known issue"
    if link.startswith("#"):
        name = link[1:]
        return (
            "" if name in headings else f"is no heading of methodology.md{suggest(name, headings)}"
        )
    problem = address_problem(link)
    return f"is not a public address: {problem}" if problem else ""
