# SPDX-License-Identifier: EUPL-1.2
"""Line of sight: every pair against exact rays on random surfaces, masts, crowns, seams, tiles."""

from __future__ import annotations

import numpy as np
import pytest
from light_twin import centres, clearance, each, lopsided

from jumeau.base import grid
from jumeau.worksites import lighting
from jumeau.worksites.lighting import point_source, sight_kernels
from jumeau.worksites.lighting.cells import Cells
from jumeau.worksites.lighting.filling import Light
from jumeau.worksites.lighting.line_of_sight import Obstacles, look
from jumeau.worksites.lighting.surfaces import Surfaces

ORIGIN = np.array([652000.0, 6862000.0])
TIE = 2e-3
"""Rays nearer than this to an edge are left out: heights are in single precision [m]."""


def surface(kind, rng, shape, ground):
    """Draw what stands: lone columns, boxes, noise everywhere, terraces, or next to nothing."""
    out = np.full(shape, np.nan)
    if kind == "columns":
        some = rng.random(shape) < 0.08
        out[some] = ground[some] + rng.uniform(0, 12, some.sum())
    elif kind == "boxes":
        for _ in range(6):
            i, j, h, w = *rng.integers(0, shape[0] - 4, 2), *rng.integers(2, 8, 2)
            out[i : i + h, j : j + w] = ground[i, j] + rng.uniform(1, 14)
    elif kind == "noise":
        out = ground + rng.uniform(-0.3, 0.4, shape) + 6 * (rng.random(shape) < 0.03)
    elif kind == "terraces":
        out = np.round(ground + 2.0)
        out[rng.random(shape) < 0.3] = np.nan
    elif kind == "ground":
        out = np.array(ground)
    return out


def case(kind, seed, size=26, cell=1.0, outside=False):
    rng = np.random.default_rng([seed, len(kind)])
    y, x = np.mgrid[0:size, 0:size] * cell
    ground = 60 + rng.uniform(-0.2, 0.2) * x + rng.uniform(-0.2, 0.2) * y
    dsm = surface(kind, rng, (size, size), ground)
    bounds = (*ORIGIN, *(ORIGIN + size * cell))
    low, high = (-6, size + 6) if outside else (0, size)
    place = ORIGIN + rng.uniform(low, high, (4, 2)) * cell
    place[0] = ORIGIN + (np.floor(place[0] - ORIGIN) + 0.5)  # corners are met exactly
    place[1] = np.round(place[1])
    j = np.clip((place[:, 0] - ORIGIN[0]) / cell, 0, size - 1).astype(int)
    i = np.clip((bounds[3] - place[:, 1]) / cell, 0, size - 1).astype(int)
    positions = np.column_stack((place, ground[i, j] + rng.uniform(2, 11, 4)))
    return bounds, ground, dsm, positions


