# SPDX-License-Identifier: EUPL-1.2
"""Where the demonstrator commune lies: projection, code, kilometre tiles, orientation of its plan.

The plan is drawn once in metres around the church; a seed mirrors it, turns it and bends it, so
that two seeds give two towns. The whole lies in a box of 3 × 2 kilometre tiles (2 × 3 when it is
turned by a quarter).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Bounds

LONG, SHORT = 3, 2
"""Tiles along the stream and across it."""


@dataclass(frozen=True)
class Site:
    """A place where the commune can be put.

    Parameters
    ----------
    insee, postcode : str
        Codes that INSEE and La Poste have given to nobody.
    region, epci : str
        Code of the region; SIREN of an intermunicipality that does not exist.
    corner : (int, int)
        North-west kilometre tile [km].
    edition, projection, heights : str
        Parts of the names of IGN's elevation tiles: territory, projection, height datum.
    """

    insee: str
    postcode: str
    region: str
    epci: str
    corner: tuple[int, int]
    edition: str
    projection: str
    heights: str


SITES = {
    "EPSG:2154": Site("14999", "14990", "28", "200099999", (417, 6884), "FXX", "LAMB93", "IGN69"),
    "EPSG:5490": Site(
        "97199", "97199", "01", "200099971", (648, 1802), "GLP", "RGAF09UTM20", "GUAD88"
    ),
    "EPSG:2975": Site(
        "97499", "97499", "04", "200099974", (334, 7664), "REU", "RGR92UTM40S", "REUN89"
    ),
}
"""In Normandy, in Guadeloupe and on Réunion."""


@dataclass(frozen=True)
class Frame:
    """From the plan to the territory's projection.

    Parameters
    ----------
    crs : str
        Projection of the territory.
    site : Site
        Where it is.
    turn : float
        Angle of the plan [rad].
    mirror : {-1, 1}
        Whether the plan is seen in a mirror.
    upright : bool
        Whether the long side runs north to south.
    waves : (n, 6) array
        Bends of the plan: wave numbers, phases, amplitudes on x and y.
    """

    crs: str
    site: Site
    turn: float
    mirror: int
    upright: bool
    waves: NDArray[np.float64]

    @property
    def tiles(self) -> tuple[int, int]:
        """Numbers of tiles from west to east and from north to south."""
        return (SHORT, LONG) if self.upright else (LONG, SHORT)

    @property
    def bounds(self) -> Bounds:
        """Outer edges of the box [m]."""
        (x, y), (columns, rows) = self.site.corner, self.tiles
        first, last = grid.Tile(x, y).bounds, grid.Tile(x + columns - 1, y - rows + 1).bounds
        return (first[0], last[1], last[2], first[3])

    @property
    def centre(self) -> NDArray[np.float64]:
        """Where the church square lies [m]."""
        west, south, east, north = self.bounds
        return np.array([(west + east) / 2, (south + north) / 2])

    def bend(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the plan moved by some tens of metres, their neighbours alike."""
        moved = points.astype(np.float64)
        for kx, ky, phase, other, dx, dy in self.waves:
            angle = points @ np.array([kx, ky])
            moved[:, 0] += dx * np.sin(angle + phase)
            moved[:, 1] += dy * np.sin(angle + other)
        return moved

    def world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the plan in the territory's projection.

        Parameters
        ----------
        points : (n, 2) array
            Metres from the church.
        """
        flipped = self.bend(np.atleast_2d(points)) * (self.mirror, 1)
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        placed: NDArray[np.float64] = flipped @ np.array([[cos, sin], [-sin, cos]]) + self.centre
        return placed


def frame(seed: int, crs: str = "EPSG:2154") -> Frame:
    """Return how the plan of a seed lies on the ground.

    Raises
    ------
    InvalidError
        ``JUM-S370`` for a projection where the commune cannot be put.
    """
    site = SITES.get(crs)
    if site is None:
        raise error("JUM-S370", crs=crs, known=sorted(SITES))
    rng = np.random.default_rng([seed, 1])
    quarter = int(rng.integers(4))
    waves = []
    for length in (1500.0, 900.0):
        angle = rng.uniform(0, 2 * np.pi)
        number = 2 * np.pi / length
        waves.append(
            [
                number * np.cos(angle),
                number * np.sin(angle),
                *rng.uniform(0, 2 * np.pi, 2),
                *(rng.uniform(0.006, 0.018, 2) * length),
            ]
        )
    return Frame(
        crs=crs,
        site=site,
        turn=quarter * np.pi / 2 + np.radians(rng.uniform(-5, 5)),
        mirror=int(rng.choice([-1, 1])),
        upright=quarter % 2 == 1,
        waves=np.array(waves),
    )
