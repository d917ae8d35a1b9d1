# SPDX-License-Identifier: EUPL-1.2
"""Public lighting: from the inventory of lamps to light on the ground, energy and options."""

from __future__ import annotations

from jumeau.worksites.lighting.photometry import Photometry, generic_photometry
from jumeau.worksites.lighting.point_source import illuminance, illuminance_tiles, reach
from jumeau.worksites.lighting.run import Lighting

WORKSITE = Lighting()
"""The worksite, as the entry point gives it."""

__all__ = [
    "WORKSITE",
    "Lighting",
    "Photometry",
    "generic_photometry",
    "illuminance",
    "illuminance_tiles",
    "reach",
]
