# SPDX-License-Identifier: EUPL-1.2
"""Which options to carry out with a budget, over a number of years, and what priorities cost.

An exact 0/1 programme over options already valued; money comes from :mod:`jumeau.decision.value`.
Two options that change the same assets are never both chosen: their effects were computed apart,
and nothing says that they add up.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.decision.value import SAVED, value

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters

MOST_STEPS = 24
"""Most budgets of the curve."""
_DRAWS = 200
_LEAST = 0.01  # a gain below this is none [€]
_QUANTITIES = ("npv_eur", "saving_eur_year", "tco2e_year")


@dataclass(frozen=True)
class Choice:
    """What is chosen, what it brings, and what the priorities cost.

    Parameters
    ----------
    chosen : tuple of str
        Options to carry out; empty: change nothing.
    left : dict of str to str
        Why each other option is left: ``worthless``, ``budget``, ``conflict``, ``ranking``, or
        ``unvalued`` when its worth over these years is not known.
    capex_eur : float
        Investment [€].
    totals : dict
        {quantity: (mean, low, high)} of ``npv_eur`` [€], ``saving_eur_year`` [€/yr] and
        ``tco2e_year`` [tCO2e/yr]. The bounds add up: the interval holds at least 90 %.
    price_eur : float
        Net present value given up for the priorities [€], at least 0.
    price_tco2e_year : float
        Emissions avoided on top of those of the choice without priorities [tCO2e/yr].
    steps : tuple of dict
        The choices that each useful budget allows, least first: ``capex_eur``, ``npv_eur`` with
        its bounds ``npv_low_eur`` and ``npv_high_eur``, ``chosen``.
    """

    chosen: tuple[str, ...]
    left: dict[str, str]
    capex_eur: float
    totals: dict[str, tuple[float, float, float]]
    price_eur: float
    price_tco2e_year: float
    steps: tuple[dict[str, Any], ...]


def choose(
    options: pd.DataFrame,
    effects: Mapping[str, Mapping[str, tuple[float, float, float]]],
    given: Parameters,
    *,
    budget_eur: float,
    years: int,
    climate_eur_t: float = 0.0,
    prudence: float = 0.0,
) -> Choice:
    """Choose options by 0/1 programming: the most worth within a budget.

    Parameters
    ----------
    options : DataFrame
        One row an option: ``id, capex_eur, opex_eur_year, life_years, price_year, year`` as in
        the schema, and ``assets``, the JSON of what it changes ({table, count, ids}).
    effects : mapping
        {option: {quantity: (mean, low, high)}} as stored: ``npv_eur`` [€], ``saving_eur_year``
        [€/yr], ``saving_kwh_year`` [kWh/yr] and ``tco2e_year`` [tCO2e/yr].
    given : Parameters
        Parameters that the options were valued with.
    budget_eur : float
        Most investment [€].
    years : int
        Years over which gains are counted [yr]; beyond, nothing counts.
    climate_eur_t : float
        What a tonne avoided is worth to the reader beyond its money [€/tCO2e].
    prudence : float
        0: options are judged on their mean; 1: on the low end of their interval [-].

    Returns
    -------
    Choice

    Raises
    ------
    InvalidError
        ``JUM-D016`` when the budget, the years or a priority make no sense.

    Notes
    -----
    max Σ xᵢ·[(1 − π)·Vᵢ + π·Vᵢ⁻ + c·Gᵢ·min(nᵢ, N)],  Σ xᵢ·Iᵢ ≤ B,  Σ xᵢ ≤ 1 over the options
    that change a same asset, xᵢ ∈ {0, 1}. Vᵢ is the net present value over min(nᵢ, N) years:
    that over the whole life less what comes after year N. The half-widths of the interval over
    the whole life are kept, so that it holds at least 90 %.

    References
    ----------
    Kellerer, Pferschy, Pisinger (2004), Knapsack Problems, chapter 1; HiGHS.
    """
    sound = budget_eur >= 0 and years >= 1 and climate_eur_t >= 0 and 0 <= prudence <= 1
    if not sound or not np.isfinite([budget_eur, climate_eur_t]).all():
        raise error(
            "JUM-D016",
            budget=f"{budget_eur:g}",
            years=str(years),
            climate=f"{climate_eur_t:g}",
            prudence=f"{prudence:g}",
        )
    real, valued = _real(options, effects, years)
    unknown = {str(name): "unvalued" for name in options["id"][real & ~valued]}
    table = options[real & valued].reset_index(drop=True)
    names = [str(item) for item in table["id"]]
    if not names:
        return Choice((), unknown, 0.0, dict.fromkeys(_QUANTITIES, (0.0, 0.0, 0.0)), 0.0, 0.0, ())
    worth = _over(table, effects, given, years)
    capex = table["capex_eur"].fillna(0.0).to_numpy(np.float64)
    lives = np.minimum(table["life_years"].fillna(0.0).to_numpy(np.float64), years)
    tonnes = worth["tco2e_year"][:, 0]
    score = (1 - prudence) * worth["npv_eur"][:, 0] + prudence * worth["npv_eur"][:, 1]
    score = score + climate_eur_t * tonnes * lives
    groups = _conflicts(table)
    picked = _solve(score, capex, groups, budget_eur)
    money = _solve(worth["npv_eur"][:, 0], capex, groups, budget_eur)
    kept = worth["npv_eur"][:, 0]
    return Choice(
        chosen=tuple(name for name, taken in zip(names, picked, strict=True) if taken),
        left=_left(names, picked, score, capex, groups, budget_eur) | unknown,
        capex_eur=float(capex[picked].sum()),
        totals={
            name: (
                float(worth[name][picked, 0].sum()),
                float(worth[name][picked, 1].sum()),
                float(worth[name][picked, 2].sum()),
            )
            for name in _QUANTITIES
        },
        price_eur=max(0.0, float(kept[money].sum() - kept[picked].sum())),
        price_tco2e_year=float(tonnes[picked].sum() - tonnes[money].sum()),
        steps=tuple(_steps(names, score, worth["npv_eur"], capex, groups)),
    )


def _real(
    options: pd.DataFrame, effects: Mapping[str, Any], years: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which options change something, and which have a known worth over the years."""
    changed = [_assets(item)[1] != 0 for item in options["assets"]]
    longer = (options["life_years"].fillna(0.0) > years).tolist()
    known = [
        all(name in effects.get(str(item), {}) for name in (*_QUANTITIES, *((SAVED,) * cut)))
        for item, cut in zip(options["id"], longer, strict=True)
    ]
    return np.array(changed, bool), np.array(known, bool)


