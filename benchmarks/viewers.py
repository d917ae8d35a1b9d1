# SPDX-License-Identifier: EUPL-1.2
"""Fifty people look at the map at once: a second of thought, then tiles, a window, a sheet.

Each viewer has a connection of its own and wanders through 1,000,000 buildings. Judged: the
slowest twentieth of the answers, errors, and the memory of the server between the first fifth of
the run and its end. ``python benchmarks/viewers.py [seconds] [rows]``; 30 s by default, 300 s for
the memory.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
sys.argv = [sys.argv[0], *sys.argv[2:3]]

import jumeau  # noqa: E402 - the number of rows is read from the arguments at import
import serving  # noqa: E402
from harness import Table  # noqa: E402
from jumeau.base import crs  # noqa: E402
from jumeau.interop.mercator import tile_at  # noqa: E402

VIEWERS = 50
THOUGHT = 1.0


class Viewer(threading.Thread):
    """Somebody who moves the map, and opens a sheet now and then."""

    def __init__(self, number: int, address: str, places: np.ndarray, until: float) -> None:
        super().__init__(daemon=True)
        self.client = serving.Client(address)
        self.rng = random.Random(number)
        self.places, self.until = places, until
        self.times: list[float] = []
        self.faults: list[str] = []

    def paths(self) -> list[str]:
        """Return what one look asks for."""
        lon, lat = self.places[self.rng.randrange(len(self.places))]
        lon, lat = lon + self.rng.gauss(0, 0.004), lat + self.rng.gauss(0, 0.003)
        middle = tile_at(lon, lat, 16)
        found = [
            f"/tiles/building/16/{middle.x + dx}/{middle.y + dy}.mvt"
            for dx in (0, 1)
            for dy in (0, 1)
        ]
        box = f"{lon - 0.002:.5f},{lat - 0.002:.5f},{lon + 0.002:.5f},{lat + 0.002:.5f}"
        found.append(f"/collections/building/items?limit=100&bbox={box}")
        row = self.rng.randrange(serving.ROWS)
        found.append(f"/collections/building/items/BATIMENT{row:016d}")
        return found

    def run(self) -> None:
        """Look, think, look again."""
        time.sleep(self.rng.random() * THOUGHT)
        while time.monotonic() < self.until:
            for path in self.paths():
                try:
                    self.times.append(self.client.get(path)[1])
                except Exception as exc:  # every failure counts, whatever it is
                    self.faults.append(f"{path}: {exc}")
            time.sleep(THOUGHT)


def resident(pid: int) -> float:
    """Return the memory of a process [MiB]."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> int:
    """Measure and judge."""
    table = Table("viewers")
    rows, quarters = serving.buildings()
    lon, lat = crs.reproject(quarters[:, 0], quarters[:, 1], "EPSG:2154", "EPSG:4326")
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name) / "bench.jumeau"
        with jumeau.create(folder, name="Bench").transaction("buildings") as tx:
            tx.insert("building", rows)
        del rows
        with serving.served(folder) as client:
            begin = time.monotonic()
            places = np.stack([lon, lat], axis=1)
            viewers = [
                Viewer(number, client.address, places, begin + SECONDS) for number in range(VIEWERS)
            ]
            for viewer in viewers:
                viewer.start()
            time.sleep(SECONDS / 5)
            early = resident(client.pid)
            for viewer in viewers:
                viewer.join(SECONDS + 60)
            late = resident(client.pid)
    times = [seconds for viewer in viewers for seconds in viewer.times]
    faults = [fault for viewer in viewers for fault in viewer.faults]
    for fault in faults[:5]:
        print(fault, file=sys.stderr)
    table.show("50 viewers, answers a second", len(times) / SECONDS, unit="/s")
    table.show("50 viewers, p50", float(np.quantile(times, 0.5)))
    table.limit("50 viewers, p95", float(np.quantile(times, 0.95)), 1.0)
    table.limit("50 viewers, failures", float(len(faults)), 0.0, unit="")
    table.show("50 viewers, memory of the server at a fifth", early, unit="MiB")
    table.limit("50 viewers, memory of the server at the end", late, 2048.0, unit="MiB")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
