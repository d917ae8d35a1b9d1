# SPDX-License-Identifier: EUPL-1.2
"""What a hydraulic computation answers, and what it may be asked to change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.water.network import LINKS, NODES, Network

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHANGES = ("demand", "emitter", "status", "setting", "roughness")
"""What a scenario may change."""
Scenario = Mapping[str, Mapping[str, float]]
_LEAST = {"demand": -1e300, "emitter": 0.0, "setting": 0.0, "roughness": 1e-300, "status": math.inf}
"""Least plain number that a change may have; what is less, or no float, is looked at closely."""


@dataclass(frozen=True)
class Solution:
    """Heads, pressures and flows of scenarios in time.

    Parameters
    ----------
    head, pressure : (scenarios, times, nodes) float64 arrays
        Head [m]; head less elevation [m of water].
    flow : (scenarios, times, links) float64 array
        From the first to the second node of a link [m³/h].
    nodes, links : list of str
        In EPANET's order.
    time_s : (times,) int64 array
        Times of the report [s].
    engine : str
        "epanet" or "batched", and why when it was not the one asked for.
    warnings : list of str
        What the engine said, scenario and time named.
    """

    head: NDArray[np.float64]
    pressure: NDArray[np.float64]
    flow: NDArray[np.float64]
    nodes: list[str]
    links: list[str]
    time_s: NDArray[np.int64]
    engine: str
    warnings: list[str] = field(default_factory=list)


def checked(
    net: Network, scenarios: Sequence[Scenario] | None
) -> list[dict[str, dict[str, float]]]:
    """Return scenarios as dicts of known names and finite numbers, one of no change by default.

    Changes come in the order of :data:`CHANGES`; what is closed has no setting.

    Raises
    ------
    InvalidError
        ``JUM-H010`` for a value that is not allowed.
    UnknownNameError
        ``JUM-H011`` for an unknown change, node or link.
    """
    if scenarios is None:
        return [{}]
    tables = {
        "demand": ["junctions"],
        "emitter": ["junctions"],
        "status": list(LINKS),
        "setting": ["pumps", "valves"],
        "roughness": ["pipes"],
    }
    known = {
        change: {name for table in names for name in getattr(net, table).index}
        for change, names in tables.items()
    }
    out = []
    for number, scenario in enumerate(scenarios):
        if not isinstance(scenario, Mapping):
            raise error("JUM-H010", number=number, name="", value=repr(scenario)[:40])
        clean: dict[str, dict[str, float]] = {}
        for change, values in scenario.items():
            if change not in known:
                raise error("JUM-H011", number=number, name=change, known=list(CHANGES),
                            suggestion=did_you_mean(change, CHANGES))  # fmt: skip
            names, least, kept = known[change], _LEAST[change], {}
            for name, value in values.items():
                if name not in names:
                    raise error("JUM-H011", number=number, name=name, known=tables[change],
                                suggestion=did_you_mean(str(name), names))  # fmt: skip
                plain = type(value) is float and least <= value < math.inf
                kept[name] = value if plain else _allowed(change, name, value, number)
            if kept:
                clean[change] = kept
        shut = {name for name, value in clean.get("status", {}).items() if value == 0.0}
        if "setting" in clean and shut:
            running = {name: it for name, it in clean["setting"].items() if name not in shut}
            clean["setting"] = running
        out.append({change: clean[change] for change in CHANGES if change in clean})
    return out


def _allowed(change: str, name: str, value: Any, number: int) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = math.nan
    fine = math.isfinite(amount)
    fine &= change not in ("emitter", "setting") or amount >= 0.0
    fine &= change != "roughness" or amount > 0.0
    fine &= change != "status" or amount in (0.0, 1.0)
    if not fine:
        raise error("JUM-H010", number=number, name=f"{change} {name}", value=repr(value)[:40])
    return amount


def elevations(net: Network, nodes: Sequence[str]) -> NDArray[np.float64]:
    """Return the elevation of each node, the head of a reservoir [m]."""
    import numpy as np

    columns = ("elevation_m", "head_m", "elevation_m")
    where = {
        name: value
        for table, column in zip(NODES, columns, strict=True)
        for name, value in getattr(net, table)[column].items()
    }
    return np.array([where[name] for name in nodes])
