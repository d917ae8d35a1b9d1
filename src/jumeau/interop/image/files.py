# SPDX-License-Identifier: EUPL-1.2
"""Folders of images on the disk: where they are, how they are written, checked, opened, removed.

``<territory>/cache/images/<table>-<state>/`` holds ``rows.arrow`` (Arrow IPC, not compressed),
the arrays of the image as they are in memory, and ``manifest.json`` with the size and the
checksum of each. A folder takes its name in one step once whole; a file that is not what its
manifest says is not read. Where the territory cannot be written, the folder is in the temporary
directory of the system, closed to other users.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import mmap
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.interop.image.state import State
from jumeau.interop.image.table import Image
from jumeau.twin.disk import TEMPORARY

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

logger = logging.getLogger("jumeau")
ROWS = "rows.arrow"
MANIFEST = "manifest.json"
ARRAYS = ("row", "box", "order", "runs", "hashes", "holders", "starts")
_NAME = re.compile(r"[a-z_]+-[0-9a-f]{24}")
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made anew when it is missing.\n"
"""Content of ``CACHEDIR.TAG``: backup programs leave such a folder out."""


class FaultyError(Exception):
    """A folder does not hold what its manifest says."""


# -- where -----------------------------------------------------------------------------------
def cache(folder: Path) -> Path | None:
    """Return the folder of a territory where what is disposable is kept, made if need be.

    Parameters
    ----------
    folder : Path
        Folder of the territory.

    Returns
    -------
    Path or None
        ``cache`` in the territory; where that cannot be written, a private folder of the
        temporary directory; ``None`` when neither can be had.
    """
    own = folder / "cache"
    for place, private in ((own, False), (_elsewhere(folder), True)):
        with suppress(OSError):
            place.mkdir(parents=not private, exist_ok=True, mode=0o700 if private else 0o777)
            state = place.stat()
            if private and (state.st_uid != os.getuid() or state.st_mode & 0o077):
                continue
            if not os.access(place, os.W_OK | os.X_OK):
                continue
            tag = place / "CACHEDIR.TAG"
            if not tag.exists():
                tag.write_text(_TAG, encoding="ascii")
            return place
    return None


def _elsewhere(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jumeau-cache-{os.getuid()}-{name}"


def places(folder: Path) -> tuple[Path, Path]:
    """Return where the disposable files of a territory may be, the usual place first."""
    return (folder / "cache", _elsewhere(folder))


def find(folder: Path, known: State) -> list[Path]:
    """Return the folders that hold an image, the territory's own first."""
    owners = {os.getuid(), folder.stat().st_uid}
    places = (place / "images" / known.name for place in (folder / "cache", _elsewhere(folder)))
    return [path for path in places
            if (path / MANIFEST).is_file() and path.stat().st_uid in owners]  # fmt: skip


@contextmanager
def locked(place: Path) -> Iterator[bool]:
    """Hold the lock of those who build images in a folder; ``False`` when another holds it."""
    with (place / ".lock").open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def clean(place: Path, kept: Sequence[State]) -> None:
    """Remove the images of states that are not the latest, and what dead builders left.

    The caller holds the lock. Those who have an image open keep it until they let it go.
    """
    names = {item.name for item in kept}
    for path in place.iterdir():
        stale = _NAME.fullmatch(path.name) and path.name not in names
        if stale or path.name.startswith(TEMPORARY):
            shutil.rmtree(path, ignore_errors=True)


# -- writing ---------------------------------------------------------------------------------
def seal(folder: Path, known: State, arrays: dict[str, NDArray[Any]], final: Path) -> int:
    """Write the arrays beside the rows, then the manifest, and give the folder its name.

    Parameters
    ----------
    folder : Path
        Temporary folder that holds ``rows.arrow``.
    known : State
        State of the image.
    arrays : dict
        Arrays of the image.
    final : Path
        Name to take.

    Returns
    -------
    int
        Bytes on the disk.
    """
    for name in ARRAYS:
        with (folder / f"{name}.bin").open("wb") as file:
            file.write(np.ascontiguousarray(arrays[name]).data)
    described = {
        path.name: [path.stat().st_size, _checksum(path)] for path in sorted(folder.iterdir())
    }
    manifest = {
        "state": known.name,
        "files": described,
        "arrays": {name: [arrays[name].dtype.str, list(arrays[name].shape)] for name in ARRAYS},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    if final.exists():  # faulty, or another has been quicker
        shutil.rmtree(final)
    folder.rename(final)
    return sum(size for size, _ in described.values())


def _checksum(path: Path) -> int:
    total = 0
    with path.open("rb") as file:
        while part := file.read(2**22):
            total = zlib.crc32(part, total)
    return total


# -- opening ---------------------------------------------------------------------------------
class Opened:
    """An image and the maps that hold it.

    Parameters
    ----------
    folder : Path
        Folder of the image.
    known : State
        State that it must show.

    Raises
    ------
    FaultyError
        When it is not whole.
    """

    def __init__(self, folder: Path, known: State) -> None:
        self.maps: list[mmap.mmap] = []
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["state"] != known.name:
                raise FaultyError(folder)
            data = {
                name: self._map(folder / name, *manifest["files"][name])
                for name in (ROWS, *(f"{name}.bin" for name in ARRAYS))
            }
            arrays = {}
            for name in ARRAYS:
                kind, shape = manifest["arrays"][name]
                arrays[name] = np.frombuffer(data[f"{name}.bin"], np.dtype(kind)).reshape(shape)
            self.image = Image(rows=_table(data[ROWS]), **arrays)
            if not len(self.image.row) == self.image.rows.num_rows == self.image.starts[-1]:
                raise FaultyError(folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise FaultyError(folder) from exc
        self.release()

    def _map(self, path: Path, size: int, checksum: int) -> mmap.mmap | bytes:
        """Map a file whose bytes are those expected."""
        if path.stat().st_size != size:
            raise FaultyError(path)
        if not size:
            return b""
        with path.open("rb") as file:
            found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if zlib.crc32(found) != checksum:
            raise FaultyError(path)
        self.maps.append(found)
        return found

    def release(self) -> None:
        """Let the pages that were read leave this process; they stay in the system's cache."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for item in self.maps:
                item.madvise(mmap.MADV_DONTNEED)


def _table(data: mmap.mmap | bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_file(pa.BufferReader(pa.py_buffer(data))) as reader:
        return reader.read_all()
