# SPDX-License-Identifier: EUPL-1.2
"""Sensitivities by the adjoint, against differences by EPANET and the engine's own factor."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.analyses import laws, moment
from jumeau.worksites.water.batched.adjoint import jacobian

LOOP = """[JUNCTIONS]
 A 10 5
 B 12 8
 C 8 3
 D 9 4
 E 7 6
[RESERVOIRS]
 R 60
[PIPES]
 p0 R A 300 200 110 3
 p1 A B 400 150 110 0
 p2 B C 300 100 110 2
 p3 A C 500 100 100 0
 p4 B D 250 80 90
 p5 D E 200 80 90
[OPTIONS]
 Units CMH
 Headloss H-W
[END]
"""


def differences(net, watched, drawn, amount=0.05):
    """Return the change of pressure by 1 m³/h drawn, by four runs of EPANET (plain twin)."""
    tight = moment.tightened(net)
    runs = [{"demand": {drawn: sign * amount}} for sign in (1, -1, 2, -2)]
    answer = water.solve(tight, 0, scenarios=runs, engine="epanet")
    p = answer.pressure[:, 0, [answer.nodes.index(name) for name in watched]]
    one, two = (p[0] - p[1]) / (2 * amount), (p[2] - p[3]) / (4 * amount)
    return (4 * one - two) / 3


def agrees(net, watched=None, drawn=None, rel=1e-3, amount=0.05):
    """Check sensitivities of a network against differences, and return them."""
    names = list(net.junctions.index)
    watched, drawn = watched or names, drawn or names
    table = water.sensitivity(net, watched)
    for name in drawn:
        twin = differences(net, watched, name, amount)
        np.testing.assert_allclose(table[name], twin, atol=rel * np.abs(twin).max())
    return table


@pytest.fixture
def loop(tmp_path):
    path = tmp_path / "loop.inp"

    def build(text=LOOP, **changes):
        for old, new in changes.get("replace", {}).items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return water.read_inp(path)

    return build


def test_one_pipe_by_hand(tmp_path):
    path = tmp_path / "pipe.inp"
    path.write_text(
        "[JUNCTIONS]\n J 10 36\n[RESERVOIRS]\n R 50\n[PIPES]\n P R J 1000 200 130\n"
        "[OPTIONS]\n Units CMH\n"
    )
    loss = 10.667 * 1000 * (36 / 3600) ** 1.852 / (130**1.852 * 0.2**4.871)
    table = water.sensitivity(water.read_inp(path), ["J", "R"])
    assert table.loc["J", "J"] == pytest.approx(-1.852 * loss / 36, rel=1e-3)
    assert table.loc["R", "J"] == 0.0
    assert list(table.columns) == ["J"] and list(table.index) == ["J", "R"]


def test_a_loop_and_its_symmetry(loop):
    table = agrees(loop())
    np.testing.assert_allclose(table, table.T, rtol=1e-9)
    assert (table.to_numpy() < 0).all()


@pytest.mark.parametrize(
    ("law", "rough"), [("D-W", ("0.2", "0.1", "0.05")), ("C-M", ("0.011", "0.012", "0.013"))]
)
def test_other_laws_of_head_loss(loop, law, rough):
    text = LOOP.replace("H-W", law)
    for old, new in zip((" 110", " 100 0", " 90"), (rough[0], f"{rough[1]} 0", rough[2]), strict=1):
        text = text.replace(old, f" {new}")
    agrees(loop(text))


def test_slow_and_middling_flows_with_darcy_and_weisbach():
    w = np.array([300.0, 900.0, 2000.0, 3000.0, 4000.0, 2e5])
    share = np.full(len(w), 2e-3)
    _, by_w, by_rough = laws.friction(w, share)
    more = laws.friction(w * 1.0001, share)[0], laws.friction(w / 1.0001, share)[0]
    np.testing.assert_allclose(by_w, (more[0] - more[1]) / (w * 2e-4), rtol=1e-4)
    rougher = laws.friction(w, share * 1.0001)[0], laws.friction(w, share / 1.0001)[0]
    np.testing.assert_allclose(by_rough, (rougher[0] - rougher[1]) / 2e-4, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(
    "valve",
    ["PRV 35 0", "PRV 90 2", "PSV 30 0", "FCV 2 1", "TCV 300 0", "PBV 6 0", "GPV g", "PCV 40 5"],
)
def test_every_kind_of_valve(loop, valve):
    text = LOOP.replace(" p4 B D 250 80 90\n", "").replace(
        "[OPTIONS]", f"[VALVES]\n V B D 80 {valve}\n[CURVES]\n g 0 0\n g 5 2\n g 40 12\n[OPTIONS]"
    )
    if valve.startswith(("FCV", "PSV")):  # another way to D
        text = text.replace("[OPTIONS]", "[PIPES]\n p6 C D 600 80 90\n[OPTIONS]")
    agrees(loop(text), amount=0.4 if valve.startswith("PBV") else 0.05)  # EPANET's PBV is noisy


@pytest.mark.parametrize(
    "pump", ["POWER 5", "HEAD c", "HEAD c SPEED 0.9", "HEAD three", "HEAD many SPEED 1.05"]
)
def test_every_kind_of_pump(loop, pump):
    curves = "[CURVES]\n c 30 50\n three 0 66\n three 30 50\n three 60 5\n"
    curves += " many 0 65\n many 20 60\n many 45 40\n many 70 1\n"
    text = LOOP.replace(" p0 R A 300 200 110 3\n", "").replace("R 60", "R 10")
    agrees(loop(text.replace("[OPTIONS]", f"[PUMPS]\n U R A {pump}\n{curves}[OPTIONS]")))


def test_emitters_and_pressure_driven_demand(loop):
    emitters = "[EMITTERS]\n C 0.8\n E 0.3\n[OPTIONS]\n Emitter Exponent 0.7"
    agrees(loop(LOOP.replace("[OPTIONS]", emitters)))
    driven = "[OPTIONS]\n Demand Model PDA\n Minimum Pressure 2\n Required Pressure 55"
    net = loop(LOOP.replace("[OPTIONS]", driven))
    table = water.sensitivity(net, net.junctions.index)
    at = moment.moment(net)
    pressure = (at.head - moment.ground(net, at))[:5]
    for name, share in zip("ABCDE", np.sqrt((pressure - 2) / 53), strict=True):
        twin = differences(net, list("ABCDE"), name, 0.02) / share  # what is added is served so
        np.testing.assert_allclose(table[name], twin, rtol=1e-3)
    fixed = water.sensitivity(loop(), ["E"])
    assert abs(table.loc["E", "E"]) < 0.95 * abs(fixed.loc["E", "E"])


def test_leakage_of_pipes(loop):
    text = LOOP.replace("[OPTIONS]", "[LEAKAGE]\n p3 40 2\n p5 90 0\n[OPTIONS]")
    net = loop(text)
    agrees(net)
    assert moment.moment(net).leaked.sum() > 10


def test_customary_units(loop):
    text = "[JUNCTIONS]\n A 30 50\n B 40 80\n[RESERVOIRS]\n R 200\n[PIPES]\n p R A 900 6 110\n"
    text += " q A B 700 5 100 2\n s R B 2000 4 90\n[EMITTERS]\n B 2\n[OPTIONS]\n Units GPM\n"
    table = agrees(loop(text), amount=0.2)
    metric = "[JUNCTIONS]\n A 9.144 11.35623535\n B 12.192 18.16997656\n[RESERVOIRS]\n R 60.96\n"
    metric += "[PIPES]\n p R A 274.32 152.4 110\n q A B 213.36 127 100 2\n s R B 609.6 101.6 90\n"
    metric += "[EMITTERS]\n B 0.541756\n[OPTIONS]\n Units CMH\n"  # 2 GPM at 1 psi
    np.testing.assert_allclose(table, water.sensitivity(loop(metric), ["A", "B"]), rtol=1e-3)


def test_the_engines_own_factor_agrees(town):
    net = moment.tightened(water.read_inp(town))
    names = list(net.junctions.index)
    table = water.sensitivity(net, names)
    found = jacobian(net)
    seen = np.zeros((len(found.nodes), len(names)))
    seen[np.arange(len(names)), np.arange(len(names))] = 1.0
    twin = -found.solve(seen, transposed=True)[: len(names)].T
    np.testing.assert_allclose(table, twin, rtol=1e-4, atol=1e-6)


def test_at_a_time_tanks_and_controls_are_those_of_the_time(town):
    net = water.read_inp(town)
    for at_s in (3600, 18000, 20000):
        table = water.sensitivity(net, ["B", "F"], at_s=at_s)
        still = moment.frozen(net, moment.moment(net, at_s))
        for name in ("C", "F"):
            twin = differences(still, ["B", "F"], name, 0.02)
            np.testing.assert_allclose(table[name], twin, rtol=1e-3, atol=1e-6)
    assert not np.allclose(table, water.sensitivity(net, ["B", "F"], at_s=3600))


def test_what_no_open_link_reaches_has_none(loop):
    net = loop()
    net.pipes.loc["p5", "status"] = "closed"
    table = water.sensitivity(net, ["A", "E"])
    assert np.isnan(table.loc["E"]).all() and np.isnan(table.loc["A", "E"])
    assert np.isfinite(table.loc["A", ["A", "B", "C", "D"]]).all()


def test_wrong_questions_are_refused(town):
    net = water.read_inp(town)
    with pytest.raises(UnknownNameError, match=r"JUM-H070(.|\n)*A"):
        water.sensitivity(net, ["a"])
    for at_s in (-1, 1e6, 0.5, float("nan")):
        with pytest.raises(InvalidError, match="JUM-H071"):
            water.sensitivity(net, ["A"], at_s=at_s)


def test_the_sensors_of_l_town(shared):
    net = water.read_inp(shared / "validation/water/battledim/L-TOWN.inp")
    watched = ["n1", "n54", "n215", "n288", "n752"]
    agrees(net, watched, ["n3", "n52", "n230", "n726"], amount=0.2)


def test_a_part_without_a_source_has_no_sensitivity(grid):
    net = grid.copy()
    net.document = net.origin = None
    net.tanks, net.vertices = net.tanks.iloc[:0], net.vertices.iloc[:0]
    net.junctions = net.junctions.loc[["A", "E", "G"]]
    net.junctions["demand_m3_h"] = [12.0, 0.0, 0.0]
    net.pipes = net.pipes.loc[["p0", "p8"]]
    net.pipes.loc["p8", "length_m"] = 110.0  # EPANET's own rounding decides whether it goes on
    found = water.sensitivity(net, ["A", "E"])
    assert found.loc["A", "A"] < 0.0
    assert found.loc["A", ["E", "G"]].isna().all() and found.loc["E"].isna().all()
