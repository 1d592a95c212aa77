"""A stretch of the corridor: what was made of a dataset, as it is now and for each release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from plainrecord.corridor.plan import Plan
from plainrecord.corridor.proving import DatedTable
from plainrecord.model.freshness import measure_freshness
from plainrecord.model.grades import Scorecard
from plainrecord.model.packages import Package
from plainrecord.model.products import Edition, History, Output, PublishedTable
from plainrecord.publishing.downloads import NOTHING, Exports

METHODOLOGY = "methodology.md"


@dataclass(frozen=True, slots=True)
class Made:
    """A dataset's edition, its downloads, and the other outputs that came with it.

    `releases` are all its frozen editions, the oldest first, where the dataset keeps releases.
    The files of the downloads are there until the end of the build.
    """

    edition: Edition
    exported: Exports = NOTHING
    outputs: tuple[Output, ...] = ()
    releases: tuple[Made, ...] = ()
    scorecard: Scorecard | None = None

    def every(self) -> Iterator[Made]:
        """The dataset as it is now, then its releases."""
        yield self
        yield from self.releases


def publish_tables(edition: Edition) -> tuple[PublishedTable, ...]:
    """The tables of an edition as the Parquet files that it offers."""
    hashes = {entry.path: entry.sha256 for entry in edition.distributions}
    paths = [f"{edition.package.home}/downloads/{t.resource}.parquet" for t in edition.tables]
    return tuple(
        PublishedTable(table, path, hashes[path])
        for table, path in zip(edition.tables, paths, strict=True)
    )


def name_again(dataset: str, moved: Mapping[str, str]) -> Iterator[str]:
    """The old names of a dataset, or of one of its editions (`NAME@DATE`), where it was renamed.

    The query of a past edition cannot be edited, so it may read a table by the name that its
    dataset had. `moved` has the present name by the old one.
    """
    name, at, date = dataset.partition("@")
    yield from (f"{old}{at}{date}" for old, new in moved.items() if new == name)


def republish_edition(made: Made, frozen: Package) -> Made:
    """What was made of a dataset, once more at the address that this edition keeps."""

    def moved(path: str) -> str:
        return frozen.home + path.removeprefix(made.edition.package.home)

    edition = replace(
        made.edition,
        package=frozen,
        tables=tuple(replace(table, dataset=frozen.key) for table in made.edition.tables),
        distributions=tuple(replace(d, path=moved(d.path)) for d in made.edition.distributions),
    )
    exported = replace(
        made.exported,
        distributions=edition.distributions,
        outputs=tuple(replace(o, path=moved(o.path)) for o in made.exported.outputs),
    )
    return Made(edition, exported)


def tell_history(plan: Plan, made: Made) -> History:
    """The releases of a dataset that keeps any."""
    package = made.edition.package
    editions = tuple(item.edition for item in made.releases)
    return History(package.name, package.title, plan.archives[package.name].ledger, editions)


def date_edition(plan: Plan, edition: Edition) -> Edition:
    """A dataset as it is now with its freshness, where it keeps releases or promised an interval."""
    package, archive = edition.package, plan.archives.get(edition.package.name)
    looks = [look.date for look in archive.ledger.looks] if archive else []
    fresh = measure_freshness(package.frequency, package.updated, looks, plan.as_of)
    told = fresh is not None and (archive or fresh.due)
    return replace(edition, freshness=fresh if told else None)


def date_tables(plan: Plan, made: Made) -> tuple[DatedTable, ...]:
    """The table that is compared of each edition of a dataset, the oldest first."""
    package = made.edition.package
    settings, archive = package.comparison, plan.archives.get(package.name)
    if settings is None or archive is None:
        return ()
    sources = {
        release.date: {path: told for path, told in release.files.items() if path != METHODOLOGY}
        for release in archive.ledger.kept
    }
    return tuple(
        DatedTable(
            one.edition.package.release,
            entry.table,
            entry.path,
            entry.sha256,
            tuple(sources[one.edition.package.release]),
            tuple(sorted(sources[one.edition.package.release].values())),
            one.edition.package.policy,
        )
        for one in made.releases
        if one.edition.built
        for entry in publish_tables(one.edition)
        if entry.table.resource == settings.resource
    )
