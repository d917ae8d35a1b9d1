# SPDX-License-Identifier: EUPL-1.2
"""Single runs and scenarios: EPANET's engine, the batch, and that they agree."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, JumeauError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water import controls, times
from jumeau.worksites.water.batched import solving

MILLIMETRE = 1e-3


def agree(net, scenarios=None, duration_s=None, step_s=None, tight=True):
    """Compute with both engines, check heads to 1 mm and flows to 0.1 %, return both."""
    net = net.copy()
    if tight:
        net.options["ACCURACY"] = "0.00001"
    theirs = water.solve(net, duration_s, step_s, scenarios=scenarios, engine="epanet")
    ours = water.solve(net, duration_s, step_s, scenarios=scenarios, engine="batched")
    assert ours.engine == "batched" and ours.nodes == theirs.nodes and ours.links == theirs.links
    np.testing.assert_array_equal(ours.time_s, theirs.time_s)
    assert np.abs(ours.head - theirs.head).max() < MILLIMETRE
    np.testing.assert_allclose(ours.flow, theirs.flow, rtol=1e-3, atol=5e-3)
    return ours, theirs


def test_one_pipe_follows_hazen_and_williams(tmp_path):
    path = tmp_path / "pipe.inp"
    path.write_text(
        "[JUNCTIONS]\n J 10 36\n[RESERVOIRS]\n R 50\n[PIPES]\n P R J 1000 200 130\n"
        "[OPTIONS]\n Units CMH\n Accuracy 1e-5\n"
    )
    loss = 10.667 * 1000 * (36 / 3600) ** 1.852 / (130**1.852 * 0.2**4.871)
    for engine in ("epanet", "batched"):
        answer = water.solve(water.read_inp(path), engine=engine)
        assert answer.head.shape == (1, 1, 2) and answer.nodes == ["J", "R"]
        assert answer.head[0, 0, 0] == pytest.approx(50 - loss, abs=2e-4)
        assert answer.pressure[0, 0, 0] == pytest.approx(40 - loss, abs=2e-4)
        assert answer.flow[0, 0, 0] == pytest.approx(36, rel=1e-5)


def test_a_day_with_tank_pump_valves_controls_and_emitter(town):
    ours, theirs = agree(water.read_inp(town))
    assert len(ours.time_s) == 49
    pump = ours.links.index("U")
    assert (theirs.flow[0, :, pump] == 0).any() and (theirs.flow[0, :, pump] > 0).any()
    changes = np.diff(theirs.flow[0, :, ours.links.index("p7")] != 0).any()
    assert changes, "the control on time never fired"


@pytest.mark.parametrize(("law", "rough"), [("D-W", (0.2, 0.05)), ("C-M", (0.011, 0.013))])
def test_other_laws_of_head_loss(town, law, rough):
    text = town.read_text("utf-8").replace("H-W", law)
    for old, new in (("110", rough[0]), ("120", rough[0]), ("100  0 ", f"{rough[1]}  0 ")):
        text = text.replace(f"  {old}", f"  {new}")
    town.write_text(text.replace("  90 ", f"  {rough[1]} "), "utf-8")
    agree(water.read_inp(town))


@pytest.mark.parametrize(
    "valve",
    ["PSV  20  0", "PBV  6  0", "TCV  80  0", "PRV  18  3", "PRV  80  0", "FCV  3  0", "GPV  g  0"],
)
def test_every_kind_of_valve(town, valve):
    text = town.read_text("utf-8").replace("PRV  40  0", valve)
    town.write_text(text.replace("[CURVES]\n", "[CURVES]\n g 0 0\n g 5 2\n g 20 12\n"), "utf-8")
    agree(water.read_inp(town), duration_s=7200)


@pytest.mark.parametrize("opening", [0.05, 5, 30, 95, 100])
@pytest.mark.parametrize("curve", ["", "pc"])
def test_valves_open_by_degrees(town, opening, curve):
    text = town.read_text("utf-8").replace("PRV  40  0", f"PCV  {opening}  20  {curve}")
    town.write_text(
        text.replace("[CURVES]\n", "[CURVES]\n pc 10 4\n pc 50 30\n pc 90 80\n"), "utf-8"
    )
    agree(water.read_inp(town), duration_s=0)


@pytest.mark.parametrize(("least", "asked", "power"), [(0, 20, 0.5), (5, 45, 0.5), (10, 50, 0.7)])
def test_demands_follow_the_pressure(town, least, asked, power):
    net = water.read_inp(town)
    net.options |= {"DEMAND MODEL": "PDA", "MINIMUM PRESSURE": str(least),
                    "REQUIRED PRESSURE": str(asked), "PRESSURE EXPONENT": str(power)}  # fmt: skip
    agree(net)
    scenarios = [{"demand": {"F": 3.0 * k}} for k in range(8)]
    scenarios += [{"status": {"U": 0}}, {"status": {"p6": 0}}, {"emitter": {"E": 0.8}}]
    ours, _ = agree(net, scenarios, duration_s=0)
    net.options["DEMAND MODEL"] = "DDA"
    driven = water.solve(net, 0, scenarios=scenarios, engine="batched")
    short = ours.links.index("p6")
    assert ours.flow[7, 0, short] < 0.9 * driven.flow[7, 0, short], "all demands were met"


def test_emitters_draw_no_air(town):
    town.write_text(town.read_text("utf-8").replace(" F   11", " F   60"), "utf-8")
    net = water.read_inp(town)
    back, _ = agree(net, duration_s=0)
    net.options["BACKFLOW ALLOWED"] = "NO"
    none, _ = agree(net, duration_s=0)
    pipe = back.links.index("p6")
    assert none.flow[0, 0, pipe] == pytest.approx(2.0, abs=1e-3)
    assert back.flow[0, 0, pipe] < 1.9, "no air came in"


@pytest.mark.parametrize(
    "pump", ["POWER 6", "HEAD c1 SPEED 0.9", "HEAD c3", "HEAD many", "HEAD c1 PATTERN run"]
)
def test_every_kind_of_pump(town, pump):
    text = town.read_text("utf-8").replace("HEAD c1", pump)
    curves = "[CURVES]\n c3 0 66\n c3 30 50\n c3 60 5\n"
    curves += " many 0 65\n many 20 60\n many 45 40\n many 70 1\n"
    patterns = "[PATTERNS]\n run 1 0.9 0 1.05\n"
    text = text.replace("[CURVES]\n", curves).replace("[PATTERNS]\n", patterns)
    town.write_text(text, "utf-8")
    agree(water.read_inp(town), duration_s=0 if "POWER" in pump else None)


def test_scenarios_change_what_they_say(town):
    net = water.read_inp(town)
    scenarios = [
        {},
        {"demand": {"C": 4.0, "F": 1.5}},
        {"emitter": {"B": 0.8, "F": 0.0}},
        {"status": {"p3": 0, "p7": 1}},
        {"setting": {"V": 22.0, "W": 2.0, "U": 0.95}},
        {"roughness": {"p1": 60.0, "p5": 70.0}},
        {"status": {"U": 0, "V": 0}},
        {"demand": {"A": -2.0}, "roughness": {"p6": 140.0}},
    ]
    ours, _ = agree(net, scenarios, duration_s=6 * 3600)
    base = ours.head[0]
    for number in range(1, len(scenarios)):
        assert np.abs(ours.head[number] - base).max() > 0.01, f"scenario {number} changed nothing"


def test_pumps_opened_closed_and_set_together(town):
    net = water.read_inp(town)
    net.pumps.loc["U", ["status", "speed"]] = ["closed", 0.9]
    scenarios = [
        {},
        {"status": {"U": 1}},
        {"setting": {"U": 1.1}},
        {"setting": {"U": 1.1}, "status": {"U": 1}},
        {"setting": {"U": 1.1}, "status": {"U": 0}},
        {"status": {"U": 1}, "setting": {"U": 0.0}},
        {"setting": {"V": 12.0}, "status": {"V": 0}},
        {"setting": {"V": 12.0}, "status": {"V": 1}},
        {},
    ]
    net.controls = []
    ours, theirs = agree(net, scenarios, duration_s=0)
    for answer in (ours, theirs):
        flow = answer.flow[:, 0, answer.links.index("U")]
        assert flow[3] > flow[1] > 1.0, "a pump that is opened runs at its speed"
        assert np.abs(flow[[0, 2, 4, 5, 8]]).max() < 1e-3, "what is closed gives nothing"
        assert abs(answer.flow[6, 0, answer.links.index("V")]) < 1e-3


def test_a_pump_of_constant_power_starts_again(town):
    text = town.read_text("utf-8").replace("HEAD c1", "POWER 6")
    town.write_text(text, "utf-8")
    net = water.read_inp(town)
    net.controls = ["LINK U OPEN AT TIME 2"]
    ours, _ = agree(net, [{"status": {"U": 0}}, {}], duration_s=4 * 3600)
    flow = ours.flow[0, :, ours.links.index("U")]
    assert flow[0] == 0.0
    assert flow[-1] > 1.0, "the control opened a pump that gave nothing"


@pytest.mark.parametrize("engine", ["epanet", "batched"])
def test_nodes_cut_off_from_every_source_are_told(town, engine):
    net = water.read_inp(town)
    ends = [name for name in net.pipes.index if "F" in tuple(net.pipes.loc[name][:2])]
    cut = {"status": dict.fromkeys(ends, 0)}
    answer = water.solve(net, 0, scenarios=[{}, cut], engine=engine)
    told = [it for it in answer.warnings if "joined to no source" in it]
    assert len(told) == 1
    assert told[0].startswith("scenario 1: joined to no source: 1 nodes, F")


@pytest.mark.parametrize("engine", ["epanet", "batched"])
@pytest.mark.parametrize(
    ("table", "column"),
    [("junctions", "elevation_m"), ("reservoirs", "head_m"), ("pipes", "diameter_mm"),
     ("pipes", "length_m"), ("pipes", "roughness"), ("valves", "setting")],
)  # fmt: skip
def test_numbers_that_are_none_are_refused(town, tmp_path, engine, table, column):
    net = water.read_inp(town)
    name = getattr(net, table).index[0]
    getattr(net, table).loc[name, column] = np.nan
    with pytest.raises(JumeauError) as fault:
        water.solve(net, 0, engine=engine)
    assert fault.value.code == "JUM-H014"
    assert f"{column} {name}" in str(fault.value)
    with pytest.raises(JumeauError):
        water.write_inp(net, tmp_path / "out.inp")
    assert not (tmp_path / "out.inp").exists()


def test_a_scenario_gets_the_same_bits_whatever_its_batch_and_threads(town):
    net = water.read_inp(town)
    rng = np.random.default_rng(1)
    scenarios = [{"demand": {"C": float(rng.uniform(0, 6))}} for _ in range(40)]
    whole = water.solve(net, 7200, scenarios=scenarios, engine="batched", threads=3)
    alone = water.solve(net, 7200, scenarios=scenarios, engine="batched", threads=1)
    part = water.solve(net, 7200, scenarios=scenarios[7:12], engine="batched", threads=1)
    np.testing.assert_array_equal(whole.head, alone.head)
    np.testing.assert_array_equal(whole.head[7:12], part.head)
    np.testing.assert_array_equal(whole.flow[7:12], part.flow)


def test_mass_is_kept_at_every_junction(town):
    net = water.read_inp(town)
    net.junctions["emitter_m3_h"] = 0.0
    answer = water.solve(net, 0, scenarios=[{"demand": {"C": 1.0}}] * 9, engine="batched")
    balance = dict.fromkeys(answer.nodes, 0.0)
    for k, name in enumerate(answer.links):
        for table in (net.pipes, net.pumps, net.valves):
            if name in table.index:
                balance[table.loc[name, "from_node"]] -= answer.flow[8, 0, k]
                balance[table.loc[name, "to_node"]] += answer.flow[8, 0, k]
    taken = {"A": 5 * 0.6, "B": 8, "C": 3 * 0.6 + 1, "D": 0, "G": 0, "E": 4 * 0.6 + 2, "F": 2}
    for name, demand in taken.items():
        assert balance[name] == pytest.approx(demand, abs=1e-4)


def test_few_scenarios_go_to_epanet(town):
    net = water.read_inp(town)
    assert water.solve(net, 0).engine == "epanet"
    assert water.solve(net, 0, scenarios=[{}] * 8).engine == "batched"
    text = town.read_text("utf-8")
    town.write_text(text.replace("[END]", "[LEAKAGE]\n p1  1  0.1\n\n[END]"), "utf-8")
    assert "leakage" in water.solve(water.read_inp(town), 0, engine="batched").engine


def test_warnings_are_epanets_own(town):
    net = water.read_inp(town)
    answer = water.solve(net, 0, scenarios=[{"demand": {"F": 60.0}}], engine="epanet")
    assert any("Negative pressures" in it for it in answer.warnings)


def test_warnings_are_told_whatever_the_file_wants_reported(town):
    text = town.read_text("utf-8")
    town.write_text(text.replace("[END]", "[REPORT]\n Messages No\n\n[END]"), "utf-8")
    net = water.read_inp(town)
    answer = water.solve(net, 0, scenarios=[{"demand": {"F": 60.0}}], engine="epanet")
    assert any("Negative pressures" in it for it in answer.warnings)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ({"demand": {"Z": 1.0}}, "JUM-H011"),
        ({"demands": {"A": 1.0}}, "JUM-H011"),
        ({"demand": {"R": 1.0}}, "JUM-H011"),
        ({"demand": {"A": float("nan")}}, "JUM-H010"),
        ({"status": {"p1": 2}}, "JUM-H010"),
        ({"roughness": {"p1": 0.0}}, "JUM-H010"),
        ({"emitter": {"A": -1.0}}, "JUM-H010"),
        ({"setting": {"V": "big"}}, "JUM-H010"),
        ("nothing", "JUM-H010"),
    ],
)
def test_wrong_scenarios_are_refused(town, scenario, code):
    with pytest.raises((InvalidError, UnknownNameError), match=code):
        water.solve(water.read_inp(town), scenarios=[{}, scenario])


def test_wrong_arguments_are_refused(town):
    net = water.read_inp(town)
    with pytest.raises(UnknownNameError, match="JUM-H013"):
        water.solve(net, engine="wntr")
    for bad in ({"duration_s": -1}, {"step_s": 0}, {"step_s": 0.5}):
        with pytest.raises(InvalidError, match="JUM-H003"):
            water.solve(net, **bad)


@pytest.mark.parametrize(
    ("text", "value"),
    [("24", 86400), ("24:00", 86400), ("0:05", 300), ("1:30:15", 5415), ("90 MIN", 5400),
     ("12 AM", 0), ("12 PM", 43200), ("6:30 PM", 66600), ("2 DAYS", 172800), ("30 SEC", 30)],
)  # fmt: skip
def test_times_are_read_as_epanet_does(text, value):
    assert times.seconds(text) == value


@pytest.mark.parametrize("text", ["", "soon", "1:xx", "-3", "5 WEEKS"])
def test_wrong_times_are_refused(text):
    with pytest.raises(InvalidError, match="JUM-H003"):
        times.seconds(text)


@pytest.mark.parametrize(
    "text",
    ["LINK Z OPEN AT TIME 5", "LINK p4 CLOSED AT TIME 5", "LINK U OPEN IF NODE T NEAR 5", "U OPEN",
     "LINK U FASTER AT TIME 5", "LINK U OPEN IF NODE T BELOW deep"],
)  # fmt: skip
def test_wrong_controls_are_refused(town, text):
    net = water.read_inp(town)
    net.controls = [text]
    with pytest.raises(InvalidError, match="JUM-H004"):
        controls.controls_of(net)


def test_what_the_batch_cannot_compute_is_left_to_epanet(town, monkeypatch):
    net = water.read_inp(town)
    expected = water.solve(net, 0, scenarios=[{}] * 8, engine="epanet").head
    real = solving.solve

    def failing(*arguments, **options):
        answer, _ = real(*arguments, **options)
        answer.head[3] = np.nan
        return answer, [3]

    monkeypatch.setattr(solving, "solve", failing)
    answer = water.solve(net, 0, scenarios=[{}] * 8)
    np.testing.assert_allclose(answer.head, expected, atol=MILLIMETRE)
    assert any("scenario 3" in it for it in answer.warnings)


def test_l_town_for_a_day(shared):
    net = water.read_inp(shared / "validation/water/battledim/L-TOWN.inp")
    agree(net, duration_s=86400, step_s=300, tight=False)
