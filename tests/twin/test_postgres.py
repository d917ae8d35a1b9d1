# SPDX-License-Identifier: EUPL-1.2
"""The shared catalogue: a real PostgreSQL, several writer processes, and the change of mind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

import jumeau

pytestmark = pytest.mark.postgres

WRITER = """
import sys, jumeau, pandas as pd
from jumeau.base.contract import RasterWindow
t = jumeau.open(sys.argv[1])
name = sys.argv[2]
for turn in range(5):
    with t.transaction(f"{name} {turn}") as tx:
        known = tx.con.execute("SELECT count(*) FROM budget WHERE id = 'shared'").fetchone()[0]
        tx.upsert("budget", pd.DataFrame({"id": [f"{name}-{turn}", "shared"], "year": [2026, 2026],
                                          "label": [name, name]}))
print("done")
"""


def test_four_writer_processes_lose_nothing(postgres: str, tmp_path: Path) -> None:
    folder = tmp_path / "shared.jumeau"
    made = jumeau.create(folder, name="Four writers", catalog=f"postgres:{postgres}")
    before = made.version
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), f"w{n}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for writer in writers:
        out, err = writer.communicate(timeout=180)
        assert writer.returncode == 0, err
        assert "done" in out
    ids = made.table("budget")["id"].to_pylist()
    # Uniqueness is ours to keep: « shared » was written by all four, and is there once.
    assert sorted(ids) == sorted(
        [f"w{n}-{turn}" for n in range(4) for turn in range(5)] + ["shared"]
    )
    assert made.version == before + 20


def test_two_territories_live_in_one_database(postgres: str, tmp_path: Path) -> None:
    one = jumeau.create(tmp_path / "one", name="Commune Un", catalog=f"postgres:{postgres}")
    two = jumeau.create(tmp_path / "two", name="Commune Deux", catalog=f"postgres:{postgres}")
    import pandas as pd

    with one.transaction("one") as tx:
        tx.insert("budget", pd.DataFrame({"id": ["x"], "year": [2026]}))
    assert one.count("budget") == 1
    assert two.count("budget") == 0


def test_changing_the_catalogue_in_the_toml_is_enough(
    postgres: str, tmp_path: Path, lamps: gpd.GeoDataFrame
) -> None:
    folder = tmp_path / "moved.jumeau"
    made = jumeau.create(folder, name="Moved")
    with made.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    version = made.version
    made.close()
    toml = folder / "territory.toml"
    toml.write_text(
        toml.read_text().replace('catalog = "catalog.sqlite"', f'catalog = "postgres:{postgres}"')
    )
    moved = jumeau.open(folder)
    assert moved.store.address.shared
    assert moved.count("luminaire") == 4
    assert moved.version == version
    assert moved.at(version=1).count("luminaire") == 0
    with moved.transaction("more") as tx:
        tx.delete("luminaire", {"id": "a"})
    assert moved.count("luminaire") == 3
    assert not (folder / "catalog.sqlite").exists()
    again = jumeau.open(folder)
    assert again.count("luminaire") == 3


def test_fork_of_a_shared_catalogue_is_apart(
    postgres: str, tmp_path: Path, lamps: gpd.GeoDataFrame
) -> None:
    made = jumeau.create(tmp_path / "a", name="Forked", catalog=f"postgres:{postgres}")
    with made.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    copy = made.fork(tmp_path / "b")
    with copy.transaction("less") as tx:
        tx.delete("luminaire", {"id": ["a", "b"]})
    assert (made.count("luminaire"), copy.count("luminaire")) == (4, 2)
    assert list((tmp_path / "b" / "tables").rglob("*.parquet"))
    assert jumeau.open(tmp_path / "b").count("luminaire") == 2