def _assets(text: Any) -> tuple[str, int, frozenset[str] | None]:
    """Return table, number and identifiers of the assets changed; ``None`` when not listed."""
    found = json.loads(text) if isinstance(text, str) and text else {}
    ids = found.get("ids")
    count = found.get("count", -1 if ids is None else len(ids))
    return str(found.get("table") or ""), int(count), None if ids is None else frozenset(ids)


def _over(
    table: pd.DataFrame, effects: Mapping[str, Any], given: Parameters, years: int
) -> dict[str, NDArray[np.float64]]:
    """Return {quantity: (options, 3)}: mean, low and high over the years that count."""
    names = [str(item) for item in table["id"]]
    stored = {
        quantity: np.array([effects[name][quantity] for name in names], np.float64)
        for quantity in _QUANTITIES
    }
    if (table["life_years"].fillna(0.0) > years).any():
        # An option that is not cut keeps its worth, whatever is taken for it here.
        saved = {name: {SAVED: effects[name].get(SAVED, (0.0,))[0]} for name in names}
        shorter = table.assign(life_years=table["life_years"].clip(upper=years))
        whole, part = (_npv(item, saved, given, names) for item in (table, shorter))
        stored["npv_eur"] = stored["npv_eur"] - (whole - part)[:, None]
    return stored


