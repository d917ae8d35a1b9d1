# SPDX-License-Identifier: EUPL-1.2
"""What changes of valves, pumps and demands do to pressures, service and energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.analyses import ensembles, moment
from jumeau.worksites.water.analyses.pump_energy import pump_energy
from jumeau.worksites.water.analyses.service import Service
from jumeau.worksites.water.network import Network

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress
    from jumeau.worksites.water.solution import Scenario

COLUMNS = (
    "lowest_pressure_m", "lowest_node", "lowest_at_s", "mean_pressure_m", "mean_change_m",
    "most_lost_m", "most_lost_node", "most_gained_m", "most_gained_node", "nodes_low",
    "pump_energy_kwh_day",
)  # fmt: skip
AS_IS = "as is"
"""Row of the network without change."""


def what_if(
    net: Network,
    changes: Mapping[str, Scenario],
    *,
    at_s: float | None = None,
    required_m: float | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compute what changes do to a network (each change alone, over its duration).

    Parameters
    ----------
    net : Network
        The network.
    changes : mapping of str to dict
        By name, what to change: ``{"status": {link: 0 or 1}, "setting": {link: value}, …}``, as
        :func:`~jumeau.worksites.water.hydraulics.solve` takes it.
    at_s : float, optional
        Time of the network as it is, at which it is changed [s]; the whole duration is computed
        with the change from the start by default.
    required_m : float, optional
        Pressure under which a consumer counts as low [m]; that of a network with pressure-driven
        demand, else 20.
    threads : int, optional
        Threads of the batch.
    progress : callable, optional
        Receives ``"changes"`` and the share done.

    Returns
    -------
    DataFrame
        First row the network as is, then a row a change: ``lowest_pressure_m`` of the junctions
        over the time, its node and time; ``mean_pressure_m`` and, by junction over the time,
        ``mean_change_m``, ``most_lost_m`` (at most 0) and ``most_gained_m`` (at least 0) with their
        nodes; ``nodes_low`` consumers that are once under the required pressure;
        ``pump_energy_kwh_day``.

    Raises
    ------
    InvalidError
        ``JUM-H010`` for a value, ``JUM-H071`` for a time, ``JUM-H072`` for a pressure.
    UnknownNameError
        ``JUM-H011`` for an unknown element.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.

    References
    ----------
    EPANET 2.2 User Manual, chapter 12; energy as in
    :func:`~jumeau.worksites.water.analyses.pump_energy.pump_energy`.
    """
    import pandas as pd

    required = Service.of(net, required_m=required_m).required_m
    duration = None
    if at_s is not None:
        net, duration = moment.frozen(net, moment.moment(net, at_s)), 0.0
    names = [AS_IS, *map(str, changes)]
    nj, nodes = len(net.junctions), list(net.junctions.index)
    users = net.junctions["demand_m3_h"].to_numpy() > 0.0
    rows: list[tuple[float | int | str, ...]] = []
    base = np.empty(0)
    for _, answer in ensembles.parts(
        net, [{}, *changes.values()], duration_s=duration, threads=threads, progress=progress,
        stage="changes",
    ):  # fmt: skip
        for number, whole in enumerate(answer.pressure):
            pressure = whole[:, :nj]
            mean = pressure.mean(axis=0)
            base = base if rows else mean
            when, where = np.unravel_index(int(np.argmin(pressure)), pressure.shape)
            change = mean - base
            lost, won = int(np.argmin(change)), int(np.argmax(change))
            low = users & (pressure < required).any(axis=0)
            energy = pump_energy(net, answer, scenario=number)["energy_kwh_day"].sum()
            rows.append(
                (
                    float(pressure[when, where]), nodes[where], int(answer.time_s[when]),
                    float(mean.mean()), float(change.mean()), float(min(change[lost], 0.0)),
                    nodes[lost] if change[lost] < 0.0 else "", float(max(change[won], 0.0)),
                    nodes[won] if change[won] > 0.0 else "", int(low.sum()), float(energy),
                )
            )  # fmt: skip
    index = pd.Index(names, name="change", dtype=object)
    return pd.DataFrame(rows, index=index, columns=[*COLUMNS])
