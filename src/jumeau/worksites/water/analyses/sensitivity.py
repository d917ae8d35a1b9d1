# SPDX-License-Identifier: EUPL-1.2
"""How the pressure of some nodes changes by the water drawn anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.analyses.moment import checked_names, moment
from jumeau.worksites.water.analyses.tangent import tangent
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    import pandas as pd


def sensitivity(net: Network, nodes: Iterable[str], *, at_s: float = 0) -> pd.DataFrame:
    """Compute the sensitivity of pressures to demands and leaks (adjoint of the global gradient).

    Parameters
    ----------
    net : Network
        The network.
    nodes : iterable of str
        Nodes whose pressure is looked at, sensors for instance.
    at_s : float
        Time, within the duration [s].

    Returns
    -------
    DataFrame
        A row a node asked for, a column a junction: change of the pressure by 1 m³/h more drawn
        there at that time [m per m³/h], negative where drawing lowers it. Levels of tanks,
        statuses and settings are those of the moment. 0 for tanks and reservoirs, NaN where no
        open link comes from one of them.

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for an unknown node.
    InvalidError
        ``JUM-H071`` when the time is not within the duration.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.

    Notes
    -----
    With A the derivative of the water entering the junctions by the heads, the row of node s is
    −eₛᵀ·A⁻¹: one factorisation and one substitution a node asked for, whatever the size of the
    network. Valves that hold a pressure or a flow border A; emitters, pressure-driven demand and
    leakage add to its diagonal. A derivative holds as long as no valve, pump or check valve
    changes its status.

    References
    ----------
    Todini and Pilati (1988), A gradient algorithm for the analysis of pipe networks; Piller,
    Elhay, Deuerlein and Simpson (2017), Local sensitivity of pressure-driven modeling and
    demand-driven modeling steady-state solutions.
    """
    import pandas as pd

    asked = checked_names(nodes, net.node_ids(), "node")
    found = tangent(net, moment(net, at_s))
    place = {name: k for k, name in enumerate(found.nodes)}
    rows = np.zeros((len(asked), found.size()))
    for row, name in enumerate(asked):
        if place[name] < found.junctions:
            rows[row, place[name]] = 1.0
    values = found.adjoint(rows) * FOOT / found.unit
    values[:, ~found.reached[: found.junctions]] = np.nan
    values[[not found.reached[place[name]] for name in asked]] = np.nan
    return pd.DataFrame(
        values,
        index=pd.Index(asked, name="node", dtype=object),
        columns=pd.Index(found.nodes[: found.junctions], name="junction", dtype=object),
    )
