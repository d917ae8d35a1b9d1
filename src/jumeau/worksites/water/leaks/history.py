# SPDX-License-Identifier: EUPL-1.2
"""A history of measurements, made linear around the leaks and the calibration believed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.leaks import hours, model_error, nights, shapes
from jumeau.worksites.water.leaks.areas import layout
from jumeau.worksites.water.leaks.problem import problem
from jumeau.worksites.water.leaks.states import Hydraulics, Sensors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.problem import Problem
    from jumeau.worksites.water.leaks.searching import Leak
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.telemetry.prepared import Prepared

    Floats = NDArray[np.float64]
    Small = NDArray[np.float32]

CLASSES = 6
"""Windows of a day."""
EPOCH_D, EPOCHS = 7, 60
"""Days of an epoch at least, epochs at most: responses hold for an epoch."""
DEMAND_NOISE = 0.15
"""First guess of the noise of a node's demand in a window, scaled by what is seen [-]."""
EMPTY = 0.02
"""Share of the height of a tank under which it is taken for empty."""
ABSURD, ABSURD_MAD = 20.0, 50.0
"""Residual that no leak makes [m] or [m³/h], and in median absolute deviations."""
SHARES = (0.05, 20.0)
"""Least and largest use of nodes without meter over the nominal."""
MOST_SD = 3.0
"""Of a model error, what a new linearisation takes of it [standard deviations]."""
KNOWN_DAY = 0.3
"""Share of the observations of a day from which the day counts."""


WRONG = 0.05
"""Of what a day leaves unexplained, what the linear model may have wrong: days count less by it."""
SUDDEN, WITHIN = 5.0, 0.3
"""Change between the days around one, in usual changes, from which it is looked at; difference of
the share done between windows from which the change is one within the day."""
KNOWN_METER = 0.5
"""Share of the hours from which a meter drives the model: hours without it are then left out."""


@dataclass(frozen=True)
class Belief:
    """What a history is made linear around.

    Parameters
    ----------
    leaks : sequence of Leak
        Believed in.
    unknown : (parameters,) array or None
        Model error in standard deviations: links, nodes, biases, shares without meter.
    """

    leaks: Sequence[Leak] = ()
    unknown: Floats | None = None


