"""What an original file says beside its content: who wrote it, where it lay, what it hides.

Workbooks and documents (XLSX, DOCX, PPTX, ODS, ODT, ODP) and PDF. `find_metadata` names the kinds
of what is there and never a value. `strip_metadata` blanks what no reader needs; hidden sheets,
rows, columns and tracked changes are content, and stay.
"""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping

from plainrecord.publishing.zips import write_zip

MOST_BYTES = 500_000_000
"""Bytes of an unpacked original that are looked at."""
OFFICE = (".xlsx", ".xlsm", ".docx", ".docm", ".pptx", ".ods", ".odt", ".odp")

_Parts = Mapping[str, bytes]
_Rule = tuple[str, str, bytes, bytes | None]
"""What it is called; the names of the parts where it stands; a pattern whose group `value` is what
is there; what stands there when it is stripped, as in `re.sub`, or None where it stays."""
_CORE, _APP, _BOOK = r"docProps/core\.xml", r"docProps/app\.xml", r"xl/workbook\.xml"
_COMMENTS, _SHEETS = r"xl/comments[^/]*\.xml|xl/comments/.*\.xml", r"xl/worksheets/[^/]*\.xml"
_DOCUMENT, _META, _CONTENT = r"word/document\.xml", r"meta\.xml", r"content\.xml"


def _blanked(label: str, part: str, before: bytes, value: bytes, after: bytes) -> _Rule:
    pattern = rb"(?P<open>%s)(?P<value>%s)(?P<close>%s)" % (before, value, after)
    return label, part, pattern, rb"\g<open>\g<close>"


def _element(label: str, part: str, name: bytes) -> _Rule:
    return _blanked(label, part, rb"<(?:\w+:)?%s\b[^>]*>" % name, rb"[^<]+", rb"</")


def _removed(label: str, part: str, value: bytes) -> _Rule:
    return label, part, rb"(?s)(?P<value>%s)" % value, b""


_RULES: tuple[_Rule, ...] = (
    _element("the author", _CORE, rb"creator"),
    _element("the last editor", _CORE, rb"lastModifiedBy"),
    _element("the note on the file", _CORE, rb"description"),
    _element("the company", _APP, rb"Company"),
    _element("the manager", _APP, rb"Manager"),
    _element("a path of a computer", _APP, rb"HyperlinkBase"),
    _blanked("a path of a computer", _APP, rb"<Template\b[^>]*>", rb"[^<]*[\\/][^<]*", rb"</"),
    _blanked("a path of a computer", _BOOK, rb'<x15ac:absPath[^>]*\burl="', rb'[^"]+', rb'"'),
    (
        "a path of a computer",
        r"(xl|word|ppt)/.*\.rels",
        rb'Target="(?P<value>file:[^"]+|[A-Za-z]:\\[^"]+|\\\\[^"]+)"',
        None,
    ),
    _removed("properties of an office", r"docProps/custom\.xml", rb"<property\b.*?</property>"),
    _removed("comments", _COMMENTS, rb"<(?:\w+:)?comment\b.*?</(?:\w+:)?comment>"),
    _element("names of who commented", _COMMENTS, rb"author"),
    _removed(
        "comments", r"xl/threadedComments/.*\.xml", rb"<threadedComment\b.*?</threadedComment>"
    ),
    _removed("names of who commented", r"xl/persons/.*\.xml", rb"<person\b.*?(?:/>|</person>)"),
    _removed(
        "boxes of comments",
        r"xl/drawings/vmlDrawing.*\.vml",
        rb'<v:shape\b(?:(?!</v:shape>).)*ObjectType="Note".*?</v:shape>',
    ),
    _removed("comments", r"word/comments[^/]*\.xml", rb"<w:comment .*?</w:comment>"),
    _removed(
        "marks of comments", _DOCUMENT, rb"<w:comment(?:RangeStart|RangeEnd|Reference)\b[^>]*/>"
    ),
    _removed(
        "names of who commented",
        r"word/people\.xml",
        rb"<w15:person\b[^>]*(?:/>|>.*?</w15:person>)",
    ),
    ("tracked changes", _DOCUMENT, rb"(?P<value><w:(?:ins|del) )", None),
    _blanked(
        "names of who changed the text",
        r"word/.*\.xml",
        rb'\bw:(?:author|initials)="',
        rb'[^"]+',
        rb'"',
    ),
    ("hidden sheets", _BOOK, rb'<sheet\b[^>]*\bstate="(?P<value>hidden|veryHidden)"', None),
    ("hidden rows", _SHEETS, rb'<row\b[^>]*\b(?P<value>hidden="(?:1|true)")', None),
    ("hidden columns", _SHEETS, rb'<col\b[^>]*\b(?P<value>hidden="(?:1|true)")', None),
    _element("the author", _META, rb"initial-creator"),
    _element("the last editor", _META, rb"creator"),
    _element("who printed it", _META, rb"printed-by"),
    _element("properties of an office", _META, rb"user-defined"),
    _removed(
        "comments",
        _CONTENT,
        rb"<office:annotation\b.*?</office:annotation>|<office:annotation-end\b[^>]*/>",
    ),
    ("tracked changes", _CONTENT, rb"(?P<value><(?:text|table):tracked-changes\b)", None),
    (
        "hidden sheets",
        _CONTENT,
        rb'<style:table-properties\b[^>]*(?P<value>table:display="false")',
        None,
    ),
    (
        "hidden rows or columns",
        _CONTENT,
        rb'<table:table-(?:row|column)\b[^>]*(?P<value>table:visibility="collapse")',
        None,
    ),
)

