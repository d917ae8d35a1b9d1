# SPDX-License-Identifier: EUPL-1.2
"""Drivers: one module per family of formats, each giving the same :class:`Records`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass
class Records:
    """What a driver read of a file, before any interpretation.

    Parameters
    ----------
    table : pyarrow.Table
        Attributes as written; text decoded.
    geometry : pyarrow.ChunkedArray of binary, or None
        WKB, one for each row.
    crs : Any
        CRS as the file declares it; ``None`` when it does not.
    read : int
        Records met in the file, those dropped included.
    announced : int or None
        Records that the file says it holds.
    driver, encoding, layer : str
        Facts about the file.
    findings : list of Finding
        What the driver met.
    dropped : int
        Records that could not be read.
    touched : (k,) int array
        Rows whose text was put right.
    implicit_crs : bool
        Whether the CRS is only the default of the format (GeoJSON): coordinates decide.
    """

    table: pa.Table
    geometry: pa.ChunkedArray | None
    crs: Any
    read: int
    announced: int | None
    driver: str
    encoding: str = "UTF-8"
    layer: str = ""
    findings: list[Finding] = field(default_factory=list)
    dropped: int = 0
    touched: NDArray[np.int64] | None = None
    implicit_crs: bool = False
