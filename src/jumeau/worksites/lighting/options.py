# SPDX-License-Identifier: EUPL-1.2
"""Options for a lighting stock: what they change, what they cost, what they save.

Costs and lives are parameters with a source; savings are physical. Their worth is the decision
layer's. Each option carries the sums that its effect needs, so that draws cost nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import draws, money
from jumeau.base.contract import IndicatorSpec
from jumeau.base.errors import error
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting import diagnosis, energy, hours
from jumeau.worksites.lighting.diagnosis import Diagnosis
from jumeau.worksites.lighting.hours import Regime

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_DECORATIVE = ("flood", "recessed", "bollard")
_SEED = 0
_MOST_IDS = 500

_MONEY = ("electricity_", "discount_rate", "climate_value", "cost_of_public")

METHODS = (
    IndicatorSpec(
        "do_nothing", "", "Do nothing", "Ne rien faire", "",
        "The stock stays as it is: the reference that the other options are compared with.",
        "Le parc reste tel quel : la référence à laquelle les autres options se comparent.",
        parameters=(),
    ),
    IndicatorSpec(
        "sobriety", "", "Sobriety: light later, less show", "Sobriété : allumer plus tard, "
        "moins de mise en valeur",
        "ΔE = Σ Pᵢ (tᵢ − t'ᵢ) / 1000",
        "Lamps burn from the end of civil twilight to its beginning; floodlights, bollards and "
        "ground-recessed lamps go out at 01:00. Clocks are set again, nothing is bought.",
        "L'éclairage va de la fin à la reprise du crépuscule civil ; projecteurs, bornes et "
        "encastrés s'éteignent à 1 h. Les horloges sont réglées, rien n'est acheté.",
        "Arrêté du 27 décembre 2018 relatif aux nuisances lumineuses, art. 2",
        parameters=("lighting_sobriety", "lighting_cost_setting", "lighting_life_clock",
                    "lighting_lamps_per_cabinet", *_MONEY),
    ),
    IndicatorSpec(
        "part_night", "", "Switch-off in the core of the night", "Extinction en cœur de nuit",
        "ΔE = Σ Pᵢ (tᵢ − t'ᵢ) / 1000",
        "Lamps that burn all night go out from 23:00 to 05:00; an astronomical clock is fitted in "
        "each cabinet.",
        "Les points allumés toute la nuit s'éteignent de 23 h à 5 h ; une horloge astronomique est "
        "posée dans chaque armoire.",
        "EN 13201-5:2015",
        parameters=("lighting_night", "lighting_cost_clock", "lighting_life_clock",
                    "lighting_lamps_per_cabinet", *_MONEY),
    ),
    IndicatorSpec(
        "dimming", "", "Dimming in the core of the night", "Abaissement en cœur de nuit",
        "ΔE = Σ Pᵢ (tᵢ − t'ᵢ) / 1000",
        "Lamps that burn all night give half their flux from 23:00 to 05:00; gear is fitted lamp "
        "by lamp.",
        "Les points allumés toute la nuit donnent la moitié de leur flux de 23 h à 5 h ; un "
        "appareillage est posé point par point.",
        "EN 13201-5:2015; CEE RES-EC-103",
        parameters=("lighting_night", "lighting_dimmed", "lighting_cost_dimming",
                    "lighting_life_dimming", *_MONEY),
    ),
    IndicatorSpec(
        "led", "", "Replacement by LED", "Passage en LED",
        "ΔE = Σ (Pᵢ − Φᵢ·LORᵢ·u/η) tᵢ / 1000",
        "Each luminaire that is not LED is replaced by one that gives the flux needed, less than "
        "the present one (factor u) thanks to better aim, with the efficacy η of new LED "
        "luminaires. Hours do not change.",
        "Chaque luminaire qui n'est pas à LED est remplacé par un autre qui donne le flux utile, "
        "inférieur à l'actuel (facteur u) grâce à une meilleure visée, avec l'efficacité η des "
        "LED neuves. Les heures ne changent pas.",
        "CEE RES-EC-104; SWD(2018) 494",
        parameters=("lighting_led", "lighting_cost_led", "lighting_maintenance_saving",
                    "lighting_life_led", *_MONEY),
    ),
)  # fmt: skip
"""How each kind of option is built."""


@dataclass(frozen=True)
class Physics:
    """What the draws of an option's effect need.

    Parameters
    ----------
    kind : str
        Kind of option.
    whole_kwh : float
        Yearly electricity of the stock today [kWh/yr].
    before_kwh, after_kwh : float
        Yearly electricity of the lamps changed, today and after [kWh/yr].
    whole_error, changed_error : (below, above)
        Relative half-widths that the powers leave to the electricity of the stock, and to that of
        the lamps changed.
    whole_supposed, changed_supposed : float
        Share of that electricity whose regime is supposed.
    """

    kind: str
    whole_kwh: float
    before_kwh: float
    after_kwh: float
    whole_error: tuple[float, float]
    changed_error: tuple[float, float]
    whole_supposed: float
    changed_supposed: float


def candidates(state: Diagnosis, given: Parameters) -> pd.DataFrame:
    """Return the options of a stock, with the columns of the ``option`` table and their physics.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    given : Parameters
        Parameters of the worksite.

    Returns
    -------
    DataFrame
        ``capex_low``, ``capex_high``, ``opex_low`` and ``opex_high`` bound the costs.
    """
    import pandas as pd
    import shapely

    everything = np.ones(len(state.park), bool)
    always = np.array([item.always for item in state.regimes])[state.regime]
    all_night = ~always & np.array([not item.windows for item in state.regimes])[state.regime]
    old = state.done.lamp_type != "LED"
    rows = [
        _row(state, given, "do_nothing", ~everything, state.hours),
        _row(state, given, "sobriety", ~always, _sober_hours(state, given),
             _clocks(state, given, ~always, "lighting_cost_setting_eur")),
        _row(state, given, "part_night", all_night, _cut_hours(state, given, 0.0),
             _clocks(state, given, all_night)),
        _row(state, given, "dimming", all_night,
             _cut_hours(state, given, given["lighting_dimmed_share"].value),
             _each(given, "lighting_cost_dimming_eur", all_night, "lighting_life_dimming_years")),
        _led(state, given, old),
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    extent = shapely.box(
        state.park.x.min(), state.park.y.min(), state.park.x.max(), state.park.y.max()
    )
    frame.insert(4, "geometry", [shapely.to_wkb(extent)] * len(frame))
    return frame


def none() -> pd.DataFrame:
    """Return the table of options of a territory without lamps: empty, with its columns."""
    import pandas as pd

    return pd.DataFrame(columns=[
        "id", "worksite", "kind", "assets", "geometry", "year", "actor", "capex_eur", "capex_low",
        "capex_high", "opex_eur_year", "opex_low", "opex_high", "life_years", "price_year",
        "physics",
    ])  # fmt: skip


def effect(option: Any, given: Parameters, count: int) -> dict[str, NDArray[np.float64]]:
    """Return draws of an option's physical effect.

    Parameters
    ----------
    option : row of :func:`candidates`
        The option.
    given : Parameters
        Parameters of the worksite, the scenario's in place.
    count : int
        Number of draws.

    Returns
    -------
    dict
        ``kwh_year``, electricity of the whole stock once the option is carried out, and
        ``saving_kwh_year``, what it spares [kWh/yr]: (count,) arrays.

    Raises
    ------
    InvalidError
        ``JUM-L030`` when the option is not one of ours.

    Notes
    -----
    Drivers are common to all options: power of the stock, true hours, efficacy and use of LED.
    """
    physics = option.get("physics")
    if not isinstance(physics, Physics):
        raise error("JUM-L030", id=str(option.get("id", "")))
    left = np.ones(count)
    if physics.kind == "led":
        use, efficacy = given["lighting_led_use"], given["lighting_led_lm_w"]
        left = use.draw(_SEED, count) / use.value
        left *= efficacy.value / efficacy.draw(_SEED, count)
    elif physics.kind == "dimming":
        kept = given["lighting_dimmed_share"]
        spared = (1.0 - kept.draw(_SEED, count)) / (1.0 - kept.value)
        spare = physics.before_kwh - physics.after_kwh
        left = (physics.before_kwh - spare * spared) / max(physics.after_kwh, 1e-9)
    changed = _factor(physics.changed_error, physics.changed_supposed, given, count)
    saving = changed * (physics.before_kwh - physics.after_kwh * left)
    today = _factor(physics.whole_error, physics.whole_supposed, given, count) * physics.whole_kwh
    return {"kwh_year": today - saving, "saving_kwh_year": saving}


def _factor(
    error: tuple[float, float], supposed: float, given: Parameters, count: int
) -> NDArray[np.float64]:
    """Return draws of an electricity over its estimate, with the intervals of the indicators.

    Two drivers, common to all: the powers, two half-normal sides; the hours, those of the
    parameter where the regime is supposed and nearly sure where it is known.
    """
    from scipy.special import ndtri

    normal = ndtri(draws.stratified(_SEED, "lighting_power", "", count)) / ndtri(0.95)
    power = np.maximum(1.0 + normal * np.where(normal < 0, *error), 0.0)
    item = given["lighting_hours_factor"]
    share = draws.stratified(_SEED, item.name, "", count)
    guessed = draws.between(share, item.value, item.low, item.high) / item.value - 1.0
    known = diagnosis.KNOWN_HOURS * ndtri(share) / ndtri(0.95)
    return np.asarray(power * (1.0 + supposed * guessed + (1.0 - supposed) * known))


@dataclass(frozen=True)
class _Cost:
    """Costs of an option: value, low and high [€], life [yr], price year."""

    capex: tuple[float, float, float] = (0.0, 0.0, 0.0)
    opex: tuple[float, float, float] = (0.0, 0.0, 0.0)
    life: float = 20.0
    price_year: int | None = None


def _row(
    state: Diagnosis,
    given: Parameters,
    kind: str,
    changed: NDArray[np.bool_],
    new_hours: NDArray[np.float64],
    cost: _Cost | None = None,
    new_power: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    power = state.done.power_w.items
    kwh = energy.annual_energy(power, state.hours)
    before = kwh.value
    after = before if new_power is None else new_power * state.hours / 1000.0
    after = after * (new_hours / np.maximum(state.hours, 1e-9))
    everything = np.ones(changed.size, bool)
    spent = cost or _Cost()
    reference = given["lighting_cost_led_eur"].price_year
    return {
        "id": f"lighting-{kind}",
        "worksite": "lighting",
        "kind": kind,
        "assets": _assets(state, changed),
        "year": state.site.year + 1,
        "actor": "authority",
        "capex_eur": spent.capex[0],
        "capex_low": spent.capex[1],
        "capex_high": spent.capex[2],
        "opex_eur_year": spent.opex[0],
        "opex_low": spent.opex[1],
        "opex_high": spent.opex[2],
        "life_years": spent.life,
        "price_year": spent.price_year or reference,
        "physics": Physics(
            kind=kind,
            whole_kwh=float(before.sum()),
            before_kwh=float(before[changed].sum()),
            after_kwh=float(after[changed].sum()),
            whole_error=_error(kwh, everything),
            changed_error=_error(kwh, changed),
            whole_supposed=_share(before, ~state.scheduled),
            changed_supposed=_share(before[changed], ~state.scheduled[changed]),
        ),
    }


def _error(kwh: energy.Items, these: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the relative half-widths, below and above, of the sum over some lamps."""
    total = energy.totals(np.where(these, 0, -1).astype(np.int64), 1, kwh)
    value = float(total.value[0])
    if not value:
        return 0.0, 0.0
    return 1.0 - float(total.low[0]) / value, float(total.high[0]) / value - 1.0


