# SPDX-License-Identifier: EUPL-1.2
"""An event over a site: which side of cells can be afforded, the run, or a screening instead.

A first run on cells of 8 m tells how many steps the event takes. The time of a finer one follows:
as many more cells, and steps shorter in proportion. The finest side whose time fits the budget is
run. Where even the coarsest does not fit, a static map says where water would stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import Bounds, Progress
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.climate import choice, scenarios, site
from jumeau.worksites.climate.scenarios import Event
from jumeau.worksites.climate.site import CELLS, Covered, Site

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.climate.result import Flood

TOO_FAST = "JUM-K038"
"""Code by which a run says that water was too fast for its solver."""
MOST_CELLS = 40_000_000
"""Cells of a run held in memory at most: about 3 GB."""
CELL_BYTES = 90
"""Bytes of a cell of a run on a territory: the engine's 36, and what is read and written."""
HELD = 0.8
"""Share of the machine's memory that the cells asked for may take [-]."""
SCREENED = 25_000_000
"""Cells of a screening at most."""
WIDE = 40
"""Side of the cells of a wide screening [m]."""
OPENING = 300.0
"""Time that a breach, or a tide above the ground, takes to reach its level [s]."""
WIDTH_PER_FLOW = 0.5
"""Width over which an inflow spreads: 2 m³/s enter on each metre [s/m²]."""
_DEEP, _COURANT = 2.0, 0.6
"""Depth [m] and Courant number supposed before anything is run."""


