"""Pages of scorecards: one for each dataset, all of them side by side, and each standard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from plainrecord.core.paths import dataset_page, methodology_page
from plainrecord.core.translation import _, to_translate
from plainrecord.model.counts import CountTable, Sentence, count_shown, say, show
from plainrecord.model.evidence import Receipt
from plainrecord.model.freshness import day_words
from plainrecord.model.grades import (
    GRADE_RULES,
    RULE_OF,
    UNMAPPED,
    CategoryShares,
    ElementScore,
    Grade,
    GradeRule,
    Scorecard,
    Scores,
)
from plainrecord.model.products import History, ReleasedDataset
from plainrecord.model.standards import Element, Standard
from plainrecord.pages.grade_words import (
    GradeCell,
    GradePart,
    describe_level,
    describe_parts,
    grade_cell,
    word_share,
)
from plainrecord.pages.portal_context import HOME, DatasetPage, Page, Place, Shell, Shells
from plainrecord.pages.receipt_note import describe_receipts


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element in one dataset. `needed` is "" if nothing is; `level` is a sentence.

    `receipts` have a receipt each, what it is of, and its id ("" if it is not published); `judged`
    is the id of the receipt from which the grade follows.
    """

    anchor: str
    title: str
    why: str
    needed: str
    rule: GradeRule
    fields: tuple[str, ...]
    level: Sentence
    parts: tuple[GradePart, ...]
    note: str
    link: str
    receipts: tuple[tuple[Receipt, str, str], ...]
    judged: str

    @property
    def precision(self) -> Markup:
        """The sentence on the precision as shown on the page."""
        return say(self.level)


@dataclass(frozen=True, slots=True)
class GroupView:
    """The elements of one question: when, where, by whom."""

    anchor: str
    title: str
    elements: tuple[ElementView, ...]


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many elements have a grade."""

    rule: GradeRule
    count: int


@dataclass(frozen=True, slots=True)
class GradeRow:
    """An element in a table of grades, a cell for each column."""

    title: str
    cells: tuple[GradeCell, ...]


@dataclass(frozen=True, slots=True)
class GradeTable:
    """Elements against datasets, or against releases of one dataset: headings and rows."""

    columns: tuple[Place, ...]
    rows: tuple[GradeRow, ...]


@dataclass(frozen=True, slots=True)
class MethodLine:
    """One item of the methodology checklist: `target` in the portal or `address` outside it."""

    title: str
    why: str
    present: bool
    target: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScorecardContext(DatasetPage):
    """`scorecard.html`: a dataset compared with a standard; `sheet` is the same for programs."""

    standard: Standard
    standard_target: str
    comparison: str
    sheet: str
    unit: str
    rows: int
    rows_text: str
    counts: tuple[GradeCount, ...]
    groups: tuple[GroupView, ...]
    history: GradeTable | None
    checklist: tuple[MethodLine, ...]
    rules: tuple[GradeRule, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A category with its share in each dataset, "" where the dataset does not have it."""

    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareTable:
    """One element by the standard's categories, dataset by dataset.

    `columns` name the datasets with the unit of their rows and how many rows have a value.
    `receipts` are a receipt each, what it proves, and its id ("" where it is not published).
    """

    anchor: str
    title: str
    columns: tuple[tuple[Place, str, str], ...]
    rows: tuple[ShareRow, ...]
    receipts: tuple[tuple[Receipt, str, str], ...]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """An item of the checklist in each dataset."""

    title: str
    why: str
    cells: tuple[MethodLine, ...]


@dataclass(frozen=True, slots=True)
class ComparisonContext:
    """`scorecards.html`: all datasets that are compared with a standard, side by side."""

    shell: Shell
    standard: Standard
    standard_target: str
    grades: GradeTable
    shares: tuple[ShareTable, ...]
    methods: tuple[MethodRow, ...]
    columns: tuple[Place, ...]
    rules: tuple[GradeRule, ...]


@dataclass(frozen=True, slots=True)
class StandardContext:
    """`standard.html`: a standard for records, with what it offers for download.

    `titles` are those of its sources by their names.
    """

    shell: Shell
    standard: Standard
    titles: Mapping[str, str]
    files: tuple[tuple[str, str, str, int], ...]
    comparison: str
    rules: tuple[GradeRule, ...]


_FILES = {
    "schema.yaml": to_translate("The schema, for people to read and edit"),
    "schema.json": to_translate("The schema, for programs"),
    "template.csv": to_translate("An empty table with the columns"),
    "README.md": to_translate("How to use it"),
}
_SATISFIED = {Grade.PRESENT, Grade.INAPPLICABLE, Grade.REMOVED, Grade.COARSENED}
COMPARISON = "scorecard/index.html"


def scorecard_page(name: str) -> str:
    """The page of a dataset's scorecard."""
    return f"datasets/{name}/scorecard/index.html"


def standard_page(name: str) -> str:
    """The page of a standard."""
    return f"standards/{name}/index.html"


