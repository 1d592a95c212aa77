"""Legal bases: what law the records name, how often, and what does not fit.

Each different text in a declared field is parsed once; the counts come from the released files.
"""

from collections.abc import Iterator

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.law.provisions import BASES
from plainrecord.law.statutes import judge_provisions, parse_citation
from plainrecord.model.counts import as_cells
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.withheld import Basis, BasisTable
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.receipt import prove_counts

MOST_BASES = 150
SHOWN_IN_FINDING = 3


def measure_bases(
    connection: duckdb.DuckDBPyConnection,
    published: PublishedTable,
    name: str,
    of: str,
) -> BasisTable | None:
    """The legal bases in the field `name`, the commonest first; None where it is not released.

    A protected table of counts is one by this field alone, without suppressed counts; of others
    None comes back.

    `of` says what they are the basis of (`law.provisions.BASES`). A basis in fewer rows than the
    table's threshold is not listed; it is counted in `more`.
    """
    table = published.table
    field = next((field for field in table.fields if field.name == name), None)
    if field is None:
        return None
    connection.execute(f"USE memory.{identifier(table.dataset)}")
    quoted = identifier(name)
    number = "count(*)"
    if table.holds_counts:
        number = "sum(count)::BIGINT"
        if [item.name for item in table.fields] != [name, "count"] or connection.execute(
            f"SELECT 1 FROM {identifier(table.resource)} WHERE count IS NULL LIMIT 1"
        ).fetchone():
            return None
    sql = (
        f"SELECT {quoted}::VARCHAR AS basis, {number} AS rows FROM {identifier(table.resource)} "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    raw = [(text, int(count)) for text, count in connection.execute(sql).fetchall()]
    absent = sum(count for text, count in raw if text is None)
    counted = [(str(text), count) for text, count in raw if text is not None]
    threshold = table.threshold
    listed = [item for item in counted[:MOST_BASES] if item[1] >= threshold]
    hidden_absent = 0 < absent < threshold
    pool = sum(count for _, count in counted) - sum(count for _, count in listed)
    pool += absent if hidden_absent else 0
    while 0 < pool < threshold and listed:  # a suppressed count must not follow from the others
        pool += listed.pop()[1]
    hides = 0 < pool < threshold or hidden_absent
    # What is listed by itself is known by now; the receipt's query gives what the page shows.
    sql = (
        f"WITH counted AS ({sql}), ranked AS (SELECT basis, rows, row_number() "
        "OVER (ORDER BY rows DESC, basis) AS place FROM counted WHERE basis IS NOT NULL) "
        "SELECT line, rows FROM ("
        f"SELECT -1 AS place, 'all rows' AS line, {number} AS rows FROM {identifier(table.resource)} "
        "UNION ALL SELECT 0, 'no legal basis', coalesce(sum(rows), 0)::BIGINT FROM counted "
        "WHERE basis IS NULL "
        f"UNION ALL SELECT place, basis, rows FROM ranked WHERE place <= {len(listed)} "
        f"UNION ALL SELECT {len(listed) + 1}, 'all others', coalesce(sum(rows), 0)::BIGINT "
        f"FROM ranked WHERE place > {len(listed)}) ORDER BY place"
    )
    lines = [
        ("all rows", sum(count for _, count in raw)),
        ("no legal basis", None if hidden_absent else absent),
        *listed,
        ("all others", None if hides else pool),
    ]
    return BasisTable(
        resource=table.resource,
        field=field,
        of=of,
        unit=table.unit,
        rows=sum(count for _, count in raw),
        absent=None if hidden_absent else absent,
        bases=tuple(Basis(text, count, parse_citation(text)) for text, count in listed),
        more=None if hides else pool,
        threshold=threshold,
        counted=prove_counts(
            f"{table.dataset}.law.{table.resource}.{name}",
            f"Legal bases in {field.label}",
            table.unit,
            ("line", "rows"),
            tuple(as_cells(line) for line in lines),
            sql,
            [published],
            threshold,
        ),
    )


def judge_bases(table: BasisTable, file: str, dataset: str) -> tuple[Finding, ...]:
    """Warnings for listed sections that cannot exist, are unknown, do not fit, or were not read."""
    groups: dict[str, list[tuple[Basis, str]]] = {}
    for basis in table.bases:
        for rule, why in _judge(basis, table.of):
            groups.setdefault(rule, []).append((basis, why))
    return tuple(
        Finding(
            rule,
            "; ".join(why for _, why in bases[:SHOWN_IN_FINDING])
            + (
                f"; and {len(bases) - SHOWN_IN_FINDING} more"
                if len(bases) > SHOWN_IN_FINDING
                else ""
            ),
            _EXPECTED[rule].format(of=BASES[table.of]),
            file=file,
            dataset=dataset,
            resource=table.resource,
            field=table.field.name,
            count=sum(basis.count or 0 for basis, _ in bases),
        )
        for rule, bases in groups.items()
    )


_EXPECTED = {
    "statute-unread": "a citation, such as 8 U.S.C. § 1357(a)(2) or INA 287(a)",
    "statute-impossible": "a section that exists",
    "statute-unlisted": "a section in the table of known sections",
    "statute-unfit": "a legal basis that fits {of}",
}


def _judge(basis: Basis, of: str) -> Iterator[tuple[str, str]]:
    if basis.citation is None:
        yield "statute-unread", repr(basis.written[:60])
        return
    for rule, provision in judge_provisions(basis.citation.provisions, of):
        known = provision.known
        why = f": {known.about or known.title}" if known else ""
        yield rule, provision.text + why
