# SPDX-License-Identifier: EUPL-1.2
"""flood() from end to end, on the plain engine and on the fast ones: what users rely on."""

from __future__ import annotations

import inspect
import json
import threading

import numpy as np
import pytest

from jumeau.worksites import climate
from jumeau.worksites.climate import choice, flood
from jumeau.worksites.climate.result import FloodStoppedError

SOLVERS = ("plain", "inertial", "hllc")


@pytest.fixture(params=SOLVERS)
def run(request, plain, monkeypatch):
    """flood() with one solver: the plain one, then the fast ones."""
    if request.param == "plain":
        monkeypatch.setattr(choice, "engine_class", lambda solver: plain.Plain)

    def call(dtm, **given):
        solver = "inertial" if request.param == "plain" else request.param
        return flood(dtm, **{"solver": solver, "threads": 1, **given})

    return call


def hills(shape=(24, 31), seed=3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]] / 6.0
    relief = np.sin(x) * np.cos(y) + 0.1 * rng.random(shape)
    return 120.0 + relief


def sound(done, dtm) -> None:
    """Check what holds of every run."""
    closed = np.isnan(np.asarray(dtm, float))
    for field in (done.depth, done.depth_max, done.speed_max):
        assert field.dtype == np.float32 and field.shape == closed.shape
        assert np.isfinite(field).all() and (field >= 0.0).all()
        assert (field[closed] == 0.0).all()
    assert (done.depth_max >= done.depth).all()
    assert np.isfinite(done.snapshots).all()
    np.testing.assert_array_equal(np.isnan(done.arrival), done.depth_max <= np.float32(0.01))
    assert done.ledger["relative_error"] <= 1e-6
    assert 0.0 <= done.froude_share <= 1.0
    assert done.steps >= 1 and done.seconds >= 0.0


def test_the_surface_is_the_one_promised():
    names = list(inspect.signature(climate.flood).parameters)
    assert names == [
        "dtm", "cell_size", "duration", "manning", "rain", "inflows", "boundaries",
        "boundary_cells", "initial_depth", "infiltration", "obstacles", "culverts", "walls",
        "gauges", "every", "solver", "threads", "progress", "stop",
    ]  # fmt: skip
    kinds = {item.kind for item in list(inspect.signature(climate.flood).parameters.values())[1:]}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


def test_everything_at_once(run):
    dtm = hills()
    dtm[3:6, 10:14] = np.nan
    blocks = np.zeros(dtm.shape, bool)
    blocks[12:15, 5:8] = True
    sea = np.zeros(dtm.shape, bool)
    sea[20:, 28:] = True
    manning = np.where(blocks, 0.1, np.linspace(0.02, 0.06, 31)[None, :])
    done = run(
        dtm,
        cell_size=2.0,
        duration=240.0,
        manning=manning,
        rain=([0, 120], np.stack([np.full(dtm.shape, 90.0), np.linspace(0, 60, 31) + 0 * dtm])),
        infiltration=np.full(dtm.shape, 5.0),
        inflows=[(1, 1, [0, 60, 180], [0.0, 0.4, 0.1]), (10, 20, [30, 90], [0.2, 0.2])],
        boundaries={"west": "free", "south": ("stage", [0, 120], [119.5, 120.2])},
        boundary_cells=[(sea, ("stage", 0.0, 119.6))],
        initial_depth=np.maximum(119.4 - np.nan_to_num(dtm, nan=999.0), 0.0),
        obstacles=blocks,
        culverts=[((8, 5), (18, 9), 0.6, 0.4, 12.0, 0.013)],
        walls=[(15, col, "north", 121.5) for col in range(10, 20)],
        gauges={"a": (1, 1), "b": (20, 2)},
        every=60.0,
    )
    sound(done, dtm)
    assert (done.depth[blocks] == 0.0).all()
    assert done.snapshots.shape == (4, 24, 31)
    np.testing.assert_array_equal(done.snapshots[-1], done.depth)
    assert done.ledger["inflow"] == pytest.approx(12 + 30 + 12)
    assert done.ledger["rain"] > 0 and done.ledger["infiltration"] > 0
    assert abs(done.ledger["culverts"]) < 1e-6
    terms = done.ledger
    stages = sum(value for name, value in terms.items() if name.startswith("stage_"))
    balance = (
        terms["initial"] + terms["rain"] + terms["inflow"] + stages + terms["culverts"]
        - terms["free_outflow"] - terms["infiltration"] - terms["final"]
    )  # fmt: skip
    assert balance == pytest.approx(-terms["error"], abs=1e-9)
    np.testing.assert_allclose(float(done.depth.sum(dtype=float)) * 4.0, terms["final"], rtol=1e-4)
    json.dumps(done.card())


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize(
    "side", [None, "west", "east", "north", "south"], ids=lambda side: side or "closed"
)
def test_tiny_domains(run, shape, side):
    dtm = np.zeros(shape)
    for kind in ("free", ("stage", [0, 30], [0.0, 0.2])) if side else ("wall",):
        edges = {side: kind} if side else None
        done = run(dtm, duration=60.0, rain=360.0, boundaries=edges)
        sound(done, dtm)
        assert done.ledger["rain"] == pytest.approx(6e-3 * dtm.size, rel=1e-6)
        if side is None:
            np.testing.assert_allclose(done.depth, 6e-3, rtol=1e-5)


