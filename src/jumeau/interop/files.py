# SPDX-License-Identifier: EUPL-1.2
"""Rows as files: CSV, GeoParquet 1.1 and FlatGeobuf, in the projection asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jumeau.base import crs as crs_
from jumeau.base.contract import TableSchema
from jumeau.interop import features, writers
from jumeau.interop.projections import Projection

if TYPE_CHECKING:
    import pyarrow as pa


def formats(declared: TableSchema) -> tuple[str, ...]:
    """Return the formats in which the rows of a table can be had, the usual one first."""
    common = ("geojson", "json", "csv", "parquet")
    return (*common, "fgb") if declared.geometry else common


def file(chosen: str, rows: pa.Table, declared: TableSchema, crs: str, target: Projection) -> bytes:
    """Return rows as a file.

    Parameters
    ----------
    chosen : str
        ``csv``, ``parquet`` or ``fgb``.
    rows : pyarrow.Table
        Rows, geometry as WKB.
    declared : TableSchema
        Their table.
    crs : str
        CRS of the geometry.
    target : Projection
        Projection wanted. Parquet and FlatGeobuf say their CRS and put x first, whatever it is.
    """
    if chosen == "csv":
        return csv(rows, declared, crs, target)
    column = features.geometry_column(declared)
    if column is None or column not in rows.column_names:
        return flatgeobuf(rows, target.code, None) if chosen == "fgb" else writers.to_parquet(rows)
    if target.code != crs:
        import pyarrow as pa

        moved = crs_.reproject_wkb(rows[column].to_numpy(), crs, target.code)
        place = rows.column_names.index(column)
        rows = rows.set_column(place, column, pa.array(moved.tolist(), pa.binary()))
    if chosen == "fgb":
        return flatgeobuf(rows, target.code, column)
    return writers.to_geoparquet(rows, target.code, column)


def csv(rows: pa.Table, declared: TableSchema, crs: str, target: Projection) -> bytes:
    """Return rows as CSV: geometry as WKT, or the two coordinates of points.

    The columns are ``lon`` and ``lat`` in degrees, ``x`` and ``y`` in metres, whatever the order
    of the projection's axes.
    """
    import numpy as np
    import shapely

    column = features.geometry_column(declared)
    plain = features.plain_rows(rows, declared)
    names = [name for name in features.attributes(declared) if name in rows.column_names]
    if column and column in rows.column_names:
        shapes = crs_.reproject_geometries(
            shapely.from_wkb(rows[column].to_numpy()), crs, target.code
        )
        texts = shapely.to_wkt(shapes, rounding_precision=target.digits)
        point = declared.geometry == "point"
        pair = ("lon", "lat") if target.geographic else ("x", "y")
        names += pair if point else ("wkt",)
        if point:
            first = np.round(shapely.get_x(shapes), target.digits)
            second = np.round(shapely.get_y(shapes), target.digits)
        for index, row in enumerate(plain):
            if point:
                row[pair[0]] = writers.finite(float(first[index]))
                row[pair[1]] = writers.finite(float(second[index]))
            else:
                row["wkt"] = texts[index]
    return writers.to_csv(plain, names)


def flatgeobuf(rows: pa.Table, crs: str, column: str | None) -> bytes:
    """Return rows as FlatGeobuf with its spatial index, written by GDAL; ``None``: no geometry."""
    import pyogrio

    out = io.BytesIO()
    # The format has no index over rows without a place.
    indexed = column is not None and not rows[column].null_count
    pyogrio.write_arrow(
        rows, out, driver="FlatGeobuf", geometry_name=column,
        geometry_type=None if column is None else "Unknown", crs=None if column is None else crs,
        layer_options={"SPATIAL_INDEX": "YES" if indexed else "NO"},
    )  # fmt: skip
    return out.getvalue()
