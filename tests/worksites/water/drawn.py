# SPDX-License-Identifier: EUPL-1.2
"""A village whose pipes were drawn on a map and nothing more, as rows of a territory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from jumeau.base.contract import RasterWindow

X, Y = 700_000.0, 6_600_000.0
LINES = {
    "C1": [(0, 0), (300, 0)],
    "C2": [(300.2, 0), (300, 300)],
    "C3": [(150, 0.1), (150, 200)],
    "C4": [(600, 600), (700, 600)],
}
"""C2 misses C1 by 20 cm, C3 branches off its middle, C4 is apart."""
TANK, GROUND = (X, Y), 50.0


def village(territory, *, tank=True, ground=True, people=True, buildings=True, diameters=False):
    """Put pipes, and what is asked, in a territory."""
    shapes = [shapely.LineString([(X + x, Y + y) for x, y in line]) for line in LINES.values()]
    pipes = pd.DataFrame(
        {
            "id": list(LINES),
            "geometry": shapely.to_wkb(np.array(shapes, dtype=object)),
            "material": ["fonte", "PVC", None, None],
            "installed_to": pd.array([1960, 2010, None, None], dtype="Int64"),
            "diameter_mm": [100.0, 80.0, 60.0, 60.0] if diameters else None,
        }
    )
    walls = [shapely.box(X + 280, Y + y, X + 290, Y + y + 10) for y in (100, 200)]
    with territory.transaction("village") as tx:
        tx.insert("pipe", pipes)
        if tank:
            tx.insert(
                "tank",
                pd.DataFrame(
                    {
                        "id": ["CE"], "geometry": [shapely.to_wkb(shapely.Point(TANK))],
                        "elevation_m": [GROUND + 40.0], "maximum_level_m": [4.0],
                    }
                ),
            )  # fmt: skip
        if buildings:
            tx.insert(
                "building",
                pd.DataFrame(
                    {
                        "id": ["b1", "b2"], "geometry": [shapely.to_wkb(it) for it in walls],
                        "floors": pd.array([1, 3], dtype="Int64"),
                    }
                ),
            )  # fmt: skip
        if people:
            cell = shapely.box(X + 200, Y, X + 400, Y + 400)
            tx.insert(
                "population",
                pd.DataFrame(
                    {"id": ["c"], "geometry": [shapely.to_wkb(cell)], "inhabitants": [40.0]}
                ),
            )
        if ground:
            bounds = (X - 20.5, Y - 20.5, X + 720.5, Y + 720.5)
            values = np.full((741, 741), GROUND, dtype=np.float32)
            tx.put_raster("dtm", [RasterWindow(bounds, values)])
