"""The base of the claim tests in `measures/claim_tests/`, and what they measure with."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
from pydantic import Field

from plainrecord.findings.finding import suggest
from plainrecord.measures import figures
from plainrecord.model.claims import ClaimTest, Result
from plainrecord.model.declarations import FigureDefinition
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.products import Figure, ReleasedDataset

GROUP = "claims"
"""What receipts call the register; in the counter it has no table of its own."""


class UnfitTestError(Exception):
    """A test that cannot be run; the message says what was found."""


class NotBuiltError(Exception):
    """The data of a test are not in this build; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ClaimMeasures:
    """What a claim is tested on: the locked counter, and what it holds.

    The test has the `title` of its part. It is made on the newest data, or on the release that
    `mark` names (`@DATE`). Where the claim is not `judged`, its counts are context alone.
    """

    counter: duckdb.DuckDBPyConnection
    releases: Mapping[str, ReleasedDataset]
    published: Sequence[PublishedTable]
    title: str = ""
    mark: str = ""
    judged: bool = True

    def release(self, key: str) -> ReleasedDataset:
        release = self.releases.get(key)
        if release is None:
            raise UnfitTestError(f"there is no dataset {key!r}{suggest(key, self.releases)}")
        if not release.built:
            raise NotBuiltError(release.absence or "Something in the dataset blocks it.")
        return release

    def releases_of(self, name: str) -> list[ReleasedDataset]:
        """The frozen releases of the dataset `name`, the oldest first."""
        keys = sorted(key for key in self.releases if key.startswith(f"{name}@"))
        return [self.releases[key] for key in keys]

    def measure(self, definition: FigureDefinition) -> Figure:
        figure, findings = figures.measure_figure(self.counter, definition, GROUP, self.published)
        if figure is None:
            raise UnfitTestError(findings[0].found.partition(": ")[2])
        return figure

    def figure(self, name: str) -> Figure:
        """The figure `DATASET.NAME` as its dataset shows it."""
        key, _, name_of_figure = name.rpartition(".")
        release = self.release(key)
        for figure in release.figures:
            if figure.name == name_of_figure:
                return figure
        known = [figure.id for figure in release.figures]
        if any(definition.name == name_of_figure for definition in release.package.figures):
            raise NotBuiltError("Its figures are not in this build.")
        raise UnfitTestError(f"there is no figure {name!r}{suggest(name, known)}")


class MeasuredTest(ClaimTest):
    """A test that can be made: its fields are the keys that a maintainer writes."""

    @abstractmethod
    def measure(self, context: ClaimMeasures) -> Result:
        """The result; UnfitTestError or NotBuiltError without fitting or built data."""


class TableTest(MeasuredTest):
    """A test on one released table."""

    dataset: str = Field(min_length=1)
    resource: str = Field(min_length=1)

    @property
    def home(self) -> str:
        """The dataset of the table."""
        return self.dataset


def close_sql(sql: str) -> str:
    """`sql` so that a bracket may follow: a comment ends at its line."""
    return f"{sql.strip()}\n" if "--" in sql else sql.strip()


def percent(share: float) -> str:
    """A share in words, with the digits that it has: 12.5%."""
    return f"{plain_number(round(share * 100, 6))}%"


def plain_number(number: Decimal | float) -> str:
    """A number as it was stated: 1,234.5."""
    return f"{Decimal(str(number)):,f}".removesuffix(".0")
