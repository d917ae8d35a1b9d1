# SPDX-License-Identifier: EUPL-1.2
"""The terrain that functions receive: checked, and in one of the two types that kernels know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

HIGHEST = 1e9
"""Highest altitude, and depth, of a terrain [m]: beyond are markers of files, not ground."""


@njit(cache=True, nogil=True, error_model="numpy")
def _impossible(values: NDArray[Any]) -> int:
    count = 0
    for i in range(values.size):
        count += np.abs(values[i]) > HIGHEST
    return count


def altitudes(dtm: ArrayLike) -> NDArray[Any]:
    """Return a terrain as a C-contiguous float32 or float64 array, checked.

    Parameters
    ----------
    dtm : (ny, nx) array
        Altitude of the ground [m], NaN outside.

    Returns
    -------
    (ny, nx) float array
        float64 for float64 and wide integers, else float32; the same array when it already is.

    Raises
    ------
    InvalidError
        JUM-G030 when it is not made of numbers; JUM-G031 when it has no cell or not two axes;
        JUM-G032 when an altitude is infinite or beyond :data:`HIGHEST`.
    """
    given = np.asarray(dtm)
    if np.ma.isMaskedArray(dtm) and given.dtype.kind in "fiu":
        given = np.where(np.ma.getmaskarray(dtm), np.float32(np.nan), given)
    if given.dtype.kind not in "fiu":
        raise error("JUM-G030", given=str(given.dtype))
    small = given.dtype.itemsize <= (2 if given.dtype.kind in "iu" else 4)
    z = np.ascontiguousarray(given, np.float32 if small else np.float64)
    if given.ndim != 2 or not given.size:
        raise error("JUM-G031", given=" × ".join(str(n) for n in given.shape) or "0")
    check(z)
    return z


def check(z: NDArray[Any]) -> None:
    """Check the altitudes of a block.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].

    Raises
    ------
    InvalidError
        JUM-G032 when one is infinite or beyond :data:`HIGHEST`.
    """
    impossible = int(_impossible(z.reshape(-1)))
    if impossible:
        raise error("JUM-G032", count=impossible)
