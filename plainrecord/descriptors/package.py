"""Descriptors: from a Data Package as written to a Package as trusted."""

import re
from collections.abc import Iterator
from functools import partial

from plainrecord.core.addresses import address_problem, is_email, reference_problem
from plainrecord.core.paths import is_slug
from plainrecord.core.strict_json import Json
from plainrecord.descriptors import standard_forms as written
from plainrecord.descriptors.levels import misplaced_keys
from plainrecord.descriptors.reading import read_form
from plainrecord.descriptors.resource import parse_resource, unknown_resource
from plainrecord.descriptors.standard_rules import credit_problems, list_addresses, package_problems
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Contributor, License, Package, Source

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")


def parse_package(
    document: Json, folder: str, file: str, methodology: str, *, portal: bool = True
) -> tuple[Package | None, tuple[Finding, ...]]:
    """The dataset that a descriptor describes, and all that is wrong with it.

    The package is None when a finding keeps it from being read at all. Outside a `portal` it is
    held to the standard alone: it needs no privacy policy and may hold more than tables.
    """
    kind: type[written.StandardPackageForm] = written.StandardPackageForm
    declare = None
    if portal or (isinstance(document, dict) and "plainrecord" in document):
        # Slow to import, and a package of others has no such part.
        from plainrecord.descriptors import declarations
        from plainrecord.descriptors.package_forms import PackageForm

        kind, declare = PackageForm, partial(declarations.declare, portal=portal)
    form, findings = read_form(kind, document, file, lenient=not portal)
    findings.extend(misplaced_keys(document, file, lenient=not portal))
    if form is None or not isinstance(document, dict):
        return None, tuple(findings)
    name = form.name or folder.rsplit("/", 1)[-1]
    if portal and not is_slug(name):
        expected = "a-z and 0-9 with single - _ . between"
        findings.add("value-invalid", f"the name is {name!r}", expected)
    raw = document.get("resources")
    resources = tuple(
        parse_resource(
            resource, raw[number] if isinstance(raw, list) else {}, findings, portal=portal
        )
        for number, resource in enumerate(form.resources)
    )
    names = [resource.name for resource in resources]
    for twice in sorted({item for item in names if names.count(item) > 1}):
        found = f"two resources are called {twice!r}"
        findings.add("profile-violation", found, "a name of its own for each resource")
    package = Package(
        name=name,
        title=form.title or name,
        summary=form.description.split("\n\n")[0],
        description=form.description,
        unit="row",
        folder=folder,
        descriptor_path=file,
        resources=resources,
        policy=None,
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
        updated=form.created[:10],
        homepage=_public(form.homepage),
        methodology=methodology,
        descriptor=document,
    )
    if declare:
        package = declare(form, package, findings)
    findings.extend(_missing_releases(form, names, file))
    for text, expected in credit_problems(form.sources, form.licenses):
        findings.add("profile-violation", text, expected)
    findings.extend(_unfit_addresses(form, file, portal=portal))
    if not portal:
        findings.extend(_malformed(form, document, file))
        for text, expected in package_problems(form, document):
            findings.add("profile-violation", text, expected)
    return package, tuple(findings)


def _public(address: str) -> str:
    """`address` where a reader can follow it, else ""."""
    return "" if address_problem(address) else address


def _unfit_addresses(
    form: written.StandardPackageForm, file: str, *, portal: bool
) -> Iterator[Finding]:
    """Addresses that may not be published, and relative ones, which lead nowhere in a portal.

    Data Package v2, "url-or-path": http or https, or a relative POSIX path. Outside a portal an
    address of another kind is a warning: nothing is published there.
    """
    for key, address in list_addresses(form):
        problem = reference_problem(address) if address else ""
        if problem:
            found = f"{key} is {address!r}: {problem}"
            severity = None if portal else Severity.WARNING
            expected = "an address with http:// or https://, without a password"
            yield Finding("address-unfit", found, expected, file=file, severity_given=severity)
        elif address and portal and not _public(address):
            found = f"{key} is {address!r}, a path"
            yield Finding("address-relative", found, "an http(s) address", file=file)


def _malformed(form: written.StandardPackageForm, document: Json, file: str) -> list[Finding]:
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
    return [Finding("profile-violation", found, expected, file=file) for found, expected in wrong]


def _missing_releases(
    form: written.StandardPackageForm, resources: list[str], file: str
) -> Iterator[Finding]:
    """Older releases of tables that are no resources of the package."""
    for item in form.resources:
        earlier = item.plainrecord.withheld.earlier
        if earlier and earlier.resource not in resources:
            yield unknown_resource(
                f"plainrecord.withheld.earlier of {item.name}", earlier.resource, resources, file
            )
