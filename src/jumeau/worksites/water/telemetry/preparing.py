# SPDX-License-Identifier: EUPL-1.2
"""Telemetry made usable: one axis, units, faults found, dated and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.telemetry import columns, expected, scale, single, telling, together
from jumeau.worksites.water.telemetry.axis import Axis, place
from jumeau.worksites.water.telemetry.prepared import QUANTITIES, UNITS, Fault, Prepared, table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

DAY_S = 86_400
SHORT_DAYS = 5.0
"""Training period below which it is called short [days]."""


def prepare(
    pressures: pd.DataFrame | None,
    flows: pd.DataFrame | None,
    levels: pd.DataFrame | None = None,
    meters: pd.DataFrame | None = None,
    *,
    train: tuple[Any, Any],
    net: Network,
) -> Prepared:
    """Make telemetry usable, and tell its faults (one axis, units by scale, robust tests).

    Parameters
    ----------
    pressures, flows, levels, meters : DataFrame, optional
        Indexed by time, columns ids of junctions, links, tanks and junctions [m, m³/h, m, l/h, or
        other units that scale tells]. Aware times, or naive ones of a fixed offset without
        summer time; a clock of the street is recognised on its days of change.
    train : (start, end)
        Period of plain service: times, or days whose end counts whole.
    net : Network
        The network.

    Returns
    -------
    Prepared
        Readings on one axis of five minutes (or the step of coarser files), NaN where nothing is
        usable; faults; findings.

    Raises
    ------
    InvalidError
        ``JUM-H189`` for frames without times, ``JUM-H188`` when nothing that the network knows was
        measured during the training period; columns all unknown are told, and nothing is raised.
    """
    import pandas as pd

    given = dict(zip(QUANTITIES, (pressures, flows, levels, meters), strict=True))
    frames, found, match = columns.known(
        {name: it if it is not None else pd.DataFrame() for name, it in given.items()}, net
    )
    placed = place(frames)
    axis, faults = placed.axis, list(placed.faults)
    names = {name: [str(it) for it in frame.columns] for name, frame in frames.items()}
    start, end = period(train, axis)
    inside = _inside(axis, start, end)
    read = any(np.isfinite(values[inside]).any() for values in placed.frames.values())
    if not read and any(names.values()):
        raise error("JUM-H188", start=str(start), end=str(end), first=str(axis.at(0)),
                    last=str(axis.at(axis.count - 1)))  # fmt: skip
    model = expected.expected(net, *(names[it] for it in QUANTITIES))
    units: dict[str, str] = {}
    for name, values in placed.frames.items():
        units[name] = _converted(name, values, inside, model, axis, names[name], faults)
        _alone(name, values, axis, names[name], net, faults)
    met = together.look(placed.frames, names, axis, inside, model, net)
    faults += met.faults
    if not match:
        lost = sum(int(it.data["count"]) for it in found if it.code == "JUM-H175")
        found.append(finding("JUM-H185", "observation", "", lost=lost, bias="–", moved=0,
                             total=len(names["pressures"])))  # fmt: skip
    found += [*telling.told(faults, names), *met.findings]
    made = {
        name: pd.DataFrame(values, columns=names[name], index=axis.index())
        for name, values in placed.frames.items()
    }
    found += _training(inside, placed.frames, axis, start, end)
    return Prepared(
        time=axis.index(), hour=axis.hour(), step_s=float(axis.step),
        pressures=made["pressures"], flows=made["flows"], levels=made["levels"],
        meters=made["meters"].astype("float32"), faults=table(faults), findings=found, units=units,
        train=(start, end), matches=match and met.fits, suspect_train=met.suspect,
        drift=met.scores,
    )  # fmt: skip


def period(train: tuple[Any, Any], axis: Axis) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the ends of the training period in the clock of an axis; a day counts whole.

    Raises
    ------
    InvalidError
        ``JUM-H188`` for what is no period.
    """
    import pandas as pd

    try:
        start, end = (pd.Timestamp(it) for it in train)
        if pd.isna(start) or pd.isna(end) or end <= start - pd.Timedelta(days=1):
            raise ValueError
    except (TypeError, ValueError):
        raise error("JUM-H188", start=str(train)[:60], end="?", first=str(axis.at(0)),
                    last=str(axis.at(axis.count - 1))) from None  # fmt: skip
    if end == end.normalize() and (isinstance(train[1], str) or end == start):
        end += pd.Timedelta(days=1) - pd.Timedelta(seconds=axis.step)
    return _clock(start, axis), _clock(end, axis)


