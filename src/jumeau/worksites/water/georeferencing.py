# SPDX-License-Identifier: EUPL-1.2
"""Local coordinates of a network placed on the map by control points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from jumeau.base.errors import error
from jumeau.worksites.water.network import NODES, Network
from jumeau.worksites.water.report import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

LEAST = {"similarity": 2, "affine": 3}
"""Control points that each kind needs."""
DEGENERATE = 1e-6
"""Points whose spread across is less than this share of that along are on one line."""
MIRROR = 0.1
"""A mirrored fit is proposed when its residuals are below this share."""


def georeference(
    net: Network,
    control_points: ArrayLike,
    *,
    kind: Literal["similarity", "affine"] = "similarity",
    crs: str = "",
) -> tuple[Network, Report]:
    """Place a network in local coordinates by control points (least squares).

    Similarity: x + iy = a·(x' + iy') + b with complex a and b, that is one scale, one rotation and
    a shift; affine: x = a₁x' + a₂y' + a₃, y = b₁x' + b₂y' + b₃. Lengths of pipes are not changed.

    Parameters
    ----------
    net : Network
        With local coordinates of nodes and bends; it is not changed.
    control_points : (n, 4) array_like
        Rows (x local, y local, x, y) [unit of the plan, m].
    kind : {"similarity", "affine"}
        What may be done to the plan.
    crs : str
        Reference system of the places, ``EPSG:n``; noted in the network.

    Returns
    -------
    net : Network
        Placed, with ``placement`` "control points" and ``placement_error_m``, the root mean square
        of the residuals [m].
    report : Report
        ``residuals``: a row a point with dx_m, dy_m and residual_m; ``measures``: ``rms_m``,
        ``largest_m``, ``scale``, ``rotation_deg``.

    Raises
    ------
    InvalidError
        ``JUM-H120`` for too few points, points at one place or on one line, or not finite.

    References
    ----------
    Umeyama (1991), Least-squares estimation of transformation parameters between two point
    patterns, IEEE TPAMI 13(4).
    """
    import numpy as np
    import pandas as pd

    if kind not in LEAST:
        raise error("JUM-H110", name="kind", value=str(kind))
    given = np.asarray(control_points, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != 4:
        shape = {"en": "not rows of four numbers", "fr": "pas des lignes de quatre nombres"}
        count = len(given) if given.ndim else 0
        raise error("JUM-H120", kind=kind, count=count, least=LEAST[kind], why=shape)
    local, there = given[:, :2], given[:, 2:]
    _checked(local, there, kind)
    middle, aim = local.mean(axis=0), there.mean(axis=0)
    matrix = _fitted(local - middle, there - aim, kind)
    shift = aim - matrix @ middle
    gaps = local @ matrix.T + shift - there
    away = np.hypot(gaps[:, 0], gaps[:, 1])
    out = net.copy()
    for table in (*(getattr(out, name) for name in NODES), out.vertices, *out.assets.values()):
        if "x" in table.columns and len(table):
            moved = table[["x", "y"]].to_numpy(dtype=np.float64) @ matrix.T + shift
            table["x"], table["y"] = moved[:, 0], moved[:, 1]
    rms = float(np.sqrt(np.mean(away**2)))
    out.placement, out.placement_error_m, out.crs = "control points", rms, crs or out.crs
    residuals = pd.DataFrame(given, columns=["x_local", "y_local", "x", "y"])
    residuals["dx_m"], residuals["dy_m"], residuals["residual_m"] = gaps[:, 0], gaps[:, 1], away
    scale = math.sqrt(abs(float(np.linalg.det(matrix))))
    turn = math.degrees(math.atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))
    report = Report(
        read={"points": len(given)},
        measures={
            "rms_m": rms, "largest_m": float(away.max()), "scale": scale, "rotation_deg": turn,
        },
        residuals=residuals,
    )  # fmt: skip
    exact = len(given) == LEAST[kind]
    report.add("JUM-H121", "", "", count=len(given), rms=round(rms, 3),
               largest=round(float(away.max()), 3),
               why={"en": "nothing is left to check them" if exact else "they check one another",
                    "fr": "rien ne reste pour les vérifier" if exact
                    else "ils se vérifient les uns les autres"})  # fmt: skip
    _mirrored(report, local - middle, there - aim, kind, rms)
    return out, report


def _checked(
    local: NDArray[np.float64], there: NDArray[np.float64], kind: Literal["similarity", "affine"]
) -> None:
    """Refuse points that do not determine the fit."""
    import numpy as np

    facts = {"kind": kind, "count": len(local), "least": LEAST[kind]}
    if not (np.isfinite(local).all() and np.isfinite(there).all()):
        raise error("JUM-H120", **facts, why="NaN")
    if len(local) < LEAST[kind]:
        raise error("JUM-H120", **facts, why={"en": "too few", "fr": "trop peu"})
    for points in (local, there):
        spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        size = float(np.abs(points).max()) * 1e-12
        if spread[0] <= size or (kind == "affine" and spread[1] <= DEGENERATE * spread[0]):
            where = {"en": "at one place or on one line", "fr": "au même endroit ou alignés"}
            raise error("JUM-H120", **facts, why=where)


def _fitted(
    local: NDArray[np.float64], there: NDArray[np.float64], kind: str
) -> NDArray[np.float64]:
    """Return the matrix (2, 2) of the best fit of centred points."""
    import numpy as np

    if kind == "affine":
        return np.asarray(np.linalg.lstsq(local, there, rcond=None)[0].T, dtype=np.float64)
    z, w = local[:, 0] + 1j * local[:, 1], there[:, 0] + 1j * there[:, 1]
    a = np.vdot(z, w) / np.vdot(z, z)
    return np.array([[a.real, -a.imag], [a.imag, a.real]])


def _mirrored(
    report: Report, local: NDArray[np.float64], there: NDArray[np.float64], kind: str, rms: float
) -> None:
    """Tell when the plan seems to be mirrored: a y axis that points down."""
    import numpy as np

    if kind != "similarity" or len(local) < 3:
        return
    flipped = local * (1.0, -1.0)
    gaps = flipped @ _fitted(flipped, there, kind).T - there
    other = float(np.sqrt(np.mean((gaps**2).sum(axis=1))))
    if other < MIRROR * rms:
        report.add("JUM-H122", "", "", rms=round(rms, 2), other=round(other, 2))
