# SPDX-License-Identifier: EUPL-1.2
"""Bad arguments of flood(): each is a coded error, in both languages, before anything moves."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from jumeau.base import i18n
from jumeau.base.errors import InvalidError, JumeauError, UnknownNameError
from jumeau.worksites.climate import checks, flood

FLAT = np.zeros((4, 5))
ISLAND = np.where(np.arange(20).reshape(4, 5) == 7, np.nan, 0.0)
WEST = np.zeros((4, 5), bool)
WEST[:, 0] = True
INSIDE = np.zeros((4, 5), bool)
INSIDE[1, 2] = True


def with_nan(value: float = 0.03) -> np.ndarray:
    raster = np.full((4, 5), value)
    raster[2, 2] = np.nan
    return raster


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("duration negative", {"duration": -1.0}, "K001"),
    ("duration zero", {"duration": 0.0}, "K001"),
    ("duration a text", {"duration": "60"}, "K001"),
    ("duration infinite", {"duration": np.inf}, "K001"),
    ("cell size zero", {"cell_size": 0.0}, "K001"),
    ("cell size missing", {"cell_size": None}, "K001"),
    ("every negative", {"every": -5.0}, "K001"),
    ("every not a number", {"every": np.nan}, "K001"),
    ("threads zero", {"threads": 0}, "K001"),
    ("threads a fraction", {"threads": 1.5}, "K001"),
    ("terrain of one dimension", {"dtm": np.zeros(5)}, "K002"),
    ("terrain of three dimensions", {"dtm": np.zeros((2, 2, 2))}, "K002"),
    ("terrain empty", {"dtm": np.zeros((0, 5))}, "K002"),
    ("terrain of texts", {"dtm": np.array([["a", "b"]])}, "K002"),
    ("terrain ragged", {"dtm": [[1.0, 2.0], [3.0]]}, "K002"),
    ("terrain missing", {"dtm": None}, "K002"),
    ("terrain all unknown", {"dtm": np.full((3, 3), np.nan)}, "K009"),
    ("terrain with -9999", {"dtm": np.array([[0.0, -9999.0]])}, "K010"),
    ("terrain with -99999", {"dtm": np.array([[0.0, -99999.0]])}, "K010"),
    ("terrain with -3.4e38", {"dtm": np.array([[0.0, -3.4e38]], np.float32)}, "K010"),
    ("terrain infinite", {"dtm": np.array([[0.0, np.inf]])}, "K010"),
    ("manning negative", {"manning": -0.03}, "K001"),
    ("manning NaN", {"manning": np.nan}, "K001"),
    ("manning of another shape", {"manning": np.full((5, 4), 0.03)}, "K002"),
    ("manning lacks a cell", {"manning": with_nan()}, "K003"),
    ("manning negative somewhere", {"manning": -with_nan()}, "K003"),
    ("rain negative", {"rain": -1.0}, "K001"),
    ("rain a text", {"rain": "60mm/1h"}, "K001"),
    ("rain a raster alone", {"rain": np.ones((4, 5))}, "K008"),
    ("rain of three parts", {"rain": ([0], [1], [2])}, "K008"),
    ("rain series negative", {"rain": ([0, 60], [5, -5])}, "K004"),
    ("rain series unsorted", {"rain": ([60, 0], [5, 5])}, "K004"),
    ("rain series with a gap", {"rain": ([0, 60], [5, np.nan])}, "K004"),
    ("rain series without a time", {"rain": ([0, np.nan], [5, 5])}, "K004"),
    ("rain series of unequal lengths", {"rain": ([0, 60, 120], [5, 5])}, "K004"),
    ("rain series empty", {"rain": ([], [])}, "K004"),
    ("rain series of texts", {"rain": (["a"], ["b"])}, "K004"),
    ("rain rasters of another shape", {"rain": ([0], np.ones((1, 5, 4)))}, "K004"),
    ("rain rasters too few", {"rain": ([0, 60], np.ones((1, 4, 5)))}, "K004"),
    ("rain rasters unsorted", {"rain": ([60, 0], np.ones((2, 4, 5)))}, "K004"),
    ("rain raster negative", {"rain": ([0], -np.ones((1, 4, 5)))}, "K003"),
    ("rain raster with a hole", {"rain": ([0], with_nan()[None])}, "K003"),
    ("infiltration negative", {"infiltration": -1.0}, "K001"),
    ("infiltration raster negative", {"infiltration": np.full((4, 5), -1.0)}, "K003"),
    ("infiltration of another shape", {"infiltration": np.ones(5)}, "K002"),
    ("initial depth negative", {"initial_depth": np.full((4, 5), -0.1)}, "K003"),
    ("initial depth NaN", {"initial_depth": with_nan(1.0)}, "K003"),
    ("initial depth of another shape", {"initial_depth": np.ones((4, 4))}, "K002"),
    ("obstacles of another shape", {"obstacles": np.ones((5, 4), bool)}, "K002"),
    ("obstacles everywhere", {"obstacles": np.ones((4, 5), bool)}, "K009"),
    ("obstacles of numbers", {"obstacles": np.full((4, 5), 2.5)}, "K001"),
    ("inflow outside", {"inflows": [(4, 0, [0, 60], [1, 1])]}, "K005"),
    ("inflow at a negative row", {"inflows": [(-1, 0, [0, 60], [1, 1])]}, "K005"),
    ("inflow between cells", {"inflows": [(1.5, 0, [0, 60], [1, 1])]}, "K005"),
    ("inflow on no data", {"dtm": ISLAND, "inflows": [(1, 2, [0, 60], [1, 1])]}, "K006"),
    ("inflow on an obstacle", {"obstacles": WEST, "inflows": [(1, 0, [0, 9], [1, 1])]}, "K006"),
    ("inflow unsorted", {"inflows": [(1, 1, [60, 0], [1, 1])]}, "K004"),
    ("inflow with a gap", {"inflows": [(1, 1, [0, 60], [np.nan, 1])]}, "K004"),
    ("inflow negative", {"inflows": [(1, 1, [0, 60], [1, -1])]}, "K004"),
    ("inflow at one time", {"inflows": [(1, 1, [0], [1])]}, "K004"),
    ("inflow of three parts", {"inflows": [(1, 1, [0, 60])]}, "K008"),
    ("inflow not in a list", {"inflows": (1, 1, [0, 60], [1, 1])}, "K008"),
    ("side unknown", {"boundaries": {"nord": "free"}}, "K007"),
    ("boundary unknown", {"boundaries": {"west": "fre"}}, "K007"),
    ("boundary a number", {"boundaries": {"west": 3}}, "K007"),
    ("boundaries not a dict", {"boundaries": "free"}, "K008"),
    ("stage without a series", {"boundaries": {"west": "stage"}}, "K008"),
    ("stage without levels", {"boundaries": {"west": ("stage", [0])}}, "K008"),
    ("stage unsorted", {"boundaries": {"west": ("stage", [9, 0], [1, 1])}}, "K004"),
    ("stage with a gap", {"boundaries": {"west": ("stage", [0, 9], [1, np.nan])}}, "K004"),
    ("side on no data", {"dtm": np.where(WEST, np.nan, 0), "boundaries": {"west": "free"}}, "K012"),
    ("cells of another shape", {"boundary_cells": [(WEST.T, "free")]}, "K002"),
    ("cells of an unknown kind", {"boundary_cells": [(WEST, "open")]}, "K007"),
    ("cells without a kind", {"boundary_cells": [WEST]}, "K008"),
    ("cells nowhere", {"boundary_cells": [(np.zeros((4, 5), bool), "free")]}, "K012"),
    (
        "cells on no data",
        {"dtm": ISLAND, "boundary_cells": [(np.isnan(ISLAND), ("stage", 0, 1))]},
        "K012",
    ),
    ("free cells inside", {"boundary_cells": [(INSIDE, "free")]}, "K013"),
    ("walls everywhere", {"boundary_cells": [(np.ones((4, 5), bool), "wall")]}, "K009"),
    ("culvert of five parts", {"culverts": [((0, 0), (1, 1), 1, 1, 5)]}, "K008"),
    ("culvert without cells", {"culverts": [(0, 1, 1, 1, 5, 0.01)]}, "K008"),
    ("culvert from nowhere", {"culverts": [((0, 0), (9, 1), 1, 1, 5, 0.01)]}, "K005"),
    ("culvert in no data", {"dtm": ISLAND, "culverts": [((0, 0), (1, 2), 1, 1, 5, 0.01)]}, "K006"),
    ("culvert of one cell", {"culverts": [((0, 0), (0, 0), 1, 1, 5, 0.01)]}, "K014"),
    ("culvert of no width", {"culverts": [((0, 0), (1, 1), 0, 1, 5, 0.01)]}, "K001"),
    ("culvert of no length", {"culverts": [((0, 0), (1, 1), 1, 1, 0, 0.01)]}, "K001"),
    ("culvert rough below zero", {"culverts": [((0, 0), (1, 1), 1, 1, 5, -0.01)]}, "K001"),
    ("wall outside", {"walls": [(4, 0, "north", 1.0)]}, "K005"),
    ("wall on the edge", {"walls": [(0, 2, "north", 1.0)]}, "K011"),
    ("wall on the other edge", {"walls": [(2, 0, "west", 1.0)]}, "K011"),
    ("wall of an unknown side", {"walls": [(2, 2, "south", 1.0)]}, "K007"),
    ("wall without a crest", {"walls": [(2, 2, "north", np.nan)]}, "K001"),
    ("gauge outside", {"gauges": {"a": (0, 5)}}, "K005"),
    ("gauge on no data", {"dtm": ISLAND, "gauges": {"a": (1, 2)}}, "K006"),
    ("gauge of one number", {"gauges": {"a": 3}}, "K008"),
    ("gauges in a list", {"gauges": [(0, 0)]}, "K008"),
    ("solver unknown", {"solver": "inertiel"}, "K007"),
    ("snapshots beyond memory", {"dtm": np.zeros((50, 50)), "every": 1e-9}, "K015"),
]


@pytest.mark.parametrize(("given", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_wrong_argument_is_a_coded_error(given, code, plainly):
    arguments = {"dtm": FLAT, "duration": 60.0, **given}
    for lang in i18n.LANGUAGES:
        with i18n.using(lang), pytest.raises((InvalidError, UnknownNameError)) as caught:
            flood(arguments["dtm"], **{k: v for k, v in arguments.items() if k != "dtm"})
        text = str(caught.value)
        assert text.startswith(f"JUM-{code} ")
        assert "‹" not in text and "{" not in text.replace("{name", "").replace('{"', "")
        assert caught.value.remedy


def test_the_error_names_the_argument_the_place_and_a_remedy(plainly):
    with i18n.using("en"), pytest.raises(InvalidError) as caught:
        flood(ISLAND, duration=60, inflows=[(0, 0, [0, 1], [1, 1]), (1, 2, [0, 1], [1, 1])])
    assert "inflows[1]" in caught.value.what and "(1, 2)" in caught.value.what
    assert re.search(r"\((0|1|2), (1|2|3)\)$", caught.value.remedy)
    with i18n.using("fr"), pytest.raises(InvalidError, match="n'est pas un nombre fini") as caught:
        flood(FLAT, duration=60, manning=with_nan())
    assert "ligne 2, colonne 2" in caught.value.what


@pytest.mark.parametrize(
    ("given", "suggestion"),
    [
        ({"solver": "inertal"}, "inertial"),
        ({"solver": "HLLC"}, "hllc"),
        ({"boundaries": {"wst": "free"}}, "west"),
        ({"boundaries": {"west": "walls"}}, "wall"),
        ({"boundary_cells": [(WEST, ("stages", 0, 1))]}, "stage"),
        ({"walls": [(1, 1, "North", 1.0)]}, "north"),
    ],
)
def test_a_name_nearly_right_gets_a_suggestion(given, suggestion, plainly):
    with i18n.using("en"), pytest.raises(UnknownNameError, match="Did you mean") as caught:
        flood(FLAT, duration=60, **given)
    assert caught.value.data["suggestion"] == suggestion
    with pytest.raises(KeyError):
        flood(FLAT, duration=60, **given)


def test_errors_are_the_builtin_ones_too(plainly):
    with pytest.raises(ValueError, match="JUM-K001"):
        flood(FLAT, duration=-1)


def test_numbers_come_from_numpy_too():
    assert checks.number("a", np.float32(2.0)) == 2.0
    assert checks.number("a", np.array(3)) == 3.0
    for wrong in (True, np.array([1.0]), [1.0], None, "1", b"1", 1j):
        with pytest.raises(JumeauError, match="JUM-K001"):
            checks.number("a", wrong)


def test_a_masked_terrain_is_one_with_holes(plainly):
    masked = np.ma.masked_less(np.array([[1.0, -5.0, 1.0]]), 0.0)
    done = flood(masked, duration=10, rain=36.0)
    np.testing.assert_allclose(done.depth, [[1e-4, 0.0, 1e-4]], rtol=1e-6)


def test_a_cell_is_two_whole_numbers_whatever_their_type():
    opened = np.ones((3, 4), bool)
    assert checks.place("a", 2, np.int64(3), opened) == (2, 3)
    assert checks.place("a", 2.0, np.float32(3.0), opened) == (2, 3)
    for wrong in (True, "1", None, np.nan, np.inf, 0.5, -1, 3):
        with pytest.raises(InvalidError, match="JUM-K005"):
            checks.place("a", wrong, 0, opened)


def test_a_mask_may_be_of_zeros_and_ones():
    given = np.array([[0, 1], [1, 0]])
    np.testing.assert_array_equal(checks.mask("m", given, (2, 2)), given == 1)


def test_lists_and_whole_numbers_will_do(plainly):
    done = flood([[0, 0], [0, 0]], duration=10, rain=([0], [36]), gauges={"a": [0, 1]})
    np.testing.assert_allclose(done.depth, 1e-4, rtol=1e-6)


def test_values_of_closed_cells_do_not_matter(plainly):
    odd = np.where(np.isnan(ISLAND), np.nan, 0.05)
    rain = ([0], np.where(np.isnan(ISLAND), -7.0, 36.0)[None])
    done = flood(ISLAND, duration=10, manning=odd, rain=rain, initial_depth=odd, infiltration=odd)
    assert np.isfinite(done.depth).all()
    assert done.depth[1, 2] == 0.0
