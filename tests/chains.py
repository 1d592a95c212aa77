"""Chains of releases as tests need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plainrecord.core.strict_json import Json
from plainrecord.model.chain import entry_hash


def link_entries(dataset: str, entries: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The document of a chain: `entries` from the oldest on, each with its `previous` set."""
    linked: list[Json] = []
    previous = ""
    for entry in entries:
        whole: dict[str, Json] = {**entry, "previous": previous}
        previous = entry_hash(whole)
        linked.append(whole)
    return {"dataset": dataset, "releases": linked, "head": previous}
