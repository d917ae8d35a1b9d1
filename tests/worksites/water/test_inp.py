# SPDX-License-Identifier: EUPL-1.2
"""Reading and writing of EPANET input files."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError, MissingFileError
from jumeau.worksites import water
from jumeau.worksites.water import network

TABLES = ("junctions", "reservoirs", "tanks", "pipes", "pumps", "valves", "patterns", "curves")


def changed(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_tables_say_what_the_file_says(town):
    net = water.read_inp(town)
    assert list(net.junctions.index) == list("ABCDEFG")
    assert net.junctions.loc["E", "demand_m3_h"] == 6.0  # the categories, not the junction's own
    assert net.demands["category"].tolist() == ["ménages", "usine"]
    assert net.pipes.loc["p4", "status"] == "cv" and net.pipes.loc["p2", "minor_loss"] == 2.0
    assert net.pipes.loc["p5", "status"] == "open"
    assert net.valves.loc["V", "setting"] == 40.0 and net.valves.loc["V", "status"] == "active"
    assert net.patterns.loc["day", "multipliers"] == (0.6, 0.8, 1.4, 1.2, 0.9, 0.7)
    assert net.curves.loc["c1", "kind"] == "pump"
    assert net.options["ACCURACY"] == "0.00001" and net.times["DURATION"] == "24:00"
    assert net.node_ids() == list("ABCDEFGRT")
    assert net.link_ids() == ["p1", "p2", "p3", "p4", "p5", "p6", "p8", "p7", "U", "V", "W"]


def test_a_file_comes_back_byte_for_byte(town, tmp_path):
    for ending in ("\n", "\r\n"):
        data = town.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ending.encode())
        town.write_bytes(data)
        out = tmp_path / "out.inp"
        water.write_inp(water.read_inp(town), out)
        assert out.read_bytes() == data


def test_windows_characters_are_kept(town, tmp_path):
    data = town.read_text("utf-8").encode("cp1252")
    town.write_bytes(data)
    net = water.read_inp(town)
    assert net.demands.loc[0, "category"] == "ménages"
    water.write_inp(net, tmp_path / "out.inp")
    assert (tmp_path / "out.inp").read_bytes() == data


def test_only_what_changed_is_written_anew(town, tmp_path):
    net = water.read_inp(town)
    net.pipes.loc["p2", "diameter_mm"] = 125.0
    net.junctions = net.junctions.drop(index=["D", "G"])
    net.pipes = net.pipes.drop(index="p8")
    net.valves = net.valves.iloc[:0]
    net.pipes.loc["new"] = dict(network.COLUMNS["pipes"]) | {
        "from_node": "C", "to_node": "F", "length_m": 10.0, "diameter_mm": 60.0, "roughness": 100.0,
    }  # fmt: skip
    net.patterns.at["day", "multipliers"] = (1.0, 2.0)
    net.options["TRIALS"] = "50"
    out = tmp_path / "out.inp"
    water.write_inp(net, out)
    before, after = town.read_text("utf-8").splitlines(), out.read_text("utf-8").splitlines()
    gone, come = set(before) - set(after), set(after) - set(before)
    assert len(gone) == 9 and len(come) == 4, (gone, come)
    back = water.read_inp(out)
    assert back.pipes.loc["p2", "diameter_mm"] == 125.0 and "new" in back.pipes.index
    assert back.patterns.loc["day", "multipliers"] == (1.0, 2.0)
    assert back.options["TRIALS"] == "50" and "maille" in out.read_text("utf-8")


def test_a_network_without_a_file_is_written_whole(town, tmp_path):
    net = water.read_inp(town)
    bare = net.copy()
    bare.document = bare.origin = None
    water.write_inp(bare, tmp_path / "bare.inp")
    back = water.read_inp(tmp_path / "bare.inp")
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(net, table), getattr(back, table))
    assert back.controls == net.controls and back.demands.equals(net.demands)
    heads = [water.solve(it, engine="epanet").head for it in (net, back)]
    np.testing.assert_allclose(heads[0], heads[1], atol=1e-9)


@pytest.mark.parametrize("unit", ["GPM", "CFS", "MGD", "IMGD", "AFD", "LPS", "LPM", "MLD", "CMD"])
def test_units_of_the_file_do_not_matter(town, tmp_path, unit):
    from jumeau.worksites.water.units import Units

    net = water.read_inp(town)
    bare = net.copy()
    bare.document = bare.origin = None
    bare.units = Units(unit)
    bare.options.pop("UNITS")
    for k, text in enumerate(bare.controls[:2]):
        level = float(text.split()[-1]) / bare.units.length
        bare.controls[k] = " ".join([*text.split()[:-1], f"{level:.12g}"])
    water.write_inp(bare, tmp_path / "other.inp")
    back = water.read_inp(tmp_path / "other.inp")
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(net, table), getattr(back, table), rtol=1e-9)
    ours, theirs = water.solve(net, engine="epanet"), water.solve(back, engine="epanet")
    assert np.abs(ours.head - theirs.head).max() < 1e-2  # EPANET's own factors have five digits


@pytest.mark.parametrize(
    ("old", "new", "code", "wrong"),
    [
        (" p1  A  B  400", " p1  A  Z  400", 203, "p1  A  Z"),
        (" p1  A  B  400", " p1  A  A  400", 222, "p1  A  A"),
        (" p1  A  B  400  150", " p1  A  B  0  150", 211, "p1  A  B"),
        (" p1  A  B  400  150", " p1  A  B  quatre  150", 202, "quatre"),
        (" p1  A  B  400  150  110  0    Open", " p1  A  B  400", 201, "p1  A"),
        (" p6  E  F", " p1  E  F", 215, "p1  E  F"),
        (" A   10    5       day", " A   10    5       nuit", 205, "nuit"),
        ("HEAD c1", "HEAD c9", 206, "c9"),
        ("HEAD c1", "SPEED 1", 226, ""),
        (" c1  30  50", " c1  30  50\n c1  20  60", 230, "c1  20"),
        (" V   B  D  100  PRV", " V   B  D  100  XXX", 213, "XXX"),
        (" T   55   2    0.5 4", " T   55   9    0.5 4", 225, "T   55"),
        (" 9    0\n", " 9    0  c1\n", 225, "T   55"),
        ("[ENERGY]", "[WEATHER]\n[ENERGY]", 201, "[WEATHER]"),
        (" Headloss  H-W", " Headloss  H-X", 213, "H-X"),
        (" R   20\n", "", 203, "HEAD c1"),
        (" D   9     0\n", " D   9     0\n X   9     0\n", 233, ""),
        ("[STATUS]\n", "[STATUS]\n nobody Closed\n", 204, "nobody"),
        (" F  0.4", " F  -0.4", 209, "F  -0.4"),
    ],
)
def test_what_epanet_refuses_is_told_with_its_code_and_line(town, old, new, code, wrong):
    with pytest.raises(InvalidError) as caught:
        water.read_inp(changed(town, old, new))
    assert caught.value.code == "JUM-H001" and code in caught.value.data["codes"]
    said = caught.value.data["faults"]
    assert f"EPANET {code}" in said["en"] and f"EPANET {code}" in said["fr"]
    if wrong:
        lines = enumerate(town.read_text("utf-8").splitlines(), 1)
        line = next(number for number, text in lines if wrong in text)
        assert f"line {line} " in said["en"] and f"ligne {line} " in said["fr"]


def test_all_faults_are_told_together(town):
    changed(town, "  150  110  0    Open", "  -1  110  0    Open")
    changed(town, " C   8     3       day", " C   8     3       nuit")
    with pytest.raises(InvalidError) as caught:
        water.read_inp(town)
    assert caught.value.data["count"] == 2 and caught.value.data["codes"] == [205, 211]


def test_missing_and_empty_files(tmp_path):
    with pytest.raises(MissingFileError, match="JUM-H002"):
        water.read_inp(tmp_path / "none.inp")
    (tmp_path / "empty.inp").write_bytes(b"")
    with pytest.raises(InvalidError, match="JUM-H001"):
        water.read_inp(tmp_path / "empty.inp")
    (tmp_path / "binary.inp").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(InvalidError, match="JUM-H001"):
        water.read_inp(tmp_path / "binary.inp")


def test_statuses_of_ranges_and_speeds(town):
    changed(town, "[STATUS]\n", "[STATUS]\n U 0.8\n V Open\n p5 Closed\n")
    net = water.read_inp(town)
    assert net.pumps.loc["U", "speed"] == 0.8 and net.valves.loc["V", "status"] == "open"
    assert net.pipes.loc["p5", "status"] == "closed"
    changed(town, " U 0.8\n", " U Closed\n")
    assert water.read_inp(town).pumps.loc["U", "status"] == "closed"


def test_real_network_comes_back(shared, tmp_path):
    path = shared / "validation/water/battledim/L-TOWN.inp"
    net = water.read_inp(path)
    assert len(net.junctions) == 782 and len(net.pipes) == 905 and len(net.valves) == 3
    assert net.pipes["length_m"].sum() == pytest.approx(43163, abs=1)
    water.write_inp(net, tmp_path / "out.inp")
    assert (tmp_path / "out.inp").read_bytes() == path.read_bytes()


def test_fuzzed_files_give_coded_errors_only(town, tmp_path):
    rng = np.random.default_rng(4)
    data = bytearray(town.read_bytes())
    path = tmp_path / "spoilt.inp"
    kept = 0
    for _ in range(300):
        spoilt = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 12)):
            spoilt[place] = rng.integers(0, 256)
        path.write_bytes(spoilt[: rng.integers(1, len(spoilt))] if rng.random() < 0.2 else spoilt)
        try:
            net = water.read_inp(path)
        except InvalidError as fault:
            assert re.match("JUM-H", fault.code)
            continue
        kept += 1
        water.write_inp(net, tmp_path / "again.inp")
        assert (tmp_path / "again.inp").read_bytes() == path.read_bytes()
    assert 0 < kept < 300
