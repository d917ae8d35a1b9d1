# SPDX-License-Identifier: EUPL-1.2
"""Fixtures of the sources: read a file as the twin would, write small files that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.base.contract import ImportRequest, Intake
from jumeau.sources.files import SOURCE
from jumeau.twin import schema

# Montpellier, in Lambert-93.
X0, Y0 = 770_000.0, 6_280_000.0


class Reading:
    """An intake with what tests ask of it."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.codes = {item.code: item for item in intake.findings}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.intake, name)

    def column(self, name: str) -> list[Any]:
        return self.intake.table.column(name).to_pylist()

    def data(self, code: str) -> dict[str, Any]:
        return self.codes[code].data

    @property
    def shapes(self) -> np.ndarray:
        import shapely

        return shapely.from_wkb(self.intake.table.column("geometry").to_numpy(zero_copy_only=False))


@pytest.fixture
def read() -> Callable[..., Reading]:
    """Return a function that reads a file into a table or a raster layer."""

    def reading(
        file: str | Path,
        table: str,
        mapping: dict[str, str] | None = None,
        crs: str = "EPSG:2154",
        **options: Any,
    ) -> Reading:
        layer = table if table in schema.layers() else None
        declared = None if layer else schema.table(table)
        request = ImportRequest(str(file), declared, layer, crs, mapping, options)
        return Reading(SOURCE.read(request))

    return reading


@pytest.fixture
def lamps() -> Any:
    """Return forty lamps of Montpellier as a GeoDataFrame in Lambert-93."""
    import geopandas as gpd
    import shapely

    rng = np.random.default_rng(0)
    xy = np.round(rng.uniform(0, 500, (40, 2)), 2) + np.array([X0, Y0])
    return gpd.GeoDataFrame(
        {
            "id": [f"PL{number:03d}" for number in range(40)],
            "puissance": rng.integers(40, 250, 40),
            "lampe": rng.choice(["SHP", "LED", "IM", "BF"], 40),
        },
        geometry=shapely.points(xy),
        crs="EPSG:2154",
    )
