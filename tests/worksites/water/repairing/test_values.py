# SPDX-License-Identifier: EUPL-1.2
"""Values that are missing, impossible or doubtful."""

from __future__ import annotations

import math

import pytest

from jumeau.base import i18n
from jumeau.worksites import water
from jumeau.worksites.water.network import Network, frame
from jumeau.worksites.water.repairing.values import material, materials
from jumeau.worksites.water.units import Units

NAN = math.nan


def chain(diameters, *, elevations=None, lengths=None, branch=(), **more):
    """Build R – n0 – n1 – …, the pipe k of a given diameter; branches (node, diameter)."""
    count = len(diameters)
    heights = elevations or [50.0] * count
    junctions = {
        f"n{k}": {"elevation_m": heights[k], "x": 100.0 * (k + 1), "y": 0.0} for k in range(count)
    }
    ends = [("R", "n0"), *((f"n{k}", f"n{k + 1}") for k in range(count - 1))]
    rows = {
        f"p{k}": {"from_node": a, "to_node": b, "diameter_mm": diameters[k], "roughness": 130.0,
                  "length_m": lengths[k] if lengths else 100.0}
        for k, (a, b) in enumerate(ends)
    }  # fmt: skip
    for k, (node, diameter) in enumerate(branch):
        x = junctions[node]["x"]
        junctions[f"b{k}"] = {"elevation_m": 50.0, "x": x, "y": 80.0 + k}
        rows[f"q{k}"] = {"from_node": node, "to_node": f"b{k}", "diameter_mm": diameter,
                         "roughness": 130.0, "length_m": 80.0 + k}  # fmt: skip
    return Network(
        junctions=frame("junctions", junctions), pipes=frame("pipes", rows),
        reservoirs=frame("reservoirs", {"R": {"head_m": 90.0, "x": 0.0, "y": 0.0}}), **more,
    )  # fmt: skip


def test_a_missing_diameter_is_that_of_the_main_that_goes_on():
    net = chain([200.0, NAN, 200.0], branch=[("n0", 60.0), ("n1", 80.0)])
    out, report = water.repair(net)
    assert out.pipes.loc["p1", "diameter_mm"] == 200.0
    guess = report.estimates.iloc[0]
    assert (guess["entity"], guess["value"], guess["low"], guess["high"], guess["method"]) == (
        "p1", 200.0, 60.0, 200.0, "neighbours",
    )  # fmt: skip
    found = next(it for it in report.findings if it.code == "JUM-H064")
    assert "p1" in found.to_row()["what"] and found.severity == "degrades"


def test_a_dead_end_takes_the_smallest_and_a_feed_the_largest_neighbour():
    net = chain([NAN, 200.0, 150.0], branch=[("n1", NAN)])
    out, _ = water.repair(net)
    assert out.pipes.loc["p0", "diameter_mm"] == 200.0
    assert out.pipes.loc["q0", "diameter_mm"] == 150.0


def test_diameters_go_from_pipe_to_pipe_and_negative_ones_are_missing():
    out, report = water.repair(chain([150.0, NAN, -80.0, 0.0, NAN]))
    assert (out.pipes["diameter_mm"] == 150.0).all() and report.repaired == {"supposed": 4}
    assert set(report.repairs["before"]) == {"nan", "-80", "0"}


def test_no_diameter_at_all_blocks_and_invents_none():
    out, report = water.repair(chain([NAN, NAN]))
    assert out.pipes["diameter_mm"].isna().all()
    assert {it.severity for it in report.findings if it.code == "JUM-H112"} == {"blocks"}


def test_nothing_is_supposed_when_not_asked():
    out, report = water.repair(chain([150.0, NAN]), suppose=False)
    assert math.isnan(out.pipes.loc["p1", "diameter_mm"]) and report.estimates.empty


@pytest.mark.parametrize(("given", "expected"), [
    ([100.0, 0.15, 100.0], [100.0, 150.0, 100.0]),
    ([0.1, 0.2, 1.2], [100.0, 200.0, 1200.0]),
    ([100.0, 1.0, 100.0], [100.0, 1.0, 100.0]),
])  # fmt: skip
def test_diameters_in_metres_are_put_right(given, expected):
    out, report = water.repair(chain(given))
    assert out.pipes["diameter_mm"].tolist() == pytest.approx(expected)
    assert report.repaired.get("unit", 0) == sum(
        a != b for a, b in zip(given, expected, strict=True)
    )


def test_lengths_are_measured_and_contradictions_told():
    net = chain([100.0] * 5, lengths=[100.0, NAN, 100.0, 190.0, -3.0])
    out, report = water.repair(net)
    assert out.pipes["length_m"].tolist() == [100.0, 100.0, 100.0, 190.0, 100.0]
    told = [it for it in report.findings if it.code == "JUM-H066"]
    assert [(it.entity, it.data["value"]) for it in told] == [("p3", "190.0 m ≠ 100.0 m")]


def test_a_length_that_nothing_tells_blocks():
    net = chain([100.0, 100.0], lengths=[100.0, NAN])
    net.junctions["x"] = NAN
    _, report = water.repair(net)
    assert [it.entity for it in report.findings if it.code == "JUM-H112"] == ["p1"]


