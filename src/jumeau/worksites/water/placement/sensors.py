# SPDX-License-Identifier: EUPL-1.2
"""Candidates for sensors on a network of the twin, and what each would be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.analyses.sensitivity import sensitivity
from jumeau.worksites.water.placement.greedy import Placed, place
from jumeau.worksites.water.times import HOUR, times_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

MOST = 600
"""Candidates looked at: beyond, one junction in so many."""
MORNING = 7 * HOUR
"""Moment of the day whose derivative is taken: people draw, head losses tell leaks apart [s]."""


def best_sensors(
    net: Network, present: list[str], breaks: dict[str, float], *, flow: float, noise: float,
    count: int,
) -> list[tuple[str, Placed]]:  # fmt: skip
    """Return the junctions where a further pressure sensor spares the most water.

    Parameters
    ----------
    net : Network
        The network.
    present : list of str
        Nodes that have a sensor of pressure.
    breaks : dict of str to float
        Leaks expected on each pipe in a year [1/yr].
    flow : float
        Flow of a usual leak [m³/h].
    noise : float
        Standard deviation of the mean of a day [m].
    count : int
        Sensors wanted at most.

    Returns
    -------
    list of (str, Placed)
        Junctions, the best first.

    Raises
    ------
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.
    """
    junctions = [str(it) for it in net.junctions.index]
    every = max(1, -(-len(junctions) // MOST))
    free = [name for name in junctions[::every] if name not in set(present)]
    known = [name for name in present if name in set(junctions)]
    at = MORNING if times_of(net).duration >= MORNING else 0
    matrix = sensitivity(net, [*free, *known], at_s=at)
    values = np.abs(matrix.to_numpy(float))
    column = {str(name): k for k, name in enumerate(matrix.columns)}
    pipes = [str(it) for it in net.pipes.index]
    ends = net.pipes[["from_node", "to_node"]].to_numpy(object)
    by_pipe = np.column_stack([_mean(values, column, a, b) for a, b in ends])
    weight = np.array([breaks.get(name, 0.0) for name in pipes])
    chosen = place(by_pipe[: len(free)], by_pipe[len(free) :], weight, flow, noise, count)
    return [(free[item.candidate], item) for item in chosen]


def _mean(values: NDArray[np.float64], column: dict[str, int], a: Any, b: Any) -> Any:
    """Return the effect of a leak in the middle of a pipe: the mean of those at its ends."""
    known = [values[:, column[str(end)]] for end in (a, b) if str(end) in column]
    return np.nanmean(known, axis=0) if known else np.zeros(len(values))