def test_an_island_of_one_cell(run):
    dtm = np.full((3, 3), np.nan)
    dtm[1, 1] = 7.0
    done = run(dtm, duration=30.0, rain=120.0, inflows=[(1, 1, [0, 30], [0.1, 0.1])])
    sound(done, dtm)
    assert done.depth[1, 1] == pytest.approx(3.0 + 1e-3, rel=1e-5)
    assert done.arrival[1, 1] < 1.0


def test_a_dry_run_stays_dry(run):
    dtm = hills()
    done = run(
        dtm, duration=3600.0, every=600.0, boundaries=dict.fromkeys(("west", "east"), "free")
    )
    sound(done, dtm)
    assert not done.depth_max.any() and not done.speed_max.any()
    assert done.steps <= 6
    assert done.ledger["final"] == 0.0 and done.ledger["relative_error"] == 0.0


def test_a_lake_stays_at_rest(run):
    dtm = hills()
    dtm[4:7, 4:9] = np.nan
    depth = np.maximum(120.3 - np.nan_to_num(dtm, nan=999.0), 0.0)
    done = run(dtm, duration=120.0, initial_depth=depth)
    sound(done, dtm)
    np.testing.assert_allclose(done.depth, depth, atol=2e-6)
    assert float(done.speed_max.max()) <= 1e-5


def test_rain_alone_on_flat_ground_piles_up_evenly(run):
    done = run(
        np.full((5, 6), 33.0), duration=600.0, rain=([0, 300], [60.0, 0.0]), infiltration=6.0
    )
    np.testing.assert_allclose(done.depth, 300 * 54 / 3.6e6 - 300 * 6 / 3.6e6, rtol=1e-4)
    assert done.ledger["infiltration"] == pytest.approx(600 * 6 / 3.6e6 * 30, rel=1e-5)


def test_infiltration_takes_no_more_than_there_is(run):
    done = run(np.zeros((4, 4)), duration=600.0, rain=10.0, infiltration=50.0)
    sound(done, np.zeros((4, 4)))
    assert float(done.depth.max()) < 1e-5
    assert done.ledger["infiltration"] == pytest.approx(done.ledger["rain"], rel=1e-3)


def turned(given: dict, turn) -> dict:
    """Return the arguments of a run turned like its terrain, by flips and transposition."""
    flip_rows, flip_cols, transpose = turn
    names = {"west": (0, -1), "east": (0, 1), "north": (-1, 0), "south": (1, 0)}

    def field(raster):
        raster = raster[::-1] if flip_rows else raster
        raster = raster[:, ::-1] if flip_cols else raster
        return np.ascontiguousarray(raster.T if transpose else raster)

    shape = given["dtm"].shape

    def cell(row, col):
        row = shape[0] - 1 - row if flip_rows else row
        col = shape[1] - 1 - col if flip_cols else col
        return (col, row) if transpose else (row, col)

    def side(name):
        row, col = names[name]
        row, col = -row if flip_rows else row, -col if flip_cols else col
        way = (col, row) if transpose else (row, col)
        return next(other for other, step in names.items() if step == way)

    return {
        **given,
        "dtm": field(given["dtm"]),
        "initial_depth": field(given["initial_depth"]),
        "inflows": [(*cell(row, col), *rest) for row, col, *rest in given["inflows"]],
        "boundaries": {side(name): kind for name, kind in given["boundaries"].items()},
        "culverts": [(cell(*a), cell(*b), *rest) for a, b, *rest in given["culverts"]],
    }, field


