# SPDX-License-Identifier: EUPL-1.2
"""Rows in and out of the tables: conform to the schema, insert, upsert by id, select."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base.contract import Bounds, TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.twin import schema
from jumeau.twin.schema import BOX, quoted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

INCOMING = "incoming_rows"
HILBERT_BOX = (
    "{'min_x': -10000000.0, 'min_y': -10000000.0, 'max_x': 10000000.0, 'max_y': 10000000.0}"
)


class Upserted(NamedTuple):
    """Rows added, changed, found as they already were, and new but lacking a required value."""

    added: int
    updated: int
    unchanged: int
    incomplete: int = 0


# -- into the twin ---------------------------------------------------------------------------
def to_arrow(data: pa.Table | pd.DataFrame) -> pa.Table:
    """Return a frame, with or without geometry, as an Arrow table with WKB."""
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in data.columns:
        values = data[name]
        if values.dtype.name == "geometry":
            columns[name] = pa.array(values.to_wkb().to_numpy(), pa.binary(), from_pandas=True)
        elif (
            values.dtype == object and values.map(lambda item: isinstance(item, dict | list)).any()
        ):
            columns[name] = pa.array(
                [
                    json.dumps(item, ensure_ascii=False, default=str)
                    if isinstance(item, dict | list)
                    else item
                    for item in values
                ]
            )
        else:
            columns[name] = pa.Array.from_pandas(pd.Series(values))
    return pa.table(columns)


def _check_columns(declared: TableSchema, names: Sequence[str]) -> None:
    for name in names:
        if name not in declared.names and name not in BOX:
            raise error(
                "JUM-T003",
                table=declared.name,
                column=name,
                known=list(declared.names),
                suggestion=did_you_mean(name, declared.names),
            )


def _select_incoming(declared: TableSchema, names: Sequence[str]) -> str:
    """Return the SELECT that casts the incoming columns to the table's own."""
    parts = []
    for item in declared.attributes:
        sql_type = schema.SQL_TYPES[item.type.partition(":")[0]]
        if item.name not in names:
            parts.append(f"CAST(NULL AS {sql_type}) AS {quoted(item.name)}")
        elif sql_type == "GEOMETRY":
            parts.append(f"ST_GeomFromWKB({quoted(item.name)}) AS {quoted(item.name)}")
        else:
            parts.append(f"CAST({quoted(item.name)} AS {sql_type}) AS {quoted(item.name)}")
    inner = f"SELECT {', '.join(parts)} FROM {INCOMING}"
    if not declared.geometry:
        return inner
    box = ", ".join(
        f"{function}(geometry) AS {name}"
        for name, function in zip(BOX, ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax"), strict=True)
    )
    return f"SELECT *, {box} FROM ({inner})"


def _order(declared: TableSchema) -> str:
    """Return the ORDER BY that lays rows along the Hilbert curve, so that windows prune."""
    if not declared.geometry:
        return ""
    return f" ORDER BY ST_Hilbert(xmin, ymin, {HILBERT_BOX}::BOX_2D)"


def insert(
    con: duckdb.DuckDBPyConnection,
    name: str,
    data: pa.Table | pd.DataFrame,
    *,
    ordered: bool = True,
) -> int:
    """Append rows to a table.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection inside a transaction of the store.
    name : str
        Table.
    data : pyarrow.Table or DataFrame
        Rows; absent attributes stay null; geometry as WKB or a geometry column.
    ordered : bool
        Whether to lay the rows along the Hilbert curve.

    Returns
    -------
    int
        Rows added.
    """
    declared = schema.table(name)
    table = to_arrow(data)
    _check_columns(declared, table.column_names)
    if table.num_rows == 0:
        return 0
    with _incoming(con, table):
        order = _order(declared) if ordered else ""
        rows = _select_incoming(declared, table.column_names)
        # By name: a territory that gained an attribute has it last, wherever the schema has it.
        con.execute(f"INSERT INTO {quoted(name)} BY NAME {rows}{order}")
    return table.num_rows


class _incoming:  # noqa: N801 - reads as a clause: with _incoming(con, table)
    """Give the rows to DuckDB under a name, for the time of one statement."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
        self.con, self.table = con, table

    def __enter__(self) -> None:
        self.con.register(INCOMING, self.table)

    def __exit__(self, *_: object) -> None:
        self.con.unregister(INCOMING)


def upsert(
    con: duckdb.DuckDBPyConnection, name: str, data: pa.Table | pd.DataFrame, key: str = "id"
) -> Upserted:
    """Add new rows and bring known ones up to date, by key.

    An empty cell never erases a known value: half-filled files complete one another. A row whose
    values are all as they were keeps its source.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection inside a transaction of the store.
    name : str
        Table.
    data : pyarrow.Table or DataFrame
        Rows with a unique key.
    key : str
        Attribute that identifies a row.

    Returns
    -------
    Upserted
        Numbers of rows added, updated, unchanged, and left out because they are new and lack a
        value that the table requires (a position, say).
    """
    declared = schema.table(name)
    table = to_arrow(data)
    _check_columns(declared, table.column_names)
    if table.num_rows == 0:
        return Upserted(0, 0, 0)
    target, key_ = quoted(name), quoted(key)
    lacking = any(
        item.required and item.name not in table.column_names for item in declared.attributes
    )
    if not lacking and not con.execute(f"SELECT 1 FROM {target} LIMIT 1").fetchall():
        return Upserted(insert(con, name, table), 0, 0)
    given = [column for column in declared.names if column in table.column_names]
    compared = [column for column in given if column not in {key, "source_id"}]
    differs = " OR ".join(
        f"(n.{quoted(column)} IS NOT NULL "
        f"AND o.{quoted(column)} IS DISTINCT FROM n.{quoted(column)})"
        for column in compared
    )
    stored = [column for column, _ in schema.columns_sql(declared)]
    provided = set(given) | (set(BOX) if "geometry" in given else set())
    merged = ", ".join(
        f"coalesce(n.{quoted(column)}, o.{quoted(column)}) AS {quoted(column)}"
        if column in provided
        else f"o.{quoted(column)}"
        for column in stored
    )
    with _incoming(con, table):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE upsert_new AS "
            + _select_incoming(declared, table.column_names)
        )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE upsert_changed AS SELECT {merged} FROM {target} o "
        f"JOIN upsert_new n ON o.{key_} = n.{key_} WHERE {differs or 'false'}"
    )
    known = _one(con, f"SELECT count(*) FROM upsert_new n SEMI JOIN {target} o USING ({key_})")
    updated = _one(con, "SELECT count(*) FROM upsert_changed")
    columns = ", ".join(quoted(column) for column in stored)
    order = _order(declared)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE upsert_added AS SELECT {columns} FROM upsert_new n "
        f"ANTI JOIN {target} o USING ({key_})"
    )
    if updated:
        con.execute(f"DELETE FROM {target} WHERE {key_} IN (SELECT {key_} FROM upsert_changed)")
    required = " OR ".join(
        f"{quoted(item.name)} IS NULL" for item in declared.attributes if item.required
    )
    incomplete = _one(con, f"SELECT count(*) FROM upsert_added WHERE {required}")
    if incomplete:
        con.execute(f"DELETE FROM temp.upsert_added WHERE {required}")
    added = _one(con, "SELECT count(*) FROM upsert_added")
    if added or updated:
        con.execute(
            f"INSERT INTO {target} BY NAME SELECT {columns} FROM ("
            f"SELECT {columns} FROM upsert_added "
            f"UNION ALL SELECT {columns} FROM upsert_changed){order}"
        )
    for temporary in ("upsert_new", "upsert_changed", "upsert_added"):
        con.execute(f"DROP TABLE temp.{temporary}")
    return Upserted(added, updated, known - updated, incomplete)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def delete(con: duckdb.DuckDBPyConnection, name: str, where: Mapping[str, Any]) -> int:
    """Delete the rows that match; return how many."""
    clause, parameters = condition(name, where=where)
    count = con.execute(f"SELECT count(*) FROM {quoted(name)}{clause}", parameters).fetchone()
    if count and count[0]:
        con.execute(f"DELETE FROM {quoted(name)}{clause}", parameters)
    return int(count[0]) if count else 0


# -- out of the twin -------------------------------------------------------------------------
def condition(
    name: str, *, bounds: Bounds | None = None, where: Mapping[str, Any] | None = None
) -> tuple[str, list[Any]]:
    """Return a WHERE clause and its parameters from bounds and {column: value or list}."""
    clauses: list[str] = []
    parameters: list[Any] = []
    if bounds is not None:
        if not schema.table(name).geometry:
            raise error("JUM-T017", table=name)
        xmin, ymin, xmax, ymax = bounds
        clauses.append("xmax >= ? AND xmin <= ? AND ymax >= ? AND ymin <= ?")
        parameters += [xmin, xmax, ymin, ymax]
    for column, value in (where or {}).items():
        schema.column(name, column)
        if value is None:
            clauses.append(f"{quoted(column)} IS NULL")
        elif isinstance(value, list | tuple | set | frozenset):
            clauses.append(f"{quoted(column)} IN (SELECT unnest(?))")
            parameters.append(list(value))
        elif isinstance(value, str) and "\x00" in value:
            clauses.append("false")  # no text holds a null byte, and DuckLake stumbles over it
        else:
            clauses.append(f"{quoted(column)} = ?")
            parameters.append(value)
    return (" WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def select_sql(
    name: str,
    *,
    columns: Sequence[str] | None = None,
    bounds: Bounds | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> tuple[str, list[Any]]:
    """Return the query of a table and its parameters; geometry comes out as WKB."""
    declared = schema.table(name)
    chosen = list(columns) if columns is not None else list(declared.names)
    parts = []
    for column in chosen:
        kind = schema.column(name, column).type
        parts.append(
            f"ST_AsWKB({quoted(column)})::BLOB AS {quoted(column)}"
            if kind.startswith("geometry")
            else quoted(column)
        )
    clause, parameters = condition(name, bounds=bounds, where=where)
    tail = f" LIMIT {int(limit)}" if limit is not None else ""
    return f"SELECT {', '.join(parts)} FROM {quoted(name)}{clause}{tail}", parameters


@cache
def projjson(code: str) -> dict[str, Any]:
    """Return a CRS as PROJJSON."""
    import pyproj

    return dict(pyproj.CRS.from_user_input(code).to_json_dict())


def with_crs(table: pa.Table, code: str) -> pa.Table:
    """Return a table whose geometry field says its CRS, as GeoArrow metadata and as a code."""
    import pyarrow as pa

    fields = []
    for field in table.schema:
        if field.name == "geometry":
            extension = {"crs": projjson(code), "crs_type": "projjson"}
            field = pa.field(  # noqa: PLW2901 - same field, with its metadata
                field.name,
                pa.binary(),
                field.nullable,
                {
                    "ARROW:extension:name": "geoarrow.wkb",
                    "ARROW:extension:metadata": json.dumps(extension),
                    "crs": code,
                },
            )
        fields.append(field)
    return table.cast(pa.schema(fields))


def to_geo(table: pa.Table, code: str) -> Any:
    """Return an Arrow table with WKB as a GeoDataFrame with its CRS."""
    import geopandas as gpd
    import shapely

    frame = table.drop_columns(["geometry"]).to_pandas()
    wkb = table.column("geometry").to_numpy(zero_copy_only=False)
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(wkb), crs=code)
