# SPDX-License-Identifier: EUPL-1.2
"""The Jacobian of a computed network, factorised once: sensitivities without computing again.

At convergence the matrix of the global gradient algorithm is the derivative of the water that
enters the nodes by the heads (Todini and Pilati, 1988). A valve that holds a pressure pins a node
and passes its balance on to the other: a term of rank one, which is not symmetric, and is added by
the formula of Sherman, Morrison and Woodbury.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water.batched import model as models
from jumeau.worksites.water.batched.changes import changes
from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.losses import BIG
from jumeau.worksites.water.batched.march import march
from jumeau.worksites.water.batched.newton import factorise
from jumeau.worksites.water.batched.records import packed
from jumeau.worksites.water.batched.solving import answer, clockwork
from jumeau.worksites.water.batched.state import begin, cold, rows, state
from jumeau.worksites.water.solution import checked, elevations
from jumeau.worksites.water.times import times_of
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.batched.ordering import Pattern
    from jumeau.worksites.water.batched.state import State
    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

ACCURACY, TRIALS = 1e-6, 200
"""Σ|Δq|/Σ|q| at which the network is computed: derivatives ask for more than heads do."""
_FRENCH = {"leakage": "les fuites des conduites", "rules": "les règles"}
_NO_BALANCE = {
    "en": "its heads and flows cannot be balanced",
    "fr": "ses charges et ses débits ne peuvent être équilibrés",
}


@dataclass(frozen=True)
class Jacobian:
    """Derivative of the water entering the nodes by the heads, factorised (L·Lᵀ).

    Parameters
    ----------
    nodes, links : list of str
        In EPANET's order.
    head, flow : (nodes,), (links,) arrays
        At the time asked [m], [m³/h].
    conductance : (links,) array
        Derivative of the flow by the head loss [m³/h per m]; 0 for what is closed and for a valve
        that holds a pressure or a flow.
    reached : (nodes,) array of bool
        Whether open links join a node to a tank or a reservoir.
    """

    nodes: list[str]
    links: list[str]
    head: Floats
    flow: Floats
    conductance: Floats
    reached: NDArray[np.bool_]
    pattern: Pattern
    lower: Floats
    """L under its diagonal [ft/√s]."""
    pivot: Floats
    """Its diagonal [ft/√s]."""
    pinned: Whole
    """Nodes whose head a valve holds."""
    passed: Whole
    """Nodes that give or get what these valves let through."""
    factor: float
    """m³/h per m in a cfs per ft."""
    balanced: bool
    """Whether heads and flows agreed at every period up to the time asked."""

    def solve(self, rhs: Floats, *, transposed: bool = False) -> Floats:
        """Return the changes of head when water is put in at the nodes.

        Parameters
        ----------
        rhs : (nodes, k) or (nodes,) array
            Water put in [m³/h]; what is drawn is negative. Rows of tanks and reservoirs, whose
            heads are given, count for nothing.
        transposed : bool
            Solve with the transposed matrix: the adjoint, a column a node observed. The same
            where no valve holds a pressure.

        Returns
        -------
        (nodes, k) or (nodes,) array
            Changes of head [m]; 0 at tanks and reservoirs, NaN at nodes that no open link
            reaches.
        """
        given = np.asarray(rhs, np.float64)
        columns = given[:, None] if given.ndim == 1 else given
        n = len(self.pattern.row)
        answer = np.zeros(columns.shape)
        put = np.where(self.reached[:n, None], columns[:n], 0.0)
        answer[:n] = self._symmetric(put)
        if len(self.pinned):
            from_, to = self.pinned, self.passed
            if transposed:
                from_, to = to, from_
            unit = np.zeros((n, len(to)))
            inner = to < n
            unit[to[inner], np.flatnonzero(inner)] = BIG
            response = self._symmetric(unit)
            seen = from_ < n
            system = np.eye(len(to))
            system[seen] -= response[from_[seen]]
            first = np.zeros((len(to), columns.shape[1]))
            first[seen] = answer[from_[seen]]
            answer[:n] += response @ np.linalg.solve(system, first)
        answer /= self.factor
        answer[~self.reached] = np.nan
        return answer[:, 0] if given.ndim == 1 else answer

    def _symmetric(self, put: Floats) -> Floats:
        it = self.pattern
        side = np.empty(put.shape)
        side[it.row] = put
        resolve(self.lower, self.pivot, side, it.start, it.below)
        return np.asarray(side[it.row])


@compiled
def resolve(lower: Any, pivot: Any, side: Any, start: Any, index: Any) -> None:
    """Substitute forward and backward in place: one factor, k right-hand sides (n, k)."""
    n, columns = side.shape
    for j in range(n):
        for c in range(columns):
            side[j, c] /= pivot[j]
        for p in range(start[j], start[j + 1]):
            factor, row = lower[p], index[p]
            for c in range(columns):
                side[row, c] -= factor * side[j, c]
    for j in range(n - 1, -1, -1):
        for p in range(start[j], start[j + 1]):
            factor, row = lower[p], index[p]
            for c in range(columns):
                side[j, c] -= factor * side[row, c]
        for c in range(columns):
            side[j, c] /= pivot[j]


def jacobian(
    net: Network, *, at_s: float = 0, scenario: dict[str, dict[str, float]] | None = None
) -> Jacobian:
    """Compute a network up to a time and factorise its Jacobian there (global gradient algorithm).

    Parameters
    ----------
    net : Network
        The network.
    at_s : float
        Time since the beginning [s].
    scenario : dict, optional
        Changes, as for :func:`~jumeau.worksites.water.hydraulics.solve`.

    Returns
    -------
    Jacobian
        Nodes in EPANET's order, changes of head in m per m³/h.

    Raises
    ------
    InvalidError
        ``JUM-H003`` for a time that is none, ``JUM-H010`` and ``JUM-H011`` for the scenario.
    NotComputableError
        ``JUM-H020`` when the batched engine does not compute this network.
    """
    why = models.unsupported(net)
    if why:
        raise error("JUM-H020", why={"en": why, "fr": _FRENCH.get(why, why)})
    asked = checked(net, None if scenario is None else [scenario])
    times = times_of(net, at_s)
    built = models.model(net, times)
    precise = built.net._replace(accuracy=ACCURACY, trials=max(built.net.trials, TRIALS))
    built = built._replace(net=precise)
    wanted = changes(net, built, asked)
    to_flow = models.PER_CFS[net.units.flow_unit] * net.units.flow
    st = state(built, np.union1d(wanted.emitter_at, np.flatnonzero(precise.emitter)))
    out = answer(1, 0, built, elevations(net, built.nodes), to_flow)
    scratch, model, pattern, place = rows(6), packed(precise), packed(built.pattern), packed(st)
    begin(model, packed(wanted), packed(cold(built)), 0, 1, place)
    march(model, pattern, packed(clockwork(times)), place, packed(out), 0, 1, scratch)
    if st.failed[0]:
        raise error("JUM-H020", why=_NO_BALANCE)
    factorise(model, pattern, place)
    pinned, passed, conductance = _held(precise, st)
    return Jacobian(
        built.nodes, built.links, st.head[:, 0] * FOOT,
        np.where(st.status[:, 0] > models.CLOSED, st.flow[:, 0], 0.0) * to_flow,
        conductance * to_flow / FOOT, _reached(precise, st), built.pattern, st.factor[:, 0].copy(),
        st.pivot[:, 0].copy(), pinned, passed, to_flow / FOOT, not st.unbalanced[0],
    )  # fmt: skip


def _held(it: models.Net, st: State) -> tuple[Whole, Whole, Floats]:
    """Return the nodes that valves pin, those that get the rest, the conductance of links."""
    kind, status, setting = it.kind, st.status[:, 0], st.setting[:, 0]
    active = (status == models.ACTIVE) & ~np.isnan(setting)
    reducing, sustaining = active & (kind == models.PRV), active & (kind == models.PSV)
    pinned = np.concatenate([it.second[reducing], it.first[sustaining]])
    passed = np.concatenate([it.first[reducing], it.second[sustaining]])
    still = reducing | sustaining | (active & (kind == models.FCV)) | (status <= models.CLOSED)
    return pinned, passed, np.where(still, 0.0, st.p[:, 0])


def _reached(it: models.Net, st: State) -> NDArray[np.bool_]:
    """Tell which nodes are joined by open links to a known head."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(it.elevation)
    water = st.status[:, 0] > models.CLOSED
    a, b = it.first[water], it.second[water]
    joined = coo_matrix((np.ones(len(a)), (a, b)), (count, count))
    _, label = connected_components(joined, directed=False)
    return np.isin(label, label[it.junctions :])
