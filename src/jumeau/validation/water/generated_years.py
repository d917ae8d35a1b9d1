# SPDX-License-Identifier: EUPL-1.2
"""Other years than the published one: leaks, demands and a network drawn anew, seen by sensors.

The real network differs from the model by its roughness, its diameters and the share of each
customer; consumption follows a season, a week and a day that are drawn too, with noise at every
node; holes open at once or grow, some are repaired and some run on. EPANET computes it every five
minutes, sensors read and round. Draws are as wide as those of the regenerated years of L-TOWN.

Leaks: q = 0.75 · π/4 · d² · √(2 g p), d the diameter of the hole; the area of one that grows goes
with the square of the time since it began (Vrachimis et al. 2022).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.validation.water.drawn_demand import Customers, zones_of
from jumeau.validation.water.drawn_leaks import Hole, bearable, draw_holes, openings, truth_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress
    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

STEP = 300
"""Step of the telemetry [s]."""
DAY = 86_400 // STEP
WEEK = 7 * DAY
ROUGHNESS, DIAMETER = 0.10, 0.03
"""Largest difference of a pipe with the model, as a share."""
VERSION = 2
"""Of the years: one kept by another version is made anew."""
_STREAM = 1
_RENEW = 6 * 3600 // STEP
"""Steps after which the opening of a growing hole is set anew."""


class Sensors(NamedTuple):
    """Where the network is watched."""

    pressures: tuple[str, ...]
    flows: tuple[str, ...]
    levels: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()


class Year(NamedTuple):
    """A generated year: what :func:`find_leaks` receives, and what was hidden."""

    net: Network
    """The model, as it was given."""
    pressures: pd.DataFrame
    """[m]"""
    flows: pd.DataFrame
    """[m³/h]"""
    levels: pd.DataFrame
    """[m]"""
    meters: pd.DataFrame
    """[l/h]"""
    train: tuple[pd.Timestamp, pd.Timestamp]
    """First and last time of the week without leaks."""
    truth: pd.DataFrame
    """Leaks of the judged period, with the columns of ``leaks_2019.csv``."""
    leakflow: pd.DataFrame
    """Their flows over the judged period [m³/h]."""
    every: pd.DataFrame
    """Leaks of the whole record."""


def sensors_of(sensors: dict[str, Any]) -> Sensors:
    """Return the sensors that ``sensors.json`` of the contest lists.

    Parameters
    ----------
    sensors : dict
        ``pressure_sensors, flow_sensors, level_sensors, amrs``.
    """
    keys = ("pressure_sensors", "flow_sensors", "level_sensors", "amrs")
    return Sensors(*(tuple(sensors[key]) for key in keys))


def spread_sensors(net: Network, count: int = 33) -> Sensors:
    """Return sensors for any network: pressures far apart, flows where water enters, tanks, meters.

    Customers are metered where a pump feeds them, in every zone but the largest.

    Parameters
    ----------
    net : Network
        The network.
    count : int
        Number of pressures [-].
    """
    from jumeau.worksites.water.leaks.scoring import pipe_distances

    pipes = list(net.pipes.index)
    sources = {*net.reservoirs.index, *net.tanks.index}
    chosen: list[str] = []
    near: Floats = np.full(len(pipes), np.inf)
    rank = 0
    while len(chosen) < min(count, len(net.junctions)):
        ends = [net.pipes.at[pipes[rank], it] for it in ("to_node", "from_node")]
        free = [str(it) for it in ends if it not in sources and it not in chosen]
        chosen += free[:1]
        away = pipe_distances(net, [pipes[rank]])[pipes].to_numpy()[0]
        near = np.minimum(near, np.where(np.isfinite(away), away, 0.0))
        near[rank] = -1.0
        rank = int(near.argmax())
        if near[rank] < 0:
            break
    entering = [
        name for name, a, b in zip(net.pipes.index, net.pipes["from_node"], net.pipes["to_node"],
                                   strict=True)
        if {a, b} & set(net.reservoirs.index)
    ]  # fmt: skip
    flows = (*entering, *net.pumps.index)
    zones = zones_of(net)
    used = net.junctions["demand_m3_h"].to_numpy(float) > 0.0
    metered = net.junctions.index[used & (zones != np.bincount(zones).argmax())]
    return Sensors(tuple(chosen), tuple(flows), tuple(net.tanks.index), tuple(map(str, metered)))


def generate(
    net: Network, seed: int, sensors: Sensors, folder: Path | None = None, *,
    start: str = "2018-01-01", days: int = 365, history_days: int = 365,
    leaks_a_year: tuple[int, int] = (12, 20), progress: Progress | None = None,
) -> Year:  # fmt: skip
    """Draw a year of a network and its telemetry, and compute it with EPANET.

    Parameters
    ----------
    net : Network
        The model.
    seed : int
        Of every draw; the same seed gives the same year [-].
    sensors : Sensors
        Where pressures, flows, levels and consumptions are read.
    folder : Path, optional
        Where years are kept and found again; computed anew without.
    start : str
        First day of the record.
    days : int
        Length of the judged period, the end of the record [d].
    history_days : int
        Length of what comes before; 0 begins the judged period with the training week [d].
    leaks_a_year : (int, int)
        Least and largest number of leaks that begin in a year [-].
    progress : callable, optional
        Receives ``"hydraulics"`` and the share done.

    Returns
    -------
    Year
        Frames at five minutes, the first week without leaks; truth and flows of the leaks.

    Raises
    ------
    NotComputableError
        ``JUM-H012`` when EPANET cannot compute the network.
    """
    from jumeau.validation.water import kept_years

    asked = {
        "seed": seed, "start": start, "days": days, "history": history_days,
        "leaks": list(leaks_a_year), "sensors": list(map(list, sensors)), "version": VERSION,
        "network": _digest(net),
    }  # fmt: skip
    name = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    place = folder / f"year-{seed}-{name}" if folder else None
    if place is not None and (found := kept_years.read(place, net)) is not None:
        return found
    year = _generate(net, seed, sensors, start, days, history_days, leaks_a_year, progress)
    if place is not None:
        kept_years.write(place, year)
    return year


def _digest(net: Network) -> str:
    import tempfile

    from jumeau.worksites.water.inp_writing import write_inp

    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        path = Path(folder) / "network.inp"
        write_inp(net, path)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def _generate(
    net: Network, seed: int, sensors: Sensors, start: str, days: int, history_days: int,
    leaks_a_year: tuple[int, int], progress: Progress | None,
) -> Year:  # fmt: skip
    import pandas as pd

    rng = np.random.default_rng([seed, _STREAM])
    count = (days + history_days) * DAY
    times = pd.date_range(start, periods=count, freq=f"{STEP}s", name="timestamp")
    holes = bearable(net, draw_holes(net, count, rng, leaks_a_year), count)
    customers = Customers(net, zones_of(net), times[0], count, rng)
    real = _differing(net, holes, rng)
    read = _run(real, customers, holes, sensors, count, progress)
    first = history_days * DAY
    every, seen = truth_of(holes, times, read["leak"], first, STEP)
    flow = pd.DataFrame(
        {hole.pipe: read["leak"][first:, k] for k, hole in enumerate(holes) if seen[k]},
        index=times[first:],
    )
    truth = every[seen].reset_index(drop=True)

    def framed(key: str, names: tuple[str, ...], digits: int) -> pd.DataFrame:
        values = np.round(read[key], digits).astype(np.float32)
        return pd.DataFrame(values, index=times, columns=list(names))

    return Year(
        net, framed("pressure", sensors.pressures, 2), framed("flow", sensors.flows, 2),
        framed("level", sensors.levels, 2), framed("meter", sensors.meters, 1),
        (times[0], times[min(WEEK, count) - 1]), truth, flow, every,
    )  # fmt: skip


def _differing(net: Network, holes: list[Hole], rng: np.random.Generator) -> Network:
    """Return the network as it really is: other pipes, a node at each hole, no pattern yet."""
    import pandas as pd

    from jumeau.worksites.water.network import frame

    real = net.copy()
    size = len(real.pipes)
    real.pipes["roughness"] *= rng.uniform(1 - ROUGHNESS, 1 + ROUGHNESS, size)
    real.pipes["diameter_mm"] *= rng.uniform(1 - DIAMETER, 1 + DIAMETER, size)
    real.demands = real.demands.iloc[:0]
    real.junctions["demand_m3_h"] = 0.0
    real.junctions["pattern"] = ""
    level = {
        **dict(real.junctions["elevation_m"]), **dict(real.tanks["elevation_m"]),
        **dict(real.reservoirs["head_m"]),
    }  # fmt: skip
    nodes, pipes = {}, {}
    for hole in holes:
        row: dict[str, Any] = dict(real.pipes.loc[hole.pipe])
        ends = [row["from_node"], row["to_node"]]
        own = [level[it] for it in ends if it in real.junctions.index]
        nodes[hole.node] = {"elevation_m": float(np.mean(own))}
        half = row["length_m"] / 2
        pipes[f"{hole.node}-pipe"] = row | {"from_node": hole.node, "length_m": half}
        real.pipes.loc[hole.pipe, ["to_node", "length_m"]] = [hole.node, half]
    real.junctions = pd.concat([real.junctions, frame("junctions", nodes)])
    real.pipes = pd.concat([real.pipes, frame("pipes", pipes)])
    real.vertices = real.vertices[~real.vertices["link"].isin([hole.pipe for hole in holes])]
    for name, low, high in zip(real.tanks.index, real.tanks["minimum_level_m"],
                               real.tanks["maximum_level_m"], strict=True):  # fmt: skip
        real.tanks.loc[name, "initial_level_m"] = low + (high - low) * rng.uniform(0.65, 0.95)
    real.times = {"DURATION": "0", "HYDRAULIC TIMESTEP": "0:05", "PATTERN TIMESTEP": "0:05",
                  "REPORT TIMESTEP": "0:05"}  # fmt: skip
    real.options = real.options | {
        "ACCURACY": "0.001", "UNBALANCED": "CONTINUE 20", "EMITTER EXPONENT": "0.5",
        "DEMAND MULTIPLIER": "1",
    }  # fmt: skip
    return real


def _run(
    real: Network, customers: Customers, holes: list[Hole], sensors: Sensors, count: int,
    progress: Progress | None,
) -> dict[str, Floats]:  # fmt: skip
    """Step through the record with EPANET, the demand of each node given week by week."""
    import warnings

    from jumeau.worksites.water import epanet
    from jumeau.worksites.water.solution import elevations
    from jumeau.worksites.water.times import times_of

    metered = [customers.names.index(name) for name in sensors.meters]
    read = {
        key: np.zeros((count, len(names)))
        for key, names in (("pressure", sensors.pressures), ("flow", sensors.flows),
                           ("level", sensors.levels), ("meter", metered), ("leak", holes))
    }  # fmt: skip
    opening = openings(holes, count, _RENEW)
    changes = set(np.nonzero(np.any(np.diff(opening, axis=0) != 0.0, axis=1))[0] + 1) | {0}
    times = times_of(real, (count - 1) * STEP, STEP)
    with epanet.opened(real, times) as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tk, project, unit = run.tk, run.project, real.units
        epanet.call(tk.setreport, project, "MESSAGES NO")
        there, memory = epanet.array(tk, WEEK)
        patterns = [_own_pattern(run, name) for name in customers.names]
        low = elevations(real, run.nodes)
        at, tanks, drilled = (
            np.array([run.node_at[name] - 1 for name in names], np.int64)
            for names in (sensors.pressures, sensors.levels, [hole.node for hole in holes])
        )
        along = [run.link_at[name] - 1 for name in sensors.flows]
        factor = unit.emitter(0.5)
        heads, flows = run.head, run.flow
        epanet.call(tk.openH, project)
        tk.initH(project, tk.NOSAVE)
        row = coming = 0
        while True:
            if coming == row * STEP:
                if row % WEEK == 0:
                    drawn = customers.week(row // WEEK)
                    for pattern, values in zip(patterns, drawn.T / unit.flow, strict=True):
                        memory[: values.size] = values
                        tk.setpattern(project, pattern, there, WEEK)
                    last = min(row + WEEK, count)
                    read["meter"][row:last] = 1000.0 * drawn[: last - row, metered]
                    if progress is not None:
                        progress("hydraulics", row / count)
                if row in changes:
                    for node, amount in zip(drilled, opening[row], strict=True):
                        tk.setnodevalue(project, int(node) + 1, tk.EMITTER, amount / factor)
            now = epanet.call(tk.runH, project)
            if now == row * STEP:
                tk.getnodevalues(project, tk.HEAD, run._head)
                tk.getlinkvalues(project, tk.FLOW, run._flow)
                pressure = heads * unit.length - low
                read["pressure"][row] = pressure[at]
                read["level"][row] = pressure[tanks]
                read["flow"][row] = flows[along] * unit.flow
                read["leak"][row] = opening[row] * np.sqrt(np.maximum(pressure[drilled], 0.0))
                row += 1
            step = epanet.call(tk.nextH, project)
            if row >= count or step <= 0:
                break
            coming = now + step
        tk.closeH(project)
    return read


def _own_pattern(run: Any, name: str) -> int:
    """Give a junction a demand of one unit with a pattern of its own; return its number."""
    from jumeau.worksites.water import epanet

    tk, project, node = run.tk, run.project, run.node_at[name]
    own = f"own{node}"
    epanet.call(tk.addpattern, project, own)
    number = int(tk.getpatternindex(project, own))
    for rank in range(int(tk.getnumdemands(project, node)), 0, -1):
        epanet.call(tk.deletedemand, project, node, rank)
    epanet.call(tk.adddemand, project, node, 1.0, own, "")
    return number
