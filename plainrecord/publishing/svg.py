"""Static pictures: a series as SVG whose colours and fonts come from the page's style sheet.

No style attribute, no script, nothing fetched: the picture can stand in a page under
`style-src 'self'` and is what a reader without JavaScript, on paper or in dark mode sees. Classes:
chart-svg, axis, grid, label, value, mark-1…6 (lines and bars), seq-0…6 (light to dark), empty
(zero), the status of a value that is not there (missing, withheld, suppressed, …), part (a period
that is not whole), break (the rule where a line is broken, and its label).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from plainrecord.model.breaks import number_stretches
from plainrecord.model.evidence import Cell
from plainrecord.model.partial_periods import MARK, is_part, mark_part
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import STATUSES, is_shown, status_word
from plainrecord.receipts.chart_rows import plot_rows, show_number, show_value

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
        self,
        x: float,
        y: float,
        words: str,
        kind: str = "label",
        anchor: str = "start",
        size: int = SIZE,
    ) -> None:
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
    """The number in the cell of a value that is shown."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def shown_numbers(rows: Iterable[tuple[Cell, ...]]) -> list[float]:
    """The numbers of a series that are there; its last columns are value and status."""
    return [as_number(row[-2]) for row in rows if is_shown(row[-1])]


def draw_line(series: Series, title: str, alt: str, breaks: Sequence[LineBreak] = ()) -> Markup:
    """Lines over time, one for each value of `color`; absent values and breaks leave a gap."""
    picture = Picture()
    height = _plot_lines(picture, series, list(series.rows), 0, 0, WIDTH, 300, breaks=breaks)
    return picture.finish(_status_key(picture, 8, height, series.rows), title, alt)