TURNS = [(a, b, c) for a in (False, True) for b in (False, True) for c in (False, True)][1:]


@pytest.mark.parametrize("turn", TURNS, ids=lambda t: "".join("rct"[k] for k in range(3) if t[k]))
def test_turning_the_world_turns_the_answer(run, turn):
    dtm = hills((14, 17))
    dtm[5:8, 3:5] = np.nan
    given = {
        "dtm": dtm,
        "duration": 60.0,
        "rain": 60.0,
        "initial_depth": np.maximum(119.8 - np.nan_to_num(dtm, nan=999.0), 0.0),
        "inflows": [(2, 3, [0, 30], [0.1, 0.3])],
        "boundaries": {"west": "free", "north": ("stage", [0, 60], [119.5, 120.5])},
        "culverts": [((10, 2), (10, 12), 0.5, 0.5, 10.0, 0.02)],
    }
    straight = run(**given)
    arguments, field = turned(given, turn)
    other = run(**arguments)
    np.testing.assert_allclose(other.depth, field(straight.depth), atol=2e-4)
    np.testing.assert_allclose(other.depth_max, field(straight.depth_max), atol=2e-4)


@pytest.mark.parametrize("solver", ["inertial", "hllc"])
def test_threads_do_not_change_a_bit(solver):
    dtm = hills((70, 90))
    depth = np.maximum(119.7 - dtm, 0.0)
    given = {
        "duration": 30.0,
        "rain": 50.0,
        "initial_depth": depth,
        "boundaries": {"east": "free"},
        "inflows": [(35, 45, [0, 30], [2.0, 2.0])],
    }
    one, three = (flood(dtm, solver=solver, threads=count, **given) for count in (1, 3))
    for name in ("depth", "depth_max", "speed_max", "arrival"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))
    assert one.ledger == three.ledger and one.steps == three.steps


def test_a_wall_holds_up_to_its_crest(run):
    dtm = np.zeros((5, 12))
    walls = [(row, 6, "west", 0.5) for row in range(5)]
    below = run(
        dtm,
        duration=60.0,
        initial_depth=np.where(np.arange(12) < 6, 0.45, 0) + 0 * dtm,
        walls=walls,
    )
    sound(below, dtm)
    assert not below.depth[:, 6:].any()
    over = run(
        dtm, duration=60.0, initial_depth=np.where(np.arange(12) < 6, 0.8, 0) + 0 * dtm, walls=walls
    )
    sound(over, dtm)
    assert over.depth[:, 6:].min() > 0.05
    assert over.depth[:, :6].mean() == pytest.approx(0.5, abs=0.06)
    north = [(6, col, "north", 0.5) for col in range(5)]
    turned = run(
        dtm.T.copy(), duration=60.0,
        initial_depth=(np.where(np.arange(12) < 6, 0.8, 0) + 0 * dtm).T.copy(), walls=north,
    )  # fmt: skip
    np.testing.assert_allclose(turned.depth, over.depth.T, atol=1e-4)


def test_uniform_flow_reaches_normal_depth(run):
    # a channel of slope 1 % fed with q = 0.1 m²/s: h = (q·n/√S)^(3/5)
    dtm = np.linspace(0.0, -0.99, 100)[None, :] + 50.0
    done = run(
        dtm, duration=600.0, manning=0.05,
        inflows=[(0, 0, [0, 600], [0.1, 0.1])], boundaries={"east": "free"},
    )  # fmt: skip
    sound(done, dtm)
    normal = (0.1 * 0.05 / 0.1) ** 0.6
    np.testing.assert_allclose(done.depth[0, 30:95], normal, rtol=0.02)
    assert done.ledger["free_outflow"] > 40.0


