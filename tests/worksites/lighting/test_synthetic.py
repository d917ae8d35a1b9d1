# SPDX-License-Identifier: EUPL-1.2
"""Synthetic lamps: seeded, along streets, half filled, and imported like any inventory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base import contract, plugins
from jumeau.base.errors import MissingFileError
from jumeau.worksites.lighting.synthetic import LAMPS

NAMES = ("Route de Caen", "Rue des Lilas", "Sentier du Bief", "Grande Rue")
STREETS = {
    "type": "FeatureCollection",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
    "features": [
        {
            "type": "Feature",
            "properties": {"id": f"T{k}", "name": name, "width_m": 6.0, "hierarchy": "communale"},
            "geometry": {
                "type": "LineString",
                "coordinates": [[418000, 6882000 + 100 * k], [418900, 6882050 + 100 * k]],
            },
        }
        for k, name in enumerate(
            ("Route de Caen", "Rue des Lilas", "Sentier du Bief", "Grande Rue")
        )
    ],
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder where the streets of a neighbourhood are written."""
    (tmp_path / "streets.geojson").write_text(json.dumps(STREETS), encoding="utf-8")
    return tmp_path


def features(step: dict) -> list[dict]:
    return json.loads(Path(step["file"]).read_text(encoding="utf-8"))["features"]


def test_it_is_the_part_of_the_entry_point():
    assert plugins.load("jumeau.synthetic", "lighting") is LAMPS
    assert isinstance(LAMPS, contract.SyntheticPart)


def test_one_seed_writes_one_inventory(folder):
    def written(seed: int) -> list[bytes]:
        return [Path(step["file"]).read_bytes() for step in LAMPS.write(str(folder), seed)]

    first, again, other = written(3), written(3), written(4)
    assert first == again
    assert first[1] != other[1]


def test_lamps_stand_beside_their_streets(folder):
    cabinets, lamps = LAMPS.write(str(folder), 0)
    lines = [shapely.from_geojson(json.dumps(item["geometry"])) for item in STREETS["features"]]
    points = [shapely.Point(item["geometry"]["coordinates"]) for item in features(lamps)]
    gaps = np.array([min(point.distance(line) for line in lines) for point in points])
    assert 80 < len(points) < 200
    assert 2.5 < np.median(gaps) < 5 and gaps.max() < 8
    fed = {item["properties"]["num_armoire"] for item in features(lamps)}
    assert fed <= {item["properties"]["num_armoire"] for item in features(cabinets)}


def test_the_inventory_is_half_filled_like_real_ones(folder):
    rows = [item["properties"] for item in features(LAMPS.write(str(folder), 0)[1])]
    for name in ("puissance", "hauteur_feu", "date_pose"):
        filled = sum(row[name] is not None for row in rows) / len(rows)
        assert 0.3 < filled < 0.85
    places = [
        tuple(item["geometry"]["coordinates"]) for item in features(LAMPS.write(str(folder), 0)[1])
    ]
    assert len(places) - len(set(places)) == 1
    assert len({row["num_pl"] for row in rows}) == len(rows)


def test_it_enters_the_twin_without_loss(folder, tmp_path):
    territory = jumeau.create(tmp_path / "demo.jumeau", name="Démo")
    for step in LAMPS.write(str(folder), 0):
        report = territory.add(**step)
        assert report.dropped == 0 and report.added == report.read > 0
    table = territory.table("luminaire").to_pandas()
    assert table["lamp_type"].notna().all()
    assert table["power_w"].notna().any() and table["power_w"].isna().any()
    assert table["support"].notna().all() and table["cabinet_id"].notna().all()
    territory.close()


def test_without_streets_it_says_so(tmp_path):
    with pytest.raises(MissingFileError, match="JUM-L031"):
        LAMPS.write(str(tmp_path), 0)
