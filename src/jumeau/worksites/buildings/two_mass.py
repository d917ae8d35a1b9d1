# SPDX-License-Identifier: EUPL-1.2
"""Two masses: the network of ISO 13790 with floors and envelope apart, solved exactly by hour.

Nodes air a, star s of the inner surfaces, mass i of floors and partitions, mass e of walls and
roof. A mass is reached through its surface film and a layer of its own material; its surface
receives radiation. With C in Wh/K, powers in W and a₋ the air of the hour before::

    H_is·(a − s) + H_ve·(a − θ_e) + C_a·(ā − a₋) = f_a·φ_sol + g_a·φ_int + φ_HC
    H_is·(s − a) + (H_w + H_l)·(s − θ_e) + Σ G_k·(s − m_k) = its share of φ_sol, φ_int, φ_op
    C_k·dm_k/dt + G_k·(m_k − s) + H_k·(m_k − θ_e) = its share of them,  k = i, e

The two masses follow their differential equations exactly under inputs constant over the hour
(matrix exponential), temperatures and powers being hourly means; what remains of an hour is a
few multiplications (see :mod:`~jumeau.worksites.buildings.two_mass_hours`). In a steady state
the losses are those of the 5R1C, H_ve + 1/(1/H_is + 1/(H_w + H_op)).

Everything comes from the columns of the 5R1C:

- Capacity C_m, less that of the air, lies evenly on the area A_m: κ = C_m/A_m. Floors are covered
  first, then walls and roof; what A_m has beyond is partitions. What A_m does not cover of the
  envelope is light: it conducts without storing (H_l).
- Film: h_is is that of a star of a convective h_c and a radiative ``H_RADIATIVE`` coefficient,
  h_is = h_c·(h_c + h_r)/h_r (Davies 1983), so h_ms = h_c + h_r: 3.45 gives the 9.1 of ISO 13790.
- Layer: a slab insulated behind answers slow changes as its capacity behind a third of its
  resistance (ISO 13786, series of tanh), R = κ/(3·λρc), for the masonry ``MASONRY``, and no more
  than at the depth that a day reaches, ρc·δ = √(T·λρc/π).
- Air and furniture: the 10 kJ/(m²·K) of ISO 52016-1 on the air node, and no less than the air.
- Shares to the air: those of ISO 52016-1. The rest of the sun falls on floors, which absorb
  ``ABSORPTANCE`` of it and reflect the rest on all surfaces; windows let out what reaches them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.buildings import engine
from jumeau.worksites.buildings.two_mass_hour import Hour, hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.engine import Drive, Floats, Outcome, Series, Stock, Suns

H_RADIATIVE = 6.6
"""Radiative coefficient of a surface to the star of a room, 6/5·ε·4σT³ [W/(m²·K)]."""
MASONRY = 1.6e6
"""λ·ρ·c of ordinary masonry, midway of brick (0.9e6) and dense concrete (2.7e6)
[W·J/(m⁴·K²)] (values of ISO 10456)."""
DAY = 86400.0
"""Period of the penetration depth [s]."""
FURNITURE = 10e3
"""Heat capacity of air and furniture by floor area [J/(m²·K)] (ISO 52016-1, table B.17)."""
AIR_CAPACITY = 1.2 * 1014.0
"""Heat capacity of 1 m³ of moist air [J/K]."""
ABSORPTANCE = 0.6
"""Solar absorptance of inner surfaces [-]."""
SUN_TO_AIR, GAINS_TO_AIR = 0.1, 0.4
"""Convective shares of solar and internal gains [-] (ISO 52016-1, table B.11)."""
CLAMP = 0.95
"""Greatest share of the film's conductance that leads outside; the rest conducts as light."""
LEAST = 1e-6
"""Least share of A_m on the envelope: below, the network loses its second mass."""


class Network(NamedTuple):
    """The network of n buildings.

    Parameters
    ----------
    surfaces, windows, light : (n,) arrays
        H_is, H_w, H_l [W/K].
    inner, outer : (2, n) arrays
        G_k, H_k of floors and envelope [W/K].
    capacity : (2, n) array
        C_k [Wh/K].
    air : (n,) array
        C_a [Wh/K].
    sun, gain : (4, n) arrays
        Shares of φ_sol and φ_int to air, star, floors, envelope [-].
    envelope : (4, n) array
        Shares of the net radiation on opaque parts to the same nodes, outer conductance over
        transmittance, more than 1 in all [-].
    """

    surfaces: Floats
    windows: Floats
    light: Floats
    inner: Floats
    outer: Floats
    capacity: Floats
    air: Floats
    sun: Floats
    gain: Floats
    envelope: Floats


