# SPDX-License-Identifier: EUPL-1.2
"""The search as the record grows: each detection uses only what was measured before it.

Week after week the record so far is prepared and searched from what was believed the week before.
A leak is told when it is found with evidence to spare, or found twice; its pipe and its time are
then kept, later weeks revise its flow and its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError, error
from jumeau.worksites.water.leaks import searching, telling
from jumeau.worksites.water.leaks.history import Belief, History
from jumeau.worksites.water.leaks.passes import ended, sampled, searched

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.leaks.searching import Leak
    from jumeau.worksites.water.leaks.telling import Found
    from jumeau.worksites.water.network import Network

STEP_D = 7
"""Days between two searches."""
GHOST, PRICE = 0.015, 100.0
AMPLE = 2.0
"""Gain over the least asked for, from which a leak is told at once."""
RECENT_D = 45.0
"""Days after its repair during which a leak is still revised."""
SAME_M = 300.0
"""Distance under which a leak is one that was told."""


@dataclass
class Watch:
    """What was told so far, and what is believed."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    pipes: list[int] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    unknown: Any = None
    waiting: list[int] = field(default_factory=list)
    """Pipes of leaks found last time and not told yet."""


def follow(
    net: Network, frames: tuple[pd.DataFrame | None, ...], train: tuple[Any, Any]
) -> pd.DataFrame:
    """Search a record as it grows, a week at a time.

    Parameters
    ----------
    net : Network
        The model.
    frames : tuple of DataFrame
        Pressures, flows, levels, meters, as given.
    train : (start, end)
        Period without leak.
    """
    import pandas as pd

    from jumeau.worksites.water.telemetry.preparing import prepare

    whole = prepare(*frames, train=train, net=net)
    if not whole.matches:
        return telling.empty(whole)
    given = [
        it.set_axis(pd.DatetimeIndex(it.index)).sort_index(kind="stable")
        if it is not None else None for it in frames
    ]  # fmt: skip
    first = min(it.index[0] for it in given if it is not None and len(it)).normalize()
    last = max(it.index[-1] for it in given if it is not None and len(it))
    step = pd.Timedelta(days=STEP_D)
    watch = Watch()
    end = first + step
    latest = None
    while end <= last + pd.Timedelta(minutes=5):
        part = [it[it.index < end] if it is not None else None for it in given]
        try:
            told = prepare(*part, train=train, net=net)
        except JumeauError:  # nothing of the training period yet
            end += step
            continue
        if told.matches:
            history = History(net, told)
            if history.searchable() and history.training.sum() < history.days:
                found = _searched(history, watch)
                _tell(history, found, watch, end)
                latest = history, told, found
        end += step
    if latest is None:
        if not History(net, whole).searchable():
            raise error("JUM-H160")
        return telling.empty(whole)
    return _table(*latest, watch)


def _searched(history: History, watch: Watch) -> Found:
    """Search a record from what was believed a week before."""
    if not watch.leaks and watch.unknown is None:
        return searched(history)
    settings = searching.Settings(price=PRICE, ghost=GHOST)
    unknown = watch.unknown if len(watch.unknown) == history.wide else None
    leaks = watch.leaks
    for turn in range(2):
        it = history.linear(Belief(leaks, unknown))
        last = float(len(it.z))
        live = [j for j, leak in enumerate(leaks)
                if not leak.course.end < last - RECENT_D]  # fmt: skip
        leaks = searching.sweep(it, leaks, live, settings)
        before = len(leaks)
        if turn == 0:
            leaks = searching.search(it, settings, leaks, sampled(history, history.days // STEP_D),
                                     since=last - 2.0 * RECENT_D)  # fmt: skip
        found = ended(history, it, settings, leaks)
        unknown = found.unknown
        if len(leaks) <= before:
            break
    return found


def _tell(history: History, found: Found, watch: Watch, now: pd.Timestamp) -> None:
    """Tell the leaks that are new and sure enough."""
    watch.leaks, watch.unknown = list(found.leaks), found.unknown
    if not found.leaks:
        watch.waiting = []
        return
    reach = telling.Reach(history)
    fresh = []
    near = reach.away(np.array([leak.pipe for leak in found.leaks], np.int64))
    waiting = []
    for j, leak in enumerate(found.leaks):
        if any(near[j, pipe] <= SAME_M and _together(leak, row, history)
               for pipe, row in zip(watch.pipes, watch.rows, strict=True)):  # fmt: skip
            continue
        again = any(near[j, pipe] <= SAME_M for pipe in watch.waiting)
        if leak.gain >= AMPLE * found.asked[j] or again:
            fresh.append(j)
        else:
            waiting.append(leak.pipe)
    watch.waiting = waiting
    names = {name: k for k, name in enumerate(history.pipes)}
    for row in telling.rows_of(history, found, fresh):
        row["detected_at"] = now
        row["start"] = min(row["start"], now)
        watch.rows.append(row)
        watch.pipes.append(names[row["pipe"]])


def _together(leak: Leak, row: dict[str, Any], history: History) -> bool:
    """Tell whether a leak runs in the time of one that was told."""
    import pandas as pd

    start, end = history.instant(leak.course.start), history.instant(leak.course.end)
    after = row["end"] if not pd.isna(row["end"]) else end
    return not ((not pd.isna(end) and end < row["start"]) or (not pd.isna(after) and start > after))


def _table(history: History, told: Any, found: Found, watch: Watch) -> pd.DataFrame:
    """Return what was told, flows and ends revised by the last search."""
    mine = []
    taken: set[int] = set()
    every = telling.rows_of(history, found, list(range(len(found.leaks))))
    reach = telling.Reach(history)
    for row, pipe in zip(watch.rows, watch.pipes, strict=True):
        away = reach.away(np.array([pipe], np.int64))[0]
        best, least = -1, SAME_M
        for j, leak in enumerate(found.leaks):
            if j not in taken and away[leak.pipe] <= least and _together(leak, row, history):
                best, least = j, float(away[leak.pipe])
        mine.append(best)
        if best < 0:
            continue
        taken.add(best)
        for name in ("start", "end", "flow_m3_h", "flow_low", "flow_high", "kind", "eur_day",
                     "cost_so_far_eur"):  # fmt: skip
            row[name] = every[best][name]
        row["start"] = min(row["start"], row["detected_at"])
    return telling.table(history, told, found, watch.rows, mine)
