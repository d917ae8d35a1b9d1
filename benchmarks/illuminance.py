# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of light: NumPy, Radiance, line of sight, re-weighting, memory, growth, threads.

The peers are a straightforward NumPy version, one lamp at a time over its disc, and Radiance
(``rtrace -I``, direct light only, in an environment of its own). Processor time of one core unless
said. ``--numpy``, ``--radiance``, ``--sight``, ``--weigh``, ``--threads`` or ``--land`` measure one
part.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from harness import Table, fresh, peer_python
from jumeau.worksites import lighting

LABELS = ("SHP 70", "SHP 100", "SHP 150", "SHP 250", "LED 36W", "LED 72W", "IM 70", "BF 125")
RADIUS = 60.0
COUNTS = (10_000, 50_000, 150_000)
LAND = 77_500.0
"""Side of a département of 6,000 km² [m]."""
TOWN_LAMPS = 500
RADIANCE = ("pyradiance==1.3.1", "numpy==2.4.6")
RADIANCE_CODE = r"""
import json, os, resource, subprocess, sys
from pathlib import Path
import numpy as np, pyradiance

folder = Path(sys.argv[1])
case = json.loads((folder / "case.json").read_text())
home = Path(pyradiance.__file__).parent
environment = dict(os.environ, RAYPATH=".:" + str(home / "lib"))
lines = []
for k, item in enumerate(case["photometries"]):
    table = np.array(item)
    (folder / f"p{k}.dat").write_text(f"2\n0 360 {table.shape[0]}\n0 180 {table.shape[1]}\n"
                                      + "\n".join(f"{value:.9g}" for value in table.ravel()))
for k, (x, y, z, number, turn) in enumerate(case["lamps"]):
    words = f"corr p{number}.dat source.cal src_phi src_theta -rz {90 - turn}".split()
    lines.append(f"void brightdata d{k}\n{len(words)} {' '.join(words)}\n0\n"
                 f"1 {1 / (np.pi * 1e-6):.9g}\n")
    lines.append(f"d{k} light l{k}\n0\n0\n3 1 1 1\n")
    lines.append(f"l{k} sphere s{k}\n0\n0\n4 {x:.9f} {y:.9f} {z:.9f} 0.001\n")
(folder / "scene.rad").write_text("\n".join(lines))
oct = subprocess.run([home / "bin/oconv", "scene.rad"], cwd=folder, env=environment,
                     stdout=subprocess.PIPE, check=True).stdout
(folder / "scene.oct").write_bytes(oct)
rays = np.array(case["points"], dtype=np.float32)
rays = np.column_stack((rays, np.full(len(rays), -1e-4), np.zeros((len(rays), 2)),
                        np.ones(len(rays)))).astype(np.float32)
def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
start = used()
got = subprocess.run([home / "bin/rtrace", *"-h -w -I+ -ff -ab 0 -dt 0 -ds 0 -dj 0 -dc 1".split(),
                      "scene.oct"], cwd=folder, env=environment, input=rays.tobytes(),
                     stdout=subprocess.PIPE, check=True).stdout
seconds = used() - start
light = np.frombuffer(got, np.float32).reshape(-1, 3)[:, 0]
np.save(folder / "light.npy", light)
print(seconds)
"""


def scene(
    count: int, side: float, seed: int = 1
) -> tuple[np.ndarray, list, np.ndarray, np.ndarray]:
    """Return seeded lamps over a square of Lambert-93."""
    rng = np.random.default_rng(seed)
    photometries = [lighting.generic_photometry(label) for label in LABELS]
    positions = np.column_stack(
        (
            rng.uniform(770000, 770000 + side, count),
            rng.uniform(6279000, 6279000 + side, count),
            rng.uniform(4.0, 10.0, count),
        )
    )
    return positions, photometries, rng.integers(0, len(LABELS), count), rng.uniform(0, 360, count)


