# SPDX-License-Identifier: EUPL-1.2
"""Intervals of road results: each supposed input is moved to its bounds in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.lighting.en13201.performance import QUANTITIES, roads
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

BOUNDED = ("height", "spacing", "width", "overhang", "flux")
"""Inputs of a field that have bounds."""
_LEVELS = ("lav", "e_av", "e_min", "fti")
"""Quantities that share the spread a generic distribution leaves at a point; ratios and the power
density bear half of it, since it partly cancels (user parameter, to confirm)."""
_ARGUMENTS = (
    "photometry", "height", "spacing", "width", "lanes", "overhang", "arrangement", "tilt", "flux",
    "power_w", "median",
)  # fmt: skip
_MOST = {"uo": 1.0, "ul": 1.0, "u_h": 1.0}
_LEAST = {"height": 0.5, "spacing": 1.0, "width": 1.0, "overhang": -50.0, "flux": 1e-3}


def results(
    found: pd.DataFrame,
    photometries: Sequence[Photometry],
    *,
    maintenance: tuple[float, float, float] = (0.8, 0.7, 0.9),
    hours: float | NDArray[np.float64] = 4100.0,
    rtable: str | PathLike[str] | ArrayLike = "R3",
    workers: int | None = None,
) -> pd.DataFrame:
    """Compute the streets that are computable, with an interval of each quantity.

    Parameters
    ----------
    found : DataFrame
        What :func:`~jumeau.worksites.lighting.en13201.segments.layouts` gives.
    photometries : sequence of Photometry
        Those that ``photometry`` numbers.
    maintenance : (value, low, high)
        Maintenance factor.
    hours : float or array, one for each computable street
        Hours of a year at full power [h/yr].
    rtable : str, path or array_like
        Road surface of all streets.
    workers : int, optional
        Threads.

    Returns
    -------
    DataFrame
        One row a computable street, with its index: ``street``; each of
        :data:`~jumeau.worksites.lighting.en13201.performance.QUANTITIES` with its ``_low`` and
        ``_high``; ``estimated_share``, the share of the inputs that were supposed.

    Notes
    -----
    Each input with bounds is moved to both, the others staying; the deviations of a quantity add as
    independent ones, downwards and upwards apart: low = q − √Σ(q − qᵢ)², high = q + √Σ(qᵢ − q)².
    A generic distribution adds its spread at a point to levels, half of it to ratios.
    """
    import pandas as pd

    kept = found[found["code"] == ""]
    columns = ["street", *(name + end for name in QUANTITIES for end in ("", "_low", "_high"))]
    if kept.empty:
        return pd.DataFrame({name: [] for name in (*columns, "estimated_share")})
    base = {name: kept[name].to_numpy() for name in _ARGUMENTS}
    base["photometry"] = base["photometry"].astype(np.int64)
    factor, factor_low, factor_high = maintenance
    common = {"rtable": rtable, "hours": hours, "maintenance_factor": factor}

    def values(**moved: Any) -> NDArray[np.float64]:
        field = {**base, **common, **moved}
        field["overhang"] = np.minimum(field["overhang"], field["width"])
        got = roads(field, photometries, workers=workers)
        return got[list(QUANTITIES)].to_numpy()

    centre = values()
    below, above = np.zeros_like(centre), np.zeros_like(centre)
    moves: list[dict[str, Any]] = [
        {name: np.maximum(kept[f"{name}_{end}"].to_numpy(np.float64), _LEAST[name])}
        for name in BOUNDED
        for end in ("low", "high")
    ]
    moves += [{"maintenance_factor": factor_low}, {"maintenance_factor": factor_high}]
    for lower, upper in zip(moves[::2], moves[1::2], strict=True):
        pair = np.stack((centre, values(**lower), values(**upper)))
        below += (centre - pair.min(axis=0)) ** 2
        above += (pair.max(axis=0) - centre) ** 2
    spread = np.array([item.spread if item.generic else 0.0 for item in photometries])
    spread = spread[base["photometry"]]
    for k, name in enumerate(QUANTITIES):
        if name != "de":  # hours and power do not depend on the light
            share = (spread if name in _LEVELS else 0.5 * spread) * centre[:, k]
            below[:, k] += share**2
            above[:, k] += share**2
    out: dict[str, object] = {"street": kept["street"].to_numpy()}
    for k, name in enumerate(QUANTITIES):
        out[name] = centre[:, k]
        out[f"{name}_low"] = np.maximum(centre[:, k] - np.sqrt(below[:, k]), 0.0)
        most = np.maximum(centre[:, k], _MOST.get(name, np.inf))
        out[f"{name}_high"] = np.minimum(centre[:, k] + np.sqrt(above[:, k]), most)
    supposed = np.array([len(names) for names in kept["estimated"]], np.float64)
    supposed += spread > 0
    out["estimated_share"] = np.minimum(supposed / (len(BOUNDED) + 2), 1.0)
    return pd.DataFrame(out, index=kept.index)
