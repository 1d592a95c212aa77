"""The context of the page from A to Z."""

from dataclasses import dataclass

from plainrecord.pages.portal_context import Shell


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """Something that a reader can find: `kind` is a key of `search.KINDS`.

    `detail` says where it belongs, `target` is its address, `words` are further words to find it by,
    `codes` what names it besides: codes of a place, years of a dataset. An `example` belongs to
    synthetic data or to a dataset that is listed only: it stands behind what is real and here.
    """

    kind: str
    title: str
    detail: str
    target: str
    words: str = ""
    codes: str = ""
    example: bool = False


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The entries that begin with a letter, "" for another sign."""

    letter: str
    anchor: str
    entries: tuple[SearchEntry, ...]

    @property
    def listed(self) -> tuple[SearchEntry, ...]:
        """The entries without values: those of a field all lead to the field, which is listed."""
        return tuple(entry for entry in self.entries if entry.kind != "value")


@dataclass(frozen=True, slots=True)
class IndexContext:
    """The template `a-z.html`: the entries of each letter."""

    shell: Shell
    letters: tuple[LetterGroup, ...]
    kinds: dict[str, str]
