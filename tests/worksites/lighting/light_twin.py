# SPDX-License-Identifier: EUPL-1.2
"""Plain NumPy twins of the light engine: double precision, one lamp and one ray at a time."""

from __future__ import annotations

import math

import numpy as np

from jumeau.worksites.lighting.photometry import Photometry


def lopsided(seed, last=180.0, step=5.0):
    """Return a distribution without any symmetry."""
    rng = np.random.default_rng(seed)
    c = np.arange(0.0, 361.0, 15.0)
    gamma = np.arange(0.0, last + step / 2, step)
    wave = np.zeros((c.size, gamma.size))
    for k in range(1, 4):
        phase, weight = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.2, 1.0)
        wave += weight * np.outer(
            1 + np.cos(k * np.radians(c) + phase[0]), 1 + np.cos(k * np.radians(gamma) + phase[1])
        )
    wave = 50.0 * wave + 5.0
    wave[:, 0] = wave[0, 0]
    wave[-1] = wave[0]
    return Photometry(f"lopsided-{seed}", c, gamma, wave, 5000.0)


def centres(bounds, cell):
    """Return the x of columns and the y of rows."""
    xmin, ymin, xmax, ymax = bounds
    rows, columns = round((ymax - ymin) / cell), round((xmax - xmin) / cell)
    return xmin + (np.arange(columns) + 0.5) * cell, ymax - (np.arange(rows) + 0.5) * cell


def own_normals(ground, cell):
    """Return the normals of a ground by central differences, cell by cell."""
    rows, columns = ground.shape

    def slope(i, j, di, dj):
        values = []
        for sign in (1, -1):
            a, b = i + sign * di, j + sign * dj
            fine = 0 <= a < rows and 0 <= b < columns and np.isfinite(ground[a, b])
            if fine:
                values.append(sign * (ground[a, b] - ground[i, j]) / cell)
        return sum(values) / len(values) if values else 0.0

    out = np.zeros((rows, columns, 3))
    for i in range(rows):
        for j in range(columns):
            east, north = slope(i, j, 0, 1), slope(i, j, -1, 0)
            vector = np.array([-east, -north, 1.0])
            out[i, j] = vector / np.linalg.norm(vector)
    return out


def each(positions, photometries, which, bounds, cell=1.0, *, flux=None, tilt=0.0, azimuth=0.0,
         ground=None, above=0.0, normal=(0.0, 0.0, 1.0)):  # fmt: skip
    """Return the unobstructed light of every lamp in every cell, (n, rows, columns)."""
    x, y = centres(bounds, cell)
    shape = (y.size, x.size)
    level = np.zeros(shape) if ground is None else np.asarray(ground, float)
    points = np.stack([np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape),
                       level + above], axis=-1)  # fmt: skip
    if isinstance(normal, str):
        normals = own_normals(level, cell)
    else:
        normals = np.broadcast_to(np.asarray(normal) / np.linalg.norm(normal), points.shape)
    tilts = np.broadcast_to(tilt, len(positions))
    turns = np.broadcast_to(azimuth, len(positions))
    out = []
    for k, place in enumerate(positions):
        a, t = math.radians(turns[k]), math.radians(tilts[k])
        along = np.array([math.sin(a), math.cos(a), 0.0])
        side = np.array([-math.cos(a) * math.cos(t), math.sin(a) * math.cos(t), math.sin(t)])
        down = np.array([-math.cos(a) * math.sin(t), math.sin(a) * math.sin(t), -math.cos(t)])
        ray = points - np.asarray(place, float)
        d = np.linalg.norm(ray, axis=-1)
        u, v, w = ray @ along, ray @ side, ray @ down
        photometry = photometries[which[k]]
        candela = photometry.intensity(
            np.degrees(np.arctan2(v, u)), np.degrees(np.arctan2(np.hypot(u, v), w))
        )
        if flux is not None:
            candela = candela * np.broadcast_to(flux, len(positions))[k] / photometry.flux_lm
        out.append(candela * np.maximum(-(ray * normals).sum(axis=-1), 0.0) / d**3)
    return np.array(out).reshape(len(positions), *shape)


def clearance(head, points, surface, corner, cell):
    """Return by how much the ray to each point runs above the columns of a surface [m].

    The slab method, against every column that stands: no march, no order, no table.
    """
    run = points - np.asarray(head)
    length = np.linalg.norm(run, axis=-1)
    least = np.full(length.shape, np.inf)
    own = (math.floor((corner[1] - head[1]) / cell), math.floor((head[0] - corner[0]) / cell))
    with np.errstate(divide="ignore", invalid="ignore"):
        for i, j in np.argwhere(np.isfinite(surface)).tolist():
            if (i, j) == own:
                continue
            enter, leave = 1.0 / length, 1.0 - 0.5 / length
            sides = (
                (0, corner[0] + j * cell, corner[0] + (j + 1) * cell),
                (1, corner[1] - (i + 1) * cell, corner[1] - i * cell),
            )
            for axis, low, high in sides:
                along = run[..., axis]
                a, b = (low - head[axis]) / along, (high - head[axis]) / along
                still = along == 0.0
                beside = still & ~(low < head[axis] < high)
                enter = np.where(still, enter, np.maximum(enter, np.minimum(a, b)))
                leave = np.where(still, leave, np.minimum(leave, np.maximum(a, b)))
                leave = np.where(beside, -1.0, leave)
            lowest = head[2] + np.minimum(enter * run[..., 2], leave * run[..., 2])
            gap = np.where((leave - enter) * length > 2e-6 * cell, lowest - surface[i, j], np.inf)
            least = np.minimum(least, gap)
    return least
