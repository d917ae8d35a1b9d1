# SPDX-License-Identifier: EUPL-1.2
"""EPANET's own engine, in process: a network is opened once, scenarios are set and taken back."""

from __future__ import annotations

import ctypes
import tempfile
import warnings as warning
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water import faults
from jumeau.worksites.water.inp_writing import write_inp
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.solution import Solution, elevations
from jumeau.worksites.water.times import Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

Changes = Sequence[dict[str, dict[str, float]]]


def solve(
    net: Network,
    times: Times,
    scenarios: Changes,
    progress: Progress | None = None,
    *,
    numbers: Sequence[int] | None = None,
) -> Solution:
    """Compute scenarios one after the other with EPANET 2.3 (owa-epanet).

    Parameters
    ----------
    net : Network
        The network.
    times : Times
        Duration and steps.
    scenarios : sequence of dict
        Changes, checked.
    progress : callable, optional
        Receives ``"hydraulics"`` and the share done.
    numbers : sequence of int, optional
        Numbers by which warnings call the scenarios; their ranks by default, none if there is one.

    Returns
    -------
    Solution
        Heads and flows at the times of the report.

    Raises
    ------
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot.
    """
    with opened(net, times) as run:
        wanted = np.arange(times.report_start, times.duration + 1, times.report, dtype=np.int64)
        shape = (len(scenarios), len(wanted))
        head = np.empty((*shape, len(run.nodes)))
        flow = np.empty((*shape, len(run.links)))
        said: list[str] = []
        for number, changes in enumerate(scenarios):
            where = f"scenario {number if numbers is None else numbers[number]}: "
            with run.changed(changes):
                told = run.steps(head[number], flow[number], wanted)
            named = len(scenarios) > 1 or numbers is not None
            said += [where + text for text in told] if named else told
            if progress is not None:
                progress("hydraulics", (number + 1) / len(scenarios))
        if net.units.length != 1.0:
            head *= net.units.length
        if net.units.flow != 1.0:
            flow *= net.units.flow
        low = elevations(net, run.nodes)
    return Solution(head, head - low, flow, run.nodes, run.links, wanted, "epanet", said)


@contextmanager
def opened(net: Network, times: Times) -> Iterator[Run]:
    """Open a network in EPANET for the time of a block, with the durations and steps given."""
    from epanet import toolkit as tk

    with tempfile.TemporaryDirectory(prefix="jumeau-water-") as folder:
        path = Path(folder) / "network.inp"
        write_inp(net, path)
        project = tk.createproject()
        try:
            with warning.catch_warnings():
                warning.simplefilter("ignore")
                call(tk.open, project, str(path), str(Path(folder) / "report.txt"), "")
            for key, value in (
                (tk.DURATION, times.duration),
                (tk.REPORTSTEP, times.report),
                (tk.REPORTSTART, times.report_start),
                (tk.HYDSTEP, times.hydraulic),
            ):
                call(tk.settimeparam, project, key, value)
            # whatever the file asks of its report: warnings, and not every iteration
            call(tk.setreport, project, "MESSAGES YES")
            call(tk.setstatusreport, project, tk.NO_REPORT)
            yield Run(tk, project, net)
        finally:
            tk.close(project)
            tk.deleteproject(project)


def call(function: Any, *arguments: Any) -> Any:
    """Call the toolkit, its errors turned into ours."""
    try:
        return function(*arguments)
    except Exception as fault:  # the toolkit raises Exception itself
        raise _error(str(fault)) from fault


def _error(said: str) -> Exception:
    digits = "".join(it if it.isdigit() else " " for it in said).split()
    code = int(digits[0]) if digits else 0
    text = faults.texts().get(code, {"en": said, "fr": said})
    return error("JUM-H012", number=code, text=text)


