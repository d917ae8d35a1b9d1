# SPDX-License-Identifier: EUPL-1.2
"""Water over the ground: from a terrain and what falls on it to depths, speeds and a ledger."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.climate import choice
from jumeau.worksites.climate.preparing import Prepared, prepare
from jumeau.worksites.climate.result import Flood, FloodInterruptedError, FloodStoppedError
from jumeau.worksites.climate.stepping import SAMPLES, Journey, Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Progress = Callable[[float, float], None]
"""Called with the share done in [0, 1] and the simulated time [s]."""

PATIENCE = 0.1
"""Seconds between two calls of ``progress``."""

EARLY = SAMPLES // 8
"""Sample from which ``auto`` leaves an inertial run that is plainly not fit."""

PLAINLY = 5.0 * choice.SHARE
"""Share of fast water that is plainly too much [-]."""


def flood(
    dtm: ArrayLike,
    *,
    cell_size: float = 1.0,
    duration: float,
    manning: ArrayLike = 0.03,
    rain: Any = None,
    inflows: Sequence[tuple[int, int, ArrayLike, ArrayLike]] | None = None,
    boundaries: Mapping[str, Any] | None = None,
    boundary_cells: Sequence[tuple[ArrayLike, Any]] | None = None,
    initial_depth: ArrayLike | None = None,
    infiltration: ArrayLike | None = None,
    obstacles: ArrayLike | None = None,
    culverts: Sequence[tuple[Any, ...]] | None = None,
    walls: Sequence[tuple[int, int, str, float]] | None = None,
    gauges: Mapping[str, tuple[int, int]] | None = None,
    every: float | None = None,
    solver: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> Flood:
    """Shallow water on a terrain: local-inertial or finite-volume flood with a closed ledger.

    Parameters
    ----------
    dtm : (ny, nx) array
        Elevation [m], row 0 north; NaN outside. Cells without elevation are closed: nothing
        enters nor leaves through them unless ``boundary_cells`` says so.
    cell_size : float
        Side of a cell [m].
    duration : float
        Simulated time [s].
    manning : float or (ny, nx) array
        Manning's coefficient [s·m^(-1/3)]; 0 is frictionless.
    rain : float, (times, rates) or (times, rasters), optional
        Rate [mm/h]; or times [s] and rates, or (nt, ny, nx) rasters, each holding from its time to
        the next one, the last to the end; nothing falls before the first. It falls on open cells.
    inflows : list of (row, col, times, discharges), optional
        Hydrographs [s, m³/s], linear between their times, zero outside.
    boundaries : dict, optional
        Of ``"west"``, ``"east"``, ``"north"``, ``"south"``: ``"wall"`` (default), ``"free"``
        (normal depth, out only) or ``("stage", times, levels)`` [s, m on the terrain's datum],
        linear between its times, the first level before, the last one after.
    boundary_cells : list of (mask, kind), optional
        Cells that are a boundary, of the same kinds: closed by a wall, held at a stage [m], or free
        toward the edge of the domain and the cells without elevation.
    initial_depth : (ny, nx) array, optional
        Water at the start [m]; dry by default.
    infiltration : float or (ny, nx) array, optional
        Capacity of the soil [mm/h]; it takes no more than the water there.
    obstacles : (ny, nx) bool array, optional
        Closed cells [-] (buildings); no rain falls on them.
    culverts : list of (cell, cell, width, height, length, manning), optional
        Box culverts [m, m, m, s·m^(-1/3)] between two (row, col); see
        :mod:`~jumeau.worksites.climate.culverts`.
    walls : list of (row, col, side, crest), optional
        Walls on the ``"north"`` or ``"west"`` face of a cell, water passing above the crest [m].
    gauges : dict of str to (row, col), optional
        Cells whose depth is recorded.
    every : float, optional
        Interval of the snapshots and of the gauges [s]; without it no snapshot, and the gauges at
        each step.
    solver : str
        ``"inertial"`` (quick; rivers, runoff), ``"hllc"`` (dam breaks, steep streets) or
        ``"auto"``: see :mod:`~jumeau.worksites.climate.choice`.
    threads : int, optional
        Threads; those of the machine by default. The answer does not depend on them.
    progress : callable, optional
        Receives the share done [-] and the simulated time [s].
    stop : callable, optional
        Asked at each step; True cancels the run.

    Returns
    -------
    Flood
        Depths [m], speeds [m/s], arrival [s], snapshots, gauges, ledger [m³], warnings, card.

    Raises
    ------
    InvalidError
        JUM-K001 to JUM-K015: an argument that does not fit.
    UnknownNameError
        JUM-K007: an unknown solver, side or kind of boundary.
    NotComputableError
        JUM-K016: no step is short enough to be stable.
    FloodStoppedError
        JUM-K017: ``stop`` said so, or the keyboard (then also a ``KeyboardInterrupt``).

    Notes
    -----
    Inertial: Bates, Horritt & Fewtrell (2010), *J. Hydrology* 387; de Almeida & Bates (2013),
    *Water Resources Research* 49. Finite volume: Audusse et al. (2004), *SIAM J. Sci. Comput.* 25.
    """
    began = clock.perf_counter()
    ready = prepare(
        dtm,
        cell_size=cell_size,
        duration=duration,
        manning=manning,
        rain=rain,
        inflows=inflows,
        boundaries=boundaries,
        boundary_cells=boundary_cells,
        initial_depth=initial_depth,
        infiltration=infiltration,
        obstacles=obstacles,
        culverts=culverts,
        walls=walls,
        gauges=gauges,
        every=every,
        solver=solver,
        threads=threads,
    )
    chosen, said = ready.solver, list(ready.findings)
    if chosen == "auto" and choice.breaks(ready.ground.domain, ready.depth):
        chosen = "hllc"
        said.append(finding("JUM-K035"))
    watch = _Watch(ready.plan.duration, progress, stop, chosen == "auto")
    try:
        trip = _travel("inertial" if chosen == "auto" else chosen, ready, watch, chosen != "auto")
        if chosen == "auto" and choice.unfit(trip.record.froude_share):
            share = trip.record.froude_share
            del trip  # its rasters make room for the next
            said.append(finding("JUM-K036", share=f"{100.0 * share:.1f}"))
            watch = _Watch(ready.plan.duration, progress, stop, False)
            trip = _travel("hllc", ready, watch, True)
    except FloodStoppedError:
        raise
    except KeyboardInterrupt as problem:
        raise _stopped(FloodInterruptedError, watch) from problem
    if progress is not None:
        progress(1.0, ready.plan.duration)
    return _result(trip, ready, said, clock.perf_counter() - began)


class _Watch:
    """Follows a run: tells its progress, stops it when asked, leaves it when it is not fit."""

    def __init__(
        self,
        duration: float,
        progress: Progress | None,
        stop: Callable[[], bool] | None,
        wary: bool,
    ) -> None:
        self.duration, self.time = duration, 0.0
        self._progress, self._stop, self._wary = progress, stop, wary
        self._told = -PATIENCE

    def __call__(self, record: Record, time: float) -> bool:
        self.time = time
        if self._stop is not None and self._stop():
            raise _stopped(FloodStoppedError, self)
        if self._progress is not None and clock.monotonic() - self._told >= PATIENCE:
            self._told = clock.monotonic()
            self._progress(time / self.duration, time)
        return self._wary and record.samples >= EARLY and record.froude_share > PLAINLY


def _stopped(kind: type[FloodStoppedError], watch: _Watch) -> FloodStoppedError:
    told = error("JUM-K017", time=watch.time, duration=watch.duration)
    return kind(told.code, told.what, told.why, told.remedy, told.data)


def _travel(solver: str, ready: Prepared, watch: _Watch, last: bool) -> Journey:
    """Run one engine to the end, or to where the watch leaves it; the last one frees the start."""
    make = choice.engine_class(solver)
    ready.edges.update(0.0, 0.0)
    engine = make(ready.ground.domain, ready.edges.sides, ready.depth, ready.threads)
    if last:
        ready.depth = ready.depth[:0]
    with closing(engine):
        trip = Journey(engine, ready.plan)
        trip.run(watch)
    return trip


def _result(trip: Journey, ready: Prepared, said: list[Finding], seconds: float) -> Flood:
    import pandas as pd

    engine, record, plan = trip.engine, trip.record, ready.plan
    if record.halvings:
        said.append(finding("JUM-K037", count=record.halvings, time=record.first_halving))
    if record.swings:
        said.append(finding("JUM-K064", count=record.swings, time=record.first_swing))
    if engine.name == "inertial" and choice.unfit(record.froude_share):
        said.append(finding("JUM-K038", share=f"{100.0 * record.froude_share:.1f}"))
    gauged = np.array(record.gauged, np.float32).reshape(len(record.times), len(plan.gauges))
    times = pd.Index(record.times, name="time_s", dtype="float64")
    about = {
        "cell_size_m": plan.cell,
        "cells": int(ready.ground.opened.size),
        "open_cells": int(np.count_nonzero(ready.ground.opened)),
        "duration_s": plan.duration,
        "settings": dict(getattr(engine, "settings", {})),
        "shortest_step_s": float(record.shortest),
        "longest_step_s": float(record.longest),
        "halvings": record.halvings,
        "oscillations": record.swings,
        "threads": ready.threads,
    }
    return Flood(
        depth=_kept(engine.depth),
        depth_max=_kept(engine.depth_max),
        speed_max=_kept(engine.speed_max),
        arrival=_kept(engine.arrival),
        snapshots=record.snapshots,
        gauges=pd.DataFrame(gauged, index=times, columns=list(plan.gauges)),
        ledger=trip.ledger.close(engine.storage(), ready.edges.sides),
        froude_share=record.froude_share,
        solver=engine.name,
        steps=record.steps,
        seconds=seconds,
        warnings=said,
        _about=about,
    )


def _kept(field: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(field, np.float32)
