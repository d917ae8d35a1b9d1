# SPDX-License-Identifier: EUPL-1.2
"""A network made linear around a moment: heads and held flows by what is drawn, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.analyses import laws, moment
from jumeau.worksites.water.network import Network, records
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.analyses.moment import Moment

    Floats = NDArray[np.float64]

HEAD_TOLERANCE = 0.002
"""Within which a valve holds the pressure it is set to [ft]."""


@dataclass(frozen=True)
class Tangent:
    """Derivative of the water that enters the junctions by heads and by flows of valves that hold.

    Unknowns are the heads of the n junctions [ft] and the flows of the valves that hold a
    pressure or a flow [cfs]. The matrix is that of the global gradient algorithm, bordered by one
    row and one column a holding valve.

    Parameters
    ----------
    nodes, links : list of str
        In EPANET's order; junctions first.
    junctions : int
        n.
    conductance, by_roughness : (links,) arrays
        dq/dh [cfs/ft]; dh/dln(roughness) at constant flow [ft].
    held : dict of str to int
        Unknown of each holding valve.
    ends : (links, 2) int array
        Nodes of the links.
    factor : object
        The factorised matrix.
    unit : float
        cubic metres an hour in a cubic foot a second.
    reached : (nodes,) bool array
        Whether open links join a node to a tank or a reservoir.
    """

    nodes: list[str]
    links: list[str]
    junctions: int
    conductance: Floats
    by_roughness: Floats
    held: dict[str, int]
    ends: NDArray[np.int64]
    factor: Any
    unit: float
    reached: NDArray[np.bool_]

    def adjoint(self, rows: Floats) -> Floats:
        """Return how functionals of the unknowns change by what is drawn at the junctions.

        Parameters
        ----------
        rows : (k, unknowns) array
            Weights of heads [1/ft] and of held flows [1/cfs], a row a functional.

        Returns
        -------
        (k, junctions) array
            Change by water drawn [1/cfs].
        """
        answer = self.factor.solve(np.ascontiguousarray(rows.T), trans="T").T
        return np.asarray(-answer[:, : self.junctions])

    def size(self) -> int:
        """Return the number of unknowns."""
        return self.junctions + len(self.held)


def tangent(net: Network, at: Moment) -> Tangent:
    """Return a network made linear around a moment (global gradient algorithm).

    Parameters
    ----------
    net : Network
        The network.
    at : Moment
        Its heads and flows, closely computed.

    References
    ----------
    Todini and Pilati (1988), A gradient algorithm for the analysis of pipe networks; Piller,
    Elhay, Deuerlein and Simpson (2017), Local sensitivity of pressure-driven modeling and
    demand-driven modeling steady-state solutions, Journal of Water Resources Planning and
    Management 143(2).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    unit = laws.per_cfs(net)
    place = {name: k for k, name in enumerate(at.nodes)}
    nj = len(net.junctions)
    ends = np.zeros((len(at.links), 2), np.int64)
    grad, rough = np.zeros(len(at.links)), np.zeros(len(at.links))
    at_link = {name: k for k, name in enumerate(at.links)}
    mine = np.array([at_link[name] for name in net.pipes.index], np.int64)
    held: dict[str, int] = {}
    border: list[tuple[int, int, float]] = []
    pipes = net.pipes
    ends[mine, 0] = [place[name] for name in pipes["from_node"]]
    ends[mine, 1] = [place[name] for name in pipes["to_node"]]
    grad[mine], rough[mine] = laws.pipes(net, at.flow[mine] / unit)
    grad[~at.open], rough[~at.open] = laws.BIG, 0.0
    for table in ("pumps", "valves"):
        for name, row in records(getattr(net, table)).items():
            k = at_link[name]
            ends[k] = place[row["from_node"]], place[row["to_node"]]
            if not at.open[k]:
                continue
            if table == "pumps":
                grad[k] = laws.pump(net, row, at.flow[k] / unit, float(at.setting[k]))
            else:
                pinned = _held(net, row, at, k, ends[k])
                grad[k] = laws.valve(net, row, at.flow[k] / unit, float(at.setting[k]))
                if pinned:
                    held[name] = nj + len(held)
                    border += _border(held[name], ends[k], pinned, nj)
    conductance = 1.0 / grad
    for name in held:
        conductance[at_link[name]] = 0.0
    diagonal = np.zeros(len(at.nodes))
    np.add.at(diagonal, ends[:, 0], conductance)
    np.add.at(diagonal, ends[:, 1], conductance)
    pressure = (at.head - moment.ground(net, at))[:nj]
    diagonal[:nj] += laws.emitters(net, pressure) + laws.consumers(net, at.demand[:nj], pressure)
    diagonal[:nj] += laws.leaks(net, at.leaked[:nj], pressure)
    reached = _reached(ends[at.open], len(at.nodes), nj)
    diagonal[:nj][~reached[:nj]] += 1.0  # a part without a source: any head will do
    inner = (ends < nj).all(axis=1)
    a, b, p = ends[inner, 0], ends[inner, 1], conductance[inner]
    own = np.arange(nj)
    i, j, v = (np.array([it[n] for it in border]) for n in range(3))
    matrix = coo_matrix(
        (
            np.concatenate([diagonal[:nj], -p, -p, v]),
            (
                np.concatenate([own, a, b, i.astype(np.int64)]),
                np.concatenate([own, b, a, j.astype(np.int64)]),
            ),
        ),
        shape=(nj + len(held), nj + len(held)),
    )
    factor = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A")
    return Tangent(
        at.nodes, at.links, nj, conductance, rough, held, ends, factor, unit, reached
    )  # fmt: skip


