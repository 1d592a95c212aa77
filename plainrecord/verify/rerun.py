"""Run receipts again: each in a process that can read only its files, within limits."""

import json
import math
import os
import queue
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, items_in, parse_json
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.model.counts import SUPPRESSED
from plainrecord.model.evidence import Cell, ReceiptFile
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import raw_text
from plainrecord.model.statuses import SHOWN
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.receipts.absent_rows import COUNT, RELEASED_COUNT, complete_rows
from plainrecord.receipts.engine import NOT_RUN, part_left, seconds_to_read
from plainrecord.receipts.query import show_value
from plainrecord.receipts.receipts_document import NAME, Proof, ReceiptsDocument

GRACE = 3.0
"""Processor seconds beyond a query's own limit: to start the engine and to read."""

WAITING = 20.0
"""How many times as long as it may compute a job is waited for: a busy machine is slow."""

WAIT_FOR_END = 60.0
"""Seconds for a process whose pipe has closed to end, however busy the machine is."""

TABLE_SECONDS = 300.0
ENDED = {
    1: "its process ended without an answer",  # as where a query cannot be interrupted
    -24: "it used more than {:.0f} seconds of processor time",  # SIGXCPU
    -9: "the system ended the process, probably for lack of memory",  # SIGKILL
}
"""Why a process was ended by a signal that says nothing of its query, by its status."""

LONGEST_ANSWER = 50_000_000
MOST_FAILURES = 10
MOST_SECONDS = 10_800.0
CLOSENESS = 1e-9
_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
"""A number with a fixed count of digits, or with more digits than a double, is a text."""
_TABLE = re.compile(r"(datasets/[^/]+(?:/releases/[^/]+)?)/downloads/[^/]+\.parquet")


