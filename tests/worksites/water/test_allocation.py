# SPDX-License-Identifier: EUPL-1.2
"""Volumes of meters brought to junctions: conserved, near, told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water.network import Network, frame


def net_of():
    """Build a source, a main of three junctions and a branch."""
    spots = {"A": (0, 0), "B": (100, 0), "C": (200, 0), "D": (100, 100)}
    junctions = {name: {"x": float(x), "y": float(y)} for name, (x, y) in spots.items()}
    ends = {"r": ("R", "A"), "p": ("A", "B"), "q": ("B", "C"), "d": ("B", "D")}
    rows = {
        name: {"from_node": a, "to_node": b, "length_m": 100.0, "diameter_mm": 100.0,
               "roughness": 130.0}
        for name, (a, b) in ends.items()
    }  # fmt: skip
    return Network(
        junctions=frame("junctions", junctions), pipes=frame("pipes", rows),
        reservoirs=frame("reservoirs", {"R": {"head_m": 50.0, "x": -100.0, "y": 0.0}}),
        patterns=frame("patterns", {"day": {"multipliers": (0.5, 1.5)}}),
    )  # fmt: skip


def demands(net):
    return net.junctions["demand_m3_h"].to_dict()


def test_a_volume_goes_to_the_ends_of_its_pipe_by_distance():
    out, report = water.allocate_demand(net_of(), [(30.0, 5.0)], [8760.0])
    assert demands(out) == pytest.approx({"A": 0.7, "B": 0.3, "C": 0.0, "D": 0.0})
    assert report.measures["distance_median_m"] == 5.0 and report.measures["matched"] == 1.0


def test_or_to_the_nearest_junction():
    out, _ = water.allocate_demand(net_of(), [(30.0, 5.0)], [24.0], unit="m3/day", to="node")
    assert demands(out)["A"] == 1.0 and sum(demands(out).values()) == 1.0


def test_what_a_source_would_get_goes_to_the_other_end():
    out, _ = water.allocate_demand(net_of(), [(-90.0, 1.0)], [2.0], unit="m3/h")
    assert demands(out)["A"] == 2.0


def test_far_and_lost_points_are_told_and_not_matched():
    places = [(50.0, 1.0), (50.0, 500.0), (math.nan, 0.0)]
    out, report = water.allocate_demand(
        net_of(), places, [1.0, 2.0, 4.0], unit="m3/h", distance_m=60.0, ids=["m1", "m2", "m3"]
    )
    assert sum(demands(out).values()) == 1.0
    assert report.measures["unmatched_m3_h"] == 6.0 and report.dropped == {"points": 2}
    assert report.measures["matched"] == pytest.approx(1 / 7)
    assert [it.entity for it in report.findings if it.code == "JUM-H116"] == ["m3", "m2"]
    assert "1/7" not in str(report) and "0.142857" in str(report).replace(",", ".")


def test_many_far_points_are_told_together():
    places = [(50.0, 500.0 + k) for k in range(30)]
    _, report = water.allocate_demand(net_of(), places, np.ones(30))
    told = [it for it in report.findings if it.code == "JUM-H116"]
    assert len(told) == 21 and told[-1].data["count"] == 10


def test_categories_and_patterns():
    net = net_of()
    out, _ = water.allocate_demand(
        net, [(0, 0), (0, 1), (200, 0)], [1.0, 2.0, 4.0], unit="m3/h", to="node", pattern="day",
        category=["homes", "works", "homes"],
    )  # fmt: skip
    rows = out.demands[["junction", "demand_m3_h", "pattern", "category"]].to_numpy().tolist()
    assert rows == [
        ["A", 1.0, "day", "homes"], ["A", 2.0, "day", "works"], ["C", 4.0, "day", "homes"],
    ]  # fmt: skip
    assert demands(out)["A"] == 3.0 and out.junctions.loc["A", "pattern"] == "day"
    with pytest.raises(InvalidError, match="JUM-H110"):
        water.allocate_demand(net, [(0, 0)], [1.0], pattern="night")


def test_own_demands_are_replaced_or_kept_and_come_back():
    net = net_of()
    net.junctions.loc["A", ["demand_m3_h", "pattern"]] = [9.0, "day"]
    out, report = water.allocate_demand(net, [(200, 0)], [1.0], unit="m3/h", to="node")
    assert sum(demands(out).values()) == 1.0
    assert demands(report.undo(out)) == demands(net)
    out, _ = water.allocate_demand(
        net, [(0, 0), (200, 0)], [1.0, 1.0], unit="m3/h", to="node", replace=False
    )
    assert demands(out)["A"] == 10.0 and len(out.demands) == 2
    assert sorted(out.demands["pattern"]) == ["", "day"]


def test_the_allocated_network_takes_what_was_given(tmp_path):
    out, _ = water.allocate_demand(net_of(), [(30.0, 5.0), (150.0, 3.0)], [2.0, 3.0], unit="m3/h")
    answer = water.solve(out, 0)
    assert answer.flow[0, 0, answer.links.index("r")] == pytest.approx(5.0, abs=1e-3)
    water.write_inp(out, tmp_path / "n.inp")
    back = water.read_inp(tmp_path / "n.inp")
    assert back.junctions["demand_m3_h"].sum() == pytest.approx(5.0)


@pytest.mark.parametrize(("volumes", "more"), [
    ([-1.0], {}), ([math.inf], {}), ([1.0, 2.0], {}), ([1.0], {"unit": "l/s"}),
    ([1.0], {"distance_m": -1.0}), ([1.0], {"to": "moon"}), ([1.0], {"category": ["a", "b"]}),
])  # fmt: skip
def test_wrong_volumes_are_refused(volumes, more):
    with pytest.raises(InvalidError, match="JUM-H110"):
        water.allocate_demand(net_of(), [(0.0, 0.0)], volumes, **more)


def test_no_points_is_no_demand():
    out, report = water.allocate_demand(net_of(), np.zeros((0, 2)), [])
    assert sum(demands(out).values()) == 0.0 and report.measures["matched"] == 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-150, 250), st.floats(-80, 150), st.floats(0, 1e6)), max_size=40),
    st.sampled_from(["pipe", "node"]),
    st.sampled_from(["m3/h", "m3/day", "m3/year"]),
)
def test_volume_is_conserved(rows, to, unit):
    given_rows = np.array(rows).reshape(-1, 3)
    out, report = water.allocate_demand(
        net_of(), given_rows[:, :2], given_rows[:, 2], to=to, unit=unit, distance_m=70.0
    )
    hours = {"m3/h": 1.0, "m3/day": 24.0, "m3/year": 8760.0}[unit]
    whole = math.fsum(given_rows[:, 2] / hours)
    allocated = math.fsum(out.junctions["demand_m3_h"])
    assert allocated == pytest.approx(report.measures["volume_m3_h"], rel=1e-14, abs=1e-300)
    assert allocated + report.measures["unmatched_m3_h"] == pytest.approx(whole, rel=1e-14)
    assert (out.junctions["demand_m3_h"] >= 0).all()
