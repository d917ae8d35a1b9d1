# SPDX-License-Identifier: EUPL-1.2
"""The slow references are right where the answer is known without them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.validation.lighting import containers, hostile, point, rays, roads
from jumeau.validation.lighting.study import lopsided, worst

EVEN = point.Table(
    np.array([0.0, 120.0, 240.0, 360.0]), np.array([0.0, 90.0, 180.0]), np.full((4, 3), 500.0), 1e3
)
UP = np.array([[0.0, 0.0, 1.0]])


def lamp(height: float = 6.0, table: point.Table = EVEN, **angles: float) -> point.Lamp:
    return point.Lamp(np.array([0.0, 0.0, height]), table, **angles)


def test_an_even_source_follows_the_inverse_square() -> None:
    points = np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 7.0]])
    found = point.illuminance([lamp()], points, np.repeat(UP, 3, axis=0))
    assert found == pytest.approx([500.0 / 36.0, 500.0 * 6.0 / 61.0**1.5, 0.0])


def test_normals_of_any_length_and_light_from_behind() -> None:
    below = np.zeros((1, 3))
    assert point.illuminance([lamp()], below, 7.0 * UP) == pytest.approx(500.0 / 36.0)
    assert point.illuminance([lamp()], below, -UP) == 0.0
    wall = np.array([[2.0, 0.0, 6.0]])
    assert point.illuminance([lamp()], wall, np.array([[-1.0, 0.0, 0.0]])) == pytest.approx(125.0)


def test_axes_are_a_right_handed_frame_whose_c90_side_is_lifted() -> None:
    for tilt, azimuth in ((0.0, 0.0), (20.0, 77.0), (-35.0, 250.0)):
        along, side, down = point.axes(tilt, azimuth)
        assert np.cross(along, side) == pytest.approx(-down, abs=1e-12)
        assert side[2] == pytest.approx(math.sin(math.radians(tilt)))
        assert along[2] == 0.0
        assert math.degrees(math.atan2(along[0], along[1])) % 360.0 == pytest.approx(azimuth)
    assert point.axes(0.0, 90.0)[1] == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)


def test_a_full_turn_changes_nothing_and_lamps_add_up() -> None:
    table = lopsided(3)
    points = np.random.default_rng(0).uniform(-9.0, 9.0, (30, 3)) * [1.0, 1.0, 0.0]
    normals = np.repeat(UP, 30, axis=0)
    one, other = lamp(table=table, azimuth=40.0), lamp(9.0, table, azimuth=400.0)
    both = point.illuminance([one, other], points, normals)
    turned = point.illuminance([one], points, normals)
    turned = turned + point.illuminance([other._replace(azimuth=40.0)], points, normals)
    assert both == pytest.approx(turned, rel=1e-12)


def test_intensity_is_that_of_the_nodes_and_linear_between() -> None:
    table = lopsided(1)
    c, gamma = np.array([0.0, 30.0, 345.0, 375.0]), np.array([0.0, 40.0, 180.0, 90.0])
    nodes = [table.candela[0, 0], table.candela[2, 8], table.candela[23, 36], table.candela[1, 18]]
    assert point.intensity(table, c, gamma) == pytest.approx(nodes)
    between = point.intensity(table, np.array([22.5]), np.array([42.5]))
    assert between == pytest.approx(table.candela[1:3, 8:10].mean())
    short = table._replace(gamma=table.gamma[:19], candela=table.candela[:, :19])
    assert point.intensity(short, np.array([0.0]), np.array([91.0])) == 0.0


def test_cells_have_their_centres_and_row_0_north() -> None:
    xy = point.centres((100.25, 50.0, 104.25, 52.0), 1.0)
    assert xy.shape == (2, 4, 2)
    assert xy[0, 0].tolist() == [100.75, 51.5]
    assert xy[1, 3].tolist() == [103.75, 50.5]


def test_a_ray_meets_each_cell_once_and_covers_its_length() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        start, end = rng.uniform(-0.5, 19.5, (2, 2))
        met = list(rays.crossings(start, end, (20, 20)))
        assert len({(cell.row, cell.column) for cell in met}) == len(met)
        assert sum(cell.leave - cell.enter for cell in met) == pytest.approx(1.0)
        for cell in met:
            middle = start + 0.5 * (cell.enter + cell.leave) * (end - start)
            assert np.abs(middle - [cell.row, cell.column]).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(("top", "hidden"), [(2.9, False), (3.1, True), (np.nan, False)])
def test_a_wall_hides_what_it_overtops(top: float, hidden: bool) -> None:
    """The ray falls from 6 m to 0 over 10 m; where it leaves the wall's cell it is 3 m high."""
    surface = np.full((1, 12), np.nan)
    surface[0, 4] = top
    head, foot = np.array([0.5, 0.5, 6.0]), np.array([10.5, 0.5, 0.0])
    gap = rays.clearance(head, foot, surface, (0.5, 1.0), 1.0)
    assert bool(gap < 0.0) is hidden
    if math.isfinite(top):
        assert gap == pytest.approx(3.0 - top)


