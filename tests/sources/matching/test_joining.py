# SPDX-License-Identifier: EUPL-1.2
"""Buildings of several publishers: one row each, the links kept, whatever the order."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.twin import territory as territories
from jumeau.twin.territory import Territory

X0, Y0 = 770_000.0, 6_280_000.0

KEYS = {
    "bdtopo": {
        "id": "cleabs",
        "use": "usage_1",
        "height_m": "hauteur",
        "floors": "nombre_d_etages",
    },
    "bdnb": {
        "id": "batiment_groupe_id",
        "height_m": "hauteur_mean",
        "built_year": "annee_construction",
    },
    "osm": {"id": "osm_id", "use": "building", "name": "name"},
    "cadastre": {"id": "id", "light": "type"},
}


@pytest.fixture
def town(tmp_path: Path) -> Territory:
    return territories.create(tmp_path / "t.jumeau", name="Essai", crs="EPSG:2154")


@pytest.fixture
def add(town: Territory, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that writes buildings as a publisher does and adds them."""
    numbers = itertools.count()

    def adding(key: str, shapes: list[Any], /, columns: Any = None, **rows: list[Any]) -> Any:
        names = KEYS.get(key, {})
        data = {names.get(name, name): values for name, values in rows.items()} | (columns or {})
        file = tmp_path / f"{key}-{next(numbers)}.gpkg"
        gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:2154").to_file(file)
        report = town.add(file, table="building", publisher=key)
        told = report.added + report.updated + report.unchanged + report.linked + report.dropped
        assert report.read == told
        return report

    return adding


def box(x: float, y: float = 0.0, width: float = 10.0, depth: float = 10.0) -> Any:
    return shapely.box(X0 + x, Y0 + y, X0 + x + width, Y0 + y + depth)


def links(town: Territory, **where: Any) -> pd.DataFrame:
    table = town.table("building_link", where=where)
    return table.drop_columns(["geometry"]).to_pandas().sort_values("id", ignore_index=True)


def building(town: Territory, name: str) -> dict[str, Any]:
    return town.table("building", where={"id": name}).to_pylist()[0]


def codes(report: Any) -> dict[str, dict[str, Any]]:
    rows = report.findings.itertuples()
    return {row.code: json.loads(row.data) for row in rows}


def test_the_first_publisher_lists_its_own_footprints(town: Territory, add: Any):
    report = add("bdtopo", [box(0), box(30)], id=["A", "B"], use=["x", "y"], height_m=[5.0, 6.0])
    assert (report.added, report.linked) == (2, 0)
    own = links(town)
    assert list(own["building_id"]) == list(own["publisher_id"]) == ["A", "B"]
    assert set(own["relation"]) == {"1:1"} and set(own["confidence"]) == {1.0}
    assert json.loads(own["facts"][0]) == {"use": "x", "height_m": 5.0}
    assert set(own["source_id"]) == {report.source_id}


def test_a_second_publisher_joins_and_completes(town: Territory, add: Any):
    add("bdtopo", [box(0), box(30)], id=["A", "B"], use=["x", "y"], height_m=[5.0, None])
    shapes = [box(0.4, 0.3), box(30.2), box(60)]
    rows = {"id": ["g1", "g2", "g3"], "height_m": [9, 7, 8], "built_year": [1930, 1950, 1999]}
    report = add("bdnb", shapes, {"s_geom_groupe": [100] * 3}, **rows)
    assert (report.read, report.added, report.linked) == (3, 1, 2)
    assert town.count("building") == 3 and town.count("building_link") == 5
    a, b = building(town, "A"), building(town, "B")
    assert (a["height_m"], a["built_year"]) == (5.0, 1930)
    assert (b["height_m"], b["built_year"]) == (7.0, 1950)
    joined = links(town, publisher="bdnb").set_index("publisher_id")
    assert joined.loc["g1", "building_id"] == "A" and joined.loc["g3", "building_id"] == "g3"
    assert set(joined.loc["g2", "filled"].split()) == {"height_m", "built_year"}
    assert set(joined.loc["g1", "filled"].split()) == {"built_year"}
    assert json.loads(joined.loc["g1", "facts"])["height_m"] == 9.0
    assert joined.loc["g1", "confidence"] > 0.9 and 0.8 < joined.loc["g1", "overlap"] < 1
    told = codes(report)
    assert told["JUM-S270"]["linked"] == 2 and told["JUM-S270"]["added"] == 1
    assert told["JUM-S273"]["count"] == 1 and told["JUM-S273"]["attribute"] == "height_m"
    assert told["JUM-S275"]["count"] == 2
    # The row keeps its own source; the new one has that of the file.
    assert a["source_id"] != report.source_id == building(town, "g3")["source_id"]


