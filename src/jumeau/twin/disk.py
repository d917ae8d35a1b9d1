# SPDX-License-Identifier: EUPL-1.2
"""Files that are there whole or not at all: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jumeau.base.errors import JumeauError, error

TEMPORARY = ".tmp-"
"""How the names of unfinished files begin."""

_FULL = re.compile(r"no space left|disk is full|disk full|not enough space|quota", re.IGNORECASE)


def failure(exc: BaseException, path: Path | str) -> JumeauError:
    """Return the coded error of a write that failed, whatever library reported it.

    Parameters
    ----------
    exc : BaseException
        What was raised; an :class:`OSError` or the error of a library that says why in its text.
    path : Path or str
        File that was being written.

    Returns
    -------
    JumeauError
        ``JUM-T101`` when the disk is full, else ``JUM-T102``.
    """
    full = getattr(exc, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or _FULL.search(str(exc))
    if full:
        return error("JUM-T101", path=str(path))
    return error("JUM-T102", path=str(path), detail=re.sub(r"\s+", " ", str(exc))[:300])


def sync_folder(folder: Path) -> None:
    """Make the names of a folder durable: without it a rename can be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file durable."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def staged(path: Path, *, durable_name: bool = True) -> Iterator[Path]:
    """Give a temporary path; when the block ends well, the file takes its name in one step.

    Readers see the former file or the new one, never a part; a file of that name shared with a
    fork keeps its content there, since the name alone changes hands.

    Parameters
    ----------
    path : Path
        Final name; its folder exists.
    durable_name : bool
        Whether to fsync the folder too; ``False`` when the caller does it once for many files.

    Yields
    ------
    Path
        Where to write, in the same folder and with the same suffix.

    Raises
    ------
    StorageError
        ``JUM-T101`` when the disk is full, ``JUM-T102`` for another failure of the disk. Nothing
        is left behind.
    """
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}-{path.name}")
    try:
        yield temporary
        sync_file(temporary)
        temporary.replace(path)
        if durable_name:
            sync_folder(path.parent)
    except BaseException as exc:
        for leftover in path.parent.glob(
            f"{glob.escape(temporary.name)}*"
        ):  # journals of SQLite too
            leftover.unlink(missing_ok=True)
        if isinstance(exc, OSError) and not isinstance(exc, JumeauError):
            raise failure(exc, path) from exc
        raise


def write_bytes(path: Path, content: bytes | memoryview, *, durable_name: bool = True) -> None:
    """Write a file whole or not at all; see :func:`staged`."""
    with staged(path, durable_name=durable_name) as temporary:
        temporary.write_bytes(content)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, durably; see :func:`staged` for the errors."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as exc:
        raise failure(exc, folder) from exc


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
