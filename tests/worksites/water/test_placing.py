# SPDX-License-Identifier: EUPL-1.2
"""Where a network stands: every node somewhere, there and back, guessed or told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.worksites import water
from jumeau.worksites.water import placing
from jumeau.worksites.water.placing import Placing

CRS = "EPSG:2154"


@pytest.mark.parametrize(
    "way",
    [
        Placing(),
        Placing("invented", e=700_000.0, n=6_600_000.0, a=2.0),
        Placing("control points", e=1.0, n=-2.0, a=0.6, b=0.8),
        Placing("declared", source="EPSG:4326", target=CRS),
    ],
)
def test_there_and_back(way):
    u, v = np.array([3.01, 3.2, 2.9]), np.array([46.5, 46.6, 46.7])
    x, y = way.forward(u, v)
    back = way.back(x, y)
    assert np.allclose(back, (u, v), atol=1e-9)
    again = Placing.of(way.label, way.to_json())
    assert np.array_equal(again.forward(u, v), (x, y))


def test_a_similarity_turns_and_stretches():
    x, y = Placing(e=10.0, n=20.0, a=0.0, b=2.0).forward(np.array([3.0]), np.array([1.0]))
    assert (x[0], y[0]) == (8.0, 26.0), "a quarter turn to the left, twice as large"


def test_every_node_stands_somewhere(town):
    net = water.read_inp(town)
    places, invented = placing.everywhere(net)
    assert set(places) == set(net.node_ids())
    assert set(invented) == {"D", "E", "F", "G", "R", "T"}
    assert places["A"] == (0.0, 0.0)
    assert math.dist(places["T"], places["A"]) == pytest.approx(placing.APART)
    assert placing.everywhere(net) == (places, invented), "always the same"
    net.junctions["x"] = np.nan
    places, invented = placing.everywhere(net)
    assert len(invented) == 9
    assert len(set(places.values())) == 9, "none upon another"


def test_a_local_drawing_is_brought_to_scale_in_the_middle_of_the_place(town):
    net = water.read_inp(town)
    net.junctions[["x", "y"]] *= 10.0
    net.vertices[["x", "y"]] *= 10.0
    way = placing.guess(net, CRS, lambda: (700_000.0, 6_600_000.0, 700_500.0, 6_600_500.0))
    assert way.label == "invented"
    assert way.a == pytest.approx(0.1, rel=0.1)
    x, y = way.forward(np.array([2000.0]), np.array([-1000.0]))
    assert (x[0], y[0]) == pytest.approx((700_250.0, 6_600_250.0), abs=1.0)


def test_coordinates_of_a_known_system_are_taken_as_such(town):
    net = water.read_inp(town)
    net.junctions["x"] += 700_000.0
    net.junctions["y"] += 6_600_000.0
    assert placing.guess(net, CRS, lambda: None).to_json() == {}
    net.junctions["x"] = 3.0 + net.junctions["x"] * 1e-8
    net.junctions["y"] = 46.5
    assert placing.guess(net, CRS, lambda: None).source == "EPSG:4326"
