# SPDX-License-Identifier: EUPL-1.2
"""Programs that people use read tens of thousands of rows: GDAL, GeoPandas, and QGIS where it is.

The million is measured by ``benchmarks/oapif.py``. QGIS: ``JUMEAU_QGIS_PYTHON`` names a Python that
has PyQGIS (Debian: python3-qgis), ``/usr/bin/python3`` by default.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import jumeau

ROWS = 10_000
QUIET = {"QT_QPA_PLATFORM": "offscreen", "QGIS_DISABLE_MESSAGE_HOOKS": "1"}


INSTALLED = np.array(["2001-05-06", "2010-01-01", "2020-12-31"], "datetime64[D]")
"""Days on which the lamps were installed, in turn; all are known."""


def lamps(town: ModuleType) -> gpd.GeoDataFrame:
    """Lamps on a grid of 200 by 50, 7 m apart, in an order of their own."""
    row = np.random.default_rng(8).permutation(ROWS)
    return gpd.GeoDataFrame(
        {
            "id": [f"many/{n:05d}" for n in row],
            "power_w": 20.0 + row % 100,
            "lamp_type": np.where(row % 4 == 0, "HPS", "LED"),
            "installed_on": INSTALLED[row % 3],
        },
        geometry=gpd.points_from_xy(town.X + 7.0 * (row % 200), town.Y + 7.0 * (row // 200)),
        crs="EPSG:2154",
    )


@pytest.fixture(scope="module")
def many(town: ModuleType) -> gpd.GeoDataFrame:
    return lamps(town)


@pytest.fixture(scope="module")
def address(
    town: ModuleType, many: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server of its own process over a town with that many lamps."""
    path: Path = tmp_path_factory.mktemp("many") / "bourg.jumeau"
    town.build(path).close()
    with closing(jumeau.open(path)) as territory, territory.transaction("many lamps") as tx:
        tx.delete("luminaire", {})
        plain = pd.DataFrame(many.drop(columns="geometry"))
        tx.insert("luminaire", plain.assign(geometry=shapely.to_wkb(many.geometry.to_numpy())))
    command = [sys.executable, "-m", "jumeau", "serve", str(path), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"}
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def test_gdal_pages_through_tens_of_thousands(address: str, many: gpd.GeoDataFrame) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire", PAGE_SIZE=1000)
    assert len(frame) == frame["id"].nunique() == ROWS
    both = frame.set_index("id").loc[many["id"]]
    assert np.allclose(both["power_w"], many["power_w"])
    assert both.geometry.reset_index(drop=True).distance(many.geometry).max() < 0.002


def test_gdal_reads_a_window_and_a_filter(
    address: str, many: gpd.GeoDataFrame, town: ModuleType
) -> None:
    """GDAL asks for the window, and filters itself: it pushes down CQL drafts, not CQL2."""
    window = (town.X + 100, town.Y + 100, town.X + 905, town.Y + 305)
    frame = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="luminaire", PAGE_SIZE=1000, bbox=window,
        where="lamp_type = 'HPS' AND power_w > 60",
    )  # fmt: skip
    inside = many[many.intersects(shapely.box(*window))]
    wanted = inside[(inside["lamp_type"] == "HPS") & (inside["power_w"] > 60)]
    assert len(wanted) > 200
    assert set(frame["id"]) == set(wanted["id"])
    assert frame.crs.to_epsg() == 2154


@pytest.mark.parametrize("code", ["OGC:CRS84", "EPSG:4326", "EPSG:3857"])
def test_gdal_reads_a_window_and_a_filter_in_other_projections(
    address: str, many: gpd.GeoDataFrame, town: ModuleType, code: str
) -> None:
    """The edges pass between lamps: coordinates in degrees are rounded to a centimetre."""
    own = many.to_crs(code)
    window = own[
        many.intersects(shapely.box(town.X + 100, town.Y + 100, town.X + 905, town.Y + 305))
    ].total_bounds
    step = 2.0 if code == "EPSG:3857" else 2e-5
    window = tuple(window + step * np.array([-1, -1, 1, 1]))
    frame = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="luminaire", PAGE_SIZE=1000, bbox=window, CRS=code,
        where="lamp_type = 'HPS' AND power_w > 60",
    )  # fmt: skip
    inside = many[own.intersects(shapely.box(*window))]
    wanted = inside[(inside["lamp_type"] == "HPS") & (inside["power_w"] > 60)]
    assert len(wanted) > 200
    assert set(frame["id"]) == set(wanted["id"])
    both = frame.to_crs("EPSG:2154").set_index("id").loc[wanted["id"]].geometry
    assert both.reset_index(drop=True).distance(wanted.geometry.reset_index(drop=True)).max() < 0.02


