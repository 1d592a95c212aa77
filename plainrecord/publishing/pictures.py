"""Pictures of a specification: SVG for pages, SVG and PNG as files.

vl-convert renders the specification. In a page the colours come from the style sheet by classes
(`PALETTE` names them: f-NAME fills, s-NAME strokes), so that a picture follows the theme and stands
under `style-src 'self'`. The file has its colours inside.
"""

import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path

from lxml import etree
from markupsafe import Markup

from plainrecord.core.strict_json import Json
from plainrecord.publishing.chart_text import clean_words, spell_words, wrap_words

SVG = "http://www.w3.org/2000/svg"
MOST_KEPT = 512
"""How many pictures of a build are kept for charts that have the same specification."""
MOST_BITMAPS = 64
MOST_DIGITS = 18
SCALE = 2.0
MARGIN = 16
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{3,}(?:e-?[0-9]+)?")
_OUTLINE = re.compile(r"(?:M[-0-9.,]+(?:L[-0-9.,]+){3,}Z)+")
"""An outline of a place: straight lines with absolute points."""
_ZERO = re.compile(r"(?<![0-9])0\.")
"""The zero before a decimal point that a path does not need."""
_KEPT = (
    "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "text-anchor",
    "font-size", "font-weight", "stroke-width", "stroke-dasharray", "fill-opacity",
    "stroke-opacity", "opacity", "stroke-linejoin",
)  # fmt: skip
_PATTERNS: Mapping[str, str] = {
    "suppressed": "M-1 7L7 -1M-1 1L1 -1M5 7L7 5",
    "withheld": "M0 3H6",
    "missing": "M3 3h.1",
    "not-collected": "M3 0V6",
    "not-applicable": "M0 3H6M3 0V6",
    "unknown": "M-1 -1L7 7M-1 5L1 7M5 -1L7 1",
}
"""The lines of the pattern of each status, on six by six pixels."""


@lru_cache(maxsize=MOST_KEPT)
def compile_specification(specification: str) -> Mapping[str, Json]:
    """A Vega-Lite specification in Vega, for still pictures and live charts."""
    import vl_convert  # slow to import

    document = json.loads(specification, parse_int=_read_integer)
    config = {"mark": {"tooltip": True}, "tooltipFormat": {"numberFormat": ","}}
    document["config"] = {**document.get("config", {}), **config}
    compiled: Mapping[str, Json] = vl_convert.vegalite_to_vega(document, vl_version="6.4")
    return compiled


def _read_integer(digits: str) -> int | float:
    """The number; vl-convert reads integers of 64 bits only, and places others as it can."""
    return int(digits) if len(digits) < MOST_DIGITS else float(digits)


def _render(specification: str) -> str:
    import vl_convert  # slow to import

    with _without_fonts():
        return vl_convert.vega_to_svg(dict(compile_specification(specification)))