@dataclass(frozen=True)
class Water:
    """What water did, on the cells of a site; rasters (ny, nx) float32, NaN where unknown.

    Parameters
    ----------
    site : Site
        Cells.
    event : Event
        What happened.
    depth : array
        Greatest depth [m].
    speed, arrival : array or None
        Greatest speed [m/s]; time until 1 cm of water [s], NaN if never. ``None`` for a screening.
    moments : tuple of float
        Times of the snapshots [s].
    snapshots : (k, ny, nx) array
        Depth at these times [m].
    solver : str
        ``"inertial"``, ``"hllc"``, ``"fill_spill_merge"`` or ``"sea_flood"``.
    card : dict
        Model card, plain data.
    findings : tuple of Finding
        What the reader must know.
    """

    site: Site
    event: Event
    depth: NDArray[np.float32]
    speed: NDArray[np.float32] | None
    arrival: NDArray[np.float32] | None
    moments: tuple[float, ...]
    snapshots: NDArray[np.float32]
    solver: str
    card: dict[str, Any]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def hazard(self) -> NDArray[np.float32] | None:
        """Greatest depth times greatest speed, an upper bound of their product [m²/s]."""
        return None if self.speed is None else self.depth * self.speed

    @property
    def indicative(self) -> bool:
        """Whether the hazard is only indicative: the inertial solver leaves advection out."""
        return self.solver == "inertial"

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the greatest depth in the cells that hold points [m]; NaN outside."""
        west, _, _, north = self.site.bounds
        rows = np.floor((north - y) / self.site.cell).astype(np.int64)
        columns = np.floor((x - west) / self.site.cell).astype(np.int64)
        height, width = self.depth.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = np.full(rows.shape, np.nan, dtype=np.float32)
        found[inside] = self.depth[rows[inside], columns[inside]]
        return found


def spread(
    territory: Territory,
    box: Bounds,
    event: Event,
    given: Parameters,
    known: Covered,
    progress: Progress | None = None,
) -> Water:
    """Compute an event over a box, at the finest side that the budget affords.

    Parameters
    ----------
    territory : Territory
        Territory.
    box : tuple of 4 float
        Edges of the coarsest cells [m].
    event : Event
        What happens.
    given : Parameters
        Parameters of the worksite.
    known : Covered
        Buildings and carriageways.
    progress : callable, optional
        Receives a stage and the share done.

    Raises
    ------
    InvalidError
        ``JUM-K048`` where the breach or the inflow is outside the known terrain, ``JUM-K049`` for
        a breach or a sea that stays below the ground.
    NotComputableError
        ``JUM-K063`` where the cells asked for do not fit in memory.
    """
    tell = progress or (lambda stage, share: None)
    budget = given["climate_budget_s" if event.asked else "climate_usual_budget_s"].value
    wanted = int(given["climate_cell_m"].value)
    rate = 1e6 * given[f"climate_rate{'_hllc' if event.breach else ''}_mcell_s"].value
    solver = "hllc" if event.breach else "inertial"
    duration = event.duration(given)
    if wanted:
        cell = max(side for side in CELLS if side <= max(wanted, 1))
        _held(box, cell, budget)
        here = site.read(territory, box, cell, known, given)
        water = _run(here, event, duration, solver, given, lambda share: tell("water", share))
        return _checked(water, None, duration, given, budget, tell)
    coarse = CELLS[-1]
    cells = _cells(box, coarse)
    guess = cells * _steps(duration, coarse) / rate
    static = event.breach is None and event.inflow is None
    if static and (guess > budget or cells > MOST_CELLS):
        return _screening(territory, box, event, known, given, guess)
    here = site.read(territory, box, coarse, known, given)
    first = _run(here, event, duration, solver, given, lambda share: tell("water", 0.2 * share))
    costs = {
        side: first.card["steps"] * (coarse / side) * _cells(box, side) / rate for side in CELLS
    }
    able = [side for side in CELLS[:-1] if costs[side] <= budget and _cells(box, side) < MOST_CELLS]
    if not able:
        return _checked(first, costs, duration, given, budget, tell)
    here = site.read(territory, box, able[0], known, given)
    fine = _run(
        here, event, duration, solver, given, lambda share: tell("water", 0.2 + 0.8 * share)
    )
    return _checked(fine, costs, duration, given, budget, tell)


def _checked(
    water: Water,
    costs: dict[int, float] | None,
    duration: float,
    given: Parameters,
    budget: float,
    tell: Progress,
) -> Water:
    """Run again with the full equations where water is too fast for the others, if affordable."""
    found = list(water.findings)
    share, cell = float(water.card["froude_share"]), water.site.cell
    if water.solver == "inertial" and choice.unfit(share):
        cost = water.card["steps"] * water.depth.size
        cost /= 1e6 * given["climate_rate_hllc_mcell_s"].value
        if cost <= budget or costs is None:
            again = _run(
                water.site, water.event, duration, "hllc", given,
                lambda done: tell("water", 0.5 + 0.5 * done),
            )  # fmt: skip
            water, found = again, list(again.findings)
        else:
            percent = round(100 * share, 1)
            found = [item for item in found if item.code != TOO_FAST]
            found.append(finding("JUM-K052", "dtm", percent=percent, seconds=_rounded(cost)))
    if costs is not None and cell > 1:
        finest = _rounded(costs[1])
        found.append(finding("JUM-K053", "dtm", cell=cell, seconds=finest, budget=f"{budget:g}"))
    if water.indicative:
        found.append(finding("JUM-K054", "flood_hazard"))
    return replace(water, findings=tuple(found))


def _rounded(seconds: float) -> str:
    """Return a time with two figures, not below it, as it is typed for a budget [s]."""
    step = 10.0 ** max(math.floor(math.log10(max(seconds, 1.0))) - 1, 0)
    return f"{math.ceil(seconds / step) * step:.0f}"


def _held(box: Bounds, cell: int, budget: float) -> None:
    """Refuse cells that the machine's memory cannot hold.

    Raises
    ------
    NotComputableError
        ``JUM-K063``.
    """
    from jumeau.worksites.climate import preparing

    there = preparing.memory()
    needed = _cells(box, cell) * CELL_BYTES
    if there and needed > HELD * there:
        raise error(
            "JUM-K063", cell=cell, area=round((box[2] - box[0]) * (box[3] - box[1]) / 1e6),
            size=f"{needed / 1e9:.0f}", memory=f"{there / 1e9:.0f}",
            budget=f"{budget:g}",
        )  # fmt: skip


def _cells(box: Bounds, side: int) -> int:
    return round((box[2] - box[0]) / side) * round((box[3] - box[1]) / side)


def _steps(duration: float, side: int) -> float:
    return duration * math.sqrt(9.81 * _DEEP) / (_COURANT * side)


# -- a run -------------------------------------------------------------------------------------
def _run(
    here: Site,
    event: Event,
    duration: float,
    solver: str,
    given: Parameters,
    tell: Callable[[float], None],
) -> Water:
    from jumeau.worksites import climate

    bed, forced = forcing(here, event, duration)
    count = int(given["climate_moments"].value)
    every = duration / count if count else None
    done: Flood = climate.flood(
        bed,
        cell_size=float(here.cell),
        duration=duration,
        manning=here.manning,
        infiltration=here.infiltration,
        every=every,
        solver=solver,
        progress=lambda share, _: tell(share),
        **forced,
    )
    closed = here.roofs | np.isnan(here.ground)
    moments = tuple((k + 1) * (every or 0.0) for k in range(len(done.snapshots)))
    return Water(
        here,
        event,
        _masked(done.depth_max, closed),
        _masked(done.speed_max, closed),
        _masked(done.arrival, closed),
        moments,
        np.stack([_masked(item, closed) for item in done.snapshots])
        if len(done.snapshots)
        else np.empty((0, *bed.shape), dtype=np.float32),
        done.solver,
        done.card(),
        tuple(done.warnings),
    )


def _masked(values: NDArray[np.float32], closed: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.where(closed, np.float32(np.nan), values)


def forcing(
    here: Site, event: Event, duration: float
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the bed of a run and the arguments of ``flood`` that an event makes.

    Parameters
    ----------
    here : Site
        Cells.
    event : Event
        What happens.
    duration : float
        Time simulated [s].

    Raises
    ------
    InvalidError
        ``JUM-K048``, ``JUM-K049``.
    """
    bed = here.bed
    known = np.isfinite(bed)
    cells: list[tuple[NDArray[np.bool_], Any]] = []
    forced: dict[str, Any] = {"boundary_cells": cells}
    outer = _rim(known)
    sea = outer & (bed < (event.sea_level if event.sea_level is not None else -np.inf))
    if event.rain is not None:
        forced["rain"] = (np.array(event.rain.times), np.array(event.rain.values))
    if event.sea_level is not None:
        if not sea.any():
            raise error("JUM-K049", level=event.sea_level, ground=float(np.nanmin(bed)))
        low = float(bed[sea].min())
        times, levels = [0.0, min(OPENING, 0.5 * duration), duration], [low, *2 * [event.sea_level]]
        cells.append((sea, ("stage", times, levels)))
    if event.breach is not None:
        mask, bed = _opened(here, bed, event.breach)
        low = float(bed[mask].max())
        times = [0.0, min(OPENING, 0.5 * duration), duration]
        cells.append((mask, ("stage", times, [low, *2 * [event.breach.level]])))
    if event.inflow is not None:
        forced["inflows"] = _entering(here, known & ~here.roofs, event.inflow)
    if event.sea_level is None or len(event.kinds) > 1:  # what leaves the domain does not come back
        cells.append((outer & ~sea, "free"))
    return bed, forced


