# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles of the twin's tables, made on demand from the rows themselves.

Rows are chosen by their box, cut to the tile, brought to its units and written by
:mod:`jumeau.interop.mvt`. Below zoom 14 what is smaller than a pixel is left out, lines and areas
are simplified, and where there would be too much, rows are thinned by a hash of their identifier:
the rows of a low zoom are among those of the next one, and each says in ``one_in`` how many it
stands for. Nothing is thinned from zoom 14 on unless a tile would exceed 500 kB.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds, TableSchema
from jumeau.base.errors import error
from jumeau.interop import mercator, mvt
from jumeau.interop.mercator import EXTENT, Tile
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

BUFFER = 64 / EXTENT
"""Margin around a tile [share of its side], so that symbols on its edge are whole."""
FULL_ZOOM = 14
WARM_ZOOM = 18
LARGEST = 500_000
"""Bytes of a tile."""
MOST_ROWS = {"point": 8_000, "line": 5_000, "polygon": 5_000, "any": 5_000}
"""Rows of a tile below the full zoom: about as many as 500 kB hold."""
HASH = "(hash(id) & 1073741823)::BIGINT"
PIXELS = 512
"""Pixels on the side of a displayed tile."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "address": ("number", "suffix", "street_name"),
    "building": ("name", "use", "height_m", "floors", "built_year", "public"),
    "cabinet": ("name", "subscribed_power_kva", "schedule"),
    "district": ("name", "parent_id"),
    "hazard_zone": ("name", "hazard", "scenario", "level"),
    "luminaire": (
        "height_m", "power_w", "lamp_type", "cct_k", "flux_lm", "cabinet_id", "street_id",
    ),
    "option": ("worksite", "kind", "year"),
    "parcel": ("section", "number", "area_m2"),
    "place": ("name", "kind"),
    "sensor": ("name", "property", "unit"),
    "street": ("name", "hierarchy", "width_m", "speed_limit_kmh"),
    "tree": ("species", "height_m", "crown_diameter_m"),
}  # fmt: skip
"""Attributes carried besides the identifier; every one of a table not named here."""
ESTIMATED = "_estimated"
"""Ending of an attribute that holds the estimate of one that is not known."""


class Layer(NamedTuple):
    """A table drawn in tiles: its attributes, and the columns of the query."""

    table: TableSchema
    attributes: tuple[str, ...]

    @property
    def sql(self) -> str:
        """Columns of the query, geometry as WKB and box included."""
        names = ", ".join(quoted(name) for name in ("id", *self.attributes))
        return (
            f"{names}, ST_AsWKB(geometry)::BLOB AS geometry, xmin, ymin, xmax, ymax, {HASH} AS hash"
        )


def layer(declared: TableSchema) -> Layer:
    """Return how a table is drawn.

    Raises
    ------
    InvalidError
        ``JUM-I009`` when it has no geometry.
    """
    if not declared.geometry:
        raise error("JUM-I009", table=declared.name)
    skipped = {"id", "source_id", "run_id"}
    attributes = COLUMNS.get(declared.name) or tuple(
        item.name
        for item in declared.attributes
        if item.name not in skipped and item.type.partition(":")[0] not in {"geometry", "json"}
    )
    return Layer(declared, attributes)


def tile(view: View, declared: TableSchema, address: Tile) -> bytes:
    """Return a vector tile of a table; empty bytes when there is nothing to draw.

    Parameters
    ----------
    view : View
        Territory at one version.
    declared : TableSchema
        Table; its name is that of the tile's layer.
    address : Tile
        Tile.
    """
    found: bytes | None = view.served.tiles.get(("mvt", view.version, declared.name, address))
    if found is None:
        found = _make(view, layer(declared), address)
        key = ("mvt", view.version, declared.name, address)
        view.served.tiles.put(key, found, len(found) + 200)
    return found


def warm(view: View) -> None:
    """Draw a small tile of each table that holds rows, so that the first one asked is quick."""
    to_wgs84 = crs_.transformer(view.crs, crs_.WGS84)
    for declared in schema.tables().values():
        if not declared.geometry:
            continue
        found = view.rows(f"SELECT xmin, ymin FROM {quoted(declared.name)} LIMIT 1")
        if found and found[0]["xmin"] is not None:
            lon, lat = to_wgs84.transform(found[0]["xmin"], found[0]["ymin"])
            _make(view, layer(declared), mercator.tile_at(lon, lat, WARM_ZOOM))


def _make(view: View, drawn: Layer, address: Tile) -> bytes:
    import pyarrow.compute as pc

    crs = view.crs
    seen = mercator.window(address, crs, BUFFER)
    if seen is None:
        return b""
    pixel = (seen.bounds[2] - seen.bounds[0]) / PIXELS
    where, parameters = _conditions(drawn, address, seen.bounds, pixel)
    level = _level(view, drawn, address, where, parameters)
    rows = _rows(view, drawn, where, parameters, level)
    while True:
        content = _encode(view, drawn, rows, seen.bounds, address, level)
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
    sql = f"SELECT {drawn.sql} FROM {quoted(drawn.table.name)} WHERE {where}"
    if level:
        sql += f" AND {HASH} & {2**level - 1} = 0"
    return view.sql(sql, parameters)


def _encode(
    view: View, drawn: Layer, rows: pa.Table, bounds: Bounds, address: Tile, level: int
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
    shapes[~inside] = _clip(shapes[~inside], bounds)
    if address.z < FULL_ZOOM and drawn.table.geometry != "point":
        half_pixel = (bounds[2] - bounds[0]) / PIXELS / 2
        shapes = shapely.simplify(shapes, half_pixel, preserve_topology=False)
    attributes = rows.select(["id", *drawn.attributes])
    attributes = _with_estimates(view, drawn, attributes)
    if level:
        attributes = attributes.append_column("one_in", pa.repeat(2**level, rows.num_rows))
    groups = [
        group._replace(points=mercator.to_units(group.points, view.crs, address))
        for group in mvt.rings(shapes)
    ]
    return mvt.layer(drawn.table.name, groups, attributes, EXTENT)


def _clip(shapes: NDArray[np.object_], bounds: Bounds) -> NDArray[np.object_]:
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

    names = [
        row["attribute"]
        for row in view.rows(
            'SELECT DISTINCT attribute FROM estimate WHERE "table" = ?', [drawn.table.name]
        )
        if row["attribute"] in drawn.attributes
    ]
    if not names:
        return None
    columns = [
        f"any_value({'text' if drawn.table[name].type == 'text' else 'value'}) "
        f"FILTER (WHERE attribute = ?) AS {quoted(name)}"
        for name in names
    ]
    found = view.sql(
        f'SELECT entity, {", ".join(columns)} FROM estimate WHERE "table" = ? GROUP BY entity',
        [*names, drawn.table.name],
    )
    entities = pd.Index(found["entity"].to_numpy())
    entities.get_indexer(entities[:1])  # builds the hash table once
    return _Estimates(entities, {name: found[name].to_numpy() for name in names})


def _with_estimates(view: View, drawn: Layer, attributes: pa.Table) -> pa.Table:
    """Add, for each attribute that was estimated somewhere, the estimates of unknown values."""
    import pandas as pd
    import pyarrow as pa

    known = view.remember(f"estimates of {drawn.table.name}", lambda: _estimates(view, drawn))
    if known is None:
        return attributes
    place = known.entities.get_indexer(pd.Index(attributes["id"].to_numpy()))
    for name, values in known.values.items():
        missing = attributes[name].is_null().to_numpy() & (place >= 0)
        found = values[place].astype(object)
        found[~missing] = None
        kind = pa.string() if drawn.table[name].type == "text" else pa.float64()
        column = pa.array(found.tolist(), type=kind, from_pandas=True)
        if column.null_count < len(column):
            attributes = attributes.append_column(name + ESTIMATED, column)
    return attributes
