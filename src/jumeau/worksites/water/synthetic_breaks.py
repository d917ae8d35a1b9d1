# SPDX-License-Identifier: EUPL-1.2
"""Register of repairs of the demonstrator's water service: fourteen years of breaks of its mains.

Old and grey pipes break more, some streets much more: their bedding is bad, and nobody wrote it
down. The forecast sees it in the register alone.
"""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.synthetic_layers import PROVENANCE

if TYPE_CHECKING:
    from jumeau.worksites.water.synthetic_network import Works

REGISTER = "casses_aep.csv"
FIRST, LAST = 2010, 2023
"""Years of the register."""
RATES = {"Fonte grise": 0.30, "Amiante-ciment": 0.15, "Fonte ductile": 0.05}
"""Breaks at 40 years of age [1/(km·yr)]; others are plastics."""
_PLASTIC, _AGEING, _UNEVEN = 0.03, 0.02, 0.7
_FAILURES = {
    "Fonte grise": ("Casse nette", "Casse nette", "Percement"),
    "Amiante-ciment": ("Casse nette", "Fissure"),
}
_OTHERS = ("Joint", "Fissure", "Casse longitudinale")


def write(folder: Path, works: Works, rng: np.random.Generator) -> dict[str, Any]:
    """Write the register of breaks; return what to add.

    Parameters
    ----------
    folder : Path
        Where to write.
    works : Works
        The network as it was laid.
    rng : Generator
        Draws of what breaks and when.
    """
    bedding: dict[str, float] = {}
    rows = []
    for key, pipe in works.pipes.items():
        street = pipe.street or key
        if street not in bedding:
            bedding[street] = float(rng.gamma(_UNEVEN) / _UNEVEN)
        usual = RATES.get(pipe.material, _PLASTIC) * bedding[street] * pipe.line.length / 1000
        kinds = _FAILURES.get(pipe.material, _OTHERS)
        for year in range(max(FIRST, pipe.year + 1), LAST + 1):
            mean = usual * np.exp(_AGEING * (year - pipe.year - 40))
            for _ in range(int(rng.poisson(mean))):
                day = datetime.date(year, 1, 1) + datetime.timedelta(int(rng.integers(365)))
                winter = day.month in (12, 1, 2)
                rows.append((day, key, str(rng.choice(kinds)), "gel" if winter else ""))
    rows.sort()
    with (folder / REGISTER).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(("id_intervention", "id_canalisation", "date_casse", "defaillance",
                         "cause_casse"))  # fmt: skip
        for number, (day, *more) in enumerate(rows, 1):
            writer.writerow((f"INT{number:04d}", more[0], f"{day:%d/%m/%Y}", *more[1:]))
    return {
        "file": str(folder / REGISTER), "table": "pipe_break",
        "title": "Registre des casses du service d'eau", **PROVENANCE,
    }  # fmt: skip
