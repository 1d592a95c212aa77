"""What a scorecard and a standard offer to programs: a sheet for each card, the standard's files."""

from plainrecord.core.paths import dataset_folder
from plainrecord.core.strict_json import Json, select, serialise_json
from plainrecord.model.grades import ElementScore, Scorecard, ValueState
from plainrecord.model.products import Output
from plainrecord.model.standards import Element, Standard

NAME = "scorecard.json"


def publish_standard(standard: Standard) -> tuple[Output, ...]:
    """The files of a standard as the portal offers them."""
    folder = f"standards/{standard.name}"
    return tuple(Output(f"{folder}/{name}", content) for name, content in standard.files)


def publish_scorecard(card: Scorecard, standard: Standard) -> Output:
    """A scorecard as JSON, beside the page of its dataset or of its release."""
    elements = {element.name: element for element in standard.graded}
    sheet: Json = {
        **select(card, "dataset", "release"),
        "standard": standard.name,
        "version": standard.version,
        **select(card, "resource", "unit", "rows", "threshold"),
        "elements": [_describe(elements[s.element], s, card.threshold) for s in card.scores],
        "categories": {
            shares.element: {"rows": shares.rows, "counts": dict(shares.shown)}
            for shares in card.shares
        },
    }
    return Output(f"{dataset_folder(card.dataset)}/{NAME}", serialise_json(sheet))


def _describe(element: Element, score: ElementScore, threshold: int) -> dict[str, Json]:
    """`records` counts by state; known and unknown are null if either is small."""
    valued = (ValueState.KNOWN, ValueState.UNKNOWN)
    counts = score.parts.counts if score.parts else ()
    small = any(0 < count < threshold for state, count in counts if state in valued)
    records: dict[str, Json] = {
        state.value: None if small and state in valued else count for state, count in counts
    }
    return {
        "element": element.name,
        "title": element.title,
        "grade": score.grade.value,
        "fields": list(score.fields),
        **select(score, "precision", "released"),
        "records": records or None,
        **select(score, "note", "link"),
        "needed": element.needed,
        "queries": [receipt.sql for receipt in score.receipts],
    }
