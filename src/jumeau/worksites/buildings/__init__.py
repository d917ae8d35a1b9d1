# SPDX-License-Identifier: EUPL-1.2
"""Energy of buildings: every building hour by hour, the sun on its roof and its walls."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# At once and not at first use: the module has the name of its function, and would hide it.
from jumeau.worksites.buildings.solar import solar

if TYPE_CHECKING:
    from jumeau.ground.horizon import horizon
    from jumeau.ground.weather import Weather
    from jumeau.worksites.buildings.simulating import Simulation, simulate

__all__ = ["Simulation", "Weather", "horizon", "simulate", "solar"]

_WHERE = {
    "Simulation": "jumeau.worksites.buildings.simulating",
    "Weather": "jumeau.ground.weather",
    "horizon": "jumeau.ground.horizon",
    "simulate": "jumeau.worksites.buildings.simulating",
}


def __getattr__(name: str) -> Any:
    """Return a public function, whose module loads at first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value  # at the next use, without coming here
    return value
