# SPDX-License-Identifier: EUPL-1.2
"""What options are worth. Money is computed in this file and nowhere else.

Only the year of its prices is changed elsewhere, in :mod:`jumeau.decision.prices`.

Two accounts stand side by side and are never mixed, both in constant euros:

*Financial* (``npv_eur``): the money of the authority. Energy saved at the price it pays, water at
its variable cost, less the change of running cost, less the investment.

*Socio-economic* (``npv_socioeconomic_eur``): the value for society. Taxes in the energy price are
transfers and leave; the tonnes avoided count at the climate value; the net public cost is weighed
by the cost of public funds.

Notes
-----
Works are paid at t = 0, the year of the option; effects last ``life_years`` from t = 1. For a draw
d of the uncertain drivers, with e the yearly saving [kWh], P the price, g its real growth, f the
carbon content, O the change of running cost less the water saved times its variable cost, I the
investment, r the rate, n the life:

    financial = e·P·A_n((1 + g)/(1 + r)) − O·A_n(1/(1 + r)) − I

    social = e·[P·A_n((1 + g)/(1 + r)) − T·A_n(1/(1 + r))] − O·A_n(1/(1 + r)) − I
             + e·f·V·A_n((1 + v)/(1 + r)) + c·financial

where A_n(q) = Σ q^t, T is the tax in the price, V the climate value of the year of the works, v
its growth and c the cost of public funds. Both equal the explicit sum over the years. They are
brought to the base year by (1 + r)^−(year − base year).

References
----------
Guide de l'évaluation socioéconomique des investissements publics (2017) and Complément
opérationnel I (21-10-2021); La valeur de l'action pour le climat (20-03-2025).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import draws as random_draws
from jumeau.base import money
from jumeau.base import parameters as base_parameters
from jumeau.base.contract import IndicatorSpec
from jumeau.base.errors import did_you_mean, error
from jumeau.base.parameters import Parameters
from jumeau.decision.cashflow import annuity, annuity_of_log, discount
from jumeau.decision.prices import prices_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

Draws = Mapping[str, "ArrayLike"]
"""Quantity → draws of the physical effect, or one number when it is certain."""

ENERGY = "kWh/yr"
"""Unit of the indicators of electricity that cost and emissions follow from."""

SAVED = "saving_kwh_year"
"""Quantity that is valued: electricity that is no longer used [kWh/yr]."""

WATER = "saving_m3_year"
"""Quantity that is valued where an option has it: water no longer put in the network [m³/yr]."""

UNITS = {
    "kwh_year": "kWh/yr",
    SAVED: "kWh/yr",
    "m3_year": "m³/yr",
    WATER: "m³/yr",
    "saving_eur_year": "€/yr",
    "tco2e_year": "tCO2e/yr",
    "npv_eur": "€",
    "npv_socioeconomic_eur": "€",
    "npv_positive_probability": "1",
    "payback_years": "yr",
    "discounted_payback_years": "yr",
    "irr": "1",
}
"""Unit of each quantity of the table of effects."""

_COMPUTED = frozenset(UNITS) - {"kwh_year", SAVED, "m3_year", WATER}
_OPTIONAL = {
    "capex_low": "capex_eur",
    "capex_high": "capex_eur",
    "opex_low": "opex_eur_year",
    "opex_high": "opex_eur_year",
}
_COLUMNS = ("id", "capex_eur", "opex_eur_year", "life_years", "price_year", "year")
_RATES = (-0.99, 10.0)
_LEAST = 1e-6  # a yearly saving below this is none [€]
_VALUE_YEAR = 2030  # the year in which the climate value is written


def parameters(overrides: Mapping[str, Any] | None = None, insee: Iterable[str] = ()) -> Parameters:
    """Return the parameters of valuation: dated, sourced, replaced by the user's where given.

    Parameters
    ----------
    overrides : mapping, optional
        {name: number, « 0,21 €/kWh », (value, low, high) or mapping}; see
        :meth:`jumeau.base.parameters.Parameters.override`.
    insee : iterable of str
        INSEE codes of the municipalities: the carbon content of electricity is local overseas.
    """
    found = base_parameters.load(Path(__file__).parent / "parameters.csv", insee)
    return found.override(overrides or {})


def value(
    options: pd.DataFrame,
    effects: Mapping[str, Draws],
    given: Parameters | None = None,
    *,
    draws: int = 2000,
    seed: int = 0,
    price_year: int | None = None,
    base_year: int | None = None,
    units: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Value options: saving, net present value of both accounts, payback, rate of return, CO₂.

    Parameters
    ----------
    options : DataFrame
        One row an option: ``id, capex_eur, opex_eur_year, life_years, price_year, year`` as in the
        schema; optional bounds ``capex_low, capex_high, opex_low, opex_high`` make the costs
        uncertain (split triangular distribution of the mean and its bounds, drawn by option).
        ``opex_eur_year`` is the change of the yearly cost without energy, positive when it rises.
    effects : mapping of str to mapping
        {option id: {quantity: draws (draws,) or number}}. ``saving_kwh_year`` is valued, and
        ``saving_m3_year`` where there is one; the other quantities are only summarised.
    given : Parameters, optional
        From `parameters`; the defaults otherwise.
    draws : int
        Number of draws of the uncertain drivers, at least 1.
    seed : int
        Seed; the same seed gives the same draws whatever the order or the number of options.
    price_year : int, optional
        Year whose prices the results are in; by default the latest of the options' and of the
        electricity price.
    base_year : int, optional
        Year to which values are discounted; the earliest year of the options by default.
    units : mapping of str to str, optional
        Units of quantities that :data:`UNITS` does not know.

    Returns
    -------
    DataFrame
        ``option_id, quantity, unit, mean, low, high``: mean and 5–95 % interval of the draws. For
        ``payback_years``, ``discounted_payback_years`` and ``irr`` the central figure is that of
        the mean flows, since a mean of ratios has no meaning; it is missing when the option never
        pays back, and ``high`` is missing when 5 % of the draws or more never do. The attributes
        ``price_year`` and ``base_year`` of the frame say which years were used.

    Raises
    ------
    InvalidError
        ``JUM-D010`` to ``JUM-D014`` when options, effects or draws cannot be valued.
    """
    import pandas as pd

    if draws < 1:
        raise error("JUM-D014", draws=str(draws))
    table = _checked(options)
    chosen = given if given is not None else parameters()
    year = price_year if price_year is not None else prices_of(table, chosen)
    starts = [int(item) for item in table["year"].dropna()]
    base = base_year if base_year is not None else min(starts, default=year)
    drivers = _drivers(chosen, seed, draws, year)
    rows: list[tuple[str, str, str, float | None, float | None, float | None]] = []
    for record in table.to_dict("records"):
        option = {str(column): item for column, item in record.items()}
        name = str(option["id"])
        physical = _physical(name, effects.get(name), draws)
        project = _project(option, physical, drivers, seed, draws, year)
        rows += [
            (name, quantity, _unit(quantity, units), *_summary(sample))
            for quantity, sample in physical.items()
        ]
        rows += [
            (name, quantity, UNITS[quantity], mean, low, high)
            for quantity, (mean, low, high) in _appraisal(project, drivers, base).items()
        ]
    frame = pd.DataFrame(rows, columns=["option_id", "quantity", "unit", "mean", "low", "high"])
    frame[["mean", "low", "high"]] = frame[["mean", "low", "high"]].astype("float64")
    frame.attrs |= {"price_year": year, "base_year": base, "draws": draws, "seed": seed}
    return frame


