# SPDX-License-Identifier: EUPL-1.2
"""Light of a lamp at a point, slowly: double precision, one lamp at a time, vectors spelled out.

Everything here is plain NumPy written from the conventions of the field, and knows nothing of the
engine: the luminaire's own axes are turned by azimuth and tilt, the ray is projected on them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]


class Table(NamedTuple):
    """A distribution: planes C [°], angles γ [°], intensities [cd], flux of the source [lm]."""

    c: Floats
    gamma: Floats
    candela: Floats
    flux_lm: float


class Lamp(NamedTuple):
    """A luminaire: place of its head [m], distribution, factor on it, tilt and azimuth [°]."""

    place: Floats
    table: Table
    factor: float = 1.0
    tilt: float = 0.0
    azimuth: float = 0.0


def intensity(table: Table, c: Floats, gamma: Floats) -> Floats:
    """Return the intensity in directions, linear between planes and between angles [cd].

    Parameters
    ----------
    table : Table
        The distribution; dark beyond its last γ.
    c, gamma : (n,) arrays
        Directions [°].
    """
    import numpy as np

    turned = np.mod(c, 360.0)
    out = np.empty(turned.shape)
    for k in range(turned.size):
        i = int(np.flatnonzero(table.c <= turned[k])[-1])
        i = min(i, table.c.size - 2)
        part = (turned[k] - table.c[i]) / (table.c[i + 1] - table.c[i])
        plane = (1.0 - part) * table.candela[i] + part * table.candela[i + 1]
        out[k] = np.interp(gamma[k], table.gamma, plane, right=0.0)
    return out


def axes(tilt: float, azimuth: float) -> Floats:
    """Return the axes of a luminaire: C0, C90 and downwards, as rows east, north, up [-].

    Parameters
    ----------
    tilt : float
        About the C0–C180 axis; positive lifts the C90 side [°].
    azimuth : float
        Of the C0 half-plane, clockwise from north [°].

    Notes
    -----
    C rises counter-clockwise seen from above: level, C90 points to the left of C0.
    """
    import numpy as np

    a, t = math.radians(azimuth), math.radians(tilt)
    along = np.array([math.sin(a), math.cos(a), 0.0])
    left = np.array([-math.cos(a), math.sin(a), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    return np.array(
        [
            along,
            math.cos(t) * left + math.sin(t) * up,
            math.sin(t) * left - math.cos(t) * up,
        ]
    )


def illuminance(lamps: list[Lamp], points: Floats, normals: Floats) -> Floats:
    """Return the illuminance of points by all lamps, with nothing in the way [lx].

    Parameters
    ----------
    lamps : list of Lamp
        Luminaires.
    points : (n, 3) array
        East, north, altitude [m].
    normals : (n, 3) array
        Of the surfaces that receive [-].

    Notes
    -----
    E = Σ I(C, γ)·cos θ / d²; light that comes from behind the surface does not count.
    """
    total: Floats = each(lamps, points, normals).sum(axis=0)
    return total


def each(lamps: list[Lamp], points: Floats, normals: Floats) -> Floats:
    """Return the illuminance of points by each lamp, as :func:`illuminance` [lx].

    Parameters
    ----------
    lamps, points, normals
        As :func:`illuminance`.
    """
    import numpy as np

    unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    rows = []
    for lamp in lamps:
        ray = points - lamp.place
        far = np.linalg.norm(ray, axis=1)
        u, v, w = axes(lamp.tilt, lamp.azimuth) @ ray.T
        c = np.degrees(np.arctan2(v, u))
        gamma = np.degrees(np.arctan2(np.hypot(u, v), w))
        facing = np.maximum(-(ray * unit).sum(axis=1), 0.0) / far
        rows.append(lamp.factor * intensity(lamp.table, c, gamma) * facing / far**2)
    return np.array(rows).reshape(len(lamps), len(points))


def centres(bounds: tuple[float, float, float, float], cell: float) -> Floats:
    """Return east and north of the centres of cells, row 0 north, as (ny, nx, 2) [m].

    Parameters
    ----------
    bounds : (xmin, ymin, xmax, ymax)
        Outer edges [m].
    cell : float
        Side of a cell [m].
    """
    import numpy as np

    west, south, east, north = bounds
    x = west + cell * (0.5 + np.arange(round((east - west) / cell)))
    y = north - cell * (0.5 + np.arange(round((north - south) / cell)))
    return np.stack(np.meshgrid(x, y), axis=-1)
