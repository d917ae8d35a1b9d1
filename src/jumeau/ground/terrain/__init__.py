# SPDX-License-Identifier: EUPL-1.2
"""Terrain: where water stays and where it goes, from a few cells to a département.

Eight neighbours everywhere; the edges of the raster and NaN are outlets.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOMES = {
    "fill": "depressions",
    "flow_directions": "directions",
    "flow_accumulation": "accumulation",
    "fill_spill_merge": "merge",
    "hand": "drainage",
    "sea_flood": "sea",
    "catchments": "catchments",
}
"""Public function → the module of this folder that holds it, imported at first use."""

__all__ = [
    "catchments",
    "fill",
    "fill_spill_merge",
    "flow_accumulation",
    "flow_directions",
    "hand",
    "sea_flood",
]


class _Functions(ModuleType):
    """Package whose functions are not hidden by a module of their name, once it is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Functions


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value  # at the next use, without coming here
    return value
