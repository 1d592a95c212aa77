"""The boundaries that a maintainer brings for a map: a file in the dataset's folder."""

from functools import lru_cache
from pathlib import Path

from plainrecord.findings.finding import Finding
from plainrecord.io.load import unsafe_path
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.maps import Boundaries
from plainrecord.model.packages import Package
from plainrecord.publishing.boundaries import is_builtin, read_boundaries
from plainrecord.publishing.map_kind import MapKind


def find_shapes(
    root: Path, package: Package, chart: ChartDefinition
) -> tuple[Boundaries | None, tuple[Finding, ...]]:
    """The boundaries in a maintainer's file, None without one; or a finding."""
    if not isinstance(chart, MapKind) or not chart.boundaries or is_builtin(chart.boundaries):
        return None, ()
    folder = root / "data" / package.name
    shown = f"data/{package.name}/{chart.boundaries}"
    problem, content = unsafe_path(chart.boundaries, folder), b""
    if not problem:
        try:
            content = (folder / chart.boundaries).read_bytes()
        except OSError as error:
            problem = error.strerror or str(error)
    if not problem:
        try:
            shapes = _read(content, chart.boundaries, chart.join, chart.label, chart.credit)
            return shapes, ()
        except ValueError as error:
            problem = str(error)
    found = f"chart {chart.name}: the boundaries {chart.boundaries!r}: {problem}"
    expected = (
        "us-states, us-counties, us-counties/TX, countries, or a GeoJSON or TopoJSON file in "
    )
    expected += "the dataset's folder"
    return None, (Finding("chart-invalid", found, expected, file=shown, dataset=package.name),)


_read = lru_cache(maxsize=8)(read_boundaries)
