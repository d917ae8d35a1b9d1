# SPDX-License-Identifier: EUPL-1.2
"""Units told by scale: bar or kPa for metres of water, l/s for m³/h, against what is expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jumeau.worksites.water.telemetry.expected import Expected

    Floats = NDArray[np.float64]

FACTORS: dict[str, dict[str, float]] = {
    "pressures": {"m": 1.0, "bar": 10.19716, "kPa": 0.1019716, "mbar": 0.01019716,
                  "MPa": 101.9716, "Pa": 1.019716e-4},
    "flows": {"m³/h": 1.0, "l/s": 3.6, "l/h": 0.001, "m³/d": 1 / 24, "m³/s": 3600.0,
              "l/min": 0.06},
    "levels": {"m": 1.0, "cm": 0.01, "mm": 0.001},
    "meters": {"l/h": 1.0, "m³/h": 1000.0, "l/s": 3600.0, "m³/d": 1000 / 24, "l/d": 1 / 24,
               "l/min": 60.0},
}  # fmt: skip
"""What one unit is worth in that of the frame, by quantity; the first is that of the frame."""
SURE = {"pressures": math.log(2.0), "flows": 0.45 * math.log(3.6), "levels": math.log(3.0),
        "meters": math.log(3.0)}  # fmt: skip
"""Departure from the expected scale within which a unit explains a sensor [–, logarithm]."""
FLOW_FLOOR, METER_FLOOR = 0.5, 5.0
"""Expected flows below which a scale means nothing [m³/h, l/h]."""


@dataclass(frozen=True)
class Scaled:
    """Units of one frame.

    Parameters
    ----------
    unit : str
        Unit of most columns.
    units : list of str
        Unit by column.
    odd : list of bool
        Whether no unit explains the column's scale.
    """

    unit: str
    units: list[str]
    odd: list[bool]


def found(quantity: str, values: Floats, expected: Expected | None) -> Scaled:
    """Tell the unit of each column of a frame from its scale.

    A column has the unit of the frame unless another explains its scale, and that of the frame
    does not: ``|ln(f·m/e)|`` is least, with m the median measured, e the value expected and f
    the factor of the unit.

    Parameters
    ----------
    quantity : str
        Frame: "pressures", "flows", "levels" or "meters".
    values : (n, columns) float64 array
        Readings of a period of plain service.
    expected : Expected or None
        What the model expects; without it every column keeps the unit of the frame.
    """
    names = list(FACTORS[quantity])
    count = values.shape[1]
    usual = Scaled(names[0], [names[0]] * count, [False] * count)
    if expected is None or not count or not len(values):
        return usual
    measured = _level(quantity, values)
    wanted, floor = _wanted(quantity, expected)
    with np.errstate(invalid="ignore"):
        there = np.isfinite(measured) & (measured > 0) & (wanted > floor)
    if not there.any():
        return usual
    ratio = np.full(count, np.nan)
    ratio[there] = np.log(measured[there] / wanted[there])
    units = [names[0]] * count
    odd = [False] * count
    common = _nearest(quantity, names, float(np.median(ratio[there])))
    for rank in np.flatnonzero(there):
        near = _nearest(quantity, names, float(ratio[rank]))
        shifted = ratio[rank] + math.log(FACTORS[quantity][common])
        units[rank] = common if abs(shifted) <= SURE[quantity] * 1.2 else near
        left = ratio[rank] + math.log(FACTORS[quantity][units[rank]])
        odd[rank] = bool(abs(left) > SURE[quantity] * 1.5)
        if odd[rank]:
            units[rank] = common
    for rank in np.flatnonzero(~there):
        units[rank] = common
    return Scaled(common, units, odd)


def _nearest(quantity: str, names: Sequence[str], ratio: float) -> str:
    """Return the unit that explains a ratio of measured to expected, the usual one when it may."""
    if abs(ratio) <= SURE[quantity]:
        return names[0]
    return min(names, key=lambda name: abs(ratio + math.log(FACTORS[quantity][name])))


def _level(quantity: str, values: Floats) -> Floats:
    """Return the typical value of each column."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if quantity == "levels":
            return np.asarray(np.nanquantile(values, 0.98, axis=0), float)
        if quantity == "pressures":
            return np.asarray(np.nanmedian(values, axis=0), float)
        typical = np.nanquantile(np.abs(values), (0.02, 0.98), axis=0)
        clipped = np.clip(np.abs(values), typical[0], typical[1])
        return np.asarray(np.nanmean(clipped, axis=0), float)


def _wanted(quantity: str, expected: Expected) -> tuple[Floats, float]:
    if quantity == "pressures":
        return np.asarray(np.median(expected.pressure, axis=0), float), 3.0
    if quantity == "flows":
        return np.asarray(np.abs(expected.flow).mean(axis=0), float), FLOW_FLOOR
    if quantity == "levels":
        return np.asarray(expected.level[:, 1], float), 0.3
    return np.asarray(expected.meter, float), METER_FLOOR
