"""Boundaries for maps: TopoJSON or GeoJSON to outlines in pixels.

Vega projects the outlines, so that the date line, the poles and Alaska stand where D3 puts them.
They are then rounded to half pixels. Two places round a border that they share in the same way.
"""

import codecs
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from plainrecord.core.strict_json import Json, items_in, parse_json, reach
from plainrecord.core.us_states import TERRITORIES, TILES, name_state, state_code
from plainrecord.model.maps import (
    Boundaries,
    MapPlace,
    MapSettings,
    Point,
    Ring,
    fold_name,
    index_names,
)

MAP_WIDTH = 680.0
"""The width of the map on which outlines are kept, in pixels."""
MOST_PLACES = 5_000
MOST_BYTES = 20_000_000
MOST_POINTS = 2_000_000
"""The most points of all outlines: in TopoJSON, many may use one long arc."""
_FOLDER = Path(__file__).parents[1] / "builtin" / "boundaries"
_CENSUS = (
    "Boundaries: U.S. Census Bureau, 2017, from us-atlas (ISC licence).",
    "https://github.com/topojson/us-atlas",
)
_EARTH = (
    (
        "Boundaries: Natural Earth, from world-atlas (ISC licence). They take no position on "
        "the status of a territory."
    ),
    "https://github.com/topojson/world-atlas",
)
BUILTIN: Mapping[str, tuple[str, str, tuple[str, str]]] = {
    "us-states": ("states", "albersUsa", _CENSUS),
    "us-counties": ("counties", "albersUsa", _CENSUS),
    "countries": ("countries", "equalEarth", _EARTH),
}
"""The object in the file of each name, its projection and its credit."""
_KINDS = re.compile(r" (county|parish|borough|census area|municipality|municipio)$")
_STEP = re.compile(r"([MLZ])(?:(-?[0-9.e-]+),(-?[0-9.e-]+))?")
MOST_EAST = 360.001
"""Longitudes may go on over the date line: 190 degrees east are 170 west."""
_SMALL_SPAN = 60.0
"""A map of fewer degrees than this from south to north is one in Mercator's projection."""


def is_builtin(name: str) -> bool:
    """Whether the program may know the boundaries of that name: `us-counties/TX` is a part."""
    whole, _, state = name.partition("/")
    return whole in BUILTIN and (not state or (whole == "us-counties" and state in TILES))


def find_boundaries(settings: MapSettings) -> Boundaries | None:
    """The boundaries of a map, also where a receipt gave only their name; None if not to be had."""
    return settings.shapes or load_boundaries(settings.boundaries)


@lru_cache(maxsize=8)
def load_boundaries(name: str) -> Boundaries | None:
    """The boundaries that come with the program; None where they could not be installed.

    Those without a name have no places.
    """
    if not name:
        return Boundaries("", "", ())
    whole = name.partition("/")[0]
    if not is_builtin(name) or not (_FOLDER / f"{whole}.json").is_file():
        return None
    feature, _, credit = BUILTIN[whole]
    document, projection = _read_builtin(name)
    listed = document["objects"][feature]["geometries"]
    rings, _ = _project(document, feature, projection)
    naming = {"us-states": _name_state, "us-counties": _name_county}.get(whole, _name_country)
    places = []
    known = [naming(str(item.get("id", "")), item["properties"]) for item in listed]
    many = Counter(names[0] for names in known)
    for (label, *names), own in zip(known, rings, strict=True):
        if many[label] > 1:  # a county and the city that is apart from it
            label = names[1]
        places.append(MapPlace(label, tuple(map(fold_name, (label, *names))), own))
    undrawn = document["objects"][feature].get("undrawn", [])
    places += [MapPlace(names[0], tuple(map(fold_name, names)), ()) for names in undrawn]
    return Boundaries(name, credit[0], tuple(places), credit[1], index_names(places))


