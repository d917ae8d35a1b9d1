# SPDX-License-Identifier: EUPL-1.2
"""Layers go to the worksite that computes them, facts to none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from jumeau.api import belonging
from jumeau.base import plugins
from jumeau.base.contract import FieldSpec


def test_the_lamps_are_those_of_lighting_and_the_streets_of_all() -> None:
    assert belonging.of_table("luminaire") == "lighting"
    assert belonging.of_table("cabinet") == "lighting"
    assert belonging.of_table("street") is None
    assert belonging.of_table("building") is None


def test_a_worksite_of_others_brings_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = (
        FieldSpec("well.depth_m", "table", "in", "m", "Depth", "Profondeur"),
        FieldSpec("street.name", "table", "optional", "", "Name", "Nom"),
        FieldSpec("head", "raster", "out", "m", "Head", "Charge"),
        FieldSpec("dtm", "raster", "in", "m", "Terrain", "Terrain"),
    )
    other = {"wells": SimpleNamespace(fields=fields)}
    monkeypatch.setattr(plugins, "load_all", lambda _: other)
    assert belonging.of_table("well") == "wells"
    assert belonging.of_raster("head") == "wells"
    assert belonging.of_raster("dtm") is None
    assert belonging.of_raster("unknown") is None


def test_what_two_worksites_write_belongs_to_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = FieldSpec("heat", "raster", "out", "°C", "Heat", "Chaleur")
    both = {name: SimpleNamespace(fields=(spec,)) for name in ("one", "two")}
    monkeypatch.setattr(plugins, "load_all", lambda _: both)
    assert belonging.of_raster("heat") is None


def test_the_page_is_told(client: TestClient) -> None:
    answer = client.get("/api/territory").json()
    tables = {table["name"]: table["worksite"] for table in answer["tables"]}
    assert tables["luminaire"] == "lighting"
    assert tables["street"] is None
    assert {raster["layer"]: raster["worksite"] for raster in answer["rasters"]} == {
        "illuminance": "lighting"
    }
