# SPDX-License-Identifier: EUPL-1.2
"""How much of what a result hangs on is known: the share that rests on estimates.

Each fact weighs as much as it spreads the result: ``weights.csv`` holds the standard deviation of
the logarithm of final energy when this fact alone is unknown, over their sum, for buildings of all
uses in equal number (footprints and heights of a real town, zone H2). What no attribute of the
twin can tell yet (set-points, gains, efficiencies) always counts as estimated.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.inventory import Inventory

    Floats = NDArray[np.float64]

PARTS = {"wall_u": 0.4, "roof_u": 0.2, "floor_u": 0.1, "window_u": 0.3}
"""Part of an envelope's losses that each transmittance tells [-]."""
AREA, SHAPE = 0.6, 0.5
"""Part of the size that a floor area tells, and a height or a number of floors [-]."""
CLASS = 0.5
"""Part of the envelope and of the leaks that an energy class tells [-]."""
RATIO, FACTOR = 0.6, 0.4
"""Parts of the windows that their ratio and their solar factor tell [-]."""


@dataclass(frozen=True)
class Weight:
    """A fact that results hang on: key, weight [-], names for people, what tells it."""

    key: str
    weight: float
    label_en: str
    label_fr: str
    told_by_en: str
    told_by_fr: str


@cache
def weights() -> tuple[Weight, ...]:
    """Return the facts, the heaviest first; their weights sum to 1."""
    path = Path(__file__).parent / "weights.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Weight(
                row["fact"], float(row["weight"]), row["label_en"], row["label_fr"],
                row["told_by_en"], row["told_by_fr"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def known(stock: Inventory) -> dict[str, Floats]:
    """Return how far each fact of :func:`weights` is known, {key: (n,) array from 0 to 1} [-].

    Parameters
    ----------
    stock : Inventory
        n buildings.
    """

    def told(name: str) -> Floats:
        return np.isfinite(stock.envelope[name]).astype(np.float64)

    none = np.zeros(len(stock))
    classed = CLASS * (stock.energy_class != "")
    measured = sum((part * told(name) for name, part in PARTS.items()), none)
    shaped = np.isfinite(stock.height) | np.isfinite(stock.floors)
    return {
        "use": (stock.use >= 0).astype(np.float64),
        "period": np.maximum(np.isfinite(stock.year), measured),
        "size": np.where(np.isfinite(stock.floor_area), AREA, SHAPE * shaped),
        "carrier": (stock.carrier != "").astype(np.float64),
        "envelope": np.maximum(measured, classed),
        "set_points": none,
        "occupancy": none,
        "systems": none,
        "ventilation": classed,
        "windows": RATIO * told("window_ratio") + FACTOR * told("window_g"),
    }


def estimated(stock: Inventory) -> Floats:
    """Return the share of each building's result that rests on estimates, (n,) [-].

    Parameters
    ----------
    stock : Inventory
        n buildings.

    Notes
    -----
    1 − Σ wᵢ·kᵢ, with wᵢ the weight of a fact and kᵢ how far it is known.
    """
    found = known(stock)
    return np.asarray(
        1.0 - sum(item.weight * found[item.key] for item in weights()), dtype=np.float64
    )
