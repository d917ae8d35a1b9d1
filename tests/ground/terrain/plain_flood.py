# SPDX-License-Identifier: EUPL-1.2
"""Plain twin of fill, directions and accumulation: one priority flood, cell by cell."""

from __future__ import annotations

import heapq

import numpy as np

CODES = {
    (0, 1): 1, (1, 1): 2, (1, 0): 4, (1, -1): 8,
    (0, -1): 16, (-1, -1): 32, (-1, 0): 64, (-1, 1): 128,
}  # fmt: skip
AROUND = sorted(CODES)


def neighbours(r: int, c: int, shape: tuple[int, int]):
    """Yield the neighbours of a cell, row by row."""
    for dr, dc in AROUND:
        if 0 <= r + dr < shape[0] and 0 <= c + dc < shape[1]:
            yield r + dr, c + dc


def edges(z: np.ndarray) -> np.ndarray:
    """Tell the cells next to NaN or to the end of the raster."""
    ringed = np.pad(z.astype(float), 1, constant_values=np.nan)
    ny, nx = z.shape
    near = [ringed[1 + i : 1 + i + ny, 1 + j : 1 + j + nx] for i, j in AROUND]
    return ~np.isnan(z) & np.isnan(near).any(axis=0)


def flood(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the filled surface and the D8 codes: the flood of pyflwdir, without its sums.

    The queue holds (level, edge, row, column); a cell drains to the neighbour that leaves the
    queue first, unless it leaves before all of them: it is then an outlet.
    """
    filled, code = z.copy(), np.where(np.isnan(z), 247, 0).astype(np.uint8)
    queued, done = edges(z), np.isnan(z)
    queue = [(z[r, c], 1, r, c) for r, c in np.argwhere(queued)]
    heapq.heapify(queue)
    while queue:
        level, _, r0, c0 = heapq.heappop(queue)
        done[r0, c0] = True
        for r, c in neighbours(r0, c0, z.shape):
            if done[r, c]:
                continue
            done[r, c] = True
            code[r, c] = CODES[r0 - r, c0 - c]
            if not queued[r, c]:
                queued[r, c] = True
                filled[r, c] = max(z[r, c], level)
                heapq.heappush(queue, (filled[r, c], 0, r, c))
    return filled, code


def counted(code: np.ndarray) -> np.ndarray:
    """Return the cells that drain through each one, by following every path to its end."""
    ways = {value: step for step, value in CODES.items()}
    total = np.zeros(code.shape, np.int64)
    for r, c in np.argwhere(code != 247):
        total[r, c] += 1
        while code[r, c]:
            dr, dc = ways[int(code[r, c])]
            r, c = r + dr, c + dc  # noqa: PLW2901
            total[r, c] += 1
    return total
