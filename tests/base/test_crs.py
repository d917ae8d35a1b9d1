# SPDX-License-Identifier: EUPL-1.2
"""Reference systems: the five of France, recognition by parameters, reprojection, guesses."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from jumeau.base import crs

GCS_RGF93 = (
    'GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
LAMBERT_93 = (
    'PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],'
    'PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",{first}],'
    'PARAMETER["Standard_Parallel_2",{second}],PARAMETER["Latitude_Of_Origin",46.5],'
    'UNIT["Meter",1.0]]'
)
ESRI_LAMBERT_93 = (
    f'PROJCS["RGF_1993_Lambert_93",{GCS_RGF93},PROJECTION["Lambert_Conformal_Conic"],'
    + LAMBERT_93.format(first=49.0, second=44.0)
)
# The two parallels the other way round, as several cities write them.
ESRI_SWAPPED_PARALLELS = (
    f'PROJCS["RGF93_Lambert_93",{GCS_RGF93},PROJECTION["Lambert_Conformal_Conic"],'
    + LAMBERT_93.format(first=44.0, second=49.0)
)
IGN_DMS = (
    'GEOGCS["RGF93 geographiques (dms)",DATUM["Reseau Geodesique Francais 1993",'
    'SPHEROID["IAG GRS 1980",6378137,298.2572221]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]]'
)
IGN_LAMBERT_93 = (
    f'PROJCS["RGF93 Lambert 93",{IGN_DMS},PROJECTION["Lambert_Conformal_Conic_2SP"],'
    'PARAMETER["latitude_of_origin",46.5],PARAMETER["central_meridian",3],'
    'PARAMETER["standard_parallel_1",44],PARAMETER["standard_parallel_2",49],'
    'PARAMETER["false_easting",700000],PARAMETER["false_northing",6600000],UNIT["metre",1]]'
)
UNNAMED_WGS84 = (
    'GEOGCS["GCS_unknown",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
UNNAMED_GRS80 = (
    'GEOGCS["unknown",DATUM["unknown",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
PROJ_LAMBERT_93 = (
    "+proj=lcc +lat_1=44 +lat_2=49 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 +units=m"
)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("EPSG:2154", "EPSG:2154"),
        ("epsg:2154", "EPSG:2154"),
        (2154, "EPSG:2154"),
        ("2154", "EPSG:2154"),
        ("urn:ogc:def:crs:EPSG::2154", "EPSG:2154"),
        ("http://www.opengis.net/def/crs/EPSG/0/2154", "EPSG:2154"),
        ("IGNF:LAMB93", "EPSG:2154"),
        ("IGNF:RGR92UTM40S", "EPSG:2975"),
        ("IGNF:RGAF09UTM20", "EPSG:5490"),
        (pyproj.CRS(2972), "EPSG:2972"),
        (pyproj.CRS(4471).to_json(), "EPSG:4471"),
        (pyproj.CRS(4471).to_json_dict(), "EPSG:4471"),
        ("EPSG:2154+5720", "EPSG:2154"),  # with NGF-IGN69 heights
        (ESRI_LAMBERT_93, "EPSG:2154"),
        (ESRI_SWAPPED_PARALLELS, "EPSG:2154"),
        (IGN_LAMBERT_93, "EPSG:2154"),
        (IGN_DMS, "EPSG:4171"),
        (UNNAMED_WGS84, "EPSG:4326"),
        (UNNAMED_GRS80, "EPSG:4326"),
        ("EPSG:4326", "EPSG:4326"),
        ("EPSG:4979", "EPSG:4326"),  # three-dimensional
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        (f"{PROJ_LAMBERT_93} +ellps=GRS80", "EPSG:2154"),
        (f"{PROJ_LAMBERT_93} +ellps=WGS84", "EPSG:2154"),
        (f"{PROJ_LAMBERT_93} +ellps=GRS80 +towgs84=0,0,0,0,0,0,0", "EPSG:2154"),
        ("+proj=utm +zone=40 +south +ellps=GRS80 +units=m", "EPSG:2975"),
        ("+proj=utm +zone=38 +south +ellps=GRS80 +units=m", "EPSG:4471"),
        ("+proj=utm +zone=20 +ellps=GRS80 +units=m", "EPSG:5490"),
        ("+proj=utm +zone=22 +ellps=GRS80 +units=m", "EPSG:2972"),
        ("+proj=utm +zone=31 +ellps=GRS80 +units=m", "EPSG:25831"),
        ("+proj=utm +zone=31 +datum=WGS84", "EPSG:32631"),
        ("+proj=utm +zone=40 +south +ellps=WGS84", "EPSG:32740"),
        ("EPSG:27572", "EPSG:27572"),
        ("EPSG:9794", "EPSG:9794"),
    ],
)
def test_resolve(given: object, code: str) -> None:
    assert crs.resolve(given) == code


@pytest.mark.parametrize(
    "code", [2154, 5490, 2972, 2975, 4471, 3942, 3943, 3946, 3950, 32630, 32631, 27572, 3857]
)
@pytest.mark.parametrize("form", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_resolve_without_any_code(code: int, form: str) -> None:
    text = pyproj.CRS(code).to_wkt(form)
    bare = _without_codes(text)
    assert f'"{code}"' not in bare
    assert f",{code}]" not in bare
    assert crs.resolve(bare) == f"EPSG:{code}"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "  ",
        "nonsense",
        "EPSG:999999",
        -1,
        3.5,
        object(),
        {"type": "nothing"},
        f"{PROJ_LAMBERT_93.replace('+units=m', '+units=km')} +ellps=GRS80",
        f"{PROJ_LAMBERT_93.replace('x_0=700000', 'x_0=600000')} +ellps=GRS80",
        "+proj=tmerc +lat_0=0 +lon_0=3.5 +k=0.9996 +x_0=500000 +y_0=0 +ellps=GRS80",
        "+proj=longlat +a=6400000 +b=6300000",
    ],
)
def test_what_cannot_be_recognised_is_none(given: object) -> None:
    assert crs.resolve(given) is None


def test_a_code_that_contradicts_its_parameters_is_not_trusted() -> None:
    lying = pyproj.CRS(2154).to_wkt("WKT1_GDAL").replace("700000", "600000")
    assert '"2154"' in lying
    assert crs.resolve(lying) is None


def test_real_prj_files_are_recognised(shared: Path) -> None:
    expected = {
        "montpellier_34172/EclairagePublic": "EPSG:2154",
        "montpellier_34172/FilaireVoies": "EPSG:2154",
        "montpellier_34172/ArbresAlign": "EPSG:2154",
        "montpellier_34172/PointAdresse": "EPSG:2154",
        "perigueux_24322/perigeux.shp.zip": "EPSG:2154",
        "perigueux_24322/bd_topo.shp.zip": "EPSG:2154",
        "perigueux_24322/cadastre_perigeux8.shp.zip": "EPSG:4326",
        "perigueux_24322/osm.shp.zip": "EPSG:4326",
        "olemps_12174_bdtopo_v3/BATIMENT.shp.zip": "EPSG:2154",
    }
    for name, code in expected.items():
        path = shared / "data" / name
        archive = path if path.is_file() else next(path.glob("*.shp.zip"))
        with zipfile.ZipFile(archive) as content:
            found = [item for item in content.namelist() if item.lower().endswith(".prj")]
            assert found, name
            for item in found:
                assert crs.resolve(content.read(item).decode("latin-1")) == code, item


@pytest.mark.parametrize("code", crs.NATIONAL)
def test_each_legal_projection_is_known(code: str) -> None:
    national = crs.NATIONAL[code]
    assert crs.check(code) == code
    assert national.name_en != national.name_fr
    west, south, east, north = national.area
    official = pyproj.CRS(code).area_of_use
    assert official is not None
    # EPSG draws French Guiana east of 54° W; the law uses one zone for the whole of it.
    assert official.west - 1 <= west < east <= official.east
    assert official.south - 1 <= south < north <= official.north
    assert crs.area_of_use(code) == national.area
    xmin, ymin, xmax, ymax = national.bounds
    middle = crs.reproject((west + east) / 2, (south + north) / 2, crs.WGS84, code)
    assert xmin < middle[0] < xmax
    assert ymin < middle[1] < ymax


@pytest.mark.parametrize("given", ["EPSG:4326", "EPSG:27572", "nonsense", None, 32631])
def test_other_systems_are_refused_for_a_territory(given: object) -> None:
    with pytest.raises(ValueError, match="JUM-B020") as caught:
        crs.check(given)
    assert "EPSG:2154" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "insee", "zone"),
    [
        ("EPSG:2154", [], "Europe/Paris"),
        ("EPSG:2154", ["34172"], "Europe/Paris"),
        ("EPSG:2154", ["2A004"], "Europe/Paris"),
        ("EPSG:5490", [], "America/Guadeloupe"),
        ("EPSG:5490", ["97105"], "America/Guadeloupe"),
        ("EPSG:5490", ["97209"], "America/Martinique"),
        ("EPSG:2972", ["97302"], "America/Cayenne"),
        ("EPSG:2975", ["97411"], "Indian/Reunion"),
        ("EPSG:4471", ["97608"], "Indian/Mayotte"),
    ],
)
def test_time_zone_of_a_territory(code: str, insee: list[str], zone: str) -> None:
    assert crs.time_zone(code, insee) == zone


def test_area_of_use_of_other_systems() -> None:
    area = crs.area_of_use("EPSG:27572")
    assert area is not None
    assert area[0] < 2.33 < area[2]
    assert crs.area_of_use("nonsense") is None


def _lambert_93(lon: float, lat: float) -> tuple[float, float]:
    """Return Lambert-93 by the formulas of a conformal conic with two standard parallels."""
    a, f = 6_378_137.0, 1 / 298.257222101
    e = np.sqrt(2 * f - f * f)

    def t(phi: float) -> float:
        sine = e * np.sin(phi)
        return float(np.tan(np.pi / 4 - phi / 2) / ((1 - sine) / (1 + sine)) ** (e / 2))

    def m(phi: float) -> float:
        return float(np.cos(phi) / np.sqrt(1 - (e * np.sin(phi)) ** 2))

    first, second, origin = np.radians([44.0, 49.0, 46.5])
    n = np.log(m(first) / m(second)) / np.log(t(first) / t(second))
    scale = m(first) / (n * t(first) ** n)
    rho, rho_0 = (a * scale * t(phi) ** n for phi in (np.radians(lat), origin))
    theta = n * np.radians(lon - 3.0)
    return (
        float(700_000 + rho * np.sin(theta)),
        float(6_600_000 + rho_0 - rho * np.cos(theta)),
    )


@pytest.mark.parametrize(
    ("lon", "lat"), [(3.0, 46.5), (3.87966, 43.60862), (-4.49, 48.39), (9.45, 42.70), (2.35, 48.85)]
)
def test_reproject_follows_the_formulas_of_the_projection(lon: float, lat: float) -> None:
    x, y = crs.reproject(lon, lat, "EPSG:4171", "EPSG:2154")
    assert (float(x), float(y)) == pytest.approx(_lambert_93(lon, lat), abs=1e-3)


def test_reproject_marks_what_cannot_be_transformed() -> None:
    x, y = crs.reproject([3.0, 3.0, np.nan], [46.5, 95.0, 46.5], "EPSG:4326", "EPSG:2154")
    np.testing.assert_array_equal(np.isnan(x), [False, True, True])
    np.testing.assert_array_equal(np.isnan(y), [False, True, True])


def test_reproject_to_itself_changes_nothing() -> None:
    x, y = crs.reproject([1.0], [2.0], "EPSG:2154", "EPSG:2154")
    assert (x[0], y[0]) == (1.0, 2.0)


def test_an_unknown_system_is_an_error() -> None:
    with pytest.raises(ValueError, match="JUM-B021"):
        crs.reproject([1.0], [2.0], "EPSG:2154", "nonsense")


def test_geometries_keep_their_heights_their_holes_and_their_absence() -> None:
    flat = shapely.Polygon(
        [(3.0, 43.0), (3.1, 43.0), (3.1, 43.1)], [[(3.05, 43.02), (3.06, 43.02), (3.06, 43.03)]]
    )
    high = shapely.LineString([(3.0, 43.0, 12.5), (3.1, 43.0, 17.25)])
    found = crs.reproject_geometries([flat, None, high], "EPSG:4326", "EPSG:2154")
    assert found[1] is None
    assert not shapely.has_z(found[0])
    assert len(found[0].interiors) == 1
    np.testing.assert_array_equal(
        shapely.get_coordinates(found[2], include_z=True)[:, 2], [12.5, 17.25]
    )
    assert found[0].area == pytest.approx(8_150 * 11_110 / 2, rel=0.02)


def test_wkb_goes_and_comes_back() -> None:
    points = shapely.to_wkb(
        [shapely.Point(770_000, 6_280_000), shapely.Point(1_000_000, 6_500_000, 88.0), None]
    )
    away = crs.reproject_wkb(points, "EPSG:2154", "EPSG:4326")
    home = shapely.from_wkb(crs.reproject_wkb(away, "EPSG:4326", "EPSG:2154"))
    assert home[2] is None
    np.testing.assert_allclose(
        shapely.get_coordinates(home[:2]),
        [[770_000, 6_280_000], [1_000_000, 6_500_000]],
        atol=1e-6,
    )
    assert shapely.get_z(home[1]) == 88.0


def test_swapped_geometries_are_put_right() -> None:
    wrong = [shapely.Point(43.6, 3.88)]
    right = crs.reproject_geometries(wrong, "EPSG:4326", "EPSG:2154", swap=True)
    assert right[0].x == pytest.approx(771_000, abs=1000)
    kept = crs.reproject_geometries([shapely.Point(1, 2, 3)], "EPSG:2154", "EPSG:2154", swap=True)
    assert (kept[0].x, kept[0].y, kept[0].z) == (2, 1, 3)


PLACES = {
    "EPSG:2154": (3.8767, 43.6119),  # Montpellier
    "EPSG:5490": (-61.06, 14.60),  # Fort-de-France
    "EPSG:2972": (-52.33, 4.93),  # Cayenne
    "EPSG:2975": (55.45, -20.88),  # Saint-Denis
    "EPSG:4471": (45.23, -12.78),  # Mamoudzou
}


@pytest.mark.parametrize("code", PLACES)
@pytest.mark.parametrize("swapped", [False, True])
def test_own_system_and_degrees_are_guessed_first(code: str, swapped: bool) -> None:
    lon, lat = PLACES[code]
    for source in (code, crs.WGS84):
        x, y = crs.reproject([lon, lon + 0.01], [lat, lat + 0.01], crs.WGS84, source)
        first, second = (y, x) if swapped else (x, y)
        guess = crs.looks_like(first, second, code)[0]
        assert (guess.crs, guess.swapped) == (source, swapped)
        assert guess.share == 1.0
        assert crs.looks_swapped(first, second, source, code) is swapped


@pytest.mark.parametrize(
    ("source", "lon", "lat"),
    [
        ("EPSG:3943", 3.88, 43.61),
        ("EPSG:3948", 2.35, 48.85),
        ("EPSG:3946", 4.83, 45.76),
        ("EPSG:32631", 3.88, 43.61),
        ("EPSG:27572", 3.88, 43.61),
        ("EPSG:3857", -1.55, 47.22),
    ],
)
def test_older_and_regional_systems_are_guessed(source: str, lon: float, lat: float) -> None:
    x, y = crs.reproject([lon], [lat], crs.WGS84, source)
    near = crs.reproject([lon], [lat], crs.WGS84, "EPSG:2154")
    area = (near[0][0] - 2e4, near[1][0] - 2e4, near[0][0] + 2e4, near[1][0] + 2e4)
    found = crs.looks_like(x, y, "EPSG:2154", area=area)
    assert found[0].crs == source
    assert not found[0].swapped


def test_coordinates_of_nowhere_are_not_guessed() -> None:
    assert crs.looks_like([0.0, 0.0], [0.0, 0.0], "EPSG:2154") == []
    assert crs.looks_like([1e9], [1e9], "EPSG:2154") == []
    assert crs.looks_like([], [], "EPSG:2154") == []
    assert crs.looks_like([np.nan], [np.nan], "EPSG:2154") == []
    assert not crs.looks_swapped([], [], "EPSG:4326", "EPSG:2154")
    assert not crs.looks_swapped([0.0], [0.0], "EPSG:4326", "EPSG:2154")


def test_a_few_stray_points_do_not_hide_the_system() -> None:
    x = np.r_[np.full(95, 3.88), np.zeros(5)]
    y = np.r_[np.full(95, 43.61), np.zeros(5)]
    guess = crs.looks_like(x, y, "EPSG:2154")[0]
    assert (guess.crs, guess.share) == ("EPSG:4326", 0.95)


def test_inside_share_counts_points_in_the_sea() -> None:
    x, y = crs.reproject([3.88, -30.0], [43.61, 20.0], crs.WGS84, "EPSG:2154")
    assert crs.inside_share(x, y, "EPSG:2154", "EPSG:2154") == 0.5
    assert crs.inside_share([], [], "EPSG:2154", "EPSG:2154") == 0.0


def _without_codes(text: str) -> str:
    """Remove AUTHORITY[…] and ID[…] from a WKT."""
    bare = re.sub(r',\s*AUTHORITY\["[^"]*","[^"]*"\]', "", text)
    return re.sub(r',\s*ID\["[^"]*",[^\]]*\]', "", bare)
