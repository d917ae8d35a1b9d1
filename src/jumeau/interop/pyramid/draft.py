# SPDX-License-Identifier: EUPL-1.2
"""Tiles drawn from the rows read in the twin, while the shapes of a large table are not there.

Rows are chosen by their box, cut to the tile, brought to its units and written by
:mod:`jumeau.interop.mvt`. Below zoom 14 what is smaller than a pixel is left out, lines and areas
are simplified one by one, and where there would be too much, rows are thinned by a hash of their
identifier.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.interop import mercator, mvt
from jumeau.interop.mercator import EXTENT, Tile
from jumeau.interop.pyramid.layers import ESTIMATED, Layer, estimates
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from jumeau.interop.served import View

BUFFER = 64 / EXTENT
"""Margin around a tile [share of its side], so that symbols on its edge are whole."""
FULL_ZOOM = 14
LARGEST = 500_000
"""Bytes of a tile."""
MOST_ROWS = {"point": 8_000, "line": 5_000, "polygon": 5_000, "any": 5_000}
"""Rows of a tile below the full zoom: about as many as 500 kB hold."""
HASH = "(hash(id) & 1073741823)::BIGINT"
PIXELS = 512
"""Pixels on the side of a displayed tile."""


def tile(view: View, drawn: Layer, address: Tile, names: Sequence[str]) -> bytes:
    """Return a tile of a table; empty bytes when there is nothing to draw.

    Parameters
    ----------
    view : View
        Territory at one version.
    drawn : Layer
        How the table is drawn.
    address : Tile
        Tile.
    names : sequence of str
        Attributes wanted.
    """
    import pyarrow.compute as pc

    seen = mercator.window(address, view.crs, BUFFER)
    if seen is None:
        return b""
    pixel = (seen.bounds[2] - seen.bounds[0]) / PIXELS
    where, parameters = _conditions(drawn, address, seen.bounds, pixel)
    level = _level(view, drawn, address, where, parameters)
    rows = _rows(view, drawn, where, parameters, level)
    while True:
        content = _encode(view, drawn, names, rows, seen.bounds, address, level)
        if len(content) <= LARGEST or rows.num_rows < 2:
            return content
        level += math.ceil(math.log2(len(content) / LARGEST))
        rows = rows.filter(pc.equal(pc.bit_wise_and(rows["hash"], 2**level - 1), 0))


def _conditions(
    drawn: Layer, address: Tile, bounds: Bounds, pixel: float
) -> tuple[str, list[float]]:
    """Return the rows that meet a window and are large enough to be seen."""
    where = "xmax >= ? AND xmin <= ? AND ymax >= ? AND ymin <= ?"
    parameters = [bounds[0], bounds[2], bounds[1], bounds[3]]
    if address.z < FULL_ZOOM and drawn.table.geometry in {"line", "polygon"}:
        where += " AND greatest(xmax - xmin, ymax - ymin) >= ?"
        parameters.append(pixel)
    return where, parameters


def _level(view: View, drawn: Layer, address: Tile, where: str, parameters: list[float]) -> int:
    """Return the level of thinning: one row in 2^level is drawn."""
    if address.z >= FULL_ZOOM:
        return 0
    sql = f"SELECT count(*) AS n FROM {quoted(drawn.table.name)} WHERE {where}"
    n = int(view.rows(sql, parameters)[0]["n"])
    return max(0, math.ceil(math.log2(n / MOST_ROWS[str(drawn.table.geometry)]))) if n else 0


def _rows(view: View, drawn: Layer, where: str, parameters: list[float], level: int) -> pa.Table:
    names = ", ".join(quoted(name) for name in drawn.every)
    sql = (
        f"SELECT {names}, ST_AsWKB(geometry)::BLOB AS geometry, xmin, ymin, xmax, ymax, "
        f"{HASH} AS hash FROM {quoted(drawn.table.name)} WHERE {where}"
    )
    if level:
        sql += f" AND {HASH} & {2**level - 1} = 0"
    return view.sql(sql, parameters)


def _encode(
    view: View,
    drawn: Layer,
    names: Sequence[str],
    rows: pa.Table,
    bounds: Bounds,
    address: Tile,
    level: int,
) -> bytes:
    import pyarrow as pa
    import shapely

    if not rows.num_rows:
        return b""
    shapes = shapely.from_wkb(rows["geometry"].to_numpy())
    inside = (
        (rows["xmin"].to_numpy() >= bounds[0])
        & (rows["ymin"].to_numpy() >= bounds[1])
        & (rows["xmax"].to_numpy() <= bounds[2])
        & (rows["ymax"].to_numpy() <= bounds[3])
    )
    shapes[~inside] = clip(shapes[~inside], bounds)
    if address.z < FULL_ZOOM and drawn.table.geometry != "point":
        half_pixel = (bounds[2] - bounds[0]) / PIXELS / 2
        shapes = shapely.simplify(shapes, half_pixel, preserve_topology=False)
    attributes = _attributes(view, drawn, rows, names)
    if level:
        attributes = attributes.append_column("one_in", pa.repeat(2**level, rows.num_rows))
    groups = [
        group._replace(points=mercator.to_units(group.points, view.crs, address))
        for group in mvt.rings(shapes)
    ]
    return mvt.layer(drawn.table.name, groups, attributes, EXTENT)


def clip(shapes: NDArray[np.object_], bounds: Bounds) -> NDArray[np.object_]:
    """Cut shapes to a rectangle; faulty ones are mended first."""
    import shapely

    try:
        cut = shapely.clip_by_rect(shapes, *bounds)
    except shapely.errors.GEOSException:
        cut = shapely.clip_by_rect(shapely.make_valid(shapes), *bounds)
    return np.asarray(cut, dtype=object)


class _Estimates(NamedTuple):
    entities: pd.Index[Any]
    values: dict[str, NDArray[Any]]


def _estimates(view: View, drawn: Layer) -> _Estimates | None:
    """Return the estimates of a table, one array an attribute, indexed by row identifier."""
    import pandas as pd

    found = estimates(view.sql, drawn)
    if not found:
        return None
    entities = pd.Index(next(iter(found.values()))[0])
    entities.get_indexer(entities[:1])  # builds the hash table once
    return _Estimates(
        entities,
        {name: values.to_numpy(zero_copy_only=False) for name, (_, values) in found.items()},
    )


def _attributes(view: View, drawn: Layer, rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return the attributes wanted, each followed by the estimates of its unknown values."""
    import pandas as pd
    import pyarrow as pa

    known = view.remember(f"estimates of {drawn.table.name}", lambda: _estimates(view, drawn))
    place = None if known is None else known.entities.get_indexer(pd.Index(rows["id"].to_numpy()))
    columns = {}
    for name in names:
        columns[name] = rows[name]
        if known is None or place is None or name not in known.values:
            continue
        missing = rows[name].is_null().to_numpy() & (place >= 0)
        found = known.values[name][place].astype(object)
        found[~missing] = None
        kind = pa.string() if drawn.table[name].type == "text" else pa.float64()
        column = pa.array(found.tolist(), type=kind, from_pandas=True)
        if column.null_count < len(column):
            columns[name + ESTIMATED] = column
    if not columns:  # a table without columns would have no rows
        return pa.table({"": pa.nulls(rows.num_rows, pa.string())}).select([])
    return pa.table(columns)
