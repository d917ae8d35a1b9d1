# SPDX-License-Identifier: EUPL-1.2
"""Indicators of streets: the road standard's quantities, and the layout that they rest on."""

from __future__ import annotations

from jumeau.base.contract import IndicatorSpec

PHOTOMETRIC, ENERGETIC = "EN 13201-3:2015", "EN 13201-5:2015"
"""Procedures, with their version."""
_USES = (
    "lighting_maintenance_factor", "lighting_road_surface", "lighting_illuminance_error",
    "lighting_measured_error", "lighting_suppose_width",
)  # fmt: skip
_FIELD_EN = (
    "Field between two luminaires of the layout that stands for the street: its median spacing, "
    "height, side and overhang, read from the lamps and the axis."
)
_FIELD_FR = (
    "Champ entre deux luminaires de l'implantation qui représente la voie : son espacement, sa "
    "hauteur, son côté et son avancée médians, lus dans les points lumineux et l'axe."
)


def _result(
    name: str, unit: str, en: str, fr: str, formula: str, method_en: str, method_fr: str,
    digits: int, reference: str = PHOTOMETRIC,
) -> IndicatorSpec:  # fmt: skip
    return IndicatorSpec(
        f"lighting_road_{name}", unit, en, fr, formula, f"{method_en} {_FIELD_EN}",
        f"{method_fr} {_FIELD_FR}", reference, digits=digits, parameters=_USES,
    )  # fmt: skip


def _layout(
    name: str, unit: str, en: str, fr: str, formula: str, method_en: str, method_fr: str,
    digits: int = 1,
) -> IndicatorSpec:  # fmt: skip
    return IndicatorSpec(
        f"lighting_road_{name}", unit, en, fr, formula, method_en, method_fr, PHOTOMETRIC,
        digits=digits, parameters=(),
    )  # fmt: skip


METHODS = (
    _result("lav", "cd/m²", "Mean luminance", "Luminance moyenne",
            "L = Σ I(C, γ) · r(tan γ, β) · MF · 10⁻⁴ / H²",
            "Mean luminance of the carriageway, the lane that has least.",
            "Luminance moyenne de la chaussée, voie la moins favorisée.", 2),
    _result("uo", "1", "Overall uniformity", "Uniformité générale", "Uo = Lmin / Lav",
            "Least luminance over the mean, worst lane.",
            "Luminance minimale sur la moyenne, voie la plus défavorable.", 2),
    _result("ul", "1", "Longitudinal uniformity", "Uniformité longitudinale", "Ul = Lmin / Lmax",
            "On the centre line of each lane, worst lane.",
            "Sur l'axe de chaque voie de circulation, la plus défavorable.", 2),
    _result("fti", "%", "Threshold increment", "Éblouissement d'incapacité (fTI)",
            "fTI = 650 · Lv / Lav^0.8",
            "Loss of visibility that glare makes, at initial flux, worst observer.",
            "Perte de visibilité due à l'éblouissement, au flux initial, pire observateur.", 1),
    _result("rei", "1", "Edge illuminance ratio", "Rapport d'éclairement de bord (REI)",
            "REI = Ē outside / Ē inside",
            "Illuminance of the strip beyond the edge over that of the strip inside, worst side.",
            "Éclairement de la bande hors chaussée sur celui de la bande intérieure, pire côté.",
            2),
    _result("eav", "lx", "Mean illuminance", "Éclairement moyen", "Ē = Σ E / n",
            "Mean horizontal illuminance of the carriageway.",
            "Éclairement horizontal moyen de la chaussée.", 1),
    _result("emin", "lx", "Least illuminance", "Éclairement minimal", "Emin",
            "Least horizontal illuminance of the carriageway.",
            "Éclairement horizontal minimal de la chaussée.", 1),
    _result("uh", "1", "Uniformity of illuminance", "Uniformité d'éclairement", "Uh = Emin / Ē",
            "Least illuminance over the mean.", "Éclairement minimal sur la moyenne.", 2),
    _result("dp", "W/(lx·m²)", "Power density indicator", "Densité de puissance (DP)",
            "DP = P / Σ (Ēᵢ · Aᵢ)",
            "Power of the field over the light that the carriageway receives.",
            "Puissance du champ sur la lumière que reçoit la chaussée.", 4, ENERGETIC),
    _result("de", "kWh/(m²·yr)", "Annual energy consumption indicator",
            "Consommation annuelle surfacique (DE)", "DE = Σ Pⱼ tⱼ / A",
            "Electricity of the field in a year, over the area of the carriageway.",
            "Électricité annuelle du champ, sur la surface de la chaussée.", 2, ENERGETIC),
    _layout("spacing", "m", "Spacing of luminaires", "Espacement des luminaires",
            "S = median(xᵢ₊₁ − xᵢ)",
            "Median distance along the axis between neighbours of one row.",
            "Distance médiane le long de l'axe entre voisins d'une rangée."),
    _layout("height", "m", "Height of luminaires", "Hauteur des luminaires",
            "H = median(hᵢ)",
            "Median height of the heads.", "Hauteur de feu médiane."),
    _layout("width", "m", "Width of the carriageway", "Largeur de la chaussée",
            "W",
            "That of the street, else supposed from lanes and kind of street.",
            "Celle de la voie, sinon supposée d'après les voies de circulation et le type de rue."),
    _layout("overhang", "m", "Overhang", "Avancée",
            "O = W/2 − median(|yᵢ|)",
            "From the edge of the carriageway to the heads, positive above it.",
            "Du bord de la chaussée aux feux, positive au-dessus d'elle."),
    _layout("lanes", "1", "Lanes", "Voies de circulation",
            "n = W / 3.25",
            "Traffic lanes, supposed from the width when the street tells none.",
            "Voies de circulation, supposées d'après la largeur si la voie n'en dit rien.", 0),
    _layout("lamps", "1", "Luminaires of the layout", "Luminaires de l'implantation",
            "N = Σ 1",
            "Luminaires of the street that the layout was read from.",
            "Luminaires de la voie dans lesquels l'implantation a été lue.", 0),
)  # fmt: skip
"""How each indicator of a street is obtained."""
