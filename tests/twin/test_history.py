# SPDX-License-Identifier: EUPL-1.2
"""Versions by number and date, read-only pasts, and forks that are apart."""

from __future__ import annotations

import datetime
import os
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import jumeau
from jumeau.base.contract import RasterWindow
from jumeau.base.errors import InvalidError, ReadOnlyError
from jumeau.twin.territory import Territory


@pytest.fixture
def lived(territory: Territory, lamps: gpd.GeoDataFrame) -> Territory:
    """A territory with three versions: empty, four lamps, three lamps."""
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    with territory.transaction("one less") as tx:
        tx.delete("luminaire", {"id": "a"})
    return territory


def set_times(territory: Territory, times: dict[int, str]) -> None:
    con = sqlite3.connect(territory.path / "catalog.sqlite")
    for version, moment in times.items():
        con.execute(
            "UPDATE ducklake_snapshot SET snapshot_time = ? WHERE snapshot_id = ?",
            (moment, version),
        )
    con.commit()
    con.close()


def test_each_version_reads_as_it_was(lived: Territory) -> None:
    assert [lived.at(version=v).count("luminaire") for v in (1, 2, 3)] == [0, 4, 3]
    assert list(lived.versions()["message"]) == ["create", "lamps", "one less"]
    assert list(lived.at(version=2).versions()["version"]) == [1, 2]


def test_a_date_is_the_end_of_that_day_in_the_territory(lived: Territory) -> None:
    # 23:30 in Paris on 10 January is 22:30 UTC; 00:30 on the 11th is 23:30 UTC on the 10th.
    set_times(
        lived,
        {
            1: "2026-01-09 12:00:00+00",
            2: "2026-01-10 22:30:00+00",
            3: "2026-01-10 23:30:00+00",
        },
    )
    again = jumeau.open(lived.path)
    assert again.at(date="2026-01-09").version == 1
    assert again.at(date="2026-01-10").version == 2
    assert again.at(date=datetime.date(2026, 1, 11)).version == 3
    assert again.at(date="2026-01-10T23:31:00+00:00").version == 3
    with pytest.raises(InvalidError, match="JUM-T032"):
        again.at(date="2026-01-08")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "JUM-T030"),
        ({"version": 1, "date": "2026-01-01"}, "JUM-T030"),
        ({"version": 0}, "JUM-T031"),
        ({"version": 99}, "JUM-T031"),
        ({"version": -1}, "JUM-T031"),
        ({"date": "hier"}, "JUM-T036"),
        ({"date": "2000-01-01"}, "JUM-T032"),
    ],
)
def test_versions_that_are_not(lived: Territory, asked: dict[str, object], code: str) -> None:
    with pytest.raises(ValueError, match=code):
        lived.at(**asked)


def test_the_past_is_read_only(lived: Territory, tmp_path: Path) -> None:
    past = lived.at(version=2)
    with pytest.raises(ReadOnlyError, match="JUM-T016"), past.transaction("no"):
        pass
    with pytest.raises(PermissionError):
        past.add(tmp_path / "x.csv", "luminaire")
    with pytest.raises(PermissionError), past.recording("lighting"):
        pass
    assert past.readonly
    assert lived.version == 3


def test_a_fork_shares_files_and_nothing_else(lived: Territory, tmp_path: Path) -> None:
    bounds = (0.5, 0.5, 10.5, 10.5)
    with lived.transaction("raster") as tx:
        tx.put_raster("dtm", [RasterWindow(bounds, np.ones((10, 10), np.float32))])
    copy = lived.fork(tmp_path / "copy.jumeau")
    originals = {p.name: p for p in (lived.path / "tables").rglob("*.parquet")}
    for path in (copy.path / "tables").rglob("*.parquet"):
        assert path.samefile(originals[path.name])
    with copy.transaction("in the copy") as tx:
        tx.delete("luminaire", {"id": ["b", "c"]})
        tx.put_raster("dtm", [RasterWindow(bounds, np.full((10, 10), 7, np.float32))])
    assert (lived.count("luminaire"), copy.count("luminaire")) == (3, 1)
    assert lived.raster("dtm").read(bounds)[0].max() == 1
    assert copy.raster("dtm").read(bounds)[0].max() == 7
    assert "7" not in (lived.path / "rasters" / "dtm.vrt").name
    with lived.transaction("in the original") as tx:
        tx.insert("budget", pd.DataFrame({"id": ["x"], "year": [2026]}))
    assert copy.count("budget") == 0
    # The copy remembers the past, and stands alone.
    assert copy.at(version=2).count("luminaire") == 4
    assert jumeau.open(copy.path).count("luminaire") == 1


def test_a_fork_across_devices_copies(
    lived: Territory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copy = lived.fork(tmp_path / "copy.jumeau")
    assert copy.count("luminaire") == 3
    (path, *_) = (copy.path / "tables").rglob("*.parquet")
    assert path.stat().st_nlink == 1


def test_a_fork_refuses_a_folder_in_use(lived: Territory, tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "x").write_text("mine")
    with pytest.raises(InvalidError, match="JUM-T034"):
        lived.fork(tmp_path / "used")


def test_the_past_is_read_with_the_columns_and_tables_of_today(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    con = territory.store.cursor
    con.execute("ALTER TABLE source DROP COLUMN linked")
    con.execute("ALTER TABLE luminaire DROP COLUMN power_w")
    con.execute("DROP TABLE building_link")
    with territory.transaction("source of an older house") as tx:
        tx.con.execute(
            'INSERT INTO source (id, "table", file, sha256, imported_at, read) '
            "VALUES ('s', 'luminaire', 'l.csv', 'x', now(), 4)"
        )
    old = territory.version
    there = jumeau.open(territory.path)  # an opening brings the schema up to date
    assert there.version > old
    past = there.at(old)
    sources = past.table("source").to_pylist()
    assert [(item["id"], item["read"], item["linked"]) for item in sources] == [("s", 4, None)]
    assert past.sql("SELECT id FROM source WHERE linked IS NULL")["id"].to_pylist() == ["s"]
    seen = past.table("luminaire", bounds=(399_990, 6_899_990, 400_010, 6_900_010)).to_pandas()
    assert len(seen) >= 1 and seen["power_w"].isna().all()
    assert past.count("building_link") == 0
    assert past.table("building_link").column_names == there.table("building_link").column_names
    assert past.check() is not None and past.extent() is not None
    assert there.table("source").num_rows == 1
