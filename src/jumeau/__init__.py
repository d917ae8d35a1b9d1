# SPDX-License-Identifier: EUPL-1.2
"""Jumeau: the open-source territorial digital twin of French local authorities.

    import jumeau

    territory = jumeau.create("bourg.jumeau", name="Le Bourg", insee=["50001"])
    territory.add("points_lumineux.gpkg", table="luminaire")
    run = jumeau.run(territory, ["lighting"])

Heavy modules are loaded at first use, so that ``import jumeau`` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.base.errors import JumeauError

if TYPE_CHECKING:
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory, create, open
    from jumeau.workflow import demo, new, run

__version__ = "0.1.0"
__all__ = ["JumeauError", "Scenario", "Territory", "create", "demo", "new", "open", "run"]

_HOMES = {
    "Scenario": "jumeau.twin.scenario",
    "Territory": "jumeau.twin.territory",
    "create": "jumeau.twin.territory",
    "demo": "jumeau.workflow",
    "new": "jumeau.workflow",
    "open": "jumeau.twin.territory",
    "run": "jumeau.workflow",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "sources":
        return importlib.import_module("jumeau.sources")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
