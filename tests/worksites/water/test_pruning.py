# SPDX-License-Identifier: EUPL-1.2
"""Controls and rules on what is gone: left out and told, so that EPANET still computes."""

from __future__ import annotations

import pytest

from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water import pruning

RULES = """[RULES]
RULE keep
IF TANK T LEVEL ABOVE 3
THEN PUMP U STATUS IS CLOSED

RULE gone
IF SYSTEM CLOCKTIME >= 8 AM
AND PIPE p7 STATUS IS OPEN
THEN PIPE p3 STATUS IS OPEN
ELSE PIPE p3 STATUS IS CLOSED
PRIORITY 2

[EMITTERS]"""


@pytest.fixture
def ruled(town):
    """Give the town two rules."""
    town.write_text(town.read_text("utf-8").replace("[EMITTERS]", RULES), "utf-8")
    return town


def codes(net):
    return {it.code: it for it in net.report.findings}


def test_a_deleted_pipe_takes_its_controls_and_rules_along(ruled, tmp_path):
    t = twin.create(tmp_path / "t.jumeau", name="T")
    water.to_territory(water.read_inp(ruled), t)
    assert not codes(water.from_territory(t)).keys() & {"JUM-H111", "JUM-H123"}
    with t.transaction("no more p7") as tx:
        assert tx.delete("pipe", {"id": "p7"}) == 1
    net = water.from_territory(t)
    assert net.controls == ["LINK U CLOSED IF NODE T ABOVE 2.6", "LINK U OPEN IF NODE T BELOW 2.3"]
    assert [it.split()[1] for it in net.rules if it.startswith("RULE")] == ["keep"]
    told = codes(net)
    assert told["JUM-H111"].data["count"] == 2 and "p7" in told["JUM-H111"].data["lines"][0]
    assert told["JUM-H123"].data["names"] == ["gone"]
    water.write_inp(net, tmp_path / "out.inp")
    back = water.read_inp(tmp_path / "out.inp")
    assert len(back.controls) == 2
    assert water.solve(net, 7200, engine="epanet").head.shape[1] == 5


def test_a_pipe_that_became_a_check_valve_is_commanded_no_more(ruled):
    net = water.read_inp(ruled)
    net.pipes.loc["p3", "status"] = "cv"
    assert [it.code for it in pruning.prune(net)] == ["JUM-H123"], "p3 is commanded by a rule"
    net.pipes.loc["p7", "status"] = "cv"
    assert [it.code for it in pruning.prune(net)] == ["JUM-H111"]


def test_a_missing_node_counts_too_and_a_watched_check_valve_does_not(ruled):
    net = water.read_inp(ruled)
    net.pipes.loc["p7", "status"], net.controls = "cv", []
    assert pruning.prune(net) == [], "a rule may watch a check valve"
    net.tanks = net.tanks.drop(index="T")
    assert pruning.prune(net)[0].data["names"] == ["keep"]
