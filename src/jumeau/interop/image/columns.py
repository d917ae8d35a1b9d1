# SPDX-License-Identifier: EUPL-1.2
"""What is computed once for each row of an image and kept beside it.

A column is a function of a batch of rows. Its name begins with an underscore; its version enters
the state of every image, so that a change of the function makes images anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base.contract import TableSchema
from jumeau.interop.image.table import FEATURE

if TYPE_CHECKING:
    import pyarrow as pa

    Make = Callable[[pa.Table, TableSchema, str], pa.Array | pa.ChunkedArray]


class Column(NamedTuple):
    """A computed column.

    Parameters
    ----------
    name : str
        Its name, which begins with an underscore.
    version : int
        To be raised when the function changes.
    make : callable
        (rows, table, CRS) → one value a row. The rows hold the attributes as stored, geometry as
        WKB under its own name, the box as ``xmin``, ``ymin``, ``xmax`` and ``ymax``, and
        ``identifier`` and ``properties`` as JSON texts.
    geometry : bool
        Whether only tables with a geometry have it.
    """

    name: str
    version: int
    make: Make
    geometry: bool = False


def columns(declared: TableSchema) -> tuple[Column, ...]:
    """Return the computed columns of a table's image."""
    return tuple(item for item in _COLUMNS if declared.geometry or not item.geometry)


def _feature(rows: pa.Table, declared: TableSchema, crs: str) -> pa.Array:
    import pyarrow.compute as pc

    from jumeau.interop import features, geojson

    texts = geojson.features(rows, crs, geometry=features.geometry_column(declared))
    return pc.binary_join_element_wise(texts, ",", "")


_COLUMNS = (Column(FEATURE, 1, _feature),)
