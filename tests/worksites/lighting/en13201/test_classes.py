# SPDX-License-Identifier: EUPL-1.2
"""Requirements of EN 13201-2: the shipped values, their sources, checks."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jumeau.base.errors import UnknownNameError
from jumeau.worksites.lighting.en13201 import classes

COLUMNS = {
    "M": {"L_av_min_cd_m2": ("lav", "least"), "U_o_min": ("uo", "least"),
          "U_l_min": ("ul", "least"), "U_ow_min_wet": ("uow", "least"),
          "f_TI_max_pct": ("fti", "most"), "REI_min": ("rei", "least")},
    "C": {"E_av_min_lx": ("e_av", "least"), "U_o_min": ("u_h", "least")},
    "P": {"E_av_min_lx": ("e_av", "least"), "E_av_max_lx": ("e_av", "most"),
          "E_min_lx": ("e_min", "least")},
}  # fmt: skip


@pytest.mark.parametrize("family", COLUMNS)
def test_values_are_those_of_the_shared_tables(family: str, shared: Path) -> None:
    path = shared / f"validation/lighting/rules/en13201_2_classes_{family}.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert classes.names(family) == tuple(row["class"] for row in rows)
    for row in rows:
        asked = classes.requirements(row["class"])
        for column, (quantity, bound) in COLUMNS[family].items():
            if row[column]:
                assert getattr(asked[quantity], bound) == float(row[column])
            else:
                assert quantity not in asked


def test_every_value_has_its_source_and_the_mark_to_confirm() -> None:
    for name in classes.names():
        for asked in classes.requirements(name).values():
            assert asked.source.startswith(classes.SOURCE)
            assert not asked.confirmed


def test_the_mean_of_a_class_p_has_both_bounds() -> None:
    asked = classes.requirements("p2")["e_av"]
    assert (asked.least, asked.most) == (10, 15)
    assert classes.requirements("P7") == {}
    assert classes.family("P7") == "P"


RESULT = {"lav": 1.0, "uo": 0.41, "ul": 0.65, "fti": 14.9, "rei": 0.31, "e_av": 14.0, "e_min": 3.5,
          "u_h": 0.25}  # fmt: skip


def test_check_sets_values_beside_what_is_asked() -> None:
    checks = {item.quantity: item for item in classes.check(RESULT, "M3")}
    assert {name for name, item in checks.items() if item.met} == {"lav", "uo", "ul", "fti", "rei"}
    assert checks["uow"].met is None and checks["uow"].value is None
    stricter = {item.quantity: item.met for item in classes.check(RESULT, "M2")}
    assert stricter == {"lav": False, "uo": True, "ul": False, "uow": None, "fti": False,
                        "rei": False}  # fmt: skip
    over = classes.check({**RESULT, "e_av": 23.0}, "P1")
    assert [item.met for item in over] == [False, True]


def test_bounds_themselves_are_met() -> None:
    exact = {"lav": 0.3, "uo": 0.35, "ul": 0.4, "fti": 20.0, "rei": 0.3}
    assert all(item.met is not False for item in classes.check(exact, "M6"))
    for name, less in (("lav", 0.299), ("fti", 20.01)):
        assert not all(item.met is not False for item in classes.check({**exact, name: less}, "M6"))


def test_best_is_the_most_demanding_class_met() -> None:
    assert classes.best(RESULT, "M") == "M3"
    assert classes.best(RESULT, "P") == "P2"
    assert classes.best(RESULT, "C") == ""  # not even enough
    assert classes.best({"lav": None}, "M") == ""


def test_an_unknown_class_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownNameError, match="M3") as refused:
        classes.requirements("M33")
    assert refused.value.code == "JUM-L075"  # type: ignore[attr-defined]
