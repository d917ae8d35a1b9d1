# SPDX-License-Identifier: EUPL-1.2
"""Direct and diffuse radiation where a file gives only a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground.weather.planes import course
from jumeau.ground.weather.repair import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPREAD = 0.06
"""Half width of the 90 % interval of a wall's year, once the global is split [ratio].

Measured on both Denver files of the validation: −5.5 to +5.7 % by wall, −2 % on a south roof."""
_LOWEST = 3.0  # elevation of the sun under which a division by its sine means nothing [°]
_SPLIT_SHARE = 0.05  # part of the sunlit hours from which an estimate is worth a finding


@dataclass(frozen=True)
class Radiation:
    """Radiation without holes.

    Parameters
    ----------
    direct, diffuse : (n,) array
        Direct normal and diffuse horizontal [W/m²].
    level : (n,) array or None
        Global horizontal, when the file gives it for every hour [W/m²].
    spread : float
        Half width of the 90 % interval of the year that comes from the estimates [ratio].
    findings : list of Finding
        What was computed or supposed.
    """

    direct: NDArray[np.float64]
    diffuse: NDArray[np.float64]
    level: NDArray[np.float64] | None
    spread: float
    findings: list[Finding]


def completed(
    level: NDArray[np.float64],
    direct: NDArray[np.float64],
    diffuse: NDArray[np.float64],
    *,
    start: np.datetime64,
    latitude: float,
    longitude: float,
    offset: float,
    path: str,
) -> Radiation:
    """Complete global, direct and diffuse radiation from one another.

    Parameters
    ----------
    level, direct, diffuse : (n,) array
        Global horizontal, direct normal and diffuse horizontal, NaN where missing [W/m²].
    start : datetime64
        Beginning of the first hour, local standard time.
    latitude, longitude : float
        Of the place [°].
    offset : float
        Local standard time minus universal time [h].
    path : str
        The file, for the messages.

    Returns
    -------
    Radiation
        Without holes.

    Raises
    ------
    InvalidError
        ``JUM-G071`` when there is no radiation at all; ``JUM-G054`` when too much is missing.

    Notes
    -----
    Two known give the third, GHI = DNI·sin h + DHI. Where only the global is known, the diffuse
    share follows Erbs (1982) through pvlib: an estimate, said by a finding. A column of zeros
    beside a global that is not is taken as missing.
    """
    level, direct, diffuse = level.copy(), direct.copy(), diffuse.copy()
    bright = np.nansum(level)
    for column in (direct, diffuse):
        if bright > 0.0 and not np.nansum(column) > 0.0:
            column[:] = np.nan
    if not max(bright, np.nansum(direct) + np.nansum(diffuse)) > 0.0:
        raise error("JUM-G071", path=path)
    begin = float(start.astype("datetime64[s]").astype(np.int64)) - 3600.0 * offset
    hours = np.arange(level.size, dtype=np.float64)
    lit = course(begin + 3600.0 * (hours + 0.5), latitude, longitude)
    night = lit.share == 0.0
    for column in (level, direct, diffuse):
        column[night & np.isnan(column)] = 0.0
    sine = np.sin(np.radians(np.maximum(lit.elevation, 0.0)))
    high = lit.elevation > _LOWEST
    found: list[Finding] = []
    hollow = np.isnan(diffuse) & ~np.isnan(level) & ~np.isnan(direct)
    diffuse[hollow] = np.maximum(level - direct * sine, 0.0)[hollow]
    dark = np.isnan(direct) & ~np.isnan(level) & ~np.isnan(diffuse)
    beam = np.divide(level - diffuse, sine, out=np.zeros_like(sine), where=high)
    direct[dark] = np.clip(beam, 0.0, 1_100.0)[dark]
    lone = np.isnan(direct) & np.isnan(diffuse) & ~np.isnan(level)
    spread = 0.0
    if lone.any():
        direct[lone], diffuse[lone] = erbs(level, lit.elevation, start, lone)
        share = float(lone.sum() / max(1, np.count_nonzero(~night)))
        spread = SPREAD * min(1.0, share)
        if share > 0.0:
            found.append(finding("JUM-G063", entity=path, count=int(lone.sum()),
                                 percent=round(100 * share, 1)))  # fmt: skip
    direct, holes = filled(direct, "direct_normal_w_m2", path, straight=0)
    found += holes
    diffuse, holes = filled(diffuse, "diffuse_horizontal_w_m2", path, straight=0)
    found += holes
    return Radiation(direct, diffuse, None if np.isnan(level).any() else level, spread, found)


def erbs(
    level: NDArray[np.float64],
    elevation: NDArray[np.float64],
    start: np.datetime64,
    where: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split global radiation in direct and diffuse (Erbs 1982, through pvlib).

    Parameters
    ----------
    level : (n,) array
        Global horizontal irradiance [W/m²].
    elevation : (n,) array
        Apparent elevation of the sun [°].
    start : datetime64
        Beginning of the first hour, local standard time.
    where : (n,) array of bool
        Hours to split [-].

    Returns
    -------
    direct : (k,) array
        Direct normal irradiance of the hours asked [W/m²].
    diffuse : (k,) array
        Diffuse horizontal irradiance of the hours asked [W/m²].

    References
    ----------
    D. G. Erbs, S. A. Klein and J. A. Duffie, *Estimation of the diffuse radiation fraction for
    hourly, daily and monthly-average global radiation*, Solar Energy 28(4), 1982.
    """
    from pvlib import irradiance

    dates = (start + np.flatnonzero(where) * np.timedelta64(3600, "s")).astype("datetime64[D]")
    year_day = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
    zenith = 90.0 - np.clip(elevation[where], -90.0, 90.0)
    parts = irradiance.erbs(level[where], zenith, year_day)
    direct = np.nan_to_num(np.asarray(parts["dni"], dtype=np.float64))
    diffuse = np.nan_to_num(np.asarray(parts["dhi"], dtype=np.float64))
    return direct, diffuse
