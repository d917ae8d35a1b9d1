# SPDX-License-Identifier: EUPL-1.2
"""Roads to EN 13201-3:2015 a second time: loops over points and luminaires, from the text alone.

Nothing is shared with the engine but the numbers of the road surfaces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.validation.lighting.point import Lamp, Table, axes, each, intensity
from jumeau.validation.lighting.study import OWN, Figure, Study, photometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

SOURCE = "EN 13201-3:2015 and EN 13201-5:2015, loops over points and luminaires"
CLOSE = 0.01
"""Largest accepted relative difference."""
EYE, AHEAD = 1.5, 60.0  # height of the observer and distance before the field [m]
BEFORE, BEYOND = 5.0, 12.0  # luminaires counted, in mounting heights from the point
QUANTITIES = {
    "lav": ("average luminance", "cd/m²"),
    "uo": ("overall uniformity", ""),
    "ul": ("longitudinal uniformity", ""),
    "fti": ("threshold increment", "%"),
    "rei": ("edge illuminance ratio", ""),
    "e_av": ("average illuminance", "lx"),
    "e_min": ("least illuminance", "lx"),
    "u_h": ("uniformity of illuminance", ""),
    "dp": ("power density", "W/lx/m²"),
    "de": ("yearly energy", "kWh/m²"),
}
"""Names of ``lighting.road`` → words and units."""
FAR = 500.0  # distance up to which luminaires dazzle [m]


class Road(NamedTuple):
    """A stretch of road between two luminaires; lengths in metres, angles in degrees."""

    height: float
    spacing: float
    width: float
    lanes: int = 2
    overhang: float = 0.0
    arrangement: str = "single"
    tilt: float = 0.0
    maintenance_factor: float = 0.8
    power_w: float = 100.0
    hours: float = 4100.0
    median: float = 0.0


class Surface(NamedTuple):
    """A road surface: r·10⁴ at tangents of incidence and angles β [°]."""

    tan: Floats
    beta: Floats
    values: Floats


def reflect(surface: Surface, tan: float, beta: float) -> float:
    """Return r·10⁴ by bilinear interpolation, 0 beyond the table [sr⁻¹].

    Parameters
    ----------
    surface : Surface
        The table.
    tan, beta : float
        Tangent of the incidence [-] and angle between the planes [°].
    """
    import numpy as np

    if tan > surface.tan[-1]:
        return 0.0
    column = [float(np.interp(beta, surface.beta, row)) for row in surface.values]
    return float(np.interp(tan, surface.tan, column))


def rows(road: Road) -> list[tuple[float, float, float]]:
    """Return the rows of luminaires: place across, azimuth of C0 and shift along.

    Parameters
    ----------
    road : Road
        With the right edge of the carriageway at 0 and traffic eastwards: a row on the right looks
        north, C0 eastwards.
    """
    near = (road.overhang, 90.0, 0.0)
    far = (road.width - road.overhang, 270.0, 0.0)
    if road.arrangement == "single":
        return [near]
    if road.arrangement == "opposite":
        return [near, far]
    if road.arrangement == "staggered":
        return [near, (far[0], 270.0, 0.5 * road.spacing)]
    if road.arrangement == "twin":  # on a median to the left, the second over the other carriageway
        return [(far[0], 270.0, 0.0), (road.width + road.median + road.overhang, 90.0, 0.0)]
    raise ValueError(road.arrangement)


def lamps(road: Road, table: Table, reach: float) -> list[Lamp]:
    """Return the luminaires of all rows within a distance of the field.

    Parameters
    ----------
    road : Road
        The road.
    table : Table
        Distribution of each.
    reach : float
        Before and beyond the field [m].
    """
    count = math.ceil(reach / road.spacing) + 1
    import numpy as np

    return [
        Lamp(np.array([k * road.spacing + shift, y, road.height]), table, 1.0, road.tilt, azimuth)
        for y, azimuth, shift in rows(road)
        for k in range(-count, count + 2)
    ]


def along(road: Road) -> Floats:
    """Return the places of the points along the field [m]."""
    import numpy as np

    count = 10 if road.spacing <= 30.0 else math.ceil(road.spacing / 3.0 - 1e-9)
    return (np.arange(count) + 0.5) * road.spacing / count


def across(start: float, width: float) -> Floats:
    """Return the places of the illuminance points across a lane: at most 1.5 m apart, 3 or more.

    Parameters
    ----------
    start, width : float
        First edge and width of the lane [m].
    """
    import numpy as np

    count = max(3, math.ceil(width / 1.5 - 1e-9))
    return start + (np.arange(count) + 0.5) * width / count


def horizontal(road: Road, table: Table, y: Floats) -> Floats:
    """Return the initial horizontal illuminance of points along and across [lx].

    Parameters
    ----------
    road, table
        Road and distribution.
    y : array
        Places across [m].
    """
    import numpy as np

    x = along(road)
    points = np.array([(u, v, 0.0) for u in x for v in y])
    found = lamps(road, table, BEYOND * road.height)
    light = each(found, points, np.broadcast_to([0.0, 0.0, 1.0], points.shape))
    total: Floats = light.sum(axis=0).reshape(len(x), len(y))
    return total


def luminance(road: Road, table: Table, surface: Surface, eye: float, y: Floats) -> Floats:
    """Return the initial luminance of points along and across, for one observer [cd/m²].

    Parameters
    ----------
    road, table, surface
        Road, distribution, pavement.
    eye : float
        Place of the observer across [m].
    y : array
        Places of the points across [m].
    """
    import numpy as np

    x = along(road)
    found = lamps(road, table, BEYOND * road.height)
    out = np.zeros((len(x), len(y)))
    for i, u in enumerate(x):
        for j, v in enumerate(y):
            for lamp in found:
                away, aside = float(lamp.place[0]) - u, float(lamp.place[1]) - v
                if not (-BEFORE * road.height <= away <= BEYOND * road.height):
                    continue
                if abs(aside) > BEFORE * road.height:
                    continue
                sight = math.atan2(v - eye, u + AHEAD)
                turn = math.degrees(math.atan2(aside, away) - sight)
                beta = abs((turn + 180.0) % 360.0 - 180.0)
                r = reflect(surface, math.hypot(away, aside) / road.height, beta)
                if r > 0.0:
                    ray = np.array([[-away], [-aside], [-road.height]])
                    a, b, c = (axes(lamp.tilt, lamp.azimuth) @ ray).ravel()
                    angle = math.degrees(math.atan2(math.hypot(a, b), c))
                    plane = math.degrees(math.atan2(b, a))
                    candela = intensity(table, np.array([plane]), np.array([angle]))
                    out[i, j] += float(candela[0]) * r * 1e-4 / road.height**2
    return out


def veil(road: Road, table: Table, eye: tuple[float, float]) -> float:
    """Return Σ E/θ² of the luminaires ahead, for an eye that looks 1° down [lx/°²].

    Parameters
    ----------
    road, table
        Road and distribution.
    eye : (float, float)
        Place of the observer along and across [m].

    Notes
    -----
    Row by row from the nearest luminaire, until one would add less than 2 %, up to 500 m;
    what stands above 20° is hidden by the roof, θ counts from 1.5° to 60°.
    """
    import numpy as np

    down = math.radians(1.0)
    look = np.array([math.cos(down), 0.0, -math.sin(down)])
    total = 0.0
    for y, azimuth, shift in rows(road):
        mine, k = 0.0, math.floor((eye[0] - shift) / road.spacing)
        while True:
            k += 1
            place = np.array([k * road.spacing + shift, y, road.height])
            ray = place - np.array([eye[0], eye[1], EYE])
            if ray[0] > FAR:
                break
            if ray[0] <= 0.0 or math.degrees(math.atan2(ray[2], ray[0])) > 20.0:
                continue
            lamp = Lamp(place, table, 1.0, road.tilt, azimuth)
            light = float(each([lamp], -ray[None] + place, look[None])[0, 0])
            theta = math.degrees(math.acos(min(1.0, float(ray @ look) / math.hypot(*ray))))
            if 1.5 < theta <= 60.0:
                if light / theta**2 < 0.02 * mine:
                    break
                mine += light / theta**2
        total += mine
    return total


def performance(road: Road, table: Table, surface: Surface) -> dict[str, float]:
    """Return the quantities of a road by the names of ``lighting.road``.

    Parameters
    ----------
    road, table, surface
        Road, distribution, pavement.
    """
    import numpy as np

    lane = road.width / road.lanes
    kept = road.maintenance_factor
    x = along(road)
    averages, overall, lengthwise, dazzle = [], [], [], []
    points = np.concatenate([lane * (k + (np.arange(3) + 0.5) / 3) for k in range(road.lanes)])
    for k in range(road.lanes):
        middle = lane * (k + 0.5)
        field = luminance(road, table, surface, middle, points)
        line = luminance(road, table, surface, middle, np.array([middle]))
        averages.append(field.mean())
        overall.append(field.min() / field.mean())
        lengthwise.append(line.min() / line.max())
        start = -2.75 * (road.height - EYE)
        step = road.spacing / len(x)
        worst = max(veil(road, table, (start + n * step, middle)) for n in range(len(x)))
        mean = field.mean()
        dazzle.append(
            650.0 * worst / mean**0.8 if mean <= 5.0 else 950.0 * worst / mean**1.05,
        )
    whole = np.concatenate([across(lane * k, lane) for k in range(road.lanes)])
    level = horizontal(road, table, whole)
    strips = [
        (across(-lane, lane), across(0.0, lane)),
        (across(road.width, lane), across(road.width - lane, lane)),
    ]
    twin = road.arrangement == "twin"
    ratios = [
        horizontal(road, table, out).mean() / horizontal(road, table, inside).mean()
        for out, inside in strips[: 1 if twin and road.median <= 10.0 else 2]
    ]
    power = road.power_w * len(rows(road))
    area = road.spacing * road.width * (2.0 if twin else 1.0)
    return {
        "lav": kept * min(averages),
        "uo": min(overall),
        "ul": min(lengthwise),
        "fti": max(dazzle),
        "rei": min(ratios),
        "e_av": kept * float(level.mean()),
        "e_min": kept * float(level.min()),
        "u_h": float(level.min() / level.mean()),
        "dp": power / (kept * float(level.mean()) * area),
        "de": power * road.hours / area / 1000.0,
    }


def street_lantern() -> Table:
    """Return a smooth road distribution that differs to the four sides."""
    import numpy as np

    c = np.arange(0.0, 361.0, 10.0)
    gamma = np.arange(0.0, 181.0, 5.0)
    a, g = np.radians(c)[:, None], np.radians(gamma)[None, :]
    x, y, z = np.sin(g) * np.cos(a), np.sin(g) * np.sin(a), np.cos(g) + 0.0 * a
    candela = 900.0 * np.maximum(z, 0.0) ** 0.7
    for u, v, w, high, sharp in (
        (0.88, 0.22, 0.42, 2400.0, 22.0),
        (-0.86, 0.26, 0.44, 2100.0, 20.0),
        (0.10, 0.75, 0.65, 1500.0, 8.0),
    ):
        aim = np.array([u, v, w]) / math.hypot(u, v, w)
        candela += high * np.exp(sharp * (aim[0] * x + aim[1] * y + aim[2] * z - 1.0))
    candela *= 1.0 / (1.0 + np.exp((gamma - 86.0) / 3.0))
    candela[:, 0] = candela[:, 0].mean()
    candela[-1] = candela[0]
    return Table(c, gamma, candela, 12_000.0)


ROADS = {
    "two lanes lit from one side": (Road(8.0, 30.0, 7.0), "R3"),
    "two lanes lit from one side, tilted, 42 m apart": (
        Road(9.0, 42.0, 7.5, overhang=0.6, tilt=8.0),
        "R2",
    ),
    "one lane": (Road(5.0, 22.0, 3.5, lanes=1, overhang=-0.8, maintenance_factor=0.9), "C2"),
    "three lanes lit face to face": (
        Road(10.0, 36.0, 10.5, lanes=3, overhang=0.5, arrangement="opposite"),
        "R1",
    ),
    "two carriageways lit from the middle": (
        Road(10.0, 38.0, 7.0, arrangement="twin", overhang=0.5, median=3.0),
        "C1",
    ),
    "two lanes lit in turns": (Road(8.0, 34.0, 8.0, arrangement="staggered", tilt=5.0), "R4"),
}
"""Roads compared, with their pavement."""


@cache
def surface(name: str) -> Surface:
    """Return a pavement of the engine, as plain numbers.

    Parameters
    ----------
    name : str
        R1 … R4, C1, C2.
    """
    from jumeau.worksites.lighting.en13201 import rtables

    table = rtables.find(name)
    return Surface(table.tan_gamma, table.beta, table.values)


@cache
def slowly(name: str) -> Mapping[str, float]:
    """Return the quantities of one of the roads by this module.

    Parameters
    ----------
    name : str
        Among :data:`ROADS`.
    """
    road, pavement = ROADS[name]
    return performance(road, street_lantern(), surface(pavement))


def _engine(name: str) -> dict[str, float]:
    from jumeau.worksites import lighting

    road, pavement = ROADS[name]
    found = lighting.road(photometry(street_lantern()), rtable=pavement, **road._asdict())
    return {words: float(found[quantity]) for quantity, (words, _) in QUANTITIES.items()}


def studies() -> Iterator[Study]:
    """Yield the roads; they need no file."""
    for name in ROADS:
        yield Study(
            name,
            "road",
            partial(_engine, name),
            tuple(
                Figure(words, slowly(name)[quantity], CLOSE, unit, relative=True)
                for quantity, (words, unit) in QUANTITIES.items()
            ),
            SOURCE,
            OWN,
        )
