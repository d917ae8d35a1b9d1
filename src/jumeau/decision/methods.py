# SPDX-License-Identifier: EUPL-1.2
"""How each worth of an option is obtained, for « Pourquoi ce chiffre ? »."""

from __future__ import annotations

from jumeau.base.contract import IndicatorSpec

_GUIDE = (
    "Guide de l'évaluation socioéconomique des investissements publics (2017), Complément "
    "opérationnel I (2021)"
)
_PRICE = ("electricity_price",)

METHODS = (
    IndicatorSpec(
        "kwh_year", "kWh/yr", "Electricity used each year", "Électricité annuelle",
        "E",
        "Electricity used once the option is carried out, as the worksite computes it.",
        "Électricité consommée une fois l'option réalisée, calculée par le chantier.",
        "EN 13201-5:2015",
    ),
    IndicatorSpec(
        "saving_kwh_year", "kWh/yr", "Electricity spared each year",
        "Électricité épargnée par an",
        "e = E₀ − E",
        "Electricity of today less that of the option, as the worksite computes it.",
        "Électricité d'aujourd'hui moins celle de l'option, calculée par le chantier.",
        "EN 13201-5:2015",
    ),
    IndicatorSpec(
        "m3_year", "m³/yr", "Water lost each year", "Eau perdue par an",
        "V",
        "Water lost once the option is carried out, as the worksite computes it.",
        "Eau perdue une fois l'option réalisée, calculée par le chantier.",
    ),
    IndicatorSpec(
        "saving_m3_year", "m³/yr", "Water spared each year", "Eau épargnée par an",
        "w = V₀ − V",
        "Water lost today less that of the option, as the worksite computes it.",
        "Eau perdue aujourd'hui moins celle de l'option, calculée par le chantier.",
    ),
    IndicatorSpec(
        "saving_eur_year", "€/yr", "Yearly saving", "Économie annuelle",
        "S = e · p + w · c − O",
        "Electricity spared times its price, and water spared times its variable cost, less the "
        "change of running cost. Constant euros, excluding VAT.",
        "Électricité épargnée fois son prix, et eau épargnée fois son coût variable, moins la "
        "variation du coût de fonctionnement. Euros constants, hors TVA.",
        _GUIDE, parameters=(*_PRICE, "water_cost"),
    ),
    IndicatorSpec(
        "npv_eur", "€", "Net present value", "Valeur actuelle nette",
        "VAN = e · p · A((1+g)/(1+r)) − O · A(1/(1+r)) − I, A(q) = Σ qᵗ",
        "Savings of each year of the life, discounted, less the investment: the money of the "
        "authority, without grants.",
        "Économies de chaque année de la durée de vie, actualisées, moins l'investissement : "
        "l'argent de la collectivité, sans subvention.",
        _GUIDE, parameters=(*_PRICE, "discount_rate"),
    ),
    IndicatorSpec(
        "npv_socioeconomic_eur", "€", "Socio-economic net present value",
        "Valeur actuelle nette socio-économique",
        "VAN_s = VAN − taxes + Σ G · V(t) / (1+r)ᵗ + c · VAN",
        "Value for society: taxes leave, tonnes avoided count at the climate value, public money "
        "at its cost of opportunity.",
        "Valeur pour la société : les taxes sortent, les tonnes évitées comptent à la valeur de "
        "l'action pour le climat, l'argent public à son coût d'opportunité.",
        _GUIDE + " ; La valeur de l'action pour le climat (2025)",
        parameters=(*_PRICE, "discount_rate", "electricity_", "climate_value", "cost_of_public"),
    ),
    IndicatorSpec(
        "npv_positive_probability", "1", "Chance of a positive net present value",
        "Probabilité d'une valeur actuelle nette positive",
        "P(VAN > 0)",
        "Share of the draws in which the net present value is positive.",
        "Part des tirages où la valeur actuelle nette est positive.",
        _GUIDE, digits=2,
    ),
    IndicatorSpec(
        "payback_years", "yr", "Payback time", "Temps de retour",
        "T = I / S",
        "Investment over yearly saving, without discounting; empty when nothing is saved.",
        "Investissement sur économie annuelle, sans actualisation ; vide si rien n'est économisé.",
        "ISO 15686-5", digits=1, parameters=_PRICE,
    ),
    IndicatorSpec(
        "discounted_payback_years", "yr", "Discounted payback time",
        "Temps de retour actualisé",
        "Σ S / (1+r)ᵗ = I",
        "Year in which the discounted savings have repaid the investment.",
        "Année où les économies actualisées ont remboursé l'investissement.",
        "ISO 15686-5", digits=1, parameters=(*_PRICE, "discount_rate"),
    ),
    IndicatorSpec(
        "irr", "1", "Internal rate of return", "Taux de rentabilité interne",
        "VAN(r) = 0",
        "Rate at which the net present value is zero; empty when no rate does it.",
        "Taux qui annule la valeur actuelle nette ; vide s'il n'y en a pas.",
        _GUIDE, digits=3, parameters=_PRICE,
    ),
    IndicatorSpec(
        "tco2e_year", "tCO2e/yr", "Greenhouse gases avoided", "Gaz à effet de serre évités",
        "G = e · f / 10⁶",
        "Electricity spared times its carbon content.",
        "Électricité épargnée fois son contenu carbone.",
        "Base Carbone, ADEME", digits=1, parameters=("electricity_co2",),
    ),
)  # fmt: skip
"""Methods of the quantities that :func:`jumeau.decision.value` computes."""
