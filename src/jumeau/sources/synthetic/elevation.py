# SPDX-License-Identifier: EUPL-1.2
"""Elevation of the demonstrator commune: ground, surface and height, in tiles as IGN names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.sources.synthetic import buildings, relief
from jumeau.sources.synthetic.town import Town

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODATA = -99999.0
TOWER = 24.0
"""Height of the water tower [m]."""


def footing(town: Town) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the lowest altitude of the ground under each building [m]."""
    mean, lowest = [], []
    for item in town.buildings:
        corners = np.array(item.shape.exterior.coords)
        z = town.relief.at(np.vstack([corners, np.array(item.shape.centroid.coords)]))
        mean.append(z.mean())
        lowest.append(z.min())
    return np.array(mean), np.array(lowest)


def write(folder: Path, town: Town, under: NDArray[np.float64], seed: int) -> list[dict[str, Any]]:
    """Write the tiles of ground, of surface, and of what stands between."""
    import rasterio

    bare = town.relief
    roofs = buildings.levels(town.buildings, under)
    foot = float(bare.at(np.array(town.tank.centroid.coords))[0])
    roofs.append((town.tank, foot + TOWER, foot + TOWER, 0.0))
    decks = []
    for crossing in town.crossings:
        if crossing.kind != "Buse":
            rim = bare.at(np.array(crossing.shape.exterior.segmentize(2.0).coords))
            decks.append((crossing.shape, float(rim.max()) + 0.15))
    crowns = [(tree.x, tree.y, tree.height, tree.crown) for tree in town.trees]
    canopies = [(shape, height) for shape, _, height in town.vegetation if height]
    top = relief.surface(bare, roofs, crowns, canopies, decks, seed)
    site = town.frame.site
    layers = (
        ("MNT", "dtm", "Modèle numérique de terrain", bare.ground),
        ("MNS", "dsm", "Modèle numérique de surface", top),
        ("MNH", "height", "Modèle numérique de hauteur", np.round(top - bare.ground, 2)),
    )
    steps = []
    for product, layer, title, values in layers:
        for tile in grid.tiles_of(town.frame.bounds):
            file = (
                f"RGEALTI_{site.edition}_{tile.name}_{product}_{site.projection}_{site.heights}.tif"
            )
            part = values[grid.slices(tile.bounds, town.frame.bounds)]
            with rasterio.open(
                folder / file,
                "w",
                driver="GTiff",
                width=grid.TILE,
                height=grid.TILE,
                count=1,
                dtype="float32",
                crs=town.frame.crs,
                transform=grid.transform(tile.bounds),
                nodata=NODATA,
                compress="deflate",
                zlevel=1,
                predictor=3,
                tiled=True,
            ) as image:
                image.write(part.astype(np.float32), 1)
            steps.append({"file": str(folder / file), "table": layer, "title": title})
    return steps
