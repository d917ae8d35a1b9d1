# SPDX-License-Identifier: EUPL-1.2
"""Boundaries: the four sides of the domain, and cells that are a boundary of their own.

A *wall* lets nothing through. A *free* boundary lets water out at normal depth, never in. A *stage*
boundary has a water surface that follows a series, linear between its times; its first value holds
before, its last one after.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.climate import checks
from jumeau.worksites.climate.engine import (
    CLOSED,
    FREE,
    FREE_SLOPE,
    GRAVITY,
    STAGE,
    WALL,
    Domain,
    Sides,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.climate.domain import Ground

SIDES = ("west", "east", "north", "south")
"""In the order of :class:`~jumeau.worksites.climate.engine.Stepped`."""

KINDS = ("wall", "free", "stage")
_KIND = {"wall": CLOSED, "free": FREE, "stage": STAGE}
_STAGE = '"wall" | "free" | ("stage", time_s, m)'
_CELLS = "(mask, " + _STAGE + ")"


class Spec(NamedTuple):
    """One boundary: its kind and, of a stage, times [s] and surface on the terrain's datum [m]."""

    kind: str
    times: list[float]
    levels: list[float]

    def at(self, time: float) -> float:
        """Return the stage at a time [m]."""
        k = bisect_right(self.times, time)
        if k == 0 or k == len(self.times):
            return self.levels[min(k, len(self.times) - 1)]
        share = (time - self.times[k - 1]) / (self.times[k] - self.times[k - 1])
        return self.levels[k - 1] + share * (self.levels[k] - self.levels[k - 1])


class Drains(NamedTuple):
    """Free cells that face « no data » inside the domain: flat index, bed slope and faces of each.

    One row a direction: the slope differs from one face to the next.
    """

    cells: NDArray[np.int64]
    slope: NDArray[np.float64]


@dataclass
class Boundaries:
    """Boundaries of a run.

    Parameters
    ----------
    sides : Sides
        As engines take them; :meth:`update` rewrites their levels.
    of_side : dict of str to Spec
        Boundary of each side.
    imposed : (m,) int64 array
        Cells whose surface is imposed, in growing order.
    drains : Drains
        Free faces inside the domain.
    """

    domain: Domain
    sides: Sides
    of_side: dict[str, Spec]
    imposed: NDArray[np.int64]
    drains: Drains
    _which: NDArray[np.int64]
    _stages: list[Spec]
    _held: list[tuple[Spec, float]] = field(init=False)

    def __post_init__(self) -> None:
        self.levels = np.zeros(self.imposed.size, np.float32)
        bed = self.domain.bed
        edges = (bed[:, 0], bed[:, -1], bed[0], bed[-1])
        lowest = [
            (self.of_side[name], float(np.min(edge, where=kinds == STAGE, initial=np.inf)))
            for name, edge, kinds in zip(SIDES, edges, self.sides[:4], strict=True)
        ]
        beds = bed.ravel()[self.imposed]
        lowest += [
            (spec, float(np.min(beds, where=self._which == k, initial=np.inf)))
            for k, spec in enumerate(self._stages)
        ]
        self._held = [
            (spec, self.domain.datum + low) for spec, low in lowest if spec.kind == "stage"
        ]

    @property
    def times(self) -> NDArray[np.float64]:
        """Every time of every stage [s]."""
        stages = [spec.times for spec in [*self.of_side.values(), *self._stages]]
        return np.unique(np.array([time for times in stages for time in times]))

    def update(self, start: float, end: float) -> None:
        """Set the levels of a step: those of its middle on the sides, of its end in cells."""
        for name, levels in zip(SIDES, self.sides[4:], strict=True):
            spec = self.of_side[name]
            if spec.kind == "stage":
                levels[:] = spec.at(0.5 * (start + end)) - self.domain.datum
        if self.imposed.size:
            now = np.array([spec.at(end) - self.domain.datum for spec in self._stages])
            self.levels[:] = now[self._which]

    def deepest(self, time: float) -> float:
        """Return the greatest depth that stages hold at the edge of the domain at a time [m]."""
        return max([0.0, *(spec.at(time) - lowest for spec, lowest in self._held)])

    @property
    def most(self) -> float:
        """Greatest depth that stages ever hold at the edge of the domain [m]."""
        return max([0.0, *(max(spec.levels) - lowest for spec, lowest in self._held)])

    def drained(self, depth: NDArray[np.float32], dt: float) -> NDArray[np.float64]:
        """Return what leaves through each row of ``drains`` in a step, if it is there [m]."""
        h = depth.astype(np.float64)
        n2 = self.domain.friction
        n2 = n2 if isinstance(n2, float) else n2.ravel()[self.drains.cells].astype(np.float64)
        n = np.sqrt(np.broadcast_to(n2, h.shape) / GRAVITY)
        with np.errstate(divide="ignore", invalid="ignore"):
            normal = np.sqrt(self.drains.slope) / n * h ** (5.0 / 3.0)
        critical = np.sqrt(GRAVITY) * h**1.5
        q = np.where(n > 0.0, normal, critical)
        return q * dt / self.domain.cell


