# SPDX-License-Identifier: EUPL-1.2
"""Indicators of the lighting worksite: what they are, and how they are summed.

Money and greenhouse gases are not here: the decision layer derives them from the electricity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import IndicatorSpec
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting import diagnosis, energy, street_methods
from jumeau.worksites.lighting.diagnosis import Diagnosis
from jumeau.worksites.lighting.energy import Totals
from jumeau.worksites.lighting.light import LitArea

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_LIGHT = (
    "lighting_lit_lx", "lighting_maintenance_factor", "lighting_illuminance_error",
    "lighting_measured_error", "lighting_obstacles", "lighting_building_height",
    "lighting_canopy_transmission",
)  # fmt: skip
INDICATORS = (
    IndicatorSpec(
        "lighting_lamps", "1", "Light points", "Points lumineux",
        "N = Σ 1",
        "Lamps of the inventory, each counted once; several lamps on one mast count each.",
        "Lampes de l'inventaire, chacune comptée une fois ; plusieurs lampes d'un même mât "
        "comptent chacune.",
        parameters=(),
    ),
    IndicatorSpec(
        "lighting_power", "kW", "Installed power", "Puissance installée",
        "P = Σ Pᵢ",
        "Power of lamps and gear. Unknown powers are estimated from the flux, or from the support, "
        "the kind of street and the family of lamps.",
        "Puissance des lampes et de leur appareillage. Les puissances inconnues sont estimées "
        "d'après le flux, ou d'après le support, le type de voie et la famille de lampes.",
        "EN 13201-5:2015", digits=1,
        parameters=(),
    ),
    IndicatorSpec(
        "lighting_electricity", "kWh/yr", "Electricity used in a year", "Électricité annuelle",
        "E = Σ Pᵢ · tᵢ / 1000",
        "Power times equivalent hours: the nights of the year from the sun's course, after and "
        "before a delay, less the hours of switch-off and the share spared by dimming. The "
        "interval adds the errors of single lamps and those that all estimates share.",
        "Puissance fois heures équivalentes : nuits de l'année d'après la course du soleil, "
        "un délai après et avant, moins les heures de coupure et la part épargnée par "
        "l'abaissement. L'intervalle ajoute les erreurs de chaque lampe et celles que toutes les "
        "estimations partagent.",
        "EN 13201-5:2015; Meeus, Astronomical Algorithms",
        inputs=("lighting_power", "lighting_hours"),
        parameters=("lighting_switch", "lighting_hours_factor"),
    ),
    IndicatorSpec(
        "lighting_electricity_per_lamp", "kWh/(lamp·yr)", "Electricity per light point",
        "Électricité par point lumineux",
        "e = E / N",
        "Yearly electricity over the number of lamps; 5.6 TWh for 10.5 to 11 million points in "
        "France, about 520.",
        "Électricité annuelle sur le nombre de points ; 5,6 TWh pour 10,5 à 11 millions de points "
        "en France, environ 520.",
        "AFE 2017",
        inputs=("lighting_electricity", "lighting_lamps"), parameters=(),
    ),
    IndicatorSpec(
        "lighting_hours", "h/yr", "Equivalent burning hours", "Heures équivalentes",
        "t = Σ Pᵢ tᵢ / Σ Pᵢ",
        "Hours at full power that use the same electricity, mean weighted by power.",
        "Heures à pleine puissance qui consomment autant, moyenne pondérée par la puissance.",
        "Meeus, Astronomical Algorithms",
        parameters=("lighting_switch", "lighting_hours_factor"),
    ),
    IndicatorSpec(
        "lighting_lit_area", "ha", "Lit area", "Surface éclairée",
        "A = Σ [E(x) ≥ 1 lx] · 1 m²",
        "Ground that receives at least the threshold, cell by cell of 1 m, behind the buildings "
        "and trees that the twin knows.",
        "Sol qui reçoit au moins le seuil, maille par maille de 1 m, derrière les bâtiments et les "
        "arbres que le jumeau connaît.",
        "CIE 140:2019", digits=1,
        parameters=_LIGHT,
    ),
    IndicatorSpec(
        "lighting_mean_illuminance", "lx", "Mean illuminance of the lit area",
        "Éclairement moyen de la surface éclairée",
        "Ē = Σ E(x) / A, E = I(C, γ) · h / (r² + h²)^{3/2}",
        "Mean of the horizontal illuminance over the lit area: exact point-source kernel, line of "
        "sight from each head, makers' distributions or generic ones, maintenance factor included.",
        "Moyenne de l'éclairement horizontal sur la surface éclairée : noyau ponctuel exact, ligne "
        "de vue depuis chaque feu, photométries de fabricants ou génériques, facteur de "
        "maintenance compris.",
        "EN 13201-3:2015; CIE 140:2019", digits=1,
        inputs=("lighting_lit_area",),
        parameters=_LIGHT,
    ),
    IndicatorSpec(
        "lighting_lit_area_after", "ha", "Lit area after relamping",
        "Surface éclairée après rénovation",
        "A = Σ [E'(x) ≥ 1 lx] · 1 m²",
        "The lit area once every lamp that is not LED is replaced by LED on its mast.",
        "La surface éclairée une fois chaque lampe qui n'est pas à LED remplacée par une LED sur "
        "son mât.",
        "CIE 140:2019", digits=1,
        parameters=(*_LIGHT, "lighting_led_use"),
    ),
    IndicatorSpec(
        "lighting_mean_illuminance_after", "lx",
        "Mean illuminance of the lit area after relamping",
        "Éclairement moyen de la surface éclairée après rénovation",
        "Ē = Σ E'(x) / A",
        "The mean illuminance once every lamp that is not LED is replaced by LED on its mast.",
        "L'éclairement moyen une fois chaque lampe qui n'est pas à LED remplacée par une LED sur "
        "son mât.",
        "EN 13201-3:2015; CIE 140:2019", digits=1,
        inputs=("lighting_lit_area_after",),
        parameters=(*_LIGHT, "lighting_led_use"),
    ),
    *street_methods.METHODS,
)  # fmt: skip
"""How each indicator is obtained."""


class _Scope(NamedTuple):
    name: str
    entities: list[str]
    group: NDArray[np.int64]


def table(state: Diagnosis, given: Parameters) -> pd.DataFrame:
    """Return lamps, power, electricity and hours by territory and by each of its parts.

    Parts are municipalities when there are several, districts, streets and types of lamp.

    Parameters
    ----------
    state : Diagnosis
        Lamps.
    given : Parameters
        Parameters of the worksite.

    Returns
    -------
    DataFrame
        Columns of the ``indicator`` table.
    """
    import pandas as pd

    power = state.done.power_w.items
    one = energy.facts(np.ones(len(state.park)))
    frames = []
    for scope in _scopes(state):
        count = len(scope.entities)
        counted = one
        if scope.name == "lamp_type":
            counted = one._replace(estimated=state.done.type_estimated)
        number = energy.totals(scope.group, count, counted)
        kilowatts = energy.totals(scope.group, count, power.times(1e-3))
        electricity = diagnosis.annual_energy(state, given, scope.group, count)
        frames += [
            _rows("lighting_lamps", scope, number, state.site.year),
            _rows("lighting_power", scope, kilowatts, state.site.year),
            _rows("lighting_electricity", scope, electricity, state.site.year),
        ]
        if scope.name != "street":
            each = _over(electricity, number.value)
            frames += [
                _rows("lighting_electricity_per_lamp", scope, each, state.site.year),
                _rows("lighting_hours", scope, _hours(state, given, scope), state.site.year),
            ]
    return pd.concat(frames, ignore_index=True)


def light_table(
    state: Diagnosis,
    area: LitArea,
    towns: LitArea | None = None,
    *,
    rests: NDArray[np.bool_] | None = None,
    suffix: str = "",
) -> pd.DataFrame:
    """Return the lit area and its mean illuminance, for the territory and its parts.

    Parameters
    ----------
    state : Diagnosis
        Lamps (n).
    area : LitArea
        Sums over all tiles, by district.
    towns : LitArea, optional
        The same by municipality.
    rests : (n,) bool array, optional
        Lamps whose light rests on an estimate; all by default.
    suffix : str
        ``"_after"`` for the light once relamped.
    """
    import pandas as pd

    supposed = np.ones(len(state.park), bool) if rests is None else rests

    def rows(parts: str, of: LitArea, names: NDArray[np.object_], group: Any) -> pd.DataFrame:
        share = _supposed_share(state, supposed, group, len(names))
        return _light_rows(state, of, parts, names, share, suffix)

    frames = [rows("district", area, state.districts, state.district)]
    if towns is not None and len(state.towns):
        found = rows("municipality", towns, state.towns, state.town)
        frames.append(found[found["scope"] != "territory"])
    return pd.concat(frames, ignore_index=True)


def _supposed_share(
    state: Diagnosis, supposed: NDArray[np.bool_], group: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Return the share of the flux that rests on estimates: in all, then in each part."""
    flux = state.done.flux_lm.value * state.lor
    items = energy.facts(flux)._replace(estimated=supposed)
    whole = energy.totals(np.zeros(flux.size, np.int64), 1, items).estimated_share
    parts = energy.totals(group, count, items).estimated_share
    return np.concatenate((whole, parts))


