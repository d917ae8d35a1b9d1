# SPDX-License-Identifier: EUPL-1.2
"""Which images to build, open and let go while a server runs.

A thread looks at the latest version once a second. Images of large tables are built by another
process into the folder of :mod:`jumeau.interop.image.files`; those of small ones are made in
memory when they are first asked for. Until an image is there, requests read the twin.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.interop.cache import Cache
from jumeau.interop.caretaker import Caretaker
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
KEPT = 2
"""Images of a table kept open: walks begun before a change go on in the former one."""
RESIDENT = 2**28
"""Bytes of mapped files that this process may hold; beyond, they are let go."""
MOST_REFUSED = 1000
"""States without an image that are remembered."""


class Keeper(Caretaker):
    """The images of a served territory.

    Parameters
    ----------
    served : Served
        Territory.
    """

    name = "images"
    module = "jumeau.interop.image.build"

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._files: OrderedDict[State, files.Opened] = OrderedDict()
        self._small = Cache(MEMORY)
        self._asked: set[State] = set()
        self._refused: set[State] = set()
        self._faulty: set[Path] = set()
        self._seen: tuple[int, bool] | None = None
        self._lacking: dict[str, State] = {}

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

    # -- one look ------------------------------------------------------------------------------
    def look(self) -> bool:
        """Open, build and let go what the latest version asks for; return whether all is there."""
        busy = self._busy()
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
        if not busy:
            self._lacking = {item.table: item for item in lacking}
            self._call(self._lacking)
        self._seen = (version, not lacking)
        self._trim()
        return not lacking

    def _make_small(self) -> None:
        """Make the small images that were asked for, at the version of now."""
        asked = set(self._asked)
        for item in sorted(asked):
            if self._stop.is_set():
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

    def _made(self, table: str) -> bool:
        return bool(files.find(self._folder, self._lacking[table]))

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