def test_frictionless_water_is_allowed(run):
    depth = np.zeros((3, 20))
    depth[:, :10] = 0.2
    done = run(np.zeros((3, 20)), duration=20.0, manning=0.0, initial_depth=depth)
    sound(done, np.zeros((3, 20)))
    assert done.ledger["final"] == pytest.approx(6.0, rel=1e-6)


def test_much_water_keeps_its_rain(run):
    depth = np.full((8, 8), 5.0)
    done = run(np.zeros((8, 8)), duration=120.0, initial_depth=depth, rain=10.0)
    sound(done, np.zeros((8, 8)))
    gained = done.ledger["final"] - done.ledger["initial"]
    assert gained == pytest.approx(10 * 120 / 3.6e6 * 64, rel=1e-4)


def test_high_water_behaves_like_low_water(run):
    dtm = hills((12, 14)) - 120.0
    depth = np.maximum(0.2 - dtm, 0.0)
    low = run(dtm, duration=60.0, rain=60.0, initial_depth=depth)
    high = run(dtm + 2048.0, duration=60.0, rain=60.0, initial_depth=depth)
    np.testing.assert_allclose(low.depth, high.depth, atol=1e-5)


def test_float32_and_float64_terrains_agree(run):
    dtm = hills((12, 14)).astype(np.float32)
    one = run(dtm, duration=30.0, rain=60.0)
    two = run(dtm.astype(np.float64), duration=30.0, rain=60.0)
    np.testing.assert_array_equal(one.depth, two.depth)


def test_the_card_is_plain_data(run):
    done = run(hills(), duration=30.0, rain=60.0)
    card = json.loads(json.dumps(done.card()))
    assert card["solver"] == done.solver and card["steps"] == done.steps
    assert card["shortest_step_s"] <= card["longest_step_s"] <= 30.0
    assert card["open_cells"] == card["cells"] == 24 * 31
    assert set(card["model"]) == {"en", "fr"}
    assert card["relative_error"] <= 1e-6


def test_the_inputs_are_not_written_to(run):
    dtm, depth = hills((6, 7)), np.full((6, 7), 0.1)
    copies = dtm.copy(), depth.copy()
    run(dtm, duration=10.0, initial_depth=depth, rain=([0], np.full((1, 6, 7), 5.0)))
    np.testing.assert_array_equal(dtm, copies[0])
    np.testing.assert_array_equal(depth, copies[1])


def test_auto_takes_the_solver_that_fits():
    lake = flood(np.zeros((10, 12)), duration=20.0, initial_depth=0.3, rain=30.0)
    assert lake.solver == "inertial" and lake.froude_share == 0.0 and not lake.warnings
    dam = np.zeros((4, 40))
    dam[:, :20] = 2.0
    broken = flood(np.zeros((4, 40)), duration=3.0, initial_depth=dam)
    assert broken.solver == "hllc"
    assert [item.code for item in broken.warnings] == ["JUM-K035"]
    sound(broken, np.zeros((4, 40)))


def test_auto_does_a_torrent_again():
    # 40 % of slope: what runs down is fast and steep whatever its depth
    dtm = np.tile(np.linspace(30.0, 0.0, 76)[:, None], (1, 8))
    done = flood(
        dtm,
        duration=60.0,
        manning=0.02,
        inflows=[(0, col, [0, 60], [0.6, 0.6]) for col in range(8)],
        boundaries={"south": "free"},
    )
    assert done.solver == "hllc"
    assert [item.code for item in done.warnings] == ["JUM-K036"]
    sound(done, dtm)
    quick = flood(
        dtm,
        duration=20.0,
        manning=0.02,
        inflows=[(0, col, [0, 60], [0.6, 0.6]) for col in range(8)],
        boundaries={"south": "free"},
        solver="inertial",
    )
    assert quick.solver == "inertial" and quick.froude_share > 0.01
    assert [item.code for item in quick.warnings] == ["JUM-K038"]


