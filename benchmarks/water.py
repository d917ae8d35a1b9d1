# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the hydraulic engines: ensembles, a week, memory, growth with nodes, threads.

Networks are those in the wheel of epyt. A scenario of an ensemble draws more water at five
junctions, closes a pipe and gives five pipes another roughness. Ours is ``solve()`` itself, lists
checked and answers filled, in processor time of one thread, the least of three calls. EPANET C is
the toolkit of owa-epanet as it runs fastest: opened once, values set and taken back by number,
heads and flows kept as arrays; each scenario begins at the flows of the one before (its answer then
depends on that one, at the loose accuracy of the file), or, told beside, at EPANET's own initial
flows. WNTR's EpanetSimulator runs in an environment of its own on fewer scenarios, its time divided
by their number.

``JUMEAU_BENCH_SCENARIOS`` (10000) is the size of the large ensemble.
"""

from __future__ import annotations

import ctypes
import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harness import Table, fresh, peer_python

NETWORKS = ("epyt==2.3.5.3",)
WNTR = ("wntr==1.5.0", "six==1.17.0")
COUNT = int(os.environ.get("JUMEAU_BENCH_SCENARIOS", "10000"))
FEW = 100
"""Scenarios that WNTR computes."""
ROUNDS = 3
Draw = dict[str, dict[str, float]]

WNTR_CODE = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
import wntr
path, folder, scenarios = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))
os.chdir(folder)
wn = wntr.network.WaterNetworkModel(path)
if not scenarios:
    wntr.sim.EpanetSimulator(wn).run_sim()
    start = time.process_time()
    wntr.sim.EpanetSimulator(wn).run_sim()
    print(json.dumps(time.process_time() - start))
    raise SystemExit
wn.options.time.duration = 0
closed, opened = wntr.network.LinkStatus.Closed, wntr.network.LinkStatus.Open
start = time.process_time()
for it in scenarios:
    for name, value in it["demand"].items():
        wn.get_node(name).add_demand(value / 3600, None)
    for name in it["status"]:
        wn.get_link(name).initial_status = closed
    rough = {name: wn.get_link(name).roughness for name in it["roughness"]}
    for name, value in it["roughness"].items():
        wn.get_link(name).roughness = value
    results = wntr.sim.EpanetSimulator(wn).run_sim()
    for name in it["demand"]:
        del wn.get_node(name).demand_timeseries_list[-1]
    for name in it["status"]:
        wn.get_link(name).initial_status = opened
    for name, value in rough.items():
        wn.get_link(name).roughness = value
print(json.dumps((time.process_time() - start) / len(scenarios)))
"""

MEMORY_CODE = """
import sys
import numpy as np
from jumeau.worksites import water
net = water.read_inp(sys.argv[1])
rng, names = np.random.default_rng(0), list(net.junctions.index)
draws = [{"demand": {names[k]: 1.0 for k in rng.integers(0, len(names), 5)}} for _ in range(500)]
answer = water.solve(net, 0, scenarios=draws, engine="batched")
assert answer.head.shape[0] == 500 and answer.engine == "batched", answer.engine
"""


def networks() -> dict[str, Path]:
    """Return the input files of the wheel of epyt by name."""
    where = fresh(
        ["-c", "from importlib.util import find_spec; print(find_spec('epyt').origin)"],
        python=peer_python("water_networks", NETWORKS),
    ).stdout.strip()  # fmt: skip
    return {path.stem: path for path in sorted(Path(where).parent.rglob("*.inp"))}


def draws(net: Any, count: int) -> list[Draw]:
    """Return scenarios drawn at random."""
    rng = np.random.default_rng(0)
    nodes, pipes = list(net.junctions.index), list(net.pipes.index)
    free = list(net.pipes.index[net.pipes["status"] == "open"])
    mean = max(float(net.junctions["demand_m3_h"].mean()), 0.05)
    around = net.pipes["roughness"]

    def drawn() -> Draw:
        return {
            "demand": {nodes[k]: mean * rng.uniform(0, 5) for k in rng.integers(0, len(nodes), 5)},
            "status": {free[int(rng.integers(len(free)))]: 0},
            "roughness": {
                pipes[k]: float(around.iloc[k] * rng.uniform(0.7, 1.1))
                for k in rng.integers(0, len(pipes), 5)
            },
        }

    return [drawn() for _ in range(count)]


