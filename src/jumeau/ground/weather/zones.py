# SPDX-License-Identifier: EUPL-1.2
"""Climate zones of France and the standard time of its territories."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from jumeau.base.errors import did_you_mean, error

_TERRITORIES = (
    ((41.0, 51.5, -5.5, 10.0), 1.0),  # mainland and Corsica
    ((13.5, 19.0, -64.0, -60.0), -4.0),  # Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy
    ((1.5, 6.5, -55.5, -50.5), -3.0),  # Guyane
    ((-22.0, -20.0, 54.5, 56.5), 4.0),  # La Réunion
    ((-13.5, -12.0, 44.5, 45.8), 3.0),  # Mayotte
    ((46.5, 47.5, -57.0, -55.5), -3.0),  # Saint-Pierre-et-Miquelon
)
"""South, north, west, east [°] of French territories → standard time minus UTC [h]."""


@cache
def _zones() -> dict[str, str]:
    path = Path(__file__).parent / "zones.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["departement"]: row["zone"] for row in csv.DictReader(file)}


def climate_zone(departement: str | int) -> str:
    """Return the climate zone of a French département (RT 2012, kept by RE2020).

    Parameters
    ----------
    departement : str or int
        Its code (``24``, ``01``, ``2A``, ``974``), a commune's INSEE code, or a zone.

    Returns
    -------
    str
        ``H1a`` to ``H3`` on the mainland; ``GP``, ``MQ``, ``GF``, ``RE`` or ``YT`` overseas.

    Raises
    ------
    UnknownNameError
        ``JUM-G073`` for a code that is none.

    References
    ----------
    Arrêté du 26 octobre 2010 (RT 2012), annex I; arrêté du 4 août 2021 (RE2020), annex I.
    """
    zones = _zones()
    code = str(departement).strip()
    for zone in zones.values():
        if code.casefold() == zone.casefold():
            return zone
    code = code.upper()
    if len(code) == 5:
        code = code[:3] if code.startswith(("97", "98")) else code[:2]
    code = code.zfill(2)
    if code not in zones:
        suggestion = did_you_mean(code, [*zones, *zones.values()])
        raise error("JUM-G073", given=str(departement), suggestion=suggestion)
    return zones[code]


def standard_offset(latitude: float, longitude: float) -> float:
    """Return local standard time minus universal time of a place.

    Parameters
    ----------
    latitude, longitude : float
        Of the place [°].

    Returns
    -------
    float
        That of the French territory it lies in, else the nearest hour of its longitude [h].
    """
    for (south, north, west, east), offset in _TERRITORIES:
        if south <= latitude <= north and west <= longitude <= east:
            return offset
    return float(round(longitude / 15.0))
