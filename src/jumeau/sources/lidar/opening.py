# SPDX-License-Identifier: EUPL-1.2
"""Point clouds on disk: LAS, LAZ and COPC, plain, gzipped or zipped; what their header says."""

from __future__ import annotations

import gzip
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.base.errors import JumeauError, did_you_mean, error

if TYPE_CHECKING:
    import laspy

SUFFIXES = (".las", ".laz")
FORMATS = tuple(range(11))
"""Point formats of LAS 1.0 to 1.4."""
_NAME = re.compile(r"(?<!\d)(?=(\d{3,4})[_-](\d{4})(?!\d))")
EASTMOST = 1400
"""No national projection of France has land further east [km]: more is a year."""
KM = 1000.0


class Cloud(NamedTuple):
    """A point cloud ready to be read.

    Parameters
    ----------
    uri : str
        File that the user named.
    name : str
        Name of the cloud: the file's, or that of the member of a zip.
    path : Path
        Where it can be opened.
    announced : int
        Points announced by the header.
    bounds : tuple of 4 float
        Box announced by the header, in the file's CRS.
    point_format : int
        LAS point format, 0 to 10.
    version : str
        LAS version.
    crs : str or None
        CRS as the file declares it, in WKT.
    extra : tuple of str
        Names of the extra dimensions.
    year : str
        Year in which the file was made; empty when the header has none.
    held : int
        Points that the file seems to hold, from its size or its counts by return.
    """

    uri: str
    name: str
    path: Path
    announced: int
    bounds: Bounds
    point_format: int
    version: str
    crs: str | None
    extra: tuple[str, ...]
    year: str
    held: int = 0


def claims(uri: str) -> int:
    """Return 20 for a point cloud, also in a zip or a gzip, else 0."""
    path = Path(uri)
    suffixes = [item.lower() for item in path.suffixes]
    if not suffixes:
        return 0
    if suffixes[-1] == ".gz":
        return 20 if len(suffixes) > 1 and suffixes[-2] in SUFFIXES else 0
    if suffixes[-1] == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                return 20 if _members(archive) else 0
        except (OSError, zipfile.BadZipFile):
            return 0
    return 20 if suffixes[-1] in SUFFIXES else 0


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        item
        for item in archive.infolist()
        if PurePosixPath(item.filename).suffix.lower() in SUFFIXES
        and "__MACOSX" not in item.filename
    ]


def clouds(uri: str, folder: Path) -> Iterator[Cloud]:
    """Yield the clouds of a file, unwrapped into a folder where they are compressed.

    Raises
    ------
    JumeauError
        ``JUM-S001`` missing, ``S002`` empty, ``S004`` damaged, ``S200`` not a point cloud,
        ``S201`` version or point format unknown.
    """
    path = Path(uri)
    if not path.exists():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise error("JUM-S001", file=uri, suggestion=did_you_mean(path.name, near))
    if path.stat().st_size == 0:
        raise error("JUM-S002", file=path.name)
    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            inner = _target(folder, path.stem)
            with gzip.open(path) as source, inner.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            yield header(uri, path.stem, inner)
        elif suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for item in _members(archive):
                    if item.flag_bits & 0x1:
                        raise error("JUM-S019", file=path.name)
                    name = PurePosixPath(item.filename).name
                    inner = _target(folder, name)
                    with archive.open(item) as source, inner.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    yield header(uri, name, inner)
        elif suffix in SUFFIXES:
            yield header(uri, path.name, path)
        else:
            raise error("JUM-S200", file=path.name)
    except JumeauError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as exc:
        raise error("JUM-S004", file=path.name, detail=str(exc)) from exc


def _target(folder: Path, name: str) -> Path:
    return folder / f"{len(list(folder.iterdir()))}-{name}"


