# SPDX-License-Identifier: EUPL-1.2
"""Exact rays over a raster of columns: each cell that a ray crosses, where it enters and leaves.

Written for judging, not for speed: one ray at a time, double precision, no table and no sweep.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[Any]

HEAD, FOOT = 1.0, 0.5
"""Length of the ray at the lamp and at the point where nothing hides [m]."""


class Crossing(NamedTuple):
    """A cell under a ray: row and column, and the shares of the ray where it enters and leaves."""

    row: int
    column: int
    enter: float
    leave: float


def crossings(start: Floats, end: Floats, shape: tuple[int, int]) -> Iterator[Crossing]:
    """Yield the cells that a segment crosses, from its start to its end.

    Parameters
    ----------
    start, end : (2,) arrays
        Row and column [cells, 0 at the centre of the first one].
    shape : (int, int)
        Rows and columns of the raster; what lies outside is not yielded.
    """
    import numpy as np

    run = np.asarray(end) - np.asarray(start)
    cuts = [0.0, 1.0]
    for axis in (0, 1):
        if run[axis] == 0.0:
            continue
        low, high = sorted((start[axis], end[axis]))
        edges = np.arange(math.floor(low + 0.5), math.ceil(high + 0.5) + 1) - 0.5
        shares = (edges - start[axis]) / run[axis]
        cuts.extend(shares[(shares > 0.0) & (shares < 1.0)].tolist())
    cuts = sorted(set(cuts))
    for enter, leave in pairwise(cuts):
        if leave - enter < 1e-12:
            continue
        middle = start + 0.5 * (enter + leave) * run
        row, column = (math.floor(value + 0.5) for value in middle)
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            yield Crossing(row, column, enter, leave)


def clearance(
    head: Floats, point: Floats, surface: Floats, origin: tuple[float, float], cell: float
) -> float:
    """Return by how much a ray passes above the columns of a raster, negative when hidden [m].

    Parameters
    ----------
    head, point : (3,) arrays
        East, north, altitude [m].
    surface : (ny, nx) array
        Altitude of the tops of columns, row 0 north [m]; NaN where nothing stands.
    origin : (float, float)
        East and north of the north-west corner [m].
    cell : float
        Side of a cell [m].

    Notes
    -----
    Within :data:`HEAD` of the lamp and :data:`FOOT` of the point, along the ray, nothing hides; nor
    does the cell of the lamp, where its mast stands.
    """
    import numpy as np

    length = float(np.linalg.norm(point - head))
    first, last = HEAD / length, 1.0 - FOOT / length
    places = [
        np.array([(origin[1] - p[1]) / cell - 0.5, (p[0] - origin[0]) / cell - 0.5])
        for p in (head, point)
    ]
    own = tuple(math.floor(value + 0.5) for value in places[0])
    least = math.inf
    for row, column, *shares in crossings(places[0], places[1], surface.shape):
        top = float(surface[row, column])
        enter, leave = max(shares[0], first), min(shares[1], last)
        if enter >= leave or math.isnan(top) or (row, column) == own:
            continue
        low = min(head[2] + share * (point[2] - head[2]) for share in (enter, leave))
        least = min(least, low - top)
    return least
