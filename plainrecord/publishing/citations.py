"""Citations in BibTeX, CSL-JSON (1.0.2) and RIS; the page's script adds the day of access."""

import json
import re
from collections.abc import Mapping

from plainrecord.core.paths import absolute_url
from plainrecord.core.strict_json import Json, objects_in
from plainrecord.model.declarations import Portal
from plainrecord.model.packages import Package
from plainrecord.model.products import Output, ReleasedDataset

_SPECIAL = re.compile(r"[\\{}$&#_%~^]")
_TAGS = {"title": "TI", "version": "ET", "publisher": "PB", "URL": "UR", "note": "N1"}
"""What is cited beside authors and day, as CSL-JSON names it, with its tags in RIS."""
_ESCAPED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def list_authors(portal: Portal, package: Package) -> list[str]:
    """Who made a dataset: its authors, else its sources, else the publisher of the portal."""
    makers = [
        person.title
        for person in package.contributors
        if person.title and (not person.roles or {"creator", "author"} & set(person.roles))
    ]
    makers = makers or [source.title for source in package.sources if source.title]
    return makers or [portal.publisher.name]


def address_citation(portal: Portal, package: Package) -> str:
    """The address that keeps what is cited; "" where the portal has no public address."""
    page = f"{package.permanent}/index.html"
    return absolute_url(portal.base_url, page) if portal.base_url else ""


def write_citations(portal: Portal, release: ReleasedDataset) -> tuple[Output, ...]:
    """The files of a release by which a reference manager cites it; none if it is not published."""
    package = release.package
    if not release.built:
        return ()
    whole = release.whole_file
    facts = {
        "title": package.title,
        "version": package.version,
        "publisher": portal.title,
        "URL": address_citation(portal, package),
        "note": f"SHA-256 of {whole.path.rpartition('/')[2]}: {whole.sha256}" if whole else "",
    }
    item: dict[str, Json] = {
        "id": package.key,
        "type": "dataset",
        **{name: text for name, text in facts.items() if text},
        "author": [{"literal": name} for name in list_authors(portal, package)],
    }
    if package.updated:
        item["issued"] = {"date-parts": [[int(part) for part in package.updated.split("-")]]}
    return tuple(
        Output(f"{package.home}/citation.{ending}", text.encode())
        for ending, text in render_citation(item).items()
    )


def render_citation(item: Mapping[str, Json]) -> dict[str, str]:
    """An item of CSL-JSON as the text of each file, by its ending."""
    facts = {name: str(item.get(name, "")) for name in _TAGS}
    authors = [str(author.get("literal", "")) for author in objects_in(item.get("author"))]
    issued = item.get("issued")
    dates = issued.get("date-parts") if isinstance(issued, dict) else None
    parts = dates[0] if isinstance(dates, list) and dates and isinstance(dates[0], list) else []
    day = "-".join(str(part).zfill(2 if number else 4) for number, part in enumerate(parts))
    return {
        "bib": _write_bibtex(str(item.get("id")), facts, authors, day),
        "json": json.dumps([item], ensure_ascii=False, indent=2) + "\n",
        "ris": _write_ris(facts, authors, day),
    }


def _write_bibtex(key: str, facts: dict[str, str], authors: list[str], day: str) -> str:
    fields = {"author": " and ".join(f"{{{_escape(name)}}}" for name in authors)}
    fields |= {
        name.lower(): text if name == "URL" else _escape(text) for name, text in facts.items()
    }
    fields["year"] = day[:4]
    lines = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
    return "\n".join((f"@misc{{{key.replace('@', '-')},", ",\n".join(lines), "}", ""))


def _escape(text: str) -> str:
    words = " ".join(text.split())
    return _SPECIAL.sub(lambda sign: _ESCAPED.get(sign[0], f"\\{sign[0]}"), words)


def _write_ris(facts: dict[str, str], authors: list[str], day: str) -> str:
    lines = [("TY", "DATA"), *(("AU", name) for name in authors)]
    lines += [("PY", day[:4]), ("DA", day.replace("-", "/"))]
    lines += [(_TAGS[name], text) for name, text in facts.items()]
    written = [f"{tag}  - {' '.join(text.split())}\n" for tag, text in lines if text]
    return "".join((*written, "ER  - \n"))
