# SPDX-License-Identifier: EUPL-1.2
"""A year of the demonstrator's network, computed by EPANET every five minutes, leaks included.

What the network really is differs from what the service has modelled: pipes are rougher or
smoother, customers use water by weekday, holiday and season with noise that lasts, and some pipes
leak: a hole opens at once, or grows over weeks, until somebody repairs it. The state of the model
is one; that of the year is another, and the difference is what a leak search has to see through.

Noise of a demand: exp(a + b), a an AR(1) of some hours, b one of five minutes; leaks: q = C √p,
C = 0.75 · π/4 · d² · √(2g), d the diameter of the hole; the area of one that grows goes with the
square of the time since it began until it is full (BattLeDIM, Vrachimis et al. 2022).
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.time import zone
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.synthetic_network import PROFILES, TANK, Works

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

YEAR = 2024
STEP = 300
"""Step of the telemetry [s]."""
LENGTH = 366 * 86_400 // STEP
"""Steps of the year."""
_ZONE = "Europe/Paris"
_GRAINS = 4
"""Draws of household noise in each district: neighbours do not wash together."""
_RENEW = 6 * 3600 // STEP
"""Steps after which the opening of a growing leak is set anew."""
_G = 9.80665
_SCHOOL = (
    ("2024-01-01", "2024-01-07"), ("2024-02-24", "2024-03-10"), ("2024-04-20", "2024-05-05"),
    ("2024-07-06", "2024-09-01"), ("2024-10-19", "2024-11-03"), ("2024-12-21", "2024-12-31"),
)  # fmt: skip
"""School holidays of zone B, first and last days."""
_FEASTS = (
    "2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20",
    "2024-07-14", "2024-08-15", "2024-11-01", "2024-11-11", "2024-12-25",
)  # fmt: skip
_LEAKS = (
    ("incipient", -35, 120, 95, 0.0031), ("abrupt", 38, 47, 0, 0.0115),
    ("incipient", 105, 236, 70, 0.0062), ("abrupt", 163, 201, 0, 0.0052),
    ("abrupt", 248, 400, 0, 0.0036), ("incipient", 268, 400, 60, 0.0058),
)  # fmt: skip
"""Kind, day of the year when it begins and when it is repaired, days of growth, hole [m]."""


class Leak(NamedTuple):
    """A leak of the year: one row of the key."""

    key: str
    pipe: str
    share: float
    """Place along the pipe, from its first node [-]."""
    kind: str
    starts: int
    """Step at which it begins, negative for the year before."""
    full: int
    """Step at which it has its full size."""
    ends: int
    """Step at which it is repaired; beyond the year for never."""
    hole: float
    """Diameter [m]."""

    def opening(self, steps: NDArray[np.int64]) -> Floats:
        """Return the coefficient of the emitter at some steps [m³/h at 1 m]."""
        growth = np.clip((steps - self.starts) / max(self.full - self.starts, 1), 0.0, 1.0)
        area = math.pi / 4 * self.hole**2 * np.where(self.full > self.starts, growth**2, 1.0)
        there = (steps >= self.starts) & (steps < self.ends)
        return np.asarray(np.where(there, 0.75 * area * math.sqrt(2 * _G) * 3600, 0.0))


class Year(NamedTuple):
    """The year as it was: times, and what happened at each of them."""

    utc: NDArray[np.datetime64]
    nodes: list[str]
    links: list[str]
    pressure: NDArray[np.float32]
    """Of every node asked, by step [m]; the level for the tank."""
    flow: NDArray[np.float32]
    """Of every link asked, by step [m³/h]."""
    leak_flow: Floats
    """Of every leak, by step [m³/h]."""


@cache
def profiles() -> dict[tuple[str, str], Floats]:
    """Return the 24 multipliers of each profile on weekdays and on days of rest."""
    file = Path(__file__).parent / "day_profiles.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found: dict[tuple[str, str], Floats] = {}
    for row in rows:
        hours = np.array([float(row[f"h{hour:02d}"]) for hour in range(24)])
        found[row["profile"], row["day"]] = hours
    for name in {name for name, _ in found}:
        week = (5 * found[name, "week"].mean() + 2 * found[name, "rest"].mean()) / 7
        for day in ("week", "rest"):
            found[name, day] = found[name, day] / week
    return found


def modelled() -> dict[str, tuple[float, ...]]:
    """Return the patterns of the service's model: a weekday, the mean of the week kept."""
    days = profiles()
    found = {
        name: tuple(np.round((5 * days[name, "week"] + 2 * days[name, "rest"]) / 7, 3).tolist())
        for name in PROFILES
        if (name, "week") in days
    }
    return found | {"losses": (1.0,)}


