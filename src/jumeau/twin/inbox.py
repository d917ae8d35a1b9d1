# SPDX-License-Identifier: EUPL-1.2
"""Files as received: a copy of each, named by the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

from jumeau.base.errors import error

SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
BULKY = (".las", ".laz")
"""Point clouds: hundreds of megabytes a square kilometre, kept where they are."""
EPOCH = (1980, 1, 1, 0, 0, 0)
BLOCK = 1 << 20


def _companions(path: Path) -> list[Path]:
    """Return the files that make one shapefile, or the file alone."""
    if path.suffix.lower() != ".shp":
        return [path]
    found = [
        item
        for item in path.parent.iterdir()
        if item.stem == path.stem and item.suffix.lower() in SIDECARS
    ]
    return sorted(found, key=lambda item: item.suffix.lower())


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


def keep(folder: Path, path: Path, sha256: str) -> Path | None:
    """Copy a received file into ``inbox/`` under its digest; a shapefile as one zip.

    Point clouds are not copied: the source keeps their name and digest.

    Returns
    -------
    Path or None
        The copy; ``None`` when the file was received before, or is a point cloud.
    """
    if path.suffix.lower() in BULKY:
        return None
    box = folder / "inbox"
    box.mkdir(exist_ok=True)
    parts = _companions(path)
    suffix = ".shp.zip" if len(parts) > 1 else "".join(path.suffixes[-2:]).lower()
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
