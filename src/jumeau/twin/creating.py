# SPDX-License-Identifier: EUPL-1.2
"""Creation of a territory's folder: ``territory.toml`` comes last, so that a stop leaves no trap.

A folder whose creation was stopped holds a mark and no ``territory.toml``: it is no territory yet,
and creating it again begins afresh.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jumeau.base.errors import error
from jumeau.twin import config, locks
from jumeau.twin.store import prepare_sqlite

MARK = ".creating"


@contextmanager
def begun(folder: Path, settings: config.Config) -> Iterator[None]:
    """Hold a folder while its catalogue is made; write ``territory.toml`` at the end.

    Parameters
    ----------
    folder : Path
        New or empty folder, or one whose creation was stopped.
    settings : Config
        Content of ``territory.toml``.

    Raises
    ------
    InvalidError
        ``JUM-T034`` if somebody has created it meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locks.folder_lock(folder, "create"):
        refuse_taken(folder)
        _forget(folder, settings)
        (folder / MARK).touch()
        for part in ("rasters", "inbox", *(() if "://" in settings.data else (settings.data,))):
            (folder / part).mkdir(parents=True, exist_ok=True)
        address = settings.address(folder)
        if not address.shared:
            prepare_sqlite(address.sqlite_path)
        yield
        config.write(folder, settings)
        (folder / MARK).unlink()


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that holds anything but the remains of a creation that was stopped.

    Raises
    ------
    InvalidError
        ``JUM-T034``.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise error("JUM-T034", folder=folder)
    names = {path.name for path in folder.iterdir()} - {".lock"}
    if names and (MARK not in names or config.FILE in names):
        raise error("JUM-T034", folder=folder)


def _forget(folder: Path, settings: config.Config) -> None:
    """Remove what a creation that was stopped left; its folders, still empty, serve again."""
    address = settings.address(folder)
    if (folder / MARK).exists() and not address.shared:
        for end in ("", "-wal", "-shm", "-journal"):
            address.sqlite_path.with_name(address.catalog + end).unlink(missing_ok=True)
    (folder / ".writing").unlink(missing_ok=True)