def film(inner_h: Floats) -> Floats:
    """Return h_ms = h_c + h_r of a star network from its h_is, (n,) [W/(m²·K)].

    Parameters
    ----------
    inner_h : (n,) array
        h_is = h_c·(h_c + h_r)/h_r [W/(m²·K)].
    """
    convective = 0.5 * (np.sqrt(H_RADIATIVE**2 + 4.0 * H_RADIATIVE * inner_h) - H_RADIATIVE)
    total: Floats = convective + H_RADIATIVE
    return total


def network(stock: Stock) -> Network:
    """Return the network of a stock.

    Parameters
    ----------
    stock : Stock
        n buildings.
    """
    floor, mass = stock.floor_area, stock.mass_area
    glass, walls = stock.window.sum(axis=1), stock.wall.sum(axis=1)
    total = np.maximum(stock.inner_area, floor + glass)
    area = walls + stock.roof
    known = (
        area > 0.0
    )  # else the opaque conductance is given as a whole: walls and roof are the rest
    area = np.where(known, area, np.maximum(total - floor - glass, floor))
    conductance = stock.wall_u * walls + stock.roof_u * stock.roof
    conductance += np.where(known, 0.0, stock.extra_ua)

    on_envelope = np.clip(mass - floor, LEAST * mass, area)
    on_floor = mass - on_envelope
    areas = np.stack([on_floor, on_envelope])
    held = np.minimum(AIR_CAPACITY * stock.volume, 0.5 * stock.capacity)  # by the air
    kappa = (stock.capacity - held) / mass
    film_h = film(stock.inner_h)
    layer = np.minimum(kappa, math.sqrt(DAY * MASONRY / math.pi)) / (3.0 * MASONRY)
    inner = areas / (1.0 / film_h + layer)
    at_surface = inner * layer / areas  # of what a surface receives, what goes to the star

    heavy = on_envelope / area
    wanted = np.stack([stock.ground_factor * stock.ground_u * stock.ground, heavy * conductance])
    through = np.minimum(wanted, CLAMP * inner)
    outer = through * inner / (inner - through)
    excess = wanted - through
    envelope_light = (1.0 - heavy) * conductance + excess[1]
    light = envelope_light + excess[0] + np.where(known, stock.extra_ua, 0.0)

    def shared(to_air: float, on_areas: Floats, elsewhere: Floats) -> Floats:
        """Return the shares of the nodes of what falls on the surfaces of both masses."""
        by = (1.0 - to_air) * on_areas
        star = (1.0 - to_air) * elsewhere + (by * at_surface).sum(axis=0)
        return np.stack([np.full_like(star, to_air), star, *(by * (1.0 - at_surface))])

    total = np.maximum(total, mass + glass)
    sink = ABSORPTANCE * (total - glass) + stock.window_g * glass
    spread = (1.0 - ABSORPTANCE) * ABSORPTANCE / sink
    lit = np.minimum(on_floor / floor, 1.0)
    sunny = spread * areas
    sunny[0] += ABSORPTANCE * lit
    lost = (1.0 - ABSORPTANCE) * stock.window_g * glass / sink
    everywhere = areas / total
    per = np.divide(1.0, conductance, out=np.zeros_like(conductance), where=conductance > 0.0)
    none = np.zeros_like(per)
    return Network(
        surfaces=stock.inner_h * stock.inner_area,
        windows=engine.window_conductance(stock),
        light=light,
        inner=inner,
        outer=outer,
        capacity=kappa * areas / 3600.0,
        air=np.maximum(held, FURNITURE * floor) / 3600.0,
        sun=shared(SUN_TO_AIR, sunny, np.maximum(1.0 - lost - sunny.sum(axis=0), 0.0)),
        gain=shared(GAINS_TO_AIR, everywhere, 1.0 - everywhere.sum(axis=0)),
        envelope=np.stack([none, envelope_light * per, none, outer[1] * per]),
    )


class TwoMass:
    """Two masses, exact over the hour."""

    name = "two_mass"

    def run(self, stock: Stock, drive: Drive, suns: Suns, out: Outcome, series: Series) -> None:
        """Compute one chunk (see :class:`~jumeau.worksites.buildings.engine.Model`)."""
        from jumeau.worksites.buildings.two_mass_hours import sweep

        net = network(stock)
        states = np.flatnonzero(np.bincount(drive.state, minlength=engine.STATES))
        vent = np.maximum(engine.air_conductance(stock, drive.air[states]), 1e-9)
        sky = np.stack(engine.sky_loss(stock))
        found = hour(net, vent, stock.gains, sky)
        state = np.searchsorted(states, drive.state)
        area = engine.apertures(stock)
        seen = suns.lanes()
        targets = np.stack([stock.heat_set, stock.heat_back, stock.cool_set, stock.cool_back])
        limits = np.stack([stock.heat_max, stock.cool_max])
        months = np.zeros((2, 12, len(stock)))
        sums = np.empty((14, len(stock)))
        sweep(
            drive._replace(state=state),
            suns,
            found.rows,
            area if area.strides[0] else area[:1],
            targets,
            limits,
            _start(found, drive, state, area, targets, limits, suns.warm[seen].T),
            months,
            sums,
            series,
        )
        out.heating[:], out.cooling[:] = months[0].T, months[1].T
        out.heating_peak[:], out.cooling_peak[:] = sums[:2]
        out.t_min[:], out.t_max[:], out.t_mean[:] = sums[2], sums[3], sums[4] / len(state)
        out.warm_26[:], out.warm_28[:] = sums[12:]
        sun = suns.by_month[seen]
        _balance(net, drive, sun, state, vent, area, sky, stock.gains, sums[4:12], out)