def _read_builtin(name: str) -> tuple[dict[str, Any], dict[str, Json]]:
    """The TopoJSON of boundaries that come with the program, and the projection of their map."""
    whole, _, state = name.partition("/")
    feature, projection, _ = BUILTIN[whole]
    path = _FOLDER / f"{whole}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    listed = document["objects"][feature]["geometries"]
    if state:
        listed = [item for item in listed if state_code(str(item["id"])[:2]) == state]
        projection = "conicEqualArea" if state != "AK" else "albersUsa"
    document["objects"][feature]["geometries"] = listed
    return document, {"type": projection, **_turn(document, listed, state)}


def _name_state(code: str, properties: Mapping[str, Any]) -> list[str]:
    name = name_state(code)
    return [name, code, state_code(code), properties["name"], *TERRITORIES.get(name, ())]


def _name_county(code: str, properties: Mapping[str, Any]) -> list[str]:
    full = name_state(code[:2])
    short = state_code(code[:2]) or TERRITORIES[full][0]
    name = properties["name"]
    kinds: tuple[str, ...] = ("", " County", " Parish", " Borough", " Census Area", " Municipality")
    if code[2:] >= "510":  # a city that belongs to no county
        kinds = ("", " city")
    names = [f"{name}{kind}, {state}" for state in (short, full) for kind in kinds]
    return [names[0], code, *names[1:]]


def _name_country(_code: str, properties: Mapping[str, Any]) -> list[str]:
    known = list(properties["names"])
    return [known[0] if known else properties["name"], properties["name"], *known]


def read_boundaries(content: bytes, file: str, join: str, label: str, credit: str) -> Boundaries:
    """The boundaries in a GeoJSON or TopoJSON file of a maintainer.

    Values name a place by its property `join`; it is called by its property `label`. ValueError
    says what is wrong.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has {len(content):,} bytes, more than {MOST_BYTES:,}")
    document = parse_json(content.removeprefix(codecs.BOM_UTF8))
    features = list(_list_features(document))
    if not features:
        raise ValueError("it has no features: GeoJSON with features, or TopoJSON, is expected")
    if len(features) > MOST_PLACES:
        raise ValueError(f"it has {len(features):,} features, more than {MOST_PLACES:,}")
    numbers: dict[str, int] = {}
    codes: list[str] = []
    shapes: list[Json] = []
    labels: list[str] = []
    for number, (properties, polygons) in enumerate(features, 1):
        code = _read_code(properties.get(join))
        if not code:
            if join in properties:
                found = f"feature {number} has the {join} {properties[join]!r}"
                raise ValueError(f"{found}: a text or a whole number is expected")
            known = ", ".join(sorted(properties)) or "no property"
            raise ValueError(f"feature {number} has no property {join!r}; it has {known}")
        if first := numbers.get(fold_name(code)):
            raise ValueError(f"features {first} and {number} have one {join}, {code!r}")
        numbers[fold_name(code)] = number
        codes.append(code)
        named = properties.get(label) if label else code
        labels.append(" ".join(str(code if named is None else named).split()))
        if not polygons:
            raise ValueError(f"feature {number} ({code}) has no polygon")
        wound = [_order_rings(polygon, f"feature {number} ({code})") for polygon in polygons]
        shapes.append(
            {
                "type": "Feature",
                "properties": {label or join: labels[-1], join: code},
                "geometry": {"type": "MultiPolygon", "coordinates": _plain(wound)},
            }
        )
    whole: Json = {"type": "FeatureCollection", "features": shapes}
    points = [point for _, polygons in features for polygon in polygons for point in polygon[0]]
    rings, _ = _project(whole, "", _choose_projection(points))
    if off := [name for name, own in zip(codes, rings, strict=True) if not own]:
        raise ValueError(f"{off[0]!r} has no area that can be drawn")
    many = Counter(labels)
    places = [
        MapPlace(f"{name} ({code})" if many[name] > 1 else name, (fold_name(code),), own)
        for name, code, own in zip(labels, codes, rings, strict=True)
    ]
    source = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    return Boundaries(file, credit, tuple(places), "", index_names(places), source)


Polygon = list[list[tuple[float, float]]]


def _list_features(document: Json) -> Iterator[tuple[Mapping[str, Json], list[Polygon]]]:
    """The properties and polygons of each feature; ValueError where there is something else."""
    if not isinstance(document, dict):
        raise ValueError("it is no object: GeoJSON with features, or TopoJSON, is expected")
    if document.get("type") == "Topology":
        yield from _list_topology(document)
        return
    for number, feature in enumerate(items_in(document, "features"), 1):
        shape, own = reach(feature, "geometry"), reach(feature, "properties")
        if not isinstance(shape, dict):
            raise ValueError(f"feature {number} has no geometry")
        nested = shape.get("coordinates")
        if shape.get("type") == "Polygon":
            nested = [nested]
        elif shape.get("type") != "MultiPolygon":
            raise ValueError(f"feature {number} is a {shape.get('type')}, and no polygon")
        polygons = [polygon for polygon in _read_polygons(nested, number) if polygon]
        yield (own if isinstance(own, dict) else {}), polygons


def _read_polygons(nested: Json, number: int) -> list[Polygon]:
    try:
        return [
            [[(_degree(p[0]), _degree(p[1])) for p in ring] for ring in polygon]  # type: ignore[index,union-attr]
            for polygon in nested  # type: ignore[union-attr]
        ]
    except (TypeError, IndexError, KeyError):
        raise ValueError(f"the coordinates of feature {number} are no lists of points") from None


def _read_code(value: Json) -> str:
    """A code as text, "" for none: 6037.0 is 6037, as some programs write whole numbers."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (
        str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    )


