"""Checking tables: files and a schema go in, typed tables and findings come out.

Every cell is read as text. SQL accepts what is certainly valid, block by block; each other
distinct value goes once to frictionless, which decides (`plainrecord.validation.field_check`). Keys and
duplicates are found in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from plainrecord.findings.finding import Finding
from plainrecord.model.checks import TableCheck
from plainrecord.model.packages import CheckedTable, LocatedFile, Package, Resource
from plainrecord.receipts.engine import Engine, identifier
from plainrecord.validation.block_check import create_typed_table
from plainrecord.validation.line_numbers import number_lines as number_lines
from plainrecord.validation.resource import ResourceCheck

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


@dataclass(frozen=True)
class CheckResult:
    """The tables that could be read, how each was checked, and all that was found wrong."""

    tables: tuple[CheckedTable, ...]
    findings: tuple[Finding, ...]
    checks: tuple[TableCheck, ...] = ()


def check_package(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    *,
    limit_errors: int = 100,
    keep_all: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> CheckResult:
    """Read and check each resource of `package` into a table of the schema `checked`.

    `files` holds the located files by resource name. Up to `limit_errors` findings are given for
    each rule and field, then one with the count of the rest. Bad cells are null in the table: a
    dataset with a blocking finding must not be released. Without `keep_all` the tables hold only
    what keys and rules need, and are good for nothing else.
    """
    check = PackageCheck(package, files, limit_errors=limit_errors, keep_all=keep_all)
    return check.run(lambda: connection, progress)


class PackageCheck:
    """The check of one package, see `check_package`. What was begun reads on while others run."""

    def __init__(
        self,
        package: Package,
        files: Mapping[str, tuple[LocatedFile, ...]],
        *,
        limit_errors: int,
        keep_all: bool,
    ) -> None:
        self._keep_all = keep_all
        # A portal publishes by these names.
        self._plain_names = keep_all or package.policy is not None
        self._checks = [
            ResourceCheck(
                package,
                resource,
                files.get(resource.name, ()),
                limit_errors,
                _kept(package, resource, keep_all=keep_all),
            )
            for resource in package.resources
        ]
        taken: set[str] = set()
        for number, check in enumerate(self._checks):
            if check.relation.lower() in taken and not self._plain_names:
                check.relation = "checked." + identifier(f"{check.resource.name} ({number + 1})")
            elif check.relation.lower() in taken:
                check.refuse_name()
            taken.add(check.relation.lower())

    def begin(self) -> None:
        """Begin to read the first table."""
        for check in self._checks[:1]:
            self._begin(check)

    def _begin(self, check: ResourceCheck) -> None:
        check.begin(plain_names=self._plain_names)

    def run(
        self,
        engine: Engine,
        progress: Callable[[str], None] = lambda _: None,
    ) -> CheckResult:
        """Check every table; `progress` is told the name of each.

        The `engine` is started where something must be asked of it.
        """
        for check in prefetched(self._checks, self._begin):
            if not check.refused:
                progress(check.resource.name)
                check.run(engine)
        by_name = {check.resource.name: check for check in self._checks if check.table is not None}
        for check in by_name.values():
            check.keys(by_name)
        for check in by_name.values() if self._keep_all else ():
            create_typed_table(check)
        return CheckResult(
            tuple(check.table for check in self._checks if check.table is not None),
            tuple(finding for check in self._checks for finding in check.findings),
            tuple(check.describe() for check in self._checks),
        )

    def clear(self) -> None:
        """Drop the typed tables that were made."""
        for check in self._checks:
            if check.made:
                check.connection.execute(f"DROP TABLE IF EXISTS {check.relation}")


def prefetched(checks: Iterable[T], begin: Callable[[T], None]) -> Iterator[T]:
    """Each of `checks`; the next one has begun before it is given out, to be read meanwhile.

    To begin what has begun already must do nothing.
    """
    coming = iter(checks)
    check = next(coming, None)
    while check is not None:
        begin(check)
        following = next(coming, None)
        if following is not None:
            begin(following)
        yield check
        check = following


def _kept(package: Package, resource: Resource, *, keep_all: bool) -> frozenset[str]:
    """The fields whose values must stay: all, or those that keys and rules read."""
    schema = resource.schema
    names = {field.name for field in schema.fields}
    if keep_all or resource.rules:
        return frozenset(names)
    needed = {*schema.primary_key, *chain(*schema.unique_keys)}
    needed |= {field.name for field in schema.fields if field.constraints.get("unique")}
    for other in package.resources:
        for key in other.schema.foreign_keys:
            if other is resource:
                needed |= set(key.fields)
            if key.resource == resource.name or (not key.resource and other is resource):
                needed |= set(key.reference_fields)
    return frozenset(needed & names)
