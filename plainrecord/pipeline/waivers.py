"""Findings that a descriptor waives with a reason, and waivers that fit none.

Of errors only those about personal data can be waived: a person decides what is public. Each waiver
names its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plainrecord.findings.catalogue import Severity, read_catalogue
from plainrecord.findings.finding import WAIVABLE_ERRORS, Finding, Findings, suggest

if TYPE_CHECKING:  # slow to import, and a package of others has no waivers
    from plainrecord.model.declarations import WaivedWarning
    from plainrecord.model.packages import Package
    from plainrecord.pipeline.plan import Plan


def waive_findings(plan: Plan, findings: Sequence[Finding]) -> list[Finding]:
    """`findings`, each that a descriptor waives with the reason in `waived`."""
    return [finding for one in findings for finding in waive(_waivers(plan, one), [one])]


def waive(waivers: Sequence[WaivedWarning], findings: Sequence[Finding]) -> list[Finding]:
    """`findings`, each that one of `waivers` fits with the reason in `waived`, as a warning."""
    waived = []
    for finding in findings:
        reason = next((waiver.reason for waiver in waivers if _fits(waiver, finding)), "")
        if (
            reason
            and not finding.waived
            and (not finding.blocks or finding.rule in WAIVABLE_ERRORS)
        ):
            severity = Severity.WARNING if finding.blocks else finding.severity_given
            finding = replace(finding, waived=reason, severity_given=severity)
        waived.append(finding)
    return waived


def find_unused(plan: Plan, built: Sequence[str], findings: Sequence[Finding]) -> list[Finding]:
    """A warning for each waiver of the portal, or of a dataset in `built`, that fits nothing."""
    unused = Findings()
    packages = [item for item in plan.packages if item.name in built]
    for package, file, waivers in (
        (None, plan.raw.settings_path, plan.portal.waived),
        *((item, item.descriptor_path, item.waived) for item in packages),
    ):
        own = [f for f in findings if not f.blocks and _owner(plan, f) is package]
        for waiver in waivers:
            if not any(_fits(waiver, finding) for finding in own):
                near = (
                    ""
                    if waiver.rule in read_catalogue()
                    else suggest(waiver.rule, read_catalogue())
                )
                where = f" of the field {waiver.field}" if waiver.field else ""
                found = f"waived: there is no warning {waiver.rule}{where}{near}"
                unused.add("waiver-unused", found, "a warning of the check", file=file)
    return unused


def _waivers(plan: Plan, finding: Finding) -> Sequence[WaivedWarning]:
    owner = _owner(plan, finding)
    return plan.portal.waived if owner is None else owner.waived


def _fits(waiver: WaivedWarning, finding: Finding) -> bool:
    fields = (finding.field,) if finding.rule in WAIVABLE_ERRORS else ("", finding.field)
    return waiver.rule == finding.rule and waiver.field in fields


def _owner(plan: Plan, finding: Finding) -> Package | None:
    """The dataset that a finding is about; None for the portal itself."""
    return next(_owners(plan, finding), None)


def _owners(plan: Plan, finding: Finding) -> Iterator[Package]:
    for item in plan.packages:
        inside = (f"{item.folder}/", f"datasets/{item.name}/")
        if finding.dataset.partition("@")[0] == item.name or finding.file.startswith(inside):
            yield item
