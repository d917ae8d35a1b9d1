# SPDX-License-Identifier: EUPL-1.2
"""Collections and items: the tables of the twin, page by page.

A page is a run of rows in the order in which they are stored, found by DuckLake's row identifier,
which a window of row groups answers; no sort, and no count unless asked. The ``next`` link names
the version it continues, so that a walk sees each row once whatever is written meanwhile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds, TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.interop.served import View
from jumeau.twin import schema, tables
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 100
LARGEST_PAGE = 10_000
LARGEST_FILE = 1_000_000
AHEAD = 2_000
"""Rows read at once: the following pages wait in memory under the token that asks for them."""
_ROW = "jumeau_row"
_TOKEN = re.compile(r"row:(\d{1,18})")


class Query(NamedTuple):
    """Which rows of a table are wanted.

    Parameters
    ----------
    table : TableSchema
        Table.
    bounds : Bounds or None
        Window in the territory's CRS [m].
    where : dict
        {attribute: value} that rows must equal.
    limit : int
        Rows a page.
    after : str
        Token of the last row of the page before, or its identifier; empty for the first page.
    """

    table: TableSchema
    bounds: Bounds | None = None
    where: Mapping[str, Any] = {}
    limit: int = PAGE
    after: str = ""


class Page(NamedTuple):
    """Rows of a page with geometry as WKB, and the token that continues, empty at the end."""

    rows: pa.Table
    next: str


# -- what is asked ---------------------------------------------------------------------------
def table(name: str) -> TableSchema:
    """Return the schema of a table that is served.

    Raises
    ------
    UnknownNameError
        ``JUM-T001``.
    """
    return schema.table(name)


def window(text: str | None, crs: str) -> Bounds | None:
    """Read a ``bbox`` and return it in a CRS.

    Parameters
    ----------
    text : str or None
        ``west,south,east,north`` [° WGS84]; six numbers when it has heights, which are ignored.
    crs : str
        CRS wanted.

    Returns
    -------
    Bounds or None
        Smallest bounds that hold the window [m]; ``None`` when no window is given. A window
        that crosses the antimeridian is the whole width.

    Raises
    ------
    InvalidError
        ``JUM-I003``.
    """
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise error("JUM-I003", bbox=text[:80]) from None
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(abs(number) <= 360 for number in numbers):
        raise error("JUM-I003", bbox=text[:80])
    west, south, east, north = numbers
    if south > north or south < -90 or north > 90:
        raise error("JUM-I003", bbox=text[:80])
    area = crs_.area_of_use(crs) or (-180.0, -85.0, 180.0, 85.0)
    if west > east:  # across the antimeridian
        west, east = -180.0, 180.0
    # Outside the area of the CRS there is nothing, and projections fold.
    west, east = max(west, area[0] - 5), min(east, area[2] + 5)
    south, north = max(south, area[1] - 5), min(north, area[3] + 5)
    if west > east or south > north:
        return (0.0, 0.0, -1.0, -1.0)  # meets nothing
    return crs_.transform_bounds((west, south, east, north), crs_.WGS84, crs)


def limit(asked: int | None, default: int = PAGE, largest: int = LARGEST_PAGE) -> int:
    """Return the number of rows of a page: that asked for, at most the largest.

    Raises
    ------
    InvalidError
        ``JUM-I004`` when it is not positive.
    """
    if asked is None:
        return default
    if asked < 1:
        raise error("JUM-I004", limit=str(asked), largest=str(largest))
    return min(asked, largest)


def filters(declared: TableSchema, given: Mapping[str, str]) -> dict[str, Any]:
    """Return {attribute: value} from the query string, values of the attribute's type.

    Raises
    ------
    InvalidError
        ``JUM-I005`` for a name that is no attribute, ``JUM-I006`` for a wrong value.
    """
    found: dict[str, Any] = {}
    usable = [item.name for item in declared.attributes if not item.type.startswith("geometry")]
    for name, text in given.items():
        if name not in usable:
            raise error(
                "JUM-I005",
                name=name[:80],
                table=declared.name,
                known=", ".join(usable),
                suggestion=did_you_mean(name, usable) or usable[0],
            )
        found[name] = _typed(declared, name, text)
    return found


def _typed(declared: TableSchema, name: str, text: str) -> Any:
    kind = declared[name].type
    try:
        if kind == "integer":
            value = int(text)
            if abs(value) >= 2**63:
                raise ValueError
            return value
        if kind == "double":
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if kind in {"date", "timestamp"}:
            from datetime import UTC, date, datetime

            if kind == "date":
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, KeyError, OverflowError):
        raise error("JUM-I006", name=name, value=text[:80], type=kind) from None
    return text


# -- pages -----------------------------------------------------------------------------------
def _columns(declared: TableSchema) -> str:
    parts = [f"rowid AS {_ROW}"]
    for item in declared.attributes:
        name = quoted(item.name)
        geometry = item.type.startswith("geometry")
        parts.append(f"ST_AsWKB({name})::BLOB AS {name}" if geometry else name)
    return ", ".join(parts)


def _after(view: View, query: Query) -> int:
    """Return the row identifier after which the page begins."""
    if not query.after:
        return -1
    token = _TOKEN.fullmatch(query.after)
    if token:
        return int(token[1])
    if "id" in query.table.names:
        found = view.rows(
            f"SELECT rowid AS r FROM {quoted(query.table.name)} WHERE id = ? LIMIT 1", [query.after]
        )
        if found:
            return int(found[0]["r"])
    raise error("JUM-I007", after=query.after[:80], table=query.table.name)


def page(view: View, query: Query) -> Page:
    """Return one page of a table.

    Parameters
    ----------
    view : View
        Territory at one version.
    query : Query
        What is wanted.
    """
    after = _after(view, query)
    name = query.table.name
    what = (name, query.bounds, tuple(sorted(query.where.items())))
    waiting = view.served.blocks.get((view.version, *what, after))
    if waiting is None or waiting.num_rows < query.limit:
        waiting = _block(view, query, after, max(query.limit, AHEAD))
        view.served.blocks.put((view.version, *what, after), waiting, waiting.nbytes)
    rows = waiting.slice(0, query.limit)
    if rows.num_rows == 0:
        return Page(rows.drop_columns([_ROW]), "")
    last = int(rows[_ROW][-1].as_py())
    rest = waiting.slice(query.limit)
    if rest.num_rows:
        # The rest shares the memory of the block, which is counted once.
        view.served.blocks.put((view.version, *what, last), rest, 1000)
    more = rest.num_rows > 0 or (rows.num_rows == query.limit and _any_after(view, query, last))
    return Page(rows.drop_columns([_ROW]), f"row:{last}" if more else "")


def _conditions(query: Query, *ranges: str) -> tuple[str, list[Any]]:
    clause, parameters = tables.condition(
        query.table.name, bounds=query.bounds, where=query.where or None
    )
    joined = " AND ".join(ranges)
    return (f"{clause} AND {joined}" if clause else f" WHERE {joined}"), parameters


def _block(view: View, query: Query, after: int, size: int) -> pa.Table:
    """Return at least a page of rows after one, or all there are."""
    name, columns = quoted(query.table.name), _columns(query.table)

    def between(low: int, high: int) -> pa.Table:
        clause, parameters = _conditions(query, "rowid > ?", "rowid <= ?")
        return view.sql(
            f"SELECT {columns} FROM {name}{clause} ORDER BY rowid", [*parameters, low, high]
        )

    if query.bounds is None and not query.where:
        found = between(after, after + size)
        if found.num_rows >= query.limit:
            return found
    # Rows are sparse here: find which ones first, on as few columns as possible.
    clause, parameters = _conditions(query, "rowid > ?")
    last = view.rows(
        f"SELECT max(r) AS last FROM (SELECT rowid AS r FROM {name}{clause} ORDER BY r LIMIT ?)",
        [*parameters, after, size],
    )[0]["last"]
    return between(after, -1 if last is None else int(last))


def _any_after(view: View, query: Query, row: int) -> bool:
    clause, parameters = _conditions(query, "rowid > ?")
    sql = f"SELECT 1 AS one FROM {quoted(query.table.name)}{clause} LIMIT 1"
    return bool(view.rows(sql, [*parameters, row]))


def count(view: View, query: Query) -> int:
    """Return the number of rows that match, all pages together."""
    clause, parameters = tables.condition(
        query.table.name, bounds=query.bounds, where=query.where or None
    )
    sql = f"SELECT count(*) AS n FROM {quoted(query.table.name)}{clause}"
    return int(view.rows(sql, parameters)[0]["n"])


def everything(view: View, query: Query) -> pa.Table:
    """Return all rows that match, up to a million, for a file."""
    clause, parameters = tables.condition(
        query.table.name, bounds=query.bounds, where=query.where or None
    )
    sql = f"SELECT {_columns(query.table)} FROM {quoted(query.table.name)}{clause} LIMIT ?"
    return view.sql(sql, [*parameters, query.limit]).drop_columns([_ROW])


def item(view: View, declared: TableSchema, identifier: str) -> pa.Table:
    """Return the row that bears an identifier, as a table of one row.

    Raises
    ------
    UnknownNameError
        ``JUM-I008``.
    """
    if "id" not in declared.names:
        raise error("JUM-I008", table=declared.name, id=identifier[:80])
    found = view.territory.table(declared.name, where={"id": identifier}, limit=1)
    if not found.num_rows:
        raise error("JUM-I008", table=declared.name, id=identifier[:80])
    return found


# -- what is answered ------------------------------------------------------------------------
def plain_rows(rows: pa.Table, declared: TableSchema) -> list[dict[str, Any]]:
    """Return rows without geometry as plain data; JSON attributes are read."""
    names = [item.name for item in declared.attributes if not item.type.startswith("geometry")]
    found: list[dict[str, Any]] = rows.select(
        [name for name in names if name in rows.column_names]
    ).to_pylist()
    nested = [item.name for item in declared.attributes if item.type == "json"]
    for name in nested:
        for row in found:
            if isinstance(row.get(name), str):
                row[name] = json.loads(row[name])
    return found


def geometry_column(declared: TableSchema) -> str | None:
    """Return the name of the geometry attribute, if the table has one."""
    names = (item.name for item in declared.attributes if item.type.startswith("geometry"))
    return next(names, None)


def feature_texts(rows: pa.Table, declared: TableSchema, crs: str) -> list[str]:
    """Return rows as GeoJSON Feature texts."""
    from jumeau.interop import writers

    column = geometry_column(declared)
    shapes = writers.geometries(rows[column], crs) if column and rows.num_rows else None
    return writers.features(plain_rows(rows, declared), shapes)


def csv_file(rows: pa.Table, declared: TableSchema, crs: str) -> bytes:
    """Return rows as CSV; geometry as WKT in WGS84, with the longitude and latitude of points."""
    import numpy as np
    import shapely

    from jumeau.interop import writers

    column = geometry_column(declared)
    plain = plain_rows(rows, declared)
    names = [item.name for item in declared.attributes if item.name != column]
    if column:
        shapes = crs_.reproject_geometries(
            shapely.from_wkb(rows[column].to_numpy()), crs, crs_.WGS84
        )
        texts = shapely.to_wkt(shapes, rounding_precision=writers.DIGITS)
        point = declared.geometry == "point"
        names += ["lon", "lat"] if point else ["wkt"]
        if point:
            lon = np.round(shapely.get_x(shapes), writers.DIGITS)
            lat = np.round(shapely.get_y(shapes), writers.DIGITS)
        for index, row in enumerate(plain):
            if point:
                row["lon"], row["lat"] = writers.finite(float(lon[index])), float(lat[index])
            else:
                row["wkt"] = texts[index]
    return writers.to_csv(plain, names)


def collection(
    texts: Sequence[str], links: Sequence[Mapping[str, str]], matched: int | None, **extra: Any
) -> bytes:
    """Return a GeoJSON FeatureCollection with its links."""
    from jumeau.interop import writers

    head = {
        "type": "FeatureCollection",
        **extra,
        "numberReturned": len(texts),
        **({} if matched is None else {"numberMatched": matched}),
        "links": list(links),
    }
    opening = writers.to_json(head)[:-1]
    return opening + b',"features":[' + ",".join(texts).encode() + b"]}"
