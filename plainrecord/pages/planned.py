"""What files of pages hand to `pages`: a page in three parts, and what makes the shell around it."""

from __future__ import annotations

from typing import Protocol

from plainrecord.pages.contexts.portal import Place, Shell
from plainrecord.pages.tallies import Receipts

Planned = tuple[str, str, object]
"""A page: its path, its template, the context of that template."""


class Shells(Protocol):
    """What makes the shell of a page."""

    def __call__(
        self,
        path: str,
        title: str,
        description: str,
        breadcrumbs: tuple[Place, ...] = (),
        *,
        synthetic: str = "",
        receipts: Receipts | None = None,
    ) -> Shell: ...
