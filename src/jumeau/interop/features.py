# SPDX-License-Identifier: EUPL-1.2
"""Rows of the twin's tables, page by page.

A page is a run of rows in the order in which they are stored, found by DuckLake's row identifier,
which a window of row groups answers; no sort unless asked, and no count unless asked. The
``next`` link names the version it continues, so that a walk sees each row once whatever is
written meanwhile.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import Attribute, Bounds, TableSchema
from jumeau.base.errors import error
from jumeau.interop import geojson, places, projections
from jumeau.interop.cql2 import Condition
from jumeau.interop.image import answers
from jumeau.interop.image import image as image_of
from jumeau.interop.projections import Projection
from jumeau.interop.served import View
from jumeau.twin import schema, tables
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 100
LARGEST_PAGE = 10_000
LARGEST_FILE = 1_000_000
AHEAD = 8_192
"""Rows read at once: the following pages wait in memory under the token that asks for them."""
SPARSE = 65_536
"""Rows looked through first where a condition leaves few of them."""
_ROW = "jumeau_row"
_KEY = "jumeau_key_"
_TOKEN = re.compile(r"row:(\d{1,18})")


class Query(NamedTuple):
    """Which rows of a table are wanted, and what of them.

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
    condition : Condition or None
        What rows must meet besides.
    order : tuple of (str, bool)
        Attributes to sort by, and whether the largest come first; unknown values come last.
    names : tuple of str or None
        Attributes wanted; all of them by default.
    shapes : bool
        Whether geometry is wanted.
    json : bool
        Whether attributes are wanted as one JSON text a row (``identifier``, ``properties``).
    before : str
        Token of the first row of the page after, to go back.
    exact : Condition or None
        Which of the rows that meet the bounds really meet the window: see
        :class:`jumeau.interop.projections.Window`.
    """

    table: TableSchema
    bounds: Bounds | None = None
    where: Mapping[str, Any] = {}
    limit: int = PAGE
    after: str = ""
    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    names: tuple[str, ...] | None = None
    shapes: bool = True
    json: bool = False
    before: str = ""
    exact: Condition | None = None

    @property
    def sparse(self) -> bool:
        """Whether rows are filtered."""
        return self.bounds is not None or bool(self.where) or self.condition is not None


class Page(NamedTuple):
    """Rows of a page with geometry as WKB, and the tokens that lead on and back, if any."""

    rows: pa.Table
    next: str
    previous: str = ""


class Written(NamedTuple):
    """Rows of a page as GeoJSON features with commas between them, and how many they are."""

    items: bytes
    number: int
    next: str
    previous: str


class _Block(NamedTuple):
    """Rows read ahead, and whether the table ends with them."""

    rows: pa.Table
    last: bool


def table(name: str) -> TableSchema:
    """Return the schema of a table that is served.

    Raises
    ------
    UnknownNameError
        ``JUM-T001``.
    """
    return schema.table(name)


# -- SQL -------------------------------------------------------------------------------------
def _value_sql(name: str, kind: str) -> str:
    """Return the SQL of a value as JSON knows it."""
    column = quoted(name)
    if kind == "double":
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    if kind == "timestamp":
        text = f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"regexp_replace({text}, '\\.?0*Z$', 'Z')"
    return column


def _columns(query: Query) -> str:
    declared = query.table
    parts = [f"rowid AS {_ROW}"]
    parts += [f"{quoted(name)} AS {_KEY}{i}" for i, (name, _) in enumerate(query.order)]
    plain = [item for item in declared.attributes if not item.type.startswith("geometry")]
    if query.names is not None:
        plain = [item for item in plain if item.name in query.names]
    column = geometry_column(declared)
    if query.shapes and column:
        parts.append(f"ST_AsWKB({quoted(column)})::BLOB AS {quoted(column)}")
    if not query.json:
        chosen = [quoted(item.name) for item in plain]
        return ", ".join([*parts, *chosen])
    return ", ".join([*parts, *json_sql(declared, plain)])


def json_sql(declared: TableSchema, plain: Sequence[Attribute]) -> list[str]:
    """Return the columns ``identifier`` and ``properties`` of rows, as JSON texts.

    Parameters
    ----------
    declared : TableSchema
        Table.
    plain : sequence of Attribute
        Attributes wanted among the properties.
    """
    members = ", ".join(f"{quoted(i.name)}: {_value_sql(i.name, i.type)}" for i in plain)
    identifier = "coalesce(to_json(id)::VARCHAR, 'null')" if "id" in declared.names else "'null'"
    properties = f"to_json({{{members}}})::VARCHAR" if members else "'{}'"
    return [f"{identifier} AS identifier", f"{properties} AS properties"]


def _clause(query: Query, *ranges: str) -> tuple[str, list[Any]]:
    """Return the WHERE clause of a query and its parameters; ranges come last."""
    clause, parameters = tables.condition(
        query.table.name, bounds=query.bounds, where=query.where or None
    )
    parts = [clause.removeprefix(" WHERE ")] if clause else []
    for condition in (query.exact, query.condition):
        if condition is not None:
            parts.append(condition.sql)
            parameters += condition.parameters
    parts += ranges
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


# -- pages -----------------------------------------------------------------------------------
def page(view: View, query: Query) -> Page:
    """Return one page of a table.

    Parameters
    ----------
    view : View
        Territory at one version.
    query : Query
        What is wanted.

    Raises
    ------
    InvalidError
        ``JUM-I007`` for a token that designates no row.
    """
    found = _in_image(view, query)
    if found is not None:
        rows = answers.rows(found.image, found.indices, query)
        return Page(rows, *_tokens(found, query))
    if query.before:
        return _page_before(view, query)
    what = (
        query.table.name, query.bounds, query.exact, query.condition, query.order, query.names,
        query.shapes, query.json, *sorted(query.where.items()),
    )  # fmt: skip
    after: Any = _last_key(query) if query.order else _after(view, query.table, query.after)
    key = (view.version, what, after)
    block: _Block | None = view.served.blocks.get(key)
    if block is None or (block.rows.num_rows <= query.limit and not block.last):
        read = _sorted_block if query.order else _block
        block = read(view, query, after, max(query.limit + 1, AHEAD))
        view.served.blocks.put(key, block, block.rows.nbytes)
    rows, rest = block.rows.slice(0, query.limit), block.rows.slice(query.limit)
    following = ""
    if rest.num_rows:
        following = _token(rows, query)
        place = _last_key(query._replace(after=following)) if query.order else _row(rows, -1)
        # The rest shares the memory of the block, which is counted once.
        view.served.blocks.put((view.version, what, place), _Block(rest, block.last), 1000)
    back = f"row:{_row(rows, 0)}" if query.after and rows.num_rows and not query.order else ""
    return Page(_shown(rows), following, back)


def written(view: View, query: Query, target: Projection = projections.DEFAULT) -> Written:
    """Return one page of a table as GeoJSON features.

    Parameters
    ----------
    view : View
        Territory at one version.
    query : Query
        What is wanted, ``json`` included.
    target : Projection
        Projection wanted.

    Raises
    ------
    InvalidError
        ``JUM-I007`` for a token that designates no row.
    """
    found = _in_image(view, query) if query.names is None else None
    if found is not None:
        items = answers.texts(found, query, view.crs, target)
        return Written(items, len(found.indices), *_tokens(found, query))
    rows, following, back = page(view, query)
    column = geometry_column(query.table) if query.shapes else None
    items = geojson.join(geojson.features(rows, view.crs, target, column))
    return Written(items, rows.num_rows, following, back)


def _in_image(view: View, query: Query) -> answers.Found | None:
    """Return the rows of a page found in the image of the table, if it can answer."""
    if query.order or query.condition is not None:
        return None
    if query.before:
        return answers.page(view, query, _before(query))
    return answers.page(view, query, _after(view, query.table, query.after))


def _tokens(found: answers.Found, query: Query) -> tuple[str, str]:
    """Return the tokens that lead on from a page of an image and back."""
    if not len(found.indices):
        return "", ""
    onward = bool(query.before) or found.later
    back = found.earlier if query.before else bool(query.after)
    return (
        f"row:{found.row(-1)}" if onward else "",
        f"row:{found.row(0)}" if back else "",
    )


def _shown(rows: pa.Table) -> pa.Table:
    hidden = [name for name in rows.column_names if name == _ROW or name.startswith(_KEY)]
    return rows.drop_columns(hidden)


def _row(rows: pa.Table, index: int) -> int:
    return int(rows[_ROW][index].as_py())


def _after(view: View, declared: TableSchema, token: str) -> int:
    """Return the row identifier after which the page begins."""
    if not token:
        return -1
    found = _TOKEN.fullmatch(token)
    if found:
        return int(found[1])
    row = places.row_of(view, declared, token)
    if row is None:
        raise error("JUM-I007", after=token[:80], table=declared.name)
    return row


def _block(view: View, query: Query, after: int, size: int) -> _Block:
    """Return the rows after one, in the order of storage: at least ``size``, or all there are."""
    import pyarrow as pa

    name, columns = quoted(query.table.name), _columns(query)
    clause, parameters = _clause(query, "rowid > ?", "rowid <= ?")
    found: list[pa.Table] = []
    count, last = 0, places.last_row(view, query.table)
    for low, high in _ranges(view, query, after, size):
        rows = view.sql(f"SELECT {columns} FROM {name}{clause}", [*parameters, low, high])
        found.append(_in_order(rows))
        count += rows.num_rows
        if count >= size:
            return _Block(pa.concat_tables(found), high >= last)
    if not found:
        found = [view.sql(f"SELECT {columns} FROM {name} WHERE false")]
    return _Block(pa.concat_tables(found), True)


def _ranges(view: View, query: Query, after: int, size: int) -> Iterator[tuple[int, int]]:
    """Return ranges of row identifiers to look through, each larger than the one before."""
    if query.bounds is not None and query.table.geometry:
        yield from places.ranges(view, query.table, query.bounds, after, max(size, SPARSE))
        return
    last = places.last_row(view, query.table)
    width = max(size, SPARSE) if query.sparse else size
    while after < last:
        yield after, after + width
        after += width
        width *= 8


def _in_order(rows: pa.Table) -> pa.Table:
    order = rows[_ROW].to_numpy()
    if len(order) < 2 or bool((order[1:] > order[:-1]).all()):
        return rows
    return rows.take(np.argsort(order))


def _before(query: Query) -> int:
    """Return the row identifier before which the page ends."""
    token = _TOKEN.fullmatch(query.before)
    if token is None or query.order or query.after:
        raise error("JUM-I007", after=query.before[:80], table=query.table.name)
    return int(token[1])


def _page_before(view: View, query: Query) -> Page:
    """Return the rows that come before one, in the order of storage."""
    row, name = _before(query), quoted(query.table.name)
    clause, parameters = _clause(query, "rowid < ?", "rowid >= ?")
    width, low = max(4 * query.limit, SPARSE if query.sparse else 1), row
    firsts: list[int] = []
    while low > 0:
        low = max(0, row - width)
        firsts = [
            item["r"]
            for item in view.rows(
                f"SELECT rowid AS r FROM {name}{clause} ORDER BY r DESC LIMIT ?",
                [*parameters, row, low, query.limit + 1],
            )
        ]
        if len(firsts) > query.limit:
            break
        width *= 8
    begin = firsts[: query.limit][-1] if firsts else row
    rows = _in_order(
        view.sql(f"SELECT {_columns(query)} FROM {name}{clause}", [*parameters, row, begin])
    )
    back = f"row:{begin}" if len(firsts) > query.limit else ""
    following = f"row:{_row(rows, -1)}" if rows.num_rows else ""
    return Page(_shown(rows), following, back)


# -- sorted pages ----------------------------------------------------------------------------
def _token(rows: pa.Table, query: Query) -> str:
    """Return the token of the last row of a page."""
    row = _row(rows, -1)
    if not query.order:
        return f"row:{row}"
    values = [rows[f"{_KEY}{i}"][-1].as_py() for i in range(len(query.order))]
    text = json.dumps([*values, row], default=lambda value: value.isoformat())
    return "key:" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _last_key(query: Query) -> tuple[Any, ...]:
    """Return the values after which a sorted page begins; empty for the first one."""
    if not query.after:
        return ()
    wrong = error("JUM-I007", after=query.after[:80], table=query.table.name)
    if not query.after.startswith("key:"):
        raise wrong
    text = query.after[4:]
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(values, list) or len(values) != len(query.order) + 1:
        raise wrong
    kinds = [query.table[name].type for name, _ in query.order]
    if type(values[-1]) is not int or not 0 <= values[-1] < 2**63:
        raise wrong
    for value, kind in zip(values, kinds, strict=False):
        if value is not None and not _fits(value, kind):
            raise wrong
    return tuple(values)


def _fits(value: Any, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return type(value) is int and abs(value) < 2**63
    if kind == "double":
        return type(value) in {int, float}
    if not isinstance(value, str) or "\x00" in value:
        return False
    if kind == "text":
        return True
    from datetime import date, datetime

    try:
        (date if kind == "date" else datetime).fromisoformat(value)
    except ValueError:
        return False
    return True


def _sorted_block(view: View, query: Query, key: tuple[Any, ...], size: int) -> _Block:
    """Return the rows that follow a key, sorted."""
    ranges: list[str] = []
    parameters: list[Any] = []
    if key:
        beyond, parameters = _beyond(query, key)
        ranges = [beyond]
    clause, given = _clause(query, *ranges)
    order = ", ".join(
        f"{quoted(name)} {'DESC' if largest else 'ASC'} NULLS LAST" for name, largest in query.order
    )
    name = quoted(query.table.name)
    wanted = min(size, max(query.limit + 1, 1000))
    # First which rows, on few columns; then these rows alone.
    rows = [
        int(item["r"])
        for item in view.rows(
            f"SELECT rowid AS r FROM {name}{clause} ORDER BY {order}, rowid LIMIT ?",
            [*given, *parameters, wanted],
        )
    ]
    columns = _columns(query)
    if not rows:
        return _Block(view.sql(f"SELECT {columns} FROM {name} WHERE false"), True)
    found = view.sql(
        f"SELECT {columns} FROM {name} WHERE rowid IN (SELECT unnest(?::BIGINT[]))", [rows]
    )
    place = {row: index for index, row in enumerate(rows)}
    order_ = np.argsort([place[row] for row in found[_ROW].to_pylist()])
    return _Block(found.take(order_), len(rows) < wanted)


def _beyond(query: Query, key: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return the condition of the rows that come after a key, unknown values last."""
    alternatives: list[str] = []
    parameters: list[Any] = []
    equal: list[str] = []
    before: list[Any] = []
    for (name, largest), value in zip(query.order, key, strict=False):
        column, sql_type = quoted(name), schema.SQL_TYPES[query.table[name].type]
        if value is not None:
            sign = "<" if largest else ">"
            test = f"({column} {sign} ?::{sql_type} OR {column} IS NULL)"
            alternatives.append(" AND ".join([*equal, test]))
            parameters += [*before, value]
        equal.append(f"{column} IS NOT DISTINCT FROM ?::{sql_type}")
        before.append(value)
    alternatives.append(" AND ".join([*equal, "rowid > ?"]))
    parameters += [*before, key[-1]]
    return "(" + " OR ".join(f"({item})" for item in alternatives) + ")", parameters