class Recounter:
    """Runs receipts one after another: `with closing(Recounter()) as recounter`.

    After ten queries that had to be killed, or three hours of processor time, no more are run,
    because a portal could keep a reader waiting for days. `skipped` has the receipts that were not
    finished, which is no fault of the portal.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._failures = 0
        self._spent = 0.0
        self._late = 0.0
        self._skipped: list[tuple[str, str]] = []

    @property
    def skipped(self) -> tuple[NotChecked, ...]:
        """What could not be checked, each reason with its count."""
        return tuple(NotChecked(*two, count) for two, count in Counter(self._skipped).items())

    def close(self) -> None:
        """End the process in which the queries run."""
        self._end()

    def recount(
        self,
        receipts: str,
        dataset: str,
        proof: Proof,
        files: Mapping[str, Path],
        *,
        protected: bool = False,
    ) -> tuple[Finding, ...]:
        """What the receipt `proof` of `receipts` says that its query does not give.

        Where it reads `protected` tables, a count that is null in them may be called suppressed.

        `files` holds a verified copy of each file that the receipt names, and of the one that
        lists its rows.
        """
        kinds = {"list": proof.lists, "counts": proof.counted, "chart": proof.drawn}
        job: dict[str, Json] = {
            "dataset": dataset,
            "sql": proof.sql,
            "format": proof.format,
            "threshold": proof.threshold,
            "protected": protected,
            "kind": next((kind for kind, applies in kinds.items() if applies), "figure"),
            "files": [[f.schema, f.table, str(files[f.path])] for f in proof.files],
        }
        if proof.lists:
            job["listed"] = str(files[proof.lists])
        read = [files[file.path] for file in proof.files]
        answer = self._ask(job, seconds_to_read(read), "receipts")

        def found(rule: str, text: str, expected: str) -> Finding:
            return Finding(rule, f"{proof.id}: {text}", expected, file=receipts, dataset=dataset)

        if answer is None:
            return ()
        if "refused" in answer:
            expected = "a query over the named files that returns the receipt's result"
            return (found("receipt-refused", f"the query fails: {answer['refused']}", expected),)
        if proof.lists:
            return (
                *(
                    found("receipt-differs", *two)
                    for two in _count_differences(proof, answer.get("counts"))
                ),
                *(
                    Finding("list-differs", text, expected, file=proof.lists, dataset=dataset)
                    for text, expected in _list_differences(proof, answer)
                ),
            )
        differences = _count_differences(proof, answer.get("counts"))
        if proof.of_figure:
            differences += _differences(proof, answer)
        else:
            differences += _row_differences(proof, answer, protected=protected)
        return tuple(found("receipt-differs", text, expected) for text, expected in differences)

    def read_rows(self, sql: str, file: ReceiptFile, copy: Path) -> list[Json]:
        """The rows of a query over one file, of which `copy` is verified; none if it fails."""
        job: dict[str, Json] = {
            "dataset": file.schema,
            "sql": sql,
            "kind": "counts",
            "files": [[file.schema, file.table, str(copy)]],
        }
        answer = self._ask(job, seconds_to_read([copy]), "incomplete periods")
        return list(items_in(answer or {}, "rows"))

    def read_about(self, book: Path, kind: str) -> tuple[str, str]:
        """What a file of the format `kind` says about its table; why it cannot be read, or ""."""
        job: dict[str, Json] = {"about": str(book), "kind": kind}
        answer = self._ask(job, TABLE_SECONDS, "sheets About of workbooks")
        if answer is None:
            return "", ""
        return str(answer.get("about", "")), str(answer.get("refused", ""))

    def compare(
        self,
        other: Path,
        kind: str,
        parquet: Path,
        fields: Sequence[tuple[str, str, Sequence[str]]],
    ) -> tuple[str, str] | None:
        """How a file of the format `kind` differs from its Parquet file; None if not."""
        answer = self._ask(
            {
                "other": str(other),
                "kind": kind,
                "parquet": str(parquet),
                "fields": [[name, style, list(marks)] for name, style, marks in fields],
            },
            TABLE_SECONDS,
            "tables in a second format",
        )
        if answer is None:
            return None
        if "refused" in answer:
            reason = str(
                answer["refused"]
            )  # the engine names files, here copies in a temporary folder
            for path, name in ((other, "the file"), (parquet, "the Parquet file")):
                reason = reason.replace(f'"{path}"', name).replace(str(path), name)
            return f"it cannot be compared: {reason}", "the table that the Parquet file has"
        if answer.get("other") != answer.get("parquet"):
            return f"{answer.get('other')} rows", f"{answer.get('parquet')}, as in the Parquet file"
        if answer.get("differing") != 0:
            words = f"{answer.get('differing')} rows differ, the first is row {answer.get('first')}"
            return words, "the values of the Parquet file"
        return None

    def _ask(self, job: Mapping[str, Json], seconds: float, what: str) -> dict[str, Json] | None:
        """The answer to a job; None where it was not run to its end, as `skipped` says of `what`."""
        if self._failures >= MOST_FAILURES:
            late: Json = f"not run: {MOST_FAILURES} queries before it had to be ended"
        elif not (part := part_left(self._late)):
            late = NOT_RUN
        elif self._spent >= MOST_SECONDS:
            late = f"not run: those before it used {MOST_SECONDS:.0f} processor seconds"
        else:
            seconds = seconds * part + GRACE
            answer = self._wait({**job, "seconds": seconds, "late": self._late}, seconds)
            used = answer.pop("used", seconds)
            self._spent += used if isinstance(used, int | float) else seconds
            if "late" not in answer:
                return answer
            self._late += part
            late = answer["late"]
        self._skipped.append((what, str(late)))
        return None

    def _wait(self, job: Mapping[str, Json], seconds: float) -> dict[str, Json]:
        """The answer to a job; where there is none in time, the process is ended."""
        process = self._process or self._start()
        line, late = b"", ""
        try:
            assert process.stdin  # noqa: S101 - opened as a pipe
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds * WAITING)
        except queue.Empty:
            late = f"there was no answer in {seconds * WAITING:.0f} seconds"
        except OSError:
            pass
        try:
            answer = parse_json(line) if line else None
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            return answer
        self._failures += 1
        if not late and not line:
            with suppress(subprocess.TimeoutExpired):
                late = ENDED.get(process.wait(timeout=WAIT_FOR_END), "").format(seconds)
        self._end()
        return {"late": late} if late else {"refused": "it made the query engine end"}

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            name: os.environ[name] for name in ("SYSTEMROOT", "TMP", "TEMP") if name in os.environ
        }
        environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        environment["PYTHONIOENCODING"] = "utf-8"
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plainrecord.verify.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdout  # noqa: S101 - opened as a pipe
        arguments = (self._process.stdout, self._answers)
        threading.Thread(target=_listen, args=arguments, daemon=True).start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except OSError:
                    pass


def name_problem(file: ReceiptFile, listed: Collection[str]) -> str:
    """Why a query may not know `file` by the name in its receipt; empty when it may.

    A name is that of one published table. A dataset that was renamed has no table of its own under
    its old name, only a page that says so. `listed` are the files of the portal.
    """
    name, _, date = file.schema.partition("@")
    tail = f"releases/{date}/downloads/" if date else "downloads/"
    own = f"datasets/{name}/{tail}{file.table}.parquet"
    if file.path == own:
        return ""
    parts = file.path.split("/", 2)
    elsewhere = parts[0] == "datasets" and parts[2:] == [f"{tail}{file.table}.parquet"]
    if own not in listed and elsewhere and f"datasets/{name}/index.html" in listed:
        return ""
    return f"is read under the name {file.schema}.{file.table}, which means {own}"


def find_unread(
    listed: Collection[str], receipts_by_path: Mapping[str, ReceiptsDocument]
) -> Iterator[Finding]:
    """The published tables that no receipt of their own dataset or release reads."""
    for path in sorted(listed):
        match = _TABLE.fullmatch(path)
        if match is None:
            continue
        receipts = receipts_by_path.get(f"{match[1]}/{NAME}")
        read = {
            file.path for proof in (receipts.proofs if receipts else ()) for file in proof.files
        }
        if path not in read:
            found = "no receipt in its folder reads this table"
            yield Finding("table-unproven", found, f"a receipt in {match[1]}/{NAME}", file=path)


def _listen(stream: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Hand on each line; an empty one says that there will be no more."""
    try:
        while line := stream.readline(LONGEST_ANSWER):
            answers.put(line)
    except (OSError, ValueError):
        pass
    answers.put(b"")


