# SPDX-License-Identifier: EUPL-1.2
"""Checks of what a flood run is given: numbers, rasters, series, cells, names.

Each returns the value in the form that the computation uses, or raises a coded error that says
which argument is wrong, where, and what to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 20
"""Cells looked at together, so that a check needs no second raster."""


def number(argument: str, value: Any, least: float = -math.inf, strict: bool = False) -> float:
    """Return a finite number, at least ``least`` (above it when ``strict``).

    Raises
    ------
    InvalidError
        JUM-K001.
    """
    bound = {"en": "a finite number", "fr": "un nombre fini"}
    if math.isfinite(least):
        bound["en"] += f" {'>' if strict else '≥'} {least:g}"
        bound["fr"] += f" {'>' if strict else '≥'} {least:g}"
    try:
        if isinstance(value, str | bytes | bool | np.bool_):
            raise TypeError
        array = np.asarray(value, np.float64)
        found = float(array) if array.ndim == 0 else math.nan
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found) or found < least or (strict and found == least):
        raise error("JUM-K001", argument=argument, value=shown(value), expected=bound)
    return found


def array(argument: str, value: Any, shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return an array of numbers, of one shape unless it is ``None``; masked values become NaN.

    Raises
    ------
    InvalidError
        JUM-K002 for another shape or values that are no numbers.
    """
    value = unmasked(value)
    try:
        found = np.asarray(value)
    except ValueError:  # rows of unequal lengths
        found = np.empty(0, object)
    if found.dtype.kind not in "fiub":
        kind = f"dtype {found.dtype}"
        if shape is None:
            raise error("JUM-K002", argument=argument, shape=kind, expected=RASTER)
        raise error("JUM-K002", argument=argument, shape=kind, expected=size(shape))
    if shape is not None and found.shape != shape:
        raise error("JUM-K002", argument=argument, shape=size(found.shape), expected=size(shape))
    return found


def unmasked(value: Any) -> Any:
    """Return a masked array as numbers, NaN where masked; anything else as it is."""
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.filled(value.astype(np.float64), np.nan)
    return value


