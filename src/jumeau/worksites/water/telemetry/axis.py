# SPDX-License-Identifier: EUPL-1.2
"""Readings of any times put on one regular axis; hours given twice or lacking on change days.

A naive index is a fixed offset without summer time. Where hours 02:00–03:00 of the last Sunday of
October come twice, or those of the last Sunday of March lack for all sensors, the clock was that
of the street: readings of the summer are moved one hour back, to winter time all the year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water.telemetry.prepared import Fault

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

STEP_S = 300
"""Least step of the axis [s]."""
HOUR_S = 3600


@dataclass
class Axis:
    """Regular times.

    Parameters
    ----------
    start : int
        First time [s since 1970, on the clock of the axis].
    step : int
        Step [s].
    count : int
        Number of times.
    zone : tzinfo or None
        Zone of the frames when they were aware.
    """

    start: int
    step: int
    count: int
    zone: Any = None

    def index(self) -> pd.DatetimeIndex:
        """Return the times as an index: naive, or UTC."""
        import pandas as pd

        made = pd.DatetimeIndex(
            (self.start + self.step * np.arange(self.count, dtype=np.int64)).view("M8[s]"),
            name="time",
        )
        return made.tz_localize("UTC") if self.zone is not None else made

    def hour(self) -> Floats:
        """Return the hour of the day of each time on the clock of the frames [h]."""
        import pandas as pd

        times = self.index()
        local = times.tz_convert(self.zone) if self.zone is not None else times
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return np.asarray(pd.Index(seconds).to_numpy(), float) / 3600

    def at(self, place: int) -> pd.Timestamp:
        """Return the time of a step."""
        import pandas as pd

        stamp = pd.Timestamp(self.start + self.step * int(place), unit="s")
        return stamp.tz_localize("UTC") if self.zone is not None else stamp


@dataclass
class Placed:
    """Frames on one axis.

    Parameters
    ----------
    axis : Axis
        The axis.
    frames : dict of str to (n, columns) float64 array
        Readings, NaN for none.
    faults : list of Fault
        Times given twice, summer time.
    summer : tuple of Timestamp
        Days of change met when the clock was that of the street.
    """

    axis: Axis
    frames: dict[str, Floats]
    faults: list[Fault] = field(default_factory=list)
    summer: tuple[pd.Timestamp, ...] = ()


def seconds(index: Any, quantity: str) -> tuple[Ints, Any]:
    """Return times as seconds since 1970 (UTC, or the naive clock) and the zone, None if naive.

    Raises
    ------
    InvalidError
        ``JUM-H189`` for an index that holds no times.
    """
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        try:
            index = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
        except (TypeError, ValueError):
            raise error("JUM-H189", file=quantity, why=type(index).__name__) from None
    zone = index.tz
    plain = index.tz_convert("UTC").tz_localize(None) if zone is not None else index
    stamps = plain.to_numpy().astype("M8[s]").astype(np.int64)
    return stamps, zone


def place(frames: Mapping[str, pd.DataFrame]) -> Placed:
    """Put frames on one regular axis, at the step of the finest of at least five minutes.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Readings by quantity, indexed by time, columns of numbers.

    Returns
    -------
    Placed
        Readings that fall in one step are averaged; those of a coarser frame hold until the next.

    Raises
    ------
    InvalidError
        ``JUM-H189`` when no frame has two times, or clocks are naive and aware together.
    """
    times, zones = {}, []
    for name, frame in frames.items():
        if not len(frame.index):
            continue
        times[name], zone = seconds(frame.index, name)
        zones.append(zone)
    if not times or len({zone is None for zone in zones}) > 1:
        why = "naive + aware" if times else "0"
        raise error("JUM-H189", file=", ".join(frames), why=why)
    zone = zones[0]
    faults: list[Fault] = []
    summer: tuple[pd.Timestamp, ...] = ()
    if zone is None:
        times, summer = winter(times, faults, frames)
    steps = {name: usual_step(values) for name, values in times.items()}
    step = max(STEP_S, min(steps.values()))
    start = min(int(values.min()) for values in times.values()) // step * step
    last = max(int(values.max()) for values in times.values())
    axis = Axis(start, step, (last - start) // step + 1, zone)
    made = Placed(axis, {}, faults, summer)
    for name, frame in frames.items():
        if name in times:
            hold = max(1, round(steps[name] / step))
            made.frames[name] = _settled(times[name], frame, axis, hold, name, faults)
        else:
            made.frames[name] = np.full((axis.count, frame.shape[1]), np.nan)
    return made


def usual_step(stamps: Ints) -> int:
    """Return the commonest difference of times that follow each other [s]."""
    gaps = np.diff(np.unique(stamps))
    if not gaps.size:
        return STEP_S
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[counts.argmax()])


def winter(
    times: dict[str, Ints], faults: list[Fault], frames: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, Ints], tuple[pd.Timestamp, ...]]:
    """Return times in winter time all the year, when the frames follow the clock of the street.

    Parameters
    ----------
    times : dict of str to (rows,) int64 array
        Naive times by frame [s since 1970], in the order of the file.
    faults : list of Fault
        Receives the days of change.
    frames : mapping of str to DataFrame
        The readings themselves: an hour given twice with the same readings is only a repetition.

    Returns
    -------
    times : dict of str to (rows,) int64 array
        [s since 1970], as given when no day of change was met.
    days : tuple of Timestamp
        Days of change met.
    """
    import pandas as pd

    every = np.unique(np.concatenate(list(times.values())))
    step = usual_step(every)
    days = [day for year in _years(every) for day in changes(year)]
    told = []
    for month, day in days:
        hour = (every >= day + 2 * HOUR_S) & (every < day + 3 * HOUR_S)
        around = (every >= day - 6 * HOUR_S) & (every < day + 12 * HOUR_S)
        if around.sum() * step < 12 * HOUR_S:
            continue
        if month == 10:
            twice = [int(_again(values, day).sum()) for values in times.values()]
            sure = all(_again(values, day).sum() * usual_step(values) >= HOUR_S // 2
                       and not _same_rows(values, frames[name], day)
                       for name, values in times.items() if _covers(values, day))  # fmt: skip
            if sum(twice) and sure:
                told.append((month, day))
        elif not hour.any() and step <= HOUR_S:
            edges = (day + 2 * HOUR_S - step <= every) & (every <= day + 3 * HOUR_S + step - 1)
            if edges.sum() == 2:  # that hour lacks, and nothing else
                told.append((month, day))
    autumns = [day for month, day in told if month == 10]
    springs = [day for month, day in told if month == 3]
    met = any(month == 10 and every[0] < day < every[-1] for month, day in days)
    if not told or (met and not autumns):  # an hour lost in spring and none given twice
        return times, ()
    moved = {name: _moved(values, days) for name, values in times.items()}
    for day in sorted(springs + autumns):
        stamp = pd.Timestamp(day + 2 * HOUR_S, unit="s")
        faults.append(Fault("*", "*", "summer time", stamp, stamp, 3600.0, "s", "shifted"))
    return moved, tuple(pd.Timestamp(day, unit="s") for day in sorted(springs + autumns))


def changes(year: int) -> list[tuple[int, int]]:
    """Return the last Sundays of March and October of a year as (month, seconds since 1970)."""
    import calendar
    from datetime import UTC, datetime

    found = []
    for month in (3, 10):
        last = calendar.monthrange(year, month)[1]
        day = last - (calendar.weekday(year, month, last) + 1) % 7
        found.append((month, int(datetime(year, month, day, tzinfo=UTC).timestamp())))
    return found


def _years(every: Ints) -> range:
    first, last = (int(str(np.datetime64(int(it), "s"))[:4]) for it in (every[0], every[-1]))
    return range(first, last + 1)


def _covers(values: Ints, day: int) -> bool:
    return bool(values.min() <= day and values.max() >= day + 4 * HOUR_S)


def _again(values: Ints, day: int) -> NDArray[np.bool_]:
    """Return which readings of the hour 02:00–03:00 of a day come a second time."""
    inside = np.flatnonzero((values >= day + 2 * HOUR_S) & (values < day + 3 * HOUR_S))
    out = np.zeros(values.size, bool)
    _, first = np.unique(values[inside], return_index=True)
    again = np.ones(inside.size, bool)
    again[first] = False
    out[inside[again]] = True
    return out


def _same_rows(values: Ints, frame: pd.DataFrame, day: int) -> bool:
    """Tell whether the readings given twice are the same readings."""
    inside = np.flatnonzero((values >= day + 2 * HOUR_S) & (values < day + 3 * HOUR_S))
    if not inside.size or not frame.shape[1]:
        return False
    rows = frame.iloc[inside]
    return bool(rows.assign(_time=values[inside]).duplicated(keep=False).mean() > 0.9)


def _moved(values: Ints, days: list[tuple[int, int]]) -> Ints:
    """Return times of the clock of the street in winter time."""
    out = values.copy()
    for (_, spring), (_, autumn) in zip(days[::2], days[1::2], strict=True):
        summer = (values >= spring + 3 * HOUR_S) & (values < autumn + 3 * HOUR_S)
        doubled = _again(values, autumn)
        hour = (values >= autumn + 2 * HOUR_S) & (values < autumn + 3 * HOUR_S)
        single = hour & ~np.isin(values, values[doubled])  # kept as winter: told once only
        out[summer & ~doubled & ~single] -= HOUR_S
    return out


def _settled(
    stamps: Ints, frame: pd.DataFrame, axis: Axis, hold: int, name: str, faults: list[Fault]
) -> Floats:
    """Return a frame on the axis: averaged where finer, held where coarser."""
    values = frame.to_numpy(float, na_value=np.nan)
    if values.base is not None or values is frame.to_numpy():
        values = values.copy()
    values[~np.isfinite(values)] = np.nan
    values, stamps = _once(stamps, values, axis, name, faults)
    slots = (stamps - axis.start) // axis.step
    if slots.size == axis.count and np.array_equal(slots, np.arange(axis.count)):
        return values
    out = np.full((axis.count, values.shape[1]), np.nan)
    order = np.argsort(slots, kind="stable")
    slots, values = slots[order], values[order]
    unique, first = np.unique(slots, return_index=True)
    if unique.size == slots.size:
        out[unique] = values
    else:
        there = np.isfinite(values)
        total = np.add.reduceat(np.where(there, values, 0.0), first, axis=0)
        count = np.add.reduceat(there, first, axis=0, dtype=np.int64)
        with np.errstate(invalid="ignore"):
            out[unique] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    if hold > 1:
        gap = np.diff(np.r_[unique, unique[-1] + hold])
        for late in range(1, hold):
            kept = unique[gap > late]
            kept = kept[kept + late < axis.count]
            out[kept + late] = out[kept]
    return out


def _once(
    stamps: Ints, values: Floats, axis: Axis, name: str, faults: list[Fault]
) -> tuple[Floats, Ints]:
    """Return readings whose times are given once: the last one counts."""
    import pandas as pd

    again = pd.Index(stamps).duplicated(keep="last")
    if again.any():
        places = (stamps[again] - axis.start) // axis.step
        count = int(again.sum())
        faults.append(Fault("*", name, "duplicate", axis.at(places.min()), axis.at(places.max()),
                            float(count), "readings", "left out", count))  # fmt: skip
        values, stamps = values[~again], stamps[~again]
    return values, stamps
