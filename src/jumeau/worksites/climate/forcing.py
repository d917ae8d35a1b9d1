# SPDX-License-Identifier: EUPL-1.2
"""What falls, soaks in and flows in, as functions of time: rain, infiltration, hydrographs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.climate import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray

MM_PER_HOUR = 1.0 / 3.6e6
"""m/s in 1 mm/h."""

_RAIN = "mm/h | (time_s, mm_h) | (time_s, (nt, ny, nx) mm/h)"
_INFLOW = "(row, col, time_s, m3_s)"


class Rain:
    """Rain: a rate, or a stepwise series of rates or of rasters.

    Nothing falls before the first time; the last value holds. A series is constant between its
    times, which are instants that a run must hit.

    Parameters
    ----------
    given
        As :func:`~jumeau.worksites.climate.flooding.flood` takes it.
    opened : (ny, nx) bool array
        Cells that rain can reach.
    """

    def __init__(self, given: Any, opened: NDArray[np.bool_]) -> None:
        self._opened = opened
        self._index = -1
        self._raster: NDArray[np.float32] | None = None
        self._peak = 0.0
        if given is None or np.ndim(_outer(given)) == 0:
            rate = 0.0 if given is None else checks.number("rain", given, 0.0)
            self.times, self.values = np.array([-np.inf]), np.array([rate])
            self._times, self.most = [-np.inf], rate
            return
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise error("JUM-K008", argument="rain", value=type(given).__name__, form=_RAIN)
        times, values = given
        shape = opened.shape if np.ndim(values) == 3 else ()
        self.times, self.values = checks.series("rain", times, values, shape, 0.0)
        self._times = self.times.tolist()
        self.most = 0.0 if shape else float(self.values.max())
        """Greatest rate of all [mm/h]."""
        if shape:
            for index in range(len(self.values)):
                field = checks.raster(f"rain[{index}]", self.values[index], opened)
                self.most = max(self.most, float(field.max()))

    @property
    def last(self) -> float:
        """Greatest rate of the last value, which holds to the end [mm/h]."""
        last = self.values[-1]
        return float(np.max(last, where=self._opened, initial=0.0) if last.ndim else last)

    def rate(self, time: float) -> np.float32 | NDArray[np.float32]:
        """Return the rate from a time on, up to the next of ``times`` [m/s]."""
        index = bisect_right(self._times, time) - 1
        if index < 0:
            return np.float32(0.0)
        if self.values.ndim == 1:
            return np.float32(self.values[index] * MM_PER_HOUR)
        if index != self._index or self._raster is None:
            self._raster = checks.raster(f"rain[{index}]", self.values[index], self._opened)
            self._raster *= np.float32(MM_PER_HOUR)
            self._index, self._peak = index, float(self._raster.max())
        return self._raster

    def peak(self, time: float) -> float:
        """Return the greatest rate of the domain from a time on, up to the next of ``times``."""
        rate = self.rate(time)
        return self._peak if rate.ndim else float(rate)


class Inflows:
    """Hydrographs in cells: linear between their times, zero outside, integrated exactly.

    Parameters
    ----------
    given
        As :func:`~jumeau.worksites.climate.flooding.flood` takes them.
    opened : (ny, nx) bool array
        Cells where water can be.
    """

    def __init__(self, given: Any, opened: NDArray[np.bool_]) -> None:
        found: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]] = []
        self.last = 0.0
        """Greatest discharge at the end of a series of several values [m³/s]."""
        for index, item in enumerate(checks.items("inflows", given, _INFLOW, 4)):
            name = f"inflows[{index}]"
            row, col = checks.place(name, item[0], item[1], opened)
            times, values = checks.series(name, item[2], item[3], least=0.0)
            if times.size == 1:
                fault = {
                    "en": "a hydrograph is linear between its times: it needs at least two",
                    "fr": "un hydrogramme, linéaire entre ses instants, en demande au moins deux",
                }
                raise error("JUM-K004", argument=name, fault=fault)
            found.append((row * opened.shape[1] + col, times, values))
            self.last = max(self.last, float(values[-1]))
        flat = [item[0] for item in found]
        self.cells = np.unique(np.array(flat, np.int64))
        """Flat indices, in growing order."""
        self._groups = _together(found, self.cells)
        knots = [np.array(group.times) for group in self._groups]
        self.times = np.unique(np.concatenate([*knots, np.empty(0)]))
        """Every time of every series [s]."""

    @property
    def most(self) -> float:
        """No cell ever receives more [m³/s]."""
        total = np.zeros(self.cells.size)
        for group in self._groups:
            np.add.at(total, group.at, group.rates.max(axis=1))
        return float(total.max(initial=0.0))

    def volume(self, start: float, end: float) -> NDArray[np.float64]:
        """Return what enters each of ``cells`` between two times [m³], the exact integral."""
        total = np.zeros(self.cells.size)
        for group in self._groups:
            np.add.at(total, group.at, group.entered(end) - group.entered(start))
        return total

    def rate(self, time: float) -> NDArray[np.float64]:
        """Return the discharge into each of ``cells`` at a time [m³/s]; at a jump, the greater."""
        total = np.zeros(self.cells.size)
        for group in self._groups:
            if group.times[0] <= time <= group.times[-1]:
                np.add.at(total, group.at, group.rate(time))
        return total


class _Group(NamedTuple):
    """Hydrographs of the same times.

    Parameters
    ----------
    times : list of float
        [s].
    rates, sums : (k, n) arrays
        Discharges [m³/s] and their running integrals [m³].
    at : (k,) array
        Place of each among the cells.
    """

    times: list[float]
    rates: NDArray[np.float64]
    sums: NDArray[np.float64]
    at: NDArray[np.int64]

    def _within(self, k: int, time: float) -> NDArray[np.float64]:
        """Return the discharges at a time of the interval that ends with knot ``k``."""
        k = min(max(k, 1), len(self.times) - 1)
        width = self.times[k] - self.times[k - 1]
        share = (time - self.times[k - 1]) / width if width > 0.0 else 1.0
        found: NDArray[np.float64] = self.rates[:, k - 1] + share * (
            self.rates[:, k] - self.rates[:, k - 1]
        )
        return found

    def rate(self, time: float) -> NDArray[np.float64]:
        """Return the discharges at a time of the series; at a jump, the greater."""
        right, left = bisect_right(self.times, time), bisect_left(self.times, time)
        now = self._within(right, time)
        return now if left == right else np.maximum(now, self._within(left, time))

    def entered(self, time: float) -> NDArray[np.float64]:
        """Return the integrals from the start of the series to a time [m³]."""
        time = min(max(time, self.times[0]), self.times[-1])
        k = min(max(bisect_right(self.times, time), 1), len(self.times) - 1)
        mean = 0.5 * (self.rates[:, k - 1] + self._within(k, time))
        gone: NDArray[np.float64] = self.sums[:, k - 1] + mean * (time - self.times[k - 1])
        return gone


def _together(
    found: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]], cells: NDArray[np.int64]
) -> list[_Group]:
    """Group hydrographs of the same times."""
    same: dict[bytes, list[tuple[int, NDArray[np.float64], NDArray[np.float64]]]] = {}
    for item in found:
        same.setdefault(item[1].tobytes(), []).append(item)
    groups = []
    for members in same.values():
        times = members[0][1]
        rates = np.stack([values for _, _, values in members])
        steps = 0.5 * (rates[:, 1:] + rates[:, :-1]) * np.diff(times)
        sums = np.concatenate([np.zeros((len(members), 1)), np.cumsum(steps, axis=1)], axis=1)
        at = np.searchsorted(cells, np.array([flat for flat, _, _ in members], np.int64))
        groups.append(_Group(times.tolist(), rates, sums, at))
    return groups


def _outer(given: Any) -> Any:
    """Return something whose ``ndim`` is 1 for a pair of arrays of unlike shapes."""
    return [0.0] * len(given) if isinstance(given, tuple | list) else given


def infiltration(given: Any, opened: NDArray[np.bool_]) -> np.float32 | NDArray[np.float32]:
    """Return the infiltration capacity [m/s], a number or a raster.

    Raises
    ------
    InvalidError
        JUM-K001, JUM-K002, JUM-K003.
    """
    if given is None:
        return np.float32(0.0)
    if np.ndim(given) == 0:
        return np.float32(checks.number("infiltration", given, 0.0) * MM_PER_HOUR)
    capacity = checks.raster("infiltration", given, opened)
    capacity *= np.float32(MM_PER_HOUR)
    return capacity
