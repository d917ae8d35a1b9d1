# SPDX-License-Identifier: EUPL-1.2
"""Illuminance against closed forms of the point source: level, sloping and upright surfaces."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jumeau.validation.lighting.study import Figure, Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.lighting import Photometry

INVERSE_SQUARE = "inverse square and cosine laws, CIE S 017:2020, 17-21-067"
HEIGHT = 8.0  # of the lamp above the ground [m]
INTENSITY = 1000.0  # towards the ground [cd]
REACH = 40  # half side of the computed square [m]
EDGE = REACH + 0.5
PLACES = ((0, 0), (3, 4), (-12, 5), (30, -16))  # east and north of the lamp [m]
TOLERANCE = 1e-4  # relative; also of the midpoint rule on cells of 1 m
SLOPE = 0.2  # rise of the ground towards the east [-]
WALL = 12.0  # distance of the upright plane from the lamp [m]


def _source(kind: str) -> Photometry:
    """Return a source of closed form, on angles so close that interpolation does not show."""
    import numpy as np

    from jumeau.worksites import lighting

    gamma = np.arange(0.0, 180.0 + 0.125, 0.25)
    shape = {
        "isotropic": np.ones_like(gamma),
        "lambert": np.maximum(np.cos(np.radians(gamma)), 0.0),
    }[kind]
    flux = {"isotropic": 4 * math.pi, "lambert": math.pi}[kind] * INTENSITY
    return lighting.Photometry(
        name=kind,
        c_angles=np.array([0.0, 360.0]),
        gamma_angles=gamma,
        candela=INTENSITY * np.stack([shape, shape]),
        flux_lm=flux,
    )


@cache
def _field(kind: str) -> NDArray[Any]:
    """Return the illuminance around one lamp at the origin, on cells of 1 m [lx]."""
    import numpy as np

    from jumeau.worksites import lighting

    return lighting.illuminance(
        np.array([[0.0, 0.0, HEIGHT]]),
        [_source(kind)],
        np.array([0]),
        bounds=(-EDGE, -EDGE, EDGE, EDGE),
        radius=2.0 * EDGE,
    )


def _place(east: float, north: float) -> str:
    return f"{east:g} m east and {north:g} m north"


def _level(kind: str) -> dict[str, float]:
    field = _field(kind)
    found = {_place(x, y): float(field[REACH - y, REACH + x]) for x, y in PLACES}
    return found | {"flux on the square": float(field.sum(dtype="float64"))}


def _isotropic(east: float, north: float) -> float:
    return INTENSITY * HEIGHT / math.hypot(east, north, HEIGHT) ** 3


def _lambert(east: float, north: float) -> float:
    return INTENSITY * HEIGHT**2 / math.hypot(east, north, HEIGHT) ** 4


def _tilted(tilt: float) -> dict[str, float]:
    """Return the illuminance under a Lambertian source turned about its C0 axis, C0 northwards."""
    from jumeau.worksites import lighting

    field = lighting.illuminance(
        [[0.0, 0.0, HEIGHT]], [_source("lambert")], [0], bounds=(-EDGE, -EDGE, EDGE, EDGE),
        radius=2.0 * EDGE, tilt=tilt, azimuth=0.0,
    )  # fmt: skip
    return {_place(x, y): float(field[REACH - y, REACH + x]) for x, y in PLACES}


def _lambert_tilted(tilt: float, east: float, north: float) -> float:
    """C90 points west when C0 points north: lifted, it turns the axis towards the west."""
    angle = math.radians(tilt)
    axis = (-math.sin(angle), 0.0, -math.cos(angle))
    far = math.hypot(east, north, HEIGHT)
    cosine = max((axis[0] * east - axis[2] * HEIGHT) / far, 0.0)
    return INTENSITY * cosine * HEIGHT / far**3


def _sloping(normal: Any) -> dict[str, float]:
    """Return the illuminance of an isotropic source on a plane that rises eastwards."""
    import numpy as np

    from jumeau.worksites import lighting

    east = np.arange(-REACH, REACH + 1.0)
    field = lighting.illuminance(
        [[0.0, 0.0, HEIGHT + 100.0]], [_source("isotropic")], [0],
        bounds=(-EDGE, -EDGE, EDGE, EDGE), radius=2.0 * EDGE, normal=normal,
        ground=np.broadcast_to(100.0 + SLOPE * east, (2 * REACH + 1, 2 * REACH + 1)),
    )  # fmt: skip
    return {_place(x, y): float(field[REACH - y, REACH + x]) for x, y in PLACES}


def _isotropic_sloping(level: bool, east: float, north: float) -> float:
    """E = I·(n·l)/d²: from the foot of the perpendicular when n is the slope's own."""
    down = HEIGHT - SLOPE * east
    far = math.hypot(east, north, down)
    if level:
        return INTENSITY * max(down, 0.0) / far**3
    return INTENSITY * HEIGHT / math.sqrt(1.0 + SLOPE**2) / far**3