def _reached(ends: NDArray[np.int64], count: int, nj: int) -> NDArray[np.bool_]:
    """Tell which nodes links join to one whose head is known."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    joined = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (count, count))
    label = connected_components(joined, directed=False)[1]
    return np.isin(label, label[nj:])


def _held(net: Network, row: dict[str, Any], at: Moment, k: int, ends: Any) -> str:
    """Return what an open valve holds: "first", "second", "flow", "drop", or "" for nothing."""
    kind, setting = row["type"], float(at.setting[k])
    fixed = row["status"] != "active" and not at.controlled[k]
    if fixed or kind not in ("PRV", "PSV", "FCV", "PBV"):
        return ""
    head = at.head[ends] / FOOT
    flow = at.flow[k] / laws.per_cfs(net)
    minor = laws.MINOR * row["minor_loss"] / float(laws.bore(net, row["diameter_mm"])) ** 4
    drop = head[0] - head[1]
    if kind == "PBV":
        return "drop" if setting > 0.0 and minor * flow * flow <= setting / FOOT else ""
    if kind == "FCV":
        limit = setting / laws.per_cfs(net)
        return "flow" if abs(flow - limit) <= 1e-6 * max(limit, 1.0) and drop > 0.0 else ""
    end = 1 if kind == "PRV" else 0
    low = net.junctions["elevation_m"].get(at.nodes[ends[end]], np.nan)
    holds = abs(head[end] - (low + setting) / FOOT) <= HEAD_TOLERANCE
    wide = drop > minor * flow * flow + HEAD_TOLERANCE / 4.0
    return ("second" if end else "first") if holds and wide else ""


def _border(at: int, ends: Any, pinned: str, nj: int) -> list[tuple[int, int, float]]:
    """Return the entries of a holding valve: its flow in the balances, and what it holds."""
    first, second = int(ends[0]), int(ends[1])
    entries = [(node, at, sign) for node, sign in ((first, 1.0), (second, -1.0)) if node < nj]
    if pinned == "flow":
        return [*entries, (at, at, 1.0)]
    kept = {"first": [(first, 1.0)], "second": [(second, 1.0)],
            "drop": [(first, 1.0), (second, -1.0)]}[pinned]  # fmt: skip
    return [*entries, *((at, node, sign) for node, sign in kept if node < nj)]
