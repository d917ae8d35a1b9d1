# SPDX-License-Identifier: EUPL-1.2
"""Position of the sun against the worked example of NREL's algorithm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jumeau.validation.registry import Case

SOURCE = "Reda and Andreas, Solar Position Algorithm, NREL/TP-560-34302 (2008), example A.5"
LICENCE = "published figure"
LATITUDE, LONGITUDE = 39.742476, -105.1786  # Golden, Colorado [°]
PRESSURE, TEMPERATURE = 820.0, 11.0  # of the example [hPa, °C]


@cache
def _example() -> tuple[float, float]:
    """Return zenith with refraction and azimuth of the example, 2003-10-17 12:30:30 UTC−7 [°]."""
    import numpy as np

    from jumeau.ground import sun

    time = np.datetime64("2003-10-17T19:30:30")
    elevation, azimuth = (
        float(value) for value in sun.position(time, LATITUDE, LONGITUDE, delta_t=67.0)
    )
    # Refraction of the same report, equation 42.
    angle = math.radians(elevation + 10.3 / (elevation + 5.11))
    refraction = PRESSURE / 1010 * 283 / (273 + TEMPERATURE) * 1.02 / (60 * math.tan(angle))
    return 90.0 - elevation - refraction, azimuth


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield zenith and azimuth of the worked example; both need no file."""
    for what, reference, compute in (
        ("zenith", 50.11162, lambda: _example()[0]),
        ("azimuth", 194.34024, lambda: _example()[1]),
    ):
        yield Case(
            f"sun/{what} of NREL's example",
            reference,
            compute,
            tolerance=0.001,
            relative=False,
            unit="°",
            source=SOURCE,
            licence=LICENCE,
        )
