# SPDX-License-Identifier: EUPL-1.2
"""A second, slow reading of EN 13201-3:2015: one point, one luminaire, one observer at a time.

Written from the procedure and not from the kernel: plain Python, library trigonometry, its own
interpolations, luminaires as a list of places, and the road seen from above with x along the
traffic and y to its left from the right-hand kerb.
"""

from __future__ import annotations

import bisect
import csv
import math
from pathlib import Path
from typing import Any

import numpy as np

TABLES = (
    Path(__file__).parents[4] / "src/jumeau/worksites/lighting/en13201/rtables.csv"
)  # numbers of CIE 144:2001, not code


def between(nodes: list[float], value: float) -> tuple[int, float]:
    """Return the interval of a rising list that holds a value and the share along it."""
    at = min(max(bisect.bisect_right(nodes, value) - 1, 0), len(nodes) - 2)
    return at, (value - nodes[at]) / (nodes[at + 1] - nodes[at])


def bilinear(rows: list[float], columns: list[float], table: Any, x: float, y: float) -> float:
    """Interpolate a table between its nodes."""
    i, u = between(rows, x)
    j, v = between(columns, y)
    upper = table[i][j] * (1 - v) + table[i][j + 1] * v
    lower = table[i + 1][j] * (1 - v) + table[i + 1][j + 1] * v
    return float(upper * (1 - u) + lower * u)


def road_table(name: str) -> tuple[list[float], list[float], list[list[float]]]:
    """Return tan γ, β [°] and r of a road surface."""
    with TABLES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rtable"] == name]
    betas = [key for key in rows[0] if key.startswith("beta_")]
    return (
        [float(row["tan_gamma"]) for row in rows],
        [float(key[5:]) for key in betas],
        [[float(row[key]) for key in betas] for row in rows],
    )


class Lamp:
    """A luminaire at a place: the direction of its C90 across the road is +1 (left) or −1."""

    def __init__(
        self, x: float, y: float, height: float, turn: int, tilt: float, ph: Any, scale: float
    ) -> None:
        self.x, self.y, self.z = x, y, height
        self.turn, self.tilt, self.ph, self.scale = turn, math.radians(tilt), ph, scale
        self.c, self.g = ph.c_angles.tolist(), ph.gamma_angles.tolist()
        self.table = ph.candela.tolist()

    def intensity(self, x: float, y: float, z: float) -> float:
        """Return the intensity towards a point [cd]."""
        along, across, up = self.turn * (x - self.x), self.turn * (y - self.y), z - self.z
        # the luminaire turns about its C0 axis, its C90 side going up: seen from it, the point
        # turns the other way
        side = across * math.cos(self.tilt) + up * math.sin(self.tilt)
        rise = up * math.cos(self.tilt) - across * math.sin(self.tilt)
        gamma = math.degrees(math.acos(max(-1.0, min(1.0, -rise / math.hypot(along, side, rise)))))
        c = math.degrees(math.atan2(side, along)) % 360.0
        if gamma > self.g[-1]:
            return 0.0
        return self.scale * bilinear(self.c, self.g, self.table, c, gamma)

    def illuminance(self, x: float, y: float) -> float:
        """Return the horizontal illuminance on the ground [lx]."""
        square = (x - self.x) ** 2 + (y - self.y) ** 2 + self.z**2
        return self.intensity(x, y, 0.0) * self.z / square**1.5


def lamps(case: dict[str, Any], reach: float) -> list[Lamp]:
    """Place the luminaires of an endless road, as far as they are needed."""
    ph, spacing, width = case["ph"], case["spacing"], case["width"]
    overhang, median = case.get("overhang", 0.0), case.get("median", 0.0)
    flux = case.get("flux") or ph.flux_lm
    rows = {
        "single": [(overhang, 1, 0.0)],
        "opposite": [(overhang, 1, 0.0), (width - overhang, -1, 0.0)],
        "staggered": [(overhang, 1, 0.0), (width - overhang, -1, spacing / 2)],
        "twin": [(width - overhang, -1, 0.0), (width + median + overhang, 1, 0.0)],
    }[case.get("arrangement", "single")]
    most = math.ceil(reach / spacing) + 1
    return [
        Lamp(k * spacing + shift, y, case["height"], turn, case.get("tilt", 0.0), ph,
             flux / ph.flux_lm)
        for y, turn, shift in rows
        for k in range(-most, most + 1)
    ]  # fmt: skip


