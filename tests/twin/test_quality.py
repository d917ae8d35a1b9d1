# SPDX-License-Identifier: EUPL-1.2
"""Check: what is missing, doubled, misplaced, dangling, altered, or of unknown right."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from jumeau.base.contract import RasterWindow
from jumeau.twin import quality
from jumeau.twin.territory import Territory


def codes(territory: Territory, **where: str) -> set[str]:
    found = territory.check()
    for name, value in where.items():
        found = found[found[name] == value]
    return set(found["code"])


def test_an_empty_territory_has_nothing_to_say(territory: Territory) -> None:
    assert len(territory.check()) == 0


def test_completeness_is_a_share_of_rows(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    share = quality.completeness(territory, "luminaire")
    assert (share["height_m"], share["flux_lm"], share["geometry"]) == (0.5, 0.0, 1.0)
    assert quality.completeness(territory, "tree") == {}
    assert "JUM-T043" in codes(territory, entity="flux_lm")
    assert "JUM-T044" in codes(territory, entity="height_m")
    assert not codes(territory, entity="geometry")


def test_shared_positions_are_told_not_dropped(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    found = territory.check().set_index("code").loc["JUM-T045"]
    assert '"places": 1' in found["data"]
    assert '"rows": 2' in found["data"]
    assert territory.count("luminaire") == 4


def test_a_reference_to_nothing_is_found(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    cabinets = gpd.GeoDataFrame({"id": ["A1"]}, geometry=shapely.points([[4e5, 6.9e6]]), crs=2154)
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps.assign(cabinet_id=["A1", "A1", "A9", None]))
        tx.upsert("cabinet", cabinets)
    found = territory.check().set_index("code").loc["JUM-T046"]
    assert "A9" in found["what"]
    assert '"count": 1' in found["data"]


def test_a_row_off_the_map_is_found(territory: Territory) -> None:
    trees = gpd.GeoDataFrame(
        {"id": ["here", "sea"]}, geometry=shapely.points([[4e5, 6.9e6], [4e6, 9e6]]), crs=2154
    )
    with territory.transaction("trees") as tx:
        tx.upsert("tree", trees)
    found = territory.check().set_index("code").loc["JUM-T047"]
    assert "sea" in found["what"]


def test_an_altered_or_lost_tile_blocks(territory: Territory) -> None:
    windows = [
        RasterWindow((x + 0.5, 0.5, x + 5.5, 5.5), np.ones((5, 5), np.float32)) for x in (0, 5000)
    ]
    with territory.transaction("dtm") as tx:
        tx.put_raster("dtm", windows)
    assert not codes(territory, severity="blocks")
    lost, altered = sorted((territory.path / "rasters" / "dtm").glob("*.tif"))
    lost.unlink()
    altered.write_bytes(altered.read_bytes()[:-1] + b"x")
    assert codes(territory, severity="blocks") == {"JUM-T106", "JUM-T107"}


def test_a_source_without_licence_is_found_and_import_findings_are_kept(
    territory: Territory,
) -> None:
    from jumeau.base.findings import finding, frame

    facts = {"id": "s", "table": "tree", "file": "x.csv", "sha256": "0"}
    source = pd.DataFrame([facts | {"imported_at": pd.Timestamp.now("UTC")}])
    with territory.transaction("source") as tx:
        tx.insert("source", source)
        tx.insert(
            "finding", frame([finding("JUM-T040", "tree", announced=5, read=4)], source_id="s")
        )
    found = territory.check()
    assert {"JUM-T130", "JUM-T040"} <= set(found["code"])
    order = list(found["severity"])
    assert order == sorted(order, key=["blocks", "degrades", "informs"].index)


def test_what_most_things_have_not_is_no_gap(territory: Territory) -> None:
    """A barn has no name, and number 12 needs no « bis »."""
    barn = gpd.GeoDataFrame(
        {"id": ["b1"], "name": [None], "height_m": [None]},
        geometry=[shapely.box(700_000, 6_600_000, 700_010, 6_600_010)],
        crs="EPSG:2154",
    )
    with territory.transaction("barn") as tx:
        tx.upsert("building", barn)
    assert not codes(territory, table="building", entity="name")
    assert "JUM-T043" in codes(territory, table="building", entity="height_m")
