# SPDX-License-Identifier: EUPL-1.2
"""The history as a small linear problem: days, a few whitened numbers each, leaks as directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Small = NDArray[np.float32]
    Whole = NDArray[np.int64]

ERRORS = 56
"""Directions of model error that are kept."""
NUMBERS = 90
"""Whitened numbers of a day that are kept."""


@dataclass(frozen=True)
class Problem:
    """Linear model of the days: z = F·θ + Σ S_p·q·f(day) + noise of unit variance.

    Parameters
    ----------
    z : (days, r) array
        What is left of the measurements by the model without leak.
    weight : (days,) array
        0 for a day without measurements.
    epoch : (days,) int array
        Epoch of each day: responses hold for an epoch.
    leak : (epochs, r, pipes) float32 array
        Response to 1 m³/h of leak in each pipe.
    error : (epochs, r, k) array
        Response to one standard deviation of each direction of model error.
    free : (days,) array
        0 on the days of training, where no leak is.
    cross : (epochs, k, pipes) array
        Fᵀ·S.
    size : (epochs, pipes) array
        ‖S‖².
    enters : (areas + 1, days) array
        Least inflow of each area on each day, that no leak exceeds; infinite where none is known,
        and for the last, of no area [m³/h].
    area : (pipes,) int array
        Area of each pipe.
    """

    z: Floats
    weight: Floats
    epoch: Whole
    leak: Small
    error: Floats
    free: Floats
    cross: Small
    size: Small
    enters: Floats
    area: Whole

    def until(self, days: int) -> Problem:
        """Return the problem of the first days."""
        last = int(self.epoch[days - 1]) + 1
        return replace(
            self, z=self.z[:days], weight=self.weight[:days], epoch=self.epoch[:days],
            free=self.free[:days], leak=self.leak[:last], error=self.error[:last],
            cross=self.cross[:last], size=self.size[:last], enters=self.enters[:, :days],
        )  # fmt: skip


def problem(
    residual: Floats,
    weight: Floats,
    epoch: Whole,
    leak: Small,
    error: Small,
    whiten: Floats,
    free: Floats,
    enters: Floats,
    area: Whole,
) -> tuple[Problem, Floats]:
    """Whiten and compress a history.

    Parameters
    ----------
    residual : (days, classes, observed) array
        Without NaN.
    weight : (days,) array
        0 or 1.
    epoch : (days,) int array
        Epoch of each day.
    leak : (epochs, classes, observed, pipes) array
        Responses.
    error : (epochs, classes, observed, parameters) array
        Responses to one standard deviation.
    whiten : (classes, observed, observed) array
        W with WᵀW the inverse of the covariance of the noise.
    free : (days,) array
        0 on days of training.
    enters : (areas + 1, days) array
        Least inflow of each area [m³/h].
    area : (pipes,) int array
        Area of each pipe.

    Returns
    -------
    Problem
        What is searched.
    (parameters, k) array
        The directions of model error that are kept, in standard deviations.
    """
    days = len(residual)
    epochs = len(leak)
    wide = residual.shape[1] * residual.shape[2]
    z = np.einsum("cij,dcj->dci", whiten, residual).reshape(days, wide)
    s = np.matmul(whiten[None].astype(leak.dtype), leak).reshape(epochs, wide, -1)
    few = np.unique(np.linspace(0, epochs - 1, min(epochs, 8)).astype(int))
    w = np.matmul(whiten[None].astype(error.dtype), error).reshape(epochs, wide, -1)
    stack = w[few].reshape(len(few) * wide, -1).astype(np.float64)
    gram = stack.T @ stack if stack.shape[1] < stack.shape[0] else None
    if gram is None:
        value, left = np.linalg.eigh(stack @ stack.T)
        keep = np.argsort(value)[::-1][:ERRORS]
        directions = stack.T @ left[:, keep] / np.sqrt(np.maximum(value[keep], 1e-12))
    else:
        value, directions = np.linalg.eigh(gram)
        directions = directions[:, np.argsort(value)[::-1][:ERRORS]]
    f = np.matmul(w, directions.astype(w.dtype)[None]).astype(np.float64)
    spread = np.zeros((wide, wide))
    for e in few:
        one = s[e].astype(np.float64)
        spread += one @ one.T * (100.0 / one.shape[1]) + f[e] @ f[e].T
    value, basis = np.linalg.eigh(spread)
    basis = basis[:, np.argsort(value)[::-1][:NUMBERS]]
    small = basis.T.astype(np.float32)
    s = np.matmul(small[None], s.astype(np.float32))
    f = np.matmul(basis.T[None], f)
    cross = np.matmul(f.transpose(0, 2, 1).astype(np.float32), s)
    return Problem(
        z @ basis, weight, epoch, s, f, free, cross, np.square(s).sum(axis=1), enters, area
    ), directions
