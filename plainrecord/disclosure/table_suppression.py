"""Suppression over linked tables: which counts to hide so that no small one can be worked out."""

from dataclasses import dataclass

import numpy as np

from plainrecord.disclosure.alternatives import LARGE_SYSTEM, Alternatives, find_alternatives
from plainrecord.disclosure.linked_cells import LinkedCells
from plainrecord.disclosure.protection_problem import ProtectionProblem

MOST_CELLS = 400_000
"""Cells of one linked set; those of more than one table should be 50,000 at most."""
MOST_EXTENSIONS = 60
"""How often further cells are hidden before the rest counts as unprotected."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """The indices of the cells to hide, and what hiding them costs.

    hidden: all of them; primary: the small ones.
    extra: the sum of the values hidden beyond the primary ones.
    bound: no choice that protects as much has a smaller `extra`.
    unprotected: small cells that nothing protects; the tables must not be published then.
    alternatives: what `find_alternatives` returns for the published counts.
    """

    hidden: frozenset[int]
    primary: frozenset[int]
    extra: int
    bound: int
    unprotected: frozenset[int]
    alternatives: Alternatives


def suppress_cells(cells: LinkedCells, threshold: int, level: int = 2) -> Suppression:
    """The cells to hide so that every small one (below `threshold`) is protected.

    Level 2: each hidden cell can be `threshold` or more for all that a reader knows. Level 1: each
    small cell can be 1 and `threshold` - 1, but for totals, which are protected as at level 2.
    Sets of few cells are solved to the optimum; others with a gap between `extra` and `bound`.
    Raises ValueError for more than `MOST_CELLS`.
    """
    if len(cells.values) > MOST_CELLS:
        raise ValueError(f"{len(cells.values):,} cells are linked; at most {MOST_CELLS:,} can be")
    problem = ProtectionProblem(cells, threshold, level)
    hidden, bound, lost = problem.choose()
    unprotected = set(lost) | set(np.nonzero(problem.small & ~problem.hideable)[0].tolist())
    small = np.nonzero(problem.primary)[0].tolist()
    labelled = set(np.nonzero(problem.limited & problem.primary)[0].tolist())
    targets: set[int] | None = None
    hasty = len(cells.values) >= LARGE_SYSTEM
    for _ in range(MOST_EXTENSIONS):
        published = [
            None if is_hidden else value
            for value, is_hidden in zip(cells.values, hidden, strict=True)
        ]
        alternatives = find_alternatives(
            published,
            cells.equations,
            threshold,
            level,
            small=labelled,
            totals=cells.totals,
            among=targets,
            free=cells.open,
            common=cells.common,
            hasty=hasty,
        )
        failed = alternatives.unprotected - unprotected
        if not failed and targets is None:
            break
        if not failed:
            targets, hasty = None, False
            continue
        more = problem.extend(hidden, failed)
        if not more.any():
            unprotected |= failed
            continue
        hidden = hidden | more
        targets = set(failed) | set(np.nonzero(more)[0].tolist())
    else:
        unprotected |= failed
    return Suppression(
        hidden=frozenset(np.nonzero(hidden)[0].tolist()),
        primary=frozenset(small),
        extra=int(problem.values[hidden & ~problem.primary & ~problem.open].sum()),
        bound=bound,
        unprotected=frozenset(int(cell) for cell in unprotected),
        alternatives=alternatives,
    )