def _rim(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the known cells at the edge, or beside the unknown that reaches the edge."""
    from scipy import ndimage

    labels, _ = ndimage.label(np.pad(~known, 1, constant_values=True), np.ones((3, 3)))
    outside = labels == labels[0, 0]
    near = ndimage.binary_dilation(outside)[1:-1, 1:-1]
    return np.asarray(near & known)


def _opened(
    here: Site, bed: NDArray[np.float32], breach: scenarios.Breach
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return the cells of a breach and the bed once the dyke is down to the ground beside it."""
    _inside(here, bed, breach.x, breach.y, "breach")
    known = np.isfinite(bed)
    mask = here.around(breach.x, breach.y, max(breach.width / 2, here.cell / 2)) & known
    beside = here.around(breach.x, breach.y, breach.width / 2 + 2.5 * here.cell + 10.0) & known
    foot = float(np.quantile(bed[beside & ~here.roofs], 0.05))
    lowered = bed.copy()
    lowered[mask] = np.minimum(lowered[mask], np.float32(foot))
    if breach.level <= foot:
        raise error("JUM-K049", level=breach.level, ground=round(foot, 2))
    return mask, lowered


def _entering(
    here: Site, free: NDArray[np.bool_], inflow: scenarios.Inflow
) -> list[tuple[int, int, Any, Any]]:
    """Return the inflow of each cell: a discharge spreads over a width in proportion."""
    _inside(here, here.ground, inflow.x, inflow.y, "inflow")
    times, flows = (np.array(item) for item in inflow.series)
    reach = max(0.5 * WIDTH_PER_FLOW * float(flows.max()), 0.5 * here.cell)
    mask = here.around(inflow.x, inflow.y, reach) & free
    if not mask.any():
        raise error("JUM-K048", what="inflow", x=inflow.x, y=inflow.y)
    rows, columns = np.nonzero(mask)
    share = flows / len(rows)
    return [(int(r), int(c), times, share) for r, c in zip(rows, columns, strict=True)]


def _inside(here: Site, ground: NDArray[np.float32], x: float, y: float, what: str) -> None:
    row, column = here.place(x, y)
    rows, columns = ground.shape
    if 0 <= row < rows and 0 <= column < columns and np.isfinite(ground[row, column]):
        return
    raise error("JUM-K048", what=what, x=x, y=y)


# -- a screening -------------------------------------------------------------------------------
def _screening(
    territory: Territory,
    box: Bounds,
    event: Event,
    known: Covered,
    given: Parameters,
    seconds: float,
) -> Water:
    """Return where water would stand: the rain in its hollows, or ground that the sea reaches."""
    from jumeau.ground import terrain

    cell = CELLS[-1] if _cells(box, CELLS[-1]) <= SCREENED else WIDE
    here = site.read(territory, box, cell, known, given)
    bed = here.bed
    depth = np.zeros(bed.shape, dtype=np.float32)
    names = []
    if event.rain is not None:
        depth = np.fmax(depth, terrain.fill_spill_merge(bed, event.rain_mm / 1000.0))
        names.append("fill_spill_merge")
    if event.sea_level is not None:
        depth = np.fmax(depth, terrain.sea_flood(bed, event.sea_level))
        names.append("sea_flood")
    solver = "+".join(names)
    card = {
        "solver": solver,
        "model": {"en": "static screening", "fr": "carte statique"},
        "cell_size_m": float(cell),
        "depth_max_m": float(np.nanmax(depth)),
    }
    closed = here.roofs | np.isnan(here.ground)
    told = finding("JUM-K055", "dtm", seconds=_rounded(seconds), cell=cell)
    empty = np.empty((0, *bed.shape), dtype=np.float32)
    shown = _masked(depth.astype(np.float32), closed)
    return Water(here, event, shown, None, None, (), empty, solver, card, (told,))
