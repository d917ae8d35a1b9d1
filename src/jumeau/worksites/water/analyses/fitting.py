# SPDX-License-Identifier: EUPL-1.2
"""What a network gives where it is observed, its derivatives, and the steps to the best fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.analyses import moment
from jumeau.worksites.water.analyses.service import Service
from jumeau.worksites.water.analyses.steady import Steady, steady
from jumeau.worksites.water.analyses.tangent import Tangent, tangent
from jumeau.worksites.water.network import Network, tuples
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

    Floats = NDArray[np.float64]
    Groups = dict[str, NDArray[np.int64]]

HUBER = 1.345
"""Residual, in standard deviations, beyond which an observation counts less."""
_SMALL = 0.01  # of a standard deviation
_HALVINGS = 8


@dataclass(frozen=True)
class Fit:
    """The best parameters, what they give, and how sure they are."""

    theta: Floats
    covariance: Floats
    before: Floats
    after: Floats
    weight: Floats
    scale: float
    converged: bool


@dataclass
class Observed:
    """Networks at the observed times, and the rows of the observations by time."""

    project: Steady
    table: pd.DataFrame
    groups: tuple[Groups, Groups]
    networks: dict[int, Network]
    nominal: Floats
    rows: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def value(self, theta: Floats, *, slopes: bool = False) -> tuple[Floats, Floats]:
        """Return what is given where it is observed, and the derivatives by the parameters."""
        pipes, nodes = self.groups
        rough, share = self.nominal.copy(), np.ones(len(self.project.junctions))
        for group, amount in zip((*pipes.values(),), theta, strict=False):
            rough[group] *= np.exp(amount)
        for group, amount in zip(nodes.values(), theta[len(pipes) :], strict=True):
            share[group] *= np.exp(amount)
        self.project.roughness(rough)
        out = np.empty(len(self.table))
        jacobian = np.zeros((len(self.table) if slopes else 0, len(theta)))
        for time, net in self.networks.items():
            rows = self.rows[time]
            at = self.project.moment(net, net.junctions["demand_m3_h"].to_numpy() * share, time)
            out[rows] = self._seen(net, at, rows)
            if slopes:
                net.pipes["roughness"] = rough
                jacobian[rows] = self._slopes(net, at, rows)
        return out, jacobian

    def _seen(self, net: Network, at: moment.Moment, rows: NDArray[np.int64]) -> Floats:
        """Return what a moment gives to observations."""
        low = moment.ground(net, at)
        node = {name: k for k, name in enumerate(at.nodes)}
        link = {name: k for k, name in enumerate(at.links)}
        out = np.empty(len(rows))
        for place, row in enumerate(tuples(self.table.iloc[rows])):
            if row.quantity == "flow":
                out[place] = at.flow[link[row.entity]]
            else:
                k = node[row.entity]
                out[place] = at.head[k] - (0.0 if row.quantity == "head" else low[k])
        return out

    def _slopes(self, net: Network, at: moment.Moment, rows: NDArray[np.int64]) -> Floats:
        """Return the derivatives of observations by the logarithms of the factors."""
        lin = tangent(net, at)
        seen, units, direct = _functionals(lin, self.table.iloc[rows])
        drawn = np.zeros((len(rows), len(lin.nodes)))
        drawn[:, : lin.junctions] = lin.adjoint(seen)
        moved = -lin.conductance * lin.by_roughness  # of flow, by ln(roughness), at fixed heads
        along = drawn[:, lin.ends[:, 0]] - drawn[:, lin.ends[:, 1]] + direct
        at_link = {name: k for k, name in enumerate(lin.links)}
        place = np.array([at_link[name] for name in net.pipes.index])
        by_pipe = (along * moved)[:, place]
        used = at.demand[: lin.junctions] / lin.unit
        if net.options.get("DEMAND MODEL", "DDA").upper().startswith("P"):
            pressure = (at.head - moment.ground(net, at))[: lin.junctions]
            used = used * Service.of(net).share(pressure)
        by_node = drawn[:, : lin.junctions] * used
        columns = [by_pipe[:, group].sum(axis=1) for group in self.groups[0].values()]
        columns += [by_node[:, group].sum(axis=1) for group in self.groups[1].values()]
        return np.array(columns).T.reshape(len(rows), -1) * units[:, None]


def _functionals(lin: Tangent, table: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return weights of the unknowns, units, and weights of the links' own change of flow."""
    node = {name: k for k, name in enumerate(lin.nodes)}
    link = {name: k for k, name in enumerate(lin.links)}
    seen, direct = np.zeros((len(table), lin.size())), np.zeros((len(table), len(lin.links)))
    units = np.full(len(table), FOOT)
    for row, it in enumerate(tuples(table)):
        if it.quantity != "flow":
            if node[it.entity] < lin.junctions:
                seen[row, node[it.entity]] = 1.0
            continue
        units[row] = lin.unit
        if it.entity in lin.held:
            seen[row, lin.held[it.entity]] = 1.0
            continue
        k = link[it.entity]
        direct[row, k] = 1.0
        for end, sign in zip(lin.ends[k], (1.0, -1.0), strict=True):
            if end < lin.junctions:
                seen[row, end] += sign * lin.conductance[k]
    return seen, units, direct


