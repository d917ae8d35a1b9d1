# SPDX-License-Identifier: EUPL-1.2
"""From the arguments of flood() to what a run needs: everything checked before anything moves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.climate import checks, choice
from jumeau.worksites.climate.boundaries import Boundaries, boundaries, closed_cells
from jumeau.worksites.climate.culverts import culverts
from jumeau.worksites.climate.domain import Ground, ground, terrain
from jumeau.worksites.climate.engine import HELD
from jumeau.worksites.climate.forcing import Inflows, Rain, infiltration
from jumeau.worksites.climate.stepping import Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY = 0.5
"""Share of the machine's memory that snapshots may take [-]."""
STANDING = HELD
"""Water deeper than that has a surface of its own; a thinner film follows the ground [m].

Faces carry water from that depth on: were the surface of a shallow shore off by half a bit of its
bed, it would drive the lake.
"""


@dataclass
class Prepared:
    """Arguments of a run, checked and in the form that the computation uses.

    Parameters
    ----------
    solver : str
        As asked: ``"auto"``, ``"inertial"`` or ``"hllc"``.
    threads : int
        Threads at most.
    ground, edges, plan
        Ground, boundaries, and what happens on them.
    depth : (ny, nx) float32 or float64 array
        Water at the start [m], as precise as it was given.
    findings : list of Finding
        What there is to say before the run.
    """

    solver: str
    threads: int
    ground: Ground
    edges: Boundaries
    plan: Plan
    depth: NDArray[Any]
    findings: list[Finding]


def prepare(dtm: Any, **given: Any) -> Prepared:
    """Check the arguments of :func:`~jumeau.worksites.climate.flooding.flood`, all of them by name.

    Raises
    ------
    JumeauError
        JUM-K001 to JUM-K015.
    """
    solver = checks.choice("solver", given["solver"], choice.SOLVERS)
    threads = _threads(given["threads"])
    elevation, known = terrain(dtm)
    walled = closed_cells(given["boundary_cells"], elevation.shape)
    land, found = ground(
        elevation,
        known,
        given["cell_size"],
        given["manning"],
        given["obstacles"],
        given["walls"],
        walled,
    )
    opened = land.opened
    edges, told = boundaries(given["boundaries"], given["boundary_cells"], land)
    depth, lost = _initial(given["initial_depth"], land, elevation)
    every = given["every"]
    plan = Plan(
        duration=checks.number("duration", given["duration"], 0.0, strict=True),
        cell=land.domain.cell,
        rain=Rain(given["rain"], opened),
        loss=infiltration(given["infiltration"], opened),
        inflows=Inflows(given["inflows"], opened),
        edges=edges,
        pipes=culverts(given["culverts"], land.domain, opened),
        every=None if every is None else checks.number("every", every, 0.0, strict=True),
        gauges=_gauges(given["gauges"], opened),
    )
    _room(plan, opened.shape)
    said = [*found, *told, *lost, *_ends(plan), *_roofs(plan, land)]
    return Prepared(solver, threads, land, edges, plan, depth, said)


def _threads(given: Any) -> int:
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _processors()
    count = checks.number("threads", given, 1.0)
    if count != int(count):
        expected = {"en": "a whole number", "fr": "un nombre entier"}
        raise error("JUM-K001", argument="threads", value=checks.shown(given), expected=expected)
    return int(count)


def _processors() -> int:
    return os.cpu_count() or 1


def _initial(
    given: Any, land: Ground, elevation: NDArray[Any]
) -> tuple[NDArray[Any], list[Finding]]:
    """Return the water at the start.

    Where it stands, what float32 rounds off the bed goes to the depth: the surface is the one that
    was given, and a lake is level at any height above the datum.
    """
    opened = land.opened
    if given is None:
        return np.zeros(opened.shape, np.float32), []
    if np.ndim(given) == 0:
        height = checks.number("initial_depth", given, 0.0)
        return np.where(opened, np.float32(height), np.float32(0.0)), []
    water = checks.array("initial_depth", given, opened.shape)
    depth: NDArray[Any] = checks.raster("initial_depth", given, opened)
    lost = np.count_nonzero((water > 0) & ~opened)
    if water.dtype == np.float64:
        depth = np.where(opened, water, 0.0)
        for row, level, bed in zip(depth, elevation, land.domain.bed, strict=True):
            deep = row > STANDING
            row[deep] += level[deep].astype(np.float64) - land.domain.datum - bed[deep]
    return depth, [finding("JUM-K032", count=int(lost))] if lost else []


def _gauges(given: Any, opened: NDArray[np.bool_]) -> dict[str, int]:
    form = "{name: (row, col)}"
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise error("JUM-K008", argument="gauges", value=checks.shown(given), form=form)
    found = {}
    for name, cell in given.items():
        argument = f"gauges[{name!r}]"
        if not isinstance(cell, tuple | list | np.ndarray) or len(cell) != 2:
            raise error("JUM-K008", argument=argument, value=checks.shown(cell), form=form)
        row, col = checks.place(argument, cell[0], cell[1], opened)
        found[name] = row * opened.shape[1] + col
    return found


def memory() -> int:
    """Return the memory of the machine [bytes], 0 where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _room(plan: Plan, shape: tuple[int, ...]) -> None:
    """Refuse snapshots that the machine's memory cannot hold."""
    need = 4 * plan.outputs * shape[0] * shape[1]
    there = memory()
    if there and need > MEMORY * there:
        raise error(
            "JUM-K015",
            count=plan.outputs,
            size=f"{need / 1e9:.1f}",
            memory=f"{there / 1e9:.1f}",
            every=float(f"{plan.duration * 4 * shape[0] * shape[1] / (MEMORY * there):.3g}"),
        )


def _ends(plan: Plan) -> list[Finding]:
    """Say which series end, not at rest, before the run does."""
    found = []
    rain, inflows = plan.rain, plan.inflows
    if len(rain.times) > 1 and rain.times[-1] < plan.duration and rain.last > 0.0:
        found.append(finding("JUM-K033", time=float(rain.times[-1]), rate=rain.last))
    if inflows.last > 0.0 and float(inflows.times[-1]) < plan.duration:
        found.append(finding("JUM-K034", time=float(inflows.times[-1])))
    return found


def _roofs(plan: Plan, land: Ground) -> list[Finding]:
    """Say on how many cells with an elevation no rain falls."""
    closed = int(np.count_nonzero(land.known & ~land.opened))
    falls = bool(len(plan.rain.times) > 1 or plan.rain.last > 0.0)
    return [finding("JUM-K039", count=closed)] if closed and falls else []
