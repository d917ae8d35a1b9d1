# SPDX-License-Identifier: EUPL-1.2
"""Energy accounts of drawn buildings: needs, final energy by carrier, primary energy, CO₂e.

Every array has one row a building and one column a draw; sums over buildings are made draw by
draw, so that what buildings have wrong together stays together in the interval of a sum.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import draws
from jumeau.worksites.buildings import systems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.drawing import Drawn

    Floats = NDArray[np.float64]

COOLING_RATIO = (2.8, 2.1, 3.8)
"""Seasonal efficiency of cooling: heat taken over electricity, with bounds [-]."""
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.float64)
_SUMS = ("by_end_use", "monthly")
ELECTRICITY = systems.CARRIERS.index("electricity")


@dataclass(frozen=True)
class Needs:
    """What a thermal model answers for n buildings × d draws.

    Parameters
    ----------
    heating, cooling : (n, d, 12) arrays
        Useful heat brought and taken by month [kWh].
    heating_peak, cooling_peak : (n, d) arrays
        Greatest hourly mean powers [kW].
    discomfort : (n, d) array
        Occupied hours above 28 °C [h].
    """

    heating: Floats
    cooling: Floats
    heating_peak: Floats
    cooling_peak: Floats
    discomfort: Floats


@dataclass(frozen=True)
class Account:
    """Energy of n buildings × d draws over a year.

    Parameters
    ----------
    floor : (n, d) array
        Heated floor area [m²].
    heating, cooling : (n, d) arrays
        Useful needs [kWh].
    final : (n, d) array
        Final energy of all uses [kWh].
    primary : (n, d) array
        Primary energy [kWh].
    tco2e : (n, d) array
        Greenhouse gases [t].
    heating_peak, cooling_peak : (n, d) arrays
        Greatest hourly mean powers, useful [kW].
    discomfort : (n, d) array
        Occupied hours above 28 °C [h].
    by_carrier : (n, d, 5) array
        Final energy by carrier of :data:`systems.CARRIERS` [kWh].
    by_end_use : (d, 4) array
        Final energy of all buildings by :data:`systems.USES` [kWh].
    monthly : (d, 3, 12) array
        Heating need, cooling need and final energy of all buildings by month [kWh].
    months : (n, 2, 12, 3) array
        Heating and cooling need of each building by month: mean of the draws and their 5 % and
        95 % bounds [kWh].
    """

    floor: Floats
    heating: Floats
    cooling: Floats
    final: Floats
    primary: Floats
    tco2e: Floats
    heating_peak: Floats
    cooling_peak: Floats
    discomfort: Floats
    by_carrier: Floats
    by_end_use: Floats
    monthly: Floats
    months: Floats

    @staticmethod
    def joined(parts: list[Account]) -> Account:
        """Return the account of several lots of buildings, one after the other."""

        def one(name: str) -> Floats:
            arrays = [getattr(part, name) for part in parts]
            together = sum(arrays) if name in _SUMS else np.concatenate(arrays)
            return np.asarray(together, dtype=np.float64)

        return Account(*(one(f.name) for f in fields(Account)))


def account(
    drawn: Drawn, needs: Needs, *, seed: int, day: datetime.date, weather: Floats
) -> Account:
    """Turn useful needs into final energy, primary energy and CO₂e.

    Parameters
    ----------
    drawn : Drawn
        n buildings × d draws.
    needs : Needs
        What the thermal model answers.
    seed : int
        Seed of the run: factors of emission are drawn once for all buildings.
    day : date
        Day on which the factors are in force.
    weather : (d,) array
        Factor of the heating need for what the weather file does not know of the place [-].

    Returns
    -------
    Account
        Final energy E_c = Σ_u Q_u/η_u; primary E_p = Σ_c f_c·E_c; CO₂e = Σ_c,u k_c,u·E_c,u.
    """
    count = drawn.use.shape[1]
    floor = drawn.gross * drawn.values["heated_share"]
    by_month = needs.heating * weather[None, :, None]
    heating = by_month.sum(axis=2)
    cooling = needs.cooling.sum(axis=2)
    carrier = np.array(
        [systems.CARRIERS.index(item.carrier) for item in systems.systems()], dtype=np.int64
    )[drawn.system]
    ratio = draws.between(draws.stratified(seed, "cooling_ratio", "", count), *COOLING_RATIO)
    heat = systems.final_energy(heating, drawn.efficiency)
    cold = systems.final_energy(cooling, ratio[None, :])
    water = systems.final_energy(drawn.values["hot_water"] * floor, drawn.hot_water_efficiency)
    other = (drawn.values["electricity"] + drawn.values["auxiliaries"]) * floor
    by_carrier = np.zeros((*floor.shape, len(systems.CARRIERS)))
    for number in range(len(systems.CARRIERS)):
        by_carrier[..., number] = np.where(carrier == number, heat + water, 0.0)
    by_carrier[..., ELECTRICITY] += cold + other
    final = heat + cold + water + other
    primary = np.zeros(floor.shape)
    tonnes = np.zeros(floor.shape)
    for number, name in enumerate(systems.CARRIERS):
        mine = carrier == number
        primary += by_carrier[..., number] * systems.factor(name, "primary", "other", day)[0]
        for use, amount in (("heating", heat), ("hot_water", water)):
            tonnes += np.where(mine, amount, 0.0) * _emission(name, use, day, seed, count)
    for use, amount in (("cooling", cold), ("other", other)):
        tonnes += amount * _emission("electricity", use, day, seed, count)
    month = np.divide(heat, heating, out=np.zeros_like(heat), where=heating > 0)[..., None]
    monthly = by_month * month + needs.cooling / ratio[None, :, None]
    monthly = monthly + (water + other)[..., None] * (DAYS / DAYS.sum())
    return Account(
        floor,
        heating,
        cooling,
        final,
        primary,
        tonnes / 1000.0,
        needs.heating_peak * weather[None, :],
        needs.cooling_peak,
        needs.discomfort,
        by_carrier,
        np.stack([item.sum(axis=0) for item in (heat, cold, water, other)], axis=-1),
        np.stack([item.sum(axis=0) for item in (by_month, needs.cooling, monthly)], axis=1),
        np.stack([_spread(by_month), _spread(needs.cooling)], axis=1),
    )


def _spread(values: Floats) -> Floats:
    """Return the mean of draws and their 5 % and 95 % bounds, (n, d, 12) → (n, 12, 3)."""
    mean = values.mean(axis=1)
    low, high = np.quantile(values, (0.05, 0.95), axis=1)
    return np.stack([mean, np.minimum(low, mean), np.maximum(high, mean)], axis=-1)


def _emission(carrier: str, use: str, day: datetime.date, seed: int, count: int) -> Floats:
    """Return draws of the CO₂e of a carrier, the same for every building [kg/kWh]."""
    value, low, high = systems.factor(carrier, "co2e", use, day)
    share = draws.stratified(seed, "co2e", carrier, count)
    return draws.between(share, value, low, high)
