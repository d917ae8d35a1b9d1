# SPDX-License-Identifier: EUPL-1.2
"""How each recorded indicator of water services is obtained."""

from __future__ import annotations

from jumeau.base.contract import IndicatorSpec

_ORDER = "Arrêté du 2 mai 2007 (DEVO0751365A), annexe I; services.eaufrance.fr"
_FACTS_EN = "Facts declared or imported only: an unknown one leaves the figure empty."
_FACTS_FR = "Faits déclarés ou importés seulement : une donnée inconnue laisse le chiffre vide."


def _spec(
    name: str, unit: str, label_en: str, label_fr: str, formula: str, digits: int,
    reference: str = _ORDER,
) -> IndicatorSpec:  # fmt: skip
    return IndicatorSpec(
        f"sispea_{name}", unit, label_en, label_fr, formula, _FACTS_EN, _FACTS_FR, reference,
        digits=digits, parameters=(), billed=False,
    )  # fmt: skip


SPECS = (
    _spec(
        "p101_1",
        "%",
        "Conformity, microbiology (P101.1)",
        "Conformité microbiologique (P101.1)",
        "100 · (samples − failed) / samples",
        1,
    ),
    _spec(
        "p102_1",
        "%",
        "Conformity, physico-chemistry (P102.1)",
        "Conformité physico-chimique (P102.1)",
        "100 · (samples − failed) / samples",
        1,
    ),
    _spec(
        "p103_2b",
        "1",
        "Knowledge of the network (P103.2B)",
        "Connaissance et gestion patrimoniale (P103.2B)",
        "A (15) + B (30) + C (75), by gates",
        0,
    ),
    _spec(
        "p104_3",
        "%",
        "Yield of the network (P104.3)",
        "Rendement du réseau (P104.3)",
        "100 · (authorised + sold) / (produced + bought)",
        1,
    ),
    _spec(
        "p105_3",
        "m³/km/d",
        "Uncounted volumes (P105.3)",
        "Volumes non comptés (P105.3)",
        "(produced + bought − sold − metered) / (365 · km)",
        2,
    ),
    _spec(
        "p106_3",
        "m³/km/d",
        "Losses of the network (P106.3)",
        "Pertes en réseau (P106.3)",
        "(produced + bought − sold − authorised) / (365 · km)",
        2,
    ),
    _spec(
        "p107_2",
        "%/yr",
        "Renewal of the network (P107.2)",
        "Renouvellement du réseau (P107.2)",
        "20 · km renewed in five years / km",
        2,
    ),
    _spec(
        "p108_3",
        "%",
        "Protection of the resource (P108.3)",
        "Protection de la ressource (P108.3)",
        "Σ level · volume / Σ volume",
        0,
    ),
    _spec("p109_0", "€/m³", "Solidarity (P109.0)", "Solidarité (P109.0)", "given / metered", 4),
    _spec(
        "d101_0",
        "1",
        "Inhabitants served (D101.0)",
        "Habitants desservis (D101.0)",
        "declared",
        0,
    ),
    _spec(
        "d102_0", "€/m³", "Price for 120 m³ (D102.0)", "Prix pour 120 m³ (D102.0)", "declared", 2
    ),
    _spec(
        "ilc",
        "m³/km/d",
        "Linear index of consumption",
        "Indice linéaire de consommation",
        "(authorised + sold) / (365 · km)",
        2,
        "Décret 2012-97; code de l'environnement, art. D. 213-48-14-1 (to confirm)",
    ),
    _spec(
        "decree_2012_97",
        "%",
        "Yield asked for (decree 2012-97)",
        "Rendement demandé (décret 2012-97)",
        "min(85, 65 + ILC/5)",
        2,
        "Décret 2012-97; code de l'environnement, art. D. 213-48-14-1 (to confirm)",
    ),
    _spec(
        "levy_coefficient",
        "1",
        "Coefficient of the levy on performance",
        "Coefficient de la redevance performance",
        "1 − (performance + asset management)",
        3,
        "Code de l'environnement, art. L. 213-10-5 and D. 213-48-12-2 to D. 213-48-12-4",
    ),
    _spec(
        "levy_performance",
        "€",
        "Levy on the performance of networks",
        "Redevance performance des réseaux",
        "billed · rate · coefficient",
        2,
        "Code de l'environnement, art. L. 213-10-5 and D. 213-48-12-2 to D. 213-48-12-4",
    ),
)
"""Indicators that a run records, by network."""
