# SPDX-License-Identifier: EUPL-1.2
"""Where the data of a file are: plain, in a folder, or in an archive.

A zip or a gzip is opened in place; what a 7z or a tar holds is unpacked apart for as long as it is
used (:mod:`jumeau.sources.unpacking`). A damaged container is refused here, before anything is
read: zip directories and checksums, gzip checksums, the pages of a GeoPackage, the end marks of
Parquet.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.sources import unpacking

VECTOR = (
    *(".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".fgb", ".topojson"),
    *(".kml", ".kmz", ".tab", ".mif", ".gml", ".thf", ".pbf", ".osm", ".gpx"),
)
PARQUET = (".parquet", ".geoparquet", ".pq")
TEXT = (".csv", ".tsv", ".txt")
SHEET = (".xlsx", ".ods")
RASTER = (".tif", ".tiff", ".asc")
SUFFIXES = (*VECTOR, *PARQUET, *TEXT, *SHEET, *RASTER)
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LAYERED = (".gpkg", ".kml", ".kmz", ".gml", ".pbf", ".osm", ".thf", ".gpx", ".topojson")
"""Formats whose files hold layers of their own."""


@dataclass(frozen=True)
class Located:
    """Data found at an address.

    Parameters
    ----------
    uri : Path
        File that the user named.
    name : str
        Name of the data file: the file's own, or that of a member of the archive.
    container : {"", "zip", "gzip"}
        What the data are wrapped in; empty for those unpacked apart.
    sidecars : dict
        {suffix: name} of the files that go with a shapefile or a grid.
    unpacked : Unpacked or None
        Where the files of a 7z or of a tar are meanwhile.
    """

    uri: Path
    name: str
    container: str
    sidecars: dict[str, str]
    unpacked: unpacking.Unpacked | None = field(default=None, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """Folder that names start from, for data that are not in a zip."""
        return self.unpacked.path if self.unpacked else self.uri.parent

    @property
    def suffix(self) -> str:
        """Suffix of the data file, lower case."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """Name of the data file without folder and suffix."""
        return PurePosixPath(self.name).stem

    def called(self, layer: str) -> bool:
        """Tell whether a layer's name is that of the data file or of the archive around it."""
        file = PurePosixPath(self.name)
        own = {self.name, file.name, file.stem, self.uri.stem, self.uri.name.partition(".")[0]}
        return layer.casefold() in {name.casefold() for name in own}

    @property
    def path(self) -> str:
        """Path for GDAL, which opens it in place."""
        if self.container == "zip":
            return f"/vsizip/{{{self.uri.resolve()}}}/{self.name}"
        if self.container == "gzip":
            return f"/vsigzip/{self.uri.resolve()}"
        return str(self.folder / self.name)

    def open(self, suffix: str | None = None) -> IO[bytes]:
        """Open the data, or the sidecar of a suffix, as decompressed bytes."""
        name = self.sidecars[suffix] if suffix else self.name
        if self.container == "zip":
            return _ZipMember(self.uri, name)
        if self.container == "gzip":
            return io.BufferedReader(gzip.open(self.uri))
        return (self.folder / name).open("rb")

    def size(self, suffix: str | None = None) -> int:
        """Return the size of the data, or of a sidecar, once decompressed [bytes]."""
        name = self.sidecars[suffix] if suffix else self.name
        if self.container == "zip":
            with zipfile.ZipFile(self.uri) as archive:
                return archive.getinfo(name).file_size
        if self.container == "gzip":
            with gzip.open(self.uri) as file:
                return file.seek(0, io.SEEK_END)
        return (self.folder / name).stat().st_size

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
    if unpacking.kind(path):
        return 10
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
        data files, ``S006`` no such member, ``S019`` locked by a password, ``S250``–``S255``
        archives that are hostile, out of proportion or incomplete, web pages.
    """
    path = Path(uri)
    _there(path)
    if path.is_dir():
        names = [item.name for item in path.iterdir() if item.is_file()]
        chosen = _choose(path, names, member, raster)
        return locate(str(path / chosen), raster=raster, whole=whole)
    if path.stat().st_size == 0:
        raise error("JUM-S002", file=path.name)
    if unpacking.kind(path):
        found = _in_archive(path, member, raster)
    elif path.suffix.lower() == ".zip":
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


def _there(path: Path) -> None:
    if not path.exists():
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise error("JUM-S001", file=str(path), suggestion=did_you_mean(path.name, near))


def grids(uri: str, *, member: str | None = None) -> list[Located]:
    """Find the grids of a file: itself, or every one that a folder or an archive holds.

    Parameters
    ----------
    uri : str
        File or folder.
    member : str, optional
        Name (or stem) of the only one wanted.

    Returns
    -------
    list of Located
        In the order of their names; what is no grid when there is none.

    Raises
    ------
    JumeauError
        As :func:`locate`.
    """
    path = Path(uri)
    _there(path)
    names: list[str] = []
    if path.is_dir():
        names = tiles(uri)
    elif unpacking.kind(path):
        names = sorted(item.name for item in unpacking.members(path))
    elif path.suffix.lower() == ".zip":
        with _refused_zip(path), zipfile.ZipFile(path) as archive:
            names = sorted(item.filename for item in _contents(path, archive))
    found = [name for name in _visible(names) if PurePosixPath(name).suffix.lower() in RASTER]
    if member or not found:
        return [locate(uri, member=member, raster=True)]
    if path.is_dir():
        return [locate(name, raster=True) for name in found]
    if path.suffix.lower() == ".zip":
        return [_in_zip(path, name, True, whole=True) for name in found]
    wanted = {name for grid in found for name in (grid, *_sidecars(grid, names).values())}
    kept = [item for item in unpacking.members(path) if item.name in wanted]
    apart = unpacking.unpack(path, kept)
    return [Located(path, name, "", _sidecars(name, names), apart) for name in found]


def tiles(folder: str) -> list[str]:
    """Return the grids of a folder and of those below it, in the order of their names."""
    names = sorted(str(item) for item in Path(folder).rglob("*") if item.is_file())
    return [name for name in _visible(names) if PurePosixPath(name).suffix.lower() in RASTER]


def _visible(names: Iterable[str]) -> list[str]:
    """Return the names that are no leftovers of a computer's own."""
    return [
        name
        for name in names
        if "__MACOSX" not in name and not PurePosixPath(name).name.startswith(".")
    ]


