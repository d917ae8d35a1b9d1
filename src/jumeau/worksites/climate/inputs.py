# SPDX-License-Identifier: EUPL-1.2
"""What may be asked of a run from outside: JSON Schemas of the parts of an event."""

from __future__ import annotations

from typing import Any

_SIGNED, _PART = r"-?\d+([.,]\d+)?", r"\s*[,;]\s*"
INPUTS: dict[str, dict[str, Any]] = {
    "rain": {
        "title_en": "Rain",
        "title_fr": "Pluie",
        "doc_en": "Amount and duration of a rain.",
        "doc_fr": "Hauteur et durée d'une pluie.",
        "schema": {
            "type": "string",
            "maxLength": 40,
            "examples": ["60mm/1h"],
            "pattern": r"^\s*\d+([.,]\d+)?\s*mm\s*/\s*(\d+([.,]\d+)?)?\s*(s|min|h|d|j)\s*$",
        },
    },
    "hyetograph": {
        "title_en": "Hyetograph",
        "title_fr": "Hyétogramme",
        "doc_en": "Pairs of a time [s] and an intensity [mm/h] that holds until the next time.",
        "doc_fr": "Paires d'un temps [s] et d'une intensité [mm/h] tenue jusqu'au temps suivant.",
        "schema": {
            "type": "array",
            "minItems": 2,
            "maxItems": 5000,
            "items": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "number", "minimum": 0},
            },
        },
    },
    "breach": {
        "title_en": "Breach",
        "title_fr": "Brèche",
        "doc_en": "Place of a dyke that gives way, width and level of the water behind it: "
        "E,N,width,level [m, the territory's CRS].",
        "doc_fr": "Lieu d'une digue qui cède, largeur et niveau de l'eau derrière elle : "
        "E,N,largeur,niveau [m, projection du territoire].",
        "schema": {
            "type": "string",
            "maxLength": 120,
            "examples": ["293000,6832500,20,62.5"],
            "pattern": f"^\\s*{_PART.join([_SIGNED] * 4)}\\s*$",
        },
    },
    "sea_level": {
        "title_en": "Level of the sea",
        "title_fr": "Niveau de la mer",
        "doc_en": "Level that the sea reaches, on the datum of the terrain [m].",
        "doc_fr": "Niveau que la mer atteint, sur le zéro du terrain [m].",
        "schema": {"type": "number", "minimum": -5, "maximum": 30, "examples": [4.2]},
    },
    "inflow": {
        "title_en": "Inflow",
        "title_fr": "Apport",
        "doc_en": "Place where water enters, discharge and duration: E,N,40m3/s/2h.",
        "doc_fr": "Lieu où l'eau entre, débit et durée : E,N,40m3/s/2h.",
        "schema": {
            "type": "string",
            "maxLength": 120,
            "examples": ["293000,6832500,40m3/s/2h"],
            "pattern": f"^\\s*{_PART.join([_SIGNED] * 2)}{_PART}\\d+([.,]\\d+)?\\s*m(3|³)/s/"
            r"(\d+([.,]\d+)?)?\s*(s|min|h|d|j)\s*$",
        },
    },
}
"""What may be asked from outside, as JSON Schemas: no path of a file among them."""
