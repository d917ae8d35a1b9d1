# SPDX-License-Identifier: EUPL-1.2
"""What the twin knows of pipes besides EPANET's figures: materials, years, districts, estimates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.twin_rows import SUPPOSED

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.twin_reading import Reading


def take_up(t: Territory, reading: Reading) -> None:
    """Give the pipes without a roughness that of the estimate which came with their network.

    Parameters
    ----------
    t : Territory
        Territory; estimates of runs are left to them.
    reading : Reading
        The network, changed in place; the estimates taken keep their ``id``.
    """
    pipes = reading.net.pipes
    rough = pipes["roughness"].to_numpy(float).copy()
    unknown = np.flatnonzero(~(rough > 0))
    if not len(unknown):
        return
    rows = t.table("estimate", where={"table": "pipe", "attribute": "roughness", "run_id": None})
    told = {row["entity"]: row for row in rows.to_pylist() if row["value"] is not None}
    taken: dict[str, dict[str, Any]] = {}
    names_of = [str(it) for it in pipes.index]
    for k in unknown.tolist():
        name = names_of[k]
        row = told.get(reading.links.to_twin.get(name, name))
        if row is not None:
            rough[k] = row["value"]
            low, high = (row["value"] if row[it] is None else row[it] for it in ("low", "high"))
            taken[name] = {**row, "low": low, "high": high}
    if not taken:
        return
    pipes["roughness"] = rough
    reading.suppose("roughness", taken)
    names = ("id", "table", "entity", "attribute", "value", "low", "high", "method")
    seen = {row["id"]: row for row in taken.values()}
    reading.estimates += [{name: row[name] for name in names} for row in seen.values()]


def put(reading: Reading) -> None:
    """Put in the pipes of a network what computing does not ask, where anything is known.

    Parameters
    ----------
    reading : Reading
        The network, changed in place.
    """
    pipes = reading.net.pipes
    names = [str(it) for it in pipes.index]
    nothing = (math.nan, math.nan)
    years = [reading.years.get(name, nothing) for name in names]
    told = {row["entity"]: row for row in reading.estimates if row["attribute"] == "roughness"}
    guessed = reading.supposed.get("roughness", set())
    ranges = [
        told.get(reading.links.to_twin.get(name, name)) if name in guessed else None
        for name in names
    ]
    columns: dict[str, list[Any]] = {
        "material": [reading.materials.get(name, "") for name in names],
        "installed_from": [pair[0] for pair in years],
        "installed_to": [pair[1] for pair in years],
        "dma_id": [reading.pipe_districts.get(name, "") for name in names],
        SUPPOSED[0]: [float(row["low"]) if row else math.nan for row in ranges],
        SUPPOSED[1]: [float(row["high"]) if row else math.nan for row in ranges],
    }
    for column, values in columns.items():
        textual = column in ("material", "dma_id")
        if any(values) if textual else np.isfinite(np.array(values, dtype=float)).any():
            pipes[column] = np.array(values, dtype=object if textual else float)