def _degree(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(value)
    return float(value)


def _list_topology(
    document: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Json], list[Polygon]]]:
    """The same of TopoJSON: of its one object, or the one that has most geometries."""
    try:
        transform = document.get("transform") or {"scale": (1, 1), "translate": (0, 0)}
        scale, shift = transform["scale"], transform["translate"]
        arcs: list[list[tuple[float, float]]] = []
        for arc in document["arcs"]:
            x = y = 0.0
            line = []
            for step in arc:
                delta = "transform" in document
                x, y = (x + step[0], y + step[1]) if delta else (step[0], step[1])
                line.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
            arcs.append(line)
        objects = document["objects"].values()
        listed: list[Any] = max((o.get("geometries", []) for o in objects), key=len, default=[])
        shapes = [
            (
                item.get("properties"),
                item["arcs"] if item["type"] == "MultiPolygon" else [item["arcs"]],
            )
            for item in listed
        ]
        used = (n for _, shape in shapes for polygon in shape for ring in polygon for n in ring)
        points = sum(len(arcs[number]) for number in used)
    except (TypeError, KeyError, IndexError, AttributeError, ValueError):
        raise ValueError("its arcs and objects are not those of TopoJSON polygons") from None
    if points > MOST_POINTS:
        raise ValueError(f"its outlines have {points:,} points, more than {MOST_POINTS:,}")
    for own, shape in shapes:
        polygons = [[_join(ring, arcs) for ring in polygon] for polygon in shape if polygon]
        yield (own if isinstance(own, dict) else {}), polygons


def _join(
    ring: Sequence[int], arcs: Sequence[list[tuple[float, float]]]
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[bool(points) :]
    return points


def _order_rings(polygon: Polygon, what: str) -> Polygon:
    """The rings in the order that D3 reads: the outer one clockwise, holes against it."""
    made = []
    for place, ring in enumerate(polygon):
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise ValueError(f"{what} has a ring that is not closed, or has fewer than 4 points")
        if off := next((p for p in ring if abs(p[0]) > MOST_EAST or abs(p[1]) > 90.001), None):
            x, y = off
            raise ValueError(
                f"{what} has the point {x:g}, {y:g}: degrees of longitude and latitude (WGS 84) "
                "are expected"
            )
        flat = _unwrap(ring)
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(flat))
        around = abs(flat[-1][0] - flat[0][0]) > 1  # a ring around a pole stays as it is
        made.append(ring if around or (area < 0) == (place == 0) else ring[::-1])
    return made


