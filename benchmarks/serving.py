# SPDX-License-Identifier: EUPL-1.2
"""Items over 1,000,000 building polygons; the peer is pygeoapi over PostGIS.

Both are measured through HTTP: ours on a server started for the purpose, pygeoapi in one process
over PostGIS with its spatial index; they answer the same pages and windows in turn. No window is
asked twice. Vector tiles: ``tiles.py``.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely

import jumeau
from harness import Table, peer_python
from jumeau.base import crs
from jumeau.interop.mercator import Tile, tile_at

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ZOOM = 14
TILES = 24
PAGES = 300
COLUMNS = ("name", "use", "height_m", "floors", "built_year", "public")
TILE_SQL = """
SELECT length(ST_AsMVT(q, 'building', 4096, 'geom')) FROM (
  SELECT id, name, use, height_m, floors, built_year, public,
         ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope({z}, {x}, {y}), 4096, 64) AS geom
  FROM building
  WHERE geom && ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 64.0 / 4096), 2154)
) q WHERE geom IS NOT NULL;
"""


def buildings() -> tuple[pa.Table, np.ndarray]:
    """Return buildings of six corners in 400 quarters of 60 × 60 km, and the quarters."""
    rng = np.random.default_rng(0)
    quarters = rng.uniform((740_000, 6_250_000), (800_000, 6_310_000), (400, 2))
    spread = rng.uniform(300, 2800, 400)
    which = rng.integers(0, 400, ROWS)
    centre = quarters[which] + rng.normal(size=(ROWS, 2)) * spread[which, None]
    turn = rng.uniform(0, 2 * np.pi, ROWS)[:, None] + np.linspace(0, 2 * np.pi, 7)[None, :]
    radius = rng.uniform(4, 16, ROWS)[:, None]
    x = centre[:, :1] + radius * np.cos(turn)
    y = centre[:, 1:] + 0.6 * radius * np.sin(turn)
    x[:, -1], y[:, -1] = x[:, 0], y[:, 0]
    rings = shapely.linearrings(np.stack([x, y], axis=2).reshape(-1, 2), indices=np.repeat(
        np.arange(ROWS), 7
    ))  # fmt: skip
    rows = pa.table(
        {
            "id": [f"BATIMENT{number:016d}" for number in rng.permutation(ROWS)],
            "geometry": pa.array(shapely.to_wkb(shapely.polygons(rings)).tolist(), pa.binary()),
            "name": pa.array(["Bâtiment", None] * (ROWS // 2), pa.string()),
            "use": pa.array(["Résidentiel", "Commercial et services"] * (ROWS // 2)),
            "height_m": np.round(rng.uniform(3, 20, ROWS), 1),
            "floors": rng.integers(1, 6, ROWS),
            "built_year": rng.integers(1850, 2025, ROWS),
            "public": rng.random(ROWS) < 0.02,
        }
    )
    return rows, quarters


class Client:
    """One connection to the server, kept open as browsers do."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.http = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
        self.address = address
        self.pid = 0

    def get(self, path: str) -> tuple[bytes, float]:
        """Return the answer to a path and the time it took [s]."""
        try:
            start = time.perf_counter()
            self.http.request("GET", path)
            response = self.http.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # idle for too long
            self.http.close()
            start = time.perf_counter()
            self.http.request("GET", path)
            response = self.http.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        if response.status not in {200, 204}:
            raise RuntimeError(f"{response.status} {path}: {body[:300]!r}")
        return body, seconds


