# SPDX-License-Identifier: EUPL-1.2
"""Planes: closing, turning, mirroring, and the symmetries found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.worksites.lighting import planes

ANGLES = st.lists(st.integers(0, 3599), min_size=2, max_size=30, unique=True).map(
    lambda tenths: np.sort(np.array(tenths)) / 10.0
)


def periodic(at: np.ndarray, angles: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.interp(at, angles, values, period=360.0)


@settings(max_examples=60, deadline=None)
@given(ANGLES, st.integers(-7200, 7200), st.integers(0, 2**31))
def test_turning_is_the_same_function_elsewhere(angles, tenths, seed):
    rows = np.random.default_rng(seed).uniform(0, 9, (angles.size, 2))
    by = tenths / 10.0
    c, table = planes.turn(angles, rows, by)
    assert c[0] == 0 and c[-1] == 360 and (np.diff(c) > 0).all()
    assert np.array_equal(table[0], table[-1])
    at = np.arange(0.0, 360.0, 3.7)
    for column in range(2):
        found = np.interp(at, c, table[:, column])
        expected = periodic(at - by, angles, rows[:, column])
        assert found == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(ANGLES, st.sampled_from([0.0, 90.0]), st.integers(0, 2**31))
def test_images_in_a_mirror_are_found_again(angles, axis, seed):
    half = angles[(angles > 0) & (angles < 180)] + (0 if axis == 0 else 90)
    main = np.array([axis, axis + 90.0, axis + 180.0])
    stored = np.unique(np.concatenate((main, half)))
    rows = np.random.default_rng(seed).uniform(1, 9, (stored.size, 3))
    c, table = planes.turn(*planes.mirror(stored, rows, axis))
    found = planes.symmetry(c, table)
    assert found.along if axis == 0 else found.across
    assert not found.rotational and found.along != found.across
    at = np.arange(0.0, 360.0, 7.3)
    assert np.interp(at, c, table[:, 0]) == pytest.approx(
        np.interp((2 * axis - at) % 360, c, table[:, 0])
    )


def test_a_distribution_without_symmetry_has_none():
    c = np.arange(0.0, 361.0, 30.0)
    rows = np.arange(13.0)[:, None] * np.ones(4)
    rows[-1] = rows[0]
    assert planes.symmetry(c, rows) == (False, False, False)
    assert planes.symmetry(c, np.ones((13, 4))) == (True, True, True)
    uneven = np.array([0.0, 50.0, 180.0, 310.0, 360.0])
    values = np.array([1.0, 2.0, 3.0, 2.0, 1.0])[:, None]
    assert planes.symmetry(uneven, values) == (False, True, False)


def test_one_plane_goes_all_around():
    c, rows = planes.turn(np.array([37.0]), np.array([[5.0, 1.0]]))
    assert c.tolist() == [0, 37, 360] and (rows == [5, 1]).all()


def test_gamma_from_0_and_to_90_or_180():
    rows = np.array([[4.0, 3.0, 2.0]])
    gamma, table = planes.full_gamma(np.array([90.0, 120.0, 180.0]), rows) or pytest.fail("whole")
    assert gamma.tolist() == [0, 90 - planes.CUT, 90, 120, 180]
    assert table.tolist() == [[0, 0, 4, 3, 2]]
    assert planes.full_gamma(np.array([0.0, 30.0, 70.0]), rows) is None
    assert planes.full_gamma(np.array([5.0, 30.0, 90.0]), rows) is None
    dark = np.array([[0.0, 3.0, 0.0]])
    gamma, table = planes.full_gamma(np.array([20.0, 30.0, 70.0]), dark) or pytest.fail("whole")
    assert gamma.tolist() == [0, 20, 30, 70] and table.tolist() == [[0, 0, 3, 0]]
    for last, nodes in ((90.0, []), (180.0, []), (70.0, [70 + planes.CUT, 90]),
                        (120.0, [120 + planes.CUT, 180])):  # fmt: skip
        ended, values = planes.ended_gamma(np.array([0.0, 30.0, last]), rows)
        assert ended.tolist() == [0, 30, last, *nodes]
        assert values.tolist() == [[4, 3, 2] + [0] * len(nodes)]
    ended, _ = planes.ended_gamma(np.array([0.0, 30.0, 70.0]), dark)
    assert ended.tolist() == [0, 30, 70, 90]


def test_planes_0_and_360_that_differ_are_refused():
    angles = np.array([0.0, 180.0, 360.0])
    c, rows = planes.closed("f", "C", angles, np.array([[10.0], [5.0], [10.2]]))
    assert c.tolist() == [0, 180] and rows.ravel() == pytest.approx([10.1, 5])
    with pytest.raises(InvalidError, match="JUM-L037"):
        planes.closed("f", "C", angles, np.array([[10.0], [5.0], [12.0]]))
