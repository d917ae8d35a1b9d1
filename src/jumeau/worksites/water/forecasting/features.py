# SPDX-License-Identifier: EUPL-1.2
"""What is known at an origin about an hour to come: a usual value, and departures that correct it.

The usual value is the mean of the same weekday and hour over the last eight weeks, recent ones
first, drawn towards Sundays on holidays and the days around them. Departures are those of shorter
and longer means, of the last days, of the weather and of the season. Row t of every array is what
would have been known at the beginning of day t; the last row is the origin's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.worksites.water.forecasting.cleaning import Cleaned
from jumeau.worksites.water.forecasting.clock import HOURS
from jumeau.worksites.water.forecasting.weather import Weather

Array = NDArray[np.float64]

WEEKS = 8
"""Weeks of the usual value."""
FADING = 0.8
"""Weight of a week beside the next one."""
WINDOWS = (1, 2, 5, 10, 20, 40, 60)
"""Last weekdays that are averaged; a quarter as many Saturdays, and as many Sundays."""
SUNDAYS = 4
"""Sundays towards which a holiday is drawn."""
UNUSUAL = 0.3
"""Share of a Sunday from which a day teaches nothing about its weekday."""
TRUST = 10.0
"""Special days of a kind after which a district's own past weighs as much as the common share."""
FAINT = 1e-3


@dataclass(frozen=True)
class Calendar:
    """Calendar of every hour of the grid, (days + ahead, 24) each."""

    weekday: NDArray[np.int64]
    """0 is Monday."""
    kind: NDArray[np.int64]
    """0 weekday, 1 Saturday, 2 Sunday."""
    special: NDArray[np.int64]
    """Place among the kinds of special days, -1 for a usual day."""
    share: Array
    """Share of a Sunday in it, before districts tell theirs."""
    season: Array
    """Angle of the year [rad]."""


