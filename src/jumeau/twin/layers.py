# SPDX-License-Identifier: EUPL-1.2
"""Batches of rows through GDAL, one at a time: GeoPackage, FlatGeobuf, GeoJSON."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.twin import geoparquet

if TYPE_CHECKING:
    import pyarrow as pa


def write(
    path: Path,
    batches: Iterable[pa.RecordBatch],
    wanted: pa.Schema,
    change: Callable[[pa.RecordBatch], list[Any]],
    **options: Any,
) -> None:
    """Write batches as one layer, without holding them all.

    Parameters
    ----------
    path : Path
        File.
    batches : iterable of pyarrow.RecordBatch
        Rows; those read ahead first.
    wanted : pyarrow.Schema
        Schema written.
    change : callable
        Batch → its columns, in the order of the schema.
    **options
        Of :func:`pyogrio.raw.write_arrow`: layer, driver, geometry type, CRS, metadata…

    Raises
    ------
    Exception
        Whatever stopped the reading: GDAL itself only says that the stream failed.
    RuntimeError
        What GDAL refused.
    """
    from pyogrio.raw import write_arrow

    failures: list[BaseException] = []

    def read() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except (Exception, KeyboardInterrupt) as exc:
            failures.append(exc)
            raise

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # mixed Z, no CRS without geometry
            write_arrow(geoparquet.mapped(read(), wanted, change), path, **options)
    except RuntimeError:
        if failures:
            raise failures[0] from None
        raise
