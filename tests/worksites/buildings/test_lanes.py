# SPDX-License-Identifier: EUPL-1.2
"""Lanes: the same as NumPy, in one value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from jumeau.worksites.buildings import lanes
from jumeau.worksites.buildings.engine import LANES, TEAM

block, team, number, put = lanes.block, lanes.team, lanes.number, lanes.put
above, everywhere, turn, stream = lanes.above, lanes.everywhere, lanes.turn, lanes.stream


@njit
def _formula(a: Any, b: Any, out: Any) -> None:
    lanes.straight_stack()
    for first in range(0, a.size, LANES):
        x, y = block(a, first), block(b, first)
        z = max(x * 2.0 - y, 0.5) / (1.0 + y) + min(3.0 - x, y)
        put(out, first, z + above(x, 0.5) * everywhere(10.0))


def test_a_formula_on_lanes_is_that_of_each_number() -> None:
    a, b = np.random.default_rng(0).uniform(0.0, 2.0, (2, 3, LANES))
    out = np.empty_like(a)
    _formula(a, b, out)
    expected = np.maximum(2 * a - b, 0.5) / (1 + b) + np.minimum(3 - a, b) + 10.0 * (a > 0.5)
    np.testing.assert_allclose(out, expected, rtol=1e-14)
    assert (a > 0.5).any() and (a < 0.5).any()


@njit
def _move(source: Any, out: Any, single: Any) -> float:
    put(out, 3, team(source, 5))
    put(single, 2, block(source, 1))
    return number(source, 7)


def test_rows_are_read_and_written_where_it_is_said_and_nowhere_else() -> None:
    source = np.random.default_rng(1).random(64)
    out, single = np.zeros(64), np.zeros(64, np.float32)
    assert _move(source, out, single) == source[7]
    np.testing.assert_array_equal(out[3 : 3 + TEAM], source[5 : 5 + TEAM])
    assert np.count_nonzero(out) == TEAM
    np.testing.assert_array_equal(
        single[2 : 2 + LANES], source[1 : 1 + LANES].astype(np.float32)
    )  # fmt: skip
    assert np.count_nonzero(single) == LANES


def test_an_array_with_steps_is_refused() -> None:
    with pytest.raises(TypingError, match="layout"):
        _move(np.random.default_rng(1).random(128)[::2], np.zeros(64), np.zeros(64, np.float32))


@njit
def _turn(square: Any, begin: int) -> None:
    turn(square, begin)


def test_a_square_is_turned_in_its_place() -> None:
    room = np.random.default_rng(2).random(LANES * LANES + 10).astype(np.float32)
    before = room.copy()
    _turn(room, 4)
    end = 4 + LANES * LANES
    square = before[4:end].reshape(LANES, LANES)
    np.testing.assert_array_equal(room[4:end].reshape(LANES, LANES), square.T)
    np.testing.assert_array_equal(room[:4], before[:4])
    np.testing.assert_array_equal(room[end:], before[end:])


@njit
def _stream(source: Any, begin: int, into: Any, to: int) -> None:
    stream(source, begin, into, to)


def test_a_line_is_copied_whole() -> None:
    from jumeau.worksites.buildings.engine import lines

    source = np.random.default_rng(3).random(40).astype(np.float32)
    rows = lines(3, LANES + 1)
    assert rows.shape == (3, 2 * LANES) and rows.flags.c_contiguous
    assert all(row.ctypes.data % lanes.LINE == 0 for row in rows)
    rows[:] = 0.0
    _stream(source, 5, rows, 2 * LANES)
    np.testing.assert_array_equal(rows[1, :LANES], source[5 : 5 + LANES])
    assert np.count_nonzero(rows) == LANES
