# SPDX-License-Identifier: EUPL-1.2
"""The model card of a run: what was computed, with what, and how far to trust it.

Plain data kept with the run; ``shown`` holds the lines that any face prints, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n
from jumeau.worksites.lighting.street_methods import ENERGETIC, PHOTOMETRIC

if TYPE_CHECKING:
    from jumeau.base.parameters import Parameters
    from jumeau.worksites.lighting.diagnosis import Diagnosis
    from jumeau.worksites.lighting.street_results import Streets
    from jumeau.worksites.lighting.surroundings import Surroundings

_LABELS = {
    "model": ("Light", "Lumière"),
    "obstacles": ("Obstacles", "Obstacles"),
    "ground": ("Ground", "Sol"),
    "photometries": ("Flux with a maker's photometry", "Flux avec photométrie de fabricant"),
    "maintenance": ("Maintenance factor", "Facteur de maintenance"),
    "roads": ("Streets", "Voies"),
    "after": ("After", "Après"),
}
_MODEL = (
    "point sources, cell by cell of 1 m, line of sight from each head",
    "sources ponctuelles, maille par maille de 1 m, ligne de vue depuis chaque feu",
)
_OBSTACLES = {
    "dsm": ("surface model of the twin", "modèle de surface du jumeau"),
    "buildings": (
        "outlines of buildings as boxes; no trees: an estimate",
        "emprises des bâtiments en boîtes ; pas d'arbres : une estimation",
    ),
    "none": ("none", "aucun"),
}
_GROUND = {"dtm": ("terrain of the twin", "terrain du jumeau"), "flat": ("flat", "plat")}
_AFTER = (
    "every lamp that is not LED replaced by LED on its mast",
    "chaque lampe qui n'est pas à LED remplacée par une LED sur son mât",
)


def card(
    state: Diagnosis, place: Surroundings, given: Parameters, streets: Streets
) -> dict[str, Any]:
    """Return the model card of a run.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    place : Surroundings
        Ground and obstacles.
    given : Parameters
        Parameters of the worksite.
    streets : Streets
        Streets lit and computed.

    Returns
    -------
    dict
        Plain data: ``procedures``, ``rtable``, ``maintenance_factor``, ``obstacles``, ``ground``,
        ``measured_share`` [-], ``streets_lit``, ``streets_computed``, ``after``, and ``shown``.
    """
    flux = state.done.flux_lm.value * state.lor
    facts: dict[str, Any] = {
        "procedures": [PHOTOMETRIC, ENERGETIC],
        "rtable": f"R{given['lighting_road_surface'].value:.0f}",
        "maintenance_factor": given["lighting_maintenance_factor"].value,
        "obstacles": place.obstacles,
        "ground": "dtm" if place.terrain else "flat",
        "measured_share": round(
            float(flux[state.done.file >= 0].sum() / max(float(np.sum(flux)), 1e-9)), 3
        ),
        "streets_lit": streets.lit,
        "streets_computed": streets.computed,
        "after": {"option": "led"},
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
    french = lang == "fr"
    with i18n.using(lang):
        share = i18n.number(100.0 * facts["measured_share"], 0)
        kept = i18n.number(facts["maintenance_factor"], 2)
        done, lit = (i18n.number(facts[f"streets_{name}"], 0) for name in ("computed", "lit"))
    yield "model", _MODEL[french]
    yield "obstacles", _OBSTACLES[facts["obstacles"]][french]
    yield "ground", _GROUND[facts["ground"]][french]
    yield "photometries", f"{share} %"
    yield "maintenance", kept
    procedures = " et " if french else " and "
    surface = "revêtement" if french else "road surface"
    number = f"{done} sur {lit}" if french else f"{done} of {lit}"
    colon = " : " if french else ": "
    standard = f"{procedures.join(facts['procedures'])}, {surface} {facts['rtable']}"
    yield "roads", f"{number}{colon}{standard}"
    yield "after", _AFTER[french]
