# SPDX-License-Identifier: EUPL-1.2
"""What the model expects where it is measured: means, and how they follow the demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import JumeauError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

HOURS = 24


@dataclass(frozen=True)
class Expected:
    """A nominal day of the network.

    Parameters
    ----------
    pressure, head : (hours, pressure sensors) float64 arrays
        [m].
    flow : (hours, flow meters) float64 array
        [m³/h].
    level : (tanks, 2) float64 array
        Least and greatest level [m].
    meter : (meters,) float64 array
        Mean demand [l/h].
    """

    pressure: Floats
    head: Floats
    flow: Floats
    level: Floats
    meter: Floats


def expected(
    net: Network,
    pressures: Sequence[str],
    flows: Sequence[str],
    levels: Sequence[str],
    meters: Sequence[str],
) -> Expected | None:
    """Compute a day of the network as its file describes it, hour by hour (EPANET).

    Returns
    -------
    Expected or None
        ``None`` when the network cannot be computed.
    """
    from jumeau.worksites.water.hydraulics import solve

    try:
        answer = solve(net, HOURS * 3600, 3600)
    except JumeauError:
        return None
    node = {name: rank for rank, name in enumerate(answer.nodes)}
    link = {name: rank for rank, name in enumerate(answer.links)}
    at = [node[name] for name in pressures]
    through = [link[name] for name in flows]
    tanks = net.tanks.loc[list(levels), ["minimum_level_m", "maximum_level_m"]]
    demand = net.junctions.demand_m3_h.loc[list(meters)].to_numpy(float)
    return Expected(
        pressure=answer.pressure[0][:HOURS, at],
        head=answer.head[0][:HOURS, at],
        flow=answer.flow[0][:HOURS, through],
        level=tanks.to_numpy(float).reshape(-1, 2),
        meter=1000.0 * demand,
    )