def calculate(**case: Any) -> dict[str, Any]:
    """Return what EN 13201-3:2015 asks of a road, luminaire by luminaire."""
    height, spacing, width = case["height"], case["spacing"], case["width"]
    lanes, factor = case.get("lanes", 2), case.get("maintenance_factor", 0.8)
    tans, betas, r = road_table(case.get("rtable", "R3"))
    count = 10
    if spacing > 30:
        while spacing / count > 3:
            count += 1
    xs = [(k + 0.5) * spacing / count for k in range(count)]
    lane = width / lanes
    near = lamps(case, max(12 * height, spacing))

    def luminance(x: float, y: float, eye_y: float) -> float:
        total = 0.0
        for lamp in near:
            ahead, aside = lamp.x - x, lamp.y - y
            if not (-5 * height <= ahead <= 12 * height and abs(aside) <= 5 * height):
                continue
            tan = math.hypot(ahead, aside) / height
            if tan > 12:
                continue
            beta = abs(math.atan2(aside, ahead) - math.atan2(y - eye_y, x + 60.0))
            beta = math.degrees(min(beta, 2 * math.pi - beta))
            total += lamp.intensity(x, y, 0.0) * bilinear(tans, betas, r, tan, beta)
        return total * factor * 1e-4 / height**2

    def mean(ys: list[float]) -> list[float]:
        return [factor * sum(lamp.illuminance(x, y) for lamp in near) for y in ys for x in xs]

    def strip(low: float) -> float:
        rows = max(3, math.ceil(lane / 1.5 - 1e-9))
        return float(np.mean(mean([low + (k + 0.5) * lane / rows for k in range(rows)])))

    observers = []
    far = lamps(case, 500 + 4 * height + spacing)
    for number in range(lanes):
        eye_y = (number + 0.5) * lane
        grid = [[luminance(x, (k + 0.5) * lane / 3, eye_y) for x in xs] for k in range(3 * lanes)]
        line = grid[3 * number + 1]
        average = float(np.mean(grid))
        worst = 0.0
        for step in range(count):
            eye_x = -max(0.0, 2.75 * (height - 1.5)) + step * spacing / count
            worst = max(worst, veil(far, eye_x, eye_y))
        initial = average / factor
        glare = 65 / initial**0.8 if initial <= 5 else 95 / initial**1.05
        observers.append(
            {"lav": average, "uo": float(np.min(grid)) / average, "ul": min(line) / max(line),
             "fti": glare * worst}
        )  # fmt: skip
    rows = lanes * max(3, math.ceil(lane / 1.5 - 1e-9))
    carriageway = mean([(k + 0.5) * width / rows for k in range(rows)])
    edges = [strip(-lane) / strip(0.0)]
    if case.get("arrangement") != "twin" or case.get("median", 0.0) > 10:
        edges.append(strip(width) / strip(width - lane))
    heads = {"single": 1, "twin": 2}.get(case.get("arrangement", "single"), 2)
    sides = 2 if case.get("arrangement") == "twin" else 1
    watts = heads * case.get("power_w", 100.0)
    e_av = float(np.mean(carriageway))
    return {
        "lav": min(item["lav"] for item in observers),
        "uo": min(item["uo"] for item in observers),
        "ul": min(item["ul"] for item in observers),
        "fti": max(item["fti"] for item in observers),
        "rei": min(edges),
        "e_av": e_av,
        "e_min": min(carriageway),
        "u_h": min(carriageway) / e_av,
        "dp": watts / (e_av * spacing * width * sides),
        "de": watts * case.get("hours", 4100.0) / 1000 / (spacing * width * sides),
        "per_observer": observers,
    }


def veil(far: list[Lamp], eye_x: float, eye_y: float) -> float:
    """Return the veiling luminance of new luminaires for a driver of 23 [cd/m²]."""
    sight = (math.cos(math.radians(1)), 0.0, -math.sin(math.radians(1)))
    total = 0.0
    for row in sorted({(lamp.y, lamp.turn) for lamp in far}):
        sum_of_row = 0.0
        for lamp in sorted((a for a in far if (a.y, a.turn) == row), key=lambda a: a.x):
            ahead, aside, above = lamp.x - eye_x, lamp.y - eye_y, lamp.z - 1.5
            if not 0 < ahead <= 500 or above > ahead * math.tan(math.radians(20)):
                continue
            distance = math.hypot(ahead, aside, above)
            cosine = (sight[0] * ahead + sight[2] * above) / distance
            theta = math.degrees(math.acos(cosine))
            if not 1.5 <= theta <= 60:
                continue
            at_eye = lamp.intensity(eye_x, eye_y, 1.5) * cosine / distance**2
            veiling = 10 * at_eye / theta**2
            if sum_of_row > 0 and veiling < 0.02 * sum_of_row:
                break
            sum_of_row += veiling
        total += sum_of_row
    return total
