# SPDX-License-Identifier: EUPL-1.2
"""Degree days of a series of hourly temperatures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import did_you_mean, error

METHODS = ("mean", "hourly", "costic")
KINDS = ("heating", "cooling")


def degree_days(
    dry_bulb_c: NDArray[np.float64], base_c: float, method: str = "mean", kind: str = "heating"
) -> NDArray[np.float64]:
    """Return the degree days of each day (mean of the extremes, hourly, or COSTIC).

    Parameters
    ----------
    dry_bulb_c : (n,) array
        Hourly temperatures from a midnight on; hours after the last whole day are left out [°C].
    base_c : float
        Temperature from which they count: 18 in French statistics [°C].
    method : str
        ``mean``: base − (Tn + Tx)/2 when positive; ``hourly``: mean of the hours' gaps; ``costic``:
        the rule of French heating contracts, which counts a part of the days that cross the base.
    kind : str
        ``heating`` (below the base) or ``cooling`` (above it).

    Returns
    -------
    (days,) array
        Degree days of each day [K·d].

    Raises
    ------
    InvalidError
        ``JUM-G075`` when the method, the kind or the base is not known.

    Notes
    -----
    Tn and Tx are the least and the greatest of the 24 hourly values of the civil day; the
    meteorological service takes Tn from 18 h the day before and Tx from 6 h (UTC), with a
    continuous thermometer: its figures differ by a few per cent.
    COSTIC, for a base S: S ≥ Tx: S − (Tn + Tx)/2; Tn < S < Tx: (S − Tn)·(0.08 + 0.42·(S − Tn)/(Tx
    − Tn)); 0 otherwise. Cooling mirrors it: Tn ↔ Tx, signs changed.

    References
    ----------
    COSTIC, *Degrés-jours unifiés*, as published by Météo-France (to confirm).
    """
    if method not in METHODS or kind not in KINDS or not np.isfinite(base_c):
        given = f"method={method!r}, kind={kind!r}, base_c={base_c!r}"
        suggestion = did_you_mean(method, METHODS) if method not in METHODS else ""
        raise error("JUM-G075", given=given, methods=", ".join(METHODS), suggestion=suggestion)
    days = dry_bulb_c[: dry_bulb_c.size // 24 * 24].reshape(-1, 24)
    sign = 1.0 if kind == "heating" else -1.0
    gap = sign * (base_c - days)  # positive when the day needs heating (or cooling)
    if method == "hourly":
        return np.maximum(gap, 0.0).mean(axis=1)
    most, least = gap.max(axis=1), gap.min(axis=1)
    mean = 0.5 * (most + least)
    if method == "mean":
        return np.maximum(mean, 0.0)
    crossing = (most > 0.0) & (least < 0.0)
    part = np.divide(most, most - least, out=np.zeros_like(most), where=crossing)
    return np.where(crossing, most * (0.08 + 0.42 * part), np.maximum(mean, 0.0))
