# SPDX-License-Identifier: EUPL-1.2
"""First pass over a cloud: read it once, in chunks, into its spool, and count what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import crs as systems
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.sources.lidar import classes, opening
from jumeau.sources.lidar.opening import Cloud
from jumeau.sources.lidar.spool import Part, Spool

if TYPE_CHECKING:
    import laspy
    from numpy.typing import NDArray

CHUNK = 1_000_000
SAMPLE = 1 << 16
"""Points whose marks are compared to know whether the file holds some twice."""
BEYOND = 1.0
"""Distance outside the announced box from which a point is a fault [m]."""
SQUARE, NEAR = 10.0, 2.0
"""Edges of tiles are on multiples of the first; the data stop less than the second before [m]."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to read one cloud.

    Parameters
    ----------
    rank : int
        Rank of the cloud in the import.
    cloud : Cloud
        The cloud.
    crs, territory : str
        CRS of the cloud and of the territory.
    swapped : bool
        Whether the cloud writes y before x.
    folder : str
        Where the spool goes.
    limits : tuple of 2 float
        Physical bounds of altitudes [m].
    threads : bool
        Whether the decompression may use several threads.
    """

    rank: int
    cloud: Cloud
    crs: str
    territory: str
    swapped: bool
    folder: str
    limits: tuple[float, float]
    threads: bool = True


@dataclass
class Digest:
    """What a cloud holds.

    Parameters
    ----------
    rank, read : int
        Rank of the cloud and points read.
    parts : list of Part
        Where its blocks lie.
    counts : (6,) list
        Points withheld, noise, ignored, impossible, kept, of the terrain: see
        :func:`jumeau.sources.lidar.kernels.scatter`.
    classes : (256,) list
        Points of each class.
    outside : int
        Points outside the box that the header announces.
    synthetic, overlap : int
        Points that bear these flags.
    twice : float
        Share of the points that the file holds more than once.
    bounds : tuple of 4 float or None
        Ground that the cloud covers, in the territory's CRS [m].
    """

    rank: int
    read: int = 0
    parts: list[Part] = field(default_factory=list)
    counts: list[int] = field(default_factory=lambda: [0] * 6)
    classes: list[int] = field(default_factory=lambda: [0] * 256)
    outside: int = 0
    synthetic: int = 0
    overlap: int = 0
    twice: float = 0.0
    bounds: Bounds | None = None


def survey(job: Job) -> Digest:
    """Read a cloud.

    Raises
    ------
    InvalidError
        ``JUM-S004`` when it is damaged or holds fewer points than it announces.
    """
    digest = Digest(job.rank)
    path = Path(job.folder) / f"{job.rank}.spool"
    spool = Spool(path, job.rank, classes.roles(), job.limits)
    marks: list[NDArray[np.uint64]] = []
    step = np.uint64(1)
    while job.cloud.announced / int(step) > SAMPLE:
        step = np.uint64(int(step) * 2)
    histogram = np.zeros(256, np.int64)
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    try:
        with opening.opened(job.cloud.name, job.cloud.path, threads=job.threads) as reader:
            for points in reader.chunk_iterator(CHUNK):
                digest.read += len(points)
                if not len(points):
                    continue
                mixed = _chunk(points, job, spool, digest, histogram, box)
                kept = mixed[mixed != 0]
                marks.append(kept[(kept >> np.uint64(1)) % step == 0])
        if digest.read < job.cloud.announced:
            detail = f"{digest.read} < {job.cloud.announced} points"
            raise error("JUM-S004", file=job.cloud.name, detail=detail)
        digest.parts = spool.close()
    except BaseException:
        spool.abort()
        raise
    digest.counts = [int(item) for item in spool.counts]
    digest.classes = [int(item) for item in histogram]
    sampled = np.concatenate(marks) if marks else np.empty(0, np.uint64)
    if sampled.size:
        digest.twice = 1.0 - np.unique(sampled).size / sampled.size
    if np.isfinite(box).all():
        digest.bounds = squared((box[0], box[1], box[2], box[3]))
    return digest


def _chunk(
    points: laspy.ScaleAwarePointRecord,
    job: Job,
    spool: Spool,
    digest: Digest,
    histogram: NDArray[np.int64],
    box: NDArray[np.float64],
) -> NDArray[np.uint64]:
    x, y, z = (np.asarray(item, np.float64) for item in (points.x, points.y, points.z))
    code = np.ascontiguousarray(points.classification, np.uint8)
    rank = np.ascontiguousarray(points.return_number, np.uint8)
    withheld = np.asarray(points.withheld).astype(np.bool_)
    names = set(points.point_format.dimension_names)
    histogram += np.bincount(code, minlength=256)
    if "synthetic" in names:
        digest.synthetic += int(np.count_nonzero(points.synthetic))
    if "overlap" in names:
        digest.overlap += int(np.count_nonzero(points.overlap))
    west, south, east, north = job.cloud.bounds
    if (
        x.min() < west - BEYOND or x.max() > east + BEYOND
        or y.min() < south - BEYOND or y.max() > north + BEYOND
    ):  # fmt: skip
        inside = (x >= west - BEYOND) & (x <= east + BEYOND)
        inside &= (y >= south - BEYOND) & (y <= north + BEYOND)
        digest.outside += int((~inside).sum())
        x, y, z, code = x[inside], y[inside], z[inside], code[inside]
        rank, withheld = rank[inside], withheld[inside]
        if not x.size:
            return np.empty(0, np.uint64)
    if job.swapped:
        x, y = y, x
    if job.crs != job.territory:
        x, y = systems.reproject(x, y, job.crs, job.territory)
        x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    mixed = spool.add(x, y, z, code, withheld, rank)
    np.minimum(box[:2], (x.min(), y.min()), out=box[:2])
    np.maximum(box[2:], (x.max(), y.max()), out=box[2:])
    return mixed


def squared(bounds: Bounds) -> Bounds:
    """Return bounds whose edges are those of the tile, where points stop just before them.

    Bounds too narrow to hold the centre of a cell are widened to the cells of their points.

    Parameters
    ----------
    bounds : tuple of 4 float
        Box of the points [m].
    """
    west, south = (_down(item) for item in bounds[:2])
    east, north = (-_down(-item) for item in bounds[2:])
    if np.ceil(west) >= np.ceil(east):
        west, east = np.floor(bounds[0] + 0.5) - 0.5, np.floor(bounds[2] + 0.5) + 0.5
    if np.floor(south) >= np.floor(north):
        south, north = np.ceil(bounds[1] - 0.5) - 0.5, np.ceil(bounds[3] - 0.5) + 0.5
    return (float(west), float(south), float(east), float(north))


def _down(value: float) -> float:
    edge = np.floor(value / SQUARE + 1e-9) * SQUARE
    return float(edge) if value - edge <= NEAR else value
