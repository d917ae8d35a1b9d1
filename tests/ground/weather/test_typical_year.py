# SPDX-License-Identifier: EUPL-1.2
"""The made-up typical year and the climate zones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import jumeau.ground.weather as package
from jumeau.base.errors import UnknownNameError
from jumeau.ground.weather import climate_zone, typical
from jumeau.ground.weather.typical_year import LAPSE, normals
from jumeau.ground.weather.zones import standard_offset

ZONES = ("H1a", "H1b", "H1c", "H2a", "H2b", "H2c", "H2d", "H3", "GP", "MQ", "GF", "RE", "YT")
MONTH = np.repeat(np.arange(12), 24 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]))


@pytest.mark.parametrize("zone", ZONES)
def test_months_are_those_of_the_station(zone: str) -> None:
    base, year = normals(zone), typical(zone)
    for month in range(12):
        here = month == MONTH
        assert year.dry_bulb_c[here].mean() == pytest.approx(base.mean[month], abs=1e-6)
        light = year.horizontal()[here].sum() / 1000
        assert light == pytest.approx(base.light[month], rel=1e-6)
    parts = year.plane(0, 0)
    assert (parts.beam + parts.sky_diffuse).sum() == pytest.approx(
        year.horizontal().sum(), rel=5e-3
    )


@pytest.mark.parametrize("zone", ZONES)
def test_days_look_like_days(zone: str) -> None:
    base, year = normals(zone), typical(zone)
    days = year.dry_bulb_c.reshape(365, 24)
    swing = np.array([np.ptp(days[MONTH[::24] == month], axis=1).mean() for month in range(12)])
    assert swing == pytest.approx(base.amplitude, abs=1.2)
    assert 12 <= np.bincount(days.argmax(axis=1)).argmax() <= 16
    assert year.dry_bulb_c.min() > base.mean.min() - 16
    assert year.dry_bulb_c.max() < base.mean.max() + 16
    share = year.diffuse_horizontal_w_m2.sum() / year.horizontal().sum()
    assert 0.3 < share < 0.62


def test_the_seed_moves_days_not_months() -> None:
    one, other = typical("24", seed=1), typical("24", seed=2)
    assert np.abs(one.dry_bulb_c - other.dry_bulb_c).mean() > 1.0
    assert one.dry_bulb_c.mean() == pytest.approx(other.dry_bulb_c.mean())
    assert one.sha256 != other.sha256
    assert typical("24", seed=1).sha256 == one.sha256


def test_it_says_that_it_is_made_up() -> None:
    year = typical("24")
    assert [item.code for item in year.findings] == ["JUM-G076"]
    row = year.findings[0].to_row()
    assert row["severity"] == "degrades"
    assert "H2c" in row["what"]
    assert "PVGIS" in row["remedy"]
    assert year.spread_c == 1.5
    assert year.spread_radiation == 0.10
    assert "not transcribed" in year.source


def test_height_cools_and_brightens() -> None:
    low, high = typical("73", 45.2, 6.7, 300), typical("73", 45.2, 6.7, 1800)
    assert low.dry_bulb_c.mean() - high.dry_bulb_c.mean() == pytest.approx(1.5 * LAPSE)
    assert 1.02 < high.horizontal().sum() / low.horizontal().sum() < 1.2
    assert high.elevation_m == 1800


def test_the_place_is_the_one_asked_for() -> None:
    year = typical("H2c", 45.19, 0.72)
    assert (year.latitude, year.longitude) == (45.19, 0.72)
    assert year.horizontal().sum() < typical("H2c").horizontal().sum()  # further north


@pytest.mark.parametrize(
    ("code", "zone"),
    [("24", "H2c"), ("34", "H3"), (75, "H1a"), (1, "H1c"), ("2a", "H3"), ("2B033", "H3"),
     ("24322", "H2c"), ("01004", "H1c"), ("974", "RE"), ("97105", "GP"), ("H2d", "H2d"),
     ("h1a", "H1a"), ("48", "H2d"), ("18", "H2b"), ("67", "H1b"), ("14", "H1a"), ("50", "H2a")],
)  # fmt: skip
def test_zones_of_departements(code: str | int, zone: str) -> None:
    assert climate_zone(code) == zone


@pytest.mark.parametrize("code", ["", "99", "H4", "Périgueux", "1a"])
def test_unknown_zones_are_refused(code: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        typical(code)
    assert caught.value.code == "JUM-G073"


def test_every_departement_has_a_zone_and_every_zone_its_normals() -> None:
    folder = Path(str(package.__file__)).parent
    with (folder / "zones.csv").open(encoding="utf-8") as file:
        rows = {row["departement"]: row["zone"] for row in csv.DictReader(file)}
    mainland = {f"{k:02d}" for k in range(1, 96)} - {"20"} | {"2A", "2B"}
    assert mainland <= rows.keys()
    assert {"971", "972", "973", "974", "976"} <= rows.keys()
    assert set(rows.values()) == set(ZONES)
    with (folder / "normals.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 12 * len(ZONES)
    assert all(row["source_temperature"] and row["source_radiation"] for row in table)


@pytest.mark.parametrize(
    ("latitude", "longitude", "offset"),
    [(48.8, 2.3, 1), (42.0, 9.1, 1), (48.4, -4.5, 1), (16.2, -61.5, -4), (4.9, -52.3, -3),
     (-21.1, 55.5, 4), (-12.8, 45.2, 3), (39.8, -104.6, -7), (52.2, 0.1, 0)],
)  # fmt: skip
def test_standard_time_of_places(latitude: float, longitude: float, offset: float) -> None:
    assert standard_offset(latitude, longitude) == offset
