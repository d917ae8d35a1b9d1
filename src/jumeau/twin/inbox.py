# SPDX-License-Identifier: EUPL-1.2
"""Files as received: a copy of each, named by the SHA-256 of its bytes."""

from __future__ import annotations

import glob
import hashlib
import re
import shutil
import zipfile
from pathlib import Path

from jumeau.base.errors import error

SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
PARTS = {
    ".shp": SIDECARS,
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
    ".thf": (".thf", ".vec", ".geo", ".gen", ".qal", ".dic", ".scd"),
}
"""Suffixes of the files that make one layer with the file named; an EDIGÉO fills its folder."""
BULKY = (".las", ".laz")
"""Point clouds: hundreds of megabytes a square kilometre, kept where they are."""
LARGE = 256 << 20
"""Size above which a grid or an archive is kept where it is [bytes]."""
GRIDS = (".tif", ".tiff", ".asc", ".7z", ".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".tbz2")
"""Suffixes of grids and of archives."""
EPOCH = (1980, 1, 1, 0, 0, 0)
BLOCK = 1 << 20


def _companions(path: Path) -> list[Path]:
    """Return the files that make one layer or one split archive, or the file alone."""
    suffix = path.suffix.lower()
    wanted = PARTS.get(suffix, ())
    if re.search(r"\.7z\.\d{3}$", path.name.lower()):
        found = list(path.parent.glob(f"{glob.escape(path.stem)}.[0-9][0-9][0-9]"))
    elif wanted:
        found = [
            item
            for item in path.parent.iterdir()
            if item.suffix.lower() in wanted and (suffix == ".thf" or item.stem == path.stem)
        ]
    else:
        return [path]
    return sorted(found, key=lambda item: (item.suffix.lower(), item.name))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file; of a shapefile, that of all its parts in order.

    Raises
    ------
    MissingFileError
        ``JUM-T023`` if there is no such file.
    """
    if not path.is_file():
        raise error("JUM-T023", file=path)
    sha = hashlib.sha256()
    parts = _companions(path)
    for part in parts:
        if len(parts) > 1:
            sha.update(part.suffix.lower().encode())
        with part.open("rb") as file:
            while block := file.read(BLOCK):
                sha.update(block)
    return sha.hexdigest()


def large(path: Path) -> int:
    """Return the size of a grid or an archive too large to be copied [bytes]; else 0."""
    volume = re.search(r"\.7z\.\d{3}$", path.name.lower())
    if path.suffix.lower() not in GRIDS and not volume:
        return 0
    size = sum(part.stat().st_size for part in _companions(path))
    return size if size > LARGE else 0


def keep(folder: Path, path: Path, sha256: str) -> Path | None:
    """Copy a received file into ``inbox/`` under its digest; a shapefile as one zip.

    Point clouds, and grids and archives above :data:`LARGE`, are not copied: the source keeps
    their name and digest.

    Returns
    -------
    Path or None
        The copy; ``None`` when the file was received before, or stays where it is.
    """
    if path.suffix.lower() in BULKY or large(path):
        return None
    box = folder / "inbox"
    box.mkdir(exist_ok=True)
    parts = _companions(path)
    suffix = f"{path.suffix.lower()}.zip" if len(parts) > 1 else "".join(path.suffixes[-2:]).lower()
    target = box / f"{sha256}{suffix}"
    if target.exists():
        return None
    partial = box / f".{sha256}.part"
    try:
        if len(parts) > 1:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in parts:
                    info = zipfile.ZipInfo(part.name, EPOCH)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(info, part.read_bytes())
        else:
            shutil.copyfile(path, partial)
        partial.rename(target)
    except OSError as exc:
        partial.unlink(missing_ok=True)
        raise error("JUM-T013", folder=folder, detail=str(exc)) from exc
    return target


def clean(folder: Path, known: set[str]) -> list[Path]:
    """Remove the copies of files that no source refers to; return them."""
    box = folder / "inbox"
    if not box.is_dir():
        return []
    gone = [
        item
        for item in box.iterdir()
        if item.name.startswith(".") or item.name.partition(".")[0] not in known
    ]
    for item in gone:
        item.unlink()
    return gone
