# SPDX-License-Identifier: EUPL-1.2
"""A territory with two networks, their pipes, and tables as a service would hand them over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from jumeau.twin import territory as twin
from jumeau.twin.territory import Territory

X, Y = 652_000.0, 6_862_000.0
TODAY = "2026-11-22"
VOLUMES = {
    "produit": 180_000, "importé": 0, "exporté": 0, "VP.063": 112_000, "VP.201": 6_000,
    "sans comptage": 3_000, "volume de service": 2_000,
}  # fmt: skip


def pipes(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return pipes as long as they say in ``km``; the longest bend more than they are drawn."""
    lines = [
        shapely.LineString([(X + 20 * k, Y), (X + 20 * k, Y + 1000 * min(row["km"], 60.0))])
        for k, row in enumerate(rows)
    ]
    facts = [
        {name: value for name, value in row.items() if name != "km"}
        | {"length_m": 1000 * row["km"] if row["km"] > 60 else None}
        for row in rows
    ]
    return gpd.GeoDataFrame(facts, geometry=lines, crs="EPSG:2154")


@pytest.fixture
def town(tmp_path: Path) -> Territory:
    """Return an empty territory."""
    return twin.create(tmp_path / "t.jumeau", name="Essai", crs="EPSG:2154", insee=["50129"])


@pytest.fixture
def lay(town: Territory, tmp_path: Path) -> Callable[[list[dict[str, Any]]], None]:
    """Return what lays pipes in the territory."""

    def laying(rows: list[dict[str, Any]]) -> None:
        path = tmp_path / "conduites.gpkg"
        pipes(rows).to_file(path)
        names = ("id", "network_id", "material", "diameter_mm", "installed_from", "installed_to",
                 "laid_for")  # fmt: skip
        mapping = {name: name for name in names if any(name in row for row in rows)}
        mapping["length_m"] = "length_m"
        town.add(path, "pipe", mapping)

    return laying


@pytest.fixture
def declare(town: Territory, tmp_path: Path) -> Callable[..., None]:
    """Return what declares volumes or facts of a year in a CSV with French headers."""
    count = iter(range(1000))

    def declaring(table: str, facts: dict[str, Any], year: int = 2024, network: str = "") -> None:
        path = tmp_path / f"{table}{next(count)}.csv"
        head = {"water_volume": "grandeur;volume (m3)", "water_knowledge": "element;valeur"}[table]
        lines = [f"reseau;annee;{head}"]
        lines += [f"{network};{year};{name};{value}" for name, value in facts.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        town.add(path, table)

    return declaring


@pytest.fixture
def village(town: Territory, lay: Any, declare: Any) -> Territory:
    """Return a village of 61.5 km whose yield is 68.33 %, asked for 66.10 %."""
    lay(
        [
            {"id": "a", "km": 40.0, "material": "Fonte", "diameter_mm": 100.0,
             "installed_from": 1962, "installed_to": 1965, "laid_for": None},
            {"id": "b", "km": 15.5, "material": "PVC", "diameter_mm": 80.0,
             "installed_from": 1984, "installed_to": 1984, "laid_for": None},
            {"id": "c", "km": 3.0, "material": "Inconnu", "diameter_mm": 80.0,
             "installed_from": 2021, "installed_to": 2021, "laid_for": "renewal"},
            {"id": "d", "km": 2.0, "material": "PEHD", "diameter_mm": 63.0,
             "installed_from": 2022, "installed_to": 2022, "laid_for": "creation"},
            {"id": "e", "km": 1.0, "material": "PEHD", "diameter_mm": 63.0,
             "installed_from": 2023, "installed_to": 2023, "laid_for": None},
        ]
    )  # fmt: skip
    declare("water_volume", VOLUMES)
    return town
