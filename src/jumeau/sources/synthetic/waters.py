# SPDX-License-Identifier: EUPL-1.2
"""The stream of the demonstrator commune, its meanders, and the dry valley that joins it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.sources.synthetic.frame import Frame

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

VALLEY = (
    (-1900, -380), (-1500, -420), (-1100, -350), (-800, -300), (-520, -330), (-300, -290),
    (-120, -320), (20, -312), (180, -335), (400, -300), (650, -340), (900, -290), (1200, -330),
    (1500, -300), (1900, -330),
)  # fmt: skip
"""Axis of the main valley in the plan, downstream [m from the church]."""
TRIBUTARY = ((-430, 1250), (-520, 1000), (-640, 760), (-770, 530), (-800, 300), (-745, 110),
             (-735, -90))  # fmt: skip
"""Axis of the dry valley, downstream; it ends in the stream [m from the church]."""
PLAIN_WEST, FALL = 69.0, 0.0042
"""Altitude of the flood plain upstream [m], and slope of the valley [m/m]."""
BANK, WIDTH = 1.35, 3.6
"""Height of the banks above the bed and width of the stream [m]."""
NAMES = ("L'Aubette", "La Drouenne", "Le Doubier", "La Vaudelle", "L'Orvaise", "La Biette")


@dataclass(frozen=True)
class Course:
    """A watercourse, downstream.

    Parameters
    ----------
    name : str
        Name.
    line : shapely.LineString
        Centre line [m].
    points : (n, 2) array
        The same, a point a metre [m].
    bed : (n,) array
        Altitude of the bed at each point, falling [m].
    width : float
        Width of the bed [m].
    permanent : bool
        Whether it always runs.
    """

    name: str
    line: shapely.LineString
    points: NDArray[np.float64]
    bed: NDArray[np.float64]
    width: float
    permanent: bool


def smooth(nodes: NDArray[np.float64], step: float = 8.0) -> NDArray[np.float64]:
    """Return a Catmull-Rom curve through nodes, a point each step or so [m]."""
    first, last = 2 * nodes[0] - nodes[1], 2 * nodes[-1] - nodes[-2]
    p = np.vstack([first, nodes, last])
    parts = [nodes[:1]]
    for k in range(1, len(p) - 2):
        before, start, end, after = p[k - 1 : k + 3]
        count = max(2, round(float(np.hypot(*(end - start))) / step))
        t = np.linspace(0, 1, count + 1)[1:, None]
        bend = 0.5 * (
            2 * start
            + (end - before) * t
            + (2 * before - 5 * start + 4 * end - after) * t**2
            + (3 * start - before - 3 * end + after) * t**3
        )
        bend[-1] = end
        parts.append(bend)
    return np.vstack(parts)


def every_metre(points: NDArray[np.float64], step: float = 1.0) -> NDArray[np.float64]:
    """Return points at equal distances along a curve."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / step) + 1))
    return np.column_stack([np.interp(at, along, points[:, k]) for k in (0, 1)])


def axis(frame: Frame) -> NDArray[np.float64]:
    """Return the axis of the main valley, downstream, a point each 5 m [m]."""
    return every_metre(frame.world(smooth(np.array(VALLEY, float), 30)), 5.0)


def plain(valley: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the altitude of the flood plain along the axis [m]."""
    level: NDArray[np.float64] = np.asarray(PLAIN_WEST - FALL * 5.0 * np.arange(len(valley)))
    return level


def stream(frame: Frame, seed: int) -> Course:
    """Return the stream: it wanders in its flood plain and always falls.

    Wavelengths and amplitudes are those of a stream 3 to 4 m wide (ten to fourteen widths and
    two to three, Leopold and Wolman 1960).
    """
    import shapely

    rng = np.random.default_rng([seed, 2])
    valley = axis(frame)
    s = 5.0 * np.arange(len(valley))
    heading = np.gradient(valley, axis=0)
    normal = np.column_stack([-heading[:, 1], heading[:, 0]])
    normal /= np.hypot(*normal.T)[:, None]
    drift = np.cumsum(rng.normal(0, 0.11, len(s)))
    strength = 0.65 + 0.35 * np.sin(2 * np.pi * s / rng.uniform(380, 520) + rng.uniform(0, 6))
    offset = 10.5 * strength * np.sin(2 * np.pi * s / rng.uniform(54, 64) + drift)
    offset += 8.0 * np.sin(2 * np.pi * s / rng.uniform(230, 300) + rng.uniform(0, 6))
    points = every_metre(smooth(valley + offset[:, None] * normal, 2.0))
    west, south, east, north = frame.bounds
    inside = (points > (west - 20, south - 20)).all(axis=1)
    inside &= (points < (east + 20, north + 20)).all(axis=1)
    points = points[inside]
    nearest = _nearest(valley, points)
    bed = np.interp(nearest, np.arange(len(valley)), plain(valley)) - BANK
    fall = 0.0008 * np.arange(len(bed))
    bed = np.minimum.accumulate(bed + fall) - fall
    line = shapely.LineString(np.round(points[:: _stride(points)], 2))
    return Course(str(rng.choice(NAMES)), line, points, bed, WIDTH, True)


def tributary(frame: Frame, main: Course, relief: Any) -> Course:
    """Return the dry valley's ditch, cut below the slopes it crosses.

    Parameters
    ----------
    frame : Frame
        Where the plan lies.
    main : Course
        Stream that it joins.
    relief : callable
        (n, 2) points → altitudes of the slopes without it [m].
    """
    import shapely

    nodes = frame.world(np.array(TRIBUTARY, float))
    end = main.points[int(np.hypot(*(main.points - _foot(frame)).T).argmin())]
    points = every_metre(smooth(np.vstack([nodes, end]), 4.0))
    along = np.linspace(0, 1, len(points))
    depth = 0.8 + 6.5 * np.clip(along / 0.5, 0, 1)
    join = int(np.hypot(*(main.points - end).T).argmin())
    bed = np.minimum(relief(points) - depth, relief(points).max())
    smoothing = np.ones(61) / 61
    bed = np.convolve(np.pad(bed, 30, mode="edge"), smoothing, mode="valid")
    bed = np.maximum(bed, main.bed[join] + 0.006 * np.arange(len(bed))[::-1] + 0.05)
    fall = 0.003 * np.arange(len(bed))
    bed = np.minimum.accumulate(bed + fall) - fall
    line = shapely.LineString(np.round(points[:: _stride(points)], 2))
    return Course("Ruisseau de la Vallette", line, points, bed, 1.2, False)


def _foot(frame: Frame) -> NDArray[np.float64]:
    foot: NDArray[np.float64] = frame.world(np.array([[-720.0, -310.0]]))[0]
    return foot


def _stride(points: NDArray[np.float64]) -> int:
    """Return a stride near 4 that keeps the last point."""
    return next((step for step in (4, 3, 5, 2) if (len(points) - 1) % step == 0), 1)


def _nearest(valley: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree

    found: NDArray[np.float64] = cKDTree(every_metre(valley)).query(points)[1].astype(float)
    return found / (len(every_metre(valley)) - 1) * (len(valley) - 1)
