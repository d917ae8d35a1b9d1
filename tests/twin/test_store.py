# SPDX-License-Identifier: EUPL-1.2
"""The store's guards: WAL, data path, one transaction, recovery, a full disk, a dead writer."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import jumeau
from jumeau.base.errors import BusyError, JumeauError, StorageError
from jumeau.twin import locks, schema
from jumeau.twin.store import extension
from jumeau.twin.territory import Territory


def parquet(folder: Path) -> set[str]:
    return {path.name for path in (folder / "tables").rglob("*.parquet")}


def test_catalogue_is_in_wal_mode_from_the_start(territory: Territory) -> None:
    con = sqlite3.connect(territory.path / "catalog.sqlite")
    assert con.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    con.close()


def test_every_table_of_the_schema_exists_and_is_empty(territory: Territory) -> None:
    for name, declared in schema.tables().items():
        found = territory.table(name)
        assert tuple(found.column_names) == declared.names
        assert found.num_rows == 0


def test_a_moved_folder_writes_in_its_own_files(
    territory: Territory, lamps: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    before = parquet(territory.path)
    territory.close()
    moved = tmp_path / "elsewhere" / "moved.jumeau"
    shutil.copytree(territory.path, moved)
    there = jumeau.open(moved)
    with there.transaction("more") as tx:
        tx.insert("budget", pd.DataFrame({"id": ["x"], "year": [2026]}))
    assert parquet(territory.path) == before
    assert len(parquet(moved)) == len(before) + 1


def test_a_failed_transaction_changes_nothing_and_leaves_no_file(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    version = territory.version
    with pytest.raises(ZeroDivisionError), territory.transaction("fails") as tx:
        tx.upsert("luminaire", lamps)
        _ = 1 / 0
    assert territory.version == version
    assert territory.count("luminaire") == 0
    assert parquet(territory.path) == set()
    assert not (territory.path / ".writing").exists()


def test_reader_of_another_process_is_not_locked_out(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    code = f"import jumeau; print(jumeau.open({str(territory.path)!r}).count('luminaire'))"
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
        inside = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    after = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (inside.stdout.strip(), after.stdout.strip()) == ("0", "4")


def test_second_writer_waits_then_is_told_who_holds_the_twin(
    territory: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys, time, jumeau\n"
        f"t = jumeau.open({str(territory.path)!r})\n"
        "with t.transaction('long import') as tx:\n"
        "    print('in', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdin
        assert holder.stdout.readline().strip() == "in"
        monkeypatch.setenv("JUMEAU_LOCK_TIMEOUT", "0.3")
        assert not locks.is_free(territory.path)
        with pytest.raises(BusyError) as caught, territory.transaction("second"):
            pass
        assert caught.value.code == "JUM-T010"
        assert f"pid {holder.pid}" in str(caught.value)
        assert "long import" in str(caught.value)
        monkeypatch.setenv("JUMEAU_LOCK_TIMEOUT", "60")
        holder.stdin.write("\n")
        holder.stdin.flush()
        with territory.transaction("second") as tx:  # waits for the first, then goes on
            tx.insert("budget", pd.DataFrame({"id": ["x"], "year": [2026]}))
    assert territory.count("budget") == 1
    assert locks.is_free(territory.path)


def test_kill_9_in_the_middle_leaves_rows_intact_and_the_next_opening_cleans(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    intact = parquet(territory.path)
    code = (
        "import sys, time, jumeau, pandas as pd, numpy as np\n"
        "from jumeau.base.contract import RasterWindow\n"
        f"t = jumeau.open({str(territory.path)!r})\n"
        "with t.transaction('dies') as tx:\n"
        "    tx.insert('budget', pd.DataFrame({'id': ['x'], 'year': [2026]}))\n"
        "    tx.put_raster('dtm', [RasterWindow((399999.5, 6899999.5, 400009.5, 6900009.5),\n"
        "                                       np.ones((10, 10), np.float32))])\n"
        "    (t.path / 'inbox' / ('0' * 64 + '.csv')).write_text('orphan')\n"
        "    print('in', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout and dying.stdout.readline().strip() == "in"
        os.kill(dying.pid, signal.SIGKILL)
    assert parquet(territory.path) > intact  # the orphan is there: the guard has work to do
    assert list((territory.path / "rasters").rglob("*.tif"))
    reopened = jumeau.open(territory.path)
    assert reopened.count("luminaire") == 4
    assert reopened.count("budget") == 0
    assert parquet(territory.path) == intact
    assert not list((territory.path / "rasters").rglob("*.tif"))
    assert not list((territory.path / "inbox").iterdir())
    assert not (territory.path / ".writing").exists()


def test_opening_during_a_write_leaves_the_writer_alone(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    code = f"import jumeau; print(jumeau.open({str(territory.path)!r}).version)"
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        assert (territory.path / ".writing").exists()
    assert territory.count("luminaire") == 4


def test_a_disk_that_fills_changes_nothing(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    """A file-size limit stands for the full disk: the write fails half-way, as it would there."""
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    intact, version = parquet(territory.path), territory.version
    frame = pd.DataFrame({"id": [os.urandom(24).hex() for _ in range(120_000)], "year": 2026})
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, former[1]))
    try:
        with pytest.raises(StorageError) as caught, territory.transaction("fills") as tx:
            tx.insert("budget", frame)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(caught.value).startswith("JUM-T01")
    assert isinstance(caught.value, OSError)
    again = jumeau.open(territory.path)
    assert again.count("budget") == 0
    assert again.count("luminaire") == 4
    assert again.version == version
    assert parquet(territory.path) == intact


def test_many_threads_read_while_one_writes(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)

    def count(_: int) -> int:
        return territory.count("luminaire")

    with ThreadPoolExecutor(4) as pool:
        futures = pool.map(count, range(40))
        for turn in range(5):
            with territory.transaction(f"turn {turn}") as tx:
                tx.insert("budget", pd.DataFrame({"id": [str(turn)], "year": [2026]}))
        assert set(futures) == {4}
    assert territory.count("budget") == 5


def test_a_schema_that_gains_a_column_is_followed(
    territory: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.base.contract import Attribute, TableSchema

    known = dict(schema.tables())
    budget = known["budget"]
    added = Attribute("memo", "text", False, "", "", "Memo", "Mémo", "A column of the future")
    known["budget"] = TableSchema("budget", (*budget.attributes, added))
    monkeypatch.setattr(schema, "tables", lambda: known)
    again = jumeau.open(territory.path)
    with again.transaction("memo") as tx:
        tx.insert("budget", pd.DataFrame({"id": ["x"], "year": [2026], "memo": ["kept"]}))
    assert again.table("budget")["memo"].to_pylist() == ["kept"]


def test_missing_extension_is_told_with_its_package() -> None:
    with pytest.raises(JumeauError, match="duckdb-extension-no-such"):
        extension("no_such")


def test_open_tells_when_the_catalogue_is_gone(territory: Territory) -> None:
    territory.close()
    (territory.path / "catalog.sqlite").unlink()
    with pytest.raises(FileNotFoundError, match="JUM-T029"):
        jumeau.open(territory.path)
