# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the sun at one metre: horizons and a year, against GRASS and a plain ray march.

An invented town of 1,000 × 1,000 cells. Horizons in 32 directions: ours see to the edge of the
raster, GRASS ``r.horizon`` to 500 m. A year: ours takes every hour of the year; GRASS ``r.sun``,
with those horizons and half-hour steps, is run on four days and multiplied. Both in one thread
and judged by processor time. In any case a ray march in NumPy, bilinear, half a cell a step, is a
peer on a smaller town.

The same run says how far both are from each other, and that threads change no bit.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from harness import Table, fresh

SIDE, SMALL, DIRECTIONS = 1000, 200, 32
LATITUDE, LONGITUDE = 45.18, 0.72  # Périgueux
DAYS = (36, 127, 219, 310)  # 5 February, 7 May, 7 August, 6 November: evenly in the year
X, Y = 520_000, 6_456_000  # Périgueux, EPSG:2154 [m]

GRASS_SCRIPT = """
set -e
export OMP_NUM_THREADS=1 GRASS_VERBOSE=0
TIMEFORMAT='%U %S'
g.region n={north} s={south} e={east} w={west} rows={side} cols={side}
r.in.bin -f input={folder}/z.bin output=z bytes=4 north={north} south={south} east={east} \\
  west={west} rows={side} cols={side}
{{ time r.horizon elevation=z step={step} maxdistance=500 output=h ; }} 2> {folder}/horizon.txt
r.out.bin -f input=h_{sample} output={folder}/h.bin bytes=4
i=0
for day in {days}; do
  {{ time r.sun elevation=z horizon_basename=h horizon_step={step} day=$day step=0.5 \\
     linke_value=3 albedo_value=0.2 glob_rad=g$day nprocs=1 ; }} 2> {folder}/sun_$day.txt
done
"""


def town(side: int, seed: int = 6) -> np.ndarray:
    """Return an invented town [m]: blocks cut by streets, courtyards, flat and pitched roofs."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    z = 8 * np.sin(x / 190) + 6 * np.cos(y / 170)
    for _ in range(side * side // 1100):
        h, w = random.integers(8, 28, 2)
        i, j = random.integers(0, side, 2)
        part = z[i : i + h, j : j + w]
        top = part.mean() + random.uniform(3, 20)
        across = np.abs(np.arange(part.shape[0]) - 0.5 * (h - 1))[:, None]
        pitch = 0.6 * (0.5 * h - across) if random.random() < 0.5 else 0.0
        z[i : i + h, j : j + w] = top + pitch
    return z.astype(np.float32)


def timed(function):
    """Return the least processor time of three calls [s], and what the last returned."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        value = function()
        least = min(least, time.process_time() - start)
    return least, value


def march(z: np.ndarray, directions: int) -> np.ndarray:
    """Return horizons by marching every half cell on the bilinear surface, in plain NumPy [°]."""
    ny, nx = z.shape
    y, x = np.mgrid[:ny, :nx].astype(np.float32)
    result = np.zeros((directions, ny, nx), np.float32)
    for d in range(directions):
        angle = 2 * np.pi * d / directions
        south, east = -np.cos(angle), np.sin(angle)
        best = np.zeros_like(z)
        for t in np.arange(0.5, np.hypot(ny, nx), 0.5):
            rows, columns = y + np.float32(south * t), x + np.float32(east * t)
            inside = (rows >= 0) & (rows <= ny - 1) & (columns >= 0) & (columns <= nx - 1)
            if not inside.any():
                break
            i = np.clip(rows.astype(np.int32), 0, ny - 2)
            j = np.clip(columns.astype(np.int32), 0, nx - 2)
            f, g = rows - i, columns - j
            met = (z[i, j] * (1 - g) + z[i, j + 1] * g) * (1 - f)
            met += (z[i + 1, j] * (1 - g) + z[i + 1, j + 1] * g) * f
            np.maximum(best, np.where(inside, (met - z) / np.float32(t), 0), out=best)
        result[d] = np.degrees(np.arctan(best))
    return result


