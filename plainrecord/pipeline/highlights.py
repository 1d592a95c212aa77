"""Findings on the home page, and the cards that other sites show for a link to a page."""

from collections.abc import Sequence

from plainrecord.core.paths import dataset_folder
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.declarations import Portal
from plainrecord.model.doubts import mark_doubts
from plainrecord.model.products import Chart, Highlight, Output, ReleasedDataset, ShareCard
from plainrecord.publishing import cards

MOST = 3


def choose_highlights(
    portal: Portal, releases: Sequence[ReleasedDataset], file: str
) -> tuple[tuple[Highlight, ...], list[Finding]]:
    """The findings on the home page: those in `highlights`, or one each of the first real datasets.

    A chart of a dataset that is not built here is passed over. `file` has the settings.
    """
    titles = {release.package.key: release.package.title for release in releases}
    known = {c.id: c for e in releases for c in e.charts if cards.can_summarise(c)}
    absent = [release.package.name for release in releases if not release.built]
    named = [name for name in portal.highlights if name.rpartition(".")[0] not in absent]
    findings = [
        Finding(
            "value-invalid",
            f"highlights has {name!r}{suggest(name, known)}",
            "DATASET.CHART: a chart with a headline and one series",
            file=file,
        )
        for name in named
        if name not in known
    ]
    chosen = [known[name] for name in named if name in known]
    if not portal.highlights:
        real = [release for release in releases if not release.package.synthetic]
        first = [find_summary(release) for release in real]
        chosen = [chart for chart in first if chart is not None][:MOST]
    return tuple(
        Highlight(
            chart,
            titles[chart.dataset],
            cards.draw_sparkline(chart),
            cards.describe_sparkline(chart.kind, chart.series),
        )
        for chart in chosen
    ), findings


def find_summary(release: ReleasedDataset) -> Chart | None:
    """The first chart of a dataset that can stand for it: over time, if there is one."""
    fit = [chart for chart in release.charts if cards.can_summarise(chart)]
    dated = [chart for chart in fit if chart.series.columns[0].period]
    return next(iter((*dated, *fit)), None)


def draw_cards(
    portal: Portal, releases: Sequence[ReleasedDataset]
) -> tuple[dict[str, ShareCard], list[Output]]:
    """Cards by dataset ("": the portal) and their files; none without a public address."""
    if not portal.base_url:
        return {}, []
    shown = [(e.package.name, e.package.title, find_summary(e), e) for e in releases if e.built]
    made, outputs = {}, []
    for name, title, chart, release in shown:
        synthetic = cards.SYNTHETIC if release.package.synthetic else ""
        status = (synthetic, mark_doubts(chart.series.receipt.doubts) if chart else "")
        words = f"{title}. {chart.headline}" if chart else title
        made[name] = ShareCard(f"{dataset_folder(name)}/card.png", words, chart.id if chart else "")
        picture = cards.draw_card(portal.title, title, chart, status)
        outputs.append(Output(made[name].path, picture))
    made[""] = ShareCard("card.png", f"{portal.title}. {portal.tagline}".removesuffix(". "))
    outputs.append(Output("card.png", cards.draw_card(portal.title, portal.tagline, None)))
    return made, outputs
