# SPDX-License-Identifier: EUPL-1.2
"""A town with everything that a QGIS project shows, under names that XML and SQL fear."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import shapely

from jumeau.base.contract import RasterWindow
from jumeau.base.findings import finding
from jumeau.twin.territory import Territory

NAME = """L'Étang & <b>"Cie"</b> ; DROP TABLE luminaire; [% 1 + 1 %] 100 % \\n"""


def build(town: ModuleType, path: Path) -> Territory:
    """Write the hand-made town, then hazards, places, cabinets, relief and estimates."""
    made: Territory = town.build(path)
    x, y = town.X, town.Y
    with made.transaction("hostile names") as tx:
        tx.insert("cabinet", _rows(["c1", "c2"], [shapely.Point(x, y), shapely.Point(x + 9, y)],
                                   name=[NAME, None]))  # fmt: skip
        tx.insert(
            "hazard_zone",
            _rows(
                ["h1", "h2", "h3"],
                [shapely.box(x + 50 * i, y + 100, x + 50 * i + 80, y + 200) for i in range(3)],
                hazard=["inondation", NAME, None],
            ),
        )
        tx.insert(
            "place",
            _rows(
                ["p1", "p2", "p3", "p4"],
                [
                    shapely.Point(x, y + 5),
                    shapely.LineString([(x, y), (x + 50, y)]),
                    shapely.box(x, y, x + 10, y + 10),
                    shapely.GeometryCollection(
                        [shapely.Point(x + 1, y), shapely.box(x + 20, y, x + 30, y + 5)]
                    ),
                ],
                name=["a", NAME, None, "both"],
            ),
        )
        tx.insert("tree", _rows(["t1"], [shapely.Point(x + 3, y + 3, 12.5)], species=["Tilia"]))
    with made.recording("relief", seed=1) as record:
        record.add_estimates(
            pd.DataFrame(
                {
                    "table": "building",
                    "entity": [f"b{i}" for i in range(10)],
                    "attribute": "height_m",
                    "value": [4.0 + i for i in range(10)],
                    "low": 3.0,
                    "high": 15.0,
                    "text": None,
                    "method": "floors",
                }
            )
        )
        record.add_findings(
            [
                finding("JUM-T130", "luminaire", "lamp/00007", title=NAME),
                finding("JUM-T130", "building", "b3", title="b3"),
            ]
        )
        slope = np.add.outer(np.arange(200.0), np.arange(300.0)).astype(np.float32)
        bounds = (x - 0.5, y - 0.5, x + 299.5, y + 199.5)
        record.put_raster("dtm", [RasterWindow(bounds, slope)])
    return made


def _rows(ids: list[str], shapes: list[shapely.Geometry], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"id": ids, "geometry": shapely.to_wkb(shapes), **columns})
