"""Linear and integer programs for HiGHS: one thread and counted steps, so one answer everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from highspy import HighsLp, HighsModelStatus, HighsVarType, MatrixFormat, ObjSense, kHighsInf

# The public class prints its version to standard output as it is made; this one can be silenced.
from highspy.highs import _Highs  # type: ignore[attr-defined]

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.signedinteger[Any]]
Marks = npt.NDArray[np.bool_]

INFINITE = kHighsInf
INTERIOR: dict[str, str | int | float] = {"solver": "ipm", "run_crossover": "off"}
"""Options to search the interior of the solutions, not their corners."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a matrix: entries `starts[r]` to `starts[r + 1]` are columns and factors of `r`."""

    starts: Indices
    columns: Indices
    factors: Numbers

    @classmethod
    def of(cls, rows: Iterable[tuple[Iterable[int], Iterable[float]]]) -> Rows:
        """The matrix of rows that are given as columns and their factors."""
        starts, columns, factors = [0], list[int](), list[float]()
        for of_row, by in rows:
            columns.extend(of_row)
            factors.extend(by)
            starts.append(len(columns))
        return cls(
            np.array(starts, np.int32), np.array(columns, np.int32), np.array(factors, float)
        )

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    def numbers(self) -> Indices:
        """The row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def beside(self, columns: Indices, factors: Numbers, rows: Indices) -> Rows:
        """This matrix with further entries: `columns` and `factors` at `rows`."""
        every = np.concatenate([self.numbers(), rows])
        order = np.argsort(every, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(every, minlength=len(self)))])
        return Rows(
            starts.astype(np.int32),
            np.concatenate([self.columns, columns])[order].astype(np.int32),
            np.concatenate([self.factors, factors])[order],
        )

    def sums(self, values: Numbers) -> Numbers:
        """For each row, the sum of its factors times `values`."""
        weights = self.factors * values[self.columns]
        return np.bincount(self.numbers(), weights=weights, minlength=len(self)).astype(float)


class LinearProgram:
    """Columns between bounds, and rows of which each is between two numbers."""

    def __init__(
        self,
        rows: Rows,
        between: tuple[Numbers, Numbers],
        bounds: tuple[Numbers, Numbers],
        costs: Numbers,
        *,
        maximise: bool = False,
        whole: bool = False,
        options: dict[str, str | int | float] | None = None,
    ) -> None:
        """`between` is of the rows, `bounds` of the columns; `whole`: columns are integers."""
        model = HighsLp()
        model.num_col_ = len(costs)
        model.num_row_ = len(rows)
        model.col_cost_ = costs
        model.col_lower_, model.col_upper_ = bounds
        model.row_lower_, model.row_upper_ = between
        model.a_matrix_.format_ = MatrixFormat.kRowwise
        model.a_matrix_.start_ = rows.starts
        model.a_matrix_.index_ = rows.columns
        model.a_matrix_.value_ = rows.factors
        model.sense_ = ObjSense.kMaximize if maximise else ObjSense.kMinimize
        if whole:
            model.integrality_ = [HighsVarType.kInteger] * len(costs)
        self._solver = _Highs()
        for name, value in {"output_flag": False, "threads": 1, **(options or {})}.items():
            self._solver.setOptionValue(name, value)
        self._solver.passModel(model)
        self._columns = np.arange(len(costs), dtype=np.int32)

    def solve(self) -> Numbers | None:
        """The columns of the best solution that is found; None where none is found."""
        self._solver.run()
        status = self._solver.getModelStatus()
        if status not in (HighsModelStatus.kOptimal, HighsModelStatus.kSolutionLimit):
            return None
        solution = np.array(self._solver.getSolution().col_value)
        return solution if len(solution) == len(self._columns) else None

    @property
    def objective(self) -> float:
        """The costs of the last solution."""
        return float(self._solver.getInfo().objective_function_value)

    @property
    def proven(self) -> float:
        """The bound of the costs of every integer solution, proven by the last call of `solve`."""
        return float(self._solver.getInfo().mip_dual_bound)

    @property
    def prices(self) -> Numbers:
        """The dual value of each row in the last solution."""
        return np.array(self._solver.getSolution().row_dual)

    def set_costs(self, costs: Numbers) -> None:
        """Give every column a new cost."""
        self._solver.changeColsCost(len(costs), self._columns, costs)

    def set_bounds(self, low: Numbers, high: Numbers) -> None:
        """Give every column new bounds."""
        self._solver.changeColsBounds(len(low), self._columns, low, high)

    def set_whole(self) -> None:
        """Let every column be an integer from here on."""
        kinds = np.full(len(self._columns), int(HighsVarType.kInteger), np.uint8)
        self._solver.changeColsIntegrality(len(kinds), self._columns, kinds)

    def add_row(self, low: float, high: float, columns: Indices, factors: Numbers) -> None:
        """Add a row."""
        self._solver.addRow(low, high, len(columns), columns.astype(np.int32), factors)
