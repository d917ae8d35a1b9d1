# SPDX-License-Identifier: EUPL-1.2
"""Water of the demonstrator: a sound network, a year that EPANET has lived, leaks with a key."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import jumeau
from jumeau.base import plugins
from jumeau.base.contract import SyntheticPart
from jumeau.base.errors import InvalidError, MissingFileError
from jumeau.worksites import water
from jumeau.worksites.water import synthetic, synthetic_network, synthetic_streets, synthetic_year
from jumeau.worksites.water.synthetic import MODEL, NETWORK
from jumeau.worksites.water.synthetic_telemetry import FAULTS, FILE, KEY, LEAKS
from jumeau.worksites.water.synthetic_year import STEP, Leak

CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
X, Y = 417_000.0, 6_882_000.0
DAYS = 3


def layer(file: Path, rows: list[tuple[Any, dict[str, Any]]]) -> None:
    """Write a GeoJSON as the commune does."""
    features = [
        {"type": "Feature", "properties": facts, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, facts in rows
    ]
    document = {"type": "FeatureCollection", "crs": CRS, "features": features}
    file.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a village on a slope: a grid of streets, a path, a lonely farm, a tower at the top."""
    folder = tmp_path_factory.mktemp("village")
    streets, houses = [], []
    rng = np.random.default_rng(5)

    def street(*points: tuple[float, float], nature: str = "Route à 1 chaussée") -> None:
        rank = len(streets) + 1
        line = shapely.LineString([(X + x, Y + y) for x, y in points])
        facts = {"cleabs": f"TRON{rank:03d}", "nature": nature, "nom_voie": f"Rue {rank}"}
        streets.append((line, facts))

    def house(x: float, y: float, year: int | None, **more: Any) -> None:
        facts = {
            "cleabs": f"BAT{len(houses) + 1:04d}", "usage_1": "Résidentiel",
            "nombre_de_logements": 1, "annee_construction": year, "construction_legere": False,
        } | more  # fmt: skip
        houses.append((shapely.box(X + x, Y + y, X + x + 9, Y + y + 8), facts))

    for k in range(5):
        for j in range(4):
            if j < 3:
                street((200 * k, 200 * j), (200 * k, 200 * (j + 1)))
            if k < 4:
                street((200 * k, 200 * j), (200 * (k + 1), 200 * j))
    street((800, 600), (950, 650), nature="Sentier")
    street((0, 0), (-400, -300))  # beyond its last house nobody needs a main
    for (line, _), year in zip(streets[:-2], np.linspace(1900, 2015, 31).astype(int), strict=True):
        for along in np.arange(25, line.length, 40):
            point = line.interpolate(along)
            house(point.x - X + 10, point.y - Y + 12, int(year), hauteur=6.0)
    house(-85, -70, None, usage_1="Agricole")
    house(300, 310, 1950, usage_1="Annexe")
    house(410, 190, 1975, usage_1="Enseignement", public=True, nom="École", surface_plancher=900)
    layer(folder / "troncon_de_route.geojson", streets)
    layer(folder / "batiment.geojson", houses)
    tower = shapely.Point(X + 790, Y + 640).buffer(5.2)
    facts = {"cleabs": "R1", "nom": "Château d'eau", "hauteur": 24.0, "volume": 400}
    layer(folder / "reservoir.geojson", [(tower, facts)])
    size = 1800
    rise = 60 + 45 * np.clip((np.arange(size) - 500) / 800, 0, 1)  # rises to the east
    ground = np.repeat(rise[None, :], size, axis=0) + rng.normal(0, 0.05, (size, size))
    profile = {"driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "float32",
               "crs": "EPSG:2154", "transform": from_origin(X - 500, Y + 1100, 1, 1)}  # fmt: skip
    with rasterio.open(folder / "RGEALTI_X_MNT_X.tif", "w", **profile) as image:
        image.write(ground.astype(np.float32), 1)
    NETWORK.write(str(folder), 0, DAYS)
    return folder


@pytest.fixture(scope="module")
def solved(village: Path) -> tuple[Any, Any]:
    """The model of the village and its week."""
    net = water.read_inp(village / MODEL)
    return net, water.solve(net)


