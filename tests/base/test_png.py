# SPDX-License-Identifier: EUPL-1.2
"""Indexed PNG read back by GDAL."""

from __future__ import annotations

import numpy as np
import pytest
from rasterio.io import MemoryFile

from jumeau.base import colours, png


def rgba(content: bytes) -> np.ndarray:
    with MemoryFile(content) as memory, memory.open(driver="PNG") as picture:
        index = picture.read(1)
        table = picture.colormap(1)
    return np.array([[table[int(value)] for value in row] for row in index])


@pytest.mark.parametrize("count", [1, 8, 15, 16, 40])
@pytest.mark.parametrize("columns", [7, 8])
def test_pixels_come_back(count: int, columns: int) -> None:
    colors = colours.ramp("viridis", count)
    index = np.random.default_rng(count).integers(0, count + 1, (5, columns)).astype(np.uint8)
    found = rgba(png.encode(index, colors))
    for row, column in np.ndindex(index.shape):
        *color, opacity = found[row, column]
        if index[row, column] == 0:
            assert opacity == 0
        else:
            assert opacity == 255
            assert "#" + bytes(color).hex() == colors[index[row, column] - 1]
