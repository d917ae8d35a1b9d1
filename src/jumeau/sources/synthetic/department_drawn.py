# SPDX-License-Identifier: EUPL-1.2
"""A synthetic département drawn: which communes, where, with how many buildings and lamps."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import crs as systems
from jumeau.base.errors import error
from jumeau.sources.synthetic import department_plan as plan
from jumeau.sources.synthetic.department_cog import Commune, read_cog
from jumeau.sources.synthetic.department_plan import Box, Edges, Warp

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAMPS_PER_INHABITANT = 0.3015
BUILDINGS_PER_INHABITANT = 0.603
"""So that Manche (497,522 inhabitants) has 150,000 lamps and 300,000 buildings."""
LARGEST = 10_000.0
"""Ground drawn at most [km²]: Guyane has 83,534 for 22 communes."""


@dataclass(frozen=True)
class Department:
    """A département drawn.

    Parameters
    ----------
    code, name, crs : str
        Code, name, national projection.
    communes : tuple of Commune
        In the order of their codes.
    boxes, warp : dict, Warp
        Ground of each commune, and how the plane is bent.
    edges : Edges
        Streets of bourgs and hamlets.
    buildings, lamps : (n,) int arrays
        Numbers by commune.
    seed : int
        Seed.
    """

    code: str
    name: str
    crs: str
    communes: tuple[Commune, ...]
    boxes: dict[int, Box]
    warp: Warp
    edges: Edges
    buildings: NDArray[np.int64]
    lamps: NDArray[np.int64]
    seed: int

    def rng(self, theme: int) -> np.random.Generator:
        """Return the draws of a theme: a theme more never changes the others."""
        return np.random.default_rng([self.seed, 50, theme])


def draw(
    code: str,
    *,
    seed: int = 0,
    communes: int | None = None,
    cog: str | Path | Sequence[str | Path] | None = None,
) -> Department:
    """Draw a département; parameters and errors of :func:`department`."""
    if communes is not None and (isinstance(communes, bool) or communes < 1):
        raise error("JUM-S362", value=communes)
    wanted = str(code).upper().zfill(2)
    name, everyone = read_cog(wanted, cog)
    count = min(communes or len(everyone), len(everyone))
    by_size = sorted(everyone, key=lambda item: (-item.population, item.code))
    kept = [by_size[int((rank + 0.5) * len(by_size) / count)] for rank in range(count)]
    chosen = tuple(sorted(kept, key=lambda item: item.code))
    people = np.array([item.population for item in chosen], np.float64)
    buildings = plan.shared(round(people.sum() * BUILDINGS_PER_INHABITANT), people)
    lamps = plan.shared(round(people.sum() * LAMPS_PER_INHABITANT), people)
    crs, x, y, square_km = _place(wanted)
    least = plan.needed(buildings)
    area = max(min(square_km, LARGEST) * 1e6 * count / len(everyone), 1.2 * least.sum())
    spare = max(area - least.sum(), 0.0) / count
    rng = np.random.default_rng([seed, 50, 0])
    unequal = rng.lognormal(0.0, 0.35, count)
    groups: dict[str, list[int]] = {}
    for number, item in enumerate(chosen):
        groups.setdefault(item.epci or "", []).append(number)
    boxes = plan.parcels(area, list(groups.values()), least + spare * unequal / unequal.mean())
    warp = Warp(x, y, rng.uniform(0, 2 * np.pi, (2, 2, 2)))
    return Department(
        code=wanted,
        name=name,
        crs=crs,
        communes=chosen,
        boxes=boxes,
        warp=warp,
        edges=plan.streets(boxes, buildings, warp, np.random.default_rng([seed, 50, 1])),
        buildings=buildings,
        lamps=lamps,
        seed=seed,
    )


def _place(code: str) -> tuple[str, float, float, float]:
    """Return the projection of a département, its middle [m] and its area [km²].

    Middles are rounded to a tenth of a degree: they place, they do not describe.
    """
    table = Path(__file__).with_name("department_places.csv")
    with table.open(encoding="utf-8", newline="") as file:
        known = {row["code"]: row for row in csv.DictReader(file)}
    if code not in known:
        raise error("JUM-S361", department=code, known=list(known))
    row = known[code]
    x, y = systems.reproject(
        [float(row["longitude"])], [float(row["latitude"])], systems.WGS84, row["crs"]
    )
    return row["crs"], round(x[0] / 1000) * 1e3, round(y[0] / 1000) * 1e3, float(row["area_km2"])
