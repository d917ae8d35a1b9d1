# SPDX-License-Identifier: EUPL-1.2
"""Hour by hour: the rows of ``water_series``, one for each element and quantity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.network import LINKS, NODES
from jumeau.worksites.water.times import HOUR, times_of
from jumeau.worksites.water.twin_rows import TABLES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.diagnosis import Studied

DIGITS = {"pressure_m": 2, "head_m": 2, "flow_m3_h": 3, "velocity_m_s": 3, "age_h": 2}
"""Decimals kept."""
BOUNDS = (0.05, 0.95)
"""Quantiles of the draws that make the bounds."""


def quantiles(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the bounds of draws, (2, …), those that failed left out.

    Parameters
    ----------
    values : (draws, …) array
        Draws; NaN for one that is not known.
    """
    reduce = np.nanquantile if np.isnan(values).any() else np.quantile
    return np.asarray(reduce(values, BOUNDS, axis=0), dtype=np.float64)


def table(studied: Sequence[Studied]) -> pd.DataFrame:
    """Return the rows of ``water_series`` of networks.

    Parameters
    ----------
    studied : sequence of Studied
        Networks computed.

    Returns
    -------
    DataFrame
        Pressures of junctions and tanks [m] with their bounds, heads of tanks and sources [m],
        flows of links [m³/h], velocities of pipes [m/s], ages at nodes on the last day [h]. Of a
        pipe cut at a branch, the first part is told.
    """
    import pandas as pd

    names = ("network_id", "table", "entity", "quantity", "step_s", "start_s", "values", "low",
             "high")  # fmt: skip
    rows = [row for found in studied for row in _rows(found)]
    return pd.DataFrame(rows, columns=list(names))


def _rows(found: Studied) -> Iterator[dict[str, Any]]:
    solution, net, reading = found.solution, found.net, found.reading
    start = times_of(net).clock
    node = {name: k for k, name in enumerate(solution.nodes)}
    link = {name: k for k, name in enumerate(solution.links)}
    bounds = None
    if found.draws is not None:
        bounds = quantiles(found.draws.pressure)
    aged = {} if found.age is None else {name: k for k, name in enumerate(found.age.nodes)}

    def row(target: str, twin: str, quantity: str, values: NDArray[Any], *around: NDArray[Any]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        low, high = around or (None, None)
        digits = DIGITS[quantity]
        return {
            "network_id": reading.network or None, "table": target, "entity": twin,
            "quantity": quantity, "step_s": float(HOUR), "start_s": float(start),
            "values": _plain(values, digits),
            "low": None if low is None else _plain(np.fmin(low, values), digits),
            "high": None if high is None else _plain(np.fmax(high, values), digits),
        }  # fmt: skip

    for name in NODES:
        target = TABLES[name]
        for own in map(str, getattr(net, name).index):
            twin = reading.nodes.to_twin.get(own)
            if twin is None:
                continue
            k = node[own]
            if name != "junctions":
                yield row(target, twin, "head_m", solution.head[0][:, k])
            if name != "reservoirs":
                around = () if bounds is None else (bounds[0][:, k], bounds[1][:, k])
                yield row(target, twin, "pressure_m", solution.pressure[0][:, k], *around)
            if own in aged and found.age is not None and name != "reservoirs":
                yield row(target, twin, "age_h", found.age.hours[-25:, aged[own]])
    place = {str(own): k for k, own in enumerate(net.pipes.index)}
    told: set[str] = set()
    for name in LINKS:
        target = TABLES[name]
        for own in map(str, getattr(net, name).index):
            twin = reading.links.to_twin.get(own, own)
            if twin in told:
                continue
            told.add(twin)
            yield row(target, twin, "flow_m3_h", solution.flow[0][:, link[own]])
            if name == "pipes":
                yield row(target, twin, "velocity_m_s", found.velocity[:, place[own]])


def _plain(values: NDArray[Any], digits: int) -> list[float | None]:
    """Return numbers rounded, ``None`` for those that are not known."""
    rounded = np.round(np.asarray(values, dtype=np.float64), digits) + 0.0
    return [it if math.isfinite(it) else None for it in rounded.tolist()]
