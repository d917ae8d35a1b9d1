# SPDX-License-Identifier: EUPL-1.2
"""Whether the probabilities of found leaks hold: said beside seen, zone by zone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.validation.water.leak_searches import Record, Search

RADIUS_M = 300.0
EDGES = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Bounds of the classes of probability."""


class Reliability(NamedTuple):
    """What was said and what was true."""

    table: pd.DataFrame
    """A row per class: ``low, high, count, said, seen``."""
    said: float
    """Mean probability [-]."""
    seen: float
    """Share with a leak within 300 m [-]."""
    brier: float
    """Mean square of the difference [-]."""
    zones: float
    """Share of the leaks there that are in the zone of 80 % [-]; NaN without any."""


def near(record: Record, leaks: pd.DataFrame) -> pd.DataFrame:
    """Return for each found leak whether one ran there, and the nearest that did.

    Parameters
    ----------
    record : Record
        With the leaks of the whole record.
    leaks : DataFrame
        ``pipe, start, end``.

    Returns
    -------
    DataFrame
        ``there`` (within 300 m at some time between both ends), ``leak``, ``distance_m``.
    """
    import pandas as pd

    from jumeau.worksites.water.leaks.scoring import pipe_distances

    every = record.every.reset_index(drop=True)
    away = pipe_distances(record.net, list(every["pipe"]))
    last = record.pressures.index[-1]
    rows = []
    for pipe, start, end in zip(leaks["pipe"], leaks["start"], leaks["end"], strict=True):
        until = last if pd.isna(end) else end
        running = every[(every["start"] <= until) & (every["end"] >= start)]
        by = away.loc[list(running["pipe"]), pipe] if len(running) else pd.Series(dtype=float)
        best = float(by.min()) if len(by) else float("inf")
        rows.append((best <= RADIUS_M, str(by.idxmin()) if len(by) else "", best))
    return pd.DataFrame(rows, columns=["there", "leak", "distance_m"], index=leaks.index)


def reliability(searches: Sequence[Search]) -> Reliability:
    """Return how the probabilities of some searches hold.

    Parameters
    ----------
    searches : sequence of Search
        Answers, with the leaks that were hidden.
    """
    import numpy as np
    import pandas as pd

    parts = []
    for search in searches:
        if not len(search.leaks):
            continue
        found = near(search.record, search.leaks)
        found["said"] = search.leaks["probability"].astype(float)
        zones = zip(found["leak"], search.leaks["zone"], strict=True)
        found["zoned"] = [leak in set(zone) for leak, zone in zones]
        parts.append(found)
    columns = ["there", "leak", "distance_m", "said", "zoned"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    rows = []
    for low, high in pairwise(EDGES):
        last = high == EDGES[-1]
        some = table[(table["said"] >= low) & ((table["said"] < high) | last)]
        rows.append((low, high, len(some), some["said"].mean(), some["there"].astype(float).mean()))
    there = table["there"].astype(float)
    true = table[table["there"].astype(bool)]
    return Reliability(
        pd.DataFrame(rows, columns=["low", "high", "count", "said", "seen"]),
        float(table["said"].mean()), float(there.mean()),
        float(np.square(table["said"].astype(float) - there).mean()),
        float(true["zoned"].astype(float).mean()),
    )  # fmt: skip
