# SPDX-License-Identifier: EUPL-1.2
"""Which tiles are computed: those that change, their neighbours, and what is forced."""

from __future__ import annotations

import numpy as np

from jumeau.worksites.climate.tiles import COLS, CYCLE, ROWS, Tiles

SHAPE = (10 * ROWS - 3, 8 * COLS - 5)


def settle(tiles: Tiles, changed: tuple[int, int] | None, steps: int = 4) -> None:
    """Do steps in which one tile alone changes."""
    for _ in range(steps):
        watch = tiles.begin(False, None)
        if watch and changed is not None:
            tiles.changed[changed] = 1
        if watch:
            tiles.tops[2, 3] = 7
        tiles.end()


def test_a_tile_that_changes_keeps_its_neighbours_awake() -> None:
    tiles = Tiles(*SHAPE, True)
    assert tiles.cells == SHAPE[0] * SHAPE[1]
    settle(tiles, (4, 5))
    expected = np.zeros(tiles.active.shape, np.uint8)
    expected[3:6, 4:7] = 1
    np.testing.assert_array_equal(tiles.active, expected)
    assert tiles.rest == 7 and tiles.cells == 3 * ROWS * 3 * COLS
    for strip in range(10):
        runs = tiles.runs[tiles.starts[strip] : tiles.starts[strip + 1]].tolist()
        assert runs == ([[4 * COLS, 7 * COLS]] if 3 <= strip < 6 else [])
    settle(tiles, None, CYCLE)
    assert tiles.cells == 0 and not tiles.active.any()


def test_what_is_forced_wakes_at_once_with_its_neighbours() -> None:
    tiles = Tiles(*SHAPE, True)
    settle(tiles, None)
    version = tiles.version
    forced = np.zeros(tiles.active.shape, np.uint8)
    forced[9, 7] = 1
    tiles.begin(False, forced)
    assert tiles.active.sum() == 4 and tiles.version == version + 1
    assert tiles.runs[tiles.starts[9]].tolist() == [6 * COLS, SHAPE[1]]
    tiles.end()
    tiles.begin(False, forced)
    assert tiles.version == version + 1  # nothing new


def test_rain_everywhere_wakes_all_and_nothing_sleeps_without_skipping() -> None:
    tiles = Tiles(*SHAPE, True)
    settle(tiles, None)
    assert not tiles.begin(True, None)
    assert tiles.cells == SHAPE[0] * SHAPE[1]
    whole = Tiles(*SHAPE, False)
    settle(whole, None, 50)
    assert whole.cells == SHAPE[0] * SHAPE[1]


def test_bands_share_the_active_rows() -> None:
    tiles = Tiles(*SHAPE, True)
    for threads in range(1, 9):
        rows = tiles.bands(threads)
        assert rows[0] == 0 and rows[-1] == SHAPE[0] and rows == sorted(set(rows))
        assert len(rows) <= threads + 1 and all(row % ROWS == 0 for row in rows[:-1])
    settle(tiles, (8, 0))
    assert tiles.bands(2)[1] == 8 * ROWS + ROWS or tiles.bands(2)[1] == 8 * ROWS
