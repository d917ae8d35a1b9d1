# SPDX-License-Identifier: EUPL-1.2
"""Picture of the territory for the report: light on the ground under streets and districts."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import colours, i18n, png
from jumeau.base.contract import Bounds

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

LAYER = "illuminance"
WIDTH = 1200
"""Width of the picture [pixel]."""


def draw(territory: Territory) -> dict[str, Any] | None:
    """Return the pieces of the picture, or ``None`` for a territory without any place.

    Parameters
    ----------
    territory : Territory
        Territory.

    Returns
    -------
    dict or None
        SVG paths, PNG in base 64, legend and scale bar.
    """
    raster = territory.raster(LAYER)
    frame = _frame(territory, raster.bounds)
    if frame is None:
        return None
    xmin, ymin, xmax, ymax = frame
    pixel = max((xmax - xmin) / WIDTH, (ymax - ymin) / WIDTH)
    width, height = (xmax - xmin) / pixel, (ymax - ymin) / pixel
    step = 10 ** math.floor(math.log10((xmax - xmin) / 4))
    length = max(n * step for n in (1, 2, 5) if n * step <= (xmax - xmin) / 3)
    picture: dict[str, Any] = {
        "width": round(width),
        "height": round(height),
        "thin": 1,
        "thick": 2,
        "margin": 24,
        "text": 22,
        "scale_px": round(length / pixel),
        "scale": f"{i18n.number(round(length / 1000))} km"
        if length >= 1000
        else f"{i18n.number(round(length))} m",
        "streets": _paths(territory, "street", frame, pixel),
        "districts": _paths(territory, "district", frame, pixel),
        "image": "",
        "legend": [],
        "unit": "lx",
    }
    shown = colours.scale(LAYER)
    if raster.bounds is not None:
        values, affine = raster.read(frame, resolution=max(1.0, pixel))
        picture["image"] = base64.b64encode(
            png.encode(shown.classify(values), shown.colors)
        ).decode()
        picture["box"] = [
            round((affine.c - xmin) / pixel, 2),
            round((ymax - affine.f) / pixel, 2),
            round(values.shape[1] * affine.a / pixel, 2),
            round(-values.shape[0] * affine.e / pixel, 2),
        ]
        picture["legend"] = [
            {"color": color, "label": f"≥ {i18n.number(limit)} lx"}
            for limit, color in zip(shown.classes, shown.colors, strict=True)
        ]
    return picture


def _frame(territory: Territory, lit: Bounds | None) -> Bounds | None:
    """Return what the picture shows: the districts, else the light, else all facts."""
    row = territory.sql(
        "SELECT min(xmin) a, min(ymin) b, max(xmax) c, max(ymax) d FROM district"
    ).to_pylist()[0]
    if row["a"] is not None:
        found: Bounds | None = (row["a"], row["b"], row["c"], row["d"])
    else:
        found = lit or territory.extent()
    if found is None:
        return None
    xmin, ymin, xmax, ymax = found
    margin = max(0.02 * max(xmax - xmin, ymax - ymin), 20.0)
    return (xmin - margin, ymin - margin, xmax + margin, ymax + margin)


def _paths(territory: Territory, table: str, frame: Bounds, pixel: float) -> str:
    """Return the lines of a table as an SVG path, simplified to the pixel."""
    import shapely

    shapes = territory.geo(table, columns=["id"], bounds=frame).geometry.to_numpy()
    if not len(shapes):
        return ""
    lines = shapely.get_parts(
        shapely.boundary(shapes) if table == "district" else shapes, return_index=False
    )
    lines = shapely.simplify(lines, pixel / 2)
    parts = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        points = np.column_stack([(xy[:, 0] - frame[0]) / pixel, (frame[3] - xy[:, 1]) / pixel])
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))
    return "".join(parts)
