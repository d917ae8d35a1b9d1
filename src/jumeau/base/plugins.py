# SPDX-License-Identifier: EUPL-1.2
"""Plug-ins by entry point: worksites, sources and synthetic parts, ours and third parties'.

Groups: ``jumeau.worksites`` (:class:`~jumeau.base.contract.Worksite`), ``jumeau.sources``
(:class:`~jumeau.base.contract.Source`), ``jumeau.synthetic``
(:class:`~jumeau.base.contract.SyntheticPart`). A lower layer reaches a higher one only here.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from jumeau.base.errors import did_you_mean, error

logger = logging.getLogger("jumeau")
GROUPS = ("jumeau.worksites", "jumeau.sources", "jumeau.synthetic")


@cache
def _group(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def names(group: str) -> list[str]:
    """Return the names registered in a group, sorted."""
    return sorted(_group(group))


def load(group: str, name: str) -> Any:
    """Return the object registered under a name.

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` if nothing is registered under that name.
    """
    entry = _group(group).get(name)
    if entry is None:
        known = names(group)
        raise error(
            "JUM-B001",
            group=group,
            name=name,
            known=known,
            suggestion=did_you_mean(name, known),
        )
    return entry.load()


def load_all(group: str) -> dict[str, Any]:
    """Return every object registered in a group, by name.

    A third party's plug-in that cannot be imported is told and left out: it stops nobody else.
    """
    found = {}
    for name in names(group):
        try:
            found[name] = load(group, name)
        except ImportError as exc:
            if _group(group)[name].module.startswith("jumeau."):
                raise
            logger.warning("%s", error("JUM-B002", group=group, name=name, detail=str(exc)))
    return found


def packages() -> list[str]:
    """Return the top packages that register plug-ins, ours excepted, for their messages."""
    found = {
        entry.module.rsplit(".", 1)[0] if "." in entry.module else entry.module
        for group in GROUPS
        for entry in _group(group).values()
    }
    return sorted(name for name in found if not name.startswith("jumeau."))


def origins() -> list[dict[str, str]]:
    """Return for each plug-in its group, name, target, distribution and version."""
    return [
        {
            "group": group,
            "name": entry.name,
            "target": entry.value,
            "distribution": entry.dist.name if entry.dist else "",
            "version": entry.dist.version if entry.dist else "",
        }
        for group in GROUPS
        for entry in _group(group).values()
    ]
