# SPDX-License-Identifier: EUPL-1.2
"""Demands that no row tells, from people and buildings: a supposition, with its interval.

People of the cells of population live in the buildings of their cell, in proportion to floor
area; without population, in buildings at a usual area each; each building draws from the nearest
junction. What they use is supplied with the losses of a usual network.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import finding
from jumeau.worksites.water.network import frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.twin_reading import Reading

    Floats = NDArray[np.float64]

PATTERN = "household"
"""Pattern of the day of supposed demands: a row of ``day_profiles.csv``."""
REACH = 200.0
"""Distance within which a building draws from a junction [m]."""
_LEAST = 20.0  # m²: below, a shed
_WORDS = ("Demand of junctions", "Demande des nœuds")
_EFFECT = (
    "Flows and head losses follow from the demands.",
    "Les débits et pertes de charge découlent des demandes.",
)
_HOWS = {
    "population": (
        "from the population, by floor area of buildings",
        "d'après la population, répartie selon la surface des bâtiments",
    ),
    "buildings": (
        "from the floor area of buildings",
        "d'après la surface des bâtiments",
    ),
    "nothing": (
        "none: neither population nor building tells how many people drink",
        "aucune : ni population ni bâtiment ne dit combien de gens boivent",
    ),
}


def demands(t: Territory, reading: Reading, given: Parameters) -> None:
    """Give demands to a network of which no row tells any.

    Parameters
    ----------
    t : Territory
        Territory, with population and buildings.
    reading : Reading
        The network, changed in place.
    given : Parameters
        Parameters of the worksite.
    """
    net = reading.net
    rows = net.junctions
    told = np.isfinite(rows["demand_m3_h"].to_numpy(float))
    if told.any() or not len(rows):
        rows["demand_m3_h"] = np.where(told, rows["demand_m3_h"].to_numpy(float), 0.0)
        return
    places = np.array([reading.points[str(name)] for name in rows.index])
    people, how = inhabitants(t, places, given)
    litres = given["water_litres_per_inhabitant_d"]
    supplied = people * litres.value / 1000.0 / 24.0 / given["water_usual_yield"].value
    rows["demand_m3_h"] = supplied
    rows["pattern"] = np.where(supplied > 0, PATTERN, "").astype(object)
    if (supplied > 0).any():
        pattern = {PATTERN: {"multipliers": tuple(day().tolist())}}
        net.patterns = frame("patterns", {**_known(reading), **pattern})
        net.times = {"PATTERN TIMESTEP": "1:00", **net.times}
    spread = (litres.low / litres.value, litres.high / litres.value)
    reading.between(
        "demand_m3_h",
        {
            str(name): (value * spread[0], value * spread[1], how)
            for name, value in zip(rows.index, supplied.tolist(), strict=True)
        },
    )
    twin = reading.nodes.to_twin
    reading.estimates += [
        {
            "table": "junction", "entity": twin[name], "attribute": "demand_m3_h",
            "value": round(value, 4), "low": round(value * spread[0], 4),
            "high": round(value * spread[1], 4), "method": how,
        }
        for name, value in zip(map(str, rows.index), supplied.tolist(), strict=True)
        if name in twin
    ]  # fmt: skip
    reading.findings.append(
        finding(
            "JUM-H089",
            "junction",
            "demand_m3_h",
            attribute={"en": _WORDS[0], "fr": _WORDS[1]},
            count=len(rows),
            total=len(rows),
            how={"en": _HOWS[how][0], "fr": _HOWS[how][1]},
            effect={"en": _EFFECT[0], "fr": _EFFECT[1]},
        )
    )


def _known(reading: Reading) -> dict[str, dict[str, Any]]:
    patterns = reading.net.patterns["multipliers"]
    return {str(name): {"multipliers": it} for name, it in patterns.items()}


@cache
def day() -> Floats:
    """Return the multipliers of the hours of a working day of households, of mean 1, (24,) [-]."""
    with (Path(__file__).parent / "day_profiles.csv").open(encoding="utf-8", newline="") as file:
        row = next(
            it for it in csv.DictReader(file) if (it["profile"], it["day"]) == (PATTERN, "week")
        )
    hours = np.array([float(row[f"h{hour:02d}"]) for hour in range(24)])
    return np.asarray(np.round(hours / hours.mean(), 4), dtype=np.float64)


def inhabitants(t: Territory, places: Floats, given: Parameters) -> tuple[Floats, str]:
    """Return the people who draw from points, and how that is known.

    Parameters
    ----------
    t : Territory
        Territory.
    places : (n, 2) array
        Junctions [m].
    given : Parameters
        Parameters of the worksite.

    Returns
    -------
    people : (n,) array
        Inhabitants.
    how : {"population", "buildings", "nothing"}
        Source of the figure.
    """
    from scipy.spatial import cKDTree

    low, high = places.min(axis=0) - 2 * REACH, places.max(axis=0) + 2 * REACH
    bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    spots, weight = _floors(t, bounds)
    cells = t.geo("population", columns=["inhabitants", "geometry"], bounds=bounds)
    cells = cells[cells["inhabitants"].fillna(0.0) > 0]
    if len(cells):
        spots, weight = _people(cells, spots, weight)
        how = "population"
    elif len(spots):
        weight = weight / given["water_floor_m2_per_inhabitant"].value
        how = "buildings"
    else:
        return np.zeros(len(places)), "nothing"
    far, near = cKDTree(places).query(spots, distance_upper_bound=REACH)
    kept = np.isfinite(far)
    people = np.bincount(near[kept], weight[kept], minlength=len(places))
    return people.astype(np.float64), how


def _floors(t: Territory, bounds: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Return the middles of buildings and their floor areas [m, m²]."""
    columns = ["floors", "floor_area_m2", "height_m", "geometry"]
    rows = t.geo("building", columns=columns, bounds=bounds)
    ground = rows.geometry.area.to_numpy(float)
    rows, ground = rows[ground >= _LEAST], ground[ground >= _LEAST]
    levels = rows["floors"].to_numpy(float)
    height = rows["height_m"].to_numpy(float)
    levels = np.where(np.isfinite(levels), levels, np.maximum(np.round(height / 3.0), 1.0))
    levels = np.where(np.isfinite(levels), levels, 1.0)
    told = rows["floor_area_m2"].to_numpy(float)
    middle = rows.geometry.centroid
    area = np.where(np.isfinite(told), told, ground * np.maximum(levels, 1.0))
    return np.column_stack([middle.x, middle.y]).reshape(-1, 2), area


def _people(cells: Any, spots: Floats, area: Floats) -> tuple[Floats, Floats]:
    """Return where the people of cells live: in buildings of their cell, else in its middle."""
    import shapely

    shapes = cells.geometry.to_numpy()
    counts = cells["inhabitants"].to_numpy(float)
    tree = shapely.STRtree(shapely.points(spots)) if len(spots) else None
    held = tree.query(shapes, predicate="covers") if tree is not None else np.zeros((2, 0), int)
    sums = np.bincount(held[0], area[held[1]], minlength=len(cells))
    share = counts[held[0]] * area[held[1]] / np.maximum(sums[held[0]], 1e-9)
    empty = sums <= 0
    middle = shapely.get_coordinates(shapely.centroid(shapes[empty]))
    return (
        np.concatenate([spots[held[1]], middle]).reshape(-1, 2),
        np.concatenate([share, counts[empty]]),
    )
