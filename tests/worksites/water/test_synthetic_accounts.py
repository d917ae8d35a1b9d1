# SPDX-License-Identifier: EUPL-1.2
"""Accounts of the demonstrator: volumes that balance, facts that leave something out."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water import synthetic_accounts as accounts
from jumeau.worksites.water.synthetic_layers import BOREHOLE
from jumeau.worksites.water.synthetic_network import PROFILES
from jumeau.worksites.water.synthetic_year import LENGTH, STEP

NAME = "Réseau d'eau potable"


@pytest.fixture
def written(tmp_path: Path) -> list[dict[str, Any]]:
    """Write a tenth of a year: 20 m³/h from the borehole, 4 leak, 1 seeps."""
    count = LENGTH // 10
    year = SimpleNamespace(
        utc=np.zeros(count), links=["x", BOREHOLE],
        flow=np.column_stack([np.full(count, 9.0), np.full(count, 20.0)]).astype(np.float32),
        leak_flow=np.column_stack([np.full(count, 3.0), np.full(count, 1.0)]),
    )  # fmt: skip
    demands = pd.DataFrame({
        "pattern": [PROFILES["household"], PROFILES["work"], PROFILES["losses"]],
        "demand_m3_h": [12.0, 3.0, 1.0],
    })  # fmt: skip
    model = SimpleNamespace(demands=demands)
    rng = np.random.default_rng(3)
    return accounts.write(tmp_path, NAME, model, year, BOREHOLE, rng)  # type: ignore[arg-type]


def test_volumes_balance(written: Any, tmp_path: Path) -> None:
    with (tmp_path / accounts.VOLUMES).open(encoding="utf-8", newline="") as stream:
        rows = {int(row["annee"]): row for row in csv.DictReader(stream, delimiter=";")}
    assert sorted(rows) == [2022, 2023, 2024]
    hours = LENGTH * STEP / 3600
    row = {name: float(text) for name, text in rows[2024].items() if name.startswith("volume")}
    produced = row["volume produit (m3)"]
    assert produced == pytest.approx(20 * hours, rel=1e-3)
    used = sum(value for name, value in row.items()
               if "comptabilisé" in name or "comptage" in name or "service" in name)  # fmt: skip
    assert produced - used == pytest.approx(5 * hours, rel=2e-3)
    homes = row["volume comptabilisé domestique (m3)"]
    others = row["volume comptabilisé non domestique (m3)"]
    assert homes / (homes + others) == pytest.approx(0.8, abs=1e-4)
    assert row["volume importé (m3)"] == 0


def test_they_enter_the_twin_and_give_indicators(written: Any, tmp_path: Path) -> None:
    town = twin.create(tmp_path / "t.jumeau", name="Essai", crs="EPSG:2154", insee=["50129"])
    for item in written:
        arguments = dict(item)
        town.add(arguments.pop("file"), arguments.pop("table"), **arguments)
    with town.transaction("net") as tx:
        tx.insert("water_network", pd.DataFrame([{"id": "net", "name": NAME}]))
    table = water.indicators(town, 2024).set_index("indicator")
    assert table.loc["P104.3", "value"] == pytest.approx(75.0, abs=0.1)
    assert table.loc["P104.3", "network"] == "net"
    assert table.loc["P101.1", "value"] == 100.0
    assert table.loc["P102.1", "verdict"] == "no"
    assert table.loc["P108.3", "value"] == 80.0
    assert table.loc["P109.0", "verdict"] == "unknown"
