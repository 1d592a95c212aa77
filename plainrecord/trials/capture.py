"""Two overlapping lists of the same things: bounds, and a range for how many there are in all."""

from __future__ import annotations

Z = 1.959964
FEWEST = 7
"""With fewer matches Chapman's estimate is biased (Robson and Regier 1964, Trans. Am. Fish. Soc. 93)."""


def refuse_estimate(here: int, there: int, both: int, fewest: int = FEWEST) -> str:
    """Why no range for all things is given; "" where one may be."""
    fewest = max(fewest, FEWEST)
    if both < fewest:
        return f"Too few are on both lists: with fewer than {fewest:,}, an estimate would be little more than a guess."  # fmt: skip
    if both in (here, there):
        return "One list lies wholly inside the other, so the overlap says nothing of what both have missed."  # fmt: skip
    return ""


def estimate_sql(here: str, there: str, both: str, source: str) -> str:
    """A query for the range for all things, listed or not: `low` and `high`, over one row of `source`.

    Chapman's estimator (1951, Univ. Calif. Publ. Stat. 1, 131-160) with its variance (Seber 1982,
    The Estimation of Animal Abundance, 60), and a log-normal interval for the number on neither
    list (Burnham, in Chao 1987, Biometrics 43, 783-791), so that it never falls below what is listed. It
    assumes that being on one list tells nothing of being on the other, that nothing enters or
    leaves, and that all matches are found and right.
    """
    return (
        f"SELECT floor(listed + unseen / spread)::BIGINT AS low, ceil(listed + unseen * spread)::BIGINT "
        f"AS high FROM (SELECT *, exp({Z} * sqrt(ln(1 + variance / (unseen * unseen)))) AS spread "
        "FROM (SELECT *, greatest((a + 1) * (b + 1) / (c + 1) - 1 - listed, 0.5) AS unseen, "
        "(a + 1) * (b + 1) * (a - c) * (b - c) / ((c + 1) * (c + 1) * (c + 2)) AS variance "
        f"FROM (SELECT {here}::DOUBLE AS a, {there}::DOUBLE AS b, {both}::DOUBLE AS c, a + b - c AS "
        f"listed FROM {source})))"
    )
