# SPDX-License-Identifier: EUPL-1.2
"""Dated cache of what services answered: an entry is there only when it is whole.

Layout::

    CACHE/
      <publisher>/<dataset>/<YYYYMMDDTHHMMSSZ>-<key>/
        <dataset>.parquet, or the files as downloaded
        sidecar.json      address, query, date, announced, received, licence, sha256 of each file…
      .partial/<key>/     work under way: pages and beginnings of downloads
      .partial/<key>.lock held by whoever works at it: two processes never do the same work

``key`` is the digest of what was asked (:func:`key_of`). An entry is written under ``.partial`` and
renamed at its end, so that a stop at any moment leaves either nothing or all of it. Each file is
compared with its SHA-256 when it is used; an entry that differs is as if it were not there. Nothing
that was refused ever comes here. Ordinary files that people put in the folder are left alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SIDECAR = "sidecar.json"
PARTIAL = ".partial"
PAGES_LAST = timedelta(hours=6)
"""Age beyond which the pages of an interrupted work are asked again: the service has moved on."""
WORK_LASTS = timedelta(days=2)
"""Age beyond which an interrupted work is forgotten."""
_STAMP = "%Y%m%dT%H%M%SZ"


def default_folder() -> Path:
    """Return the folder of the cache: ``JUMEAU_CACHE``, else the user's own cache."""
    given = os.environ.get("JUMEAU_CACHE")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "jumeau"


