# SPDX-License-Identifier: EUPL-1.2
"""Bridge decks, kept apart: in the surface, not in the terrain, and as outlines of their own.

Cells whose highest return is of class 17 are joined into polygons that enter the table ``bridge``,
where water worksites find them, unless the twin already holds an outline there. Outlines that the
twin holds keep the ground points that stand on a deck out of the terrain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.grid import Tile

if TYPE_CHECKING:
    import pyarrow as pa

    from jumeau.sources.lidar.tile import Result

SMALLEST = 10.0
"""Area below which deck cells make no outline [m²]."""
PREFIX = "lidar-deck-"


def known(territory: Any, boxes: Sequence[Bounds]) -> list[Any]:
    """Return the outlines of decks that the twin holds, those drawn here left out."""
    import shapely

    if territory is None or not boxes:
        return []
    west, south, east, north = np.array(boxes).T
    bounds = (west.min(), south.min(), east.max(), north.max())
    rows = territory.table("bridge", columns=["id", "geometry"], bounds=bounds).to_pylist()
    found = shapely.from_wkb([row["geometry"] for row in rows if not own(row["id"])])
    return [item for item in found if shapely.get_dimensions(item) == 2]


def own(identifier: str) -> bool:
    """Return whether a row of ``bridge`` was drawn from a point cloud."""
    return str(identifier).startswith(PREFIX)


def near(outlines: Sequence[Any], tile: Tile) -> tuple[bytes, ...]:
    """Return the outlines that a tile and its surroundings meet, as WKB."""
    import shapely

    if not len(outlines):
        return ()
    west, south, east, north = tile.bounds
    box = shapely.box(west - 32, south - 32, east + 32, north + 32)
    return tuple(shapely.to_wkb(item) for item in outlines if shapely.intersects(item, box))


def rows(results: Sequence[Result], territory: Any) -> pa.Table | None:
    """Return the rows of ``bridge`` that deck cells make; ``None`` when there are none."""
    import pyarrow as pa
    import shapely
    from rasterio import features

    shapes = []
    for result in results:
        if result.decks is None or not result.decks.any():
            continue
        drawn = features.shapes(
            result.decks.astype(np.uint8),
            mask=result.decks,
            connectivity=8,
            transform=grid.transform(result.bounds),
        )
        shapes += [shapely.geometry.shape(item) for item, _ in drawn]
    if not shapes:
        return None
    joined = shapely.get_parts(shapely.union_all(shapely.make_valid(shapes)))
    held = known(territory, [result.bounds for result in results])
    tree = shapely.STRtree(held) if held else None
    kept = [
        item
        for item in joined
        if item.area >= SMALLEST
        and (tree is None or not len(tree.query(item, predicate="intersects")))
    ]
    if not kept:
        return None
    places = [item.representative_point() for item in kept]
    return pa.table(
        {
            "id": [f"{PREFIX}{round(item.x)}-{round(item.y)}" for item in places],
            "geometry": pa.array([shapely.to_wkb(item) for item in kept], pa.binary()),
            "kind": ["deck"] * len(kept),
        }
    )
