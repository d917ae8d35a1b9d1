# SPDX-License-Identifier: EUPL-1.2
"""Where a drop of rain goes on bare ground: down the steepest of eight neighbours, to a pit or out.

Unlike the directions of a filled terrain, these stop in the pits. A cell that has no lower
neighbour and touches the outside (the edge of the domain or a cell without altitude) lets its water
out. Level ground drains to its nearest way down, in steps between neighbours; a level bottom is one
pit, at its first cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL, OUT, PIT, VOID = 8, 9, 10, 255
"""Codes of a cell that goes to no neighbour: not known yet, outside, pit, no altitude."""
DROW = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
DCOL = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
"""Neighbour of each code 0 to 7; among equal slopes the first one wins."""
_DIAGONAL = float(np.float32(np.sqrt(0.5)))


@njit(cache=True, nogil=True, error_model="numpy")
def _row(up: NDArray[Any], here: NDArray[Any], down: NDArray[Any], code: NDArray[np.int32]) -> None:
    """Give the codes of a row; the three rows are padded by a cell on each side."""
    n = code.shape[0]
    nw, no, ne = up[0:n], up[1 : n + 1], up[2 : n + 2]
    we, at, ea = here[0:n], here[1 : n + 1], here[2 : n + 2]
    sw, so, se = down[0:n], down[1 : n + 1], down[2 : n + 2]
    slant = at.dtype.type(_DIAGONAL)
    none = at.dtype.type(0.0)
    for i in range(n):
        z = at[i]
        best, k = none, np.int32(LEVEL)
        d = (z - nw[i]) * slant
        k = np.int32(0) if d > best else k
        best = d if d > best else best
        d = z - no[i]
        k = np.int32(1) if d > best else k
        best = d if d > best else best
        d = (z - ne[i]) * slant
        k = np.int32(2) if d > best else k
        best = d if d > best else best
        d = z - we[i]
        k = np.int32(3) if d > best else k
        best = d if d > best else best
        d = z - ea[i]
        k = np.int32(4) if d > best else k
        best = d if d > best else best
        d = (z - sw[i]) * slant
        k = np.int32(5) if d > best else k
        best = d if d > best else best
        d = z - so[i]
        k = np.int32(6) if d > best else k
        best = d if d > best else best
        d = (z - se[i]) * slant
        k = np.int32(7) if d > best else k
        around = (((nw[i] + no[i]) + (ne[i] + we[i])) + ((ea[i] + sw[i]) + (so[i] + se[i]))) * none
        k = np.int32(OUT) if (k == LEVEL) & np.isnan(around) else k
        code[i] = np.int32(VOID) if np.isnan(z) else k


@njit(cache=True, nogil=True, error_model="numpy")
def _pad(row: NDArray[Any], padded: NDArray[Any]) -> None:
    padded[1:-1] = row


@njit(cache=True, nogil=True, error_model="numpy")
def descents(z: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the code of each cell: 0 to 7 its steepest lower neighbour, else LEVEL, OUT or VOID.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m]; NaN outside.

    Returns
    -------
    (ny, nx) uint8 array
        Codes; level ground and pits are still LEVEL.
    """
    ny, nx = z.shape
    code = np.empty((ny, nx), np.uint8)
    rows = np.full((3, nx + 2), np.nan, z.dtype)
    wide = np.empty(nx, np.int32)
    if ny:
        rows[1, 1:-1] = z[0]
    for r in range(ny):
        up, here, down = rows[r % 3], rows[(r + 1) % 3], rows[(r + 2) % 3]
        down[:] = np.nan
        if r + 1 < ny:
            _pad(z[r + 1], down)
        _row(up, here, down, wide)
        line = code[r]
        for c in range(nx):
            line[c] = np.uint8(wide[c])
    return code


