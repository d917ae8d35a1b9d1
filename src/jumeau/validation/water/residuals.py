# SPDX-License-Identifier: EUPL-1.2
"""Mass at the junctions and energy along the pipes, computed anew from an answer.

The laws are written a second time, in plain NumPy, with EPANET's constants (EPANET 2.2 User
Manual, chapter 12): Hazen-Williams, Darcy-Weisbach with Hagen-Poiseuille below a Reynolds number of
2000, Dunlop's cubic up to 4000 and Swamee-Jain above.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.water import networks
from jumeau.validation.water.study import Figure, Study, precise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.solution import Solution

    Floats = NDArray[np.float64]

FOOT, INCH = 0.3048, 25.4
SMALL = 1e-6
"""Largest accepted residual: share of what flows in the links, share of the range of heads."""
PER_CFS = {"GPM": 448.831, "LPS": 28.317, "CMH": 101.94}
"""Units of flow of the judged networks in a cubic foot a second, as EPANET has them."""
LEAST = 1e-7
"""Gradient of head loss under which EPANET takes a straight line [ft/cfs]."""
VISCOSITY = 1.1e-5
"""[ft²/s]."""
SOURCE = "conservation of mass and energy at every time of the report; engine run to 1e-5"


def demand(net: Network, time_s: int, nodes: list[str]) -> Floats:
    """Return what each node takes at a time [m³/h], emitters not included."""
    import numpy as np

    from jumeau.worksites.water.times import times_of

    times = times_of(net)
    period = (time_s + times.pattern_start) // times.pattern
    usual = net.options.get("PATTERN", "1").split()[0]
    profiles: dict[str, tuple[float, ...]] = dict(net.patterns["multipliers"])
    factor = float(net.options.get("DEMAND MULTIPLIER", "1"))
    several = set(net.demands["junction"])
    rows = [
        (name, base, pattern)
        for name, base, pattern in zip(
            net.junctions.index, net.junctions["demand_m3_h"], net.junctions["pattern"], strict=True
        )
        if name not in several
    ]
    rows += list(zip(*(net.demands[it] for it in ("junction", "demand_m3_h", "pattern")),
                     strict=True))  # fmt: skip
    at = {name: k for k, name in enumerate(nodes)}
    taken = np.zeros(len(nodes))
    for name, base, pattern in rows:
        values = profiles.get(pattern or usual) or profiles.get(usual, (1.0,))
        taken[at[name]] += base * factor * values[period % len(values)]
    return taken


def mass(net: Network, answer: Solution) -> float:
    """Return the largest imbalance of a junction, in shares of what flows in the links [-].

    A closed link counts for nothing, although the engines let the difference of heads in ft times
    1e-8 ft³/s through it so that the matrix keeps a solution.
    """
    import numpy as np

    at = {name: k for k, name in enumerate(answer.nodes)}
    ends = {
        name: (at[a], at[b])
        for table in (net.pipes, net.pumps, net.valves)
        for name, a, b in zip(table.index, table["from_node"], table["to_node"], strict=True)
    }
    first, second = np.array([ends[name] for name in answer.links]).T
    junctions = np.array([name in net.junctions.index for name in answer.nodes])
    worst = 0.0
    for row, time in enumerate(answer.time_s.tolist()):
        taken = demand(net, time, answer.nodes)
        left = -taken
        np.add.at(left, second, answer.flow[0, row])
        np.subtract.at(left, first, answer.flow[0, row])
        through = np.abs(answer.flow[0, row]).sum()
        worst = max(worst, float(np.abs(left[junctions]).max() / through))
    return worst


def loss(net: Network, names: list[str], flow: Floats) -> Floats:
    """Return the head loss of pipes at flows [m]; the last axis of ``flow`` is that of the pipes.

    Parameters
    ----------
    net : Network
        The network, by Hazen-Williams or Darcy-Weisbach.
    names : list of str
        Pipes.
    flow : (…, pipes) array
        From the first node to the second [m³/h].
    """
    import numpy as np

    rows = net.pipes.loc[names]
    per_cfs = PER_CFS[net.units.flow_unit] * net.units.flow
    q = np.abs(flow) / per_cfs
    length = rows["length_m"].to_numpy() / FOOT
    size = rows["diameter_mm"].to_numpy()
    d = size / INCH / 12.0 if net.units.customary else size / 1000.0 / FOOT
    minor = 0.02517 * rows["minor_loss"].to_numpy() / d**4
    rough = rows["roughness"].to_numpy()
    if net.units.headloss == "H-W":
        r = 4.727 * length / rough**1.852 / d**4.871
        along = r * q**1.852
        along = np.where(1.852 * r * q**0.852 < LEAST, LEAST * q / 1.852, along)
    else:
        r = length / 2.0 / 32.2 / d / (np.pi * d * d / 4.0) ** 2
        reynolds = 4.0 * np.maximum(q, 1e-30) / np.pi / d / VISCOSITY
        along = np.asarray(friction(rough / 1000.0 / FOOT / d, reynolds)) * r * q * q
    return np.asarray(np.sign(flow) * (along + minor * q * q) * FOOT)


def friction(rough: Floats, reynolds: Floats) -> Floats:
    """Return Darcy's factor for a relative roughness and a Reynolds number [-]."""
    import numpy as np

    def jain(at: Floats | float) -> Floats:
        inside = rough / 3.7 + 5.74 / np.asarray(at) ** 0.9
        return np.asarray(0.25 / np.log10(inside) ** 2)

    y2 = rough / 3.7 + 5.74 / 4000.0**0.9
    y3 = -0.86859 * np.log(y2)
    fa = 1.0 / y3**2
    fb = fa * (2.0 - 0.00514215 / (y2 * y3))
    x = reynolds / 2000.0
    cubic = (7.0 * fa - fb) + x * ((0.128 - 17.0 * fa + 2.5 * fb) + x * (
        (-0.128 + 13.0 * fa - 2.0 * fb) + x * (0.032 - 3.0 * fa + 0.5 * fb)))  # fmt: skip
    between = np.where(reynolds < 4000.0, cubic, jain(reynolds))
    return np.asarray(np.where(reynolds <= 2000.0, 64.0 / reynolds, between))


