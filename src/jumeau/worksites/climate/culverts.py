# SPDX-License-Identifier: EUPL-1.2
"""Box culverts between two cells: what they let through, and the volumes they move in a step.

The discharge is the smaller of what the inlet and the barrel allow: the control with the larger
head loss governs (Schall et al. 2012, *Hydraulic Design of Highway Culverts*, FHWA HDS-5, chapters
1 and 3). H is the head of the upstream surface above the higher invert; ΔH its fall to the surface
of the downstream cell, or to its invert when it is dry; w, D and L are the width, height and length
of the barrel and n its Manning coefficient:

- inlet as a broad-crested weir, Q = 2/3·√(2g/3)·w·H^1.5, critical flow at the entrance;
- inlet as an orifice, Q = Cd·w·D·√(2g·(H − D/2)) with Cd = 0.6, which is the smaller one once
  the entrance is drowned (H above some 1.2·D);
- barrel, part full (depth H) or full (depth D): Q = A·√(2g·ΔH/(1 + Ke + 2g·n²·L/R^(4/3))), Ke = 0.5
  at the entrance, 1 at the exit, Manning's friction along the barrel, R = A/P.

Inverts are the beds of the cells. Flow goes either way. Neither end is overdrawn: a step moves at
most the water above the higher invert, and half of what would level both cells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.climate import checks
from jumeau.worksites.climate.engine import GRAVITY, Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIFICE = 0.6
"""Discharge coefficient of a drowned inlet [-]."""

WEIR = 2.0 / 3.0 * math.sqrt(2.0 * GRAVITY / 3.0)
"""Broad-crested weir, per metre of width [m^0.5/s]."""

LOSSES = 1.5
"""Entrance (0.5) and exit (1) losses, in velocity heads [-]."""

NOTHING = 1e-9
"""Heads up to this one carry nothing [m]."""

_FORM = "((row, col), (row, col), width_m, height_m, length_m, manning)"


class Culvert(NamedTuple):
    """One box culvert: flat indices of its cells, inverts above the datum [m], dimensions [m]."""

    first: int
    second: int
    invert_first: float
    invert_second: float
    width: float
    height: float
    length: float
    manning: float


def culverts(given: Any, domain: Domain, opened: NDArray[np.bool_]) -> list[Culvert]:
    """Return the culverts of a run, checked.

    Parameters
    ----------
    given
        As :func:`~jumeau.worksites.climate.flooding.flood` takes them.
    domain, opened
        Ground of the run.

    Raises
    ------
    InvalidError
        JUM-K001, JUM-K005, JUM-K006, JUM-K008; JUM-K014 (both ends in one cell).
    """
    found = []
    for index, item in enumerate(checks.items("culverts", given, _FORM, 6)):
        name = f"culverts[{index}]"
        ends = []
        for cell in item[:2]:
            if not isinstance(cell, tuple | list) or len(cell) != 2:
                raise error("JUM-K008", argument=name, value=checks.shown(item), form=_FORM)
            ends.append(checks.place(name, cell[0], cell[1], opened))
        if ends[0] == ends[1]:
            raise error("JUM-K014", argument=name, cell=str(ends[0]))
        sizes = ("width_m", "height_m", "length_m")
        width, height, length = (
            checks.number(f"{name} {what}", value, 0.0, strict=True)
            for what, value in zip(sizes, item[2:5], strict=True)
        )
        manning = checks.number(f"{name} manning", item[5], 0.0)
        first, second = (row * opened.shape[1] + col for row, col in ends)
        beds = (float(domain.bed[ends[0]]), float(domain.bed[ends[1]]))
        found.append(Culvert(first, second, *beds, width, height, length, manning))
    return found


def discharge(
    head: float, fall: float, width: float, height: float, length: float, manning: float
) -> float:
    """Return the discharge of a box culvert, from the upstream cell to the downstream one [m³/s].

    Parameters
    ----------
    head : float
        Upstream surface above the higher invert [m]; nothing flows up to ``NOTHING``.
    fall : float
        Upstream surface above the downstream one, or above the downstream invert when dry [m].
    width, height, length : float
        Of the barrel [m].
    manning : float
        Manning's coefficient of the barrel [s·m^(-1/3)]; 0 is smooth.

    Returns
    -------
    float
        Smallest of the weir, the orifice and the barrel; 0 without head or fall [m³/s].

    Notes
    -----
    See the module for the equations; Schall et al. (2012), FHWA HDS-5.
    """
    if head <= NOTHING or fall <= 0.0:
        return 0.0
    allowed = WEIR * width * head**1.5
    if head > height:
        drowned = ORIFICE * width * height * math.sqrt(2.0 * GRAVITY * (head - 0.5 * height))
        allowed = min(allowed, drowned)
    deep = min(head, height)
    area = width * deep
    wetted = 2.0 * (width + height) if head >= height else width + 2.0 * deep
    friction = 2.0 * GRAVITY * manning**2 * length / (area / wetted) ** (4.0 / 3.0)
    barrel: float = area * math.sqrt(2.0 * GRAVITY * fall / (LOSSES + friction))
    return float(min(allowed, barrel))


def transfer(item: Culvert, first: float, second: float, dt: float, area: float) -> float:
    """Return the volume that a culvert moves from its first to its second cell in a step [m³].

    Parameters
    ----------
    item : Culvert
        The culvert.
    first, second : float
        Depth that can still be taken from each cell [m].
    dt : float
        Step [s].
    area : float
        Area of a cell [m²].

    Returns
    -------
    float
        Negative when water goes from the second cell to the first [m³].
    """
    levels = (item.invert_first + first, item.invert_second + second)
    forward = levels[0] >= levels[1]
    up, down = levels if forward else levels[::-1]
    head = up - max(item.invert_first, item.invert_second)
    flow = discharge(head, up - down, item.width, item.height, item.length, item.manning)
    there = max(head, 0.0) * (1.0 - 1e-6)
    volume = min(flow * dt, there * area, 0.25 * (up - down) * area)
    return volume if forward else -volume
