# SPDX-License-Identifier: EUPL-1.2
"""The inventory as arrays: from the twin, in order, dated by its lamps or by its source."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import jumeau
from jumeau.base import messages
from jumeau.worksites.lighting import inventory


def test_rows_come_in_the_order_of_their_ids(rows):
    frame = rows([1, 2, 3], [10, 20, 30], power_w=[1.0, 2.0, 3.0])
    shuffled = inventory.from_frame(frame.iloc[[2, 0, 1]])
    assert shuffled.id.tolist() == ["L00000", "L00001", "L00002"]
    assert shuffled.x.tolist() == [1, 2, 3] and shuffled.y.tolist() == [10, 20, 30]
    assert shuffled.power_w.tolist() == [1, 2, 3]


def test_unknown_text_is_none_and_unknown_numbers_are_nan(rows):
    stock = inventory.from_frame(rows([0, 1], [0, 0], support=["LANTERNE", None]))
    assert stock.support.tolist() == ["LANTERNE", None]
    assert stock.lamp_type.tolist() == [None, None]
    assert np.isnan(stock.power_w).all() and np.isnan(stock.year).all()
    assert stock.implausible == {}


def test_age_is_that_of_the_lamp_else_of_the_inventory(rows):
    frame = rows([0, 1, 2], [0, 0, 0], installed_on=[dt.date(2019, 5, 1), None, None])
    frame["source_id"] = ["a", "a", "b"]
    stock = inventory.from_frame(frame, {"a": 2013.0})
    assert stock.year[:2].tolist() == [2019, 2013]
    assert np.isnan(stock.year[2])


@pytest.mark.parametrize(
    ("vintage", "year"), [("2013-06-26", 2013), ("édition 2021", 2021), (None, None), ("v2", None)]
)
def test_years_of_vintages(vintage, year):
    found = inventory._year(vintage)
    assert np.isnan(found) if year is None else found == year


def test_it_is_read_from_the_twin_with_the_vintage_of_its_file(tmp_path):
    file = tmp_path / "lamps.csv"
    file.write_text(
        "id;x;y;type_support;puissance\nA;770000;6279000;LANTERNE;\nB;770010;6279000;;70\n"
    )
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    territory.add(file, "luminaire", source_crs="EPSG:2154", vintage="2016")
    stock = inventory.read(territory)
    assert stock.id.tolist() == ["A", "B"]
    assert stock.year.tolist() == [2016, 2016]
    assert stock.support.tolist() == ["LANTERNE", None]
    assert np.isnan(stock.power_w[0]) and stock.power_w[1] == 70
    territory.close()


def test_an_empty_table_is_an_empty_inventory(rows):
    stock = inventory.from_frame(rows([], []))
    assert len(stock) == 0
    assert stock.shared_positions == 0
    assert inventory.findings(stock) == []


def test_labels_never_override_facts(rows):
    frame = rows(
        [0, 1, 2], [0, 0, 0], photometry=["SHP 150"] * 3, lamp_type=["HPS", "LED", None],
        flux_lm=[15000.0, None, None],
    )  # fmt: skip
    stock = inventory.from_frame(frame)
    assert stock.lamp_type.tolist() == ["HPS", "LED", "HPS"]
    assert stock.flux_lm[0] == 15000 and stock.flux_lm[2] == 16500
    assert np.isnan(stock.flux_lm[1])  # the label speaks of another lamp


def test_a_power_that_no_lamp_of_its_type_has_is_told(rows):
    kinds = ["HPS", "HPS", "MH", "LED", None]
    frame = rows(range(5), [0] * 5, lamp_type=kinds, power_w=[1500.0, 1060.0, 2000.0, 900.0, 900.0])
    (found,) = [it for it in inventory.findings(inventory.from_frame(frame)) if "L029" in it.code]
    assert found.data == {"count": 1, "examples": ["L00000"]}
    assert messages.render(found.code, found.data, "en").what == (
        "1 power exceeds those of every lamp of its type: L00000."
    )
    told = messages.render(found.code, {"count": 2, "examples": ["A", "B"]}, "fr").what
    assert told.startswith("2 puissances dépassent celle de toutes les lampes de leur type")
