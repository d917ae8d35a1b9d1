# SPDX-License-Identifier: EUPL-1.2
"""A leak that begins, ends or runs in the training period, by the shape of what pressures do.

What remains of the pressures once the two movements of the demand are set is constant in plain
service. Where its daily mean changes between two parts of the period as the pressures would by
water drawn at one junction (matched filter on the sensitivities), a leak began or ended. Where
the days that follow are to the whole period as if one had been repaired, it ran all along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import JumeauError
from jumeau.worksites.water.telemetry import swaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

LEAST_M = 0.2
"""Least change that is told, over all sensors (Euclidean norm) [m]."""
SHARE = 0.8
"""Share of the change that one junction must explain."""
TIMES = 3.0
"""Times the change from day to day within each part."""
EACH_DAYS = 2
"""Least days of each part."""
MOST = 0.4
"""Share of the demand of the network that no leak exceeds."""
LATER_DAYS, LEAST_LATER_M, SHARE_LATER = 3, 0.25, 0.85
"""Days compared at once with the training period; their least change [m] and its share."""
MOMENT_S = 10 * 3600
"""Time of the day at which sensitivities are taken [s]."""


@dataclass(frozen=True)
class Suspicion:
    """A leak that seems to begin (or to end) within the training period.

    Parameters
    ----------
    day : int
        Row of the daily means from which the change holds.
    flow : float
        Its flow, positive when it begins, negative when it ends [m³/h].
    junction : str
        Where one junction explains it best.
    share : float
        Share of the change explained.
    """

    day: int
    flow: float
    junction: str
    share: float


def look(
    daily: Floats, nominal: Floats, net: Network, sensors: Sequence[str]
) -> Suspicion | None:  # fmt: skip
    """Look for a leak that begins or ends within some days.

    Parameters
    ----------
    daily : (days, sensors) float64 array
        Daily means of what remains once the movements of the demand are set [m].
    nominal : (hours, sensors) float64 array
        The nominal day, which gives those movements [m].
    net : Network
        The network.
    sensors : sequence of str
        Junctions of the columns.
    """
    known = np.atleast_1d(np.isfinite(daily).all(axis=0) & np.isfinite(nominal).all(axis=0))
    daily, nominal = daily[:, known], nominal[:, known]
    names = [name for name, fine in zip(sensors, known, strict=True) if fine]
    if len(daily) < 3 or len(names) < 4:
        return None
    daily = daily @ _rest(nominal)  # what no demand would do
    splits = range(EACH_DAYS, len(daily) - EACH_DAYS + 1)
    changes = [(k, daily[:k].mean(axis=0) - daily[k:].mean(axis=0)) for k in splits]
    changes = [(k, it) for k, it in changes if _clear(daily, k, it)]
    filters = _filters(net, names, nominal) if changes else None
    if filters is None:
        return None
    found = [(day, filters.match(change)) for day, change in changes]
    best = max(found, key=lambda item: abs(item[1].gain))
    match = best[1]
    if abs(match.gain) <= LEAST_M or match.share < SHARE:
        return None
    return Suspicion(best[0], match.flow, match.junction, match.share)


def ended(
    daily: Floats, train: NDArray[np.bool_], nominal: Floats, net: Network, sensors: Sequence[str]
) -> Suspicion | None:  # fmt: skip
    """Look for a leak that ran through the training period and was repaired after it.

    Parameters
    ----------
    daily : (days, sensors) float64 array
        As :func:`look`, all the record [m].
    train : (days,) bool array
        Days of the training period.
    nominal, net, sensors
        As :func:`look`.
    """
    days = np.flatnonzero(train)
    part = np.isfinite(daily[days]).all(axis=0) if days.size else np.zeros(daily.shape[1], bool)
    known = np.atleast_1d(part & np.isfinite(nominal).all(axis=0))
    names = [name for name, fine in zip(sensors, known, strict=True) if fine]
    if len(names) < 4 or not days.size:
        return None
    left = daily[:, known]
    base = left[days].mean(axis=0)
    rest = _rest(nominal[:, known])
    filters: _Filters | None = None
    before: tuple[int, _Match] | None = None
    for day in range(int(days[-1]) + 1, len(left) - LATER_DAYS + 1, LATER_DAYS):
        change = (base - left[day : day + LATER_DAYS].mean(axis=0)) @ rest
        if not np.isfinite(change).all() or np.linalg.norm(change) < LEAST_LATER_M:
            before = None
            continue
        filters = filters or _filters(net, names, nominal[:, known])
        if filters is None:
            return None
        match = filters.match(change)
        if match.gain > -LEAST_LATER_M or match.share < SHARE_LATER:
            before = None
        elif before is not None:
            return Suspicion(before[0], match.flow, match.junction, match.share)
        else:
            before = (day, match)
    return None


class _Match(NamedTuple):
    """How one junction explains a change best: along its shape [m], flow [m³/h], share."""

    gain: float
    flow: float
    junction: str
    share: float


@dataclass(frozen=True)
class _Filters:
    """Shapes of the change of pressures by 1 m³/h drawn at each junction."""

    shape: Floats
    norm: Floats
    seen: NDArray[np.bool_]
    names: list[str]
    most: float

    def match(self, change: Floats) -> _Match:
        """Return the junction that explains a change best, by a flow that may be."""
        along = self.shape.T @ change / np.maximum(self.norm, 1e-12)
        along = np.where(self.seen & (np.abs(along) <= self.most * self.norm), along, 0.0)
        place = int(np.abs(along).argmax())
        gain = float(along[place])
        share = gain**2 / max(float(change @ change), 1e-12)
        return _Match(gain, gain / max(float(self.norm[place]), 1e-12), self.names[place], share)


def _rest(nominal: Floats) -> Floats:
    """Return the projection that the movements of the demand leave nothing of."""
    moves = swaps.basis(nominal).moves.T
    whole = np.eye(nominal.shape[1])
    return whole - moves @ np.linalg.pinv(moves) if moves.size else whole


def _filters(net: Network, names: list[str], nominal: Floats) -> _Filters | None:
    """Return the shapes of a network, None when it cannot be computed."""
    from jumeau.worksites.water.analyses.sensitivity import sensitivity

    try:
        table = sensitivity(net, names, at_s=MOMENT_S)
    except JumeauError:
        return None
    shape = _rest(nominal) @ -np.nan_to_num(table.to_numpy(float))
    norm = np.linalg.norm(shape, axis=0)
    most = MOST * float(net.junctions.demand_m3_h.clip(lower=0.0).sum())
    seen = norm > 0.2 * float(np.median(norm))
    return _Filters(shape, norm, seen, [str(it) for it in table.columns], most)


def _clear(daily: Floats, day: int, change: Floats) -> bool:
    """Tell whether a change stands out of the days of both parts."""
    size = float(np.linalg.norm(change))
    if size < LEAST_M:
        return False
    apart = np.concatenate([daily[:day] - daily[:day].mean(axis=0),
                            daily[day:] - daily[day:].mean(axis=0)])  # fmt: skip
    spread = float(np.sqrt(np.sum(apart**2) / max(1, len(daily) - 2)))
    return size > TIMES * spread