def plan_scorecard(
    shells: Shells,
    trail: tuple[Place, ...],
    release: ReleasedDataset,
    history: History | None,
    scores: Scores,
) -> list[Page]:
    """The scorecard of a dataset as it is now; None if it has none."""
    package = release.package
    card = scores.card(package.key)
    standard = scores.standard(card.standard) if card else None
    if card is None or standard is None:
        return []
    path = scorecard_page(package.name)
    groups = describe_groups(card, standard)
    proved = next((score.counted for score in card.scores if score.counted), None)
    rows_text = show(proved, "1.1").marked if proved else f"{card.rows:,}"
    earlier = describe_history(history, scores, standard)
    rounded = any(score.parts and not score.counted for score in card.scores)
    counted = [_(_GRADES_COUNTED), *[_(_ROUNDED)] * rounded, *[_(_EARLIER)] * bool(earlier)]
    title = _("Scorecard: {title}").format(title=package.title)
    about = _("What {title} includes and what it lacks, element by element.").format(
        title=package.title
    )
    below = (*trail, Place(package.title, dataset_page(package.key)))
    figures, unproved = count_shown((groups, rows_text)), " ".join(counted)
    receipts = describe_receipts(figures=figures, unproved=unproved)
    context = ScorecardContext(
        shell=shells(path, title, about, below, synthetic=package.synthetic, receipts=receipts),
        release=release,
        standard=standard,
        standard_target=standard_page(standard.name),
        comparison=COMPARISON,
        sheet=f"{package.home}/scorecard.json",
        unit=next((unit.title for unit in standard.units if unit.name == card.unit), card.unit),
        rows=card.rows,
        rows_text=rows_text,
        counts=count_grades(card),
        groups=groups,
        history=earlier,
        checklist=describe_checklist(release, standard),
        rules=GRADE_RULES,
    )
    return [Page(path, "scorecard.html", context)]


_GRADES_COUNTED = to_translate("The totals for each grade are counted from this page.")
_ROUNDED = to_translate(
    "Shares rounded for privacy, and the numbers of records beside them, have no receipt."
)
_EARLIER = to_translate("Shares and levels of earlier releases have no receipt.")


def _describe_rows(shares: CategoryShares) -> str:
    """The number of records with a value, as shown on the page."""
    if shares.counted is None:
        return f"{shares.rows:,}"
    return show(shares.counted, _whole(shares.counted)).marked


def _whole(table: CountTable) -> str:
    return "+".join(f"{line}.2" for line in range(1, len(table.rows) + 1))


def count_grades(card: Scorecard) -> tuple[GradeCount, ...]:
    """How many elements have each grade, the best first; grades that none has are left out."""
    grades = [score.grade for score in card.scores]
    return tuple(
        GradeCount(rule, grades.count(rule.grade))
        for rule in reversed(GRADE_RULES)
        if rule.grade in grades
    )


def describe_groups(card: Scorecard, standard: Standard) -> tuple[GroupView, ...]:
    """Every element of a scorecard, in the groups of the standard."""
    elements = {element.name: element for element in standard.graded}
    titles = {group.name: group.title for group in standard.groups}
    scored = groupby(card.scores, key=lambda score: elements[score.element].group)
    return tuple(
        GroupView(
            f"group-{name}",
            titles[name],
            tuple(_element(elements[score.element], score, card) for score in scores),
        )
        for name, scores in scored
    )


def _element(element: Element, score: ElementScore, card: Scorecard) -> ElementView:
    shares, level = score.counted, score.level
    ids = [shares.id if shares else ""] if score.parts else []
    titles = [_("the shares"), _("the precision")][0 if score.parts else 1 :]
    ids.append(level.id if level else "")
    return ElementView(
        anchor=f"element-{element.name}",
        title=element.title,
        why=element.why,
        needed="" if score.grade in _SATISFIED else element.needed,
        rule=RULE_OF[score.grade],
        fields=score.fields,
        level=describe_level(element, score),
        parts=describe_parts(score.parts, card.threshold, score.counted) if score.parts else (),
        note=score.note,
        link=score.link,
        receipts=tuple(zip(score.receipts, titles, ids, strict=False)),
        judged=shares.id if shares else "",
    )


def describe_history(
    history: History | None, scores: Scores, standard: Standard
) -> GradeTable | None:
    """The grades of each release, the oldest first; None with fewer than two."""
    releases = [e for e in history.releases if scores.card(e.package.key)] if history else []
    if len(releases) < 2:
        return None
    columns = tuple(
        Place(day_words(e.package.release), dataset_page(e.package.key)) for e in releases
    )
    cards = [scores.card(e.package.key) for e in releases]
    rows = tuple(
        GradeRow(element.title, tuple(grade_cell(element, card) for card in cards))
        for element in standard.graded
    )
    return GradeTable(columns, rows)