def _in_archive(path: Path, member: str | None, raster: bool) -> Located:
    """Unpack the data file of a 7z or of a tar, with those that go with it."""
    known = unpacking.members(path)
    names = [item.name for item in known]
    chosen = _choose(path, names, member, raster)
    folder = PurePosixPath(chosen).parent
    if chosen.lower().endswith(".thf"):  # EDIGÉO: every file of the exchange
        wanted = {name for name in names if PurePosixPath(name).parent == folder}
    else:
        wanted = {chosen, *_sidecars(chosen, names).values()}
    apart = unpacking.unpack(path, [item for item in known if item.name in wanted])
    return Located(path, chosen, "", _sidecars(chosen, names), apart)


def _sidecars(name: str, names: Iterable[str]) -> dict[str, str]:
    me = PurePosixPath(name)
    return {
        PurePosixPath(item).suffix.lower(): item
        for item in names
        if PurePosixPath(item).parent == me.parent
        and PurePosixPath(item).stem.casefold() == me.stem.casefold()
    }


def _choose(path: Path, names: list[str], member: str | None, raster: bool) -> str:
    data = [name for name in _visible(names) if PurePosixPath(name).suffix.lower() in SUFFIXES]
    kinds = [name for name in data if (PurePosixPath(name).suffix.lower() in RASTER) == raster]
    data = kinds or data
    plain = [name for name in data if not PurePosixPath(name).name.lower().endswith(".txt")]
    data = plain or data
    if not data:
        raise error("JUM-S003", file=path.name, suffix=_seen(names), known=list(SUFFIXES))
    if member:
        found = _called(member, data)
        if len(found) > 1:  # the same layer of several départements, say
            raise error("JUM-S005", file=path.name, layers=found, example=found[0])
        if found:
            return found[0]
        layered = [
            name for name in data if PurePosixPath(name).suffix.lower() in (*LAYERED, *SHEET)
        ]
        if len(data) > 1 and len(layered) == 1:
            return layered[0]
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


