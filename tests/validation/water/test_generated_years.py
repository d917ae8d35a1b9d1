# SPDX-License-Identifier: EUPL-1.2
"""Generated years: drawn by their seed, leak-free at first, in balance with what was hidden."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.validation.water import drawn_leaks
from jumeau.validation.water.drawn_demand import zones_of
from jumeau.validation.water.drawn_leaks import Hole, bearable, draw_holes, openings
from jumeau.validation.water.generated_years import Sensors, Year, generate, spread_sensors
from jumeau.worksites import water
from jumeau.worksites.water.leaks.scoring import pipe_distances

TOWN = """[JUNCTIONS]
 A 10 5 day
 B 12 8 day
 C 8 6
 D 9 4 day
 E 7 3 day
[RESERVOIRS]
 R 60
[TANKS]
 T 40 3 0 4 9 0
[PIPES]
 in R A 300 250 120
 ab A B 400 150 110
 bc B C 300 150 110
 ac A C 500 150 100
 te T E 200 150 110
 de D E 200 100 110
[PUMPS]
 U C T POWER 4
[PATTERNS]
 day 0.5 0.7 1.4 1.2 1.3 0.9
[CONTROLS]
 LINK U OPEN IF NODE T BELOW 2
 LINK U CLOSED IF NODE T ABOVE 3.5
[TIMES]
 Pattern Timestep 4:00
[OPTIONS]
 Units LPS
