# SPDX-License-Identifier: EUPL-1.2
"""The factorised Jacobian against computing again with a little more water."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import NotComputableError
from jumeau.worksites import water
from jumeau.worksites.water.batched import model
from jumeau.worksites.water.batched.adjoint import jacobian


def differences(net, nodes, by, at_s):
    """Return the change of head per m³/h put in at nodes, by central differences (nodes, k)."""
    net = net.copy()
    net.options["ACCURACY"] = "0.00001"
    asked = [{"demand": {node: change}} for change in (-by, by) for node in nodes]
    if at_s:
        asked = [scenario | {"status": {"U": 1}} for scenario in asked]
    head = water.solve(net, at_s, max(at_s, 1), scenarios=asked, engine="batched").head[:, -1]
    return (head[: len(nodes)] - head[len(nodes) :]).T / (2 * by)


def put_in(found, nodes):
    rhs = np.zeros((len(found.nodes), len(nodes)))
    for column, node in enumerate(nodes):
        rhs[found.nodes.index(node), column] = 1.0
    return rhs


@pytest.mark.parametrize("valve", ["PRV  40  0", "PSV  44.85  0", "TCV  80  0"])
def test_heads_answer_as_computing_again_does(town, valve):
    text = town.read_text("utf-8").replace("FCV  4   1", "TCV  400 1")
    town.write_text(text.replace("PRV  40  0", valve), "utf-8")
    net = water.read_inp(town)
    nodes = ["A", "B", "C", "D", "E", "F", "G"]
    found = jacobian(net)
    expected = differences(net, nodes, 0.02, 0)
    rhs = put_in(found, nodes)
    answer = found.solve(rhs)
    assert found.balanced and (len(found.pinned) > 0) == valve.startswith("P")
    np.testing.assert_allclose(answer, expected, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(found.solve(rhs[:, 2]), answer[:, 2], rtol=1e-12)
    seen = np.random.default_rng(0).normal(size=rhs.shape)
    np.testing.assert_allclose(
        seen.T @ answer, found.solve(seen, transposed=True).T @ rhs, rtol=1e-6
    )


def test_time_and_scenario_are_those_asked(town):
    net = water.read_inp(town)
    scenario = {"demand": {"C": 2.0}, "roughness": {"p1": 60.0}}
    found = jacobian(net, at_s=4 * 3600, scenario=scenario)
    whole = water.solve(net, 4 * 3600, scenarios=[scenario], engine="batched")
    np.testing.assert_allclose(found.head, whole.head[0, -1], atol=1e-3)
    np.testing.assert_allclose(found.flow, whole.flow[0, -1], atol=5e-3)
    pipe = found.links.index("p1")
    drop = found.head[found.nodes.index("A")] - found.head[found.nodes.index("B")]
    assert found.conductance[pipe] == pytest.approx(found.flow[pipe] / drop / 1.852, rel=1e-5)


def test_what_no_link_reaches_has_no_sensitivity(town):
    net = water.read_inp(town)
    found = jacobian(net, scenario={"status": {"p6": 0}})
    answer = found.solve(put_in(found, ["A", "F"]))
    assert np.isnan(answer[found.nodes.index("F")]).all()
    assert answer[found.nodes.index("A"), 0] > 0.0
    assert (answer[found.nodes.index("T")] == 0.0).all()
    assert (np.delete(answer[:, 1], found.nodes.index("F")) == 0.0).all()


def test_a_network_left_to_epanet_has_no_jacobian(town, monkeypatch):
    monkeypatch.setattr(model, "unsupported", lambda net: "leakage")
    with pytest.raises(NotComputableError, match="JUM-H020"):
        jacobian(water.read_inp(town))
