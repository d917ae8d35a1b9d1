# SPDX-License-Identifier: EUPL-1.2
"""Strips of rows in which a raster too large for memory is worked through."""

from __future__ import annotations

from collections.abc import Iterator

from jumeau.base.errors import error

CELLS = 1 << 22
"""Cells of a strip, as far as whole rows allow."""
ROWS = 256
"""Fewest rows of a strip: those between strips are kept in memory."""


def strips(ny: int, nx: int, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the first row of each strip, and the row after its last.

    Parameters
    ----------
    ny, nx : int
        Rows and columns of the raster.
    rows : int, optional
        Rows of a strip; about :data:`CELLS` cells by default, but no fewer than :data:`ROWS`.

    Raises
    ------
    InvalidError
        JUM-G015 when `rows` is below 1.
    """
    if rows is not None and rows < 1:
        raise error("JUM-G015", side=rows)
    step = rows or max(ROWS, CELLS // nx)
    for top in range(0, ny, step):
        yield top, min(top + step, ny)
