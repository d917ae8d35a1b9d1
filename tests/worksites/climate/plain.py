# SPDX-License-Identifier: EUPL-1.2
"""The local inertial engine in plain NumPy, in double precision: what fast engines agree with.

Same protocol, whole arrays, no skipping, no threads: every equation stands once, as it is written.
"""

from __future__ import annotations

import numpy as np

from jumeau.worksites.climate.engine import (
    ARRIVED,
    FREE,
    FREE_SLOPE,
    GRAVITY,
    STAGE,
    WALL,
    Domain,
    Forcing,
    Sides,
    Stepped,
)

DRY = 1e-5
"""Depth that flows [m]."""

ALPHA = 0.6
THETA = 0.7


class Plain:
    """Bates et al. (2010), q-centred as de Almeida & Bates (2013), with an adaptive θ."""

    name = "inertial"
    settings = {"alpha": ALPHA, "theta_min": THETA}  # noqa: RUF012

    def __init__(
        self, domain: Domain, sides: Sides, depth: np.ndarray, threads: int, skip: bool = True
    ) -> None:
        self.domain, self.sides = domain, sides
        self.open = domain.bed < WALL
        self.bed = np.where(self.open, domain.bed, 0.0).astype(np.float64)
        ny, nx = self.bed.shape
        self.h = np.where(self.open, depth, 0.0).astype(np.float64)
        self.qx = np.zeros((ny, nx + 1))
        self.qy = np.zeros((ny + 1, nx))
        self.k = np.broadcast_to(np.asarray(domain.friction, np.float64), self.bed.shape)
        self.sill_x = np.maximum(self.bed[:, :-1], self.bed[:, 1:])
        self.sill_y = np.maximum(self.bed[:-1], self.bed[1:])
        for row, col, axis, level in zip(*domain.crests, strict=True):
            sill, at = (self.sill_x, (row, col - 1)) if axis else (self.sill_y, (row - 1, col))
            sill[at] = max(sill[at], level)
        self._max = self.h.copy()
        self._speed_max = np.zeros_like(self.h)
        self._arrival = np.where(self.h > ARRIVED, 0.0, np.nan)
        self._before = (self.h, self.qx, self.qy, self._max, self._speed_max, self._arrival)
        self.closed = False

    @property
    def depth(self) -> np.ndarray:
        return self.h.astype(np.float32)

    @property
    def depth_max(self) -> np.ndarray:
        return self._max.astype(np.float32)

    @property
    def speed_max(self) -> np.ndarray:
        return self._speed_max.astype(np.float32)

    @property
    def arrival(self) -> np.ndarray:
        return self._arrival.astype(np.float32)

    def largest_step(self) -> float:
        top = float(self.h.max())
        return ALPHA * self.domain.cell / np.sqrt(GRAVITY * top) if top > 0.0 else np.inf

    def step(self, dt: float, time: float, forcing: Forcing) -> Stepped:
        self._before = (
            self.h.copy(),
            self.qx.copy(),
            self.qy.copy(),
            self._max.copy(),
            self._speed_max.copy(),
            self._arrival.copy(),
        )
        dx, area = self.domain.cell, self.domain.cell**2
        flat = self.h.reshape(-1)
        taken = np.minimum(-np.minimum(forcing.volumes, 0.0), flat[forcing.cells])
        unmet = float((-np.minimum(forcing.volumes, 0.0) - taken).sum()) * area
        flat[forcing.cells] -= taken
        qx, qy = self._fluxes(dt)
        self._limit(qx, qy, dt)
        self.qx, self.qy = qx, qy
        self.h += dt / dx * (qx[:, :-1] - qx[:, 1:] + qy[:-1] - qy[1:])
        np.maximum(self.h, 0.0, out=self.h)  # the limiter leaves rounding only
        rained = np.where(self.open, np.asarray(forcing.rain, np.float64) * dt, 0.0)
        self.h += rained
        flat[forcing.cells] += np.maximum(forcing.volumes, 0.0)
        soaked = np.minimum(self.h, np.asarray(forcing.loss, np.float64) * dt)
        self.h -= soaked
        held = np.maximum(forcing.levels - self.bed.reshape(-1)[forcing.imposed], 0.0)
        imposed = float((held - flat[forcing.imposed]).sum()) * area
        flat[forcing.imposed] = held
        self._max = np.maximum(self._max, self.h)
        self._speed_max = np.maximum(self._speed_max, self._speed())
        self._arrival[np.isnan(self._arrival) & (self.h > ARRIVED)] = time
        entered = np.array([qx[:, 0].sum(), -qx[:, -1].sum(), qy[0].sum(), -qy[-1].sum()]) * dt * dx
        return Stepped(
            entered,
            float(rained.sum()) * area,
            float(soaked.sum()) * area,
            imposed,
            unmet,
            bool(np.isfinite(self.h).all()),
        )

    def _fluxes(self, dt: float) -> tuple[np.ndarray, np.ndarray]:
        qx, qy = np.zeros_like(self.qx), np.zeros_like(self.qy)
        west_east = 0.25 * (
            self.qy[:-1, :-1] + self.qy[:-1, 1:] + self.qy[1:, :-1] + self.qy[1:, 1:]
        )
        north_south = 0.25 * (
            self.qx[:-1, :-1] + self.qx[1:, :-1] + self.qx[:-1, 1:] + self.qx[1:, 1:]
        )
        both = self.open[:, :-1] & self.open[:, 1:]
        qx[:, 1:-1] = self._momentum(
            _pairs(self.bed, 1), _pairs(self.h, 1), self.sill_x, both, self.qx, west_east,
            0.5 * sum(_pairs(self.k, 1)), dt, 1,
        )  # fmt: skip
        both = self.open[:-1] & self.open[1:]
        qy[1:-1] = self._momentum(
            _pairs(self.bed, 0), _pairs(self.h, 0), self.sill_y, both, self.qy, north_south,
            0.5 * sum(_pairs(self.k, 0)), dt, 0,
        )  # fmt: skip
        s = self.sides
        for kinds, level, q, old, inner, sign in (
            (s.kind_west, s.level_west, qx[:, 0], self.qx[:, :2], (slice(None), 0, 1), 1.0),
            (s.kind_east, s.level_east, qx[:, -1], self.qx[:, :-3:-1], (slice(None), -1, -2), -1.0),
            (s.kind_north, s.level_north, qy[0], self.qy[:2].T, (0, slice(None), 1), 1.0),
            (s.kind_south, s.level_south, qy[-1], self.qy[:-3:-1].T, (-1, slice(None), -2), -1.0),
        ):
            q[:] = sign * self._outer(kinds, level, sign * old, inner, dt)
        return qx, qy

    def _momentum(self, bed, h, sill, both, q, across, k, dt, axis):  # type: ignore[no-untyped-def]
        levels = bed[0] + h[0], bed[1] + h[1]
        deep = np.where(both, np.maximum(*levels) - sill, 0.0)
        wet = deep > DRY
        deep = np.where(wet, deep, 1.0)
        fall = (bed[1] - bed[0]) + (h[1] - h[0])
        cut = [slice(None), slice(None)]
        cut[axis] = slice(1, -1)
        here = q[tuple(cut)]
        cut[axis] = slice(0, -2)
        before = q[tuple(cut)]
        cut[axis] = slice(2, None)
        after = q[tuple(cut)]
        return np.where(
            wet, _inertial(here, before + after, across, deep, fall, k, dt, self.domain.cell), 0.0
        )

    def _outer(self, kinds, level, old, inner, dt):  # type: ignore[no-untyped-def]
        """Return the inflow [m²/s] of one side, as if it were the west."""
        if isinstance(inner[0], int):
            edge, near = (inner[0], inner[1]), (inner[2], inner[1])
        else:
            edge, near = (inner[0], inner[1]), (inner[0], inner[2])
        bed, h, k = self.bed[edge], self.h[edge], self.k[edge]
        try:
            fall = np.where(self.open[near], (self.bed[near] - bed) / self.domain.cell, 0.0)
        except IndexError:
            fall = np.zeros_like(bed)
        slope = np.maximum(fall, FREE_SLOPE)
        with np.errstate(divide="ignore", invalid="ignore"):
            normal = np.sqrt(slope * GRAVITY / k) * h ** (5.0 / 3.0)
        free = -np.where(k > 0.0, normal, np.sqrt(GRAVITY) * h**1.5)
        outside = np.maximum(level - bed, 0.0)
        deep = np.maximum(outside, h)
        wet = deep > DRY
        deep = np.where(wet, deep, 1.0)
        zero = np.zeros_like(bed)
        stage = _inertial(
            old[:, 0], old[:, 0] + old[:, 1], zero, deep, h - outside, k, dt, self.domain.cell
        )
        stage = np.where(wet, stage, 0.0)
        q = np.where(kinds == FREE, free, np.where(kinds == STAGE, stage, 0.0))
        return np.where(self.open[edge], q, 0.0)

    def _limit(self, qx: np.ndarray, qy: np.ndarray, dt: float) -> None:
        leaving = (
            np.maximum(qx[:, 1:], 0.0)
            - np.minimum(qx[:, :-1], 0.0)
            + np.maximum(qy[1:], 0.0)
            - np.minimum(qy[:-1], 0.0)
        ) * (dt / self.domain.cell)
        share = np.minimum(1.0, self.h / np.maximum(leaving, 1e-300))
        ny, nx = self.h.shape
        one = np.ones((ny, nx + 2))
        one[:, 1:-1] = share
        qx *= np.where(qx > 0.0, one[:, :-1], one[:, 1:])
        one = np.ones((ny + 2, nx))
        one[1:-1] = share
        qy *= np.where(qy > 0.0, one[:-1], one[1:])

    def undo(self) -> None:
        self.h, self.qx, self.qy, self._max, self._speed_max, self._arrival = self._before

    def storage(self) -> float:
        return float(self.h.sum()) * self.domain.cell**2

    def froude(self) -> tuple[int, int]:
        deep = self.h > 0.05
        fast = self._speed() > 0.8 * np.sqrt(GRAVITY * np.maximum(self.h, 1e-9))
        steep = np.zeros_like(deep)
        level = self.bed + self.h
        for axis in (0, 1):
            low, high = _pairs(level, axis)
            wet = np.logical_and(*_pairs(deep, axis))
            over = wet & (np.abs(high - low) > 0.2 * self.domain.cell)
            sides = _pairs(steep, axis)
            for part in sides:
                np.logical_or(part, over, out=part)
        return int(deep.sum()), int((deep & fast & steep).sum())

    def _speed(self) -> np.ndarray:
        u = 0.5 * (self.qx[:, :-1] + self.qx[:, 1:])
        v = 0.5 * (self.qy[:-1] + self.qy[1:])
        return np.where(self.h > 1e-3, np.hypot(u, v) / np.maximum(self.h, 1e-3), 0.0)

    def speed(self) -> np.ndarray:
        return self._speed().astype(np.float32)

    def close(self) -> None:
        self.closed = True


def _pairs(field: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    return (field[:, :-1], field[:, 1:]) if axis else (field[:-1], field[1:])


def _inertial(q, beside, across, deep, fall, k, dt, dx):  # type: ignore[no-untyped-def]
    size = np.hypot(q, across)
    theta = np.maximum(1.0 - dt / dx * np.minimum(size / deep, np.sqrt(GRAVITY * deep)), THETA)
    mean = theta * q + 0.5 * (1.0 - theta) * beside
    push = GRAVITY * deep * dt * fall / dx
    return (mean - push) / (1.0 + dt * k * size * deep ** (-7.0 / 3.0))
