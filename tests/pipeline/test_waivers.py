"""Warnings that a descriptor waives: counted apart, printed no more, and never an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plainrecord.cli import main
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal

PADDED = ROWS.replace(",CA,", ",CA ,")
WAIVER = (
    "  waived: [{rule: padded-value, field: state, reason: The blanks are the agency's own.}]\n"
)


def build(root: Path, *options: str, waived: str = "", rows: str = PADDED) -> Result:
    changes = {
        "data/visits/datapackage.yaml": DESCRIPTOR + waived,
        "data/visits/visits.csv": rows,
    }
    portal = write_portal(root, **changes)
    return CliRunner().invoke(main.cli, ["build", "--portal", str(portal), *options])


def said(done: Result) -> str:
    return " ".join(done.output.split())


def test_a_waived_warning_is_counted_apart_and_not_printed(tmp_path: Path) -> None:
    before = said(build(tmp_path / "before"))
    assert "[padded-value]" in before
    assert " waived," not in before
    after = said(build(tmp_path / "after", waived=WAIVER))
    assert "[padded-value]" not in after
    assert ", 20 waived," in after
    page = (tmp_path / "after/_site/datasets/visits/check/index.html").read_text(encoding="utf-8")
    assert "with a space (The blanks are the agency" in page


def test_a_waived_warning_does_not_block_a_strict_build(tmp_path: Path) -> None:
    build(tmp_path / "a", waived=WAIVER)
    portal = tmp_path / "a"
    done = CliRunner().invoke(main.cli, ["check", "--strict", str(portal)])
    assert "[padded-value]" not in done.output


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("rule: padded-value, field: outcome", "no warning padded-value of the field outcome"),
        ("rule: padded-valu", 'no warning padded-valu, did you mean "padded-value"?'),
        ("rule: duplicate-row", "no warning duplicate-row"),
    ],
)
def test_a_waiver_that_fits_nothing_is_named(tmp_path: Path, entry: str, found: str) -> None:
    done = said(build(tmp_path, waived=f"  waived: [{{{entry}, reason: It is so.}}]\n"))
    assert "[waiver-unused]" in done
    assert found in done
    assert "[padded-value]" in done


def test_an_error_cannot_be_waived(tmp_path: Path) -> None:
    waived = "  waived: [{rule: type-error, reason: It is so.}]\n"
    done = build(tmp_path, waived=waived, rows=ROWS.replace(",pass,1\n", ",pass,one\n"))
    assert done.exit_code == 1


def test_the_portal_waives_what_concerns_no_dataset(tmp_path: Path) -> None:
    settings = SETTINGS.replace(", email: desk@desk.example", "")
    settings += "waived: [{rule: contact-missing, reason: There is no address.}]\n"
    portal = write_portal(tmp_path, **{"site/portal.yaml": settings})
    done = said(CliRunner().invoke(main.cli, ["build", "--portal", str(portal)]))
    assert "[contact-missing]" not in done
    assert ", 1 waived," in done


def test_findings_of_one_kind_are_printed_together(tmp_path: Path) -> None:
    rows = PADDED.replace("v001,", "v001 ,")
    portal = write_portal(tmp_path, **{"data/visits/visits.csv": rows})
    done = said(CliRunner().invoke(main.cli, ["check", "--portal", str(portal)]))
    assert done.count("[padded-value]") == 1
    assert "(21 times)" in done
    assert "field visit_id found" in done
    assert "field state found" in done
