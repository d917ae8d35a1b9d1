# SPDX-License-Identifier: EUPL-1.2
"""What the model does not know: pipes, shares of demand, biases; and the noise of a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.areas import Layout
    from jumeau.worksites.water.leaks.nights import Nights
    from jumeau.worksites.water.leaks.states import Slopes

    Floats = NDArray[np.float64]

RESISTANCE_SD = 0.15
"""Of the logarithm of a pipe's resistance [-]."""
DEMAND_SD = 0.08
"""Of the logarithm of a node's share of demand [-]."""
BIAS_SD = 0.05
"""Of the bias of a pressure sensor, altitude included [m]."""
METER_SD = 0.01
"""Of the relative bias of a flow meter against the model [-]."""
SHARE_SD = 0.05
"""Of the logarithm of what nodes without meter draw, known from the training period [-]."""
FLOOR_M, FLOOR_FLOW, FLOOR_BALANCE = 0.002, 0.05, 0.05
"""Least noise of the mean of a window [m], [m³/h], [m³/h]."""
OFTEN = 0.5
"""Share of the days from which the noise of an observation is estimated."""
NIGHT_SD = 0.05
"""Of the night flow of the training period, how well it is known [-]."""
OPEN_SD = 0.15
"""Of the use of an area whose inflow is not measured, window by window [-]."""


@dataclass(frozen=True)
class Response:
    """Linear response of the observations of one state.

    Parameters
    ----------
    leak : (observed, junctions) array
        By 1 m³/h of leak at a junction [m or m³/h per m³/h].
    error : (observed, parameters) array
        By one standard deviation of what is unknown of the model.
    loose : (observed, areas open) array
        By one standard deviation of the use of an area that is not measured.
    """

    leak: Floats
    error: Floats
    loose: Floats


def response(
    it: Layout, slopes: Slopes, row: int, demand: Floats, flow: Floats, balances: int, nodes: int,
    nights: Sequence[Nights] = (), quiet: int = 0,
) -> Response:  # fmt: skip
    """Return the response of one state, what enters measured areas being kept.

    Parameters
    ----------
    it : Layout
        The areas.
    slopes : Slopes
        Derivatives at the states.
    row : int
        The state.
    demand : (junctions,) array
        Drawn there, leaks left out [m³/h].
    flow : (meters observed,) array
        Flow of the meters that are compared [m³/h].
    balances : int
        Number of areas whose balance is observed.
    nodes : int
        Pressure sensors.
    nights : sequence of Nights
        Night flows observed in this window.
    quiet : int
        Number of night flows observed in some window.
    """
    put, pipes = slopes.put[row], slopes.resistance[row]
    observed, nj = put.shape
    told = observed + balances
    wide = told + quiet
    leak = np.zeros((wide, nj))
    leak[:observed] = -put
    by_node = np.zeros((wide, nj))
    loose = []
    shares = []
    number = 0
    for area in it.areas:
        mine = area.nodes
        rest = np.setdiff1d(mine, area.metered)
        by_node[:observed, rest] = -put[:, rest] * demand[rest]
        if area.closed and area.covered:
            leak[observed + number, mine] = 1.0
            by_node[observed + number, rest] = demand[rest]
            shares.append(by_node[:, rest].sum(axis=1) * SHARE_SD)
            number += 1
        elif area.closed:
            weight = demand[rest] / max(demand[rest].sum(), 1e-9)
            mean = put[:, rest] @ weight
            leak[:observed, mine] += mean[:, None]
            by_node[:observed, rest] += mean[:, None] * demand[rest]
        else:
            column = np.zeros(wide)
            column[:observed] = -(put[:, rest] @ demand[rest]) * OPEN_SD
            loose.append(column)
    bias = np.zeros((wide, observed))
    bias[np.arange(nodes), np.arange(nodes)] = BIAS_SD
    at = np.arange(nodes, observed)
    bias[at, at] = METER_SD * np.maximum(np.abs(flow), 1.0)
    by_pipe = np.zeros((wide, pipes.shape[1]))
    by_pipe[:observed] = pipes * RESISTANCE_SD
    columns = [by_pipe, by_node * DEMAND_SD, bias]
    if shares:
        columns.append(np.array(shares).T)
    still = np.zeros((wide, quiet))
    for number, night in enumerate(nights):
        leak[told + number, it.areas[night.area].nodes] = 1.0 - night.share
        still[told + number, number] = NIGHT_SD * night.usual
    columns.append(still)
    return Response(leak, np.concatenate(columns, axis=1),
                    np.array(loose).T if loose else np.zeros((wide, 0)))  # fmt: skip


def floors(nodes: int, flows: int, balances: int) -> Floats:
    """Return the least standard deviation of the mean of a window, by observation."""
    return np.concatenate([
        np.full(nodes, FLOOR_M), np.full(flows, FLOOR_FLOW), np.full(balances, FLOOR_BALANCE)
    ])  # fmt: skip


def noise(residual: Floats, prior: Floats, floor: Floats, pseudo: float = 20.0) -> Floats:
    """Return the covariance of the noise of a window, from differences of successive days.

    Parameters
    ----------
    residual : (days, observed) array
        Measured less computed; NaN where nothing is known.
    prior : (observed, observed) array
        Covariance from the noise of demands, up to a scale.
    floor : (observed,) array
        Least standard deviation.
    pseudo : float
        Days that the prior is worth.

    Notes
    -----
    Half the covariance of differences, days whose difference is far out counting less: leaks begin
    and end on few days. A heavy tail counts by its weight (Huber's).
    """
    change = np.diff(residual, axis=0) / np.sqrt(2.0)
    base = prior + np.diag(floor**2)
    seen = np.isfinite(change).mean(axis=0) > OFTEN if len(change) else np.zeros(len(floor), bool)
    change = change[:, seen]
    change = change[np.isfinite(change).all(axis=1)]
    if len(change) < 3 or not seen.any():
        return base
    sd = np.maximum(1.4826 * np.median(np.abs(change), axis=0), floor[seen])
    typical = np.diag(prior)[seen] + floor[seen] ** 2
    scale = float(np.median(sd / np.sqrt(typical))) ** 2
    out = np.diag(np.diag(prior) * scale + floor**2)  # of what is seldom there
    block = np.ix_(seen, seen)
    scaled = prior[block] * scale + np.diag(floor[seen] ** 2)
    found = scaled
    for _ in range(3):
        far = np.einsum("ij,jk,ik->i", change, np.linalg.inv(found), change) / seen.sum()
        weight = np.minimum(1.0, 2.0 / np.maximum(far, 1e-12))
        total = (change * weight[:, None]).T @ change
        found = (total + pseudo * scaled) / (weight.sum() + pseudo)
        found += np.diag(floor[seen] ** 2) * 0.1
    out[block] = found
    return out