def _upright() -> dict[str, float]:
    """Return the illuminance of planes that face west at several heights, 12 m east of the lamp."""
    from jumeau.worksites import lighting

    found = {}
    for above in (0.0, 1.0, 6.0, 8.0, 14.0):
        field = lighting.illuminance(
            [[0.0, 0.0, HEIGHT]], [_source("isotropic")], [0],
            bounds=(WALL - 0.5, -0.5, WALL + 0.5, 0.5), radius=2.0 * EDGE,
            height_above=above, normal=(-1.0, 0.0, 0.0),
        )  # fmt: skip
        found[f"{above:g} m high"] = float(field[0, 0])
    return found


def _figures(reference: Mapping[str, float]) -> tuple[Figure, ...]:
    return tuple(
        Figure(name, value, TOLERANCE, "lm" if "flux" in name else "lx", relative=True)
        for name, value in reference.items()
    )


def studies() -> Iterator[Study]:
    """Yield the closed forms; they need no file."""
    corner = HEIGHT * math.sqrt(2 * EDGE**2 + HEIGHT**2)
    square = {"flux on the square": INTENSITY * 4 * math.atan(EDGE**2 / corner)}
    level = {_place(x, y): _isotropic(x, y) for x, y in PLACES}
    yield Study(
        "isotropic source", "illuminance", partial(_level, "isotropic"), _figures(level | square),
        f"E = I·h/(r² + h²)^1.5, flux I·4·atan(a²/(h·√(2a² + h²))): {INVERSE_SQUARE}", "formula",
    )  # fmt: skip
    yield Study(
        "Lambertian source", "illuminance", partial(_level, "lambert"),
        _figures({_place(x, y): _lambert(x, y) for x, y in PLACES}),
        f"E = I₀·h²/(r² + h²)²: {INVERSE_SQUARE}", "formula",
    )  # fmt: skip
    for tilt in (10.0, -25.0):
        lit = {_place(x, y): _lambert_tilted(tilt, x, y) for x, y in PLACES}
        yield Study(
            f"Lambertian source tilted by {tilt:g}°", "illuminance", partial(_tilted, tilt),
            _figures({name: value for name, value in lit.items() if value > 1e-6}),
            f"E = I₀·cos α·h/d³, α from the turned axis: {INVERSE_SQUARE}", "formula",
        )  # fmt: skip
    for name, normal in (("level cells", (0.0, 0.0, 1.0)), ("the slope's own", "slope")):
        forms = {_place(x, y): _isotropic_sloping(normal != "slope", x, y) for x, y in PLACES}
        yield Study(
            f"isotropic source over a slope of 20 % ({name})", "illuminance",
            partial(_sloping, normal), _figures(forms), f"E = I·(n·l)/d²: {INVERSE_SQUARE}",
            "formula",
        )  # fmt: skip
    walls = {
        f"{above:g} m high": INTENSITY * WALL / math.hypot(WALL, HEIGHT - above) ** 3
        for above in (0.0, 1.0, 6.0, 8.0, 14.0)
    }
    yield Study(
        "isotropic source in front of a façade", "illuminance", _upright, _figures(walls),
        f"E = I·a/d³: {INVERSE_SQUARE}", "formula",
    )  # fmt: skip