class Toolkit:
    """EPANET's toolkit, opened once on a steady network."""

    def __init__(self, path: Path, net: Any) -> None:
        from epanet import toolkit

        self.tk, self.project, self.units = toolkit, toolkit.createproject(), net.units
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            toolkit.open(self.project, str(path), str(Path(folder) / "report.txt"), "")
        toolkit.settimeparam(self.project, toolkit.DURATION, 0)
        self.node = {name: toolkit.getnodeindex(self.project, name) for name in net.junctions.index}
        self.link = {name: toolkit.getlinkindex(self.project, name) for name in net.pipes.index}
        self.base = {
            k: toolkit.getbasedemand(self.project, k, 1)
            for k in self.node.values()
            if toolkit.getnumdemands(self.project, k)
        }
        self.rough = {
            k: toolkit.getlinkvalue(self.project, k, toolkit.ROUGHNESS) for k in self.link.values()
        }
        self._head, self.head = self._array(toolkit.NODECOUNT)
        self._flow, self.flow = self._array(toolkit.LINKCOUNT)
        toolkit.openH(self.project)

    def _array(self, which: int) -> tuple[Any, np.ndarray]:
        count = self.tk.getcount(self.project, which)
        there = self.tk.doubleArray(count)
        memory = (ctypes.c_double * count).from_address(int(there.this))
        return there, np.ctypeslib.as_array(memory)

    def numbered(self, scenarios: list[Draw]) -> list[tuple[list[tuple[int, float]], ...]]:
        """Return scenarios with numbers for names, in the units of the file."""
        flow, rough = self.units.flow, self.units.roughness
        return [
            (
                [(self.node[name], value / flow) for name, value in it["demand"].items()],
                [(self.link[name], value) for name, value in it["status"].items()],
                [(self.link[name], value / rough) for name, value in it["roughness"].items()],
            )
            for it in scenarios
        ]

    def run(self, scenarios: list[Any], begin: int) -> tuple[np.ndarray, np.ndarray]:
        """Compute scenarios one after the other; return heads and flows."""
        tk, project = self.tk, self.project
        heads = np.empty((len(scenarios), len(self.head)))
        flows = np.empty((len(scenarios), len(self.flow)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, (demand, status, rough) in enumerate(scenarios):
                for node, value in demand:
                    tk.setbasedemand(project, node, 1, self.base.get(node, 0.0) + value)
                for link, value in status:
                    tk.setlinkvalue(project, link, tk.INITSTATUS, value)
                for link, value in rough:
                    tk.setlinkvalue(project, link, tk.ROUGHNESS, value)
                tk.initH(project, begin)
                tk.runH(project)
                tk.getnodevalues(project, tk.HEAD, self._head)
                tk.getlinkvalues(project, tk.FLOW, self._flow)
                heads[number], flows[number] = self.head, self.flow
                for node, _ in demand:
                    tk.setbasedemand(project, node, 1, self.base.get(node, 0.0))
                for link, _ in status:
                    tk.setlinkvalue(project, link, tk.INITSTATUS, 1)
                for link, _ in rough:
                    tk.setlinkvalue(project, link, tk.ROUGHNESS, self.rough[link])
        return heads, flows


def spent(work: Callable[[], Any]) -> float:
    """Return the processor time of a call [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


def batch(net: Any, scenarios: list[Draw], threads: int = 1) -> Any:
    """Compute an ensemble with ours."""
    from jumeau.worksites import water

    answer = water.solve(net, 0, scenarios=scenarios, engine="batched", threads=threads)
    if answer.engine != "batched":
        raise RuntimeError(answer.engine)
    return answer


def ensemble(table: Table, path: Path) -> None:
    """Compare 10,000 steady scenarios of L-TOWN with EPANET C and with WNTR."""
    from jumeau.worksites import water

    net = water.read_inp(path)
    scenarios = draws(net, COUNT)
    kit = Toolkit(path, net)
    numbered = kit.numbered(scenarios)
    batch(net, scenarios[:512])
    ours, near, own = [], [], []
    for _ in range(ROUNDS):
        # the first call takes fresh pages from the machine, as no second call does
        ours += [spent(lambda: batch(net, scenarios)) / COUNT for _ in range(2)]
        near.append(spent(lambda: kit.run(numbered, kit.tk.NOSAVE)) / COUNT)
        own.append(spent(lambda: kit.run(numbered[: COUNT // 4], kit.tk.INITFLOW)) / (COUNT // 4))
    mine = min(ours)
    name = f"L-TOWN, {COUNT:,} steady scenarios: a scenario"
    table.ratio(
        f"{name}, one core", mine * 1e6, min(near) * 1e6, at_least=4,
        peer_name="EPANET C, from the scenario before", unit="µs",
    )  # fmt: skip
    table.ratio(
        f"{name}, one core, each for itself", mine * 1e6, min(own) * 1e6, at_least=4,
        peer_name="EPANET C, from its own flows", unit="µs",
    )  # fmt: skip
    theirs = wntr(path, scenarios[:FEW])
    table.ratio(
        f"{name}, one core, from {FEW} of WNTR", mine * 1e6, theirs * 1e6, at_least=40,
        peer_name="WNTR EpanetSimulator", unit="µs",
    )  # fmt: skip
    agreement(table, net, scenarios[:1000])
    best = {1: np.inf, 2: np.inf}
    for _ in range(ROUNDS):
        for threads, least in best.items():
            start = time.perf_counter()
            batch(net, scenarios, threads)
            best[threads] = min(least, time.perf_counter() - start)
    table.ratio(
        f"L-TOWN, {COUNT:,} steady scenarios: two threads against one, by the clock", best[2],
        best[1], peer_name="one thread",
    )  # fmt: skip


def agreement(table: Table, net: Any, scenarios: list[Draw]) -> None:
    """Say how far an ensemble is from EPANET at its greatest accuracy, where water arrives."""
    from jumeau.worksites import water

    exact = net.copy()
    exact.options["ACCURACY"] = "0.00001"
    known = water.solve(exact, 0, scenarios=scenarios, engine="epanet")
    joined = known.pressure > -100.0
    for name, file in (("at the accuracy of the file", net), ("at 0.00001", exact)):
        found = batch(file, scenarios)
        worst = np.where(joined, np.abs(found.head - known.head), 0.0).max(axis=(1, 2)) * 1e3
        table.show(
            f"L-TOWN, {len(scenarios):,} steady scenarios: difference of heads with EPANET, "
            f"99 % of scenarios, {name}", float(np.percentile(worst, 99)), unit="mm",
        )  # fmt: skip


def wntr(path: Path, scenarios: list[Draw]) -> float:
    """Return the processor time of WNTR's EpanetSimulator: a scenario, or the whole week [s]."""
    python = peer_python("water_wntr", WNTR)
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "scenarios.json"
        given.write_text(json.dumps(scenarios), encoding="utf-8")
        arguments = ["-c", WNTR_CODE, str(path), folder, str(given)]
        return float(json.loads(fresh(arguments, python=python).stdout.splitlines()[-1]))


def week(table: Table, path: Path) -> None:
    """Compare a week at 5 minutes, EPANET in process, with WNTR's EpanetSimulator."""
    from jumeau.worksites import water

    net = water.read_inp(path)
    seconds = 7 * 86400
    water.solve(net, 3600, 300, engine="epanet")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(spent(lambda: water.solve(net, seconds, 300, engine="epanet")))
        theirs.append(wntr(path, []))
    table.ratio(
        "L-TOWN, a week at 5 min", min(ours), min(theirs), at_least=4,
        peer_name="WNTR EpanetSimulator",
    )  # fmt: skip
    some = [{"demand": {name: 0.1}} for name in net.junctions.index[:16]]
    used = spent(
        lambda: water.solve(net, seconds, 300, scenarios=some, engine="batched", threads=1)
    )
    table.ratio(
        "L-TOWN, a week at 5 min: a scenario of 16", used / 16, min(theirs),
        peer_name="WNTR EpanetSimulator",
    )  # fmt: skip


def growth(table: Table, found: dict[str, Path]) -> None:
    """Show the time of a scenario from ten nodes to twelve thousand."""
    from jumeau.worksites import water

    for name in ("Net1", "Net3", "L-TOWN", "ky4", "exnet-3", "BWSN_Network_2"):
        net = water.read_inp(found[name])
        nodes = len(net.node_ids())
        scenarios = draws(net, max(512, min(4096, 2_000_000 // nodes)))
        kit = Toolkit(found[name], net)
        some = kit.numbered(scenarios[: max(64, 200_000 // nodes)])
        batch(net, scenarios[:300])
        ours = min(spent(lambda: batch(net, scenarios)) for _ in range(2)) / len(scenarios)  # noqa: B023
        peer = min(spent(lambda: kit.run(some, kit.tk.NOSAVE)) for _ in range(2)) / len(some)  # noqa: B023
        table.ratio(
            f"{name.replace('_Network', '')}, {nodes:,} nodes: a scenario", ours * 1e6, peer * 1e6,
            peer_name="EPANET C, from the scenario before", unit="µs",
        )  # fmt: skip
        table.show(
            f"{name.replace('_Network', '')}, {nodes:,} nodes: a scenario and node",
            ours / nodes * 1e9, unit="ns",
        )  # fmt: skip


def memory(table: Table, path: Path) -> None:
    """Measure the peak memory of 500 scenarios of the largest network, in a fresh process."""
    used = fresh(["-c", MEMORY_CODE, str(path)])
    table.limit("BWSN_2, 500 scenarios: peak memory", used.peak_mib / 1024, 4, unit="GiB")
    table.show("BWSN_2, 500 scenarios: elapsed", used.seconds)


def main() -> int:
    """Measure everything."""
    table = Table("water")
    found = networks()
    ensemble(table, found["L-TOWN"])
    week(table, found["L-TOWN"])
    growth(table, found)
    memory(table, found["BWSN_Network_2"])
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
