# SPDX-License-Identifier: EUPL-1.2
"""Illuminance against closed forms of the point source."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.registry import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

INVERSE_SQUARE = "inverse square and cosine laws, CIE S 017:2020, 17-21-067"
HEIGHT = 8.0  # of the lamp above the ground [m]
INTENSITY = 1000.0  # towards the ground [cd]
REACH = 40  # half side of the computed square [m]


@cache
def _field(kind: str) -> NDArray[Any]:
    """Return the illuminance around one lamp at the origin, on cells of 1 m [lx]."""
    import numpy as np

    from jumeau.worksites import lighting

    gamma = np.arange(0.0, 180.0 + 0.125, 0.25)
    shape = {
        "isotropic": np.ones_like(gamma),
        "lambert": np.maximum(np.cos(np.radians(gamma)), 0.0),
    }[kind]
    flux = {"isotropic": 4 * math.pi, "lambert": math.pi}[kind] * INTENSITY
    source = lighting.Photometry(
        name=kind,
        c_angles=np.array([0.0, 360.0]),
        gamma_angles=gamma,
        candela=INTENSITY * np.stack([shape, shape]),
        flux_lm=flux,
    )
    edge = REACH + 0.5
    return lighting.illuminance(
        np.array([[0.0, 0.0, HEIGHT]]),
        [source],
        np.array([0]),
        bounds=(-edge, -edge, edge, edge),
        radius=2.0 * edge,
    )


def _at(kind: str, east: int, north: int) -> Callable[[], float]:
    return lambda: float(_field(kind)[REACH - north, REACH + east].item())


def _isotropic(east: float, north: float) -> float:
    return INTENSITY * HEIGHT / math.hypot(east, north, HEIGHT) ** 3


def _lambert(east: float, north: float) -> float:
    return INTENSITY * HEIGHT**2 / math.hypot(east, north, HEIGHT) ** 4


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield the closed forms of an isotropic and of a Lambertian source; they need no file."""
    for kind, closed, law in (
        ("isotropic", _isotropic, "E = I·h/(r² + h²)^1.5"),
        ("lambert", _lambert, "E = I₀·h²/(r² + h²)²"),
    ):
        for east, north in ((0, 0), (3, 4), (-12, 5), (30, -16)):
            yield Case(
                f"lighting/{kind} source at {east} m east, {north} m north",
                closed(east, north),
                _at(kind, east, north),
                tolerance=1e-4,
                relative=True,
                unit="lx",
                source=f"{law}: {INVERSE_SQUARE}",
                licence="formula",
            )
    edge = REACH + 0.5
    angle = 4 * math.atan(edge**2 / (HEIGHT * math.sqrt(2 * edge**2 + HEIGHT**2)))
    yield Case(
        f"lighting/flux of an isotropic source on a square of {2 * edge:g} m",
        INTENSITY * angle,
        lambda: float(_field("isotropic").sum(dtype="float64")),
        tolerance=1e-4,  # of the midpoint rule on cells of 1 m
        relative=True,
        unit="lm",
        source="Φ = I·Ω, Ω = 4·atan(a²/(h·√(2a² + h²))): solid angle of a square",
        licence="formula",
    )
