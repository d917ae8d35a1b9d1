# SPDX-License-Identifier: EUPL-1.2
"""Merewether, 8 June 2007: a flood among houses, against the marks it left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import Figure, Study, mass, mass_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = Path("validation") / "climate" / "merewether"
SOURCE = (
    "Australian Rainfall and Runoff, project 15, and its TUFLOW model; files of "
    "anuga-community/anuga_core 101cb6d, validation_tests/case_studies/merewether"
)
LICENCE = "Apache-2.0"
WET = 0.01
"""Depth from which a cell near a mark has a water level [m]."""


def case(folder: Path) -> tuple[dict[str, Any], Any]:
    """Return the arguments of the computation and the transform of its cells.

    Parameters
    ----------
    folder : Path
        Of the terrain, the houses, the road and the parameters.
    """
    import numpy as np
    import rasterio
    from rasterio.features import rasterize
    from rasterio.transform import xy

    setup = json.loads((folder / "setup.json").read_text(encoding="utf-8"))
    with rasterio.open(folder / "dem_1m.tif") as raster:
        dtm = raster.read(1, masked=True).astype(np.float64).filled(np.nan)
        place = raster.transform

    def covered(name: str) -> NDArray[Any]:
        shapes = [
            feature["geometry"]
            for feature in json.loads((folder / name).read_text(encoding="utf-8"))["features"]
            if feature["properties"].get("used_in_source_model", True)
        ]
        burnt: NDArray[Any] = rasterize(shapes, out_shape=dtm.shape, transform=place)
        return burnt.astype(bool)

    dtm[covered("houses.geojson")] += setup["house_raise_m"]
    manning = np.where(covered("road.geojson"), setup["manning_road"], setup["manning_default"])
    rows, cols = np.indices(dtm.shape)
    x, y = (np.reshape(axis, dtm.shape) for axis in xy(place, rows.ravel(), cols.ravel()))
    east, north = setup["inflow_center"]
    near = np.hypot(x - east, y - north) <= setup["inflow_radius_m"]
    inside = np.argwhere(near & np.isfinite(dtm))
    duration = float(setup["duration_s"])
    share = setup["inflow_m3s"] / len(inside)
    return {
        "dtm": dtm,
        "cell_size": float(place.a),
        "duration": duration,
        "manning": manning,
        "inflows": [(int(r), int(c), [0.0, duration], [share, share]) for r, c in inside],
        "boundaries": {"east": "free", "north": "free"},
    }, place


def level(surface: NDArray[Any], depth: NDArray[Any], row: float, col: float) -> float:
    """Return the surface of the wet cell nearest to a mark.

    Parameters
    ----------
    surface, depth : ndarray
        Water level and depth [m].
    row, col : float
        Place of the mark, in cells from the corner [-].
    """
    import numpy as np

    rows, cols = np.nonzero(depth > WET)
    nearest = int(np.hypot(rows + 0.5 - row, cols + 0.5 - col).argmin())
    return float(surface[rows[nearest], cols[nearest]])


def marks(folder: Path) -> dict[str, float]:
    """Return the mean gap to the marks and to the TUFLOW model; argument as of :func:`case`."""
    import numpy as np
    import pandas as pd

    from jumeau.worksites import climate

    arguments, place = case(folder)
    result = climate.flood(**arguments, solver="hllc")
    points = pd.read_csv(folder / "observation_points.csv")
    surface = arguments["dtm"] + result.depth
    found = []
    for x, y in zip(points["x_m"], points["y_m"], strict=True):
        row, col = (y - place.f) / place.e, (x - place.c) / place.a
        found.append(level(surface, result.depth, row, col))
    ours = np.array(found)
    return {
        "mean gap to the marks": float(np.abs(ours - points["observed_stage_m"]).mean()),
        "mean gap to TUFLOW": float(np.abs(ours - points["tuflow_stage_m"]).mean()),
        "mass error": mass_error(result),
    }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the flood of the street, whose files are shared."""
    folder = shared / FOLDER if shared and (shared / FOLDER).is_dir() else None
    yield Study(
        "flood among houses (Merewether 2007)",
        "hllc",
        partial(marks, folder) if folder else None,
        (
            Figure("mean gap to the marks", 0.0, 0.15, "m"),
            Figure("mean gap to TUFLOW", 0.0, 0.20, "m"),
            mass(),
        ),
        SOURCE,
        LICENCE,
    )
