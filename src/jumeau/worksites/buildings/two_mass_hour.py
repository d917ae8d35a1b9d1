# SPDX-License-Identifier: EUPL-1.2
"""The hour of the two-mass network as a linear map of its state and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jumeau.worksites.buildings.engine import Floats
    from jumeau.worksites.buildings.two_mass import Network

INPUTS = 9
"""State and inputs, in this order: air of the hour before, floors, envelope [°C]; outside [°C],
sky [K], sun through windows, sun on opaque parts [W], occupancy [-], heating or cooling [W]."""
AIR, FLOORS, ENVELOPE = 0, INPUTS, 2 * INPUTS
"""First rows of the mean air temperature and of the masses at the end of the hour."""
PER_AIR = 3 * INPUTS
"""Power that one kelvin of air needs [W/K]."""
OP_NOW, OP_A, OP_E, OP_S, OP_I, OP_H = range(PER_AIR + 1, PER_AIR + 7)
"""Operative temperature from the air, a₋, θ_e, windows' sun, occupancy, power."""
VENT = PER_AIR + 7
"""Ventilation conductance [W/K]."""
ROWS = PER_AIR + 8
RADIANT = 0.7
"""Weight of the star in the operative temperature (ISO 13790, C.12)."""


class Hour(NamedTuple):
    """The hour of n buildings in each state.

    Parameters
    ----------
    rows : (states, ROWS, n) array
        Coefficients, named at the top of this module.
    """

    rows: Floats

    def steady(self, state: int, seen: tuple[Floats | float, ...], load: Floats | float) -> Floats:
        """Return air and masses that an hour leaves as they are, (3, n) [°C].

        Parameters
        ----------
        state : int
            State of ventilation.
        seen : tuple
            The five inputs between the state and the load.
        load : (n,) array or float
            Heating less cooling [W].
        """
        map_ = self.rows[state, : 3 * INPUTS].reshape(3, INPUTS, -1)
        known = np.zeros((3, map_.shape[2]))
        for k, value in enumerate((*seen, load)):
            known += map_[:, 3 + k] * value
        left = np.eye(3) - np.moveaxis(map_[:, :3], 2, 0)
        found: Floats = np.linalg.solve(left, known.T[:, :, None])[:, :, 0].T.astype(np.float64)
        return found


def hour(net: Network, vent: Floats, gains: Floats, sky: Floats) -> Hour:
    """Solve the hour of each building in each state.

    Parameters
    ----------
    net : Network
        n buildings.
    vent : (states, n) array
        Ventilation conductance [W/K].
    gains : (n,) array
        Internal gains at full occupancy [W].
    sky : (2, n) array
        Loss to the sky of windows and opaque parts [W/K].

    Returns
    -------
    Hour
        Its coefficients.
    """
    n = vent.shape[1]
    out = np.empty((len(vent), ROWS, n))
    g_floor, g_wall = net.inner
    for state, ve in enumerate(vent):
        d_air = net.surfaces + ve + net.air
        ratio = net.surfaces / d_air
        d_star = net.windows + net.light + g_floor + g_wall + net.surfaces * (1.0 - ratio)
        # What enters air, star, floors and envelope by unit of each input, masses apart.
        into = np.zeros((INPUTS, 4, n))
        into[0, 0] = net.air
        into[3] = np.stack([ve, net.windows + net.light, *net.outer])
        into[4] = -sky[1] * net.envelope
        into[4, 1] -= sky[0]
        into[5] = net.sun
        into[6] = net.envelope
        into[7] = gains * net.gain
        into[8, 0] = 1.0
        star = (into[:, 1] + ratio * into[:, 0]) / d_star  # with the masses at 0
        by_star = np.stack([g_floor, g_wall]) / d_star  # of the star by kelvin of each mass
        source = (into[:, 2:] + star[:, None] * net.inner) / net.capacity
        rate = (net.inner[:, None] * by_star[None] - _diagonal(net.inner + net.outer)) / (
            net.capacity[:, None]
        )
        kept, mean_kept, mean_in = functions(rate)
        for mass in range(2):
            first = (1 + mass) * INPUTS
            for k in range(INPUTS):
                out[state, first + k] = (mean_kept[mass] * source[k]).sum(axis=0)
            out[state, first + 1 : first + 3] = kept[mass]
        for k in range(INPUTS):
            mean = (mean_in * source[k]).sum(axis=1)
            of_star = star[k] + (by_star * mean).sum(axis=0)
            out[state, AIR + k] = (into[k, 0] + net.surfaces * of_star) / d_air
        for mass in range(2):
            out[state, AIR + 1 + mass] = ratio * (by_star * mean_kept[:, mass]).sum(axis=0)
        out[state, PER_AIR] = 1.0 / out[state, AIR + 8]
        scale = RADIANT / net.surfaces
        out[state, OP_NOW] = 1.0 - RADIANT + scale * d_air
        for row, k in ((OP_A, 0), (OP_E, 3), (OP_S, 5), (OP_I, 7), (OP_H, 8)):
            out[state, row] = -scale * into[k, 0]
        out[state, VENT] = ve
    return Hour(out)


def _diagonal(values: Floats) -> Floats:
    """Return the diagonal matrices of (2, n) values, (2, 2, n)."""
    out = np.zeros((2, *values.shape))
    out[0, 0], out[1, 1] = values
    return out


def functions(rate: Floats) -> tuple[Floats, Floats, Floats]:
    """Return e^A, φ₁(A) and φ₂(A) of 2 × 2 matrices with real eigenvalues, none above 0.

    Over one hour of x' = A·x + b: x₁ = e^A·x₀ + φ₁·b, of mean φ₁·x₀ + φ₂·b, with
    φ₁ = A⁻¹(e^A − 1) and φ₂ = A⁻¹(φ₁ − 1).

    Parameters
    ----------
    rate : (2, 2, n) array
        A [1/h].

    Returns
    -------
    three (2, 2, n) arrays
        e^A [-], φ₁ [h], φ₂ [h²].
    """
    middle = 0.5 * (rate[0, 0] + rate[1, 1])
    half = 0.5 * (rate[0, 0] - rate[1, 1])
    gap = np.maximum(np.sqrt(half**2 + rate[0, 1] * rate[1, 0]), 1e-6 * np.abs(middle))
    roots = np.minimum(np.stack([middle + gap, middle - gap]), -1e-15)
    first = np.expm1(roots) / roots
    series = 0.5 + roots / 6.0 + roots**2 / 24.0 + roots**3 / 120.0
    second = np.where(roots > -1e-3, series, (first - 1.0) / roots)
    apart = rate.copy()
    apart[0, 0] -= middle
    apart[1, 1] -= middle

    def of(values: Floats) -> Floats:
        out: Floats = apart * (0.5 * (values[0] - values[1]) / gap)
        both = 0.5 * (values[0] + values[1])
        out[0, 0] += both
        out[1, 1] += both
        return out

    return of(np.exp(roots)), of(first), of(second)
