"""Every command ends on hostile input: in words, within 20 s of processor time and 2 GB.

The bound is on the time that the process uses, so that a busy machine fails nothing. The heaviest
inputs run only where PLAINRECORD_EXAMPLES is set, as every night.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import xlsxwriter

from tests.portals import DESCRIPTOR, write_portal

SECONDS = 20
MEMORY = 2_000_000_000
"""Bytes that a process may have held at once."""

heavy = pytest.mark.skipif(
    "PLAINRECORD_EXAMPLES" not in os.environ, reason="heavy: every night, and on request"
)


@dataclass(frozen=True)
class Ended:
    """How a command ended; `words` is all that it printed."""

    status: int
    words: str


def run(*words: str | Path) -> Ended:
    """The command line with `words`, its processor time bounded and its memory measured."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))

    command = [
        sys.executable,
        "-c",
        "from plainrecord.cli.main import main; main()",
        *map(str, words),
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=bound,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, ended, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
    assert "Traceback" not in said, said[-2000:]
    assert process.returncode in (0, 1, 2), f"ended by signal {-process.returncode}"
    assert used.ru_maxrss * 1024 < MEMORY, f"held {used.ru_maxrss:,} kB"
    assert said.strip(), "ended without a word"
    assert len(said) < 200_000, f"said {len(said):,} characters"
    return Ended(process.returncode, said)


Fields = list[dict[str, object]]


def write_package(
    folder: Path, name: str, content: str | bytes, fields: Fields, **schema: object
) -> Path:
    """A data package of one table in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    table = {"name": "t", "path": name, "schema": {"fields": fields, **schema}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "p", "resources": [table]}))
    return folder


def texts(*names: str) -> Fields:
    return [{"name": name, "type": "string"} for name in names]


def wide(count: int, rows: int) -> tuple[str, list[str]]:
    """A table of `count` columns that hold one value in all rows, and their names."""
    names = [f"c{number}" for number in range(count)]
    row = ",".join("1" for _ in names) + "\n"
    return ",".join(names) + "\n" + row * rows, names


def packed(pack: Callable[[bytes], bytes], millions: int) -> bytes:
    """A table of so many million bytes, in as many streams that follow one another."""
    return pack(b"a,b\n") + pack(b"1,2\n" * 250_000) * millions


def many_members(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.csv", "a,b\n1,2\n")
    return stream.getvalue()


def many_sheets(count: int) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for _ in range(count):
            book.add_worksheet().write_row(0, 0, ["a", "b"])
    return stream.getvalue()


def many_strings(count: int) -> bytes:
    """A workbook with `count` texts in its table of texts, of which its sheet uses four."""
    stream, changed = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["x", "y"])
    with (
        zipfile.ZipFile(stream) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"</sst>", b"<si><t>abc</t></si>" * count + b"</sst>")
            new.writestr(name, content)
    return changed.getvalue()


def lying_parquet() -> bytes:
    """A Parquet file whose footer says to be four billion bytes long."""
    sink = io.BytesIO()
    parquet.write_table(pa.table({"a": ["1"], "b": ["2"]}), sink)
    content = bytearray(sink.getvalue())
    content[-8:-4] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(content)


def keys_without_end(folder: Path) -> Path:
    content, names = wide(2000, 50)
    fields: Fields = [
        {"name": n, "type": "integer", "constraints": {"unique": True}} for n in names
    ]
    pairs = [[name, names[number - 1]] for number, name in enumerate(names)]
    return write_package(folder, "t.csv", content, fields, uniqueKeys=pairs)


def categories_without_end(folder: Path) -> Path:
    values = [f"value {number}" for number in range(100_000)]
    fields: Fields = [{"name": "a", "type": "string", "constraints": {"enum": values}}]
    return write_package(folder, "t.csv", "a\n" + "\n".join([*values, "bad"]), fields)


LONG_LINE = "a,b\n1," + "x" * 10_500_000 + "\n"

PACKAGES: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "a line of 10 MB": (
        lambda at: write_package(at, "t.csv", LONG_LINE, texts("a", "b")),
        1,
        "a line is longer than 10,000,000 characters",
    ),
    "9,999 labels and no row": (
        lambda at: write_package(at, "t.csv", wide(9999, 0)[0], texts(*wide(9999, 0)[1])),
        0,
        "no row below the header",
    ),
    "an enum of 100,000 values": (categories_without_end, 1, "'bad'"),
    "deep JSON": (
        lambda at: write_package(at, "t.json", "[" * 100_000 + "]" * 100_000, texts("a")),
        1,
        "nested too deeply",
    ),
    "an integer of a million digits": (
        lambda at: write_package(at, "t.json", f'[{{"a":{"9" * 1_000_000}}}]', texts("a")),
        1,
        "source-error",
    ),
    "a bomb in bzip2": (
        lambda at: write_package(at, "t.csv.bz2", packed(bz2.compress, 220), texts("a", "b")),
        1,
        "unpacks to more than 200,000,000 bytes",
    ),
    "a Parquet file with a lying footer": (
        lambda at: write_package(at, "t.parquet", lying_parquet(), texts("a", "b")),
        1,
        "source-error",
    ),
    "2,000 unique fields and 2,000 unique keys, all broken": (
        keys_without_end,
        1,
        "unique-error",
    ),
    "a zip of 10,000 members": (
        lambda at: write_package(at, "t.zip", many_members(10_000), texts("a", "b")),
        0,
        "archive-rest",
    ),
    "a workbook that lists a million texts and uses four": (
        lambda at: write_package(at, "t.xlsx", many_strings(1_000_000), texts("a", "b")),
        1,
        "it lists at least 1,000,00",
    ),
    "a workbook of 1,000 sheets": (
        lambda at: write_package(at, "t.xlsx", many_sheets(1000), texts("a", "b")),
        0,
        "workbook-rest",
    ),
}

HEAVY: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "a bomb in xz": (
        lambda at: write_package(at, "t.csv.xz", packed(lzma.compress, 220), texts("a", "b")),
        1,
        "unpacks to more than 200,000,000 bytes",
    ),
    "a zip of 100,000 members": (
        lambda at: write_package(at, "t.zip", many_members(100_000), texts("a", "b")),
        0,
        "archive-rest",
    ),
    "a workbook of 10,000 sheets": (
        lambda at: write_package(at, "t.xlsx", many_sheets(10_000), texts("a", "b")),
        0,
        "workbook-rest",
    ),
    "rows of 10,000 columns": (
        lambda at: write_package(at, "t.csv", wide(10_000, 50)[0], texts(*wide(10_000, 0)[1])),
        0,
        "duplicate-row",
    ),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_check_ends_in_words(name: str, tmp_path: Path) -> None:
    make, status, words = PACKAGES[name]
    ended = run("check", make(tmp_path / "p"))
    assert (ended.status, words in ended.words) == (status, True), ended.words


@heavy
@pytest.mark.parametrize("name", HEAVY)
def test_check_ends_in_words_on_the_heaviest(name: str, tmp_path: Path) -> None:
    make, status, words = HEAVY[name]
    ended = run("check", make(tmp_path / "p"))
    assert (ended.status, words in ended.words) == (status, True), ended.words


HEADER = "visit_id,visited_on,state,outcome,score\n"


def rows_of_texts(size: int, count: int) -> str:
    """The rows of a small portal, each with a text of `size` characters for its record."""
    return HEADER + "".join(
        f"{chr(97 + number % 26) * size}{number},2026-01-{1 + number % 28:02},CA,pass,{number % 100}\n"
        for number in range(count)
    )


def long_portal(root: Path, size: int, count: int) -> Path:
    changes = {"data/visits/visits.csv": rows_of_texts(size, count)}
    return write_portal(root, **changes)


@pytest.mark.parametrize(("size", "count", "status"), [(1_000_000, 60, 0), (1_000_000, 160, 1)])
def test_a_portal_of_long_texts_builds_or_is_refused(
    size: int, count: int, status: int, tmp_path: Path
) -> None:
    """60 MB of text are published without the formats that cannot hold them; 160 MB are refused."""
    root = long_portal(tmp_path, size, count)
    ended = run("build", "--portal", root, "--out", tmp_path / "out")
    assert ended.status == status, ended.words
    if status:
        assert "memory-exceeded" in ended.words
        assert "visits.csv, row 102, field visit_id" in ended.words
        return
    downloads = tmp_path / "out/datasets/visits/downloads"
    found = {path.suffix for path in downloads.iterdir() if path.stem == "visits"}
    assert found == {".csv", ".parquet", ".zip"}
    assert run("verify", tmp_path / "out").status == 0


def test_texts_that_the_engine_cannot_store_are_refused_before_it_stores_them(
    tmp_path: Path,
) -> None:
    ended = run("check", long_portal(tmp_path, 9_000_000, 30))
    assert (ended.status, "memory-exceeded" in ended.words) == (1, True)
    assert "bytes together, up to this one" in ended.words


@heavy
@pytest.mark.parametrize("command", [("check",), ("release", "visits", "--portal")])
def test_other_commands_refuse_long_texts_too(command: Sequence[str], tmp_path: Path) -> None:
    ended = run(*command, long_portal(tmp_path, 1_000_000, 160))
    assert ended.status == 1
    assert "memory-exceeded" in ended.words


def test_a_figure_of_a_long_text_is_reported_briefly(tmp_path: Path) -> None:
    figure = "- {name: longest, title: Longest, sql: SELECT max(visit_id) FROM visits}"
    descriptor = DESCRIPTOR.replace("  figures:\n", f"  figures:\n    {figure}\n")
    changes = {
        "data/visits/visits.csv": rows_of_texts(1_000_000, 3),
        "data/visits/datapackage.yaml": descriptor,
    }
    ended = run("check", write_portal(tmp_path, **changes))
    assert (ended.status, len(ended.words) < 10_000) == (1, True)


CROSSED = ", ".join(f"visits v{number}" for number in range(6))
WITHOUT_END = (
    "SELECT max(levenshtein(repeat('a', 400000), repeat(outcome, 100000))) FROM visits",
    f"SELECT count(*) FILTER (v0.score + v5.score = {{}}) FROM {CROSSED}",
)
"""Figures of which the first cannot be interrupted."""


@heavy
@pytest.mark.parametrize("sql", WITHOUT_END)
def test_figures_without_end_end(sql: str, tmp_path: Path) -> None:
    figures = "".join(f'    - {{name: f{n}, title: T, sql: "{sql.format(n)}"}}\n' for n in range(5))
    descriptor = DESCRIPTOR.replace("  figures:\n", f"  figures:\n{figures}")
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": descriptor})
    ended = run("check", root)
    assert (ended.status, "used" in ended.words) == (1, True)
    assert "figure f0: " in ended.words or f"The query: {sql[:40]}" in ended.words


def test_diff_ends_on_long_texts(tmp_path: Path) -> None:
    for name, last in (("old.csv", 39), ("new.csv", 40)):
        (tmp_path / name).write_text(rows_of_texts(1_000_000, last))
    ended = run("diff", tmp_path / "old.csv", tmp_path / "new.csv", "--key", "visit_id")
    assert ended.status in (0, 1), ended.words


def test_diff_ends_where_every_row_is_renamed(tmp_path: Path) -> None:
    for name, spelt in (("old.csv", "Smith"), ("new.csv", "Smyth")):
        rows = (f"Person {n} {spelt},2024-01-0{n % 9 + 1},{n}\n" for n in range(20_000))
        (tmp_path / name).write_text(f"name,day,n\n{''.join(rows)}")
    ended = run("diff", tmp_path / "old.csv", tmp_path / "new.csv")
    assert (ended.status, "name differs by 1 letter" in ended.words) == (1, True), ended.words


def test_init_ends_on_long_texts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(rows_of_texts(1_000_000, 20))
    ended = run("init", tmp_path, "--yes")
    assert ended.status in (0, 1, 2), ended.words
