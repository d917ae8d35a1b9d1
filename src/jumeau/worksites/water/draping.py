# SPDX-License-Identifier: EUPL-1.2
"""Elevations of the nodes of a network from a terrain model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from jumeau.base.errors import error
from jumeau.worksites.water import undoing
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.repairing.draft import Draft
from jumeau.worksites.water.report import Repair, Report

if TYPE_CHECKING:
    import numpy as np
    from affine import Affine
    from numpy.typing import ArrayLike, NDArray

    from jumeau.base.contract import Bounds

BLOCK = 2000.0
"""Side of the squares by which a terrain is read [m]."""
MARGIN = 2.0
"""Read around them, in cells."""


class Terrain(Protocol):
    """What gives heights of a rectangle: a raster layer of the twin, say."""

    def read(self, bounds: Bounds) -> tuple[NDArray[Any], Affine]:
        """Return heights (rows from the north) [m] and from (column, row) to (x, y)."""


def drape(
    net: Network,
    dtm: Terrain | tuple[ArrayLike, Bounds],
    *,
    depth_m: float = 0.0,
    tanks: bool = False,
    only_missing: bool = False,
) -> tuple[Network, Report]:
    """Give junctions the height of the terrain less the depth of the pipes (bilinear).

    z = (1 − u)(1 − v)·z₀₀ + u(1 − v)·z₁₀ + (1 − u)v·z₀₁ + uv·z₁₁ − depth, u and v being the shares
    of a cell from its centre. Cells without data count for nothing as long as one of the four
    has some.

    Parameters
    ----------
    net : Network
        With coordinates in the terrain's reference system; it is not changed.
    dtm : object with ``read(bounds)``, or tuple of (ny, nx) array_like and bounds
        Terrain [m], row 0 north, NaN where there is no data; bounds are (xmin, ymin, xmax, ymax)
        of outer cell edges [m].
    depth_m : float
        Depth of the nodes below the ground [m].
    tanks : bool
        Whether the bottoms of tanks are set too, without the depth; heads of sources never are.
    only_missing : bool
        Whether elevations that are known stay.

    Returns
    -------
    net : Network
        Nodes without terrain below keep what they had.
    report : Report
        ``measures``: ``covered`` (share of the nodes), ``change_median_m``.

    Raises
    ------
    InvalidError
        ``JUM-H110`` for a depth that is not finite or a terrain that is no grid.
    """
    import numpy as np

    if not math.isfinite(depth_m):
        raise error("JUM-H110", name="depth_m", value=str(depth_m))
    report = Report(order=undoing.orders(net))
    draft = Draft(net, report, 0.0)
    wanted = [
        name
        for table in ("junctions", *(("tanks",) if tanks else ()))
        for name, row in draft.tables[table].items()
        if not (only_missing and math.isfinite(row["elevation_m"]))
    ]
    places = np.array([draft.at(name) for name in wanted]).reshape(-1, 2)
    ground = heights(dtm, places)
    changes, without = [], []
    for name, height in zip(wanted, ground.tolist(), strict=True):
        table = draft.nodes[name]
        before = draft.node(name)["elevation_m"]
        if math.isnan(height):
            without.append(name)
            continue
        after = height - (depth_m if table == "junctions" else 0.0)
        if math.isfinite(before):
            changes.append(abs(after - before))
        draft.set(table, name, "elevation_m", after)
    report.read = {"junctions": len(wanted)}
    report.measures = {"covered": 1.0 - len(without) / len(wanted) if wanted else 1.0}
    if changes:
        report.measures["change_median_m"] = float(np.median(changes))
    done = len(wanted) - len(without)
    if done:
        draft.mended("JUM-H117", Repair("draped", "junctions", "", "", str(done)), count=done)
    _tell(draft, without)
    return draft.network(), report


def _tell(draft: Draft, without: list[str]) -> None:
    """Tell the nodes below which there is no terrain, those whose elevation stays unknown apart."""
    unknown = [name for name in without if math.isnan(draft.node(name)["elevation_m"])]
    known = [name for name in without if name not in set(unknown)]
    draft.tell("JUM-H118", "junctions", known, lambda _: {})
    draft.tell("JUM-H119", "junctions", unknown, lambda _: {})


def heights(
    dtm: Terrain | tuple[ArrayLike, Bounds], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the height of a terrain at places (bilinear), NaN where there is none.

    Parameters
    ----------
    dtm : object with ``read(bounds)``, or tuple of (ny, nx) array_like and bounds
        As for :func:`drape` [m].
    places : (n, 2) ndarray
        x and y [m].

    Raises
    ------
    InvalidError
        ``JUM-H110`` for a terrain that is no grid.
    """
    import numpy as np

    out = np.full(len(places), np.nan)
    fine = np.flatnonzero(np.isfinite(places).all(axis=1))
    if isinstance(dtm, tuple):
        values = np.asarray(dtm[0], dtype=np.float64)
        xmin, ymin, xmax, ymax = dtm[1]
        if values.ndim != 2 or not values.size or not (xmax > xmin and ymax > ymin):
            raise error("JUM-H110", name="dtm", value=f"{values.shape} {dtm[1]}")
        across = (xmax - xmin) / values.shape[1], (ymax - ymin) / values.shape[0]
        out[fine] = _bilinear(values, places[fine], (xmin, ymax), across)
        return out
    squares = np.floor(places[fine] / BLOCK).astype(np.int64)
    order = np.lexsort(squares.T)
    cuts = np.flatnonzero(np.any(np.diff(squares[order], axis=0) != 0, axis=1)) + 1
    for group in np.split(fine[order], cuts):
        if not len(group):
            continue
        low, high = places[group].min(axis=0) - MARGIN, places[group].max(axis=0) + MARGIN
        read, transform = dtm.read((low[0], low[1], high[0], high[1]))
        across = float(transform.a), -float(transform.e)
        corner = float(transform.c), float(transform.f)
        out[group] = _bilinear(np.asarray(read, dtype=np.float64), places[group], corner, across)
    return out


def _bilinear(
    values: NDArray[np.float64], places: NDArray[np.float64], corner: tuple[float, float],
    across: tuple[float, float],
) -> NDArray[np.float64]:  # fmt: skip
    """Return values at places from the four cells around, those of NaN left out."""
    import numpy as np

    rows, columns = values.shape
    u = (places[:, 0] - corner[0]) / across[0] - 0.5
    v = (corner[1] - places[:, 1]) / across[1] - 0.5
    inside = (u >= -0.5) & (u <= columns - 0.5) & (v >= -0.5) & (v <= rows - 0.5)
    u, v = np.clip(u, 0.0, columns - 1.0), np.clip(v, 0.0, rows - 1.0)
    left, top = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    right, down = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    u, v = u - left, v - top
    total, weights = np.zeros(len(places)), np.zeros(len(places))
    for row, column, weight in (
        (top, left, (1 - u) * (1 - v)), (top, right, u * (1 - v)),
        (down, left, (1 - u) * v), (down, right, u * v),
    ):  # fmt: skip
        value = values[row, column]
        known = np.isfinite(value) & (weight > 0)
        total[known] += weight[known] * value[known]
        weights[known] += weight[known]
    out = np.full(len(places), np.nan)
    np.divide(total, weights, out=out, where=(weights > 0) & inside)
    return out
