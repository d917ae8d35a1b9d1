# SPDX-License-Identifier: EUPL-1.2
"""Straight stretches of street lines, and where lamps stand along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TURN = 20.0
"""Directions within a stretch differ by less: the change of a bend of 300 m over 100 m [°]."""
_BEYOND = 3.0
"""A lamp farther beyond the end of a stretch belongs to a junction or to another street [m]."""


class Stretch(NamedTuple):
    """A nearly straight part of a street, and the lamps along it in its own axes."""

    length: float
    """Length along the line [m]."""
    lamps: NDArray[np.int64]
    """Lamps along it, in the order of the stations."""
    along: NDArray[np.float64]
    """Station of each lamp [m]."""
    across: NDArray[np.float64]
    """Distance of each lamp from the line, positive on its left [m]."""
    turn: float
    """Range of directions of the whole line where lamps stand [°]."""


def vertices(line: Any) -> NDArray[np.float64]:
    """Return the vertices of a line; the longest part of several that do not join."""
    import shapely

    if line.geom_type == "MultiLineString":
        line = shapely.line_merge(line)
    if line.geom_type == "MultiLineString":
        line = max(line.geoms, key=lambda part: part.length)
    points = shapely.get_coordinates(line)
    kept = np.append(True, np.hypot(*np.diff(points, axis=0).T) > 1e-6)
    return np.asarray(points[kept])


def straight(
    points: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Stretch:
    """Return the straight stretch of a line that bears most lamps.

    Parameters
    ----------
    points : (k, 2) array
        Vertices of the line, k ≥ 2 [m].
    x, y : (n,) arrays
        Positions of lamps attached to it [m].

    Returns
    -------
    Stretch
        The longest among those that bear most lamps.
    """
    step = np.diff(points, axis=0)
    size = np.hypot(step[:, 0], step[:, 1])
    station = np.concatenate(([0.0], np.cumsum(size)))
    angle = np.degrees(np.unwrap(np.arctan2(step[:, 1], step[:, 0])))
    along, across, beyond = _project(points[:-1], step, size, station, x, y)
    near = beyond <= _BEYOND
    pieces = _pieces(angle, size)
    best = (-1.0, -1.0)
    chosen = (0, len(size))
    for first, last in pieces:
        held = float(
            np.count_nonzero(
                near & (along >= station[first] - _BEYOND) & (along <= station[last] + _BEYOND)
            )
        )
        length = float(station[last] - station[first])
        if (held, length) > best:
            best, chosen = (held, length), (first, last)
    first, last = chosen
    inside = near & (along >= station[first] - _BEYOND) & (along <= station[last] + _BEYOND)
    lamps = np.flatnonzero(inside)
    lamps = lamps[np.argsort(along[lamps], kind="stable")]
    if along.size:
        reached = (station[1:] >= along.min()) & (station[:-1] <= along.max())
    else:
        reached = np.ones(size.size, bool)
    turn = float(np.ptp(angle[reached])) if reached.any() else 0.0
    return Stretch(float(station[last] - station[first]), lamps, along[lamps], across[lamps], turn)


def _project(
    start: NDArray[np.float64], step: NDArray[np.float64], size: NDArray[np.float64],
    station: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Return station, distance to the left and distance beyond the ends of points on a line."""
    dx, dy = x[:, None] - start[:, 0], y[:, None] - start[:, 1]
    ux, uy = step[:, 0] / size, step[:, 1] / size
    run, left = dx * ux + dy * uy, dy * ux - dx * uy
    held = np.clip(run, 0.0, size)
    gap = np.hypot(left, run - held)
    at = gap.argmin(axis=1) if size.size and x.size else np.zeros(x.size, np.int64)
    pick = np.arange(x.size), at
    over = run[pick] - held[pick]
    inner = ((at == 0) & (over < 0)) | ((at == size.size - 1) & (over > 0))
    at_end = np.where(inner, run[pick], held[pick])
    return station[at] + at_end, left[pick], np.where(inner, np.abs(over), 0.0)


def _pieces(angle: NDArray[np.float64], size: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the longest runs of segments whose directions keep within the limit."""
    count = angle.size
    pieces: list[tuple[int, int]] = []
    last = 0
    for first in range(count):
        last = max(last, first + 1)
        low, high = angle[first:last].min(), angle[first:last].max()
        while last < count:
            wider = max(high, angle[last]) - min(low, angle[last])
            if wider > TURN and size[last] > 1.0:  # a short jag is the drawing's, not the street's
                break
            low, high = min(low, angle[last]), max(high, angle[last])
            last += 1
        if not pieces or last > pieces[-1][1]:
            pieces.append((first, last))
        if last == count:
            break
    return pieces