def _start(
    found: Hour,
    drive: Drive,
    state: NDArray[np.int64],
    area: Floats,
    targets: Floats,
    limits: Floats,
    sun: Floats | None = None,
) -> Floats:
    """Return air and masses of the steady state under the mean of the warm-up, (3, n) [°C].

    ``sun`` is that mean of the irradiance of each building, (VECTORS, n); of ``drive`` otherwise.
    """
    warm = drive.order[: drive.warm]
    if sun is None:
        sun = drive.sun[warm].mean(axis=0)[:, None]
    usual = int(np.bincount(state[warm]).argmax())
    now = area[drive.month[warm[-1]]]
    seen = (
        drive.outside[warm].mean(),
        drive.sky[warm].mean(),
        (now[:4] * sun[:4]).sum(axis=0),
        (now[4:] * sun[4:]).sum(axis=0),
        drive.occupancy[warm].mean(),
    )
    free = found.steady(usual, seen, 0.0)
    per_watt = found.steady(usual, seen, 1.0)[0] - free[0]
    low, high = (
        _mean(targets[at], targets[at + 1], share[warm].mean())
        for at, share in ((0, drive.heat), (2, drive.cool))
    )
    load = np.clip((low - free[0]) / per_watt, 0.0, limits[0])
    load -= np.clip((free[0] - high) / per_watt, 0.0, limits[1])
    return np.ascontiguousarray(np.clip(found.steady(usual, seen, load), -60.0, 120.0))


def _mean(at: Floats, back: Floats, share: float) -> Floats:
    """Return a mean set-point, that of the hours when there is one."""
    off = np.abs(back) >= engine.OFF
    mean: Floats = np.where(off & (share > 0.0), at, at * share + back * (1.0 - share))
    return mean


def _balance(
    net: Network,
    drive: Drive,
    by_month: Floats,
    state: NDArray[np.int64],
    vent: Floats,
    area: Floats,
    sky: Floats,
    gains: Floats,
    sums: Floats,
    out: Outcome,
) -> None:
    """Fill the heat balance.

    The equations of air and masses give the sums of the star and of the masses; that of the star
    serves nowhere else, so that the balance closes only if the hours were right.
    """
    airs, vented, was, ends = sums[0], sums[1], sums[2:5], sums[5:]
    outside = drive.outside.sum()
    sun = np.einsum("nmk,mkn->n", by_month[:, :, :4], area[:, :4])
    opaque_sun = np.einsum("nmk,mkn->n", by_month[:, :, 4:], area[:, 4:]) - sky[1] * drive.sky.sum()
    window_sky = sky[0] * drive.sky.sum()
    internal = gains * drive.occupancy.sum()
    heating, cooling = out.heating.sum(axis=1), out.cooling.sum(axis=1)
    to_air, _, *to_masses = net.sun * sun + net.gain * internal + net.envelope * opaque_sun
    by_state = np.bincount(state, weights=drive.outside, minlength=len(vent))
    ventilation = by_state @ vent - vented
    stored_air = net.air * (ends[0] - was[0])
    into = to_air + heating - cooling + ventilation - stored_air  # from the air to the star
    star = airs - into / net.surfaces
    stored = net.capacity * (ends[1:] - was[1:])
    mass = (net.inner * star + net.outer * outside + np.stack(to_masses) - stored) / (
        net.inner + net.outer
    )
    windows = net.windows * (outside - star) - (1.0 - net.sun.sum(axis=0)) * sun
    opaque = (net.outer * (outside - mass)).sum(axis=0) + net.light * (outside - star)
    opaque += (net.envelope.sum(axis=0) - 1.0) * opaque_sun
    out.balance[:] = np.stack(
        [
            sun + opaque_sun - window_sky,
            internal,
            heating,
            -cooling,
            ventilation,
            windows,
            opaque,
            -stored_air - stored.sum(axis=0),
        ],
        axis=1,
    )


MODEL = TwoMass()
