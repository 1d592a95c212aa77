"""What stands around a number on a page and in its receipt, and follows from it: title, unit, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.findings.finding import Finding
from plainrecord.model.counts import unit_of
from plainrecord.model.evidence import word_suppressed
from plainrecord.receipts.chart_rows import tell_values
from plainrecord.receipts.sheet import Proof

FACT = "data-fact"
ABOUT = "data-about"
RECEIPT = "data-receipt"
_NAMED = ("data-figure", "data-chart", RECEIPT)
LONGEST_TOLD = 200


def compare_facts(
    page: str, content: bytes, prove: Callable[[str], Proof | None], *, whole: bool
) -> tuple[Finding, ...]:
    """Where a page says something else around a number, or in its receipt, than the receipt does.

    What is about one number must not hold another one. `prove` gives the receipt of an id; with
    `whole`, the page was made by this version of the program, and no fact may be left out.
    """
    if RECEIPT.encode() not in content and ABOUT.encode() not in content:
        return ()
    root = parse_page(content)
    if root is None:
        return ()
    findings = []

    def add(found: str, expected: str) -> None:
        findings.append(Finding("page-differs", found[:LONGEST_TOLD], expected, file=page))

    for element in root.xpath(f"//*[@{ABOUT}] | //*[@{RECEIPT}]"):
        kind = ABOUT if element.get(ABOUT) else RECEIPT
        name = element.get(kind)
        proof = prove(name)
        if proof is None:
            if kind == ABOUT:
                add(f"{name!r} is told, and no receipt has this id", "a receipt")
            continue
        wanted = _tell_around(proof) if kind == ABOUT else _tell_within(proof)
        told = {
            fact.get(FACT): read_words(fact)
            for fact in element.xpath(f".//*[@{FACT}]")
            if _owner(fact) is element
        }
        for fact, said in told.items():
            right = wanted.get(fact)
            if said != right:
                add(f"{name}: {fact} is said to be {said!r}", repr(right or "nothing of it"))
        for fact in [fact for fact in wanted if whole and fact not in told and fact != "unit"]:
            add(f"{name}: {fact} is not told", repr(wanted[fact]))
        if kind == ABOUT:
            for other in _others(element, name):
                add(f"{other} is shown as what {name} is", f"{name} alone")
    return tuple(findings)


def _tell_around(proof: Proof) -> Mapping[str, str]:
    unit = unit_of(proof.unit, proof.format) if proof.of_figure else proof.unit
    facts = {"title": flatten(proof.title), "unit": flatten(unit)}
    # An older receipt names no measure, and the page beside it says this in other words.
    if proof.measure and (said := " ".join(tell_values(proof.drawn, proof.series))):
        facts["values"] = flatten(said)
    return facts


def _tell_within(proof: Proof) -> Mapping[str, str]:
    facts = {
        f"rows of {file.path}": f"{file.rows:,} {'row' if file.rows == 1 else 'rows'}"
        for file in proof.files
    }
    if proof.files:
        facts["rows"] = f"{sum(file.rows for file in proof.files):,}"
    if proof.release:
        facts["release"] = flatten(proof.release)
    return {**facts, "suppressed": word_suppressed(proof.suppressed, proof.threshold)}


def _owner(element: etree._Element) -> etree._Element | None:
    """The element whose number a fact is about: the nearest around it."""
    return next(
        (outer for outer in element.iterancestors() if outer.get(ABOUT) or outer.get(RECEIPT)), None
    )


def _others(element: etree._Element, name: str) -> list[str]:
    """The ids of other numbers that are shown inside what is about `name`."""
    inside = element.xpath(" | ".join(f".//*[@{mark}]" for mark in _NAMED))
    found = {inner.get(mark) for inner in inside for mark in _NAMED if inner.get(mark)}
    return sorted(found - {name})
