# SPDX-License-Identifier: EUPL-1.2
"""Climate risks: water on the ground at one metre, from rain, rivers, breaches and the sea."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.worksites.climate.flooding import flood
from jumeau.worksites.climate.result import Flood

if TYPE_CHECKING:
    from jumeau.ground.terrain import (
        fill,
        fill_spill_merge,
        flow_accumulation,
        hand,
        sea_flood,
    )

__all__ = [
    "Flood",
    "fill",
    "fill_spill_merge",
    "flood",
    "flow_accumulation",
    "hand",
    "sea_flood",
]


def __getattr__(name: str) -> Any:
    """Return a function of :mod:`jumeau.ground.terrain`, whose kernels load at first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jumeau.ground import terrain

    value = getattr(terrain, name)
    globals()[name] = value  # at the next use, without coming here
    return value
