# SPDX-License-Identifier: EUPL-1.2
"""Values to the types of the schema."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from jumeau.sources import convert
from jumeau.twin import schema


def converted(values: Any, table: str, attribute: str, unit: str = "", kind: Any = None) -> Any:
    column = pa.chunked_array([pa.array(values, kind)])
    return convert.column(column, "col", table, schema.table(table)[attribute], unit)


def values(*args: Any, **kwargs: Any) -> list[Any]:
    return converted(*args, **kwargs).values.to_pylist()


def codes(done: Any) -> list[str]:
    return [item.code for item in done.findings]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["1 063 850,00    ", "200,00", "-3,5", "1.5", None], [1063850, 200, -3.5, 1.5, None]),
        (["1\u202f063\u00a0850,00"], [1063850]),
        ([1, 2, None], [1, 2, None]),
        ([1.5, float("nan"), float("inf")], [1.5, None, None]),
        (["12", "#N/A", "NULL", "", "n.c."], [12, None, None, None, None]),
        (["(1 500,00)", "1 200 €"], [-1500, 1200]),
    ],
)
def test_numbers(given: Any, expected: Any):
    done = converted(given, "budget", "amount_eur")
    assert done.values.to_pylist() == expected
    assert codes(done) == []
    assert done.values.type == pa.float64()


def test_unreadable_numbers_become_null_and_are_counted():
    done = converted(["12", "douze", "douze", "x"], "budget", "amount_eur")
    assert done.values.to_pylist() == [12, None, None, None]
    (found,) = done.findings
    assert found.code == "JUM-S119"
    assert (found.data["count"], found.data["examples"]) == (3, ["douze", "x"])


@pytest.mark.parametrize(
    "given",
    [["1,5", "2"], ["1.5", "-2,25"], ["1,5", ""], [" 7 ", "8,0"], ["1 000", "2,5"], ["1e3", "4"]],
)
def test_the_quick_way_and_the_careful_way_agree(given: list[str]):
    from jumeau.base import units

    quick = convert.numbers(pa.chunked_array([pa.array(given)]))
    careful = units.parse_numbers(given)
    assert quick.values.tolist() == pytest.approx(careful.values.tolist(), nan_ok=True)
    assert quick.missing.tolist() == careful.missing.tolist()
    assert quick.unreadable.tolist() == careful.unreadable.tolist()


def test_a_dash_is_zero_in_an_amount_only():
    done = converted([" -      ", " 1 063 850,00    ", "-", ""], "budget", "amount_eur")
    assert done.values.to_pylist() == [0, 1063850, 0, None]
    assert codes(done) == ["JUM-S147"]
    assert done.findings[0].data["count"] == 2
    assert values(["-", "12"], "luminaire", "power_w") == [None, 12]


def test_units_in_cells_and_in_names():
    assert values(["100 W", "0,15 kW", "70"], "luminaire", "power_w") == [100, 150, 70]
    done = converted([750, 800], "luminaire", "height_m", unit="cm")
    assert done.values.to_pylist() == [7.5, 8.0]
    assert codes(done) == ["JUM-S133"]
    assert codes(converted([1], "luminaire", "height_m", unit="m")) == []
    # A unit that measures something else is not believed.
    assert values([8], "luminaire", "height_m", unit="kW") == [8]


@pytest.mark.parametrize(
    ("table", "attribute", "wrong"),
    [
        ("building", "height_m", [0, -1, 9999]),
        ("building", "ground_m", [-99, -1000, 9999]),
        ("building", "built_year", [0, 99, 9999]),
        ("traffic_count", "speed_limit_kmh", [9999, 0]),
        ("luminaire", "power_w", [0, -5, 100000]),
        ("tree", "height_m", [0, 200]),
    ],
)
def test_impossible_values_become_null_and_are_counted(table: str, attribute: str, wrong: Any):
    done = converted([30.0 if attribute != "built_year" else 1950, *wrong], table, attribute)
    assert done.values.to_pylist()[1:] == [None] * len(wrong)
    assert done.values.to_pylist()[0] is not None
    assert codes(done) == ["JUM-S121"]
    assert done.repaired.tolist() == list(range(1, len(wrong) + 1))


def test_zero_is_a_value_where_it_can_be():
    assert values([0.0, 12.0], "building", "ground_m") == [0, 12]
    assert values([0, 12], "traffic_count", "vehicles_day") == [0, 12]


def test_integers():
    assert values(["2", "3,0", 4.0 and "4"], "building", "floors") == [2, 3, 4]
    done = converted([2.5, 3.0], "building", "floors")
    assert done.values.to_pylist() == [2, 3]
    assert codes(done) == ["JUM-S137"]
    assert done.values.type == pa.int64()
    assert values(["01/03/1998", "1975"], "tree", "planted_year") == [1998, 1975]


def test_text():
    given = ["  Rue   de la Paix ", "#N/A", "NULL", "", "-", "Nc", None]
    assert values(given, "street", "name") == ["Rue de la Paix", None, None, None, None, "Nc", None]
    assert values([2438.0, 7.0], "street", "id") == ["2438", "7"]
    assert values([2438, None], "street", "id") == ["2438", None]
    assert values([1.5, 2.0], "street", "id") == ["1.5", "2"] or values(
        [1.5, 2.0], "street", "id"
    ) == ["1.5", "2.0"]
    assert values([dt.date(2020, 1, 2)], "street", "name") == ["2020-01-02"]
    assert values([True], "street", "name") == ["true"]


def test_spellings_that_differ_by_case_become_the_commonest():
    done = converted(["LANTERNE"] * 3 + ["Lanterne", "BORNE", None], "luminaire", "support")
    assert done.values.to_pylist() == ["LANTERNE"] * 4 + ["BORNE", None]
    assert done.repaired.tolist() == [3]
    (found,) = done.findings
    assert found.data["examples"] == ["Lanterne → LANTERNE"]
    # Names are left as they are.
    assert values(["RUE", "Rue"], "street", "name") == ["RUE", "Rue"]


def test_codes():
    done = converted(
        ["SHP", "led", "Ballon fluorescent", None, "?", "inconnu"], "luminaire", "lamp_type"
    )
    assert done.values.to_pylist() == ["HPS", "LED", "HPM", None, None, None]
    assert codes(done) == []
    done = converted(["SHP", "lampadaire", "lampadaire"], "luminaire", "lamp_type")
    assert done.values.to_pylist() == ["HPS", None, None]
    (found,) = done.findings
    assert (found.code, found.data["count"]) == ("JUM-S120", 2)
    assert values(["Fonctionnement", "I"], "budget", "section") == ["F", "I"]
    assert values(["DEPENSES", "Recette"], "budget", "direction") == ["D", "R"]


def test_booleans():
    given = ["Oui", "non", "O", "N", "1", "0", "true", "FAUX", None]
    expected = [True, False, True, False, True, False, True, False, None]
    assert values(given, "building", "public") == expected
    assert values([True, None], "building", "public") == [True, None]
    assert values([1, 0], "building", "public") == [True, False]
    done = converted(["peut-être"], "building", "public")
    assert (done.values.to_pylist(), codes(done)) == ([None], ["JUM-S119"])


def test_dates():
    given = ["31/12/2013", "08/01/11", "2013-12-31", "2022-05-16 17:06:60", "", None]
    day = dt.date
    expected = [day(2013, 12, 31), day(2011, 1, 8), day(2013, 12, 31), day(2022, 5, 16), None, None]
    assert values(given, "luminaire", "installed_on") == expected
    assert values([day(2001, 2, 3), None], "luminaire", "installed_on") == [day(2001, 2, 3), None]
    moment = dt.datetime(2001, 2, 3, 23, 30, tzinfo=dt.UTC)
    assert values([moment], "luminaire", "installed_on") == [day(2001, 2, 3)]


def test_a_year_alone_is_told():
    done = converted([1998, 2004], "luminaire", "installed_on")
    assert done.values.to_pylist() == [dt.date(1998, 1, 1), dt.date(2004, 1, 1)]
    assert codes(done) == ["JUM-S136"]


def test_wrong_dates():
    done = converted(["31/02/2013", "hier", "01/01/0001"], "luminaire", "installed_on")
    assert done.values.to_pylist() == [None] * 3
    assert set(codes(done)) == {"JUM-S119", "JUM-S121"}


def test_constants_are_converted_like_values():
    attribute = schema.table("luminaire")["lamp_type"]
    done = convert.constant("SHP", 3, "luminaire", attribute)
    assert done.values.to_pylist() == ["HPS"] * 3
    year = schema.table("budget")["year"]
    assert convert.constant(2014, 2, "budget", year).values.to_pylist() == [2014, 2014]
