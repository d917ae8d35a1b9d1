# SPDX-License-Identifier: EUPL-1.2
"""One open project of EPANET for many single periods, demands, levels and roughness anew."""

from __future__ import annotations

import warnings as warning
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jumeau.worksites.water import epanet
from jumeau.worksites.water.analyses import moment
from jumeau.worksites.water.network import Network, records
from jumeau.worksites.water.times import times_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Steady:
    """An open project that computes networks of the same pipes, one period at a time."""

    def __init__(self, run: epanet.Run) -> None:
        self.run = run
        self.pipes = [run.link_at[name] for name in run.net.pipes.index]
        self.junctions = [run.node_at[name] for name in run.net.junctions.index]
        self.status = run.net.pipes["status"].to_dict()

    def roughness(self, values: Floats) -> None:
        """Give the pipes their roughness, in the units and order of the table."""
        run, factor = self.run, self.run.net.units.roughness
        for link, value in zip(self.pipes, values.tolist(), strict=True):
            run.tk.setlinkvalue(run.project, link, run.tk.ROUGHNESS, value / factor)

    def moment(self, net: Network, demand: Floats, at_s: int) -> moment.Moment:
        """Return a frozen network's heads and flows with demands [m³/h] by junction.

        Raises
        ------
        NotComputableError
            ``JUM-H012`` with EPANET's code when it cannot.
        """
        run, tk, project, units = self.run, self.run.tk, self.run.project, net.units
        for node, value in zip(self.junctions, (demand / units.flow).tolist(), strict=True):
            tk.setnodevalue(project, node, tk.BASEDEMAND, value)
        for name, head in net.reservoirs["head_m"].items():
            tk.setnodevalue(project, run.node_at[name], tk.ELEVATION, head / units.length)
        for name, level in net.tanks["initial_level_m"].items():
            tk.setnodevalue(project, run.node_at[name], tk.TANKLEVEL, level / units.length)
        self._links(net)
        with warning.catch_warnings():
            warning.simplefilter("ignore")
            epanet.call(tk.initH, project, tk.INITFLOW)
            epanet.call(tk.runH, project)
        return moment.read(run, at_s)

    def _links(self, net: Network) -> None:
        """Give pumps and valves, and the pipes without check valve, their status and setting."""
        run, tk, project = self.run, self.run.tk, self.run.project
        for name, status in net.pipes["status"].items():
            if status != "cv" and status != self.status[name]:
                tk.setlinkvalue(project, run.link_at[name], tk.INITSTATUS, int(status == "open"))
                self.status[name] = status
        for name, row in records(net.pumps).items():
            link = run.link_at[name]
            tk.setlinkvalue(project, link, tk.INITSTATUS, int(row["status"] != "closed"))
            if row["status"] != "closed":
                tk.setlinkvalue(project, link, tk.INITSETTING, row["speed"])
        for name, row in records(net.valves).items():
            link = run.link_at[name]
            if row["status"] != "active":
                tk.setlinkvalue(project, link, tk.INITSTATUS, int(row["status"] == "open"))
            elif row["type"] != "GPV":
                value = row["setting"] / net.units.setting(row["type"])
                tk.setlinkvalue(project, link, tk.INITSETTING, value)


@contextmanager
def steady(net: Network) -> Iterator[Steady]:
    """Open a frozen network for single periods."""
    own = moment.tightened(net)
    with epanet.opened(own, times_of(own, 0)) as run:
        epanet.call(run.tk.openH, run.project)
        try:
            yield Steady(run)
        finally:
            run.tk.closeH(run.project)
