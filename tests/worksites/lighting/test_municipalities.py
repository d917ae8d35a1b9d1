# SPDX-License-Identifier: EUPL-1.2
"""Results by municipality: what a syndicate's finance director needs, when there are several."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely

from jumeau import workflow

from .conftest import ORIGIN

X0, Y0 = ORIGIN
OUTLINES = {
    "50001": shapely.box(X0 - 50, Y0 - 50, X0 + 150, Y0 + 350),
    "50002": shapely.box(X0 + 150, Y0 - 50, X0 + 500, Y0 + 350),
}


def outlined(village: Any, table: str, outlines: dict[str, Any]) -> None:
    """Give the village its municipalities, in a table or as places."""
    rows = pd.DataFrame({"id": list(outlines), "geometry": list(outlines.values())})
    rows["geometry"] = [None if item is None else shapely.to_wkb(item) for item in rows["geometry"]]
    rows["name"] = rows["id"]
    if table == "place":
        rows["kind"] = "municipality"
    with village.transaction("communes") as tx:
        tx.insert(table, rows)


def by_town(result: workflow.RunResult, indicator: str) -> dict[str, float]:
    rows = result.indicators
    rows = rows[(rows["indicator"] == indicator) & (rows["scope"] == "municipality")]
    return dict(zip(rows["entity"], rows["value"], strict=True))


def whole(result: workflow.RunResult, indicator: str) -> float:
    rows = result.indicators
    rows = rows[(rows["indicator"] == indicator) & (rows["scope"] == "territory")]
    return float(rows["value"].iloc[0])


@pytest.mark.parametrize("table", ["municipality", "place"])
def test_each_municipality_has_its_lamps_its_electricity_its_money_and_its_light(
    village: Any, table: str
) -> None:
    outlined(village, table, OUTLINES)
    result = workflow.run(village, ["lighting"])
    lamps = by_town(result, "lighting_lamps")
    assert lamps == {"50001": 7.0, "50002": 17.0}
    for indicator in ("lighting_power", "lighting_electricity", "lighting_electricity_cost"):
        parts = by_town(result, indicator)
        assert set(parts) == set(OUTLINES)
        assert sum(parts.values()) == pytest.approx(whole(result, indicator))
    lit = by_town(result, "lighting_lit_area")
    assert all(value > 0 for value in lit.values())
    assert sum(lit.values()) <= whole(result, "lighting_lit_area") + 1e-9


def test_a_territory_of_one_municipality_says_it_once(village: Any) -> None:
    outlined(village, "municipality", {"50001": OUTLINES["50001"]})
    result = workflow.run(village, ["lighting"])
    assert not by_town(result, "lighting_lamps")
    assert whole(result, "lighting_lamps") == 24


def test_municipalities_without_outline_are_passed_over(village: Any) -> None:
    outlined(
        village, "municipality", {"50001": None, "50002": None, **{"50003": OUTLINES["50001"]}}
    )
    result = workflow.run(village, ["lighting"])
    assert not by_town(result, "lighting_lamps")
