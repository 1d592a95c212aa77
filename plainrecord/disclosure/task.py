"""What is to be protected: rows, by a policy, beside what was published before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.disclosure.earlier_releases import EarlierRelease
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.receipts.engine import identifier


@dataclass(frozen=True, slots=True)
class ProtectionTask:
    """The `rows` to protect by `policy`, which `file` declares; what `earlier` releases published."""

    connection: duckdb.DuckDBPyConnection
    rows: ReleasedTable
    policy: PrivacyPolicy
    file: str
    earlier: Sequence[EarlierRelease] = ()

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of the rows, by name."""
        return {field.name: field for field in self.rows.fields}

    @property
    def measure(self) -> str:
        """SQL for the count of a group of rows."""
        return f"sum({identifier(self.policy.people)})" if self.policy.people else "count(*)"

    def with_policy(self, **changes: object) -> "ProtectionTask":
        """The same task with another policy."""
        return replace(self, policy=self.policy.model_copy(update=changes))

    def count_rows(self, relation: str) -> int:
        """How many rows a relation has."""
        row = self.connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(row[0]) if row else 0

    def report(self, rule: str, found: str, expected: str, field: str = "") -> Finding:
        """A finding about the policy."""
        return Finding(rule, found, expected, file=self.file, field=field)
