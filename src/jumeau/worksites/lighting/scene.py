# SPDX-License-Identifier: EUPL-1.2
"""Lamps and their photometries as the kernels take them, and how far a lamp counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.lighting.arguments import (
    check_photometries,
    indices,
    numbers,
    per_lamp,
    scales,
)
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UNTIL = 0.01
"""Illuminance below which a lamp no longer counts, where not all can count everywhere [lx]."""

MAX_PLANES, MAX_GAMMAS = 720, 1800
# Heights and distances between which single precision neither overflows nor vanishes [m].
LEAST_HEIGHT, MOST_HEIGHT, FAR = 1e-4, 1e6, 1e7


@dataclass(frozen=True)
class Scene:
    """Lamps that give light and their photometries, ready for the kernels.

    Parameters
    ----------
    lamp : (n,) array
        Index of each in what was given.
    place : (n, 5) array
        x, y, z, horizontal reach [m] and factor on the intensities.
    turn : (n, 4) array
        Sine and cosine of the azimuth of C0 and of the tilt.
    which : (n,) array
        Photometry of each.
    table : (m,) float32 array
        Intensities of all photometries on even steps of C and γ [cd].
    layout : (p, 3) array
        First element and row length of each photometry in ``table``, and its last γ in thousandths
        of a step.
    per_radian : (p, 2) array
        Planes per radian of C and nodes per radian of γ of each photometry.
    level : bool
        Whether no lamp is tilted and no photometry ends with light below the horizontal.
    """

    lamp: NDArray[np.int64]
    place: NDArray[np.float64]
    turn: NDArray[np.float64]
    which: NDArray[np.int64]
    table: NDArray[np.float32]
    layout: NDArray[np.int64]
    per_radian: NDArray[np.float64]
    level: bool

    def near(
        self, shape: tuple[int, ...], west: float, north: float, cell: float,
        candidates: NDArray[np.int64],
    ) -> NDArray[np.int64]:  # fmt: skip
        """Return the candidate lamps whose reach meets a block.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the block.
        west, north : float
            Centre of its north-west cell [m].
        cell : float
            Cell size [m].
        candidates : (k,) array
            Lamps.
        """
        half_x, half_y = 0.5 * cell * (shape[1] - 1), 0.5 * cell * (shape[0] - 1)
        reach = self.place[candidates, 3]
        near = np.abs(self.place[candidates, 0] - (west + half_x)) <= reach + half_x
        near &= np.abs(self.place[candidates, 1] - (north - half_y)) <= reach + half_y
        chosen: NDArray[np.int64] = candidates[near]
        return chosen


def reach(
    height: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None = None,
    until: float = UNTIL,
) -> NDArray[np.float64]:
    """Return the distance beyond which a lamp's illuminance stays below a value, all round.

    Parameters
    ----------
    height : (n,) array_like
        Heights above the plane [m].
    photometries, which, flux
        As for :func:`illuminance`.
    until : float
        Illuminance [lx].

    Returns
    -------
    (n,) array
        Horizontal distance, 0 for lamps that never reach the value [m].

    Raises
    ------
    InvalidError
        ``JUM-L004`` for the same inputs as :func:`illuminance`.

    Notes
    -----
    On each photometry's upper envelope over C, E h²/Φ depends on r/h only: one decreasing table of
    it is inverted for all lamps. The answer is rounded up, by 1 % at most.
    """
    heights = np.atleast_1d(numbers("height", height))
    if heights.ndim != 1 or not np.isfinite(heights).all():
        raise error("JUM-L004", argument="height", value=f"shape {heights.shape}",
                    expected="(n,), finite")  # fmt: skip
    check_photometries(photometries)
    index = indices(which, heights.size)
    factor = scales(photometries, index, flux)
    ratio = np.geomspace(1e-3, 1e4, 1620)
    gamma = np.degrees(np.arctan(ratio))
    out = np.zeros(heights.shape)
    above = heights > 0
    for number, photometry in enumerate(photometries):
        lamps = np.flatnonzero(above & (index == number))
        envelope = np.interp(gamma, photometry.gamma_angles, photometry.candela.max(axis=0),
                             right=0.0)  # fmt: skip
        falling = np.maximum.accumulate((envelope * (1 + ratio**2) ** -1.5)[::-1])
        wanted = until * heights[lamps] ** 2 / np.maximum(factor[lamps], 1e-300)
        beyond = np.searchsorted(falling, wanted, side="left")  # samples that stay below
        last = ratio.size - beyond
        out[lamps] = np.where(
            last > 0, heights[lamps] * ratio[np.minimum(last, ratio.size - 1)], 0.0
        )
    return out


def make(
    lamps: NDArray[np.float64],
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None = None,
    tilt: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    plane: float | NDArray[np.float64] = 0.0,
    flat: bool = True,
    facing: bool = True,
    radius: ArrayLike | None = None,
) -> Scene | None:
    """Check the arguments and keep the lamps that give light; ``None`` when there are none.

    Parameters
    ----------
    lamps, photometries, which, flux, tilt, azimuth, radius
        As for :func:`jumeau.worksites.lighting.point_source.illuminance`.
    plane : float or (n,) array
        Height of the cells, or of those under each lamp [m].
    flat : bool
        Whether all cells lie in one level plane that light reaches from above only.
    facing : bool
        Whether cells look up, as the default reach supposes; otherwise they may face the lamp.
    """
    if lamps.size == 0:
        lamps = lamps.reshape(0, 3)
    if lamps.ndim != 2 or lamps.shape[1] != 3 or not np.isfinite(lamps).all():
        raise error("JUM-L004", argument="positions", value=f"shape {lamps.shape}",
                    expected="(n, 3), finite")  # fmt: skip
    count = len(lamps)
    check_photometries(photometries)
    index = indices(which, count)
    scale = scales(photometries, index, flux)
    turn = np.radians(per_lamp("azimuth", 0.0 if azimuth is None else azimuth, count))
    degrees = per_lamp("tilt", 0.0 if tilt is None else tilt, count)
    scale, lean = scale * _tilted(photometries, index, degrees), np.radians(degrees)
    height = lamps[:, 2] - plane
    if height.size and np.abs(height).max() > MOST_HEIGHT and (
        not flat or height.max() > MOST_HEIGHT
    ):  # fmt: skip
        raise error("JUM-L004", argument="positions", value=f"z = {np.abs(height).max():g}",
                    expected=f"z ≤ {MOST_HEIGHT:g} m")  # fmt: skip
    if radius is None:
        limit = _default_reach(height, photometries, index, scale, lean, facing=facing)
    else:
        limit = per_lamp("radius", np.minimum(numbers("radius", radius), FAR), count)
        if not (limit >= 0).all():
            raise error("JUM-L004", argument="radius", value=str(limit.min()), expected="≥ 0 m")
    keep = scale > 0
    if flat:
        keep = keep & (height > LEAST_HEIGHT)
    if not keep.any():
        return None
    table, layout, per_radian = _pack(photometries)
    return Scene(
        lamp=np.flatnonzero(keep),
        place=np.column_stack((lamps, np.minimum(limit, FAR), scale))[keep],
        turn=np.column_stack((np.sin(turn), np.cos(turn), np.sin(lean), np.cos(lean)))[keep],
        which=index[keep],
        table=table,
        layout=layout,
        per_radian=per_radian,
        level=not lean.any() and all(_whole_below(item) for item in photometries),
    )


def _tilted(
    photometries: Sequence[Photometry], index: NDArray[np.int64], tilt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the factor on the flux of tilted lamps, from the TILT tables of their files."""
    out = np.ones(tilt.shape)
    for number, photometry in enumerate(photometries):
        if photometry.lamp_tilt is not None:
            lamps = index == number
            out[lamps] = photometry.tilt_factor(tilt[lamps])
    return out


