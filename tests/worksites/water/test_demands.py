# SPDX-License-Identifier: EUPL-1.2
"""Categories of demand follow the demand of their junction, in files and in both engines."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water import network
from jumeau.worksites.water.demands import demands_of


def taken(net, engine):
    """Return what E takes at the start [m³/h]: what comes by W and p4 less what leaves by p6."""
    answer = water.solve(net, 0, engine=engine)
    flow = dict(zip(answer.links, answer.flow[0, 0], strict=True))
    return flow["W"] + flow["p4"] - flow["p6"]


@pytest.mark.parametrize("engine", ["epanet", "batched"])
def test_a_new_demand_scales_the_categories(town, engine):
    net = water.read_inp(town)
    before = taken(net, engine)
    assert before == pytest.approx(4 * 0.6 + 2, abs=1e-3)
    net.junctions.loc["E", "demand_m3_h"] = 3.0
    assert taken(net, engine) == pytest.approx(before / 2, abs=1e-3)
    assert net.demands["demand_m3_h"].tolist() == [4.0, 2.0], "the network is not touched"


def test_the_file_says_the_same(town, tmp_path):
    net = water.read_inp(town)
    net.junctions.loc["E", "demand_m3_h"] = 3.0
    water.write_inp(net, tmp_path / "out.inp")
    back = water.read_inp(tmp_path / "out.inp")
    assert back.demands["demand_m3_h"].tolist() == [2.0, 1.0]
    assert back.demands["category"].tolist() == ["ménages", "usine"]
    assert back.junctions.loc["E", "demand_m3_h"] == 3.0


def test_new_categories_count_as_they_are(town):
    net = water.read_inp(town)
    net.demands.loc[0, "demand_m3_h"] = 7.0
    assert demands_of(net)["demand_m3_h"].tolist() == [7.0, 2.0]
    net.junctions.loc["E", "demand_m3_h"] = 9.0
    assert demands_of(net)["demand_m3_h"].tolist() == [7.0, 2.0]


def test_categories_that_sum_to_nothing_take_the_new_demand_on_the_first(town):
    net = water.read_inp(town)
    net.demands["demand_m3_h"] = 0.0
    net.junctions.loc["E", "demand_m3_h"] = 0.0
    net.origin = net.copy()
    net.junctions.loc["E", "demand_m3_h"] = 5.0
    assert demands_of(net)["demand_m3_h"].tolist() == [5.0, 0.0]


def test_a_contradiction_is_refused(town, tmp_path):
    net = water.read_inp(town)
    net.demands.loc[0, "demand_m3_h"] = 7.0
    net.junctions.loc["E", "demand_m3_h"] = 5.0
    for act in (
        lambda: water.solve(net, 0, engine="batched"),
        lambda: water.solve(net, 0, engine="epanet"),
        lambda: water.write_inp(net, tmp_path / "out.inp"),
    ):
        with pytest.raises(InvalidError, match="JUM-H031"):
            act()


def test_a_network_that_was_not_read_says_its_demand_once(town):
    net = water.read_inp(town)
    net.document = net.origin = None
    assert np.isclose(demands_of(net)["demand_m3_h"].sum(), 6.0)
    net.junctions.loc["E", "demand_m3_h"] = 0.0
    assert demands_of(net)["demand_m3_h"].tolist() == [4.0, 2.0]
    net.junctions.loc["E", "demand_m3_h"] = 1.0
    with pytest.raises(InvalidError, match="JUM-H031"):
        demands_of(net)
    bare = network.Network()
    assert demands_of(bare).empty
