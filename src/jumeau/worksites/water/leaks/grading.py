# SPDX-License-Identifier: EUPL-1.2
"""Grade of the demonstrator's exercise: the leaks that were found beside the key of its folder.

A demonstrator hides leaks in its telemetry and writes where they were in ``key/leaks.csv``, that no
import reads. Grading reads it once the search is done.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.leaks.scoring import RADIUS_M, pipe_distances
from jumeau.worksites.water.network import tuples

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.network import Network

KEY = Path("key") / "leaks.csv"
OUT_OF = 20.0
FALSE_ALARM = 1.0
"""Points that a false alarm costs."""


@dataclass(frozen=True)
class Grade:
    """A graded search.

    Parameters
    ----------
    mark : float
        Out of 20 [-].
    leaks : DataFrame
        A row per hidden leak: ``leak, pipe, kind, start, end, peak_m3_h, volume_m3, found, by,
        detected_at, delay_d, distance_m, flow_m3_h, in_zone, probability, points``.
    false_alarms : DataFrame
        Leaks found where none is hidden: ``pipe, start, detected_at, flow_m3_h, probability``.
    """

    mark: float
    leaks: pd.DataFrame
    false_alarms: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return the grade as plain data for JSON."""
        return {
            "mark": self.mark,
            "out_of": OUT_OF,
            "found": int(self.leaks["found"].sum()),
            "leaks": json.loads(self.leaks.to_json(orient="records", date_format="iso")),
            "false_alarms": json.loads(
                self.false_alarms.to_json(orient="records", date_format="iso")
            ),
        }


def grade(leaks: pd.DataFrame, key: pd.DataFrame, net: Network) -> Grade:
    """Grade a leak search by a key, each hidden leak counting by the water that it lost.

    Parameters
    ----------
    leaks : DataFrame
        Answer of :func:`find_leaks`, ``pipe, start, end, detected_at, flow_m3_h, probability,
        zone``, times in UTC.
    key : DataFrame
        ``leak, pipe, kind, starts, repaired, peak_m3_h, volume_m3``; no repair while it runs.
    net : Network
        The network, with the pipes of both.

    Returns
    -------
    Grade
        Mark, a row per hidden leak, false alarms.

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for a pipe that the network does not have.

    Notes
    -----
    A leak is found by the nearest detection within 300 m along the pipes whose period meets its
    own; each detection finds one leak. With w the share of the water of all leaks that it lost and
    x the distance [m], it brings 20 w (1 - x/600) points; a false alarm costs one. What is near a
    leak already found is neither.
    """
    import numpy as np
    import pandas as pd

    hidden = key.reset_index(drop=True)
    given = leaks.reset_index(drop=True)
    begun, ended = _utc(hidden["starts"]), _utc(hidden["repaired"])
    since, until = _utc(given["start"]), _utc(given["end"])
    named = [str(it) for it in hidden["pipe"]]
    away = (
        pipe_distances(net, named)
        .loc[named, [str(it) for it in given["pipe"]]]
        .to_numpy(np.float64)
    )
    weight = hidden["volume_m3"].astype(float) / hidden["volume_m3"].astype(float).sum()
    pairs = [
        (float(away[h, g]), h, g)
        for h in range(len(hidden))
        for g in range(len(given))
        if away[h, g] <= RADIUS_M and _before(begun[h], until[g]) and _before(since[g], ended[h])
    ]
    taken: dict[int, tuple[int, float]] = {}
    for x, h, g in sorted(pairs):
        if h not in taken and g not in {it for it, _ in taken.values()}:
            taken[h] = (g, x)
    rows: list[tuple[Any, ...]] = []
    for h, row in enumerate(tuples(hidden)):
        base = (row.leak, row.pipe, row.kind, begun[h], ended[h], row.peak_m3_h, row.volume_m3)
        if h not in taken:
            rows.append((*base, False, "", pd.NaT, np.nan, np.nan, np.nan, False, np.nan, 0.0))
            continue
        g, x = taken[h]
        one = given.iloc[g]
        seen = _utc([one["detected_at"]])[0]
        delay = (seen - begun[h]) / pd.Timedelta(days=1)
        rows.append((
            *base, True, one["pipe"], seen, delay, x, float(one["flow_m3_h"]),
            row.pipe in set(one["zone"]), float(one["probability"]),
            OUT_OF * float(weight[h]) * (1 - x / (2 * RADIUS_M)),
        ))  # fmt: skip
    near = {g for _, _, g in pairs}
    columns = ["leak", "pipe", "kind", "start", "end", "peak_m3_h", "volume_m3", "found", "by",
               "detected_at", "delay_d", "distance_m", "flow_m3_h", "in_zone", "probability",
               "points"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    alone = given.loc[[g not in near for g in range(len(given))]]
    false = alone[["pipe", "start", "detected_at", "flow_m3_h", "probability"]]
    mark = max(0.0, float(table["points"].sum()) - FALSE_ALARM * len(false))
    return Grade(round(mark, 2), table, false.reset_index(drop=True))


def grade_territory(t: Territory, key: Path | None = None) -> Grade:
    """Grade the leaks that a territory holds by the key of the demonstrator's folder.

    Parameters
    ----------
    t : Territory
        A demonstrator whose water worksite was run.
    key : Path, optional
        ``leaks.csv`` of the key; that of the territory's folder by default.

    Returns
    -------
    Grade
        Mark, a row per hidden leak, false alarms.

    Raises
    ------
    MissingFileError
        ``JUM-H172`` without a key.
    """
    import pandas as pd

    from jumeau.worksites.water import completing, twin_reading

    path = key or Path(t.path) / KEY
    if not path.is_file():
        raise error("JUM-H172", path=str(path))
    hidden = pd.read_csv(path, dtype={"pipe": str})
    wanted = set(hidden["pipe"])
    rows = t.table("leak").to_pandas()
    networks = [name for name in twin_reading.networks(t) if name]
    for name in networks:
        reading = twin_reading.read(t, name)
        completing.complete(t, reading)
        if wanted <= set(reading.net.pipes.index) or name == networks[-1]:
            mine = rows[rows["network_id"].fillna("") == name]
            return grade(_told(mine, reading.links.to_own), hidden, reading.net)
    raise error("JUM-H081")


def _told(rows: pd.DataFrame, own: dict[str, str]) -> pd.DataFrame:
    """Return rows of the twin as the answer of a search, pipes under their names in the file."""
    import pandas as pd

    def named(pipes: Collection[str]) -> list[str]:
        return [own.get(str(it), str(it)) for it in pipes]

    return pd.DataFrame({
        "pipe": named(list(rows["pipe_id"])),
        "start": list(rows["started_at"]),
        "end": list(rows["ended_at"]),
        "detected_at": list(rows["detected_at"]),
        "flow_m3_h": list(rows["flow_m3_h"]),
        "probability": list(rows["probability"]),
        "zone": [named(json.loads(it)) if isinstance(it, str) else named(it or {})
                 for it in rows["zone"]],
    })  # fmt: skip


def _utc(values: Any) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.DatetimeIndex(pd.to_datetime(pd.Index(values), utc=True, format="mixed"))


def _before(one: Any, other: Any) -> bool:
    """Tell whether a time comes before another, or the other is not known."""
    import pandas as pd

    return bool(pd.isna(other) or one <= other)
