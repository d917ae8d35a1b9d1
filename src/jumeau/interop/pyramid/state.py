# SPDX-License-Identifier: EUPL-1.2
"""The state of what is drawn: that of the table, and of the estimates when it has some."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from jumeau.interop.image.state import State, states

if TYPE_CHECKING:
    from jumeau.interop.pyramid.layers import Layer
    from jumeau.interop.served import Served, View

FORMAT = "jumeau tiles 1"
"""Raised when the shapes, the tiles or their files change."""
ESTIMATED = 'SELECT DISTINCT "table" AS name FROM estimate'
"""Tables that have estimates."""


def known(served: Served, version: int) -> Mapping[str, State]:
    """Return the state of each table that holds rows at a version; asked once a version."""
    found: Mapping[str, State] = served.facts.remember(
        ("states", version), lambda: states(served.live.store, version, served.live.crs)
    )
    return found


def name(present: Mapping[str, State], drawn: Layer, estimated: bool) -> str:
    """Return the name of a table at a state: of its folder, and of its tiles in memory.

    Parameters
    ----------
    present : mapping
        States of the tables.
    drawn : Layer
        How the table is drawn.
    estimated : bool
        Whether some of its values are estimated: it then changes with the estimates.
    """
    parts = [FORMAT, present[drawn.table.name].digest, *drawn.usual, *drawn.every]
    if estimated and "estimate" in present:
        parts.append(present["estimate"].digest)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return f"{drawn.table.name}-{digest}"


def of(view: View, drawn: Layer) -> str | None:
    """Return the name of the state of a table at the version of a view, ``None`` when empty."""
    present = known(view.served, view.version)
    if drawn.table.name not in present:
        return None
    tables: frozenset[str] = frozenset()
    if "estimate" in present:
        key = ("estimated", present["estimate"].digest)
        tables = view.served.facts.remember(
            key, lambda: frozenset(row["name"] for row in view.rows(ESTIMATED))
        )
    return name(present, drawn, drawn.table.name in tables)