def _light_rows(
    state: Diagnosis,
    area: LitArea,
    parts: str,
    names: NDArray[np.object_],
    share: NDArray[np.float64],
    suffix: str,
) -> pd.DataFrame:
    """Return the light of the territory and of its parts of one kind."""
    import pandas as pd

    mean = np.divide(
        area.light, area.cells[0], out=np.full_like(area.light, np.nan), where=area.cells[0] > 0
    )
    cells, low, high = area.cells / 1e4
    surface = Totals(cells, low, high, share)
    lux = Totals(mean, mean * (1 - area.error), mean * (1 + area.error), share)
    frames = []
    for name, sums in (("lighting_lit_area", surface), ("lighting_mean_illuminance", lux)):
        for scope, entities, part in (
            ("territory", [""], slice(0, 1)),
            (parts, [str(item) for item in names], slice(1, None)),
        ):
            kept = Totals(
                sums.value[part], sums.low[part], sums.high[part], sums.estimated_share[part]
            )
            place = _Scope(scope, entities, np.empty(0, np.int64))
            frames.append(_rows(name + suffix, place, kept, state.site.year))
    return pd.concat(frames, ignore_index=True)


def _scopes(state: Diagnosis) -> Iterator[_Scope]:
    yield _Scope("territory", [""], np.zeros(len(state.park), np.int64))
    if len(state.towns):
        yield _Scope("municipality", [str(item) for item in state.towns], state.town)
    if len(state.districts):
        yield _Scope("district", [str(item) for item in state.districts], state.district)
    lit = np.unique(state.street[state.street >= 0])
    if lit.size:
        group = np.where(state.street >= 0, np.searchsorted(lit, state.street), -1)
        yield _Scope("street", [str(item) for item in state.streets[lit]], group)
    types, group = np.unique(state.done.lamp_type.astype(str), return_inverse=True)
    yield _Scope("lamp_type", types.tolist(), group.astype(np.int64))