def test_the_inertial_engine_agrees_with_the_plain_one(plain, monkeypatch):
    dtm = hills()
    dtm[3:6, 10:14] = np.nan
    given = {
        "duration": 120.0,
        "rain": 60.0,
        "manning": 0.04,
        "initial_depth": np.maximum(119.8 - np.nan_to_num(dtm, nan=999.0), 0.0),
        "inflows": [(3, 4, [0, 60, 120], [0.0, 0.3, 0.0])],
        "boundaries": {"west": "free", "east": ("stage", [0, 60], [119.5, 120.0])},
        "solver": "inertial",
        "threads": 1,
    }
    fast = flood(dtm, **given)
    monkeypatch.setattr(choice, "engine_class", lambda solver: plain.Plain)
    slow = flood(dtm, **given)
    gap = fast.depth - slow.depth
    assert float(np.sqrt(np.mean(gap**2))) < 5e-3
    assert float(np.abs(gap).max()) < 3e-2
    for term in ("rain", "inflow"):
        assert fast.ledger[term] == pytest.approx(slow.ledger[term], rel=1e-6)
    assert fast.ledger["final"] == pytest.approx(slow.ledger["final"], rel=0.02)


@pytest.mark.parametrize("solver", ["inertial", "hllc"])
def test_an_interrupt_leaves_no_thread_behind(solver):
    dtm, depth = np.zeros((400, 400)), np.full((400, 400), 0.5)
    flood(dtm, duration=0.1, initial_depth=depth, solver=solver, threads=2)
    before = threading.active_count()
    asked = iter([False] * 3)
    with pytest.raises(FloodStoppedError, match="JUM-K017"):
        flood(
            dtm,
            duration=1e6,
            initial_depth=depth,
            solver=solver,
            threads=2,
            stop=lambda: next(asked, True),
        )
    assert threading.active_count() == before


def test_terrain_is_at_hand():
    assert {"fill", "flow_accumulation", "fill_spill_merge", "hand", "sea_flood"} < set(
        climate.__all__
    )
    pit = np.array([[2.0, 2.0, 2.0], [2.0, 0.0, 1.0], [2.0, 2.0, 2.0]])
    np.testing.assert_array_equal(climate.fill(pit), np.maximum(pit, 1.0))
    with pytest.raises(AttributeError, match="fil1"):
        _ = climate.fil1


def test_import_stays_light():
    import subprocess
    import sys

    code = "import sys, jumeau.worksites.climate.flooding; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("solver", ["inertial", "hllc"])
def test_half_a_millimetre_wets_rough_ground_and_stays(solver):
    slope = np.broadcast_to(np.arange(20, 0, -1) * 0.1, (3, 20))
    film = np.full(slope.shape, 4.5e-4)
    held = flood(slope, duration=120.0, initial_depth=film, solver=solver)
    np.testing.assert_allclose(held.depth, 4.5e-4, rtol=1e-6)
    more = flood(slope, duration=600.0, initial_depth=4.0 * film, solver=solver)
    assert more.depth[:, :-1].max() < 1e-3 and more.depth[:, -1].min() > 0.01
    if solver == "hllc":
        assert more.depth.min() >= 4.9e-4
        smooth = flood(slope, duration=600.0, initial_depth=film, solver=solver, manning=0.0)
        assert smooth.depth[:, :10].max() < 1e-4


@pytest.mark.parametrize("solver", ["inertial", "hllc"])
def test_a_deep_lake_in_high_relief_does_not_move(solver):
    y, x = np.mgrid[0:40, 0:40]
    bed = 300.0 * (0.5 + 0.25 * np.sin(x / 9) * np.cos(y / 7) + 0.25 * np.sin(x / 23 + 1))
    bed = bed + np.random.default_rng(0).random(bed.shape) * 10.0
    level = bed.min() + 0.7 * np.ptp(bed)
    depth = np.maximum(level - bed, 0.0)
    assert depth.max() > 100.0 and (depth == 0.0).any()
    done = flood(bed, duration=10.0, initial_depth=depth, solver=solver)
    assert done.speed_max.max() < 1e-6
    assert np.abs((bed + done.depth - level)[depth > 0.01]).max() < 3e-5
