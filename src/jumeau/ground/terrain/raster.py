# SPDX-License-Identifier: EUPL-1.2
"""Terrain read by blocks, from an array or from a raster on disk, and results written by blocks."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import error
from jumeau.ground.terrain.surface import HIGHEST, altitudes

Grid = NDArray[Any]
Progress = Callable[[float], object]
TILE = 512
"""Side of the tiles of the GeoTIFFs written [cells]."""
CACHE = 256 * 2**20
"""Memory that GDAL may keep for blocks read and written [B], as ``rasterio.Env`` counts it."""


class Terrain(NamedTuple):
    """A DTM to read.

    Parameters
    ----------
    ny, nx : int
        Rows and columns.
    dtype : dtype
        Of the DTM as given.
    work : dtype
        In which it is computed: float32 or float64.
    array : array or None
        The DTM, when it is in memory.
    path : str
        Where it is, when it is on disk.
    profile : dict
        Georeference and NODATA, when it is on disk.
    """

    ny: int
    nx: int
    dtype: np.dtype[Any]
    work: np.dtype[Any]
    array: Grid | None
    path: str
    profile: dict[str, Any]


class Piece(NamedTuple):
    """A block of terrain, light enough to be sent to another process."""

    array: Grid | None
    path: str
    window: tuple[int, int, int, int]
    work: np.dtype[Any]


def is_path(dtm: Any) -> bool:
    """Tell a place on disk from values.

    Parameters
    ----------
    dtm : object
        What a user gave as a terrain.

    Returns
    -------
    bool
        Whether it is a path.
    """
    return isinstance(dtm, (str, os.PathLike))


def terrain(dtm: Any, work: Any = None) -> Terrain:
    """Open a DTM.

    Parameters
    ----------
    dtm : array (ny, nx) or path
        Elevation [m], NaN where there is none; or a raster that GDAL reads, whose first band is
        taken.
    work : dtype, optional
        In which it is computed; by default float64 when float32 would lose digits.

    Returns
    -------
    Terrain
        What is known of it before reading.

    Raises
    ------
    InvalidError
        JUM-G030 to JUM-G032 when an array is not a terrain.
    MissingFileError
        JUM-G012 when no raster can be read there.
    """
    if is_path(dtm):
        return _file(os.fspath(dtm), work)
    values = altitudes(dtm)
    ny, nx = values.shape
    return Terrain(ny, nx, values.dtype, np.dtype(work or values.dtype), values, "", {})


def _work(dtype: np.dtype[Any]) -> Any:
    small = dtype.itemsize <= (2 if dtype.kind in "iu" else 4)
    return np.float32 if small else np.float64


def _file(path: str, work: Any) -> Terrain:
    import rasterio

    try:
        with rasterio.open(path) as source:
            dtype = np.dtype(source.dtypes[0])
            nodata = source.nodata
            if nodata is None and dtype.kind == "f":
                nodata = math.nan
            elif nodata is None and source.mask_flag_enums[0][0].name != "all_valid":
                nodata = int(np.iinfo(dtype).min)
            profile = {"crs": source.crs, "transform": source.transform, "nodata": nodata}
            ny, nx = source.shape
    except rasterio.errors.RasterioIOError as fault:
        raise error("JUM-G012", path=path, reason=str(fault)) from fault
    if dtype.kind not in "fiu":
        raise error("JUM-G030", given=str(dtype))
    return Terrain(ny, nx, dtype, np.dtype(work or _work(dtype)), None, path, profile)


def piece(source: Terrain, top: int, bottom: int, left: int, right: int) -> Piece:
    """Return a block of terrain, not read yet.

    Parameters
    ----------
    source : Terrain
        Terrain.
    top, bottom, left, right : int
        Rows and columns of the block, ends excluded.

    Returns
    -------
    Piece
        The block.
    """
    part = None if source.array is None else source.array[top:bottom, left:right]
    return Piece(part, source.path, (top, bottom, left, right), source.work)


def ringed(block: Piece) -> Grid:
    """Return the elevations of a block with a ring of NaN around.

    Parameters
    ----------
    block : Piece
        Block of terrain.

    Returns
    -------
    array (rows + 2, columns + 2)
        Elevation [m]; NaN on the ring and where there is none.

    Raises
    ------
    InvalidError
        JUM-G032 when an elevation is infinite, or a marker of NODATA that is not declared.
    """
    top, bottom, left, right = block.window
    out = np.full((bottom - top + 2, right - left + 2), np.nan, block.work)
    inner = out[1:-1, 1:-1]
    if block.array is not None:
        inner[...] = block.array
    else:
        import rasterio
        from rasterio.windows import Window

        with rasterio.Env(GDAL_CACHEMAX=CACHE), rasterio.open(block.path) as source:
            window = Window(left, top, right - left, bottom - top)
            values = source.read(1, window=window, masked=True)
        inner[...] = values.data
        inner[np.ma.getmaskarray(values)] = np.nan
        impossible = np.count_nonzero(np.abs(inner) > HIGHEST)
        if impossible:
            raise error("JUM-G032", count=impossible)
    return out


@contextmanager
def written(out: Any, source: Terrain, dtype: Any, nodata: Any) -> Iterator[Any]:
    """Open a tiled GeoTIFF to write by windows; it takes its name once complete.

    Parameters
    ----------
    out : path
        File to write.
    source : Terrain
        Terrain on disk, whose size and georeference it takes.
    dtype : dtype
        Of its values.
    nodata : number or None
        Marker of the cells that have none.

    Yields
    ------
    rasterio.io.DatasetWriter
        The raster; see :func:`put`.

    Raises
    ------
    StorageError
        JUM-G014 when it cannot be written.
    """
    import rasterio

    path = Path(out)
    part = path.with_name(f"{path.name}.part")
    kind = np.dtype(dtype)
    options: dict[str, Any] = {
        "driver": "GTiff", "height": source.ny, "width": source.nx, "count": 1,
        "dtype": kind.name, "crs": source.profile["crs"],
        "transform": source.profile["transform"], "nodata": nodata,
        "tiled": True, "blockxsize": TILE, "blockysize": TILE, "bigtiff": "IF_SAFER",
        "compress": "deflate", "zlevel": 1, "num_threads": min(4, os.cpu_count() or 1),
        "predictor": 3 if kind.kind == "f" else 2 if kind.itemsize > 1 else 1,
    }  # fmt: skip
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE), rasterio.open(part, "w", **options) as target:
            yield target
        part.replace(path)
    except (rasterio.errors.RasterioIOError, OSError) as fault:
        raise error("JUM-G014", path=str(path), reason=str(fault)) from fault
    finally:
        part.unlink(missing_ok=True)


def put(target: Any, values: Grid, top: int, left: int) -> None:
    """Write a block of an open raster.

    Parameters
    ----------
    target : rasterio.io.DatasetWriter
        Raster opened by :func:`written`.
    values : array
        Values of the block.
    top, left : int
        Its first row and column.
    """
    from rasterio.windows import Window

    target.write(values, 1, window=Window(left, top, values.shape[1], values.shape[0]))


@contextmanager
def scratch(out: Any) -> Iterator[Path]:
    """Lend a folder beside a result, for the planes of a computation; it is removed after.

    Parameters
    ----------
    out : path
        Place of the result.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    StorageError
        JUM-G014 when it cannot be made.
    """
    try:
        folder = tempfile.mkdtemp(prefix=".terrain-", dir=Path(out).resolve().parent)
    except OSError as fault:
        raise error("JUM-G014", path=str(out), reason=str(fault)) from fault
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plane(path: Path, dtype: Any, shape: tuple[int, ...], mode: Any = "r+") -> Grid:
    """Map a plain file of values in memory.

    Parameters
    ----------
    path : Path
        File.
    dtype : dtype
        Of its values.
    shape : tuple of int
        Of the array.
    mode : {"r", "r+", "w+"}
        To read, to rewrite, or to make it.

    Returns
    -------
    numpy.memmap
        The values.
    """
    return np.memmap(path, dtype, mode, shape=shape)


def spread(
    function: Callable[..., Any],
    jobs: Iterable[tuple[Any, ...]],
    executor: Executor | None = None,
    ahead: int = 0,
) -> Iterator[Any]:
    """Yield the results of jobs in their order, a few of them running ahead.

    Parameters
    ----------
    function : callable
        At the top of its module, so that it can be sent to another process.
    jobs : iterable of tuple
        Arguments of each call.
    executor : Executor, optional
        Of threads or of processes; the jobs run one by one here when there is none.
    ahead : int, optional
        Jobs started before their result is asked for; by default 2 a core.
    """
    if executor is None:
        for job in jobs:
            yield function(*job)
        return
    ahead = ahead or 2 * (os.cpu_count() or 1)
    waiting: deque[Future[Any]] = deque()
    try:
        for job in jobs:
            waiting.append(executor.submit(function, *job))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
        for future in waiting:
            if not future.cancelled():
                future.exception()


def watched(
    items: Iterable[Any], count: int, progress: Progress | None, low: float, high: float
) -> Iterator[Any]:
    """Yield items, telling the share done.

    Parameters
    ----------
    items : iterable
        Results as they come.
    count : int
        How many there will be.
    progress : callable or None
        Told the share.
    low, high : float
        Shares before the first and after the last [-].

    Yields
    ------
    object
        Each item.
    """
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(low + (high - low) * done / count)