[END]
"""


@pytest.fixture(scope="module")
def town() -> water.Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.inp"
        path.write_text(TOWN, encoding="utf-8")
        return water.read_inp(path)


SENSORS = Sensors(("A", "C", "E"), ("in", "U"), ("T",), ("D", "E"))


@pytest.fixture(scope="module")
def year(town: water.Network) -> Year:
    return generate(town, 3, SENSORS, days=21, history_days=14, leaks_a_year=(60, 60))


def test_frames_have_the_record_and_what_is_judged(year: Year) -> None:
    assert year.pressures.shape == (35 * 288, 3)
    assert year.flows.shape == (35 * 288, 2)
    assert list(year.meters.columns) == ["D", "E"]
    assert len(year.leakflow) == 21 * 288
    assert year.leakflow.index[-1] == year.pressures.index[-1]
    assert list(year.leakflow.columns) == list(year.truth["pipe"])
    assert year.pressures.notna().all().all()
    assert (year.pressures.round(2) - year.pressures).abs().max().max() < 1e-4
    assert year.levels["T"].between(1.5, 4.0).all()


def test_the_first_week_has_no_leak(year: Year) -> None:
    assert (year.every["start"] > year.train[1]).all()
    assert year.train[1] - year.train[0] == pd.Timedelta(days=7) - pd.Timedelta(minutes=5)


def test_the_water_that_enters_is_what_is_used_stored_and_lost(
    town: water.Network, year: Year
) -> None:
    """Behind the pump everything is metered: the tank closes the balance."""
    names = [hole for hole in year.every["pipe"] if hole in ("te", "de")]
    first = year.leakflow.index[0]
    lost = year.leakflow[[name for name in names if name in year.leakflow]].sum(axis=1)
    area = math.pi / 4 * 9**2
    stored = area * year.levels["T"].diff().shift(-1) * 12
    used = year.meters.sum(axis=1) / 1000
    gap = (year.flows["U"] - used - stored)[first:] - lost
    assert abs(gap.mean()) < 0.5
    assert year.flows["in"].mean() > year.flows["U"].mean() > used.mean() > 0


def test_the_seed_decides(town: water.Network, tmp_path: Path) -> None:
    one, two = (
        generate(town, seed, SENSORS, tmp_path, days=9, history_days=0, leaks_a_year=(50, 50))
        for seed in (5, 6)
    )
    assert not one.truth.equals(two.truth)
    assert (one.pressures - two.pressures).abs().max().max() > 0.01
    folders = sorted(tmp_path.iterdir())
    assert len(folders) == 2
    stamp = (folders[0] / "pressures.parquet").stat().st_mtime_ns
    again = generate(town, 5, SENSORS, tmp_path, days=9, history_days=0, leaks_a_year=(50, 50))
    assert (folders[0] / "pressures.parquet").stat().st_mtime_ns == stamp
    pd.testing.assert_frame_equal(again.pressures, one.pressures, check_freq=False)
    pd.testing.assert_frame_equal(again.truth, one.truth, check_dtype=False)
    assert again.train == one.train


def test_a_perfect_search_earns_what_the_truth_says(town: water.Network, year: Year) -> None:
    truth = year.truth.rename(columns={"start": "detected_at"})
    score = water.score_battledim(truth, year.truth, year.leakflow, town)
    assert score.false_negatives == 0
    assert score.share == pytest.approx(1.0, abs=1e-3)
    assert score.perfect_eur == pytest.approx(year.truth["max_gain_eur"].sum(), rel=1e-3)


def test_a_hole_opens_as_its_kind_says() -> None:
    burst = Hole("h1", "p", "abrupt", 100, 100, 200, 0.02)
    slow = Hole("h2", "p", "incipient", 100, 1100, 5000, 0.01)
    opening = openings([burst, slow], 3000, 1)
    full = 0.75 * math.pi / 4 * 0.02**2 * math.sqrt(2 * 9.80665) * 3600
    assert opening[99:201, 0].tolist() == pytest.approx([0.0, *[full] * 101])
    assert opening[201, 0] == 0.0
    assert opening[600, 1] / opening[2000, 1] == pytest.approx(0.25, rel=0.01)


def test_leaks_resemble_the_published_years(shared: Path) -> None:
    net = water.read_inp(shared / "validation" / "water" / "battledim" / "L-TOWN.inp")
    count = 730 * 288
    lost, sizes, kinds = [], [], []
    for seed in range(12):
        holes = draw_holes(net, count, np.random.default_rng(seed), (12, 20))
        opening = openings(holes, count, 288)[count // 2 :: 288]
        lost.append(float((opening * math.sqrt(45)).sum(axis=1).mean()))
        sizes += [hole.diameter for hole in holes]
        kinds += [hole.kind for hole in holes]
        assert len({hole.pipe for hole in holes}) == len(holes)
        assert all(hole.starts >= 7 * drawn_leaks.DAY for hole in holes)
    published = pd.concat([
        pd.read_csv(shared / "validation" / "water" / "battledim" / f"leaks_{year}.csv")
        for year in (2018, 2019)
    ])  # fmt: skip
    assert 45 < np.mean(lost) < 105  # 74.65 m³/h in 2019
    assert np.mean(sizes) == pytest.approx(published["diameter_m"].mean(), rel=0.1)
    growing = (published["type"] == "incipient").mean()
    assert np.mean([kind == "incipient" for kind in kinds]) == pytest.approx(growing, abs=0.1)


def test_leaks_that_would_starve_a_zone_are_left_out(town: water.Network) -> None:
    count = 30 * 288
    wide = Hole("h1", "te", "abrupt", 3000, 3000, 9000, 0.025)
    small = Hole("h2", "de", "abrupt", 4000, 4000, 9000, 0.01)
    main = Hole("h3", "ab", "abrupt", 4000, 4000, 9000, 0.025)
    full = 0.75 * math.pi / 4 * 0.025**2 * math.sqrt(2 * 9.80665 * 45) * 3600
    assert 7 * 3.6 * 0.9 < full < 19 * 3.6 * 0.9
    assert bearable(town, [wide, small, main], count) == [small, main]
    assert bearable(town, [main, main._replace(starts=5000)], count) == [main]


def test_a_pump_parts_zones(town: water.Network) -> None:
    zone = dict(zip(town.junctions.index, zones_of(town).tolist(), strict=True))
    assert zone["A"] == zone["B"] == zone["C"]
    assert zone["D"] == zone["E"] != zone["A"]


def test_sensors_are_spread_over_any_network(town: water.Network) -> None:
    found = spread_sensors(town, 3)
    assert len(set(found.pressures)) == 3
    assert set(found.pressures) <= set(town.junctions.index)
    assert found.flows == ("in", "U")
    assert found.levels == ("T",)
    assert found.meters == ("D", "E")
    assert np.isfinite(pipe_distances(town, ["de"]).to_numpy()).all()
