# SPDX-License-Identifier: EUPL-1.2
"""A small town with results written by hand, so that the page is tested apart from the worksites.

Facts come from files through ``Territory.add``; figures are round numbers that a test can expect
on the screen.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import piped
import shapely

import jumeau
from jumeau.base.contract import IndicatorSpec, RasterWindow
from jumeau.base.parameters import Parameter
from jumeau.twin.territory import Territory

LAMPS_FILE = "points_lumineux_du_bourg.geojson"
X0, Y0, SIDE, STEP = 770_100.0, 6_279_300.0, 480, 80
CRS = "EPSG:2154"
PUBLIC = 25
"""Buildings that are public: the first ones."""


def _spec(name: str, unit: str, label_fr: str, label_en: str, **more: str) -> IndicatorSpec:
    return IndicatorSpec(
        name=name,
        unit=unit,
        label_en=label_en,
        label_fr=label_fr,
        formula=more.get("formula", ""),
        method_en=more.get("method_en", f"{label_en}."),
        method_fr=more.get("method_fr", f"{label_fr}."),
        reference=more.get("reference", ""),
    )


SPECS = (
    _spec(
        "energy_kwh_year",
        "kWh/yr",
        "Énergie annuelle",
        "Yearly energy",
        formula="E = Σ P · h / 1000",
        method_fr="Puissance de chaque point, multipliée par ses heures d’allumage, puis sommée.",
        method_en="Power of each point times its burning hours, summed.",
        reference="EN 13201-5",
    ),
    _spec("cost_eur_year", "€/yr", "Coût annuel", "Yearly cost"),
    _spec("co2_t_year", "tCO2e/yr", "Émissions annuelles", "Yearly emissions"),
    _spec("luminaire_count", "", "Points lumineux", "Light points"),
    _spec("do_nothing", "", "Ne rien changer", "Change nothing"),
    _spec("part_night", "", "Extinction de 1 h à 5 h", "Off from 1 to 5 a.m."),
    _spec("led", "", "Passage en LED", "Change to LED"),
)


def lamps() -> gpd.GeoDataFrame:
    """Lamps along a grid of streets; type and power are known for some only."""
    rows = []
    for i in range(0, SIDE + 1, STEP):
        for d in range(10, SIDE, 40):
            rows += [(X0 + d, Y0 + i + 4.0), (X0 + i + 4.0, Y0 + d)]
    n = len(rows)
    kinds = np.array(["SHP", "LED", "IM", None], dtype=object)[np.arange(n) % 4]
    powers = np.where(np.arange(n) % 3 == 0, np.nan, 50.0 + 25.0 * (np.arange(n) % 5))
    return gpd.GeoDataFrame(
        {"id": [f"PL{i:03d}" for i in range(n)], "lamp_type": kinds, "power_w": powers},
        geometry=shapely.points(rows),
        crs=CRS,
    )


def _streets() -> gpd.GeoDataFrame:
    lines, names = [], []
    for k, i in enumerate(range(0, SIDE + 1, STEP)):
        lines += [
            shapely.LineString([(X0, Y0 + i), (X0 + SIDE, Y0 + i)]),
            shapely.LineString([(X0 + i, Y0), (X0 + i, Y0 + SIDE)]),
        ]
        names += [f"Rue des Écoles {k + 1}", f"Avenue du Pont {k + 1}"]
    ids = [f"V{i:02d}" for i in range(len(lines))]
    return gpd.GeoDataFrame({"id": ids, "name": names}, geometry=lines, crs=CRS)


def _blocks() -> gpd.GeoDataFrame:
    boxes = [
        shapely.box(X0 + i + 20, Y0 + j + 20, X0 + i + 50, Y0 + j + 55)
        for i in range(0, SIDE, STEP)
        for j in range(0, SIDE, STEP)
    ]
    ids = [f"B{i:02d}" for i in range(len(boxes))]
    public = [True] * PUBLIC + [False] * (len(boxes) - PUBLIC)
    facts = {"id": ids, "height_m": 9.0, "public": public}
    return gpd.GeoDataFrame(facts, geometry=boxes, crs=CRS)


def _districts() -> gpd.GeoDataFrame:
    half = SIDE / 2
    boxes = [
        shapely.box(X0 + i, Y0 + j, X0 + i + half, Y0 + j + half)
        for i, j in ((0, 0), (half, 0), (0, half), (half, half))
    ]
    names = ["Centre", "Les Cévennes", "La Gare", "Le Port"]
    return gpd.GeoDataFrame(
        {"id": ["Q1", "Q2", "Q3", "Q4"], "name": names}, geometry=boxes, crs=CRS
    )


def _light(points: gpd.GeoDataFrame) -> RasterWindow:
    """Light on the ground: a toy law, for its colours only."""
    n = SIDE + 60
    west, north = X0 - 30.5, Y0 + SIDE + 29.5
    x = west + 0.5 + np.arange(n)
    y = north - 0.5 - np.arange(n)
    values = np.zeros((n, n), dtype=np.float32)
    for lamp in points.geometry:
        near_x = np.flatnonzero(np.abs(x - lamp.x) < 40)
        near_y = np.flatnonzero(np.abs(y - lamp.y) < 40)
        square = (x[near_x] - lamp.x) ** 2 + (y[near_y, None] - lamp.y) ** 2
        values[np.ix_(near_y, near_x)] += 900 * 8 / (square + 64) ** 1.5
    bounds = (west, north - n, west + n, north)
    return RasterWindow(bounds=bounds, values=values)


def _figures() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []

    def put(scope: str, entity: str | None, kwh: float, count: int) -> None:
        rows.append(("energy_kwh_year", scope, entity, kwh, 0.8 * kwh, 1.25 * kwh, "kWh/yr", 0.45))
        rows.append(("luminaire_count", scope, entity, count, None, None, "", 0.0))

    put("territory", None, 60_000, 168)
    rows.append(("cost_eur_year", "territory", None, 11_400, 9_000, 14_500, "€/yr", 0.5))
    rows.append(("co2_t_year", "territory", None, 3.1, 2.4, 4.0, "tCO2e/yr", 0.5))
    for entity, kwh in (("HPS", 35_000), ("LED", 10_000), ("MH", 15_000)):
        put("lamp_type", entity, kwh, 42)
    for entity, kwh in (("Q1", 30_000), ("Q2", 12_000), ("Q3", 10_000), ("Q4", 8_000)):
        put("district", entity, kwh, 42)
    for i in range(14):
        put("street", f"V{i:02d}", 5_000 - 100 * i, 12)
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit", "estimated_share"]
    return pd.DataFrame(rows, columns=columns).assign(year=2026)


def _options() -> tuple[pd.DataFrame, pd.DataFrame]:
    options = pd.DataFrame(
        {
            "id": ["o-nothing", "o-night", "o-led"],
            "kind": ["do_nothing", "part_night", "led"],
            "year": 2027,
            "capex_eur": [0.0, 4_000.0, 90_000.0],
            "opex_eur_year": 0.0,
            "life_years": [10.0, 10.0, 20.0],
            "price_year": 2025,
        }
    )
    effects = []
    for option, saving, npv, co2, payback in (
        ("o-nothing", 0.0, 0.0, 0.0, None),
        ("o-night", 4_500.0, 34_000.0, 1.2, 0.9),
        ("o-led", 6_200.0, -2_500.0, 1.7, 14.5),
    ):
        for quantity, unit, mean in (
            ("saving_eur_year", "€/yr", saving),
            ("npv_eur", "€", npv),
            ("tco2e_year", "tCO2e/yr", co2),
            ("payback_years", "yr", payback),
        ):
            if mean is not None:
                spread = 0.2 * abs(mean)
                effects.append((option, quantity, unit, mean, mean - spread, mean + spread))
    columns = ["option_id", "quantity", "unit", "mean", "low", "high"]
    return options, pd.DataFrame(effects, columns=columns)


def _suppositions(points: gpd.GeoDataFrame) -> pd.DataFrame:
    without = points[points["power_w"].isna()]["id"]
    powers = pd.DataFrame({"entity": without, "attribute": "power_w", "value": 95.0})
    heights = pd.DataFrame({"entity": points["id"], "attribute": "height_m", "value": 8.0})
    return pd.concat([powers, heights]).assign(
        table="luminaire",
        low=lambda rows: 0.7 * rows["value"],
        high=lambda rows: 1.4 * rows["value"],
        text=None,
        method="Médiane des inventaires publiés.",
    )


def build(folder: Path) -> Path:
    """Write the town below a folder; return the folder of the territory."""
    files = folder / "files"
    files.mkdir()
    territory = jumeau.create(folder / "bourg.jumeau", name="Le Bourg", insee=["34172"])
    points = lamps()
    for name, table, frame in (
        (LAMPS_FILE, "luminaire", points),
        ("voies.geojson", "street", _streets()),
        ("batiments.geojson", "building", _blocks()),
        ("quartiers.geojson", "district", _districts()),
    ):
        frame.to_file(files / name, driver="GeoJSON")
        territory.add(
            files / name,
            table=table,
            publisher="Ville du Bourg",
            title=name.partition(".")[0].replace("_", " ").capitalize(),
            licence="Licence Ouverte 2.0",
            vintage="2026",
        )
    _record(territory, points)
    _flood(territory)
    _energy(territory)
    _meters(territory, files)
    piped.lay(territory, X0, Y0)
    path = territory.path
    territory.close()
    return path


def _record(territory: Territory, points: gpd.GeoDataFrame) -> None:
    price = Parameter(
        name="electricity_price",
        value=0.19,
        low=0.15,
        high=0.24,
        unit="€/kWh",
        price_year=2025,
        source="",
        checked_on="",
        confidence="low",
        default=True,
        label_en="Price of electricity",
        label_fr="Prix de l’électricité",
    )
    options, effects = _options()
    with territory.recording(
        "lighting", parameters={"electricity_price": price}, methods=SPECS
    ) as run:
        run.reads("luminaire", "street")
        run.add_estimates(_suppositions(points))
        run.add_indicators(_figures())
        run.add_options(options.assign(worksite="lighting"))
        run.add_effects(effects)
        run.put_raster("illuminance", [_light(points)])


FLOOD = (
    _spec("climate_buildings", "1", "Bâtiments touchés", "Buildings touched"),
    _spec("climate_streets", "km", "Voies sous l'eau", "Streets under water"),
    _spec("climate_flooded_area", "ha", "Sol sous l'eau", "Ground under water"),
    _spec("climate_depth", "m", "Hauteur d'eau", "Depth of water"),
)
CARD = {
    "event": {"fr": "60 mm en 1 h", "en": "60 mm in 1 h"},
    "shown": [
        {
            "label_fr": "Modèle",
            "label_en": "Model",
            "text_fr": "inertiel local",
            "text_en": "local inertial",
        },
        {
            "label_fr": "Erreur du bilan d'eau",
            "label_en": "Error of the water balance",
            "text_fr": "3e−8",
            "text_en": "3e−8",
        },
    ],
}
MOMENTS = (600.0, 1800.0, 5400.0)


def _water(share: float) -> RasterWindow:
    """Water that rises from the south: a depth of 2 m at most."""
    n = SIDE + 60
    west, north = X0 - 30.5, Y0 + SIDE + 29.5
    rows = np.linspace(-2.0, 2.0 * share, n, dtype=np.float32).clip(0)[:, None]
    return RasterWindow(
        bounds=(west, north - n, west + n, north), values=np.repeat(rows, n, axis=1)
    )


def _flood(territory: Territory) -> None:
    rows: list[tuple[object, ...]] = [
        ("climate_buildings", "territory", "", 12, 9, 15, "1"),
        ("climate_streets", "territory", "", 1.4, 1.1, 1.6, "km"),
        ("climate_flooded_area", "territory", "", 6.5, 6.0, 7.1, "ha"),
    ]
    for i in range(12):
        depth = 1.2 - 0.1 * i
        rows.append(
            ("climate_depth", "building", f"B{i:02d}", depth, depth - 0.1, depth + 0.1, "m")
        )
    rows.append(("climate_depth", "street", "V00", 0.6, 0.5, 0.7, "m"))
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit"]
    figures = pd.DataFrame(rows, columns=columns).assign(year=2026, estimated_share=0.0)
    with territory.recording("climate", methods=FLOOD) as run:
        run.describes(**CARD)
        run.add_indicators(figures)
        run.put_raster("water_depth", [_water(1.0)])
        for k, moment in enumerate(MOMENTS):
            run.put_raster("water_depth", [_water((k + 1) / 4)], moment)
        run.put_raster("water_speed", [_water(0.5)])


ENERGY = (
    _spec("buildings_count", "1", "Bâtiments", "Buildings"),
    _spec("buildings_heating_kwh", "kWh/yr", "Besoin de chauffage", "Heating need"),
    _spec("buildings_cooling_kwh", "kWh/yr", "Besoin de froid", "Cooling need"),
    _spec("buildings_final_kwh", "kWh/yr", "Énergie finale", "Final energy", formula="E = Q/η"),
    _spec(
        "buildings_final_kwh_m2",
        "kWh/(m²·yr)",
        "Énergie finale au mètre carré",
        "Final energy a square metre",
    ),
    _spec("buildings_discomfort_h", "h/yr", "Heures d'inconfort", "Hours of discomfort"),
)


def _energy(territory: Territory) -> None:
    """Buildings from 20 to 500 kWh/m²; one in three rests mostly on estimates."""
    rows: list[tuple[object, ...]] = []

    def put(name: str, scope: str, entity: str, value: float, unit: str, share: float) -> None:
        rows.append((name, scope, entity, value, 0.7 * value, 1.4 * value, unit, share))

    for scope, entity, size in (("territory", "", 3.0), ("public", "yes", 1.0)):
        put("buildings_heating_kwh", scope, entity, 640_000 * size, "kWh/yr", 0.4)
        put("buildings_final_kwh", scope, entity, 1_160_000 * size, "kWh/yr", 0.4)
        put("buildings_discomfort_h", scope, entity, 48, "h/yr", 0.4)
        rows.append(("buildings_count", scope, entity, PUBLIC * size, None, None, "1", 0.0))
    for carrier, value in (("gas", 700_000), ("electricity", 400_000), ("oil", 60_000)):
        put("buildings_final_kwh", "carrier", carrier, value, "kWh/yr", 0.4)
    for k in range(36):
        key, share = f"B{k:02d}", (0.1, 0.3, 0.8)[k % 3]
        put("buildings_final_kwh_m2", "building", key, 20 + 13.5 * k, "kWh/(m²·yr)", share)
        put("buildings_final_kwh", "building", key, 90_000 - 2_000 * k, "kWh/yr", share)
        put("buildings_heating_kwh", "building", key, 60_000 - 1_000 * k, "kWh/yr", share)
    for month in range(12):
        cold = max(0.0, np.cos(2 * np.pi * month / 12))
        hot = max(0.0, -np.cos(2 * np.pi * month / 12) - 0.5)
        for scope, entity in (("month", ""), ("building_month", "B00/")):
            at = f"{entity}{month + 1:02d}"
            put("buildings_heating_kwh", scope, at, 100_000 * cold, "kWh", 0.4)
            put("buildings_cooling_kwh", scope, at, 9_000 * hot, "kWh", 0.4)
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit", "estimated_share"]
    with territory.recording("buildings", methods=ENERGY) as run:
        run.reads("building")
        run.describes(shown=CARD["shown"])
        run.add_indicators(pd.DataFrame(rows, columns=columns).assign(year=2026))


def _meters(territory: Territory, files: Path) -> None:
    """Write the gas meter of B00: a year of days, with a hole in March and zeros in August."""
    days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    values = 100 + 80 * np.cos(2 * np.pi * (days.dayofyear.to_numpy() - 15) / 365)
    values[days.month == 8] = 0.0
    kept = ~((days.month == 3) & (days.day > 10))
    sensor = pd.DataFrame(
        {
            "id": ["G1"], "name": ["Compteur gaz"], "property": ["gas_consumption"],
            "unit": ["kWh"], "table": ["building"], "entity": ["B00"], "interval_s": [86_400.0],
            "x": [X0 + 35], "y": [Y0 + 35],
        }
    )  # fmt: skip
    sensor.to_csv(files / "compteurs.csv", sep=";", index=False)
    territory.add(files / "compteurs.csv", "sensor", source_crs=CRS)
    readings = pd.DataFrame(
        {
            "sensor_id": "G1", "property": "gas_consumption", "unit": "kWh",
            "time": [f"{day:%Y-%m-%d}T00:00:00+01:00" for day in days], "value": values.round(1),
        }
    )[kept]  # fmt: skip
    readings.to_csv(files / "releves.csv", sep=";", index=False)
    territory.add(files / "releves.csv", "observation")


def build_empty(folder: Path) -> Path:
    """Write a territory that holds nothing yet."""
    territory = jumeau.create(folder / "vide.jumeau", name="Le Vide", insee=["34172"])
    path = territory.path
    territory.close()
    return path


def build_plain(folder: Path) -> Path:
    """Write a territory of streets and buildings: no lamp, no raster, nothing computed."""
    territory = jumeau.create(folder / "nu.jumeau", name="Le Nu", insee=["34172"])
    for name, table in (("voies.geojson", "street"), ("batiments.geojson", "building")):
        territory.add(folder / "files" / name, table=table)
    path = territory.path
    territory.close()
    return path