def leaks(works: Works, rng: np.random.Generator) -> list[Leak]:
    """Choose the pipes that leak, far from one another, the older the likelier."""
    keys = [
        key
        for key, pipe in works.pipes.items()
        if works.zone_of.get(works.ends[key][0]) and pipe.line.length > 25 and pipe.status == "open"
        and TANK not in works.ends[key]
    ]  # fmt: skip
    weight = np.array([
        works.pipes[key].line.length * max(2.0, YEAR - works.pipes[key].year) for key in keys
    ])  # fmt: skip
    chosen: list[str] = []
    for apart in (350.0, 150.0, 0.0):
        for rank in rng.choice(len(keys), len(keys), replace=False, p=weight / weight.sum()):
            line = works.pipes[keys[int(rank)]].line
            if len(chosen) < len(_LEAKS) and all(
                line.distance(works.pipes[one].line) > apart for one in chosen
            ):
                chosen.append(keys[int(rank)])
    day = 86_400 // STEP
    found = []
    for rank, (key, (kind, first, last, growth, hole)) in enumerate(
        zip(chosen, _LEAKS, strict=False), 1
    ):
        start = first * day + int(rng.integers(0, day))
        end = last * day + int(rng.integers(8, 17)) * 3600 // STEP  # crews work by day
        size = hole * float(rng.uniform(0.9, 1.1))
        share = round(float(rng.uniform(0.25, 0.75)), 3)
        found.append(Leak(f"F{rank}", key, share, kind, start, start + growth * day, end, size))
    return found


def live(
    works: Works, model: Network, lost: list[Leak], nodes: list[str], links: list[str],
    rng: np.random.Generator, days: int = 366,
) -> Year:  # fmt: skip
    """Compute the year with EPANET, every five minutes.

    Parameters
    ----------
    works : Works
        The network.
    model : Network
        What the service knows of it.
    lost : list of Leak
        Leaks of the year.
    nodes, links : list of str
        Where pressures, or the level of the tank, and flows are kept.
    rng : Generator
        Draws of the year.
    days : int
        Length of the period from the first of January [d].
    """
    count = days * 86_400 // STEP
    start = dt.datetime(YEAR, 1, 1, tzinfo=zone(_ZONE)).astimezone(dt.UTC)
    utc = np.datetime64(start.replace(tzinfo=None), "s") + np.arange(count) * STEP
    truth, series = _truth(works, model, lost, _demands(works, utc, rng), rng)
    return _run(truth, series, lost, nodes, links, utc)


