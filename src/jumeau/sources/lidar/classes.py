# SPDX-License-Identifier: EUPL-1.2
"""Classes of points as data: what each code means and which layer it serves.

Roles: ``ground`` and ``water`` make the terrain; ``surface``, ``building``, ``bridge`` and those
of the terrain make the surface; ``noise`` and ``ignored`` make nothing. Virtual points (66) are
modelled ground: they serve the terrain. Bridge decks (17) stand in the surface and not in the
terrain, through which water passes.

References
----------
ASPRS, LAS 1.4 R15, tables 9 and 17; IGN, LiDAR HD, classes 64 to 68.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES = ("ignored", "ground", "water", "surface", "building", "bridge", "noise")
"""Roles in the order of their number in arrays."""
IGNORED, GROUND, WATER, SURFACE, BUILDING, BRIDGE, NOISE = range(len(ROLES))
UNCLASSIFIED = (0, 1, 12)
"""Codes of points that nobody has classified."""


class PointClass(NamedTuple):
    """A class of points.

    Parameters
    ----------
    code : int
        Code in the file.
    role : str
        One of :data:`ROLES`.
    meaning_en, meaning_fr : str
        What it is.
    """

    code: int
    role: str
    meaning_en: str
    meaning_fr: str


@cache
def table() -> dict[int, PointClass]:
    """Return every known class: code → class."""
    text = resources.files(__package__).joinpath("classes.csv").read_text(encoding="utf-8")
    return {
        int(row["code"]): PointClass(
            int(row["code"]), row["role"], row["meaning_en"], row["meaning_fr"]
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def roles() -> NDArray[np.uint8]:
    """Return the number of the role of each of the 256 codes; unknown codes are surface."""
    found = np.full(256, SURFACE, np.uint8)
    for code, item in table().items():
        found[code] = ROLES.index(item.role)
    return found