def features(folder: Path, name: str) -> list[dict[str, Any]]:
    document = json.loads((folder / name).read_text(encoding="utf-8"))
    return [dict(item["properties"], shape=shapely.from_geojson(json.dumps(item["geometry"])))
            for item in document["features"]]  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_it_is_a_part_of_the_demonstrator() -> None:
    assert isinstance(NETWORK, SyntheticPart)
    assert plugins.load("jumeau.synthetic", "water") is NETWORK


def test_the_model_has_sound_pressures_all_week(solved: tuple[Any, Any]) -> None:
    net, found = solved
    assert found.warnings == []
    served = net.junctions.index[net.junctions["demand_m3_h"] > 0]
    pressure = found.pressure[0][:, [found.nodes.index(name) for name in served]]
    assert pressure.min() > 14 and pressure.max() < 80
    tank = found.pressure[0][:, found.nodes.index("CHATEAU")]
    assert 1.0 < tank.min() < tank.max() < net.tanks.loc["CHATEAU", "maximum_level_m"]
    pump = found.flow[0][:, found.links.index("POMPE1")]
    assert (pump > 1).any() and (np.abs(pump) < 0.01).any()  # it starts and stops


def test_every_house_is_served_and_no_shed(village: Path) -> None:
    served = {item["batiment"] for item in features(village, "branchements.geojson")}
    houses = {item["cleabs"] for item in features(village, "batiment.geojson")
              if item["usage_1"] != "Annexe"}  # fmt: skip
    assert served == houses
    net = water.read_inp(village / MODEL)
    for item in features(village, "branchements.geojson"):
        assert item["canalisation"] in net.pipes.index and item["noeud"] in net.junctions.index
        assert item["shape"].length < 181
    meters = features(village, "compteurs_eau.geojson")
    assert {item["nature"] for item in meters} == {"customer", "district", "bulk"}
    named = [item["nom"] for item in meters if item["nature"] == "customer" and item["nom"]]
    assert named == ["École"]  # of the others nobody is named


def test_a_main_stops_at_its_last_customer(village: Path) -> None:
    net = water.read_inp(village / MODEL)
    assert net.junctions["x"].min() > X - 130  # the road goes on to -400
    assert net.junctions["x"].max() < X + 805  # nobody lives along the path


def test_demand_is_that_of_the_customers_and_of_losses(village: Path) -> None:
    net = water.read_inp(village / MODEL)
    by_pattern = net.demands.groupby("pattern")["demand_m3_h"].sum()
    used = by_pattern.drop("PERTES").sum()
    assert by_pattern["PERTES"] == pytest.approx(0.12 * used, rel=1e-3)
    assert net.junctions["demand_m3_h"].sum() == pytest.approx(by_pattern.sum(), rel=1e-3)
    homes = len(features(village, "branchements.geojson"))
    assert 70 < used * 8760 / homes < 160  # m³ a year for each
    for values in net.patterns["multipliers"]:
        assert np.mean(values) == pytest.approx(1.0, abs=2e-3)


def test_districts_have_one_inlet_and_closed_valves(village: Path) -> None:
    net = water.read_inp(village / MODEL)
    zone = {item["IDNOEUD"]: item["SECTEUR"] for item in features(village, "noeuds_aep.geojson")}
    districts = features(village, "secteurs_de_comptage.geojson")
    assert len(districts) >= 2
    counted = {item["secteur"]: item["canalisation"]
               for item in features(village, "compteurs_eau.geojson")
               if item["nature"] == "district"}  # fmt: skip
    assert counted.keys() == {item["code"] for item in districts}
    for row in net.pipes.itertuples():
        a, b = zone.get(row.from_node), zone.get(row.to_node)
        if a and b and a != b and row.status == "open":
            assert row.Index in counted.values(), row.Index
    shut = set(net.pipes.index[net.pipes["status"] == "closed"])
    told = {item["canalisation"] for item in features(village, "vannes.geojson")
            if item["etat"] == "closed"}  # fmt: skip
    assert shut == told


