# SPDX-License-Identifier: EUPL-1.2
"""Steady states of a network under given draws and levels, and their derivatives at the sensors.

The batched solver computes one state a lane; the factor of the last iteration gives the adjoint, so
that the derivatives of all sensors by the water put in anywhere cost one substitution a sensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.batched import model as models
from jumeau.worksites.water.batched.adjoint import Jacobian, _held, _reached
from jumeau.worksites.water.batched.changes import changes
from jumeau.worksites.water.batched.lanes import WIDTH
from jumeau.worksites.water.batched.march import march
from jumeau.worksites.water.batched.newton import factorise
from jumeau.worksites.water.batched.records import packed
from jumeau.worksites.water.batched.solving import answer, clockwork
from jumeau.worksites.water.batched.state import begin, cold, rows, state
from jumeau.worksites.water.solution import elevations
from jumeau.worksites.water.times import times_of
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from jumeau.worksites.water.batched.state import State
    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

ACCURACY, TRIALS = 1e-5, 200
"""Σ|Δq|/Σ|q| at which states are computed."""


@dataclass(frozen=True)
class Sensors:
    """What is observed of a state: pressures at nodes, then flows of links.

    Parameters
    ----------
    nodes : (p,) int array
        Nodes whose pressure is measured, in EPANET's order.
    links : (f,) int array
        Links whose flow is measured and computed.
    """

    nodes: Whole
    links: Whole

    def count(self) -> int:
        """Return the number of observations in a state."""
        return len(self.nodes) + len(self.links)


@dataclass(frozen=True)
class Slopes:
    """Derivatives of the observations by what may be unknown, state by state.

    Parameters
    ----------
    put : (states, observed, junctions) array
        By the water put in at a junction [m or m³/h per m³/h].
    resistance : (states, observed, links) array
        By the logarithm of the resistance of a link; 0 for what is no pipe [m or m³/h].
    """

    put: Floats
    resistance: Floats


class Hydraulics:
    """A network ready for many steady states.

    Parameters
    ----------
    net : Network
        Without controls nor rules: statuses are those of the tables.
    """

    def __init__(self, net: Network) -> None:
        self.net = net
        self.times = times_of(net, 0)
        built = models.model(net, self.times)
        none = np.zeros(0, np.int64)
        precise = built.net._replace(
            accuracy=min(built.net.accuracy, ACCURACY), trials=max(built.net.trials, TRIALS),
            demand_node=none, demand_base=np.zeros(0), demand_pattern=none,
        )  # fmt: skip
        self.built = built._replace(net=precise)
        self.low = elevations(net, built.nodes)
        self.junctions = precise.junctions
        self.nodes, self.links = built.nodes, built.links
        self.ends = np.stack([precise.first, precise.second], axis=1)
        self.to_flow = models.PER_CFS[net.units.flow_unit] * net.units.flow
        self.levels = precise.level * FOOT
        """Heads of reservoirs and tanks in the file [m]."""
        self.law = precise.law.copy()

    def resist(self, logarithm: Floats) -> None:
        """Multiply the resistances of the links by the exponential of (links,) logarithms."""
        # law is 1/(e·r) for Hazen-Williams and Chézy-Manning: read as r by the kernels otherwise.
        factor = np.exp(-logarithm) if self._inverse() else np.exp(logarithm)
        law = np.where(self.built.net.kind <= models.PIPE, self.law * factor, self.law)
        self.built = self.built._replace(net=self.built.net._replace(law=law))

    def _inverse(self) -> bool:
        return self.built.net.loss != 1

    def steady(self, demand: Floats, level: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Compute states (global gradient algorithm).

        Parameters
        ----------
        demand : (states, junctions) array
            Water drawn [m³/h].
        level : (states, sources) array
            Heads of reservoirs and tanks [m].

        Returns
        -------
        head : (states, nodes) array
            [m]
        flow : (states, links) array
            [m³/h]
        good : (states,) array of bool
            Whether the state could be computed.
        """
        out = answer(len(demand), 1, self.built, self.low, self.to_flow)
        good = np.ones(len(demand), bool)
        for first, few, st, _, _ in self._batches(demand, level, packed(out)):
            good[first : first + few] = (st.failed[:few] == 0) & (st.unbalanced[:few] == 0)
        return out.head[:, 0], out.flow[:, 0], good

    def slopes(self, demand: Floats, level: Floats, sensors: Sensors) -> Slopes:
        """Compute the derivatives of what sensors see at states (adjoint).

        Parameters
        ----------
        demand, level : arrays
            As for :meth:`steady`.
        sensors : Sensors
            What is observed.
        """
        count = len(demand)
        wide = (count, sensors.count())
        found = Slopes(np.zeros((*wide, self.junctions)), np.zeros((*wide, len(self.links))))
        shown = packed(answer(count, 1, self.built, self.low, self.to_flow))
        for first, few, st, model, place in self._batches(demand, level, shown):
            factorise(model, packed(self.built.pattern), place)
            for lane in range(few):
                self._slopes(st, lane, sensors, found, first + lane)
        return found

    def _batches(
        self, demand: Floats, level: Floats, shown: Any
    ) -> Iterator[tuple[int, int, State, Any, Any]]:
        """Compute states by batches: the first, their number, and the state of the solver."""
        built, it, count, nj = self.built, self.built.net, len(demand), self.junctions
        none = np.zeros(count + 1, np.int64)
        what = changes(self.net, built, [{}])._replace(
            demand_start=np.arange(0, (count + 1) * nj, max(nj, 1), dtype=np.int64)[: count + 1],
            demand_at=np.tile(np.arange(nj), count), demand=(demand / self.to_flow).ravel(),
            emitter_start=none, status_start=none, setting_start=none, law_start=none,
        )  # fmt: skip
        st = state(built, np.flatnonzero(it.emitter))
        scratch = rows(6)
        model, pattern, place = packed(it), packed(built.pattern), packed(st)
        clock, asked, start = packed(clockwork(self.times)), packed(what), packed(cold(built))
        for first in range(0, count, WIDTH):
            few = min(WIDTH, count - first)
            begin(model, asked, start, first, few, place)
            lanes = np.minimum(np.arange(WIDTH), few - 1) + first
            st.head[nj:] = level[lanes].T / FOOT
            march(model, pattern, clock, place, shown, first, few, scratch)
            yield first, few, st, model, place

    def _slopes(self, st: State, lane: int, sensors: Sensors, slopes: Slopes, row: int) -> None:
        """Write the derivatives of one lane, whose system is factorised."""
        it, nj = self.built.net, self.junctions
        alone = _one_lane(st, lane)
        pinned, passed, conductance = _held(it, alone)
        flow = np.where(alone.status[:, 0] > models.CLOSED, alone.flow[:, 0], 0.0) * self.to_flow
        conductance = conductance * self.to_flow / FOOT
        jac = Jacobian(
            self.nodes, self.links, alone.head[:, 0] * FOOT, flow, conductance,
            _reached(it, alone), self.built.pattern, alone.factor[:, 0].copy(),
            alone.pivot[:, 0].copy(), pinned, passed, self.to_flow / FOOT, True,
        )  # fmt: skip
        p = len(sensors.nodes)
        rhs = np.zeros((len(self.nodes), sensors.count()))
        direct_put = np.zeros((sensors.count(), nj))
        direct_pipe = np.zeros((sensors.count(), len(self.links)))
        inside = sensors.nodes < nj
        rhs[sensors.nodes[inside], np.flatnonzero(inside)] = 1.0
        moved = flow / (1.852 if it.loss == 0 else 2.0) * (it.kind <= models.PIPE)
        for column, link in enumerate(sensors.links.tolist(), p):
            if conductance[link] > 0.0:
                self._through(rhs, column, link, 1.0, conductance)
                direct_pipe[column, link] = -moved[link]
                continue
            # a valve that holds: what enters its first node by the others, less what is drawn there
            node = int(self.ends[link, 0])
            if node >= nj:
                continue
            direct_put[column, node] = 1.0
            for end, sign in ((1, 1.0), (0, -1.0)):
                for other in np.flatnonzero(self.ends[:, end] == node):
                    if other != link:
                        self._through(rhs, column, int(other), sign, conductance)
                        direct_pipe[column, other] = -sign * moved[other]
        wide = np.nan_to_num(jac.solve(rhs, transposed=True))
        slopes.put[row] = wide[:nj].T + direct_put
        along = wide[self.ends[:, 0]] - wide[self.ends[:, 1]]
        slopes.resistance[row] = along.T * moved + direct_pipe

    def _through(
        self, rhs: Floats, column: int, link: int, sign: float, conductance: Floats
    ) -> None:
        """Add the flow of a link by the heads of its ends to a functional."""
        a, b = self.ends[link]
        if a < self.junctions:
            rhs[a, column] += sign * conductance[link]
        if b < self.junctions:
            rhs[b, column] -= sign * conductance[link]


def _one_lane(st: State, lane: int) -> Any:
    """Return a view of one scenario as the only one."""
    names = ("status", "setting", "p", "flow", "head", "factor", "pivot")
    return SimpleNamespace(**{name: getattr(st, name)[:, lane : lane + 1] for name in names})
