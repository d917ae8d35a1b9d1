# SPDX-License-Identifier: EUPL-1.2
"""One grid file, GeoTIFF or ASC: its header, its pixels, and what its name says.

No-data is what the file declares, and whatever lies outside the physical bounds of the layer:
real files write −99999, −9999 or +9999, declared or not. Pixels come as float32, row 0 north and
column 0 west, whichever way the file runs.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.sources.archive import Located

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import NDArray

QUANTITIES = {
    "dtm": {"MNT", "DTM", "RGEALTI", "BDALTI", "BDALTIV2"},
    "dsm": {"MNS", "DSM"},
    "height": {"MNH", "CHM", "NDSM"},
}
"""Words of file names, by layer: those of IGN, and their English fellows."""
ASIDE = {"SRC", "DST", "MDS"}
"""Words of grids that go with a relief without being one: origin and distance of its points."""
WHOLE = 1 << 24
"""Pixels up to which a text or a compressed member is read at once."""
SHELF = 256 << 20
"""Bytes of such grids kept in memory."""
STRIP = 1024


@dataclass(frozen=True)
class Sheet:
    """A grid file and where it lies.

    Parameters
    ----------
    located : Located
        The data.
    uri : str
        File that the user named: an archive may hold many sheets.
    layer : str
        Raster layer to fill.
    crs : str
        Its CRS, once settled; as declared before.
    transform : Affine
        From (column, row) to its CRS, row 0 north and column 0 west unless turned.
    width, height : int
        Pixels.
    flipped : (bool, bool)
        Whether rows and columns of the file run the other way.
    nodata : float or None
        Declared value of no data.
    scale, offset : float
        Value = scale · pixel + offset.
    dtype : str
        Type of the pixels in the file.
    """

    located: Located
    uri: str
    layer: str
    crs: str | None
    transform: Affine
    width: int
    height: int
    flipped: tuple[bool, bool]
    nodata: float | None
    scale: float
    offset: float
    dtype: str

    @property
    def turned(self) -> bool:
        """Whether its axes are not those of its CRS."""
        return bool(self.transform.b or self.transform.d)

    @property
    def bounds(self) -> Bounds:
        """Outer bounds in its CRS."""
        corners = ((0, 0), (self.width, 0), (0, self.height), (self.width, self.height))
        x, y = zip(*(self.transform @ corner for corner in corners), strict=True)
        return (min(x), min(y), max(x), max(y))

    @property
    def name(self) -> str:
        """Name of the file without its folders."""
        return self.located.name.rpartition("/")[2]

    def settled(self, crs: str) -> Sheet:
        """Return the same sheet in the CRS found for it."""
        return replace(self, crs=crs)


def words(name: str) -> list[str]:
    """Return the words of a file name, in capitals."""
    return re.split(r"[^A-Z0-9]+", name.upper())


def quantity(name: str) -> str:
    """Return the layer that a file name tells, ``"aside"`` for a companion grid, or ``""``."""
    told = set(words(name.rpartition("/")[2]))
    if told & ASIDE:
        return "aside"
    # « RGEALTI » may stand before the word that counts: MNS of the same series.
    for layer in ("height", "dsm", "dtm"):
        if told & QUANTITIES[layer]:
            return layer
    return ""


def corner(name: str, crs: str) -> tuple[int, int] | None:
    """Return the kilometres of the north-west corner that a file name gives, as IGN writes it.

    Of several pairs of numbers, the last that falls in the land of the projection counts.
    """
    if crs not in systems.NATIONAL:
        return None
    west, south, east, north = systems.NATIONAL[crs].bounds
    numbers = words(name)
    found = None
    for first, second in pairwise(numbers):
        if re.fullmatch(r"\d{3,4}", first) and re.fullmatch(r"\d{3,4}", second):
            x, y = int(first), int(second)
            if west <= 1000 * x <= east and south <= 1000 * y <= north:
                found = (x, y)
    return found


@contextmanager
def refused(located: Located) -> Iterator[None]:
    """Turn what GDAL or the disk refuse into coded errors."""
    import rasterio.errors

    try:
        yield
    except (rasterio.errors.RasterioError, OSError, ValueError) as exc:
        if hasattr(exc, "code"):
            raise
        detail = " ".join(str(exc).split())[:200]
        raise error("JUM-S004", file=located.name, detail=detail) from exc


def _open(located: Located) -> Any:
    """Open a grid; numbers of a text are read as decimal whatever its first lines look like."""
    import rasterio

    if located.suffix == ".asc":
        return rasterio.open(located.path, driver="AAIGrid", DATATYPE="Float64")
    return rasterio.open(located.path)


def header(located: Located, uri: str, layer: str) -> Sheet:
    """Read the header of a grid.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``JUM-S017`` several bands.
    """
    with refused(located), _open(located) as source:
        if source.count != 1:
            raise error("JUM-S017", file=located.name, count=source.count)
        place = source.transform
        flipped = (False, False)
        if not (place.b or place.d):
            flipped = (place.e > 0, place.a < 0)
            place = _upright(place, source.width, source.height, flipped)
        return Sheet(
            located,
            uri,
            layer,
            source.crs.to_wkt() if source.crs else None,
            place,
            int(source.width),
            int(source.height),
            flipped,
            source.nodata,
            float(source.scales[0]),
            float(source.offsets[0]),
            str(source.dtypes[0]),
        )


def _upright(place: Affine, width: int, height: int, flipped: tuple[bool, bool]) -> Affine:
    """Return the transform of a grid once row 0 is north and column 0 west."""
    from affine import Affine

    upside, mirrored = flipped
    west = place.c + place.a * width if mirrored else place.c
    north = place.f + place.e * height if upside else place.f
    return Affine(abs(place.a), 0.0, west, 0.0, -abs(place.e), north)


class Shelf:
    """Pixels of texts and compressed members, kept while neighbours may ask for them.

    Parameters
    ----------
    room : int
        Bytes kept at most.
    """

    def __init__(self, room: int = SHELF) -> None:
        self.room = room
        self._held: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def raw(self, sheet: Sheet, rows: slice, columns: slice) -> NDArray[Any]:
        """Return a window of the pixels as the file writes them, row 0 north."""
        from rasterio.windows import Window

        upside, mirrored = sheet.flipped
        if upside:
            rows = slice(sheet.height - rows.stop, sheet.height - rows.start)
        if mirrored:
            columns = slice(sheet.width - columns.stop, sheet.width - columns.start)
        slow = sheet.located.suffix == ".asc" or bool(sheet.located.container)
        if slow and sheet.width * sheet.height <= WHOLE:
            values = self._whole(sheet)[rows, columns]
        else:
            with refused(sheet.located), _open(sheet.located) as source:
                values = source.read(1, window=Window.from_slices(rows, columns))
        return values[:: -1 if upside else 1, :: -1 if mirrored else 1]

    def _whole(self, sheet: Sheet) -> NDArray[Any]:
        key = sheet.located.path
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        with refused(sheet.located), _open(sheet.located) as source:
            values: NDArray[Any] = source.read(1)
        if sheet.located.suffix == ".asc":
            values = values.astype(np.float32)
        with self._lock:
            if key not in self._held:
                self._held[key] = values
                self._size += values.nbytes
            while self._size > self.room and len(self._held) > 1:
                self._size -= self._held.popitem(last=False)[1].nbytes
        return values

    def pixels(
        self, sheet: Sheet, rows: slice, columns: slice, limits: tuple[float, float]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_], list[float]]:
        """Return a window as float32, NaN for no data, and the impossible values met.

        Returns
        -------
        values : (ny, nx) float32 array
            NaN where the file has no data or an impossible value.
        impossible : (ny, nx) bool array
            Pixels out of the limits of the layer.
        examples : list of float
            Some of their values.
        """
        raw = self.raw(sheet, rows, columns)
        unknown = ~np.isfinite(raw)
        if sheet.nodata is not None:
            unknown |= raw == np.asarray(sheet.nodata).astype(raw.dtype)
        if sheet.scale != 1 or sheet.offset != 0:
            values = (raw * sheet.scale + sheet.offset).astype(np.float32)
        else:
            values = raw.astype(np.float32)
        with np.errstate(invalid="ignore"):
            impossible = ~unknown & ((values < limits[0]) | (values > limits[1]))
        examples: list[float] = []
        if impossible.any():
            examples = [float(item) for item in np.unique(values[impossible])[:3]]
        values[unknown | impossible] = np.nan
        return values, impossible, examples