def _unwrap(ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ring with longitudes that go on over the date line."""
    flat = [ring[0]]
    for x, y in ring[1:]:
        flat.append((x + 360 * round((flat[-1][0] - x) / 360), y))
    return flat


def _plain(polygons: Sequence[Polygon]) -> Json:
    return [[[[x, y] for x, y in ring] for ring in polygon] for polygon in polygons]


def _choose_projection(points: Sequence[tuple[float, float]]) -> dict[str, Json]:
    """Mercator's projection for a small region, Equal Earth for a large one, turned to its middle."""
    turn = [math.radians(x) for x, _ in points]
    middle = math.degrees(math.atan2(sum(map(math.sin, turn)), sum(map(math.cos, turn))))
    south, north = min(y for _, y in points), max(y for _, y in points)
    small = north - south < _SMALL_SPAN and north < 80 and south > -80
    return {"type": "mercator" if small else "equalEarth", "rotate": [round(-middle, 3), 0, 0]}


def _turn(document: Mapping[str, Any], listed: Sequence[Any], state: str) -> dict[str, Json]:
    """How a map of one state is turned: to its middle."""
    if not state or state == "AK":
        return {}
    points = [
        point
        for _, polygons in _list_topology({**document, "objects": {"": {"geometries": listed}}})
        for polygon in polygons
        for point in polygon[0]
    ]
    x, y = (sum(p[n] for p in points) / len(points) for n in (0, 1))
    return {"rotate": [round(-x, 2), 0, 0], "parallels": [round(y - 1, 1), round(y + 1, 1)]}


def _project(
    document: Json, feature: str, projection: Mapping[str, Json], points: Sequence[Point] = ()
) -> tuple[list[tuple[Ring, ...]], list[Point | None]]:
    """The outlines of each feature on a map `MAP_WIDTH` wide that begins at 0, 0.

    And where `points`, longitudes and latitudes, are on it: None where the projection has no room.
    """
    import vl_convert  # slow to import

    source: dict[str, Json] = {"type": "topojson", "feature": feature}
    number: list[Json] = [{"type": "identifier", "as": "number"}]
    box: list[Json] = [MAP_WIDTH, 4 * MAP_WIDTH]
    fitted: dict[str, Json] = {"name": "map", "fit": {"signal": "data('places')"}, "size": box}
    data: dict[str, Json] = {
        "name": "places",
        "values": document,
        "format": source if feature else {"type": "json", "property": "features"},
        "transform": number,
    }
    if not feature:
        fitted["fit"] = {"signal": "{type: 'FeatureCollection', features: data('places')}"}
    mark: dict[str, Json] = {
        "type": "shape",
        "from": {"data": "places"},
        "encode": {"enter": {"description": {"signal": "'' + datum.number"}}},
        "transform": [{"type": "geoshape", "projection": "map"}],
    }
    fields: list[Json] = ["x", "y"]
    located: dict[str, Json] = {
        "name": "points",
        "values": [{"x": x, "y": y, "number": n} for n, (x, y) in enumerate(points)],
        "transform": [
            {"type": "geopoint", "projection": "map", "fields": fields, "as": ["across", "down"]},
            {"type": "filter", "expr": "isFinite(datum.across) && datum.across != null"},
        ],
    }
    words = "datum.number + ' ' + datum.across + ' ' + datum.down"
    spot: dict[str, Json] = {
        "type": "symbol",
        "from": {"data": "points"},
        "encode": {"enter": {"description": {"signal": words}}},
    }
    specification: dict[str, Json] = {
        "width": MAP_WIDTH,
        "height": 4 * MAP_WIDTH,
        "padding": 0,
        "data": [data, located],
        "projections": [{**fitted, **projection}],
        "marks": [mark, spot],
    }
    drawn = etree.fromstring(
        vl_convert.vega_to_svg(specification).encode(),
        etree.XMLParser(no_network=True, huge_tree=True),
    )
    shapes: dict[int, tuple[Ring, ...]] = {}
    spots: dict[int, Point] = {}
    for element in drawn.iter("{*}path"):
        label = (element.get("aria-label") or "").split()
        if len(label) == 1 and label[0].isdigit():
            shapes[int(label[0])] = _read_path(element.get("d") or "")
        elif len(label) == 3:
            spots[int(label[0])] = (float(label[1]), float(label[2]))
    rings = [shapes[number] for number in sorted(shapes)]
    xs = [x for own in rings for ring in own for x, _ in ring]
    ys = [y for own in rings for ring in own for _, y in ring]
    left, top = min(xs, default=0), min(ys, default=0)
    return (
        [tuple(tuple((x - left, y - top) for x, y in ring) for ring in own) for own in rings],
        [
            (spots[n][0] - left, spots[n][1] - top) if n in spots else None
            for n in range(len(points))
        ],
    )


@dataclass(frozen=True, slots=True)
class PointMap:
    """Points on the part of a map where they are, and the outlines around them.

    `at` has their places by longitude and latitude, in pixels of a map `wide` and `high`. `scale`
    is how many kilometres a pixel is, 0 where it is not the same everywhere.
    """

    at: Mapping[Point, Point]
    rings: tuple[Ring, ...]
    wide: float
    high: float
    scale: float


FRAME = 0.06
"""The least room around points, as a part of the larger side of their map."""
WIDER, FLATTER = 1.25, 2.2
"""The least and the largest width of a map of points, as a multiple of its height."""


@lru_cache(maxsize=8)
def place_points(name: str, source: bytes, points: tuple[Point, ...], grid: float) -> PointMap:
    """Where longitudes and latitudes are on a map of boundaries that we have, or of their GeoJSON.

    The points of cells of a `grid` of degrees have room for their cell. Points that are outside of
    the boundaries are left out.
    """
    if not points:
        return PointMap({}, (), MAP_WIDTH, MAP_WIDTH / FLATTER, 0)
    half = max(grid, GRID_OF_ONE) / 2
    around = [(x + a * half, y + b * half) for x, y in points for a, b in ((-1, -1), (1, 1))]
    feature = ""
    if source:
        document: Any = parse_json(source)
        flat = [p for _, polygons in _list_features(document) for own in polygons for p in own[0]]
        projection = _choose_projection(flat)
    elif name:
        feature = BUILTIN[name.partition("/")[0]][0]
        document, projection = _read_builtin(name)
    else:
        shape = {"type": "MultiPoint", "coordinates": [[x, y] for x, y in around]}
        document = {"features": [{"type": "Feature", "properties": {}, "geometry": shape}]}
        projection = _choose_projection(around)
    own, spots = _project(document, feature, projection, [*points, *around])
    rings = [ring for place in own for ring in place] if source or name else []
    ends = [(max(p[n] for ring in rings for p in ring) if rings else math.inf) for n in (0, 1)]
    start = 0.0 if rings else -math.inf
    inside = {
        number: spot
        for number, spot in enumerate(spots[: len(points)])
        if spot and all(start <= place <= end for place, end in zip(spot, ends, strict=True))
    }
    if not inside:
        return PointMap({}, (), MAP_WIDTH, MAP_WIDTH / FLATTER, 0)
    corners = [spot for n in inside for spot in spots[len(points) + 2 * n :][:2] if spot]
    box = [(min(s[n] for s in corners), max(s[n] for s in corners)) for n in (0, 1)]
    room = FRAME * max(high - low for low, high in box)
    sizes = [high - low + 2 * room for low, high in box]
    sizes = [max(sizes[0], WIDER * sizes[1]), max(sizes[1], sizes[0] / FLATTER)]
    left, top = ((low + high - size) / 2 for (low, high), size in zip(box, sizes, strict=True))
    wide, high = sizes
    first = min(inside)
    one, two = spots[len(points) + 2 * first :][:2]
    latitudes = [points[n][1] for n in inside]
    scale = 0.0
    if one and two and max(latitudes) - min(latitudes) < MOST_SPAN:
        scale = _measure_km(*around[2 * first :][:2]) / math.dist(one, two)
    return PointMap(
        at={points[n]: (x - left, y - top) for n, (x, y) in inside.items()},
        rings=tuple(
            cut
            for ring in rings
            if (cut := _cut([(x - left, y - top) for x, y in ring], wide, high))
        ),
        wide=wide,
        high=high,
        scale=scale,
    )


GRID_OF_ONE = 0.01
"""Degrees around points that have no grid."""
MOST_SPAN = 10.0
"""A map of fewer degrees than this from south to north has about one scale."""
EARTH_KM = 6371.0


def _measure_km(a: Point, b: Point) -> float:
    """The kilometres between two near points on a sphere."""
    (x, y), (u, v) = ([math.radians(part) for part in point] for point in (a, b))
    return EARTH_KM * math.hypot((u - x) * math.cos((y + v) / 2), v - y)


def _cut(ring: Sequence[Point], wide: float, high: float) -> Ring:
    """The part of an outline that is in a rectangle (I. Sutherland and G. Hodgman, 1974)."""
    points = list(ring)
    for axis, limit, sign in ((0, 0.0, 1), (0, wide, -1), (1, 0.0, 1), (1, high, -1)):
        kept: list[Point] = []
        for one, two in zip(points[-1:] + points, points, strict=False):
            a, b = sign * (one[axis] - limit), sign * (two[axis] - limit)
            if (a < 0) != (b < 0):
                part = a / (a - b)
                kept.append((one[0] + part * (two[0] - one[0]), one[1] + part * (two[1] - one[1])))
            if b >= 0:
                kept.append(two)
        points = kept
    return tuple(points)


def _read_path(path: str) -> tuple[Ring, ...]:
    rings: list[list[tuple[float, float]]] = []
    for command, x, y in _STEP.findall(path):
        if command == "M":
            rings.append([])
        if command != "Z":
            rings[-1].append((float(x), float(y)))
    return tuple(tuple(ring) for ring in rings if len(ring) > 2)


HALF = 2
"""Outlines are drawn on a grid of this many points a pixel."""
HIGHEST = 0.8
"""The most height of a map, as a part of the width that there is."""
LEAST = 3
"""Twice the area that a corner must have to stay, in squares of the grid."""
SQUARE = "h4v4h-4z"
"""How the outline ends of a place that is too small to see, in points of the grid."""


def draw_places(boundaries: Boundaries, width: float) -> tuple[dict[str, str], float, float]:
    """SVG paths in half pixels by label, width and height; a high map is narrower than `width`."""
    ys = (y for place in boundaries.places for ring in place.rings for _, y in ring)
    high = max(ys, default=0.0) / MAP_WIDTH
    wide = min(width, width * HIGHEST / high if high else width)
    scale = HALF * wide / MAP_WIDTH
    drawn = {place.label: write_path(place.rings, scale) for place in boundaries.places}
    return drawn, wide, high * wide


def write_path(rings: Sequence[Ring], scale: float) -> str:
    """An SVG path with relative steps; a square for a place that is too small to see."""
    text = ""
    for ring in rings:
        points = _round_ring(ring, scale)
        if len(points) < 3:
            continue
        (x, y), *rest = points
        text += f"M{x} {y}l"
        steps = []
        for across, down in rest:
            steps.append(f"{across - x} {down - y}")
            x, y = across, down
        text += " ".join(steps).replace(" -", "-") + "z"
    if not text and rings:
        largest = max(rings, key=len)
        x, y = (round(sum(p[n] for p in largest) / len(largest) * scale) for n in (0, 1))
        text = f"M{x - 2} {y - 2}{SQUARE}"
    return text


def _round_ring(ring: Ring, scale: float) -> list[tuple[int, int]]:
    """The ring on the grid, without corners that nobody would see."""
    points: list[tuple[int, int]] = []
    for across, down in ring:
        point = (round(across * scale), round(down * scale))
        if points and points[-1] == point:
            continue
        while len(points) > 1 and _corner(points[-2], points[-1], point) < LEAST:
            points.pop()
        points.append(point)
    return points


def _corner(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    """Twice the area of the triangle of three points."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))