def test_relations_follow_the_grain_of_the_first(town: Territory, add: Any):
    add("bdtopo", [box(0, width=20), box(40), box(50)], id=["A", "B", "C"], use=["x"] * 3)
    halves = [box(0), box(10), box(40, width=20)]
    report = add("osm", halves, id=["1", "2", "3"], use=["house"] * 3)
    assert (report.added, report.linked) == (0, 3)
    assert town.count("building") == 3
    told = links(town, publisher="osm")
    assert sorted(
        zip(told["publisher_id"], told["building_id"], told["relation"], strict=True)
    ) == [
        ("1", "A", "n:1"),
        ("2", "A", "n:1"),
        ("3", "B", "1:n"),
        ("3", "C", "1:n"),
    ]


def test_dwellings_of_parts_add_up_and_are_not_spread(town: Territory, add: Any):
    add("cadastre", [box(0, width=20), box(40), box(50)], id=["A", "B", "C"])
    parts = [box(0), box(10), box(40, width=20)]
    rows = {"id": ["T1", "T2", "T3"], "height_m": [5.0, 6.0, 7.0], "use": ["x"] * 3}
    add("bdtopo", parts, {"nombre_de_logements": [2, 3, 8]}, **rows)
    assert building(town, "A")["dwellings"] == 5
    assert building(town, "B")["dwellings"] is None
    assert building(town, "B")["height_m"] == building(town, "C")["height_m"] == 7.0


def test_the_better_publisher_replaces_what_a_lesser_one_filled(town: Territory, add: Any):
    for order in (("osm", "bdtopo"), ("bdtopo", "osm")):
        x = 100.0 * (order[0] == "osm")
        names = {"osm": f"o{x}", "bdtopo": f"t{x}"}
        add("cadastre", [box(x)], id=[f"c{x}"])
        for key in order:
            extra = {"height": ["9.5"]} if key == "osm" else None
            height = {} if key == "osm" else {"height_m": [6.0]}
            add(key, [box(x)], extra, id=[names[key]], use=["house"], **height)
        assert building(town, f"c{x}")["height_m"] == 6.0
        filled = links(town, building_id=f"c{x}").set_index("publisher")["filled"]
        assert "height_m" in filled["bdtopo"].split()
        assert "height_m" not in filled["osm"].split()


def test_adding_again_changes_nothing(town: Territory, add: Any):
    rows = {"id": ["A", "B"], "use": ["x", "y"], "height_m": [5.0, None]}
    add("bdtopo", [box(0), box(30)], **rows)
    other = {"id": ["g1", "g2"], "height_m": [9, 7], "built_year": [1930, 1950]}
    extra = {"s_geom_groupe": [100] * 2}
    add("bdnb", [box(0.4), box(60)], extra, **other)
    before = town.table("building").drop_columns(["geometry"]).to_pandas().sort_values("id")
    told = links(town)
    again = add("bdnb", [box(0.4), box(60)], extra, **other)
    assert (again.added, again.updated, again.unchanged, again.linked) == (0, 0, 1, 1)
    again = add("bdtopo", [box(0), box(30)], **rows)
    assert (again.added, again.updated, again.unchanged, again.linked) == (0, 0, 2, 0)
    after = town.table("building").drop_columns(["geometry"]).to_pandas().sort_values("id")
    pd.testing.assert_frame_equal(before.reset_index(drop=True), after.reset_index(drop=True))
    pd.testing.assert_frame_equal(told, links(town))