def _count_differences(proof: Proof, counts: Json) -> list[tuple[str, str]]:
    return [
        (f"{file.path} has {count} row{'s' * (count != 1)}", f"{file.rows}, as the receipt says")
        for file, count in zip(proof.files, items_in(counts), strict=False)
        if count != file.rows
    ]


def _differences(proof: Proof, answer: dict[str, Json]) -> list[tuple[str, str]]:
    value, hidden = answer.get("value"), answer.get("hidden") is True
    if isinstance(value, list | dict):
        return [("the query returns no value", "a value")]
    made = []
    if not is_same(value, proof.value):
        shown = answer.get("shown") if hidden else raw_text(value)
        made.append((f"the receipt says {_said(proof.value)}", f"{shown}, which the query returns"))
    expected = str(answer.get("shown"))
    if not hidden and is_same(value, proof.value):
        expected = show_value(proof.value, proof.format)
    if proof.shown != expected:
        made.append((f"the receipt shows {proof.shown!r}", f"{expected!r}"))
    status = MissingKind.SUPPRESSED.value if hidden else SHOWN
    if proof.status and proof.status != status:
        made.append((f"the status is {proof.status!r}", f"{status!r}"))
    return made + _number_differences(proof, int(hidden), 1)


def _number_differences(
    proof: Proof, suppressed: Json, rows_returned: int
) -> list[tuple[str, str]]:
    numbers = (
        ("suppressed", proof.suppressed, suppressed),
        ("rows_returned", proof.rows_returned, rows_returned),
    )
    return [
        (f"{name} is {stated}", f"{right}") for name, stated, right in numbers if stated != right
    ]


