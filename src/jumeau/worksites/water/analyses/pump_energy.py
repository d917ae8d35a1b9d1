# SPDX-License-Identifier: EUPL-1.2
"""Electricity of pumps: power by flow, head and efficiency, summed over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water import epanet
from jumeau.worksites.water.analyses import moment
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.times import DAY, HOUR, times_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.solution import Solution

    Floats = NDArray[np.float64]

GRAVITY = 9.80665
"""Standard gravity [m/s²]; water weighs 1,000 kg/m³ times the specific gravity."""
EFFICIENCY = 75.0
"""Efficiency of a pump where a network says nothing, EPANET's own [%]."""
DAYS = 365.25
"""Of a mean year."""
COLUMNS = (
    "energy_kwh", "energy_kwh_day", "energy_kwh_year", "volume_m3", "specific_kwh_m3",
    "mean_power_kw", "peak_power_kw", "efficiency", "running_share",
)  # fmt: skip


def pump_energy(
    net: Network, solution: Solution | None = None, *, scenario: int = 0
) -> pd.DataFrame:
    """Compute the electricity that pumps use (hydraulic power over efficiency).

    Parameters
    ----------
    net : Network
        The network. Efficiencies are those of its section ``[ENERGY]``: a curve by pump [%, by
        m³/h], else the global one, else 75 %.
    solution : Solution, optional
        Flows and heads to count from, at the times of its report, speeds being those of the
        table. EPANET runs the network's own duration by default, and every step it takes counts
        with the speed of that step.
    scenario : int
        Scenario of the solution.

    Returns
    -------
    DataFrame
        A row a pump: ``energy_kwh`` over the duration (over an hour, without duration),
        ``energy_kwh_day``, ``energy_kwh_year`` at that rate, ``volume_m3`` pumped,
        ``specific_kwh_m3``, ``mean_power_kw`` and ``efficiency`` [-] while it runs,
        ``peak_power_kw``, ``running_share`` of the time [-]. NaN where a pump never runs.

    Raises
    ------
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.
    InvalidError
        ``JUM-H072`` for a scenario that the solution has not.

    Notes
    -----
    P = ρ·g·q·h/η [kW with q in m³/s, h in m]; with a curve, η at speed ω is
    1 − (1 − η(q/ω))·(1/ω)^0.1, held between 1 and 100 %. The specific energy is energy over
    volume; EPANET's report has the mean over time of power over flow, which slow hours raise.

    References
    ----------
    EPANET 2.2 User Manual, 3.1 and 12.1 (energy of pumps); Sarbu and Borza (1998), Energetic
    optimization of water pumping in distribution systems, for the efficiency at another speed.
    """
    import pandas as pd

    if solution is None:
        span, flow, lift, speed = _run(net)
    else:
        span, flow, lift, speed = _given(net, solution, scenario)
    ids = list(net.pumps.index)
    rows = np.empty((len(ids), len(COLUMNS)))
    total = float(span.sum())
    for k, name in enumerate(ids):
        on = (flow[:, k] > 0.0) & (speed[:, k] > 0.0)
        eta = efficiency(net, name, flow[:, k], np.where(on, speed[:, k], 1.0))
        gravity = GRAVITY * net.units.gravity
        power = np.where(on, gravity * flow[:, k] / HOUR * np.abs(lift[:, k]) / eta, 0.0)
        energy, ran = float(power @ span) / HOUR, float(span @ on)
        water = float(np.where(on, flow[:, k], 0.0) @ span) / HOUR
        rows[k] = (
            energy, energy * DAY / total, energy * DAY / total * DAYS, water,
            energy / water if water else np.nan, energy * HOUR / ran if ran else np.nan,
            power.max(), float(np.where(on, eta, 0.0) @ span) / ran if ran else np.nan,
            ran / total,
        )  # fmt: skip
    return pd.DataFrame(rows, index=pd.Index(ids, name="pump", dtype=object), columns=[*COLUMNS])


def efficiency(net: Network, pump: str, flow: Floats, speed: Floats) -> Floats:
    """Return the efficiency of a pump at flows [m³/h] and relative speeds [-]."""
    share, curve = efficiencies(net).get(pump, (_whole(net), ""))
    eta = np.full(len(flow), share)
    if curve:
        row = net.curves.loc[curve]
        eta = np.interp(flow / speed, row["x"], row["y"]) / 100.0
        eta = 1.0 - (1.0 - eta) * (1.0 / speed) ** 0.1
    return np.asarray(np.clip(eta, 0.01, 1.0))


def efficiencies(net: Network) -> dict[str, tuple[float, str]]:
    """Return the pumps that ``[ENERGY]`` names: a share of 1, or the name of a curve."""
    found: dict[str, tuple[float, str]] = {}
    for words in _energy(net):
        if len(words) > 3 and words[0].upper().startswith("PUMP") and _is(words[2]):
            known = words[3] in net.curves.index
            found[words[1]] = (_whole(net), words[3]) if known else (_whole(net), "")
    return found


def _whole(net: Network) -> float:
    """Return the efficiency of pumps without a curve [-]."""
    value = EFFICIENCY
    for words in _energy(net):
        if len(words) > 2 and words[0].upper().startswith("GLOB") and _is(words[1]):
            value = float(words[2])
    return value / 100.0


def _is(word: str) -> bool:
    return word.upper().startswith("EFFI")


def _energy(net: Network) -> list[list[str]]:
    return [it.tokens for it in net.document.lines("ENERGY")] if net.document is not None else []


def _ends(net: Network, nodes: list[str]) -> tuple[list[int], list[int]]:
    place = {name: k for k, name in enumerate(nodes)}
    pumps = net.pumps
    return [place[n] for n in pumps["from_node"]], [place[n] for n in pumps["to_node"]]


def _given(
    net: Network, solution: Solution, scenario: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return durations [s], flows [m³/h], lifts [m] and speeds by time and pump."""
    from jumeau.base.errors import error

    if not 0 <= scenario < len(solution.head):
        raise error("JUM-H072", name="scenario", value=scenario)
    first, second = _ends(net, solution.nodes)
    links = [solution.links.index(name) for name in net.pumps.index]
    head = solution.head[scenario]
    span = np.diff(solution.time_s).astype(float) if len(solution.time_s) > 1 else np.array([HOUR])
    n = len(span)
    flow = solution.flow[scenario][:n, links]
    speed = np.tile(net.pumps["speed"].to_numpy(), (n, 1))
    return span.astype(float), flow, (head[:, second] - head[:, first])[:n], speed


def _run(net: Network) -> tuple[Floats, Floats, Floats, Floats]:
    """Run EPANET; return the same at each of its steps."""
    times = times_of(net)
    clock: list[int] = []
    found: list[Any] = []
    with epanet.opened(moment.lasting(net), times) as run:
        first, second = _ends(net, run.nodes)
        links = [run.links.index(name) for name in net.pumps.index]
        for now in moment.steps(run):
            head = moment.values(run, "node", run.tk.HEAD) * net.units.length
            flow = moment.values(run, "link", run.tk.FLOW)[links] * net.units.flow
            speed = moment.values(run, "link", run.tk.SETTING)[links]
            clock.append(now)
            found.append((flow, head[second] - head[first], speed))
    flow, lift, speed = (np.array([row[n] for row in found]) for n in range(3))
    if len(clock) == 1:
        return np.array([float(HOUR)]), flow, lift, speed
    span = np.diff([*clock[:-1], min(clock[-1], times.duration)]).astype(float)
    return span, flow[:-1], lift[:-1], speed[:-1]
