# SPDX-License-Identifier: EUPL-1.2
"""Where the data of a file are: plain, in a folder, in a zip or a gzip, always opened in place.

A damaged container is refused here, before anything is read: zip directories and checksums,
gzip checksums, the page count of a GeoPackage, the end marks of Parquet.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from jumeau.base.errors import JumeauError, did_you_mean, error

VECTOR = (".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".fgb")
PARQUET = (".parquet", ".geoparquet", ".pq")
TEXT = (".csv", ".tsv", ".txt")
SHEET = (".xlsx", ".ods")
RASTER = (".tif", ".tiff", ".asc")
SUFFIXES = (*VECTOR, *PARQUET, *TEXT, *SHEET, *RASTER)
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GDAL = {"zip": "/vsizip/", "gzip": "/vsigzip/"}


@dataclass(frozen=True)
class Located:
    """Data found at an address.

    Parameters
    ----------
    uri : Path
        File that the user named.
    name : str
        Name of the data file: the file's own, or that of a member of the zip.
    container : {"", "zip", "gzip"}
        What the data are wrapped in.
    sidecars : dict
        {suffix: name} of the files that go with a shapefile or a grid.
    """

    uri: Path
    name: str
    container: str
    sidecars: dict[str, str]

    @property
    def suffix(self) -> str:
        """Suffix of the data file, lower case."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """Name of the data file without folder and suffix."""
        return PurePosixPath(self.name).stem

    @property
    def path(self) -> str:
        """Path for GDAL, which opens it in place."""
        if self.container == "zip":
            return f"/vsizip/{{{self.uri.resolve()}}}/{self.name}"
        if self.container == "gzip":
            return f"/vsigzip/{self.uri.resolve()}"
        return str(self.uri.parent / self.name)

    def open(self, suffix: str | None = None) -> IO[bytes]:
        """Open the data, or the sidecar of a suffix, as decompressed bytes."""
        name = self.sidecars[suffix] if suffix else self.name
        if self.container == "zip":
            return _ZipMember(self.uri, name)
        if self.container == "gzip":
            return io.BufferedReader(gzip.open(self.uri))
        return (self.uri.parent / name).open("rb")

    def size(self, suffix: str | None = None) -> int:
        """Return the size of the data, or of a sidecar, once decompressed [bytes]."""
        name = self.sidecars[suffix] if suffix else self.name
        if self.container == "zip":
            with zipfile.ZipFile(self.uri) as archive:
                return archive.getinfo(name).file_size
        if self.container == "gzip":
            with gzip.open(self.uri) as file:
                return file.seek(0, io.SEEK_END)
        return (self.uri.parent / name).stat().st_size

    def bytes(self) -> bytes:
        """Return the data whole."""
        with self.open() as file:
            return file.read()


class _ZipMember(io.BufferedReader):
    """Member of a zip that closes its archive with itself."""

    def __init__(self, path: Path, name: str) -> None:
        self._archive = zipfile.ZipFile(path)
        super().__init__(self._archive.open(name))  # type: ignore[arg-type]

    def close(self) -> None:
        super().close()
        self._archive.close()


def claims(uri: str) -> int:
    """Return a priority for a file by its suffix, that inside a zip or gzip included."""
    path = Path(uri)
    suffixes = [item.lower() for item in path.suffixes]
    if not suffixes:
        return 0
    if suffixes[-1] == ".gz":
        inner = suffixes[-2] if len(suffixes) > 1 else ""
        return 10 if inner in SUFFIXES else 0
    return 10 if suffixes[-1] in {*SUFFIXES, ".zip"} else 0


def locate(
    uri: str, *, member: str | None = None, raster: bool = False, whole: bool = True
) -> Located:
    """Find the data of a file.

    Parameters
    ----------
    uri : str
        File or folder.
    member : str, optional
        Name (or stem) of the data file in a zip or folder that holds several.
    raster : bool
        Whether a raster is wanted.
    whole : bool
        Whether to verify that the container is whole.

    Raises
    ------
    JumeauError
        ``JUM-S001`` missing, ``S002`` empty, ``S003`` format, ``S004`` damaged, ``S005`` several
        data files, ``S006`` no such member, ``S019`` locked by a password.
    """
    path = Path(uri)
    if not path.exists():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise error("JUM-S001", file=uri, suggestion=did_you_mean(path.name, near))
    if path.is_dir():
        names = [item.name for item in path.iterdir() if item.is_file()]
        chosen = _choose(path, names, member, raster)
        return locate(str(path / chosen), raster=raster, whole=whole)
    if path.stat().st_size == 0:
        raise error("JUM-S002", file=path.name)
    if path.suffix.lower() == ".zip":
        found = _in_zip(path, member, raster, whole=whole)
    elif path.suffix.lower() == ".gz":
        found = Located(path, path.stem, "gzip", {})
        if whole:
            _whole_gzip(path)
    else:
        names = [item.name for item in path.parent.iterdir()]
        found = Located(path, path.name, "", _sidecars(path.name, names))
    if found.suffix not in SUFFIXES:
        raise error("JUM-S003", file=path.name, suffix=found.suffix or "∅", known=list(SUFFIXES))
    if found.size() == 0:
        raise error("JUM-S002", file=found.name)
    if whole:
        _whole_content(found)
    return found


def _sidecars(name: str, names: Iterable[str]) -> dict[str, str]:
    me = PurePosixPath(name)
    return {
        PurePosixPath(item).suffix.lower(): item
        for item in names
        if PurePosixPath(item).parent == me.parent
        and PurePosixPath(item).stem.casefold() == me.stem.casefold()
    }


def _choose(path: Path, names: list[str], member: str | None, raster: bool) -> str:
    data = [
        name
        for name in names
        if PurePosixPath(name).suffix.lower() in SUFFIXES
        and "__MACOSX" not in name
        and not PurePosixPath(name).name.startswith(".")
    ]
    kinds = [name for name in data if (PurePosixPath(name).suffix.lower() in RASTER) == raster]
    data = kinds or data
    plain = [name for name in data if not PurePosixPath(name).name.lower().endswith(".txt")]
    data = plain or data
    if not data:
        raise error("JUM-S003", file=path.name, suffix=_seen(names), known=list(SUFFIXES))
    if member:
        stems = {PurePosixPath(name).stem.casefold(): name for name in data}
        stems |= {PurePosixPath(name).name.casefold(): name for name in data}
        stems |= {name.casefold(): name for name in data}
        if member.casefold() in stems:
            return stems[member.casefold()]
        if len(data) > 1:
            known = sorted({PurePosixPath(name).stem for name in data})
            suggestion = did_you_mean(member, known)
            raise error(
                "JUM-S006", file=path.name, layer=member, known=known, suggestion=suggestion
            )
    if len(data) > 1:
        known = sorted(PurePosixPath(name).stem for name in data)
        raise error("JUM-S005", file=path.name, layers=known, example=known[0])
    return data[0]


def _seen(names: list[str]) -> str:
    return ", ".join(sorted({PurePosixPath(name).suffix or "∅" for name in names})) or "∅"


def _in_zip(path: Path, member: str | None, raster: bool, *, whole: bool) -> Located:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {item.filename: item for item in archive.infolist() if not item.is_dir()}
            if not infos:
                raise error("JUM-S002", file=path.name)
            chosen = _choose(path, list(infos), member, raster)
            sidecars = _sidecars(chosen, infos)
            if infos[chosen].flag_bits & 0x1:
                raise error("JUM-S019", file=path.name)
            if whole:
                for name in {chosen, *(sidecars[key] for key in SHAPEFILE if key in sidecars)}:
                    with archive.open(name) as file:
                        while file.read(1 << 20):
                            pass
    except JumeauError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as exc:
        raise error("JUM-S004", file=path.name, detail=str(exc)) from exc
    return Located(path, chosen, "zip", sidecars)


def _whole_gzip(path: Path) -> None:
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as exc:
        raise error("JUM-S004", file=path.name, detail=str(exc)) from exc


def _whole_content(found: Located) -> None:
    """Compare what a file says of its own length with its length."""
    if found.suffix == ".gpkg":
        with found.open() as file:
            head = file.read(100)
        if not head.startswith(b"SQLite format 3\x00"):
            raise error("JUM-S004", file=found.name, detail="SQLite")
        page = int.from_bytes(head[16:18], "big") or 1
        expected = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        fresh = head[24:28] == head[92:96]  # the page count is valid only then (SQLite §1.3.8)
        if fresh and expected and found.size() < expected:
            detail = f"{found.size()} < {expected} B"
            raise error("JUM-S004", file=found.name, detail=detail)
    elif found.suffix in PARQUET:
        with found.open() as file:
            head = file.read(4)
        if head != b"PAR1":
            raise error("JUM-S004", file=found.name, detail="Parquet")
    elif found.suffix == ".shp":
        _whole_shapefile(found)


def _whole_shapefile(found: Located) -> None:
    with found.open() as file:
        head = file.read(100)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
        raise error("JUM-S004", file=found.name, detail="ESRI Shapefile")
    expected, size = 2 * int.from_bytes(head[24:28], "big"), found.size()
    if size < expected:
        raise error("JUM-S004", file=found.name, detail=f"{size} < {expected} B")
    if ".dbf" not in found.sidecars:
        return
    with found.open(".dbf") as file:
        head = file.read(32)
    records = int.from_bytes(head[4:8], "little")
    expected = int.from_bytes(head[8:10], "little") + records * int.from_bytes(
        head[10:12], "little"
    )
    size = found.size(".dbf")
    if len(head) < 32 or size < expected - 1:
        detail = f"{size} < {expected} B"
        raise error("JUM-S004", file=found.sidecars[".dbf"], detail=detail)
