# SPDX-License-Identifier: EUPL-1.2
"""Score of a leak search by the rule of the Battle of the Leakage Detection and Isolation Methods.

A detection names a pipe and a time. It hits a leak that runs at that time and lies within 300 m
along the pipes; it saves the water lost from then to the end of the year and pays crews by the
distance. One that hits nothing costs a crew.

Reference: Vrachimis et al., 2022, Battle of the Leakage Detection and Isolation Methods, Journal
of Water Resources Planning and Management 148(12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.water.network import LINKS, Network, tuples

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WATER_EUR_M3 = 0.80
"""Price of the water that is saved."""
CREW_EUR = 500.0
"""Price of a crew sent for nothing, or to a leak at the largest distance."""
RADIUS_M = 300.0
"""Largest distance of a hit along the pipes."""
HIT, FALSE, REPEAT, EARLY, LATE = "hit", "false", "repeat", "before", "after"


@dataclass(frozen=True)
class Score:
    """What a leak search is worth; ``float(score)`` is its euros.

    Parameters
    ----------
    score_eur : float
        Sum of the detections [€].
    perfect_eur : float
        What a search would earn that named every leak when it began [€].
    true_positives, false_positives, false_negatives : int
        Leaks found, detections of nothing, leaks not found. A second detection of a leak
        already found counts nowhere.
    median_distance_m : float
        Of the leaks found, along the pipes [m]; NaN without any.
    median_delay_d : float
        From the beginning of each leak found to its detection [d]; NaN without any.
    detections : DataFrame
        A row per detection, by time: ``pipe, time, submitted, result`` (hit, false, repeat; before
        or after the judged period), ``leak, distance_m, delay_d, score_eur``. The distance of one
        that hits nothing is that to the nearest leak that ran then.
    leaks : DataFrame
        A row per leak: ``pipe, start, end, kind, worth_eur, found, by, detected_at, distance_m,
        delay_d, score_eur``.
    """

    score_eur: float
    perfect_eur: float
    true_positives: int
    false_positives: int
    false_negatives: int
    median_distance_m: float
    median_delay_d: float
    detections: pd.DataFrame
    leaks: pd.DataFrame

    def __float__(self) -> float:
        return self.score_eur

    @property
    def share(self) -> float:
        """Return the share of the perfect score [-]."""
        return self.score_eur / self.perfect_eur if self.perfect_eur else float("nan")


def score_battledim(
    leaks: Any, truth: pd.DataFrame, leakflow: pd.DataFrame, net: Network,
    *, carried: bool | None = None,
) -> Score:  # fmt: skip
    """Score a leak search by the rule of BattLeDIM 2020.

    The judged period and its step are those of ``leakflow``: 2019 by 5 minutes in the contest, or
    any other.

    Parameters
    ----------
    leaks : DataFrame, sequence of (pipe, time) or mapping
        Detections: the answer of :func:`find_leaks`, whose time is ``detected_at``, or a
        submission, columns ``pipe`` and ``time``; as columns, rows or pairs.
    truth : DataFrame
        Leaks, columns ``pipe, start, end`` and perhaps ``type``; no end while it runs.
    leakflow : DataFrame
        Flow of each leak by time (index, or column ``time``), a column per leaky pipe [m³/h].
    net : Network
        The network; its pipe lengths make distances [m], pumps and valves have none.
    carried : bool, optional
        Whether a leak detected before the judged period and not repaired by then is submitted at
        its first step plus one (2019-01-01 00:05); such detections are otherwise ignored, as the
        contest does. By default when the frame says when leaks end (column ``end``), as that of
        :func:`find_leaks`.

    Returns
    -------
    Score
        Euros, hits, false alarms, medians of distance and delay, a row per detection and per leak.

    Raises
    ------
    InvalidError
        ``JUM-H170`` when a table lacks a column, or a time cannot be read; ``JUM-H171`` for a
        leaky pipe without flows.
    UnknownNameError
        ``JUM-H070`` for a pipe that the network does not have.

    Notes
    -----
    With steps td = round((t − first)/step) of a detection and t0, t1 of a leak, both counted from
    the first of the period, and x the shortest path between the ends of both pipes plus half of
    each length (0 for the same pipe), a hit asks t0 ≤ td ≤ t1 and x ≤ 300 m, and earns
    0.80 Σ q step − 500 x/300 over the steps from max(td, 1) − 1: the published flows are numbered
    from 1. Among several leaks the nearest not yet found is taken; with only leaks already found
    the detection is worth 0; with none it costs 500 €. There is no largest delay.
    """
    import numpy as np
    import pandas as pd

    given = _detections(leaks, carried)
    leakflow = _timed(leakflow)
    flows = _stamped(leakflow.index)
    if len(flows) < 2:
        raise error("JUM-H170", table="leakflow", why="fewer than two times")
    first, step = flows[0], pd.Series(flows).diff().median()
    hours = step / pd.Timedelta(hours=1)
    known = _truth(truth, leakflow, first, step, len(flows))
    places = _Places(net, list(known["pipe"]))
    worth = [_worth(leakflow, row, bool(known["pipe"].duplicated().any())) * hours * WATER_EUR_M3
             for row in tuples(known)]  # fmt: skip
    best = [float(money[max(row.t0, 1) - 1 :].sum())
            for money, row in zip(worth, tuples(known), strict=True)]  # fmt: skip

    given["submitted"] = given["time"]
    if given.attrs["carried"]:
        alive = given["ended"].isna() | (given["ended"] >= first)
        given.loc[(given["time"] < first) & alive, "submitted"] = first + step
    given["step"] = [round(it) for it in (given["submitted"] - first) / step]
    given = given.sort_values("submitted", kind="stable", ignore_index=True)
    rows, found = [], dict[int, tuple[Any, ...]]()
    for item in tuples(given):
        result, which, away = _judged(item, known, set(found), places, len(flows))
        money = -CREW_EUR if result == FALSE else 0.0
        delay = np.nan
        if result == HIT:
            delay = (item.time - known.at[which, "start"]) / pd.Timedelta(days=1)
            money = float(worth[which][max(item.step, 1) - 1 :].sum()) - CREW_EUR * away / RADIUS_M
            found[which] = (item.pipe, item.time, away, delay, money)
        leak = known.at[which, "pipe"] if result in (HIT, REPEAT) else ""
        rows.append((item.pipe, item.time, item.submitted, result, leak, away, delay, money))
    columns = ["pipe", "time", "submitted", "result", "leak", "distance_m", "delay_d", "score_eur"]
    table = pd.DataFrame(rows, columns=columns)
    own = ["by", "detected_at", "distance_m", "delay_d", "score_eur"]
    missed = ("", pd.NaT, np.nan, np.nan, 0.0)
    told = pd.DataFrame([found.get(k, missed) for k in range(len(known))], columns=own)
    known["worth_eur"], known["found"] = best, [k in found for k in range(len(known))]
    known = known.drop(columns=["t0", "t1"]).join(told)
    return Score(
        score_eur=float(table["score_eur"].sum()),
        perfect_eur=float(sum(best)),
        true_positives=len(found),
        false_positives=int((table["result"] == FALSE).sum()),
        false_negatives=len(known) - len(found),
        median_distance_m=float(known["distance_m"].median()),
        median_delay_d=float(known["delay_d"].median()),
        detections=table,
        leaks=known,
    )


def pipe_distances(net: Network, origins: Sequence[str]) -> pd.DataFrame:
    """Return the distances between links by the contest's rule: shortest path and half lengths.

    Parameters
    ----------
    net : Network
        The network; what is closed still counts as a way, pumps and valves have no length.
    origins : sequence of str
        Links to measure from.

    Returns
    -------
    DataFrame
        A row per origin, a column per link of the network [m]; infinite without a way.

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for a link that the network does not have.
    """
    import pandas as pd

    places = _Places(net, list(dict.fromkeys(origins)))
    return pd.DataFrame(places.away, index=places.origins, columns=places.links)


class _Places:
    """Distances from some links to all others, one search of shortest paths for all."""

    def __init__(self, net: Network, origins: list[str]) -> None:
        import numpy as np
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        at = {name: k for k, name in enumerate(net.node_ids())}
        self.links = [name for table in LINKS for name in getattr(net, table).index]
        self.number = {name: k for k, name in enumerate(self.links)}
        tables = [getattr(net, table) for table in LINKS]
        a, b = (np.concatenate([[at[it] for it in table[end]] for table in tables]).astype(np.int64)
                for end in ("from_node", "to_node"))  # fmt: skip
        length = np.zeros(len(self.links))
        length[: len(net.pipes)] = net.pipes["length_m"].to_numpy(float)
        self.origins = list(dict.fromkeys(origins))
        chosen = np.array([self.at(name) for name in self.origins], np.int64)
        low, high = np.minimum(a, b), np.maximum(a, b)
        order = np.lexsort((length, high, low))
        low, high, weight = low[order], high[order], length[order]
        kept = np.ones(len(order), bool)  # of parallel links the shortest; stored zeros are ways
        kept[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        graph = csr_matrix((weight[kept], (low[kept], high[kept])), shape=(len(at), len(at)))
        ends, back = np.unique(np.concatenate([a[chosen], b[chosen]]), return_inverse=True)
        ways: Floats = np.full((0, len(at)), np.inf)
        if len(chosen):
            ways = dijkstra(graph, directed=False, indices=ends)[back]
        near = np.minimum(ways[: len(chosen)], ways[len(chosen) :])
        half = length / 2
        self.away: Floats = np.minimum(near[:, a], near[:, b]) + half + half[chosen][:, None]
        self.away[np.arange(len(chosen)), chosen] = 0.0
        self.row = {name: k for k, name in enumerate(self.origins)}

    def at(self, link: str) -> int:
        """Return the number of a link."""
        if link not in self.number:
            near = did_you_mean(link, self.number)
            raise error("JUM-H070", table="pipe", name=link, suggestion=near)
        return self.number[link]

    def between(self, link: str, origin: str) -> float:
        """Return the distance of a link to one of the origins [m]."""
        return float(self.away[self.row[origin], self.at(link)])


def _judged(
    item: Any, known: pd.DataFrame, found: set[int], places: _Places, count: int
) -> tuple[str, int, float]:
    """Return the result of a detection, the leak concerned, and its distance."""
    away = [(places.between(item.pipe, row.pipe), row) for row in tuples(known)]
    if item.step < 0:
        return EARLY, -1, float("nan")
    if item.step >= count:
        return LATE, -1, float("nan")
    running = [(x, row) for x, row in away if row.t0 <= item.step <= row.t1]
    hits = sorted(((x, row.Index) for x, row in running if x <= RADIUS_M))
    for x, which in hits:
        if which not in found:
            return HIT, which, x
    if hits:
        return REPEAT, hits[0][1], hits[0][0]
    return FALSE, -1, min((x for x, _ in running), default=float("nan"))


def _worth(leakflow: pd.DataFrame, row: Any, shared: bool) -> Floats:
    """Return the flow of a leak by step [m³/h]; of its own time only when its pipe leaked twice."""
    import numpy as np

    flow: Floats = np.nan_to_num(leakflow[row.pipe].to_numpy(np.float64))
    if shared:
        flow = flow.copy()
        flow[: max(row.t0, 0)] = 0.0
        flow[row.t1 + 1 :] = 0.0
    return flow


def _truth(
    truth: pd.DataFrame, leakflow: pd.DataFrame, first: Any, step: Any, count: int
) -> pd.DataFrame:
    """Return the leaks that the judged period saw, with the steps between which they ran."""
    import pandas as pd

    _columns(truth, "truth", ("pipe", "start", "end"))
    known = pd.DataFrame({
        "pipe": [str(it) for it in truth["pipe"]],
        "start": _stamped(truth["start"]),
        "end": _stamped(truth["end"]),
    })  # fmt: skip
    kind = next((truth[it] for it in ("kind", "type") if it in truth), None)
    known["kind"] = "" if kind is None else [str(it) for it in kind]
    steps = (known["start"] - first) / step, (known["end"] - first) / step
    known["t0"] = [round(it) for it in steps[0]]
    known["t1"] = [count - 1 if pd.isna(it) else round(it) for it in steps[1]]
    seen = (known["t0"] < count) & (known["t1"] >= 0)
    known = known[seen].reset_index(drop=True)
    absent = sorted(set(known["pipe"]) - {str(it) for it in leakflow.columns})
    if absent:
        raise error("JUM-H171", count=len(absent), pipes=", ".join(absent[:5]))
    return known


def _timed(leakflow: pd.DataFrame) -> pd.DataFrame:
    """Return flows indexed by time, which may stand in a column as in a CSV."""
    import pandas as pd

    if isinstance(leakflow.index, pd.DatetimeIndex):
        return leakflow
    for name in ("time", "timestamp", "Timestamp", "datetime"):
        if name in leakflow:
            return leakflow.set_index(name)
    if pd.api.types.is_numeric_dtype(leakflow.index.dtype) and len(leakflow):
        raise error("JUM-H170", table="leakflow", why="no times as index, no column time")
    return leakflow


def _detections(leaks: Any, carried: bool | None) -> pd.DataFrame:
    """Return detections as a frame ``pipe, time, ended``."""
    import pandas as pd

    if not isinstance(leaks, pd.DataFrame):
        leaks = _frame(leaks)
    if "pipe" not in leaks and leaks.index.name == "pipe":
        leaks = leaks.reset_index()
    when = "detected_at" if "detected_at" in leaks else "time"
    _columns(leaks, "leaks", ("pipe", when))
    found = pd.DataFrame({
        "pipe": [str(it) for it in leaks["pipe"]],
        "time": _stamped(leaks[when]),
        "ended": _stamped(leaks["end"]) if "end" in leaks else pd.NaT,
    })  # fmt: skip
    found["ended"] = pd.to_datetime(found["ended"])
    if found["time"].isna().any():
        raise error("JUM-H170", table="leaks", why=f"a row without {when}")
    found.attrs["carried"] = "end" in leaks if carried is None else carried
    return found


def _frame(leaks: Any) -> pd.DataFrame:
    """Return detections told as pairs, as rows by name, or as columns by name."""
    import pandas as pd

    if isinstance(leaks, Mapping):
        return pd.DataFrame(dict(leaks)) if "pipe" in leaks else _frame(leaks.items())
    if isinstance(leaks, str | Path):
        raise error("JUM-H170", table="leaks", why="a text, no table")
    try:
        rows = list(leaks)
        if rows and all(isinstance(row, Mapping) for row in rows):
            return pd.DataFrame(rows)
        return pd.DataFrame([(pipe, time) for pipe, time in rows], columns=["pipe", "time"])
    except (TypeError, ValueError):
        raise error("JUM-H170", table="leaks", why="no pairs (pipe, time)") from None


def _columns(table: pd.DataFrame, name: str, wanted: tuple[str, ...]) -> None:
    lacking = [it for it in wanted if it not in table]
    if lacking:
        raise error("JUM-H170", table=name, why=f"no column {', '.join(lacking)}")


def _stamped(values: Any) -> pd.DatetimeIndex:
    """Return times as naive ones of a fixed offset: an aware time in its zone's winter offset."""
    import pandas as pd

    try:
        stamps = pd.DatetimeIndex(pd.to_datetime(pd.Index(values), format="mixed"))
    except (TypeError, ValueError) as why:
        raise error("JUM-H170", table="times", why=str(why)) from None
    if stamps.tz is None:
        return stamps
    offset = pd.Timedelta(0)
    for one in stamps[stamps.notna()][:1]:
        offset = pd.Timedelta(one.utcoffset() or 0) - pd.Timedelta(one.dst() or 0)
    return stamps.tz_convert("UTC").tz_localize(None) + offset
