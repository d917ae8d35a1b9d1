# SPDX-License-Identifier: EUPL-1.2
"""Streets of the demonstrator commune: its plan laid on the ground, named as in Normandy.

``plan.csv`` holds the streets, the housing estates among them by letter; a seed leaves one or two
estates out, moves the nodes by some metres and draws the names. ``names.csv`` holds the names:
themes of estates, places along the lanes, and the real towns that the roads lead to, with their
distance (east, north) [km].
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.sources.synthetic import townscape
from jumeau.sources.synthetic.frame import Frame
from jumeau.sources.synthetic.townscape import Street
from jumeau.sources.synthetic.waters import Course, smooth

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

AREA = 4.0e6
"""Area of the commune [m²]."""
SHORTEST = 12.0
"""Length below which what the limit leaves of a street is dropped [m]."""


@dataclass(frozen=True)
class Plan:
    """Streets, and what their names come from.

    Parameters
    ----------
    streets : list of Street
        Whole streets; those that meet share their node exactly.
    places : dict
        {name of a hamlet: a point in it} [m].
    saint : str
        Patron saint of the church.
    boundary : shapely.Polygon
        Limit of the commune [m].
    """

    streets: list[Street]
    places: dict[str, tuple[float, float]]
    saint: str
    boundary: shapely.Polygon


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of this package."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def boundary(frame: Frame, rng: np.random.Generator) -> Any:
    """Return the limit of the commune: rounded, irregular, of the area wanted."""
    import shapely

    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    a, b, power = 1190.0, 905.0, 3.4
    radius = (np.abs(np.cos(angle) / a) ** power + np.abs(np.sin(angle) / b) ** power) ** (
        -1 / power
    )
    wobble = np.zeros(len(angle))
    for wave in (3, 5, 8, 13):
        wobble += rng.normal(0, 0.022) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius *= 1 + np.clip(wobble, -0.07, 0.05) + rng.normal(0, 0.011, len(angle))
    corners = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    centre = frame.centre
    for _ in range(3):
        shape = shapely.Polygon(frame.world(corners))
        corners *= np.sqrt(AREA / shape.area)
    west, south, east, north = frame.bounds
    points = frame.world(corners)
    points = np.clip(points, (west + 12, south + 12), (east - 12, north - 12))
    return townscape.rounded(shapely.Polygon(points), 0.1).union(shapely.Point(*centre).buffer(1))


def plan(frame: Frame, seed: int) -> Plan:
    """Return the streets of a seed."""
    import shapely

    rng = np.random.default_rng([seed, 5])
    limit = boundary(frame, rng)
    estates = sorted({row["estate"] for row in rows("plan.csv")} - {""})
    left_out = set(rng.choice(estates, int(rng.integers(0, 2)), replace=False).tolist())
    saint, names, places = _names(frame, rng, estates)
    moved: dict[str, NDArray[np.float64]] = {}
    used: dict[str, int] = {}
    lengths: dict[str, float] = {}
    drawn: list[Street] = []
    found: dict[str, tuple[float, float]] = {}
    for row in rows("plan.csv"):
        nodes = []
        for node in row["nodes"].split(";"):
            if node not in moved:
                place = np.array([float(part) for part in node.split()]) + rng.normal(0, 2.5, 2)
                moved[node] = frame.world(place[None])[0]
            nodes.append(moved[node])
        if row["estate"] in left_out:
            continue
        line: Any = shapely.LineString(np.round(smooth(np.array(nodes)), 2))
        if not limit.contains(line):
            line = _inside(line, limit)
            if line is None:
                continue
        name = row["name"]
        if "*" in name:
            rank = used.get(row["estate"], 0)
            used[row["estate"]] = rank + 1
            name = name.replace("*", names["*" + row["estate"]][rank])
        for key, form in names.items():
            name = name.replace(f"{{{key}}}", str(form))
        for key, place_name in places.items():
            if f"{{{key}}}" in row["name"] and row["zone"] == "hameau":
                middle = line.interpolate(0.5, normalized=True)
                found[place_name] = (round(middle.x, 1), round(middle.y, 1))
        street = Street(
            name,
            row["hierarchy"],
            row["zone"],
            float(row["width_m"]),
            (int(row["from"]), int(row["to"])),
            line,
            lengths.get(name, 0.0),
        )
        lengths[name] = street.start + line.length
        drawn.append(street)
    return Plan(drawn, found, saint, limit)


def _inside(line: Any, limit: Any) -> Any | None:
    """Return what the limit leaves of a street, from its first point."""
    import shapely

    start = shapely.Point(line.coords[0])
    for part in shapely.get_parts(line.intersection(limit)):
        if part.geom_type == "LineString" and part.distance(start) < 1e-6:
            kept = shapely.LineString(np.round(np.array(part.coords), 2))
            return kept if kept.length > SHORTEST else None
    return None


def _names(
    frame: Frame, rng: np.random.Generator, estates: list[str]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return the saint, the forms of names by key, and the places by number."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for row in rows("names.csv"):
        tables.setdefault(row["theme"], []).append((row["name"], row["form"]))
    names: dict[str, Any] = {}
    themes = rng.permutation(len(tables["estate"]))
    for letter, theme in zip(estates, themes.tolist(), strict=False):
        forms = tables["estate"][theme][1].split("|")
        names["*" + letter] = [forms[k] for k in rng.permutation(len(forms)).tolist()]
    places = {}
    for number, k in enumerate(rng.permutation(len(tables["place"])).tolist()[:8], 1):
        places[str(number)], names[str(number)] = tables["place"][k]
    title, names["saint"] = tables["saint"][int(rng.integers(len(tables["saint"])))]
    towns = [(np.array(where.split(), float), town) for where, town in tables["road"]]
    free = list(range(len(towns)))
    for key, heading in (("E", (1, 0)), ("N", (0, 1)), ("S", (0, -1)), ("W", (-1, 0))):
        ahead = frame.world(np.array([heading], float) * 900)[0] - frame.centre
        ahead /= np.hypot(*ahead)

        def merit(k: int, ahead: NDArray[np.float64] = ahead) -> float:
            where = towns[k][0]
            return float(where @ ahead / np.hypot(*where) + 0.004 * min(np.hypot(*where), 30))

        best = max(free, key=merit)
        free.remove(best)
        names[key] = towns[best][1]
    return title, names, places


@dataclass(frozen=True)
class Crossing:
    """A street over a watercourse.

    Parameters
    ----------
    street : Street
        Street carried.
    course : Course
        Watercourse crossed.
    kind : str
        ``Pont``, ``Passerelle`` or ``Buse``.
    shape : shapely.Polygon
        Deck, or cover of the culvert [m].
    """

    street: Street
    course: Course
    kind: str
    shape: shapely.Polygon


def crossings(streets: list[Street], courses: list[Course]) -> list[Crossing]:
    """Return the bridges and culverts: where streets meet watercourses."""
    import shapely
    from shapely import ops

    found = []
    for course in courses:
        for street in streets:
            hit = street.line.intersection(course.line)
            if hit.is_empty:
                continue
            for point in shapely.get_parts(hit):
                if point.geom_type != "Point":
                    continue
                reach = course.width / 2 + (3.2 if course.permanent else 2.0)
                at = street.line.project(point)
                length = street.line.length
                part = ops.substring(street.line, max(at - reach, 0), min(at + reach, length))
                kind = "Buse" if not course.permanent else "Pont"
                if street.width < 2.5:
                    kind = "Passerelle"
                deck = part.buffer(street.width / 2 + 0.6, cap_style="flat")
                found.append(Crossing(replace(street), course, kind, townscape.rounded(deck)))
    merged: list[Crossing] = []
    for item in found:
        if not any(item.shape.distance(other.shape) < 6 for other in merged):
            merged.append(item)
    return merged
