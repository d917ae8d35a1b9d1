# SPDX-License-Identifier: EUPL-1.2
"""The command of the duties of water services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import jumeau
from jumeau.twin import territory as twin


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "t.jumeau"
    made = twin.create(path, name="Essai", crs="EPSG:2154", insee=["50129"])
    volumes = tmp_path / "volumes.csv"
    volumes.write_text(
        "annee;volume produit (m3);volume importé;volume exporté;volume domestique;"
        "volume non domestique;volume sans comptage;volume de service\n"
        "2024;180000;0;0;160000;6000;3000;2000\n",
        encoding="utf-8",
    )
    made.add(volumes, "water_volume")
    return path


def test_it_prints_indicators_and_writes_the_plan(jumeau_: Any, town: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.html"
    result = jumeau_("sispea", town, "--plan", plan, "--lang", "fr")
    assert result.exit_code == 0, result.output
    assert "P104.3" in result.stdout and "95" in result.stdout
    assert "water_knowledge" in result.stdout
    assert "Plan d'actions" in plan.read_text("utf-8").replace("&#39;", "'")


def test_json(jumeau_: Any, town: Path) -> None:
    found = json.loads(jumeau_("sispea", town, "--json").stdout)
    assert found["year"] == 2024 and found["plan"] is None
    rows = {row["indicator"]: row for row in found["indicators"]}
    assert rows["P104.3"]["value"] == 95.0 and rows["decree_2012_97"]["verdict"] == "yes"
    assert rows["P106.3"]["value"] is None and "pipe.length_m" in rows["P106.3"]["missing"]
    assert found["version"] == jumeau.open(town).version


def test_refusals(jumeau_: Any, town: Path, tmp_path: Path) -> None:
    assert "JUM-C001" in jumeau_("sispea", town, "--lang", "de").output
    assert "JUM-H217" in jumeau_("sispea", town, "--network", "nope").output
    bare = tmp_path / "bare.jumeau"
    twin.create(bare, name="Vide", crs="EPSG:2154", insee=["50129"])
    result = jumeau_("sispea", bare)
    assert "JUM-H221" in result.output and result.exit_code == 3
    assert jumeau_("sispea", bare, "--year", "2024").exit_code == 0
