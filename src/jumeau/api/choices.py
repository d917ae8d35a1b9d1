# SPDX-License-Identifier: EUPL-1.2
"""Which options a budget allows: the stored options given to the decision layer."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from jumeau import decision
from jumeau.api import results
from jumeau.base.parameters import Parameter, Parameters
from jumeau.interop.served import View

STEP_COLUMNS = ("capex_eur", "npv_eur", "npv_low_eur", "npv_high_eur", "chosen")
"""Columns of the flat answer: one row a useful budget."""

_UNITS = {"npv_eur": "€", "saving_eur_year": "€/yr", "tco2e_year": "tCO2e/yr"}


def choice(
    view: View,
    lang: str,
    *,
    budget_eur: float | None,
    years: int,
    climate_eur_t: float,
    prudence: float,
) -> dict[str, Any]:
    """Return the options to carry out within a budget, and what the priorities cost.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.
    budget_eur : float or None
        Most investment [€]; ``None``: all that the dearest useful choice takes.
    years, climate_eur_t, prudence
        As in :func:`jumeau.decision.choose`.

    Returns
    -------
    dict
        What is asked, what is chosen, what it brings, why the others are left, and what each
        useful budget would allow.
    """
    options = view.sql(
        "SELECT id, assets, capex_eur, opex_eur_year, life_years, price_year, year, run_id "
        "FROM option ORDER BY id"
    ).to_pandas()
    effects: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in view.rows("SELECT option_id, quantity, mean, low, high FROM effect"):
        if row["mean"] is not None:
            low = row["mean"] if row["low"] is None else row["low"]
            high = row["mean"] if row["high"] is None else row["high"]
            effects.setdefault(row["option_id"], {})[row["quantity"]] = (row["mean"], low, high)
    most = float(options["capex_eur"].fillna(0.0).clip(lower=0.0).sum()) if len(options) else 0.0
    found = decision.choose(
        options,
        effects,
        _parameters(view),
        budget_eur=most if budget_eur is None else budget_eur,
        years=years,
        climate_eur_t=climate_eur_t,
        prudence=prudence,
    )
    named = {row["id"]: row["label"] for row in results.options(view, lang)}
    lives = options["life_years"].dropna() if len(options) else []
    return {
        "budget_eur": most if budget_eur is None else budget_eur,
        "years": years,
        "climate_eur_t": climate_eur_t,
        "prudence": prudence,
        "most_budget_eur": most,
        "most_years": max(1, int(max(lives, default=20))),
        "chosen": [{"id": name, "label": named.get(name, name)} for name in found.chosen],
        "left": [
            {"id": name, "label": named.get(name, name), "reason": reason}
            for name, reason in found.left.items()
        ],
        "capex_eur": found.capex_eur,
        "totals": {
            name: {"mean": mean, "low": low, "high": high, "unit": _UNITS[name]}
            for name, (mean, low, high) in found.totals.items()
        },
        "price_eur": found.price_eur,
        "price_tco2e_year": found.price_tco2e_year,
        "steps": [
            {**step, "chosen": [named.get(name, name) for name in step["chosen"]]}
            for step in found.steps
        ],
    }


def _parameters(view: View) -> Parameters:
    """Return the parameters that the options were valued with; the defaults when none is kept."""
    rows = view.rows(
        "SELECT parameters FROM run WHERE id IN (SELECT run_id FROM option) "
        "ORDER BY started_at DESC LIMIT 1"
    )
    known = decision.parameters(insee=view.served.live.insee)
    if not rows:
        return known
    names = {item.name for item in fields(Parameter)}
    kept = {
        name: Parameter(**{key: value for key, value in item.items() if key in names})
        for name, item in json.loads(rows[0]["parameters"] or "{}").items()
        if name in known
    }
    return Parameters({name: kept.get(name, known[name]) for name in known})
