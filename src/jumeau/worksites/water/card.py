# SPDX-License-Identifier: EUPL-1.2
"""The model card of a run: what was computed, with what, and how far to trust it.

It is plain data, kept with the run. ``shown`` holds the lines that any face prints, in both
languages; the rest is for programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n
from jumeau.worksites.water import results

if TYPE_CHECKING:
    from jumeau.worksites.water.diagnosis import Studied

_LABELS = {
    "networks": ("Networks", "Réseaux"),
    "model": ("Model", "Modèle"),
    "placement": ("Place on the map", "Place sur la carte"),
    "draws": ("Draws", "Tirages"),
    "age": ("Age followed for", "Âge suivi pendant"),
    "closures": ("Pipes closed in turn", "Conduites fermées tour à tour"),
    "estimated": ("Supposed", "Supposé"),
    "warnings": ("Warnings of EPANET", "Avertissements d'EPANET"),
}
_PLACES = {
    "surveyed": ("surveyed", "levé"),
    "control points": ("by control points", "par points de calage"),
    "declared": ("as the file says", "comme le dit le fichier"),
    "invented": ("invented", "inventée"),
    "": ("that of the rows", "celle des lignes"),
}
_SUPPOSED = {
    "demand": ("demands", "demandes"),
    "head": ("heads of sources", "charges des ressources"),
    "diameter": ("diameters", "diamètres"),
    "roughness": ("roughness", "rugosités"),
    "elevation": ("altitudes", "altitudes"),
}


def card(studied: Sequence[Studied]) -> dict[str, Any]:
    """Return the model card of a run.

    Parameters
    ----------
    studied : sequence of Studied
        Networks computed.

    Returns
    -------
    dict
        Plain data: ``networks``, one a network, and ``shown``.
    """
    facts: dict[str, Any] = {"networks": [_facts(found) for found in studied]}
    texts = {lang: list(_texts(facts["networks"], lang)) for lang in i18n.LANGUAGES}
    facts["shown"] = [
        {
            "label_en": _LABELS[name][0], "label_fr": _LABELS[name][1],
            "text_en": text, "text_fr": texts["fr"][k][1],
        }
        for k, (name, text) in enumerate(texts["en"])
    ]  # fmt: skip
    return facts


def _facts(found: Studied) -> dict[str, Any]:
    reading, net = found.reading, found.net
    nodes = len(found.solution.nodes)
    age = found.age
    return {
        "network": reading.network,
        "name": reading.name,
        "nodes": nodes,
        "links": len(found.solution.links),
        "length_km": round(float(net.pipes["length_m"].sum()) / 1000.0, 3),
        "headloss": net.units.headloss,
        "engine": found.solution.engine,
        "placement": net.placement,
        "placement_error_m": None if np.isnan(net.placement_error_m) else net.placement_error_m,
        "draws": 0 if found.draws is None else len(found.draws.added),
        "age_days": None if age is None else round(float(age.time_s[-1]) / 86400.0, 2),
        "closures": 0 if found.worth is None else len(found.worth),
        "pipes": len(net.pipes),
        "supposed": results.shares(found),
        "warnings": found.solution.warnings[:20],
    }


def _texts(networks: Sequence[dict[str, Any]], lang: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a card in a language."""

    def say(english: str, french: str) -> str:
        return french if lang == "fr" else english

    def number(value: float, digits: int | None = None) -> str:
        return i18n.number(value, digits, lang)

    def chosen(pair: tuple[str, str]) -> str:
        return say(*pair)

    many = len(networks) > 1
    for it in networks:
        lead = f"{it['name']}: " if many and lang == "en" else f"{it['name']} : " if many else ""
        nodes, km = number(it["nodes"]), number(it["length_km"], 2)
        yield (
            "networks",
            say(
                f"{it['name'] or 'rows'}: {nodes} nodes, {km} km",
                f"{it['name'] or 'lignes'} : {nodes} nœuds, {km} km",
            ),
        )
        yield (
            "model",
            lead
            + say(
                f"EPANET 2.3, {it['headloss']}, a day hour by hour",
                f"EPANET 2.3, {it['headloss']}, une journée heure par heure",
            ),
        )
        error = it["placement_error_m"]
        off = f" ± {number(error, 1)} m" if error is not None else ""
        yield "placement", lead + chosen(_PLACES.get(it["placement"], _PLACES[""])) + off
        yield "draws", lead + number(it["draws"])
        if it["age_days"] is not None:
            yield (
                "age",
                lead
                + say(f"{number(it['age_days'], 0)} days", f"{number(it['age_days'], 0)} jours"),
            )
        yield (
            "closures",
            lead
            + say(
                f"{number(it['closures'])} of {number(it['pipes'])}",
                f"{number(it['closures'])} sur {number(it['pipes'])}",
            ),
        )
        guessed = [
            f"{chosen(_SUPPOSED[key])} {number(100 * share, 0)} %"
            for key, share in it["supposed"].items()
            if share > 0
        ]
        yield "estimated", lead + (", ".join(guessed) or say("nothing", "rien"))
        if it["warnings"]:
            yield "warnings", lead + number(len(it["warnings"]))