def _called(member: str, names: Sequence[str]) -> list[str]:
    """Return the names that a layer's name designates: whole path, file name, or stem."""
    wanted = member.casefold()
    for said in (
        lambda name: name,
        lambda name: PurePosixPath(name).name,
        lambda name: PurePosixPath(name).stem,
    ):
        found = [name for name in names if said(name).casefold() == wanted]
        if found:
            return sorted(found)
    return []


def _seen(names: list[str]) -> str:
    return ", ".join(sorted({PurePosixPath(name).suffix or "∅" for name in names})) or "∅"


@contextmanager
def _refused_zip(path: Path) -> Iterator[None]:
    try:
        yield
    except JumeauError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as exc:
        raise error("JUM-S004", file=path.name, detail=str(exc)) from exc


def _contents(path: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of a zip, once its table of contents is found sound."""
    infos = [item for item in archive.infolist() if not item.is_dir()]
    if not infos:
        raise error("JUM-S002", file=path.name)
    packed, unpacked = (sum(sizes) for sizes in zip(*map(_sizes, infos), strict=True))
    unpacking.check(path.name, [item.filename for item in infos], packed, unpacked)
    return infos


def _sizes(info: zipfile.ZipInfo) -> tuple[int, int]:
    return (info.compress_size, info.file_size)


def _in_zip(path: Path, member: str | None, raster: bool, *, whole: bool) -> Located:
    with _refused_zip(path), zipfile.ZipFile(path) as archive:
        infos = {item.filename: item for item in _contents(path, archive)}
        chosen = _choose(path, list(infos), member, raster)
        sidecars = _sidecars(chosen, infos)
        if infos[chosen].flag_bits & 0x1:
            raise error("JUM-S019", file=path.name)
        if whole:
            for name in {chosen, *(sidecars[key] for key in SHAPEFILE if key in sidecars)}:
                with archive.open(name) as file:
                    while file.read(1 << 20):
                        pass
    return Located(path, chosen, "zip", sidecars)


def _whole_gzip(path: Path) -> None:
    try:
        packed, size = path.stat().st_size, 0
        with gzip.open(path) as file:
            while block := file.read(1 << 20):
                size += len(block)
                unpacking.check(path.name, (), packed, size)
    except (OSError, EOFError, zlib.error) as exc:
        raise error("JUM-S004", file=path.name, detail=str(exc)) from exc


def _whole_content(found: Located) -> None:
    """Compare what a file says of its own content with its content."""
    with found.open() as file:
        head = file.read(2048)
    if found.suffix == ".gpkg":
        if not head.startswith(b"SQLite format 3\x00"):
            raise error("JUM-S004", file=found.name, detail="SQLite")
        page = int.from_bytes(head[16:18], "big") or 1
        expected = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        fresh = head[24:28] == head[92:96]  # the page count is valid only then (SQLite §1.3.8)
        if fresh and expected and found.size() < expected:
            detail = f"{found.size()} < {expected} B"
            raise error("JUM-S004", file=found.name, detail=detail)
        if not found.container:
            _sound_pages(found)
    elif found.suffix in PARQUET:
        if head[:4] != b"PAR1":
            raise error("JUM-S004", file=found.name, detail="Parquet")
    elif found.suffix == ".shp":
        _whole_shapefile(found)
    elif found.suffix not in SHEET:
        _no_answer(found, head)


def _no_answer(found: Located, head: bytes) -> None:
    """Refuse what a service or a proxy wrote in the place of the data."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    markup = text[:1] == b"<"
    if not markup:
        return
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text[:512]:
        raise error("JUM-S254", file=found.name, detail="HTML")
    if b"exceptionreport" in text or b"serviceexception" in text:
        told = re.sub(rb"<[^>]*>|\s+", b" ", head).decode("utf-8", "replace").split()
        raise error("JUM-S254", file=found.name, detail=" ".join(told)[:200] or "ExceptionReport")


def _sound_pages(found: Located) -> None:
    """Have SQLite walk through the pages of a GeoPackage: damaged ones may still read."""
    import sqlite3

    address = Path(found.path).resolve().as_uri() + "?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            told = base.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as exc:
        raise error("JUM-S004", file=found.name, detail=str(exc)[:200]) from exc
    if told is None or told[0] != "ok":
        detail = " ".join(str(told[0] if told else "").split())[:200]
        raise error("JUM-S004", file=found.name, detail=detail)


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
