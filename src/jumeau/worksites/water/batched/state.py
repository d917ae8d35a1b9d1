# SPDX-License-Identifier: EUPL-1.2
"""What a batch of scenarios is in: one column a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.worksites.water.batched.model import (
    ACTIVE,
    CLOSED,
    FCV,
    GPV,
    OPEN,
    PBV,
    PER_CFS,
    PIPE,
    PRV,
    PSV,
    PUMP,
    Model,
    Net,
    resistance,
)  # fmt: skip
from jumeau.worksites.water.network import records
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

NO_FLOW = 1e-6
"""Flow of what is closed [cfs]."""


class State(NamedTuple):
    """Fields of S scenarios, in internal units.

    Parameters
    ----------
    head, flow, emitted : (nodes, S), (links, S), (junctions, S) arrays
        Heads [ft], flows [cfs].
    demand, extra : (nodes, S), (junctions, S) arrays
        Demand, net inflow of tanks; constant demand added [cfs].
    status, setting, closed : (links, S), (links, S), (links,) arrays
        Status, setting (NaN for none), number of scenarios in which a link is closed.
    resistance, rough, emitter : (links, S), (links, S), (junctions, S) arrays
        Of pipes and emitters.
    volume : (tanks, S) array
        Of water in the tanks [ft³].
    p, y : (links, S) arrays
        1/g and h/g of each link.
    entry, side, scale, balance : arrays
        Of the linear system; balance (nodes, S) is the net inflow by the links [cfs].
    clock : (S,) int64 array
        Time of each scenario [s].
    alive, failed : (S,) uint8 arrays
        Whether a scenario is still computed; whether it could not be.
    iterations, unbalanced : (S,) int64 arrays
        Newton steps so far; periods that did not converge.
    """

    head: Floats
    flow: Floats
    emitted: Floats
    demand: Floats
    extra: Floats
    status: Whole
    setting: Floats
    closed: Whole
    resistance: Floats
    rough: Floats
    emitter: Floats
    volume: Floats
    p: Floats
    y: Floats
    entry: Floats
    side: Floats
    scale: Floats
    balance: Floats
    clock: Whole
    alive: NDArray[np.uint8]
    failed: NDArray[np.uint8]
    iterations: Whole
    unbalanced: Whole


def state(
    net: Network, model: Model, scenarios: list[dict[str, dict[str, float]]], lanes: int
) -> State:
    """Return the state in which scenarios begin; columns beyond them repeat the last.

    Parameters
    ----------
    net : Network
        For the lengths of pipes whose roughness changes.
    model : Model
        The network as arrays.
    scenarios : list of dict
        Changes, checked.
    lanes : int
        Columns S, at least as many as scenarios.
    """
    it = model.net
    nn, m, nj = len(model.nodes), len(model.links), it.junctions

    def wide(values: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(values[:, None], lanes, axis=1)

    entries = len(model.pattern.below)
    status, setting = wide(it.status), wide(it.setting)
    extra, emitter = np.zeros((nj, lanes)), wide(model.emitter)
    friction, rough = wide(it.resistance), wide(it.rough)
    at = {name: k for k, name in enumerate(model.nodes)}
    pipes = records(net.pipes)
    link = {name: k for k, name in enumerate(model.links)}
    per_cfs = _per_cfs(net)
    for lane in range(lanes):
        changes = scenarios[min(lane, len(scenarios) - 1)]
        for name, value in changes.get("demand", {}).items():
            extra[at[name], lane] += value / per_cfs
        for name, value in changes.get("emitter", {}).items():
            coefficient = (per_cfs / value) ** it.emitter_power / FOOT if value > 0 else 0.0
            emitter[at[name], lane] = coefficient
        for name, value in changes.get("status", {}).items():
            _open(it, status, setting, link[name], lane, bool(value))
        for name, value in changes.get("setting", {}).items():
            _set(it, status, setting, link[name], lane, value, per_cfs)
        for name, value in changes.get("roughness", {}).items():
            k, row = link[name], pipes[name]
            friction[k, lane], rough[k, lane] = resistance(
                net.units.headloss, row["length_m"] / FOOT, it.diameter[k], value
            )
    kind = it.kind[:, None]
    sets = np.isin(kind, (PRV, PSV, FCV)) & ~np.isnan(setting)
    status = np.where(sets, ACTIVE, status)
    begin = np.pi * it.diameter**2 / 4.0
    flow = wide(begin)
    flow = np.where(kind == PUMP, setting * it.design[:, None], flow)
    flow = np.where(status <= CLOSED, NO_FLOW, flow)
    head = np.zeros((nn, lanes))
    head[nj:] = it.level[:, None]
    return State(
        head=head, flow=flow, emitted=np.where(emitter > 0, 1.0, 0.0),
        demand=np.zeros((nn, lanes)), extra=extra, status=np.ascontiguousarray(status),
        setting=setting, closed=(status <= CLOSED).sum(axis=1), resistance=friction, rough=rough,
        emitter=emitter, volume=np.zeros((nn - nj, lanes)), p=np.zeros((m, lanes)),
        y=np.zeros((m, lanes)), entry=np.zeros((entries + nj, lanes)),
        side=np.zeros((nj, lanes)), scale=np.zeros((3, lanes)), balance=np.zeros((nn, lanes)),
        clock=np.zeros(lanes, np.int64), alive=np.ones(lanes, np.uint8),
        failed=np.zeros(lanes, np.uint8), iterations=np.zeros(lanes, np.int64),
        unbalanced=np.zeros(lanes, np.int64),
    )  # fmt: skip


def _per_cfs(net: Network) -> float:
    return PER_CFS[net.units.flow_unit] * net.units.flow


def _open(it: Net, status: Whole, setting: Floats, k: int, lane: int, opened: bool) -> None:
    """Open or close a link as EPANET's toolkit does: a pump at speed 1, a valve without setting."""
    status[k, lane] = OPEN if opened else CLOSED
    if it.kind[k] == PUMP:
        setting[k, lane] = 1.0 if opened else 0.0
    elif it.kind[k] > PUMP and it.kind[k] != GPV:
        setting[k, lane] = np.nan


def _set(
    it: Net, status: Whole, setting: Floats, k: int, lane: int, value: float, per_cfs: float
) -> None:
    """Give a pump its speed or a valve its setting, in the units of the tables."""
    kind = it.kind[k]
    if kind == PUMP:
        setting[k, lane] = value
        status[k, lane] = OPEN if value > 0 else CLOSED
        return
    if kind > PIPE:
        setting[k, lane] = value / FOOT if kind in (PRV, PSV, PBV) else (
            value / per_cfs if kind == FCV else value)  # fmt: skip
        status[k, lane] = ACTIVE
