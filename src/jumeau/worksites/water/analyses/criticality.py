# SPDX-License-Identifier: EUPL-1.2
"""What each pipe is worth: the demand no more served when it is closed (N − 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.analyses import ensembles, moment
from jumeau.worksites.water.analyses.service import Service
from jumeau.worksites.water.network import Network

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

    Floats = NDArray[np.float64]

COLUMNS = (
    "not_served_m3_h", "cut_m3_h", "nodes_cut", "nodes_low", "people", "lowest_pressure_m",
    "lowest_node", "method",
)  # fmt: skip


def criticality(
    net: Network,
    pipes: Iterable[str] | None = None,
    *,
    at_s: float | None = None,
    minimum_m: float | None = None,
    required_m: float | None = None,
    people: Mapping[str, float] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compute the criticality of pipes (closure of one at a time, pressure-driven demand).

    Parameters
    ----------
    net : Network
        The network.
    pipes : iterable of str, optional
        Pipes to close, all by default.
    at_s : float, optional
        Time [s]; that of the greatest demand by default. Levels of tanks, statuses and settings
        are those of that time; valves and check valves react to the closure.
    minimum_m, required_m : float, optional
        Pressures under which nothing, and above which all of a demand is served [m]; those of a
        network with pressure-driven demand, else 0 and 20.
    people : mapping, optional
        People by junction, for the column ``people`` [-].
    threads : int, optional
        Threads of the batch.
    progress : callable, optional
        Receives ``"closures"`` then ``"shortages"``, and the share done.

    Returns
    -------
    DataFrame
        A row a pipe: ``not_served_m3_h`` less served than with the pipe open, of which ``cut_m3_h``
        at junctions without any way to a tank or a reservoir; ``nodes_cut`` junctions cut off;
        ``nodes_low`` consumers who fall under the required pressure; ``people`` at either (NaN
        without the mapping); ``lowest_pressure_m`` and ``lowest_node`` of the junctions still
        joined; ``method``: "closed" already, "graph" (the closure only cuts a part off),
        "hydraulics" (nobody falls under the required pressure) or "pressure-driven".

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for an unknown pipe.
    InvalidError
        ``JUM-H071`` for a time, ``JUM-H072`` for pressures out of order.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.

    Notes
    -----
    A pipe that is a bridge of the graph cuts its part off and takes nothing from the others, whose
    pressures rise: no computation. The others are closed side by side with fixed demands; where
    every consumer keeps the required pressure the demand is served, and where not the closure is
    computed anew with demands driven by pressure, q = d·((p − p₀)/(p₁ − p₀))^e.

    References
    ----------
    Wagner, Shamir and Marks (1988), Water distribution reliability: simulation methods; Todini
    and Pilati (1988).
    """
    import pandas as pd

    asked = moment.checked_names(
        net.pipes.index if pipes is None else pipes, list(net.pipes.index), "pipe"
    )
    service = Service.of(net, minimum_m, required_m)
    at = moment.moment(net, moment.peak_time(net) if at_s is None else at_s)
    still = moment.frozen(net, at)
    found = ensembles.cuts(still)
    still.options["DEMAND MODEL"] = "DDA"
    study = _Study(still, at, service, found, threads, progress)
    open_ = ensembles.opened(still)
    rows: dict[str, tuple[Any, ...]] = {}
    rest = []
    for name in asked:
        if name not in open_:
            rows[name] = study.row(study.served, study.pressure, np.array([], int), "closed")
        elif name in found.apart:
            rows[name] = study.cut(name)
        else:
            rest.append(name)
    rows |= study.closed(rest)
    table = pd.DataFrame(
        [(*rows[name][:4], np.nan, *rows[name][4:7]) for name in asked],
        index=pd.Index(asked, name="pipe", dtype=object), columns=[*COLUMNS],
    )  # fmt: skip
    if people is not None:
        each = np.array([float(people.get(name, 0.0)) for name in net.junctions.index])
        table["people"] = [float(each[rows[name][7]].sum()) for name in asked]
    return table


