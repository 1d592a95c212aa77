"""Which cell of a protected dataset a labelled number is about.

Labels are the values of dimensions, as the tables or the data package write them. A number is about
a hidden cell if the labels beside it are the values of all of its dimensions, and of no others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product

from plainrecord.audit.tables import AuditedRelease, Key
from plainrecord.core.periods import name_months, name_period
from plainrecord.core.translation import Catalogue, gettext, translated

MOST_READINGS = 64
"""Ways to read labels that belong to several dimensions; beyond it the labels say nothing."""

MOST_BESIDE = 100
"""Values in a row; a longer list is no row of a table."""

LONGEST = 100
"""Letters of a text in a row that may hold several labels."""

SHORT = 2
"""In running text, labels of so few letters count only as they are written: M, not m."""

_BLANKS = re.compile(r"[\s_\-–—]+")
_EDGES = " .,:;!?()[]{}\"'“”‘’•|="


@lru_cache(maxsize=100_000)
def normalise(text: str) -> str:
    """A label without case, and without the difference between blanks, hyphens and underscores."""
    return _BLANKS.sub(" ", text.strip(_EDGES)).strip().casefold()


@dataclass(frozen=True, slots=True)
class CellLabel:
    """A text beside a number, and the name of its column ("" where it has none)."""

    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class LabelledNumber:
    """A number as published: its labels, and where it stands.

    `share` says that it is a part of something: 0.015 for 1.5%; `step` is half of its last digit.
    `column` is the name of its column, if it has one.
    """

    value: float
    labels: tuple[CellLabel, ...]
    file: str
    channel: str
    words: str
    share: bool = False
    step: float = 0.0
    column: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """The labels of one release's dimensions, and the names of the portal's other datasets."""

    release: AuditedRelease
    meanings: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    longest: int = 1
    others: frozenset[str] = frozenset()
    after: re.Pattern[str] = re.compile("(?!)")

    def foreign(self, dataset: object) -> bool:
        """Whether `dataset` is the name of another dataset of the portal."""
        return isinstance(dataset, str) and dataset in self.others

    def dimension(self, column: str) -> str | None:
        """The dimension that a column of this name or title holds; None if it is another one."""
        return self.columns.get(normalise(column)) if column else None

    def mean(self, label: CellLabel) -> tuple[tuple[str, str], ...]:
        """The (dimension, value) pairs that a label can mean; () if it is none."""
        meanings = self.meanings.get(normalise(label.text), ())
        dimension = self.dimension(label.column)
        if not label.text and dimension is None:
            return ()
        if dimension is not None:
            meanings = tuple(pair for pair in meanings if pair[0] == dimension)
        return meanings

    def find(self, text: str) -> tuple[CellLabel, ...]:
        """The labels in running text."""
        return tuple(label for *_, label in _find_labels(text, self)[0])

    def complete(
        self, labels: Iterable[CellLabel], weak: Iterable[CellLabel]
    ) -> tuple[CellLabel, ...]:
        """The labels, and those of `weak` whose dimension none of them has."""
        strong = tuple(labels)
        known = {name for label in strong for name, _ in self.mean(label)}
        rest = [label for label in weak if not {name for name, _ in self.mean(label)} & known]
        return (*strong, *rest)

    def read(self, labels: Sequence[CellLabel]) -> set[Key]:
        """The cells that the labels can name: each dimension once, all labels that are ones used."""
        choices = [pairs for label in labels if (pairs := self.mean(label))]
        count = 1
        for pairs in choices:
            count *= len(pairs)
        if not choices or count > MOST_READINGS:
            return set()
        keys: set[Key] = set()
        for chosen in product(*choices):
            values: dict[str, str] = {}
            if all(values.setdefault(name, value) == value for name, value in chosen):
                keys.add(tuple(sorted(values.items())))
        return keys


def _name_periods(value: str) -> Iterator[str]:
    """How pages and pictures write a value that is a period: 2026-Q1 is Q1 2026."""
    for period in ("", "fiscal-year"):
        yield name_period(value, period)
        yield name_period(value, period, short=True)


_ABSENT = ("", "not given", "missing", "no value", "blank")


def make_vocabulary(
    release: AuditedRelease, datasets: Iterable[str] = (), catalogue: Catalogue | None = None
) -> Vocabulary:
    """The labels of all values of the release's dimensions, and the names of its columns.

    `datasets` are the names of all datasets of the portal, `catalogue` has the words of its language.
    """
    values = {value for table in release.tables for key in table.keys for _, value in key}
    names_of: dict[str, list[str]] = {value: [] for value in values}
    months: set[str] = set()
    for language in dict.fromkeys((None, catalogue)):
        with translated(language):
            months |= name_months()
            for value, written in names_of.items():
                written += _name_periods(value) if value else map(gettext, _ABSENT)
    meanings: dict[str, list[tuple[str, str]]] = {}
    exact: set[str] = set()
    pairs = dict.fromkeys(pair for table in release.tables for key in table.keys for pair in key)
    for pair in pairs:
        label = release.labels.get(pair, "")
        for text in dict.fromkeys((pair[1] or label, label, *names_of[pair[1]])):
            if text or not pair[1]:
                readings = meanings.setdefault(normalise(text), [])
                if pair not in readings:
                    readings.append(pair)
                exact.add(text)
    names = dict.fromkeys(name for table in release.tables for name in table.dimensions)
    columns = {normalise(name): name for name in names}
    for name in names:
        columns.setdefault(normalise(release.titles.get(name, name)), name)
    longest = max((len(text.split(" ")) for text in meanings), default=1)
    return Vocabulary(
        release,
        {text: tuple(values) for text, values in meanings.items()},
        columns,
        frozenset(exact),
        longest,
        frozenset(datasets) - {release.name},
        re.compile(rf"^\s*(?:{'|'.join(map(re.escape, sorted(months)))})\b", re.IGNORECASE),
    )


_NUMBER = re.compile(
    r"(?<![\w.,/#§@:+~^-])[<≤]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w/@:-]|[.,]\d)\s?%?"
    r"|(?<![\w.,/#§@:+~^-])[<≤]?\d+(?:\.\d+)?(?![\w/@:-]|[.,]\d)\s?(?:%|percent\b|per cent\b)?"
)
_WORD = re.compile(r"[^\W_]+(?:['’.&][^\W_]+)*")
_BEFORE = re.compile(
    r"(?:fewer than|less than|under|below|at least|more than|up to|threshold(?: of| is)?|than|row|rows"
    r"|line|version|figure|step|chapter|section|page|release|of the year|table|part|no\.|number)\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^\s*(?:or more|or fewer|values?\b|charts?\b|rows? of\b|MB\b|kB\b|bytes\b|tables?\b|cells?\b|dimensions?\b|columns?\b|files?\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;,|•·\n]|\s(?:and|but|while)\s|\s[–—]\s")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d])|\n{2,}")


def parse_number(text: str) -> tuple[float, bool, float] | None:
    """The number that `text` is: its value, whether it is a share, and half of its last digit."""
    plain = text.strip().strip("()").strip()
    if not _NUMBER.fullmatch(plain) or plain[0] in "<≤":
        return None
    digits = re.sub(r"[,%]|\s|percent|per cent", "", plain)
    decimals = len(digits.partition(".")[2])
    percent = plain.endswith(("%", "t"))
    scale = 0.01 if percent else 1.0
    return float(digits) * scale, percent, 0.5 * 10**-decimals * scale


def has_digit(text: str) -> bool:
    """Whether a text can hold a number."""
    return any(sign.isdigit() for sign in text)


@dataclass(frozen=True, slots=True)
class NumberPlace:
    """Where numbers are read: the labels to look for, the file, and the part of it.

    `given` are labels of all that stands there, such as the heads of a table's row and column; those
    of `weak` count only where no other label has their dimension. `depth` counts the archives around
    the file.
    """

    vocabulary: Vocabulary
    file: str
    channel: str = ""
    given: tuple[CellLabel, ...] = ()
    weak: tuple[CellLabel, ...] = ()
    depth: int = 0

    def part(self, channel: str, weak: tuple[CellLabel, ...] = ()) -> "NumberPlace":
        """A part of the file, of which no label is given yet."""
        return replace(self, channel=channel, given=(), weak=weak)

    def beside(self, *labels: CellLabel) -> "NumberPlace":
        """The same place with further labels."""
        return replace(self, given=(*self.given, *labels)) if labels else self


def scan_text(text: str, place: NumberPlace) -> list[LabelledNumber]:
    """The numbers in running text, each with the labels of its clause or before it in the sentence.

    The only number of a sentence has all labels of the sentence. Years, dates, numbers of rows,
    versions and limits ("fewer than 11") are no counts.
    """
    numbers: list[LabelledNumber] = []
    vocabulary = place.vocabulary
    if not has_digit(text):
        return numbers
    for sentence in _split(text, _SENTENCE, _find_labels(text, vocabulary)[1]):
        if not has_digit(sentence):
            continue
        earlier: dict[str, CellLabel] = {}
        joined = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", sentence)  # a comma ends a clause
        spans = _find_labels(joined, vocabulary)[1]
        alone = len(_counts_in(joined, spans, vocabulary)) == 1
        for clause in [joined] if alone else _split(joined, _CLAUSE, spans):
            marks, taken = _find_labels(clause, vocabulary)
            for match in _counts_in(clause, taken, vocabulary):
                parsed = parse_number(match[0])
                if parsed is None:
                    continue
                labels = dict(earlier)
                near: dict[str, tuple[int, CellLabel]] = {}
                for start, end, name, label in marks:
                    # A label after a number belongs to it only where none stands before.
                    distance = match.start() - end if end <= match.start() else 10_000 + start
                    if name not in near or distance < near[name][0]:
                        near[name] = (distance, label)
                labels |= {name: label for name, (_, label) in near.items()}
                complete = vocabulary.complete((*place.given, *labels.values()), place.weak)
                words = " ".join(sentence.split())[:200]
                value, share, step = parsed
                numbers.append(
                    LabelledNumber(value, complete, place.file, place.channel, words, share, step)
                )
            earlier |= {name: label for _, _, name, label in marks}
    return numbers


def _split(text: str, separator: re.Pattern[str], spans: Sequence[tuple[int, int]]) -> list[str]:
    """The parts of a text between separators; none inside a label: St. Paul, Smith and Sons."""
    parts, begin = [], 0
    for match in separator.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            parts.append(text[begin : match.start()])
            begin = match.end()
    return [*parts, text[begin:]]


def _counts_in(
    clause: str, taken: Sequence[tuple[int, int]], vocabulary: Vocabulary
) -> list[re.Match[str]]:
    """The numbers in a clause that can be counts, without those in the labels at `taken`."""
    return [
        match
        for match in _NUMBER.finditer(clause)
        if not any(start < match.end() and match.start() < end for start, end in taken)
        and not _is_no_count(clause, match, vocabulary)
    ]


def _is_no_count(clause: str, match: re.Match[str], vocabulary: Vocabulary) -> bool:
    text = match[0].strip()
    year = len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100
    before, after = clause[: match.start()], clause[match.end() :]
    return year or any((_BEFORE.search(before), _AFTER.match(after), vocabulary.after.match(after)))


def _find_labels(
    clause: str, vocabulary: Vocabulary
) -> tuple[list[tuple[int, int, str, CellLabel]], list[tuple[int, int]]]:
    """The labels in a clause, with their places; a longer one first. One for each reading."""
    words = list(_WORD.finditer(clause))
    marks: list[tuple[int, int, str, CellLabel]] = []
    taken: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        for size in range(min(vocabulary.longest, len(words) - at), 0, -1):
            start, end = words[at].start(), words[at + size - 1].end()
            written = clause[start:end]
            pairs = vocabulary.meanings.get(normalise(written) or "-", ())
            short = len(written) <= SHORT or written.replace(".", "").isdigit()
            if pairs and (not short or written in vocabulary.exact):
                if written.replace(".", "").isdigit() and not _named(clause[:start], vocabulary):
                    continue  # a bare number is a label only after the name of its dimension
                name = pairs[0][0] if len(pairs) == 1 else ""
                marks.append((start, end, name or normalise(written), CellLabel(written, name)))
                taken.append((start, end))
                at += size - 1
                break
        at += 1
    return marks, taken


def _named(before: str, vocabulary: Vocabulary) -> bool:
    """Whether the name of a dimension stands at the end of `before`."""
    tail = normalise(before)
    return any(tail.endswith(name) for name in vocabulary.columns)


SHARE = re.compile(r"share|percent|pct|per cent|proportion|fraction|rate", re.IGNORECASE)
"""What the name of a column with parts of something has."""


def read_row(cells: Sequence[tuple[str, object]], place: NumberPlace) -> list[LabelledNumber]:
    """The numbers in a row of named values ("" for a column without a name), with its labels.

    A column that is named as a dimension holds labels, also where they are numbers. Without a name,
    a number is a label if it is a value of a dimension and another number follows. A row that names
    another dataset is about that one.
    """
    row, vocabulary = dict(cells), place.vocabulary
    if len(cells) > MOST_BESIDE or vocabulary.foreign(row.get("dataset")):
        return []
    labels = list(place.given)
    numbers: list[tuple[str, tuple[float, bool, float]]] = []
    read = [_as_number(value) for _, value in cells]
    last = max((at for at, parsed in enumerate(read) if parsed), default=-1)
    for at, ((name, value), parsed) in enumerate(zip(cells, read, strict=True)):
        text = "" if value is None else str(value)
        if vocabulary.dimension(name) is not None:
            mark = row.get(f"{name}__missing")
            labels.append(CellLabel(text or ("" if mark is None else str(mark)), name))
            continue
        label = CellLabel(text)
        if parsed is None or (not name and at < last and vocabulary.mean(label)):
            if text and not name.endswith("__missing") and vocabulary.mean(label):
                labels.append(label)
            elif text and not name and len(text) <= LONGEST:
                labels += vocabulary.find(text)
        else:
            numbers.append((name, parsed))
    if not numbers:
        return []
    complete = vocabulary.complete(labels, place.weak)
    words = ", ".join(str(value) for _, value in cells if value is not None)[:200]
    labelled = []
    for name, (value, percent, step) in numbers:
        share = percent or bool(SHARE.search(name)) or (0 < value < 1)
        scale = 0.01 if share and not percent and value > 1 else 1.0
        scaled = value * scale, complete, place.file, place.channel, words, share, step * scale
        labelled.append(LabelledNumber(*scaled, name))
    return labelled


def _as_number(value: object) -> tuple[float, bool, float] | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        text = repr(value)
        decimals = len(text.partition(".")[2]) if isinstance(value, float) else 0
        whole = isinstance(value, float) and value.is_integer()
        return float(value), False, 0.0 if whole else 0.5 * 10.0**-decimals
    return parse_number(str(value))
