# SPDX-License-Identifier: EUPL-1.2
"""Boundaries: sides and cells that are walls, free, or held at a stage."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import flood
from jumeau.worksites.climate.boundaries import boundaries, closed_cells
from jumeau.worksites.climate.domain import ground, terrain
from jumeau.worksites.climate.engine import CLOSED, FREE, STAGE

SIDES = ("west", "east", "north", "south")
EDGE = {"west": np.s_[:, 0], "east": np.s_[:, -1], "north": np.s_[0], "south": np.s_[-1]}


def of(dtm, given=None, cells=None, obstacles=None):
    found, known = terrain(dtm)
    land, _ = ground(
        found, known, 2.0, 0.03, obstacles=obstacles, closed=closed_cells(cells, found.shape)
    )
    return boundaries(given, cells, land)


def hole() -> np.ndarray:
    dtm = np.full((4, 6), 10.0)
    dtm[0, 0] = dtm[2, 3] = np.nan
    return dtm


def test_sides_are_walls_unless_told():
    edges, found = of(hole())
    assert not found
    assert all((kinds == CLOSED).all() for kinds in edges.sides[:4])
    assert edges.imposed.size == edges.times.size == 0


def test_faces_of_unknown_cells_stay_closed():
    edges, _ = of(hole(), {"west": "free", "north": ("stage", 0, 11.0)})
    assert edges.sides.kind_west.tolist() == [CLOSED, FREE, FREE, FREE]
    assert edges.sides.kind_north.tolist() == [CLOSED, *[STAGE] * 5]
    assert not edges.sides.kind_east.any()


def test_a_stage_is_linear_and_holds_at_both_ends():
    edges, _ = of(hole(), {"south": ("stage", [10, 20], [11.0, 13.0])})
    for start, end, level in ((0, 2, 11), (10, 20, 12), (14, 15, 11.9), (30, 40, 13)):
        edges.update(start, end)
        np.testing.assert_allclose(edges.sides.level_south, level - 10.0, rtol=1e-6)
    assert [edges.deepest(t) for t in (0, 15, 99)] == pytest.approx([1.0, 2.0, 3.0])
    assert edges.times.tolist() == [10.0, 20.0]


def test_a_stage_below_the_ground_is_no_depth():
    edges, _ = of(hole(), {"south": ("stage", 0, 3.0)})
    assert edges.deepest(0.0) == 0.0


def test_cells_are_held_at_the_stage_of_the_last_mask_that_names_them():
    first, last = np.zeros((2, 4, 6), bool)
    first[1:3, 1:4] = True
    last[2] = True
    edges, found = of(
        hole(), cells=[(first, ("stage", 0, 11)), (last, ("stage", [0, 10], [12, 14]))]
    )
    edges.update(0.0, 5.0)
    held = dict(zip(edges.imposed.tolist(), edges.levels.tolist(), strict=True))
    assert held == pytest.approx({7: 1, 8: 1, 9: 1, 12: 3, 13: 3, 14: 3, 16: 3, 17: 3})
    assert [item.code for item in found] == ["JUM-K031", "JUM-K031"]
    assert found[0].data["count"] == 1


def test_free_cells_open_the_edge_and_the_holes():
    mask = np.zeros((4, 6), bool)
    mask[2, 2] = mask[3, 0] = True
    edges, _ = of(hole(), cells=[(mask, "free")])
    assert edges.sides.kind_south.tolist() == [FREE, 0, 0, 0, 0, 0]
    assert edges.sides.kind_west.tolist() == [0, 0, 0, FREE]
    assert edges.drains.cells.tolist() == [14]  # (2, 2) toward the hole on its east
    np.testing.assert_allclose(edges.drains.slope, 1e-4)


def test_an_obstacle_is_not_outside():
    blocks = np.zeros((4, 6), bool)
    blocks[2, 3] = True
    mask = np.zeros((4, 6), bool)
    mask[2, 2] = mask[1, 0] = True
    edges, _ = of(np.full((4, 6), 1.0), cells=[(mask, "free")], obstacles=blocks)
    assert edges.drains.cells.size == 0


def test_walls_close_cells():
    mask = np.zeros((4, 6), bool)
    mask[1] = True
    closed = closed_cells([(mask, "wall"), (mask.copy(), ("wall",))], (4, 6))
    np.testing.assert_array_equal(closed, mask)
    assert closed_cells([(mask, "free")], (4, 6)) is None
    assert closed_cells(None, (4, 6)) is None


@pytest.mark.parametrize("side", SIDES)
def test_water_leaves_by_the_free_side_only(side, plainly):
    done = flood(
        np.zeros((6, 6)),
        duration=300,
        initial_depth=np.full((6, 6), 0.5),
        boundaries={side: "free"},
        solver="inertial",
    )
    assert done.ledger["free_outflow"] > 5.0
    assert all(done.ledger[f"stage_{name}"] == 0.0 for name in SIDES)
    edge, rest = done.depth[EDGE[side]].mean(), done.depth.mean()
    assert edge < rest
    assert done.ledger["relative_error"] < 1e-9


@pytest.mark.parametrize("side", SIDES)
def test_a_stage_fills_from_its_side_and_levels(side, plainly):
    done = flood(
        np.full((6, 6), 50.0),
        duration=240,
        boundaries={side: ("stage", [0, 60], [50.0, 50.4])},
        solver="inertial",
    )
    np.testing.assert_allclose(done.depth, 0.4, atol=0.02)
    assert done.ledger[f"stage_{side}"] == pytest.approx(float(done.depth.sum()), rel=1e-5)
    assert done.ledger["free_outflow"] == 0.0


def test_a_stage_below_takes_water_out(plainly):
    done = flood(
        np.zeros((4, 4)),
        duration=240,
        initial_depth=np.ones((4, 4)),
        boundaries={"north": ("stage", 0, 0.3)},
        solver="inertial",
    )
    np.testing.assert_allclose(done.depth, 0.3, atol=0.02)
    assert done.ledger["stage_north"] == pytest.approx(-0.7 * 16, abs=0.4)


def test_cells_held_at_a_stage_feed_the_rest(plainly):
    sea = np.zeros((4, 8), bool)
    sea[:, :2] = True
    dtm = np.where(sea, -2.0, 0.0)
    done = flood(
        dtm,
        duration=150,
        boundary_cells=[(sea, ("stage", [0, 60], [-1.0, 0.3]))],
        solver="inertial",
    )
    np.testing.assert_allclose(done.depth[sea], 2.3, rtol=1e-6)
    np.testing.assert_allclose(done.depth[~sea], 0.3, atol=0.03)
    assert done.ledger["stage_cells"] == pytest.approx(done.ledger["final"])
    assert done.ledger["relative_error"] < 1e-9


def test_free_cells_along_a_hole_let_water_out(plainly):
    dtm = np.zeros((5, 9))
    dtm[:, 4] = np.nan
    mask = np.zeros((5, 9), bool)
    mask[:, 3] = True
    depth = np.full((5, 9), 0.2)
    done = flood(
        dtm, duration=400, initial_depth=depth, boundary_cells=[(mask, "free")], solver="inertial"
    )
    assert float(done.depth[:, :4].mean()) < 0.15
    np.testing.assert_allclose(done.depth[:, 5:], 0.2, rtol=1e-6)
    lost = 0.2 * 40 - 0.2 * 5 - done.ledger["final"] + 0.2 * 0
    assert done.ledger["free_outflow"] == pytest.approx(0.2 * 40 - done.ledger["final"])
    assert lost < done.ledger["free_outflow"]
    assert done.ledger["relative_error"] < 1e-9


@pytest.mark.parametrize("manning", [0.0, 0.05])
def test_free_cells_flow_at_normal_or_critical_depth(manning, plainly):
    dtm = np.zeros((3, 4))
    dtm[1, 2] = np.nan
    blocks = np.ones((3, 4), bool)
    blocks[1, 1] = False
    done = flood(
        dtm,
        duration=0.05,
        manning=manning,
        initial_depth=np.where(blocks, 0.0, 1.0),
        obstacles=blocks,
        boundary_cells=[(~blocks, "free")],
        solver="inertial",
    )
    q = 1e-4**0.5 / manning if manning else 9.81**0.5
    assert float(done.depth[1, 1]) == pytest.approx(1.0 - q * 0.05, rel=1e-5)
    assert done.ledger["free_outflow"] == pytest.approx(q * 0.05, rel=1e-5)
    assert done.ledger["relative_error"] < 1e-9


def test_a_boundary_on_no_data_says_what_to_do(plainly):
    dtm = np.zeros((3, 4))
    dtm[:, 0] = np.nan
    with pytest.raises(ValueError, match="JUM-K012") as caught:
        flood(dtm, duration=10, boundaries={"west": ("stage", 0, 1.0)})
    assert "boundary_cells" in caught.value.remedy  # type: ignore[attr-defined]
    assert flood(dtm, duration=10, boundaries={"west": "wall"}).steps == 1