def _assets(state: Diagnosis, changed: NDArray[np.bool_]) -> str:
    """Return what an option changes: how many lamps, and which when they are few."""
    number = int(changed.sum())
    assets: dict[str, Any] = {"table": "luminaire", "count": number}
    if number <= _MOST_IDS:
        assets["ids"] = [str(name) for name in state.park.id[changed]]
    return json.dumps(assets)


def _share(kwh: NDArray[np.float64], part: NDArray[np.bool_]) -> float:
    total = float(kwh.sum())
    return float(kwh[part].sum()) / total if total else 0.0


def _led(state: Diagnosis, given: Parameters, old: NDArray[np.bool_]) -> dict[str, Any]:
    needed = state.done.flux_lm.value * state.lor * given["lighting_led_use"].value
    new_power = np.minimum(needed / given["lighting_led_lm_w"].value, state.done.power_w.value)
    cost = _each(given, "lighting_cost_led_eur", old, "lighting_life_led_years")
    upkeep = given["lighting_maintenance_saving_eur"]
    factor = money.deflator(upkeep.price_year or 0, cost.price_year or 0) * int(old.sum())
    spared = (-factor * upkeep.value, -factor * upkeep.high, -factor * upkeep.low)
    return _row(state, given, "led", old, state.hours, replace(cost, opex=spared), new_power)


