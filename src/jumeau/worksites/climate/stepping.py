# SPDX-License-Identifier: EUPL-1.2
"""One engine through time: steps that hit every event, what they are given, what they answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import JumeauError, error
from jumeau.worksites.climate.boundaries import Boundaries
from jumeau.worksites.climate.culverts import Culvert, transfer
from jumeau.worksites.climate.engine import GRAVITY, Engine, Forcing, Stepped
from jumeau.worksites.climate.forcing import MM_PER_HOUR, Inflows, Rain
from jumeau.worksites.climate.ledger import Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALVINGS = 16
"""Times one step is halved before the run gives up."""

FIRST = 0.6
"""Courant number of the water that a step lets onto dry ground."""

CALMEST = 0.5**4
"""Share of the engine's step below which growing oscillations no longer halve it."""

SHORTEST = 1e-9
"""No step is shorter [s]."""

SAMPLES = 64
"""Times at which the Froude numbers of a run are looked at."""


@dataclass
class Plan:
    """What a run does, checked and ready, whatever the engine.

    Parameters
    ----------
    duration : float
        End of the run [s].
    cell : float
        Cell size [m].
    rain, loss, inflows, edges, pipes
        What enters and leaves: rain, infiltration capacity [m/s], hydrographs, boundaries,
        culverts.
    every : float or None
        Interval of snapshots and gauges [s].
    gauges : dict of str to int
        Name → flat index of the cell.
    """

    duration: float
    cell: float
    rain: Rain
    loss: np.float32 | NDArray[np.float32]
    inflows: Inflows
    edges: Boundaries
    pipes: list[Culvert]
    every: float | None
    gauges: dict[str, int]

    @property
    def outputs(self) -> int:
        """Number of snapshots."""
        return math.floor(self.duration / self.every * (1.0 + 1e-12)) if self.every else 0

    def events(self) -> NDArray[np.float64]:
        """Return the times after 0 that a run hits, up to its end [s]."""
        times = [self.duration]
        if self.every:
            times += [min(k * self.every, self.duration) for k in range(1, self.outputs + 1)]
        found = np.unique(np.concatenate([times, self.rain.times]))
        return found[(found > 0.0) & (found <= self.duration)]

    def knots(self) -> NDArray[np.float64]:
        """Return the times when something may begin on a dry domain [s]."""
        found = np.concatenate([self.inflows.times, self.edges.times])
        return np.unique(found[(found > 0.0) & (found < self.duration)])


@dataclass
class Record:
    """What a run leaves besides the engine's fields.

    Parameters
    ----------
    snapshots : (k, ny, nx) float32 array
        Depths at the output times [m].
    times, gauged : list
        Times [s] and depths [m] of the gauges.
    """

    snapshots: NDArray[np.float32]
    times: list[float] = field(default_factory=list)
    gauged: list[NDArray[np.float32]] = field(default_factory=list)
    steps: int = 0
    halvings: int = 0
    first_halving: float = math.inf
    swings: int = 0
    first_swing: float = math.inf
    shortest: float = math.inf
    longest: float = 0.0
    samples: int = 0
    wet: int = 0
    fast: int = 0

    @property
    def froude_share(self) -> float:
        """Share of the wet area that runs fast, over all samples [-]."""
        return self.fast / self.wet if self.wet else 0.0


Watch = Callable[[Record, float], bool]
"""Called with the record and the time [s] after each step; True leaves the run there."""