def _whole_below(photometry: Photometry) -> bool:
    """Return whether a distribution goes down to 0 or to the horizontal without a step."""
    return bool(photometry.gamma_angles[-1] >= 90.0 or not photometry.candela[:, -1].any())


def _default_reach(
    height: NDArray[np.float64],
    photometries: Sequence[Photometry],
    index: NDArray[np.int64],
    scale: NDArray[np.float64],
    lean: NDArray[np.float64],
    *,
    facing: bool,
) -> NDArray[np.float64]:
    """Return how far lamps count: until :data:`UNTIL` on the level ground at their foot [m].

    A tilted lamp is given the largest intensity that its tilt may bring in each direction; cells
    that may face the lamp are given cos θ = 1.
    """
    if facing and not lean.any():
        flux = scale * np.array([item.flux_lm for item in photometries] or [1.0])[index]
        return reach(height, photometries, index, flux=flux)
    out = np.zeros(height.shape)
    ratio = np.concatenate(([0.0], np.geomspace(1e-3, 1e4, 1620)))
    gamma = np.degrees(np.arctan(ratio))
    steps = np.ceil(np.degrees(np.abs(lean)) / 5.0).astype(int)
    above = np.maximum(height, 1.0) if not facing else height
    for number, step in {*zip(index.tolist(), steps.tolist(), strict=True)}:
        photometry = photometries[number]
        angles, most = photometry.gamma_angles, photometry.candela.max(axis=0)
        spread = np.linspace(-5.0 * step, 5.0 * step, 4 * step + 1)[:, None]
        turned = np.abs(gamma + spread)
        turned = np.minimum(turned, 360.0 - turned)
        envelope = np.interp(turned, angles, most, right=0.0).max(axis=0)
        law = envelope * (1 + ratio**2) ** (-1.5 if facing else -1.0)
        falling = np.maximum.accumulate(law[::-1])
        lamps = np.flatnonzero((index == number) & (steps == step) & (above > 0))
        wanted = UNTIL * above[lamps] ** 2 / np.maximum(scale[lamps], 1e-300)
        last = ratio.size - np.searchsorted(falling, wanted, side="left")
        out[lamps] = np.where(last > 0, above[lamps] * ratio[np.minimum(last, ratio.size - 1)], 0.0)
    return out