def _clock(stamp: pd.Timestamp, axis: Axis) -> pd.Timestamp:
    if axis.zone is None:
        return stamp.tz_localize(None) if stamp.tzinfo else stamp
    return (stamp if stamp.tzinfo else stamp.tz_localize(axis.zone)).tz_convert("UTC")


def _inside(axis: Axis, start: pd.Timestamp, end: pd.Timestamp) -> NDArray[np.bool_]:
    times = axis.index()
    chosen: NDArray[np.bool_] = np.asarray((times >= start) & (times <= end), bool)
    return chosen


def _converted(
    quantity: str, values: Floats, inside: NDArray[np.bool_], model: expected.Expected | None,
    axis: Axis, names: list[str], faults: list[Fault],
) -> str:  # fmt: skip
    """Bring a frame to its unit in place; return the unit it was in."""
    if not names:
        return ""
    told = scale.found(quantity, values[inside], model)
    for rank, unit in enumerate(told.units):
        factor = scale.FACTORS[quantity][unit]
        if factor != 1.0:
            values[:, rank] *= factor
            faults.append(Fault(names[rank], quantity, "unit", axis.at(0), axis.at(axis.count - 1),
                                factor, f"{UNITS[quantity]} / {unit}", "converted"))  # fmt: skip
    return told.unit


def _alone(
    quantity: str, values: Floats, axis: Axis, names: list[str], net: Network,
    faults: list[Fault],
) -> None:  # fmt: skip
    """Find what each sensor of a frame shows alone; what is not usable becomes NaN."""
    unit = UNITS[quantity]
    for rank, sensor in enumerate(names):
        series = np.ascontiguousarray(values[:, rank])
        stops = quantity == "flows" and sensor not in net.pipes.index
        alone = single.look(series, axis.step, quantity, stops=stops)
        for first, last, days in alone.gaps:
            whole = last - first + 1 == axis.count
            faults.append(Fault(sensor, quantity, "silent" if whole else "gap", axis.at(first),
                                axis.at(last), days, "d", "told"))  # fmt: skip
        for first, last, value in alone.stuck:
            values[first : last + 1, rank] = np.nan
            faults.append(Fault(sensor, quantity, "stuck", axis.at(first), axis.at(last), value,
                                unit, "left out"))  # fmt: skip
        if alone.spikes.size:
            values[alone.spikes, rank] = np.nan
            at = alone.spikes
            faults.append(Fault(sensor, quantity, "spike", axis.at(at[0]), axis.at(at[-1]),
                                alone.worst, unit, "left out", int(at.size)))  # fmt: skip


def _training(
    inside: NDArray[np.bool_], frames: dict[str, Floats], axis: Axis, start: pd.Timestamp,
    end: pd.Timestamp,
) -> list[Finding]:  # fmt: skip
    days = max(
        (float(np.isfinite(values[inside]).any(axis=1).sum()) * axis.step / DAY_S
         for values in frames.values() if values.shape[1]), default=0.0,
    )  # fmt: skip
    if days >= SHORT_DAYS or not any(values.shape[1] for values in frames.values()):
        return []
    return [finding("JUM-H186", "observation", "", start=str(start), end=str(end),
                    days=round(days, 1), wanted=SHORT_DAYS)]  # fmt: skip
