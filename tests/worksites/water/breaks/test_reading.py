# SPDX-License-Identifier: EUPL-1.2
"""Columns, dates, materials and ids as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites.water.breaks import reading


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("CI", "CI"), ("Fonte grise", "CI"), ("fonte", "CI"), ("Fonte Ductile", "DI"),
        ("FD", "DI"), ("11", "DI"), ("PVC BO", "PVC"), ("pvcbo", "PVC"), ("PVCO", "PVC"),
        ("Pehd Annelé", "PE"), ("Polyéthylène Réticulé", "PE"), ("amiante-ciment", "AC"),
        ("2", "AC"), ("Béton Âme Tôle", "CPP"), ("Acier", "ST"), ("XXX", "OTHER"), (None, "OTHER"),
    ],
)  # fmt: skip
def test_materials_of_any_standard_fall_in_groups(text, group):
    assert reading.groups(pd.Series([text], dtype=object), 1)[0] == group


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2018-07-02", 2018.5), ("02/07/2018", 2018.5), ("2018", 2018.5), (2018, 2018.5),
        ("2018-07-02T00:00:00Z", 2018.5), (pd.Timestamp("2018-01-01"), 2018.0), ("soon", None),
        (None, None), (0, None), ("0000", None),
    ],
)  # fmt: skip
def test_dates_of_any_writing_are_years(value, year):
    found = reading.decimal_years(pd.Series([value]))[0]
    assert np.isnan(found) if year is None else found == pytest.approx(year, abs=0.006)


def test_ids_compare_whatever_their_type():
    same = [pd.Series([12, 7]), pd.Series([12.0, 7.0]), pd.Series(["12", " 7 "]), pd.Index([12, 7])]
    for values in same:
        assert list(reading.keys(values)) == ["12", "7"]
    assert list(reading.keys(pd.Series([np.nan, 3.5]))) == ["", "3.5"]


def test_columns_are_found_by_any_usual_name():
    frame = pd.DataFrame({"Matériau": ["PVC"], "Shape Length": [12.5], "DN": [80], "rue": ["a"]})
    assert reading.column(frame, "pipe", "material").iloc[0] == "PVC"
    assert reading.column(frame, "pipe", "length_m").iloc[0] == 12.5
    assert reading.column(frame, "pipe", "diameter_mm").iloc[0] == 80
    assert reading.column(frame, "pipe", "laid") is None


def test_a_year_alone_keeps_the_breaks_of_its_year():
    pipes = reading.pipes_of(
        pd.DataFrame({"id": ["a"], "length_m": [10.0], "installed_to": [2000]}), 2000.3
    )
    assert pipes.laid_from[0] == 2000.0 and pipes.laid[0] == pytest.approx(2000.3)


def test_lengths_come_from_lines_even_in_degrees():
    import geopandas as gpd
    import shapely

    line = gpd.GeoSeries([shapely.LineString([(700000, 6600000), (700300, 6600400)])], crs=2154)
    for crs in (2154, 4326):
        pipes = reading.pipes_of(gpd.GeoDataFrame({"id": ["a"]}, geometry=line.to_crs(crs)))
        assert pipes.length_m[0] == pytest.approx(500.0, rel=0.005)


@pytest.mark.parametrize("when", [2015, np.int64(2015), 2015.0, "2015-01-01", "2015"])
def test_a_number_is_a_year_never_nanoseconds(when):
    assert reading.decimal_year(when) == 2015.0


@pytest.mark.parametrize("when", [True, 20150101, -3, float("nan"), "soon", None])
def test_what_is_no_date_is_named(when):
    with pytest.raises(InvalidError, match="JUM-H200"):
        reading.decimal_year(when)


@pytest.mark.parametrize(
    ("name", "given", "metres"),
    [("length_km", 0.25, 250.0), ("Longueur (km)", "0,25", 250.0), ("length_ft", 100, 30.48),
     ("Shape_Leng", 12.5, 12.5), ("length_m", 7, 7.0)],
)  # fmt: skip
def test_a_unit_in_the_name_of_a_length_counts(name, given, metres):
    pipes = reading.pipes_of(pd.DataFrame({"id": ["a"], name: [given]}))
    assert pipes.length_m[0] == pytest.approx(metres)