class Journey:
    """A run of one engine over a plan.

    Parameters
    ----------
    engine : Engine
        At its initial state.
    plan : Plan
        What to do.
    """

    def __init__(self, engine: Engine, plan: Plan) -> None:
        from jumeau.worksites.climate.swings import Swings  # compiles

        self.engine, self.plan = engine, plan
        self.ledger = Ledger(engine.storage())
        ny, nx = engine.depth.shape
        self._width = nx
        self.record = Record(np.zeros((plan.outputs, ny, nx), np.float32))
        ends = [end for pipe in plan.pipes for end in (pipe.first, pipe.second)]
        drains = plan.edges.drains.cells
        sources = [plan.inflows.cells, drains, np.array(ends, np.int64)]
        self._cells = np.unique(np.concatenate(sources))
        self._inflow_at = np.searchsorted(self._cells, plan.inflows.cells)
        self._drain_at = np.searchsorted(self._cells, drains)
        self._pipes_at = np.searchsorted(self._cells, np.array(ends, np.int64)).reshape(-1, 2)
        self._sinks = bool(drains.size or ends)
        self._gauge_at = np.array(list(plan.gauges.values()), np.int64)
        self._area = plan.cell**2
        self._caution = self._calm = 1.0  # shares of the engine's step: now, and at most
        self._swings = Swings((ny, nx))
        most = plan.rain.most * MM_PER_HOUR + plan.inflows.most / self._area
        self._safe = self._onto_dry(plan.edges.most, most)

    def run(self, watch: Watch) -> bool:
        """Go to the end; return False when ``watch`` left before.

        Raises
        ------
        NotComputableError
            JUM-K016: a step stays unstable however short.
        """
        plan, record = self.plan, self.record
        events, knots = plan.events(), plan.knots()
        time, snapshots = 0.0, 0
        self._gauge(time)
        if watch(record, time):
            return False
        for event in events:
            while time < event:
                bound, target = self._bound(time, float(event), knots)
                left = target - time
                count = math.ceil(left / bound * (1.0 - 1e-9)) if bound < left else 1
                dt = left / count if count < 4 else bound  # no crumb before the target
                time = self._advance(time, dt, target if count == 1 else None)
                if self._swings.grow(self.engine.depth):
                    self._soothe(time)
                if plan.every is None:
                    self._gauge(time)
                self._sample(time)
                if watch(record, time):
                    return False
            if plan.every is not None and self._due(float(event), snapshots):
                record.snapshots[snapshots] = self.engine.depth
                snapshots += 1
                self._gauge(time)
            elif plan.every is not None and event == plan.duration:
                self._gauge(time)
        return True

    def _due(self, event: float, done: int) -> bool:
        every = self.plan.every or 1.0
        return done < self.plan.outputs and event == min((done + 1) * every, self.plan.duration)

    def _bound(self, time: float, event: float, knots: NDArray[np.float64]) -> tuple[float, float]:
        """Return the longest step from a time, and the time to hit next [s].

        The step is that of the water there, and of what arrives. It does not jump over the start
        of something on ground that is dry, or nearly so.

        Raises
        ------
        NotComputableError
            JUM-K016.
        """
        plan = self.plan
        bound = self.engine.largest_step() * self._caution
        target = event
        if bound >= event - time:
            after = int(np.searchsorted(knots, time, side="right"))
            target = min(event, float(knots[after])) if after < knots.size else event
        dt = min(bound, target - time)
        if dt > self._safe:
            deepest = max(plan.edges.deepest(time), plan.edges.deepest(time + dt))
            rate = plan.rain.peak(time)
            if plan.inflows.cells.size:
                now, then = plan.inflows.rate(time), plan.inflows.rate(time + dt)
                rate += float(max(now.max(), then.max())) / self._area
            bound = min(bound, self._onto_dry(deepest, rate))
        if not bound > SHORTEST:
            raise self._unstable(time, bound)
        return bound, target

    def _onto_dry(self, deepest: float, rate: float) -> float:
        """Return the longest step for a depth held at the edge [m] and a rate of arrival [m/s]."""
        length, dt = FIRST * self.plan.cell, math.inf
        if deepest > 0.0:
            dt = length / math.sqrt(GRAVITY * deepest)
        if rate > 0.0:  # dt = length/√(g·rate·dt)
            dt = min(dt, length ** (2.0 / 3.0) / (GRAVITY * rate) ** (1.0 / 3.0))
        return dt

    def _advance(self, time: float, dt: float, event: float | None) -> float:
        """Do one step, halved as long as it is not stable; return its end [s]."""
        record = self.record
        for _ in range(HALVINGS + 1):
            end = event if event is not None else time + dt
            forcing, asked = self._forcing(time, end, dt)
            done = self.engine.step(dt, end, forcing)
            if done.stable:
                self._count(done, asked, dt)
                return end
            self.engine.undo()
            record.first_halving = min(record.first_halving, time)
            record.halvings += 1
            self._caution = max(0.5 * self._caution, 0.5**HALVINGS)
            dt, event = 0.5 * dt, None
        raise self._unstable(time, dt)

    def _unstable(self, time: float, dt: float) -> JumeauError:
        return error("JUM-K016", time=time, step=f"{dt:.2g}", solver=self.engine.name)

    def _count(self, done: Stepped, asked: tuple[float, float, float], dt: float) -> None:
        self.ledger.add(done, *asked)
        record = self.record
        record.steps += 1
        record.shortest, record.longest = min(record.shortest, dt), max(record.longest, dt)
        self._caution = min(self._calm, 1.05 * self._caution)

    def _soothe(self, time: float) -> None:
        """Halve the steps to come: an oscillation grows that the engine does not see."""
        self.record.swings += 1
        self.record.first_swing = min(self.record.first_swing, time)
        self._calm = max(0.5 * self._calm, CALMEST)
        self._caution = min(self._caution, self._calm)

    def _forcing(
        self, time: float, end: float, dt: float
    ) -> tuple[Forcing, tuple[float, float, float]]:
        """Return what a step is given, and the volumes asked: inflow, drained, culverts [m³]."""
        plan = self.plan
        plan.edges.update(time, end)
        volumes = np.zeros(self._cells.size)
        inflow = plan.inflows.volume(time, end)
        drained = moved = 0.0
        if self._sinks:
            there = self._at(self._cells).astype(np.float64)
            drained = self._drain(there, volumes, dt)
            moved = self._pipe(there, volumes, dt)
        volumes[self._inflow_at] += inflow
        volumes /= self._area
        forcing = Forcing(
            plan.rain.rate(time),
            plan.loss,
            self._cells,
            volumes,
            plan.edges.imposed,
            plan.edges.levels,
        )
        return forcing, (float(inflow.sum()), drained, moved)

    def _drain(self, there: NDArray[np.float64], volumes: NDArray[np.float64], dt: float) -> float:
        if not self._drain_at.size:
            return 0.0
        asked = self.plan.edges.drained(there[self._drain_at].astype(np.float32), dt)
        taken = np.zeros_like(there)
        np.add.at(taken, self._drain_at, asked)
        taken = np.minimum(taken, there * (1.0 - 1e-6))
        there -= taken
        volumes -= taken * self._area
        return float(taken.sum()) * self._area

    def _pipe(self, there: NDArray[np.float64], volumes: NDArray[np.float64], dt: float) -> float:
        before = float(volumes.sum())
        for pipe, (first, second) in zip(self.plan.pipes, self._pipes_at, strict=True):
            volume = transfer(pipe, there[first], there[second], dt, self._area)
            there[first if volume > 0.0 else second] -= abs(volume) / self._area
            volumes[first] -= volume
            volumes[second] += volume
        return float(volumes.sum()) - before

    def _at(self, cells: NDArray[np.int64]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.engine.depth[cells // self._width, cells % self._width]
        return found

    def _gauge(self, time: float) -> None:
        if self._gauge_at.size and (not self.record.times or time > self.record.times[-1]):
            self.record.times.append(time)
            self.record.gauged.append(self._at(self._gauge_at))

    def _sample(self, time: float) -> None:
        record = self.record
        if time >= (record.samples + 1) * self.plan.duration / SAMPLES:
            record.samples = int(time / self.plan.duration * SAMPLES)
            wet, fast = self.engine.froude()
            record.wet += wet
            record.fast += fast