def test_a_newer_vintage_updates_replaces_and_says_what_vanished(town: Territory, add: Any):
    shapes = [box(30 * i) for i in range(6)]
    ids = list("ABCDEF")
    add("bdtopo", shapes, id=ids, use=["x"] * 6, height_m=[5.0] * 6)
    # B is redrawn under another identifier, F is gone, G is new, A is higher.
    shapes = [box(0), box(30.5), *(box(30 * i) for i in (2, 3, 4)), box(300)]
    ids = ["A", "B2", "C", "D", "E", "G"]
    report = add("bdtopo", shapes, id=ids, use=["x"] * 6, height_m=[8.0, 5.0, 5.0, 5.0, 5.0, 4.0])
    assert (report.added, report.updated, report.unchanged, report.linked) == (1, 2, 3, 0)
    assert town.count("building") == 7
    assert building(town, "A")["height_m"] == 8.0
    told = links(town)
    assert len(told) == 7
    assert told.set_index("publisher_id").loc["B2", "building_id"] == "B"
    assert codes(report)["JUM-S274"]["examples"] == ["F"]
    # Once more: the new identifier is known.
    report = add("bdtopo", shapes, id=ids, use=["x"] * 6, height_m=[8.0, 5.0, 5.0, 5.0, 5.0, 4.0])
    assert (report.added, report.updated, report.unchanged) == (0, 0, 6)
    assert len(links(town)) == 7


def test_the_file_of_the_next_municipality_makes_nothing_vanish(town: Territory, add: Any):
    add("bdtopo", [box(30 * i) for i in range(6)], id=list("ABCDEF"), use=["x"] * 6)
    report = add(
        "bdtopo", [box(15 + 30 * i, 30) for i in range(6)], id=list("GHIJKL"), use=["x"] * 6
    )
    assert report.added == 6 and "JUM-S274" not in codes(report)


def test_identifiers_win_over_geometry(town: Territory, add: Any):
    rnb = ["ABCDEFGHIJKL", "MNOPQRSTUVWX"]
    extra = {"identifiants_rnb": rnb}
    add("bdtopo", [box(0), box(14)], extra, id=["A", "B"], use=["x"] * 2, height_m=[5.0] * 2)
    # The RNB draws the second one where the first stands.
    shapes = [box(40), box(0)]
    columns = {"rnb_id": rnb, "status": ["constructed"] * 2, "ext_ids": ["[]"] * 2}
    report = add("rnb", shapes, columns)
    assert report.linked == 2
    told = links(town, publisher="rnb").set_index("publisher_id")
    assert told.loc["ABCDEFGHIJKL", "building_id"] == "A"
    assert told.loc["MNOPQRSTUVWX", "building_id"] == "B"
    assert set(told["method"]) == {"identifier"}


def test_an_identifier_far_away_is_not_believed(town: Territory, add: Any):
    extra = {"identifiants_rnb": ["ABCDEFGHIJKL", None]}
    add("bdtopo", [box(0), box(900)], extra, id=["A", "B"], use=["x"] * 2)
    names = ["ABCDEFGHIJKL", "MNOPQRSTUVWX"]
    columns = {"rnb_id": names, "status": ["constructed"] * 2, "ext_ids": ["[]"] * 2}
    report = add("rnb", [box(900), box(0, 60)], columns)
    assert codes(report)["JUM-S277"]["count"] == 1
    told = links(town, publisher="rnb").set_index("publisher_id").loc["ABCDEFGHIJKL"]
    assert told["building_id"] == "B" and told["method"] == "overlap"


def test_identifiers_of_others_wait_for_them(town: Territory, add: Any):
    ext = json.dumps([{"id": "BAT9", "source": "bdtopo"}, {"id": "x", "source": "dgfip"}])
    columns = {"rnb_id": ["ABCDEFGHIJKL"], "status": ["constructed"], "ext_ids": [ext]}
    add("rnb", [box(0)], columns)
    # 12 m away: geometry alone would not join them.
    report = add("bdtopo", [box(12), box(50)], id=["BAT9", "BAT8"], use=["x"] * 2)
    assert (report.added, report.linked) == (1, 1)
    told = links(town, publisher="bdtopo").set_index("publisher_id")
    assert told.loc["BAT9", "building_id"] == "ABCDEFGHIJKL"
    assert len(told) == 2


def test_a_table_of_links_joins_publishers(town: Territory, add: Any, tmp_path: Path):
    columns = {"batiment_construction_id": ["c1", "c2"], "batiment_groupe_id": ["g1", "g1"]}
    add("bdnb", [box(0), box(30)], columns)
    file = tmp_path / "liens.csv"
    file.write_text("batiment_construction_id,bdtopo\nc1,T1\nc2,T2\nc9,T9\n", encoding="utf-8")
    report = town.add(file, table="building_link")
    assert (report.read, report.added, report.dropped) == (3, 2, 1)
    assert codes(report)["JUM-S276"]["count"] == 1
    report = add("bdtopo", [box(12), box(42), box(80)], id=["T1", "T2", "T9"], use=["x"] * 3)
    assert (report.added, report.linked) == (1, 2)
    file.write_text("batiment_construction_id,bdtopo\nc2,T2\nc1,T1\n", encoding="utf-8")
    report = town.add(file, table="building_link")
    assert (report.added, report.linked) == (0, 2)