# -- all at once -----------------------------------------------------------------------------
def count(view: View, query: Query) -> int:
    """Return the number of rows that match, all pages together."""
    chosen = answers.select(view, query)
    if chosen is not None:
        image, matches = chosen
        return len(image.row) if matches is None else len(matches)
    clause, parameters = _clause(query)
    sql = f"SELECT count(*) AS n FROM {quoted(query.table.name)}{clause}"
    return int(view.rows(sql, parameters)[0]["n"])


def everything(view: View, query: Query) -> pa.Table:
    """Return all rows that match, up to a million, for a file."""
    chosen = answers.select(view, query)
    if chosen is not None:
        image, matches = chosen
        if matches is None and len(image.row) > query.limit:
            matches = np.arange(query.limit)
        return answers.rows(image, None if matches is None else matches[: query.limit], query)
    clause, parameters = _clause(query)
    name = quoted(query.table.name)
    order = ", ".join(
        f"{quoted(key)} {'DESC' if largest else 'ASC'} NULLS LAST" for key, largest in query.order
    )
    sorting = f" ORDER BY {order}" if order else ""
    sql = f"SELECT {_columns(query)} FROM {name}{clause}{sorting} LIMIT ?"
    return _shown(view.sql(sql, [*parameters, query.limit]))


def item(view: View, declared: TableSchema, identifier: str, **more: Any) -> pa.Table:
    """Return the row that bears an identifier, as a table of one row.

    Parameters
    ----------
    view : View
        Territory at one version.
    declared : TableSchema
        Table.
    identifier : str
        Identifier.
    **more
        ``json``, ``names``, ``shapes``: see :class:`Query`.

    Raises
    ------
    UnknownNameError
        ``JUM-I008``.
    """
    query = Query(declared, **more)
    image = image_of(view, declared) if "id" in declared.names else None
    if image is not None:
        index = image.find(identifier)
        if index is None:
            raise error("JUM-I008", table=declared.name, id=identifier[:80])
        return answers.rows(image, np.array([index]), query)
    columns, name = _columns(query), quoted(declared.name)
    for row in places.candidates(view, declared, identifier):
        sql = f"SELECT {columns} FROM {name} WHERE rowid = ? AND id = ?"
        found = view.sql(sql, [row, identifier])
        if found.num_rows:
            return _shown(found)
    raise error("JUM-I008", table=declared.name, id=identifier[:80])


def written_item(
    view: View, declared: TableSchema, identifier: str, target: Projection = projections.DEFAULT
) -> bytes:
    """Return the row that bears an identifier as a GeoJSON feature; see :func:`item`."""
    image = image_of(view, declared) if "id" in declared.names else None
    index = None if image is None else image.find(identifier)
    if image is not None and index is not None:
        found = answers.Found(image, np.array([index]), earlier=False, later=False)
        return answers.texts(found, Query(declared), view.crs, target)
    rows = item(view, declared, identifier, json=True)
    return geojson.join(geojson.features(rows, view.crs, target, geometry_column(declared)))


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


def attributes(declared: TableSchema) -> Sequence[str]:
    """Return the names of the attributes that are not geometry."""
    return [item.name for item in declared.attributes if not item.type.startswith("geometry")]
