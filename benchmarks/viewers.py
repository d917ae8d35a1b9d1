# SPDX-License-Identifier: EUPL-1.2
"""Fifty people look at the map at once: a second of thought, then tiles, a window, a sheet.

Each viewer has a connection of its own and wanders through 1,000,000 buildings. Judged: the
slowest twentieth of the answers, errors, and the memory of the server between the first fifth of
the run and its end. ``python benchmarks/viewers.py [seconds] [rows]``; 30 s by default, 300 s for
the memory.

The tool is this file: one thread and one event loop over bare sockets, since it runs on the same
cores as the server; the share of a core that it takes is shown.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

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
GROWTH = 1.15
"""How much of its memory at a fifth of the run the server may hold at the end."""


class Viewer:
    """Somebody who moves the map, and opens a sheet now and then."""

    def __init__(self, number: int, address: str, places: np.ndarray) -> None:
        self.address = urlsplit(address)
        self.rng = random.Random(number)
        self.places = places
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

    async def live(self, until: float) -> None:
        """Look, think, look again."""
        await asyncio.sleep(self.rng.random() * THOUGHT)
        host, port = str(self.address.hostname), self.address.port
        reader, writer = await asyncio.open_connection(host, port, limit=2**22)
        while time.monotonic() < until:
            for path in self.paths():
                begin = time.perf_counter()
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
                try:
                    await self.answer(reader)
                    self.times.append(time.perf_counter() - begin)
                except Exception as exc:  # every failure counts, whatever it is
                    self.faults.append(f"{path}: {exc!r}")
                    writer.close()
                    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
            await asyncio.sleep(THOUGHT)
        writer.close()

    @staticmethod
    async def answer(reader: asyncio.StreamReader) -> None:
        """Read one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        if status not in {200, 204}:
            raise ConnectionError(f"status {status}")
        if status == 200:
            size = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            await reader.readexactly(int(size))


def resident(pid: int) -> float:
    """Return the memory of a process [MiB]."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor(pid: int) -> float:
    """Return the time of processor that a process has used [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def crowd(viewers: list[Viewer], until: float) -> None:
    """Let all viewers live until a moment."""
    await asyncio.gather(*(viewer.live(until) for viewer in viewers))


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
            serving.settled(folder, client)
            places = np.stack([lon, lat], axis=1)
            viewers = [Viewer(number, client.address, places) for number in range(VIEWERS)]
            memory: list[float] = []

            def watch() -> None:
                while len(memory) < 1000 and not over.wait(SECONDS / 100):
                    memory.append(resident(client.pid))

            over = threading.Event()
            watcher = threading.Thread(target=watch)
            watcher.start()
            begin, used = time.monotonic(), time.process_time()
            worked = processor(client.pid)
            asyncio.run(crowd(viewers, begin + SECONDS))
            used = (time.process_time() - used) / SECONDS
            worked = processor(client.pid) - worked
            over.set()
            watcher.join()
    times = [seconds for viewer in viewers for seconds in viewer.times]
    faults = [fault for viewer in viewers for fault in viewer.faults]
    for fault in faults[:5]:
        print(fault, file=sys.stderr)
    # Between the two, what is mapped comes and goes: the highest of each is compared.
    early, late = max(memory[:20]), max(memory[-20:])
    table.show("50 viewers, answers a second", len(times) / SECONDS, unit="/s")
    table.show("50 viewers, share of a core taken by the viewers", used, unit="")
    table.show("50 viewers, processor of the server an answer", worked / len(times))
    table.show("50 viewers, p50", float(np.quantile(times, 0.5)))
    table.limit("50 viewers, p95", float(np.quantile(times, 0.95)), 1.0)
    table.limit("50 viewers, failures", float(len(faults)), 0.0, unit="")
    table.show("50 viewers, memory of the server in the first fifth", early, unit="MiB")
    table.limit(
        "50 viewers, memory of the server in the last fifth", late, GROWTH * early, unit="MiB"
    )
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
