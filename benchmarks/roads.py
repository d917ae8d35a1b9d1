# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of road fields to EN 13201-3: 100,000 fields against the same procedure in NumPy.

The peer is written as one writes it in NumPy: each field is computed whole, all points, luminaires
and observers in arrays, intensities and road surface looked up by index arithmetic; nothing is
computed twice for several observers. It computes a sample of the fields, and its time is scaled to
all of them. Both are timed in turns: by the clock as a user calls them, ours with the threads of
the machine, and by processor time on one core.

``JUMEAU_BENCH_FIELDS`` (100,000) is the number of fields.
"""

from __future__ import annotations

import math
import os
import time
from typing import Any

import numpy as np

from harness import Table

COUNT = int(os.environ.get("JUMEAU_BENCH_FIELDS", "100000"))
SAMPLE = 400
COLUMNS = ("height", "spacing", "width", "overhang", "tilt", "flux", "lanes", "arrangement")
ROWS = {
    "single": lambda s, w, o: [(o, 1, 0.0)],
    "opposite": lambda s, w, o: [(o, 1, 0.0), (w - o, -1, 0.0)],
    "staggered": lambda s, w, o: [(o, 1, 0.0), (w - o, -1, s / 2)],
}


def streets(count: int) -> dict[str, Any]:
    """Return fields as French streets have them: two thirds on one side, two lanes mostly."""
    rng = np.random.default_rng(7)
    lanes = rng.choice([1, 2, 2, 2, 3, 4], count)
    return {
        "photometry": rng.integers(0, 4, count),
        "height": rng.uniform(5, 12, count),
        "spacing": rng.uniform(18, 45, count),
        "width": lanes * rng.uniform(2.8, 3.6, count),
        "lanes": lanes,
        "overhang": rng.uniform(-1, 1.5, count),
        "tilt": rng.choice([0.0, 5.0, 10.0], count),
        "flux": rng.uniform(3000, 16000, count),
        "arrangement": rng.choice(["single", "single", "opposite", "staggered"], count),
    }


class Plain:
    """The procedure in NumPy, one field at a time."""

    def __init__(self, photometries: list[Any], surface: np.ndarray) -> None:
        self.tables = []
        for ph in photometries:  # even steps of 5° and 2.5°
            c, g = np.arange(0, 366, 5.0), np.arange(0, 183, 2.5)
            self.tables.append(ph.intensity(c[:, None], np.minimum(g, 180.0)[None, :]))
        self.own = [ph.flux_lm for ph in photometries]
        self.surface = surface

    @staticmethod
    def look(table: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Interpolate a table bilinearly at fractional rows and columns."""
        i, j = x.astype(np.int64), y.astype(np.int64)
        u, v = x - i, y - j
        at, columns, flat = i * table.shape[1] + j, table.shape[1], table.ravel()
        low = flat[at] + v * (flat[at + 1] - flat[at])
        high = flat[at + columns] + v * (flat[at + columns + 1] - flat[at + columns])
        return low + u * (high - low)

    def intensity(
        self, k: int, turn: int, tilt: float, dx: np.ndarray, dy: np.ndarray, drop: float
    ) -> np.ndarray:
        """Return the intensity from luminaires to points at −dx, −dy and ``drop`` below [cd]."""
        a, across = -turn * dx, -turn * dy
        b = across * math.cos(tilt) - drop * math.sin(tilt)
        down = across * math.sin(tilt) + drop * math.cos(tilt)
        gamma = np.degrees(np.arctan2(np.hypot(a, b), down))
        c = np.degrees(np.arctan2(b, a)) % 360.0
        return self.look(self.tables[k], c / 5.0, gamma / 2.5)

    def field(
        self, k: int, height: float, spacing: float, width: float, overhang: float, tilt: float,
        flux: float, lanes: int, arrangement: str,
    ) -> list[float]:  # fmt: skip
        """Return lav, uo, ul, fti, rei, e_av and e_min of a field, maintenance factor 0.8."""
        n = 10 if spacing <= 30 else math.ceil(spacing / 3)
        lane, scale, lean = width / lanes, flux / self.own[k], math.radians(tilt)
        across = max(3, math.ceil(lane / 1.5))
        x = (np.arange(n) + 0.5) * spacing / n
        spans = math.ceil(max(12 * height, spacing) / spacing)
        places = np.arange(-spans, spans + 2) * spacing
        ground = np.zeros(((lanes + 2) * across, n))
        light = np.zeros((lanes, 3 * lanes, n))
        rows = ROWS[arrangement](spacing, width, overhang)
        eyes = (np.arange(lanes) + 0.5) * lane
        for y0, turn, shift in rows:
            y = ((np.arange((lanes + 2) * across) - across + 0.5) * lane / across)[:, None, None]
            dx, dy = places + shift - x[:, None], y0 - y
            lit = self.intensity(k, turn, lean, dx, dy, height)
            ground += (lit * height / (dx * dx + dy * dy + height**2) ** 1.5).sum(axis=2)
            y = ((np.arange(3 * lanes) + 0.5) * lane / 3)[:, None, None]
            dy = y0 - y
            if across == 3:
                lit = lit[across:-across]
            else:
                lit = self.intensity(k, turn, lean, dx, dy, height)
            tan = np.hypot(dx, dy) / height
            seen = (dx >= -5 * height) & (dx <= 12 * height) & (abs(dy) <= 5 * height) & (tan <= 12)
            bearing = np.arctan2(dy, dx)
            for lane_number, eye in enumerate(eyes):
                sight = np.arctan2(y - eye, x[:, None] + 60.0)
                beta = np.abs(bearing - sight)
                beta = np.degrees(np.minimum(beta, 2 * np.pi - beta))
                r = self.look(self.surface, np.minimum(tan, 12) * 4, beta)
                light[lane_number] += np.where(seen, lit * r, 0.0).sum(axis=2)
        light *= 0.8e-4 * scale / height**2
        ground *= 0.8 * scale
        lav = light.mean(axis=(1, 2))
        uo = light.min(axis=(1, 2)) / lav
        lines = light[np.arange(lanes), 3 * np.arange(lanes) + 1]
        ul = lines.min(axis=1) / lines.max(axis=1)
        eye_x = np.arange(n) * spacing / n - 2.75 * (height - 1.5)
        veil = np.zeros((lanes, n))
        dz = height - 1.5
        for y0, turn, shift in rows:
            ahead = np.arange(-spans, math.ceil(550 / spacing) + 1) * spacing + shift
            dx = ahead - eye_x[:, None]
            dy = (y0 - eyes)[:, None, None]
            d2 = dx * dx + dy * dy + dz * dz
            facing = (dx * math.cos(math.radians(1)) - dz * math.sin(math.radians(1))) / d2**0.5
            theta = np.degrees(np.arccos(facing))
            shown = (dx > 0) & (dx <= 500) & (dz <= dx * math.tan(math.radians(20)))
            shown = shown & (theta >= 1.5) & (theta <= 60)
            parts = self.intensity(k, turn, lean, dx, dy, dz) * scale
            parts = np.where(shown, 10 * parts * facing / (d2 * theta**2), 0.0)
            before = np.cumsum(parts, axis=2) - parts
            stop = shown & (before > 0) & (parts < 0.02 * before)
            veil += np.where(np.maximum.accumulate(stop, axis=2), 0.0, parts).sum(axis=2)
        new = lav / 0.8
        worst = veil.max(axis=1)
        fti = np.where(new <= 5, 65 * worst / new**0.8, 95 * worst / new**1.05)
        rei = min(
            ground[:across].mean() / ground[across : 2 * across].mean(),
            ground[-across:].mean() / ground[-2 * across : -across].mean(),
        )
        inside = ground[across:-across]
        return [lav.min(), uo.min(), ul.min(), fti.max(), rei, inside.mean(), inside.min()]


