"""The portal's settings: from as written to as trusted."""

from collections.abc import Sequence
from functools import partial

from plainrecord.core.paths import is_slug
from plainrecord.core.strict_json import Json
from plainrecord.descriptors.portal_forms import PageForm
from plainrecord.descriptors.reading import read_form
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.declarations import PageText, Portal


def parse_portal(
    document: Json, file: str, base_url: str | None = None
) -> tuple[Portal | None, tuple[Finding, ...]]:
    """The settings, with `base_url` in place of the written one where given; None if unusable."""
    if base_url is not None and isinstance(document, dict):
        document = {**document, "base_url": base_url}
    form, findings = read_form(Portal, document, file)
    if form is None:
        return None, tuple(findings)
    return form, _without_contact(form.publisher.email, file)


def _without_contact(email: str, file: str) -> tuple[Finding, ...]:
    """A warning where nobody can write to the publisher (DCAT-US 1.1, contactPoint: hasEmail)."""
    if email:
        return ()
    found = "publisher.email is empty, so data.json names nobody to write to"
    return (Finding("contact-missing", found, "an email address", file=file),)


def check_moves(portal: Portal, names: Sequence[str], file: str) -> tuple[Finding, ...]:
    """Findings for moved datasets that are still there, or that lead to none of `names`."""
    findings = Findings(file=file)
    wrong = partial(findings.add, "value-invalid")
    seen: set[str] = set()
    for move in portal.moved:
        key = f"moved: {move.name}"
        if move.name in names:
            wrong(f"{key} is a dataset of the portal", "the name that a dataset had before")
        if move.name in seen:
            wrong(f"{key} is listed twice", "each old name once")
        seen.add(move.name)
        if move.to and move.to not in names:
            wrong(
                f"{key} leads to {move.to!r}{suggest(move.to, names)}",
                "a dataset of the portal, or nothing where it was withdrawn",
            )
    return tuple(findings)


def parse_page(
    file: str, text: str, front: Json, body: str
) -> tuple[PageText | None, tuple[Finding, ...]]:
    """A page of the portal from its parsed front matter and the Markdown below it."""
    name = file.rsplit("/", 1)[-1].removesuffix(".md")
    findings = Findings(file=file)
    if not is_slug(name):
        findings.add("value-invalid", f"the file name is {name!r}", "a-z, 0-9 and hyphens")
    if not isinstance(front, dict) or not isinstance(front.get("title"), str):
        found = "no title" if text else "an empty file"
        findings.add("key-missing", found, "front matter between --- lines with a title")
        return None, tuple(findings)
    form, misread = read_form(PageForm, front, file)
    findings.extend(misread)
    if findings or form is None:
        return None, tuple(findings)
    return PageText(
        name=name,
        title=form.title,
        description=form.description,
        markdown=body,
        order=form.order,
        file=file,
        numbers=form.numbers,
        row=text.count("\n", 0, len(text) - len(body)) + 1,
    ), ()


def split_front_matter(text: str) -> tuple[str, str]:
    """The YAML between the first two `---` lines ("" where there is none) and the rest."""
    if text.startswith("---\n"):
        head, mark, body = text[4:].partition("\n---\n")
        if mark:
            return head, body
    return "", text