@pytest.mark.parametrize(
    ("where", "kept", "exact"),
    [
        ("installed_on >= '2010/01/01'", [1, 2], True),
        ("installed_on < '2010/01/01'", [0], False),
        ("installed_on = '2010/01/01'", [1], True),
        ("installed_on > '2001/05/06' AND installed_on < '2020/12/31'", [1], False),
    ],
)
def test_gdal_filters_by_date(
    address: str, many: gpd.GeoDataFrame, where: str, kept: list[int], exact: bool
) -> None:
    """GDAL asks with ``datetime``, its days with a T and no time, and does not look again.

    An interval takes both ends in: no lamp that is wanted is lost.
    """
    frame = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="luminaire", PAGE_SIZE=5000, where=where
    )
    wanted = set(many["id"][np.isin(many["installed_on"], INSTALLED[kept])])
    assert wanted <= set(frame["id"])
    assert not exact or set(frame["id"]) == wanted


@pytest.mark.parametrize("form", ["parquet", "fgb"])
def test_geopandas_reads_files_by_their_address(
    address: str, many: gpd.GeoDataFrame, form: str
) -> None:
    query = urlencode({"f": form, "filter": "lamp_type = 'HPS'"})
    url = f"{address}collections/luminaire/items?{query}"
    if form == "parquet":
        pytest.importorskip("fsspec", reason="fsspec is not installed: pandas opens the address")
        frame = gpd.read_parquet(url)
    else:
        frame = gpd.read_file(url)
    assert frame.crs.to_epsg() == 2154
    assert set(frame["id"]) == set(many["id"][many["lamp_type"] == "HPS"])


def test_pandas_reads_csv_by_its_address(address: str) -> None:
    frame = pd.read_csv(f"{address}collections/luminaire/items?f=csv&properties=id,power_w")
    assert len(frame) == ROWS


# -- QGIS ------------------------------------------------------------------------------------
READER = """
import json, sys
from qgis.core import Qgis, QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
url, x, y = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
def opened(more=""):
    text = f"url='{url}' typename='luminaire' pageSize='1000' maxNumFeatures='0'{more}"
    return QgsVectorLayer(text, "luminaire", "OAPIF")
layer = opened()
window = QgsFeatureRequest(QgsRectangle(x + 100, y + 100, x + 800, y + 300))
some = QgsFeatureRequest().setFilterExpression("lamp_type = 'HPS' AND power_w > 60")
narrow = opened()
narrow.setSubsetString("\\"lamp_type\\" = 'HPS'")
found = {
    "version": Qgis.version(), "valid": layer.isValid(), "crs": layer.crs().authid(),
    "fields": [field.name() for field in layer.fields()],
    "all": len({feature["id"] for feature in layer.getFeatures()}),
    "window": sorted(feature["id"] for feature in opened().getFeatures(window)),
    "filter": sorted(feature["id"] for feature in opened().getFeatures(some)),
    "subset": len({feature["id"] for feature in narrow.getFeatures()}),
}
print("JSON" + json.dumps(found))
sys.stdout.flush()
import os
os._exit(0)  # QGIS's own clean-up may abort in a process without a window
"""


def environment() -> dict[str, str]:
    """Return the environment of a QGIS that keeps nothing of this Python's own libraries."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("PYTHON", "GDAL", "PROJ", "VIRTUAL_ENV"))}  # fmt: skip
    return {**kept, **QUIET}


@cache
def interpreter() -> str | None:
    """Return a Python that has PyQGIS."""
    for name in (os.environ.get("JUMEAU_QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3")):
        if name and Path(name).exists():
            asked = [name, "-c", "import qgis.core"]
            if not subprocess.run(
                asked, env=environment(), capture_output=True, check=False
            ).returncode:
                return name
    return None


@pytest.mark.skipif(interpreter() is None, reason="PyQGIS is not installed (Debian: python3-qgis)")
def test_qgis_pages_and_filters_a_running_server(
    address: str, many: gpd.GeoDataFrame, town: ModuleType
) -> None:
    result = subprocess.run(
        [str(interpreter()), "-c", READER, address, str(town.X), str(town.Y)],
        env=environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    line = next((item for item in result.stdout.splitlines() if item.startswith("JSON")), "")
    assert line, result.stderr[-2000:]
    found = json.loads(line[4:])
    assert found["valid"]
    assert found["crs"] in {"EPSG:2154", "OGC:CRS84", "EPSG:4326"}
    assert {"id", "power_w", "lamp_type"} <= set(found["fields"])
    assert found["all"] == ROWS
    hps = many["lamp_type"] == "HPS"
    assert found["filter"] == sorted(many["id"][hps & (many["power_w"] > 60)])
    assert found["subset"] == int(hps.sum())
    if found["crs"] == "EPSG:2154":
        box = shapely.box(town.X + 100, town.Y + 100, town.X + 800, town.Y + 300)
        assert found["window"] == sorted(many["id"][many.intersects(box)])
