# SPDX-License-Identifier: EUPL-1.2
"""The model card of a run: what was computed, with what, and how far to trust it.

It is plain data, kept with the run. ``shown`` holds the lines that any face prints, in both
languages; the rest is for programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n

if TYPE_CHECKING:
    from jumeau.worksites.buildings.diagnosis import Diagnosis

_LABELS = {
    "model": ("Model", "Modèle"),
    "weather": ("Weather", "Météo"),
    "zone": ("Climate zone", "Zone climatique"),
    "degree_days": ("Degree days, base 18 °C", "Degrés-jours, base 18 °C"),
    "buildings": ("Buildings", "Bâtiments"),
    "draws": ("Draws of each building", "Tirages par bâtiment"),
    "estimated": ("Share that rests on estimates", "Part reposant sur des estimations"),
    "factors": ("Factors of carriers in force on", "Facteurs des énergies en vigueur au"),
    "common": ("Part of the spread in common", "Part commune de la dispersion"),
}


def card(found: Diagnosis, common: float) -> dict[str, Any]:
    """Return the model card of a run.

    Parameters
    ----------
    found : Diagnosis
        Energy drawn.
    common : float
        Part of the spread of an archetype that its buildings share [-].

    Returns
    -------
    dict
        Plain data: ``model``, ``weather``, ``zone``, ``degree_days`` [K·d], ``buildings``,
        ``heated``, ``draws``, ``estimated_share``, ``day``, and ``shown``.
    """
    account, sky = found.account, found.climate
    energy = account.final.mean(axis=1)
    facts: dict[str, Any] = {
        "model": {"en": "ISO 13790, 5R1C, hourly", "fr": "ISO 13790, 5R1C, horaire"},
        "weather": sky.file or sky.weather.source,
        "weather_sha256": sky.weather.sha256,
        "typical": not sky.file,
        "zone": sky.zone,
        "degree_days": round(float(sky.weather.degree_days(18.0))),
        "buildings": len(found.stock),
        "heated": int(np.count_nonzero((account.floor > 1.0).any(axis=1))),
        "draws": found.draws,
        "estimated_share": round(
            float((energy * found.estimated).sum() / max(energy.sum(), 1e-9)), 3
        ),
        "day": found.day.isoformat(),
        "common": common,
    }
    texts = {lang: dict(_texts(facts, lang)) for lang in i18n.LANGUAGES}
    facts["shown"] = [
        {
            "label_en": _LABELS[name][0], "label_fr": _LABELS[name][1],
            "text_en": text, "text_fr": texts["fr"][name],
        }
        for name, text in texts["en"].items()
    ]  # fmt: skip
    return facts


def _texts(facts: dict[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a card in a language."""

    def say(english: str, french: str) -> str:
        return french if lang == "fr" else english

    def number(value: float, digits: int | None = None) -> str:
        return i18n.number(value, digits, lang)

    yield "model", facts["model"][lang]
    made = say("typical year, made up", "année type, construite")
    yield "weather", f"{made} ({facts['zone']})" if facts["typical"] else facts["weather"]
    yield "zone", facts["zone"]
    yield "degree_days", number(facts["degree_days"])
    heated = say("heated", "chauffés")
    yield "buildings", f"{number(facts['buildings'])} ({number(facts['heated'])} {heated})"
    yield "draws", number(facts["draws"])
    yield "estimated", f"{number(100 * facts['estimated_share'], 0)} %"
    yield "factors", facts["day"]
    yield "common", f"{number(100 * facts['common'], 0)} %"
