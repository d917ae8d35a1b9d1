# SPDX-License-Identifier: EUPL-1.2
"""Faults that show between sensors: clocks, exchanged names, drifts, another network."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.telemetry import clocks, drifts, suspicion, swaps
from jumeau.worksites.water.telemetry.prepared import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.telemetry.axis import Axis
    from jumeau.worksites.water.telemetry.expected import Expected

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

DAY_S, HOUR_S = 86_400, 3600
NIGHT, ACTIVE = (1, 5), (7, 22)
"""Small hours and hours of activity [h]."""
BEGINS = {"en": "begin in the training period", "fr": "commencer pendant l'apprentissage"}
ENDS = {"en": "end in the training period", "fr": "finir pendant l'apprentissage"}
RUNS = {"en": "run through the training period and end after it",
        "fr": "durer tout l'apprentissage et finir après"}  # fmt: skip


@dataclass
class Met:
    """What the sensors tell of one another.

    Parameters
    ----------
    faults, findings : list
        What was found.
    scores : dict of str to float
        Score of drift by pressure sensor.
    fits : bool
        Whether the network may be the one that is measured.
    suspect : float
        Flow of a leak that begins or ends in the training period [m³/h].
    """

    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    fits: bool = True
    suspect: float = 0.0


def look(
    frames: dict[str, Floats], names: dict[str, list[str]], axis: Axis, inside: Bools,
    model: Expected | None, net: Network,
) -> Met:  # fmt: skip
    """Compare the sensors with one another and with the model; readings change in place.

    Parameters
    ----------
    frames : dict of str to (n, columns) float64 array
        Readings in their units.
    names : dict of str to list of str
        Columns.
    axis : Axis
        Their times.
    inside : (n,) bool array
        Training period.
    model : Expected or None
        What the model expects.
    net : Network
        The network.
    """
    met = Met()
    _clocks(frames, names, axis, met)
    pressures = frames["pressures"]
    if DAY_S % axis.step or HOUR_S % axis.step or not pressures.shape[1]:
        return met
    day = DAY_S // axis.step
    hourly = _means(pressures, HOUR_S // axis.step)
    rows = _means(inside[:, None].astype(float), HOUR_S // axis.step)[:, 0] == 1.0
    if not rows.any():
        return met
    if model is not None and np.isfinite(model.pressure).all():
        _names(pressures, names["pressures"], axis, hourly, rows, model, met)
        if not met.fits:
            return met
        hourly = _means(pressures, HOUR_S // axis.step)
        _suspicion(hourly, rows, model, net, names["pressures"], axis, inside, met)
    _exchanges(pressures, names["pressures"], axis, hourly, rows, day, met)
    _drifts(pressures, names["pressures"], axis, hourly, rows, inside, day, met)
    return met


def _means(values: Floats, width: int) -> Floats:
    """Return means of so many rows; NaN where under half are there."""
    count = len(values) // width
    cut = values[: count * width].reshape(count, width, values.shape[1])
    return _mean(cut, 1)


def _mean(values: Floats, along: int) -> Floats:
    there = np.isfinite(values)
    count = there.sum(axis=along)
    total = np.where(there, values, 0.0).sum(axis=along)
    return np.where(count * 2 >= values.shape[along], total / np.maximum(count, 1), np.nan)


def _clocks(frames: dict[str, Floats], names: dict[str, list[str]], axis: Axis, met: Met) -> None:
    kinds = ("pressures", "flows")
    both = np.concatenate([frames[it] for it in kinds], axis=1)
    owners = [(it, rank) for it in kinds for rank in range(frames[it].shape[1])]
    day = DAY_S // axis.step
    for off in clocks.look(both, axis.step):
        quantity, rank = owners[off.sensor]
        clocks.moved_back(frames[quantity][:, rank], off, day)
        amount = float(off.lag[-1]) * axis.step
        met.faults.append(Fault(
            names[quantity][rank], quantity, "clock", axis.at(off.first), axis.at(off.last),
            amount, "s", "shifted",
        ))  # fmt: skip


def _names(
    pressures: Floats, names: list[str], axis: Axis, hourly: Floats, rows: Bools,
    model: Expected, met: Met,
) -> None:  # fmt: skip
    found = swaps.assigned(hourly[rows], model.pressure)
    if not found.fits:
        met.fits = False
        met.findings.append(finding(
            "JUM-H185", "observation", "", lost=0, bias=round(found.bias, 1),
            moved=int((found.node != np.arange(len(names))).sum()), total=len(names),
        ))  # fmt: skip
        return
    moved = np.flatnonzero(found.node != np.arange(len(names)))
    if not moved.size:
        return
    old = pressures[:, moved].copy()
    pressures[:, found.node[moved]] = old
    for series in moved:
        met.faults.append(Fault(
            names[series], "pressures", "swap", axis.at(0), axis.at(axis.count - 1),
            float(found.misfit[series]), names[int(found.node[series])], "exchanged",
        ))  # fmt: skip


def _suspicion(
    hourly: Floats, rows: Bools, model: Expected, net: Network, names: list[str], axis: Axis,
    inside: Bools, met: Met,
) -> None:  # fmt: skip
    of = swaps.basis(model.pressure)

    def left(values: Floats) -> Floats:
        fair = np.isfinite(values).mean(axis=1, keepdims=True) > 0.5
        whole = np.where(fair, values, np.nan)
        return np.asarray(whole - swaps.predicted(whole, of), float)

    daily = _means(left(hourly[rows]), 24)
    first = int(np.flatnonzero(inside)[0])
    found = suspicion.look(daily, model.pressure, net, names)
    change = BEGINS if found is not None and found.flow > 0 else ENDS
    if found is None:
        day, change = DAY_S // axis.step, RUNS
        days = _means(inside[:, None].astype(float), day)[:, 0] > 0.5
        every = left(_means(hourly, 24))
        found = suspicion.ended(every, days[: len(every)], model.pressure, net, names)
        first = 0
    if found is None:
        return
    met.suspect = abs(found.flow)
    met.findings.append(finding(
        "JUM-H187", "observation", found.junction,
        start=str(axis.at(first + found.day * DAY_S // axis.step).date()),
        flow=round(abs(found.flow), 1), place=found.junction, change=change,
    ))  # fmt: skip


def _exchanges(
    pressures: Floats, names: list[str], axis: Axis, hourly: Floats, rows: Bools, day: int,
    met: Met,
) -> None:  # fmt: skip
    train = hourly[rows]
    known = np.isfinite(train).all(axis=1)
    if known.sum() < 24 or len(names) < 4:
        return
    of = swaps.basis(train[known], 3)
    for swap in swaps.exchanges(_means(pressures, day), of, day):
        span = slice(swap.first, swap.last + 1)
        pair = [swap.one, swap.other]
        pressures[span, pair] = pressures[span, pair[::-1]]
        for one, other in (pair, pair[::-1]):
            met.faults.append(Fault(
                names[one], "pressures", "swap", axis.at(swap.first), axis.at(swap.last),
                swap.gain, names[other], "exchanged",
            ))  # fmt: skip


def _drifts(
    pressures: Floats, names: list[str], axis: Axis, hourly: Floats, rows: Bools, inside: Bools,
    day: int, met: Met,
) -> None:  # fmt: skip
    train = hourly[rows]
    count = len(hourly) // 24
    hour = axis.hour()[:: HOUR_S // axis.step][: count * 24].reshape(count, 24)
    cube = hourly[: count * 24].reshape(count, 24, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        night, active = (
            np.nanmean(np.where(((hour >= low) & (hour < high))[:, :, None], cube, np.nan), axis=1)
            for low, high in (NIGHT, ACTIVE)
        )
    good = train[np.isfinite(train).mean(axis=1) > 0.5]
    good = good[np.isfinite(good).sum(axis=1) == np.isfinite(good).sum(axis=1).max(initial=0)]
    if len(good) < 24:
        return
    days = _means(inside[: count * day, None].astype(float), day)[:, 0] > 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found, scores = drifts.look(night, active, days, good)
    met.scores = {name: float(score) for name, score in zip(names, scores, strict=True)}
    for drift in found:
        start = drift.start * day
        pressures[start:, drift.sensor] = np.nan
        met.faults.append(Fault(
            names[drift.sensor], "pressures", "drift", axis.at(start), axis.at(axis.count - 1),
            drift.amount, "m", "left out",
        ))  # fmt: skip
