"""Pages of datasets: the main points."""

from dataclasses import replace

from plainrecord.model.packages import DerivedField, Dialect, Resource, Schema
from plainrecord.pages.dataset import make_points
from tests.browser.sample import STOPS_RELEASE


def test_a_derived_field_is_not_the_least_complete() -> None:
    points = make_points(STOPS_RELEASE)
    profile = STOPS_RELEASE.profiles[0]
    fields = [item.field for item in profile.fields if f"“{item.field.label}”" in points[-1]]
    derived = tuple(DerivedField(field, "1") for field in fields)
    table = Resource(
        profile.resource, "", "", (), "csv", "utf-8", Dialect(), Schema(()), derived=derived
    )
    package = replace(STOPS_RELEASE.package, resources=(table,))
    assert fields
    assert points[-1] not in make_points(replace(STOPS_RELEASE, package=package))
