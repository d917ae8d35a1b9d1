# SPDX-License-Identifier: EUPL-1.2
"""A hand-made town of known content, for the tests of the faces."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import shapely
from rasterio.io import MemoryFile

import jumeau
from jumeau.base.contract import FieldSpec, IndicatorSpec, RasterWindow
from jumeau.base.findings import finding
from jumeau.base.parameters import Parameter
from jumeau.twin.territory import Territory

X, Y = 770_000.0, 6_280_000.0
"""South-west corner, near Montpellier [m, Lambert-93]."""
TYPES = ("LED", "HPS", None)
ENERGY = IndicatorSpec(
    "lighting_energy_kwh", "kWh/yr", "Electricity of lighting", "Électricité de l'éclairage",
    "Σ P · h", "Power times burning hours", "Puissance par durée d'allumage", "EN 13201-5", 1,
)  # fmt: skip
SWITCH_OFF = IndicatorSpec(
    "part_night", "", "Part-night switch-off", "Extinction en cœur de nuit",
    "", "Lamps off from 0 to 5 h", "Lampes éteintes de 0 h à 5 h",
)  # fmt: skip
WORKSITE = SimpleNamespace(
    name="lighting",
    label_en="Public lighting",
    label_fr="Éclairage public",
    fields=(
        FieldSpec("luminaire.power_w", "table", "in", "W", "Power", "Puissance"),
        FieldSpec("illuminance", "raster", "out", "lx", "Illuminance", "Éclairement"),
    ),
    indicators=(ENERGY,),
)


def luminaires(count: int = 300, start: int = 0) -> pd.DataFrame:
    """Lamps on a grid of 20 m; every third type and power is not known."""
    number = np.arange(start, start + count)
    x, y = X + 20.0 * (number % 50), Y + 20.0 * (number // 50)
    return pd.DataFrame(
        {
            "id": [f"lamp/{i:05d}" for i in number],
            "geometry": shapely.to_wkb(shapely.points(x, y)),
            "lamp_type": [TYPES[i % 3] for i in number],
            "power_w": [None if i % 3 == 2 else 50.0 + i % 7 for i in number],
            "street_id": [f"s{i % 3}" for i in number],
            "source_id": "src-lamps",
        }
    )


def build(path: Path) -> Territory:
    """Write the town and a run on it."""
    town = jumeau.create(path, name="Bourg-l'Étang", insee=["34172"])
    streets = pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(3)],
            "name": ["rue de l'Église", "rue Haute", None],
            "geometry": shapely.to_wkb(
                [
                    shapely.LineString([(X, Y + 10 + 200 * i), (X + 1000, Y + 10 + 200 * i)])
                    for i in range(3)
                ]
            ),
        }
    )
    squares = [shapely.box(X + 30 * i, Y + 300, X + 30 * i + 12, Y + 310) for i in range(20)]
    buildings = pd.DataFrame(
        {
            "id": [f"b{i}" for i in range(20)],
            "geometry": shapely.to_wkb(squares),
            "floors": [1 + i % 4 for i in range(20)],
            "public": [i == 0 for i in range(20)],
        }
    )
    districts = pd.DataFrame(
        {
            "id": ["north"],
            "name": ["Nord"],
            "geometry": shapely.to_wkb([shapely.box(X - 50, Y - 50, X + 1050, Y + 650)]),
        }
    )
    sources = pd.DataFrame(
        {
            "id": ["src-lamps"],
            "table": ["luminaire"],
            "file": ["lampes.gpkg"],
            "sha256": ["ab" * 32],
            "title": ["Points lumineux"],
            "publisher": ["Ville de Bourg-l'Étang"],
            "licence": ["Licence Ouverte 2.0"],
            "vintage": ["2025"],
            "imported_at": pd.to_datetime(["2026-01-02T03:04:05Z"]),
        }
    )
    with town.transaction("import") as tx:
        tx.insert("source", sources)
        tx.insert("luminaire", luminaires())
        tx.insert("street", streets)
        tx.insert("building", buildings)
        tx.insert("district", districts)
    _run(town)
    return town


def _run(town: Territory) -> None:
    lamps = luminaires()
    unknown = lamps[lamps["power_w"].isna()]["id"]
    price = Parameter(
        name="price",
        value=0.21,
        low=0.18,
        high=0.24,
        unit="€/kWh",
        price_year=2025,
        source="facture 2025",
        checked_on="2026-01-05",
        confidence="high",
        default=True,
        label_en="Price of electricity",
        label_fr="Prix de l'électricité",
    )
    with town.recording(
        "lighting", parameters={"price": price}, methods=(ENERGY, SWITCH_OFF), seed=1
    ) as record:
        record.reads("luminaire", "street")
        record.add_findings(
            [finding("JUM-T130", "luminaire", "src-lamps", title="Points lumineux")]
        )
        for attribute, value, text in (("power_w", 70.0, None), ("lamp_type", None, "HPS")):
            record.add_estimates(
                pd.DataFrame(
                    {
                        "table": "luminaire",
                        "entity": unknown,
                        "attribute": attribute,
                        "value": value,
                        "low": None if value is None else 50.0,
                        "high": None if value is None else 100.0,
                        "text": text,
                        "method": "prior",
                    }
                )
            )
        record.add_indicators(
            pd.DataFrame(
                {
                    "id": ["i-town", "i-north", "i-s0", "i-led"],
                    "indicator": ENERGY.name,
                    "scope": ["territory", "district", "street", "lamp_type"],
                    "entity": [None, "north", "s0", "LED"],
                    "year": 2025,
                    "value": [12000.5, 11000.0, 4000.0, 2000.0],
                    "low": [10000.0, 9000.0, 3000.0, 2000.0],
                    "high": [15000.0, 13000.0, 5000.0, 2000.0],
                    "unit": "kWh/yr",
                    "estimated_share": [0.4, 0.4, 0.4, 0.0],
                }
            )
        )
        record.add_options(
            pd.DataFrame(
                {
                    "id": ["o/1"],
                    "worksite": ["lighting"],
                    "kind": ["part_night"],
                    "year": [2027],
                    "capex_eur": [1500.0],
                    "opex_eur_year": [0.0],
                    "life_years": [15.0],
                    "price_year": [2025],
                }
            )
        )
        record.add_effects(
            pd.DataFrame(
                {
                    "option_id": ["o/1", "o/1"],
                    "quantity": ["saving_kwh_year", "npv_eur"],
                    "unit": ["kWh/yr", "€"],
                    "mean": [5000.0, 9000.0],
                    "low": [4000.0, 7000.0],
                    "high": [6000.0, 11000.0],
                }
            )
        )
        record.put_raster("illuminance", [light()])


def light() -> RasterWindow:
    """Light that grows eastwards: 0 lx on the west edge, 60 lx on the east one; a dark corner."""
    bounds = (X - 0.5, Y - 0.5, X + 599.5, Y + 399.5)
    values = np.tile(np.linspace(0, 60, 600, dtype=np.float32), (400, 1))
    values[:50, :50] = np.nan
    return RasterWindow(bounds, values)


def rgba(content: bytes) -> np.ndarray:
    """Return the pixels of an indexed PNG, as GDAL reads them."""
    with MemoryFile(content) as memory, memory.open(driver="PNG") as picture:
        index = picture.read(1)
        table = picture.colormap(1)
    return np.array([[table[int(value)] for value in row] for row in index])
