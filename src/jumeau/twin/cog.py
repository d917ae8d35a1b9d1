# SPDX-License-Identifier: EUPL-1.2
"""One tile, one file: immutable cloud-optimised GeoTIFF of 1000 × 1000 cells, and their VRT.

A tile is named by its place and by the digest of its bytes, and the bytes follow from the values
alone: the same values give the same file, and nothing is ever rewritten in place, since forks and
past versions share the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.base.grid import TILE, Tile
from jumeau.twin import disk, schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "rasters"
BLOCK = 256
OVERVIEWS = (2, 4, 8)
"""Overviews in a tile, as cells of the grid on the side of theirs; 1000 is a multiple of each."""
_OPTIONS = {
    "driver": "COG",
    "dtype": "float32",
    "count": 1,
    "width": TILE,
    "height": TILE,
    "nodata": float("nan"),
    "compress": "DEFLATE",
    "predictor": 3,  # floating point
    "level": 1,  # 2 % larger than level 6 on terrain, three times faster
    "blocksize": BLOCK,
    "overview_resampling": "average",
    "overview_count": len(OVERVIEWS),
    "sparse_ok": True,  # blocks without data take no room
}
_ENVIRONMENT = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # a layer's folder holds thousands of files
    "GDAL_PAM_ENABLED": "NO",  # no .aux.xml beside the tiles
}


class TileFile(NamedTuple):
    """The file of one tile of a layer.

    Parameters
    ----------
    layer, tile : str
        Layer, and name of the tile (``0767_6281``).
    path : str
        File, relative to the territory's folder.
    sha256 : str
        Digest of the file.
    created : bool
        Whether this call wrote the file; ``False`` when it was already there.
    """

    layer: str
    tile: str
    path: str
    sha256: str
    created: bool


def encode(tile: Tile, values: NDArray[np.floating], crs: str, label: str = "") -> memoryview:
    """Return the bytes of a tile's cloud-optimised GeoTIFF.

    Parameters
    ----------
    tile : Tile
        Place of the tile.
    values : (1000, 1000) array
        Row 0 north, NaN for no data; kept as float32, bit for bit (the sign and payload of NaN
        excepted).
    crs : str
        CRS of the territory, such as ``"EPSG:2154"``.
    label : str
        Description of the band.

    Returns
    -------
    memoryview
        Content of the file.
    """
    import rasterio
    from rasterio.io import MemoryFile

    cells = np.array(values, dtype=np.float32)
    cells[np.isnan(cells)] = np.nan  # one NaN among the many: same content, same bytes
    with rasterio.Env(**_ENVIRONMENT), MemoryFile() as memory:
        with memory.open(
            crs=_crs_wkt(crs), transform=grid.transform(tile.bounds), **_OPTIONS
        ) as out:
            out.write(cells, 1)
            if label:
                out.set_band_description(1, label)
        return memoryview(bytes(memory.getbuffer()))


def write_tile(
    folder: Path,
    layer: str,
    tile: str | Tile,
    values: NDArray[np.floating],
    crs: str,
    *,
    durable_name: bool = True,
) -> TileFile | None:
    """Write a tile of a layer, whole or not at all, under a name that tells its content.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    layer : str
        Raster layer.
    tile : str or Tile
        Place of the tile.
    values : (1000, 1000) array
        Row 0 north, NaN for no data.
    crs : str
        CRS of the territory.
    durable_name : bool
        Whether to fsync the layer's folder; ``False`` when the caller does it once at the end.

    Returns
    -------
    TileFile or None
        Where the tile is; ``None`` when it holds no data, and nothing is written.

    Raises
    ------
    InvalidError
        ``JUM-T104`` when the array is not 1000 × 1000.
    StorageError
        ``JUM-T101`` when the disk is full, ``JUM-T102`` when it refuses; nothing is left behind.
    """
    place = Tile.parse(tile) if isinstance(tile, str) else tile
    content = encoded(place, values, crs, layer)
    return store_tile(folder, layer, place, content, durable_name=durable_name)


def encoded(
    tile: Tile, values: NDArray[np.floating], crs: str, layer: str
) -> bytes | memoryview | None:
    """Return the bytes of the file of a tile, ``None`` without data; may run in any process.

    Parameters
    ----------
    tile, values, crs, layer
        As for :func:`write_tile`.

    Raises
    ------
    InvalidError
        ``JUM-T104`` when the array is not 1000 × 1000.
    """
    if values.shape != (TILE, TILE):
        raise error("JUM-T104", layer=layer, found=str(values.shape), expected=str((TILE, TILE)))
    return None if np.isnan(values).all() else encode(tile, values, crs, layer)


def encoded_bytes(tile: Tile, values: NDArray[np.floating], crs: str, layer: str) -> bytes | None:
    """Return :func:`encoded` as bytes, which travel between processes."""
    content = encoded(tile, values, crs, layer)
    return None if content is None else bytes(content)


def store_tile(
    folder: Path,
    layer: str,
    place: Tile,
    content: bytes | memoryview | None,
    *,
    durable_name: bool = True,
) -> TileFile | None:
    """Write the bytes of a tile under the name that tells them; see :func:`write_tile`."""
    if content is None:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{FOLDER}/{layer}/{place.name}-{sha256[:12]}.tif"
    path = folder / name
    known = path.exists()
    if not known or path.read_bytes() != content:  # a damaged file is replaced, not altered
        disk.make_folder(path.parent)
        disk.write_bytes(path, content, durable_name=durable_name)
    return TileFile(layer, place.name, name, sha256, not known)


def read_tile(path: Path, window: tuple[slice, slice] | None = None, cell: int = 1) -> np.ndarray:
    """Return the values of a tile, or of a window of it, or of one of its overviews.

    Parameters
    ----------
    path : Path
        File of the tile.
    window : (slice, slice), optional
        Rows and columns, counted in cells of the overview asked for; everything by default.
    cell : int
        Side of a cell [m]: 1, or one of :data:`OVERVIEWS`.

    Returns
    -------
    2-D float32 array
        Row 0 north, NaN for no data.

    Raises
    ------
    StorageError
        ``JUM-T108`` when the file is missing or damaged.
    """
    import rasterio
    from rasterio.errors import RasterioError

    options: dict[str, int] = {} if cell == 1 else {"overview_level": OVERVIEWS.index(cell)}
    try:
        with rasterio.Env(**_ENVIRONMENT), rasterio.open(path, **options) as source:
            if window is None:
                values: np.ndarray = source.read(1)
            else:
                rows, columns = window
                values = source.read(
                    1, window=((rows.start, rows.stop), (columns.start, columns.stop))
                )
    except (RasterioError, OSError) as exc:
        raise error("JUM-T108", path=str(path), detail=str(exc)[:300]) from exc
    return values


def vrt(
    layer: str,
    tiles: Mapping[str, str],
    crs: str,
    *,
    root: str = "",
    metadata: Mapping[str, str] | None = None,
) -> str:
    """Return the XML that shows the tiles of a layer as one raster, for QGIS and GDAL.

    Parameters
    ----------
    layer : str
        Raster layer.
    tiles : mapping
        {tile name: path relative to the territory's folder}; not empty.
    crs : str
        CRS of the territory.
    root : str
        Folder of the territory as an absolute path; without it, paths are relative to a VRT that
        lies in the folder of the rasters.
    metadata : mapping, optional
        Metadata items.
    """
    known = schema.layers().get(layer)
    west, south, east, north = extent(tiles)
    rows, columns = grid.shape((west, south, east, north))
    relative = "0" if root else "1"
    lines = [
        f'<VRTDataset rasterXSize="{columns}" rasterYSize="{rows}">',
        f'  <SRS dataAxisToSRSAxisMapping="1,2">{escape(_crs_wkt(crs))}</SRS>',
        f"  <GeoTransform>{west}, 1, 0, {north}, 0, -1</GeoTransform>",
        "  <Metadata>",
        '    <MDI key="AREA_OR_POINT">Area</MDI>',
        *(
            f"    <MDI key={quoteattr(key)}>{escape(value)}</MDI>"
            for key, value in (metadata or {}).items()
        ),
        "  </Metadata>",
        f'  <VRTRasterBand dataType="Float32" band="1" blockXSize="{BLOCK}" blockYSize="{BLOCK}">',
        f"    <Description>{escape(layer)}</Description>",
        f"    <UnitType>{escape(known.unit) if known else ''}</UnitType>",
        "    <NoDataValue>nan</NoDataValue>",
        "    <ColorInterp>Gray</ColorInterp>",
    ]
    for name in sorted(tiles):
        bounds = Tile.parse(name).bounds
        path = f"{root}/{tiles[name]}" if root else tiles[name].removeprefix(f"{FOLDER}/")
        across, down = round(bounds[0] - west), round(north - bounds[3])
        side = f'xSize="{TILE}" ySize="{TILE}"'
        lines += [
            "    <SimpleSource>",
            f'      <SourceFilename relativeToVRT="{relative}">{escape(path)}</SourceFilename>',
            "      <SourceBand>1</SourceBand>",
            f'      <SourceProperties RasterXSize="{TILE}" RasterYSize="{TILE}" '
            f'DataType="Float32" BlockXSize="{BLOCK}" BlockYSize="{BLOCK}"/>',
            f'      <SrcRect xOff="0" yOff="0" {side}/>',
            f'      <DstRect xOff="{across}" yOff="{down}" {side}/>',
            "    </SimpleSource>",
        ]
    levels = " ".join(str(level) for level in OVERVIEWS)
    lines += [
        "  </VRTRasterBand>",
        f'  <OverviewList resampling="average">{levels}</OverviewList>',
        "</VRTDataset>",
    ]
    return "\n".join(lines) + "\n"


def write_vrt(folder: Path, layer: str, tiles: Mapping[str, str], crs: str) -> Path | None:
    """Write ``rasters/<layer>.vrt``, or remove it when the layer has no tile.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    layer : str
        Raster layer.
    tiles : mapping
        {tile name: path relative to ``folder``} of the version to show.
    crs : str
        CRS of the territory.

    Returns
    -------
    Path or None
        The VRT; ``None`` when there is no tile.

    Raises
    ------
    StorageError
        ``JUM-T101`` or ``JUM-T102``; the former file is intact.
    """
    path = folder / FOLDER / f"{layer}.vrt"
    if not tiles:
        path.unlink(missing_ok=True)
        return None
    content = vrt(layer, tiles, crs).encode()
    if not (path.exists() and path.read_bytes() == content):
        disk.make_folder(path.parent)
        disk.write_bytes(path, content)
    return path


def extent(tiles: Mapping[str, str]) -> Bounds:
    """Return the outer edges of the rectangle that holds the tiles; ``tiles`` is not empty."""
    boxes = [Tile.parse(name).bounds for name in tiles]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


@cache
def _crs_wkt(crs: str) -> str:
    """Return a CRS as WKT, by PROJ alone: GDAL's own database may be of another edition."""
    from pyproj import CRS

    return CRS.from_user_input(crs).to_wkt("WKT1_GDAL")
