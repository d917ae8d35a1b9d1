# SPDX-License-Identifier: EUPL-1.2
"""Files of the shapes and of the pyramid of a table: written whole or not at all, mapped, checked.

``<territory>/cache/tiles/<table>-<state>/`` holds ``shapes.bin`` (arrays one after another),
``manifest.json`` (their places, and a checksum) and, a little later, ``tiles.pmtiles``. The folder
is disposable: it is removed when its table has changed.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import uuid
import zlib
from pathlib import Path

import numpy as np

from jumeau.interop.image import files as images
from jumeau.interop.pyramid import pmtiles, shapes
from jumeau.interop.pyramid.shapes import Shapes
from jumeau.twin.disk import TEMPORARY

FOLDER = "tiles"
SHAPES, MANIFEST, TILES = "shapes.bin", "manifest.json", "tiles.pmtiles"
_ALIGNED = 64


class FaultyError(Exception):
    """A folder does not hold what its manifest says."""


def find(territory: Path, name: str) -> Path | None:
    """Return the folder of a table at a state, if it has been built."""
    owners = {os.getuid(), territory.stat().st_uid}
    for root in images.places(territory):
        found = root / FOLDER / name
        if (found / MANIFEST).is_file() and found.stat().st_uid in owners:
            return found
    return None


def write(place: Path, name: str, held: Shapes) -> Path:
    """Write shapes into a folder of their own; return it."""
    temporary = place / f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir()
    try:
        described, at, total = {}, 0, 0
        with (temporary / SHAPES).open("wb") as file:
            for key, array in shapes.arrays(held).items():
                described[key] = [array.dtype.str, list(array.shape), at]
                content = np.ascontiguousarray(array).data.cast("B") if array.size else b""
                padding = bytes(-(at + len(content)) % _ALIGNED)
                for part in (content, padding):
                    total = zlib.crc32(part, total)
                    file.write(part)
                at += len(content) + len(padding)
        manifest = {"state": name, "size": at, "checksum": total, "arrays": described}
        (temporary / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        final = place / name
        if final.exists():  # faulty, or another has been quicker
            shutil.rmtree(final)
        temporary.rename(final)
        return final
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def clean(place: Path, kept: set[str]) -> None:
    """Remove what is stale and what dead builders left; the caller holds the lock."""
    for path in place.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


class Opened:
    """Shapes of a table mapped into memory, and its pyramid once it is there.

    Parameters
    ----------
    folder : Path
        Folder of the table.

    Raises
    ------
    FaultyError
        When it is not whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive: pmtiles.Archive | None = None
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            with (folder / SHAPES).open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if manifest["state"] != folder.name or len(self._map) != manifest["size"]:
                raise FaultyError(folder)
            if zlib.crc32(self._map) != manifest["checksum"]:
                raise FaultyError(folder)
            found = {}
            for key, (kind, shape, at) in manifest["arrays"].items():
                count = int(np.prod(shape))
                flat = np.frombuffer(self._map, np.dtype(kind), count, at)
                found[key] = flat.reshape(shape)
            self.shapes = shapes.from_arrays(found)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise FaultyError(folder) from exc
        self.release()

    def look(self) -> bool:
        """Open the pyramid if it has come; return whether it is there."""
        path = self.folder / TILES
        if self.archive is None and path.is_file():
            try:
                self.archive = pmtiles.Archive(path)
            except pmtiles.FaultyError:
                path.unlink(missing_ok=True)
        return self.archive is not None

    def release(self) -> None:
        """Let the pages that were read leave this process; they stay in the system's cache."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
        if self.archive is not None:
            self.archive.release()