def closed_cells(boundary_cells: Any, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """Return the boundary cells that are a wall; ``None`` when there are none.

    Raises
    ------
    JumeauError
        JUM-K002, JUM-K004, JUM-K007, JUM-K008.
    """
    closed: NDArray[np.bool_] | None = None
    for index, (given, kind) in enumerate(
        checks.items("boundary_cells", boundary_cells, _CELLS, 2)
    ):
        name = f"boundary_cells[{index}]"
        where = checks.mask(name, given, shape)
        if _spec(name, kind).kind == "wall":
            closed = where.copy() if closed is None else closed | where
    return closed


def boundaries(given: Any, boundary_cells: Any, ground: Ground) -> tuple[Boundaries, list[Finding]]:
    """Return the boundaries of a run, checked, and what there is to say about them.

    Parameters
    ----------
    given, boundary_cells
        As :func:`~jumeau.worksites.climate.flooding.flood` takes them.
    ground : Ground
        Ground of the run.

    Raises
    ------
    JumeauError
        JUM-K004, JUM-K007, JUM-K008; JUM-K012 (a side or cells without an open cell), JUM-K013
        (free cells that face nothing outside).
    """
    domain, opened, known = ground
    of_side = {name: _spec("boundaries", "wall") for name in SIDES}
    if given is not None and not isinstance(given, dict):
        raise error("JUM-K008", argument="boundaries", value=type(given).__name__, form=_SIDES_FORM)
    for name, kind in (given or {}).items():
        side = checks.choice("boundaries", name, SIDES)
        of_side[side] = _spec(f'boundaries["{side}"]', kind)
    ny, nx = opened.shape
    edges = (opened[:, 0], opened[:, -1], opened[0], opened[-1])
    kinds = []
    for name, edge in zip(SIDES, edges, strict=True):
        if of_side[name].kind != "wall" and not edge.any():
            raise error("JUM-K012", argument=f'boundaries["{name}"]')
        kinds.append(np.where(edge, _KIND[of_side[name].kind], CLOSED).astype(np.uint8))
    levels = [np.zeros(size, np.float32) for size in (ny, ny, nx, nx)]
    sides = Sides(
        kinds[0], kinds[1], kinds[2], kinds[3], levels[0], levels[1], levels[2], levels[3]
    )

    own = _own(boundary_cells, ground)
    if own is None:
        nothing, none = Drains(np.empty(0, np.int64), np.empty(0)), np.empty(0, np.int64)
        return Boundaries(domain, sides, of_side, none, nothing, none, []), []
    edges = (own.free[:, 0], own.free[:, -1], own.free[0], own.free[-1])
    for kind_of, edge in zip(sides[:4], edges, strict=True):
        kind_of[edge] = FREE
    imposed = np.flatnonzero(own.stage >= 0)
    which = own.stage.ravel()[imposed].astype(np.int64)
    drains = _drains(own.free, domain, known)
    return Boundaries(domain, sides, of_side, imposed, drains, which, own.stages), own.found


class _Own(NamedTuple):
    """Boundary cells: the stage of each (-1: none), those that are free, the stages."""

    stage: NDArray[np.int16]
    free: NDArray[np.bool_]
    stages: list[Spec]
    found: list[Finding]


def _own(given: Any, ground: Ground) -> _Own | None:
    """Return the boundary cells but the walls; where masks overlap the last one counts."""
    cells = checks.items("boundary_cells", given, _CELLS, 2)
    if not cells:
        return None
    shape = ground.opened.shape
    own = _Own(np.full(shape, -1, np.int16), np.zeros(shape, np.bool_), [], [])
    for index, (mask, kind) in enumerate(cells):
        name = f"boundary_cells[{index}]"
        spec = _spec(name, kind)
        if spec.kind == "wall":
            continue
        asked = checks.mask(name, mask, shape)
        where = asked & ground.opened
        total, count = int(asked.sum()), int(where.sum())
        if not count:
            raise error("JUM-K012", argument=name)
        if count < total:
            own.found.append(finding("JUM-K031", argument=name, count=total - count, total=total))
        own.free[where] = spec.kind == "free"
        own.stage[where] = len(own.stages) if spec.kind == "stage" else -1
        if spec.kind == "stage":
            own.stages.append(spec)
        elif not _opens(where, ground.known):
            raise error("JUM-K013", argument=name)
    return own


_SIDES_FORM = '{"west" | "east" | "north" | "south": ' + _STAGE + "}"


def _spec(argument: str, given: Any) -> Spec:
    if isinstance(given, tuple | list):
        if len(given) == 3 and checks.choice(argument, given[0], KINDS) == "stage":
            times, levels = checks.series(argument, given[1], given[2])
            return Spec("stage", times.tolist(), levels.tolist())
        if len(given) != 1 or given[0] == "stage":
            shown = checks.shown(given)
            raise error("JUM-K008", argument=argument, value=shown, form=_STAGE)
        given = given[0]
    kind = checks.choice(argument, given, KINDS)
    if kind == "stage":
        raise error("JUM-K008", argument=argument, value=checks.shown(given), form=_STAGE)
    return Spec(kind, [], [])


_AROUND = ((0, -1), (0, 1), (-1, 0), (1, 0))


def _beyond(values: NDArray[Any], rows: Any, cols: Any, step: tuple[int, int]) -> Any:
    """Return the values of the neighbours of cells in one direction; NaN outside the domain."""
    ny, nx = values.shape
    r, c = rows + step[0], cols + step[1]
    inside = (r >= 0) & (r < ny) & (c >= 0) & (c < nx)
    out = np.full(rows.shape, np.nan)
    out[inside] = values[r[inside], c[inside]]
    return out


def _opens(where: NDArray[np.bool_], known: NDArray[np.bool_]) -> bool:
    """Return whether some of the cells touch the outside: an edge of the domain or « no data »."""
    rows, cols = np.nonzero(where)
    return any((_beyond(known, rows, cols, step) != 1.0).any() for step in _AROUND)


def _drains(free: NDArray[np.bool_], domain: Domain, known: NDArray[np.bool_]) -> Drains:
    """Return the faces of free cells toward « no data » inside the domain."""
    rows, cols = np.nonzero(free)
    cells, slopes = [], []
    for step in _AROUND:
        outward = _beyond(known, rows, cols, step) == 0.0
        inner = _beyond(domain.bed, rows, cols, (-step[0], -step[1]))
        fall = (inner - domain.bed[rows, cols]) / domain.cell
        fall = np.where((inner < WALL) & (fall > FREE_SLOPE), fall, FREE_SLOPE)
        cells.append((rows * free.shape[1] + cols)[outward])
        slopes.append(fall[outward])
    return Drains(np.concatenate(cells), np.concatenate(slopes))