def key_of(*parts: Any) -> str:
    """Return the digest of what is asked: the same question has the same key."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


@dataclass(frozen=True)
class Entry:
    """A whole answer in the cache.

    Parameters
    ----------
    folder : Path
        Its folder.
    sidecar : dict
        What its ``sidecar.json`` says.
    """

    folder: Path
    sidecar: dict[str, Any]

    @property
    def dataset(self) -> str:
        """Name of the dataset."""
        return str(self.sidecar["dataset"])

    @property
    def key(self) -> str:
        """Digest of what was asked."""
        return str(self.sidecar["key"])

    @property
    def date(self) -> datetime:
        """When it was received, UTC."""
        return datetime.fromisoformat(str(self.sidecar["date"]))

    @property
    def files(self) -> list[Path]:
        """Its files, in order."""
        return [self.folder / name for name in self.sidecar["sha256"]]

    def whole(self) -> bool:
        """Return whether each file is there and is the one that was received."""
        return all(
            (self.folder / name).is_file() and digest(self.folder / name) == sha
            for name, sha in self.sidecar["sha256"].items()
        )


class Cache:
    """Cache in a folder.

    Parameters
    ----------
    folder : str or Path, optional
        Folder; :func:`default_folder` by default. It is made when something is kept.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder).expanduser() if folder else default_folder()

    def entries(self, dataset: str | None = None) -> list[Entry]:
        """Return whole entries, the newest first.

        Parameters
        ----------
        dataset : str, optional
            Only those of this dataset.
        """
        return sorted(self._entries(dataset), key=lambda item: (item.date, item.key), reverse=True)

    def _entries(self, dataset: str | None) -> Iterator[Entry]:
        pattern = f"*/{dataset or '*'}/*/{SIDECAR}"
        for path in self.folder.glob(pattern):
            if PARTIAL in path.parts:
                continue
            try:
                sidecar = json.loads(path.read_text(encoding="utf-8"))
                found = Entry(path.parent, sidecar)
                found.date, found.key, found.files  # noqa: B018 - it must have them
            except (OSError, ValueError, KeyError, TypeError):
                continue
            yield found

    def latest(self, dataset: str, key: str, after: datetime | None = None) -> Entry | None:
        """Return the newest whole entry that answers a question; a damaged one does not count.

        Parameters
        ----------
        dataset, key : str
            Dataset, and digest of the question.
        after : datetime, optional
            Only if it is not older.
        """
        for entry in self.entries(dataset):
            if entry.key == key and (after is None or entry.date >= after) and entry.whole():
                return entry
        return None

    def damaged(self, dataset: str, key: str) -> list[Entry]:
        """Return the entries whose files are no longer those received."""
        return [item for item in self.entries(dataset) if item.key == key and not item.whole()]

    def work(self, key: str) -> Path:
        """Return the folder of the work under way for a question, made if needed."""
        folder = self.folder / PARTIAL / key
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def held(self, key: str) -> Iterator[bool]:
        """Hold the work of a question; another process that asks the same one waits.

        Parameters
        ----------
        key : str
            Digest of the question.

        Yields
        ------
        bool
            Whether somebody else was at it: the answer may have come meanwhile.
        """
        path = self.folder / PARTIAL / f"{key}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            waited = False
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = True
                fcntl.flock(file, fcntl.LOCK_EX)
            yield waited  # closing the file lets go of it

    def keep(self, publisher: str, dataset: str, key: str, facts: Mapping[str, Any]) -> Entry:
        """Make an entry of the work under way: its files named by ``facts["files"]`` and a sidecar.

        Parameters
        ----------
        publisher, dataset, key : str
            Where it goes.
        facts : mapping
            Content of the sidecar; ``files`` lists the names, in order, of the files of the work.

        Returns
        -------
        Entry
            Visible at once, and whole.
        """
        work = self.work(key)
        date = datetime.now(UTC).replace(microsecond=0)
        names = list(facts["files"])
        sidecar = {
            "dataset": dataset,
            "key": key,
            "date": date.isoformat(),
            **{name: value for name, value in facts.items() if name != "files"},
            "sha256": {name: digest(work / name) for name in names},
        }
        staged = work / "entry"
        if staged.exists():
            shutil.rmtree(staged)
        staged.mkdir()
        for name in names:
            _synced(work / name)
            (work / name).rename(staged / name)
        text = json.dumps(sidecar, ensure_ascii=False, indent=2, default=str)
        (staged / SIDECAR).write_text(text, encoding="utf-8")
        _synced(staged / SIDECAR)
        home = self.folder / publisher / dataset
        home.mkdir(parents=True, exist_ok=True)
        target = home / f"{date.strftime(_STAMP)}-{key}"
        if target.exists():  # asked twice within a second
            shutil.rmtree(target)
        staged.rename(target)
        shutil.rmtree(work, ignore_errors=True)
        return Entry(target, sidecar)

    def tidy(self) -> None:
        """Forget the works that nobody went on with for two days."""
        limit = datetime.now(UTC).timestamp() - WORK_LASTS.total_seconds()
        for folder in (self.folder / PARTIAL).glob("*"):
            times = [path.stat().st_mtime for path in (folder, *folder.rglob("*"))]
            if max(times) < limit:
                shutil.rmtree(folder, ignore_errors=True)

    def drop(self, key: str) -> None:
        """Forget the work under way for a question."""
        shutil.rmtree(self.folder / PARTIAL / key, ignore_errors=True)


class Pages:
    """Pages of a work under way: those received before a stop are not asked again.

    Parameters
    ----------
    folder : Path
        Folder of the work.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, question: str) -> dict[str, Any] | None:
        """Return what was answered to a question a short time ago, or ``None``."""
        path = self._path(question)
        try:
            age = datetime.now(UTC).timestamp() - path.stat().st_mtime
            if not -60 <= age <= PAGES_LAST.total_seconds():
                return None
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return dict(found) if found.get("question") == question else None

    def put(self, question: str, answer: Mapping[str, Any]) -> None:
        """Keep an answer, whole or not at all."""
        path = self._path(question)
        partial = path.with_suffix(".part")
        text = json.dumps({**answer, "question": question}, ensure_ascii=False)
        partial.write_text(text, encoding="utf-8")
        partial.rename(path)

    def forget(self) -> None:
        """Forget every page: they no longer agree with one another."""
        for path in self.folder.glob("page-*.json"):
            path.unlink()

    def _path(self, question: str) -> Path:
        return self.folder / f"page-{key_of(question)}.json"


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