def _pack(
    photometries: Sequence[Photometry],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """Put the distributions in one table on even steps that hold every node of theirs.

    One more plane and one more γ than needed are appended, so that rounding at 360° and 180° stays
    inside. Distributions too fine for the table are resampled at 0.5° in C, at 0.1° where they have
    few γ, and at 0.1° in γ.
    """
    pieces, layout, per_radian, start = [], [], [], 0
    for photometry in photometries:
        gammas = even_steps(photometry.gamma_angles, 180.0, MAX_GAMMAS)
        most = min(5 * MAX_PLANES, MAX_PLANES * MAX_GAMMAS // gammas)  # memory stays the same
        planes = even_steps(photometry.c_angles, 360.0, most)
        c = np.arange(planes + 2) * (360.0 / planes)
        gamma = np.arange(gammas + 2) * (180.0 / gammas)
        last = photometry.gamma_angles[-1]
        # held beyond the last γ: the kernel stops there, not one step later
        piece = photometry.intensity(c[:, None], np.minimum(gamma, last)[None, :])
        pieces.append(piece.astype(np.float32).ravel())
        layout.append((start, gamma.size, math.ceil(1000.0 * last * gammas / 180.0) + 1))
        per_radian.append((planes / (2 * math.pi), gammas / math.pi))
        start += piece.size
    return np.concatenate(pieces), np.array(layout, np.int64), np.array(per_radian)


def even_steps(nodes: NDArray[np.float64], span: float, most: int) -> int:
    """Return the number of even steps over a span that holds every node, or the most allowed.

    Parameters
    ----------
    nodes : (n,) array
        Angles [°].
    span : float
        From 0 [°].
    most : int
        Largest number of steps.
    """
    kept = nodes[nodes <= span]
    whole = span * (kept.size - 1) / float(kept[-1])
    even = np.linspace(0.0, kept[-1], kept.size)
    if abs(whole - round(whole)) < 1e-9 and np.abs(kept - even).max() < 1e-9:
        return min(most, round(whole))
    thousandths = np.rint(1000.0 * kept).astype(np.int64)
    step = math.gcd(round(1000.0 * span), *thousandths.tolist())
    exact = np.abs(1000.0 * kept - thousandths).max() < 1e-6
    return min(most, round(1000.0 * span) // step) if exact else most