# -- demand ------------------------------------------------------------------------------------
def _demands(
    works: Works, utc: NDArray[np.datetime64], rng: np.random.Generator
) -> dict[str, Floats]:
    """Return the multipliers of each pattern over the period."""
    tz = zone(_ZONE)
    hours = utc[:: 3600 // STEP].astype("datetime64[s]").astype(object)
    local = [one.replace(tzinfo=dt.UTC).astimezone(tz) for one in hours]
    repeat = 3600 // STEP
    minute = np.tile(np.arange(repeat) / repeat, len(local))[: utc.size]
    hour = np.repeat([one.hour for one in local], repeat)[: utc.size]
    days = [one.date() for one in local]
    rest = np.repeat([_resting(day) for day in days], repeat)[: utc.size]
    closed = np.repeat([_within(day, _SCHOOL) for day in days], repeat)[: utc.size] | rest
    year_day = np.repeat([day.timetuple().tm_yday for day in days], repeat)[: utc.size]
    warm = np.clip(np.cos(2 * np.pi * (year_day - 200) / 366), 0.0, 1.0)
    away = np.repeat([_within(day, (("2024-07-27", "2024-08-18"),)) for day in days], repeat)
    season = 1.0 + 0.14 * warm - 0.09 * away[: utc.size]
    gardens = 0.30 * warm * np.exp(-(((hour + minute - 20.5) / 1.6) ** 2))
    found: dict[str, Floats] = {}
    for name, pattern in PROFILES.items():
        if name == "losses":
            found[pattern] = np.ones(utc.size)
            continue
        shut = closed if name == "school" else rest
        week, free = (_smooth(profiles()[name, day], hour, minute) for day in ("week", "rest"))
        base = np.where(shut, free, week)
        if name == "household":
            base = base * season + gardens
        for district in sorted({place for place in works.zone_of.values() if place}):
            lasting = _lasting(rng, utc.size, 0.06, 5.0)
            for grain in range(_GRAINS if name == "household" else 1):
                quick = _lasting(rng, utc.size, 0.16 if name == "household" else 0.3, 0.25)
                own = base * np.exp(lasting + quick - 0.02)
                found[f"{pattern}_{district}_{grain}"] = np.maximum(own, 0.0)
    return found


def _resting(day: dt.date) -> bool:
    return day.weekday() >= 5 or day.isoformat() in _FEASTS


def _within(day: dt.date, periods: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= day.isoformat() <= last for first, last in periods)


def _smooth(hours: Floats, hour: NDArray[np.int64], minute: Floats) -> Floats:
    """Return hourly multipliers between the middles of hours."""
    return np.asarray(np.interp((hour + minute - 0.5) % 24, np.arange(25), [*hours, hours[0]]))


def _lasting(rng: np.random.Generator, count: int, spread: float, hours: float) -> Floats:
    """Return an AR(1) noise of a spread, that forgets in some hours."""
    from scipy.signal import lfilter

    memory = math.exp(-STEP / 3600 / hours)
    shocks = rng.normal(0.0, spread * math.sqrt(1 - memory**2), count)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks), dtype=np.float64)


# -- the year ----------------------------------------------------------------------------------
def _truth(
    works: Works, model: Network, lost: list[Leak], demands: dict[str, Floats],
    rng: np.random.Generator,
) -> tuple[Network, dict[str, Floats]]:  # fmt: skip
    """Return the network as it really is, with a node at each leak, and its patterns."""
    import pandas as pd

    from jumeau.worksites.water.network import frame

    net = model.copy()
    net.pipes["roughness"] *= rng.uniform(0.82, 1.06, len(net.pipes))
    net.demands = net.demands.copy()
    reverse = {pattern: name for name, pattern in PROFILES.items()}
    grain = {name: int(rng.integers(_GRAINS)) for name in net.junctions.index}
    share = {name: float(rng.uniform(0.85, 1.15)) for name in net.junctions.index}
    named = []
    for node, pattern in zip(net.demands["junction"], net.demands["pattern"], strict=True):
        profile = reverse[pattern]
        district = works.zone_of.get(node) or 1
        own = grain[node] if profile == "household" else 0
        named.append(pattern if profile == "losses" else f"{pattern}_{district}_{own}")
    net.demands["pattern"] = named
    net.demands["demand_m3_h"] *= net.demands["junction"].map(share)
    total = net.demands.groupby("junction")["demand_m3_h"].sum()
    net.junctions["demand_m3_h"] = total.reindex(net.junctions.index, fill_value=0.0)
    used = {name: demands[name] for name in sorted(set(named))}
    net.patterns = frame("patterns", {name: {"multipliers": (1.0,)} for name in used})
    nodes, pipes, bends = {}, {}, []
    for leak in lost:
        row: dict[str, Any] = dict(net.pipes.loc[leak.pipe])
        heights = [works.nodes[row[end]].ground for end in ("from_node", "to_node")]
        nodes[leak.key] = {"elevation_m": heights[0] + leak.share * (heights[1] - heights[0])}
        pipes[f"{leak.pipe}-{leak.key}"] = row | {
            "from_node": leak.key, "length_m": row["length_m"] * (1 - leak.share),
        }  # fmt: skip
        net.pipes.loc[leak.pipe, "to_node"] = leak.key
        net.pipes.loc[leak.pipe, "length_m"] = row["length_m"] * leak.share
        bends.append(leak.pipe)
    net.junctions = pd.concat([net.junctions, frame("junctions", nodes)])
    net.pipes = pd.concat([net.pipes, frame("pipes", pipes)])
    net.vertices = net.vertices[~net.vertices["link"].isin(bends)]
    net.times = {"DURATION": "0", "HYDRAULIC TIMESTEP": "0:05", "PATTERN TIMESTEP": "0:05",
                 "REPORT TIMESTEP": "0:05", "START CLOCKTIME": "12 AM"}  # fmt: skip
    net.options = net.options | {"ACCURACY": "0.001", "UNBALANCED": "CONTINUE 20"}
    return net, used


