# SPDX-License-Identifier: EUPL-1.2
"""The night that a run writes: both layers, their sums, what is doubtful, how sure it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, night, surroundings

WORKSITE = lighting.WORKSITE


def row_of(territory, name: str, scope: str = "territory") -> pd.Series:
    rows = territory.table("indicator", where={"indicator": name, "scope": scope}).to_pandas()
    return rows.iloc[0]


def test_after_is_dimmer_where_lamps_are_old_and_the_same_where_they_are_led(village):
    WORKSITE.run(village, Scenario())
    today, after = (
        np.nan_to_num(village.raster(layer).read((769950.5, 6278950.5, 770450.5, 6279350.5))[0])
        for layer in ("illuminance", "illuminance_after")
    )
    assert today.shape == after.shape
    assert after.sum() < 0.9 * today.sum()
    # the last lamps of the first row are LED, far from the others' light
    led = (slice(-60, -40), slice(270, 330))
    assert np.allclose(today[led], after[led], rtol=0.05)
    lit = row_of(village, "lighting_lit_area_after")
    assert (after >= 1.0).sum() / 1e4 == pytest.approx(lit["value"])
    assert row_of(village, "lighting_mean_illuminance_after")["value"] == pytest.approx(
        after[after >= 1.0].mean(), rel=1e-5
    )


def test_a_territory_that_loses_its_lamps_loses_its_light(village):
    WORKSITE.run(village, Scenario())
    assert village.raster("illuminance_after").tiles()
    with village.transaction("dark") as tx:
        tx.delete("luminaire", {"id": village.table("luminaire")["id"].to_pylist()})
    WORKSITE.run(village, Scenario())
    for layer in ("illuminance", "illuminance_after"):
        assert village.raster(layer).tiles() == []
    assert village.table("finding")["code"].to_pylist() == ["JUM-L010"]


def test_lamps_walled_in_by_a_building_are_told(village):
    wall = shapely.box(770015.5, 6278999.5, 770035.5, 6279010.5)
    rows = pd.DataFrame({"id": ["B"], "height_m": [12.0], "geometry": [shapely.to_wkb(wall)]})
    with village.transaction("wall") as tx:
        tx.insert("building", rows)
    record = WORKSITE.run(village, Scenario())
    found = village.table("finding", where={"run_id": record.id, "code": "JUM-L058"}).to_pylist()
    assert len(found) == 1 and found[0]["what"].startswith("1 ")
    other = WORKSITE.run(village, Scenario("t", {"lighting_obstacles": 0}))
    told = village.table("finding", where={"run_id": other.id})["code"].to_pylist()
    assert "JUM-L058" not in told and "JUM-L095" in told


def test_the_error_goes_from_that_of_files_to_that_of_suppositions(village):
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    count = len(state.park)
    none, every = np.zeros(count, bool), np.ones(count, bool)
    assert night.error(state, none, given) == pytest.approx(0.1)
    assert night.error(state, every, given) == pytest.approx(0.35)
    half = every.copy()
    half[:8] = False
    assert 0.1 < night.error(state, half, given) < 0.35
    lamps = village.geo("luminaire").sort_values("id").geometry
    place = surroundings.around(village, lamps.x.to_numpy(), lamps.y.to_numpy(), given)
    assert night.supposed(state, place).tolist() == state.supposed.tolist()


def test_the_run_tells_how_far_it_is(village):
    heard: list[tuple[str, float]] = []
    WORKSITE.run(village, Scenario(), lambda stage, share: heard.append((stage, share)))
    shares = [share for stage, share in heard if stage == "illuminance"]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_fork_keeps_both_nights_and_their_versions(village, tmp_path):
    WORKSITE.run(village, Scenario())
    before = village.version
    WORKSITE.run(village, Scenario("t", {"lighting_maintenance_factor": 0.5}))
    box = (769999.5, 6278989.5, 770099.5, 6279019.5)
    old, new = (item.raster("illuminance").read(box)[0] for item in (village.at(before), village))
    assert np.nansum(old) == pytest.approx(1.6 * np.nansum(new), rel=1e-2)
    copy = village.fork(tmp_path / "fork.jumeau")
    for layer in ("illuminance", "illuminance_after"):
        assert copy.raster(layer).tiles() == village.raster(layer).tiles()
    copy.close()
