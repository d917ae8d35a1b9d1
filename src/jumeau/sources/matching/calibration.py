# SPDX-License-Identifier: EUPL-1.2
"""Where the coefficients of the confidence come from: two drawings of the same invented blocks.

Rows of houses share walls; two operators draw them, each with errors of position, vertices moved,
neighbours merged or a house cut in two, some forgotten. Which footprint is of which house is
known, so pairs that overlap can be labelled and the logistic model fitted.

``python -m jumeau.sources.matching.calibration`` prints the rows of ``coefficients.csv``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from jumeau.sources.matching.confidence import FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 3_000
"""Rows of houses drawn."""
NOISE = 0.6
"""Standard deviation of the position of a house drawn by one operator [m]."""
_RIDGE = 1e-3


def fit(seed: int = 0, rows: int = ROWS) -> dict[str, float]:
    """Logistic regression by Newton's method on pairs of known truth.

    Parameters
    ----------
    seed : int
        Seed of the drawings.
    rows : int
        Rows of houses.

    Returns
    -------
    dict
        {name: coefficient} [-].
    """
    features, truth = sample(seed, rows)
    x = np.column_stack([np.ones(len(truth)), features])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (truth - p) - _RIDGE * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    return dict(zip(FEATURES, map(float, beta), strict=True))


def sample(seed: int, rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw blocks twice; return (coverage, jaccard, distance) of pairs that overlap, and truth.

    A pair is right when half of the smaller footprint, at least, stands for houses that the other
    stands for too.
    """
    rng = np.random.default_rng(seed)
    widths = [rng.uniform(4, 16, rng.integers(1, 9)) for _ in range(rows)]
    first, second = (_drawn(widths, rng) for _ in range(2))
    tree = shapely.STRtree(second[0])
    a, b = tree.query(first[0], predicate="intersects")
    area = shapely.area(shapely.intersection(first[0][a], second[0][b]))
    big_a, big_b = shapely.area(first[0][a]), shapely.area(second[0][b])
    smaller = np.minimum(big_a, big_b)
    distance = shapely.distance(
        shapely.centroid(first[0][a]), shapely.centroid(second[0][b])
    ) / np.sqrt(smaller)
    features = np.column_stack([area / smaller, area / (big_a + big_b - area), distance])
    shared = np.array(
        [_shared(first[1][i], second[1][j]) for i, j in zip(a, b, strict=True)], np.float64
    )
    return features, (shared >= 0.5).astype(np.float64)


Interval = tuple[int, float, float]


def _drawn(
    widths: list[NDArray[np.float64]], rng: np.random.Generator
) -> tuple[NDArray[np.object_], list[Interval]]:
    """Return footprints of one operator, and the stretch of its row that each one stands for."""
    shapes, truth = [], []
    for row, houses in enumerate(widths):
        walls = np.concatenate([[0.0], np.cumsum(houses)])
        angle, origin = 0.7 * row, np.array([(row % 20) * 150.0, (row // 20) * 150.0])
        kept = [True, *(rng.random(len(houses) - 1) > 0.15), True]
        cuts = np.concatenate([walls[np.array(kept)], _halves(houses, walls, rng)])
        cuts = np.sort(cuts)
        shift = rng.normal(0, NOISE, 2)
        depth = 9 + rng.normal(0, NOISE)
        for start, end in pairwise(cuts):
            if rng.random() < 0.05:
                continue
            box = np.array([[start, 0], [end, 0], [end, depth], [start, depth]])
            box = box + rng.normal(0, NOISE / 2, box.shape) + shift
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            shapes.append(shapely.Polygon(box @ turn.T + origin))
            truth.append((row, float(start), float(end)))
    return shapely.make_valid(np.array(shapes, dtype=object)), truth


def _halves(
    houses: NDArray[np.float64], walls: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    cut = rng.random(len(houses)) < 0.1
    return np.asarray(walls[:-1][cut] + houses[cut] * rng.uniform(0.3, 0.7, cut.sum()))


def _shared(first: Interval, second: Interval) -> float:
    if first[0] != second[0]:
        return 0.0
    common = min(first[2], second[2]) - max(first[1], second[1])
    return max(common, 0.0) / min(first[2] - first[1], second[2] - second[1])


if __name__ == "__main__":
    for name, value in fit().items():
        print(f"{name},{value:.2f}")
