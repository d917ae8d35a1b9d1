# SPDX-License-Identifier: EUPL-1.2
"""Photometries packed for the kernel of road fields: one table, even steps, all directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_PLANES, _MOST_GAMMAS = 3600, 720
_MOST_NODES = 4_000_000
_JUMP = 0.01
"""Nodes closer than this are the two ends of a jump, and do not set the step [°]."""


class Packed(NamedTuple):
    """Intensities of several photometries in one array.

    Parameters
    ----------
    table : (m,) float32 array
        Intensities, plane after plane [cd].
    layout : (p, 2) array of int
        First element and row length of each photometry.
    per_radian : (p, 2) array
        Steps per radian of C and of γ.
    """

    table: NDArray[np.float32]
    layout: NDArray[np.int64]
    per_radian: NDArray[np.float64]


def pack(photometries: Sequence[Photometry]) -> Packed:
    """Put photometries on even steps that hold every node of theirs, over all C and γ to 180°.

    One more plane and one more γ than needed are appended, so that rounding at 360° and 180° stays
    inside. Distributions too fine for that are resampled at 0.1° in C and 0.25° in γ.

    Parameters
    ----------
    photometries : sequence of Photometry
        At least one.
    """
    pieces, layout, per_radian, start = [], [], [], 0
    for photometry in photometries:
        gammas = _steps(photometry.gamma_angles, 180.0, _MOST_GAMMAS)
        most = min(_MOST_PLANES, _MOST_NODES // (gammas + 2))
        planes = _steps(photometry.c_angles, 360.0, most)
        c = np.arange(planes + 2) * (360.0 / planes)
        gamma = np.arange(gammas + 2) * (180.0 / gammas)
        piece = photometry.intensity(c[:, None], gamma[None, :])
        pieces.append(piece.astype(np.float32).ravel())
        layout.append((start, gamma.size))
        per_radian.append((planes / (2 * math.pi), gammas / math.pi))
        start += piece.size
    return Packed(np.concatenate(pieces), np.array(layout, np.int64), np.array(per_radian))


def _steps(nodes: NDArray[np.float64], span: float, most: int) -> int:
    """Return the number of even steps over a span that holds every node, or the most allowed."""
    kept = nodes[np.diff(nodes, prepend=-1.0) > _JUMP]
    count = float(span * (kept.size - 1) / kept[-1])  # whatever their decimals
    even = np.linspace(0.0, kept[-1], kept.size)
    if abs(count - round(count)) < 1e-6 and np.abs(kept - even).max() < 1e-6:
        return min(most, round(count))
    thousandths = np.rint(1000.0 * kept).astype(np.int64)
    step: int = math.gcd(round(1000.0 * span), *thousandths.tolist())
    exact = np.abs(1000.0 * kept - thousandths).max() < 1e-6
    return min(most, round(1000.0 * span) // step) if exact else most
