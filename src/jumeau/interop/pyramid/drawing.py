# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles drawn from the shapes of a table: a window, a thinning, a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.interop import mvt
from jumeau.interop.mercator import EXTENT, Tile
from jumeau.interop.pyramid import commands, kernels, thinning
from jumeau.interop.pyramid.commands import Frame
from jumeau.interop.pyramid.shapes import FULL_ZOOM, WORLD, Column, Shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 64
"""Margin around a tile, so that symbols on its edge are whole [tile unit]."""
PIXEL = 8
"""Tile units on the side of a pixel of a tile displayed on 512."""
LARGEST = 500_000
"""Bytes of a tile."""
MOST_ROWS = 16_000
"""Rows of a tile below the full zoom."""
ONE_IN = "one_in"


class Place(NamedTuple):
    """Where a tile is: its frame, and the window of rows that it shows [2⁻³² of the world]."""

    frame: Frame
    window: tuple[int, int, int, int]


def place(address: Tile) -> Place:
    """Return where a tile is."""
    side = WORLD >> address.z
    unit = side / EXTENT
    pad = int(MARGIN * unit)
    x, y = address.x * side, address.y * side
    return Place(
        Frame(float(x), float(y), 1.0 / unit, -pad / unit, (side + pad) / unit),
        (x - pad, y - pad, x + side + pad, y + side + pad),
    )


class _Chosen(NamedTuple):
    """Rows to draw, how, and how many each stands for; see :func:`thinning.thin`."""

    rows: NDArray[np.int64]
    form: NDArray[np.uint8]
    measure: NDArray[np.float64]
    one_in: NDArray[np.int32]


def tile(shapes: Shapes, name: str, address: Tile, columns: Sequence[str] | None = None) -> bytes:
    """Return the tile of a table; empty bytes when there is nothing to draw.

    Parameters
    ----------
    shapes : Shapes
        The table.
    name : str
        Name of the layer.
    address : Tile
        Tile.
    columns : sequence of str, optional
        Attributes wanted, estimates of theirs included; all by default.
    """
    here = place(address)
    rows = kernels.meet(shapes.box, shapes.runs, *here.window)
    if not len(rows):
        return b""
    wanted = [*shapes.columns] if columns is None else [*columns]
    low = address.z < FULL_ZOOM
    chosen = _Chosen(
        rows, np.zeros(len(rows), np.uint8), np.zeros(len(rows)), np.ones(len(rows), np.int32)
    )
    cell = 0.0
    if low:
        areas = bool((shapes.kind[rows] != commands.POINT).any())
        # Points fall on one another from half a pixel on; what is smaller than one cannot be seen.
        cell = float(PIXEL if areas else PIXEL / 2)
        if areas or len(rows) > MOST_ROWS:
            chosen = _thinned(shapes, rows, here, cell)
        while len(chosen.rows) > MOST_ROWS and cell < EXTENT:
            cell *= 2
            chosen = _thinned(shapes, rows, here, cell)
    while True:
        content = _layer(shapes, name, wanted, chosen, here, address.z)
        if len(content) <= LARGEST or len(chosen.rows) < 2 or cell >= EXTENT:
            return content
        cell = max(2 * cell, float(PIXEL))
        chosen = _thinned(shapes, rows, here, cell)


def _thinned(shapes: Shapes, rows: NDArray[np.int64], here: Place, cell: float) -> _Chosen:
    unit = 1.0 / here.frame.scale
    side = max(1, int(cell * unit))
    return _Chosen(
        *thinning.thin(
            rows, shapes.kind, shapes.box, shapes.measure, shapes.rank, side, here.window, unit
        )
    )  # fmt: skip


def _layer(
    shapes: Shapes, name: str, wanted: Sequence[str], chosen: _Chosen, here: Place, zoom: int
) -> bytes:
    rows = chosen.rows
    stream, counts = commands.commands(
        rows, chosen.form, chosen.measure, shapes.kind, shapes.parts, shapes.starts, shapes.hole,
        shapes.xy, shapes.since, shapes.box, here.frame, zoom, here.window,
    )  # fmt: skip
    several = chosen.one_in > 1
    nameless = several & (chosen.form == commands.SQUARE)
    alive = counts > 0
    one_in = chosen.one_in
    if not alive.all():
        # What is left out gives no value to the dictionaries.
        rows, counts, one_in, nameless = (
            rows[alive], counts[alive], one_in[alive], nameless[alive],
        )  # fmt: skip
    if not len(rows):
        return b""
    keys = [*wanted]
    tags: list[NDArray[np.int32]] = []
    values: list[bytes] = []
    total = 0
    for key in wanted:
        column = shapes.columns[key]
        codes = column.codes[rows]
        if key == "id":  # a square that stands for several areas is none of them
            codes[nameless] = -1
        total += _tagged(column, codes, total, tags, values)
    if several.any():
        distinct, places = np.unique(one_in, return_inverse=True)
        keys.append(ONE_IN)
        tags.append(places.astype(np.int32) + np.int32(total))
        values += mvt.numbers(distinct.tolist())
    content = kernels.features(
        shapes.kind[rows],
        np.array(tags, dtype=np.int32).reshape(len(tags), len(rows)),
        stream,
        counts,
    )
    return mvt.wrap(name, content.tobytes(), keys, b"".join(values), EXTENT)


def _tagged(
    column: Column,
    codes: NDArray[np.int32],
    total: int,
    tags: list[NDArray[np.int32]],
    values: list[bytes],
) -> int:
    """Add the values of an attribute to a layer; return how many are new."""
    numbers, distinct = kernels.distinct(codes)
    numbers[numbers >= 0] += np.int32(total)
    tags.append(numbers)
    values.append(kernels.gather(distinct, column.blob, column.ends).tobytes())
    return len(distinct)
