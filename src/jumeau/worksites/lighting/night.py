# SPDX-License-Identifier: EUPL-1.2
"""The night of a territory: lit tiles today and once relamped, and the indicators they sum to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.contract import Bounds, Progress, RasterWindow
from jumeau.base.findings import finding
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting import indicators, light, surroundings
from jumeau.worksites.lighting.diagnosis import Diagnosis
from jumeau.worksites.lighting.heads import illuminance_findings
from jumeau.worksites.lighting.surfaces import Surfaces
from jumeau.worksites.lighting.surroundings import Surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.twin.runs import Recorder

_DOUBTS = ("JUM-L054", "JUM-L056", "JUM-L058")
"""What is told of heads: at the ground or below, in a crown, walled in."""


def put(
    record: Recorder,
    state: Diagnosis,
    place: Surroundings,
    given: Parameters,
    progress: Progress | None = None,
) -> None:
    """Record the rasters of light, today and after, and the indicators of the light.

    Parameters
    ----------
    record : Recorder
        Run: it computes the tiles when it commits, so that one tile at a time is in memory.
    state : Diagnosis
        Lamps.
    place : Surroundings
        Ground, buildings and trees.
    given : Parameters
        Parameters of the worksite.
    progress : callable, optional
        Receives ``"illuminance"`` and the share done.
    """
    record.put_raster(light.AFTER, ())  # filled beside the other, in the same windows
    record.put_raster(light.TODAY, _windows(record, state, place, given, progress))


def none(record: Recorder) -> Recorder:
    """Record a territory without lamps: that it lacks them, no light today or after."""
    record.add_findings([finding("JUM-L010", "luminaire")])
    for layer in (light.TODAY, light.AFTER):
        record.put_raster(layer, ())
    return record


def supposed(state: Diagnosis, place: Surroundings) -> NDArray[np.bool_]:
    """Tell of each lamp whether its light rests on an estimate.

    Photometry, flux or height of the lamp, or a building near it that stands as a box for want of
    a surface model.
    """
    if place.obstacles != "buildings":
        return state.supposed
    near = surroundings.near_buildings(place.territory, state.park.x, state.park.y)
    return state.supposed | near


def error(state: Diagnosis, rests: NDArray[np.bool_], given: Parameters) -> float:
    """Return the relative error that illuminances share, mean over the flux of the stock."""
    flux = state.done.flux_lm.value * state.lor
    share = float(flux[rests].sum() / max(flux.sum(), 1e-9))
    least, most = (given[f"lighting_{name}_error"].value for name in ("measured", "illuminance"))
    return least + share * (most - least)


def _doubts(
    heads: NDArray[np.float64], tile: Bounds, bounds: Bounds, given: Surfaces
) -> Counter[str]:
    """Return how many heads of a tile stand in the ground, in a crown or walled in, by code."""
    west, south, east, north = tile
    here = (heads[:, 0] >= west) & (heads[:, 0] < east)
    here &= (heads[:, 1] > south) & (heads[:, 1] <= north)
    found = illuminance_findings(
        heads[here], bounds=bounds, ground=given.ground, dsm=given.dsm, canopy=given.canopy
    )
    return Counter({item.code: item.data["count"] for item in found if item.code in _DOUBTS})


def _windows(
    record: Recorder,
    state: Diagnosis,
    place: Surroundings,
    given: Parameters,
    progress: Progress | None,
) -> Iterator[RasterWindow]:
    """Yield the lit tiles, then add what they sum to: the run takes rasters before its tables."""
    threshold = given["lighting_lit_lx"].value
    relamped = state.done.lamp_type != "LED"
    zones = (state.shapes, state.town_shapes)
    today = supposed(state, place)
    cases = [
        (rests, [light.LitArea(shapes, threshold, error(state, rests, given)) for shapes in zones])
        for rests in (today, today | relamped)
    ]
    (_, before), (_, after) = cases
    heads = np.column_stack((state.park.x, state.park.y, place.base(state.park.x, state.park.y)))
    heads[:, 2] += state.done.height_m.value
    doubts: Counter[str] = Counter()
    for window in light.tiles(state, given, before, progress, place=place, after=after):
        if window.layer == light.TODAY and place.last:
            doubts += _doubts(heads, window.bounds, *place.last[0])
        yield window
    record.add_findings(
        finding(code, "luminaire", count=count, total=len(heads))
        for code, count in sorted(doubts.items())
    )
    for (rests, areas), suffix in zip(cases, ("", "_after"), strict=True):
        record.add_indicators(indicators.light_table(state, *areas, rests=rests, suffix=suffix))