def _each(given: Parameters, price: str, changed: NDArray[np.bool_], life: str) -> _Cost:
    item, number = given[price], int(changed.sum())
    return _Cost(
        capex=(number * item.value, number * item.low, number * item.high),
        life=given[life].value,
        price_year=item.price_year,
    )


def _clocks(
    state: Diagnosis,
    given: Parameters,
    changed: NDArray[np.bool_],
    price: str = "lighting_cost_clock_eur",
) -> _Cost:
    item = given[price]
    number, least, most = diagnosis.cabinets_of(state, given, changed)
    return _Cost(
        capex=(number * item.value, least * item.low, most * item.high),
        life=given["lighting_life_clock_years"].value,
        price_year=item.price_year,
    )


def _cut_hours(state: Diagnosis, given: Parameters, share: float) -> NDArray[np.float64]:
    """Return the hours once the core of the night keeps a share of the power [h/yr]."""
    start, end = (given[f"lighting_night_{name}_h"].value for name in ("start", "end"))
    cut = Regime("core", ((start, end, share),))
    full, new = diagnosis.equivalent_hours([hours.FULL_NIGHT, cut], state.site, given)
    return np.asarray(state.hours * new / np.maximum(full, 1e-9))


def _sober_hours(state: Diagnosis, given: Parameters) -> NDArray[np.float64]:
    """Return the hours from twilight to twilight, decorative lamps off late [h/yr]."""
    off = given["lighting_sobriety_off_h"].value
    decorative = np.isin(state.done.support, _DECORATIVE)
    today = diagnosis.equivalent_hours(state.regimes, state.site, given)
    later, shown = (
        diagnosis.equivalent_hours(regimes, state.site, given, "lighting_sobriety")
        for regimes in (state.regimes, [_until(item, off) for item in state.regimes])
    )
    ratio = np.minimum(np.where(decorative, shown[state.regime], later[state.regime])
                       / np.maximum(today[state.regime], 1e-9), 1.0)  # fmt: skip
    return np.asarray(state.hours * ratio)


def _until(regime: Regime, off: float) -> Regime:
    """Return a regime that ends the night at an hour, unless it already cuts it before."""
    if regime.always or any(share == 0.0 for _, _, share in regime.windows):
        return regime
    dim = [(start, min(end, off) if end < 12 else end, share)
           for start, end, share in regime.windows if start >= 12 or start < off]  # fmt: skip
    return Regime("sobriety", (*(item for item in dim if item[0] != item[1]), (off, 12.0, 0.0)))