def header(uri: str, name: str, path: Path) -> Cloud:
    """Read what a cloud says of itself, and refuse what cannot be true."""
    if path.stat().st_size == 0:
        raise error("JUM-S002", file=name)
    with path.open("rb") as file:
        head = file.read(227)
    if head[:4] != b"LASF":
        raise error("JUM-S200", file=name)
    if len(head) < 227:
        raise error("JUM-S004", file=name, detail=f"{len(head)} < 227 B")
    version = f"{head[24]}.{head[25]}"
    number = head[104] & 0x3F
    length = struct.unpack_from("<H", head, 105)[0]
    if head[24] != 1 or head[25] > 4 or number not in FORMATS:
        raise error("JUM-S201", file=name, version=version, format=number)
    with opened(name, path) as reader:
        found = reader.header
        scales = np.asarray(found.scales, np.float64)
        minimum, maximum = np.asarray(found.mins), np.asarray(found.maxs)
        if not (np.isfinite(scales).all() and (scales > 0).all() and np.isfinite(minimum).all()):
            raise error("JUM-S201", file=name, version=version, format=number)
        held = int(np.sum(found.number_of_points_by_return))
        if not head[104] & 0xC0:
            held = max(held, _room(found, path.stat().st_size) // max(length, 1))
            expected = found.offset_to_point_data + found.point_count * length
            if path.stat().st_size < expected:
                detail = f"{path.stat().st_size} < {expected} B"
                raise error("JUM-S004", file=name, detail=detail)
        date = found.creation_date
        return Cloud(
            uri=uri,
            name=name,
            path=path,
            announced=int(found.point_count),
            bounds=(minimum[0], minimum[1], maximum[0], maximum[1]),
            point_format=number,
            version=version,
            crs=_crs(found),
            extra=tuple(str(item) for item in found.point_format.extra_dimension_names),
            year=str(date.year) if date is not None else "",
            held=max(held, int(found.point_count)),
        )


def _room(found: Any, size: int) -> int:
    """Return the bytes of a LAS file from its first point to what follows the points."""
    starts = (found.start_of_first_evlr, found.start_of_waveform_data_packet_record)
    ends = [int(item) for item in starts if item and found.offset_to_point_data < item <= size]
    return max(0, min([size, *ends]) - int(found.offset_to_point_data))


def _crs(found: Any) -> str | None:
    """Return the declared CRS in WKT; ``None`` when there is none or it cannot be read."""
    try:
        declared = found.parse_crs()
    except Exception:  # whatever a broken record makes PROJ or laspy raise
        declared = None
    if declared is not None:
        return str(declared.to_wkt())
    for item in found.vlrs:
        text = getattr(item, "string", "") or ""
        if item.record_id == 2112 and text.strip("\x00 "):
            return str(text).strip("\x00 ")
    return None


@contextmanager
def opened(name: str, path: Path, *, threads: bool = True) -> Iterator[laspy.LasReader]:
    """Open a cloud for reading by chunks, leaving alone the dimensions that nobody needs.

    Raises
    ------
    InvalidError
        ``JUM-S004`` when the file is damaged, also while it is being read.
    """
    import laspy
    import lazrs

    wanted = laspy.DecompressionSelection.base()
    for item in ("Z", "CLASSIFICATION", "FLAGS"):
        wanted |= laspy.DecompressionSelection[item]
    backend = laspy.LazBackend.LazrsParallel if threads else laspy.LazBackend.Lazrs
    try:
        with laspy.open(
            str(path), laz_backend=backend, decompression_selection=wanted, read_evlrs=False
        ) as reader:
            yield reader
    except JumeauError:
        raise
    except (
        laspy.errors.LaspyException, lazrs.LazrsError, OSError, ValueError, RuntimeError,
        struct.error, OverflowError, MemoryError, IndexError, UnicodeDecodeError,
    ) as exc:  # fmt: skip
        detail = " ".join(str(exc).split())[:200] or type(exc).__name__
        raise error("JUM-S004", file=name, detail=detail) from exc


def named_corner(name: str) -> tuple[float, float] | None:
    """Return the north-west corner that the name of an IGN tile says [m], or ``None``.

    ``LHD_FXX_0886_6534_PTS_LAMB93_IGN69`` is the square kilometre east and south of
    (886 000, 6 534 000). Names made of more digits, of smaller tiles, are left alone.
    """
    found = _NAME.findall(PurePosixPath(name).name)
    pairs = [(int(x), int(y)) for x, y in found if int(x) < EASTMOST]
    if len(pairs) != 1:
        return None
    return pairs[0][0] * KM, pairs[0][1] * KM


def displacement(cloud: Cloud, bounds: Bounds) -> tuple[int, int] | None:
    """Return how far a cloud lies from the square kilometre of its name, in whole km (x, y).

    ``None`` when the name says nothing, or when the cloud is where it says, to half a kilometre.
    """
    corner = named_corner(cloud.name)
    if corner is None:
        return None
    middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    dx = middle[0] - corner[0] - KM / 2
    dy = middle[1] - corner[1] + KM / 2
    if abs(dx) <= KM / 2 and abs(dy) <= KM / 2:
        return None
    return round(dx / KM), round(dy / KM)
