# SPDX-License-Identifier: EUPL-1.2
"""Weather and schedules made ready for groups of buildings.

Irradiance is computed once a weather for each azimuth of façade that occurs, azimuths being
rounded to ``STEP``. On windows the beam is weighted by the angle polynomial of the glazing,
diffuse radiation is not, as in the network that the BESTEST cases come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.worksites.buildings import schedules
from jumeau.worksites.buildings.engine import VECTORS, Drive, Suns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather import Weather

STEP = 5
"""Azimuths of façades are rounded to this [°]; cos(2.5°) = 0.999."""
SKY = 11.0
"""Air less sky temperature [K] (ISO 13790, 11.4.6, intermediate climates)."""
WARM_UP = 14 * 24
"""Hours computed before the first one, those of the series that follow it, from a steady state:
several time constants of a heavy building [h]."""


class _Sun(NamedTuple):
    """Irradiance of one azimuth and glazing, as in ``Drive``."""

    sun: NDArray[np.float64]
    sunlit: NDArray[np.uint8]
    by_month: NDArray[np.float64]


class Basis:
    """Weather, schedules and glazings of one call.

    Parameters
    ----------
    weather : Weather
        Its h hours.
    polynomials : sequence of tuple of float
        Coefficients of the glazings: Σ p_k·θ^k, θ the incidence angle [rad].
    names : sequence of str
        Schedules, in the order of ``Stock.schedule``.
    own : mapping, optional
        Schedules of the caller.
    """

    def __init__(
        self,
        weather: Weather,
        polynomials: Sequence[tuple[float, ...]],
        names: Sequence[str],
        own: Mapping[str, Any] | None = None,
    ) -> None:
        self.weather = weather
        self.hours = weather.hours
        self.profiles = [schedules.profile(name, weather, own) for name in names]
        self.polynomials = list(polynomials)
        self._suns: dict[tuple[int, int], _Sun] = {}
        months = weather.local_starts.astype("datetime64[M]").astype(np.int64) % 12
        warm = np.arange(min(WARM_UP, self.hours))
        self._order = np.concatenate([warm, np.arange(self.hours)])
        self._warm = len(warm)
        self._months = months
        self._outside = np.ascontiguousarray(weather.dry_bulb_c, np.float64).copy()
        self._sky = np.full(self.hours, SKY)

    def drive(self, rotation: int, glazing: int, schedule: int) -> Drive:
        """Return what the buildings of one group see."""
        seen = self._sun(rotation, glazing)
        said = self.profiles[schedule]
        return Drive(
            outside=self._outside,
            sky=self._sky,
            sun=seen.sun,
            sunlit=seen.sunlit,
            sun_month=seen.by_month,
            month=self._months,
            heat=said.heat,
            cool=said.cool,
            occupancy=said.occupancy,
            present=said.present,
            state=said.state,
            air=said.air,
            order=self._order,
            warm=self._warm,
        )

    def _sun(self, rotation: int, glazing: int) -> _Sun:
        key = (rotation % 360, glazing)
        if key not in self._suns:
            self.suns([key])
        return self._suns[key]

    def suns(self, pairs: Sequence[tuple[int, int]]) -> Suns:
        """Return the irradiance of each rotation [°] and glazing, with no team yet."""
        sun = np.empty((len(pairs), self.hours, VECTORS))
        keys = [(rotation % 360, glazing) for rotation, glazing in pairs]
        seen = [self._fill(*key, into) for key, into in zip(keys, sun, strict=True)]
        self._suns.update(zip(keys, seen, strict=True))
        warm = self._order[: self._warm]
        return Suns(
            sun=sun,
            sunlit=np.max([one.sunlit for one in seen], axis=0),
            by_month=np.stack([one.by_month for one in seen]),
            warm=sun[:, warm].mean(axis=1),
            teams=np.empty(0, np.int64),
        )

    def _fill(self, rotation: int, glazing: int, sun: NDArray[np.float64]) -> _Sun:
        """Compute the irradiance of one rotation and glazing, (h, VECTORS)."""
        for side in range(4):
            plane = self.weather.plane(90.0, float((rotation + 90 * side) % 360))
            diffuse = plane.sky_diffuse + plane.ground
            through = angle_factor(self.polynomials[glazing], plane.cos_incidence)
            sun[:, side] = plane.beam * through + diffuse
            sun[:, 4 + side] = plane.beam + diffuse
        flat = self.weather.plane(0.0, 180.0)
        sun[:, 8] = flat.beam + flat.sky_diffuse + flat.ground
        by_month = np.zeros((12, VECTORS))
        starts = np.flatnonzero(np.diff(self._months, prepend=-1))
        np.add.at(by_month, self._months[starts], np.add.reduceat(sun, starts, axis=0))
        lit = (sun != 0.0).any(axis=1).astype(np.uint8)
        return _Sun(sun, lit, by_month)


def angle_factor(
    polynomial: Sequence[float], cos_incidence: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the transmittance of a glazing against that at normal incidence.

    Parameters
    ----------
    polynomial : sequence of float
        p_k of Σ p_k·θ^k, θ in radians [-].
    cos_incidence : (h,) array
        Cosine of the incidence angle [-].

    Returns
    -------
    (h,) array
        Never below 0 [-].
    """
    angle = np.arccos(np.clip(cos_incidence, 0.0, 1.0))
    factor = np.polynomial.polynomial.polyval(angle, np.asarray(polynomial, np.float64))
    found: NDArray[np.float64] = np.maximum(factor, 0.0)
    return found
