# SPDX-License-Identifier: EUPL-1.2
"""Small stocks and territories for the tests of the lighting worksite."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.twin.territory import Territory
from jumeau.worksites.lighting import inventory
from jumeau.worksites.lighting.inventory import Inventory


def _load(name: str) -> None:
    """Make a module of this folder importable by its name: the plain twins of the kernels."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


_load("light_twin")

COLUMNS = (
    "height_m", "power_w", "lamp_type", "cct_k", "flux_lm", "photometry", "support", "cabinet_id",
    "street_id", "installed_on", "source_id", "tilt_deg", "azimuth_deg",
)  # fmt: skip
ORIGIN = (770000.0, 6279000.0)


def lamp_rows(x: Any, y: Any, **facts: Any) -> pd.DataFrame:
    """Return rows of ``luminaire`` at positions, with the facts given."""
    rows = pd.DataFrame({"id": [f"L{k:05d}" for k in range(len(x))]})
    rows["geometry"] = shapely.to_wkb(shapely.points(np.asarray(x, float), np.asarray(y, float)))
    for name in COLUMNS:
        rows[name] = facts.get(name)
    return rows


@pytest.fixture
def rows() -> Callable[..., pd.DataFrame]:
    """Make rows of ``luminaire`` at positions, with the facts given."""
    return lamp_rows


@pytest.fixture
def park() -> Callable[..., Inventory]:
    """Make an inventory of n lamps with the facts given, in the year given."""

    def make(count: int, year: float = np.nan, **facts: Any) -> Inventory:
        rows = lamp_rows(ORIGIN[0] + 10.0 * np.arange(count), np.full(count, ORIGIN[1]), **facts)
        if not np.isnan(year):
            rows["source_id"] = "s"
        return inventory.from_frame(rows, {"s": year})

    return make


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Territory]:
    """Two streets, two districts, two cabinets and 24 lamps of which half are described."""
    territory = jumeau.create(tmp_path / "village.jumeau", name="Le Village")
    x0, y0 = ORIGIN
    lamps = lamp_rows(
        np.concatenate((x0 + 25.0 * np.arange(12), np.full(12, x0 + 400.0))),
        np.concatenate((np.full(12, y0 + 5.0), y0 + 25.0 * np.arange(12))),
        support=["Candélabre"] * 23 + ["PROJECTEUR"],
        lamp_type=["HPS"] * 8 + ["LED"] * 4 + [None] * 12,
        power_w=[114.0] * 8 + [36.0] * 4 + [None] * 12,
        height_m=[8.0] * 12 + [None] * 12,
        cabinet_id=["A1"] * 12 + ["A2"] * 12,
    )
    streets = pd.DataFrame(
        {
            "id": ["S1", "S2"],
            "name": ["Avenue de la Mer", "Rue Basse"],
            "geometry": shapely.to_wkb(
                [
                    shapely.LineString([(x0 - 20, y0), (x0 + 300, y0)]),
                    shapely.LineString([(x0 + 394, y0 - 20), (x0 + 394, y0 + 300)]),
                ]
            ),
        }
    )
    districts = pd.DataFrame(
        {
            "id": ["D1", "D2"],
            "geometry": shapely.to_wkb(
                [
                    shapely.box(x0 - 50, y0 - 50, x0 + 350, y0 + 350),
                    shapely.box(x0 + 350, y0 - 50, x0 + 500, y0 + 350),
                ]
            ),
        }
    )
    cabinets = pd.DataFrame(
        {
            "id": ["A1", "A2"],
            "schedule": ["Coupure 23h-5h", None],
            "geometry": shapely.to_wkb(shapely.points([[x0, y0], [x0 + 400, y0]])),
        }
    )
    with territory.transaction("village") as tx:
        for name, rows in (
            ("luminaire", lamps), ("street", streets), ("district", districts),
            ("cabinet", cabinets),
        ):  # fmt: skip
            tx.insert(name, rows)
    yield territory
    territory.close()
