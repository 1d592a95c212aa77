"""Warnings that a descriptor waives with a reason, and waivers that fit no warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from plainrecord.findings.catalogue import read_catalogue
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.declarations import WaivedWarning
from plainrecord.model.packages import Package
from plainrecord.pipeline.plan import Plan


def waive_findings(plan: Plan, findings: Sequence[Finding]) -> list[Finding]:
    """`findings`, each warning that a descriptor waives with the reason in `waived`."""
    return [
        finding
        if finding.blocks or finding.waived
        else replace(finding, waived=_reason(plan, finding))
        for finding in findings
    ]


def find_unused(plan: Plan, built: Sequence[str], findings: Sequence[Finding]) -> list[Finding]:
    """A warning for each waiver of the portal, or of a dataset in `built`, that fits nothing.

    A dataset that was not built was not checked either, so nothing is said of its waivers.
    """
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


def _reason(plan: Plan, finding: Finding) -> str:
    owner = _owner(plan, finding)
    waivers = plan.portal.waived if owner is None else owner.waived
    return next((waiver.reason for waiver in waivers if _fits(waiver, finding)), "")


def _fits(waiver: WaivedWarning, finding: Finding) -> bool:
    return waiver.rule == finding.rule and waiver.field in ("", finding.field)


def _owner(plan: Plan, finding: Finding) -> Package | None:
    """The dataset that a finding is about; None for the portal itself."""
    return next(_owners(plan, finding), None)


def _owners(plan: Plan, finding: Finding) -> Iterator[Package]:
    for item in plan.packages:
        inside = (f"{item.folder}/", f"datasets/{item.name}/")
        if finding.dataset.partition("@")[0] == item.name or finding.file.startswith(inside):
            yield item