@pytest.mark.parametrize("kind", ["columns", "boxes", "noise", "terraces", "ground"])
@pytest.mark.parametrize(
    ("seed", "cell", "above", "outside"),
    [(0, 1.0, 0.0, False), (1, 1.0, 1.5, True), (2, 0.5, 0.0, False), (3, 3.0, 1.0, True)],
)
def test_every_pair_is_that_of_an_exact_ray(kind, seed, cell, above, outside):
    bounds, ground, dsm, positions = case(kind, seed, cell=cell, outside=outside)
    lamp = lopsided(seed)
    x, y = centres(bounds, cell)
    corner = (bounds[0], bounds[3])
    free = each(positions, [lamp], [0] * 4, bounds, cell, ground=ground, above=above,
                normal=(0.3, 0.2, 1))  # fmt: skip
    judged = hidden = 0
    for k, head in enumerate(positions):
        ours = lighting.illuminance(
            [head], [lamp], [0], bounds=bounds, cell_size=cell, ground=ground, dsm=dsm,
            height_above=above, normal=(0.3, 0.2, 1),
        )  # fmt: skip
        points = np.stack((*np.meshgrid(x, y), ground + above), axis=-1)
        gap = clearance(head, points, dsm, corner, cell)
        inside = dsm - ground - above - 0.01
        i, j = int((corner[1] - head[1]) // cell), int((head[0] - corner[0]) // cell)
        if 0 <= i < len(y) and 0 <= j < len(x):
            inside[i, j] = np.nan  # the lamp's own cell
        seen = (gap > 0) & ~(inside > 0)
        sure = (np.abs(gap) > TIE) & ~(np.abs(inside) < TIE) & (free[k] > 1e-4)
        other = sure & ((ours > 0) != seen)
        assert not other.any(), (k, np.argwhere(other)[:5], gap[other][:5], inside[other][:5])
        judged, hidden = judged + sure.sum(), hidden + (sure & ~seen).sum()
    assert judged > 500
    assert kind == "ground" or hidden > 20


def test_light_in_sight_is_that_without_anything():
    bounds, ground, dsm, positions = case("boxes", 5)
    lamp = lopsided(5)
    free = lighting.illuminance(positions, [lamp], 0, bounds=bounds, ground=ground)
    empty = lighting.illuminance(positions, [lamp], 0, bounds=bounds, ground=ground,
                                 dsm=np.full(dsm.shape, np.nan))  # fmt: skip
    assert np.array_equal(free, empty)
    shaded = lighting.illuminance(positions, [lamp], 0, bounds=bounds, ground=ground, dsm=dsm)
    assert (shaded <= free).all()
    assert 0.05 < 1 - shaded.sum() / free.sum() < 0.95
    through = lighting.illuminance(positions, [lamp], 0, bounds=bounds, ground=ground, canopy=dsm,
                                   transmission=1.0)  # fmt: skip
    assert through == pytest.approx(free, rel=1e-6)


def test_a_crown_weakens_once_and_a_wall_hides_it():
    lamp = lopsided(3)
    bounds, head = (0, 0, 40, 9), [[4.5, 4.5, 6.0]]
    free = lighting.illuminance(head, [lamp], 0, bounds=bounds)
    canopy = np.full((9, 40), np.nan)
    canopy[:, 10:13] = canopy[:, 20:24] = 9.0
    e = lighting.illuminance(head, [lamp], 0, bounds=bounds, canopy=canopy, transmission=0.4)
    assert e[4, :10] == pytest.approx(free[4, :10], rel=1e-5)
    assert e[4, 12:] == pytest.approx(0.4 * free[4, 12:], rel=1e-5)
    dsm = np.full((9, 40), np.nan)
    dsm[:, 16] = 9.0
    e = lighting.illuminance(head, [lamp], 0, bounds=bounds, canopy=canopy, transmission=0.4,
                             dsm=dsm)  # fmt: skip
    assert e[4, 12:16] == pytest.approx(0.4 * free[4, 12:16], rel=1e-5)
    assert (e[4, 16:] == 0).all()


@pytest.mark.parametrize("top", [3.0, 7.9, 8.0, 8.3, 30.0])
@pytest.mark.parametrize("place", [(15.5, 15.5), (15.05, 15.9)])
def test_a_surface_that_holds_the_mast_changes_nothing(top, place):
    lamp = lopsided(4)
    dsm = np.full((31, 31), np.nan)
    head = [[*place, 8.0]]
    free = lighting.illuminance(head, [lamp], 0, bounds=(0, 0, 31, 31), dsm=dsm)
    dsm[15, 15] = top
    held = lighting.illuminance(head, [lamp], 0, bounds=(0, 0, 31, 31), dsm=dsm)
    assert held == pytest.approx(free, rel=1e-5)
    other = lighting.illuminance([[3.5, 3.5, 8.0]], [lamp], 0, bounds=(0, 0, 31, 31), dsm=dsm)
    assert other[15, 15] == 0.0


def test_a_surface_equal_to_the_ground_hides_no_level_ground():
    rng = np.random.default_rng(0)
    for altitude in (0.0, 187.123456789):
        ground = np.full((60, 60), altitude) + rng.uniform(0, 1e-7, (60, 60))
        given = {"bounds": (0, 0, 60, 60), "ground": ground}
        head = [[20.2, 31.7, altitude + 7.0]]
        free = lighting.illuminance(head, [lopsided(1)], 0, **given)
        assert np.array_equal(free, lighting.illuminance(head, [lopsided(1)], 0, dsm=ground,
                                                         **given))  # fmt: skip


def test_light_from_below_is_hidden_by_the_eaves():
    """A lamp under a point of a façade: the ray rises, and a balcony cuts it."""
    lamp = lopsided(6)
    dsm = np.full((5, 30), np.nan)
    dsm[:, 15] = 4.0
    given = {"bounds": (0, 0, 30, 5), "height_above": 7.0, "normal": (-1, 0, 0)}
    free = lighting.illuminance([[2.5, 2.5, 3.0]], [lamp], 0, **given)
    e = lighting.illuminance([[2.5, 2.5, 3.0]], [lamp], 0, dsm=dsm, **given)
    # at 7 m the ray to column j is at 3 + 4·(x − 2.5)/(j + 0.5 − 2.5): over x = 15 below 4 m
    crossing = 3 + 4 * (15 - 2.5) / np.maximum(np.arange(30) + 0.5 - 2.5, 0.1)
    far = np.arange(30) > 16
    assert np.array_equal(e[2, far] > 0, (crossing > 4.0)[far])
    assert e[2, :14] == pytest.approx(free[2, :14])


def test_most_rays_are_not_followed():
    rng = np.random.default_rng(3)
    dsm = np.full((200, 200), np.nan)
    for i in range(0, 200, 30):
        for j in range(0, 200, 34):
            dsm[i : i + 18, j : j + 22] = rng.uniform(5, 20)
    obstacles = Obstacles.of(dsm, 0.0, 0.0, opaque=True)
    lamps = np.column_stack((rng.uniform(40, 160, 9), rng.uniform(40, 160, 9), np.full(9, 8.0),
                             np.full(9, 40.0)))  # fmt: skip
    window = np.column_stack((np.arange(9) * 40000, np.zeros((9, 2), int), np.full(9, 200)))
    rays, followed = sight_kernels.look(
        np.ones(360000, np.uint8), window, np.full(9, 200), np.arange(9), lamps,
        np.zeros((1, 1), np.float32), True, (0, 0), obstacles.height, True, obstacles.starts,
        obstacles.columns, obstacles.tops, obstacles.inner, 1.0, 0,
    )  # fmt: skip
    assert rays > 30000
    assert followed < 0.06 * rays


def test_strips_blocks_and_threads_change_no_bit(monkeypatch):
    from jumeau.worksites.lighting import filling

    rng = np.random.default_rng(8)
    shape = (330, 290)
    dsm = np.where(rng.random(shape) < 0.02, 9.0, np.nan)
    positions = np.column_stack((rng.uniform(0, 290, 12), rng.uniform(0, 330, 12),
                                 rng.uniform(4, 11, 12)))  # fmt: skip
    given = {"bounds": (0, 0, 290, 330), "dsm": dsm, "radius": 150.0}
    whole = lighting.illuminance(positions, [lopsided(1)], 0, workers=1, **given)
    assert np.array_equal(
        whole, lighting.illuminance(positions, [lopsided(1)], 0, workers=3, **given)
    )
    monkeypatch.setattr(filling, "MARKS", 0)
    assert np.array_equal(whole, lighting.illuminance(positions, [lopsided(1)], 0, **given))
    north = positions[:, 1] > 30  # rays of the others come from outside the smaller surface
    whole = lighting.illuminance(positions[north], [lopsided(1)], 0, **given)
    part = lighting.illuminance(positions[north], [lopsided(1)], 0, bounds=(0, 30, 290, 330),
                                dsm=dsm[:300], radius=150.0)  # fmt: skip
    np.testing.assert_allclose(part, whole[:300], rtol=1e-6)


def test_nothing_to_look_past_makes_no_marks():
    scene = point_source._scene(
        np.array([[5.0, 5.0, 4.0]]), [lopsided(0)], 0, Cells((10, 10), 0.5, 9.5, 1.0),
        flux=None, tilt=None, azimuth=None, radius=20.0,
    )  # fmt: skip
    cells = Cells((10, 10), 0.5, 9.5, 1.0)
    low = Light.of(scene, cells, Surfaces(dsm=np.full((10, 10), -0.5)), 0.0)
    assert low.plain
    seen, window = look(scene, np.array([0]), (), cells, (0, 10), 2)
    assert seen.size == 0 and (window == -1).all()


def test_tiles_look_over_their_edges():
    """Lamps near the edge of two tiles, a wall across it: the tiles are those of one grid."""
    from jumeau.worksites.lighting.surfaces import Surfaces

    tile = grid.tile_of(np.array([770500.0]), np.array([6279500.0]))
    west, south, east, north = grid.Tile(int(tile[0][0]), int(tile[1][0])).bounds
    wide = (west, south, east + 1000.0, north)
    rng = np.random.default_rng(2)

    def surfaces(bounds):
        x, y = centres(bounds, 1.0)
        ground = 40 + 0.01 * (x - east) + 0.02 * (y[:, None] - south)
        dsm = np.where((np.abs(x - east - 7) < 3) & (np.abs(y[:, None] - south - 500) < 60),
                       ground + 9.0, np.nan)  # fmt: skip
        return Surfaces(ground, dsm, np.roll(dsm, 12, 1))

    positions = np.column_stack((east + rng.uniform(-40, 60, 8), south + 500
                                 + rng.uniform(-50, 50, 8), np.full(8, 57.0)))  # fmt: skip
    common = {"azimuth": 30.0, "tilt": 8.0, "transmission": 0.3, "normal": "slope"}
    whole = surfaces(wide)
    reference = lighting.illuminance(
        positions, [lopsided(1)], 0, bounds=wide, ground=whole.ground, dsm=whole.dsm,
        canopy=whole.canopy, radius=70.0, **common,
    )  # fmt: skip
    tiles = list(lighting.illuminance_tiles(positions, [lopsided(1)], 0, surfaces=surfaces,
                                            radius=70.0, **common))  # fmt: skip
    assert [t.bounds[0] for t in tiles] == [west, east]
    joined = np.hstack([t.values for t in tiles])
    np.testing.assert_allclose(joined, reference, rtol=2e-4, atol=1e-5)
    free = lighting.illuminance(positions, [lopsided(1)], 0, bounds=wide, ground=whole.ground,
                                radius=70.0, **common)  # fmt: skip
    assert joined.sum() < 0.95 * free.sum()
    kept = list(lighting.contributions_tiles(positions, [lopsided(1)], 0, surfaces=surfaces,
                                             radius=70.0, **common))  # fmt: skip
    for one, tile in zip(kept, tiles, strict=True):
        assert one.bounds == tile.bounds
        np.testing.assert_allclose(one.weigh(), tile.values, rtol=1e-5, atol=1e-6)