def straightforward(
    positions, photometries, which, azimuth, bounds, radius
) -> tuple[np.ndarray, int]:
    """Sum lamps one by one over the square around their disc, in double precision."""
    xmin, ymin, xmax, ymax = bounds
    out = np.zeros((round(ymax - ymin), round(xmax - xmin)))
    pairs = 0
    for (x, y, h), number, turn in zip(positions, which, azimuth, strict=True):
        photometry = photometries[number]
        j0, j1 = max(0, int(x - radius - xmin)), min(out.shape[1], int(x + radius - xmin) + 1)
        i0, i1 = max(0, int(ymax - y - radius)), min(out.shape[0], int(ymax - y + radius) + 1)
        dx = xmin + 0.5 + np.arange(j0, j1) - x
        dy = (ymax - 0.5 - np.arange(i0, i1) - y)[:, None]
        r2 = dx * dx + dy * dy
        inside = r2 <= radius * radius
        pairs += int(inside.sum())
        c = np.mod(turn - np.degrees(np.arctan2(dx, dy)), 360.0) / 5.0
        g = np.degrees(np.arctan2(np.sqrt(r2), h)) / 2.5
        i, j = c.astype(int), g.astype(int)
        u, v = c - i, g - j
        table = photometry.candela
        low = table[i, j] * (1 - v) + table[i, j + 1] * v
        high = table[i + 1, j] * (1 - v) + table[i + 1, j + 1] * v
        e = (low * (1 - u) + high * u) * h / (r2 + h * h) ** 1.5
        out[i0:i1, j0:j1] += np.where(inside, e, 0.0)
    return out, pairs


def cpu(work) -> float:
    """Return the least processor time of three calls [s]."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def against_numpy(table: Table) -> None:
    """Compare one thread with NumPy: time, pairs of lamp and cell, largest difference."""
    positions, photometries, which, azimuth = scene(400, 1000.0)
    bounds = (770000.0, 6279000.0, 771000.0, 6280000.0)

    def ours() -> np.ndarray:
        return lighting.illuminance(positions, photometries, which, bounds=bounds,
                                    azimuth=azimuth, radius=RADIUS, workers=1)  # fmt: skip

    ours()
    reference, pairs = straightforward(positions, photometries, which, azimuth, bounds, RADIUS)
    slow = cpu(lambda: straightforward(positions, photometries, which, azimuth, bounds, RADIUS))
    fast = cpu(ours)
    lit = reference > 1e-3
    error = np.abs(ours()[lit] / reference[lit] - 1).max()
    table.ratio("light on the ground, per core", fast, slow, at_least=4, peer_name="NumPy")
    table.limit("largest relative difference with NumPy", float(error), 1e-4, unit="")
    table.show("pairs of lamp and cell, per core", pairs / fast / 1e6, unit="M/s")


def against_radiance(table: Table) -> None:
    """Compare one thread with Radiance on a level plane: time and largest difference."""
    side, count = 200, 60
    positions, photometries, which, azimuth = scene(count, float(side))
    positions[:, :2] -= (770000.0, 6279000.0)
    x = np.arange(side) + 0.5
    points = np.stack(np.meshgrid(x, x[::-1]), axis=-1).reshape(-1, 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lamps = np.column_stack((positions, which, azimuth)).tolist()
        case = {"lamps": [[*lamp[:3], int(lamp[3]), lamp[4]] for lamp in lamps],
                "photometries": [item.candela.tolist() for item in photometries],
                "points": points.tolist()}  # fmt: skip
        (folder / "case.json").write_text(json.dumps(case), encoding="utf-8")
        (folder / "peer.py").write_text(RADIANCE_CODE, encoding="utf-8")
        used = fresh([folder / "peer.py", folder], python=peer_python("radiance", RADIANCE))
        slow, theirs = float(used.stdout.split()[-1]), np.load(folder / "light.npy")

    def ours() -> np.ndarray:
        return lighting.illuminance(positions, photometries, which, azimuth=azimuth, workers=1,
                                    bounds=(0, 0, side, side))  # fmt: skip

    light = ours().ravel()
    fast = cpu(ours)
    gap = np.abs(light / theirs - 1)[theirs > 1e-2].max()
    table.ratio("light on the ground, per core, against Radiance", fast, slow, at_least=50,
                peer_name="Radiance")  # fmt: skip
    table.limit("largest relative difference with Radiance", float(gap), 1e-4, unit="")


def city(side: int, seed: int = 3) -> np.ndarray:
    """Return the tops of a town's buildings, a quarter of the cells; NaN in its streets [m]."""
    rng = np.random.default_rng(seed)
    tops, row = np.full((side, side), np.nan, np.float32), 0
    while row < side:
        deep, column = int(rng.integers(12, 22)), 0
        while column < side:
            wide = int(rng.integers(12, 30))
            if rng.random() < 0.5:
                tops[row : row + deep, column : column + wide] = rng.uniform(4, 20)
            column += wide + (0 if rng.random() < 0.5 else int(rng.integers(6, 14)))
        row += deep + int(rng.integers(8, 16))
    return tops


