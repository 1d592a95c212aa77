"""Static pictures: a series as SVG whose colours and fonts come from the page's style sheet.

No style attribute, no script, nothing fetched: the picture can stand in a page under
`style-src 'self'` and is what a reader without JavaScript, on paper or in dark mode sees. Classes:
chart-svg, axis, grid, label, value, mark-1…6 (lines and bars), seq-0…6 (light to dark), suppressed,
break (the rule where a line is broken, and its label).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from plainrecord.ground.states import TILES, state_code
from plainrecord.model.breaks import number_stretches
from plainrecord.model.products import Cell, LineBreak, Series

WIDTH = 640
SIZE = 15
STEPS = 7
LINES = 6
LABEL_SIZE, LABEL_ROW, LABEL_SIGN, LABEL_SIGNS = 13, 16, 7.0, 32


class Picture:
    """SVG elements added one by one; `finish` gives the whole.

    Words are escaped as they come in; kinds and anchors are names of this file.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []

    def text(
        self, x: float, y: float, words: str, kind: str = "label", anchor: str = "start",
        size: int = SIZE,
    ) -> None:  # fmt: skip
        """Words with their baseline at x, y; `anchor` is start, middle or end."""
        self._parts.append(
            f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" '
            f'font-size="{size}">{escape(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight line."""
        self._parts.append(
            f'<line class="{kind}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, kind: str, words: str = ""
    ) -> None:
        """A filled box; `words` are read by a screen reader and shown on hovering."""
        title = f"<title>{escape(words)}</title>" if words else ""
        self._parts.append(
            f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0.5))}" '
            f'height="{_n(height)}">{title}</rect>'
        )

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """A line through points; a single point is drawn as a dot."""
        if len(points) == 1:
            x, y = points[0]
            self._parts.append(f'<circle class="{kind} dot" cx="{_n(x)}" cy="{_n(y)}" r="4"/>')
            return
        steps = " ".join(
            f"{'M' if n == 0 else 'L'}{_n(x)} {_n(y)}" for n, (x, y) in enumerate(points)
        )
        self._parts.append(
            f'<path class="{kind} line" d="{steps}" fill="none" stroke-width="2.5"/>'
        )

    def finish(self, height: float, title: str, alt: str) -> Markup:
        """The picture as one SVG element with its title and description."""
        head = (
            f'<svg class="chart-svg" viewBox="0 0 {WIDTH} {_n(height)}" role="img" '
            f'aria-label="{escape(f"{title}. {alt}")}" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
        )
        return Markup("".join([head, *self._parts, "</svg>"]))  # noqa: S704 - escaped above


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


def show_number(value: float) -> str:
    """A number as a label: 12, 1,234, 12.5."""
    if isinstance(value, int):  # a format with decimals goes by a double
        return f"{value:,}"
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def _ticks(top: float) -> list[float]:
    """Round numbers from 0 to at least `top`, four or five of them."""
    if top <= 0:
        return [0.0, 1.0]
    raw = top / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw)
    if top >= 4:
        step = max(step, 1.0)
    return [step * n for n in range(math.ceil(top / step - 1e-9) + 1)]


def column(series: Series, name: str) -> int:
    """The position of a column by name; -1 where the series has none."""
    return next((n for n, c in enumerate(series.columns) if c.name == name), -1)


def as_number(value: Cell) -> float:
    """A cell as a number; 0 where it is none."""
    return float(value) if isinstance(value, int | float) else 0.0


def draw_line(series: Series, title: str, alt: str, breaks: Sequence[LineBreak] = ()) -> Markup:
    """Lines over time, one for each value of `color`; suppressed points and breaks leave a gap."""
    picture = Picture()
    height = _plot_lines(picture, series, list(series.rows), 0, 0, WIDTH, 300, breaks=breaks)
    return picture.finish(height, title, alt)


