"""Findings for personal data that a dataset would publish as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import CheckedTable, Package, Resource
from plainrecord.receipts.engine import expression_problem, identifier, query_limits
from plainrecord.validation.personal_data import (
    SHAPES,
    WITHIN,
    PersonalData,
    find_personal_data,
    judge_texts,
)

if TYPE_CHECKING:
    import duckdb

    from plainrecord.model.declarations import Coarsening

MOST_PREFIX = 3
"""Characters of a text that say nothing of a person: an area code, the beginning of a postcode."""
LEAST_DEGREES = 0.01
"""A location rounded to this many degrees, about a kilometre, is not precise."""


def lint_table(
    connection: duckdb.DuckDBPyConnection, package: Package, resource: Resource, table: CheckedTable
) -> Iterator[Finding]:
    """An error for each field that holds personal data and is published as it is.

    In a draft, which is not published, they are warnings. Derived fields are looked at as well:
    they may be made of an identifier. A package without a policy gives none.
    """
    policy = package.policy
    if policy is None:
        return
    coarsened = {item.field: item for item in policy.coarsen}
    shown = [field for field in table.fields if field.name not in policy.identifiers]
    hits = find_personal_data(connection, table.relation, shown)
    hits += _find_in_derived(connection, package, resource, table)
    known = {hit.field for hit in hits}
    for field in shown:
        labels = [item.label for item in field.categories if item.label != item.value]
        if field.name not in known and field.name not in coarsened:
            hits += judge_texts(connection, labels, replace(field, type="string"))
    hits += _find_in_texts(package, resource)
    # The codebook lists the values of each group, so these are looked at as well.
    listed = {
        field.name
        for field in shown
        if (how := coarsened.get(field.name))
        and judge_texts(connection, [*how.groups], replace(field, type="string"))
    }
    for hit in hits:
        how = coarsened.get(hit.field)
        if how and hit.field not in listed and _removes(how, hit):
            continue
        yield Finding(
            "free-text" if hit.kind == "free-text" else "personal-data",
            hit.words,
            "a field under `identifiers` or `coarsen`, or a waiver with its reason",
            file=package.descriptor_path,
            dataset=package.key,
            resource=resource.name,
            field=hit.field,
            severity_given=None if package.publish else Severity.WARNING,
        )


def _find_in_texts(package: Package, resource: Resource) -> Iterator[PersonalData]:
    """Numbers of persons in what the descriptor says of the dataset, the table and its fields."""
    texts = [("", package.title), ("", package.description), ("", package.summary)]
    texts += [("", resource.title), ("", resource.description)]
    for field in (*resource.schema.fields, *(item.field for item in resource.derived)):
        texts += [(field.name, field.title), (field.name, field.description)]
    for kind in ("ssn", "a-number"):
        for name in dict.fromkeys(name for name, text in texts if re.search(WITHIN[kind], text)):
            yield PersonalData(name, kind, 1, 1, shape=SHAPES[kind])


def _find_in_derived(
    connection: duckdb.DuckDBPyConnection, package: Package, resource: Resource, table: CheckedTable
) -> list[PersonalData]:
    """What the published derived fields hold; one that cannot be computed is reported elsewhere."""
    import duckdb

    hits: list[PersonalData] = []
    dropped = package.policy.identifiers if package.policy else ()
    for derived in resource.derived:
        if derived.field.name in dropped or expression_problem(connection, derived.sql):
            continue
        relation = (
            f"(SELECT ({derived.sql}\n) AS {identifier(derived.field.name)} FROM {table.relation})"
        )
        try:
            with query_limits(connection):
                hits += find_personal_data(connection, relation, [derived.field])
        except duckdb.Error:
            continue
    return hits


def _removes(how: Coarsening, hit: PersonalData) -> bool:
    """Whether a field so generalised says nothing of one person any more."""
    match how.method:
        case "hour" | "day":
            return False
        case "prefix":
            return how.length <= MOST_PREFIX
        case "round":
            return hit.kind != "coordinates" or how.step >= LEAST_DEGREES
        case "group":
            return bool(how.other)
        case _:
            return True
