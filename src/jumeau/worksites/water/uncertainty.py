# SPDX-License-Identifier: EUPL-1.2
"""What is uncertain in a network, drawn: demands, roughness, and whatever was supposed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import draws
from jumeau.worksites.water.network import frame, tuples
from jumeau.worksites.water.times import HOUR, times_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.solution import Scenario
    from jumeau.worksites.water.twin_reading import Reading

    Floats = NDArray[np.float64]

CAPACITY = 2.63
"""Exponent of the diameter in the flow that a pipe carries (Hazen-Williams): q ∝ C·D^2.63."""


def scenarios(
    net: Network,
    reading: Reading,
    given: Parameters,
    drawn: Floats,
    *,
    seed: int,
    count: int,
) -> tuple[list[Scenario], Floats]:
    """Return scenarios that draw the demands and the roughness of a network.

    Parameters
    ----------
    net : Network
        Network that is computed.
    reading : Reading
        What was supposed in it.
    given : Parameters
        Parameters of the worksite.
    drawn : (times, junctions) array
        Demand of each junction as the network has it [m³/h].
    seed : int
        Seed of the run.
    count : int
        Scenarios wanted.

    Returns
    -------
    list of dict
        Scenarios for :func:`~jumeau.worksites.water.solve`.
    added : (count, junctions) array
        What each adds to the demand of each junction [m³/h].

    Notes
    -----
    A demand is multiplied by f·g: f shared by the network, g by junction, log-normal of mean 1. The
    difference is drawn evenly over the day, and takes no more than the least hour leaves. C is
    multiplied by a factor shared by the network; a supposed diameter D, drawn as D', counts as
    C·(D'/D)^2.63.
    """
    from scipy.special import ndtri

    names = [str(it) for it in net.junctions.index]
    mean = drawn.mean(axis=0)
    least = np.maximum(drawn.min(axis=0), 0.0)
    whole = given["water_demand_factor"].draw(seed, count)
    if reading.supposed.get("demand_m3_h"):
        litres, usual = given["water_litres_per_inhabitant_d"], given["water_usual_yield"]
        whole = whole * litres.draw(seed, count) / max(litres.value, 1e-9)
        whole = whole * usual.value / usual.draw(seed, count)
    spread = float(np.sqrt(np.log1p(given["water_demand_spread"].value ** 2)))
    each = np.ones((count, len(names)))
    for k in np.flatnonzero(mean > 0):
        shares = draws.uniform(seed, "water_demand_spread", names[k], count)
        each[:, k] = np.exp(spread * ndtri(np.clip(shares, 1e-6, 1 - 1e-6)) - spread**2 / 2)
    added = np.maximum((whole[:, None] * each - 1.0) * mean, -least)
    rough, pipes = _roughness(net, reading, given, seed, count)
    busy = np.flatnonzero(mean > 0)
    keys = [names[k] for k in busy]
    return [
        {
            "demand": dict(zip(keys, added[row, busy].tolist(), strict=True)),
            "roughness": dict(zip(pipes, rough[row].tolist(), strict=True)),
        }
        for row in range(count)
    ], added


def hourly(net: Network) -> Network:
    """Return a network whose patterns go by the hour, means of finer ones, for its draws.

    Parameters
    ----------
    net : Network
        Network; a pattern step longer than an hour, or that does not divide it, stays.
    """
    times = times_of(net)
    coarse = net.copy()
    coarse.times["HYDRAULIC TIMESTEP"] = "1:00"
    many, rest = divmod(HOUR, times.pattern)
    if many < 2 or rest:
        return coarse
    shift = times.pattern_start // times.pattern % many
    patterns = {}
    for name, values in net.patterns["multipliers"].items():
        size = len(values)
        hours = size // math.gcd(size, many)
        at = (np.arange(hours * many) + shift) % size
        means = np.asarray(values, dtype=float)[at].reshape(hours, many).mean(axis=1)
        patterns[str(name)] = {"multipliers": tuple(means.tolist())}
    coarse.patterns = frame("patterns", patterns)
    coarse.times["PATTERN TIMESTEP"] = "1:00"
    coarse.times["PATTERN START"] = f"{times.pattern_start // HOUR}:00"
    return coarse


def _roughness(
    net: Network, reading: Reading, given: Parameters, seed: int, count: int
) -> tuple[Floats, list[str]]:
    """Return the roughness of each pipe in each draw, and the pipes."""
    pipes = [str(it) for it in net.pipes.index]
    factor = given["water_roughness_factor"].draw(seed, count)[:, None] * np.ones(len(pipes))
    unsized = reading.supposed.get("diameter_mm", set())
    if unsized:
        usual = given["water_usual_diameter_mm"]
        ratio = (usual.draw(seed, count) / usual.value) ** CAPACITY
        factor *= np.where([name in unsized for name in pipes], ratio[:, None], 1.0)
    value = net.pipes["roughness"].to_numpy(float)
    rough = value * factor if net.units.headloss == "H-W" else value / factor
    told = {row["entity"]: row for row in reading.estimates if row["attribute"] == "roughness"}
    share = draws.stratified(seed, "water_roughness", reading.network, count)
    for k, row in enumerate(tuples(net.pipes)):
        found = told.get(reading.links.to_twin.get(str(row.Index), str(row.Index)))
        if found and str(row.Index) in reading.supposed.get("roughness", ()):
            low, high = float(found["low"]), float(found["high"])
            middle = min(max(float(row.roughness), low), high)
            rough[:, k] = draws.between(share, middle, low, high) * factor[:, k]
    return np.maximum(rough, 1e-6), pipes


def altitudes(reading: Reading, nodes: list[str], *, seed: int, count: int) -> Floats:
    """Return how much the altitude of each node is above that taken, (count, nodes) [m]."""
    off = np.zeros((count, len(nodes)))
    places = {name: k for k, name in enumerate(nodes)}
    for row in reading.estimates:
        if row["attribute"] != "elevation_m":
            continue
        k = places.get(reading.nodes.to_own.get(row["entity"], ""))
        if k is not None:
            share = draws.uniform(seed, "water_elevation", row["entity"], count)
            off[:, k] = draws.between(share, row["value"], row["low"], row["high"]) - row["value"]
    return off