@contextmanager
def served(folder: Path) -> Iterator[Client]:
    """Start ``jumeau serve`` and wait for its address."""
    command = [sys.executable, "-m", "jumeau", "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        client = Client(process.stdout.readline().strip())
        client.pid = process.pid
        yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def settled(folder: Path, client: Client, patience: float = 600) -> float:
    """Wait until the server has built what it serves from; return how long that took [s].

    What it builds is in other processes, its children.
    """
    begin = time.monotonic()
    children = Path(f"/proc/{client.pid}/task/{client.pid}/children")
    quiet = 0
    while quiet < 8 and time.monotonic() - begin < patience:
        time.sleep(0.5)
        built = list((folder / "cache" / "images").glob("building-*/manifest.json"))
        busy = any(task.read_text() for task in children.parent.parent.glob("*/children"))
        quiet = quiet + 1 if built and not busy else 0
    return time.monotonic() - begin - quiet * 0.5


def kept(folder: Path) -> float:
    """Return the room that what is served from takes on the disk [MB]."""
    files = (path for path in (folder / "cache").rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6


def pages(table: Table, client: Client) -> None:
    """Walk through pages of 100 rows, then jump at random."""
    path, walked = "/collections/building/items?limit=100", []
    for _ in range(PAGES):
        body, seconds = client.get(path)
        walked.append(seconds)
        page = json.loads(body)
        if len(page["features"]) != 100:
            raise RuntimeError("a page is not full")
        path = next(link["href"] for link in page["links"] if link["rel"] == "next")
        path = path[path.index("/collections") :]
    table.limit("page of 100 items over 1 M rows, p50", statistics.median(walked), 0.020)
    table.show("page of 100 items over 1 M rows, p95", float(np.quantile(walked, 0.95)))
    rng, jumped = random.Random(1), []
    for _ in range(40):
        path = f"/collections/building/items?limit=100&after=row:{rng.randrange(ROWS)}"
        jumped.append(client.get(path)[1])
    table.show("page of 100 items at a random place, p50", statistics.median(jumped))


def windows(quarters: np.ndarray, number: int) -> list[str]:
    """Return windows of 1.5 km around quarters, in degrees."""
    lon, lat = crs.reproject(quarters[:, 0], quarters[:, 1], "EPSG:2154", "EPSG:4326")
    chosen = list(zip(lon, lat, strict=True))[:number]
    return [f"{a - 0.009:.5f},{b - 0.007:.5f},{a + 0.009:.5f},{b + 0.007:.5f}" for a, b in chosen]


def items_of(client: Client, path: str) -> tuple[int, float, str]:
    """Return the number of items of a page, the time it took [s], and the next path."""
    body, seconds = client.get(path)
    page = json.loads(body)
    following = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return (
        len(page["features"]),
        seconds,
        following[following.index("/collections") :] if (following) else "",
    )


def walk(client: Client, limit: int, number: int) -> float:
    """Return the time of an item when pages follow one another [s]."""
    path, items, spent = f"/collections/building/items?limit={limit}&f=json", 0, 0.0
    for _ in range(number):
        count, seconds, path = items_of(client, path)
        items, spent = items + count, spent + seconds
    return spent / items


def look(client: Client, boxes: list[str]) -> tuple[float, float]:
    """Return the time of an item and of a query when windows are asked for [s]."""
    items, spent = 0, 0.0
    for box in boxes:
        count, seconds, _ = items_of(
            client, f"/collections/building/items?limit=1000&f=json&bbox={box}"
        )
        items, spent = items + count, spent + seconds
    return spent / items, spent / len(boxes)


def by_identifier(table: Table, client: Client) -> None:
    """Ask for rows by their identifier, at random."""
    rng, base = random.Random(2), "/collections/building/items/BATIMENT"
    spent = [client.get(f"{base}{rng.randrange(ROWS):016d}")[1] for _ in range(43)]
    table.show("item by identifier over 1 M rows, first", spent[0])
    table.limit("item by identifier over 1 M rows, p50", statistics.median(spent[3:]), 0.040)


@contextmanager
def pygeoapi(database: int, folder: Path) -> Iterator[Client]:
    """Start pygeoapi over a database, from an environment of its own."""
    python = peer_python(
        "pygeoapi",
        ["pygeoapi==0.21.0", "psycopg2-binary", "geoalchemy2", "starlette", "uvicorn"],
    )
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    data = {"host": "127.0.0.1", "port": database, "dbname": "postgres", "user": "bench",
            "password": "bench", "search_path": ["public"]}  # fmt: skip
    settings = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": here,
            "mimetype": "application/json",
            "encoding": "utf-8", "gzip": False, "languages": ["en-US"],
            "limits": {"default_items": 100, "max_items": 10000},
            "map": {"url": "x", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": "b", "description": "b", "keywords": ["b"],
                               "keywords_type": "theme", "terms_of_service": "none", "url": here},
            "license": {"name": "none", "url": here}, "provider": {"name": "b", "url": here},
            "contact": {"name": "b", "email": "b@localhost"},
        },
        "resources": {
            "building": {
                "type": "collection", "title": "b", "description": "b", "keywords": ["b"],
                "links": [], "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
                "providers": [
                    {"type": "feature", "name": "PostgreSQL", "data": data, "id_field": "id",
                     "table": "building", "geom_field": "geom",
                     "storage_crs": "http://www.opengis.net/def/crs/EPSG/0/2154"}
                ],
            }
        },
    }  # fmt: skip
    config, description = folder / "pygeoapi.yml", folder / "openapi.yml"
    config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    env = {**os.environ, "PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    command = [str(python.with_name("pygeoapi")), "openapi", "generate", str(config),
               "--output-file", str(description)]  # fmt: skip
    subprocess.run(command, check=True, env=env, capture_output=True)
    serve = [str(python), "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port),
             "--log-level", "critical"]  # fmt: skip
    process = subprocess.Popen(serve, env=env, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                client = Client(here)
                client.get("/?f=json")
                break
            except OSError:
                continue
        yield client
    finally:
        process.terminate()
        process.wait(timeout=60)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def items(table: Table, client: Client, peer: Client, quarters: np.ndarray) -> None:
    """Compare items in pages and in windows with pygeoapi, in turn."""
    for limit, number in ((100, 20), (1000, 8)):
        walk(client, limit, 2)
        walk(peer, limit, 2)
        pairs = [(walk(client, limit, number), walk(peer, limit, number)) for _ in range(3)]
        table.ratio(
            f"items in pages of {limit}, time an item",
            statistics.median(a for a, _ in pairs),
            statistics.median(b for _, b in pairs),
            at_least=5,
            peer_name="pygeoapi over PostGIS",
        )
    boxes = windows(quarters, 60)
    pairs_of = [(look(client, boxes[i::3]), look(peer, boxes[i::3])) for i in range(3)]
    for place, name in ((0, "items in windows, time an item"), (1, "window, time a query")):
        table.ratio(
            name,
            statistics.median(a[place] for a, _ in pairs_of),
            statistics.median(b[place] for _, b in pairs_of),
            at_least=5,
            peer_name="pygeoapi over PostGIS",
        )


def chosen_tiles(quarters: np.ndarray) -> list[Tile]:
    """Return tiles at the heart of quarters, each asked once."""
    lon, lat = crs.reproject(quarters[:, 0], quarters[:, 1], "EPSG:2154", "EPSG:4326")
    tiles = dict.fromkeys(tile_at(a, b, ZOOM) for a, b in zip(lon, lat, strict=True))
    return list(tiles)[: TILES + 1]


def pg_bin() -> Path | None:
    """Return the folder of PostgreSQL's programs, if PostGIS is installed too."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        shared = Path("/usr/share/postgresql") / folder.parent.name / "extension"
        if (folder / "initdb").exists() and (shared / "postgis.control").exists():
            return folder
    return None


class PostGIS:
    """A temporary PostgreSQL with PostGIS, spoken to with psql."""

    def __init__(self, bin_: Path, folder: Path) -> None:
        self.bin, self.folder = bin_, folder
        self.folder.mkdir()
        self.user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            for parent in folder.parents[:2]:
                parent.chmod(0o755)
            self.user = ["runuser", "-u", "postgres", "--"]
        self.call("initdb", "-D", str(folder / "db"), "-A", "trust", "-U", "bench")
        self.port = free_port()
        options = (
            f"-k {folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c shared_buffers=1GB -c max_parallel_workers_per_gather=0 -c jit=off"
        )
        self.call(
            "pg_ctl", "-D", str(folder / "db"), "-w", "-l", str(folder / "log"), "-o", options,
            "start",
        )  # fmt: skip

    def call(self, program: str, *args: str, text: str = "") -> str:
        """Run one of PostgreSQL's programs and return its output."""
        done = subprocess.run(
            [*self.user, str(self.bin / program), *args],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout

    def sql(self, text: str) -> str:
        """Run SQL in one session."""
        database = ("-h", str(self.folder), "-p", str(self.port), "-U", "bench", "-d", "postgres")
        return self.call("psql", *database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                         text=text)  # fmt: skip

    def load(self, rows: pa.Table) -> None:
        """Load the buildings, with the index that PostGIS users make."""
        path = self.folder / "rows.csv"
        hexed = [blob.hex() for blob in rows["geometry"].to_pylist()]
        flat = rows.drop_columns(["geometry"]).append_column("geom", pa.array(hexed))
        pyarrow.csv.write_csv(
            flat, path, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        )
        path.chmod(0o644)
        self.sql(
            "CREATE EXTENSION postgis;"
            "CREATE TABLE raw(id text, name text, use text, height_m double precision, "
            "floors bigint, built_year bigint, public boolean, geom text);"
            f"COPY raw FROM '{path}' CSV;"
            "CREATE TABLE building AS SELECT id, name, use, height_m, floors, built_year, public, "
            "ST_SetSRID(geom::geometry, 2154) AS geom FROM raw; DROP TABLE raw;"
            "ALTER TABLE building ADD PRIMARY KEY (id);"
            "CREATE INDEX ON building USING gist (geom); CLUSTER building USING building_geom_idx;"
            "VACUUM ANALYZE building;"
        )

    def stop(self) -> None:
        """Stop the server."""
        self.call("pg_ctl", "-D", str(self.folder / "db"), "-m", "immediate", "stop")


def compare(
    table: Table,
    client: Client,
    rows: pa.Table,
    quarters: np.ndarray,
    home: Path,
) -> None:
    """Compare items with pygeoapi, over PostGIS where it can be started."""
    bin_ = pg_bin()
    if bin_ is None:
        table.absent("items against pygeoapi", "PostgreSQL with PostGIS is not installed")
        return
    peer = PostGIS(bin_, home / "postgis")
    try:
        peer.load(rows)
        with pygeoapi(peer.port, home) as other:
            items(table, client, other, quarters)
    finally:
        peer.stop()


def main() -> int:
    """Measure and judge."""
    table = Table("serving")
    rows, quarters = buildings()
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        home = Path(name)
        folder = home / "bench.jumeau"
        with jumeau.create(folder, name="Bench").transaction("buildings") as tx:
            tx.insert("building", rows)
        with served(folder) as client:
            path = "/collections/building/items?limit=100"
            table.show("page of 100 items while the image is built", client.get(path)[1])
            table.show("image of 1 M rows, time to build", settled(folder, client))
            table.show("image of 1 M rows and tiles, on the disk", kept(folder), unit="MB")
            pages(table, client)
            by_identifier(table, client)
            compare(table, client, rows, quarters, home)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
