# SPDX-License-Identifier: EUPL-1.2
"""Arguments of the functions of light as arrays, or a coded refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_CELLS = 2**30
"""Cells that one array may hold, 4 GiB; tiles have no such limit."""


def shape(bounds: Bounds, cell_size: float) -> tuple[int, int]:
    """Return the rows and columns of a grid.

    Parameters
    ----------
    bounds : (xmin, ymin, xmax, ymax)
        Outer cell edges [m].
    cell_size : float
        Side of a cell [m].
    """
    xmin, ymin, xmax, ymax = grid.check(bounds)
    side = float(numbers("cell_size", cell_size, scalar=True))
    if not side > 0:
        raise error("JUM-L004", argument="cell_size", value=str(cell_size), expected="> 0")
    rows, columns = round((ymax - ymin) / side), round((xmax - xmin) / side)
    if rows * columns > MOST_CELLS:
        raise error("JUM-L004", argument="bounds", value=f"{rows} × {columns}",
                    expected=f"≤ {MOST_CELLS} (illuminance_tiles)")  # fmt: skip
    return rows, columns


def numbers(name: str, value: ArrayLike, *, scalar: bool = False) -> NDArray[np.float64]:
    """Return an argument as numbers, or refuse what is not made of them.

    Parameters
    ----------
    name : str
        Of the argument.
    value : array_like
        As given.
    scalar : bool
        Whether one finite number is wanted.
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    single = array.ndim == 0
    if (single and np.isnan(array)) or (scalar and not (single and np.isfinite(array))):
        raise error("JUM-L004", argument=name, value=repr(value)[:60],
                    expected="a finite number" if scalar else "numbers")  # fmt: skip
    return array


def check_photometries(photometries: Sequence[Photometry]) -> None:
    """Refuse what is not a sequence of photometries."""
    fits = isinstance(photometries, Collection | np.ndarray)
    if not (fits and all(isinstance(item, Photometry) for item in photometries)):
        raise error("JUM-L004", argument="photometries", value=type(photometries).__name__,
                    expected="[Photometry, …]")  # fmt: skip


def indices(which: ArrayLike, count: int) -> NDArray[np.int64]:
    """Return the index of each lamp's photometry; whole numbers of any type are taken."""
    given = numbers("which", which)
    whole = np.isfinite(given) & (given == np.rint(given))
    if given.shape not in ((), (1,), (count,)) or not whole.all():
        raise error("JUM-L004", argument="which", value=f"shape {given.shape}",
                    expected=f"({count},), int")  # fmt: skip
    return np.broadcast_to(given.astype(np.int64), (count,))


def scales(
    photometries: Sequence[Photometry], which: NDArray[np.int64], flux: ArrayLike | None
) -> NDArray[np.float64]:
    """Return the factor on each lamp's photometry, its indices and fluxes once checked."""
    if which.size and not (which.min() >= 0 and which.max() < len(photometries)):
        last = len(photometries) - 1
        expected = f"0 … {last}" if last >= 0 else "no lamp, since there is no photometry"
        raise error("JUM-L004", argument="which", value=f"{which.min()} … {which.max()}",
                    expected=expected)  # fmt: skip
    if flux is None:
        return np.ones(which.shape)
    lumens = per_lamp("flux", flux, which.size)
    if not (lumens >= 0).all():
        raise error("JUM-L004", argument="flux", value=str(lumens.min()), expected="≥ 0 lm")
    nominal = np.array([photometry.flux_lm for photometry in photometries] or [1.0])
    return np.asarray(lumens / nominal[which])


def per_lamp(name: str, value: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return an argument as one finite number a lamp."""
    values = numbers(name, value)
    if values.shape not in ((), (1,), (count,)) or not np.isfinite(values).all():
        raise error("JUM-L004", argument=name, value=f"shape {values.shape}",
                    expected=f"({count},), finite")  # fmt: skip
    return np.broadcast_to(values, (count,))
