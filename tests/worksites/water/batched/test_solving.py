# SPDX-License-Identifier: EUPL-1.2
"""Ensembles that begin at the network's own flows: the same answers, whoever computes them."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites import water
from jumeau.worksites.water.batched import solving


@pytest.fixture
def ensemble():
    rng = np.random.default_rng(3)
    pipes = ["p1", "p2", "p3", "p5", "p6", "p7"]
    out = [{"setting": {"V": 22.0}}, {"status": {"U": 0}}, {}, {"emitter": {"B": 0.8, "F": 0.0}}]
    out += [
        {
            "demand": {str(rng.choice(list("ABCEFG"))): float(rng.uniform(-1, 6))},
            "status": {str(rng.choice(["p2", "p3", "p7", "V"])): int(rng.integers(2))},
            "roughness": {str(rng.choice(pipes)): float(rng.uniform(60, 140))},
        }
        for _ in range(296)
    ]
    return out


@pytest.mark.parametrize("accuracy", ["0.0005", "0.00001"])
def test_an_ensemble_is_that_of_epanet(town, ensemble, accuracy):
    net = water.read_inp(town)
    net.options["ACCURACY"] = accuracy
    ours = water.solve(net, 0, scenarios=ensemble, engine="batched")
    net.options["ACCURACY"] = "0.00001"
    theirs = water.solve(net, 0, scenarios=ensemble, engine="epanet")
    assert len(ensemble) >= solving.ENSEMBLE and ours.engine == "batched"
    joined = theirs.pressure > -100.0  # what is cut off has no head to compare
    assert joined.mean() > 0.95
    assert np.abs(ours.head - theirs.head)[joined].max() < 1e-3
    np.testing.assert_allclose(ours.flow, theirs.flow, rtol=1e-3, atol=5e-3)


def test_a_loose_file_does_not_make_an_ensemble_loose(town, ensemble):
    net = water.read_inp(town)
    exact = water.solve(net, 0, scenarios=ensemble, engine="batched")
    net.options["ACCURACY"] = "0.05"
    loose = water.solve(net, 0, scenarios=ensemble, engine="batched")
    joined = exact.pressure > -100.0
    assert np.abs(loose.head - exact.head)[joined].max() < 1e-3


def test_threads_and_neighbours_change_no_bit(town, ensemble):
    net = water.read_inp(town)
    net.options["ACCURACY"] = "0.0005"
    one = water.solve(net, 0, scenarios=ensemble, engine="batched", threads=1)
    many = water.solve(net, 0, scenarios=ensemble, engine="batched", threads=3)
    turned = water.solve(net, 0, scenarios=ensemble[::-1], engine="batched", threads=1)
    np.testing.assert_array_equal(one.head, many.head)
    np.testing.assert_array_equal(one.flow, turned.flow[::-1])


def test_what_fails_from_near_is_tried_from_afar(town, ensemble, monkeypatch):
    net = water.read_inp(town)
    net.options["ACCURACY"] = "0.0005"
    expected = water.solve(net, 0, scenarios=ensemble, engine="batched")
    real, told = solving._march, []

    def march(net, built, times, scenarios, start, *rest):
        answer, failed = real(net, built, times, scenarios, start, *rest)
        near = not np.isnan(start.flow).all()
        told.append(near)
        if near:
            answer.head[5] = np.nan
        return answer, sorted({*failed, 5}) if near else failed

    monkeypatch.setattr(solving, "_march", march)
    answer = water.solve(net, 0, scenarios=ensemble, engine="batched")
    assert told == [True, False] and not answer.warnings
    np.testing.assert_allclose(answer.head[5], expected.head[5], atol=1e-3)


STARVED = """[JUNCTIONS]
 A 10 5
 B 12 40
[RESERVOIRS]
 R 50
[PIPES]
 p1 R A 400 150 110 0
 p2 A B 300 100 110 0
 p3 A B 900 8 110 0
[TIMES]
 DURATION 0
[OPTIONS]
 UNITS CMH
 HEADLOSS H-W
 ACCURACY {accuracy}
 TRIALS 200
"""


@pytest.mark.parametrize(("accuracy", "left"), [("0.00001", True), ("0.001", False)])
def test_what_a_small_way_starves_is_left_to_epanet(tmp_path, accuracy, left):
    path = tmp_path / "starved.inp"
    path.write_text(STARVED.format(accuracy=accuracy))
    net = water.read_inp(path)
    scenarios = [{}, {"status": {"p2": 0}}, {"status": {"p3": 0}}]
    ours = water.solve(net, scenarios=scenarios, engine="batched")
    theirs = water.solve(net, scenarios=scenarios, engine="epanet")
    assert theirs.pressure[1].min() < -solving.STARVED
    assert ours.warnings == (["scenario 1: left to EPANET", *theirs.warnings] if left else [])
    np.testing.assert_allclose(ours.head[[0, 2]], theirs.head[[0, 2]], atol=1e-3)
    if left:
        np.testing.assert_array_equal(ours.head[1], theirs.head[1])


DROWNED = """[JUNCTIONS]
 A 10 5
 B 12 20
 C 12 0
 D 12 20
[RESERVOIRS]
 R 50
[PIPES]
 p1 R A 400 150 110 0
 p2 A B 300 100 110 0
 p3 B C 0.001 5000 110 0
 p4 C D 0.001 5000 110 0
[TIMES]
 DURATION 0
[OPTIONS]
 UNITS CMH
 HEADLOSS H-W
 ACCURACY 0.00001
 TRIALS 200
"""


def test_what_rounding_decides_is_left_to_epanet(tmp_path):
    path = tmp_path / "drowned.inp"
    path.write_text(DROWNED)
    net = water.read_inp(path)
    scenarios = [{}, {"status": {"p2": 0}}]
    ours = water.solve(net, scenarios=scenarios, engine="batched")
    said = [text for text in ours.warnings if "left" in text]
    assert said == ["scenario 1: left to EPANET"]
    net.options["ACCURACY"] = "0.01"
    ours = water.solve(net, scenarios=scenarios, engine="batched")
    assert not [text for text in ours.warnings if "left" in text]


def test_a_batch_begins_without_the_inflow_of_the_one_before(town):
    net = water.read_inp(town)
    scenarios = [{"demand": {"A": 3.0 * (k % 9)}} for k in range(17)]
    many = water.solve(net, 7200, 3600, scenarios=scenarios, engine="batched", threads=1)
    for first in (8, 16):
        alone = water.solve(
            net, 7200, 3600, scenarios=scenarios[first:], engine="batched", threads=1
        )
        np.testing.assert_array_equal(alone.head[0], many.head[first])
