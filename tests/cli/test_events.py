# SPDX-License-Identifier: EUPL-1.2
"""``jumeau run DIR climate``: events on the command line, the model card, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jumeau
from jumeau.base.contract import RasterWindow

SIDE = 80
BOUNDS = (699_999.5, 6_500_000.5 - SIDE, 699_999.5 + SIDE, 6_500_000.5)
QUICK = ("--set", "climate_cell_m=8", "climate_after_h=0", "climate_moments=1")


@pytest.fixture
def slope(tmp_path: Path) -> Path:
    """Return the folder of a territory that is a slope with a hollow."""
    territory = jumeau.create(tmp_path / "slope.jumeau", name="Pente")
    ground = np.broadcast_to(20 - 0.02 * np.arange(SIDE), (SIDE, SIDE)).astype(np.float32).copy()
    ground[32:64, 32:64] -= 1
    with territory.transaction("ground") as tx:
        tx.put_raster("dtm", [RasterWindow(BOUNDS, ground)])
    territory.close()
    return territory.path


def test_a_rain_prints_what_it_wets_and_its_card(jumeau_: Any, slope: Path) -> None:
    result = jumeau_("run", slope, "climate", "--rain", "20mm/6min", *QUICK)
    assert result.exit_code == 0, result.output
    for text in ("Ground under water", "Model card", "20 mm in 6 min", "100 of 8 m", "JUM-K051"):
        assert text in result.stdout


def test_the_document_holds_the_card(jumeau_: Any, slope: Path, tmp_path: Path) -> None:
    rain = tmp_path / "rain.csv"
    rain.write_text("time_min;mm_h\n0;100\n3;200\n6;0\n")
    result = jumeau_("run", slope, "climate", "--hyetograph", rain, *QUICK, "--json")
    assert result.exit_code == 0, result.output
    (card,) = json.loads(result.stdout)["cards"]
    assert (card["worksite"], card["event"]["en"]) == ("climate", "15 mm in 6 min")
    assert card["cell_size_m"] == 8


@pytest.mark.parametrize(
    ("option", "text", "code"),
    [
        ("--rain", "much", "JUM-K041"),
        ("--hyetograph", "absent.csv", "JUM-K042"),
        ("--breach", "1,2,3", "JUM-K044"),
        ("--sea-level", "high", "JUM-K045"),
        ("--inflow", "1,2,much", "JUM-K042"),
    ],
)
def test_a_wrong_event_is_refused_before_anything(
    jumeau_: Any, slope: Path, option: str, text: str, code: str
) -> None:
    version = jumeau.open(slope).version
    result = jumeau_("run", slope, "climate", option, text, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == code
    assert jumeau.open(slope).version == version


def test_an_event_needs_its_worksite(jumeau_: Any, slope: Path) -> None:
    result = jumeau_("run", slope, "lighting", "--rain", "20mm/6min", "--json")
    assert json.loads(result.stdout)["error"]["code"] == "JUM-W005"
