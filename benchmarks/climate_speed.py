# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the flood engines: rate, time to the same moment, threads, dry ground, memory.

The peer is the core of Itzï (``itzi.flow.solve_q`` and ``solve_h``, compiled C), called directly
in an environment of its own: neither its GIS nor its files are counted. Cases, of 1000 × 1000
cells of 1 m: WET, one to two metres of water over bumps; RAIN, 60 mm/h on a rough slope of 1 %,
dry at the start. Ours runs with all it always does: friction raster, error feedback, greatest
depth and speed, arrival, ledger, choice of tiles. Both are timed in processor time of one thread,
in turns; two threads against one by the clock, with the bandwidth measured beside them.

``JUMEAU_BENCH_SIDE`` (4000) is the side of the large domain.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from harness import Table, fresh, peer_python

PEER = ("itzi==25.8", "numpy==2.4.6")
SIDE = 1000
ROUNDS = 5
CASES = {"WET": 20.0, "RAIN": 200.0}

CASE_CODE = '''
import numpy as np

def case(kind, n):
    """Return bed [m], depth [m], Manning's n and rain [m/s]."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    if kind == "WET":
        bed = 0.5 * np.sin(x / 37) * np.cos(y / 23) + 0.5
        hump = 0.5 * np.exp(-((x - n / 2) ** 2 + (y - n / 2) ** 2) / (2 * 50**2))
        return bed.astype("f4"), (2.0 + hump - bed).astype("f4"), 0.03, 0.0
    bed = ((n - x) * 0.01 + 0.02 * rng.standard_normal((n, n), np.float32)).astype("f4")
    bed -= bed.min()
    return bed, np.zeros((n, n), "f4"), 0.05, 60 / 1000 / 3600
'''

PEER_CODE = """
import json, os, sys, time
os.environ["OMP_NUM_THREADS"] = "1"
import itzi.flow as flow
kind, n, duration = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
bed, depth, manning, rain = case(kind, n)

def pad(array, value=0.0):
    return np.ascontiguousarray(np.pad(np.asarray(array, "f4"), 1, constant_values=value))

names = "dire dirs qe qs hfe hfs bct bcv qen qsn acc herr v vdir vmax fr hmax".split()
a = {name: pad(np.zeros((n, n), "f4")) for name in names}
a["z"], a["h"] = pad(bed, np.finfo("f4").max), pad(depth)
a["n"], a["ext"] = pad(np.full((n, n), manning)), pad(np.full((n, n), rain))
t, steps, used = 0.0, 0, 0.0
while t < duration:
    start = time.process_time()
    dt = min(0.7 / np.sqrt(9.81 * max(float(a["h"].max()), 1e-6)), 5.0, duration - t)
    flow.solve_q(a["dire"], a["dirs"], a["z"], a["n"], a["h"], a["qe"], a["qs"], a["hfe"],
                 a["hfs"], a["bct"], a["bcv"], a["qen"], a["qsn"], a["acc"], dt, 1.0, 1.0, 9.81,
                 0.9, 0.005, 0.1, 0.1)
    flow.solve_h(a["ext"], a["qen"], a["qsn"], a["bct"], a["bcv"], a["h"], a["hmax"], a["acc"],
                 a["herr"], a["hfe"], a["hfs"], a["v"], a["vdir"], a["vmax"], a["fr"], 1.0, 1.0,
                 dt, 9.81)
    a["qe"], a["qen"] = a["qen"], a["qe"]
    a["qs"], a["qsn"] = a["qsn"], a["qs"]
    used += time.process_time() - start
    t += dt
    steps += 1
print(json.dumps([used, steps]))
"""

exec(CASE_CODE)  # the same lines run in the peer's environment


def engine(
    bed: np.ndarray, depth: np.ndarray, manning: float, threads: int = 1, name: str = "Inertial"
):
    """Return an engine of the product on a closed domain of 1 m, with a friction raster."""
    from jumeau.worksites.climate import hllc, inertial
    from jumeau.worksites.climate.engine import Crests, Domain, Sides

    ny, nx = bed.shape
    kinds = [np.zeros(size, np.uint8) for size in (ny, ny, nx, nx)]
    levels = [np.zeros(size, np.float32) for size in (ny, ny, nx, nx)]
    none = np.zeros(0, np.int64)
    crests = Crests(none, none, none.astype(np.uint8), none.astype(np.float32))
    friction = np.full(bed.shape, 9.81 * manning**2, np.float32)
    domain = Domain(bed, 0.0, friction, 1.0, crests)
    maker = {"Inertial": inertial, "Hllc": hllc}[name]
    return getattr(maker, name)(domain, Sides(*kinds, *levels), depth, threads)


