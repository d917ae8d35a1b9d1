# SPDX-License-Identifier: EUPL-1.2
"""A synthetic département: import, check and lighting run, in time, memory and bytes.

``python benchmarks/department.py [SHARE]``: a tenth of the communes of Manche by default (45),
all 445 with ``1``. Half as many are measured first, to show how it grows. Memory is the resident
memory of the program and of its workers added up, sampled five times a second; it must stay
within 8 GB whatever the share. Needs the official geographic code in ``JUMEAU_SHARED``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import Table, fresh

COMMUNES = 445
SHARE = 0.1
MEMORY = 8 * 1024.0
GROWTH = 1.5
"""How much dearer a commune may be when they are twice as many."""

MEASURE = """
import json, os, sys, threading, time
from pathlib import Path
import jumeau
from jumeau import workflow
from jumeau.sources.synthetic import department_drawn, department_files
from jumeau.sources.synthetic.departments import PROVENANCE

home, count, cog = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
PAGE, TICK = os.sysconf("SC_PAGE_SIZE") / 2**20, os.sysconf("SC_CLK_TCK")
peak = [0.0]

def used():
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            spent = (int(words[11]) + int(words[12])) / TICK
            found[int(name)] = int(words[1]), int(words[21]) * PAGE, spent
    mine, grown = {os.getpid()}, True
    while grown:
        more = {p for p, (parent, *_) in found.items() if parent in mine} - mine
        mine, grown = mine | more, bool(more)
    mine &= set(found)
    return sum(found[p][1] for p in mine), sum(found[p][2] for p in mine)

def watch():
    while True:
        peak[0] = max(peak[0], used()[0])
        time.sleep(0.2)

def size():
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) / 2**20

def told(stage, function):
    (peak[0], spent), before, start = used(), size(), time.perf_counter()
    value = function()
    facts = {"stage": stage, "seconds": time.perf_counter() - start, "peak": peak[0]}
    facts["processor"] = used()[1] - spent
    print(json.dumps({**facts, "mib": size() - before}), flush=True)
    return value

threading.Thread(target=watch, daemon=True).start()
drawn = department_drawn.draw("50", communes=count, cog=cog)
codes = [item.code for item in drawn.communes]
territory = jumeau.create(home, name=drawn.name, crs=drawn.crs, insee=codes)
steps = told("files", lambda: list(
    department_files.write(drawn, home / "department", lambda *_: None)))
for step in steps:
    step.pop("cost")
tables = [step for step in steps if "table" in step]
relief = [step for step in steps if "table" not in step]
told("tables", lambda: [territory.add(**step, **PROVENANCE) for step in tables])
told("relief", lambda: [territory.add(**step, **PROVENANCE) for step in relief])
told("check", territory.check)
told("run", lambda: workflow.run(territory, ["lighting"]))
tiles = {layer: len(territory.raster(layer).tiles()) for layer in ("dtm", "illuminance")}
rows = {name: territory.table(name, columns=["id"]).num_rows for name in ("luminaire", "building")}
print(json.dumps({"stage": "counts", **tiles, **rows}), flush=True)
"""
WORDS = {
    "files": "writing the files",
    "tables": "import of the tables",
    "relief": "import of the relief, 25 m → 1 m",
    "check": "check",
    "run": "lighting run",
}


def measure(communes: int, cog: Path) -> dict[str, dict[str, Any]]:
    """Return what each stage used over so many communes, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as folder:
        home = Path(folder) / "department.jumeau"
        lines = fresh(["-c", MEASURE, str(home), str(communes), str(cog)]).stdout.splitlines()
    return {row["stage"]: row for row in map(json.loads, lines)}


def main(argv: list[str]) -> int:
    """Measure and judge."""
    table = Table("department")
    cog = Path(os.environ.get("JUMEAU_SHARED", "../shared")) / "data" / "cog"
    if not cog.is_dir():
        table.absent("a synthetic département", "JUMEAU_SHARED has no data/cog")
        return table.close()
    whole = max(2, round(COMMUNES * (float(argv[0]) if argv else SHARE)))
    half, done = measure(whole // 2, cog), measure(whole, cog)
    counts = done["counts"]
    title = f"{whole} communes"
    for name in ("luminaire", "building", "dtm", "illuminance"):
        unit = "tiles of 1 km" if name in ("dtm", "illuminance") else "rows"
        table.show(f"{title}: {name}", float(counts[name]), unit=unit)
    for stage, words in WORDS.items():
        table.show(f"{title}: {words}", done[stage]["seconds"])
        table.show(f"{title}: {words}, processor time", done[stage]["processor"])
        table.show(f"{title}: {words}, on disk", done[stage]["mib"], unit="MiB")
    peak = max(done[stage]["peak"] for stage in WORDS)
    table.limit(f"{title}: peak memory of all processes", peak, MEMORY, unit="MiB")
    for stage, unit in (("relief", "dtm"), ("run", "illuminance")):
        each = [row[stage]["processor"] / row["counts"][unit] for row in (half, done)]
        words = f"{WORDS[stage]}: processor time a tile, over that with half the communes"
        table.limit(words, each[1] / each[0], GROWTH, unit="×")
        table.show(f"{WORDS[stage]}: processor time a tile", 1000 * each[1], unit="ms")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