def streets(count: int, tops: np.ndarray) -> tuple[np.ndarray, list, np.ndarray, np.ndarray]:
    """Return seeded lamps in the streets of a town."""
    positions, photometries, which, azimuth = scene(count, float(len(tops)))
    free = np.argwhere(np.isnan(tops))
    place = free[np.random.default_rng(2).choice(len(free), count, replace=False)]
    positions[:, 0] = 770000.0 + place[:, 1] + positions[:, 0] % 1.0
    positions[:, 1] = 6279000.0 + len(tops) - 1 - place[:, 0] + positions[:, 1] % 1.0
    return positions, photometries, which, azimuth


def sight(table: Table) -> None:
    """Compare light with buildings in the way with light without any."""
    tops = city(1500)
    positions, photometries, which, azimuth = streets(1500, tops)
    given = {"bounds": (770000.0, 6279000.0, 771500.0, 6280500.0), "azimuth": azimuth,
             "radius": RADIUS, "workers": 1}  # fmt: skip

    def light(dsm: np.ndarray | None, **more) -> np.ndarray:
        return lighting.illuminance(positions, photometries, which, dsm=dsm, **given, **more)

    free, hidden = light(None), light(tops)
    light(None, canopy=tops)
    without, with_sight = cpu(lambda: light(None)), cpu(lambda: light(tops))
    both = cpu(lambda: light(tops, canopy=np.roll(tops, 37, 0), transmission=0.3))
    table.limit("light with line of sight over light without", with_sight / without, 6.0, unit="")
    table.show("light with buildings and crowns over light without", both / without, unit="")
    table.show("light that buildings stop", 1.0 - float(hidden.sum() / free.sum()), unit="")
    table.show("rays looked along, per core",
               len(positions) * np.pi * RADIUS**2 / with_sight / 1e6, unit="M/s")  # fmt: skip


def weighing() -> None:
    """Keep the light of 150,000 lamps, and print times of computing and of weighing it [s]."""
    count, side = COUNTS[-1], 12000.0
    positions, photometries, which, azimuth = scene(count, side)
    given = {"bounds": (770000.0, 6279000.0, 770000.0 + side, 6279000.0 + side),
             "azimuth": azimuth,
             "radius": lighting.reach(positions[:, 2], photometries, which)}  # fmt: skip
    factors = np.random.default_rng(4).uniform(0.3, 1.0, count)
    flux = np.array([item.flux_lm for item in photometries])[which]
    start = time.perf_counter()
    kept = lighting.contributions(positions, photometries, which, **given)
    keep = time.perf_counter() - start
    weigh, compute, first, anew = [], [], None, None
    for _ in range(3):
        start = time.process_time()
        first = kept.weigh(factors, workers=1)
        weigh.append(time.process_time() - start)
    size = kept.nbytes
    light = first[::7, ::7].copy()
    del first, kept
    for _ in range(2):
        anew = None
        start = time.process_time()
        anew = lighting.illuminance(positions, photometries, which, flux=flux * factors, workers=1,
                                    **given)  # fmt: skip
        compute.append(time.process_time() - start)
    anew = anew[::7, ::7]
    lit = anew > 1e-3
    gap = float(np.abs(light[lit] / anew[lit] - 1).max())
    print(json.dumps([keep, min(weigh), min(compute), size / 2**20, gap]))


def reweighting(table: Table) -> None:
    """Compare weighing kept contributions with computing anew, in a process of its own."""
    used = fresh([__file__, "--weighing"])
    keep, weigh, compute, size, gap = json.loads(used.stdout.splitlines()[-1])
    table.ratio("re-weighting 150,000 lamps", weigh, compute, at_least=10,
                peer_name="computing anew, nothing in the way")  # fmt: skip
    table.show("keeping the contributions of 150,000 lamps, elapsed", keep)
    table.show("memory of the contributions of 150,000 lamps", size, unit="MiB")
    table.limit("peak memory of keeping and weighing 150,000 lamps", used.peak_mib, 4096,
                unit="MiB")  # fmt: skip
    table.limit("largest relative difference of re-weighting", gap, 2.5e-4, unit="")


