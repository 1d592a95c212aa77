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
from plainrecord.model.partial_periods import MARK, is_part
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import STATUSES, is_shown, status_word
from plainrecord.publishing.chart_rows import show_number

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


def plot_lines(
    picture: Picture, series: Series, rows: list[tuple[Cell, ...]], left: float, top: float,
    width: float, height: float, most: float | None = None, breaks: Sequence[LineBreak] = (),
) -> float:  # fmt: skip
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
            picture.text(x + 26, y, cut(name, 22))
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
        words = cut(broken.label, LABEL_SIGNS)
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


def cut(words: str, most: int) -> str:
    """The words, cut to `most` signs."""
    return words if len(words) <= most else words[: most - 1] + "…"


def shade(value: float, most: float) -> str:
    """The class of a cell or tile: light to dark, and one of its own for zero."""
    if value == 0:
        return "empty"
    return f"seq-{max(0, min(STEPS - 1, int(STEPS * value / most)))}" if most > 0 else "seq-0"


def draw_key(picture: Picture, y: float, most: float, rows: Iterable[tuple[Cell, ...]]) -> float:
    """The key to the shades, from nothing to the most, and to the statuses; its lower edge."""
    picture.text(0, y + 14, "0")
    for step, kind in enumerate(["empty", *(f"seq-{step}" for step in range(STEPS))]):
        picture.box(18 + 34 * step, y, 34, 16, kind)
    picture.text(26 + 34 * (STEPS + 1), y + 14, show_number(most))
    return max(y + 30, draw_status_key(picture, 420, y, rows))


def draw_status_key(
    picture: Picture, left: float, y: float, rows: Iterable[tuple[Cell, ...]]
) -> float:
    """What stands for values that are not there, a line for each status; the lower edge."""
    present = {str(row[-1]) for row in rows}
    for status in sorted(STATUSES & present):
        if not is_shown(status):
            picture.box(left, y, 16, 16, status)
            picture.text(left + 24, y + 14, status_word(status))
            y += 24
    return y
