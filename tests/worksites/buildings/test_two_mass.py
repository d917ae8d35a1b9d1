# SPDX-License-Identifier: EUPL-1.2
"""The two-mass model against a plain twin, its own equations and what physics demands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

from jumeau.validation.buildings.physics import drawn
from jumeau.worksites import buildings
from jumeau.worksites.buildings import columns, engine, two_mass, two_mass_hour
from jumeau.worksites.buildings.basis import Basis

HOURS = 24 * 45


def weather(hours: int = HOURS, seed: int = 1) -> buildings.Weather:
    """Return a winter and spring with days, nights and clouds."""
    rng = np.random.default_rng(seed)
    hour = np.arange(hours)
    day = np.clip(np.sin((hour % 24 - 7.0) / 10.0 * np.pi), 0.0, None) * ((hour % 24) < 17)
    day[hour % 24 < 8] = 0.0
    clear = np.repeat(rng.uniform(0.0, 1.0, hours // 24 + 1), 24)[:hours]
    temperature = 6.0 + 5.0 * np.sin((hour % 24 - 9) / 12.0 * np.pi) + rng.normal(0.0, 2.0, hours)
    return buildings.Weather(temperature, 600.0 * day * clear, 150.0 * day, 45.0, 2.0, 0.0)


def params(count: int = 50, seed: int = 3) -> pd.DataFrame:
    """Return drawn buildings with set-points, set-backs, schedules and finite powers."""
    rng = np.random.default_rng(seed)
    out = drawn(count, seed)
    out["heating_set_c"] = rng.uniform(18.0, 22.0, count)
    out["heating_setback_c"] = rng.uniform(12.0, 17.0, count)
    out["cooling_set_c"] = rng.uniform(24.0, 27.0, count)
    out["heating_max_kw"] = np.where(rng.random(count) < 0.5, 0.03 * out["floor_area_m2"], np.nan)
    out["cooling_max_kw"] = np.where(rng.random(count) < 0.5, 0.01 * out["floor_area_m2"], np.nan)
    out["night_vent_ach"] = rng.uniform(0.0, 4.0, count)
    out["schedule"] = rng.choice(["constant", "night_setback", "night_ventilation"], count)
    floating = rng.random(count) < 0.2
    out.loc[floating, ["heating_set_c", "heating_setback_c", "cooling_set_c"]] = np.nan
    return out


def network_of(stock: engine.Stock, row: int, vent: float) -> dict[str, np.ndarray]:
    """Return the matrices of six nodes of one building, written apart from the product.

    Nodes: air, star, surface of floors, surface of the envelope, mass of floors, mass of the
    envelope. Inputs: outside, sky, sun, opaque sun, occupancy, load, air of the hour before.
    """
    get = lambda name: getattr(stock, name)[row]  # noqa: E731
    glass, walls = get("window").sum(), get("wall").sum()
    total = max(get("inner_area"), get("floor_area") + glass)
    area = walls + get("roof")
    on_wall = float(np.clip(get("mass_area") - get("floor_area"), 1e-6 * get("mass_area"), area))
    areas = np.array([get("mass_area") - on_wall, on_wall])
    held = min(1.2 * 1014.0 * get("volume"), 0.5 * get("capacity"))
    kappa = (get("capacity") - held) / get("mass_area")
    convective = np.roots([1.0, 6.6, -6.6 * get("inner_h")]).max()
    film = convective + 6.6
    resistance = min(kappa, np.sqrt(86400.0 * 1.6e6 / np.pi)) / 3.0 / 1.6e6
    conductance = get("wall_u") * walls + get("roof_u") * get("roof")
    heavy = on_wall / area
    wanted = np.array([get("ground_factor") * get("ground_u") * get("ground"), heavy * conductance])
    inner = areas / (1.0 / film + resistance)
    through = np.minimum(wanted, 0.95 * inner)
    excess = wanted - through
    envelope_light = (1.0 - heavy) * conductance + excess[1]
    light = envelope_light + excess[0] + get("extra_ua")
    windows = get("window_u") * glass

    conduct, feed = np.zeros((6, 6)), np.zeros((6, 7))

    def link(a: int, b: int, value: float) -> None:
        conduct[[a, b], [a, b]] += value
        conduct[a, b] -= value
        conduct[b, a] -= value

    def outdoors(a: int, value: float) -> None:
        conduct[a, a] += value
        feed[a, 0] += value

    air = max(held, 10e3 * get("floor_area")) / 3600.0
    outdoors(0, vent)
    conduct[0, 0] += air
    feed[0, 6] += air
    link(0, 1, get("inner_h") * get("inner_area"))
    outdoors(1, windows + light)
    outer = 1.0 / (1.0 / through - 1.0 / inner)
    for k in range(2):
        link(1, 2 + k, film * areas[k])
        link(2 + k, 4 + k, areas[k] / resistance)
        outdoors(4 + k, outer[k])
    # The sun: a tenth to the air, the rest on floors first, then everywhere.
    total = max(total, get("mass_area") + glass)
    sink = 0.6 * (total - glass) + get("window_g") * glass
    feed[0, 2] += 0.1
    feed[2, 2] += 0.9 * (0.6 * min(areas[0] / get("floor_area"), 1.0) + 0.24 * areas[0] / sink)
    feed[3, 2] += 0.9 * 0.24 * areas[1] / sink
    lost = 0.4 * get("window_g") * glass / sink
    feed[1, 2] += max(0.9 * (1.0 - lost) - feed[2:4, 2].sum(), 0.0)
    share = areas / total
    gains = get("gains")
    feed[:4, 4] = gains * np.array([0.4, 0.6 * (1.0 - share.sum()), *(0.6 * share)])
    feed[1, 3] += envelope_light / conductance
    feed[5, 3] += outer[1] / conductance
    window_sky, opaque_sky = (values[row] for values in engine.sky_loss(stock))
    feed[:, 1] = -opaque_sky * feed[:, 3]
    feed[1, 1] -= window_sky
    feed[0, 5] += 1.0
    fast = np.linalg.inv(conduct[:4, :4])
    rate = -(conduct[4:, 4:] - conduct[4:, :4] @ fast @ conduct[:4, 4:])
    given = feed[4:] - conduct[4:, :4] @ fast @ feed[:4]
    capacity = kappa * areas / 3600.0
    return {
        "rate": rate / capacity[:, None],
        "given": given / capacity[:, None],
        "of_mass": -(fast @ conduct[:4, 4:])[:2],
        "of_input": (fast @ feed[:4])[:2],
    }


def twin(stock: engine.Stock, row: int, drive: engine.Drive) -> dict[str, np.ndarray]:
    """Run one building hour by hour from the start that the product takes, after its warm-up."""
    area = engine.apertures(stock)[:, :, row]
    vents = np.maximum(engine.air_conductance(stock, drive.air)[:, row], 1e-9)
    nets = []
    for vent in vents:
        net = network_of(stock, row, vent)
        # e^A, φ₁ and φ₂ at once: exponential of the augmented matrix (Van Loan).
        big = np.zeros((6, 6))
        big[:2, :2], big[:2, 2:4], big[2:4, 4:6] = net["rate"], np.eye(2), np.eye(2)
        found = expm(big)
        nets.append((net, found[:2, :2], found[:2, 2:4], found[:2, 4:6]))
    names = ("heat_set", "heat_back", "cool_set", "cool_back", "heat_max", "cool_max")
    back = {name: getattr(stock, name)[row] for name in names}
    first = _begin(stock, row, drive)
    before, mass = first[0], first[1:]
    loads, airs, felt = [], [], []
    for step, h in enumerate(drive.order):
        net, kept, one, two = nets[drive.state[h]]
        sun = drive.sun[h] * area[drive.month[h]]
        inputs = np.array(
            [drive.outside[h], drive.sky[h], sun[:4].sum(), sun[4:].sum(), drive.occupancy[h],
             0.0, before]
        )  # fmt: skip

        def mean(load: float, net: Any = net, one: Any = one, two: Any = two,
                 inputs: Any = inputs, mass: Any = mass) -> np.ndarray:  # fmt: skip
            inputs[5] = load
            middle = one @ mass + two @ (net["given"] @ inputs)
            return net["of_mass"] @ middle + net["of_input"] @ inputs

        free = mean(0.0)[0]
        per = mean(1.0)[0] - free
        low = _line(back["heat_set"], back["heat_back"], drive.heat[h])
        high = _line(back["cool_set"], back["cool_back"], drive.cool[h])
        up = np.trapezoid(np.maximum(low - free, 0.0)) / (len(low) - 1)
        down = np.trapezoid(np.maximum(free - high, 0.0)) / (len(high) - 1)
        load = min(up / per, back["heat_max"]) - min(down / per, back["cool_max"])
        air, star = mean(load)
        mass = kept @ mass + one @ (net["given"] @ inputs)
        before = air
        if step >= drive.warm:
            loads.append(load)
            airs.append(air)
            felt.append(0.3 * air + 0.7 * star)
    return {"load": np.array(loads), "air": np.array(airs), "felt": np.array(felt)}


def _line(at: float, back: float, share: np.ndarray) -> np.ndarray:
    """Return a set-point within the hour, in many points when it changes [°C]."""
    shares = np.linspace(*share, 20001 if share[0] != share[1] else 2)
    return at * shares + back * (1.0 - shares)


def _begin(stock: engine.Stock, row: int, drive: engine.Drive) -> np.ndarray:
    rows = np.full(engine.LANES, row)
    part = stock.take(rows)
    net = two_mass.network(part)
    states = np.flatnonzero(np.bincount(drive.state, minlength=engine.STATES))
    vent = np.maximum(engine.air_conductance(part, drive.air[states]), 1e-9)
    found = two_mass_hour.hour(net, vent, part.gains, np.stack(engine.sky_loss(part)))
    targets = np.stack([part.heat_set, part.heat_back, part.cool_set, part.cool_back])
    limits = np.stack([part.heat_max, part.cool_max])
    state = np.searchsorted(states, drive.state)
    area = engine.apertures(part)
    return two_mass._start(found, drive, state, area, targets, limits)[:, 0]


def ready(table: pd.DataFrame, sky: buildings.Weather) -> tuple[engine.Stock, Basis]:
    reading = columns.read(table, None)
    return reading.stock, Basis(sky, reading.polynomials, reading.schedules, None)


def test_the_blocks_are_the_twin_hour_by_hour() -> None:
    table, sky = params(8), weather(24 * 20)
    assert table["schedule"].nunique() == 3
    result = buildings.simulate(table, sky, model="two_mass", hourly=True)
    stock, basis = ready(table, sky)
    for row in range(len(stock)):
        keys = (int(stock.rotation[row]), int(stock.glazing[row]), int(stock.schedule[row]))
        exact = twin(stock, row, basis.drive(*keys))
        scale = max(np.abs(exact["load"]).max(), 1.0)
        ours = result.hourly["heating_kwh"][row] - result.hourly["cooling_kwh"][row]
        tolerance = 2e-6  # float32 series; the ramps of the twin are summed by trapezes
        np.testing.assert_allclose(1000.0 * ours / scale, exact["load"] / scale, atol=tolerance)
        np.testing.assert_allclose(result.hourly["t_air_c"][row], exact["air"], atol=1e-4)
        np.testing.assert_allclose(result.hourly["t_operative_c"][row], exact["felt"], atol=1e-4)
        needs = np.clip(exact["load"], 0.0, None).sum() / 1000.0
        assert result.heating_kwh[row] == pytest.approx(needs, rel=1e-7, abs=1e-6)
        assert result.t_max_c[row] == pytest.approx(exact["air"].max(), abs=1e-6)


def test_a_thousand_buildings_are_the_same_alone_or_together_on_any_threads() -> None:
    table, sky = params(1000), weather(24 * 8)
    one = buildings.simulate(table, sky, model="two_mass", threads=1).table
    many = buildings.simulate(table, sky, model="two_mass", threads=3).table
    pd.testing.assert_frame_equal(one, many, check_exact=True)
    shuffled = table.sample(frac=1.0, random_state=5)
    again = buildings.simulate(shuffled, sky, model="two_mass").table.loc[table.index]
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    alone = buildings.simulate(table.iloc[[417]], sky, model="two_mass").table
    pd.testing.assert_frame_equal(one.iloc[[417]], alone, check_exact=True)
    hourly = buildings.simulate(table.iloc[:70], sky, model="two_mass", hourly=True).table
    pd.testing.assert_frame_equal(one.iloc[:70], hourly, check_exact=True)


@pytest.mark.parametrize("hours", [24 * 8 + 5, 64, 65])
def test_the_series_add_up_to_the_needs(hours: int) -> None:
    result = buildings.simulate(params(70), weather(hours), model="two_mass", hourly=True)
    for name in ("heating_kwh", "cooling_kwh"):
        summed = result.hourly[name].sum(axis=1, dtype=np.float64)
        np.testing.assert_allclose(summed, getattr(result, name), rtol=1e-6, atol=1e-6)
    assert result.hourly["t_air_c"].shape == (70, hours)
    np.testing.assert_allclose(result.hourly["t_air_c"].max(axis=1), result.t_max_c, rtol=1e-6)


def test_heat_is_conserved_whatever_the_schedule_and_the_power() -> None:
    result = buildings.simulate(params(300), weather(), model="two_mass")
    terms = result.balance_kwh.to_numpy()
    assert (np.abs(terms.sum(axis=1)) <= 1e-9 * np.abs(terms).max(axis=1)).all()
    assert (terms[:, 0] > 0.0).sum() > 250, "the sun is among the terms"


def test_powers_stay_within_their_limits_and_temperatures_between_set_points() -> None:
    table = params(200).assign(schedule="constant")
    result = buildings.simulate(table, weather(), model="two_mass")
    capped = table["heating_max_kw"].notna() & table["heating_set_c"].notna()
    assert (result.heating_peak_kw[capped] <= table["heating_max_kw"][capped] * (1 + 1e-12)).all()
    assert (result.heating_peak_kw[capped] == table["heating_max_kw"][capped]).any()
    free = table["heating_max_kw"].isna() & table["heating_set_c"].notna()
    assert (result.t_min_c[free] >= table["heating_set_c"][free] - 1e-9).all()
    assert (result.heating_kwh[table["heating_set_c"].isna()] == 0.0).all()


def test_more_capacity_narrows_the_swing_and_leaves_the_mean() -> None:
    one = drawn(1, 8).assign(gains_w=0.0)
    table = pd.concat([one] * 4, ignore_index=True)
    table["capacity_j_k"] = table["floor_area_m2"] * np.array([60e3, 150e3, 300e3, 600e3])
    result = buildings.simulate(table, weather(24 * 90), model="two_mass")
    swing = (result.t_max_c - result.t_min_c).to_numpy()
    assert (np.diff(swing) < 0.0).all()
    assert np.ptp(result.t_mean_c) < 0.15 * swing[0]


def test_both_models_agree_on_the_losses_and_differ_on_the_swing() -> None:
    table = params(60)
    simple, double = (
        buildings.simulate(table.assign(heating_set_c=20.0, heating_setback_c=np.nan,
                                        heating_max_kw=np.nan, schedule="constant"),
                           weather(), model=model).heating_kwh
        for model in ("5r1c", "two_mass")
    )  # fmt: skip
    ratio = double.sum() / simple.sum()
    assert 0.95 < ratio < 1.05
    assert np.abs(double / simple - 1.0).max() > 1e-3


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 0.1, 3.0, 200.0])
def test_the_functions_of_matrices_are_those_of_the_exponential(scale: float) -> None:
    rng = np.random.default_rng(4)
    n = 40
    couple, lose = rng.uniform(0.1, 1.0, n), rng.uniform(0.01, 1.0, (2, n))
    ratio = rng.uniform(0.2, 5.0, n)
    rate = scale * np.array(
        [[-(couple + lose[0]), couple], [ratio * couple, -ratio * (couple + lose[1])]]
    )
    kept, one, two = two_mass_hour.functions(rate)
    for k in range(n):
        big = np.zeros((6, 6))
        big[:2, :2], big[:2, 2:4], big[2:4, 4:6] = rate[:, :, k], np.eye(2), np.eye(2)
        exact = expm(big)
        for ours, theirs in ((kept, exact[:2, :2]), (one, exact[:2, 2:4]), (two, exact[:2, 4:6])):
            np.testing.assert_allclose(ours[:, :, k], theirs, rtol=1e-8, atol=1e-10)


def test_equal_roots_are_no_trouble() -> None:
    rate = np.zeros((2, 2, 1))
    rate[0, 0], rate[1, 1] = -0.3, -0.3
    kept, one, two = two_mass_hour.functions(rate)
    np.testing.assert_allclose(kept[:, :, 0], np.exp(-0.3) * np.eye(2), atol=1e-9)
    np.testing.assert_allclose(one[:, :, 0], (1 - np.exp(-0.3)) / 0.3 * np.eye(2), atol=1e-9)
    np.testing.assert_allclose(two[0, 0, 0], (1 - (1 - np.exp(-0.3)) / 0.3) / 0.3, atol=1e-9)


def test_a_very_thick_mass_is_felt_as_deep_as_a_day_reaches() -> None:
    table = pd.concat([drawn(1, 4)] * 3, ignore_index=True)
    table["capacity_j_k"] = table["mass_area_m2"] * np.array([1e5, 3e5, 3e9])
    net = two_mass.network(columns.read(table, None).stock)
    assert (np.diff(net.inner[0]) < 0.0).tolist() == [True, False]
    assert net.inner[0, 1] == pytest.approx(net.inner[0, 2])
    assert net.capacity[0, 2] > 100.0 * net.capacity[0, 1]


def test_the_film_of_the_standard_comes_back() -> None:
    assert two_mass.film(np.array([3.45]))[0] == pytest.approx(9.1, abs=0.01)


def test_the_shares_of_sun_and_gains_are_shares() -> None:
    net = two_mass.network(columns.read(params(400), None).stock)
    assert (net.sun >= 0.0).all()
    assert (net.gain >= -1e-12).all()
    assert (net.sun.sum(axis=0) < 1.0).all(), "windows let some of it out"
    assert (net.sun.sum(axis=0) > 0.85).all()
    np.testing.assert_allclose(net.gain.sum(axis=0), 1.0)
    assert (net.envelope.sum(axis=0) >= 1.0 - 1e-12).all()


def test_an_envelope_given_as_one_conductance_is_computed() -> None:
    whole = pd.DataFrame(
        {
            "floor_area_m2": [100.0], "opaque_ua_w_k": [80.0], "capacity_j_k": [2e7],
            "window_s_m2": [10.0], "window_u": [1.5], "window_g": [0.5],
            "infiltration_ach": [0.5], "heating_set_c": [20.0], "inner_area_m2": [350.0],
        }
    )  # fmt: skip
    result = buildings.simulate(whole, weather(), model="two_mass")
    assert 500.0 < result.heating_kwh[0] < 3000.0
    terms = result.balance_kwh.to_numpy()[0]
    assert abs(terms.sum()) <= 1e-9 * np.abs(terms).max()


def test_a_shed_of_bare_steel_stays_finite_and_loses_what_it_should() -> None:
    shed = drawn(30, 2).assign(
        wall_u=9.5, roof_u=9.5, ground_u=9.5, heating_set_c=18.0, emissivity=0.0, gains_w=0.0
    )
    still = np.zeros(24 * 60)
    dark = buildings.Weather(still, still, still, 46.0, 2.0, 1.0)
    result = buildings.simulate(shed, dark, model="two_mass", hourly=True)
    simple = buildings.simulate(shed.assign(wall_u=9.4), dark, model="5r1c")
    last = result.hourly["heating_kwh"][:, -1]
    assert np.isfinite(last).all()
    assert (last > 0.9 * simple.heating_peak_kw.to_numpy()).all()