def _npv(
    table: pd.DataFrame, saved: Mapping[str, Any], given: Parameters, names: list[str]
) -> NDArray[np.float64]:
    found = value(table, saved, given, draws=_DRAWS)
    of = found[found["quantity"] == "npv_eur"].set_index("option_id")["mean"]
    return of.loc[names].to_numpy(np.float64)


def _conflicts(table: pd.DataFrame) -> list[list[int]]:
    """Return the groups of options of which at most one may be chosen."""
    listed: dict[tuple[str, str], list[int]] = defaultdict(list)
    unlisted: dict[str, list[int]] = defaultdict(list)
    tables: dict[str, list[int]] = defaultdict(list)
    for rank, text in enumerate(table["assets"]):
        name, _, ids = _assets(text)
        tables[name].append(rank)
        if ids is None:
            unlisted[name].append(rank)
        for item in ids or ():
            listed[name, item].append(rank)
    found = {tuple(sorted([*ranks, *unlisted[name]])) for (name, _), ranks in listed.items()}
    found |= {tuple(ranks) for ranks in unlisted.values()}
    # Not listed: it may touch any asset of its table.
    found |= {
        tuple(sorted((one, other)))
        for name, ranks in unlisted.items()
        for one in ranks
        for other in tables[name]
        if one != other
    }
    return [list(ranks) for ranks in sorted(found) if len(ranks) > 1]


def _solve(
    score: NDArray[np.float64], capex: NDArray[np.float64], groups: list[list[int]], budget: float
) -> NDArray[np.bool_]:
    """Return the options of the best 0/1 choice within a budget."""
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    rows = [csr_array(capex[None, :])]
    limits = [budget + 1e-6]
    if groups:
        columns = np.concatenate(groups)
        starts = np.concatenate([[0], np.cumsum([len(ranks) for ranks in groups])])
        shape = (len(groups), score.size)
        rows.append(csr_array((np.ones(columns.size), columns, starts), shape=shape))
        limits += [1.0] * len(groups)
    useful = score > _LEAST
    found = milp(
        -np.where(useful, score, 0.0),
        constraints=LinearConstraint(vstack(rows), -np.inf, np.array(limits)),
        integrality=np.ones(score.size),
        bounds=(0, useful.astype(np.float64)),
        options={"time_limit": 5.0},
    )
    if found.x is None:
        return np.zeros(score.size, bool)
    return np.asarray(found.x > 0.5) & useful


def _left(
    names: list[str],
    picked: NDArray[np.bool_],
    score: NDArray[np.float64],
    capex: NDArray[np.float64],
    groups: list[list[int]],
    budget: float,
) -> dict[str, str]:
    """Return why each option is left."""
    beside = {rank for group in groups if picked[group].any() for rank in group}
    found = {}
    for rank, name in enumerate(names):
        if picked[rank]:
            continue
        if score[rank] <= _LEAST:
            found[name] = "worthless"
        elif capex[rank] > budget:
            found[name] = "budget"
        else:
            found[name] = "conflict" if rank in beside else "ranking"
    return found


def _steps(
    names: list[str],
    score: NDArray[np.float64],
    worth: NDArray[np.float64],
    capex: NDArray[np.float64],
    groups: list[list[int]],
) -> list[dict[str, Any]]:
    """Return what each useful budget allows, from nothing to the best choice of all."""
    found: list[dict[str, Any]] = []
    budget = float(capex.clip(min=0.0).sum())
    while len(found) < MOST_STEPS:
        picked = _solve(score, capex, groups, budget)
        spent = float(capex[picked].sum())
        found.append(
            {
                "capex_eur": spent,
                **{
                    name: float(worth[picked, side].sum())
                    for side, name in enumerate(("npv_eur", "npv_low_eur", "npv_high_eur"))
                },
                "chosen": [name for name, taken in zip(names, picked, strict=True) if taken],
            }
        )
        if not picked.any() or spent <= 0:
            break
        budget = spent - 0.01
    return found[::-1]
