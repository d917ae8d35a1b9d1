# SPDX-License-Identifier: EUPL-1.2
"""Territories and a PostgreSQL server for the tests of the twin."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import jumeau
from jumeau.twin.territory import Territory


@pytest.fixture
def territory(tmp_path: Path) -> Iterator[Territory]:
    """An empty territory."""
    made = jumeau.create(tmp_path / "bourg.jumeau", name="Le Bourg", insee=["50001"])
    yield made
    made.close()


@pytest.fixture
def lamps() -> gpd.GeoDataFrame:
    """Four lamps: heights and powers half known, two on one mast."""
    return gpd.GeoDataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "height_m": [8.0, None, 9.5, None],
            "power_w": [100.0, 70.0, None, None],
            "lamp_type": ["HPS", "HPS", "LED", None],
        },
        geometry=shapely.points([[400000, 6900000], [400030, 6900000], [400060, 6900010]] * 2)[:4],
        crs="EPSG:2154",
    )


def _binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    here = shutil.which("initdb")
    return Path(here).parent if here else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Connection string of a PostgreSQL server started for the tests."""
    binaries = _binaries()
    if binaries is None:
        reason = "PostgreSQL is not installed (package postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="jumeau-pg-"))
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(*command: str) -> None:
        done = subprocess.run(
            [*as_user, *command], cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data = folder / "data"
    call(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "jumeau", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    call(
        str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w",
        "-l", str(folder / "log"), "start",
    )  # fmt: skip
    try:
        yield f"host=127.0.0.1 port={port} user=jumeau dbname=postgres"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
