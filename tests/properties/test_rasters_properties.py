# SPDX-License-Identifier: EUPL-1.2
"""Whatever the blocks and the window, a layer reads as one plain array would."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jumeau.base.contract import RasterWindow
from jumeau.base.grid import TOLERANCE
from jumeau.twin.rasters import Raster
from jumeau.twin.tiling import write_layer

CRS = "EPSG:2154"
ORIGIN = (-1500, 1700)  # north-west cell centre of the plain array: four quadrants
SIDE, MARGIN = 3400, 1000

blocks = st.lists(
    st.tuples(
        st.integers(0, SIDE - 1),
        st.integers(0, SIDE - 1),
        st.integers(1, 700),
        st.integers(1, 1300),
        st.integers(0, 2**31),
        st.sampled_from([0.0, 0.3, 1.0]),
    ),
    min_size=1,
    max_size=5,
)
# To the millimetre: an end nearer to an edge than the grid's tolerance may fall on either side.
windows = st.lists(
    st.tuples(
        *(
            st.floats(low, high).map(lambda value: round(value, 3))
            for low, high in ((-1700, 2000), (-1900, 1800), (0, 900), (0, 900))
        )
    ),
    min_size=1,
    max_size=6,
)


def edges(low: float, high: float, *, south: bool = False) -> tuple[int, int]:
    """Return the first and last cell centres that touch an interval, by plain counting.

    An end that rounding left beside an edge is on this edge; a point on an edge belongs to the
    cell east or south of it.
    """
    first = next(n for n in range(int(low) - 3, int(low) + 4) if n + 0.5 > low + TOLERANCE)
    last = next(n for n in range(int(high) + 3, int(high) - 4, -1) if n - 0.5 < high - TOLERANCE)
    return (min(first, last), last) if south else (first, max(first, last))


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(blocks=blocks, windows=windows, held=st.sampled_from([1, 3, 64]), split=st.booleans())
def test_layer_equals_plain_array(blocks: list, windows: list, held: int, split: bool) -> None:
    padded = np.full((SIDE + 2 * MARGIN,) * 2, np.nan, dtype=np.float32)
    plain = padded[MARGIN:-MARGIN, MARGIN:-MARGIN]
    given_blocks = []
    for row, column, rows, columns, seed, holes in blocks:
        random = np.random.default_rng(seed)
        values = random.normal(size=(min(rows, SIDE - row), min(columns, SIDE - column)))
        values[random.random(values.shape) < holes] = np.nan
        values = values.astype(np.float32)
        target = plain[row : row + values.shape[0], column : column + values.shape[1]]
        target[~np.isnan(values)] = values[~np.isnan(values)]
        west, north = ORIGIN[0] + column - 0.5, ORIGIN[1] - row + 0.5
        bounds = (west, north - values.shape[0], west + values.shape[1], north)
        given_blocks.append(RasterWindow(bounds, values))
    with tempfile.TemporaryDirectory() as name:
        folder, tiles = Path(name), {}
        # In one call, or one call a block, each updating the former version.
        for part in [[item] for item in given_blocks] if split else [given_blocks]:
            files = write_layer(folder, "dtm", part, CRS, current=tiles, held=held)
            tiles |= {item.tile: item.path for item in files}
        raster = Raster(folder, CRS, "dtm", tiles)
        for x, y, width, height in windows:
            values, transform = raster.read((x, y, x + width, y + height))
            (west, east) = edges(x, x + width)
            (south, north) = edges(y, y + height, south=True)
            assert values.shape == (north - south + 1, east - west + 1)
            assert (transform.c, transform.f) == (west - 0.5, north + 0.5)
            top, left = ORIGIN[1] - north + MARGIN, west - ORIGIN[0] + MARGIN
            np.testing.assert_array_equal(
                values, padded[top : top + values.shape[0], left : left + values.shape[1]]
            )
