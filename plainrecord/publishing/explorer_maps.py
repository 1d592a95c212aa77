"""The maps of an explorer: the outline of each place, and the value that names it."""

from collections.abc import Iterable, Sequence

from plainrecord.core.strict_json import Json
from plainrecord.publishing.boundaries import HALF, MAP_WIDTH, draw_places, load_boundaries
from plainrecord.publishing.map_kind import find_problem


def name_codes(boundaries: str, values: Iterable[str]) -> dict[str, str]:
    """The names for readers of values that are codes of places; none where they are not known."""
    shapes = load_boundaries(boundaries) if boundaries else None
    return shapes.name_codes(values) if shapes else {}


def draw_map(field: str, boundaries: str, values: Sequence[str]) -> tuple[dict[str, Json], str]:
    """A map's document (SVG paths in half pixels), or why not; both empty: no boundaries."""
    shapes = load_boundaries(boundaries)
    if shapes is None:
        return {}, ""
    if problem := find_problem(field, values, shapes):
        return {}, problem
    drawn, wide, high = draw_places(shapes, MAP_WIDTH)
    named = {place.label: value for value in values if (place := shapes.find(value))}
    undrawn: dict[str, Json] = {v: label for label, v in named.items() if not drawn[label]}
    places: list[Json] = [
        {"name": name, "value": named.get(name), "outline": outline}
        for name, outline in drawn.items()
        if outline
    ]
    document: dict[str, Json] = {
        "field": field,
        "boundaries": boundaries,
        "credit": shapes.credit,
        "credit_url": shapes.credit_url,
        "width": round(wide * HALF),
        "height": round(high * HALF),
        "places": places,
        **({"undrawn": undrawn} if undrawn else {}),
    }
    return document, ""
