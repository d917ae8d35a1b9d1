# SPDX-License-Identifier: EUPL-1.2
"""Flood marks of the past beside the water of an event: levels where both are known.

A mark tells the level that one flood reached at one place. The level of the event is read on the
wet cells beside it. The gap says something against the computation only when the event is the
flood of the mark; else it says how this event compares with what the place has known.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.climate.simulate import Water

NEAR = 5.0
"""Distance from a mark within which the water of the event is read, 1.5 cells at least [m]."""
ACCURACY = 0.2
"""Half-width of the level of a mark that does not tell its own [m]."""
TOLD = 5
"""Past floods told at most, one finding each."""
_FILM = 0.01


@dataclass(frozen=True)
class Marks:
    """Flood marks on ground that an event covers; arrays of n.

    Parameters
    ----------
    ids, floods : (n,) object arrays
        Identifiers; name of the flood that left each, empty when unknown.
    level : (n,) array
        Level of the mark [m, datum of the terrain].
    reached : (n,) array
        Greatest level of the event beside it [m]; NaN where the ground stays dry.
    foot : (n,) array
        Lowest ground beside it [m].
    error : (n,) array
        Half-width of the difference of both levels [m].
    """

    ids: NDArray[np.object_]
    floods: NDArray[np.object_]
    level: NDArray[np.float64]
    reached: NDArray[np.float64]
    foot: NDArray[np.float64]
    error: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def gap(self) -> NDArray[np.float64]:
        """Level of the event minus level of the mark [m]; NaN where the event leaves it dry."""
        return self.reached - self.level


def beside(territory: Territory, water: Water, given: Parameters) -> Marks:
    """Return the flood marks that an event covers, with its level beside each.

    Parameters
    ----------
    territory : Territory
        Territory.
    water : Water
        What water did.
    given : Parameters
        Parameters of the worksite: error of a water level.
    """
    rows = territory.geo("high_water_mark", bounds=water.site.bounds)
    rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
    own = given["climate_level_error_m"].value
    found: list[tuple[Any, ...]] = []
    for row in rows.to_dict("records"):
        spot = _spot(water, row["geometry"].x, row["geometry"].y)
        if spot is None:
            continue
        foot, reached = spot
        level, depth = _number(row.get("level_m")), _number(row.get("depth_m"))
        level = level if math.isfinite(level) else foot + depth
        if not math.isfinite(level):
            continue
        accuracy = _number(row.get("accuracy_m"))
        error = math.hypot(accuracy if accuracy >= 0 else ACCURACY, own)
        flood = row.get("event")
        name = flood if isinstance(flood, str) else ""
        found.append((row["id"], name, level, reached, foot, error))
    columns = list(zip(*found, strict=True)) or [()] * 6
    texts = [np.array(column, dtype=object) for column in columns[:2]]
    return Marks(*texts, *(np.array(column, dtype=np.float64) for column in columns[2:]))


def _number(value: Any) -> float:
    """Return a number of a row, NaN when it is absent."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _spot(water: Water, x: float, y: float) -> tuple[float, float] | None:
    """Return the lowest ground and the level of the water around a point [m]."""
    cell, (west, _, _, north) = water.site.cell, water.site.bounds
    reach = max(NEAR, 1.5 * cell)
    rows, columns = water.depth.shape
    top, left = math.floor((north - y - reach) / cell), math.floor((x - west - reach) / cell)
    bottom, right = math.ceil((north - y + reach) / cell), math.ceil((x - west + reach) / cell)
    top, left, bottom, right = max(top, 0), max(left, 0), min(bottom, rows), min(right, columns)
    if top >= bottom or left >= right:
        return None
    south = north - cell * (np.arange(top, bottom) + 0.5) - y
    east = west + cell * (np.arange(left, right) + 0.5) - x
    depth = water.depth[top:bottom, left:right]
    near = (south[:, None] ** 2 + east**2 <= reach**2) & ~np.isnan(depth)
    if not near.any():
        return None
    ground = water.site.ground[top:bottom, left:right]
    wet = near & (depth >= _FILM)
    level = float(np.median((ground + depth)[wet])) if wet.any() else math.nan
    return float(ground[near].min()), level


def rows(marks: Marks) -> Iterator[dict[str, Any]]:
    """Yield the indicators of the marks: the gap at each, the median gap, how many are wet."""
    gap, error = marks.gap, marks.error
    wet = np.flatnonzero(~np.isnan(gap))
    for k in wet.tolist():
        yield _row("climate_mark_gap", "high_water_mark", str(marks.ids[k]),
                   gap[k], gap[k] - error[k], gap[k] + error[k])  # fmt: skip
    if not len(marks):
        return
    count = float(len(wet))
    yield _row("climate_marks_wet", "territory", "", count, count, count)
    if len(wet):
        low, high = (gap - error)[wet].min(), (gap + error)[wet].max()
        yield _row("climate_mark_gap", "territory", "", float(np.median(gap[wet])), low, high)


def _row(
    name: str, scope: str, entity: str, value: float, low: float, high: float
) -> dict[str, Any]:
    return {
        "indicator": name, "scope": scope, "entity": entity,
        "value": round(float(value), 3), "low": round(float(low), 3),
        "high": round(float(high), 3), "estimated_share": 0.0,
    }  # fmt: skip


def told(marks: Marks) -> Iterator[Finding]:
    """Yield what the marks of each past flood say of the event, those with most marks only."""
    counts = Counter(marks.floods.tolist())
    for flood in sorted(sorted(counts, key=lambda name: (-counts[name], name))[:TOLD]):
        mine = marks.floods == flood
        gap = marks.gap[mine]
        wet = gap[~np.isnan(gap)]
        count, name = int(mine.sum()), flood or "?"
        if not len(wet):
            yield finding("JUM-K061", "high_water_mark", count=count, flood=name)
            continue
        middle = float(np.median(wet))
        yield finding(
            "JUM-K060" if middle < 0 else "JUM-K062", "high_water_mark",
            count=count, wet=len(wet), flood=name, gap=round(abs(middle), 2),
            error=round(float(np.median(marks.error[mine])), 2),
        )  # fmt: skip
