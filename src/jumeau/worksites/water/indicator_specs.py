# SPDX-License-Identifier: EUPL-1.2
"""Indicators of the water worksite: how each is obtained."""

from __future__ import annotations

from jumeau.base.contract import IndicatorSpec
from jumeau.worksites.water.sispea.specs import SPECS

_EPANET = "EPANET 2.2 User Manual (U.S. EPA, EPA/600/R-20/133); Todini & Pilati (1988)"
_DRAWN = ("water_demand", "water_roughness_factor", "water_usual", "water_litres", "water_floor",
          "water_draws", "water_snap_m")  # fmt: skip
_ASKED = ("water_asked_pressure_m", *_DRAWN)
_LEAKS = (
    "Vrachimis et al. (2022), Battle of the Leakage Detection and Isolation Methods; Lambert (1994)"
)
_SEARCH = ("leak_train_from", "leak_train_to")

INDICATORS = (
    IndicatorSpec(
        "water_pressure_min", "m", "Lowest pressure", "Pression la plus basse",
        "p = min over the day (H − z)",
        "Lowest pressure of a day computed hour by hour with the patterns of the network, as a "
        "height of water above the junction; bounds draw demands and roughness.",
        "Plus basse pression d'une journée calculée heure par heure avec les profils du réseau, en "
        "hauteur d'eau au-dessus du nœud ; les bornes tirent demandes et rugosités.",
        _EPANET, digits=1, parameters=_DRAWN,
    ),
    IndicatorSpec(
        "water_pressure_mean", "m", "Mean pressure", "Pression moyenne",
        "p = mean over the day (H − z)",
        "Mean of the pressures of the day.",
        "Moyenne des pressions de la journée.",
        _EPANET, digits=1, parameters=_DRAWN,
    ),
    IndicatorSpec(
        "water_age", "h", "Age of the water", "Âge de l'eau",
        "∂a/∂t + u·∂a/∂x = 1",
        "Time since the water entered the network, mean of the last of some days followed; it "
        "starts at 0 everywhere, so that dead ends and tanks may be older.",
        "Temps depuis l'entrée de l'eau dans le réseau, moyenne du dernier de quelques jours "
        "suivis ; il part de 0 partout, donc bouts morts et réservoirs peuvent être plus vieux.",
        _EPANET, digits=1, parameters=(),
    ),
    IndicatorSpec(
        "water_velocity_max", "m/s", "Greatest velocity", "Vitesse maximale",
        "v = max over the day |q| / (π d²/4)",
        "Greatest velocity of the day in the pipe; of a pipe cut at a branch, in any part.",
        "Plus grande vitesse de la journée dans la conduite ; d'une conduite coupée à un piquage, "
        "dans n'importe quelle partie.",
        _EPANET, digits=2, parameters=_DRAWN,
    ),
    IndicatorSpec(
        "water_criticality", "m³/h", "Criticality", "Criticité",
        "Δq = Σ served − Σ served when closed",
        "Demand no more served at the hour of greatest demand when the pipe is closed, demands "
        "driven by pressure up to the pressure asked for.",
        "Demande qui n'est plus servie à l'heure de plus forte demande quand la conduite est "
        "fermée, demandes réduites par la pression sous celle demandée.",
        "Wagner, Shamir & Marks (1988)", digits=2, parameters=("water_asked_pressure_m",),
    ),
    IndicatorSpec(
        "water_service_level", "%", "Service level", "Niveau de service",
        "s = Σ d·[p ≥ p₀] / Σ d",
        "Share of the water drawn in the day at a pressure not under that asked for.",
        "Part de l'eau tirée dans la journée à une pression au moins égale à celle demandée.",
        _EPANET, digits=1, parameters=_ASKED,
    ),
    IndicatorSpec(
        "water_low_pressure_nodes", "1", "Junctions with low pressure",
        "Nœuds à basse pression",
        "N = Σ [min p < p₀]",
        "Junctions with a demand whose pressure falls under that asked for at some hour.",
        "Nœuds avec demande dont la pression passe sous celle demandée à certaines heures.",
        _EPANET, inputs=("water_pressure_min",), parameters=_ASKED,
    ),
    IndicatorSpec(
        "water_pump_energy", "kWh/yr", "Electricity of pumps", "Électricité des pompes",
        "E = 365 · Σ ρ g q h / η Δt",
        "Electricity that the pumps use, every step of the computation counted, over a year of "
        "such days.",
        "Électricité que les pompes consomment, chaque pas du calcul compté, sur une année de "
        "telles journées.",
        _EPANET, parameters=("water_pump_efficiency", *_DRAWN),
    ),
    IndicatorSpec(
        "water_pump_specific", "kWh/m³", "Electricity of pumps by cubic metre",
        "Électricité des pompes par mètre cube",
        "e = E / V",
        "Electricity of pumps over the water supplied.",
        "Électricité des pompes rapportée à l'eau fournie.",
        _EPANET, digits=3, inputs=("water_pump_energy", "water_supplied"),
        parameters=("water_pump_efficiency",),
    ),
    IndicatorSpec(
        "water_length", "km", "Length of pipes", "Linéaire de canalisations",
        "L = Σ l",
        "Length of the pipes, service connections left out.",
        "Longueur des canalisations, branchements exclus.",
        "SISPEA VP.077", digits=2, parameters=(),
    ),
    IndicatorSpec(
        "water_supplied", "m³/yr", "Water supplied", "Eau fournie",
        "V = 365 · Σ q Δt",
        "Water that leaves the network at its junctions in a year of such days: demands, and leaks "
        "that the network has as emitters.",
        "Eau qui sort du réseau à ses nœuds en une année de telles journées : demandes, et fuites "
        "que le réseau porte comme émetteurs.",
        _EPANET, parameters=_DRAWN,
    ),
    IndicatorSpec(
        "leak_count", "1", "Probable leaks", "Fuites probables",
        "N = Σ [still running]",
        "Leaks that the search found in the telemetry and that still run at the last reading; the "
        "low end is what their probabilities add up to.",
        "Fuites que la recherche a trouvées dans la télémesure et qui coulent encore au dernier "
        "relevé ; la borne basse est la somme de leurs probabilités.",
        _LEAKS, parameters=_SEARCH,
    ),
    IndicatorSpec(
        "leak_flow", "m³/h", "Flow of the leaks", "Débit des fuites",
        "Q = Σ q",
        "Flow of these leaks at the last reading, relative to the leak-free period; half-widths of "
        "their intervals add as squares.",
        "Débit de ces fuites au dernier relevé, par rapport à la période sans fuite ; les "
        "demi-largeurs de leurs intervalles s'ajoutent au carré.",
        _LEAKS, digits=2, parameters=_SEARCH,
    ),
    IndicatorSpec(
        "leak_cost", "€/yr", "Cost of the leaks", "Coût des fuites",
        "C = Q · 24 · 365 · c",
        "What these leaks would cost over a year if nobody repaired them: flow times the variable "
        "cost of a cubic metre.",
        "Ce que ces fuites coûteraient en un an si personne ne les réparait : débit fois le coût "
        "variable d'un mètre cube.",
        _LEAKS, inputs=("leak_flow",), parameters=("water_cost_eur_m3", *_SEARCH),
    ),
    IndicatorSpec(
        "leak_probability", "1", "Chance of a leak", "Chance de fuite",
        "P = 1 − Π (1 − pₖ sₖ)",
        "Chance that one of these leaks is on the pipe: probability of each leak times the share "
        "of its zone that the pipe bears.",
        "Chance qu'une de ces fuites soit sur la conduite : probabilité de chaque fuite fois la "
        "part de sa zone que la conduite porte.",
        _LEAKS, digits=3, parameters=_SEARCH,
    ),
    IndicatorSpec(
        "water_break_rate", "1/yr", "Breaks expected", "Casses attendues",
        "λ = λ₀ · L · exp(f(age, era, L, D)) · memory",
        "Breaks expected in a year, from material, length, age, past breaks of the pipe and of its "
        "street; without records of breaks, a published rate with a wide interval.",
        "Casses attendues en un an, d'après matériau, longueur, âge, casses passées de la conduite "
        "et de sa rue ; sans relevé de casses, un taux publié avec un large intervalle.",
        "Poisson hazard with frailties", digits=3, parameters=(),
    ),
    IndicatorSpec(
        "water_breaks_expected", "1/yr", "Breaks expected on the network",
        "Casses attendues sur le réseau",
        "Λ = Σ λ",
        "Breaks expected in a year on all pipes; bounds are the sums of theirs, wider than those "
        "of the sum.",
        "Casses attendues en un an sur toutes les conduites ; les bornes sont les sommes des "
        "leurs, plus larges que celles de la somme.",
        inputs=("water_break_rate",), digits=1, parameters=(),
    ),
    *SPECS,
)  # fmt: skip
"""How each indicator is obtained."""