def wide(effects: pd.DataFrame) -> pd.DataFrame:
    """Return one row an option: ``option_id``, and for each quantity its mean, low and high.

    Parameters
    ----------
    effects : DataFrame
        Long table ``option_id, quantity, mean, low, high``.

    Returns
    -------
    DataFrame
        Columns ``<quantity>``, ``<quantity>_low``, ``<quantity>_high``, options in their order.
    """
    order = effects["option_id"].drop_duplicates()
    quantities = list(dict.fromkeys(effects["quantity"]))
    table = effects.pivot(index="option_id", columns="quantity", values=["mean", "low", "high"])
    suffixes = {"mean": "", "low": "_low", "high": "_high"}
    table.columns = [f"{pair[1]}{suffixes[pair[0]]}" for pair in table.columns.to_list()]
    columns = [f"{quantity}{suffix}" for quantity in quantities for suffix in suffixes.values()]
    return table.loc[order, columns].rename_axis("option_id").reset_index()


@dataclass(frozen=True)
class _Drivers:
    """Drivers shared by all options; arrays are (draws,), prices in euros of the price year."""

    rate: float
    price: NDArray[np.float64]
    tax: NDArray[np.float64]
    growth: NDArray[np.float64]
    carbon: NDArray[np.float64]
    climate_value: float
    climate_growth: float
    public_funds: NDArray[np.float64]
    water: NDArray[np.float64]

    def at_mean(self) -> _Drivers:
        """Return the drivers at their means, as one draw."""
        return _Drivers(
            self.rate,
            self.price.mean(keepdims=True),
            self.tax.mean(keepdims=True),
            self.growth.mean(keepdims=True),
            self.carbon.mean(keepdims=True),
            self.climate_value,
            self.climate_growth,
            self.public_funds.mean(keepdims=True),
            self.water.mean(keepdims=True),
        )