def main() -> int:
    """Measure everything."""
    from jumeau.worksites import lighting
    from jumeau.worksites.lighting.en13201 import rtables

    table = Table("roads")
    labels = ("SHP 150", "SHP 100", "LED 60W", "BF 125")
    photometries = [lighting.generic_photometry(label) for label in labels]
    fields = streets(COUNT)
    plain = Plain(photometries, rtables.find("R3").expanded().astype(np.float64))

    def peer(begin: int) -> np.ndarray:
        rows = range(begin, min(begin + SAMPLE, COUNT))
        return np.array(
            [
                plain.field(int(fields["photometry"][k]), *(fields[name][k] for name in COLUMNS))
                for k in rows
            ]
        )

    lighting.roads({name: values[:600] for name, values in fields.items()}, photometries)
    found = lighting.roads(fields, photometries)
    expected = peer(0)
    names = ["lav", "uo", "ul", "fti", "rei", "e_av", "e_min"]
    gap = np.abs(found[names].to_numpy()[:SAMPLE] / expected - 1).max()
    table.limit("greatest relative difference from NumPy", float(gap), 1e-4, unit="")
    ours, theirs, single, alone, core = [], [], [], [], []
    for turn in range(3):
        start = time.perf_counter()
        lighting.roads(fields, photometries)
        ours.append(time.perf_counter() - start)
        start, clock = time.process_time(), time.perf_counter()
        peer(turn * SAMPLE)
        core.append((time.process_time() - start) * COUNT / SAMPLE)
        theirs.append((time.perf_counter() - clock) * COUNT / SAMPLE)
        start, clock = time.process_time(), time.perf_counter()
        lighting.roads(fields, photometries, workers=1)
        single.append(time.process_time() - start)
        alone.append(time.perf_counter() - clock)
    table.ratio(
        f"{COUNT:,} road fields, one core, processor time", min(single), min(core), at_least=20,
        peer_name="NumPy, one core",
    )  # fmt: skip
    table.ratio(
        f"{COUNT:,} road fields, as called, by the clock", min(ours), min(theirs), peer_name="NumPy"
    )
    table.ratio(
        f"{COUNT:,} road fields, all threads against one", min(ours), min(alone),
        peer_name="one thread",
    )  # fmt: skip
    table.limit(f"{COUNT:,} road fields, one core: the goal of the design note", min(single), 10.0)
    small = {name: values[: COUNT // 10] for name, values in fields.items()}
    tenth = []
    for _ in range(5):
        start = time.process_time()
        lighting.roads(small, photometries, workers=1)
        tenth.append(time.process_time() - start)
    growth = min(single) / min(tenth) / 10
    table.limit("ten times as many fields: time over ten", growth, 1.3, unit="×")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
