# SPDX-License-Identifier: EUPL-1.2
"""Weather of a place, hour by hour: files read, irradiance on planes, degree days.

One convention everywhere: value *i* is the mean over the hour [i, i + 1) of local standard time
(no summer time), and the sun of that hour stands where it is at mid-hour.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Weather": "hours",
    "Plane": "planes",
    "typical": "typical_year",
    "climate_zone": "zones",
}
"""Public name → the module of this folder that holds it, imported at first use."""

__all__ = ["Plane", "Weather", "climate_zone", "typical"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value  # at the next use, without coming here
    return value
