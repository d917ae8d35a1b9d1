# SPDX-License-Identifier: EUPL-1.2
"""People of the demonstrator commune: addresses, inhabitants, accounts, traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.sources.synthetic.plan import rows
from jumeau.sources.synthetic.town import Town
from jumeau.sources.synthetic.townscape import Building

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOUSEHOLD = {"bourg": 1.95, "place": 1.9, "faubourg": 2.2, "collectif": 1.9, "lotissement": 2.65}
"""Inhabitants of a home by kind of place; 2.4 elsewhere."""
OCCUPIED = {"bourg": 0.86, "place": 0.86, "lotissement": 0.97}
"""Share of homes that are lived in all year; 0.92 elsewhere."""
BOARDERS = 74
"""People who live in the retirement home."""
GRID = 200.0
"""Side of the cells of population [m]."""
METRIC = {"rural", "hameau"}
"""Kinds of place where a number is the distance from the beginning of the road [m]."""
WITHOUT = {"Agricole", "Annexe", "Religieux"}
"""Uses of buildings that have no address."""


@dataclass(frozen=True)
class Address:
    """An address: street, number, position and the building it leads to."""

    street: str
    number: int
    suffix: str
    x: float
    y: float
    building: Building


def addresses(town: Town) -> list[Address]:
    """Give numbers: odd on the left, even on the right, by distance on country roads."""
    served: dict[str, list[Building]] = {}
    for item in town.buildings:
        if item.use not in WITHOUT:
            served.setdefault(item.street.name, []).append(item)
    country = {street.name for street in town.plan.streets if street.zone in METRIC}
    found = []
    for name in dict.fromkeys(street.name for street in town.plan.streets):
        taken: set[tuple[int, str]] = set()
        for side, first in ((1, 1), (-1, 2)):
            here = [item for item in served.get(name, []) if item.side == side]
            here.sort(key=lambda item: item.street.start + item.along)
            number = first
            for item in here:
                if name in country:
                    metres = round(item.street.start + item.along)
                    number = metres + (metres + first) % 2
                suffix = next(s for s in ("", "bis", "ter", "quater") if (number, s) not in taken)
                taken.add((number, suffix))
                found.append(Address(name, number, suffix, *item.door, item))
                number += 2
    return found


@dataclass(frozen=True)
class Cell:
    """A cell of population: identifier, west and south edges in its grid, people, homes."""

    name: str
    west: float
    south: float
    inhabitants: int
    households: int


def people(town: Town) -> NDArray[np.float64]:
    """Return the inhabitants of each building."""
    found = []
    for item in town.buildings:
        zone = item.street.zone
        each = item.dwellings * HOUSEHOLD.get(zone, 2.4) * OCCUPIED.get(zone, 0.92)
        found.append(BOARDERS if item.name.startswith("EHPAD") else each)
    return np.array(found, dtype=np.float64)


def cells(town: Town) -> tuple[str, list[Cell]]:
    """Return the projection of INSEE's grid and its inhabited cells, whole people each.

    Their sum is the population of the commune.
    """
    crs = "EPSG:3035" if town.frame.crs == "EPSG:2154" else town.frame.crs
    middle = np.array([item.shape.centroid.coords[0] for item in town.buildings])
    x, y = middle.T
    if crs != town.frame.crs:
        x, y = systems.reproject(x, y, town.frame.crs, crs)
    spread: dict[tuple[int, int], list[float]] = {}
    homes = [item.dwellings * OCCUPIED.get(item.street.zone, 0.92) for item in town.buildings]
    columns, lines = (np.asarray(axis) // GRID for axis in (x, y))
    for column, line, persons, home in zip(columns, lines, people(town), homes, strict=True):
        if persons > 0:
            held = spread.setdefault((int(column), int(line)), [0.0, 0.0])
            held[0] += float(persons)
            held[1] += home
    keys = sorted(spread)
    whole = _integers(np.array([spread[key][0] for key in keys]))
    found = []
    for key, count in zip(keys, whole.tolist(), strict=True):
        if count:
            west, south = key[0] * GRID, key[1] * GRID
            name = f"CRS{crs.removeprefix('EPSG:')}RES200mN{south:.0f}E{west:.0f}"
            found.append(Cell(name, west, south, count, max(1, round(spread[key][1]))))
    return crs, found


def _integers(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round shares so that their sum is the rounded sum: the largest remainders go up."""
    low = np.floor(shares).astype(np.int64)
    missing = round(float(shares.sum())) - int(low.sum())
    order = np.argsort(-(shares - low), kind="stable")
    low[order[:missing]] += 1
    return low


def accounts(population: int) -> list[tuple[Any, ...]]:
    """Return the M57 accounts of three years, written as French accountants do."""
    found = []
    for year in (2022, 2023, 2024):
        for row in rows("budget.csv"):
            amount = (
                float(row["eur_inhabitant"]) * population * float(row["growth"]) ** (year - 2022)
            )
            text = f"{round(amount, -2):,.2f}".replace(",", "\u202f").replace(".", ",")
            found.append(
                (year, *(row[k] for k in ("section", "direction", "nature", "function", "label")),
                 text)
            )  # fmt: skip
    return found


def traffic(town: Town, ids: list[str], seed: int) -> list[tuple[Any, ...]]:
    """Return a week of counts on some stretches of the main roads, and on two streets."""
    rng = np.random.default_rng([seed, 9])
    found: list[tuple[Any, ...]] = []
    counted: dict[str, int] = {}
    for name, street in zip(ids, town.segments, strict=True):
        main = street.hierarchy == "départementale" and street.zone in {"bourg", "faubourg"}
        side = street.name in {"Rue des Écoles", "Rue du Stade"}
        if street.line.length < 60 or not (main or side) or counted.get(street.name, 0) >= 2:
            continue
        counted[street.name] = counted.get(street.name, 0) + 1
        day = round(float(rng.uniform(1400, 4200) if main else rng.uniform(250, 800)) / 10) * 10
        found.append(
            (
                f"C{len(found) + 1:02d}",
                name,
                street.name,
                "13/05/2024",
                "19/05/2024",
                2024,
                day,
                round(day * float(rng.uniform(0.07, 0.09))),
                round(day * float(rng.uniform(0.085, 0.105))),
                30 if street.zone in {"bourg", "place"} else 50,
                "Pneumatique",
            )
        )
    return found