def test_buildings_of_an_unknown_publisher_are_listed_too(
    town: Territory, add: Any, tmp_path: Path
):
    file = tmp_path / "relevé.gpkg"
    rows = {"id": ["m1"], "nom": ["Mairie"]}
    gpd.GeoDataFrame(rows, geometry=[box(0)], crs="EPSG:2154").to_file(file)
    first = town.add(file, table="building", publisher="Ville d'Essai")
    assert town.count("building_link") == 0
    add("osm", [box(0.2)], id=["1"], use=["townhall"])
    told = links(town, building_id="m1").set_index("publisher")
    assert set(told.index) == {"osm", "villedessai"}
    assert told.loc["villedessai", "source_id"] == first.source_id
    assert building(town, "m1")["use"] == "townhall"


def test_the_same_identifier_at_two_publishers_is_two_buildings(town: Territory, add: Any):
    add("osm", [box(0)], id=["1"], use=["house"])
    report = add("cadastre", [box(50)], id=["1"])
    assert report.added == 1 and town.count("building") == 2
    assert set(town.table("building", columns=["id"])["id"].to_pylist()) == {"1", "cadastre:1"}
    report = add("cadastre", [box(50.1)], id=["1"])
    assert (report.added, report.updated) == (0, 1)


def test_a_systematic_shift_is_told_and_allowed_for(town: Territory, add: Any):
    rng = np.random.default_rng(0)
    spots = [(20.0 * i, 20.0 * j, *rng.uniform(6, 12, 2)) for i in range(12) for j in range(8)]
    ids = [f"T{n}" for n in range(len(spots))]
    add("bdtopo", [box(x, y, w, d) for x, y, w, d in spots], id=ids, use=["x"] * len(ids))
    moved = [box(x + 6, y - 5, w, d) for x, y, w, d in spots]
    report = add("osm", moved, id=[f"o{n}" for n in range(len(ids))], use=["house"] * len(ids))
    assert report.linked == len(ids)
    told = codes(report)["JUM-S271"]
    assert (told["x"], told["y"]) == pytest.approx((6, -5), abs=0.1)
    pairs = links(town, publisher="osm")
    assert (pairs["publisher_id"].str[1:] == pairs["building_id"].str[1:]).all()


def rows_of_houses(seed: int) -> dict[str, list[Any]]:
    """Return the same rows of houses drawn by three publishers: cut, merged, forgotten."""
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[Any]] = {"bdtopo": [], "osm": [], "cadastre": []}
    for row in range(25):
        walls = np.concatenate([[0], np.cumsum(rng.uniform(5, 12, 6))])
        for shapes in drawn.values():
            cuts = walls[np.r_[True, rng.random(5) > 0.2, True]] + rng.normal(0, 0.1)
            for start, end in itertools.pairwise(cuts):
                if rng.random() > 0.06:
                    shapes.append(box(start, 30.0 * row, end - start, 9.0))
    return drawn


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_import_changes_the_count_by_the_grain_only(tmp_path: Path, seed: int):
    drawn = rows_of_houses(seed)
    counts = {}
    for order in itertools.permutations(drawn):
        folder = tmp_path / "-".join(order)
        town = territories.create(folder / "t", name="Essai", crs="EPSG:2154")
        for key in order:
            file = folder / f"{key}.gpkg"
            names = KEYS[key]
            data = {names["id"]: [f"{key}{n}" for n in range(len(drawn[key]))]}
            gpd.GeoDataFrame(data, geometry=drawn[key], crs="EPSG:2154").to_file(file)
            town.add(file, table="building", publisher=key)
        counts[order] = town.count("building")
        # Every footprint of every publisher is listed, once at least.
        told = links(town)
        listed = set(zip(told["publisher"], told["publisher_id"], strict=True))
        assert listed == {(key, f"{key}{n}") for key in drawn for n in range(len(drawn[key]))}
    sizes = [len(shapes) for shapes in drawn.values()]
    # The most that merged walls can change: what the finest drawing cuts and the coarsest not.
    assert max(counts.values()) - min(counts.values()) <= max(sizes) - min(sizes) + 0.1 * max(sizes)
    assert max(sizes) <= max(counts.values()) <= 1.2 * max(sizes)
