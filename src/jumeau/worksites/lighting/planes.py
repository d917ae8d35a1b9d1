# SPDX-License-Identifier: EUPL-1.2
"""Planes of a photometric web: symmetries unfolded and found, rotation, types A and B to C.

Rows of intensities stand for planes, columns for polar angles; C planes are in degrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.lighting.reading_text import bad_angles

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAME = 1e-7
"""Angles closer than this are one plane [°]."""
CUT = 1e-3
"""Width over which a distribution that starts or stops short falls to nothing [°]."""


class Symmetry(NamedTuple):
    """Mirror planes of a distribution."""

    rotational: bool
    along: bool
    """About the plane C0–C180: I(−C) = I(C)."""
    across: bool
    """About the plane C90–C270: I(180° − C) = I(C)."""


def turn(
    angles: NDArray[np.float64], rows: NDArray[np.float64], by: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Close a full set of planes about the vertical axis, turned by an angle.

    Parameters
    ----------
    angles : (n,) array
        Planes, in any order and anywhere on the circle; of planes at one angle the first counts
        [°].
    rows : (n, m) array
        Intensities of each plane.
    by : float
        Added to every angle [°].

    Returns
    -------
    angles, rows : (k,) and (k, m) arrays
        Rising from 0 to 360, the first plane repeated; one interpolated at 0 where none stands.
    """
    folded = np.mod(np.asarray(angles, dtype=np.float64) + by, 360.0)
    folded = np.where(np.abs(folded - np.rint(folded)) < _SAME, np.rint(folded), folded) % 360.0
    order = np.argsort(folded, kind="stable")
    c, table = folded[order], np.asarray(rows, dtype=np.float64)[order]
    new = np.concatenate(([True], np.diff(c) > _SAME))
    c, table = c[new], table[new]
    if c[0] > 0.0:
        before = c[-1] - 360.0
        share = -before / (c[0] - before) if c.size > 1 else 0.0
        first = (1.0 - share) * table[-1] + share * table[0]
        c, table = np.concatenate(([0.0], c)), np.vstack((first, table))
    return np.append(c, 360.0), np.vstack((table, table[:1]))


