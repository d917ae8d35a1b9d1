# SPDX-License-Identifier: EUPL-1.2
"""In which CRS a file is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest

from jumeau.base import crs as systems
from jumeau.base.errors import JumeauError
from jumeau.sources.placing import settle

RNG = np.random.default_rng(1)
X = 770_000 + RNG.uniform(0, 5000, 200)
Y = 6_280_000 + RNG.uniform(0, 5000, 200)
LON, LAT = systems.reproject(X, Y, "EPSG:2154", "EPSG:4326")


def place(x: Any, y: Any, declared: Any, **options: Any) -> Any:
    told = {"territory": "EPSG:2154", "table": "luminaire", "file": "l.shp"} | options
    return settle(x, y, declared=declared, **told)


def codes(found: Any) -> list[str]:
    return [item.code for item in found.findings]


def test_a_declared_crs_that_fits_is_believed():
    assert place(X, Y, "EPSG:2154") == place(X, Y, "EPSG:2154")
    assert (place(X, Y, "EPSG:2154").crs, codes(place(X, Y, "EPSG:2154"))) == ("EPSG:2154", [])
    assert place(LON, LAT, "EPSG:4326").crs == "EPSG:4326"


def test_wkt_without_code_is_resolved_and_told():
    wkt = pyproj.CRS(2154).to_wkt("WKT1_ESRI")
    found = place(X, Y, wkt)
    assert (found.crs, codes(found)) == ("EPSG:2154", ["JUM-S107"])


@pytest.mark.parametrize("code", [3944, 3943, 27572, 32631, 3857])
def test_other_systems_in_use_are_believed_and_guessed(code: int):
    x, y = systems.reproject(X, Y, "EPSG:2154", f"EPSG:{code}")
    assert place(x, y, f"EPSG:{code}").crs == f"EPSG:{code}"
    here = (769_000.0, 6_279_000.0, 776_000.0, 6_286_000.0)
    guessed = place(x, y, None, area=here)
    assert (guessed.crs, codes(guessed)) == (f"EPSG:{code}", ["JUM-S106"])


@pytest.mark.parametrize("code", [3944, 3943, 27572])
def test_systems_that_nothing_else_explains_are_guessed_without_an_area(code: int):
    x, y = systems.reproject(X, Y, "EPSG:2154", f"EPSG:{code}")
    assert place(x, y, None).crs == f"EPSG:{code}"


def test_coordinates_that_several_systems_explain_are_refused():
    x, y = systems.reproject(X, Y, "EPSG:2154", "EPSG:3857")
    with pytest.raises(JumeauError, match=r"JUM-S024[\s\S]*EPSG:32631[\s\S]*EPSG:3857"):
        place(x, y, None)


def test_longitude_latitude_declared_as_lambert_is_refused_with_the_remedy():
    with pytest.raises(JumeauError, match=r"JUM-S009[\s\S]*--crs EPSG:4326"):
        place(LON, LAT, "EPSG:2154")


def test_lambert_declared_as_longitude_latitude_is_refused_unless_it_is_a_default():
    with pytest.raises(JumeauError, match=r"JUM-S009[\s\S]*--crs EPSG:2154"):
        place(X, Y, "EPSG:4326")
    found = place(X, Y, "EPSG:4326", implicit=True)
    assert (found.crs, codes(found)) == ("EPSG:2154", ["JUM-S135"])


def test_swapped_axes_are_put_right():
    for x, y, crs in ((LAT, LON, "EPSG:4326"), (Y, X, "EPSG:2154")):
        found = place(x, y, crs)
        assert (found.crs, found.swapped, codes(found)) == (crs, True, ["JUM-S108"])
    found = place(LAT, LON, None, columns=("lon", "lat"))
    assert (found.crs, found.swapped, codes(found)) == ("EPSG:4326", True, ["JUM-S108"])


def test_a_crs_given_replaces_the_declared_one():
    assert place(LON, LAT, "EPSG:2154", given="EPSG:4326").crs == "EPSG:4326"
    with pytest.raises(JumeauError, match="JUM-S010"):
        place(X, Y, None, given="EPSG:abc")
    with pytest.raises(JumeauError, match="JUM-S009"):
        place(X, Y, None, given="EPSG:4326")


def test_points_elsewhere_in_the_world_are_refused():
    with pytest.raises(JumeauError, match=r"JUM-S026"):
        place(LON + 60, LAT - 40, "EPSG:4326")
    with pytest.raises(JumeauError, match=r"JUM-S008"):
        place(X * 7, Y * 7, None)


def test_a_few_points_elsewhere_do_not_decide():
    x = np.append(LON, [0.0, -170.0])
    y = np.append(LAT, [0.0, -80.0])
    assert place(x, y, "EPSG:4326").crs == "EPSG:4326"


def test_columns_are_told_with_their_system():
    found = place(X, Y, None, columns=("x", "y"))
    assert codes(found) == ["JUM-S134"]
    assert found.findings[0].data["columns"] == ["x", "y"]


@pytest.mark.parametrize(
    ("territory", "lon", "lat"),
    [
        ("EPSG:5490", -61.55, 16.0),
        ("EPSG:2972", -52.3, 4.9),
        ("EPSG:2975", 55.5, -21.0),
        ("EPSG:4471", 45.2, -12.8),
    ],
)
def test_overseas(territory: str, lon: float, lat: float):
    lons, lats = lon + RNG.uniform(-0.02, 0.02, 50), lat + RNG.uniform(-0.02, 0.02, 50)
    x, y = systems.reproject(lons, lats, "EPSG:4326", territory)
    for a, b, crs in ((lons, lats, "EPSG:4326"), (x, y, territory)):
        assert place(a, b, None, territory=territory).crs == crs
        assert place(b, a, crs, territory=territory).swapped


def test_no_position_at_all_leaves_the_declared_system():
    empty = np.empty(0)
    assert place(empty, empty, "EPSG:4326").crs == "EPSG:4326"
    assert place(empty, empty, None).crs == "EPSG:2154"
