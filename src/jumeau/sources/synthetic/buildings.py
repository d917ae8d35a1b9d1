# SPDX-License-Identifier: EUPL-1.2
"""Buildings of the demonstrator commune: public ones, houses, farms, outbuildings, materials.

Walls and roofs follow the decade: rubble and slate before 1914, brick between the wars, blocks
and tiles or slate after, timber frames lately. Materials bear the codes of the land register
(fichiers fonciers: 10 stone, 40 brick, 50 blocks, 60 timber; 10 tiles, 20 slate, 30 metal,
40 concrete).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.sources.synthetic import townscape
from jumeau.sources.synthetic.frame import Frame
from jumeau.sources.synthetic.plan import Plan, rows
from jumeau.sources.synthetic.townscape import Building, Ground

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_MOVE = 40
"""How far a public building gives way to a street [m]."""
RETREATS = ("Les Tilleuls", "Le Clos Fleuri", "La Résidence du Val", "Les Hortensias")
FARM = "Agricole"
OUTBUILDING = "Annexe"


def public(frame: Frame, plan: Plan, ground: Ground, rng: np.random.Generator) -> list[Building]:
    """Stand the public buildings, each by its street.

    Parameters
    ----------
    frame : Frame
        Where the plan lies.
    plan : Plan
        Streets.
    ground : Ground
        Ground taken already; the buildings join it.
    rng : numpy.random.Generator
        Source of chance.
    """
    import shapely
    from shapely import affinity

    retreat = str(rng.choice(RETREATS))
    built = []
    for row in rows("public.csv"):
        place = np.array([float(row["x"]), float(row["y"])])
        here, ahead = frame.world(np.array([place, place + np.array([1.0, 0.0])]))
        angle = float(np.degrees(np.arctan2(*(ahead - here)[::-1])))
        angle += frame.mirror * float(row["angle"])
        length, width = float(row["length"]), float(row["width"])
        shape: Any = shapely.box(-length / 2, -width / 2, length / 2, width / 2)
        wing, across = float(row["wing_length"]), float(row["wing_width"])
        if wing:
            other = shapely.box(-wing / 2, -across / 2, wing / 2, across / 2)
            shift = length / 5 if row["use"] == "Religieux" else -length / 2 + wing / 2
            shape = shapely.union(shape, affinity.translate(other, shift, 0))
        shape = affinity.rotate(shape, angle, origin=(0, 0))
        apart = row["use"] != "Religieux"  # the church stands on its square
        shape = _settled(affinity.translate(shape, *here), ground if apart else None)
        near = min(plan.streets, key=lambda street: street.line.distance(shape))
        _, front = shapely.shortest_line(near.line, shape).coords
        name = row["name"].replace("{saint}", plan.saint).replace("{retreat}", retreat)
        built.append(
            Building(
                shape,
                (round(front[0], 2), round(front[1], 2)),
                near,
                side_of(near.line, shape.centroid),
                near.line.project(shape.centroid),
                int(row["floors"]),
                float(row["height"]),
                int(row["year"]),
                row["use"],
                name,
                True,
                0,
                row["nature"].replace(";", ","),
                row["walls"],
                row["roof"],
                float(row["pitch"]),
            )
        )
        ground.add(shape)
    return built


def _settled(shape: Any, ground: Ground | None) -> Any:
    """Return a shape where it stands free, the nearest place first."""
    from shapely import affinity

    if ground is not None:
        for reach in range(0, LONGEST_MOVE, 2):
            for angle in np.linspace(0, 2 * np.pi, 16 if reach else 1, endpoint=False):
                moved = affinity.translate(shape, reach * np.cos(angle), reach * np.sin(angle))
                if ground.place(moved, apart=True, gap=3.0) is not None:
                    return townscape.rounded(moved)
    return townscape.rounded(shape)


def side_of(line: Any, point: Any) -> int:
    """Return 1 on the left of a line, -1 on its right."""
    position = line.project(point)
    before, after = line.interpolate(max(position - 1, 0)), line.interpolate(position + 1)
    cross = (after.x - before.x) * (point.y - before.y) - (after.y - before.y) * (
        point.x - before.x
    )
    return 1 if cross > 0 else -1


def houses(plan: Plan, ground: Ground, rng: np.random.Generator) -> list[Building]:
    """Stand buildings along every street, the oldest kinds of place first."""
    order = [street for street in plan.streets if street.zone != townscape.EMPTY]
    order.sort(key=lambda street: list(townscape.ZONES).index(street.zone))
    built: list[Building] = []
    for street in order:
        built += townscape.along(rng, street, ground)
    return [_dressed(item, rng) for item in built]


def farms(homes: list[Building], ground: Ground, rng: np.random.Generator) -> list[Building]:
    """Stand barns and sheds behind some houses of hamlets and lanes."""
    built = []
    for home in homes:
        share = {"hameau": 0.4, "rural": 0.22}.get(home.street.zone, 0.0)
        if home.use != "Résidentiel" or rng.random() >= share:
            continue
        for modern in (False, True, True)[: int(rng.integers(1, 4))]:
            size = (rng.uniform(24, 46), rng.uniform(15, 24)) if modern else (
                rng.uniform(13, 24), rng.uniform(7, 9.5)
            )  # fmt: skip
            shape = _behind(home, size, (16, 55), ground, rng, gap=5.0)
            if shape is None:
                continue
            year = int(rng.integers(1972, 2021)) if modern else home.year
            built.append(
                replace(
                    home,
                    shape=shape,
                    floors=1,
                    height=round(
                        float(rng.uniform(4.5, 6.8) if modern else rng.uniform(4, 5.5)), 1
                    ),
                    year=year,
                    use=FARM,
                    dwellings=0,
                    nature="Industriel, agricole ou commercial" if modern else "Indifférenciée",
                    walls="90" if modern else "10",
                    roof="30" if modern else "20",
                    pitch=0.2 if modern else 0.9,
                )
            )
    return built


def outbuildings(homes: list[Building], ground: Ground, rng: np.random.Generator) -> list[Building]:
    """Stand garages and sheds on plots, as often as the zone has them."""
    built = []
    for home in homes:
        zone = townscape.ZONES[home.street.zone]
        if home.use not in {"Résidentiel", "Commercial et services"} or rng.random() >= zone.annex:
            continue
        size = (rng.uniform(4.0, 7.5), rng.uniform(3.0, 5.5))
        if home.street.zone == "collectif":
            size = (rng.uniform(18, 28), 5.6)  # a row of garages
        shape = _behind(home, size, (4, zone.plot - 26), ground, rng, gap=1.0)
        if shape is None:
            continue
        old = home.year < 1945 and rng.random() < 0.6
        year = home.year if old else int(rng.integers(min(max(home.year, 1955), 2020), 2024))
        built.append(
            replace(
                home,
                shape=shape,
                floors=1,
                height=round(float(rng.uniform(2.2, 3.1)), 1),
                year=year,
                use=OUTBUILDING,
                dwellings=0,
                nature="Indifférenciée",
                walls="10" if old else str(rng.choice(["50", "60", "90"])),
                roof="20" if old else str(rng.choice(["10", "20", "30"])),
                pitch=0.6 if old else 0.3,
            )
        )
    return built


def _behind(
    home: Building,
    size: tuple[float, float],
    reach: tuple[float, float],
    ground: Ground,
    rng: np.random.Generator,
    gap: float,
) -> Any | None:
    """Return a free rectangle behind or beside a house, turned as it is."""
    import shapely
    from shapely import affinity

    line = home.street.line
    here = line.interpolate(home.along)
    before, after = line.interpolate(max(home.along - 3, 0)), line.interpolate(home.along + 3)
    angle = float(np.arctan2(after.y - before.y, after.x - before.x))
    away = angle + home.side * np.pi / 2
    back = home.shape.hausdorff_distance(here)
    length, width = size
    for _ in range(7):
        beyond = line.distance(home.shape) + rng.uniform(*reach)
        beyond = max(beyond, min(back, 14) * 0.6)
        aside = rng.uniform(-13, 13)
        x = here.x + beyond * np.cos(away) + aside * np.cos(angle)
        y = here.y + beyond * np.sin(away) + aside * np.sin(angle)
        turned = np.degrees(angle) + (90 if rng.random() < 0.35 else 0) + rng.normal(0, 2)
        box = shapely.box(-length / 2, -width / 2, length / 2, width / 2)
        shape = affinity.translate(affinity.rotate(box, turned, origin=(0, 0)), x, y)
        if ground.place(shape, apart=True, gap=gap) is not None:
            shape = townscape.rounded(shape)
            ground.add(shape)
            return shape
    return None


def _dressed(item: Building, rng: np.random.Generator) -> Building:
    """Return a building with its homes and materials."""
    zone = item.street.zone
    if item.use == "Industriel" or (zone == "activite"):
        return replace(
            item, nature="Industriel, agricole ou commercial", walls="90", roof="30", pitch=0.1
        )
    homes = 1 if item.use == "Résidentiel" or item.floors > 1 else 0
    if zone == "collectif":
        homes = item.floors * int(rng.integers(3, 6))
    elif zone in {"bourg", "place"} and item.floors > 1 and rng.random() < 0.14:
        homes = int(rng.integers(2, 5))
    if item.year < 1915:
        walls, roof = "10", "20"
    elif item.year < 1950:
        walls, roof = str(rng.choice(["10", "40", "50"], p=[0.4, 0.35, 0.25])), "20"
    else:
        timber = 0.18 if item.year > 2005 else 0.02
        walls = str(rng.choice(["50", "40", "60"], p=[0.9 - timber, 0.1, timber]))
        roof = str(rng.choice(["20", "10"], p=[0.62, 0.38]))
    pitch = 0.0 if zone == "collectif" else (1.0 if item.year < 1950 else 0.78)
    if zone == "collectif":
        roof = "40"
    return replace(item, dwellings=homes, walls=walls, roof=roof, pitch=pitch)


def levels(
    items: list[Building], ground: NDArray[np.float64]
) -> list[tuple[Any, float, float, float]]:
    """Return for each building its footprint, gutter and ridge altitudes, and pitch.

    Parameters
    ----------
    items : list of Building
        Buildings.
    ground : (n,) array
        Mean altitude of the ground under each [m].
    """
    found = []
    for item, mean in zip(items, ground.tolist(), strict=True):
        gutter = mean + item.height
        highest = 6.0 if item.use == "Religieux" else 4.6
        half = _half_width(item.shape)
        found.append((item.shape, gutter, gutter + min(item.pitch * half, highest), item.pitch))
    return found


def _half_width(shape: Any) -> float:
    """Return half the width of the rectangle around a footprint [m]."""
    corners = np.array(shape.minimum_rotated_rectangle.exterior.coords)
    sides = np.hypot(*np.diff(corners[:3], axis=0).T)
    return float(sides.min() / 2)
