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
from jumeau.worksites.climate.simulate import Water
from jumeau.worksites.climate.site import Buildings

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

_LABELS = {
    "event": ("Event", "Événement"),
    "simulated": ("Simulated time", "Temps simulé"),
    "model": ("Model", "Modèle"),
    "cells": ("Cells", "Mailles"),
    "steps": ("Time steps", "Pas de temps"),
    "balance": ("Error of the water balance", "Erreur du bilan d'eau"),
    "fast": (
        "Water too fast for the local-inertial model",
        "Eau trop rapide pour l'inertiel local",
    ),
    "terrain": ("Terrain", "Terrain"),
    "accuracy": ("Uncertainty of the terrain, median", "Incertitude du terrain, médiane"),
    "buildings": ("Obstacles", "Obstacles"),
    "time": ("Time of the computation", "Temps de calcul"),
    "hazard": ("Hazard", "Danger"),
}


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def card(territory: Territory, water: Water, buildings: Buildings) -> dict[str, Any]:
    """Return the model card of a run.

    Parameters
    ----------
    territory : Territory
        Territory.
    water : Water
        What water did.
    buildings : Buildings
        Obstacles.

    Returns
    -------
    dict
        Plain data: the card of the computation, ``event`` in both languages, ``indicative`` for
        the hazard, ``terrain``, ``buildings``, and ``shown``.
    """
    event = water.event
    facts = {name: value for name, value in water.card.items() if name != "warnings"}
    facts |= {
        "event": {lang: event.label(lang) for lang in i18n.LANGUAGES},
        "kinds": list(event.kinds),
        "asked": event.asked,
        "bounds": list(water.site.bounds),
        "moments_s": list(water.moments),
        "indicative": water.indicative,
        "terrain": _terrain(territory),
        "accuracy_m": _accuracy(territory, water),
        "buildings": {"count": len(buildings), "from_lidar": buildings.outlined},
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

    yield "event", facts["event"][lang]
    yield "model", facts["model"][lang]
    if "duration_s" in facts:
        yield "simulated", f"{number(facts['duration_s'] / 3600, 1)} h"
    side = number(facts["cell_size_m"], 0)
    count = facts.get("cells")
    many = f"{number(int(count))} " if count else ""
    yield "cells", say(f"{many}of {side} m", f"{many}de {side} m")
    if "steps" in facts:
        steps, least, most = facts["steps"], facts["shortest_step_s"], facts["longest_step_s"]
        low, high = number(least, 2), number(most, 2)
        spans = say(f"of {low} to {high} s", f"de {low} à {high} s")
        yield "steps", f"{number(int(steps))}, {spans}"
        error = facts["relative_error"]
        yield "balance", "0" if error == 0 else _power(error, lang)
        yield "fast", f"{number(100 * facts['froude_share'], 1)} %"
        yield "time", f"{number(facts['seconds'], 1)} s"
    yield "terrain", "; ".join(facts["terrain"]) or say("unknown origin", "origine inconnue")
    if facts["accuracy_m"] is not None:
        yield "accuracy", f"± {number(facts['accuracy_m'], 2)} m"
    held, lidar = facts["buildings"]["count"], facts["buildings"]["from_lidar"]
    told = say(f"{number(held)} buildings", f"{number(held)} bâtiments")
    yield "buildings", told + (say(", outlined from LiDAR", ", tirés du LiDAR") if lidar else "")
    if facts["indicative"]:
        yield "hazard", say("indicative: no advection", "indicatif : sans advection")


def _power(value: float, lang: str) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    text = f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return text.replace(".", ",") if lang == "fr" else text


def _terrain(territory: Territory) -> list[str]:
    """Return the publishers and vintages of the terrain."""
    rows = territory.sql(
        "SELECT DISTINCT s.publisher, s.title, s.vintage FROM raster_tile t "
        "JOIN source s ON s.id = t.source_id WHERE t.layer = 'dtm' ORDER BY ALL LIMIT 5"
    ).to_pylist()
    names = ("publisher", "title", "vintage")
    return [", ".join(str(row[name]) for name in names if row[name]) for row in rows]


def _accuracy(territory: Territory, water: Water) -> float | None:
    """Return the median standard deviation of the terrain where it is told [m]."""
    raster = territory.raster("dtm_std")
    if raster.bounds is None:
        return None
    values, _ = raster.read(water.site.bounds, resolution=8)
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 3) if known.size else None
