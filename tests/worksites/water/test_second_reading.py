# SPDX-License-Identifier: EUPL-1.2
"""What EPANET refuses is refused at reading, with its code and the line, never a traceback."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, NotComputableError
from jumeau.worksites import water

RULE = "[RULES]\nRULE 1\nIF TANK T LEVEL BELOW 3\nTHEN PUMP U STATUS IS OPEN\n[EMITTERS]"
REFUSED = [
    ("LINK p7 OPEN AT TIME 5", "LINK zz OPEN AT TIME 5", 204, "LINK zz"),
    ("LINK p7 OPEN AT TIME 5", "LINK p4 OPEN AT TIME 5", 207, "LINK p4"),
    ("LINK p7 OPEN AT TIME 5", "LINK p7 OPEN AT TIME soon", 213, "soon"),
    ("LINK p7 OPEN AT TIME 5", "LINK p7 WIDE AT TIME 5", 202, "WIDE"),
    ("LINK p7 OPEN AT TIME 5", "LINK p7 OPEN", 201, "LINK p7 OPEN"),
    ("IF NODE T ABOVE 2.6", "IF NODE Q ABOVE 2.6", 203, "NODE Q"),
    ("IF NODE T ABOVE 2.6", "IF NODE T ABOVE high", 202, "high"),
    ("[EMITTERS]", RULE.replace("TANK T", "TANK Q"), 203, "TANK Q"),
    ("[EMITTERS]", RULE.replace("PUMP U", "PUMP Q"), 204, "PUMP Q"),
    ("[EMITTERS]", RULE.replace("IF TANK T LEVEL BELOW 3\n", ""), 221, "THEN PUMP"),
    (" V   B  D  100  PRV", " V   B  T  100  PRV", 219, "V   B  T"),
    (" W   G  E  80   FCV  4   1", " W   G  E  80   FCV  4   1\n V2 B D 80 PRV 30 0", 220, "V2"),
    (" Duration  24:00", " Duration  toujours", 213, "toujours"),
    (" Duration  24:00", " Duration  -24:00", 213, "-24:00"),
    (" Duration  24:00", " Longueur  24:00", 213, "Longueur"),
    (" Trials    200", " Essais    200", 201, "Essais"),
    (" Trials    200", " Trials    many", 202, "many"),
    (" Accuracy  0.00001", " Accuracy  -1", 213, "Accuracy"),
    (" Quality   None mg/L", " Emitter Exponent 0", 213, "Exponent"),
    (" Quality   None mg/L", " Specific Gravity 0", 213, "Gravity"),
    (" Quality   None mg/L", " Demand Model PDQ", 213, "PDQ"),
    (" Quality   None mg/L", " Viscosity thick", 202, "thick"),
    ("[ENERGY]", "[QUALITY]\n Z 1\n[ENERGY]", 203, "Z 1"),
    ("[ENERGY]", "[MIXING]\n Z MIXED\n[ENERGY]", 203, "MIXED"),
    (" Global Efficiency 75", " Pump Z Efficiency c1", 216, "Pump Z"),
    (" p1  A  B  400", " p1  A  B  4_00", 202, "4_00"),
    (" p1  A  B  400", " p1  A  B  4D2", 202, "4D2"),
    (" p1  A  B  400", " p1  A  B  nan", 202, "nan"),
    (" p1  A  B  400", " p1  A  B  -400", 211, "-400"),
]


@pytest.mark.parametrize(("old", "new", "code", "wrong"), REFUSED)
def test_what_epanet_refuses_is_told_with_its_line(town, old, new, code, wrong):
    text = town.read_text("utf-8")
    assert old in text
    town.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InvalidError) as caught:
        water.read_inp(town)
    assert caught.value.code == "JUM-H001" and code in caught.value.data["codes"]
    lines = enumerate(town.read_text("utf-8").splitlines(), 1)
    number = next(number for number, line in lines if wrong in line)
    assert f"line {number} " in caught.value.data["faults"]["en"]


def test_noise_and_truncated_files_are_refused_quickly(town, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "noise.inp"
    path.write_bytes(rng.integers(0, 256, 10_000_000, dtype=np.uint8).tobytes())
    with pytest.raises(InvalidError, match="JUM-H001"):
        water.read_inp(path)
    data = town.read_bytes()
    for size in range(0, len(data), 97):
        path.write_bytes(data[:size])
        try:
            water.read_inp(path)
        except InvalidError as fault:
            assert fault.code == "JUM-H001"


def test_identifiers_have_31_characters_at_most(town):
    text = town.read_text("utf-8")
    for size, fine in ((31, True), (32, False)):
        name = "N" * size
        new = text.replace(" G   9     0\n", f" G   9     0\n {name} 1 1\n")
        town.write_text(new.replace("[PUMPS]", f" px {name} A 10 100 100\n[PUMPS]"), "utf-8")
        if fine:
            assert name in water.read_inp(town).junctions.index
        else:
            with pytest.raises(InvalidError) as caught:
                water.read_inp(town)
            assert caught.value.data["codes"] == [252]


def test_an_option_that_is_spoilt_later_is_an_error_too(town):
    net = water.read_inp(town)
    net.options["TRIALS"] = "many"
    for engine in ("epanet", "batched"):
        with pytest.raises((InvalidError, NotComputableError), match="JUM-H0"):
            water.solve(net, 0, engine=engine)


def test_a_negative_demand_is_an_inflow_and_stays(town, tmp_path):
    text = town.read_text("utf-8")
    town.write_text(text.replace(" B   12    8 ", " B   12    -8 "), "utf-8")
    net = water.read_inp(town)
    assert net.junctions.loc["B", "demand_m3_h"] == -8.0
    heads = [water.solve(net, 0, engine=it).head for it in ("epanet", "batched")]
    np.testing.assert_allclose(heads[0], heads[1], atol=1e-3)
    water.write_inp(net, tmp_path / "out.inp")
    assert water.read_inp(tmp_path / "out.inp").junctions.loc["B", "demand_m3_h"] == -8.0


def test_controls_and_rules_are_written_in_a_file_that_had_none(town, tmp_path):
    text = town.read_text("utf-8")
    start, end = text.index("[CONTROLS]"), text.index("[EMITTERS]")
    town.write_text(text[:start] + text[end:], "utf-8")
    net = water.read_inp(town)
    net.controls = ["LINK p7 OPEN AT TIME 5"]
    net.rules = ["RULE 1", "IF TANK T LEVEL BELOW 3", "THEN PUMP U STATUS IS OPEN"]
    water.write_inp(net, tmp_path / "out.inp")
    back = water.read_inp(tmp_path / "out.inp")
    assert back.controls == net.controls and back.rules == net.rules