class History:
    """Measurements of a network, by day and window.

    Parameters
    ----------
    net : Network
        The network.
    told : Prepared
        Telemetry on one axis.
    """

    def __init__(self, net: Network, told: Prepared) -> None:
        import pandas as pd

        self.net, nodes = net, net.node_ids()
        place = {name: k for k, name in enumerate(nodes)}
        self.junctions = nj = len(net.junctions)
        sources = nodes[nj:]
        pressures = [name for name in map(str, told.pressures) if place.get(name, nj) < nj]
        levels = [name for name in map(str, told.levels) if name in net.tanks.index]
        known = np.isfinite(told.flows.to_numpy(float)).mean(axis=0)
        flows = [
            str(it) for it, share in zip(told.flows, known, strict=True) if share >= KNOWN_METER
        ]
        self.layout = layout(net, flows, levels, [str(name) for name in told.meters])
        self.hydraulics = Hydraulics(self.layout.net)
        link = {name: k for k, name in enumerate(self.hydraulics.links)}
        self.sensors = Sensors(
            np.array([place[name] for name in pressures], np.int64),
            np.array([link[flows[k]] for k in self.layout.observed], np.int64),
        )
        self.flows = flows
        self.names = [*pressures, *(flows[k] for k in self.layout.observed)]
        at = [sources.index(name) for name in levels]
        level = np.full((len(told.time), len(sources)), np.nan)
        level[:, at] = told.levels[levels].to_numpy(float)
        index = pd.DatetimeIndex(told.time)
        shift = pd.Timedelta(hours=float(told.hour[0])) - (index[0] - index[0].normalize())
        self.hours = hours.by_hour(index + shift, {
            "pressure": told.pressures[pressures].to_numpy(float),
            "flow": told.flows[flows].to_numpy(float),
            "level": level, "meter": told.meters.to_numpy(np.float64) / 1000.0,
        })  # fmt: skip
        self.origin = self.hours.origin - shift
        """Instant of the first midnight on the axis of the measurements."""
        self.days = self.hours.days()
        base = np.zeros(len(sources))
        self.section = np.zeros(len(sources))
        for name, row in net.tanks.iterrows():
            base[sources.index(str(name))] = row["elevation_m"]
            self.section[sources.index(str(name))] = np.pi / 4.0 * row["diameter_m"] ** 2
        self.level = np.tile(self.hydraulics.levels, (24 * self.days, 1))
        for t in at:
            self.level[:, t] = base[t] + hours.filled(self.hours.level[:, [t]])[:, 0]
        self.usual = np.ones(len(self.level), bool)
        """Hours at which what drives the model was measured, and no tank is empty."""
        for t in at:
            low, high = (float(net.tanks[column][sources[t]])
                         for column in ("minimum_level_m", "maximum_level_m"))  # fmt: skip
            self.usual &= self.level[:, t] - base[t] > low + EMPTY * (high - low)
            known_level = np.isfinite(self.hours.level[:, t])
            if known_level.mean() >= KNOWN_METER:
                self.usual &= known_level
        for k in {*(k for k, _, _ in self.layout.cut), *self._inflows()}:
            self.usual &= np.isfinite(self.hours.flow[:, k])
        start, end = ((pd.Timestamp(it) - self.origin) / pd.Timedelta(days=1) for it in told.train)
        days = np.arange(self.days)
        self.training = (days + 1.0 > start + 0.01) & (days < end - 0.01)
        self.covered = [area for area in self.layout.areas if area.closed and area.covered]
        self.nights = nights.nights(self.layout.areas, self.hours, self.section, self.training)
        self.observed = self.sensors.count() + len(self.covered) + len(self.nights)
        self.pipes = list(net.pipes.index)
        ends = np.stack([
            [place[name] for name in net.pipes[column]] for column in ("from_node", "to_node")
        ], axis=1)  # fmt: skip
        inner = np.where(ends < nj, ends, ends[:, ::-1])
        self.ends = np.where(inner < nj, inner, 0)
        self.bounds = nights.bounds(self.layout.areas, self.hours, self.section, self.ends[:, 0])
        span = max(EPOCH_D, -(-self.days // EPOCHS))
        self.epoch = np.minimum(days // span, max(self.days // span - 1, 0))
        self.wide = len(self.hydraulics.links) + nj + self.observed
        self.share0 = self._shares()
        self.directions: Floats = np.zeros((self.wide, 0))

    def _inflows(self) -> set[int]:
        """Return the flow meters by which the use of areas is scaled."""
        return {k for area in self.layout.areas if area.closed and not area.covered
                for k, _ in area.inflows}  # fmt: skip

    def _shares(self) -> Floats:
        """Return what nodes without meter drew in the training period, over the nominal."""
        out = np.ones(len(self.layout.areas))
        inside = np.repeat(self.training, 24)
        for k, area in enumerate(self.layout.areas):
            if not (area.closed and area.covered) or not inside.any():
                continue
            left = hours.entering(area, self.hours, self.hours.flow, self.section)
            left = (left - self.hours.meter[:, area.columns].sum(axis=1))[inside]
            rest = np.setdiff1d(area.nodes, area.metered)
            nominal = float(self.layout.nominal[:, rest].sum(axis=1).mean())
            if np.isfinite(left).any() and nominal > 0.0:
                out[k] = np.clip(np.nanmean(left) / nominal, *SHARES)
        return out

    def searchable(self) -> bool:
        """Tell whether there is anything in which a leak would be seen."""
        return bool(self.observed) and bool(self.training.any())

    def calibrated(self, unknown: Floats) -> tuple[Floats, Floats]:
        """Give the network its resistances; return multipliers of nodes and shares of areas."""
        m, nj = len(self.hydraulics.links), self.junctions
        self.hydraulics.resist(model_error.RESISTANCE_SD * unknown[:m])
        multiplier = np.exp(model_error.DEMAND_SD * unknown[m : m + nj])
        share = self.share0.copy()
        own = unknown[m + nj + self.sensors.count() :]
        number = 0
        for k, area in enumerate(self.layout.areas):
            if area.closed and area.covered:
                share[k] = self.share0[k] * np.exp(model_error.SHARE_SD * own[number])
                number += 1
        return multiplier, share

    def leaking(self, leaks: Sequence[Leak]) -> Floats:
        """Return the leaks by hour and junction [m³/h]."""
        out = np.zeros((24 * self.days, self.junctions))
        middle = (np.arange(24 * self.days) + 0.5) / 24.0
        for leak in leaks:
            q = shapes.at(middle, leak.course) * leak.flow
            for node in self.ends[leak.pipe]:
                out[:, node] += q / 2.0
        return out

    def linear(self, belief: Belief) -> Problem:
        """Return the linear problem around a belief."""
        unknown = np.zeros(self.wide)
        if belief.unknown is not None:
            unknown = np.clip(belief.unknown, -MOST_SD, MOST_SD)
        multiplier, share = self.calibrated(unknown)
        leaks = self.leaking(belief.leaks)
        drawn = hours.draws(self.layout, self.hours, leaks, share, self.section, multiplier)
        head, flow, good = self.hydraulics.steady(drawn.demand, self.level)
        day = self._residual(drawn, leaks, share, head, flow, good)
        leak, error, prior = self._responses(drawn.demand, leaks)
        signal = (error @ unknown.astype(np.float32))[self.epoch].astype(np.float64)
        for it, f in zip(belief.leaks, shapes.daily(self.days, [x.course for x in belief.leaks]),
                         strict=True):  # fmt: skip
            signal += leak[:, :, :, it.pipe][self.epoch] * (f * it.flow)[:, None, None]
        whole = day + signal
        there = np.isfinite(whole)
        told = self.observed - len(self.nights)
        weight = there[:, :, :told].mean(axis=(1, 2))
        weight[weight < KNOWN_DAY] = 0.0
        known = belief.unknown is not None
        whole = np.where(there, whole, signal if known else _lasting(whole))
        floor = model_error.floors(
            len(self.sensors.nodes), len(self.sensors.links), len(self.covered)
        )
        whiten = np.zeros((CLASSES, self.observed, self.observed))
        for c in range(CLASSES):
            noise = np.diag([1.0] * told + [it.noise**2 for it in self.nights])
            noise[:told, :told] = model_error.noise(day[:, c, :told], prior[c, :told, :told], floor)
            whiten[c] = np.linalg.inv(np.linalg.cholesky(noise))
        left = np.einsum("cij,dcj->dci", whiten, np.nan_to_num(day))
        weight /= 1.0 + np.square(WRONG * left).sum(axis=(1, 2)) / (CLASSES * self.observed)
        made, self.directions = problem(
            whole,
            weight,
            self.epoch,
            leak,
            error,
            whiten,
            np.where(self.training, 0.0, 1.0),
            *self.bounds,
        )
        return made

    def _residual(
        self, drawn: hours.Draws, leaks: Floats, share: Floats, head: Floats, flow: Floats,
        good: NDArray[np.bool_],
    ) -> Floats:  # fmt: skip
        """Return measured less computed by day and window, (days, classes, observed)."""
        nodes, links = self.sensors.nodes, self.sensors.links
        pressure = head[:, nodes] - self.hydraulics.low[nodes]
        columns = [self.hours.pressure - pressure,
                   self.hours.flow[:, self.layout.observed] - flow[:, links]]  # fmt: skip
        number = 0
        for k, area in enumerate(self.layout.areas):
            if area.closed and area.covered:
                told = share[k] * drawn.unmetered[:, number] + leaks[:, area.nodes].sum(axis=1)
                columns.append((drawn.balance[:, number] - told)[:, None])
                number += 1
        raw = np.concatenate(columns, axis=1)
        raw[~(good & self.usual)] = np.nan
        scale = np.nanmedian(np.abs(raw - np.nanmedian(raw, axis=0)), axis=0)
        raw[np.abs(raw) > np.maximum(ABSURD, ABSURD_MAD * scale)] = np.nan
        window = raw.reshape(self.days, CLASSES, 24 // CLASSES, -1)
        there = np.isfinite(window)
        count = there.sum(axis=2)
        total = np.where(there, window, 0.0).sum(axis=2)
        out = straightened(np.where(count >= 2, total / np.maximum(count, 1), np.nan))
        return np.concatenate([out, self._excess(leaks)], axis=2)

    def _excess(self, leaks: Floats) -> Floats:
        """Return the night flows that leaks believed in leave unexplained, in the first window."""
        out = np.full((self.days, CLASSES, len(self.nights)), np.nan)
        for k, it in enumerate(self.nights):
            lost = leaks[:, self.layout.areas[it.area].nodes].sum(axis=1).reshape(-1, 24)
            out[:, 0, k] = it.excess - (1.0 - it.share) * lost.mean(axis=1)
        return out

    def _responses(self, demand: Floats, leaks: Floats) -> tuple[Small, Small, Floats]:
        """Return responses to leaks and to model error by epoch and window, and demand noise."""
        epochs = int(self.epoch[-1]) + 1

        def mean(values: Floats) -> Floats:
            by_day = values.reshape(self.days, CLASSES, 24 // CLASSES, -1).mean(axis=2)
            return np.stack([by_day[self.epoch == e].mean(axis=0) for e in range(epochs)])

        drawn, level, lost = (mean(it).reshape(epochs * CLASSES, -1)
                              for it in (demand, self.level, leaks))  # fmt: skip
        flow = mean(hours.filled(self.hours.flow)).reshape(epochs * CLASSES, -1)
        own = np.asarray(drawn - lost)
        for k, a, b in self.layout.cut:
            if a >= 0:
                own[:, a] -= flow[:, k]
            if b >= 0:
                own[:, b] += flow[:, k]
        slopes = self.hydraulics.slopes(drawn, level, self.sensors)
        count = epochs * CLASSES
        leak = np.zeros((count, self.observed, len(self.pipes)), np.float32)
        error = np.zeros((count, self.observed, self.wide), np.float32)
        prior = np.zeros((CLASSES, self.observed, self.observed))
        for s in range(count):
            it = model_error.response(
                self.layout, slopes, s, own[s], flow[s, self.layout.observed], len(self.covered),
                len(self.sensors.nodes), [] if s % CLASSES else self.nights,
                len(self.nights),
            )  # fmt: skip
            leak[s] = (it.leak[:, self.ends[:, 0]] + it.leak[:, self.ends[:, 1]]) / 2.0
            error[s] = it.error
            noisy = it.leak * (own[s] * DEMAND_NOISE)
            prior[s % CLASSES] += noisy @ noisy.T + it.loose @ it.loose.T
        shape = (epochs, CLASSES, self.observed)
        return leak.reshape(*shape, -1), error.reshape(*shape, -1), prior / epochs

    def instant(self, day: float) -> Any:
        """Return the time of a day of the record, to the minute; NaT for none."""
        import pandas as pd

        if not np.isfinite(day):
            return pd.NaT
        return (self.origin + pd.Timedelta(days=day)).round("min")

    def district(self, pipe: int) -> str:
        """Return the area of a pipe, named by the links that feed it."""
        for area in self.layout.areas:
            if self.ends[pipe, 0] in area.nodes:
                fed = [self.flows[k] for k, sign in area.inflows if sign > 0]
                return "+".join(fed)
        return ""

    def balance(
        self, unknown: Floats, days: pd.DatetimeIndex, growth: Floats, leaks: Sequence[Leak]
    ) -> pd.DataFrame:
        """Return the leaks of each area day by day, with an interval of 80 % [m³/h].

        Areas that are metered throughout by their balance, others by the leaks found.
        """
        import pandas as pd

        multiplier, share = self.calibrated(unknown)
        none = np.zeros((24 * self.days, self.junctions))
        drawn = hours.draws(self.layout, self.hours, none, share, self.section, multiplier)
        frames = []
        number = 0
        for k, area in enumerate(self.layout.areas):
            name = "+".join(self.flows[n] for n, sign in area.inflows if sign > 0) or f"area {k}"
            if area.closed and area.covered:
                left = drawn.balance[:, number] - share[k] * drawn.unmetered[:, number]
                number += 1
                flow = np.array([np.nanmean(it) if np.isfinite(it).any() else np.nan
                                 for it in left.reshape(-1, 24)])  # fmt: skip
                noise = np.nanstd(np.diff(flow)) / np.sqrt(2.0) if len(flow) > 2 else 0.0
                half = np.full(len(flow), 1.2816 * noise)
            else:
                inside = [j for j, leak in enumerate(leaks)
                          if self.ends[leak.pipe, 0] in area.nodes]  # fmt: skip
                flow = growth[inside].sum(axis=0)
                noise = [it.noise / (1.0 - it.share) for it in self.nights if it.area == k]
                half = np.hypot(0.15 * flow, 1.2816 * max(noise, default=0.0))
            frames.append(pd.DataFrame({
                "district": name, "leak_m3_h": flow[: len(days)],
                "low": np.maximum(flow - half, 0.0)[: len(days)],
                "high": (flow + half)[: len(days)],
            }, index=days))  # fmt: skip
        return pd.concat(frames) if frames else pd.DataFrame()


def straightened(day: Floats) -> Floats:
    """Return residuals in which what changed within a day changed by the same share all day long.

    A burst or a repair moves the windows after it only. Courses are by the day: on a day whose
    windows go from those of the day before to those of the day after, each takes the mean share.

    Parameters
    ----------
    day : (days, classes, observed) array
        Measured less computed; NaN where nothing is known.
    """
    out = day.copy()
    if len(day) < 4:
        return out
    step = np.diff(day, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(step - np.nanmedian(step, axis=0)), axis=0)
    spread = np.maximum(np.nan_to_num(spread), 1e-6)
    for d in range(1, len(day) - 1):
        move = (day[d + 1] - day[d - 1]) / spread
        part = (day[d] - day[d - 1]) / spread
        there = np.isfinite(move) & np.isfinite(part)
        if there.mean() < KNOWN_DAY:
            continue
        move, part = np.where(there, move, 0.0), np.where(there, part, 0.0)
        size = np.square(move).sum(axis=1)
        if (np.abs(move).max(axis=1) < SUDDEN).any():
            continue  # a window that did not move tells no share
        share = np.clip((move * part).sum(axis=1) / size, 0.0, 1.0)
        if share.max() - share.min() > WITHIN:
            change = (share.mean() - share)[:, None] * (day[d + 1] - day[d - 1])
            out[d] = np.where(there, day[d] + change, day[d])
    return out


def _lasting(whole: Floats) -> Floats:
    """Return what stands for what was not measured: the last that was, else the first."""
    out = whole.copy()
    for d in range(1, len(out)):
        out[d] = np.where(np.isfinite(out[d]), out[d], out[d - 1])
    for d in range(len(out) - 2, -1, -1):
        out[d] = np.where(np.isfinite(out[d]), out[d], out[d + 1])
    return np.nan_to_num(out)
