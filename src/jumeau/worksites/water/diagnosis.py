# SPDX-License-Identifier: EUPL-1.2
"""From a territory to a day of its water networks: what is there, missing, and computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from jumeau.base import i18n, messages
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water import completing, reaching, twin_reading, uncertainty
from jumeau.worksites.water.completing import defaults
from jumeau.worksites.water.reaching import Left
from jumeau.worksites.water.times import DAY, HOUR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress
    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.analyses.age import Age
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.solution import Solution
    from jumeau.worksites.water.twin_reading import Reading

    Floats = NDArray[np.float64]

__all__ = ["Diagnosis", "Draws", "Studied", "defaults", "diagnose"]

T = TypeVar("T")
FEWEST = 16
"""Draws under which an interval means little."""
CLOSURES = 20_000_000
"""Pipes times nodes up to which every pipe is closed in turn."""
AGED = 40_000
"""Nodes times days up to which ages are followed until they are steady."""


@dataclass(frozen=True)
class Draws:
    """What the draws of a network gave.

    Parameters
    ----------
    pressure : (draws, times, nodes) float32 array
        Pressures [m].
    flow : (draws, times, links) float32 array
        Flows [m³/h].
    added : (draws, junctions) array
        Demand added to each junction, evenly over the day [m³/h].
    lift : (draws,) array
        Σ flow × lift of the pumps over the day, over that of the network itself [-].
    """

    pressure: NDArray[np.float32]
    flow: NDArray[np.float32]
    added: Floats
    lift: Floats


@dataclass(frozen=True)
class Studied:
    """A network computed over a day.

    Parameters
    ----------
    reading : Reading
        What the twin says of it.
    net : Network
        What was computed: the part that a source reaches.
    left : Left
        The rest.
    solution : Solution
        Heads and flows, hour by hour.
    draws : Draws or None
        The same with drawn demands and roughness; ``None`` when none was asked for.
    wanted : int
        Draws asked for.
    age : Age or None
        Age of the water; ``None`` when nothing moves.
    worth : Series or None
        Demand no more served when each pipe is closed [m³/h]; pipes not closed are absent.
    pumps : DataFrame or None
        Electricity of pumps.
    """

    reading: Reading
    net: Network
    left: Left
    solution: Solution
    draws: Draws | None
    wanted: int
    age: Age | None
    worth: pd.Series[Any] | None
    pumps: pd.DataFrame | None

    @cached_property
    def demand(self) -> Floats:
        """What each junction draws, (times, junctions) [m³/h]: the balance of its pipes."""
        return delivered(self.net, self.solution)

    @cached_property
    def velocity(self) -> Floats:
        """Velocity in each pipe, (times, pipes) [m/s]."""
        flow = np.abs(self.solution.flow[0][:, self.pipes])
        return np.asarray(flow / HOUR / self.section, dtype=np.float64)

    @cached_property
    def pipes(self) -> NDArray[np.int64]:
        """Places of the pipes among the links of the solution."""
        place = {name: k for k, name in enumerate(self.solution.links)}
        return np.array([place[str(it)] for it in self.net.pipes.index], dtype=np.int64)

    @cached_property
    def section(self) -> Floats:
        """Section of each pipe [m²]."""
        bore: Floats = self.net.pipes["diameter_mm"].to_numpy(float) / 1000.0
        return np.asarray(np.pi / 4.0 * bore**2, dtype=np.float64)


@dataclass(frozen=True)
class Diagnosis:
    """The networks of a territory.

    Parameters
    ----------
    studied : tuple of Studied
        Those computed.
    findings : tuple of Finding
        What is missing, and what stood in the way of the others.
    estimates : tuple of dict
        Rows of the ``estimate`` table.
    """

    studied: tuple[Studied, ...]
    findings: tuple[Finding, ...]
    estimates: tuple[dict[str, Any], ...]


def diagnose(
    territory: Territory, given: Parameters, *, seed: int = 0, progress: Progress | None = None
) -> Diagnosis:
    """Compute a day of every network of a territory from whatever is known of them.

    Parameters
    ----------
    territory : Territory
        Territory.
    given : Parameters
        Parameters of the worksite.
    seed : int
        Seed of the draws.
    progress : callable, optional
        Receives a stage and the share done.
    """
    names = twin_reading.networks(territory)
    if not names:
        return Diagnosis((), (finding("JUM-H098", "pipe"),), ())
    done: list[Studied] = []
    told: list[Finding] = []
    supposed: list[dict[str, Any]] = []
    for rank, network in enumerate(names):

        def part(stage: str, share: float, rank: int = rank) -> None:
            if progress is not None:
                progress(stage, (rank + share) / len(names))

        try:
            reading = twin_reading.read(territory, network)
            try:
                completing.complete(territory, reading, given)
                supposed += [it for it in reading.estimates if "id" not in it]
                found = _studied(reading, given, seed, part)
            finally:
                told += reading.findings
        except JumeauError as problem:
            shown = names[network] or network or {"en": "of the rows", "fr": "des lignes"}
            told.append(finding("JUM-H096", "water_network", network, network=shown,
                                detail=_said(problem)))  # fmt: skip
            continue
        if isinstance(found, Studied):
            done.append(found)
            told += _findings(territory, found)
        else:
            told.append(found)
    return Diagnosis(tuple(done), tuple(told), tuple(supposed))


def _studied(reading: Reading, given: Parameters, seed: int, tell: Progress) -> Studied | Finding:
    """Compute a day of a network, or say why it cannot be."""
    from jumeau.worksites.water.hydraulics import solve

    net = reading.net
    if not len(net.reservoirs) and not len(net.tanks):
        return finding("JUM-H091", "reservoir", reading.network, network=reading.shown)
    net, left = reaching.reached(net)
    if not len(net.junctions):
        return finding("JUM-H091", "reservoir", reading.network, network=reading.shown)
    unknown = completing.unknown_heights(net)
    if unknown:
        return finding("JUM-H090", "junction", reading.network, count=len(unknown))
    tell("hydraulics", 0.0)
    solution = solve(net, DAY, HOUR, engine="epanet")
    wanted = round(given["water_draws"].value)
    afford = int(given["water_budget"].value // max(len(solution.nodes), 1))
    count = max(min(wanted, afford), min(FEWEST, wanted))
    tell("draws", 0.1)
    drawn = _draws(reading, net, solution, given, seed, count) if count else None
    tell("age", 0.6)
    aged, worth, pumps = (
        _part(reading, "age", lambda: _age(net)),
        _part(reading, "closures", lambda: _worth(net, solution, given)),
        _part(reading, "pumps", lambda: _pumps(net)),
    )
    return Studied(reading, net, left, solution, drawn, wanted, aged, worth, pumps)


_WORDS = {
    "age": ("The age of the water", "L'âge de l'eau"),
    "closures": ("The criticality of the pipes", "La criticité des conduites"),
    "pumps": ("The electricity of the pumps", "L'électricité des pompes"),
}


def _part(reading: Reading, what: str, compute: Callable[[], T]) -> T | None:
    """Return a part of the results, or ``None`` with the reason among the findings."""
    try:
        return compute()
    except JumeauError as problem:
        said = {"en": _WORDS[what][0], "fr": _WORDS[what][1]}
        reading.findings.append(
            finding("JUM-H148", "water_network", reading.network, network=reading.shown,
                    what=said, detail=_said(problem))
        )  # fmt: skip
        return None


def _said(problem: JumeauError) -> dict[str, str]:
    """Return what an error says, in each language."""
    told = {}
    for lang in i18n.LANGUAGES:
        with i18n.using(lang):
            told[lang] = messages.render(problem.code, problem.data).what
    return told


def _draws(
    reading: Reading, net: Network, solution: Solution, given: Parameters, seed: int, count: int
) -> Draws:
    """Compute the day again with drawn demands, roughness and altitudes."""
    from jumeau.worksites.water.hydraulics import solve

    asked, added = uncertainty.scenarios(
        net, reading, given, delivered(net, solution), seed=seed, count=count
    )
    # Hour by hour: what a draw changes is added to the network as it is, at its own steps.
    answer = solve(uncertainty.hourly(net), DAY, HOUR, scenarios=[{}, *asked])
    pressure = solution.pressure + (answer.pressure[1:] - answer.pressure[:1])
    pressure -= uncertainty.altitudes(reading, answer.nodes, seed=seed, count=count)[:, None, :]
    flow = solution.flow + (answer.flow[1:] - answer.flow[:1])
    lift = _lift(net, answer)
    share = lift[1:] / lift[0] if lift[0] > 0 else np.ones(count)
    return Draws(pressure.astype(np.float32), flow.astype(np.float32), added, share)


def _lift(net: Network, solution: Solution) -> Floats:
    """Return Σ flow × lift of the pumps over the times of a solution, (scenarios,) [m⁴/h]."""
    nodes = {name: k for k, name in enumerate(solution.nodes)}
    links = {name: k for k, name in enumerate(solution.links)}
    total = np.zeros(len(solution.flow))
    for name, first, second in zip(
        net.pumps.index, net.pumps["from_node"], net.pumps["to_node"], strict=True
    ):
        rise = solution.head[:, :, nodes[second]] - solution.head[:, :, nodes[first]]
        flow = np.maximum(solution.flow[:, :, links[str(name)]], 0.0)
        total += (flow * np.maximum(rise, 0.0)).sum(axis=1)
    return total


def delivered(net: Network, solution: Solution) -> Floats:
    """Return what leaves the network at each junction: flow in less flow out [m³/h].

    Parameters
    ----------
    net : Network
        Network.
    solution : Solution
        Its first scenario is read.

    Returns
    -------
    (times, junctions) array
        Demand served and emitters, in the order of ``net.junctions``.
    """
    from scipy.sparse import coo_matrix

    nodes = {name: k for k, name in enumerate(solution.nodes)}
    links = {name: k for k, name in enumerate(solution.links)}
    rows, columns, signs = [], [], []
    for table in (net.pipes, net.pumps, net.valves):
        for name, first, second in zip(
            table.index, table["from_node"], table["to_node"], strict=True
        ):
            rows += [nodes[first], nodes[second]]
            columns += [links[str(name)]] * 2
            signs += [-1.0, 1.0]
    shape = (len(nodes), len(links))
    into = coo_matrix((signs, (rows, columns)), shape=shape).tocsr()
    balance = np.asarray((into @ solution.flow[0].T).T)
    places = [nodes[str(it)] for it in net.junctions.index]
    return np.asarray(balance[:, places], dtype=np.float64)


def _age(net: Network) -> Age | None:
    """Return ages followed for some days, hour by hour; ``None`` where nothing is drawn."""
    from jumeau.worksites.water.analyses import age

    if not (net.junctions["demand_m3_h"].to_numpy(float) > 0).any():
        return None
    nodes = len(net.junctions)
    days = max(min(_days(net), AGED // max(nodes, 1)), 2)
    return age.age(net, days * DAY, HOUR)


def _days(net: Network) -> int:
    """Return the days after which ages are steady in most networks."""
    from jumeau.worksites.water.analyses import age

    return int(age.suggested_duration(net)) // DAY


def _worth(net: Network, solution: Solution, given: Parameters) -> pd.Series[Any]:
    """Return what each pipe is worth [m³/h]; of a large network, those that carry the most."""
    from jumeau.worksites.water.analyses.criticality import criticality

    pipes = [str(it) for it in net.pipes.index]
    afford = max(CLOSURES // max(len(solution.nodes), 1), 1)
    if len(pipes) > afford:
        place = {name: k for k, name in enumerate(solution.links)}
        flow = np.abs(solution.flow[0]).max(axis=0)
        pipes = sorted(pipes, key=lambda it: -float(flow[place[it]]))[:afford]
    required = max(given["water_asked_pressure_m"].value, 0.1)
    found = criticality(net, pipes, minimum_m=0.0, required_m=required)
    return found["not_served_m3_h"]


def _pumps(net: Network) -> pd.DataFrame:
    """Return the electricity of pumps over a day at least."""
    from jumeau.worksites.water.analyses.pump_energy import pump_energy
    from jumeau.worksites.water.times import times_of

    day = net
    if times_of(net).duration < DAY:
        day = net.copy()
        day.times["DURATION"] = "24:00"
    return pump_energy(day)


def _findings(territory: Territory, found: Studied) -> Iterator[Finding]:
    """Yield what the reader of the results must know of a network."""
    reading = found.reading
    if found.left.nodes or found.left.links:
        yield finding(
            "JUM-H092", "pipe", reading.network, network=reading.shown, parts=found.left.parts,
            count=len(found.left.nodes), km=round(found.left.length_m / 1000.0, 2),
        )  # fmt: skip
    if found.draws is not None and len(found.draws.added) < found.wanted:
        nodes = len(found.solution.nodes)
        yield finding(
            "JUM-H097", "water_network", reading.network, network=reading.shown,
            draws=len(found.draws.added), wanted=found.wanted, nodes=nodes,
            budget=nodes * found.wanted,
        )  # fmt: skip
    closures = len(found.net.pipes) if found.worth is None else len(found.worth)
    if closures < len(found.net.pipes):
        yield finding(
            "JUM-H124", "pipe", reading.network, network=reading.shown, closures=closures,
            pipes=len(found.net.pipes),
        )  # fmt: skip
    if found.age is not None:
        days, wanted = int(found.age.time_s[-1]) // DAY, _days(found.net)
        growing = len(found.age.growing())
        if days < wanted and growing:
            yield finding(
                "JUM-H125", "junction", reading.network, network=reading.shown, days=days,
                wanted=wanted, count=growing,
            )  # fmt: skip
    if not _measured(territory, reading):
        yield finding("JUM-H099", "sensor", reading.network, network=reading.shown)


def _measured(territory: Territory, reading: Reading) -> bool:
    """Tell whether a sensor of pressure or flow stands on the network and has been read."""
    rows = territory.sql(
        'SELECT DISTINCT s."table" AS t, s.entity AS e FROM sensor s WHERE s.property IN '
        "('pressure', 'flow', 'level') AND EXISTS (FROM observation o WHERE o.sensor_id = s.id)"
    ).to_pylist()
    for row in rows:
        names = reading.links if row["t"] in ("pipe", "pump", "valve") else reading.nodes
        if row["e"] in names.to_own:
            return True
    return False