def threads(table: Table) -> None:
    """Compare two threads with one, with buildings in the way and without: time, same bits."""
    tops = city(3000)
    positions, photometries, which, azimuth = streets(4000, tops)
    bounds = (770000.0, 6279000.0, 773000.0, 6282000.0)
    for name, dsm in (("two threads", None), ("two threads, line of sight", tops)):
        elapsed, results = {1: [], 2: []}, {}
        for _ in range(5):
            for workers in (1, 2):
                start = time.perf_counter()
                results[workers] = lighting.illuminance(
                    positions, photometries, which, bounds=bounds, azimuth=azimuth, radius=RADIUS,
                    dsm=dsm, workers=workers,
                )  # fmt: skip
                elapsed[workers].append(time.perf_counter() - start)
        if not np.array_equal(results[1], results[2]):
            raise RuntimeError("two threads do not give the bits of one")
        table.ratio(name, min(elapsed[2]), min(elapsed[1]), at_least=1.7,
                    peer_name="one thread, same bits")  # fmt: skip


def territory(count: int) -> None:
    """Compute a département of towns and print processor time [s], cells lit and tiles."""
    rng = np.random.default_rng(5)
    positions, photometries, which, azimuth = scene(count, 1000.0)
    towns = count // TOWN_LAMPS
    corners = np.array([700000.0, 6200000.0]) + rng.uniform(0, LAND - 2000, (towns, 2))
    place = rng.uniform(0, 1000 * (TOWN_LAMPS / 400) ** 0.5, (count, 2))
    positions[:, :2] = place + np.repeat(corners, TOWN_LAMPS, axis=0)
    positions[:2, :2] = (700000.0, 6200000.0), (700000.0 + LAND, 6200000.0 + LAND)
    tops = city(4000)

    def surfaces(bounds) -> lighting.Surfaces:
        west, south, east, north = (int(value // 1) for value in bounds)
        rows = (6300000 - north + np.arange(north - south)) % len(tops)
        columns = (west + np.arange(east - west)) % len(tops)
        return lighting.Surfaces(dsm=tops[np.ix_(rows, columns)])

    lighting.illuminance(positions[:1], photometries, which[:1], bounds=(0, 0, 9, 9),
                         dsm=tops[:9, :9], radius=1.0)  # compile # fmt: skip
    start, cells, tiles = time.process_time(), 0, 0
    for window in lighting.illuminance_tiles(
        positions, photometries, which, azimuth=azimuth, surfaces=surfaces
    ):
        cells += int((window.values > 0).sum())
        tiles += 1
    print(time.process_time() - start, cells, tiles)


def territories(table: Table) -> None:
    """Measure a département with more and more lamps, each in a process of its own."""
    spent = {}
    for count in COUNTS:
        used = fresh([__file__, str(count)])
        seconds, cells, _ = map(float, used.stdout.split())
        spent[count] = seconds / count
        table.show(f"light of {count:,} lamps over a département, line of sight", seconds)
        table.show(f"ground lit by {count:,} lamps", cells / 1e6, unit="km²")
        table.limit(f"peak memory for {count:,} lamps", used.peak_mib, 4096, unit="MiB")
    growth = spent[COUNTS[-1]] / spent[COUNTS[0]]
    table.limit("time per lamp, 150,000 over 10,000", growth, 1.25, unit="")


PARTS = {
    "--numpy": against_numpy,
    "--radiance": against_radiance,
    "--sight": sight,
    "--threads": threads,
    "--weigh": reweighting,
    "--land": territories,
}


def main(asked: list[str]) -> int:
    """Measure everything, or the parts asked."""
    table = Table("illuminance")
    for name, part in PARTS.items():
        if not asked or name in asked:
            part(table)
    return table.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["--weighing"]:
        weighing()
    elif sys.argv[1:] and sys.argv[1].isdigit():
        territory(int(sys.argv[1]))
    else:
        raise SystemExit(main(sys.argv[1:]))