_LITERAL = rb"(?P<open>\()(?P<value>(?:[^()\\]|\\.)+)(?P<close>\))"
_HEX = rb"(?P<open><)(?P<value>[0-9A-Fa-f]+)(?P<close>>)"
_NOTE = rb"/Subtype\s*/(?:Text|FreeText|Popup|Highlight)\b[^>]{0,500}?"
_PDF: tuple[tuple[str, bytes], ...] = (
    ("the author", rb"/Author\s*" + _LITERAL),
    ("the author", rb"/Author\s*" + _HEX),
    ("the company", rb"/Company\s*" + _LITERAL),
    (
        "the author",
        rb"(?s)(?P<open><dc:creator>.{0,200}?<rdf:li[^>]*>)(?P<value>[^<]+)(?P<close><)",
    ),
    (
        "a path of a computer",
        rb"/(?:F|UF|Title)\s*(?P<open>\()(?P<value>(?:file:|[A-Za-z]:\\\\)(?:[^()\\]|\\.)+)(?P<close>\))",
    ),
    ("comments", _NOTE + rb"/Contents\s*" + _LITERAL),
    ("comments", rb"/Contents\s*" + _LITERAL + rb"(?=[^>]{0,500}" + _NOTE + rb")"),
    ("who commented", _NOTE + rb"/T\s*" + _LITERAL),
    ("who commented", rb"/T\s*" + _LITERAL + rb"(?=[^>]{0,500}" + _NOTE + rb")"),
)


def find_metadata(name: str, content: bytes) -> tuple[str, ...]:
    """The kinds of metadata of an original file, each with how often it is there; () for none."""
    counts: Counter[str] = Counter()
    if name.lower().endswith(".pdf"):
        counts = _count_pdf(content)
    elif (parts := _parts(name, content)) is not None:
        for label, part, pattern, _ in _RULES:
            for _name, text in _matching(parts, part):
                counts[label] += sum(bool(m["value"].strip()) for m in re.finditer(pattern, text))
    elif name.lower().endswith(OFFICE):
        counts["parts that cannot be read"] = 1
    return tuple(
        label if label.startswith(("the ", "who ")) or count == 1 else f"{label} ({count:,})"
        for label, count in counts.items()
        if count
    )


def can_strip(name: str, content: bytes) -> bool:
    """Whether `strip_metadata` knows what a file of this kind says beside its content."""
    return name.lower().endswith(".pdf") or _parts(name, content) is not None


def strip_metadata(name: str, content: bytes) -> bytes:
    """The original without removable metadata; of a PDF only plain text is overwritten."""
    if name.lower().endswith(".pdf"):
        return _strip_pdf(content)
    parts = _parts(name, content)
    if parts is None or not find_metadata(name, content):
        return content
    stripped = dict(parts)
    for _, part, pattern, instead in _RULES:
        if instead is not None:
            for member, text in _matching(stripped, part):
                stripped[member] = re.sub(pattern, instead, text)
    if stripped == dict(parts):
        return content
    held = io.BytesIO()
    write_zip(held, stripped)
    return held.getvalue()


def _matching(parts: _Parts, pattern: str) -> list[tuple[str, bytes]]:
    return [(name, text) for name, text in parts.items() if re.fullmatch(pattern, name)]


def _parts(name: str, content: bytes) -> _Parts | None:
    """The members of an office file by name; None for another file, or one that cannot be read."""
    if not name.lower().endswith(OFFICE):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = [item for item in archive.infolist() if not item.is_dir()]
            if sum(item.file_size for item in listed) > MOST_BYTES:
                return None
            return {item.filename: archive.read(item) for item in listed}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, OSError):
        return None


def _count_pdf(content: bytes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in (content, *_packed_objects(content)):
        for label, pattern in _PDF:
            matches = re.finditer(pattern, text)
            counts[label] += sum(bool(m["value"].removeprefix(_blank(m)).strip()) for m in matches)
    return counts


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The objects and the metadata that lie in packed streams of a PDF."""
    head = rb"<<(?:(?!>>\s*stream).){0,400}?/(?:ObjStm|Metadata)\b(?:(?!stream).){0,400}?>>\s*stream\r?\n"
    for match in re.finditer(rb"(?s)" + head, content):
        try:
            yield zlib.decompressobj().decompress(content[match.end() :], 50_000_000)
        except zlib.error:
            continue


def _strip_pdf(content: bytes) -> bytes:
    for _, pattern in _PDF:
        content = re.sub(pattern, _overwrite, content)
    return content


def _overwrite(match: re.Match[bytes]) -> bytes:
    """A match with blanks (in hexadecimal digits: of blanks) in place of its value."""
    start, end = match.span("value")
    begin = match.start()
    whole = match.group()
    return whole[: start - begin] + _blank(match) + whole[end - begin :]


def _blank(match: re.Match[bytes]) -> bytes:
    """Blanks as long as the value of a match."""
    length = len(match["value"])
    return (b"20" * length)[:length] if match["open"] == b"<" else b" " * length
