# SPDX-License-Identifier: EUPL-1.2
"""From a territory to the water of an event: what is there, what is missing, what was computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid, parameters
from jumeau.base.contract import Progress, RasterWindow
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.base.parameters import Parameters
from jumeau.worksites.climate import exposure, marks, scenarios, simulate, site
from jumeau.worksites.climate.exposure import Reached
from jumeau.worksites.climate.marks import Marks
from jumeau.worksites.climate.scenarios import Event
from jumeau.worksites.climate.simulate import Water
from jumeau.worksites.climate.site import Covered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Bounds
    from jumeau.twin.runs import Recorder
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory

LAYERS = ("water_depth", "water_speed", "water_arrival", "flood_hazard", "building_water")
"""Raster layers of an event."""
STOPPED = "JUM-K017"
"""Code of a run that was cancelled."""
UNKNOWN = 0.02
"""Share of unknown terrain above which it is told [-]."""
WIDEST = 400e6
"""Area above which a static map is written only where water stands [m²]."""


@dataclass(frozen=True)
class Diagnosis:
    """What an event did to a territory.

    Parameters
    ----------
    water : Water
        What water did.
    known : Covered
        Buildings and carriageways of the box.
    reached : dict
        {table: what is reached in it}.
    past : Marks
        Flood marks that the event covers.
    findings : tuple of Finding
        What is missing and what the reader must know.
    """

    water: Water
    known: Covered
    reached: dict[str, Reached]
    past: Marks
    findings: tuple[Finding, ...]


@cache
def defaults() -> Parameters:
    """Return the worksite's parameters, with their sources."""
    return parameters.load(Path(__file__).parent / "parameters.csv")


def event_of(scenario: Scenario, given: Parameters) -> Event:
    """Return the event of a scenario: the one described for this worksite, else the usual one."""
    described = scenario.events.get("climate")
    return scenarios.event(described) if described else scenarios.usual(given)


def diagnose(
    territory: Territory, event: Event, given: Parameters, progress: Progress | None = None
) -> Diagnosis | tuple[Finding, ...]:
    """Compute an event, or say why it cannot be.

    Parameters
    ----------
    territory : Territory
        Territory.
    event : Event
        What happens.
    given : Parameters
        Parameters of the worksite.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    Diagnosis, or tuple of Finding
        What stands in the way: no terrain, or a usual scenario that does not fit this territory.

    Raises
    ------
    JumeauError
        Only for an event that somebody described: what is wrong with it here.
    """
    box = site.extent(territory)
    if box is None:
        return (finding("JUM-K050", "dtm"),)
    spot = event.breach or event.inflow
    if spot is not None:
        box = _near(box, spot.x, spot.y, given)
    known = site.covered(territory, box)
    try:
        water = simulate.spread(territory, box, event, given, known, progress)
    except JumeauError as problem:
        if event.asked or problem.code == STOPPED:
            raise
        return (finding("JUM-K057", "dtm", detail=problem.what),)
    reached = exposure.all_of(territory, water, known.buildings, given)
    past = marks.beside(territory, water, given)
    findings = (*_findings(water, known), *marks.told(past))
    return Diagnosis(water, known, reached, past, findings)


def _near(box: Bounds, x: float, y: float, given: Parameters) -> Bounds:
    """Return the part of a box around a point, or the box when the point lies outside."""
    if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
        return site.window(box, x, y, given["climate_reach_m"].value)
    return box


def _findings(water: Water, known: Covered) -> Iterator[Finding]:
    buildings = known.buildings
    if not len(buildings):
        yield finding("JUM-K051", "building")
    elif buildings.outlined:
        yield finding("JUM-K058", "building", count=len(buildings))
    unknown = float(np.isnan(water.site.ground).mean())
    if unknown > UNKNOWN:
        yield finding("JUM-K056", "dtm", percent=round(100 * unknown, 1))
    yield from water.findings


def draw(record: Recorder, found: Diagnosis) -> None:
    """Put the rasters of an event in its run: the depth also at some moments."""
    water = found.water
    record.put_raster("water_depth", windows(water, water.depth))
    for moment, values in zip(water.moments, water.snapshots, strict=True):
        record.put_raster("water_depth", windows(water, values), moment)
    record.put_raster("water_speed", windows(water, water.speed))
    record.put_raster("water_arrival", windows(water, water.arrival))
    record.put_raster("flood_hazard", windows(water, water.hazard))
    record.put_raster("building_water", outlines(water, found.known, found.reached["building"]))


def forget(record: Recorder) -> None:
    """Empty the rasters: those of a former event are no answer to this one."""
    for layer in LAYERS:
        record.put_raster(layer, ())


def windows(water: Water, values: NDArray[np.float32] | None) -> Iterator[RasterWindow]:
    """Yield a raster of the computation on the 1 m grid, tile by tile.

    Parameters
    ----------
    water : Water
        What water did.
    values : (ny, nx) array or None
        One of its rasters; each cell is repeated on the metres that it covers. ``None`` for what
        a static map does not know: nothing is yielded.
    """
    if values is None:
        return
    west, south, east, north = water.site.bounds
    cell = water.site.cell
    wide = (east - west) * (north - south) > WIDEST
    for tile in grid.tiles_of(water.site.bounds):
        common = grid.intersection(water.site.bounds, tile.bounds)
        if common is None:
            continue
        top, left = round((north - common[3]) / cell), round((common[0] - west) / cell)
        bottom, right = round((north - common[1]) / cell), round((common[2] - west) / cell)
        part = values[top:bottom, left:right]
        if wide and not (part >= 0.05).any():
            continue
        fine = part if cell == 1 else np.repeat(np.repeat(part, cell, axis=0), cell, axis=1)
        yield RasterWindow(common, _rounded(fine), last=True)


def outlines(water: Water, known: Covered, reached: Reached) -> Iterator[RasterWindow]:
    """Yield the depth at each building over its outline, on the 1 m grid, tile by tile.

    Parameters
    ----------
    water : Water
        What water did.
    known : Covered
        Outlines of the buildings.
    reached : Reached
        Depth around the walls of each [m]; nothing is drawn where it is unknown.
    """
    import shapely
    from rasterio import features

    told = np.flatnonzero(~np.isnan(reached.depth))
    shapes, depth = known.buildings.shapes[told], reached.depth[told]
    if not len(told):
        return
    tree = shapely.STRtree(shapes)
    west, south, east, north = water.site.bounds
    wide = (east - west) * (north - south) > WIDEST
    for tile in grid.tiles_of(water.site.bounds):
        common = grid.intersection(water.site.bounds, tile.bounds)
        near = np.sort(tree.query(shapely.box(*tile.bounds), "intersects"))
        if common is None or not len(near) or (wide and depth[near].max() < 0.05):
            continue
        values = features.rasterize(
            zip(shapes[near].tolist(), depth[near].tolist(), strict=True),
            out_shape=grid.shape(common), fill=np.nan,
            transform=site.transform((common[0], common[1], common[2], common[3]), 1),
            dtype="float32",
        )  # fmt: skip
        yield RasterWindow(common, _rounded(values), last=True)


def _rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values to the millimetre (of a metre, a metre a second…): tiles are then small."""
    return np.round(values, 3)