class Run:
    """An open project, and its results as arrays."""

    def __init__(self, tk: Any, project: Any, net: Network) -> None:
        self.tk, self.project, self.net = tk, project, net
        nodes, links = tk.getcount(project, tk.NODECOUNT), tk.getcount(project, tk.LINKCOUNT)
        self.nodes = [tk.getnodeid(project, k) for k in range(1, nodes + 1)]
        self.links = [tk.getlinkid(project, k) for k in range(1, links + 1)]
        self.node_at = {name: k for k, name in enumerate(self.nodes, 1)}
        self.link_at = {name: k for k, name in enumerate(self.links, 1)}
        self._head, self.head = array(tk, nodes)
        self._flow, self.flow = array(tk, links)

    def steps(self, head: NDArray[Any], flow: NDArray[Any], wanted: NDArray[Any]) -> list[str]:
        """Run the whole duration, fill the rows of the report, return what the engine said.

        Rows that the engine does not come to are NaN.
        """
        tk, project = self.tk, self.project
        row, rows, left = 0, wanted.tolist(), 1
        with warning.catch_warnings(record=True) as heard:
            warning.simplefilter("always")
            call(tk.openH, project)
            try:
                tk.initH(project, tk.INITFLOW)
                while left > 0:
                    now = tk.runH(project)
                    if row < len(rows) and now == rows[row]:
                        tk.getnodevalues(project, tk.HEAD, self._head)
                        tk.getlinkvalues(project, tk.FLOW, self._flow)
                        head[row], flow[row] = self.head, self.flow
                        row += 1
                    left = tk.nextH(project)
            except Exception as fault:  # the toolkit raises Exception itself
                raise _error(str(fault)) from fault
            finally:
                tk.closeH(project)
        head[row:], flow[row:] = np.nan, np.nan
        return self._told() if heard else []

    def _told(self) -> list[str]:
        """Return the warnings of EPANET's report, which is begun anew."""
        with tempfile.TemporaryDirectory(prefix="jumeau-water-") as folder:
            path = Path(folder) / "report.txt"
            self.tk.copyreport(self.project, str(path))
            self.tk.clearreport(self.project)
            lines = path.read_text("utf-8", "replace").splitlines()
        found = (line.strip() for line in lines if line.strip().startswith("WARNING"))
        return [line.removeprefix("WARNING:").strip() for line in dict.fromkeys(found)]

    @contextmanager
    def changed(self, changes: dict[str, dict[str, float]]) -> Iterator[None]:
        """Make the changes of a scenario, then take them back."""
        undo: list[tuple[Any, ...]] = []
        try:
            for change, values in changes.items():
                for name, value in values.items():
                    undo += getattr(self, f"_{change}")(name, value)
            yield
        finally:
            for function, *arguments in reversed(undo):
                function(self.project, *arguments)

    def _demand(self, name: str, value: float) -> list[tuple[Any, ...]]:
        tk, project, node = self.tk, self.project, self.node_at[name]
        multiplier = tk.getoption(project, tk.DEMANDMULT)
        amount = value / self.net.units.flow / (multiplier or 1.0)
        call(tk.adddemand, project, node, amount, self._constant(), "")
        last = tk.getnumdemands(project, node)
        return [(tk.deletedemand, node, last)]

    def _constant(self) -> str:
        """Return a pattern of 1: without any, EPANET gives a demand that of the options."""
        tk, name = self.tk, "_constant"
        try:
            tk.getpatternindex(self.project, name)
        except Exception:  # the toolkit raises Exception itself
            call(tk.addpattern, self.project, name)
        return name

    def _node_value(self, node: int, key: int, value: float) -> list[tuple[Any, ...]]:
        tk = self.tk
        before = tk.getnodevalue(self.project, node, key)
        call(tk.setnodevalue, self.project, node, key, value)
        return [(tk.setnodevalue, node, key, before)]

    def _link_value(self, link: int, key: int, value: float) -> list[tuple[Any, ...]]:
        tk = self.tk
        before = tk.getlinkvalue(self.project, link, key)
        call(tk.setlinkvalue, self.project, link, key, value)
        return [(tk.setlinkvalue, link, key, before)]

    def _emitter(self, name: str, value: float) -> list[tuple[Any, ...]]:
        factor = self.net.units.emitter(_exponent(self.net))
        return self._node_value(self.node_at[name], self.tk.EMITTER, value / factor)

    def _status(self, name: str, value: float) -> list[tuple[Any, ...]]:
        undo = self._command(name, self.tk.INITSTATUS, int(value))
        if value and self.net.pumps["status"].get(name) == "closed":  # EPANET has it at speed 0
            self._command(name, self.tk.INITSETTING, float(self.net.pumps["speed"][name]))
        return undo

    def _command(self, name: str, key: int, value: float) -> list[tuple[Any, ...]]:
        """Give a link its status or its setting; return how it had both."""
        tk, link = self.tk, self.link_at[name]
        status = int(tk.getlinkvalue(self.project, link, tk.INITSTATUS))
        setting = tk.getlinkvalue(self.project, link, tk.INITSETTING)
        call(tk.setlinkvalue, self.project, link, key, value)
        back = (tk.setlinkvalue, link, tk.INITSETTING, setting)
        if name in self.net.pumps.index:
            return [back, (tk.setlinkvalue, link, tk.INITSTATUS, status)]
        if name not in self.net.pipes.index and status > 1:
            return [back]
        return [(tk.setlinkvalue, link, tk.INITSTATUS, status)]

    def _setting(self, name: str, value: float) -> list[tuple[Any, ...]]:
        kind = self.net.valves["type"].get(name, "")
        factor = self.net.units.setting(kind)
        undo = self._command(name, self.tk.INITSETTING, value / factor)
        if value == 0.0 and name in self.net.pumps.index:
            self._command(name, self.tk.INITSTATUS, 0)
        return undo

    def _roughness(self, name: str, value: float) -> list[tuple[Any, ...]]:
        factor = self.net.units.roughness
        return self._link_value(self.link_at[name], self.tk.ROUGHNESS, value / factor)


def _exponent(net: Network) -> float:
    return float(net.options.get("EMITTER EXPONENT", "0.5").split()[0])


def array(tk: Any, count: int) -> tuple[Any, NDArray[np.float64]]:
    """Return an array of the toolkit and the same memory as NumPy's."""
    there = tk.doubleArray(max(count, 1))
    memory = (ctypes.c_double * count).from_address(int(there.this))
    return there, np.ctypeslib.as_array(memory)
