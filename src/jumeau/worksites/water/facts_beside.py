# SPDX-License-Identifier: EUPL-1.2
"""What the twin knows of pipes besides EPANET's figures: materials, years, districts, estimates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.network import NODES
from jumeau.worksites.water.twin_rows import GUESSES, TABLES, bounds

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.twin_reading import Reading


def take_up(t: Territory, reading: Reading) -> None:
    """Give elements what nobody tells but the estimates that came with their network do.

    Parameters
    ----------
    t : Territory
        Territory; estimates of runs are left to them.
    reading : Reading
        The network, changed in place; the estimates taken keep their ``id``.
    """
    for table, attributes in GUESSES.items():
        for attribute in attributes:
            _take(t, reading, table, attribute)


def _take(t: Territory, reading: Reading, table: str, attribute: str) -> None:
    """Give the elements of a table that lack an attribute what an estimate says of it."""
    held = getattr(reading.net, table)
    values = held[attribute].to_numpy(float).copy()
    known = values > 0 if table == "pipes" else np.isfinite(values)
    unknown = np.flatnonzero(~known)
    if not len(unknown):
        return
    where = {"table": TABLES[table], "attribute": attribute, "run_id": None}
    told = {row["entity"]: row for row in t.table("estimate", where=where).to_pylist()}
    twin = (reading.nodes if table in NODES else reading.links).to_twin
    taken: dict[str, dict[str, Any]] = {}
    for k in unknown.tolist():
        name = str(held.index[k])
        row = told.get(twin.get(name, name))
        if row is not None and row["value"] is not None:
            values[k] = row["value"]
            low, high = (row["value"] if row[it] is None else row[it] for it in ("low", "high"))
            taken[name] = {**row, "low": low, "high": high}
    if not taken:
        return
    held[attribute] = values
    ranges = {
        name: (float(row["low"]), float(row["high"]), str(row["method"] or ""))
        for name, row in taken.items()
    }
    reading.between(attribute, ranges)
    names = ("id", "table", "entity", "attribute", "value", "low", "high", "method")
    seen = {row["id"]: row for row in taken.values()}
    reading.estimates += [{name: row[name] for name in names} for row in seen.values()]


def put(reading: Reading) -> None:
    """Put in a network what computing does not ask, where anything is known.

    Parameters
    ----------
    reading : Reading
        The network, changed in place.
    """
    pipes = reading.net.pipes
    names = [str(it) for it in pipes.index]
    nothing = (math.nan, math.nan)
    years = [reading.years.get(name, nothing) for name in names]
    columns: dict[str, list[Any]] = {
        "material": [reading.materials.get(name, "") for name in names],
        "installed_from": [pair[0] for pair in years],
        "installed_to": [pair[1] for pair in years],
        "dma_id": [reading.pipe_districts.get(name, "") for name in names],
    }
    for column, values in columns.items():
        textual = column in ("material", "dma_id")
        if any(values) if textual else np.isfinite(np.array(values, dtype=float)).any():
            pipes[column] = np.array(values, dtype=object if textual else float)
    for table, attributes in GUESSES.items():
        for attribute in attributes:
            _bound(reading, table, attribute)


def _bound(reading: Reading, table: str, attribute: str) -> None:
    """Put beside an attribute the interval and the method of what is supposed of it."""
    rows = getattr(reading.net, table)
    ranges = reading.ranges.get(attribute, {})
    found = [ranges.get(str(name), (math.nan, math.nan, "")) for name in rows.index]
    if not any(how or math.isfinite(low) for low, _, how in found):
        return
    for column, place in zip(bounds(attribute), (0, 1), strict=True):
        rows[column] = np.array([it[place] for it in found], dtype=float)
    rows[f"{attribute}_method"] = np.array([it[2] for it in found], dtype=object)
