"""Mentions: `{{ figure("ice-arrests.total") }}` in a maintainer's text, and the figure it names.

This is one fixed expression, not a template language: nothing else between braces is evaluated, and
an unknown name is a finding.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.paths import dataset_page, relative_link
from plainrecord.findings.finding import Finding, Where, suggest
from plainrecord.model.doubts import mark_doubts
from plainrecord.model.products import Figure, FigureScope

CALL = re.compile(
    r"""\{\{[ \t\n]*figure\((?:"(?P<double>[^"'{}<>\n]*)"|'(?P<single>[^"'{}<>\n]*)')\)[ \t\n]*\}\}"""
)
"""The one form that is followed."""

NEARLY = re.compile(r"\{[\s{%]{0,9}figures?\s*\(", re.IGNORECASE)
"""What a reader would take for a call that went wrong."""

ABSENT = "[number not in this build]"
_CODE = r"(?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"


@dataclass(frozen=True, slots=True)
class Absent:
    """A figure that is declared and was not measured; `catalogued` only, or blocked."""

    dataset: str
    name: str
    catalogued: bool


def called_name(match: re.Match[str]) -> str:
    """The name in a call that `CALL` matched."""
    return str(match["double"] if match["double"] is not None else match["single"])


def find_figure(
    name: str, setting: FigureScope
) -> tuple[Figure | Absent | None, tuple[Finding, ...]]:
    """The figure that `name` means in a text: one of its own dataset, or DATASET.NAME.

    None with a finding (figure-unknown) where it is none or may be several. DATASET may be the old name of a renamed dataset.
    """
    index = setting.index
    known = [*index.measured, *index.unmeasured]
    dataset, _, own_name = name.partition(".")
    full = f"{index.moved.get(dataset, dataset)}.{own_name}"
    meant = [key for key in known if key == (setting.dataset, name) or ".".join(key) == full]
    if len(meant) == 1:
        figure = index.measured.get(meant[0])
        return figure or Absent(*meant[0], catalogued=index.unmeasured[meant[0]]), ()
    own = [key[1] for key in known if key[0] == setting.dataset]
    names = [*own, *(".".join(key) for key in known)]
    if meant:
        found = f"figure({name!r}) may mean {' or '.join('.'.join(key) for key in meant)}"
    else:
        found = f"there is no figure {name!r}{suggest(name, names)}"
    expected = f"one of {', '.join(names)}" if len(names) <= 12 else "a figure of this portal"
    if not names:
        expected = "a figure; none is declared"
    where = Where(file=setting.file, dataset=setting.dataset)
    return None, (Finding("figure-unknown", found, expected, **where),)


def mark_figure(figure: Figure | Absent, page: str) -> Markup:
    """The figure in text on `page`: a link to its receipt, for an absent one to its dataset."""
    if isinstance(figure, Absent):
        target = _link(page, dataset_page(figure.dataset))
        return Markup('<a class="figure-absent" href="{}">{}</a>').format(target, ABSENT)
    unit = f" (unit: {figure.unit})" if figure.unit else ""
    number = Markup(
        '<a class="figure-link" href="{}" title="{}">'
        '<data class="figure-value" data-figure="{}" value="{}">{}</data></a>'
    ).format(
        _link(page, f"{dataset_page(figure.dataset)}#figure-{figure.name}"),
        f"{figure.title}{unit}. To its receipt.",
        figure.id,
        figure.raw,
        figure.shown,
    )
    return number + figure.doubt_mark


def _link(page: str, target: str) -> str:
    path, mark, fragment = target.partition("#")
    return mark + fragment if path == page else relative_link(page, target)


def replace_figures(text: str, setting: FigureScope) -> str:
    """`text` without markup, figures as words; unknown names and text in backticks stay."""

    def replace(match: re.Match[str]) -> str:
        if match["ticks"]:
            return match[0]
        figure, _ = find_figure(called_name(match), setting)
        if figure is None:
            return match[0]
        if isinstance(figure, Absent):
            return ABSENT
        doubted = mark_doubts(figure.receipt.doubts)
        return f"{figure.shown} ({doubted})" if doubted else figure.shown

    return _MENTION.sub(replace, text)


_MENTION = re.compile(f"{_CODE}|{CALL.pattern}", re.DOTALL)