def forcing(rain: float = 0.0):
    """Return a uniform rain [m/s] and nothing else."""
    from jumeau.worksites.climate.engine import Forcing

    none = np.zeros(0, np.int64)
    return Forcing(
        np.float32(rain), np.float32(0), none, np.zeros(0), none, np.zeros(0, np.float32)
    )


def advance(
    run, rain: float, duration: float = np.inf, steps: int = sys.maxsize,
    clock: Callable[[], float] = time.process_time,
) -> tuple[float, int]:  # fmt: skip
    """Run for a duration [s] or a number of steps; return the time used [s] and the steps."""
    weather, now, count = forcing(rain), 0.0, 0
    start = clock()
    while now < duration and count < steps:
        dt = min(run.largest_step(), 5.0, duration - now)
        now += dt
        if not run.step(dt, now, weather).stable:
            raise RuntimeError("a step was refused")
        count += 1
    return clock() - start, count


def bandwidth(threads: int) -> float:
    """Return the memory bandwidth of a sum of two arrays into a third [B/s]."""
    size = 16_000_000
    parts = [tuple(np.ones(size // threads, np.float32) for _ in range(3)) for _ in range(threads)]

    def add(part: tuple[np.ndarray, ...]) -> None:
        np.add(part[0], part[1], out=part[2])

    best = np.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(7):
            start = time.perf_counter()
            list(pool.map(add, parts))
            best = min(best, time.perf_counter() - start)
    return 12 * (size // threads) * threads / best


def against_peer(table: Table, name: str, rate_bar: float, time_bar: float | None) -> None:
    """Compare an engine with the peer's core, one thread each, in turns."""
    python = peer_python("climate_speed", PEER)
    for kind, duration in CASES.items():
        bed, depth, manning, rain = case(kind, SIDE)  # noqa: F821
        mine, theirs = [], []
        for _ in range(ROUNDS):
            run = engine(bed, depth, manning, name=name)
            advance(run, rain, steps=2)
            run = engine(bed, depth, manning, name=name)
            mine.append(advance(run, rain, duration))
            arguments = ["-c", CASE_CODE + PEER_CODE, kind, str(SIDE), str(duration / 10)]
            theirs.append(json.loads(fresh(arguments, python=python).stdout))
        cells = SIDE * SIDE
        ours = statistics.median(used / steps / cells for used, steps in mine) * 1e9
        peer = statistics.median(used / steps / cells for used, steps in theirs) * 1e9
        table.ratio(
            f"{name}, {kind} {SIDE}²: a cell update", ours, peer, at_least=rate_bar,
            peer_name="Itzï core", unit="ns",
        )  # fmt: skip
        if time_bar is not None:
            arguments = ["-c", CASE_CODE + PEER_CODE, kind, str(SIDE), str(duration)]
            used, _ = json.loads(fresh(arguments, python=python).stdout)
            table.ratio(
                f"{name}, {kind} {SIDE}²: {duration:g} s of water",
                statistics.median(used for used, _ in mine), used, at_least=time_bar,
                peer_name="Itzï core",
            )  # fmt: skip


def whole(table: Table) -> None:
    """Time ``flood()`` itself: checks, steps, ledger, Froude numbers and results included."""
    from jumeau.worksites import climate

    bed, _, manning, rain = case("RAIN", SIDE)  # noqa: F821
    settings = {"manning": manning, "rain": rain * 3.6e6, "solver": "inertial", "threads": 1}
    climate.flood(bed[:64, :64], duration=5.0, **settings)
    start = time.process_time()
    found = climate.flood(bed, duration=CASES["RAIN"], **settings)
    used = time.process_time() - start
    table.show(f"flood(), RAIN {SIDE}²: {CASES['RAIN']:g} s of water", used)
    table.show("flood(), RAIN: a cell update", used / found.steps / SIDE**2 * 1e9, unit="ns")
    table.limit(
        "flood(), RAIN: relative mass error", abs(found.ledger["relative_error"]), 1e-6, unit=""
    )


def large(table: Table) -> None:
    """Measure two threads on a large domain: against the bandwidth, and against one thread."""
    side = int(os.environ.get("JUMEAU_BENCH_SIDE", "4000"))
    bed, depth, manning, _ = case("WET", side)  # noqa: F821
    best = {1: np.inf, 2: np.inf}
    limit = 0.0
    engines = {threads: engine(bed, depth, manning, threads) for threads in best}
    for run in engines.values():
        advance(run, 0.0, steps=2)
    for _ in range(ROUNDS):
        limit = max(limit, bandwidth(2) / 28)
        for threads, run in engines.items():
            used, steps = advance(run, 0.0, steps=4, clock=time.perf_counter)
            best[threads] = min(best[threads], used / steps / side**2)
    for run in engines.values():
        run.close()
    rate = 1 / best[2]
    table.show(f"two threads, {side}²", rate / 1e6, unit="Mcell/s")
    table.show("bandwidth ÷ 28 B", limit / 1e6, unit="Mcell/s")
    table.ratio(
        f"two threads, {side}²: a cell update, a quarter of the bandwidth", best[2] * 1e9,
        1e9 / limit, at_least=0.25, peer_name="bandwidth ÷ 28 B", unit="ns",
    )  # fmt: skip
    half = rate >= 0.5 * limit
    table.ratio(
        f"two threads against one, {side}²" + (" (half the bandwidth is reached)" if half else ""),
        best[2] * 1e9, best[1] * 1e9, at_least=None if half else 1.7, peer_name="one thread",
        unit="ns",
    )  # fmt: skip


def partly_wet(table: Table) -> None:
    """Measure a domain of which 15 % is wet against the same one wet everywhere."""
    side = 2000
    bed, depth, manning, _ = case("WET", side)  # noqa: F821
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    lake = (x - side / 2) ** 2 + (y - side / 2) ** 2 < 0.15 * side**2 / np.pi
    ground = np.where(lake, bed, bed + np.float32(3.0)).astype(np.float32)
    some = np.where(lake, depth, 0.0).astype(np.float32)
    best = [np.inf, np.inf]
    runs = [engine(ground, some, manning), engine(bed, depth, manning)]
    for run in runs:
        advance(run, 0.0, steps=8)
    for _ in range(ROUNDS):
        for k, run in enumerate(runs):
            used, steps = advance(run, 0.0, steps=12)
            best[k] = min(best[k], used / steps)
    table.ratio(
        f"15 % wet, {side}²: a step", best[0], best[1], at_least=4, peer_name="wet everywhere"
    )


def sizes(table: Table) -> None:
    """Compare the time of a cell update from 0.25 to 16 million cells."""
    found = {}
    for side in (500, 1000, 2000, 4000):
        bed, depth, manning, _ = case("WET", side)  # noqa: F821
        run = engine(bed, depth, manning)
        count = max(4, 16_000_000 // side**2)
        advance(run, 0.0, steps=2)
        spent = [advance(run, 0.0, steps=count) for _ in range(ROUNDS)]
        found[side] = min(used / steps for used, steps in spent) / side**2 * 1e9
    for side, value in found.items():
        table.show(f"a cell update, {side}²", value, unit="ns")
    table.limit(
        "slowest size over the quickest, 0.25 to 16 Mcells",
        max(found.values()) / min(found.values()), 1.5, unit="×",
    )  # fmt: skip


def memory(table: Table) -> None:
    """Count the bytes of a cell: bed, friction raster, state and outputs; and all that is used."""
    import tracemalloc

    bed, depth, manning, _ = case("WET", SIDE)  # noqa: F821
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run = engine(bed, depth, manning)
    advance(run, 0.0, steps=30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    fields = [v for v in vars(run).values() if isinstance(v, np.ndarray) and v.shape == bed.shape]
    used = sum(field.nbytes for field in (*fields, bed, run.domain.friction))
    table.limit("bed, friction, state and outputs", used / SIDE**2, 36, unit="B/cell")
    table.show("the same with scratch rows", (peak - before + bed.nbytes) / SIDE**2, unit="B/cell")


def main() -> int:
    """Measure everything."""
    table = Table("climate_speed")
    against_peer(table, "Inertial", 12, 10)
    against_peer(table, "Hllc", 2, None)
    whole(table)
    large(table)
    partly_wet(table)
    sizes(table)
    memory(table)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