def _plot_lines(
    picture: Picture, series: Series, rows: list[tuple[Cell, ...]], left: float, top: float,
    width: float, height: float, most: float | None = None, breaks: Sequence[LineBreak] = (),
) -> float:  # fmt: skip
    """One panel of lines; its lower edge comes back."""
    value, color = column(series, "value"), column(series, "color")
    stamps = sorted({str(row[0]) for row in series.rows})
    names = list(dict.fromkeys(str(row[color]) for row in rows)) if color >= 0 else [""]
    peak = most if most is not None else max((as_number(row[value]) for row in rows), default=1.0)
    ticks = _ticks(peak)
    small = width < WIDTH
    margin = 12 + 9 * max(len(show_number(tick)) for tick in ticks)
    legend = 26 * math.ceil(len(names) / 3) if color >= 0 else 0
    x0, x1 = left + margin, left + width - (8 if small else 22)
    span = max(1, len(stamps) - 1)
    place = {s: x0 + (x1 - x0) * n / span for n, s in enumerate(stamps)}
    rules = _lay_labels(breaks, place, x1)
    y0 = top + height - 30
    y1 = top + 16 + legend + LABEL_ROW * (1 + max((level for *_, level in rules), default=-1))
    for tick in ticks if not small else [ticks[0], ticks[-1]]:
        y = y0 - (y0 - y1) * tick / ticks[-1]
        picture.line(x0, y, x1, y, "axis" if tick == 0 else "grid")
        picture.text(x0 - 8, y + 5, show_number(tick), anchor="end")
    for x, words, anchor, level in rules:
        y = top + 12 + legend + LABEL_ROW * level
        picture.line(x, y0, x, y, "break")
        shift = 5 if anchor == "start" else -5
        picture.text(x + shift, y + 10, words, "break", anchor, LABEL_SIZE)
    stretches = number_stretches(stamps, breaks)
    shown = _stamps(stamps, 2 if small else 6)
    for stamp in shown:
        anchor = "start" if stamp == stamps[0] else "end" if stamp == stamps[-1] else "middle"
        picture.text(place[stamp], y0 + 22, stamp, anchor=anchor)
    for number, name in enumerate(names[:LINES]):
        kind = f"mark-{number + 1}"
        if color >= 0:
            x, y = left + 8 + (number % 3) * width / 3, top + 16 + 26 * (number // 3)
            picture.box(x, y - 11, 18, 10, f"{kind} key")
            picture.text(x + 26, y, _cut(name, 22))
        points: list[tuple[float, float]] = []
        stretch = 0
        for row in rows:
            if color >= 0 and str(row[color]) != name:
                continue
            if row[value] is None:
                picture.box(
                    place[str(row[0])] - 3, y0 - 6, 6, 6, "suppressed", f"{row[0]}: suppressed"
                )
                if points:
                    picture.path(points, kind)
                points = []
                continue
            if points and stretches[str(row[0])] != stretch:
                picture.path(points, kind)
                points = []
            stretch = stretches[str(row[0])]
            points.append((place[str(row[0])], y0 - (y0 - y1) * as_number(row[value]) / ticks[-1]))
        if points:
            picture.path(points, kind)
    return top + height


def _lay_labels(
    breaks: Sequence[LineBreak], place: dict[str, float], right: float
) -> list[tuple[float, str, str, int]]:
    """For each rule its x, its label, on which side that stands, and in which row.

    A label goes to the first row where nothing stands in its way, below those before it.
    """
    laid: list[tuple[float, str, str, int]] = []
    ends: list[tuple[float, float, int]] = []
    for broken in breaks:
        if broken.before not in place or broken.at not in place:
            continue
        x = (place[broken.before] + place[broken.at]) / 2
        words = _cut(broken.label, LABEL_SIGNS)
        long = 10 + LABEL_SIGN * len(words)
        anchor = "start" if x + long <= right else "end"
        left, end = (x, x + long) if anchor == "start" else (x - long, x)
        row = 0
        while any(r == row and left < e and end > s for s, e, r in ends):
            row += 1
        ends.append((left, end, row))
        laid.append((x, words, anchor, row))
    return laid


def _stamps(stamps: list[str], most: int) -> list[str]:
    """At most about `most` labels along an axis; January ones where the stamps are months."""
    if len(stamps) <= most:
        return stamps
    if most > 2:
        firsts = [s for s in stamps if s.endswith(("-01", "-Q1", "-01-01"))]
        if 2 <= len(firsts) <= most:
            return firsts
    step = (len(stamps) - 1) / (most - 1)
    return list(dict.fromkeys(stamps[round(n * step)] for n in range(most)))


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def draw_bars(series: Series, title: str, alt: str) -> Markup:
    """Horizontal bars, each with its name above and its number behind; grouped by `color`."""
    picture = Picture()
    value, color = column(series, "value"), column(series, "color")
    most = max((as_number(row[value]) for row in series.rows), default=1.0) or 1.0
    names = list(dict.fromkeys(str(row[color]) for row in series.rows)) if color >= 0 else []
    y = 4.0
    for number, name in enumerate(names[:LINES]):
        picture.box(
            8 + (number % 3) * 208, y + 26 * (number // 3), 18, 10, f"mark-{number + 1} key"
        )
        picture.text(34 + (number % 3) * 208, y + 10 + 26 * (number // 3), _cut(name, 22))
    y += 26 * math.ceil(len(names[:LINES]) / 3)
    span = WIDTH - 110
    for label in dict.fromkeys(str(row[0]) for row in series.rows):
        picture.text(0, y + 16, _cut(label, 72))
        y += 23
        for row in series.rows:
            if str(row[0]) != label:
                continue
            number = names.index(str(row[color])) % LINES if color >= 0 else 0
            if row[value] is None:
                picture.box(0, y, 60, 15, "suppressed", f"{label}: suppressed")
                picture.text(68, y + 13, "suppressed", "value")
            else:
                length = span * as_number(row[value]) / most
                shown = show_number(as_number(row[value]))
                picture.box(0, y, length, 15, f"mark-{number + 1}", f"{label}: {shown}")
                picture.text(length + 8, y + 13, shown, "value")
            y += 19
        y += 10
    return picture.finish(y, title, alt)


def _shade(value: float, most: float) -> str:
    return f"seq-{min(STEPS - 1, int(STEPS * value / most)) if most > 0 else 0}"


def _key(picture: Picture, y: float, most: float, suppressed: bool) -> float:
    """The key to the shades, from nothing to the most; its lower edge comes back."""
    picture.text(0, y + 14, "0")
    for step in range(STEPS):
        picture.box(18 + 34 * step, y, 34, 16, f"seq-{step}")
    picture.text(26 + 34 * STEPS, y + 14, show_number(most))
    if suppressed:
        picture.box(420, y, 16, 16, "suppressed")
        picture.text(444, y + 14, "suppressed")
    return y + 30


def draw_heatmap(series: Series, title: str, alt: str) -> Markup:
    """A grid of shaded cells, `x` across and `y` down."""
    picture = Picture()
    value = column(series, "value")
    across = list(dict.fromkeys(str(row[0]) for row in series.rows))
    across.sort() if all(word.isdigit() for word in across) else None
    down = list(dict.fromkeys(str(row[1]) for row in series.rows))
    most = max((as_number(row[value]) for row in series.rows), default=1.0)
    margin = min(200, 14 + 8 * max(len(name) for name in down))
    cell = (WIDTH - margin) / max(1, len(across))
    high = max(20.0, min(34.0, cell))
    cells = {(str(row[0]), str(row[1])): row[value] for row in series.rows}
    for number, name in enumerate(down):
        picture.text(0, 14 + high * number + high / 2, _cut(name, 24))
        for place, word in enumerate(across):
            here = (word, name)
            got = cells.get(here, 0)
            kind = "suppressed" if got is None else _shade(as_number(got), most)
            shown = "suppressed" if got is None else show_number(as_number(got))
            x, y = margin + cell * place, 8 + high * number
            picture.box(x, y, cell - 1.5, high - 1.5, kind, f"{name}, {word}: {shown}")
    y = 8 + high * len(down)
    step = max(1, math.ceil(len(across) * 9 * max(len(w) for w in across) / (WIDTH - margin)))
    for place, word in enumerate(across):
        if place % step == 0:
            picture.text(margin + cell * (place + 0.5), y + 20, _cut(word, 14), anchor="middle")
    low = any(got is None for got in cells.values())
    return picture.finish(_key(picture, y + 36, most, low), title, alt)


def draw_tiles(series: Series, title: str, alt: str) -> Markup:
    """A tile for each state, shaded; values that name no state are told below."""
    picture = Picture()
    value = column(series, "value")
    cells: dict[str, Cell] = {}
    elsewhere: list[str] = []
    for row in series.rows:
        code = state_code(str(row[0]))
        if code:
            cells[code] = row[value]
        else:
            shown = "suppressed" if row[value] is None else show_number(as_number(row[value]))
            elsewhere.append(f"{row[0]}: {shown}")
    most = max((as_number(got) for got in cells.values()), default=1.0)
    side = WIDTH / 11
    for code, (across, down, name) in TILES.items():
        got = cells.get(code, 0)
        suppressed = code in cells and got is None
        number = as_number(got)
        kind = "suppressed" if suppressed else _shade(number, most) if number else "empty"
        shown = "suppressed" if suppressed else show_number(number)
        x, y = across * side, down * side
        picture.box(x + 1, y + 1, side - 2, side - 2, f"tile {kind}", f"{name}: {shown}")
        dark = not suppressed and number > most * 4 / STEPS
        ink = "on-dark" if dark else "on-light" if kind.startswith("seq") else "label"
        picture.text(x + side / 2, y + side / 2 + 1, code, ink, "middle", 16)
        if number:
            picture.text(x + side / 2, y + side / 2 + 18, _short(number), ink, "middle", 12)
    y = _key(picture, side * 8 + 16, most, any(got is None for got in cells.values()))
    if elsewhere:
        picture.text(0, y + 16, _cut("Not on the map: " + "; ".join(elsewhere), 84))
        y += 26
    return picture.finish(y, title, alt)


def _short(number: float) -> str:
    if number >= 10_000:
        return f"{number / 1000:.0f}k"
    return f"{number / 1000:.1f}k" if number >= 1000 else show_number(number)


def draw_panels(series: Series, title: str, alt: str, breaks: Sequence[LineBreak] = ()) -> Markup:
    """Small lines side by side, one for each value of `facet`, on one scale."""
    picture = Picture()
    facet, value = column(series, "facet"), column(series, "value")
    names = list(dict.fromkeys(str(row[facet]) for row in series.rows))
    most = max((as_number(row[value]) for row in series.rows), default=1.0)
    width, height = WIDTH / 2, 170.0
    for number, name in enumerate(names):
        left, top = (number % 2) * width, (number // 2) * (height + 16)
        picture.text(left + 4, top + 16, _cut(name, 34))
        rows = [row for row in series.rows if str(row[facet]) == name]
        _plot_lines(picture, series, rows, left, top + 16, width, height - 16, most, breaks)
    return picture.finish(math.ceil(len(names) / 2) * (height + 16), title, alt)
