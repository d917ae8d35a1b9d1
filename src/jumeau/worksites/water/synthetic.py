# SPDX-License-Identifier: EUPL-1.2
"""Drinking water of the demonstrator: network, plan, a year of telemetry with hidden leaks.

The water service of the commune hands over what such services have: the model of its network
(``reseau_eau.inp``), its plan (pipes with materials and years, hydrants, valves, service
connections, meters, districts), and the telemetry of its loggers every five minutes. The year is
computed by EPANET on a network that is not quite the model, with leaks that nobody has told; the
volumes of its accounts are those of that year; a register tells fourteen years of breaks. Where
the leaks were is in ``key/leaks.csv``, that no import reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

MODEL = "reseau_eau.inp"
TITLE = "Réseau d'eau potable"
ABOUT = "Modèle du service des eaux de la commune, mis à jour en 2021"


class WaterNetwork:
    """Water part of the demonstrator (entry point ``water`` of ``jumeau.synthetic``)."""

    name = "water"

    def write(self, folder: str, seed: int, days: int = 366) -> list[dict[str, Any]]:
        """Write the model, the plan, the telemetry of the service, and the key of its leaks.

        Parameters
        ----------
        folder : str
            Folder where the commune has written its files.
        seed : int
            Seed: the same one writes the same bytes.
        days : int
            Length of the telemetry from the first of January 2024 [d].

        Returns
        -------
        list of dict
            Arguments of :meth:`jumeau.twin.territory.Territory.add`.

        Raises
        ------
        MissingFileError
            ``JUM-H100`` without streets, buildings, water tower or terrain.
        InvalidError
            ``JUM-H101`` when no street serves a building.
        """
        from jumeau.worksites.water import synthetic_accounts as accounts
        from jumeau.worksites.water import synthetic_breaks as breaks
        from jumeau.worksites.water import synthetic_layers as layers
        from jumeau.worksites.water import synthetic_network as networks
        from jumeau.worksites.water import synthetic_streets as streets
        from jumeau.worksites.water import synthetic_telemetry as telemetry
        from jumeau.worksites.water import synthetic_year as years

        place = Path(folder)
        rng = np.random.default_rng([seed, 0x4541])
        works = networks.equip(streets.lay(place, rng))
        model = networks.network(works, years.modelled())
        sensors = layers.choose(works)
        lost = years.leaks(works, np.random.default_rng([seed, 0x4641]))
        nodes = sorted({item.entity for item in sensors if item.table != "pipe"})
        links = sorted({item.entity for item in sensors if item.table == "pipe"})
        lived = np.random.default_rng([seed, 0x414E])
        year = years.live(works, model, lost, nodes, links, lived, days)
        (place / MODEL).write_text(_text(model), encoding="utf-8")
        telemetry.reveal(place, works, lost, year)
        network = {
            "file": str(place / MODEL), "table": "water_network", "title": TITLE,
            "constants": {"name": TITLE, "description": ABOUT},
        }  # fmt: skip
        return [
            network | layers.PROVENANCE,
            *layers.write(place, works, sensors, seed),
            breaks.write(place, works, np.random.default_rng([seed, 0x4252])),
            telemetry.write(place, sensors, year, np.random.default_rng([seed, 0x5445])),
            *accounts.write(place, TITLE, model, year, layers.BOREHOLE,
                            np.random.default_rng([seed, 0x564F])),
        ]  # fmt: skip


NETWORK = WaterNetwork()
"""The part, as the entry point gives it."""

_COMMENTS = {
    "TITLE": f"{TITLE}\n{ABOUT}",
    "JUNCTIONS": ";noeud\taltitude (m NGF)\tdemande de base (m3/h)",
    "PIPES": ";conduite\tde\tà\tlongueur (m)\tdiamètre (mm)\tHazen-Williams",
    "ENERGY": " Global Efficiency\t68",
    "CONTROLS": "; marche et arrêt de la pompe selon le niveau du château d'eau",
    "DEMANDS": ";noeud\tm3/h\tprofil\t;usage",
}


def _text(model: Network) -> str:
    """Return the model as the service wrote it, with its title and comments."""
    from jumeau.worksites.water.inp_writing import text_of

    text = text_of(model).text()
    for name, comment in _COMMENTS.items():
        text = text.replace(f"[{name}]\n", f"[{name}]\n{comment}\n", 1)
    return text