class Design:
    """Usual values and departures of every issue day, for each day to come.

    Parameters
    ----------
    history : Cleaned
        Flows.
    calendar : Calendar
        Of the days of the history and of those to come.
    weather : Weather
        Likewise.
    """

    def __init__(self, history: Cleaned, calendar: Calendar, weather: Weather) -> None:
        self.flow, self.calendar, self.weather = history.values, calendar, weather
        self.days, _, self.districts = self.flow.shape
        self.observed = history.observed
        self.normal = calendar.share < UNUSUAL
        self.hours = _groups(calendar)
        self.windows = [
            [self._last(kind, max(n // (4 if kind else 1), 1)) for n in WINDOWS]
            for kind in range(3)
        ]
        self.sunday = self._last(2, SUNDAYS)
        self.scale = np.maximum(np.abs(self.flow).mean((0, 1)), 1e-12)
        self.shares = np.repeat(calendar.share[..., None], self.districts, 2)
        usual = self._usual(0)[0]
        self._learn_shares(usual)
        usual = self.blended(usual, 0)
        self.departure = np.nan_to_num(self.flow - usual[: self.days])

    def _last(self, kind: int, count: int) -> Array:
        """Return the mean of the last days of a kind before each day (days + 1, 24, districts)."""
        out = np.empty((self.days + 1, HOURS, self.districts))
        for hours in self.hours:
            one = hours[0]
            chosen = self.calendar.kind[: self.days, one] == kind
            chosen &= self.normal[: self.days, one]
            rows = np.flatnonzero(chosen)
            total = np.concatenate(
                [np.zeros((1, len(hours), self.districts)), self.flow[rows][:, hours].cumsum(0)]
            )
            until = np.searchsorted(rows, np.arange(self.days + 1))
            since = np.maximum(until - count, 0)
            number = (until - since)[:, None, None]
            mean = (total[until] - total[since]) / np.maximum(number, 1)
            out[:, hours] = np.where(number > 0, mean, np.nan)
        return out

    def _usual(self, day: int) -> tuple[Array, list[Array], list[NDArray[np.bool_]], Array]:
        """Return the usual value of a day to come, its weeks, which count, and their weights."""
        weeks, counted, weights = [], [], []
        for week in range(1, WEEKS + 1):
            back = 7 * (week + day // 7) - day
            value = self.back(self.flow, back)
            normal = self.back(self.normal[: self.days].astype(float), back)
            weeks.append(value)
            counted.append(normal > 0)
            known = np.isfinite(value).all(2) if back <= self.days else np.zeros(normal.shape, bool)
            weights.append(FADING ** (week - 1) * np.where(normal > 0, 1.0, FAINT) * known)
        weight = np.stack(weights)
        total = weight.sum(0)
        weight = weight / np.where(total > 0, total, 1.0)
        usual = sum(w[..., None] * np.nan_to_num(v) for w, v in zip(weight, weeks, strict=True))
        usual = np.where((total > 0)[..., None], usual, np.nan)
        kind = self.ahead(self.calendar.kind, day)
        for spare in (self._chosen(kind, 3), *(self.windows[it][3] for it in (0, 1, 2))):
            usual = np.where(np.isnan(usual), spare, usual)
        return usual, weeks, counted, weight

    def _chosen(self, kind: NDArray[np.int64], window: int) -> Array:
        """Return the mean of the last days of the kind that each hour to come has."""
        out = self.windows[0][window].copy()
        for one in (1, 2):
            out = np.where((kind == one)[..., None], self.windows[one][window], out)
        return out

    def _learn_shares(self, usual: Array) -> None:
        """Set how near to a Sunday each kind of special day is, district by district."""
        special, share = self.calendar.special, self.calendar.share
        way = (self.sunday - usual)[: self.days] / self.scale
        gone = (self.flow - usual[: self.days]) / self.scale
        seen = self.observed & np.isfinite(way) & np.isfinite(gone)
        way, gone = np.where(seen, way, 0.0), np.where(seen, gone, 0.0)
        day = HOURS * (way**2).mean((0, 1))  # what one day weighs
        for kind in np.unique(special[special >= 0]):
            rows = (special[: self.days] == kind)[..., None]
            prior = float(share[special == kind][0])
            up = (rows * way * gone).sum((0, 1)) + TRUST * prior * day
            down = (rows * way**2).sum((0, 1)) + TRUST * day
            own = np.clip(up / np.where(down > 0, down, 1.0), 0.0, 1.3)
            self.shares[special == kind] = np.where(down > 0, own, prior)

    def back(self, values: Array, days: int) -> Array:
        """Return what was ``days`` before each issue day, (days + 1, …), NaN before the start."""
        out = np.full((self.days + 1, *values.shape[1:]), np.nan)
        if days <= self.days:
            out[days:] = values[: self.days + 1 - days]
        return out

    def ahead(self, values: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        """Return what the calendar says of a day to come, at each issue day."""
        return values[day : day + self.days + 1]

    def blended(self, usual: Array, day: int) -> Array:
        """Return usual values drawn towards Sundays on special days."""
        way = np.nan_to_num(self.sunday - usual)
        return usual + self.shares[day : day + self.days + 1] * way

    def block(self, day: int) -> tuple[Array, NDArray[np.float32]]:
        """Return usual values and departures of a day to come.

        Parameters
        ----------
        day : int
            0 is the day that begins at the origin.

        Returns
        -------
        (days + 1, 24, districts) array, (24, districts, features, days + 1) array
            Usual flows, and what may correct them; a row by issue day.
        """
        plain, weeks, counted, weight = self._usual(day)
        usual = self.blended(plain, day)
        rest = 1.0 - self.shares[day : day + self.days + 1]
        kind = self.ahead(self.calendar.kind, day)
        parts: list[Array] = [
            np.where(counted[k][..., None], weeks[k] - plain, 0.0) * rest for k in range(3)
        ]
        parts += [(self._chosen(kind, w) - plain) * rest for w in range(len(WINDOWS))]
        parts += self._last_days()
        parts += self._weather(day, weight)
        parts += self._calendar(day, kind)
        special = (self.shares > 0)[day : day + self.days + 1]
        toward = self.sunday - plain
        parts += [toward * special, toward * (1.0 - rest)]
        shape = (HOURS, self.districts, len(parts), self.days + 1)
        out = np.empty(shape, np.float32)
        for place, part in enumerate(parts):
            out[:, :, place] = np.nan_to_num(part).transpose(1, 2, 0)
        return usual, out

    def _last_days(self) -> list[Array]:
        """Return departures of the last days from what was usual for them."""
        past = [self.back(self.departure, k) for k in range(1, 8)]
        one, three, seven = past[0], np.mean(past[:3], 0), np.mean(past, 0)
        around = (np.roll(one, 1, 1) + np.roll(one, -1, 1) + one) / 3.0
        means = [it.mean(1) for it in (one, three, seven)]
        means += [one[:, 23], one[:, 21:].mean(1), one[:, 18:].mean(1), one[:, 2:5].mean(1)]
        means += [
            np.repeat((it / self.scale).mean(1, keepdims=True), self.districts, 1)
            for it in means[:2]
        ]
        return [one, past[1], three, seven, around, *(self._spread(it) for it in means)]

    def _spread(self, values: Array) -> Array:
        """Return one value a day, or a day and district, for every hour."""
        wide = values[:, None, :] if values.ndim == 2 else values[:, None, None]
        return np.broadcast_to(wide, (self.days + 1, HOURS, self.districts))

    def _weather(self, day: int, weight: Array) -> list[Array]:
        """Return departures of the weather from that of the weeks of the usual value."""
        known = self.weather
        daily = known.daily
        if not daily.shape[1]:
            return []
        share = weight.mean(2)

        def departure(values: Array) -> Array:
            usual = np.zeros(self.days + 1)
            for week in range(WEEKS):
                back = 7 * (week + 1 + day // 7) - day
                usual += share[week] * np.nan_to_num(self.back(values, back))
            return values[day : day + self.days + 1] - usual

        out = [departure(daily[:, k]) for k in range(daily.shape[1])]
        before = np.concatenate([daily[:1], daily[:-1]])
        if known.wet is not None:
            rain = before[:, known.wet]
            out += [rain[day : day + self.days + 1], departure(rain)]
        if known.warm is not None:
            out += [departure(before[:, known.warm])]
        return [self._spread(it) for it in out]

    def _calendar(self, day: int, kind: NDArray[np.int64]) -> list[Array]:
        """Return weekday, special days and season of the day to come."""
        rows = slice(day, day + self.days + 1)
        share = self.calendar.share
        eve = np.concatenate([share[:1], share[:-1]])[rows]
        now = share[rows]
        weekday, angle = self.calendar.weekday[rows], self.calendar.season[rows]
        flags = [(weekday == k).astype(float) for k in range(7)]
        flags += [now * (kind != 2), ((now > 0) & (now < 0.5)).astype(float), eve]
        flags += [np.sin(angle), np.cos(angle)]
        shape = (self.days + 1, HOURS, self.districts)
        return [np.broadcast_to(it[..., None], shape) for it in flags]


def calendar_of(
    dates: NDArray[np.datetime64], special: NDArray[np.int64], shares: Array
) -> Calendar:
    """Return the calendar of hours.

    Parameters
    ----------
    dates : (days, 24) datetime64[D] array
        Date of each hour.
    special : (days, 24) array
        Kind of special day, -1 for none.
    shares : (kinds,) array
        Share of a Sunday in each kind.
    """
    number = dates.astype("datetime64[D]").astype(np.int64)
    weekday = (number + 3) % 7
    kind = np.where(weekday < 5, 0, weekday - 4)
    share = np.where(special >= 0, shares[special], 0.0)
    season = (number * (2.0 * np.pi / 365.25)).astype(np.float64)
    return Calendar(weekday, kind, special, share, season)


def _groups(calendar: Calendar) -> list[NDArray[np.int64]]:
    """Return the hours whose calendar is the same every day: before midnight, and after."""
    labels: dict[bytes, list[int]] = {}
    for hour in range(HOURS):
        mark = calendar.weekday[:, hour].tobytes() + calendar.special[:, hour].tobytes()
        labels.setdefault(mark, []).append(hour)
    return [np.array(it) for it in labels.values()]