@contextmanager
def opened(net: Network, table: pd.DataFrame, groups: tuple[Groups, Groups]) -> Iterator[Observed]:
    """Open a network at the observed times, tanks at their measured levels."""
    times = sorted({int(it) for it in table["time_s"]})
    networks = {}
    for time, at in zip(times, moment.moments(net, times), strict=True):
        one = moment.frozen(net, at)
        mine = table[(table["time_s"] == time) & (table["quantity"] == "level")]
        for name, value in zip(mine["entity"], mine["value"], strict=True):
            least, most = one.tanks.loc[name, ["minimum_level_m", "maximum_level_m"]]
            one.tanks.loc[name, "initial_level_m"] = min(max(value, least), most)
        _run_pumps(one, table[(table["time_s"] == time) & (table["quantity"] == "flow")])
        networks[time] = one
    with steady(networks[times[0]]) as project:
        fit = Observed(project, table, groups, networks, net.pipes["roughness"].to_numpy(copy=True))
        stamps = table["time_s"].astype(int).to_numpy()
        fit.rows = {time: np.flatnonzero(stamps == time) for time in times}
        yield fit


def _run_pumps(net: Network, flows: pd.DataFrame) -> None:
    """Let the pumps whose flow is measured run or stand as measured."""
    for name, value, sd in zip(flows["entity"], flows["value"], flows["sd"], strict=True):
        if name in net.pumps.index:
            net.pumps.loc[name, "status"] = "open" if value > sd else "closed"


def gauss_newton(
    fit: Observed, prior: Floats, iterations: int, progress: Progress | None = None
) -> Fit:
    """Minimise Σ ρ(r/σ) + ½ Σ (θ/σ₀)², ρ Huber's loss, by Gauss-Newton steps halved when needed.

    Parameters
    ----------
    fit : Observed
        What is observed.
    prior : (parameters,) array
        σ₀, of the logarithms of the factors.
    iterations : int
        Steps at most.
    progress : callable, optional
        Receives ``"calibration"`` and the share of the steps.
    """
    value, sd = fit.table["value"].to_numpy(), fit.table["sd"].to_numpy()
    counted = (fit.table["quantity"] != "level").to_numpy()
    precision = np.diag(1.0 / prior**2)

    def residual(given: Floats) -> Floats:
        return np.where(counted, (value - given) / sd, 0.0)

    def cost(theta: Floats, r: Floats) -> float:
        size = np.abs(r)
        loss = np.where(size <= HUBER, 0.5 * r * r, HUBER * (size - 0.5 * HUBER))
        return float(loss.sum() + 0.5 * (theta / prior) @ (theta / prior))

    theta = np.zeros(len(prior))
    given, slopes = fit.value(theta, slopes=True)
    before, converged = given, False
    normal = precision
    for turn in range(iterations):
        r = residual(given)
        weight = np.minimum(1.0, HUBER / np.maximum(np.abs(r), 1e-12)) * counted
        scaled = slopes / sd[:, None]
        normal = scaled.T @ (scaled * weight[:, None]) + precision
        step = np.linalg.solve(normal, scaled.T @ (weight * r) - precision @ theta)
        sure = np.sqrt(np.diag(np.linalg.inv(normal)))
        if np.abs(step / sure).max(initial=0.0) < _SMALL:
            converged = True
            break
        now, length = cost(theta, r), 1.0
        for _ in range(_HALVINGS):
            trial = theta + length * step
            attempt, _ = fit.value(trial)
            if cost(trial, residual(attempt)) < now:
                break
            length /= 2.0
        else:
            converged = True  # no better place along the step
            break
        theta = trial
        given, slopes = fit.value(theta, slopes=True)
        if progress is not None:
            progress("calibration", (turn + 1) / iterations)
    r = residual(given)
    weight = np.asarray(np.minimum(1.0, HUBER / np.maximum(np.abs(r), 1e-12)) * counted)
    free = max(int(counted.sum()) - len(prior), 1)
    scale = float(np.sqrt((weight * r * r).sum() / free)) if counted.sum() > len(prior) else 1.0
    return Fit(
        theta, np.asarray(np.linalg.inv(normal), float), before, given, weight, scale, converged
    )
