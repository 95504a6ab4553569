"""Who goes with whom, so that all are best off together (Kuhn and Munkres; Hungarian method, 1955, 1957)."""

from __future__ import annotations

from collections.abc import Sequence


def paired(points: Sequence[Sequence[int]]) -> list[int | None]:
    """For each row the column it goes with, None for a row without one; pairs of 0 points are none.

    Nobody has two, and the points of all pairs together are the most there can be. Time: rows² × columns,
    of those that could go with anybody.
    """
    rows = [number for number, row in enumerate(points) if any(each > 0 for each in row)]
    columns = sorted({number for row in rows for number, each in enumerate(points[row]) if each > 0})
    size = len(columns) + len(rows)  # a column of its own for each row that goes without
    costs = [[-_at(points[row], column) for column in columns] + [0] * len(rows) for row in rows]
    found: list[int | None] = [None] * len(points)
    for column, row in zip(columns, _least(costs, size), strict=False):
        if row is not None and _at(points[rows[row]], column) > 0:
            found[rows[row]] = column
    return found


def _at(row: Sequence[int], column: int) -> int:
    return max(row[column], 0) if column < len(row) else 0


def _least(costs: list[list[int]], size: int) -> list[int | None]:
    """The row each column goes with, at the least cost of all together; potentials keep costs above 0."""
    by_row, by_column = [0] * len(costs), [0] * size
    of: list[int | None] = [None] * size
    for start in range(len(costs)):
        slack, before, done = [float("inf")] * size, [-1] * size, [False] * size
        row, column = start, -1
        while True:
            for other in range(size):
                spare = costs[row][other] - by_row[row] - by_column[other]
                if not done[other] and spare < slack[other]:
                    slack[other], before[other] = spare, column
            nearest = min((each for each in range(size) if not done[each]), key=slack.__getitem__)
            step = int(slack[nearest])
            by_row[start] += step
            for other in range(size):
                if done[other]:
                    by_row[of[other] or 0] += step
                    by_column[other] -= step
                else:
                    slack[other] -= step
            done[nearest], column = True, nearest
            if (holder := of[nearest]) is None:
                break
            row = holder
        while column != -1:
            earlier = before[column]
            of[column] = start if earlier == -1 else of[earlier]
            column = earlier
    return of