@dataclass(frozen=True)
class _Project:
    """One option in draws."""

    saved: NDArray[np.float64]
    capex: NDArray[np.float64]
    opex: NDArray[np.float64]
    life: float
    year: int | None

    def at_mean(self) -> _Project:
        """Return the option at its means, as one draw."""
        saved, capex, opex = (it.mean(keepdims=True) for it in (self.saved, self.capex, self.opex))
        return _Project(saved, capex, opex, self.life, self.year)


def _drivers(given: Parameters, seed: int, draws: int, year: int) -> _Drivers:
    def sample(name: str) -> NDArray[np.float64]:
        item = given[name]
        drawn = item.draw(seed, draws)
        return drawn if item.price_year is None else money.deflate(drawn, item.price_year, year)

    climate = given["climate_value_2030_eur_t"]
    return _Drivers(
        rate=given["discount_rate"].value,
        price=sample("electricity_price_eur_kwh"),
        tax=sample("electricity_excise_eur_kwh"),
        growth=sample("electricity_price_growth"),
        carbon=sample("electricity_co2_g_kwh") * 1e-6,
        climate_value=money.deflate(climate.value, climate.price_year or year, year),
        climate_growth=given["climate_value_growth"].value,
        public_funds=sample("cost_of_public_funds"),
        water=sample("water_cost_eur_m3"),
    )


def _project(
    option: Mapping[str, Any], physical: Mapping[str, NDArray[np.float64]], drivers: _Drivers,
    seed: int, draws: int, year: int,
) -> _Project:  # fmt: skip
    name = str(option["id"])
    factor = money.deflator(int(option["price_year"]), year) if option["priced"] else 1.0

    def cost(column: str, low: str, high: str) -> NDArray[np.float64]:
        figures = [float(option[part]) for part in (column, low, high)]
        shares = random_draws.stratified(seed, column, name, draws)
        return factor * random_draws.between(shares, *figures)

    opex = cost("opex_eur_year", "opex_low", "opex_high")
    if WATER in physical:  # a cubic metre costs the same all the life long, in constant euros
        opex = opex - physical[WATER] * drivers.water
    return _Project(
        saved=physical[SAVED],
        capex=cost("capex_eur", "capex_low", "capex_high"),
        opex=opex,
        life=float(option["life_years"]),
        year=None if option["year"] != option["year"] else int(option["year"]),
    )


def _appraisal(
    project: _Project, drivers: _Drivers, base: int
) -> dict[str, tuple[float | None, float | None, float | None]]:
    start = base if project.year is None else project.year
    saving = project.saved * drivers.price - project.opex
    financial, social = _present_values(project, drivers, start, base)
    mean_project, mean_drivers = project.at_mean(), drivers.at_mean()
    mean_saving, mean_capex = saving.mean(keepdims=True), mean_project.capex
    positive = float(np.count_nonzero(financial > 0) / financial.size)
    return {
        "saving_eur_year": _summary(saving),
        "tco2e_year": _summary(project.saved * drivers.carbon),
        "npv_eur": _summary(financial),
        "npv_socioeconomic_eur": _summary(social),
        "npv_positive_probability": (positive, None, None),
        "payback_years": _ratio(
            _simple_payback(mean_capex, mean_saving), _simple_payback(project.capex, saving)
        ),
        "discounted_payback_years": _ratio(
            _discounted_payback(mean_project, mean_drivers), _discounted_payback(project, drivers)
        ),
        "irr": _ratio(
            _rate_of_return(mean_project, mean_drivers), _rate_of_return(project, drivers)
        ),
    }


