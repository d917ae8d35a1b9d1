# SPDX-License-Identifier: EUPL-1.2
"""A lit hamlet with results written by hand: two nights, streets beside their class, photometries.

Four streets: one conforms to the class that the authority chose, one falls short of a proposed
class, one could not be computed and says why, one is dark. Three lamps: a maker's file, a generic
distribution, a name that the twin does not hold.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import jumeau
from jumeau.base.contract import IndicatorSpec, RasterWindow
from jumeau.base.findings import finding
from jumeau.worksites import lighting

CRS = "EPSG:2154"
X0, Y0, SIDE = 770_100.0, 6_279_300.0, 300
FILE = "LANTERNE_36.ldt"
SHARE = 0.4
"""What the light after is of the light before."""

QUANTITIES = (
    ("lav", "cd/m²", "Luminance moyenne", "Average luminance"),
    ("uo", "1", "Uniformité générale", "Overall uniformity"),
    ("ul", "1", "Uniformité longitudinale", "Longitudinal uniformity"),
    ("fti", "%", "Éblouissement", "Glare"),
    ("rei", "1", "Abords", "Edge"),
    ("eav", "lx", "Éclairement moyen", "Average illuminance"),
    ("emin", "lx", "Éclairement minimal", "Minimum illuminance"),
    ("uh", "1", "Uniformité", "Uniformity"),
    ("dp", "W/(lx·m²)", "Densité de puissance", "Power density"),
    ("de", "kWh/(m²·yr)", "Consommation annuelle", "Yearly consumption"),
)
ROADS = {
    # M4, chosen: conforms, its average luminance perhaps not.
    "V1": (0.9, 0.5, 0.7, 9.0, 0.45, 12.0, 4.0, 0.33, 0.031, 2.4),
    # M3, proposed: luminance surely too low, glare perhaps too strong.
    "V2": (0.4, 0.45, 0.65, 16.0, 0.5, 6.0, 2.1, 0.35, 0.052, 1.9),
}


def _spec(name: str, unit: str, fr: str, en: str) -> IndicatorSpec:
    return IndicatorSpec(
        name=name, unit=unit, label_en=en, label_fr=fr, formula="", method_en=f"{en}.",
        method_fr=f"{fr}.", reference="EN 13201-3:2015",
    )  # fmt: skip


SPECS = (
    *(_spec(f"lighting_road_{name}", unit, fr, en) for name, unit, fr, en in QUANTITIES),
    _spec("lighting_road_spacing", "m", "Espacement des luminaires", "Spacing of luminaires"),
    _spec("lighting_road_height", "m", "Hauteur des luminaires", "Height of luminaires"),
    _spec("lighting_electricity", "kWh/yr", "Électricité annuelle", "Yearly electricity"),
    _spec("led", "", "Passage en LED", "Replacement by LED"),
)


CARD = [
    {
        "label_fr": "Obstacles",
        "label_en": "Obstacles",
        "text_fr": "modèle de surface du jumeau",
        "text_en": "surface model of the twin",
    }
]


def _light() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return sum(
        200.0 * 8 / ((x - cx) ** 2 + (y - cy) ** 2 + 64) ** 1.0
        for cx in range(30, SIDE, 60)
        for cy in (75, 150, 225)
    ).astype(np.float32)


def _figures() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        ("lighting_electricity", "territory", "", 9_000.0, 7_000.0, 11_000.0, "kWh/yr", 0.3)
    ]
    for street, values in ROADS.items():
        for (name, unit, _, _), value in zip(QUANTITIES, values, strict=True):
            spread = 0.2 if name in ("lav", "fti") else 0.05
            ends = value * (1 - spread), value * (1 + spread)
            rows.append((f"lighting_road_{name}", "street", street, value, *ends, unit, 0.6))
    rows += [
        ("lighting_road_spacing", "street", "V2", 30.0, 28.0, 31.0, "m", 0.0),
        ("lighting_road_height", "street", "V2", 8.0, 6.4, 9.6, "m", 1.0),
    ]
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit", "estimated_share"]
    return pd.DataFrame(rows, columns=columns).assign(year=2026)


def _supposed() -> pd.DataFrame:
    rows = [
        ("street", "V2", "lighting_class", None, "M3", "Proposée d'après la voie."),
        ("street", "V3", "lighting_class", None, "M5", "Proposée d'après la voie."),
        ("street", "V2", "width_m", 6.0, None, "Largeur usuelle."),
        ("luminaire", "L2", "lamp_type", None, "HPS", "Famille la plus répandue."),
        ("luminaire", "L2", "photometry", None, "generic/road", "Générique."),
        ("luminaire", "L2", "height_m", 8.0, None, "Usuelle."),
        ("luminaire", "L3", "height_m", 8.0, None, "Usuelle."),
    ]
    columns = ["table", "entity", "attribute", "value", "text", "method"]
    return pd.DataFrame(rows, columns=columns).assign(low=lambda r: r["value"] * 0.8,
                                                      high=lambda r: r["value"] * 1.2)  # fmt: skip


def build(folder: Path) -> Path:
    """Write the hamlet below a folder; return the folder of the territory."""
    files = folder / "lit"
    files.mkdir(parents=True)
    territory = jumeau.create(folder / "hameau.jumeau", name="Le Hameau", insee=["34172"])
    lines = [
        shapely.LineString([(X0, Y0 + at), (X0 + SIDE, Y0 + at)]) for at in (75, 150, 225, 290)
    ]
    streets = {
        "id": ["V1", "V2", "V3", "V4"],
        "name": ["Rue Claire", "Rue du Port", "Rue Courbe", "Chemin Noir"],
        "lighting_class": ["M4", None, None, None],
    }
    lamps = {
        "id": ["L1", "L2", "L3"],
        "lamp_type": ["LED", None, "LED"],
        "photometry": [FILE, None, "INCONNUE_12.ldt"],
        "street_id": ["V1", "V2", "V2"],
        "power_w": [36.0, 100.0, 50.0],
    }
    points = [shapely.Point(X0 + 30, Y0 + at) for at in (75, 150, 152)]
    generic = lighting.generic_photometry("LED 36W 3000K")
    measured = replace(generic, name="Lanterne 36", generic=False, spread=0.0)
    lighting.write_ldt(measured, files / FILE)
    for name, facts, shapes in (("street", streets, lines), ("luminaire", lamps, points)):
        gpd.GeoDataFrame(facts, geometry=shapes, crs=CRS).to_file(
            files / f"{name}.geojson", driver="GeoJSON"
        )
        territory.add(files / f"{name}.geojson", table=name, publisher="Ville du Hameau")
    territory.add(files / FILE, table="photometry")
    bounds = (X0 - 0.5, Y0 + 0.5, X0 + SIDE - 0.5, Y0 + SIDE + 0.5)
    light = _light()
    option = pd.DataFrame(
        {
            "id": ["o-led"], "kind": ["led"], "year": 2027, "capex_eur": [9_000.0],
            "opex_eur_year": 0.0, "life_years": 20.0, "price_year": 2025, "worksite": "lighting",
        }
    )  # fmt: skip
    with territory.recording("lighting", methods=SPECS) as run:
        run.reads("luminaire", "street")
        run.describes(after={"option": "led"}, shown=CARD)
        run.add_estimates(_supposed())
        run.add_indicators(_figures())
        run.add_options(option)
        run.add_findings([finding("JUM-L081", "street", "V3", turn=34)])
        run.put_raster("illuminance", [RasterWindow(bounds=bounds, values=light)])
        run.put_raster("illuminance_after", [RasterWindow(bounds=bounds, values=SHARE * light)])
    path = territory.path
    territory.close()
    return path
