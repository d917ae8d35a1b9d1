# SPDX-License-Identifier: EUPL-1.2
"""The 5R1C network of ISO 13790, its hour as a linear map of five inputs.

Nodes air a, inner surfaces s and mass m. Over an hour, with mean temperatures and C in Wh/K::

    H_is·(a − s) + H_ve·(a − θ_e) + C_a·(a − a₋)  = ½φ_int + φ_HC
    H_is·(s − a) + H_w·(s − θ_e) + H_ms·(s − m̄)   = f_s·(½φ_int + φ_sol)
    2C_m·(m̄ − m₋) + H_ms·(m̄ − s) + H_em·(m̄ − θ_e) = f_m·(½φ_int + φ_sol),  m₊ = 2m̄ − m₋

with a₋ the air of the hour before, f_m = A_m/A_t, f_s = 1 − f_m − H_w/(9.1·A_t). The standard's
network (7.2.2 and annex C) has C_a = 0; here the heat capacity of the air itself, which
recovery after a set-back needs, is taken from C_m and put on the air node. The system is solved
once per building and state: what remains of an hour is a few multiplications and no division
(see :mod:`~jumeau.worksites.buildings.five_r_one_c_hours`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.buildings import engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.engine import Drive, Floats, Outcome, Series, Stock, Suns

H_MS = 9.1
"""Coefficient between mass and surfaces [W/(m²·K)] (ISO 13790, 12.2.2)."""
AIR_CAPACITY = 1.2 * 1014.0 / 3600.0
"""Heat capacity of 1 m³ of moist air [Wh/K]."""
CLAMP = 0.99
"""Greatest H_op/H_ms: beyond, no conductance H_em makes up H_op."""
AIR_A, AIR_M, AIR_E, AIR_S, AIR_I, AIR_H = range(6)
"""Rows of the coefficients: mean air temperature from a₋, m₋, θ_e, φ_sol, occupancy, φ_HC."""
MASS_A, MASS_M, MASS_E, MASS_S, MASS_I, MASS_H = range(6, 12)
"""Mass temperature at the end of the hour, from the same."""
PER_AIR = 12
"""Heating that one kelvin of air needs [W/K]."""
OP_NOW, OP_A, OP_E, OP_I, OP_H = range(13, 18)
"""Operative temperature from the air, a₋, θ_e, occupancy, φ_HC."""
VENT = 18
"""Ventilation conductance [W/K]."""
COEFFICIENTS = 19


class Network(NamedTuple):
    """Conductances [W/K], capacities [Wh/K] and shares of gains of n buildings."""

    windows: Floats
    opaque: Floats
    outer: Floats
    inner: Floats
    surfaces: Floats
    mass: Floats
    air: Floats
    to_mass: Floats
    to_surfaces: Floats
    gains: Floats


def network(stock: Stock) -> Network:
    """Return the network of a stock.

    Parameters
    ----------
    stock : Stock
        n buildings.

    Returns
    -------
    Network
        H_w, H_op, H_em, H_ms, H_is [W/K], C_m and C_a [Wh/K], f_m, f_s [-], internal gains [W].
        H_op is held below ``CLAMP``·H_ms.
    """
    windows = engine.window_conductance(stock)
    inner = H_MS * stock.mass_area
    opaque = np.minimum(engine.opaque_conductance(stock), CLAMP * inner)
    capacity = stock.capacity / 3600.0
    air = np.minimum(AIR_CAPACITY * stock.volume, 0.5 * capacity)
    to_mass = np.minimum(stock.mass_area / stock.gain_area, 1.0)
    to_surfaces = np.maximum(1.0 - to_mass - windows / (H_MS * stock.gain_area), 0.0)
    return Network(
        windows,
        opaque,
        opaque * inner / (inner - opaque),
        inner,
        stock.inner_h * stock.inner_area,
        capacity - air,
        air,
        to_mass,
        to_surfaces,
        stock.gains,
    )


def coefficients(net: Network, vent: Floats) -> Floats:
    """Solve the hour of each building in each state.

    Parameters
    ----------
    net : Network
        n buildings.
    vent : (states, n) array
        Ventilation conductance [W/K].

    Returns
    -------
    (states, COEFFICIENTS, n) array
        Rows named at the top of this module.
    """
    out = np.empty((len(vent), COEFFICIENTS, vent.shape[1]))
    share_s, share_m = net.to_surfaces, net.to_mass
    d_mass = 2.0 * net.mass + net.outer + net.inner
    pull = net.inner / d_mass
    d_surf = net.surfaces + net.windows + net.inner - net.inner * pull
    for state, ve in enumerate(vent):
        d_air = net.surfaces + ve + net.air - net.surfaces**2 / d_surf
        # Right-hand sides (air, surfaces, mass) of the six inputs.
        nothing = np.zeros_like(ve)
        sides = (
            (net.air, nothing, nothing),
            (nothing, nothing, 2.0 * net.mass),
            (ve, net.windows, net.outer),
            (nothing, share_s, share_m),
            (0.5 * net.gains, 0.5 * net.gains * share_s, 0.5 * net.gains * share_m),
            (nothing + 1.0, nothing, nothing),
        )
        for k, (to_air, to_surf, to_mass) in enumerate(sides):
            seen = to_surf + pull * to_mass
            air = (to_air + net.surfaces / d_surf * seen) / d_air
            surface = (seen + net.surfaces * air) / d_surf
            mean = (to_mass + net.inner * surface) / d_mass
            out[state, AIR_A + k] = air
            out[state, MASS_A + k] = 2.0 * mean
        out[state, MASS_M] -= 1.0
        out[state, PER_AIR] = d_air
        scale = 0.7 / net.surfaces
        out[state, OP_NOW] = 0.3 + scale * (net.surfaces + ve + net.air)
        out[state, OP_A] = -scale * net.air
        out[state, OP_E] = -scale * ve
        out[state, OP_I] = -scale * 0.5 * net.gains
        out[state, OP_H] = -scale
        out[state, VENT] = ve
    return out


def steady(coef: Floats, drive: Drive, solar: Floats, limits: Floats) -> tuple[Floats, Floats]:
    """Return the air and mass temperatures of a steady state under the mean of the warm-up.

    Parameters
    ----------
    coef : (COEFFICIENTS, n) array
        Of the state most met.
    drive : Drive
        Its warm-up hours are those meant.
    solar : (n,) array
        Mean solar gain [W].
    limits : (4, n) array
        Mean heating and cooling set-points [°C], greatest powers [W].

    Returns
    -------
    air, mass : (n,) arrays
        [°C].
    """
    hours = drive.order[: drive.warm]
    outside, occupancy = drive.outside[hours].mean(), drive.occupancy[hours].mean()

    def floating(heat: Floats | float) -> tuple[Floats, Floats]:
        ahead = (
            coef[row + 2] * outside
            + coef[row + 3] * solar
            + coef[row + 4] * occupancy
            + coef[row + 5] * heat
            for row in (AIR_A, MASS_A)
        )
        air, mass = ahead
        # [1 − a_a, −a_m; −m_a, 1 − m_m] · (a, m) = (air, mass)
        det = (1.0 - coef[AIR_A]) * (1.0 - coef[MASS_M]) - coef[AIR_M] * coef[MASS_A]
        return (
            ((1.0 - coef[MASS_M]) * air + coef[AIR_M] * mass) / det,
            (coef[MASS_A] * air + (1.0 - coef[AIR_A]) * mass) / det,
        )

    free, per_watt = floating(0.0)[0], floating(1.0)[0] - floating(0.0)[0]
    low, high, heat_max, cool_max = limits
    need = np.clip((low - free) / per_watt, 0.0, heat_max)
    need -= np.clip((free - high) / per_watt, 0.0, cool_max)
    return floating(need)


class FiveROneC:
    """ISO 13790 simple hourly method."""

    name = "5r1c"

    def run(self, stock: Stock, drive: Drive, suns: Suns, out: Outcome, series: Series) -> None:
        """Compute one chunk (see :class:`~jumeau.worksites.buildings.engine.Model`)."""
        from jumeau.worksites.buildings.five_r_one_c_hours import sweep

        net = network(stock)
        states = np.flatnonzero(np.bincount(drive.state, minlength=1))
        vent = np.maximum(engine.air_conductance(stock, drive.air[states]), 1e-9)
        coef = coefficients(net, vent)
        state = np.searchsorted(states, drive.state)
        area = engine.apertures(stock)
        windows, opaque = engine.sky_loss(stock)
        sky = windows + opaque
        warm = drive.order[: drive.warm]
        seen = suns.lanes()
        mean_sun = suns.warm[seen].T
        solar = (area[drive.month[warm[-1]]] * mean_sun).sum(axis=0) - sky * drive.sky[warm].mean()
        heat, cool = drive.heat[warm].mean(), drive.cool[warm].mean()
        targets = np.stack([stock.heat_set, stock.heat_back, stock.cool_set, stock.cool_back])
        limits = np.stack([stock.heat_max, stock.cool_max])
        means = np.stack(
            [_mean(targets[0], targets[1], heat), _mean(targets[2], targets[3], cool), *limits]
        )
        usual = int(np.bincount(state[warm]).argmax())
        air, mass = steady(coef[usual], drive, solar, means)
        months = np.zeros((2, 12, len(stock)))
        found = np.empty((12, len(stock)))
        sweep(
            drive._replace(state=state),
            suns,
            coef,
            area if area.strides[0] else area[:1],
            sky,
            targets,
            limits,
            np.stack([air, mass]),
            months,
            found,
            series,
        )
        out.heating[:], out.cooling[:] = months[0].T, months[1].T
        out.heating_peak[:], out.cooling_peak[:] = found[:2]
        out.t_min[:], out.t_max[:], out.t_mean[:] = found[2], found[3], found[4] / len(state)
        out.warm_26[:], out.warm_28[:] = found[10:]
        _balance(net, drive, state, vent, area, suns.by_month[seen], sky, found[4:10], out)


def _mean(at: Floats, back: Floats, share: float) -> Floats:
    """Return a mean set-point, that of the hours when there is one."""
    off = np.abs(back) >= engine.OFF
    mean: Floats = np.where(off & (share > 0.0), at, at * share + back * (1.0 - share))
    return mean


def _balance(
    net: Network,
    drive: Drive,
    state: NDArray[np.int64],
    vent: Floats,
    area: Floats,
    sun: Floats,
    sky: Floats,
    sums: Floats,
    out: Outcome,
) -> None:
    """Fill the heat balance from sums: each node's equation gives the mean of the next node."""
    airs, vented, air_was, mass_was, air, mass = sums
    outside = drive.outside.sum()
    solar = np.einsum("nmk,mkn->n", sun, area) - sky * drive.sky.sum()
    internal = net.gains * drive.occupancy.sum()
    heating, cooling = out.heating.sum(axis=1), out.cooling.sum(axis=1)
    by_state = np.bincount(state, weights=drive.outside, minlength=len(vent))
    ventilation = by_state @ vent - vented
    stored_air = net.air * (air - air_was)
    into = 0.5 * internal + heating - cooling + ventilation - stored_air
    surface = airs - into / net.surfaces
    radiant = 0.5 * internal + solar
    through = net.windows * (outside - surface)
    middle = surface - (into + net.to_surfaces * radiant + through) / net.inner
    lost = (1.0 - net.to_mass - net.to_surfaces) * radiant
    out.balance[:] = np.stack(
        [
            solar,
            internal,
            heating,
            -cooling,
            ventilation,
            through - lost,
            net.outer * (outside - middle),
            -stored_air - net.mass * (mass - mass_was),
        ],
        axis=1,
    )


MODEL = FiveROneC()
