# SPDX-License-Identifier: EUPL-1.2
"""What no source reaches is left out, and told."""

from __future__ import annotations

from jumeau.worksites import water
from jumeau.worksites.water import reaching


def test_a_joined_network_stays_whole(town):
    net = water.read_inp(town)
    rest, left = reaching.reached(net)
    assert (left.nodes, left.links, left.parts, left.length_m) == ([], [], 0, 0.0)
    assert list(rest.pipes.index) == list(net.pipes.index)


def test_a_part_behind_a_closed_pipe_is_left_out_unless_something_opens_it(town):
    text = town.read_text().replace(" p6  E  F  200  60   90   0    Open\n", "")
    town.write_text(text)
    rest, left = reaching.reached(water.read_inp(town))
    assert left.nodes == [], "p7 is closed, but controls open it"
    lines = [it for it in text.splitlines() if not it.startswith("LINK p7")]
    town.write_text("\n".join(lines) + "\n")
    net = water.read_inp(town)
    rest, left = reaching.reached(net)
    assert (left.nodes, left.links, left.parts) == (["F"], ["p7"], 1)
    assert left.length_m == 600.0
    assert "F" in net.junctions.index, "the network given is as it was"
    assert "F" not in rest.junctions.index
    water.solve(rest, 0, 3600)


def test_without_a_source_nothing_is_reached(town):
    net = water.read_inp(town)
    net.reservoirs, net.tanks = net.reservoirs.iloc[:0], net.tanks.iloc[:0]
    rest, left = reaching.reached(net)
    assert not len(rest.junctions)
    assert len(left.nodes) == 7
