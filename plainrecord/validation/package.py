"""Check the tables of a package: files and a schema go in, typed tables and findings come out.

Every cell is read as text. SQL accepts what is certainly valid, block by block, and frictionless
decides once on each other distinct value (`plainrecord.validation.field_check`). Keys and duplicates
are checked in SQL.
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
from plainrecord.validation.masking import mask_findings, mask_labels, personal_fields
from plainrecord.validation.resource import ResourceCheck

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


@dataclass(frozen=True)
class CheckResult:
    """The tables that could be read, how each was checked, and all findings."""

    tables: tuple[CheckedTable, ...]
    findings: tuple[Finding, ...]
    checks: tuple[TableCheck, ...] = ()


def check_package(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    *,
    limit_errors: int = 100,
) -> CheckResult:
    """Read and check each resource of `package` into a table of the schema `checked`.

    `files` holds the located files by resource name. Up to `limit_errors` findings are given for
    each rule and field, then one with the count of the rest. Bad cells are null in the table: a
    dataset with a blocking finding must not be released.
    """
    check = PackageCheck(package, files, limit_errors=limit_errors, keep_all=True)
    return check.check(lambda: connection)


class PackageCheck:
    """The check of one package, see `check_package`. A file that is open reads on while others run.

    Without `keep_all` the tables hold only what keys and rules need, and what is searched for
    personal data where there is a policy.
    """

    def __init__(
        self,
        package: Package,
        files: Mapping[str, tuple[LocatedFile, ...]],
        *,
        limit_errors: int,
        keep_all: bool,
    ) -> None:
        self._package, self._keep_all = package, keep_all
        # A portal publishes by these names.
        self._plain_names = keep_all or package.policy is not None
        self._checks = [
            ResourceCheck(
                package,
                resource,
                files.get(resource.name, ()),
                limit=limit_errors,
                stored_fields=_stored_fields(package, resource, keep_all=keep_all),
            )
            for resource in package.resources
        ]
        taken: set[str] = set()
        for number, check in enumerate(self._checks):
            if check.run.relation.lower() in taken and not self._plain_names:
                check.run.relation = "checked." + identifier(f"{check.name} ({number + 1})")
            elif check.run.relation.lower() in taken:
                check.refuse_name()
            taken.add(check.run.relation.lower())

    def begin(self) -> None:
        """Begin to read the first table."""
        for check in self._checks[:1]:
            self._begin(check)

    def _begin(self, check: ResourceCheck) -> None:
        check.begin(plain_names=self._plain_names)

    def check(
        self, engine: Engine, progress: Callable[[str], None] = lambda _: None
    ) -> CheckResult:
        """Check every table and report the name of each to `progress`; `engine` starts on demand."""
        for check in prefetched(self._checks, self._begin):
            if not check.name_taken:
                progress(check.name)
                check.check(engine)
        by_name = {check.name: check for check in self._checks if check.table is not None}
        for check in by_name.values():
            check.check_keys(by_name)
        linted = self._package.policy is not None
        for check in by_name.values() if self._keep_all or linted else ():
            create_typed_table(check.run)
        for check in by_name.values() if linted else ():
            check.lint()
        findings = [finding for check in self._checks for finding in check.run.findings]
        hidden = personal_fields(self._package, findings)
        checks = [check.describe() for check in self._checks]
        return CheckResult(
            tuple(check.table for check in self._checks if check.table is not None),
            mask_findings(self._package, findings, hidden),
            tuple(mask_labels(check, self._package, findings, hidden) for check in checks),
        )

    def drop_tables(self) -> None:
        """Drop the typed tables."""
        for check in self._checks:
            if check.run.table_exists:
                check.run.connection.execute(f"DROP TABLE IF EXISTS {check.run.relation}")
            if check.table is not None and check.keyed.unread:
                check.run.connection.execute(f"DROP TABLE IF EXISTS {check.keyed.unread}")


def prefetched(checks: Iterable[T], begin: Callable[[T], None]) -> Iterator[T]:
    """Yield each of `checks` after the next has begun (`begin` may be called twice)."""
    coming = iter(checks)
    check = next(coming, None)
    while check is not None:
        begin(check)
        following = next(coming, None)
        if following is not None:
            begin(following)
        yield check
        check = following


def _stored_fields(package: Package, resource: Resource, *, keep_all: bool) -> frozenset[str]:
    """The fields to store in the typed table: all, or those that keys and rules read."""
    schema = resource.schema
    names = {field.name for field in schema.fields}
    if keep_all or resource.rules or package.policy is not None:
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
