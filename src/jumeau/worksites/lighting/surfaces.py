# SPDX-License-Identifier: EUPL-1.2
"""What receives light and what stands in its way: grids of altitude, their checks, their slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.lighting.arguments import numbers
from jumeau.worksites.lighting.scene import MOST_HEIGHT

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UP = (0.0, 0.0, 1.0)
BELOW = 1.0
"""Depth under the ground from which a whole surface is not one of altitudes [m]."""


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Altitudes of a window of the grid, all on one datum; ``None`` for what is not known.

    Parameters
    ----------
    ground : (ny, nx) array, optional
        Ground [m]; NaN where it is not known. Level at 0 when absent.
    dsm : (ny, nx) array, optional
        Top of what no light crosses [m]; NaN where nothing stands.
    canopy : (ny, nx) array, optional
        Top of tree crowns [m]; NaN where there are none.
    """

    ground: NDArray[Any] | None = None
    dsm: NDArray[Any] | None = None
    canopy: NDArray[Any] | None = None

    def checked(self, shape: tuple[int, int]) -> Surfaces:
        """Return the same surfaces as floating-point arrays of a shape, or refuse them.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns wanted.

        Raises
        ------
        InvalidError
            ``JUM-L004`` for another shape or an infinite altitude, ``JUM-L050`` when a surface
            lies wholly below the ground.
        """
        parts = {name: _grid(name, getattr(self, name), shape)
                 for name in ("ground", "dsm", "canopy")}  # fmt: skip
        for name in ("dsm", "canopy"):
            _above(name, parts[name], parts["ground"])
        return Surfaces(**parts)


def as_grid(name: str, given: ArrayLike | None) -> NDArray[Any] | None:
    """Return what is given as an array of floating-point numbers; masked cells are NaN.

    Parameters
    ----------
    name : str
        Of the argument.
    given : array_like, optional
        As given.
    """
    if given is None:
        return None
    if isinstance(given, np.ma.MaskedArray):
        given = np.ma.filled(given.astype(np.float64), np.nan)
    array: NDArray[Any] = np.asarray(given) if hasattr(given, "dtype") else numbers(name, given)
    if array.dtype not in (np.float32, np.float64):
        array = numbers(name, array)
    return np.ascontiguousarray(array) if array.ndim else array


def _grid(name: str, given: NDArray[Any] | None, shape: tuple[int, int]) -> NDArray[Any] | None:
    array = as_grid(name, given)
    if array is None:
        return None
    if array.shape != shape:
        raise error("JUM-L004", argument=name, value=f"shape {array.shape}",
                    expected=f"{shape}")  # fmt: skip
    if array.size and not np.nanmax(np.abs(array), initial=0.0) <= MOST_HEIGHT:
        raise error("JUM-L004", argument=name, value="an infinite or senseless altitude",
                    expected=f"≤ {MOST_HEIGHT:g} m, NaN where unknown")  # fmt: skip
    return array


def _above(name: str, surface: NDArray[Any] | None, ground: NDArray[Any] | None) -> None:
    if surface is None or not surface.size:
        return
    over = surface if ground is None else surface - ground
    highest = float(np.nanmax(over, initial=-np.inf))
    if np.isfinite(highest) and highest < -BELOW:
        raise error("JUM-L050", surface=name, depth=-highest)


def unit_normal(normal: ArrayLike | str, *, ground: bool) -> tuple[float, float, float] | None:
    """Return the normal as a unit vector, or ``None`` for the ground's own.

    Parameters
    ----------
    normal : (3,) array_like or "slope"
        As given: east, north, up.
    ground : bool
        Whether a ground is known.

    Raises
    ------
    InvalidError
        ``JUM-L004`` for what is neither, ``JUM-L051`` for ``"slope"`` without a ground.
    """
    if isinstance(normal, str):
        if normal != "slope":
            raise error("JUM-L004", argument="normal", value=repr(normal)[:60],
                        expected="(x, y, z) | 'slope'")  # fmt: skip
        if not ground:
            raise error("JUM-L051")
        return None
    vector = numbers("normal", normal)
    length = float(np.linalg.norm(vector)) if vector.shape == (3,) else 0.0
    if not (np.isfinite(vector).all() and np.isfinite(length) and length > 0.0):
        raise error("JUM-L004", argument="normal", value=repr(normal)[:60],
                    expected="(x, y, z) ≠ 0 | 'slope'")  # fmt: skip
    x, y, z = (vector / length).tolist()
    return x, y, z


def slopes(ground: NDArray[Any], cell: float, rows: slice, columns: slice) -> NDArray[np.float32]:
    """Return the unit normals of the ground in a block, by central differences.

    Parameters
    ----------
    ground : (ny, nx) array
        Altitude [m]; differences are one-sided at edges and beside NaN, and 0 between two NaN.
    cell : float
        Side of a cell [m].
    rows, columns : slice
        The block.

    Returns
    -------
    (3, rows, columns) float32 array
        East, north, up.
    """
    top, left = max(rows.start - 1, 0), max(columns.start - 1, 0)
    piece = np.asarray(ground[top : rows.stop + 1, left : columns.stop + 1], np.float64)
    inner = (
        slice(rows.start - top, rows.start - top + rows.stop - rows.start),
        slice(columns.start - left, columns.start - left + columns.stop - columns.start),
    )
    east = _difference(piece, 1)[inner] / cell
    south = _difference(piece, 0)[inner] / cell
    out = np.stack((-east, south, np.ones_like(east)))
    out /= np.sqrt((out * out).sum(axis=0))
    return out.astype(np.float32)


def _difference(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the central difference for one step, one-sided where a side is not known."""
    ahead, back = np.full_like(values, np.nan), np.full_like(values, np.nan)
    steps = np.diff(values, axis=axis)
    if axis == 0:
        ahead[:-1], back[1:] = steps, steps
    else:
        ahead[:, :-1], back[:, 1:] = steps, steps
    both = np.isfinite(ahead) & np.isfinite(back)
    single = np.where(np.isfinite(ahead), ahead, back)
    result = np.where(both, 0.5 * (ahead + back), single)
    return np.where(np.isfinite(result), result, 0.0)
