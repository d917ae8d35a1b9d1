# SPDX-License-Identifier: EUPL-1.2
"""Pages of rows: complete, without repeats, in the window and filter asked, whatever is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import jumeau
from jumeau.base.contract import Bounds
from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.interop import features, files, geojson, projections, selection
from jumeau.interop.served import Served

LAMPS = features.table("luminaire")


def bounds_of(text: str | None, crs: str) -> Bounds | None:
    found = projections.window(text, crs)
    return None if found is None else found.bounds


def walk(served: Served, at: str | None = None, **query: object) -> list[str]:
    """Follow the pages to the end; return the identifiers met."""
    found, after = [], ""
    while True:
        with served.reading(at) as view:
            page = features.page(view, features.Query(LAMPS, after=after, **query))
            found += page.rows["id"].to_pylist()
            at = str(view.version)
        after = page.next
        if not after:
            return found


@pytest.mark.parametrize(
    ("limit", "ahead"), [(7, 2000), (20, 1), (20, 50), (100, 2000), (299, 1), (300, 1), (301, 50)]
)
def test_a_walk_sees_each_row_once(
    served: Served, monkeypatch: pytest.MonkeyPatch, limit: int, ahead: int
) -> None:
    monkeypatch.setattr(features, "AHEAD", ahead)
    served.blocks._values.clear()
    found = walk(served, limit=limit)
    assert len(found) == len(set(found)) == 300


def test_the_last_page_leads_nowhere(served: Served) -> None:
    with served.reading() as view:
        page = features.page(view, features.Query(LAMPS, limit=300))
    assert page.rows.num_rows == 300
    assert page.next == ""


def test_an_empty_table_has_one_empty_page(served: Served) -> None:
    with served.reading() as view:
        page = features.page(view, features.Query(features.table("tree")))
    assert page.rows.num_rows == 0
    assert page.next == ""
    assert "species" in page.rows.column_names


def test_filters_walk_like_tables(served: Served) -> None:
    found = walk(served, where={"lamp_type": "LED"}, limit=9)
    assert found == [f"lamp/{i:05d}" for i in range(300) if i % 3 == 0] or sorted(found) == [
        f"lamp/{i:05d}" for i in range(0, 300, 3)
    ]
    with served.reading() as view:
        query = features.Query(LAMPS, where={"lamp_type": "LED"})
        assert features.count(view, query) == 100
        assert features.count(view, features.Query(LAMPS)) == 300


def test_windows_hold_the_rows_that_meet_them(served: Served, town: ModuleType) -> None:
    box = (town.X - 1, town.Y - 1, town.X + 41, town.Y + 21)
    found = walk(served, bounds=box, limit=2)
    assert sorted(found) == [f"lamp/{i:05d}" for i in (0, 1, 2, 50, 51, 52)]


def test_a_page_continues_after_an_identifier(served: Served) -> None:
    every = walk(served, limit=300)
    with served.reading() as view:
        page = features.page(view, features.Query(LAMPS, after=every[41], limit=10))
    assert page.rows["id"].to_pylist() == every[42:52]


@pytest.mark.parametrize("after", ["nobody", "row:", "row:-1", "row:99999999999999999999"])
def test_a_wrong_token_is_refused(served: Served, after: str) -> None:
    with served.reading() as view, pytest.raises(InvalidError, match="JUM-I007"):
        features.page(view, features.Query(LAMPS, after=after))


@pytest.fixture
def living(town: ModuleType, tmp_path: Path) -> Iterator[Served]:
    """A town that the test changes while it is read."""
    town.build(tmp_path / "bourg.jumeau").close()
    opened = Served(tmp_path / "bourg.jumeau", workers=2)
    yield opened
    opened.close()


def test_paging_survives_writes(living: Served, town: ModuleType) -> None:
    """Rows deleted, added and updated between two pages: nothing lost, nothing twice."""
    writer = jumeau.open(living.live.path)
    before = {f"lamp/{i:05d}" for i in range(300)}
    found: list[str] = []
    after, at = "", None
    for step in range(32):
        with living.reading(at) as view:
            page = features.page(view, features.Query(LAMPS, after=after, limit=10))
            found += page.rows["id"].to_pylist()
            at, after = str(view.version), page.next
        living.blocks._values.clear()
        with writer.transaction("disturb") as tx:
            tx.delete("luminaire", {"id": [f"lamp/{i:05d}" for i in range(step * 5, step * 5 + 3)]})
            tx.insert("luminaire", town.luminaires(4, start=1000 + 4 * step))
            changed = town.luminaires(300).tail(5).assign(power_w=1000.0 + step)
            tx.upsert("luminaire", changed)
        if not after:
            break
    writer.close()
    assert len(found) == len(set(found)) == 300
    assert set(found) == before
    now = walk(living, limit=50)
    assert len(now) == len(set(now))
    assert set(now) != before


def test_without_a_version_no_untouched_row_is_lost_or_repeated(
    living: Served, town: ModuleType
) -> None:
    """A client that drops ``at`` still sees once each row that nobody touches."""
    writer = jumeau.open(living.live.path)
    found: list[str] = []
    after = ""
    while True:
        with living.reading() as view:
            page = features.page(view, features.Query(LAMPS, after=after, limit=50))
        found += page.rows["id"].to_pylist()
        with writer.transaction("disturb") as tx:
            tx.delete("luminaire", {"id": found[:5]})
            if len(found) < 200:
                tx.insert("luminaire", town.luminaires(4, start=1000 + len(found)))
        if not page.next:
            break
        after = page.next
    writer.close()
    old = [name for name in found if name < "lamp/00300"]
    assert sorted(old) == [f"lamp/{i:05d}" for i in range(300)]


def test_a_past_version_is_read_as_it_was(living: Served) -> None:
    version = living.live.version
    with jumeau.open(living.live.path).transaction("clear") as tx:
        tx.delete("luminaire", {"lamp_type": "LED"})
    assert len(walk(living)) == 200
    assert len(walk(living, at=str(version))) == 300


def test_windows_in_degrees() -> None:
    west, south, east, north = bounds_of("3.86,43.60,3.89,43.62", "EPSG:2154") or (0,) * 4
    assert west == pytest.approx(769_400, abs=1000)
    assert 2000 < east - west < 3000
    assert 2000 < north - south < 2600
    assert bounds_of("3.86,43.60,0,3.89,43.62,100", "EPSG:2154") == (west, south, east, north)
    assert bounds_of(None, "EPSG:2154") is None


def test_the_whole_world_is_a_window() -> None:
    west, south, east, north = bounds_of("-180,-90,180,90", "EPSG:2154") or (0,) * 4
    assert west < 100_000 < 1_240_000 < east
    assert south < 6_050_000 < 7_110_000 < north


def test_a_window_elsewhere_meets_nothing(served: Served) -> None:
    box = bounds_of("100,10,110,20", "EPSG:2154")
    assert box is not None
    assert walk(served, bounds=box) == []


@pytest.mark.parametrize(
    "text",
    ["1,2,3", "a,b,c,d", "0,50,1,40", "0,0,0,nan", "0,-91,1,0", "1,2,3,4,5", "inf,0,1,1", ",,,"],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="JUM-I003"):
        bounds_of(text, "EPSG:2154")


def test_limits() -> None:
    assert selection.limit(None) == 100
    assert selection.limit(5) == 5
    assert selection.limit(10**9) == features.LARGEST_PAGE
    for wrong in (0, -3):
        with pytest.raises(InvalidError, match="JUM-I004"):
            selection.limit(wrong)


def test_filters_are_typed() -> None:
    buildings = features.table("building")
    found = selection.filters(buildings, {"floors": "3", "public": "true", "height_m": "2.5"})
    assert found == {"floors": 3, "public": True, "height_m": 2.5}
    for name, text in (("floors", "two"), ("public", "maybe"), ("floors", str(10**30))):
        with pytest.raises(InvalidError, match="JUM-I006"):
            selection.filters(buildings, {name: text})
    lamps = selection.filters(LAMPS, {"installed_on": "2020-01-31"})
    assert str(lamps["installed_on"]) == "2020-01-31"


def test_unknown_names_are_refused_with_the_nearest_one() -> None:
    with pytest.raises(InvalidError, match="lamp_type") as caught:
        selection.filters(LAMPS, {"lamptype": "LED"})
    assert caught.value.code == "JUM-I005"
    with pytest.raises(InvalidError):
        selection.filters(LAMPS, {"geometry": "x"})
    with pytest.raises(UnknownNameError, match="JUM-T001"):
        features.table("lampadaire")


def test_one_row_by_its_identifier(served: Served) -> None:
    with served.reading() as view:
        found = features.item(view, LAMPS, "lamp/00007", json=True)
        text = geojson.features(found, view.crs, geometry="geometry")[0].as_py()
        with pytest.raises(UnknownNameError, match="JUM-I008"):
            features.item(view, LAMPS, "lamp/x")
        with pytest.raises(UnknownNameError, match="JUM-I008"):
            features.item(view, features.table("effect"), "x")
    feature = json.loads(text)
    assert feature["id"] == feature["properties"]["id"] == "lamp/00007"
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["power_w"] == 50.0
    assert "geometry" not in feature["properties"]


def test_geojson_is_in_degrees_and_turned_as_the_standard_asks(served: Served) -> None:
    table = features.table("building")
    with served.reading() as view:
        page = features.page(view, features.Query(table, limit=1))
        shape = json.loads(geojson.geometries(page.rows["geometry"], view.crs)[0].as_py())
    ring = shape["coordinates"][0]
    assert all(3 < lon < 5 and 43 < lat < 44 for lon, lat in ring)
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    assert twice > 0


def test_coordinates_are_those_of_proj(served: Served, town: ModuleType) -> None:
    import pyproj

    with served.reading() as view:
        found = features.item(view, LAMPS, "lamp/00000", json=True)
        text = geojson.features(found, view.crs, geometry="geometry")[0].as_py()
    exact = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(town.X, town.Y)
    assert json.loads(text)["geometry"]["coordinates"] == pytest.approx(exact, abs=1e-7)


def test_everything_is_all_rows(served: Served) -> None:
    with served.reading() as view:
        rows = features.everything(view, features.Query(LAMPS, limit=features.LARGEST_FILE))
        part = features.everything(view, features.Query(LAMPS, limit=10))
    assert rows.num_rows == 300
    assert part.num_rows == 10
    assert set(rows.column_names) == set(LAMPS.names)


def test_csv_has_coordinates(served: Served) -> None:
    import io

    with served.reading() as view:
        rows = features.everything(view, features.Query(LAMPS, limit=1000))
        frame = pd.read_csv(io.BytesIO(files.csv(rows, LAMPS, view.crs, projections.DEFAULT)))
        table = features.table("building")
        rows = features.everything(view, features.Query(table, limit=1000))
        shapes = pd.read_csv(io.BytesIO(files.csv(rows, table, view.crs, projections.DEFAULT)))
    assert len(frame) == 300
    assert frame["lon"].between(3, 5).all()
    assert frame["lat"].between(43, 44).all()
    assert frame["lamp_type"].isna().sum() == 100
    assert shapes["wkt"].str.startswith("POLYGON").all()
