# SPDX-License-Identifier: EUPL-1.2
"""Telemetry of a water network: read, made usable, kept in the twin and taken out of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jumeau.worksites.water.telemetry.nights import night_flow
    from jumeau.worksites.water.telemetry.prepared import Prepared
    from jumeau.worksites.water.telemetry.preparing import prepare
    from jumeau.worksites.water.telemetry.reading import Telemetry, read
    from jumeau.worksites.water.telemetry.twin_frames import Frames, frames

__all__ = ["Frames", "Prepared", "Telemetry", "frames", "night_flow", "prepare", "read"]

_WHERE = {
    "Frames": "twin_frames",
    "frames": "twin_frames",
    "night_flow": "nights",
    "Prepared": "prepared",
    "prepare": "preparing",
    "Telemetry": "reading",
    "read": "reading",
}


def __getattr__(name: str) -> Any:
    """Return a public function, whose module loads at first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value
