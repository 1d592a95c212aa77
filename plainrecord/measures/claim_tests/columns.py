"""A test that a table has a column about something, or has none."""

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from plainrecord.core.translation import gettext as _
from plainrecord.core.translation import ngettext
from plainrecord.measures.claim_test import ClaimMeasures, TableTest, UnfitTestError
from plainrecord.model.claims import ClaimVerdict, Result, Words
from plainrecord.model.counts import fill
from plainrecord.model.forms import Texts


class ColumnTest(TableTest):
    """Whether a column with (`some_with`), or none (`none_with`), of some words exists."""

    some_with: Texts = ()
    none_with: Texts = ()

    @property
    def words(self) -> Texts:
        """The words that are searched for."""
        return self.some_with or self.none_with

    def problems(self, *, judged: bool) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        if bool(self.some_with) == bool(self.none_with):
            yield "it has both or none of some_with and none_with", "exactly one"
        if not all(word.strip() for word in self.words):
            yield "a word is blank", "words that a name or a title may hold"

    def measure(self, context: ClaimMeasures) -> Result:
        tables = {
            table.resource: table for table in context.release(self.dataset + context.mark).tables
        }
        if self.resource not in tables:
            raise UnfitTestError(f"there is no table {self.resource!r} in {self.dataset}")
        return judge_columns(self, [(f.name, f.title) for f in tables[self.resource].fields])

    def meaning(self) -> str:
        words = ", ".join(f"“{word}”" for word in self.words)
        sentence = (
            _(
                "For the claim to be true, the records must have a column with one of these words in its name or title: {words}."
            )
            if self.some_with
            else _(
                "For the claim to be true, the records must have no column with one of these words in its name or title: {words}."
            )
        )
        return sentence.format(words=words)

    def describe(self, result: Result) -> Words:
        if result.columns:
            names = Markup(", ").join(map(Markup("<code>{}</code>").format, result.columns))
            return fill(_("The records have such columns: {}, among {}."), names, str(result.of))
        if not result.of:
            return (_("There are no columns to search."),)
        sentence = ngettext(
            "The only column does not have such a word in its name or title.",
            "None of the {count} columns has such a word in its name or title.",
            result.of,
        )
        return (sentence.format(count=result.of),)

    def describe_past(self, result: Result) -> str:
        if not result.of:
            return ""
        if not result.columns:
            return _("No such column.")
        return _("Found: {columns}.").format(columns=", ".join(result.columns))


def match_columns(words: Iterable[str], columns: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names of the columns, each given as (name, title), that hold one of `words`."""
    expected = [word.casefold() for word in words]
    return tuple(
        name
        for name, title in columns
        if any(word in name.casefold() or word in title.casefold() for word in expected)
    )


def judge_columns(test: ColumnTest, columns: Sequence[tuple[str, str]]) -> Result:
    """What the columns of a released table, each as (name, title), say."""
    if not columns:
        return Result(ClaimVerdict.UNTESTABLE)
    matched = match_columns(test.words, columns)
    agrees = bool(matched) == bool(test.some_with)
    verdict = ClaimVerdict.SUPPORTED if agrees else ClaimVerdict.CONTRADICTED
    return Result(verdict, columns=matched, of=len(columns))


TEST = ("columns", ColumnTest)