class _Study:
    """A network at a moment, what it serves then, and closures against that."""

    def __init__(
        self,
        net: Network,
        at: moment.Moment,
        service: Service,
        found: ensembles.Cuts,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self.net, self.service, self.found = net, service, found
        self.threads, self.progress = threads, progress
        self.nj = len(net.junctions)
        self.nodes = at.nodes[: self.nj]
        self.demand = np.maximum(at.demand[: self.nj], 0.0)
        self.driven = service.driving(net)
        self.pressure = next(ensembles.parts(net, [{}]))[1].pressure[0, 0, : self.nj]
        if self._short(self.pressure):
            self.pressure = next(ensembles.parts(self.driven, [{}]))[1].pressure[0, 0, : self.nj]
        self.joined = found.reached[: self.nj]
        self.served = np.where(self.joined, self.demand * service.share(self.pressure), 0.0)

    def _short(self, pressure: Floats) -> bool:
        """Tell whether a consumer who is joined to a source lacks pressure, or all is unknown."""
        users = (self.demand > 0.0) & self.found.reached[: self.nj]
        return bool((~(pressure[users] >= self.service.required_m)).any())

    def row(
        self, served: Floats, pressure: Floats, apart: NDArray[np.int64], method: str
    ) -> tuple[Any, ...]:
        """Return the columns of a closure without people, and the junctions touched."""
        lost = np.maximum(self.served - served, 0.0)
        off = np.zeros(self.nj, bool)
        off[apart] = True
        lost[off] = self.served[off]
        required = self.service.required_m
        low = (self.demand > 0.0) & ~off & (pressure < required) & (self.pressure >= required)
        there = np.flatnonzero(self.joined & ~off)
        lowest = there[int(np.argmin(pressure[there]))] if len(there) else -1
        return (
            float(lost.sum()), float(lost[off].sum()), int(off.sum()), int(low.sum()),
            float(pressure[lowest]) if lowest >= 0 else np.nan,
            self.nodes[lowest] if lowest >= 0 else "", method, off | low,
        )  # fmt: skip

    def cut(self, pipe: str) -> tuple[Any, ...]:
        """Return what the closure of a bridge takes."""
        return self.row(self.served, self.pressure, self.found.apart[pipe], "graph")

    def closed(self, pipes: list[str]) -> dict[str, tuple[Any, ...]]:
        """Return what the closure of pipes takes, all side by side."""
        nothing = np.array([], int)
        rows: dict[str, tuple[Any, ...]] = {}
        short: list[str] = []
        for stage, net, names in (
            ("closures", self.net, pipes),
            ("shortages", self.driven, short),
        ):
            for name, pressure in self._closures(net, names, stage):
                if stage == "closures" and self._short(pressure):
                    short.append(name)
                    continue
                method = "hydraulics" if stage == "closures" else "pressure-driven"
                served = self.demand * self.service.share(pressure)
                rows[name] = self.row(served, pressure, nothing, method)
        return rows

    def _closures(self, net: Network, names: list[str], stage: str) -> Iterator[tuple[str, Floats]]:
        """Yield pipes and the pressures of the junctions when each is closed.

        EPANET sets no status of a check valve (error 207): it is closed in a copy of the network.
        """
        checks = set(net.pipes.index[net.pipes["status"] == "cv"])
        plain = [name for name in names if name not in checks]
        for first, answer in ensembles.parts(
            net, [{"status": {name: 0.0}} for name in plain], threads=self.threads,
            progress=self.progress, stage=stage,
        ):  # fmt: skip
            yield from zip(plain[first:], answer.pressure[:, 0, : self.nj], strict=False)
        for name in (it for it in names if it in checks):
            twin = net.copy()
            twin.pipes.loc[name, "status"] = "closed"
            for _, answer in ensembles.parts(twin, [{}], threads=self.threads):
                yield name, answer.pressure[0, 0, : self.nj]
