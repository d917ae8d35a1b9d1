# SPDX-License-Identifier: EUPL-1.2
"""Light on the ground of a lighting stock: raster tiles, and what they sum to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Progress, RasterWindow
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting.diagnosis import Diagnosis
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.photometry import Photometry
from jumeau.worksites.lighting.weighing import contributions_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.lighting.surroundings import Surroundings

TODAY, AFTER = "illuminance", "illuminance_after"
"""Raster layers: today, and once relamped with LED."""
NEW = "from_2021"
"""Age of the luminaires of after."""


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


@dataclass(frozen=True)
class Lamps:
    """Lamps for the illuminance engine, and their weights today and once relamped; arrays of m.

    The n lamps of the stock come first. Those whose light changes its shape once relamped come a
    second time, with their new distribution; the others are only weighted anew.

    Parameters
    ----------
    positions : (m, 3) array
        x, y and z of the heads, on the datum of the ground [m].
    photometries : list of Photometry
        Distributions.
    which : (m,) array of int
        Index of each lamp's photometry.
    flux : (m,) array
        Flux of the source, maintenance factor included [lm].
    tilt, azimuth : (m,) arrays
        Tilt and direction of C0 [°].
    weights : dict
        {raster layer: (m,) array}, factors on what each gives.
    """

    positions: NDArray[np.float64]
    photometries: list[Photometry]
    which: NDArray[np.int64]
    flux: NDArray[np.float64]
    tilt: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    weights: dict[str, NDArray[np.float64]]


def lamps(
    state: Diagnosis,
    given: Parameters,
    place: Surroundings | None = None,
    *,
    relamped: bool = False,
) -> Lamps:
    """Return the lamps of a stock for the illuminance engine.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    given : Parameters
        Parameters of the worksite: maintenance factor, flux of LED over that of today.
    place : Surroundings, optional
        Where the ground lies; flat at 0 without it.
    relamped : bool
        Whether the light once relamped is wanted too.

    Notes
    -----
    After relamping, each luminaire that is not LED gives its flux times ``lighting_led_use``
    through the generic LED distribution of its form, on the same mast, level.
    """
    done, park = state.done, state.park
    ground = np.zeros(len(park)) if place is None else place.base(park.x, park.y)
    positions = np.column_stack((park.x, park.y, ground + done.height_m.value))
    today, which = state.distributions
    flux = done.flux_lm.value * given["lighting_maintenance_factor"].value
    now = np.ones(len(park))
    if not relamped:
        weights = {TODAY: now}
        return Lamps(positions, today, which, flux, state.tilt, state.azimuth, weights)
    forms, form = np.unique(done.form.astype(str), return_inverse=True)
    photometries = [*today, *(generic_photometry("LED", name, NEW) for name in forms.tolist())]
    old = done.lamp_type != "LED"
    new = len(today) + form.astype(np.int64)
    lor = np.array([item.lor for item in photometries])
    then = flux * lor[which] * given["lighting_led_use"].value / lor[new]
    level = place is None or not place.terrain
    factor = _factors(photometries, which, new, level=level)
    factor = np.where(state.tilt == 0.0, factor, np.nan) * then / np.maximum(flux, 1e-9)
    again = np.flatnonzero(old & np.isnan(factor))
    after = np.where(old, np.nan_to_num(factor), 1.0)
    return Lamps(
        positions=np.concatenate((positions, positions[again])),
        photometries=photometries,
        which=np.concatenate((which, new[again])),
        flux=np.concatenate((flux, then[again])),
        tilt=np.concatenate((state.tilt, np.zeros(again.size))),
        azimuth=np.concatenate((state.azimuth, state.azimuth[again])),
        weights={
            TODAY: np.concatenate((now, np.zeros(again.size))),
            AFTER: np.concatenate((after, np.ones(again.size))),
        },
    )


def _factors(
    photometries: list[Photometry],
    which: NDArray[np.int64],
    new: NDArray[np.int64],
    *,
    level: bool,
) -> NDArray[np.float64]:
    """Return the intensity of new distributions over today's, per lumen; NaN where no factor is.

    On level ground only the light below the horizontal counts.
    """
    factor = np.full(which.size, np.nan)
    c, gamma = np.arange(0.0, 360.0, 5.0)[:, None], np.arange(0.0, 90.0 if level else 180.0, 2.5)
    for pair in {*zip(which.tolist(), new.tolist(), strict=True)}:
        one, two = (photometries[k].intensity(c, gamma) / photometries[k].flux_lm for k in pair)
        ratio = float(two.sum() / max(float(one.sum()), 1e-30))
        if np.allclose(two, ratio * one, rtol=1e-6, atol=1e-9 * float(two.max(initial=0.0))):
            factor[(which == pair[0]) & (new == pair[1])] = ratio
    return factor


def tiles(
    state: Diagnosis,
    given: Parameters,
    areas: LitArea | Sequence[LitArea],
    progress: Progress | None = None,
    *,
    place: Surroundings | None = None,
    after: LitArea | Sequence[LitArea] = (),
) -> Iterator[RasterWindow]:
    """Yield the lit tiles of a stock, today and once relamped, adding each to the sums.

    What lamps give to a tile, obstacles included, is computed once and weighted twice.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    given : Parameters
        Parameters of the worksite: maintenance factor, transmission of crowns, LED.
    areas : LitArea or sequence of LitArea
        Sums of today, complete once the last tile is out.
    progress : callable, optional
        Receives ``"illuminance"`` and the share done.
    place : Surroundings, optional
        Ground, buildings and trees; flat ground without obstacle by default.
    after : LitArea or sequence of LitArea
        Sums once relamped; without any, only today is computed.

    Yields
    ------
    RasterWindow
        Tiles of :data:`TODAY` and of :data:`AFTER` [lx].
    """
    sums = {TODAY: _listed(areas), AFTER: _listed(after)}
    scene = lamps(state, given, place, relamped=bool(sums[AFTER]))
    more: dict[str, Any] = {}
    if place is not None and (place.terrain or place.obstacles != "none"):
        more["surfaces"] = place
        more["transmission"] = given["lighting_canopy_transmission"].value
    for kept in contributions_tiles(
        scene.positions,
        scene.photometries,
        scene.which,
        flux=scene.flux,
        tilt=scene.tilt,
        azimuth=scene.azimuth,
        progress=progress,
        **more,
    ):
        for layer, weights in scene.weights.items():
            values = kept.weigh(weights)
            if not (values > 0).any():
                continue
            window = RasterWindow(kept.bounds, values, layer=layer, last=True)
            for number, area in enumerate(sums[layer]):
                if not number or len(area.districts):
                    area.add(window)
            yield window


def _listed(areas: LitArea | Sequence[LitArea]) -> Sequence[LitArea]:
    return [areas] if isinstance(areas, LitArea) else areas
