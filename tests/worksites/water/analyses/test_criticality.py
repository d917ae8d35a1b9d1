# SPDX-License-Identifier: EUPL-1.2
"""Closures of pipes, against each of them computed alone by EPANET with pressure-driven demand."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.analyses import ensembles, moment


def plain(net, pipe, at_s, required):
    """Return demand no more served and the lowest pressure where open pipes lead (plain twin)."""
    still = moment.frozen(net, moment.moment(net, at_s))
    demand = still.junctions["demand_m3_h"]
    still.options |= {"DEMAND MODEL": "PDA", "MINIMUM PRESSURE": "0",
                      "REQUIRED PRESSURE": str(required), "PRESSURE EXPONENT": "0.5"}  # fmt: skip
    served = []
    for closed in (None, pipe):
        joined = {*still.reservoirs.index, *still.tanks.index}
        for _ in still.node_ids():
            for name, row in still.pipes.iterrows():
                if (
                    row.status == "open"
                    and name != closed
                    and {row.from_node, row.to_node} & joined
                ):
                    joined |= {row.from_node, row.to_node}
        change = {} if closed is None else {"status": {closed: 0}}
        answer = water.solve(still, 0, scenarios=[change], engine="epanet")
        pressure = dict(zip(answer.nodes, answer.pressure[0, 0], strict=True))
        share = [np.clip(pressure[n] / required, 0, 1) ** 0.5 * (n in joined) for n in demand.index]
        served.append(demand.to_numpy() * share)
        lowest = min((pressure[n] for n in demand.index if n in joined), default=np.nan)
    return np.maximum(served[0] - served[1], 0).sum(), lowest


@pytest.mark.parametrize("required", [15.0, 25.0, 45.0])
def test_every_closure_is_the_one_computed_alone(grid, required):
    table = water.criticality(grid, at_s=8 * 3600, required_m=required)
    assert list(table.index) == list(grid.pipes.index)
    for pipe, row in table.iterrows():
        lost, lowest = plain(grid, pipe, 8 * 3600, required)
        assert row.not_served_m3_h == pytest.approx(lost, abs=2e-3), pipe
        if row.method in ("hydraulics", "pressure-driven"):
            assert row.lowest_pressure_m == pytest.approx(lowest, abs=5e-3), pipe


def test_what_each_pipe_takes(grid):
    table = water.criticality(grid, at_s=0, required_m=15)
    assert table.loc["p9", "method"] == "closed" and table.loc["p9", "not_served_m3_h"] == 0
    assert table.loc["p5", "method"] == "graph"
    assert table.loc["p5", "nodes_cut"] == 2  # E and G
    assert table.loc["p5", "cut_m3_h"] == pytest.approx(6 * 0.6)
    assert table.loc["p6", "not_served_m3_h"] <= table.loc["p6", "cut_m3_h"] + 1e-9
    assert table.loc["p1", "method"] != "graph" and table.loc["p1", "cut_m3_h"] == 0
    assert table["people"].isna().all()
    people = {"E": 120, "G": 3, "A": 900}
    touched = water.criticality(grid, ["p5", "p9"], at_s=0, required_m=15, people=people)["people"]
    assert touched.to_dict() == {"p5": 123.0, "p9": 0.0}


def test_the_hour_is_that_of_the_greatest_demand(grid):
    assert water.criticality(grid, ["p5"]).loc["p5", "cut_m3_h"] == pytest.approx(
        water.criticality(grid, ["p5"], at_s=8 * 3600).loc["p5", "cut_m3_h"]
    )


def test_bridges_are_those_that_cut_when_removed(shared):
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    net = water.read_inp(shared / "validation/water/battledim/L-TOWN.inp")
    at = moment.moment(net)
    found = ensembles.cuts(moment.frozen(net, at))
    place = {name: k for k, name in enumerate(at.nodes)}
    ends = {}
    for table in (net.pipes, net.pumps, net.valves):
        for name, row in table.iterrows():
            ends[name] = place[row.from_node], place[row.to_node]
    pairs = np.array([ends[name] for name in at.links])
    nj, opened = len(net.junctions), ensembles.opened(net)
    there = np.array([name in opened for name in at.links])
    for k in range(0, len(at.links), 7):
        keep = there.copy()
        keep[k] = False
        size = (len(at.nodes),) * 2
        joined = coo_matrix((np.ones(keep.sum()), pairs[keep].T), size)
        label = connected_components(joined, directed=False)[1]
        alone = np.flatnonzero(~np.isin(label, label[nj:]))
        mine = found.apart.get(at.links[k], np.array([], int))
        assert sorted(mine) == alone.tolist(), at.links[k]


def test_progress_is_told_and_wrong_questions_refused(grid):
    told = []
    water.criticality(grid, progress=lambda stage, share: told.append((stage, share)))
    assert told[-1][1] == 1.0 and {stage for stage, _ in told} <= {"closures", "shortages"}
    with pytest.raises(UnknownNameError, match="JUM-H070"):
        water.criticality(grid, ["P1"])
    with pytest.raises(InvalidError, match="JUM-H072"):
        water.criticality(grid, required_m=0.0)
    with pytest.raises(InvalidError, match="JUM-H071"):
        water.criticality(grid, at_s=1e9)


def test_a_check_valve_is_closed_by_whichever_engine(grid):
    closed = grid.copy()
    closed.pipes.loc["p3", "status"] = "closed"
    grid.pipes.loc["p3", "status"] = "cv"
    alone = water.criticality(grid, ["p3"], at_s=0, required_m=25)  # few: EPANET
    together = water.criticality(grid, at_s=0, required_m=25)
    assert alone.loc["p3", "not_served_m3_h"] > 0.05
    assert together.loc["p3", "not_served_m3_h"] == pytest.approx(
        alone.loc["p3", "not_served_m3_h"], abs=2e-3
    )

    def served(net):
        still = moment.frozen(net, moment.moment(net, 0))
        still.junctions["demand_m3_h"] = asked
        still.options |= {"DEMAND MODEL": "PDA", "MINIMUM PRESSURE": "0",
                          "REQUIRED PRESSURE": "25", "PRESSURE EXPONENT": "0.5"}  # fmt: skip
        answer = water.solve(still, 0, engine="epanet")
        pressure = dict(zip(answer.nodes, answer.pressure[0, 0], strict=True))
        share = [np.clip(pressure[it] / 25, 0, 1) ** 0.5 for it in asked.index]
        return float(asked.to_numpy() @ share)

    asked = moment.frozen(grid, moment.moment(grid, 0)).junctions["demand_m3_h"]
    lost = served(grid) - served(closed)
    assert alone.loc["p3", "not_served_m3_h"] == pytest.approx(lost, abs=2e-3)