def closed(
    name: str, which: str, angles: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return planes 0…360 without the last, which repeats the first but for measuring noise.

    The mean of both is taken, up to 5 % of the largest intensity apart; beyond, ``JUM-L037``.
    """
    gap = float(np.abs(rows[0] - rows[-1]).max())
    if gap > 0.05 * rows.max():
        raise bad_angles(name, which, "planes 0 and 360 differ",
                         "les plans 0 et 360 diffèrent")  # fmt: skip
    first = rows[:1] if gap == 0 else (rows[:1] + rows[-1:]) / 2
    return angles[:-1], np.vstack((first, rows[1:-1]))


def mirror(
    angles: NDArray[np.float64], rows: NDArray[np.float64], axis: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add to planes their images in a mirror plane [°]; those given come first."""
    return np.concatenate((angles, 2.0 * axis - angles)), np.vstack((rows, rows))


def symmetry(c: NDArray[np.float64], rows: NDArray[np.float64]) -> Symmetry:
    """Find the symmetries that a closed distribution has exactly, nodes included."""

    def same(image: NDArray[np.float64]) -> bool:
        angles, mirrored = turn(image, rows[:-1])
        return (
            angles.shape == c.shape
            and bool((np.abs(angles - c) < _SAME).all())
            and np.array_equal(mirrored, rows)
        )

    return Symmetry(
        rotational=bool((rows == rows[0]).all()),
        along=same(-c[:-1]),
        across=same(180.0 - c[:-1]),
    )


def full_gamma(
    gamma: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Let γ start at 0; ``None`` when the distribution starts or stops where light is.

    Measurements of one hemisphere, 0–90 or 90–180, are whole: the other one is dark.
    """
    if gamma[0] < 0.0 or gamma[-1] > 180.0:
        return None
    dark_first, dark_last = not rows[:, 0].any(), not rows[:, -1].any()
    if not (gamma[0] in (0.0, 90.0) or dark_first):
        return None
    if not (gamma[-1] in (90.0, 180.0) or dark_last):
        return None
    if gamma[0] > 0.0:
        nodes = [0.0] if dark_first else [0.0, gamma[0] - CUT]
        gamma = np.concatenate((nodes, gamma))
        rows = np.hstack((np.zeros((len(rows), len(nodes))), rows))
    return gamma, rows


def ended_gamma(
    gamma: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Let γ end at 90 or 180, as files want it, with nothing beyond the last angle."""
    last = float(gamma[-1])
    if last in (90.0, 180.0):
        return gamma, rows
    end = 90.0 if last < 90.0 else 180.0
    nodes = [end] if not rows[:, -1].any() or end - last <= CUT else [last + CUT, end]
    return np.concatenate((gamma, nodes)), np.hstack((rows, np.zeros((len(rows), len(nodes)))))


def half_sphere(
    angles: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Unfold the first axis of a type A or B web to −90…90; ``None`` when it is not whole.

    Angles from 0 to 90 stand for both sides (LM-63-2002, lateral symmetry).
    """
    dark = [not rows[edge].any() for edge in (0, -1)]
    if angles[0] < -90.0 or angles[-1] > 90.0 or not (angles[-1] == 90.0 or dark[1]):
        return None
    if angles[0] == 0.0:
        return np.concatenate((-angles[:0:-1], angles)), np.vstack((rows[:0:-1], rows))
    return (angles, rows) if angles[0] == -90.0 or dark[0] else None


def to_c(
    kind: str,
    horizontal: NDArray[np.float64],
    vertical: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Convert a type A or B web to C planes, its axis (0, 0) straight down.

    Parameters
    ----------
    kind : str
        ``A`` (polar axis upright) or ``B`` (polar axis level).
    horizontal, vertical : (n,) and (m,) arrays
        Angles to the right and upwards seen from the luminaire, within ±90 [°].
    rows : (n, m) array
        Intensities, nothing outside the angles given.

    Returns
    -------
    c, gamma, rows : (k,), (l,) and (k, l) arrays
        C planes closed at 360°, the lower hemisphere, about twice as fine as the web.

    Notes
    -----
    A projector that looks at the carriageway is laid down about its level axis until it looks at
    the ground: its right becomes C0 and its top C90. With x, y and z the parts of a direction
    along C0, along C90 and downwards (CIE 121-1996),

        type B: x = sin H,        y = cos H sin V,  z = cos H cos V
        type A: x = cos V sin H,  y = sin V,        z = cos V cos H
    """
    finest = min(float(np.diff(axis).min()) for axis in (horizontal, vertical))
    step = next((s for s in (2.5, 1.0) if s <= finest / 2.0), 0.5)
    across = max(step, 1.0)
    c = np.linspace(0.0, 360.0, round(360.0 / across) + 1)
    gamma = np.linspace(0.0, 90.0, round(90.0 / step) + 1)
    azimuth, polar = np.radians(c[:-1, None]), np.radians(gamma[None, :])
    x, y = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth)
    z = np.maximum(np.cos(polar) + 0.0 * azimuth, 0.0)
    if kind == "B":
        h, v = np.arcsin(np.clip(x, -1.0, 1.0)), np.arctan2(y, z)
    else:
        h, v = np.arctan2(x, z), np.arcsin(np.clip(y, -1.0, 1.0))
    # the last digit of a right angle must not fall outside the web
    h, v = (np.round(np.degrees(angle), 9) for angle in (h, v))
    table = _bilinear(horizontal, vertical, rows, h, v)
    return c, gamma, np.vstack((table, table[:1]))


def _bilinear(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    table: NDArray[np.float64],
    at_x: NDArray[np.float64],
    at_y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Interpolate a table on rising nodes, nothing outside."""
    i = np.clip(np.searchsorted(x, at_x, side="right") - 1, 0, x.size - 2)
    j = np.clip(np.searchsorted(y, at_y, side="right") - 1, 0, y.size - 2)
    u, v = (at_x - x[i]) / (x[i + 1] - x[i]), (at_y - y[j]) / (y[j + 1] - y[j])
    low = (1 - v) * table[i, j] + v * table[i, j + 1]
    high = (1 - v) * table[i + 1, j] + v * table[i + 1, j + 1]
    inside = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
    return np.where(inside, (1 - u) * low + u * high, 0.0)