def energy(net: Network, answer: Solution) -> float:
    """Return by how much heads miss the head loss of a pipe, in shares of the range of heads [-].

    The largest of all pipes with water in them at all times.
    """
    import numpy as np

    at = {name: k for k, name in enumerate(answer.nodes)}
    place = {name: k for k, name in enumerate(answer.links)}
    names = list(net.pipes.index)
    first = [at[name] for name in net.pipes["from_node"]]
    second = [at[name] for name in net.pipes["to_node"]]
    flow = answer.flow[0][:, [place[name] for name in names]]
    fall = answer.head[0][:, first] - answer.head[0][:, second]
    off = np.abs(fall - loss(net, names, flow))
    return float(np.where(flow != 0.0, off, 0.0).max() / np.ptp(answer.head[0]))


@cache
def _answer(path: Path) -> tuple[Network, Solution]:
    from jumeau.worksites import water

    net = precise(water.read_inp(path))
    return net, water.solve(net, engine="batched")


def _masses() -> dict[str, float]:
    return {name: mass(*_answer(path)) for name, path in networks.located().items()}


def _energies() -> dict[str, float]:
    return {name: energy(*_answer(path)) for name, path in networks.located().items()}


def studies() -> Iterator[Study]:
    """Yield the residuals of the judged networks."""
    complete = len(networks.located()) == len(networks.JUDGED)
    for name, compute in (
        ("mass at the junctions", _masses),
        ("energy along the pipes", _energies),
    ):
        yield Study(
            name, "batched", compute if complete else None,
            tuple(Figure(it, 0.0, SMALL, "") for it in networks.JUDGED), SOURCE,
            "networks in the wheels of epyt (EUPL-1.2) and wntr (BSD-3), not shipped",
        )  # fmt: skip