def describe_checklist(release: ReleasedDataset, standard: Standard) -> tuple[MethodLine, ...]:
    """What the methodology of a dataset documents, item by item, with links."""
    key = release.package.key
    links = release.package.checklist
    lines = []
    for item in standard.checklist:
        link = links.get(item.name)
        if link is None:
            lines.append(MethodLine(item.title, item.why, present=False))
            continue
        target, address = "", ""
        if link.link.startswith("#"):
            target = methodology_page(key) + link.link
        elif link.link == "known_issues":
            target = f"{dataset_page(key)}#limits"
        else:
            address = link.link
        line = MethodLine(item.title, item.why, True, target, address, link.note)
        lines.append(line)
    return tuple(lines)


def plan_comparison(
    shells: Shells, releases: Sequence[ReleasedDataset], scores: Scores
) -> list[Page]:
    """The page of all scorecards of the first standard, if any, and the page of each standard."""
    planned = [_plan_standard(shells, standard) for standard in scores.standards]
    if not scores.standards:
        return planned
    standard = scores.standards[0]
    graded = [
        (release, card)
        for release in releases
        if (card := scores.card(release.package.key)) and card.standard == standard.name
    ]
    if not graded:
        return planned
    columns = tuple(Place(e.package.title, scorecard_page(e.package.name)) for e, _ in graded)
    grades = GradeTable(
        columns,
        tuple(
            GradeRow(
                element.title,
                tuple(
                    grade_cell(element, card, scorecard_page(release.package.name))
                    for release, card in graded
                ),
            )
            for element in standard.graded
        ),
    )
    shares = tuple(table for e in standard.graded if (table := describe_shares(e, graded)))
    checklists = [describe_checklist(release, standard) for release, _ in graded]
    methods = tuple(
        MethodRow(item.title, item.why, tuple(lines[n] for lines in checklists))
        for n, item in enumerate(standard.checklist)
    )
    title, about = _("Scorecard"), _("What each dataset includes and what it lacks, side by side.")
    rounded = any(card.list_rounded() for _, card in graded)
    receipts = describe_receipts(
        figures=count_shown((grades, shares)), unproved=_(_ROUNDED) if rounded else ""
    )
    context = ComparisonContext(
        shell=shells(COMPARISON, title, about, (HOME,), receipts=receipts),
        standard=standard,
        standard_target=standard_page(standard.name),
        grades=grades,
        shares=shares,
        methods=methods,
        columns=columns,
        rules=GRADE_RULES,
    )
    return [Page(COMPARISON, "scorecards.html", context), *planned]


def describe_shares(
    element: Element, graded: Sequence[tuple[ReleasedDataset, Scorecard]]
) -> ShareTable | None:
    """The shares of an element by category in each dataset that has them; None where none has."""
    shares_found = [
        (release, card, shares)
        for release, card in graded
        for shares in card.shares
        if shares.element == element.name and shares.rows
    ]
    if not shares_found:
        return None
    counts = [dict(shares.shown) for _, _, shares in shares_found]
    listed = [(item.name, item.title) for item in element.categories]
    listed.append((UNMAPPED, _("Not in the crosswalk")))
    rows = []
    for name, title in listed:
        if any(name in shown for shown in counts):
            cells = (
                _share(shown, name, shares)
                for shown, (_, _, shares) in zip(counts, shares_found, strict=True)
            )
            rows.append(ShareRow(title, tuple(cells)))
    return ShareTable(
        anchor=f"shares-{element.name}",
        title=element.title,
        columns=tuple(
            (
                Place(e.package.title, f"{scorecard_page(e.package.name)}#element-{element.name}"),
                card.unit,
                _describe_rows(shares),
            )
            for e, card, shares in shares_found
        ),
        rows=tuple(rows),
        receipts=tuple(
            (shares.receipt, e.package.title, shares.counted.id if shares.counted else "")
            for e, _, shares in shares_found
        ),
    )


def _share(shown: dict[str, int | None], name: str, shares: CategoryShares) -> str:
    if name not in shown:
        return "none"
    count = shown[name]
    if table := shares.counted:
        row = [str(label) for label, _ in table.rows].index(name) + 1
        return show(table, f"{row}.2/{_whole(table)}").marked
    hidden = None in shown.values()
    return "suppressed" if count is None else word_share(count, shares.rows, whole=hidden)


def _plan_standard(shells: Shells, standard: Standard) -> Page:
    path = standard_page(standard.name)
    title = _("Standard: {title}").format(title=standard.title)
    about = _(
        "What a complete public record of a stop would include, as a schema that anyone can use."
    )
    trail = (HOME, Place(_("Scorecard"), COMPARISON))
    context = StandardContext(
        shell=shells(path, title, about, trail, receipts=describe_receipts()),
        standard=standard,
        titles={source.name: source.title for source in standard.sources},
        files=tuple(
            (name, f"standards/{standard.name}/{name}", _(_FILES.get(name, "")), len(content))
            for name, content in standard.files
        ),
        comparison=COMPARISON,
        rules=GRADE_RULES,
    )
    return Page(path, "standard.html", context)
