# SPDX-License-Identifier: EUPL-1.2
"""Raster layers seen from afar: means over wide cells, one array a layer, mapped into memory.

A tile of a low zoom covers thousands of files of 1 km; opening them takes seconds. So the layers
of many files are read once, by the process that builds the vector tiles, into
``<territory>/cache/tiles/raster-<layer>-<cell>-<state>.npy``. Until it is there, the files answer.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.interop.image import files as images
from jumeau.twin.disk import TEMPORARY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Bounds
    from jumeau.twin.rasters import Raster

FOLDER = "tiles"
CELLS = (40, 8)
"""Sides of the cells [m]; each divides the side of a file."""
MANY = 16
"""Files from which a layer is gathered."""
MOST = 2**24
"""Cells of an array, at most: 64 MB."""


class Mosaic(NamedTuple):
    """A layer at wide cells: values, north-west corner, side of a cell [m]."""

    values: NDArray[np.float32]
    west: float
    north: float
    cell: int

    def window(self, bounds: Bounds) -> tuple[NDArray[np.float32], float, float]:
        """Return the cells that meet bounds, and their north-west corner."""
        height, width = self.values.shape
        left = max(0, int((bounds[0] - self.west) // self.cell))
        right = min(width, int((bounds[2] - self.west) // self.cell) + 1)
        top = max(0, int((self.north - bounds[3]) // self.cell))
        bottom = min(height, int((self.north - bounds[1]) // self.cell) + 1)
        part = np.array(self.values[top:bottom, left:right])
        return part, self.west + left * self.cell, self.north - top * self.cell


def cells(source: Raster) -> list[int]:
    """Return the sides at which a layer is gathered: none when it has few files."""
    if source.bounds is None or len(source.files) < MANY:
        return []
    west, south, east, north = source.bounds
    return [cell for cell in CELLS if (east - west) * (north - south) / cell**2 <= MOST]


def name(source: Raster, cell: int) -> str:
    """Return the name of the file of a layer at a cell: it changes with the layer's files."""
    listed = "\n".join(f"{tile} {path}" for tile, path in sorted(source.files.items()))
    digest = hashlib.sha256(listed.encode()).hexdigest()[:24]
    return f"raster-{source.layer}-{cell}-{digest}.npy"


def missing(folder: Path, source: Raster) -> list[int]:
    """Return the sides at which a layer remains to be gathered."""
    return [cell for cell in cells(source) if _path(folder, name(source, cell)) is None]


def _path(folder: Path, file: str) -> Path | None:
    owners = {os.getuid(), folder.stat().st_uid}
    for root in images.places(folder):
        path = root / FOLDER / file
        if path.is_file() and path.stat().st_uid in owners:
            return path
    return None


def build(place: Path, source: Raster, cell: int) -> None:
    """Gather a layer into a folder, whole or not at all."""
    values, _ = source.read(resolution=float(cell))
    temporary = place / f"{TEMPORARY}{os.getpid()}.npy"
    try:
        with temporary.open("wb") as file:
            np.save(file, values, allow_pickle=False)
        temporary.rename(place / name(source, cell))
    finally:
        temporary.unlink(missing_ok=True)


def clean(place: Path, kept: set[str]) -> None:
    """Remove the arrays of former states, and what dead builders left."""
    for path in [*place.glob("raster-*.npy"), *place.glob(f"{TEMPORARY}*.npy")]:
        if path.name not in kept:
            path.unlink(missing_ok=True)


def find(folder: Path, source: Raster, pixel: float) -> Mosaic | None:
    """Return a layer at the widest cells that a pixel holds, if it has been gathered.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    source : Raster
        Layer at one version.
    pixel : float
        Side of a pixel on the ground [m].
    """
    for cell in cells(source):
        if cell > pixel or source.bounds is None:
            continue
        path = _path(folder, name(source, cell))
        if path is None:
            return None
        west, south, east, north = source.bounds
        shape = (round((north - south) / cell), round((east - west) / cell))
        try:
            values = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            values = None
        if values is None or values.shape != shape or values.dtype != np.float32:
            path.unlink(missing_ok=True)  # faulty: it will be built again
            return None
        return Mosaic(values, west, north, cell)
    return None
