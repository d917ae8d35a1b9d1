# SPDX-License-Identifier: EUPL-1.2
"""The recipes of examples/ on real files: acceptance numbers, balanced counts, the page of docs."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import shapely

from jumeau import workflow

ROOT = Path(__file__).resolve().parent.parent


def tool() -> ModuleType:
    """Return tools/places.py as a module."""
    path = ROOT / "tools" / "places.py"
    spec = importlib.util.spec_from_file_location("places", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["places"] = module
    spec.loader.exec_module(module)
    return module


places = tool()
KEYS = places.keys()


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return a function that makes the territory of a recipe, once."""
    folder = tmp_path_factory.mktemp("places")

    @cache
    def build(key: str) -> Any:
        return places.build(key, folder)

    return build


def test_every_real_place_has_a_recipe() -> None:
    wanted = {"lamballe", "le-mene", "lorient", "montpellier", "montpellier-windows"}
    assert wanted | {"olemps", "perigueux"} <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_file_of_a_recipe_enters_and_every_record_is_somewhere(
    made: Callable[[str], Any], key: str
) -> None:
    place = made(key)
    assert place.failures == []
    assert place.reports
    for report in place.reports:
        assert report.read > 0, report.file
        if report.table in place.territory_layers:
            assert report.added > 0, report.file
            continue
        known = report.added + report.updated + report.unchanged + report.linked
        assert report.read == known + report.dropped, report.file
    for row in place.territory.table("source").to_pylist():
        assert row["announced"] in {None, row["read"]}, row["file"]
        assert row["licence"], row["file"]
        assert row["publisher"], row["file"]


def test_the_page_of_docs_tells_what_these_recipes_give(made: Callable[[str], Any]) -> None:
    found = [made(key) for key in KEYS]
    for lang in ("en", "fr"):
        written = places.target(lang).read_text(encoding="utf-8")
        assert written == places.page(found, lang), "run `make places`"


def report_of(place: Any, table: str, number: int = 0) -> Any:
    return [report for report in place.reports if report.table == table][number]


# -- LiDAR ------------------------------------------------------------------------------------
def test_lamballe_terrain(made: Callable[[str], Any]) -> None:
    place = made("lamballe")
    assert report_of(place, "all").read == 289_055
    dtm, _ = place.territory.raster("dtm").read((292_000, 6_832_000.5, 292_999, 6_832_999.5))
    dsm, _ = place.territory.raster("dsm").read((292_000, 6_832_000.5, 292_999, 6_832_999.5))
    std, _ = place.territory.raster("dtm_std").read((292_000, 6_832_000.5, 292_999, 6_832_999.5))
    assert np.isfinite(dtm).mean() > 0.99
    assert 40 < np.nanmin(dtm) < np.nanmax(dtm) < 120  # Lamballe stands between 45 and 110 m
    height = dsm - dtm
    assert np.nanmedian(height) < 3
    assert 0.01 < np.nanmedian(std) < 1
    built, _ = place.territory.raster("building_height").read()
    # Some 450 buildings on 16.4 ha; cells without any return of a roof stay empty.
    assert 40_000 < np.isfinite(built).sum() < 200_000
    assert 3 < np.nanmedian(built) < 12


def test_le_mene_has_no_seam(made: Callable[[str], Any]) -> None:
    place = made("le-mene")
    assert report_of(place, "bridge").added == 794
    assert report_of(place, "all").read == 278_810 + 240_482
    values, _ = place.territory.raster("dtm").read((299_800.5, 6_801_100.5, 300_200.5, 6_801_900.5))
    step = np.abs(np.diff(values, axis=1))
    across = np.nanmean(step[:, 195:205])  # columns on either side of x = 300,000
    assert across < 1.5 * np.nanmean(step)
    assert np.isfinite(values).mean() > 0.99


@pytest.mark.parametrize(("key", "least", "most"), [("lamballe", 100, 400), ("le-mene", 50, 300)])
def test_a_storm_on_lidar_tiles_tells_the_buildings_touched(
    made: Callable[[str], Any], tmp_path: Path, key: str, least: int, most: int
) -> None:
    copy = made(key).territory.fork(tmp_path / "copy.jumeau")
    coarse = {"climate_cell_m": 8, "climate_moments": 1, "climate_after_h": 0.1}
    events = {"climate": {"rain": "60mm/1h"}}
    found = workflow.run(copy, ["climate"], parameters=coarse, events=events)
    assert "JUM-K058" in set(found.findings["code"])  # outlined from LiDAR
    rows = found.indicators.set_index("indicator")
    assert least < rows.loc["climate_buildings", "value"] < most
    assert rows.loc["climate_buildings", "estimated_share"] == 1
    depth, _ = copy.raster("water_depth").read()
    assert 1 < np.nanmax(depth) < 10  # behind embankments whose culverts nobody knows
    copy.close()


# -- vectors ----------------------------------------------------------------------------------
def test_olemps_as_bd_topo_gives_it(made: Callable[[str], Any]) -> None:
    place = made("olemps")
    t = place.territory
    counts = {
        table: t.count(table) for table in ("building", "street", "vegetation", "water_body")
    } | {"storage_tank": t.count("storage_tank")}
    assert counts == {
        "building": 2273,
        "street": 1094,
        "vegetation": 665,
        "water_body": 28,
        "storage_tank": 2,
    }
    heights = t.table("building", columns=["height_m"])["height_m"].to_pylist()
    known = [value for value in heights if value is not None]
    assert len(known) == 2273 - 269 - 15  # 15 zeros mean unknown
    assert min(known) > 0
    assert round(100 * len(known) / 2273, 1) == 87.5
    assert t.geo("street").length.sum() == pytest.approx(113_000, abs=50)
    row = t.table("municipality").to_pylist()[0]
    assert (row["id"], row["name"]) == ("12174", "Olemps")


