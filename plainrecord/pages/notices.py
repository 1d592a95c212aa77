"""Points to note across the releases of a dataset, each with possible explanations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from plainrecord.core.translation import _, ngettext
from plainrecord.model.counts import CountTable, fill, say, show
from plainrecord.model.freshness import day_words
from plainrecord.model.revisions import Revisions
from plainrecord.pages.change import join_record, join_words, mark_number
from plainrecord.receipts.change_ids import FEW_RETURNED, LIKELY, changes_id, count_likely


@dataclass(frozen=True, slots=True)
class ReturnedList:
    """Records that came back: lines of `file`, each a `key` in words, and the days."""

    file: str
    key: tuple[str, ...]
    heading: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something across releases that deserves a look; `counted` has the receipt of its numbers."""

    title: str
    text: str
    returned: ReturnedList | None = None
    counted: CountTable | None = None


def list_notices(
    revisions: Revisions, name: str, folder: str, labels: Mapping[str, str]
) -> Iterator[Notice]:
    """The notices of the dataset `name`, whose pages of changes are in `folder`."""
    for item in revisions.protections:
        yield Notice(
            _("Privacy protection changed with the release of {release}").format(
                release=day_words(item.release)
            ),
            _(
                "{sentences} Differences from the release of {before} may be due to this and not to the records."
            ).format(sentences=" ".join(item.sentences), before=day_words(item.before)),
        )
    yield from _repeats(revisions)
    for file in revisions.misdated:
        yield Notice(
            _("Wrong date in a file name: {name}").format(name=file.name),
            _(
                "The file was released on {release}. The date in its name cannot be right: {why}."
            ).format(release=day_words(file.release), why=file.why),
        )
    for back in revisions.setbacks:
        yield Notice(
            _("The release of {release} ends earlier than the one before").format(
                release=day_words(back.release)
            ),
            _(
                "Its latest date is {newest}; the release of {before} reached {newest_before}."
            ).format(
                newest=day_words(back.newest),
                before=day_words(back.before),
                newest_before=day_words(back.newest_before),
            ),
        )
    table = revisions.find_counts(changes_id(name, "returned"))
    yield from _gone(revisions, table, folder)
    if revisions.returned:
        yield _returned(revisions, table, folder, labels)
    if periods := revisions.moved_periods:
        counted = revisions.find_counts(changes_id(name, "moved"))
        yield Notice(
            say(
                fill(
                    ngettext(
                        "The figure for {} past period was revised",
                        "Figures for {} past periods were revised",
                        periods,
                    ),
                    show(counted, "1.1") if counted else f"{periods:,}",
                )
            ),
            _(
                "The table below shows what each release reported for the same period. A list of what is in force shrinks when an item ends, but a record of past events should not change without a reason."
            ),
            counted=counted,
        )


def _repeats(revisions: Revisions) -> Iterator[Notice]:
    reused = {item.release for item in revisions.reused}
    for item in revisions.reused:
        yield Notice(
            _("The release of {release} reuses the files of {earlier}").format(
                release=day_words(item.release), earlier=day_words(item.earlier)
            ),
            _("The source files are identical, byte for byte. ")
            + (
                _(
                    "There are other releases in between, so an old file was published again under a new date."
                )
                if item.stale
                else _("A new release is not always new data.")
            ),
        )
    for repeat in revisions.repeats:
        if repeat.release in reused:
            continue
        if repeat.stale:
            yield Notice(
                _("The release of {release} repeats an older one").format(
                    release=day_words(repeat.release)
                ),
                _(
                    "It has the same rows as the release of {earlier}, although there are other releases in between. An old file may have been published again under a new date."
                ).format(earlier=day_words(repeat.earlier)),
            )
        else:
            yield Notice(
                _("The release of {release} repeats that of {earlier}").format(
                    release=day_words(repeat.release), earlier=day_words(repeat.earlier)
                ),
                _(
                    "The two files differ, but they contain the same records. A new file is not always new data."
                ),
            )


def _gone(revisions: Revisions, table: CountTable | None, folder: str) -> Iterator[Notice]:
    """How often records were removed, when most were; only listed ones if a pair has few."""
    pairs = revisions.pairs
    gone, small = sum(pair.comparison.vanished for pair in pairs), any(p.small for p in pairs)
    if not table and (small or not gone):
        return
    number = show(table, "1.1").marked if table else f"{gone:,}"
    times = int(str(table.rows[0][0])) if table else gone
    most = also = Markup()
    if not small:
        largest = max(pairs, key=lambda pair: pair.comparison.vanished)
        count = mark_number(revisions, largest, "vanished", largest.comparison.vanished)
        most = escape(_("The most at one time was {count}, between {old} and {new}. ")).format(
            count=count, old=day_words(largest.old), new=day_words(largest.new)
        )
        also = _likely(revisions, folder)
    yield Notice(
        escape(
            ngettext(
                "{number} removal between releases", "{number} removals between releases", times
            )
        ).format(number=number),
        most
        + also
        + escape(
            _(
                "A record may disappear because it ended, was corrected or was taken out. The files do not say which."
            )
        ),
        counted=table,
    )


def _likely(revisions: Revisions, folder: str) -> Markup:
    """A sentence on how many removed records are probably back under another name."""
    counts = [count_likely(pair, revisions.threshold) for pair in revisions.pairs]
    if counts != [pair.comparison.renamed for pair in revisions.pairs] or not sum(counts):
        return Markup()  # a suppressed count would follow from the sum
    files = [
        f"{folder}/{pair.new}/{file.name}"
        for pair in revisions.pairs
        for file in pair.files
        if file.name == LIKELY
    ]
    number = f"{sum(counts):,}"
    if files:
        number = Markup('<span data-lines="{}">{}</span>').format(" ".join(files), number)
    text = ngettext(
        "Of all removed records, {number} was likely renamed. ",
        "Of all removed records, {number} were likely renamed. ",
        sum(counts),
    )
    return escape(text).format(number=number)


def _returned(
    revisions: Revisions, table: CountTable | None, folder: str, labels: Mapping[str, str]
) -> Notice:
    count, key = revisions.came_back, revisions.settings.key
    number = show(table, "1.2").marked if table else f"{count:,}"
    first = "" if count <= FEW_RETURNED else _(" The first ones:")
    return Notice(
        escape(
            ngettext(
                "{number} record disappeared and came back",
                "{number} records disappeared and came back",
                count,
            )
        ).format(number=number),
        ngettext(
            "It was in one release, missing from a later one and back in another.{first}",
            "They were in one release, missing from a later one and back in another.{first}",
            count,
        ).format(first=first),
        returned=ReturnedList(
            file=f"{folder}/vanished.csv",
            key=key,
            heading=join_words([labels.get(name, name) for name in key]),
            rows=tuple(
                (join_record(item.key), day_words(item.missing), day_words(item.back))
                for item in revisions.returned[:FEW_RETURNED]
            ),
        ),
        counted=table,
    )
