# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the leak search: a year beside EPANET's own year, memory, a step of the online mode.

The year is one of 365 days at five minutes that the project generates for L-TOWN (the network is
in the wheel of epyt): 33 pressures, two inlets and the pump, the tank, the meters behind the pump;
its first week trains. EPANET C simulates that year once: the toolkit of owa-epanet, 105,120 steps
with the demand and the leaks that made the telemetry, the time of its own steps only. Told beside,
the same number of steps of the model as it is, whose demands follow three patterns and which EPANET
therefore balances in fewer iterations. Times are of the processor, all threads together; searches
begin with compiled kernels. A step of the online mode is its whole year, once, in a process of its
own, over the number of its steps.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import Table, fresh
from water import networks

DAYS = 365
STEPS = DAYS * 288
SEED = 1
ROUNDS = 2

SEARCH_CODE = """
import sys, time
from pathlib import Path
from jumeau.validation.water import kept_years
from jumeau.worksites import water
year = kept_years.read(Path(sys.argv[1]), water.read_inp(sys.argv[2]))
start = time.process_time()
water.find_leaks(
    year.net, year.pressures, year.flows, year.levels, year.meters, train=year.train,
    online=sys.argv[3] == "on",
)
print(time.process_time() - start)
"""


def spent(work: Callable[[], Any]) -> float:
    """Return the processor time of a call [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


def made(net: Any, place: Path) -> tuple[Any, float]:
    """Return the generated year and the time that EPANET's steps took in it [s]."""
    from jumeau.validation.water.generated_years import generate, spread_sensors
    from jumeau.worksites.water import epanet

    plain, taken = epanet.call, [0.0]

    def timed(function: Any, *arguments: Any) -> Any:
        if function.__name__ not in ("runH", "nextH"):
            return plain(function, *arguments)
        start = time.process_time()
        value = plain(function, *arguments)
        taken[0] += time.process_time() - start
        return value

    epanet.call = timed
    try:
        year = generate(net, SEED, spread_sensors(net), place, days=DAYS, history_days=0)
    finally:
        epanet.call = plain
    return year, taken[0]


def simulated(path: Path) -> int:
    """Step through the year with EPANET's toolkit; return the number of steps."""
    from epanet import toolkit as tk

    project = tk.createproject()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tk.open(project, str(path), str(Path(folder) / "report.txt"), "")
        tk.setreport(project, "MESSAGES NO")
        tk.settimeparam(project, tk.DURATION, DAYS * 86_400 - 300)
        tk.openH(project)
        tk.initH(project, tk.NOSAVE)
        steps = 0
        while True:
            steps += tk.runH(project) % 300 == 0
            if tk.nextH(project) <= 0:
                break
        tk.closeH(project)
        tk.close(project)
        tk.deleteproject(project)
    return steps


def main() -> int:
    """Measure everything."""
    from jumeau.worksites import water

    table = Table("water_leaks")
    path = networks()["L-TOWN"]
    net = water.read_inp(path)
    with tempfile.TemporaryDirectory(prefix="jumeau-years-") as place:
        year, simulation = made(net, Path(place))
        folder = next(Path(place).iterdir())

        def search() -> Any:
            return water.find_leaks(
                net, year.pressures, year.flows, year.levels, year.meters, train=year.train
            )

        if simulated(path) != STEPS:
            raise RuntimeError("EPANET did not step through the year")
        search()  # compiles
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(spent(lambda: simulated(path)))
            ours.append(spent(search))
        mine, plain = min(ours), min(theirs)
        table.ratio(
            "L-TOWN, a year of leak search at 5 min", mine, simulation, at_least=0.25,
            peer_name="EPANET C, that year simulated once",
        )  # fmt: skip
        table.ratio(
            "L-TOWN, a year of leak search at 5 min, beside the model's own patterns", mine, plain,
            peer_name="EPANET C, a year of the model",
        )  # fmt: skip
        for mode, name in (("off", "a year of leak search"), ("on", "a year of online search")):
            used = fresh(["-c", SEARCH_CODE, str(folder), str(path), mode])
            table.limit(f"L-TOWN, {name}: peak memory", used.peak_mib * 1.048576e-3, 2, unit="GB")
            table.show(f"L-TOWN, {name}: elapsed with reading and loading", used.seconds)
        online = float(used.stdout.split()[-1])
        table.ratio(
            "L-TOWN, a step of the online search", online / STEPS * 1e3, plain / STEPS * 1e3,
            at_least=0.01, peer_name="a step of EPANET C, model's own patterns", unit="ms",
        )  # fmt: skip
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