def test_the_mast_of_the_lamp_and_the_last_half_metre_hide_nothing() -> None:
    surface = np.full((1, 12), np.nan)
    surface[0, 0] = 5.9
    head, foot = np.array([0.5, 0.5, 6.0]), np.array([10.5, 0.5, 0.0])
    assert rays.clearance(head, foot, surface, (0.0, 1.0), 1.0) == math.inf
    surface[0, 10] = 0.2  # the cell of the point: the ray is 0.29 m high half a metre before it
    assert rays.clearance(head, foot, surface, (0.0, 1.0), 1.0) > 0.0


def test_a_closed_form_of_a_road() -> None:
    """An even source and a mirror-free surface: one row, E and L known at each point."""
    surface = roads.Surface(np.array([0.0, 12.0]), np.array([0.0, 180.0]), np.full((2, 2), 100.0))
    road = roads.Road(8.0, 500.0, 3.0, lanes=1, maintenance_factor=1.0)
    found = roads.luminance(road, EVEN, surface, 1.5, np.array([1.5]))
    first = roads.along(road)[0]
    seen = [k for k in (0, 1) if -40.0 <= 500.0 * k - first <= 96.0]
    assert seen == [0]
    assert found[0, 0] == pytest.approx(500.0 * 100.0 * 1e-4 / 64.0)
    level = roads.horizontal(road, EVEN, np.array([0.0]))
    assert level[0, 0] == pytest.approx(500.0 * 8.0 / math.hypot(first, 8.0) ** 3, rel=1e-3)


def test_the_grid_of_a_road() -> None:
    assert roads.along(roads.Road(8.0, 30.0, 7.0))[:2].tolist() == [1.5, 4.5]
    assert len(roads.along(roads.Road(8.0, 30.1, 7.0))) == 11
    assert roads.across(0.0, 3.5).size == 3
    assert roads.across(0.0, 5.0).tolist() == pytest.approx([0.625, 1.875, 3.125, 4.375])


def test_the_glare_of_one_lamp_is_the_published_formula() -> None:
    road = roads.Road(10.0, 600.0, 7.0)
    eye, k = (-50.0, 3.5), math.radians(1.0)
    ray = np.array([50.0, -3.5, 8.5])
    look = np.array([math.cos(k), 0.0, -math.sin(k)])
    far = float(np.linalg.norm(ray))
    cosine = float(ray @ look) / far
    expected = 500.0 / far**2 * cosine / math.degrees(math.acos(cosine)) ** 2
    assert roads.veil(road, EVEN, eye) == pytest.approx(expected, rel=1e-9)
    assert roads.veil(road, EVEN, (-20.0, 3.5)) == 0.0, "the roof hides it"


@pytest.mark.parametrize("fault", hostile.FAULTS)
def test_spoilt_files_differ_from_sound_ones(fault: str) -> None:
    sound = hostile.ies() if fault.endswith("ies") else hostile.eulumdat()
    assert hostile.FAULTS[fault]() != sound.encode()


def test_sound_files_are_read_and_by_both_readers(tmp_path) -> None:
    from jumeau.worksites import lighting

    for name, text, read in (
        ("a.ies", hostile.ies(), containers.ies),
        ("a.ldt", hostile.eulumdat(), containers.eulumdat),
    ):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        ours, header = lighting.read_photometry(path), read(path)
        assert ours.flux_lm == header.flux_lm == 1000.0
        assert ours.intensity(45.0, 40.0) == pytest.approx(100.0)
        assert (header.candela == 100.0).all()


def test_the_plane_of_symmetry_of_eulumdat_3_starts_at_c270(tmp_path) -> None:
    text = hostile.eulumdat(symmetry="3").split("\r\n")
    values = ["1"] * 7 + ["2"] * 7 + ["3"] * 7
    path = tmp_path / "three.ldt"
    path.write_text("\r\n".join([*text[:53], *values, ""]), encoding="utf-8", newline="")
    header = containers.eulumdat(path)
    assert header.c.tolist() == [270.0, 0.0, 90.0]
    assert header.candela[:, 0].tolist() == [1.0, 2.0, 3.0]
    from jumeau.worksites import lighting

    ours = lighting.read_photometry(path)
    read = [float(ours.intensity(c, 30.0)) for c in (270, 0, 90, 180)]
    assert read == pytest.approx([1.0, 2.0, 3.0, 2.0])


def test_the_largest_difference_ignores_the_dark() -> None:
    assert worst(np.array([1.1, 5.0]), np.array([1.0, 1e-9]), 1e-3) == pytest.approx(0.1)
    assert math.isnan(worst(np.ones(2), np.zeros(2)))
