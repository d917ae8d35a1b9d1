# SPDX-License-Identifier: EUPL-1.2
"""Indicators of the buildings worksite, with the 5–95 % interval of their draws.

Sums are made draw by draw before the interval is taken. Energy is that of a year of the weather,
in kWh/yr, and in kWh for a month. None of these energies is billed by the decision layer: needs,
production, primary energy and sums of carriers have no price of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import IndicatorSpec
from jumeau.worksites.buildings import archetypes, systems

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory
    from jumeau.worksites.buildings.diagnosis import Diagnosis

    Floats = NDArray[np.float64]

ENERGY = "kWh/yr"
"""Unit of yearly energies; a month counts in kWh."""
_ISO = "ISO 13790:2008, simple hourly method (5R1C)"
_DRAWN = ("buildings_draws", "buildings_common", "buildings_set_change_k", "buildings_least_m2")

INDICATORS = (
    IndicatorSpec(
        "buildings_count", "1", "Buildings", "Bâtiments", "N",
        "Buildings with a footprint, sheds and garages among them.",
        "Bâtiments ayant une emprise, hangars et garages compris.",
        parameters=("buildings_least_m2",),
    ),
    IndicatorSpec(
        "buildings_heated", "1", "Heated buildings", "Bâtiments chauffés", "N_h = Σ [A_i > 1 m²]",
        "Buildings of which some floor is heated: sheds, garages and outbuildings are not.",
        "Bâtiments dont une surface est chauffée : hangars, garages et annexes n'en sont pas.",
        inputs=("buildings_count",), parameters=_DRAWN,
    ),
    IndicatorSpec(
        "buildings_floor_m2", "m²", "Heated floor area", "Surface chauffée",
        "A = Σ footprint · floors · outline share · heated share",
        "Floor area times the share that is heated. Where no source tells the floor area, it is "
        "footprint times floors, less eaves, walls, lower wings and garages; floors follow from "
        "the height and the usual storey of the use.",
        "Surface de plancher fois part chauffée. Quand aucune source ne dit la surface, c'est "
        "l'emprise fois les niveaux, moins débords de toit, murs, ailes basses et garages ; les "
        "niveaux viennent de la hauteur et de l'étage usuel de l'usage.",
        "ISO 52000-1", parameters=_DRAWN,
    ),
    IndicatorSpec(
        "buildings_heating_kwh", ENERGY, "Heating need", "Besoin de chauffage",
        "Q_H = Σ_t Φ_H(t)·Δt",
        "Useful heat over the year of the weather, hour by hour; what is not known of a building "
        "is drawn around the archetype of its use and period.",
        "Chaleur utile sur l'année de la météo, heure par heure ; ce qui n'est pas connu d'un "
        "bâtiment est tiré autour de l'archétype de son usage et de sa période.",
        _ISO, parameters=_DRAWN, billed=False,
    ),
    IndicatorSpec(
        "buildings_cooling_kwh", ENERGY, "Cooling need", "Besoin de froid",
        "Q_C = Σ_t Φ_C(t)·Δt",
        "Heat taken over the year by the buildings that are cooled; the others get hours of "
        "discomfort instead.",
        "Chaleur extraite sur l'année dans les bâtiments climatisés ; les autres ont des heures "
        "d'inconfort à la place.",
        _ISO, parameters=_DRAWN, billed=False,
    ),
    IndicatorSpec(
        "buildings_final_kwh", ENERGY, "Final energy", "Énergie finale",
        "E = Q_H/(η_g·η_d·η_e·η_r) + Q_C/EER + Q_W/η_W + E_elec",
        "Energy that enters buildings in a year: heating, cooling, hot water, and the electricity "
        "of lighting, appliances, cooking and auxiliaries.",
        "Énergie qui entre dans les bâtiments en un an : chauffage, froid, eau chaude, et "
        "électricité de l'éclairage, des appareils, de la cuisson et des auxiliaires.",
        "EN 15316-1; ISO 52000-1", inputs=("buildings_heating_kwh", "buildings_cooling_kwh"),
        parameters=_DRAWN, billed=False,
    ),
    IndicatorSpec(
        "buildings_final_kwh_m2", "kWh/(m²·yr)", "Final energy a square metre",
        "Énergie finale au mètre carré", "e = E/A",
        "Final energy of a year over the heated floor area.",
        "Énergie finale d'une année rapportée à la surface chauffée.",
        "ISO 52000-1", inputs=("buildings_final_kwh", "buildings_floor_m2"), parameters=(),
    ),
    IndicatorSpec(
        "buildings_primary_kwh", ENERGY, "Primary energy", "Énergie primaire", "E_p = Σ_c f_c·E_c",
        "Final energy times the conventional factor of each carrier in force on the day of the "
        "run: 2.3 for electricity until the end of 2025, 1.9 from 2026, 1 for the others.",
        "Énergie finale fois le facteur conventionnel de chaque énergie en vigueur le jour du "
        "calcul : 2,3 pour l'électricité jusqu'à fin 2025, 1,9 à partir de 2026, 1 pour les "
        "autres.",
        "Arrêté du 31 mars 2021; arrêté du 13 août 2025", inputs=("buildings_final_kwh",),
        parameters=(), billed=False,
    ),
    IndicatorSpec(
        "buildings_tco2e", "tCO2e/yr", "Greenhouse gases", "Gaz à effet de serre",
        "G = Σ_c,u k_c,u·E_c,u",
        "Final energy times the emission factor of each carrier and use.",
        "Énergie finale fois le facteur d'émission de chaque énergie et usage.",
        "Arrêté du 31 mars 2021, annex 4", digits=1, inputs=("buildings_final_kwh",),
        parameters=(),
    ),
    IndicatorSpec(
        "buildings_heating_peak_kw", "kW", "Heating peak", "Pointe de chauffage",
        "P = max_t Φ_H(t)",
        "Greatest hourly mean heating power of a building, not limited by its boiler; for several "
        "buildings the sum of their own peaks, an upper bound of the common one.",
        "Plus grande puissance de chauffage moyenne sur une heure, sans limite de chaudière ; pour "
        "plusieurs bâtiments la somme de leurs pointes, un majorant de la pointe commune.",
        _ISO, digits=1, parameters=_DRAWN,
    ),
    IndicatorSpec(
        "buildings_discomfort_h", "h/yr", "Hours of summer discomfort", "Heures d'inconfort d'été",
        "H = Σ_t [occupied(t)]·[θ_op(t) > 28 °C]",
        "Occupied hours of the year above 28 °C of operative temperature; for several buildings "
        "the mean by heated floor area.",
        "Heures occupées de l'année au-dessus de 28 °C de température opérative ; pour plusieurs "
        "bâtiments la moyenne pondérée par la surface chauffée.",
        "RE2020; EN 16798-1", parameters=_DRAWN,
    ),
    IndicatorSpec(
        "buildings_pv_kwh", ENERGY, "Photovoltaic potential of roofs",
        "Potentiel photovoltaïque des toits", "E = A·s·G·η·PR",
        "Yield of modules on the part of the roof where they fit, in the sun that the surface "
        "model leaves to each of its cells; without a surface model, in that of the horizontal "
        "plane.",
        "Production de modules sur la part du toit où ils tiennent, au soleil que le modèle de "
        "surface laisse à chacune de ses mailles ; sans lui, à celui du plan horizontal.",
        "JRC, PVGIS", parameters=("buildings_pv",), billed=False,
    ),
)  # fmt: skip
"""How each indicator is obtained."""

EACH = (
    "buildings_floor_m2", "buildings_heating_kwh", "buildings_cooling_kwh", "buildings_final_kwh",
    "buildings_final_kwh_m2", "buildings_primary_kwh", "buildings_tco2e",
    "buildings_heating_peak_kw", "buildings_discomfort_h", "buildings_pv_kwh",
)  # fmt: skip
"""Indicators of every building."""
MONTHS = ("month", "building_month")
"""Scopes whose figures are those of a month."""
PUBLIC = {1: "yes", 0: "no", -1: "unknown"}
"""Whether a building is public → entity of the scope ``public``."""
_CARRIED = {("territory", ""): "carrier", ("public", "yes"): "public_carrier"}
"""Scope and entity → scope of what they use of each carrier."""
_MONTHLY = ("buildings_heating_kwh", "buildings_cooling_kwh", "buildings_final_kwh")


class _Group(NamedTuple):
    """Buildings summed together: where, and the weight of each building in each draw."""

    scope: str
    entity: str
    member: NDArray[np.bool_]


def table(territory: Territory, found: Diagnosis) -> pd.DataFrame:
    """Return the energy of buildings: each, by place, use, owner, carrier, end use and month.

    Parameters
    ----------
    territory : Territory
        Territory: its municipalities and districts.
    found : Diagnosis
        Energy drawn.

    Returns
    -------
    DataFrame
        Columns of the ``indicator`` table.
    """
    import pandas as pd

    parts = [pd.DataFrame(_sums(territory, found)), *_each(found), *_months(found)]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    units = frame["indicator"].map({spec.name: spec.unit for spec in INDICATORS})
    frame["unit"] = units.where(~frame["scope"].isin(MONTHS), "kWh")
    frame["year"] = datetime.now(UTC).year
    return frame


def _quantities(found: Diagnosis) -> dict[str, Floats]:
    """Return what adds up over buildings, (n, d) arrays by indicator."""
    account = found.account
    return {
        "buildings_floor_m2": account.floor,
        "buildings_heating_kwh": account.heating,
        "buildings_cooling_kwh": account.cooling,
        "buildings_final_kwh": account.final,
        "buildings_primary_kwh": account.primary,
        "buildings_tco2e": account.tco2e,
        "buildings_heating_peak_kw": account.heating_peak,
        "buildings_pv_kwh": found.pv,
    }


def interval(values: Floats) -> tuple[float, float, float]:
    """Return the mean of draws and their 5 % and 95 % bounds, in order.

    Parameters
    ----------
    values : (d,) array
        Draws.
    """
    mean = float(values.mean())
    low, high = (float(item) for item in np.quantile(values, (0.05, 0.95)))
    return mean, min(low, mean), max(high, mean)


def _row(
    name: str, scope: str, entity: str, values: tuple[float, float, float], share: float
) -> dict[str, Any]:
    value, low, high = values
    return {
        "indicator": name, "scope": scope, "entity": entity, "value": value, "low": low,
        "high": high, "estimated_share": round(float(share), 3),
    }  # fmt: skip


def _each(found: Diagnosis) -> Iterator[pd.DataFrame]:
    """Yield the indicators of every building."""
    import pandas as pd

    account = found.account
    values = _quantities(found)
    values["buildings_final_kwh_m2"] = np.divide(
        account.final, account.floor, out=np.zeros_like(account.final), where=account.floor > 1.0
    )
    values["buildings_discomfort_h"] = account.discomfort
    share = found.estimated.round(3)
    for name in EACH:
        mean = values[name].mean(axis=1)
        if name == "buildings_final_kwh_m2":  # of the draws where something is heated
            lit = (account.floor > 1.0).sum(axis=1)
            mean = values[name].sum(axis=1) / np.maximum(lit, 1)
        low, high = np.quantile(values[name], (0.05, 0.95), axis=1)
        yield pd.DataFrame(
            {
                "indicator": name,
                "scope": "building",
                "entity": found.stock.ids,
                "value": mean.round(3),
                "low": np.minimum(low, mean).round(3),
                "high": np.maximum(high, mean).round(3),
                "estimated_share": share,
            }
        )


def _months(found: Diagnosis) -> Iterator[pd.DataFrame]:
    """Yield the needs of public buildings by month: entity ``identifier/01`` to ``/12``."""
    import pandas as pd

    rows = np.flatnonzero(found.stock.public == 1)
    months = found.account.months[rows].round(3)
    ids = [f"{key}/{month + 1:02d}" for key in found.stock.ids[rows] for month in range(12)]
    share = np.repeat(found.estimated[rows].round(3), 12)
    for number, name in enumerate(_MONTHLY[:2]):
        value, low, high = months[:, number].reshape(-1, 3).T
        yield pd.DataFrame(
            {
                "indicator": name,
                "scope": "building_month",
                "entity": ids,
                "value": value,
                "low": low,
                "high": high,
                "estimated_share": share,
            }
        )


def _groups(territory: Territory, found: Diagnosis) -> Iterator[_Group]:
    """Yield the territory, its municipalities and districts, uses and kinds of owner."""
    import shapely

    stock, shape = found.stock, found.use.shape
    yield _Group("territory", "", np.ones(shape, dtype=bool))
    for scope in ("municipality", "district"):
        rows = territory.geo(scope, columns=["id"])
        rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
        if scope == "municipality" and len(rows) < 2:
            continue
        for entity, area in zip(rows["id"], rows.geometry, strict=True):
            shapely.prepare(area)
            inside = shapely.contains_xy(area, stock.x, stock.y)
            if inside.any():
                yield _Group(scope, str(entity), np.broadcast_to(inside[:, None], shape))
    for number, use in enumerate(archetypes.uses()):
        member = found.use == number
        if member.any():
            yield _Group("use", use.key, member)
    for flag, entity in PUBLIC.items():
        inside = stock.public == flag
        if inside.any():
            yield _Group("public", entity, np.broadcast_to(inside[:, None], shape))


def _sums(territory: Territory, found: Diagnosis) -> Iterator[dict[str, Any]]:
    account, quantities = found.account, _quantities(found)
    guessed = found.estimated[:, None]
    energy_all = account.final.mean(axis=1)
    whole = float((energy_all * found.estimated).sum() / max(energy_all.sum(), 1e-9))
    for group in _groups(territory, found):
        where = (group.scope, group.entity)
        inside = group.member
        count = inside.sum(axis=0).astype(np.float64)
        weight = float(np.where(inside, account.final, 0.0).sum())
        share = float(np.where(inside, account.final * guessed, 0.0).sum()) / max(weight, 1e-9)
        yield _row("buildings_count", *where, interval(count), share)
        heated = (inside & (account.floor > 1.0)).sum(axis=0).astype(np.float64)
        yield _row("buildings_heated", *where, interval(heated), share)
        sums = {
            name: np.where(inside, values, 0.0).sum(axis=0) for name, values in quantities.items()
        }
        for name, values in sums.items():
            yield _row(name, *where, interval(values), share)
        floor = np.maximum(sums["buildings_floor_m2"], 1e-9)
        if sums["buildings_floor_m2"].mean() < 1.0:
            continue
        yield _row(
            "buildings_final_kwh_m2", *where, interval(sums["buildings_final_kwh"] / floor), share
        )
        warm = np.where(inside, account.discomfort * account.floor, 0.0).sum(axis=0) / floor
        yield _row("buildings_discomfort_h", *where, interval(warm), share)
        scope = _CARRIED.get(where)
        if scope:
            for number, carrier in enumerate(systems.CARRIERS):
                mine = np.where(inside, account.by_carrier[..., number], 0.0).sum(axis=0)
                yield _row("buildings_final_kwh", scope, carrier, interval(mine), share)
    for number, use in enumerate(systems.USES):
        values = account.by_end_use[:, number]
        yield _row("buildings_final_kwh", "end_use", use, interval(values), whole)
    for number, name in enumerate(_MONTHLY):
        for month in range(12):
            values = account.monthly[:, number, month]
            yield _row(name, "month", f"{month + 1:02d}", interval(values), whole)
