# SPDX-License-Identifier: EUPL-1.2
"""Which images to build, open and let go while a server runs.

A thread looks at the latest version once a second. Images of large tables are built by another
process into the folder of :mod:`jumeau.interop.image.files`; those of small ones are made in
memory when they are first asked for. Until an image is there, requests read the twin.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.base.errors import JumeauError
from jumeau.interop import builder
from jumeau.interop.cache import Cache
from jumeau.interop.image import build, files
from jumeau.interop.image.state import State, states
from jumeau.interop.image.table import Image
from jumeau.twin import schema

if TYPE_CHECKING:
    from jumeau.interop.served import Served

logger = logging.getLogger("jumeau")
SMALL = 20_000
"""Rows up to which an image is made in memory."""
MEMORY = 2**27
"""Bytes of the images in memory."""
EVERY = 1.0
"""Time between two looks [s]."""
KEPT = 2
"""Images of a table kept open: walks begun before a change go on in the former one."""
RESIDENT = 2**28
"""Bytes of mapped files that this process may hold; beyond, they are let go."""
REST = 5.0
"""Times its last building that a table is left in peace before the next one."""
MOST_REFUSED = 1000
"""States without an image that are remembered."""
AGAIN = 600.0
"""Time before a building that failed is tried again [s]."""


class Keeper:
    """The images of a served territory.

    Parameters
    ----------
    served : Served
        Territory.
    """

    def __init__(self, served: Served) -> None:
        self.served = served
        self._folder: Path = served.live.path
        self._files: OrderedDict[State, files.Opened] = OrderedDict()
        self._small = Cache(MEMORY)
        self._asked: set[State] = set()
        self._refused: set[State] = set()
        self._faulty: set[Path] = set()
        self._seen: tuple[int, bool] | None = None
        self._not_before: dict[str, float] = {}
        self._builder: subprocess.Popen[bytes] | None = None
        self._building: tuple[State, ...] = ()
        self._begun = 0.0
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def get(self, known: State) -> Image | None:
        """Return the image of a state, if it is there; note that it was asked for."""
        opened = self._files.get(known)
        if opened is not None:
            return opened.image
        if known.rows > SMALL:
            return None
        found: Image | None = self._small.get(known)
        if found is None and known not in self._refused and known not in self._asked:
            self._asked.add(known)
            self._wake.set()
        return found

    # -- life ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to look after the images."""
        self._thread = threading.Thread(target=self._run, name="jumeau-images", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and stop the building that may be under way."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        process = self._builder
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _run(self) -> None:
        while not self._closed:
            try:
                self.look()
            except (JumeauError, OSError) as exc:
                logger.warning("images: %s", exc)
            self._wake.wait(EVERY)
            self._wake.clear()

    def settle(self, patience: float = 60.0) -> None:
        """Look until nothing remains to be built; for scripts and tests without :meth:`start`."""
        end = time.monotonic() + patience
        while not self.look() and time.monotonic() < end:
            time.sleep(0.05)

    # -- one look ------------------------------------------------------------------------------
    def look(self) -> bool:
        """Open, build and let go what the latest version asks for; return whether all is there."""
        busy = self._builder is not None and not self._ended(self._builder)
        version = self.served.version()
        if self._seen == (version, True) and not self._asked:
            self._trim()
            return True
        known: dict[str, State] = self.served.facts.remember(
            ("states", version),
            lambda: states(self.served.live.store, version, self.served.live.crs),
        )
        self._make_small()
        wanted = [item for item in known.values() if _on_disk(item)]
        lacking = [item for item in wanted if not self._open(item)]
        self._let_go(wanted)
        if not lacking and not busy:
            self._clean(wanted)
        now = time.monotonic()
        ready = tuple(item for item in lacking if self._not_before.get(item.table, 0.0) <= now)
        if ready and not busy:
            self._build(ready)
        self._seen = (version, not lacking)
        self._trim()
        return not lacking

    def _make_small(self) -> None:
        """Make the small images that were asked for, at the version of now."""
        asked = set(self._asked)
        for item in sorted(asked):
            if self._closed:
                return
            if len(self._refused) > MOST_REFUSED:
                self._refused.clear()
            with self.served.reading() as view:
                territory = view.territory
                present = states(territory.store, view.version, view.crs).get(item.table)
                if present == item:
                    made = build.in_memory(territory.store, schema.table(item.table), view.crs)
                    if made is not None:
                        size = made.rows.nbytes + 60 * made.rows.num_rows
                        self._small.put(item, made, size)
                if self._small.get(item) is None:  # of the past, or too large after all
                    self._refused.add(item)
            self._asked.discard(item)

    def _open(self, item: State) -> bool:
        """Open an image that is on the disk; return whether it is open."""
        if item in self._files:
            return True
        for folder in files.find(self._folder, item):
            if folder in self._faulty:
                continue
            try:
                self._files[item] = files.Opened(folder, item)
            except files.FaultyError:
                logger.warning("image of %s: faulty file, to be built again", item.table)
                try:
                    (folder / files.MANIFEST).unlink()
                except OSError:
                    self._faulty.add(folder)
            else:
                return True
        return False

    def _let_go(self, wanted: list[State]) -> None:
        """Forget the images of former states but the last one."""
        for table in {item.table for item in self._files}:
            former = [item for item in self._files if item.table == table and item not in wanted]
            present = len([item for item in self._files if item.table == table]) - len(former)
            for item in former[: max(0, len(former) + present - KEPT)]:
                del self._files[item]

    def _clean(self, wanted: list[State]) -> None:
        """Remove from the disk the images that are not of the latest version."""
        root = files.cache(self._folder) if (self._folder / "cache").is_dir() or wanted else None
        place = root / "images" if root is not None else None
        if place is not None and place.is_dir():
            with files.locked(place) as ours:
                if ours:
                    files.clean(place, wanted)

    def _build(self, lacking: tuple[State, ...]) -> None:
        """Start to build images in another process."""
        self._building, self._begun = lacking, time.monotonic()
        names = (item.table for item in lacking)
        self._builder = builder.start("jumeau.interop.image.build", self._folder, names)

    def _ended(self, process: subprocess.Popen[bytes]) -> bool:
        """Return whether the builder has ended, and note how it went."""
        code = process.poll()
        if code is None:
            return False
        now = time.monotonic()
        rest = AGAIN if code else REST * (now - self._begun)
        for item in self._building:
            there = bool(files.find(self._folder, item))
            self._not_before[item.table] = now + (rest if there or code else EVERY)
        logger.info(
            "images of %s: %s after %.1f s",
            ", ".join(item.table for item in self._building),
            "given up" if code else "built",
            now - self._begun,
        )
        self._builder = None
        return True

    def _trim(self) -> None:
        """Let go of the mapped pages when there are many."""
        if _mapped() > RESIDENT:
            for opened in list(self._files.values()):
                opened.release()


def _on_disk(item: State) -> bool:
    return item.rows > SMALL and schema.table(item.table).geometry is not None


def _mapped() -> int:
    """Return the bytes of mapped files that this process holds, 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(text.split("RssFile:")[1].split()[0]) * 1024
    return 0