def grass(table: Table, z: np.ndarray, horizons: np.ndarray, ours: tuple[float, float]) -> None:
    """Measure r.horizon and r.sun on the same town."""
    program = shutil.which("grass")
    if program is None:
        for told in ("horizons, r.horizon", "a year, r.sun × 365"):
            table.absent(told, "GRASS is not installed (apt install grass-core)")
        return
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        z.astype("<f4").tofile(folder / "z.bin")
        edges = {"west": X, "east": X + SIDE, "south": Y, "north": Y + SIDE}
        (folder / "job.sh").write_text(
            GRASS_SCRIPT.format(folder=folder, side=SIDE, step=360 / DIRECTIONS, sample="090_00",
                                days=" ".join(map(str, DAYS)), **edges),
            encoding="utf-8",
        )  # fmt: skip
        try:
            fresh([program, "--tmp-location", "EPSG:2154", "--exec", "bash", folder / "job.sh"],
                  python=None)  # fmt: skip
        except RuntimeError as failed:
            table.absent("horizons and a year, GRASS", str(failed).splitlines()[0])
            return

        def used(file: str) -> float:
            return sum(map(float, (folder / file).read_text().split()[-2:]))

        sweep, days = used("horizon.txt"), [used(f"sun_{day}.txt") for day in DAYS]
        table.ratio(f"horizons, {DIRECTIONS} directions, {SIDE}² cells", ours[0], sweep,
                    at_least=30, peer_name="r.horizon, 500 m")  # fmt: skip
        table.ratio(f"irradiation of a year, {SIDE}² cells", ours[1], 365 * float(np.mean(days)),
                    at_least=100, peer_name=f"r.sun × 365, from {len(DAYS)} days")  # fmt: skip
        # GRASS counts directions from the east, anticlockwise: 90° is north, our direction 0.
        theirs = np.fromfile(folder / "h.bin", "<f4").reshape(z.shape)
        theirs = np.degrees(theirs) if theirs.max() < 1.6 else theirs
        inner = (slice(2, -2),) * 2  # r.horizon gives −90° on the edges
        for told, angles in (("ours", horizons[0]), ("r.horizon", theirs)):
            table.show(f"mean horizon to the north, {told}", float(angles[inner].mean()), unit="°")
        agree(table, folder, program)


AGREE_SCRIPT = """
set -e
export OMP_NUM_THREADS=1 GRASS_VERBOSE=0
g.region n={north} s={south} e={east} w={west} rows={side} cols={side}
r.in.bin -f input={folder}/small.bin output=z bytes=4 north={north} south={south} east={east} \\
  west={west} rows={side} cols={side}
for day in {days}; do
  r.sun elevation=z day=$day step=0.5 linke_value=3 albedo_value=0.2 glob_rad=g$day nprocs=1
  r.out.bin -f input=g$day output={folder}/g_$day.bin bytes=4 null=0
done
"""


def agree(table: Table, folder: Path, program: str) -> None:
    """Show the sun of the same days by r.sun, with the shades that it casts itself, and by ours.

    r.sun counts the whole diffuse light of the sky wherever it is: so do we in this comparison.
    """
    from jumeau.ground.irradiation import irradiation
    from jumeau.ground.sun_year import clear_year
    from jumeau.ground.surface_model import surface_model

    z = town(SMALL)
    z.astype("<f4").tofile(folder / "small.bin")
    edges = {"west": X, "east": X + SMALL, "south": Y, "north": Y + SMALL}
    (folder / "agree.sh").write_text(
        AGREE_SCRIPT.format(folder=folder, side=SMALL, days=" ".join(map(str, DAYS)), **edges),
        encoding="utf-8",
    )
    fresh([program, "--tmp-location", "EPSG:2154", "--exec", "bash", folder / "agree.sh"],
          python=None)  # fmt: skip
    theirs = [np.fromfile(folder / f"g_{day}.bin", "<f4").reshape(z.shape) for day in DAYS]
    told = np.sum(theirs, axis=0) * 1e-3
    model = surface_model(z)
    year = clear_year(LATITUDE, LONGITUDE, altitude=float(z.mean()))
    chosen = np.isin(year.day, DAYS)
    for name in ("direct_normal", "diffuse_horizontal"):
        object.__setattr__(year, name, np.where(chosen, getattr(year, name), 0.0))
    level = np.zeros((3, *z.shape), np.float32)
    level[2] = 1.0  # r.sun has no slope here
    got = irradiation(model, level, year, threads=1)
    whole = got.beam[:, 0].reshape(z.shape) + year.diffuse_horizontal.sum() * 1e-3
    gap = 100 * (whole.mean() / told.mean() - 1)
    table.show(f"sun of {len(DAYS)} days on {SMALL}² cells, ours over r.sun", float(gap), unit="%")


