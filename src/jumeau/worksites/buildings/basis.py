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
PERIOD = 96
"""Most hours of a period: their sun waits in the first cache [h]."""
WARM_UP = 14 * 24
"""Hours computed before the first one, those of the series that follow it, from a steady state:
several time constants of a heavy building [h]."""


class _Sun(NamedTuple):
    """Irradiance of one azimuth and glazing, as in ``Drive``."""

    sun: NDArray[np.float64]
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
        self._periods = periods(months, self._warm)
        lit = weather.direct_normal_w_m2 + weather.diffuse_horizontal_w_m2
        self._sunlit = (lit + weather.plane(90.0, 0.0).ground != 0.0).astype(np.uint8)

    def drive(self, rotation: int, glazing: int, schedule: int) -> Drive:
        """Return what the buildings of one group see."""
        seen = self._sun(rotation, glazing)
        said = self.profiles[schedule]
        ramp = (said.heat[:, 0] != said.heat[:, 1]) | (said.cool[:, 0] != said.cool[:, 1])
        begins = (said.heat[:, 0], said.cool[:, 0]) if ramp.any() else ()
        ends = (said.heat[:, 1], said.cool[:, 1])
        levels, level = schedules.kinds(said.state, self._sky, said.occupancy, *ends, *begins)
        return Drive(
            outside=self._outside,
            sky=self._sky,
            sun=seen.sun,
            sunlit=self._sunlit,
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
            level=level,
            levels=levels,
            ramp=ramp.astype(np.uint8),
            periods=self._periods,
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
        return Suns(
            sun=sun,
            sunlit=self._sunlit,
            by_month=np.stack([one.by_month for one in seen]),
            warm=sun[:, : self._warm].mean(axis=1),
            teams=np.empty(0, np.int64),
        )

    def _fill(self, rotation: int, glazing: int, sun: NDArray[np.float64]) -> _Sun:
        """Compute the irradiance of one rotation and glazing, (h, VECTORS)."""
        for side in range(4):
            plane = self.weather.plane(90.0, float((rotation + 90 * side) % 360))
            diffuse = plane.sky_diffuse + plane.ground
            lit = np.flatnonzero(plane.beam)
            through = angle_factor(self.polynomials[glazing], plane.cos_incidence[lit])
            sun[:, side] = diffuse
            sun[lit, side] += plane.beam[lit] * through
            sun[:, 4 + side] = plane.beam + diffuse
        flat = self.weather.plane(0.0, 180.0)
        sun[:, 8] = flat.beam + flat.sky_diffuse + flat.ground
        by_month = np.zeros((12, VECTORS))
        starts = np.flatnonzero(np.diff(self._months, prepend=-1))
        np.add.at(by_month, self._months[starts], np.add.reduceat(sun, starts, axis=0))
        return _Sun(sun, by_month)


def periods(months: NDArray[np.int64], warm: int) -> NDArray[np.int64]:
    """Cut hours in periods of one month, those of the warm-up first.

    Parameters
    ----------
    months : (h,) int64 array
        Month of each hour.
    warm : int
        Hours of the warm-up.

    Returns
    -------
    (k, 2) int64 array
        First hour of each period and the one after its last; none has more than ``PERIOD``.
    """
    hours = np.arange(len(months))
    starts = np.flatnonzero(np.diff(months, prepend=-1))
    since = hours - np.repeat(starts, np.diff(starts, append=len(months)))
    cuts = hours[since % PERIOD == 0]
    of_warm = cuts[cuts < warm]
    ends = np.concatenate([of_warm[1:], [warm], cuts[1:], [len(months)]])
    return np.column_stack([np.concatenate([of_warm, cuts]), ends])


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