def _run(
    truth: Network, series: dict[str, Floats], lost: list[Leak], nodes: list[str],
    links: list[str], utc: NDArray[np.datetime64],
) -> Year:  # fmt: skip
    """Step through the period with EPANET's own engine, and keep what is asked."""
    import warnings

    from jumeau.worksites.water import epanet
    from jumeau.worksites.water.times import times_of

    count = utc.size
    pressure = np.empty((count, len(nodes)), np.float32)
    flow = np.empty((count, len(links)), np.float32)
    openings = [leak.opening(np.arange(count)) for leak in lost]
    leaking = np.zeros((count, len(lost)))
    changes = _changes(openings)
    times = times_of(truth, (count - 1) * STEP, STEP)
    with epanet.opened(truth, times) as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tk, project = run.tk, run.project
        epanet.call(tk.setreport, project, "MESSAGES NO")
        for name, values in series.items():
            there, memory = epanet.array(tk, count)
            memory[:] = values
            tk.setpattern(project, tk.getpatternindex(project, name), there, count)
        at = [run.node_at[name] - 1 for name in nodes]
        along = [run.link_at[name] - 1 for name in links]
        holes = [run.node_at[leak.key] for leak in lost]
        inside = [hole - 1 for hole in holes]
        _head, heads = epanet.array(tk, len(run.nodes))
        _flow, flows = epanet.array(tk, len(run.links))
        epanet.call(tk.openH, project)
        tk.initH(project, tk.NOSAVE)
        row = 0
        while True:
            if row in changes:
                for hole, opening in zip(holes, openings, strict=True):
                    tk.setnodevalue(project, hole, tk.EMITTER, float(opening[row]))
            now = epanet.call(tk.runH, project)
            if now == row * STEP:
                tk.getnodevalues(project, tk.PRESSURE, _head)
                tk.getlinkvalues(project, tk.FLOW, _flow)
                pressure[row], flow[row], leaking[row] = heads[at], flows[along], heads[inside]
                row += 1
            if row >= count or epanet.call(tk.nextH, project) <= 0:
                break
        tk.closeH(project)
    for rank, opening in enumerate(openings):
        leaking[:, rank] = opening * np.sqrt(np.maximum(leaking[:, rank], 0.0))
    return Year(utc, nodes, links, pressure, flow, leaking)


def _changes(openings: list[Any]) -> set[int]:
    """Return the steps when the opening of a leak must be set: births, repairs, and in between."""
    found = {0}
    for opening in openings:
        moves = np.flatnonzero(np.diff(opening)) + 1
        jumps = moves[(opening[moves] == 0) | (opening[moves - 1] == 0)]
        found |= {int(step) for step in (*jumps, *moves[moves % _RENEW == 0])}
    return found
