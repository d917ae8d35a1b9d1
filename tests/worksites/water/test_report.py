# SPDX-License-Identifier: EUPL-1.2
"""The report: counts, sentences, and which repairs rest on which."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jumeau.base import i18n
from jumeau.base.errors import UnknownNameError
from jumeau.worksites.water import Report, report
from jumeau.worksites.water.report import Edit, Repair, phrase


def made(*edits):
    """Build a report of repairs, each a list of edits."""
    built = Report()
    for k, some in enumerate(edits):
        built.mend("JUM-H053", Repair("snapped", "junctions", f"n{k}", "a", "b", 0.1), list(some))
    return built


def test_repairs_are_a_table_by_number():
    built = made([], [])
    assert list(built.repairs.columns) == list(report.COLUMNS)
    assert built.repairs.index.tolist() == [1, 2] and built.repaired == {"snapped": 2}
    assert [it.data["repair"] for it in built.findings] == [1, 2]
    assert Report().repairs.empty and Report().estimates.empty and str(Report()) == ""


def test_later_edits_of_the_same_cell_rest_on_earlier_ones():
    one = Edit("pipes", "p", "diameter_mm", 1.0, 2.0)
    two = Edit("pipes", "p", "length_m", 1.0, 2.0)
    three = Edit("pipes", "p", "diameter_mm", 2.0, 3.0)
    built = made([one], [two], [three])
    assert built.together([1]) == [3, 1] and built.together([2]) == [2]
    assert built.together([3]) == [3]


def test_what_is_done_to_a_row_rests_on_its_making():
    made_row = Edit("pipes", "p_2", "", None, {"from_node": "a", "to_node": "b"})
    cell = Edit("pipes", "p_2", "status", "open", "closed")
    gone = Edit("pipes", "p_2", "", {"from_node": "a", "to_node": "b"}, None)
    assert made([made_row], [cell], [gone]).together([1]) == [3, 2, 1]
    assert made([made_row], [cell], [gone]).together([2]) == [3, 2]


def test_a_link_to_a_node_rests_on_the_node():
    node = Edit("junctions", "n", "", None, {"x": 1.0})
    link = Edit("pipes", "p", "to_node", "b", "n")
    assert made([node], [link]).together([1]) == [2, 1]
    drawn = Edit("pipes", "q", "", None, {"from_node": "n", "to_node": "b"})
    assert made([node], [drawn]).together([1]) == [2, 1]


def test_a_node_that_must_be_back_comes_back():
    link = Edit("pipes", "p", "to_node", "a", "b")
    orphan = Edit("junctions", "a", "", {"x": 1.0}, None)
    assert made([link], [orphan]).together([1]) == [2, 1]
    assert made([link], [orphan]).together([2]) == [2]


def test_unknown_repairs_are_refused():
    with pytest.raises(UnknownNameError, match="JUM-H050"):
        made([]).together([2])


def test_the_summary_counts_and_shows_the_gravest_first():
    built = made([])
    built.read, built.dropped = {"pipes": 1200, "junctions": 1}, {"pipes": 2, "valves": 0}
    built.add("JUM-H069", "reservoirs", "R")
    built.measures = {"rms_m": 0.25}
    with i18n.using("en"):
        lines = str(built).splitlines()
    assert lines[0] == "Read: 1,200 pipes, 1 junction." and lines[1] == "Left out: 2 pipes."
    assert lines[2] == "Repaired: 1 end joined." and lines[3].endswith("0.25.")
    assert lines[4] == "Findings: 1 that blocks, 1 that informs."
    assert lines[5].startswith("· JUM-H069") and lines[6].startswith("· JUM-H053")
    with i18n.using("fr"):
        assert str(built).splitlines()[0] == "Lu : 1\u202f200 conduites, 1 nœud."


def test_findings_alike_are_counted():
    built = Report()
    for k in range(40):
        built.add("JUM-H060", "junctions", f"n{k}", demand=0.0)
    with i18n.using("en"):
        lines = str(built).splitlines()
    assert len(lines) == 1 + report.SHOWN + 1 and lines[-1].strip() == "… and 28 more"


def test_an_unknown_word_is_told_as_it_is():
    assert phrase("unheard") == "unheard" and phrase("unheard", 3) == "3 unheard"


def test_every_word_has_both_languages():
    path = Path(report.__file__).parent / "report_words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["word"] for row in rows}) == len(rows)
    assert all(row["text_en"] and row["text_fr"] for row in rows)
    for row in rows:
        assert ("{n}" in row["text_en"]) == ("{n}" in row["text_fr"])
