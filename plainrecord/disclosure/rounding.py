"""Rounding of linked tables to multiples of a base: every total is still the sum of its parts.

Controlled rounding (L. H. Cox, "A Constructive Procedure for Unbiased Controlled Rounding", Journal
of the American Statistical Association 82 (1987)), over all tables together as an integer program.
"""

from collections.abc import Mapping

import numpy as np

from plainrecord.disclosure.linear_program import LinearProgram, Rows
from plainrecord.disclosure.linked_cells import LinkedCells

MOST_NODES = 1_000
"""Nodes of the search for the nearest tables."""
BEFORE = 20
"""How many counts may lie further from theirs for one to stay as an earlier release shows it."""
MOST_FURTHER = 3
"""Multiples beyond the two next to a count that are tried where those two do not add up."""


def round_cells(cells: LinkedCells, base: int, before: Mapping[int, int]) -> tuple[int, ...] | None:
    """Multiples of `base` near each count (adjacent if possible) for which sums hold, or None.

    Those that an earlier release shows (`before`) come first: a count that is 5 in one release and 10
    in the next one, and did not change, is 6 to 9.
    """
    values = np.array(cells.values, float)
    count = len(values)
    lower = np.floor(values / base)
    rest = values - base * lower
    rows = Rows.of(
        ((*parts, total), (*[1.0] * len(parts), -1.0)) for total, parts in cells.equations
    )
    # Columns: one multiple up, further ones up, and ones down from the multiple below the count.
    numbers = rows.numbers()
    columns = np.concatenate([rows.columns + count, rows.columns + 2 * count])
    both = np.concatenate([rows.factors, -rows.factors])
    program_rows = rows.beside(columns, both, np.concatenate([numbers, numbers]))
    missing = -rows.sums(lower)
    nearer = base - 2 * rest
    for cell, multiple in before.items():
        if abs(multiple - values[cell]) < base:
            nearer[cell] += BEFORE * base * (1 if multiple <= values[cell] else -1)
    costs = np.concatenate([nearer, np.full(2 * count, 2.0 * base)])
    for further in range(MOST_FURTHER + 1):
        high = [rest > 0, np.full(count, further), np.minimum(lower, further)]
        program = LinearProgram(
            program_rows,
            (missing, missing),
            (np.zeros(3 * count), np.concatenate(high).astype(float)),
            costs,
            whole=True,
            options={"mip_max_nodes": MOST_NODES, "mip_rel_gap": 0.01},
        )
        solution = program.solve()
        if solution is None:
            continue
        up, more, down = np.round(solution).reshape(3, count)
        multiples = lower + up + more - down
        if not rows.sums(multiples).any():
            return tuple((base * multiples).astype(np.int64).tolist())
    return None
