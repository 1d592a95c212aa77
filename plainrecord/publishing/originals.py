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
_Rule = tuple[str, str, bytes, bytes]
"""What it is called; the names of the parts where it stands; a pattern whose group `value` is what
is there; what stands there when it is stripped, as in `re.sub`, or nothing where it stays."""

_TEXT = rb"(?P<open><(?:\w+:)?%s\b[^>]*>)(?P<value>[^<]+)(?P<close></)"
_BLANK = rb"\g<open>\g<close>"


def _element(label: str, part: str, name: bytes) -> _Rule:
    return label, part, _TEXT % name, _BLANK


_RULES: tuple[_Rule, ...] = (
    _element("the author", r"docProps/core\.xml", rb"creator"),
    _element("the last editor", r"docProps/core\.xml", rb"lastModifiedBy"),
    _element("the note on the file", r"docProps/core\.xml", rb"description"),
    _element("the company", r"docProps/app\.xml", rb"Company"),
    _element("the manager", r"docProps/app\.xml", rb"Manager"),
    _element("a path of a computer", r"docProps/app\.xml", rb"HyperlinkBase"),
    (
        "a path of a computer",
        r"docProps/app\.xml",
        rb"(?P<open><Template\b[^>]*>)(?P<value>[^<]*[\\/][^<]*)(?P<close></)",
        _BLANK,
    ),
    (
        "a path of a computer",
        r"xl/workbook\.xml",
        rb'(?P<open><x15ac:absPath[^>]*\burl=")(?P<value>[^"]+)(?P<close>")',
        _BLANK,
    ),
    (
        "a path of a computer",
        r"(xl|word|ppt)/.*\.rels",
        rb'Target="(?P<value>file:[^"]+|[A-Za-z]:\\[^"]+|\\\\[^"]+)"',
        b"",
    ),
    (
        "properties of an office",
        r"docProps/custom\.xml",
        rb"(?s)(?P<value><property\b.*?</property>)",
        b"-",
    ),
    (
        "comments",
        r"xl/comments[^/]*\.xml|xl/comments/.*\.xml",
        rb"(?s)(?P<value><(?:\w+:)?comment\b.*?</(?:\w+:)?comment>)",
        b"-",
    ),
    (
        "names of who commented",
        r"xl/comments[^/]*\.xml|xl/comments/.*\.xml",
        _TEXT % rb"author",
        _BLANK,
    ),
    (
        "comments",
        r"xl/threadedComments/.*\.xml",
        rb"(?s)(?P<value><threadedComment\b.*?</threadedComment>)",
        b"-",
    ),
    (
        "names of who commented",
        r"xl/persons/.*\.xml",
        rb"(?s)(?P<value><person\b.*?(?:/>|</person>))",
        b"-",
    ),
    (
        "boxes of comments",
        r"xl/drawings/vmlDrawing.*\.vml",
        rb'(?s)(?P<value><v:shape\b(?:(?!</v:shape>).)*ObjectType="Note".*?</v:shape>)',
        b"-",
    ),
    ("comments", r"word/comments[^/]*\.xml", rb"(?s)(?P<value><w:comment .*?</w:comment>)", b"-"),
    (
        "marks of comments",
        r"word/document\.xml",
        rb"(?P<value><w:comment(?:RangeStart|RangeEnd|Reference)\b[^>]*/>)",
        b"-",
    ),
    (
        "names of who commented",
        r"word/people\.xml",
        rb"(?s)(?P<value><w15:person\b[^>]*(?:/>|>.*?</w15:person>))",
        b"-",
    ),
    ("tracked changes", r"word/document\.xml", rb"(?P<value><w:(?:ins|del) )", b""),
    (
        "names of who changed the text",
        r"word/.*\.xml",
        rb'(?P<open>\bw:(?:author|initials)=")(?P<value>[^"]+)(?P<close>")',
        _BLANK,
    ),
    (
        "hidden sheets",
        r"xl/workbook\.xml",
        rb'<sheet\b[^>]*\bstate="(?P<value>hidden|veryHidden)"',
        b"",
    ),
    (
        "hidden rows",
        r"xl/worksheets/[^/]*\.xml",
        rb'<row\b[^>]*\b(?P<value>hidden="(?:1|true)")',
        b"",
    ),
    (
        "hidden columns",
        r"xl/worksheets/[^/]*\.xml",
        rb'<col\b[^>]*\b(?P<value>hidden="(?:1|true)")',
        b"",
    ),
    _element("the author", r"meta\.xml", rb"initial-creator"),
    _element("the last editor", r"meta\.xml", rb"creator"),
    _element("who printed it", r"meta\.xml", rb"printed-by"),
    _element("properties of an office", r"meta\.xml", rb"user-defined"),
    (
        "comments",
        r"content\.xml",
        rb"(?s)(?P<value><office:annotation\b.*?</office:annotation>|<office:annotation-end\b[^>]*/>)",
        b"-",
    ),
    ("tracked changes", r"content\.xml", rb"(?P<value><(?:text|table):tracked-changes\b)", b""),
    (
        "hidden sheets",
        r"content\.xml",
        rb'<style:table-properties\b[^>]*(?P<value>table:display="false")',
        b"",
    ),
    (
        "hidden rows or columns",
        r"content\.xml",
        rb'<table:table-(?:row|column)\b[^>]*(?P<value>table:visibility="collapse")',
        b"",
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
        if instead:
            for member, text in _matching(stripped, part):
                stripped[member] = re.sub(pattern, b"" if instead == b"-" else instead, text)
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
            found = re.finditer(pattern, text)
            counts[label] += sum(bool(m["value"].removeprefix(_blank(m)).strip()) for m in found)
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
