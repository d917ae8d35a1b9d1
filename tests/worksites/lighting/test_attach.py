# SPDX-License-Identifier: EUPL-1.2
"""Attachment to streets and districts: directions, limits, and the numbers of Montpellier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from jumeau.worksites import lighting
from jumeau.worksites.lighting import attach

EAST = shapely.LineString([(0, 0), (100, 0)])


def test_c90_looks_at_the_carriageway_on_both_sides():
    found = attach.to_streets([50, 50], [-6, 6], [EAST])
    assert found.side.tolist() == [1, -1]
    assert found.azimuth.tolist() == [90.0, 270.0]
    lamp = lighting.generic_photometry("SHP 100")
    for y, azimuth in zip((-6, 6), found.azimuth, strict=True):
        e = lighting.illuminance([[50, y, 8]], [lamp], 0, bounds=(0, -40, 100, 40), azimuth=azimuth)
        street, back = e[36:44].sum(), e[44:52].sum() if y < 0 else e[28:36].sum()
        assert street > back


@pytest.mark.parametrize("angle", [0, 37, 120, 205, 300])
def test_azimuth_follows_the_street(angle):
    a = np.radians(angle)
    line = shapely.LineString([(0, 0), (200 * np.sin(a), 200 * np.cos(a))])
    x = 100 * np.sin(a) + 5 * np.cos(a)
    y = 100 * np.cos(a) - 5 * np.sin(a)
    found = attach.to_streets([x], [y], [line])
    assert found.side.tolist() == [1]
    assert found.azimuth[0] == pytest.approx(angle)
    assert found.distance[0] == pytest.approx(5)


def test_nearest_limit_and_missing_lines():
    lines = [None, EAST, shapely.LineString(), shapely.LineString([(0, 30), (100, 30)])]
    found = attach.to_streets([50, 50, 50, 50], [4, 20, 100, -200], lines)
    assert found.street.tolist() == [1, 3, -1, -1]
    assert found.distance.tolist() == [4, 10, 70, 200]
    assert found.azimuth[2:].tolist() == [0, 0] and found.side[2:].tolist() == [0, 0]


def test_nothing_to_attach():
    alone = attach.to_streets([1.0], [2.0], [])
    assert alone.street.tolist() == [-1] and np.isinf(alone.distance).all()
    assert attach.to_streets([], [], [EAST]).street.size == 0
    assert attach.to_districts([1.0], [2.0], []).tolist() == [-1]
    assert attach.to_districts([], [], [shapely.box(0, 0, 1, 1)]).size == 0


def test_districts_that_overlap_give_the_first():
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)]
    assert attach.to_districts([2, 7, 12, 20], [5, 5, 5, 5], boxes).tolist() == [0, 0, 1, -1]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (("Avenue de Toulouse", None, np.nan, np.nan, np.nan), "main"),
        (("Boulevard Jeu de Paume", None, np.nan, np.nan, np.nan), "main"),
        (("Rue Foch", None, np.nan, np.nan, np.nan), "local"),
        (("Rue Foch", None, 10.0, np.nan, np.nan), "main"),
        (("Rue Foch", None, np.nan, 4, np.nan), "main"),
        (("Rue Foch", None, np.nan, np.nan, 70), "main"),
        (("Rue Foch", "2", np.nan, np.nan, np.nan), "main"),
        (("Rue Foch", "5", np.nan, np.nan, np.nan), "local"),
        ((None, "départementale", np.nan, np.nan, np.nan), "main"),
        ((None, "secondary", np.nan, np.nan, np.nan), "main"),
        (("Sentier des Douaniers", None, np.nan, np.nan, np.nan), "path"),
        ((None, "footway", np.nan, np.nan, np.nan), "path"),
        (("Rue Foch", None, 2.5, np.nan, np.nan), "path"),
        ((None, None, np.nan, np.nan, np.nan), "local"),
        ((float("nan"), float("nan"), np.nan, np.nan, np.nan), "local"),
    ],
)
def test_street_classes(facts, expected):
    assert attach.street_class(*([item] for item in facts)).tolist() == [expected]


@pytest.mark.shared
def test_montpellier_acceptance(shared: Path):
    pyogrio = pytest.importorskip("pyogrio")
    folder = shared / "data" / "montpellier_34172"

    def layer(name: str):
        return pyogrio.read_dataframe(f"/vsizip/{folder / name}")

    lamps = layer("EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip")
    streets = layer("FilaireVoies/VilleMTP_MTP_FilaireVoies.shp.zip")
    districts = layer("Quartiers/VilleMTP_MTP_Quartiers.geojson.zip").to_crs(2154)
    x, y = lamps.geometry.x.to_numpy(), lamps.geometry.y.to_numpy()
    assert (len(lamps), len(streets)) == (25956, 8011)
    found = attach.to_streets(x, y, streets.geometry.to_numpy())
    assert np.percentile(found.distance, [50, 90, 99]).round(1).tolist() == [4.1, 14.7, 47.7]
    assert (found.street < 0).sum() == (found.distance > attach.LIMIT).sum()
    inside = attach.to_districts(x, y, districts.geometry.to_numpy())
    names = districts["LIBQUART"].to_list()
    counts = {names[k]: int((inside == k).sum()) for k in range(len(names))}
    assert sorted(counts.values(), reverse=True) == [9790, 3796, 3583, 3485, 3241, 1905, 0]
    assert counts["MONTPELLIER CENTRE"] == 9790
    assert (inside < 0).sum() == 156
