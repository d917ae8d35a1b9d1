# SPDX-License-Identifier: EUPL-1.2
"""Drawn scenes with tilt, azimuth, slope and façades, against slow double precision.

One scene is computed with a distribution of its own without symmetry; the largest relative
difference over its lit cells is judged. A sense of rotation, a sign or an axis that is wrong shows
as a difference of tens of per cent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from jumeau.validation.lighting.point import Lamp, Table, centres, illuminance, intensity
from jumeau.validation.lighting.study import OWN, Figure, Study, lopsided, photometry, worst

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENES = 24
CLOSE = 1e-4
"""Largest accepted relative difference."""
FLOOR = 1e-3
"""Illuminance below which nothing is judged [lx]."""
SOURCE = "sum over lamps in double precision (jumeau.validation.lighting.point)"
SIDE = 24.0  # of a scene [m]
ORIGIN = (652_000.0, 6_862_000.0)  # in Lambert-93, where single precision has steps of half a metre
KINDS = {
    0: "level cells",
    1: "cells of a sloping ground",
    2: "façades",
    3: "a level plane above a sloping ground",
}


class Scene:
    """Lamps over a piece of sloping ground, drawn from a seed.

    Parameters
    ----------
    seed : int
        Of the draw; the kind of surface that receives is its remainder by four.
    """

    def __init__(self, seed: int) -> None:
        import numpy as np

        rng = np.random.default_rng([2026, seed])
        self.kind = seed % 4
        self.cell = float(rng.choice([0.5, 1.0, 2.0]))
        west, south = ORIGIN[0] + rng.uniform(0.0, 1.0), ORIGIN[1] + rng.uniform(0.0, 1.0)
        self.bounds = (west, south, west + SIDE, south + SIDE)
        self.tables: list[Table] = [lopsided(100 * seed + k) for k in range(2)]
        count = int(rng.integers(1, 5))
        self.which = rng.integers(0, 2, count)
        self.tilt = rng.uniform(-40.0, 40.0, count)
        self.azimuth = rng.uniform(-180.0, 540.0, count)
        self.flux = rng.uniform(2_000.0, 30_000.0, count)
        self.above = float(rng.choice([0.0, 1.0, 1.5]))
        xy = centres(self.bounds, self.cell)
        self.rise = rng.uniform(-0.3, 0.3, 2)
        level = 40.0 + (xy - np.array([west, south])) @ self.rise
        self.ground = None if self.kind in (0, 2) else level
        place = rng.uniform([west, south], [west + SIDE, south + SIDE], (count, 2))
        base = 0.0 if self.ground is None else 40.0 + (place - [west, south]) @ self.rise
        self.positions = np.column_stack([place, base + rng.uniform(4.0, 12.0, count)])
        angle = float(rng.uniform(0.0, 2.0 * np.pi))
        self.normal: Any = (0.0, 0.0, 1.0)
        vector = np.array([0.0, 0.0, 1.0])
        if self.kind == 1:
            self.normal, vector = "slope", np.array([-self.rise[0], -self.rise[1], 1.0])
        elif self.kind == 2:
            vector = np.array([np.cos(angle), np.sin(angle), rng.uniform(-0.3, 0.3)])
            self.normal = tuple((rng.uniform(0.5, 3.0) * vector).tolist())
        altitude = (level if self.ground is not None else np.zeros(level.shape)) + self.above
        self.points = np.concatenate([xy, altitude[..., None]], axis=-1)
        self.normals = np.broadcast_to(vector, self.points.shape)

    def engine(self, **changed: Any) -> NDArray[Any]:
        """Return the illuminance by the public function [lx].

        Parameters
        ----------
        **changed
            Arguments that replace those of the scene.
        """
        from jumeau.worksites import lighting

        given: dict[str, Any] = {
            "bounds": self.bounds, "cell_size": self.cell, "flux": self.flux, "tilt": self.tilt,
            "azimuth": self.azimuth, "ground": self.ground, "height_above": self.above,
            "normal": self.normal, "radius": 3.0 * SIDE,
        }  # fmt: skip
        photometries = [photometry(table) for table in self.tables]
        result: NDArray[Any] = lighting.illuminance(
            self.positions, photometries, self.which, **(given | changed)
        )
        return result

    def contributions(self) -> Any:
        """Return the contributions of the lamps by the public function."""
        from jumeau.worksites import lighting

        return lighting.contributions(
            self.positions, [photometry(table) for table in self.tables], self.which,
            bounds=self.bounds, cell_size=self.cell, flux=self.flux, tilt=self.tilt,
            azimuth=self.azimuth, ground=self.ground, height_above=self.above,
            normal=self.normal, radius=3.0 * SIDE,
        )  # fmt: skip

    def lamps(self) -> list[Lamp]:
        """Return the lamps as the slow reference takes them."""
        return [
            Lamp(xyz, table, flux / table.flux_lm, float(tilt), float(azimuth))
            for xyz, table, flux, tilt, azimuth in zip(
                self.positions,
                [self.tables[k] for k in self.which],
                self.flux.tolist(),
                self.tilt,
                self.azimuth,
                strict=True,
            )
        ]

    def slow(self) -> NDArray[Any]:
        """Return the illuminance in double precision [lx]."""
        flat = illuminance(self.lamps(), self.points.reshape(-1, 3), self.normals.reshape(-1, 3))
        return flat.reshape(self.points.shape[:2])


@cache
def scene(seed: int) -> tuple[Scene, NDArray[Any]]:
    """Return a scene and its illuminance in double precision [lx].

    Parameters
    ----------
    seed : int
        Of the draw.
    """
    drawn = Scene(seed)
    return drawn, drawn.slow()


def _drawn() -> dict[str, float]:
    """Return the largest relative difference of the scenes of each kind."""
    gaps: dict[str, list[float]] = {name: [] for name in KINDS.values()}
    for seed in range(SCENES):
        drawn, slow = scene(seed)
        gaps[KINDS[drawn.kind]].append(worst(drawn.engine(), slow, FLOOR))
    return {name: max(values) for name, values in gaps.items()}


def uneven() -> dict[str, Table]:
    """Return smooth distributions on angles that no step of half a degree holds."""
    import numpy as np

    rng = np.random.default_rng(360)
    tenths = np.unique(np.round(np.r_[0.0, rng.uniform(1.0, 359.0, 16), 360.0], 1))
    below = np.unique(np.round(np.r_[0.0, rng.uniform(1.0, 179.0, 20), 180.0], 1))
    even = np.arange(0.0, 181.0, 5.0)
    placed: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "planes to a tenth of a degree": (tenths, even),
        "37 even planes": (np.linspace(0.0, 360.0, 38), even),
        "γ to a tenth of a degree": (np.arange(0.0, 361.0, 15.0), below),
    }
    fine = lopsided(7, c_step=2.0, gamma_step=2.0)
    found = {}
    for name, (c, gamma) in placed.items():
        grid = np.meshgrid(c, gamma, indexing="ij")
        candela = intensity(fine, grid[0].ravel(), grid[1].ravel()).reshape(grid[0].shape)
        candela[:, -1] = candela[:, -1].mean()
        candela[-1] = candela[0]
        found[name] = Table(c, gamma, candela, fine.flux_lm)
    return found


def _uneven() -> dict[str, float]:
    """Return the largest relative difference for each distribution on uneven angles."""
    found = {}
    for name, table in uneven().items():
        drawn = Scene(1)
        drawn.tables = [table, table]
        found[name] = worst(drawn.engine(), drawn.slow(), FLOOR)
    return found


def _weighed() -> dict[str, float]:
    """Return the largest difference of weighed contributions from the scene computed anew."""
    import numpy as np

    gaps = []
    for seed in range(8):
        drawn, _ = scene(seed)
        factors = np.random.default_rng(seed).uniform(0.0, 1.5, drawn.flux.size)
        kept = drawn.contributions().weigh(factors)
        anew = np.asarray(drawn.engine(flux=drawn.flux * factors), float)
        gaps.append(worst(kept, anew, FLOOR))
    return {"contributions weighed": max(gaps)}


def aim(lobe: float, azimuth: float) -> float:
    """Return the bearing of the light of a source that shines in one half-plane only [°].

    Parameters
    ----------
    lobe : float
        Plane C of the light [°].
    azimuth : float
        Of C0 [°].
    """
    import numpy as np

    from jumeau.worksites import lighting

    c, gamma = np.arange(0.0, 361.0, 5.0), np.arange(0.0, 181.0, 5.0)
    away = np.abs((c - lobe + 180.0) % 360.0 - 180.0)
    light = 1e3 * np.exp(-((away[:, None] / 15.0) ** 2)) * np.sin(np.radians(gamma)) ** 2
    light[-1] = light[0]
    source = photometry(Table(c, gamma, light, 1e3))
    square = (-30.5, -30.5, 30.5, 30.5)
    field = lighting.illuminance(
        [[0.0, 0.0, 6.0]], [source], [0], bounds=square, azimuth=azimuth, radius=100.0
    )
    east, north = np.tensordot(np.asarray(field, float), centres(square, 1.0), 2)
    return float(np.degrees(np.arctan2(east, north)) % 360.0)


AIMS = {"C45": 45.0, "C80": 80.0, "C135": 135.0, "C315": 315.0}


def _senses() -> dict[str, float]:
    return {
        f"bearing of {name} when C0 points to {azimuth:g}°": aim(lobe, azimuth)
        for name, lobe in AIMS.items()
        for azimuth in (0.0, 90.0)
    }


def studies() -> Iterator[Study]:
    """Yield the scenes; they need no file."""
    yield Study(
        f"{SCENES} drawn scenes with tilt and azimuth", "illuminance", _drawn,
        tuple(Figure(name, 0.0, CLOSE, "") for name in KINDS.values()), SOURCE, OWN,
    )  # fmt: skip
    yield Study(
        "distributions on uneven angles", "illuminance", _uneven,
        tuple(Figure(name, 0.0, CLOSE, "") for name in uneven()), SOURCE, OWN,
    )  # fmt: skip
    yield Study(
        "scenes dimmed lamp by lamp", "contributions", _weighed,
        (Figure("contributions weighed", 0.0, CLOSE, ""),), "the scene computed anew", OWN,
    )  # fmt: skip
    bearings = {
        f"bearing of {name} when C0 points to {azimuth:g}°": (azimuth - lobe) % 360.0
        for name, lobe in AIMS.items()
        for azimuth in (0.0, 90.0)
    }
    yield Study(
        "sense of the C angles", "illuminance", _senses,
        tuple(Figure(name, value, 0.5, "°") for name, value in bearings.items()),
        "C rises counter-clockwise seen from above: bearing = azimuth of C0 − C", "formula",
    )  # fmt: skip
