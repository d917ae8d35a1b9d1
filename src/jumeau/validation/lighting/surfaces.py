# SPDX-License-Identifier: EUPL-1.2
"""Road surfaces that are shipped: specular factor, average luminance coefficient, numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from jumeau.validation.lighting.study import Figure, Study

CIE = "CIE 144:2001, nominal S1 and Q0"
NOMINAL = {
    "R1": (0.25, 0.10),
    "R2": (0.58, 0.07),
    "R3": (1.11, 0.07),
    "R4": (1.55, 0.08),
    "C1": (0.24, 0.10),
    "C2": (0.97, 0.07),
}
"""S1 and Q0 of each surface, with the digits that the CIE prints."""
PRINTED = 0.0051
"""Half of the last digit printed."""
FOLDER = "validation/lighting/rtables"


def _factors(name: str) -> dict[str, float]:
    """Return one property of every table [-]."""
    from jumeau.worksites.lighting.en13201 import rtables

    return {table: float(getattr(rtables.find(table), name)) for table in NOMINAL}


def _numbers(folder: Path) -> dict[str, float]:
    """Return how many of the 580 numbers of each table differ from those of the folder."""
    import numpy as np

    from jumeau.worksites.lighting.en13201 import rtables

    found = {}
    for name in NOMINAL:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = [list(row.values()) for row in csv.DictReader(file)]
        numbers = np.array(rows, float)
        table = rtables.find(name)
        found[name] = float((table.values != numbers[:, 1:]).sum())
        found[name] += float((table.tan_gamma != numbers[:, 0]).sum())
    return found


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield what the tables give.

    Parameters
    ----------
    shared : Path or None
        Folder of real files; the comparison number by number is absent without it.
    """
    for k, (name, what) in enumerate((("s1", "specular factor S1"), ("q0", "coefficient Q0"))):
        yield Study(
            f"{what} of the road surfaces", "r-tables", partial(_factors, name),
            tuple(Figure(table, pair[k], PRINTED, "") for table, pair in NOMINAL.items()), CIE,
            "facts",
        )  # fmt: skip
    yield Study(
        "numbers of the road surfaces that differ", "r-tables",
        partial(_numbers, shared / FOLDER) if shared else None,
        tuple(Figure(name, 0.0, 0.0, "") for name in NOMINAL),
        "fglichttechnik/Radiance-RoadLighting-Simulation-Framework, tables of CIE 144", "facts",
    )  # fmt: skip