def _present_values(
    project: _Project, drivers: _Drivers, start: int, base: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (financial, socio-economic) net present values of the draws [€ of the price year]."""
    money_growth = 1 + drivers.rate
    constant = annuity(1 / money_growth, project.life)
    rising = annuity((1 + drivers.growth) / money_growth, project.life)
    running = project.opex * constant + project.capex
    financial = project.saved * drivers.price * rising - running
    climate = drivers.climate_value * (1 + drivers.climate_growth) ** (start - _VALUE_YEAR)
    tonnes_value = climate * annuity((1 + drivers.climate_growth) / money_growth, project.life)
    resources = project.saved * (drivers.price * rising - drivers.tax * constant) - running
    social = (
        resources + project.saved * drivers.carbon * tonnes_value + drivers.public_funds * financial
    )
    to_base = discount(drivers.rate, start - base)
    return financial * to_base, social * to_base


def _simple_payback(capex: NDArray[np.float64], saving: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return investment over yearly saving [yr]; infinite when nothing is saved."""
    return np.divide(capex, saving, out=np.full(capex.shape, np.inf), where=saving > _LEAST)


def _discounted_payback(project: _Project, drivers: _Drivers) -> NDArray[np.float64]:
    """Return when discounted savings have repaid the investment [yr]; infinite when never."""
    left = -project.capex
    time = np.where((left >= 0) & (project.saved != 0), 0.0, np.inf)
    whole = int(np.floor(project.life))
    steps = [1.0] * whole + ([project.life - whole] if project.life > whole else [])
    energy, running = project.saved * drivers.price, project.opex
    rising, constant = (1 + drivers.growth) / (1 + drivers.rate), 1 / (1 + drivers.rate)
    for year, share in enumerate(steps, start=1):
        energy, running = energy * rising, running * constant
        gain = share * (energy - running)
        reached = np.isinf(time) & (left + gain >= 0) & (gain > _LEAST)
        part = np.divide(-left, gain, out=np.zeros_like(left), where=gain > _LEAST)
        time = np.where(reached, year - 1 + share * part, time)
        left = left + gain
    return time


def _rate_of_return(project: _Project, drivers: _Drivers) -> NDArray[np.float64]:
    """Return the rates that make the financial account zero; NaN when there is none.

    Bisection on the closed form, all draws at once, over y = ln(1 + rate), then false position
    (Illinois) on the narrow interval left. Where running costs make the account change sign more
    than once, one of the rates is found.
    """
    growth = np.log1p(drivers.growth)

    def balance(y: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = project.saved * drivers.price * annuity_of_log(growth - y, project.life)
        if project.opex.any():
            gain = gain - project.opex * annuity_of_log(-y, project.life)
        return np.asarray(gain - project.capex)

    low, high = (np.full(project.saved.shape, np.log1p(edge)) for edge in _RATES)
    above, below = balance(low), balance(high)
    found = (project.capex > 0) & (project.life > 0) & (above > 0) & (below < 0)
    if not found.any():
        return np.full(low.shape, np.nan)
    for _ in range(12):  # from an interval of 7 to one of 0.002
        middle = (low + high) / 2
        at_middle = balance(middle)
        left = at_middle > 0
        low, above = np.where(left, middle, low), np.where(left, at_middle, above)
        high, below = np.where(left, high, middle), np.where(left, below, at_middle)
    kept = np.zeros(low.shape)  # +1 when the high end was kept last, −1 when the low end was
    for _ in range(12):
        span = above - below
        share = np.divide(above, span, out=np.full(low.shape, 0.5), where=span > 0)
        middle = low + (high - low) * share
        at_middle = balance(middle)
        left = at_middle > 0
        below = np.where(left & (kept > 0), below / 2, below)
        above = np.where(~left & (kept < 0), above / 2, above)
        low, above = np.where(left, middle, low), np.where(left, at_middle, above)
        high, below = np.where(left, high, middle), np.where(left, below, at_middle)
        kept = np.where(left, 1.0, -1.0)
        exact = (np.abs(at_middle) <= 1e-13 * project.capex) | (high - low <= 1e-14)
        if exact[found].all():
            break
    return np.where(found, np.expm1(middle), np.nan)


def _ratio(
    central: NDArray[np.float64], sample: NDArray[np.float64]
) -> tuple[float | None, float | None, float | None]:
    """Return the central figure and the 5–95 % interval, missing where not finite.

    A draw without rate of return counts as the worst one.
    """
    worst = np.where(np.isnan(sample), -np.inf, sample)
    low, high = np.quantile(worst, [0.05, 0.95], method="inverted_cdf")
    figures = (float(central[0]), float(low), float(high))
    return tuple(item if np.isfinite(item) else None for item in figures)  # type: ignore[return-value]


def _summary(sample: NDArray[np.float64]) -> tuple[float, float, float]:
    low, high = np.quantile(sample, [0.05, 0.95])
    # A sum over equal draws may differ from them in the last digit; + 0.0 writes −0 as 0.
    mean = sample[0] if (sample == sample[0]).all() else sample.mean()
    return (float(mean) + 0.0, float(low) + 0.0, float(high) + 0.0)


def _physical(name: str, effect: Draws | None, draws: int) -> dict[str, NDArray[np.float64]]:
    if effect is None:
        raise error("JUM-D011", option=name)
    sampled: dict[str, NDArray[np.float64]] = {}
    for quantity, given in effect.items():
        sample = np.asarray(given, dtype=np.float64)
        if sample.shape not in {(), (draws,)} or not np.isfinite(sample).all():
            shape = str(sample.shape)
            raise error("JUM-D012", option=name, quantity=quantity, shape=shape, draws=str(draws))
        sampled[quantity] = np.broadcast_to(sample, (draws,))
    computed = [quantity for quantity in sampled if quantity in _COMPUTED]
    if computed:
        raise error("JUM-D015", option=name, quantity=computed[0])
    if SAVED not in sampled:
        suggestion = did_you_mean(SAVED, sampled)
        raise error("JUM-D013", option=name, quantity=SAVED, found=suggestion or list(sampled))
    return sampled


def _unit(quantity: str, units: Mapping[str, str] | None) -> str:
    return (units or {}).get(quantity) or UNITS.get(quantity, "")


def _checked(options: pd.DataFrame) -> pd.DataFrame:
    """Return the options with every column, or refuse what cannot be valued."""
    import pandas as pd

    table = options.copy()
    if "id" not in table and "option_id" in table:
        table = table.rename(columns={"option_id": "id"})
    absent = [column for column in _COLUMNS if column not in table]
    if absent:
        raise error("JUM-D010", option="—", what=", ".join(absent))
    for column, mean in _OPTIONAL.items():
        own = table[column] if column in table else table[mean]
        table[column] = pd.to_numeric(own).fillna(pd.to_numeric(table[mean])).astype("float64")
    numeric = ["capex_eur", "opex_eur_year", "life_years", "price_year", "year"]
    table[numeric] = table[numeric].apply(pd.to_numeric).astype("float64")
    repeated = table["id"][table["id"].duplicated()]
    if len(repeated):
        raise error("JUM-D010", option=str(repeated.iloc[0]), what="id")
    costs = table[["capex_eur", "opex_eur_year", *_OPTIONAL]].fillna(0.0)
    free = (costs == 0).all(axis=1)
    table[costs.columns] = costs
    table["priced"] = ~free
    # Doing nothing has neither life nor prices; anything that costs must say both.
    table.loc[free & table["life_years"].isna(), "life_years"] = 0.0
    wrong = {
        "capex_eur, opex_eur_year": ~np.isfinite(costs.to_numpy()).all(axis=1),
        "life_years": ~(np.isfinite(table["life_years"]) & (table["life_years"] >= 0)),
        "price_year": table["price_year"].isna() & ~free,
    }
    for what, rows in wrong.items():
        if np.any(rows):
            raise error("JUM-D010", option=str(table["id"][np.asarray(rows)].iloc[0]), what=what)
    return table


_ACCOUNT = (
    ("cost", "€/yr", "electricity_price_eur_kwh", 1.0, 0,
     "Cost of the electricity", "Coût de l'électricité", "C = E · p",
     "Yearly electricity times its price, excluding VAT. The relative errors of the two, taken as "
     "independent, add as squares.",
     "Électricité annuelle fois son prix, hors TVA. Les erreurs relatives des deux, supposées "
     "indépendantes, s'ajoutent au carré."),
    ("emissions", "tCO2e/yr", "electricity_co2_g_kwh", 1e-6, 1,
     "Greenhouse gases of the electricity", "Gaz à effet de serre de l'électricité",
     "G = E · f / 10⁶",
     "Yearly electricity times its carbon content. The relative errors of the two, taken as "
     "independent, add as squares.",
     "Électricité annuelle fois son contenu carbone. Les erreurs relatives des deux, supposées "
     "indépendantes, s'ajoutent au carré."),
)  # fmt: skip


def energy_account(indicators: pd.DataFrame, given: Parameters) -> pd.DataFrame:
    """Return what the electricity of today costs and emits, indicator by indicator.

    Parameters
    ----------
    indicators : DataFrame
        Rows of the ``indicator`` table that :func:`billed` names; ``low`` and ``high`` are 5–95 %
        bounds.
    given : Parameters
        From `parameters`: price [€/kWh] and carbon content [gCO2e/kWh].

    Returns
    -------
    DataFrame
        Two rows for each one given: ``<indicator>_cost`` [€/yr] and ``<indicator>_emissions``
        [tCO2e/yr], with the scope, entity, year and estimated share of the electricity.

    Notes
    -----
    With e⁻ the relative half-width of the electricity below its value and p⁻ that of the factor,
    low = E·p·(1 − √(e⁻² + p⁻²)), not below 0; likewise above.
    """
    import pandas as pd

    kept = indicators[["indicator", "scope", "entity", "year", "estimated_share"]]
    energy = indicators["value"].to_numpy(np.float64)
    frames = []
    for suffix, unit, name, scale, *_ in _ACCOUNT:
        factor = given[name]
        value = energy * factor.value * scale
        bounds = {}
        for side, sign in (("low", -1.0), ("high", 1.0)):
            known = indicators[side].fillna(indicators["value"]).to_numpy(np.float64)
            own = np.divide(known - energy, energy, out=np.zeros_like(energy), where=energy > 0)
            shared = getattr(factor, side) / factor.value - 1.0 if factor.value else 0.0
            bounds[side] = np.maximum(value * (1.0 + sign * np.hypot(own, shared)), 0.0)
        frames.append(
            kept.assign(
                indicator=kept["indicator"] + f"_{suffix}", unit=unit, value=value, **bounds
            )
        )
    return pd.concat(frames, ignore_index=True)


def billed(specs: Iterable[IndicatorSpec]) -> list[str]:
    """Return the names of the indicators of electricity bought, which :func:`energy_account` takes.

    Parameters
    ----------
    specs : iterable of IndicatorSpec
        Indicators of a worksite: those in kWh/yr that are neither a need, nor a production, nor
        primary energy, nor the sum of several carriers, so that nothing is paid twice.
    """
    return [spec.name for spec in specs if spec.unit == ENERGY and spec.billed]


def energy_methods(specs: Iterable[IndicatorSpec]) -> list[IndicatorSpec]:
    """Return how cost and emissions follow from the indicators of electricity of a worksite.

    Parameters
    ----------
    specs : iterable of IndicatorSpec
        Indicators of a worksite; those of :func:`billed` count.
    """
    specs = list(specs)
    counted = billed(specs)
    return [
        IndicatorSpec(
            f"{spec.name}_{suffix}",
            unit,
            label_en,
            label_fr,
            formula,
            method_en,
            method_fr,
            "Guide de l'évaluation socioéconomique des investissements publics (2017)",
            digits,
            inputs=(spec.name,),
            parameters=(factor,),
        )
        for spec in specs
        if spec.name in counted
        for suffix, unit, factor, _, digits, *words in _ACCOUNT
        for label_en, label_fr, formula, method_en, method_fr in [words]
    ]
