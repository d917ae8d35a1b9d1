# SPDX-License-Identifier: EUPL-1.2
"""Ends found by geometry: known nodes first, tips together, branches on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.worksites.water import topology


def lines(**given):
    """Return lines as arrays."""
    return {name: np.array(line, dtype=float) for name, line in given.items()}


def open_ends(drawn):
    """Return no known end for each line."""
    return dict.fromkeys(drawn, ("", ""))


def test_a_known_node_wins_over_a_nearer_tip():
    drawn = lines(a=[(0, 0), (10, 0)], b=[(10.1, 0), (20, 0)])
    found = topology.join(drawn, open_ends(drawn), {"K": (10.3, 0.0)}, 0.5)
    assert found.ends["a"][1] == found.ends["b"][0] == "K"
    assert len(found.made) == 2


def test_tips_out_of_reach_stay_apart():
    drawn = lines(a=[(0, 0), (10, 0)], b=[(10.6, 0), (20, 0)])
    found = topology.join(drawn, open_ends(drawn), {}, 0.5)
    assert found.ends["a"][1] != found.ends["b"][0]
    assert len(found.made) == 4


def test_given_ends_are_left_alone():
    drawn = lines(a=[(0, 0), (10, 0)], b=[(10, 0), (20, 0)])
    found = topology.join(drawn, {"a": ("X", "Y"), "b": ("Y", "")}, {"Y": (10.0, 0.0)}, 0.5)
    assert found.ends == {"b": ("Y", next(iter(found.made)))}
    assert topology.join(drawn, {"a": ("X", "Y"), "b": ("Y", "Z")}, {}, 0.5).ends == {}


def test_branches_cut_in_order_and_crossings_do_not():
    drawn = lines(
        main=[(0, 0), (60, 0), (60, 40)], late=[(60, 20), (90, 20)], early=[(20, 0.2), (20, 30)],
        over=[(40, -10), (40, 10)],
    )  # fmt: skip
    found = topology.join(drawn, open_ends(drawn), {}, 0.5)
    cuts = found.cuts["main"]
    assert [round(at) for _, at in cuts] == [20, 80]
    assert cuts[0][0] == found.ends["early"][0]
    assert cuts[1][0] == found.ends["late"][0]
    assert set(found.cuts) == {"main"}
    parts = topology.pieces(drawn["main"], [at for _, at in cuts])
    length = [float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in parts]
    assert length == pytest.approx([20, 60, 20], abs=1e-6)
    assert math.fsum(length) == pytest.approx(100.0)
