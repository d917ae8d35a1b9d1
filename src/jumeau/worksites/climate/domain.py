# SPDX-License-Identifier: EUPL-1.2
"""The ground a flood runs on: terrain, roughness, obstacles and walls, as engines take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.climate import checks
from jumeau.worksites.climate.engine import GRAVITY, WALL, Crests, Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODATA = (-9999.0, -99999.0, -32768.0, 9999.0, 99999.0)
"""Numbers that stand for « no data » in files seen; a terrain holding one was read without care."""

HIGHEST = 1e6
"""No elevation goes beyond [m]; larger values are « no data » of some file."""

ROUGHEST = 1.0
"""Manning coefficients above this one are Strickler's [s·m^(-1/3)]."""


class Ground(NamedTuple):
    """Domain of the engines, and what flood() needs beside it.

    Parameters
    ----------
    domain : Domain
        As engines take it.
    opened : (ny, nx) bool array
        Cells where water can be.
    known : (ny, nx) bool array
        Cells with an elevation, obstacles among them.
    """

    domain: Domain
    opened: NDArray[np.bool_]
    known: NDArray[np.bool_]


def terrain(dtm: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the terrain as it is [m] and the cells that have an elevation.

    Raises
    ------
    InvalidError
        JUM-K002 (no raster of numbers), JUM-K009 (no elevation at all), JUM-K010 (a « no data »
        number among the elevations).
    """
    found = checks.array("dtm", dtm, None)
    if found.ndim != 2 or not found.size:
        raise error(
            "JUM-K002", argument="dtm", shape=checks.size(found.shape), expected=checks.RASTER
        )
    if found.dtype.kind != "f":
        found = found.astype(np.float64)
    known = ~np.isnan(found)
    if not known.any():
        raise error("JUM-K009")
    count, where = 0, (0, 0)
    rows = max(1, checks.BLOCK // found.shape[1])
    for first in range(0, found.shape[0], rows):
        block = found[first : first + rows]
        odd = np.isin(block, NODATA) | (np.abs(block) > HIGHEST)
        if odd.any():
            row, col = (int(index[0]) for index in np.nonzero(odd))
            where = where if count else (first + row, col)
            count += int(odd.sum())
    if count:
        shown = f"{float(found[where]):g}"
        raise error("JUM-K010", value=shown, row=str(where[0]), col=str(where[1]), count=count)
    return found, known


def ground(
    elevation: NDArray[Any],
    known: NDArray[np.bool_],
    cell_size: Any,
    manning: Any,
    obstacles: Any = None,
    walls: Any = None,
    closed: NDArray[np.bool_] | None = None,
) -> tuple[Ground, list[Finding]]:
    """Return the ground of a run, checked, and what there is to say about it.

    Parameters
    ----------
    elevation, known
        Of :func:`terrain`.
    cell_size, manning, obstacles, walls
        As :func:`~jumeau.worksites.climate.flooding.flood` takes them.
    closed : (ny, nx) bool array, optional
        Further closed cells: boundary cells that are a wall.

    Raises
    ------
    InvalidError
        JUM-K001 to JUM-K011.
    """
    cell = checks.number("cell_size", cell_size, 0.0, strict=True)
    opened = known.copy()
    if obstacles is not None:
        opened &= ~checks.mask("obstacles", obstacles, elevation.shape)
    if closed is not None:
        opened &= ~closed
    if not opened.any():
        raise error("JUM-K009")
    datum = float(np.min(elevation, where=opened, initial=np.inf))
    bed = np.full(elevation.shape, WALL, np.float32)
    np.subtract(elevation, datum, out=bed, where=opened, casting="unsafe")
    friction, found = _friction(manning, opened)
    domain = Domain(bed, datum, friction, cell, _crests(walls, known, datum))
    return Ground(domain, opened, known), found


def _friction(
    manning: Any, opened: NDArray[np.bool_]
) -> tuple[NDArray[np.float32] | float, list[Finding]]:
    if np.ndim(manning) == 0:
        n = checks.number("manning", manning, 0.0)
        return GRAVITY * n * n, _rough(n)
    friction = checks.raster("manning", manning, opened)
    roughest = float(friction.max())
    np.multiply(friction, friction, out=friction)
    friction *= np.float32(GRAVITY)
    return friction, _rough(roughest)


def _rough(manning: float) -> list[Finding]:
    return [finding("JUM-K030", value=manning)] if manning > ROUGHEST else []


def _crests(walls: Any, known: NDArray[np.bool_], datum: float) -> Crests:
    """Return the walls between cells, one a face (the highest), in the order of the cells."""
    form = '(row, col, "north" | "west", crest_m)'
    highest: dict[tuple[int, int, int], float] = {}
    everywhere = np.ones_like(known)
    for index, (*cell, side, crest) in enumerate(checks.items("walls", walls, form, 4)):
        name = f"walls[{index}]"
        row, col = checks.place(name, cell[0], cell[1], everywhere)
        axis = 0 if checks.choice(name, side, ("north", "west")) == "north" else 1
        if (row, col)[axis] == 0:
            raise error("JUM-K011", argument=name, cell=f"({row}, {col})", side=side)
        level = WALL if crest == np.inf else checks.number(name, crest) - datum
        key = (row, col, axis)
        highest[key] = max(float(level), highest.get(key, -np.inf))
    keys = np.array(sorted(highest), np.int64).reshape(-1, 3)
    return Crests(
        np.ascontiguousarray(keys[:, 0]),
        np.ascontiguousarray(keys[:, 1]),
        keys[:, 2].astype(np.uint8),
        np.array([highest[key] for key in sorted(highest)], np.float32),
    )
