# SPDX-License-Identifier: EUPL-1.2
"""The table of buildings: bad input is told, what is absent is said, nothing is a silent zero."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import JumeauError
from jumeau.worksites.buildings import columns
from jumeau.worksites.buildings.engine import OFF, Stock


@pytest.fixture
def table(plain: ModuleType) -> pd.DataFrame:
    return plain.buildings(6).drop(columns=["inner_area_m2", "gain_area_m2", "mass_area_m2"])


def told(table: pd.DataFrame) -> str:
    with pytest.raises(JumeauError) as found:
        columns.read(table)
    return found.value.code


def codes(table: pd.DataFrame) -> set[str]:
    return {item.code for item in columns.read(table).findings}


def test_every_column_is_declared_in_both_languages_and_read(plain: ModuleType) -> None:
    declared = columns.columns()
    assert set(plain.buildings(1)) | {"schedule", "window_g_polynomial"} == set(declared)
    for column in declared.values():
        assert column.label_en and column.label_fr
        assert bool(column.doc_en) == bool(column.doc_fr)
        assert column.needed in ("yes", "no", "told") or column.needed.startswith("with ")
        assert column.default or column.needed == "yes" or column.needed.startswith("with ")


@pytest.mark.parametrize("column", list(columns.columns()))
def test_every_number_bears_on_the_stock(column: str, plain: ModuleType) -> None:
    base = plain.buildings(3).assign(azimuth_deg=0.0, cooling_setback_c=29.0, heating_max_kw=9.0)
    base = base.assign(heating_setback_c=14.0, cooling_max_kw=9.0, heat_recovery=0.5)
    changed = {"schedule": "office", "window_g_polynomial": "1", "azimuth_deg": 30.0}
    other = base.assign(**{column: changed.get(column, base.get(column, 0.0))})
    if column not in changed:
        other[column] = base[column] * 0.9
    one, two = columns.read(base), columns.read(other)
    same = all(
        np.array_equal(getattr(one.stock, name), getattr(two.stock, name))
        for name in Stock.__dataclass_fields__
    )
    same &= one.polynomials == two.polynomials and one.schedules == two.schedules
    assert not same


def test_a_good_table_says_nothing(table: pd.DataFrame) -> None:
    assert not columns.read(table).findings


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("floor_area_m2", 0.0, "JUM-E005"),
        ("floor_area_m2", np.nan, "JUM-E003"),
        ("wall_u", -0.3, "JUM-E005"),
        ("roof_u", np.inf, "JUM-E005"),
        ("window_g", 1.2, "JUM-E005"),
        ("capacity_j_k", 0.0, "JUM-E005"),
        ("capacity_j_k", np.nan, "JUM-E003"),
        ("volume_m3", 0.0, "JUM-E005"),
        ("roof_m2", -1.0, "JUM-E005"),
        ("infiltration_ach", -0.1, "JUM-E005"),
        ("frame_fraction", 1.0, "JUM-E005"),
        ("heating_set_c", 26.5, "JUM-E006"),
        ("heating_set_c", 293.15, "JUM-E005"),
        ("wall_u", np.nan, "JUM-E015"),
        ("window_u", np.nan, "JUM-E015"),
        ("ground_u", np.nan, "JUM-E015"),
        ("wall_u", "thick", "JUM-E004"),
        ("window_g_polynomial", "1;x", "JUM-E010"),
    ],
)
def test_bad_values_are_coded_errors(
    table: pd.DataFrame, column: str, value: object, code: str
) -> None:
    table = table.assign(cooling_set_c=25.0, cooling_setback_c=np.nan)
    table["window_g_polynomial"] = "1"
    if column in table and isinstance(value, str):
        table[column] = table[column].astype(object)
    table.loc["b2", column] = value
    assert told(table) == code


def test_the_message_names_the_rows(table: pd.DataFrame) -> None:
    table.loc[["b1", "b4"], "wall_u"] = -1.0
    with pytest.raises(JumeauError, match="b1, b4") as found:
        columns.read(table)
    assert found.value.data["count"] == 2


def test_set_points_crossed_by_a_set_back_are_an_error(table: pd.DataFrame) -> None:
    assert told(table.assign(heating_setback_c=28.0, cooling_setback_c=30.0)) == "JUM-E006"


def test_columns_that_nothing_replaces(table: pd.DataFrame) -> None:
    assert told(table.drop(columns="capacity_j_k")) == "JUM-E002"
    assert told(table.drop(columns="floor_area_m2")) == "JUM-E002"
    with pytest.raises(JumeauError, match="floor_area_m2"):
        columns.read(table.rename(columns={"floor_area_m2": "floor_area"}))


def test_no_surface_at_all_is_an_error(table: pd.DataFrame) -> None:
    bare = table.drop(columns=table.filter(regex="^(wall|window)_._m2|roof_m2|ground_m2").columns)
    assert told(bare.assign(opaque_ua_w_k=0.0)) == "JUM-E012"
    found = columns.read(bare.assign(opaque_ua_w_k=100.0))
    assert "JUM-E020" in {item.code for item in found.findings}


@pytest.mark.parametrize("column", ["infiltration_ach", "gains_w", "roof_m2", "window_s_m2"])
def test_columns_supposed_are_told(table: pd.DataFrame, column: str) -> None:
    found = columns.read(table.drop(columns=column)).findings
    assert [item.code for item in found] == ["JUM-E020"]
    assert column in found[0].data["columns"]


def test_cells_supposed_are_told(table: pd.DataFrame) -> None:
    table.loc["b3", "infiltration_ach"] = np.nan
    found = columns.read(table).findings
    assert [item.code for item in found] == ["JUM-E021"]
    assert found[0].data["count"] == 1


def test_what_is_hardly_a_building_is_a_finding(table: pd.DataFrame) -> None:
    assert "JUM-E022" in codes(table.assign(opaque_ua_w_k=1e6))
    assert "JUM-E024" in codes(table.assign(capacity_j_k=table.floor_area_m2 * 10))
    assert "JUM-E025" in codes(table.assign(heating_set_c=17.0, heating_setback_c=20.0))
    assert "JUM-E027" in codes(table.assign(ventilation_ach=400.0))
    near = columns.read(table.drop(columns="gains_w").assign(gain_w=100.0)).findings
    assert {item.code for item in near} == {"JUM-E020", "JUM-E023"}


def test_empty_set_points_are_none(table: pd.DataFrame) -> None:
    for empty in (np.nan, None, "none", "", "None"):
        stock = columns.read(table.assign(heating_set_c=empty, cooling_set_c=empty)).stock
        assert (stock.heat_set == -OFF).all() and (stock.heat_back == -OFF).all()
        assert (stock.cool_set == OFF).all() and (stock.cool_back == OFF).all()
    text = table.assign(heating_set_c="19.5").iloc[:2]
    assert columns.read(text).stock.heat_set.tolist() == [19.5, 19.5]


def test_what_is_derived(table: pd.DataFrame) -> None:
    stock = columns.read(table.drop(columns="volume_m3")).stock
    floor = table.floor_area_m2.to_numpy()
    np.testing.assert_allclose(stock.volume, 2.5 * floor)
    np.testing.assert_allclose(stock.mass_area, 2.5 * floor)
    np.testing.assert_allclose(stock.gain_area, 4.5 * floor)
    outer = table.filter(regex="^(wall|window)_._m2").sum(axis=1) + table.roof_m2 + table.ground_m2
    between = 2 * (table.floor_area_m2 - table.ground_m2).clip(lower=0)
    np.testing.assert_allclose(stock.inner_area, outer + between)


def test_a_dictionary_will_do_and_no_table_will_not(table: pd.DataFrame) -> None:
    assert len(columns.read(table.to_dict("list")).stock) == len(table)  # type: ignore[arg-type]
    assert told(7) == "JUM-E014"  # type: ignore[arg-type]
    assert told(pd.concat([table, table[["wall_u"]]], axis=1)) == "JUM-E014"


def test_the_table_is_left_as_it_was(table: pd.DataFrame) -> None:
    table.loc["b0", "infiltration_ach"] = np.nan
    before = table.copy(deep=True)
    columns.read(table)
    pd.testing.assert_frame_equal(table, before)
