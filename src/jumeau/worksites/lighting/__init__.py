# SPDX-License-Identifier: EUPL-1.2
"""Public lighting: from the inventory of lamps to light on the ground, energy and options."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jumeau.worksites.lighting.en13201.performance import road, roads
    from jumeau.worksites.lighting.eulumdat import write_ldt
    from jumeau.worksites.lighting.generic import generic_photometry
    from jumeau.worksites.lighting.heads import illuminance_findings
    from jumeau.worksites.lighting.ies import write_ies
    from jumeau.worksites.lighting.photometry import Photometry
    from jumeau.worksites.lighting.point_source import illuminance, illuminance_tiles, reach
    from jumeau.worksites.lighting.reading import read_photometry
    from jumeau.worksites.lighting.run import Lighting
    from jumeau.worksites.lighting.surfaces import Surfaces
    from jumeau.worksites.lighting.weighing import (
        Contributions,
        contributions,
        contributions_tiles,
    )

    WORKSITE: Lighting
    """The worksite, as the entry point gives it."""

__all__ = [
    "WORKSITE",
    "Contributions",
    "Lighting",
    "Photometry",
    "Surfaces",
    "contributions",
    "contributions_tiles",
    "generic_photometry",
    "illuminance",
    "illuminance_findings",
    "illuminance_tiles",
    "reach",
    "read_photometry",
    "road",
    "roads",
    "write_ies",
    "write_ldt",
]

_WHERE = {
    "Contributions": "weighing",
    "Lighting": "run",
    "Photometry": "photometry",
    "Surfaces": "surfaces",
    "WORKSITE": "run",
    "contributions": "weighing",
    "contributions_tiles": "weighing",
    "generic_photometry": "generic",
    "illuminance": "point_source",
    "illuminance_findings": "heads",
    "illuminance_tiles": "point_source",
    "reach": "point_source",
    "read_photometry": "reading",
    "road": "en13201.performance",
    "roads": "en13201.performance",
    "write_ies": "ies",
    "write_ldt": "eulumdat",
}


def __getattr__(name: str) -> Any:
    """Return a public name, whose module loads at first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_WHERE[name]}")
    value = module.Lighting() if name == "WORKSITE" else getattr(module, name)
    globals()[name] = value  # at the next use, without coming here
    return value
