# SPDX-License-Identifier: EUPL-1.2
"""The breaks that count at a date: attached to pipes, one each, none after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.breaks import reading

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.breaks.reading import Floats, Pipes

REACH_M = 50.0
"""Farthest a break is attached to a pipe that it does not name [m]."""
_RATIO = 0.3  # leading years are incomplete below this share of the rate that follows
_SURE = 10.0  # and when twice the gain of log-likelihood is above this (χ², one degree: 0.2 %)
_FLOOR = 1e-9


@dataclass(frozen=True)
class Breaks:
    """Breaks that count, on pipes in the ground.

    Parameters
    ----------
    pipe : (breaks,) array of int
        Row of the pipe.
    when : (breaks,) array
        Times, decimal years [yr].
    since : float
        Time from which they are all recorded; NaN without any break [yr].
    findings : list of Finding
        What was left out, and why.
    """

    pipe: NDArray[np.int64]
    when: Floats
    since: float
    findings: list[Finding]


def complete_since(when: Floats, until: float) -> float:
    """Return the first of January from which breaks are all recorded, by two Poisson rates.

    The leading years are left out when the rate before is below 0.3 times the rate after and the
    two rates fit better than one (twice the gain of log-likelihood above 10).

    Parameters
    ----------
    when : (breaks,) array
        Times, decimal years [yr].
    until : float
        End of the records [yr].
    """
    if not len(when):
        return float("nan")
    first = int(np.floor(when.min()))
    last = max(int(np.ceil(until)) - 1, first)
    width = np.full(last - first + 1, 1.0)
    width[-1] = max(until - last, 1e-3)
    count = np.bincount(np.clip(np.floor(when).astype(int), first, last) - first,
                        minlength=last - first + 1).astype(float)  # fmt: skip
    best, since = 0.0, float(first)
    whole = _likelihood(count.sum(), width.sum())
    for k in range(1, len(count)):
        before, after = (count[:k].sum(), width[:k].sum()), (count[k:].sum(), width[k:].sum())
        if before[0] / before[1] > _RATIO * after[0] / after[1]:
            continue
        gain = 2.0 * (_likelihood(*before) + _likelihood(*after) - whole)
        if gain > max(best, _SURE):
            best, since = gain, float(first + k)
    return since


def _likelihood(count: float, time: float) -> float:
    """Return the largest log-likelihood of a Poisson count over a time, constants apart."""
    return float(count * np.log(max(count, _FLOOR) / time)) if count else 0.0


def history(pipes: Pipes, frame: pd.DataFrame | None, until: float) -> Breaks:
    """Attach breaks to pipes and leave out those that cannot count.

    Parameters
    ----------
    pipes : Pipes
        Pipes in the ground.
    frame : DataFrame or None
        Breaks with any usual column names; what is after ``until`` is not looked at.
    until : float
        Date of the forecast, decimal year [yr].
    """
    none = Breaks(np.zeros(0, np.int64), np.zeros(0), float("nan"), [])
    if frame is None or not len(frame):
        return none
    dates = reading.column(frame, "break", "when")
    if dates is None:
        none.findings.append(finding("JUM-H201", "pipe_break", "broken_on", count=len(frame)))
        return none
    when = reading.decimal_years(dates)
    undated = int(np.isnan(when).sum())
    keep = when < until  # NaN is not
    frame, when = frame.loc[keep], when[keep]
    findings: list[Finding] = []
    if undated:
        findings.append(finding("JUM-H201", "pipe_break", "broken_on", count=undated))
    named = reading.column(frame, "break", "pipe")
    texts = np.full(len(frame), "") if named is None else reading.keys(named)
    fresh = _first(frame, texts, when)
    if (~fresh).any():
        findings.append(finding("JUM-H204", "pipe_break", "", count=int((~fresh).sum())))
    frame, when, texts = frame.loc[fresh], when[fresh], texts[fresh]
    at = {text: row for row, text in enumerate(reading.keys(_series(pipes.ids)))}
    row = np.array([at.get(text, -1) for text in texts], dtype=np.int64)
    row, near = _nearest(pipes, frame, row)
    if len(near):
        findings.append(
            finding("JUM-H208", "pipe_break", "pipe_id", count=len(near),
                    median=round(float(np.median(near)), 1), most=round(float(near.max()), 1))
        )  # fmt: skip
    since = complete_since(when, until)
    lost = row < 0
    if lost.any():
        findings.append(
            finding("JUM-H202", "pipe_break", "pipe_id", count=int(lost.sum()), breaks=len(row))
        )
    row, when = row[~lost], when[~lost]
    early = when < pipes.laid_from[row]  # never where the date is unknown
    if early.any():
        findings.append(finding("JUM-H205", "pipe_break", "broken_on", count=int(early.sum())))
    row, when = row[~early], when[~early]
    late = when >= since
    if (~late).any():
        findings.append(
            finding("JUM-H206", "pipe_break", "", year=int(since), count=int((~late).sum()))
        )
    return Breaks(row[late], when[late], since, findings)


def _series(values: NDArray[Any]) -> pd.Series:
    import pandas as pd

    return pd.Series(values)


def _first(frame: pd.DataFrame, texts: NDArray[np.str_], when: Floats) -> NDArray[np.bool_]:
    """Return which breaks are told for the first time: by their id, else by pipe, day and place."""
    import pandas as pd

    own = reading.column(frame, "break", "id")
    if own is not None and own.notna().all():
        return np.asarray(~own.duplicated())
    table = pd.DataFrame({"pipe": texts, "when": np.floor(when * 366.0)})
    for name in ("x", "y"):
        values = reading.column(frame, "break", name)
        if values is not None:
            table[name] = values.to_numpy()
    return np.asarray(~table.duplicated())


def _nearest(
    pipes: Pipes, frame: pd.DataFrame, row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats]:
    """Attach the breaks that name no pipe to the nearest, and return the distances [m]."""
    lost = np.flatnonzero(row < 0)
    if pipes.places is None or not len(lost):
        return row, np.zeros(0)
    import shapely

    points = reading.points_of(frame, pipes)
    if points is None:
        return row, np.zeros(0)
    lost = lost[~shapely.is_missing(points[lost]) & ~shapely.is_empty(points[lost])]
    tree = shapely.STRtree(pipes.places)
    (source, target), distance = tree.query_nearest(
        points[lost], max_distance=REACH_M, return_distance=True, all_matches=False
    )
    row = row.copy()
    row[lost[source]] = target
    return row, distance
