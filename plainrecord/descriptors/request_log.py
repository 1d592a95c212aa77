"""A dataset that is a log of requests, as a maintainer writes it: `plainrecord.requests`."""

from collections.abc import Sequence

from plainrecord.findings.finding import Findings, suggest
from plainrecord.model.declarations import RequestLog
from plainrecord.model.freshness import parse_day
from plainrecord.model.packages import Resource
from plainrecord.model.requests import ELEMENTS, STARTS, UNSTATED


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