def test_roughness_follows_the_material_and_the_law():
    net = chain([100.0] * 3)
    net.pipes["roughness"] = NAN
    net.pipes["material"] = ["PVC", "Fonte ductile", ""]
    out, report = water.repair(net)
    assert out.pipes["roughness"].tolist() == [145.0, 130.0, 120.0]
    assert set(report.estimates["method"]) == {"material_method", "any_material"}
    net.units = Units("CMH", "D-W")
    out, _ = water.repair(net)
    assert out.pipes["roughness"].tolist() == [0.01, 0.1, 0.3]


@pytest.mark.parametrize(("text", "code"), [
    ("PEHD 110", "pe"), ("fonte ductile DN 200", "ductile_iron"), ("Fonte grise", "cast_iron"),
    ("Amiante-ciment", "asbestos_cement"), ("ACIER", "steel"), ("Béton âme tôle", "concrete"),
    ("", ""), ("inconnu", ""), ("acier inoxydable", "stainless_steel"), ("PVC-BO", "pvc"),
])  # fmt: skip
def test_materials_as_files_write_them(text, code):
    assert material(text) == code


def test_typical_roughness_lies_in_its_range():
    for row in materials().values():
        for law in ("hazen_williams", "darcy_mm", "manning"):
            assert row[f"{law}_low"] <= row[law] <= row[f"{law}_high"]


def test_missing_elevations_come_from_neighbours_and_zeros_among_hills_too():
    net = chain([100.0] * 3, elevations=[40.0, NAN, 60.0])
    out, _ = water.repair(net)
    assert out.junctions.loc["n1", "elevation_m"] == 50.0
    heights = [80.0 + k for k in range(30)]
    heights[12] = 0.0
    out, report = water.repair(chain([100.0] * 30, elevations=heights))
    assert out.junctions.loc["n12", "elevation_m"] == pytest.approx(92.0)
    assert report.estimates.iloc[0][["low", "high"]].tolist() == [91.0, 93.0]
    low = [3.0 if k % 2 else 0.0 for k in range(10)]  # a place by the sea
    assert water.repair(chain([100.0] * 10, elevations=low))[1].repairs.empty


def test_no_elevation_at_all_is_told_once_and_heads_can_be_computed():
    net = chain([100.0] * 3, elevations=[NAN] * 3)
    net.junctions["demand_m3_h"] = 5.0
    out, report = water.repair(net)
    assert (out.junctions["elevation_m"] == 0.0).all() and report.repaired == {"supposed": 1}
    assert (water.solve(out, 0).head < 90.1).all()
    assert report.undo(out).junctions["elevation_m"].isna().all()


def test_levels_of_tanks_come_in_their_order():
    net = chain([100.0])
    row = {"elevation_m": 60.0, "initial_level_m": 9.0, "minimum_level_m": 5.0,
           "maximum_level_m": 1.0, "diameter_m": 10.0, "x": 100.0, "y": 50.0}  # fmt: skip
    net.tanks = frame("tanks", {"T": row})
    net.pipes.loc["t"] = ["n0", "T", 50.0, 100.0, 130.0, 0.0, "open"]
    out, report = water.repair(net)
    columns = [f"{it}_level_m" for it in ("minimum", "initial", "maximum")]
    assert out.tanks.loc["T", columns].tolist() == [1.0, 5.0, 5.0]
    assert report.repaired == {"levels": 1}
    assert report.undo(out).tanks.loc["T", columns].tolist() == [5.0, 9.0, 1.0]


def test_what_cannot_be_computed_is_told():
    net = chain([100.0])
    net.valves = frame("valves", {"v": {"from_node": "n0", "to_node": "x", "type": "PRV"}})
    net.pumps = frame("pumps", {"u": {"from_node": "x", "to_node": "n0"}})
    out, report = water.repair(net)
    told = {(it.table, it.entity) for it in report.findings if it.code == "JUM-H112"}
    assert {("valves", "v"), ("pumps", "u")} <= told
    assert out.valves.loc["v", "diameter_mm"] == 100.0  # as its neighbours


def test_doubtful_values_are_told_and_left():
    net = chain([100.0, 5000.0, 100.0])
    net.pipes.loc["p0", "roughness"] = 1300.0
    net.junctions.loc["n1", "demand_m3_h"] = -2.0
    out, report = water.repair(net)
    told = {(it.table, it.entity) for it in report.findings if it.code == "JUM-H066"}
    assert told == {("pipes", "p1"), ("pipes", "p0"), ("junctions", "n1")}
    assert report.repairs.empty and out.junctions.loc["n1", "demand_m3_h"] == -2.0


def test_many_alike_are_told_together():
    _, report = water.repair(chain([5.0] * 60))
    doubtful = [it for it in report.findings if it.code == "JUM-H066"]
    assert len(doubtful) == 1 and doubtful[0].data["count"] == 60


def test_the_length_without_material_or_year_is_told():
    net = chain([100.0] * 4)
    net.pipes["material"] = ["PVC", "", "", "PE"]
    net.pipes["installed_from"] = [1990.0, NAN, NAN, NAN]
    _, report = water.repair(net)
    shares = [it.data["share"] for it in report.findings if it.code == "JUM-H067"]
    assert shares == [50.0, 75.0]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_reads_in_both_languages(lang):
    net = chain([200.0, NAN, 0.2, -5.0], lengths=[100.0, NAN, 100.0, 250.0],
                branch=[("n1", 60.0)])  # fmt: skip
    _, report = water.repair(net)
    with i18n.using(lang):
        text = str(report)
    assert "‹" not in text and "{" not in text
    assert ("Réparé : " in text) == (lang == "fr") and ("Repaired: " in text) == (lang == "en")
    assert ("conduites" in text) == (lang == "fr")
