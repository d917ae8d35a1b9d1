# SPDX-License-Identifier: EUPL-1.2
"""What the lighting worksite reads from the twin and writes to it."""

from __future__ import annotations

from typing import Literal

from jumeau.base.contract import FieldSpec


def _table(
    name: str, intent: Literal["in", "out", "optional"], unit: str, en: str, fr: str,
    doc_en: str, doc_fr: str,
) -> FieldSpec:  # fmt: skip
    return FieldSpec(name, "table", intent, unit, en, fr, doc_en, doc_fr)


FIELDS = (
    _table("luminaire.geometry", "in", "m", "Position of lamps", "Position des points lumineux",
           "Without lamps nothing is computed", "Sans point lumineux rien n'est calculé"),
    _table("luminaire.power_w", "optional", "W", "Power", "Puissance",
           "Lamp and gear; estimated from support, street and lamp type when absent",
           "Lampe et appareillage ; estimée d'après le support, la voie et la lampe si absente"),
    _table("luminaire.height_m", "optional", "m", "Head height", "Hauteur de feu",
           "Estimated from support and street when absent",
           "Estimée d'après le support et la voie si absente"),
    _table("luminaire.lamp_type", "optional", "", "Lamp type", "Type de lampe",
           "Sodium is supposed when absent", "Le sodium est supposé si absent"),
    _table("luminaire.flux_lm", "optional", "lm", "Lamp flux", "Flux de la source",
           "Follows from lamp type and power when absent",
           "Déduit du type et de la puissance si absent"),
    _table("luminaire.cct_k", "optional", "K", "Colour temperature", "Température de couleur",
           "That of the lamp type when absent", "Celle du type de lampe si absente"),
    _table("luminaire.photometry", "optional", "", "Photometry", "Photométrie",
           "A lamp label found here (SHP 150) gives type and flux",
           "Un libellé de lampe trouvé ici (SHP 150) donne le type et le flux"),
    _table("luminaire.support", "optional", "", "Support", "Support",
           "Gives the usual height, power and distribution",
           "Donne la hauteur, la puissance et la photométrie usuelles"),
    _table("luminaire.cabinet_id", "optional", "", "Cabinet", "Armoire",
           "Gives the switching regime", "Donne le régime d'allumage"),
    _table("luminaire.street_id", "optional", "", "Street", "Voie",
           "The nearest street when absent", "La voie la plus proche si absente"),
    _table("luminaire.installed_on", "optional", "", "Installed on", "Posé le",
           "Age of lamps; that of the inventory when absent",
           "Âge des lampes ; celui de l'inventaire si absent"),
    _table("street.geometry", "optional", "m", "Streets", "Voies",
           "Attachment, orientation of luminaires and results by street",
           "Rattachement, orientation des luminaires et résultats par voie"),
    _table("street.name", "optional", "", "Street name", "Nom de la voie",
           "Avenues and boulevards are lit more", "Avenues et boulevards sont plus éclairés"),
    _table("street.hierarchy", "optional", "", "Street hierarchy", "Hiérarchie de la voie",
           "Main streets are lit more", "Les voies principales sont plus éclairées"),
    _table("street.width_m", "optional", "m", "Street width", "Largeur de la voie",
           "Wide streets are lit more", "Les voies larges sont plus éclairées"),
    _table("street.lanes", "optional", "", "Lanes", "Voies de circulation",
           "Streets of three lanes or more are main ones",
           "Les rues de trois voies ou plus sont principales"),
    _table("street.speed_limit_kmh", "optional", "km/h", "Speed limit", "Vitesse limite",
           "Streets at 70 km/h or more are main ones",
           "Les rues à 70 km/h ou plus sont principales"),
    _table("district.geometry", "optional", "m", "Districts", "Quartiers",
           "Results by district", "Résultats par quartier"),
    _table("municipality.geometry", "optional", "m", "Municipalities", "Communes",
           "Results by municipality when there are several",
           "Résultats par commune quand il y en a plusieurs"),
    _table("cabinet.schedule", "optional", "", "Switching regime", "Régime d'allumage",
           "All night when absent", "Toute la nuit si absent"),
    _table("estimate", "out", "", "Estimates", "Estimations",
           "What was supposed of each lamp, with method and interval",
           "Ce qui a été supposé de chaque point lumineux, avec méthode et intervalle"),
    _table("indicator", "out", "", "Indicators", "Indicateurs",
           "Lamps, power, electricity and light by territory, municipality, district, street and "
           "lamp type",
           "Points, puissance, électricité et lumière par territoire, commune, quartier, voie et "
           "lampe"),
    _table("option", "out", "", "Options", "Options",
           "Candidate actions", "Actions candidates"),
    FieldSpec(
        "illuminance", "raster", "out", "lx", "Horizontal illuminance", "Éclairement horizontal",
        "Light on the ground at 1 m, without obstacles, maintenance factor included",
        "Lumière au sol à 1 m, sans obstacle, facteur de maintenance compris",
        classes=(0.1, 0.3, 1.0, 3.0, 10.0, 20.0, 50.0), palette="night",
    ),
)  # fmt: skip
"""Fields of the worksite."""