def _plot_lines(
    picture: Picture,
    series: Series,
    rows: list[tuple[Cell, ...]],
    left: float,
    top: float,
    width: float,
    height: float,
    most: float | None = None,
    breaks: Sequence[LineBreak] = (),
) -> float:
    """One panel of lines; its lower edge comes back."""
    color = column(series, "color")
    stamps = sorted({str(row[0]) for row in series.rows})
    names = list(dict.fromkeys(str(row[color]) for row in rows)) if color >= 0 else [""]
    peak = most if most is not None else max(shown_numbers(rows), default=1.0)
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
    for stamp in stamps:
        if is_part(stamp, "x", series.parts):
            x = place[stamp]
            anchor = "start" if stamp == stamps[0] else "end"
            picture.line(x, y0, x, y1, "part")
            there = shown_numbers(row for row in rows if row[0] == stamp)
            low = max(there, default=0.0) < ticks[-1] / 2  # the mark stands where no line does
            picture.text(x, y1 + 12 if low else y0 - 6, MARK, "part", anchor, LABEL_SIZE)
    for number, name in enumerate(names[:LINES]):
        kind = f"mark-{number + 1}"
        if color >= 0:
            x, y = left + 8 + (number % 3) * width / 3, top + 16 + 26 * (number // 3)
            picture.box(x, y - 11, 18, 10, f"{kind} key")
            picture.text(x + 26, y, _cut(name, 22))
        points: list[tuple[float, float, bool]] = []
        stretch = 0
        for row in rows:
            if color >= 0 and str(row[color]) != name:
                continue
            x = place[str(row[0])]
            if not is_shown(row[-1]):
                words = f"{row[0]}: {status_word(row[-1])}"
                picture.box(x - 3, y0 - 6, 6, 6, str(row[-1]), words)
                _draw_stretch(picture, points, kind)
                points = []
                continue
            if points and stretches[str(row[0])] != stretch:
                _draw_stretch(picture, points, kind)
                points = []
            stretch = stretches[str(row[0])]
            y = y0 - (y0 - y1) * as_number(row[-2]) / ticks[-1]
            points.append((x, y, is_part(row[0], "x", series.parts)))
        _draw_stretch(picture, points, kind)
    return top + height


def _draw_stretch(picture: Picture, points: Sequence[tuple[float, float, bool]], kind: str) -> None:
    """A line through points; to one whose period is not whole (True) it is dashed."""
    whole = [(x, y) for x, y, part in points if not part]
    if whole:
        picture.path(whole, kind)
    for place, (x, y, part) in enumerate(points):
        if not part:
            continue
        picture.path([(x, y)], f"{kind} part")
        for a, b, other in points[max(0, place - 1) : place + 2]:
            if not other:
                picture.path([(x, y), (a, b)], f"{kind} part")


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
    color = column(series, "color")
    most = max(shown_numbers(series.rows), default=1.0) or 1.0
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
        picture.text(0, y + 16, _cut(mark_part(label, "x", series.parts), 72))
        y += 23
        for row in series.rows:
            if str(row[0]) != label:
                continue
            number = names.index(str(row[color])) % LINES if color >= 0 else 0
            shown = show_value(row[-2], row[-1])
            if is_shown(row[-1]):
                length = span * as_number(row[-2]) / most
                part = " part" if is_part(label, "x", series.parts) else ""
                picture.box(0, y, length, 15, f"mark-{number + 1}{part}", f"{label}: {shown}")
                picture.text(length + 8, y + 13, shown, "value")
            else:
                picture.box(0, y, 60, 15, str(row[-1]), f"{label}: {shown}")
                picture.text(68, y + 13, shown, "value")
            y += 19
        y += 10
    return picture.finish(y, title, alt)


def _shade(value: float, most: float) -> str:
    """The class of a cell or tile: light to dark, and one of its own for zero."""
    if value == 0:
        return "empty"
    return f"seq-{max(0, min(STEPS - 1, int(STEPS * value / most)))}" if most > 0 else "seq-0"


def _key(picture: Picture, y: float, most: float, rows: Iterable[tuple[Cell, ...]]) -> float:
    """The key to the shades, from nothing to the most, and to the statuses; its lower edge."""
    picture.text(0, y + 14, "0")
    for step, kind in enumerate(["empty", *(f"seq-{step}" for step in range(STEPS))]):
        picture.box(18 + 34 * step, y, 34, 16, kind)
    picture.text(26 + 34 * (STEPS + 1), y + 14, show_number(most))
    return max(y + 30, _status_key(picture, 420, y, rows))


def _status_key(picture: Picture, left: float, y: float, rows: Iterable[tuple[Cell, ...]]) -> float:
    """What stands for values that are not there, a line for each status; the lower edge."""
    present = {str(row[-1]) for row in rows}
    for status in sorted(STATUSES & present):
        if not is_shown(status):
            picture.box(left, y, 16, 16, status)
            picture.text(left + 24, y + 14, status_word(status))
            y += 24
    return y


def draw_heatmap(series: Series, title: str, alt: str) -> Markup:
    """A grid of shaded cells, `x` across and `y` down."""
    picture = Picture()
    across = list(dict.fromkeys(str(row[0]) for row in series.rows))
    across.sort() if all(word.isdigit() for word in across) else None
    down = list(dict.fromkeys(str(row[1]) for row in series.rows))
    most = max(shown_numbers(series.rows), default=1.0)
    told = {name: mark_part(name, "y", series.parts) for name in down}
    margin = min(200, 14 + 8 * max(len(name) for name in told.values()))
    cell = (WIDTH - margin) / max(1, len(across))
    high = max(20.0, min(34.0, cell))
    for number, name in enumerate(down):
        picture.text(0, 14 + high * number + high / 2, _cut(told[name], 24))
    for row in series.rows:
        word, name, got, status = str(row[0]), str(row[1]), row[-2], row[-1]
        kind = _shade(as_number(got), most) if is_shown(status) else str(status)
        part = is_part(word, "x", series.parts) or is_part(name, "y", series.parts)
        x, y = margin + cell * across.index(word), 8 + high * down.index(name)
        words = f"{name}, {word}: {show_value(got, status)}"
        picture.box(x, y, cell - 1.5, high - 1.5, f"{kind} part" if part else kind, words)
    y = 8 + high * len(down)
    names = [mark_part(word, "x", series.parts) for word in across]
    step = max(1, math.ceil(len(across) * 9 * max(len(w) for w in across) / (WIDTH - margin)))
    for place, word in enumerate(names):
        if place % step == 0:
            picture.text(margin + cell * (place + 0.5), y + 20, _cut(word, 14), anchor="middle")
    return picture.finish(_key(picture, y + 36, most, series.rows), title, alt)


def draw_tiles(series: Series, title: str, alt: str) -> Markup:
    """A tile for each state, shaded; what names no state is told beside the picture."""
    picture = Picture()
    tiles = [tile for tile in plot_rows("tile-map", series) if isinstance(tile, dict)]
    numbers = [tile["value"] for tile in tiles]
    most = max((float(n) for n in numbers if isinstance(n, int | float)), default=1.0)
    side = WIDTH / 11
    for tile in tiles:
        got, status, words = tile["value"], tile["status"], str(tile["text"])
        number = float(got) if isinstance(got, int | float) else None
        kind = str(status) if number is None else _shade(number, most)
        x, y = float(str(tile["column"])) * side, float(str(tile["row"])) * side
        told = f"{tile['state']}: {words}"
        picture.box(x + 1, y + 1, side - 2, side - 2, f"tile {kind}", told)
        dark = number is not None and number > most * 4 / STEPS
        ink = "on-dark" if dark else "on-light" if kind.startswith("seq") else "label"
        picture.text(x + side / 2, y + side / 2 + 1, str(tile["code"]), ink, "middle", 16)
        if number:
            picture.text(x + side / 2, y + side / 2 + 18, _short(number), ink, "middle", 12)
    present: list[tuple[Cell, ...]] = [(str(tile["status"]),) for tile in tiles]
    return picture.finish(_key(picture, side * 8 + 16, most, present), title, alt)


def _short(number: float) -> str:
    if number >= 10_000:
        return f"{number / 1000:.0f}k"
    return f"{number / 1000:.1f}k" if number >= 1000 else show_number(number)


def draw_panels(series: Series, title: str, alt: str, breaks: Sequence[LineBreak] = ()) -> Markup:
    """Small lines side by side, one for each value of `facet`, on one scale."""
    picture = Picture()
    facet = column(series, "facet")
    names = list(dict.fromkeys(str(row[facet]) for row in series.rows))
    most = max(shown_numbers(series.rows), default=1.0)
    width, height = WIDTH / 2, 170.0
    for number, name in enumerate(names):
        left, top = (number % 2) * width, (number // 2) * (height + 16)
        picture.text(left + 4, top + 16, _cut(name, 34))
        rows = [row for row in series.rows if str(row[facet]) == name]
        _plot_lines(picture, series, rows, left, top + 16, width, height - 16, most, breaks)
    lower = math.ceil(len(names) / 2) * (height + 16)
    return picture.finish(_status_key(picture, 8, lower, series.rows), title, alt)
