# SPDX-License-Identifier: EUPL-1.2
"""Light behind buildings and under trees, against rays cast one by one over drawn towns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from jumeau.validation.lighting.point import Lamp, centres, each
from jumeau.validation.lighting.rays import clearance
from jumeau.validation.lighting.study import OWN, Figure, Study, lopsided, photometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE = "every ray cast through every cell it crosses (jumeau.validation.lighting.rays)"
SIDE = 40  # of a town [cells]
TIE = 2e-3
"""Rays that pass an edge closer than this are not judged: single precision decides them [m]."""
TRANSMISSION = 0.3
CLOSE = 1e-4
"""Relative difference above which the light of a cell is another [-]."""
ORIGIN = (652_000.0, 6_862_000.0)


class Town:
    """Lamps in a drawn town.

    Parameters
    ----------
    seed : int
        Of the draw.
    sloping : bool
        Whether the ground is a hillside with an altitude, and not the level 0.
    trees : bool
        Whether crowns stand over the streets.
    mast : bool
        Whether the surface holds the mast of the first lamp.
    cell : float
        Side of a cell [m].
    """

    def __init__(
        self, seed: int, *, sloping: bool, trees: bool, mast: bool = True, cell: float = 1.0
    ) -> None:
        import numpy as np

        rng = np.random.default_rng([7, seed])
        west, south = ORIGIN
        self.cell = cell
        self.bounds = (west, south, west + SIDE * cell, south + SIDE * cell)
        self.xy = centres(self.bounds, cell)
        shape = self.xy.shape[:2]
        away = self.xy - np.array([west, south])
        self.level = 200.0 + 0.12 * away[..., 0] - 0.05 * away[..., 1] if sloping else None
        base: NDArray[Any] = np.zeros(shape) if self.level is None else self.level
        self.dsm = np.full(shape, np.nan) if seed % 2 else np.array(base)
        self.canopy = np.full(shape, np.nan)
        for _ in range(7):
            i, j, h, w = (
                rng.integers(0, SIDE - 6),
                rng.integers(0, SIDE - 6),
                *rng.integers(3, 9, 2),
            )
            self.dsm[i : i + h, j : j + w] = base[i : i + h, j : j + w].max() + rng.uniform(3, 15)
        self.dsm[rng.integers(0, SIDE, 12), rng.integers(0, SIDE, 12)] = base.max() + 2.5
        if trees:
            for _ in range(6):
                i, j = rng.integers(2, SIDE - 2, 2)
                crown = np.hypot(*(np.indices(shape) - np.array([[[i]], [[j]]]))) <= 2.2
                self.canopy[crown] = base[i, j] + rng.uniform(4.0, 9.0)
        free = np.argwhere(~(self.dsm > base + 0.1))
        chosen = free[rng.choice(len(free), 4, replace=False)]
        place = self.xy[chosen[:, 0], chosen[:, 1]] + rng.uniform(-0.4, 0.4, (4, 2)) * cell
        foot = base[chosen[:, 0], chosen[:, 1]]
        self.positions = np.column_stack([place, foot + rng.uniform(4.0, 9.0, 4)])
        if mast:
            top = self.positions[0, 2] + (0.5, -0.1, -1.5)[seed % 3]
            self.dsm[chosen[0, 0], chosen[0, 1]] = top
        self.table = lopsided(seed)
        self.azimuth = rng.uniform(0.0, 360.0, 4)
        self.above = 0.0 if seed % 3 else 1.0
        altitude = np.array(base) + self.above
        self.points = np.concatenate([self.xy, altitude[..., None]], axis=-1)

    def engine(self, **changed: Any) -> NDArray[Any]:
        """Return the illuminance by the public function [lx].

        Parameters
        ----------
        **changed
            Arguments that replace those of the town.
        """
        from jumeau.worksites import lighting

        given: dict[str, Any] = {
            "bounds": self.bounds, "cell_size": self.cell, "azimuth": self.azimuth,
            "ground": self.level, "dsm": self.dsm, "canopy": self.canopy,
            "transmission": TRANSMISSION, "height_above": self.above,
            "radius": 3.0 * SIDE * self.cell,
        }  # fmt: skip
        result: NDArray[Any] = lighting.illuminance(
            self.positions, [photometry(self.table)], [0] * 4, **(given | changed)
        )
        return result

    def lamps(self) -> list[Lamp]:
        """Return the lamps as the slow reference takes them."""
        return [
            Lamp(xyz, self.table, 1.0, 0.0, float(turn))
            for xyz, turn in zip(self.positions, self.azimuth, strict=True)
        ]

    def exact(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the illuminance by exact rays [lx], and which cells no ray leaves in doubt."""
        import numpy as np

        lamps = self.lamps()
        points = self.points.reshape(-1, 3)
        light = each(lamps, points, np.broadcast_to([0.0, 0.0, 1.0], points.shape))
        sure = np.ones(len(points), bool)
        corner = (self.bounds[0], self.bounds[3])
        hiding = [(self.dsm, 0.0), (self.canopy, TRANSMISSION)]
        hiding = [(surface, share) for surface, share in hiding if not np.isnan(surface).all()]
        for k, lamp in enumerate(lamps):
            for n, point in enumerate(points):
                for surface, share in hiding:
                    gap = clearance(lamp.place, point, surface, corner, self.cell)
                    sure[n] &= abs(gap) > TIE
                    light[k, n] *= share if gap < 0.0 else 1.0
        inside = np.flatnonzero(self.dsm.ravel() > points[:, 2])
        for k, lamp in enumerate(lamps):  # inside a building, but for the cell of its own mast
            own = np.abs(self.xy - lamp.place[:2]).max(axis=-1) < 0.5 * self.cell
            light[k, np.setdiff1d(inside, np.flatnonzero(own.ravel()))] = 0.0
        total = light.sum(axis=0)
        return total.reshape(self.dsm.shape), sure.reshape(self.dsm.shape)


def differing(town: Town) -> dict[str, float]:
    """Return how many cells have another light than by exact rays, and how much light is stopped.

    Parameters
    ----------
    town : Town
        Drawn town.
    """
    import numpy as np

    exact, sure = town.exact()
    ours = np.asarray(town.engine(), float)
    other = np.abs(ours - exact) > CLOSE * exact + 1e-6
    free = np.asarray(town.engine(dsm=None, canopy=None), float)
    return {
        "cells with another light": float((other & sure).sum()),
        "share of the light stopped": float(1.0 - ours.sum() / free.sum()),
        "share of the light stopped by exact rays": float(1.0 - exact.sum() / free.sum()),
    }


TOWNS = {
    "a level town": {"sloping": False, "trees": False},
    "a level town with trees": {"sloping": False, "trees": True},
    "a town on a hillside": {"sloping": True, "trees": False},
    "a town on a hillside with trees": {"sloping": True, "trees": True},
}


def studies() -> Iterator[Study]:
    """Yield the towns; they need no file."""
    for name, kind in TOWNS.items():
        towns = [Town(seed, **kind) for seed in range(3)]
        yield Study(
            f"line of sight in {name}",
            "illuminance",
            partial(_over, towns),
            (Figure("cells with another light than by exact rays", 0.0, 0.0, ""),),
            SOURCE,
            OWN,
        )


def _over(towns: list[Town]) -> dict[str, float]:
    found = [differing(town)["cells with another light"] for town in towns]
    return {"cells with another light than by exact rays": sum(found)}
