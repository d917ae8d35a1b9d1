# SPDX-License-Identifier: EUPL-1.2
"""Have the kernels compiled, or read from Numba's cache, before a request needs them.

The first time ever, they are compiled in a process of its own at low priority, which leaves them
in Numba's cache; afterwards they are read from there in a second.
"""

from __future__ import annotations

import threading
from contextlib import suppress

ready = threading.Event()
"""Set once the kernels can be called without waiting."""


def compiled() -> bool:
    """Return whether Numba's cache holds every kernel, as this program and processor want it.

    Numba gives no public way to ask: where its cache has changed its shape, the answer is no, and
    the kernels are compiled again by the other process, which is slower but right.
    """
    from jumeau.interop.pyramid import borders, commands, kernels, shapes, thinning

    with suppress(AttributeError, OSError, ValueError, EOFError):
        return all(
            item._cache._cache_file._load_index()
            for module in (borders, commands, kernels, shapes, thinning)
            for item in vars(module).values()
            if hasattr(item, "py_func")
        )
    return False


def now() -> None:
    """Make the kernels ready in the calling thread: draw a few shapes of each kind."""
    import pyarrow as pa
    import shapely

    from jumeau.base import crs as crs_
    from jumeau.interop import mercator
    from jumeau.interop.pyramid import drawing, shapes

    x, y = 700_000.0, 6_600_000.0  # 3° E, 46.5° N
    ground = shapely.box(x, y, x + 10, y + 10)
    drawn = [
        shapely.Point(x, y),
        shapely.LineString([(x, y), (x + 5000, y + 5000)]),
        shapely.LineString([(x, y), (x + 5, y + 5)]),
        ground,
        shapely.Polygon(shapely.box(x, y, x + 20_000, y + 20_000).exterior, [ground.exterior]),
    ]
    rows = pa.table(
        {
            "id": [str(number) for number in range(len(drawn))],
            "geometry": pa.array([shapely.to_wkb(item) for item in drawn], pa.binary()),
            "height_m": [1.5, None, 2.0, 3.0, 4.0],
        }
    )
    held = shapes.build("EPSG:2154", [rows], {}, ("id", "height_m"))
    lon, lat = crs_.reproject([x + 1], [y + 1], "EPSG:2154", crs_.WGS84)
    for zoom in (8, 16):
        drawing.tile(held, "warm", mercator.tile_at(float(lon[0]), float(lat[0]), zoom))
    ready.set()
