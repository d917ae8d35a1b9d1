# SPDX-License-Identifier: EUPL-1.2
"""Radiation under a clear sky: the model of the European Solar Radiation Atlas, as in r.sun."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINKE = 3.0
"""Linke turbidity of an ordinary clear sky over land in Europe, for an air mass of 2 [-]."""
SOLAR_CONSTANT = 1367.0
"""Irradiance outside the atmosphere at the mean distance of the sun, as ESRA takes it [W/m²]."""


class ClearSky(NamedTuple):
    """Radiation of a clear sky.

    Parameters
    ----------
    direct_normal : (n,) array
        On a plane facing the sun [W/m²].
    diffuse_horizontal : (n,) array
        Of the whole sky on a horizontal plane [W/m²].
    """

    direct_normal: NDArray[np.float64]
    diffuse_horizontal: NDArray[np.float64]


def clear_sky(
    elevation: NDArray[np.float64],
    day: NDArray[np.float64],
    *,
    altitude: float = 0.0,
    linke: float = LINKE,
) -> ClearSky:
    """Compute direct and diffuse radiation of a clear sky (ESRA: Rigollier et al. 2000).

    Parameters
    ----------
    elevation : (n,) array
        Of the sun's centre, without refraction [°].
    day : (n,) array
        Day of the year, 1 on 1 January [d].
    altitude : float
        Of the place above the sea [m].
    linke : float
        Linke turbidity for an air mass of 2 [-].

    Returns
    -------
    ClearSky
        Both 0 when the sun is down [W/m²].

    Notes
    -----
    Direct: B = I₀·ε·exp(−0.8662·T·m·δ(m)), m the air mass of Kasten and Young for the refracted
    elevation and the pressure of the altitude, δ the Rayleigh optical thickness of Kasten (1996).
    Diffuse: D = I₀·ε·Tₙ(T)·F(h), a polynomial in T and one in sin h.

    References
    ----------
    C. Rigollier, O. Bauer and L. Wald, *On the clear sky model of the ESRA*, Solar Energy 68(1),
    2000. M. Šúri and J. Hofierka, *A new GIS-based solar radiation model*, Transactions in GIS
    8(2), 2004, which r.sun follows.
    """
    up = elevation > 0.0
    h = np.where(up, elevation, 1.0)
    angle = 2.0 * np.pi * day / 365.25
    outside = SOLAR_CONSTANT * (1.0 + 0.03344 * np.cos(angle - 0.048869))
    lift = 0.061359 * (0.1594 + 1.1230 * h + 0.065656 * h**2)
    lift /= 1.0 + 28.9344 * h + 277.3971 * h**2
    seen = h + lift
    mass = np.exp(-altitude / 8434.5)
    mass /= np.sin(np.radians(seen)) + 0.50572 * (seen + 6.07995) ** -1.6364
    thin = 6.6296 + 1.7513 * mass - 0.1202 * mass**2 + 0.0065 * mass**3 - 0.00013 * mass**4
    rayleigh = 1.0 / np.where(mass <= 20.0, thin, 10.4 + 0.718 * mass)
    direct = outside * np.exp(-0.8662 * linke * mass * rayleigh)
    zenith = -0.015843 + 0.030543 * linke + 0.0003797 * linke**2
    a1 = 0.26463 - 0.061581 * linke + 0.0031408 * linke**2
    a1 = max(a1, 0.0022 / zenith) if a1 * zenith < 0.0022 else a1
    a2 = 2.04020 + 0.018945 * linke - 0.011161 * linke**2
    a3 = -1.3025 + 0.039231 * linke + 0.0085079 * linke**2
    sine = np.sin(np.radians(h))
    diffuse = outside * zenith * (a1 + a2 * sine + a3 * sine**2)
    return ClearSky(np.where(up, direct, 0.0), np.where(up, np.maximum(diffuse, 0.0), 0.0))
