# SPDX-License-Identifier: EUPL-1.2
"""Options on the network: lower pressure, repair leaks in order, add sensors, renew mains.

They are built from what the last run wrote of the territory; costs and lives are parameters with
a source, savings are physical. Their worth is the decision layer's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import draws as random_draws
from jumeau.base.contract import IndicatorSpec
from jumeau.base.errors import JumeauError, error
from jumeau.twin import schema

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory

    Floats = NDArray[np.float64]
    Row = dict[str, Any]

_SEED = 0
_HOURS = 8760.0
MOST_LEAKS = 12
"""Leaks that have an option of their own."""
_COST = ("water_cost_eur_m3", "electricity_", "discount_rate", "climate_value", "cost_of_public")

METHODS = (
    IndicatorSpec(
        "do_nothing", "", "Do nothing", "Ne rien faire", "",
        "Leaks run on and pipes stay as they are: what the other options are compared with.",
        "Les fuites coulent et les conduites restent : la référence des autres options.",
        parameters=(),
    ),
    IndicatorSpec(
        "sobriety", "", "Sobriety: no more pressure than needed",
        "Sobriété : pas plus de pression qu'il n'en faut",
        "ΔV = V (1 − (1 − Δp/p)^N1)",
        "In each district, pressure is lowered by what its worst junction has above the pressure "
        "asked for; leaks, seen or not, lose less. Reducers and pumps are set again, nothing is "
        "bought.",
        "Dans chaque secteur, la pression baisse de ce que son nœud le moins bien servi a de plus "
        "que la pression demandée ; les fuites, connues ou non, perdent moins. Réducteurs et "
        "pompes sont réglés, rien n'est acheté.",
        "May (1994); Lambert (2001)",
        parameters=("leak_exponent", "water_usual_yield", "water_cost_setting_eur",
                    "water_asked_pressure_m", *_COST),
    ),
    IndicatorSpec(
        "leak_repair", "", "Listen along a zone and repair its leak",
        "Écouter une zone et réparer sa fuite",
        "ΔV = p · q · 24 · d",
        "A crew listens along the pipes of the zone, the likeliest first, and repairs the leak; it "
        "would have run for some months more. Its probability weighs what is spared.",
        "Une équipe écoute les conduites de la zone, les plus probables d'abord, et répare la "
        "fuite ; elle aurait coulé encore des mois. Sa probabilité pondère ce qui est épargné.",
        "Vrachimis et al. (2022)",
        parameters=("leak_runs_days", "water_cost_listening_eur_km", "water_repair_eur",
                    *_COST),
    ),
    IndicatorSpec(
        "pressure_sensor", "", "One more pressure sensor", "Un capteur de pression de plus",
        "ΔV = Σ bₖ · q · 24 · (dₖ − d'ₖ)",
        "The junction where a further sensor shortens most the time to place the leaks to come, "
        "given the sensors there are and those proposed before it.",
        "Le nœud où un capteur de plus raccourcit le plus le temps de placer les fuites à venir, "
        "étant donné les capteurs existants et ceux proposés avant lui.",
        "Krause et al. (2008)",
        parameters=("leak_usual_flow_m3_h", "leak_day_noise_m", "water_breaks_km_year",
                    "water_cost_sensor_eur", "water_upkeep_sensor_eur", "water_life_sensor_years",
                    *_COST),
    ),
    IndicatorSpec(
        "renew_mains", "", "Renew the mains of a street", "Renouveler les conduites d'une rue",
        "ΔB = B − B'",
        "The mains of the street are replaced; breaks, their repairs and the water they lose are "
        "those of new pipes.",
        "Les conduites de la rue sont remplacées ; casses, réparations et eau perdue sont celles "
        "de conduites neuves.",
        parameters=("water_break", "water_new_breaks", "water_renewal", "water_repair", *_COST),
    ),
)  # fmt: skip
"""How each kind of option is built."""


@dataclass(frozen=True)
class Physics:
    """What the draws of an option's effect need.

    Parameters
    ----------
    id, kind : str
        The option.
    lost_m3 : (low, value, high)
        Water that leaks now, of the whole territory [m³/yr].
    saved_m3 : (low, value, high)
        Water that the option spares [m³/yr].
    kwh_m3 : (low, value, high)
        Electricity of pumps by cubic metre [kWh/m³].
    """

    id: str
    kind: str
    lost_m3: tuple[float, float, float]
    saved_m3: tuple[float, float, float]
    kwh_m3: tuple[float, float, float]


def none() -> pd.DataFrame:
    """Return the table of options without any row, with its columns."""
    import pandas as pd

    columns = [name for name in schema.table("option").names if name != "run_id"]
    return pd.DataFrame(columns=[*columns, *_BOUNDS, "physics"])


_BOUNDS = ("capex_low", "capex_high", "opex_low", "opex_high")


def candidates(territory: Territory, given: Parameters) -> pd.DataFrame:
    """Return the options of a territory, with the columns of ``option`` and their physics.

    Parameters
    ----------
    territory : Territory
        Territory whose water worksite was run.
    given : Parameters
        Parameters of the worksite, the scenario's in place.

    Returns
    -------
    DataFrame
        Empty where the last run computed no network.
    """
    import pandas as pd

    figures = _figures(territory)
    supplied = figures.get(("water_supplied", "territory", ""))
    if supplied is None:
        return none()
    year = int(territory.sql("SELECT max(started_at) AS t FROM run")["t"].to_pylist()[0].year) + 1
    share = 1.0 - np.array([given["water_usual_yield"].high, given["water_usual_yield"].value,
                            given["water_usual_yield"].low])  # fmt: skip
    lost = tuple(float(supplied[1] * it) for it in share)
    pumped = figures.get(("water_pump_specific", "territory", ""), (0.0, 0.0, 0.0))
    common: Row = {"lost_m3": lost, "kwh_m3": pumped, "year": year}
    rows = [_option("do_nothing", "do_nothing", None, {}, (0.0, 0.0, 0.0), **common)]
    rows += list(_sobriety(territory, figures, given, common))
    rows += list(_repairs(territory, given, common))
    rows += list(_sensors(territory, figures, given, common))
    frame = pd.DataFrame(rows)
    renewed = _renewals(territory, given)
    return pd.concat([frame, renewed], ignore_index=True) if len(renewed) else frame


def _figures(territory: Territory) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """Return the indicators of the last run: (name, scope, entity) → (low, value, high)."""
    rows = territory.sql(
        "SELECT i.indicator, i.scope, i.entity, i.value, i.low, i.high FROM indicator i "
        "JOIN run r ON r.id = i.run_id WHERE r.worksite = 'water' AND i.value IS NOT NULL"
    ).to_pylist()
    return {
        (row["indicator"], row["scope"], row["entity"] or ""): (
            row["value"] if row["low"] is None else row["low"],
            row["value"],
            row["value"] if row["high"] is None else row["high"],
        )
        for row in rows
    }


def _option(
    kind: str, name: str, shape: Any, assets: Row, saved: tuple[float, float, float], *,
    lost_m3: tuple[float, ...], kwh_m3: tuple[float, float, float], year: int,
    capex: tuple[float, float, float] = (0.0, 0.0, 0.0),
    opex: tuple[float, float, float] = (0.0, 0.0, 0.0),
    life: float = 1.0, price_year: int = 2024,
) -> Row:  # fmt: skip
    """Return a row: costs as (low, value, high)."""
    return {
        "id": f"water-{name}", "worksite": "water", "kind": kind,
        "assets": json.dumps(assets, ensure_ascii=False), "geometry": shape, "year": year,
        "actor": "authority", "capex_eur": capex[1], "capex_low": capex[0], "capex_high": capex[2],
        "opex_eur_year": opex[1], "opex_low": opex[0], "opex_high": opex[2], "life_years": life,
        "price_year": price_year,
        "physics": Physics(f"water-{name}", kind, (lost_m3[0], lost_m3[1], lost_m3[2]), saved,
                           kwh_m3),
    }  # fmt: skip


def _bounds(given: Parameters, name: str, times: float = 1.0) -> tuple[float, float, float]:
    item = given[name]
    return times * item.low, times * item.value, times * item.high


def _sobriety(
    territory: Territory, figures: dict[Any, tuple[float, float, float]], given: Parameters,
    common: Row,
) -> Iterator[Row]:  # fmt: skip
    """Yield the option of a lower pressure in the districts that have more than they need."""
    asked = given["water_asked_pressure_m"].value
    rows = territory.sql(
        "SELECT coalesce(j.dma_id, '') AS district, count(*) AS n, min(i.value) AS least FROM "
        "junction j JOIN indicator i ON i.entity = j.id AND i.scope = 'junction' "
        "AND i.indicator = 'water_pressure_min' WHERE j.demand_m3_h > 0 GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    mean = territory.sql(
        "SELECT coalesce(j.dma_id, '') AS district, avg(i.value) AS p FROM junction j "
        "JOIN indicator i ON i.entity = j.id AND i.scope = 'junction' "
        "AND i.indicator = 'water_pressure_mean' WHERE j.demand_m3_h > 0 GROUP BY 1"
    ).to_pylist()
    pressure = {row["district"]: row["p"] for row in mean}
    every = sum(row["n"] for row in rows)
    saved, eased = np.zeros(3), []
    exponents = _bounds(given, "leak_exponent")
    for row in rows:
        spare = min(row["least"] - asked, 0.5 * pressure[row["district"]])
        if spare < 1.0:
            continue
        left = 1.0 - spare / pressure[row["district"]]
        part = row["n"] / every
        saved += [part * lost * (1.0 - left**n1)
                  for lost, n1 in zip(common["lost_m3"], exponents, strict=True)]  # fmt: skip
        eased.append({"district": row["district"], "metres": round(spare, 1)})
    if eased:
        low, value, high = (float(it) for it in saved)
        yield _option(
            "sobriety", "sobriety", None,
            {"table": "district_metered_area", "ids": [it["district"] for it in eased],
             "lowered_m": [it["metres"] for it in eased]},
            (low, value, high), capex=_bounds(given, "water_cost_setting_eur", len(eased)),
            life=5.0, **common,
        )  # fmt: skip


def _repairs(territory: Territory, given: Parameters, common: Row) -> Iterator[Row]:
    """Yield an option a leak that runs, in the order of what a euro spares."""
    leaks = territory.geo("leak")
    alive = leaks[leaks["ended_at"].isna()] if len(leaks) else leaks
    lengths = dict(
        territory.sql("SELECT id, coalesce(length_m, ST_Length(geometry)) AS l FROM pipe")
        .to_pandas().itertuples(index=False)
    )  # fmt: skip
    days = [min(it, 365.0) for it in _bounds(given, "leak_runs_days")]
    rows = []
    for leak in alive.to_dict("records"):
        zone = list(json.loads(leak["zone"]) if isinstance(leak["zone"], str) else leak["zone"])
        km = sum(lengths.get(pipe, 0.0) for pipe in zone) / 1000.0
        chance = float(leak["probability"] or 0.0)
        flows = (leak["flow_low"], leak["flow_m3_h"], leak["flow_high"])
        saved = [chance * 24.0 * q * d for q, d in zip(flows, days, strict=True)]
        # Half of a zone is listened to, on average, before a leak is heard; then it is repaired.
        capex = [
            0.5 * km * listen + chance * repair
            for listen, repair in zip(_bounds(given, "water_cost_listening_eur_km"),
                                      _bounds(given, "water_repair_eur"), strict=True)
        ]  # fmt: skip
        rows.append((saved[1] / max(capex[1], 1.0), leak, zone, km, saved, capex))
    rows.sort(key=lambda row: (-row[0], row[1]["id"]))
    for rank, (_, leak, zone, km, saved, capex) in enumerate(rows[:MOST_LEAKS], 1):
        yield _option(
            "leak_repair", f"leak_repair-{leak['id']}",
            None if leak["geometry"] is None else leak["geometry"].wkb,
            {"table": "pipe", "ids": zone, "count": len(zone), "leak": leak["id"], "order": rank,
             "listen_m": round(1000.0 * km)},
            (saved[0], saved[1], saved[2]), capex=(capex[0], capex[1], capex[2]), life=1.0,
            **common,
        )  # fmt: skip


def _sensors(
    territory: Territory, figures: dict[Any, tuple[float, float, float]], given: Parameters,
    common: Row,
) -> Iterator[Row]:  # fmt: skip
    """Yield an option a further sensor, each worth what it adds to those before it."""
    import shapely

    from jumeau.worksites.water import completing, twin_reading
    from jumeau.worksites.water.placement.sensors import best_sensors

    wanted = round(given["water_sensors_wanted"].value)
    here = territory.sql(
        "SELECT entity FROM sensor WHERE property = 'pressure' AND entity IS NOT NULL"
    )["entity"].to_pylist()
    usual = given["water_breaks_km_year"].value / 1000.0
    for network in twin_reading.networks(territory) if wanted else ():
        try:
            reading = twin_reading.read(territory, network)
            completing.complete(territory, reading, given)
            net = reading.net
            breaks = {}
            for own, length in net.pipes["length_m"].items():
                twin = reading.links.to_twin.get(str(own), str(own))
                rate = figures.get(("water_break_rate", "pipe", twin))
                breaks[str(own)] = float(length) * usual if rate is None else rate[1]
            present = [reading.nodes.to_own[it] for it in here if it in reading.nodes.to_own]
            chosen = best_sensors(
                net, present, breaks, flow=given["leak_usual_flow_m3_h"].value,
                noise=given["leak_day_noise_m"].value, count=wanted,
            )  # fmt: skip
        except JumeauError:
            continue
        for rank, (own, item) in enumerate(chosen, 1):
            point = reading.points.get(own)
            twin = reading.nodes.to_twin.get(own, own)
            saved = item.saved_m3_year
            wide = given["leak_usual_flow_m3_h"]
            yield _option(
                "pressure_sensor", f"pressure_sensor-{network or 'rows'}-{rank}",
                None if point is None else shapely.to_wkb(shapely.Point(point)),
                {"table": "junction", "ids": [twin], "order": rank,
                 "days_to_place": round(item.days, 1)},
                (saved * wide.low / wide.value, saved, saved * wide.high / wide.value),
                capex=_bounds(given, "water_cost_sensor_eur"),
                opex=_bounds(given, "water_upkeep_sensor_eur"),
                life=given["water_life_sensor_years"].value, **common,
            )  # fmt: skip


def _renewals(territory: Territory, given: Parameters) -> pd.DataFrame:
    """Return the streets whose mains are worth renewing, where breaks to come can be told."""
    from jumeau.worksites.water.breaks import proposing

    try:
        return proposing.options(territory, given)
    except JumeauError:
        return none()


def effect(option: Any, scenario: Scenario, given: Parameters, count: int) -> dict[str, Floats]:
    """Return draws of an option's physical effect.

    Parameters
    ----------
    option : row of :func:`candidates`
        The option.
    scenario : Scenario
        Scenario, for what other modules propose.
    given : Parameters
        Parameters of the worksite, the scenario's in place.
    count : int
        Number of draws.

    Returns
    -------
    dict
        ``m3_year``, water lost once the option is carried out, ``saving_m3_year``, what it spares
        [m³/yr], ``kwh_year`` and ``saving_kwh_year``, the electricity that pumping it takes
        [kWh/yr]: (count,) arrays.

    Raises
    ------
    InvalidError
        ``JUM-H238`` when the option is not one of ours.

    Notes
    -----
    Losses of today and electricity by cubic metre are drawn once for all options.
    """
    physics = option.get("physics")
    if option.get("kind") == "renew_mains":
        from jumeau.worksites.water.breaks import proposing

        found = dict(proposing.effect(option, scenario, count))
        saved = found["saving_m3_year"]
        # The electricity of the water that breaks lose is a trifle beside their repair.
        return {**found, "kwh_year": np.zeros(count), "saving_kwh_year": np.zeros_like(saved)}
    if not isinstance(physics, Physics):
        raise error("JUM-H238", id=str(option.get("id", "")))
    lost = _drawn("water_lost", "", physics.lost_m3, count)
    saved = np.minimum(_drawn("water_saved", physics.id, physics.saved_m3, count), lost)
    pumped = _drawn("water_pump_specific", "", physics.kwh_m3, count)
    return {
        "m3_year": lost - saved,
        "saving_m3_year": saved,
        "kwh_year": pumped * (lost - saved),
        "saving_kwh_year": pumped * saved,
    }


def _drawn(
    driver: str, name: str, bounds: tuple[float, float, float], count: int
) -> NDArray[np.float64]:
    low, value, high = bounds
    if not high > low:
        return np.full(count, value)
    shares = random_draws.stratified(_SEED, driver, name, count)
    return np.asarray(random_draws.between(shares, value, low, high), dtype=np.float64)
