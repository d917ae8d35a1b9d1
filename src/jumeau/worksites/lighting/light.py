# SPDX-License-Identifier: EUPL-1.2
"""Light on the ground of a lighting stock: raster tiles, and what they sum to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Progress, RasterWindow
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting.diagnosis import Diagnosis
from jumeau.worksites.lighting.photometry import Photometry, generic_photometry
from jumeau.worksites.lighting.point_source import illuminance_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class LitArea:
    """Light summed over tiles: for the territory (index 0) and its parts (1, 2, …).

    Parameters
    ----------
    districts : (k,) object array
        Polygons of the parts: districts or municipalities.
    threshold : float
        Illuminance from which a cell counts as lit [lx].
    error : float
        Relative error that all illuminances share.
    """

    districts: NDArray[np.object_]
    threshold: float
    error: float
    cells: NDArray[np.float64] = field(init=False)
    """(3, k + 1): lit cells for the illuminance, for its low and for its high bound [m²]."""
    light: NDArray[np.float64] = field(init=False)
    """(k + 1,): illuminance summed over lit cells [lx·m²]."""

    def __post_init__(self) -> None:
        import shapely

        self._tree = shapely.STRtree(list(self.districts))
        self.cells = np.zeros((3, len(self.districts) + 1))
        self.light = np.zeros(len(self.districts) + 1)

    def add(self, window: RasterWindow) -> None:
        """Add a tile."""
        values = window.values.ravel()
        least = self.threshold / (1.0 + self.error) * (1.0 - 1e-6)
        bright = np.flatnonzero(values >= least)  # few of them: the rest is never looked at again
        if not bright.size:
            return
        values = values[bright]
        labels = self._labels(window)
        where = np.zeros(bright.size, np.int64) if labels is None else labels.ravel()[bright]
        size = self.light.size
        for row, factor in enumerate((1.0, 1.0 - self.error, 1.0 + self.error)):
            lit = values * np.float32(factor) >= self.threshold
            counts = np.bincount(where[lit], minlength=size).astype(np.float64)
            counts[0] = np.count_nonzero(lit)
            self.cells[row] += counts
            if row == 0:
                light = np.bincount(where[lit], values[lit].astype(np.float64), size)
                light[0] = values[lit].sum(dtype=np.float64)
                self.light += light

    def _labels(self, window: RasterWindow) -> NDArray[np.int32] | None:
        """Return the number of the district of each cell, 0 outside; ``None`` when all are out."""
        import shapely
        from rasterio import features

        near = np.sort(self._tree.query(shapely.box(*window.bounds), predicate="intersects"))
        if not len(near):
            return None
        return np.asarray(
            features.rasterize(
                [(self.districts[number], int(number) + 1) for number in near],
                out_shape=window.values.shape,
                transform=grid.transform(window.bounds),
                dtype="int32",
            )
        )


def tiles(
    state: Diagnosis,
    given: Parameters,
    areas: LitArea | Sequence[LitArea],
    progress: Progress | None = None,
) -> Iterator[RasterWindow]:
    """Yield the lit tiles of a stock, adding each to the sums.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    given : Parameters
        Parameters of the worksite: the maintenance factor.
    areas : LitArea or sequence of LitArea
        Sums, complete once the last tile is out.
    progress : callable, optional
        Receives ``"illuminance"`` and the share done.
    """
    sums = [areas] if isinstance(areas, LitArea) else areas
    photometries, which = _photometries(state)
    done = state.done
    positions = np.column_stack((state.park.x, state.park.y, done.height_m.value))
    for window in illuminance_tiles(
        positions,
        photometries,
        which,
        flux=done.flux_lm.value * given["lighting_maintenance_factor"].value,
        azimuth=state.attached.azimuth,
        progress=progress,
    ):
        for number, area in enumerate(sums):
            if not number or len(area.districts):
                area.add(window)
        yield window


def _photometries(state: Diagnosis) -> tuple[list[Photometry], NDArray[np.int64]]:
    """Return the generic photometries of the stock and the index of each lamp's."""
    pairs = np.char.add(
        np.char.add(state.done.lamp_type.astype(str), "/"), state.done.form.astype(str)
    )
    names, which = np.unique(pairs, return_inverse=True)
    return [generic_photometry(*str(name).split("/")) for name in names], which.astype(np.int64)