def _hours(state: Diagnosis, given: Parameters, scope: _Scope) -> Totals:
    """Return the mean equivalent hours weighted by power."""
    watts, count = energy.facts(state.done.power_w.value), len(scope.entities)
    spent = watts.times(state.hours)._replace(estimated=~state.scheduled)
    sums = energy.totals(scope.group, count, spent, diagnosis.hours_error(state, given))
    return _over(sums, energy.totals(scope.group, count, watts).value)


def _over(sums: Totals, divisor: ArrayLike) -> Totals:
    below = np.asarray(divisor, np.float64)
    value, low, high = (
        np.divide(item, below, out=np.full_like(item, np.nan), where=below > 0)
        for item in (sums.value, sums.low, sums.high)
    )
    return Totals(value, low, high, sums.estimated_share)


def _rows(name: str, scope: _Scope, sums: Totals, year: int) -> pd.DataFrame:
    import pandas as pd

    unit = next(item.unit for item in INDICATORS if item.name == name)
    rows = pd.DataFrame(
        {
            "indicator": name,
            "scope": scope.name,
            "entity": scope.entities,
            "year": year,
            "value": sums.value,
            "low": sums.low,
            "high": sums.high,
            "unit": unit,
            "estimated_share": sums.estimated_share,
        }
    )
    return rows[rows["value"].notna()]  # a mean of nothing is not shown