def raster(argument: str, value: Any, opened: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a raster of values ≥ 0 as float32, 0 on closed cells.

    Raises
    ------
    InvalidError
        JUM-K002 (shape), JUM-K003 (a negative value; NaN or infinity on an open cell).
    """
    given = array(argument, value, opened.shape)
    out = np.zeros(opened.shape, np.float32)
    rows = max(1, BLOCK // max(1, opened.shape[1]))
    for first in range(0, opened.shape[0], rows):
        part = slice(first, first + rows)
        block, open_block = given[part], opened[part]
        wrong = open_block & ~np.isfinite(block)
        for where, what in ((wrong, _NOT_FINITE), (open_block & (block < 0), _NEGATIVE)):
            if where.any():
                row, col = (int(index[0]) for index in np.nonzero(where))
                raise error(
                    "JUM-K003",
                    argument=argument,
                    fault=what,
                    row=str(first + row),
                    col=str(col),
                    value=shown(block[row, col]),
                )
        np.copyto(out[part], block, where=open_block, casting="unsafe")
    return out


def mask(argument: str, value: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a boolean raster; 0 and 1 will do.

    Raises
    ------
    InvalidError
        JUM-K002 (shape), JUM-K001 (something else than true and false).
    """
    given = array(argument, value, shape)
    if given.dtype == np.bool_:
        return given.astype(np.bool_, copy=False)
    flags: NDArray[np.bool_] = given != 0
    if not np.array_equal(given, flags):
        odd = given[given != flags][0]
        expected = {"en": "booleans", "fr": "des booléens"}
        raise error("JUM-K001", argument=argument, value=shown(odd), expected=expected)
    return flags


def series(
    argument: str, times: Any, values: Any, shape: tuple[int, ...] = (), least: float = -math.inf
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return the times [s], in order, and the values of a series; scalars make one instant.

    Equal times are a jump. ``shape`` is that of the value of one instant; rasters are returned as
    they are, unchecked.

    Raises
    ------
    InvalidError
        JUM-K004: unequal lengths, times out of order, a gap (NaN) or a value below ``least``.
    """
    try:
        t = np.atleast_1d(np.asarray(times, np.float64))
        kept = np.asarray(values) if shape else np.atleast_1d(np.asarray(values, np.float64))
    except (TypeError, ValueError):
        raise error("JUM-K004", argument=argument, fault=_NO_NUMBERS) from None
    if t.ndim != 1 or kept.shape != (t.size, *shape) or kept.dtype.kind not in "fiub":
        lengths = f"{size(t.shape)} / {size(kept.shape)}"
        fault = {
            "en": f"times and values do not match ({lengths}"
            + (f"; each raster must be {size(shape)})" if shape else ")"),
            "fr": f"instants et valeurs ne correspondent pas ({lengths}"
            + (f" ; chaque raster doit être {size(shape)})" if shape else ")"),
        }
        raise error("JUM-K004", argument=argument, fault=fault)
    if not t.size:
        raise error("JUM-K004", argument=argument, fault=_EMPTY)
    if not np.isfinite(t).all() or (not shape and not np.isfinite(kept).all()):
        raise error("JUM-K004", argument=argument, fault=_GAP)
    if (np.diff(t) < 0).any():
        raise error("JUM-K004", argument=argument, fault=_UNSORTED)
    if not shape and (kept < least).any():
        fault = {
            "en": f"it holds {kept.min():g}, below {least:g}",
            "fr": f"elle contient {kept.min():g}, en dessous de {least:g}",
        }
        raise error("JUM-K004", argument=argument, fault=fault)
    return t, kept


def place(argument: str, row: Any, col: Any, opened: NDArray[np.bool_]) -> tuple[int, int]:
    """Return an open cell of the domain.

    Raises
    ------
    InvalidError
        JUM-K005 (no whole numbers, or outside), JUM-K006 (NODATA or obstacle).
    """
    shape = opened.shape
    if not (_whole(row) and _whole(col) and 0 <= row < shape[0] and 0 <= col < shape[1]):
        cell = f"({shown(row)}, {shown(col)})"
        raise error(
            "JUM-K005", argument=argument, cell=cell, rows=str(shape[0]), columns=str(shape[1])
        )
    row, col = int(row), int(col)
    if not opened[row, col]:
        near = nearest(opened, row, col)
        raise error("JUM-K006", argument=argument, cell=f"({row}, {col})", near=near)
    return row, col


def _whole(value: Any) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool) and float(value).is_integer()


def nearest(opened: NDArray[np.bool_], row: int, col: int) -> str:
    """Return the open cell nearest to a cell, written ``(row, col)``."""
    rows, cols = np.nonzero(opened)
    k = int(np.argmin((rows - row) ** 2 + (cols - col) ** 2))
    return f"({rows[k]}, {cols[k]})"


def choice(argument: str, value: Any, known: Iterable[str]) -> str:
    """Return a name among those known.

    Raises
    ------
    UnknownNameError
        JUM-K007, with the nearest known name.
    """
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    raise error(
        "JUM-K007",
        argument=argument,
        name=shown(value),
        suggestion=did_you_mean(value, names) if isinstance(value, str) else "",
        known=names,
    )


def items(argument: str, value: Any, form: str, length: int) -> list[tuple[Any, ...]]:
    """Return a list of tuples of one length.

    Raises
    ------
    InvalidError
        JUM-K008.
    """
    if value is None:
        return []
    found: list[tuple[Any, ...]] = []
    given = value if isinstance(value, Iterable) and not isinstance(value, str | dict) else [value]
    for index, item in enumerate(given):
        if not isinstance(item, tuple | list) or len(item) != length:
            raise error("JUM-K008", argument=f"{argument}[{index}]", value=shown(item), form=form)
        found.append(tuple(item))
    return found


def size(shape: tuple[int, ...]) -> str:
    """Return a shape as a message shows it."""
    return " × ".join(map(str, shape)) or "()"


def shown(value: Any) -> str:
    """Return a value as a message shows it, short."""
    text = repr(value.item()) if isinstance(value, np.generic) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


RASTER = {"en": "rows × columns", "fr": "lignes × colonnes"}
_NOT_FINITE = {"en": "is not a finite number", "fr": "n'est pas un nombre fini"}
_NEGATIVE = {"en": "is negative", "fr": "est négative"}
_NO_NUMBERS = {"en": "it does not hold numbers", "fr": "elle ne contient pas de nombres"}
_EMPTY = {"en": "it is empty", "fr": "elle est vide"}
_GAP = {
    "en": "it has a gap (NaN or infinity)",
    "fr": "elle a une lacune (NaN ou infini)",
}
_UNSORTED = {
    "en": "its times are not in growing order",
    "fr": "ses instants ne sont pas en ordre croissant",
}