def main() -> int:
    """Measure everything."""
    from jumeau.ground.horizon import horizon
    from jumeau.ground.sky import sky_view
    from jumeau.ground.surface_model import surface_model
    from jumeau.worksites.buildings.roof_pv import roof_pv
    from jumeau.worksites.buildings.solar import solar

    table = Table("solar")
    place = {"latitude": LATITUDE, "longitude": LONGITUDE}
    small = town(SMALL)
    horizon(small, DIRECTIONS, threads=1)
    solar(small, **place, threads=1)  # compiles
    own, near = timed(lambda: horizon(small, DIRECTIONS, threads=1))
    start = time.process_time()
    far = march(small, DIRECTIONS)
    peer = time.process_time() - start
    table.ratio(f"horizons, {DIRECTIONS} directions, {SMALL}² cells", own, peer, at_least=30,
                peer_name="plain NumPy ray march")  # fmt: skip
    gap = np.asarray(near) - far
    table.show("horizons within 1° of the march", float(100 * np.mean(np.abs(gap) <= 1)), unit="%")
    table.show("mean difference to the march", float(gap.mean()), unit="°")

    z = town(SIDE)
    sweep, horizons = timed(lambda: horizon(z, DIRECTIONS, threads=1))
    table.show(f"horizons, {DIRECTIONS} directions, processor time per Mcell", sweep)
    year, light = timed(lambda: solar(z, **place, threads=1))
    table.limit("irradiation of a year, processor time per Mcell", year, 18.0)
    wall = time.perf_counter()
    both = solar(z, **place, threads=2)
    table.show("irradiation of a year, two threads, elapsed", time.perf_counter() - wall)
    differ = float(np.sum(np.asarray(both) != np.asarray(light)))
    table.limit("cells that differ between one thread and two", differ, 0, unit="cells")
    walls, _ = timed(lambda: solar(z, **place, surfaces="facade", threads=1))
    table.show("irradiation of all walls, processor time per Mcell", walls)
    view, _ = timed(lambda: sky_view(surface_model(z), threads=1))
    table.show("sky view, 32 directions, processor time per Mcell", view)
    labels = np.zeros(z.shape, int)
    labels[450:550, 400:600] = 1  # 2 % of the cells
    few, _ = timed(lambda: roof_pv(z, labels, **place, threads=1))
    table.show("yield of roofs on 2 % of the cells, processor time per Mcell", few)
    used = fresh(["-c", MEMORY])
    table.show("peak memory of a year on 1 Mcell", used.peak_mib, unit="MiB")
    table.show("of which the program itself", json.loads(used.stdout), unit="MiB")
    grass(table, z, np.asarray(horizons), (sweep, year))
    return table.close()


MEMORY = """
import json, resource
import numpy as np
from jumeau.ground.horizon_sweep import sweep_linear
from jumeau.worksites.buildings.solar import solar
solar(np.zeros((20, 20)), latitude=45.18, longitude=0.72, threads=2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
z = np.random.default_rng(1).uniform(0, 20, (1000, 1000))
solar(z, latitude=45.18, longitude=0.72, threads=2)
print(json.dumps(before))
"""


if __name__ == "__main__":
    raise SystemExit(main())
