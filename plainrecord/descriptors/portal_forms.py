"""The heads of a portal's pages, and the records of datasets as they are written."""

from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import StrictForm, Text
from plainrecord.model.history import CheckedDay, Release, Repair, UnreachableSource, Withdrawal


class LedgerForm(StrictForm):
    """The ledger of a dataset's releases: `releases.yaml`."""

    releases: tuple[Release, ...] = ()
    checks: tuple[CheckedDay, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    repairs: tuple[Repair, ...] = ()


class SourcesForm(StrictForm):
    """The sources of a dataset that cannot be reached: `sources.yaml`."""

    unreachable: tuple[UnreachableSource, ...] = ()


class PageForm(StrictForm):
    """The front matter of a page; those with a smaller `order` come first."""

    title: str
    description: Text = ""
    order: int = 50
    numbers: tuple[TypedNumber, ...] = ()