def test_inlets_count_what_their_district_uses(village: Path, solved: tuple[Any, Any]) -> None:
    net, found = solved
    zone = {item["IDNOEUD"]: item["SECTEUR"] for item in features(village, "noeuds_aep.geojson")}
    counted = {item["secteur"]: item["canalisation"]
               for item in features(village, "compteurs_eau.geojson")
               if item["nature"] == "district"}  # fmt: skip
    mean = {key: found.flow[0][:-1, found.links.index(pipe)].mean()
            for key, pipe in counted.items()}  # fmt: skip
    used = net.junctions["demand_m3_h"].groupby(pd.Series(zone)).sum()
    for key in set(counted) - {"DMA1"}:
        assert mean[key] == pytest.approx(used[key], rel=0.01)
    assert mean["DMA1"] == pytest.approx(used.sum(), rel=0.01)


def test_old_streets_have_old_pipes(village: Path) -> None:
    pipes = features(village, "canalisations_aep.geojson")
    dated = [item for item in pipes if item["ANDEBPOSE"]]
    assert 0.6 < len(dated) / len(pipes) < 1
    assert min(item["ANDEBPOSE"] for item in dated) < 1950 < 2000
    assert max(item["ANFINPOSE"] for item in dated) > 2000
    for item in dated:
        assert item["ANDEBPOSE"] <= item["ANFINPOSE"]
        if item["MATERIAU"] == "PEHD":
            assert item["ANFINPOSE"] >= 1998


def test_telemetry_is_every_five_minutes_with_holes(village: Path) -> None:
    read = pd.read_parquet(village / FILE)
    sensors = {item["id_capteur"]: item for item in features(village, "capteurs_eau.geojson")}
    assert set(read["id_capteur"]) == sensors.keys()
    assert {item["grandeur"] for item in sensors.values()} == {"flow", "level", "pressure"}
    count = DAYS * 86_400 // STEP
    for _, own in read.groupby("id_capteur"):
        times = own["horodate"].sort_values()
        assert times.is_unique and (times.diff().dropna() >= pd.Timedelta(STEP, "s")).all()
        assert 0.2 * count < len(own) < count
    assert not read["valeur"].isna().any()
    assert str(read["horodate"].min()).startswith("2023-12-31 23:00:00")  # midnight in Paris


def test_telemetry_follows_the_day_and_the_pump(village: Path) -> None:
    read = pd.read_parquet(village / FILE).set_index("horodate")
    flow = read[read["id_capteur"] == "CPT-DMA1"]["valeur"]
    flow = flow[flow.between(0.05, 500)]
    local = flow.index.tz_convert("Europe/Paris").hour
    assert flow[local == 3].median() < 0.6 * flow[local == 9].median()
    level = read[read["id_capteur"] == "NIV-CHATEAU"]["valeur"]
    assert 2.3 < level[level.between(0.1, 9)].min() < level[level < 9].max() < 4.9


def test_the_key_tells_the_leaks_and_no_import_reads_it(village: Path) -> None:
    leaks = rows(village / KEY / LEAKS)
    assert 4 <= len(leaks) <= 6
    assert {row["kind"] for row in leaks} == {"abrupt", "incipient"}
    net = water.read_inp(village / MODEL)
    for row in leaks:
        assert row["pipe"] in net.pipes.index and 0 < float(row["share"]) < 1
    running = [row for row in leaks if row["starts"] < "2024-01-01"]
    assert running and all(float(row["volume_m3"]) > 0 for row in running)
    assert sum(row["repaired"] == "" for row in leaks) == 2  # nobody has found these
    assert all(row["starts"] < row["repaired"] for row in leaks if row["repaired"])
    assert {row["fault"] for row in rows(village / KEY / FAULTS)} >= {"gap", "stuck", "drift"}
    given = {Path(step["file"]).name for step in NETWORK.write(str(village), 0, DAYS)}
    assert not given & {LEAKS, FAULTS}
    assert all(Path(name).parent == Path() for name in given)


