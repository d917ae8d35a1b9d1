# SPDX-License-Identifier: EUPL-1.2
"""Accounts of the demonstrator's water service: its yearly volumes, and what it declares.

Volumes of the simulated year balance: what the borehole gave is what customers drew, what the
service used and what was lost, leaks included. The years before are drawn around it. Some facts are
left out, as in real accounts: the indicators they would give stay unknown.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.synthetic_layers import PROVENANCE
from jumeau.worksites.water.synthetic_network import PROFILES
from jumeau.worksites.water.synthetic_year import LENGTH, STEP, YEAR, Year

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

VOLUMES, FACTS = "volumes_eau.csv", "indicateurs_service_eau.csv"
_HEADER = (
    "reseau", "annee", "volume produit (m3)", "volume importé (m3)", "volume exporté (m3)",
    "volume comptabilisé domestique (m3)", "volume comptabilisé non domestique (m3)",
    "volume consommé sans comptage (m3)", "volume de service (m3)", "volume facturé (m3)",
    "volume prélevé (m3)",
)  # fmt: skip
_UNMETERED, _SERVICE, _WASHED = 0.006, 0.004, 0.02
"""Shares of the volume produced: hydrants and fountains, flushing, washing of the filters."""
_BEFORE = ((2022, 0.982, 0.93), (2023, 0.991, 0.97))
"""Years before the simulated one: consumption and losses over those of that year."""


def write(
    folder: Path, name: str, model: Network, year: Year, borehole: str, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Write the volumes and the declared facts of the service; return what to add.

    Parameters
    ----------
    folder : Path
        Where to write.
    name : str
        Name of the network.
    model : Network
        What the service knows of it: shares of uses, and losses of the background.
    year : Year
        What happened.
    borehole : str
        Pipe whose meter counts what is produced.
    rng : Generator
        Draws of the years before.
    """
    whole = LENGTH / year.utc.size  # a shorter period stands for the year
    produced = float(year.flow[:, year.links.index(borehole)].sum(dtype=float)) * STEP / 3600
    leaked = float(year.leak_flow.sum()) * STEP / 3600
    demand = model.demands.groupby("pattern")["demand_m3_h"].sum()
    seeping = float(demand.get(PROFILES["losses"], 0.0)) * year.utc.size * STEP / 3600
    lost = min(leaked + seeping, 0.9 * produced)
    homes = float(demand.get(PROFILES["household"], 0.0))
    used = float(demand.sum()) - float(demand.get(PROFILES["losses"], 0.0))
    share = homes / used if used else 1.0
    drawn = whole * (produced - lost)
    rows = [
        _row(
            name, when, drawn * more * float(rng.uniform(0.995, 1.005)), whole * lost * away, share
        )
        for when, more, away in _BEFORE
    ]
    rows.append(_row(name, YEAR, drawn, whole * lost, share))
    _written(folder / VOLUMES, _HEADER, rows)
    _written(folder / FACTS, ("reseau", "annee", "element", "valeur"), _facts(name, homes))
    return [
        {"file": str(folder / VOLUMES), "table": "water_volume",
         "title": "Volumes annuels du service d'eau", **PROVENANCE},
        {"file": str(folder / FACTS), "table": "water_knowledge",
         "title": "Éléments déclarés par le service d'eau", **PROVENANCE},
    ]  # fmt: skip


def _row(name: str, year: int, drawn: float, lost: float, share: float) -> tuple[Any, ...]:
    """Return the volumes of a year [m³]: what was put in is what was drawn and what was lost."""
    produced = drawn + lost
    unmetered, service = _UNMETERED * produced, _SERVICE * produced
    metered = drawn - unmetered - service
    homes, others = round(metered * share), round(metered * (1 - share))
    return (name, year, round(produced), 0, 0, homes, others, round(unmetered), round(service),
            homes + others, round(produced * (1 + _WASHED)))  # fmt: skip


def _facts(name: str, homes: float) -> list[tuple[Any, ...]]:
    """Return what the service declares; what it does not know is not there."""
    said = {
        "plan des réseaux": "oui", "mise à jour annuelle du plan": "oui",
        "inventaire des réseaux": "oui", "mise à jour de l'inventaire": "oui",
        "ouvrages annexes": "oui", "inventaire des équipements": "non",
        "localisation des branchements": "oui", "caractéristiques des compteurs": "non",
        "recherches de pertes": "non", "autres interventions": "oui",
        "programme de renouvellement": "non", "modélisation": "oui",
        "prélèvements microbiologiques": 24, "prélèvements microbiologiques non conformes": 0,
        "prélèvements physico-chimiques": 25, "prélèvements physico-chimiques non conformes": 1,
        "protection de la ressource": 80, "habitants desservis": round(homes * 24 / 0.12),
        "prix ttc au m3": "2,34", "agence de l'eau": "Loire-Bretagne",
    }  # fmt: skip
    return [(name, YEAR, item, value) for item, value in said.items()]


def _written(path: Path, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
