# SPDX-License-Identifier: EUPL-1.2
"""A QGIS project of a territory (3.28 and later): everything ready when it opens.

A ``.qgz`` and the GeoPackage beside it. Facts with their estimates beside them, results by street
and by district, rasters with the classes of their legends, findings where they are, names of
attributes with units, words of codes, licences and sources, a print layout. No layer comes from
somebody else's server. The same version gives the same bytes.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jumeau.base.contract import Progress
from jumeau.base.errors import JumeauError, error

if TYPE_CHECKING:
    from datetime import datetime

    from jumeau.interop.qgis.contents import Content
    from jumeau.twin.territory import Territory

__all__ = ["SUFFIX", "Written", "default_path", "write"]

SUFFIX = ".qgz"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of the entries of the archive: the first one that a zip can hold."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Parameters
    ----------
    path : Path
        The project.
    data : Path or None
        The GeoPackage beside it; ``None`` when the territory has no row.
    rasters : tuple of Path
        Descriptions of the rasters of a past version, written beside it.
    layers : int
        Layers in the project.
    relative : bool
        Whether it finds the rasters by relative paths: project and territory move together.
    version : int
        Version of the twin.
    """

    path: Path
    data: Path | None
    rasters: tuple[Path, ...]
    layers: int
    relative: bool
    version: int


def default_path(territory: Territory) -> Path:
    """Return where a project goes when nobody says: beside the folder of the territory.

    Parameters
    ----------
    territory : Territory
        Live or past: the name of a past one bears its version.
    """
    past = f"-v{territory.version}" if territory.readonly else ""
    return territory.path.parent / f"{territory.path.stem}{past}{SUFFIX}"


def write(
    territory: Territory,
    path: str | Path | None = None,
    *,
    force: bool = False,
    url: str = "",
    progress: Progress | None = None,
) -> Written:
    """Write the QGIS project of a territory, at its version, in the language in force.

    Parameters
    ----------
    territory : Territory
        Live or past.
    path : str or Path, optional
        Project, in ``.qgz``; :func:`default_path` by default.
    force : bool
        Whether existing files may be replaced.
    url : str
        Address of a running ``jumeau serve``: the project then also has a group that reads the
        facts there, by OGC API – Features, unchecked.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    Written
        The files.

    Raises
    ------
    InvalidError
        ``JUM-I040`` for another suffix, ``JUM-I041`` for an address that is not one of the web,
        ``JUM-T121`` when a file exists.
    MissingFileError
        ``JUM-T122`` when the folder does not exist.
    StorageError
        ``JUM-T101`` when the disk is full, ``JUM-T102``; nothing is left behind.
    """
    target = (Path(path).expanduser() if path else default_path(territory)).absolute()
    check_url(url)
    # Its own view and one transaction: every query sees the same version, whatever is written.
    view = territory.at(version=territory.version)
    try:
        view.store.cursor.execute("BEGIN TRANSACTION READ ONLY")
        return _write(view, target, not territory.readonly, url, progress, force=force)
    finally:
        view.close()


def _write(
    view: Territory,
    target: Path,
    live: bool,
    url: str,
    progress: Progress | None,
    *,
    force: bool,
) -> Written:
    from jumeau.interop.qgis import contents, project

    data = target.with_suffix(".gpkg")
    tiled = _rasters(view, target, live=live)
    beside = () if live else tuple(tiled.values())
    check_target(target, [data, *beside], force=force)
    relative = _moves_with(target.parent, view.path)
    held = contents.gather(view)
    moment = _moment(view)
    paths = {
        name: project.written(item, target.parent, relative=relative)
        for name, item in tiled.items()
    }
    day = moment.date().isoformat()
    given = project.Setting(view, day, held, data.name, paths, live, url)
    document, layers = project.compose(given, relative=relative)
    # The project takes its name once its data are whole.
    with _package(view, held, data, moment, progress):
        if not live:
            _pinned(view, tiled, relative=relative)
        _archive(target, document)
    return Written(target, data if held else None, beside, len(layers), relative, view.version)


# -- where -------------------------------------------------------------------------------------
def check_target(path: Path, others: Iterable[Path], *, force: bool = False) -> None:
    """Refuse a file that cannot be written; see :func:`write` for the errors."""
    if path.suffix.lower() != SUFFIX:
        raise error("JUM-I040", path=path.name, suggestion=path.with_suffix(SUFFIX).name)
    if not path.parent.is_dir():
        raise error("JUM-T122", folder=str(path.parent))
    for item in (path, *others):
        if item.is_dir() or (item.exists() and not force):
            raise error("JUM-T121", path=str(item))


def check_url(url: str) -> None:
    """Refuse what is not an address of the web.

    Raises
    ------
    InvalidError
        ``JUM-I041``.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname
        wrong = wrong or any(sign.isspace() for sign in url) or (parts.port or 1) < 1
    except ValueError:
        wrong = True
    if wrong:
        raise error("JUM-I041", url=url[:200])


def _moves_with(folder: Path, territory: Path) -> bool:
    """Return whether a project lies in the territory's folder, or beside it."""
    here, there = folder.resolve(), territory.resolve()
    return here == there or there in here.parents or here == there.parent


def _moment(territory: Territory) -> datetime:
    """Return when the version was made."""
    rows = territory.versions()
    times = rows.loc[rows["version"] == territory.version, "time"]
    found: datetime = (times if len(times) else rows["time"]).iloc[-1].to_pydatetime()
    return found


# -- files -------------------------------------------------------------------------------------
def _rasters(territory: Territory, target: Path, *, live: bool) -> dict[str, Path]:
    """Return the raster layers that hold data, each with the VRT that the project reads.

    The twin's own for its latest version; for a past one, a VRT beside the project.
    """
    from jumeau.twin import cog, schema

    found = {}
    for name in schema.layers():
        if not territory.raster(name).files:
            continue
        own = territory.path / cog.FOLDER / f"{name}.vrt"
        found[name] = own if live else target.with_name(f"{target.stem}-{name}.vrt")
    return found


def _pinned(territory: Territory, tiled: dict[str, Path], *, relative: bool) -> None:
    """Write the VRTs of a past version."""
    from jumeau.twin import cog, disk

    for name, path in tiled.items():
        files = territory.raster(name).files
        if relative:
            # “./” keeps a VRT inside the territory from being taken as one of its rasters/.
            base = os.path.relpath(territory.path.resolve(), path.parent.resolve())
            files = {tile: f"./{Path(base).as_posix()}/{file}" for tile, file in files.items()}
        root = "" if relative else territory.path.resolve().as_posix()
        disk.write_bytes(path, cog.vrt(name, files, territory.crs, root=root).encode())


@contextmanager
def _package(
    territory: Territory,
    held: Sequence[Content],
    path: Path,
    moment: datetime,
    progress: Progress | None,
) -> Iterator[None]:
    """Write the GeoPackage, which takes its name when the block ends well; none without rows."""
    from jumeau.interop.qgis import package
    from jumeau.twin import disk

    if not held:
        yield
        return
    try:
        with disk.staged(path) as temporary:
            package.write(territory, held, temporary, moment, progress)
            yield
    except JumeauError:
        raise
    except Exception as exc:
        if type(exc).__module__.partition(".")[0] in {"pyogrio", "pyarrow", "duckdb"}:
            raise disk.failure(exc, path) from exc
        raise


def _archive(path: Path, document: bytes) -> None:
    """Write the project as a zip of one entry, without a date."""
    from jumeau.twin import disk

    entry = zipfile.ZipInfo(path.with_suffix(".qgs").name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(entry, document)
    disk.write_bytes(path, held.getvalue())