@contextmanager
def _without_fonts() -> Iterator[None]:
    """Hides the fonts of the machine on Linux: what Liberation Sans lacks has one width everywhere.

    vl-convert reads the variable once, when it first measures words. Programs that this process
    starts later must not find it: a browser without fonts crashes.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


def paint_picture(
    specification: Mapping[str, Json], title: str, description: str, key: str
) -> Markup:
    """The picture as SVG for a page, where `key` is unique; ValueError where it cannot be drawn."""
    root = draw_marks(specification)
    _add_patterns(root, key)
    _color_by_classes(root)
    root.set("class", f"chart-svg {key.rpartition('-')[2]}")
    root.set("role", "img")
    root.set("aria-label", clean_words(title))
    for name in ("width", "height"):
        root.attrib.pop(name)
    _describe(root, title, description)
    return Markup(_serialise(root))  # noqa: S704 - made of elements, and escaped by lxml


def write_picture(
    specification: Mapping[str, Json], heading: str, subtitle: str, description: str
) -> bytes:
    """The picture as an SVG file with its heading and its colours."""
    root = draw_marks(specification)
    _add_patterns(root, "file")
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    lines = [
        *(
            ("bold", 17, line)
            for line in wrap_words(clean_words(heading), width * 0.75).split("\n")
        ),
        *(
            ("normal", 13, line)
            for line in wrap_words(clean_words(subtitle), width).split("\n")
            if line
        ),
    ]
    group = etree.Element(f"{{{SVG}}}g", attrib={"fill": "#222222"})
    place = 0.0
    for weight, size, line in lines:
        place += size + 6
        text = etree.SubElement(group, f"{{{SVG}}}text")
        text.text = line
        text.attrib.update({"y": f"{place:g}", "font-size": f"{size}", "font-weight": weight})
    place += 12
    root.append(group)
    whole = (width + 2 * MARGIN, height + place + 2 * MARGIN)
    root.set("viewBox", f"{-MARGIN} {-MARGIN} {whole[0]:g} {whole[1]:g}")
    root.set("width", f"{whole[0]:g}")
    root.set("height", f"{whole[1]:g}")
    root.set("font-family", "Liberation Sans, Arial, Helvetica, sans-serif")
    for picture in root.findall(f"{{{SVG}}}g")[:1]:
        picture.set("transform", f"translate(0,{place:g})")
    paper = etree.Element(f"{{{SVG}}}rect")
    paper.attrib.update(
        {"x": f"{-MARGIN}", "y": f"{-MARGIN}", "width": "100%", "height": "100%", "fill": "#fff"}
    )
    root.insert(0, paper)
    _describe(root, heading, description)
    return _serialise(root).encode()


@lru_cache(maxsize=MOST_BITMAPS)
def write_bitmap(picture: bytes) -> bytes:
    """The picture of an SVG file as PNG, two pixels for each of the picture."""
    return rasterise(picture.decode(), SCALE)


def rasterise(picture: str, scale: float) -> bytes:
    """A picture in SVG as PNG, `scale` pixels for each of the picture; its words are spelled."""
    import vl_convert  # slow to import

    from plainrecord.publishing.bitmaps import shrink_bitmap

    root = etree.fromstring(picture.encode(), etree.XMLParser(no_network=True, huge_tree=True))
    for element in root.iter():
        element.text = spell_words(element.text) if element.text else None
    spelled = etree.tostring(root, encoding="unicode")
    with _without_fonts():
        return shrink_bitmap(vl_convert.svg_to_png(spelled, scale=scale))


def draw_marks(specification: Mapping[str, Json]) -> etree._Element:
    """The elements that draw something, with the attributes that they need, and a title each."""
    return deepcopy(_simplify(json.dumps(specification)))


@lru_cache(maxsize=MOST_KEPT)  # nobody may change what it returns
def _simplify(specification: str) -> etree._Element:
    old = etree.fromstring(
        _render(specification).encode(), etree.XMLParser(no_network=True, huge_tree=True)
    )
    root = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
    for name in ("width", "height", "viewBox"):
        root.set(name, old.get(name, ""))
    inner = etree.SubElement(root, f"{{{SVG}}}g")
    _copy(old, inner)
    return root


def _copy(old: etree._Element, new: etree._Element) -> None:
    seen: set[bytes] = set()
    for child in old:
        tag = etree.QName(child).localname
        if _is_unseen(child, tag):
            continue
        made = etree.Element(f"{{{SVG}}}{tag}")
        for name in _KEPT:
            if (value := child.get(name)) is not None:
                made.set(name, _NUMBER.sub(_round, value).removesuffix("px"))
        if (path := made.get("d") or "").endswith("Z") and _OUTLINE.fullmatch(path):
            made.set("d", _shorten(path))
        for name in ("fill", "stroke"):
            if (value := child.get(name)) and value not in ("none", "transparent"):
                made.set(name, value)
            elif tag == "path" and name == "fill" and child.get("stroke"):
                made.set(name, "none")
        for name, usual in (
            ("opacity", "1"),
            ("stroke-dasharray", "1,0"),
            ("stroke-width", "1"),
            ("transform", "translate(0,0)"),
        ):
            if made.get(name) == usual:
                made.attrib.pop(name)
        if tag == "g":
            made.attrib.pop("stroke-width", None)
            _copy(child, made)
            if not len(made):
                continue
            if not made.attrib:
                new.extend(list(made))
                continue
        else:
            made.text = child.text
            for part in child.iterchildren(f"{{{SVG}}}tspan"):
                made.append(_copy_line(part))
            label = child.get("aria-label") or ""
            if label and tag == "path":
                etree.SubElement(made, f"{{{SVG}}}title").text = label
            # The points to which a dashed line leads are there twice.
            written = etree.tostring(made)
            if written in seen:
                continue
            seen.add(written)
        new.append(made)


def _shorten(path: str) -> str:
    """The outline with relative steps, which need half the room."""
    text = ""
    for ring in path[1:-1].split("ZM"):
        points = [tuple(map(float, point.split(","))) for point in ring.split("L")]
        steps = " ".join(f"{c - a:g} {d - b:g}" for (a, b), (c, d) in itertools.pairwise(points))
        text += f"M{points[0][0]:g} {points[0][1]:g}l{steps}z"
    return _ZERO.sub(".", text).replace(" -", "-")


def _copy_line(part: etree._Element) -> etree._Element:
    line = etree.Element(f"{{{SVG}}}tspan")
    for name in ("x", "y", "dx", "dy"):
        if (value := part.get(name)) is not None:
            line.set(name, _NUMBER.sub(_round, value))
    line.text = part.text
    return line


def _is_unseen(element: etree._Element, tag: str) -> bool:
    if tag not in ("g", "path", "line", "rect", "text"):
        return True
    kind = element.get("class") or ""
    if element.get("display") == "none" or kind in ("background", "foreground"):
        return True
    if element.get("opacity") == "0" or (tag == "rect" and element.get("fill") == "transparent"):
        return True
    if tag == "text":
        return not (element.text or len(element))
    return tag == "path" and (not element.get("d") or "0h0v0h0Z" in (element.get("d") or ""))


def _round(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _add_patterns(root: etree._Element, key: str) -> None:
    """A pattern for each status that is drawn, in place of its fill."""
    from plainrecord.publishing.vega_marks import STATUS_COLORS

    made: list[etree._Element] = []
    for status, color in STATUS_COLORS.items():
        drawn = [e for e in root.iter(f"{{{SVG}}}path") if e.get("fill") == color]
        if not drawn:
            continue
        name = f"{key}-{status.value}"
        pattern = etree.Element(f"{{{SVG}}}pattern", id=name)
        pattern.attrib.update({"width": "6", "height": "6", "patternUnits": "userSpaceOnUse"})
        etree.SubElement(pattern, f"{{{SVG}}}path", d="M0 0H6V6H0Z", fill=color)
        lines = etree.SubElement(pattern, f"{{{SVG}}}path", d=_PATTERNS[status.value])
        lines.attrib.update({"stroke": "#55585d", "stroke-linecap": "round", "fill": "none"})
        made.append(pattern)
        for element in drawn:
            element.set("fill", f"url(#{name})")
            element.set("class", status.value)
    if made:
        root.insert(0, definitions := etree.Element(f"{{{SVG}}}defs"))
        definitions.extend(made)


def _color_by_classes(root: etree._Element) -> None:
    """The colours of the palette as classes."""
    from plainrecord.publishing.vega_marks import PALETTE

    names = {**PALETTE, "#55585d": "hatch"}
    for element in root.iter():
        classes = [kind] if (kind := element.get("class")) else []
        for attribute, prefix in (("fill", "f"), ("stroke", "s")):
            if (color := element.get(attribute)) in names:
                classes.append(f"{prefix}-{names[color]}")
                element.attrib.pop(attribute)
        if classes:
            element.set("class", " ".join(classes))


def _describe(root: etree._Element, title: str, description: str) -> None:
    for place, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = etree.Element(f"{{{SVG}}}{tag}")
        element.text = clean_words(words)
        root.insert(place, element)


def _serialise(root: etree._Element) -> str:
    etree.cleanup_namespaces(root)
    text: str = etree.tostring(root, encoding="unicode")
    return text
