"""The page of a check."""

from collections.abc import Sequence

from plainrecord.core.errors import Blocked
from plainrecord.io import load
from plainrecord.pages import portal as pages
from plainrecord.pipeline.check_targets import Subject
from plainrecord.publishing import render


def render_report(checked: Sequence[Subject]) -> str:
    """The page of a check, alone in its file."""
    templates, assets = load.load_builtins()
    subjects = [(s.label, s.package, s.checks, s.findings) for s in checked]
    page = pages.plan_report(subjects, assets["portal.css"].decode())
    outputs, findings = render.render_pages([page], templates, {})
    if findings:
        raise Blocked(findings)
    return "".join(o.content.decode() for o in outputs if isinstance(o.content, bytes))
