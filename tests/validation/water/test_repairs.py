# SPDX-License-Identifier: EUPL-1.2
"""A plan of L-TOWN broken in many ways, mended and computed."""

from __future__ import annotations

import pytest

from jumeau.validation.water import repairs
from jumeau.worksites import water


@pytest.fixture(scope="module")
def town(shared):
    """Return L-TOWN as it is, and what became of it."""
    net = water.read_inp(shared / repairs.FILE)
    return net, repairs.mended(net)


def test_every_fault_is_put_in_and_mended(town):
    _, (_, _, report, done) = town
    assert len(done) >= 10 and all(done.values())
    found = report.repaired
    assert found["duplicate"] >= done["duplicate"] and found["zero_length"] == done["zero_length"]
    assert found["loop"] == done["loop"] and found["orphan"] == done["orphan"]
    assert found["made_link"] == done["point valve"] and found["turned"] == done["turned valve"]
    assert found["unit"] >= done["metres"] and found["isolated"] == 1
    assert found["split"] >= done["unsplit"] and found["snapped"] > 0.8 * done["moved"]
    renamed = [it for it in report.findings if it.code == "JUM-H063"]
    assert len(renamed) == done["same_id"]


def test_what_is_mended_is_the_network_that_was(town):
    _, (whole, again, _, _) = town
    assert len(again.valves) == 3 and len(again.pumps) == 1 and len(again.tanks) == 1
    assert water.isolated(again).empty
    # Two nodes of each valve drawn as a point fell on one place.
    assert abs(len(again.junctions) - len(whole.junctions)) <= 4
    length = whole.pipes["length_m"].sum()
    assert again.pipes["length_m"].sum() == pytest.approx(length, rel=0.003)


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_it_simulates_with_the_heads_of_the_original(shared, seed):
    found = repairs.compared(shared / repairs.FILE, seed)
    assert found["nodes found"] > 0.995
    assert found["mean difference of head"] < 0.01 and found["largest difference of head"] < 0.1
    assert abs(found["volume lost"]) < 1e-9


def test_unbroken_it_stays_and_the_steady_network_is_that_of_the_first_moment(town):
    net, (whole, *_) = town
    _, report = water.repair(net)
    assert report.repairs.empty
    first, steady = water.solve(net, 0), water.solve(whole, 0)
    assert abs(first.head - steady.head).max() < 0.01


def test_a_file_of_epanet_broken_by_hand_is_mended_and_written(shared, tmp_path):
    """What a file with a topology of its own may suffer: rows doubled, cut off, turned."""
    net = water.read_inp(shared / repairs.FILE)
    bad = net.copy()
    bad.pipes.loc["again"] = bad.pipes.loc["p10"]
    bad.pipes.loc["loop"] = bad.pipes.loc["p20"]
    bad.pipes.loc["loop", "to_node"] = bad.pipes.loc["loop", "from_node"]
    bad.junctions.loc["alone"] = bad.junctions.loc["n1"]
    bad.junctions.loc["alone", ["x", "demand_m3_h"]] = [-5e4, 0.0]
    met = bad.pipes["to_node"].value_counts()
    own = ("p10", "p20", "p40", "p50")
    pipe = next(it for it, end in bad.pipes["to_node"].items() if met[end] > 1 and it not in own)
    cut = bad.pipes.loc[pipe, "to_node"]
    bad.junctions.loc["cut"] = bad.junctions.loc[cut]
    bad.junctions.loc["cut", "x"] += 0.3
    bad.junctions.loc["cut", "demand_m3_h"] = 0.0
    bad.pipes.loc[pipe, "to_node"] = "cut"
    bad.pipes.loc["p40", "diameter_mm"] = float("nan")
    bad.pipes.loc["p50", "length_m"] = 0.0
    for name in ("PRV-1", "PRV-2"):
        ends = bad.valves.loc[name, ["to_node", "from_node"]].tolist()
        bad.valves.loc[name, ["from_node", "to_node"]] = ends
    out, report = water.repair(bad)
    assert report.repaired == {
        "snapped": 1, "duplicate": 1, "loop": 1, "orphan": 1, "supposed": 2, "turned": 2
    }  # fmt: skip
    water.write_inp(out, tmp_path / "mended.inp")
    again = water.read_inp(tmp_path / "mended.inp")
    assert list(again.pipes.index) == list(net.pipes.index)
    right, ours = (water.solve(it, 0, engine="epanet") for it in (net, again))
    assert right.nodes == ours.nodes and abs(right.head - ours.head).max() < 0.05
    back = report.undo(out)
    assert back.pipes.equals(bad.pipes) and back.junctions.equals(bad.junctions)


def test_without_the_file_the_study_is_absent():
    (study,) = repairs.studies(None)
    assert study.compute is None and [case.verdict for case in study.cases()]
