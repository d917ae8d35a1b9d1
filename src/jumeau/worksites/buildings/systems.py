# SPDX-License-Identifier: EUPL-1.2
"""Heating systems and carriers: from useful heat to final energy, primary energy and CO₂e.

``systems.csv`` gives the seasonal efficiencies of generation, distribution, emission and
regulation, ``carriers.csv`` the primary energy and CO₂e of each carrier, each row with the dates
between which it holds: electricity counts 2.3 until the end of 2025 and 1.9 from 2026.
"""

from __future__ import annotations

import csv
import datetime
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDER = Path(__file__).parent
CARRIERS = ("electricity", "gas", "oil", "wood", "district")
"""Carriers of final energy."""
CARRIER_LABELS = {
    "electricity": ("Electricity", "Électricité"),
    "gas": ("Gas", "Gaz"),
    "oil": ("Oil", "Fioul"),
    "wood": ("Wood", "Bois"),
    "district": ("District heating", "Réseau de chaleur"),
}
"""Names for people, in English and French."""
USES = ("heating", "cooling", "hot_water", "other")
"""End uses of final energy."""
PARTS = ("generation", "distribution", "emission", "regulation")
"""Efficiencies whose product turns final energy into useful heat."""
_WORDS = (
    ("district", r"reseau|district|rcu\b|urbain"),
    ("electricity", r"elec|pac\b|pompe"),
    ("gas", r"gaz|gas|gpl|propane|butane|methan"),
    ("oil", r"fioul|fuel|oil|mazout|charbon|coal"),
    ("wood", r"bois|wood|granule|pellet|biomass"),
)


@dataclass(frozen=True)
class System:
    """A heating system.

    Parameters
    ----------
    key, carrier : str
        Name in code, carrier of :data:`CARRIERS`.
    label_en, label_fr : str
        Names for people.
    efficiency : dict
        {part: (value, low, high)} seasonal efficiencies [-].
    """

    key: str
    carrier: str
    label_en: str
    label_fr: str
    efficiency: dict[str, tuple[float, float, float]]


@cache
def systems() -> tuple[System, ...]:
    """Return the heating systems known, in the order of their numbers."""
    with (FOLDER / "systems.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            System(
                row["system"],
                row["carrier"],
                row["label_en"],
                row["label_fr"],
                {
                    part: (
                        float(row[part]),
                        float(row[f"{part}_low"]),
                        float(row[f"{part}_high"]),
                    )
                    for part in PARTS
                },
            )
            for row in csv.DictReader(file)
        )


@cache
def factor(
    carrier: str, quantity: Literal["primary", "co2e"], use: str, day: datetime.date
) -> tuple[float, float, float]:
    """Return a factor of a carrier on a day, with its bounds.

    Parameters
    ----------
    carrier : str
        One of :data:`CARRIERS`.
    quantity : {"primary", "co2e"}
        Primary energy per final energy [-], or kgCO₂e per kWh of final energy.
    use : str
        One of :data:`USES`; a factor without a use serves all of them.
    day : date
        Day on which the factor is in force.

    Returns
    -------
    value, low, high : float

    Raises
    ------
    NotComputableError
        ``JUM-E060`` when no factor is known on that day.
    """
    found = None
    with (FOLDER / "carriers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["carrier"], row["quantity"]) != (carrier, quantity):
                continue
            if row["use"] not in {"", use}:
                continue
            begins = datetime.date.fromisoformat(row["valid_from"])
            ends = datetime.date.fromisoformat(row["valid_to"] or "9999-12-31")
            if begins <= day <= ends and (found is None or row["use"]):
                found = (float(row["value"]), float(row["low"]), float(row["high"]))
    if found is None:
        raise error("JUM-E060", carrier=carrier, quantity=quantity, day=day.isoformat())
    return found


def carrier_of(text: object) -> str:
    """Return the carrier that a word of a source means (« Gaz naturel », ``fioul``), or ``""``."""
    from jumeau.worksites.buildings.archetypes import folded

    plain = folded(text) if isinstance(text, str) else ""
    for carrier, pattern in _WORDS:
        if plain and re.search(pattern, plain):
            return carrier
    return ""


def final_energy(useful: Floats, efficiency: Floats) -> Floats:
    """Return final energy from useful heat.

    Parameters
    ----------
    useful : array
        Useful heat [kWh].
    efficiency : array, broadcast with ``useful``
        Product of the efficiencies of generation, distribution, emission and regulation [-].

    Returns
    -------
    array
        Q_final = Q_useful / (η_g·η_d·η_e·η_r) [kWh]. EN 15316-1.
    """
    return np.asarray(useful / efficiency, dtype=np.float64)
