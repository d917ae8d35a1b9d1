# SPDX-License-Identifier: EUPL-1.2
"""Rule-based controls: read as EPANET reads them, and followed by the batch as by EPANET."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water import rules, times
from jumeau.worksites.water.batched.rules import related, timely

KEEP = ["RULE keep", "IF TANK T LEVEL BELOW 2.3", "THEN PUMP U STATUS IS OPEN", "PRIORITY 1",
        "RULE stop", "IF TANK T LEVEL ABOVE 2.6", "THEN PUMP U STATUS IS CLOSED"]  # fmt: skip
CASES = {
    "levels": KEEP,
    "hours": [*KEEP, "RULE night", "IF SYSTEM CLOCKTIME >= 10 PM", "OR SYSTEM CLOCKTIME < 5 AM",
              "THEN PIPE p7 STATUS = OPEN", "AND VALVE V SETTING IS 25",
              "ELSE PIPE p7 STATUS = CLOSED", "AND VALVE V SETTING IS 40"],
    "moments": [*KEEP, "RULE once", "IF SYSTEM TIME = 7:12", "THEN PIPE p3 STATUS IS CLOSED",
                "RULE back", "IF SYSTEM TIME > 11:30 AM", "THEN PIPE p3 STATUS IS OPEN"],
    "priority": ["RULE a", "IF TANK T HEAD > 57.4", "THEN PUMP U SETTING IS 0", "PRIORITY 3",
                 "RULE b", "IF TANK T LEVEL > 1", "THEN PUMP U SETTING IS 0.95", "PRIORITY 2",
                 "RULE c", "IF TANK T LEVEL < 9", "THEN PUMP U SETTING IS 1.05", "PRIORITY 1"],
    "demands": [*KEEP, "RULE busy", "IF SYSTEM DEMAND > 26", "AND JUNCTION A DEMAND > 4",
                "THEN VALVE W SETTING = 5", "ELSE VALVE W SETTING = 2"],
    "states": [*KEEP, "RULE pumped", "IF PUMP U STATUS IS OPEN", "AND LINK p1 FLOW ABOVE 1",
               "AND NODE B PRESSURE ABOVE 20", "THEN PIPE p7 STATUS IS OPEN",
               "RULE rest", "IF PUMP U STATUS IS NOT OPEN", "THEN PIPE p7 STATUS IS CLOSED"],
    "filling": ["RULE full", "IF TANK T FILLTIME BELOW 1.5", "THEN PUMP U STATUS IS CLOSED",
                "RULE dry", "IF TANK T DRAINTIME BELOW 6", "THEN PUMP U STATUS IS OPEN"],
    "settings": [*KEEP, "RULE v", "IF VALVE V SETTING = 40", "AND SYSTEM CLOCKTIME = 6 AM",
                 "THEN VALVE V STATUS IS CLOSED", "RULE w", "IF VALVE V STATUS IS CLOSED",
                 "AND SYSTEM TIME >= 12", "THEN VALVE V SETTING = 33"],
}  # fmt: skip
CASES["states"] = [line.replace("IS NOT", "NOT") for line in CASES["states"]]


def ruled(town, lines, **more):
    net = water.read_inp(town)
    net.rules, net.controls = list(lines), []
    net.times |= {"RULE TIMESTEP": "0:07"} | more
    return net


@pytest.mark.parametrize("case", CASES)
def test_the_batch_follows_rules_as_epanet_does(town, case):
    net = ruled(town, CASES[case], DURATION="40:00")
    scenarios = [{}, {"demand": {"C": 2.5}}, {"status": {"U": 0}}, {"emitter": {"B": 0.5}}]
    theirs = water.solve(net, scenarios=scenarios, engine="epanet")
    ours = water.solve(net, scenarios=scenarios, engine="batched")
    assert ours.engine == "batched" and not ours.warnings
    assert np.abs(ours.head - theirs.head).max() < 1e-3
    np.testing.assert_allclose(ours.flow, theirs.flow, rtol=1e-3, atol=5e-3)
    free = ruled(town, [], DURATION="40:00")
    without = water.solve(free, scenarios=scenarios, engine="batched")
    assert np.abs(ours.head - without.head).max() > 0.05, "the rules changed nothing"


def test_a_step_of_rules_that_is_not_given_is_a_tenth_of_the_files_own_step(town):
    from epanet import toolkit as tk

    from jumeau.worksites.water import epanet

    for given, step_s in (("", None), ("", 300), ("0:05", None), ("2:00", 600)):
        net = ruled(town, KEEP)
        net.times["RULE TIMESTEP"] = given
        if not given:
            net.times.pop("RULE TIMESTEP")
        mine = times.times_of(net, 86400, step_s)
        with epanet.opened(net, mine) as run:
            assert tk.gettimeparam(run.project, tk.RULESTEP) == mine.rule, (given, step_s)


@pytest.mark.parametrize("relation", [">", ">=", "<", "<=", "=", "<>"])
def test_comparisons_are_within_a_thousandth(relation):
    code = rules._RELATIONS[relation]
    plain = {
        ">": lambda x: x >= -1e-3, ">=": lambda x: x >= 1e-3, "<": lambda x: x <= 1e-3,
        "<=": lambda x: x <= -1e-3, "=": lambda x: abs(x) <= 1e-3, "<>": lambda x: abs(x) >= 1e-3,
    }[relation]  # fmt: skip
    for gap in (-1.0, -2e-3, -5e-4, 0.0, 5e-4, 2e-3, 1.0):
        assert bool(related(gap, 0.0, code, 1e-3)) == plain(gap), gap


def test_an_equal_time_is_within_the_interval_over_midnight_too():
    assert timely(86000, 300, 86399.0, rules.EQ) and timely(86000, 300, 0.0, rules.EQ)
    assert not timely(86000, 300, 43200.0, rules.EQ) and timely(86000, 300, 43200.0, rules.NE)
    assert timely(100, 200, 150.0, rules.EQ) and not timely(100, 200, 99.0, rules.EQ)


def test_rules_are_read(town):
    net = ruled(town, CASES["hours"])
    night = rules.rules_of(net)[2]
    assert [it.either for it in night.premises] == [False, True]
    assert [it.value for it in night.premises] == [22 * 3600.0, 5 * 3600.0]
    assert night.then[0] == rules.Action("p7", "open", night.then[0].setting)
    assert night.then[1].setting == 25.0 and night.otherwise[1].setting == 40.0
    assert math.isnan(night.then[0].setting) and rules.rules_of(net)[0].priority == 1.0


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["IF TANK T LEVEL BELOW 2", "THEN PUMP U STATUS IS OPEN"], 221),
        (["RULE", "IF TANK T LEVEL BELOW 2"], 201),
        (["RULE 1", "IF TANK Z LEVEL BELOW 2"], 203),
        (["RULE 1", "IF LINK Z FLOW BELOW 2"], 204),
        (["RULE 1", "IF TANK T LEVEL BELOW deep"], 202),
        (["RULE 1", "IF TANK T LEVEL NEAR 2"], 201),
        (["RULE 1", "IF TANK T FLOW BELOW 2"], 201),
        (["RULE 1", "IF SYSTEM CLOCKTIME = soon"], 202),
        (["RULE 1", "THEN PUMP U STATUS IS OPEN"], 221),
        (["RULE 1", "IF TANK T LEVEL BELOW 2", "THEN PIPE p4 STATUS IS OPEN"], 207),
        (["RULE 1", "IF TANK T LEVEL BELOW 2", "THEN PUMP Z STATUS IS OPEN"], 204),
        (["RULE 1", "IF TANK T LEVEL BELOW 2", "THEN PUMP U SETTING IS -1"], 202),
        (["RULE 1", "IF TANK T LEVEL BELOW 2", "ELSE PUMP U STATUS IS OPEN"], 221),
        (["RULE 1", "PRIORITY 4"], 221),
        (["RULE 1", "WHEN TANK T LEVEL BELOW 2"], 201),
    ],
)
def test_wrong_rules_are_refused_with_epanets_code(town, lines, code):
    net = ruled(town, lines)
    with pytest.raises(InvalidError, match="JUM-H030") as caught:
        rules.rules_of(net)
    assert caught.value.data["number"] == code
    with pytest.raises(InvalidError):
        water.solve(net, 0, engine="batched")