@njit(cache=True, nogil=True, error_model="numpy")
def drain_level_ground(z: NDArray[Any], code: NDArray[np.uint8]) -> int:
    """Replace the LEVEL codes, in place: to the nearest way down, or to the pit of a level bottom.

    Distances are counted in steps between neighbours at the same altitude; among neighbours at
    the same distance the first in the order of the codes wins.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    code : (ny, nx) uint8 array
        Codes of :func:`descents` [-]; rewritten.

    Returns
    -------
    int
        Number of pits.
    """
    ny, nx = z.shape
    level = 0
    for r in range(ny):
        line = code[r]
        for c in range(nx):
            level += line[c] == LEVEL
    if level == 0:
        return 0
    queue = np.empty(level, np.int64)
    ring = np.zeros((ny, nx), np.uint8)  # distance modulo 3, plus 1; 0 where not reached
    first = tail = 0
    for r in range(ny):
        for c in range(nx):
            if code[r, c] != LEVEL:
                continue
            for k in range(8):
                y, x = r + DROW[k], c + DCOL[k]
                # A LEVEL cell has eight neighbours with an altitude: none is outside.
                if z[y, x] == z[r, c] and code[y, x] != LEVEL:
                    ring[r, c] = 1
                    queue[tail] = r * nx + c
                    tail += 1
                    break
    for i in range(tail):
        r, c = queue[i] // nx, queue[i] % nx
        for k in range(8):
            y, x = r + DROW[k], c + DCOL[k]
            if z[y, x] == z[r, c] and ring[y, x] == 0 and code[y, x] != LEVEL:
                code[r, c] = k
                break
    _spread(z, code, ring, queue, first, tail)
    pits = 0
    for r in range(ny):
        for c in range(nx):
            if code[r, c] == LEVEL:
                code[r, c] = PIT
                pits += 1
                ring[r, c] = 1
                queue[0] = r * nx + c
                _spread(z, code, ring, queue, 0, 1)
    return pits


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(
    z: NDArray[Any],
    code: NDArray[np.uint8],
    ring: NDArray[np.uint8],
    queue: NDArray[np.int64],
    head: int,
    tail: int,
) -> None:
    """Direct the level cells around those of the queue, by rings of growing distance."""
    nx = z.shape[1]
    while head < tail:
        r, c = queue[head] // nx, queue[head] % nx
        head += 1
        at = ring[r, c]
        for k in range(8):
            y, x = r + DROW[k], c + DCOL[k]
            if y < 0 or x < 0 or y >= z.shape[0] or x >= nx:
                continue
            if code[y, x] != LEVEL or z[y, x] != z[r, c]:
                continue
            ring[y, x] = at % 3 + 1
            for j in range(8):
                v, u = y + DROW[j], x + DCOL[j]
                if ring[v, u] == at and z[v, u] == z[y, x]:
                    code[y, x] = j
                    break
            queue[tail] = y * nx + x
            tail += 1


@njit(cache=True, nogil=True, error_model="numpy")
def basins(code: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the basin of each cell and the number of cells of each.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Codes without LEVEL [-].

    Returns
    -------
    (ny, nx) int32 array
        1, 2, … by pit in the order of rows; 0 where water goes out; −1 without altitude.
    (pits + 1,) int64 array
        Cells of each basin; of the outside at 0.
    """
    ny, nx = code.shape
    label = np.full((ny, nx), -2, np.int32)
    pits = 0
    for r in range(ny):
        line, of = code[r], label[r]
        for c in range(nx):
            if line[c] == VOID:
                of[c] = -1
            elif line[c] == OUT:
                of[c] = 0
            elif line[c] == PIT:
                pits += 1
                of[c] = pits
    cells = np.zeros(pits + 1, np.int64)
    for r in range(ny):
        for c in range(nx):
            y, x = r, c
            while label[y, x] == -2:
                k = code[y, x]
                y, x = y + DROW[k], x + DCOL[k]
            found = label[y, x]
            if found < 0:
                continue
            cells[found] += 1
            y, x = r, c
            while label[y, x] == -2:
                label[y, x] = found
                k = code[y, x]
                y, x = y + DROW[k], x + DCOL[k]
    return label, cells
