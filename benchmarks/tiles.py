# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles over 1,000,000 building polygons; the peer is PostGIS (``ST_AsMVT``).

Ours through HTTP, from ``jumeau serve`` started for the purpose, no tile asked twice; PostGIS
inside its own client (psql), without bringing the tile out of the database, with its spatial index
and warm projections. Both on one core: what is judged is the time of processor that a tile takes
(``/proc/…/stat`` of the server, and of the database's backend), which a busy machine does not
falsify; the times of the clock are shown beside.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

import jumeau
import serving
from harness import Table
from jumeau.interop.mercator import Tile

TICK = os.sysconf("SC_CLK_TCK")
LOW = (13, 12, 11, 10, 8)
AGAIN = 20
"""Times that each tile is asked again."""
PEER_LOW = 12
"""Low zoom that the peer draws too: it thins nothing, and takes seconds below."""
WORK = "SELECT pg_read_file('/proc/self/stat', 0, 2000);\n"


def worked(stat: str) -> float:
    """Return the time of processor that a process has taken [s], from its ``stat``."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def of_server(client: serving.Client) -> float:
    """Return the time of processor that our server has taken [s]."""
    return worked(Path(f"/proc/{client.pid}/stat").read_text(encoding="ascii"))


def path(tile: Tile) -> str:
    """Return the address of a tile."""
    return f"/tiles/building/{tile.z}/{tile.x}/{tile.y}.mvt"


def ask(client: serving.Client, tiles: list[Tile]) -> tuple[float, float, float]:
    """Return the median time of tiles, their mean time of processor [s] and size [B]."""
    begin = of_server(client)
    answers = [client.get(path(tile)) for tile in tiles]
    spent = (of_server(client) - begin) / len(tiles)
    size = sum(len(body) for body, _ in answers) / len(tiles)
    return statistics.median(seconds for _, seconds in answers), spent, size


def peer(database: serving.PostGIS, tiles: list[Tile]) -> tuple[float, float]:
    """Return the median time of tiles and their mean time of processor [s].

    The first one, not counted, loads the projections.
    """
    queries = [serving.TILE_SQL.format(z=t.z, x=t.x, y=t.y) for t in tiles]
    text = f"{queries[0]}{WORK}\\timing on\n{''.join(queries[1:])}\\timing off\n{WORK}"
    lines = database.sql(text).splitlines()
    stats = [worked(line) for line in lines if line.count(" ") > 40]
    times = [
        float(line.split()[1].replace(",", ".")) / 1000
        for line in lines
        if line.startswith(("Time:", "Temps"))
    ]
    return statistics.median(times), (stats[1] - stats[0]) / len(times)


def ready(client: serving.Client, tile: Tile, patience: float = 900) -> float:
    """Wait until the server draws from its shapes; return how long that took [s]."""
    begin = time.monotonic()
    while time.monotonic() - begin < patience:
        client.http.request("GET", path(tile))
        answer = client.http.getresponse()
        answer.read()
        if answer.headers["Cache-Control"] != "no-store":
            return time.monotonic() - begin
        time.sleep(0.5)
    raise RuntimeError("the shapes are not there")


def above(tiles: list[Tile], z: int) -> list[Tile]:
    """Return the tiles of a zoom that hold some."""
    step = tiles[0].z - z
    return list(dict.fromkeys(Tile(z, t.x >> step, t.y >> step) for t in tiles))


def compare(
    table: Table,
    rows: pa.Table,
    tiles: list[Tile],
    ours: dict[str, tuple[float, float]],
    home: Path,
) -> None:
    """Measure the peer and judge."""
    bin_ = serving.pg_bin()
    if bin_ is None:
        table.absent("tiles against PostGIS", "PostgreSQL with PostGIS is not installed")
        return
    database = serving.PostGIS(bin_, home / "postgis")
    try:
        database.load(rows)
        print(database.sql("SELECT postgis_full_version()").strip(), file=sys.stderr)
        clock, work = peer(database, tiles)
        low = above(tiles, PEER_LOW)
        _, low_work = peer(database, [low[0], *low[:3]])
    finally:
        database.stop()
    name = "PostGIS ST_AsMVT"
    table.ratio("tile z14 cold, processor", ours["cold"][1], work, at_least=2, peer_name=name)
    table.ratio("tile z14 cold, clock", ours["cold"][0], clock, peer_name=name)
    table.ratio("tile z14 asked again, processor", ours["again"][1], work, at_least=20,
                peer_name=f"{name} cold")  # fmt: skip
    table.ratio("tile z14 known to the client (304), processor", ours["known"][1], work,
                at_least=20, peer_name=f"{name} cold")  # fmt: skip
    table.ratio(f"tile z{PEER_LOW} cold, processor", ours["low"][1], low_work, at_least=2,
                peer_name=f"{name}, not thinned")  # fmt: skip


def known(client: serving.Client, tiles: list[Tile]) -> tuple[float, float]:
    """Return the median time and the mean time of processor of tiles that have not changed [s]."""
    client.http.request("GET", path(tiles[0]))
    first = client.http.getresponse()
    first.read()
    begin, times = of_server(client), []
    for tile in tiles * AGAIN:
        start = time.perf_counter()
        client.http.request("GET", path(tile), headers={"If-None-Match": first.headers["ETag"]})
        answer = client.http.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        if answer.status != 304:
            raise RuntimeError(f"{answer.status} {path(tile)}")
    return statistics.median(times), (of_server(client) - begin) / len(times)


def main() -> int:
    """Measure and judge."""
    table = Table("tiles")
    rows, quarters = serving.buildings()
    tiles = serving.chosen_tiles(quarters)
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        home = Path(name)
        folder = home / "bench.jumeau"
        with jumeau.create(folder, name="Bench").transaction("buildings") as tx:
            tx.insert("building", rows)
        ours: dict[str, tuple[float, float]] = {}
        with serving.served(folder) as client:
            clock, work, _ = ask(client, tiles[1:6])
            table.show("tile z14 while the shapes are laid out, clock", clock)
            table.show("shapes of 1 M polygons ready after", ready(client, tiles[0]))
            serving.settled(folder, client)
            clock, work, size = ask(client, tiles[1:])
            ours["cold"] = (clock, work)
            table.limit("tile z14 cold, clock", clock, 0.150)
            table.show("tile z14, mean size", size / 1000, unit="kB")
            clock, work, _ = ask(client, tiles[1:] * AGAIN)
            ours["again"] = (clock, work)
            ours["known"] = known(client, tiles[1:])
            for z in LOW:
                clock, work, size = ask(client, above(tiles[1:], z))
                table.show(f"tile z{z} from the pyramid, processor", work)
                table.limit(f"tile z{z}, mean size", size / 1000, 500, unit="kB")
                if z == PEER_LOW:
                    ours["low"] = (clock, work)
            table.show("images, shapes and tiles on the disk", serving.kept(folder), unit="MB")
        compare(table, rows, tiles, ours, home)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