def test_a_leak_shows_where_water_comes_in(village: Path) -> None:
    """The same year with and without a burst: the inlet counts it, pressure falls around it."""
    town = synthetic_streets.lay(village, np.random.default_rng([0, 1]))
    works = synthetic_network.equip(town)
    model = synthetic_network.network(works, synthetic_year.modelled())
    pipe = next(key for key, one in works.pipes.items() if one.zone == 1 and key.startswith("C00")
                and one.status == "open" and "CHATEAU" not in works.ends[key])  # fmt: skip
    near = works.ends[pipe][0]
    day = 86_400 // STEP
    burst = Leak("F1", pipe, 0.5, "abrupt", day, day, 2 * day, 0.010)
    quiet = burst._replace(hole=0.0)
    years = [
        synthetic_year.live(works, model, [leak], ["CHATEAU", near], ["C0000"],
                            np.random.default_rng(3), days=2)
        for leak in (burst, quiet)
    ]  # fmt: skip
    more = years[0].flow[:, 0] - years[1].flow[:, 0]
    lost = years[0].leak_flow[:, 0]
    assert (lost[:day] == 0).all() and (lost[day:] > 2).all()
    assert more[day:] == pytest.approx(lost[day:], abs=0.05)
    head = 0.75 * math.pi / 4 * 0.010**2 * math.sqrt(2 * 9.80665) * 3600
    assert lost[day:] == pytest.approx(head * np.sqrt(years[0].pressure[day:, 1]), rel=0.15)


def test_a_growing_leak_grows_as_the_square_of_time() -> None:
    leak = Leak("F", "P", 0.5, "incipient", -100, 100, 500, 0.006)
    opening = leak.opening(np.array([-101, -100, 0, 100, 300, 499, 500]))
    full = 0.75 * math.pi / 4 * 0.006**2 * math.sqrt(2 * 9.80665) * 3600
    assert opening == pytest.approx([0, 0, full / 4, full, full, full, 0])


def test_a_seed_writes_the_same_bytes_in_any_process(village: Path, tmp_path: Path) -> None:
    names = (MODEL, FILE, "branchements.geojson", "canalisations_aep.geojson", f"{KEY}/{LEAKS}")
    for name in ("troncon_de_route", "batiment", "reservoir"):
        (tmp_path / f"{name}.geojson").write_bytes((village / f"{name}.geojson").read_bytes())
    (tmp_path / "RGEALTI_X_MNT_X.tif").write_bytes((village / "RGEALTI_X_MNT_X.tif").read_bytes())
    command = (
        "import sys; from jumeau.worksites.water.synthetic import NETWORK; "
        "NETWORK.write(sys.argv[1], int(sys.argv[2]), 3)"
    )
    subprocess.run([sys.executable, "-c", command, str(tmp_path), "0"], check=True)
    first = [(village / name).read_bytes() for name in names]
    assert [(tmp_path / name).read_bytes() for name in names] == first
    NETWORK.write(str(tmp_path), 4, DAYS)
    assert (tmp_path / f"{KEY}/{LEAKS}").read_bytes() != first[-1]


def test_it_enters_the_twin_as_any_file(village: Path, tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t.jumeau", name="T", crs="EPSG:2154")
    for step in NETWORK.write(str(village), 0, DAYS):
        report = territory.add(**step)
        assert report.dropped == 0, report.file
        assert report.repaired == 0, report.file
    networks = territory.table("water_network").to_pylist()
    assert [row["name"] for row in networks] == [synthetic.TITLE]
    pipes = territory.table("pipe").to_pylist()
    assert {row["network_id"] for row in pipes} == {row["id"] for row in networks}
    assert len(pipes) == len(water.read_inp(village / MODEL).pipes)  # completed, none added
    assert {row["dma_id"] for row in pipes} >= {"DMA1", "DMA2"}
    assert any(row["material"] for row in pipes)
    water.write_inp(water.from_territory(territory), tmp_path / "back.inp")
    assert (tmp_path / "back.inp").read_bytes() == (village / MODEL).read_bytes()
    territory.close()


def test_without_the_commune_it_says_what_it_needs(village: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="JUM-H100"):
        NETWORK.write(str(tmp_path), 0)
    for name in ("troncon_de_route.geojson", "reservoir.geojson", "RGEALTI_X_MNT_X.tif"):
        (tmp_path / name).write_bytes((village / name).read_bytes())
    layer(tmp_path / "batiment.geojson", [(shapely.box(0, 0, 9, 9), {"cleabs": "B"})])
    with pytest.raises(InvalidError, match="JUM-H101"):
        NETWORK.write(str(tmp_path), 0)
