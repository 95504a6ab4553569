"""Charts as SVG: their geometry, for the templates that draw them. No script, no style of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bar(NamedTuple):
    """One bar within its chart, in the chart's units; the origin is at the top left."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[float], width: float, height: float, gap: float = 2) -> list[Bar]:
    """A bar for each value, the largest as high as the chart. No value above 0: all of them flat."""
    if not values:
        return []
    top = max(values)
    step = width / len(values)
    return [
        Bar(
            round(place * step, 1),
            round(height - (rise := height * value / top if top > 0 else 0.0), 1),
            round(max(step - gap, 0.5), 1),
            round(rise, 1),
        )
        for place, value in enumerate(values)
    ]
