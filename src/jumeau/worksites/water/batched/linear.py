# SPDX-License-Identifier: EUPL-1.2
"""Symmetric linear systems of one pattern, many at a time: L·D·Lᵀ without any search.

Fields have one row an entry and one column a scenario, scenarios contiguous: each operation of the
factorisation is a vector operation over them.
"""

from __future__ import annotations

from typing import Any

from numba import njit

compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
"""Compilation of the kernels, nothing reassociated: a scenario gets the same bits in any lane."""


@compiled
def eliminate(entry: Any, side: Any, scale: Any, start: Any, index: Any, target: Any) -> None:
    """Factorise in place and substitute forward.

    Parameters
    ----------
    entry : (k + n, S) array
        Entries under the diagonal, then the diagonal; L, then D on return.
    side : (n, S) array
        Right-hand side; D⁻¹·L⁻¹·b on return.
    scale : (3, S) array
        Scratch.
    start, index, target : arrays
        Of :class:`~jumeau.worksites.water.batched.ordering.Pattern`.
    """
    n, lanes = side.shape
    entries = len(index)
    place = 0
    inverse, carried, factor = scale[0], scale[1], scale[2]
    for j in range(n):
        diagonal, mine = entry[entries + j], side[j]
        for s in range(lanes):
            inverse[s] = 1.0 / diagonal[s]
            carried[s] = mine[s] * inverse[s]
        for p in range(start[j], start[j + 1]):
            column, other = entry[p], side[index[p]]
            for s in range(lanes):
                factor[s] = column[s] * inverse[s]
                other[s] -= column[s] * carried[s]
            for q in range(p, start[j + 1]):
                to, from_ = entry[target[place]], entry[q]
                place += 1
                for s in range(lanes):
                    to[s] -= from_[s] * factor[s]
            for s in range(lanes):
                column[s] = factor[s]
        for s in range(lanes):
            mine[s] = carried[s]


@compiled
def substitute(entry: Any, side: Any, start: Any, index: Any) -> None:
    """Substitute backward in place: the solution, from what :func:`eliminate` left."""
    n, lanes = side.shape
    for j in range(n - 1, -1, -1):
        mine = side[j]
        for p in range(start[j], start[j + 1]):
            column, other = entry[p], side[index[p]]
            for s in range(lanes):
                mine[s] -= column[s] * other[s]
