# SPDX-License-Identifier: EUPL-1.2
"""Guadeloupe, Martinique and La Réunion from end to end: projection, time zone, grid, night."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import jumeau
from jumeau import workflow
from jumeau.base import crs as systems
from jumeau.base import time
from jumeau.base.errors import JumeauError
from jumeau.twin.territory import Territory
from jumeau.worksites.lighting import hours


@dataclass(frozen=True)
class Place:
    """A town overseas: its code, projection, zone, and a corner of its ground."""

    insee: str
    crs: str
    zone: str
    lon: float
    lat: float

    @property
    def corner(self) -> tuple[float, float]:
        """A whole hectometre near the place, in the projection [m]."""
        x, y = systems.reproject([self.lon], [self.lat], "EPSG:4326", self.crs)
        return float(np.round(x[0], -2)), float(np.round(y[0], -2))


PLACES = {
    "basse-terre": Place("97105", "EPSG:5490", "America/Guadeloupe", -61.73, 16.0),
    "fort-de-france": Place("97209", "EPSG:5490", "America/Martinique", -61.07, 14.61),
    "saint-denis": Place("97411", "EPSG:2975", "Indian/Reunion", 55.45, -20.89),
}


def lamps(place: Place) -> gpd.GeoDataFrame:
    x, y = place.corner
    points = [shapely.Point(x + 25 * n + 0.5, y - 40.25) for n in range(12)]
    rows = {
        "id": [f"L{n}" for n in range(12)],
        "puissance": [100.0] * 12,
        "lampe": ["SHP"] * 12,
        "hauteur": [7.0] * 12,
    }
    return gpd.GeoDataFrame(rows, geometry=points, crs=place.crs)


def relief(folder: Path, place: Place) -> Path:
    """Write a relief of 1 m on the grid of the projection, as IGN cuts it there."""
    x, y = place.corner
    path = folder / "mnt_1m.tif"
    values = np.arange(400 * 500, dtype=np.float32).reshape(400, 500) / 64
    values = values % 1500
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=500,
        height=400,
        count=1,
        dtype="float32",
        crs=place.crs,
        transform=from_origin(x - 0.5, y + 0.5, 1, 1),
    ) as target:
        target.write(values, 1)
    return path


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


@pytest.fixture
def town(tmp_path: Path, place: Place) -> Iterator[Territory]:
    made = jumeau.create(tmp_path / "town", name="Bourg", insee=[place.insee], crs=place.crs)
    yield made
    made.close()


def test_projection_and_zone_follow_from_the_code(town: Territory, place: Place):
    assert (town.crs, town.time_zone) == (place.crs, place.zone)
    again = jumeau.open(town.path)
    assert (again.crs, again.time_zone) == (place.crs, place.zone)


def test_files_in_wgs84_and_in_the_projection_give_the_same_place(
    town: Territory, place: Place, tmp_path: Path
):
    own = lamps(place)
    own.to_file(tmp_path / "own.gpkg")
    own.to_crs(4326).to_file(tmp_path / "wgs.geojson")
    flat = own.to_crs(4326)
    flat = flat.assign(longitude=flat.geometry.x, latitude=flat.geometry.y)
    flat.drop(columns="geometry").to_csv(tmp_path / "lonlat.csv", index=False, sep=";", decimal=",")
    names = {"id": "id", "puissance": "power_w", "lampe": "lamp_type", "hauteur": "height_m"}
    reference = np.array([(item.x, item.y) for item in own.geometry])
    for file in ("own.gpkg", "wgs.geojson", "lonlat.csv"):
        mapping = names | ({"longitude": "lon", "latitude": "lat"} if "csv" in file else {})
        report = town.add(tmp_path / file, "luminaire", mapping)
        assert report.added + report.updated + report.unchanged == 12, file
        rows = town.table("luminaire").to_pylist()
        rows.sort(key=lambda row: int(row["id"][1:]))
        found = shapely.get_coordinates(shapely.from_wkb([row["geometry"] for row in rows]))
        assert np.abs(found - reference).max() < 0.02, file
    assert town.count("luminaire") == 12


def test_relief_enters_bit_for_bit_and_from_degrees(town: Territory, place: Place, tmp_path: Path):
    path = relief(tmp_path, place)
    report = town.add(path, layer="dtm")
    assert (report.read, report.dropped) == (200_000, 0)
    assert "JUM-S143" not in set(report.findings["code"])
    x, y = place.corner
    cells, transform = town.raster("dtm").read((x - 0.5, y - 399.5, x + 499.5, y + 0.5))
    with rasterio.open(path) as source:
        assert (cells.view(np.uint32) == source.read(1).view(np.uint32)).all()
    assert (transform.c, transform.f) == (x - 0.5, y + 0.5)
    # The same slope in degrees, cut from a plane of longitude.
    west, south, east, north = systems.transform_bounds(
        (x, y - 400, x + 500, y), place.crs, "EPSG:4326"
    )
    step = 5e-5
    width, height = int((east - west) / step) + 4, int((north - south) / step) + 4
    origin = (west - 2 * step, north + 2 * step)
    lon = origin[0] + step * (np.arange(width) + 0.5)
    values = np.tile((lon - west) * 1e5, (height, 1)).astype(np.float32) + 100
    with rasterio.open(
        tmp_path / "degrees.tif",
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(*origin, step, step),
    ) as target:
        target.write(values, 1)
    report = town.add(tmp_path / "degrees.tif", layer="dsm")
    assert "JUM-S143" in set(report.findings["code"])
    at = systems.reproject([x + 200], [y - 200], place.crs, "EPSG:4326")
    expected = (float(at[0][0]) - west) * 1e5 + 100
    assert town.raster("dsm").value(x + 200, y - 200) == pytest.approx(expected, abs=0.05)


def test_lambert_93_is_refused(town: Territory, place: Place, tmp_path: Path):
    away = gpd.GeoDataFrame(
        {"id": ["a", "b"]},
        geometry=[shapely.Point(770_000, 6_280_000), shapely.Point(770_100, 6_280_000)],
        crs="EPSG:2154",
    )
    away.to_file(tmp_path / "declared.gpkg")
    away.set_crs(place.crs, allow_override=True).to_file(tmp_path / "lying.gpkg")
    away.assign(x=away.geometry.x, y=away.geometry.y).drop(columns="geometry").to_csv(
        tmp_path / "silent.csv", index=False
    )
    for name in ("declared.gpkg", "lying.gpkg", "silent.csv"):
        with pytest.raises(JumeauError, match=r"JUM-S0(08|09|11|26)"):
            town.add(tmp_path / name, "luminaire")
    for declared in ("EPSG:2154", place.crs, None):
        with rasterio.open(
            tmp_path / "l93.tif",
            "w",
            driver="GTiff",
            width=10,
            height=10,
            count=1,
            dtype="float32",
            crs=declared,
            transform=from_origin(769_999.5, 6_280_000.5, 1, 1),
        ) as target:
            target.write(np.ones((10, 10), np.float32), 1)
        with pytest.raises(JumeauError, match=r"JUM-S0(08|09|26)"):
            town.add(tmp_path / "l93.tif", layer="dtm")
    assert town.count("luminaire") == 0


def test_a_night_has_the_length_of_its_latitude(place: Place):
    for day, shorter in ((date(2026, 6, 21), place.lat > 0), (date(2026, 12, 21), place.lat < 0)):
        spans = np.asarray(
            hours.lit(2026, place.lat, place.lon, place.zone, -0.833, 0.0), dtype=float
        )
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=time.zone(place.zone)).timestamp()
        after = spans[np.argmax(spans[:, 0] > noon)]
        length = (after[1] - after[0]) / 3600
        # Day length by the sunrise equation, cos ω = (sin h − sin φ sin δ)/(cos φ cos δ).
        tilt = np.radians(23.436 if day.month == 6 else -23.436)
        turn = np.radians(place.lat)
        cosine = np.sin(np.radians(-0.833)) - np.sin(turn) * np.sin(tilt)
        night = 24 - 2 * np.degrees(np.arccos(cosine / (np.cos(turn) * np.cos(tilt)))) / 15
        assert length == pytest.approx(night, abs=0.05)
        assert (length < 12) == shorter
        # Lamps go on in the evening of the place itself.
        evening = datetime.fromtimestamp(after[0], time.zone(place.zone))
        assert evening.date() == day and 17 <= evening.hour < 20


def test_a_date_ends_with_the_day_of_the_place(town: Territory, place: Place):
    end = time.to_local(datetime(2026, 7, 1, 3, 59, tzinfo=UTC), place.zone)
    assert end.date() == (date(2026, 7, 1) if place.lon > 0 else date(2026, 6, 30))


def test_from_files_to_results_and_back(town: Territory, place: Place, tmp_path: Path):
    lamps(place).to_crs(4326).to_file(tmp_path / "lampes.geojson")
    names = {"id": "id", "puissance": "power_w", "lampe": "lamp_type", "hauteur": "height_m"}
    town.add(tmp_path / "lampes.geojson", "luminaire", names)
    town.add(relief(tmp_path, place), layer="dtm")
    workflow.check(town)
    found = workflow.run(town, ["lighting"]) or workflow.latest(town)
    assert found is not None
    rows = workflow.latest(town).indicators
    whole = rows[rows["scope"] == "territory"].set_index("indicator")["value"]
    assert whole["lighting_lamps"] == 12
    # 1.2 kW of lamps for as long as nights last near the tropics: 3,900 to 4,300 hours.
    assert 1.2 * 3700 < whole["lighting_electricity"] < 1.5 * 4400
    out = tmp_path / "out.gpkg"
    town.export("luminaire", out)
    exported = gpd.read_file(out)
    assert exported.crs.to_epsg() == int(place.crs.removeprefix("EPSG:"))
    assert len(exported) == 12
    again = jumeau.open(town.path)
    assert again.count("luminaire") == 12 and again.raster("illuminance").tiles()
    other = jumeau.create(tmp_path / "other", name="Autre", insee=[place.insee], crs=place.crs)
    assert other.add(out, "luminaire").added == 12


def test_the_real_codes_of_overseas_have_their_projection(shared: Path):
    with gzip.open(shared / "data/cog/communes.json.gz") as file:
        towns: list[dict[str, Any]] = json.load(file)
    codes = {row["code"] for row in towns if row["type"] == "commune-actuelle"}
    expected = {"971": "EPSG:5490", "972": "EPSG:5490", "973": "EPSG:2972", "974": "EPSG:2975"}
    expected["976"] = "EPSG:4471"
    seen = {code[:3] for code in codes if code.startswith("97")}
    assert seen >= set(expected)
    for place in PLACES.values():
        assert place.insee in codes
        assert systems.time_zone(place.crs, [place.insee]) == place.zone
        assert expected[place.insee[:3]] == place.crs
