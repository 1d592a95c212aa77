"""Values that stand in one of two tables alone, and how often the whole other table is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from plainrecord.diff.compare import compare_tables
from plainrecord.model.changes import ComparedSide, Comparison, whole_side

Row = tuple[str, ...]


def load(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> str:
    connection.execute(f"CREATE TABLE {name} (id VARCHAR, type VARCHAR)")
    connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows)
    return name


def compare(old: Sequence[Row], new: Sequence[Row], *, normalise: bool = False) -> Comparison:
    with duckdb.connect() as connection:
        before, after = load(connection, "t_old", old), load(connection, "t_new", new)
        return compare_tables(connection, before, after, key=["id"], normalise=normalise)


def test_new_and_gone_categories() -> None:
    old = [(str(n), "County " if n % 2 else "Municipality") for n in range(30)]
    new = [(str(n), "County" if n % 2 else "State Agency") for n in range(30)]
    plain = compare(old, new).categories
    assert [(c.field, c.new, c.gone) for c in plain] == [
        ("type", (("County", 15), ("State Agency", 15)), (("County ", 15), ("Municipality", 15)))
    ]
    folded = compare(old, new, normalise=True).categories
    assert [(c.new, c.gone) for c in folded] == [((("State Agency", 15),), (("Municipality", 15),))]


def test_a_value_that_moved_to_another_row_is_not_new() -> None:
    old = [(str(n), "County" if n else "State") for n in range(30)]
    new = [(str(n), "State" if n == 29 else "County") for n in range(30)]
    assert compare(old, new).categories == ()
    stays = [*((str(n), "County") for n in range(30)), ("30", "State")]
    more = [("0", "State"), *stays[1:]]
    assert compare(stays, more).categories == ()  # row 30, which has it too, does not differ


def test_numbers_and_fields_of_many_values_are_no_categories() -> None:
    old = [(str(n), str(n % 2)) for n in range(30)]
    assert compare(old, [(key, f"{value}1") for key, value in old]).categories == ()
    many = [(str(n), f"Sheriff {n}") for n in range(30)]
    assert compare(many, [(key, f"New {value}") for key, value in many]).categories == ()


def test_a_whole_table_is_read_only_where_its_file_may_hold_the_value() -> None:
    read: list[str] = []
    with duckdb.connect() as connection:
        rows = [(str(n), "County") for n in range(30)]
        before = whole_side(load(connection, "t_old", rows))
        after = whole_side(load(connection, "t_new", [("0", "Tribe"), *rows[1:]]))

        def side(plain: ComparedSide, held: str) -> ComparedSide:
            def column(label: str) -> str:
                read.append(label)
                return plain.rest

            return replace(plain, column=column, may_hold=lambda text: text in held)

        known = compare_tables(connection, side(before, "County"), after, key=["id"]).categories
        assert [(c.new, c.gone) for c in known] == [((("Tribe", 1),), ())]
        assert not read
        doubted = compare_tables(connection, side(before, "a Tribe"), after, key=["id"]).categories
        assert doubted == known
        assert read == ["type"]