def _row_differences(
    proof: Proof, answer: dict[str, Json], *, protected: bool
) -> list[tuple[str, str]]:
    rows = items_in(answer, "rows")
    returned = len(rows)
    made = []
    if proof.of_chart:
        counted = answer.get("counted") is True
        if proof.measure and (proof.measure == COUNT) != counted:
            expected = "a count of records" if counted else "no count of records"
            made.append((f"the measure is {proof.measure!r}", f"{expected}, as the query returns"))
        if proof.measure == RELEASED_COUNT and not protected:
            made.append((f"the measure is {proof.measure!r}", "counts of a protected table"))
        rows = _complete(proof, rows)
    hidden = answer.get("suppressed")
    if proof.counted:
        if [*proof.counted] != (names := items_in(answer, "names")):
            made.append((f"the columns are {[*proof.counted]}", f"{names}"))
        hidden = sum(row.count(SUPPRESSED) for row in proof.rows)
    made += _number_differences(proof, hidden, returned)
    if len(rows) != len(proof.rows):
        made.append((f"the receipt has {len(proof.rows)} rows", f"{len(rows)}"))
    for number, (stated, right) in enumerate(zip(proof.rows, rows, strict=False), 1):
        plain = _plain_cells(right)
        alike = is_same if proof.of_chart else partial(_may_show, proof.threshold > 0, protected)
        if len(plain) != len(stated) or not all(map(alike, stated, plain)):
            shown = ", ".join(map(_said, stated))
            made.append((f"row {number} says {shown}", ", ".join(map(_said, plain))))
    return made


def _complete(proof: Proof, rows: Sequence[Json]) -> list[Json]:
    """The rows of a chart's query with those added for which there are no records."""
    given = [tuple(_plain_cells(row)) for row in rows]
    completed = kind_of(proof.drawn).completed
    return [list(row) for row in complete_rows(completed, proof.columns, proof.measure, given)]


def _plain_cells(row: Json) -> list[Cell]:
    return [cell for cell in items_in(row) if not isinstance(cell, list | dict)]


def _list_differences(proof: Proof, answer: dict[str, Json]) -> list[tuple[str, str]]:
    if "unreadable" in answer:
        problem = f"{proof.id}: it cannot be compared: {answer['unreadable']}"
        return [(problem, "a list of the rows of the query")]
    made = []
    for name, first, text, expected in (
        ("more", "first_more", "lines are not rows of the query", "the rows of the query alone"),
        ("less", "first_less", "rows of the query are not lines", "all rows of the query"),
    ):
        count = answer.get(name)
        if count != 0:
            problem = f"{count} {text}, such as {answer.get(first)!r}"
            made.append((f"{proof.id}: {problem}", expected))
    if proof.rows_returned != answer.get("given"):
        problem = f"{proof.id}: the receipt has {count_noun(proof.rows_returned, 'row')}"
        made.append((problem, f"{answer.get('given')}, which the query returns"))
    return made


def is_same(first: Cell, second: Cell) -> bool:
    """Whether values are the same: floats within 1 in 1e9 (order of sums), others exactly."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, float) or isinstance(second, float):
        if not (isinstance(first, int | float) and isinstance(second, int | float)):
            return False
        try:
            return math.isclose(first, second, rel_tol=CLOSENESS)
        except OverflowError:  # a whole number that no floating number holds
            return False
    return first == second


def _may_show(guarded: bool, protected: bool, shown: Cell, counted: Cell) -> bool:
    """Whether `shown` may stand for `counted`; large counts may be hidden for small ones."""
    number = counted is None or isinstance(counted, int | float) or _NUMBER.fullmatch(counted)
    if shown == SUPPRESSED and counted is None and protected:
        return True
    if shown == SUPPRESSED and number:
        return guarded  # no count beside it is suppressed
    return is_same(shown, counted)


def _said(value: Cell) -> str:
    return "nothing" if value is None else raw_text(value)
