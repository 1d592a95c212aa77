"""What the documents of pages with views share: of which records a view is."""

from pydantic import BaseModel

VERSION = "_version"
"""The part of a view's address that names the version of the records."""

VERSION_DIGITS = 12
"""How much of a hash names a version of records that are in no release."""


class EarlierPage(BaseModel, frozen=True):
    """The same page of a release: the version of its records, its date in words, and its path."""

    version: str
    date: str
    page: str


class ViewDocument(BaseModel):
    """What of `explorer.json` and `rows.json` every view needs.

    `version` is the date of the release, or the start of a hash where there are no releases.
    """

    title: str
    unit: str
    units: str
    version: str = ""
    releases: tuple[EarlierPage, ...] = ()