def test_perigueux_has_one_row_a_building(made: Callable[[str], Any]) -> None:
    place = made("perigueux")
    t = place.territory
    first, *others = (report_of(place, "building", number) for number in range(4))
    assert (first.read, first.added) == (10_381, 10_381)
    assert [report.read for report in others] == [14_886, 15_323, 14_774]
    for report in others:  # the same town three times more: most footprints are known
        assert report.linked > 0.6 * report.read
    rows = t.count("building")
    assert 14_000 < rows < 19_000  # the BDNB covers the commune, the others its surroundings too
    links = t.sql(
        "SELECT publisher, count(DISTINCT publisher_id) AS n FROM building_link GROUP BY 1"
    )
    told = dict(zip(links["publisher"].to_pylist(), links["n"].to_pylist(), strict=True))
    assert told["bdnb"] == 10_381
    orphans = t.sql(
        "SELECT count(*) AS n FROM building_link WHERE building_id NOT IN (SELECT id FROM building)"
    )
    assert orphans["n"][0].as_py() == 0


def test_perigueux_flood_zone_meets_the_buildings_of_the_bdnb(
    made: Callable[[str], Any],
) -> None:
    t = made("perigueux").territory
    zones = t.geo("hazard_zone")
    town = t.geo("place", where={"kind": "municipality"}).geometry.iloc[0]
    assert len(zones) == 114
    assert int(zones.intersects(town).sum()) == 23
    flooded = shapely.union_all(zones.geometry.to_numpy())
    assert shapely.intersection(flooded, town).area / 1e4 == pytest.approx(62.4, abs=0.1)
    buildings = t.geo("building", columns=["id"], where={"id": bdnb_rows(t)})
    assert len(buildings) == 10_381
    assert int(buildings.intersects(flooded).sum()) == 364


def bdnb_rows(t: Any) -> list[str]:
    """Return the rows that the BDNB brought."""
    rows = t.sql(
        "SELECT b.id FROM building b JOIN source s ON b.source_id = s.id WHERE s.file LIKE 'bdnb%'"
    )
    return list(rows["id"].to_pylist())


def test_lorient_points_make_a_smooth_terrain(made: Callable[[str], Any]) -> None:
    place = made("lorient")
    assert report_of(place, "building").added == 1_701
    assert place.territory.geo("street").length.sum() == pytest.approx(62_400, abs=100)
    assert report_of(place, "dtm").read == 1_362
    std, _ = place.territory.raster("dtm_std").read(resolution=10)
    assert np.nanmedian(std) > 0.1  # known every 75 m


def test_montpellier_windows_hold_lamps_and_relief(made: Callable[[str], Any]) -> None:
    t = made("montpellier-windows").territory
    for box, lamps in (
        ((767_400, 6_280_225, 768_000, 6_280_825), 168),
        ((770_500, 6_277_500, 770_650, 6_277_600), 24),
    ):
        assert t.table("luminaire", bounds=box).num_rows == lamps
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        assert 10 < t.raster("dtm").value(*middle) < 90
    built, _ = t.raster("building_height").read((770_500, 6_277_500, 770_650, 6_277_600))
    assert np.isfinite(built).any()


def test_paris_05_has_the_counts_of_its_inventory(made: Callable[[str], Any]) -> None:
    territory = made("paris05").territory
    lamps = territory.table("luminaire").to_pandas()
    assert len(lamps) == 3824
    assert lamps["flux_lm"].gt(0).sum() == 3788
    assert lamps["flux_lm"].sum() == pytest.approx(37.93e6, rel=1e-3)
    streets = territory.table("street").to_pandas()
    assert len(streets) == 1329 and streets["width_m"].notna().sum() == 1065


# -- water ------------------------------------------------------------------------------------
def test_l_town_is_a_benchmark_placed_by_control_points(
    made: Callable[[str], Any], shared: Path
) -> None:
    from jumeau.worksites import water

    town = made("l-town").territory
    (network,) = town.table("water_network").to_pylist()
    assert network["placement"] == "control points"
    assert 0.1 < network["placement_error_m"] < 0.6  # ground points are told to the metre
    assert "not a real" in network["description"]
    counts = {table: town.count(table) for table in ("junction", "pipe", "pump", "valve", "tank")}
    assert counts == {"junction": 782, "pipe": 905, "pump": 1, "valve": 3, "tank": 1}
    first = {row["id"]: shapely.from_wkb(row["geometry"]) for row in town.table("reservoir")
             .to_pylist()}  # fmt: skip
    assert first["R1"].distance(shapely.Point(702_760, 6_601_080)) < 1
    drawn = sum(shapely.from_wkb(row["geometry"]).length for row in town.table("pipe").to_pylist())
    assert drawn == pytest.approx(43_163, rel=0.003)
    path = shared / "validation/water/battledim/L-TOWN.inp"
    ours, theirs = (
        water.solve(net, 3600, 3600) for net in (water.from_territory(town), water.read_inp(path))
    )
    assert ours.nodes == theirs.nodes
    assert np.abs(ours.head - theirs.head).max() < 1e-6
