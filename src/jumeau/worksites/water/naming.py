# SPDX-License-Identifier: EUPL-1.2
"""Identifiers of a network in a twin that may hold several, and back to those of its file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

LONGEST = 31
"""Bytes of the longest identifier that EPANET reads."""
_UNSAFE = re.compile(r'[\s;"]')


def unique(wanted: str, taken: Collection[str]) -> str:
    """Return a name that nobody bears: the one wanted, or it with the first free number."""
    if wanted not in taken:
        return wanted
    rank = 2
    while f"{wanted}-{rank}" in taken:
        rank += 1
    return f"{wanted}-{rank}"


@dataclass
class Names:
    """Identifiers of one network: in its file and in the twin.

    Parameters
    ----------
    network : str
        Row of ``water_network``; empty for rows that no network file brought.
    """

    network: str
    to_twin: dict[str, str] = field(default_factory=dict)
    to_own: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What precedes an identifier that another network bears too."""
        return f"{self.network}:"

    def give(self, own: Iterable[str], taken: Collection[str]) -> int:
        """Give identifiers of the file theirs in the twin; return how many are prefixed.

        Parameters
        ----------
        own : iterable of str
            Identifiers of the file.
        taken : collection of str
            Those that other networks have in the twin.
        """
        count = 0
        for name in own:
            prefixed = name in taken or name.startswith(self.prefix)
            count += prefixed
            self._pair(name, self.prefix + name if prefixed else name)
        return count

    def read(self, twin: Iterable[str], own: Collection[str]) -> None:
        """Find the identifiers of the file behind those of the twin.

        Parameters
        ----------
        twin : iterable of str
            Identifiers of rows.
        own : collection of str
            Identifiers of the file; a row it does not have gets one that EPANET can read.
        """
        for name in twin:
            plain = name.removeprefix(self.prefix) if self.network else name
            if plain not in own and (_UNSAFE.search(plain) or len(plain.encode()) > LONGEST):
                plain = _UNSAFE.sub("_", plain).encode("ascii", "replace").decode()
                plain = plain.replace("?", "_")[: LONGEST - 6]
            self._pair(unique(plain, self.to_twin), name)

    def _pair(self, own: str, twin: str) -> None:
        self.to_twin[own] = twin
        self.to_own[twin] = own
