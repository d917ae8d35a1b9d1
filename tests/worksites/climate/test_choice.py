# SPDX-License-Identifier: EUPL-1.2
"""Which solver: what the start looks like, how fast the water runs, what is said about it."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import choice, flood
from jumeau.worksites.climate.domain import ground, terrain


def domain(dtm, walls=None, obstacles=None):
    return ground(*terrain(dtm), 1.0, 0.03, obstacles, walls)[0].domain


def step(high=2.0, low=0.0):
    depth = np.full((3, 10), low, np.float32)
    depth[:, :5] = high
    return depth


def test_a_dam_break_is_seen_on_either_axis_and_side():
    flat = domain(np.zeros((3, 10)))
    tall = domain(np.zeros((10, 3)))
    for depth in (step(), step()[:, ::-1]):
        assert choice.breaks(flat, depth)
        assert choice.breaks(tall, depth.T.copy())


@pytest.mark.parametrize(("high", "low", "breaks"), [(2, 0, True), (2, 0.9, True), (2, 1.5, False)])
def test_only_a_high_step_breaks(high, low, breaks):
    assert choice.breaks(domain(np.zeros((3, 10))), step(high, low)) == breaks


def test_a_film_breaks_nothing():
    assert not choice.breaks(domain(np.zeros((3, 10))), step(0.04))


def test_a_lake_against_its_shore_is_at_rest():
    rng = np.random.default_rng(5)
    dtm = rng.uniform(0.0, 1.5, (30, 40))
    depth = np.maximum(1.0 - dtm, 0.0).astype(np.float32)
    assert not choice.breaks(domain(dtm), depth)


def test_lakes_at_two_levels_apart_do_not_break():
    dtm = np.array([[0.0, 0.0, 5.0, 0.0, 0.0]])
    depth = np.array([[4.0, 4.0, 0.0, 1.0, 1.0]], np.float32)
    assert not choice.breaks(domain(dtm), depth)


def test_a_wall_or_an_obstacle_holds_the_water():
    walls = [(row, 5, "west", 2.5) for row in range(3)]
    assert not choice.breaks(domain(np.zeros((3, 10)), walls), step())
    low = [(row, 5, "west", 1.0) for row in range(3)]
    assert choice.breaks(domain(np.zeros((3, 10)), low), step())
    breach = walls[:2]
    assert choice.breaks(domain(np.zeros((3, 10)), breach), step())
    blocks = np.zeros((3, 10), bool)
    blocks[:, 5] = True
    assert not choice.breaks(domain(np.zeros((3, 10)), None, blocks), step())


def test_walls_on_north_faces_hold_too():
    walls = [(5, col, "north", 2.5) for col in range(3)]
    tall = domain(np.zeros((10, 3)), walls)
    assert not choice.breaks(tall, step().T.copy())
    assert choice.breaks(domain(np.zeros((10, 3)), walls[:2]), step().T.copy())


@pytest.fixture
def engines(plain, monkeypatch):
    """Two plain engines with a share of fast water that can be set; give the settings."""
    told = {"inertial": 0.0, "made": []}

    def made(solver):
        class Named(plain.Plain):
            name = solver

            def froude(self):
                return 1000, int(1000 * told.get(solver, 0.0))

        told["made"].append(solver)
        return Named

    monkeypatch.setattr(choice, "engine_class", made)
    return told


def run(**given):
    given = {"initial_depth": np.full((3, 10), 0.5), **given}
    return flood(np.zeros((3, 10)), duration=40.0, **given)


def test_quiet_water_stays_inertial(engines):
    done = run()
    assert done.solver == "inertial" and engines["made"] == ["inertial"]
    assert done.froude_share == 0.0 and not done.warnings


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_fast_water_makes_the_run_again(engines, share):
    engines["inertial"] = share
    done = run()
    assert done.solver == "hllc" and engines["made"] == ["inertial", "hllc"]
    assert [item.code for item in done.warnings] == ["JUM-K036"]
    assert done.card()["solver"] == "hllc" and done.card()["warnings"]
    assert done.froude_share == 0.0
    assert done.ledger["relative_error"] < 1e-12


def test_much_fast_water_does_not_wait_for_the_end(engines):
    engines["inertial"] = 0.5
    times: list[float] = []
    run(progress=lambda share, time: times.append(time), every=1.0)
    assert engines["made"] == ["inertial", "hllc"]


def test_a_little_fast_water_does_not(engines):
    engines["inertial"] = 0.009
    done = run()
    assert done.solver == "inertial"
    assert done.froude_share == pytest.approx(0.009)


def test_a_dam_break_starts_with_the_second_solver(engines):
    done = run(initial_depth=step())
    assert engines["made"] == ["hllc"]
    assert [item.code for item in done.warnings] == ["JUM-K035"]


def test_who_asks_for_inertial_is_told_what_it_misses(engines):
    engines["inertial"] = 0.2
    done = run(solver="inertial", initial_depth=step())
    assert done.solver == "inertial" and engines["made"] == ["inertial"]
    assert [item.code for item in done.warnings] == ["JUM-K038"]
    assert done.froude_share == pytest.approx(0.2)


def test_who_asks_for_hllc_gets_it(engines):
    engines["hllc"] = 0.3
    done = run(solver="hllc")
    assert done.solver == "hllc" and not done.warnings
