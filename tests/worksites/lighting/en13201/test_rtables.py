# SPDX-License-Identifier: EUPL-1.2
"""Road surfaces: the numbers, their checks, names, files and arrays."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.worksites.lighting.en13201 import rtables

NOMINAL = {
    "R1": (0.25, 0.10), "R2": (0.58, 0.07), "R3": (1.11, 0.07), "R4": (1.55, 0.08),
    "C1": (0.24, 0.10), "C2": (0.97, 0.07),
}  # fmt: skip


@pytest.mark.parametrize("name", NOMINAL)
def test_tables_have_their_nominal_specular_factor_and_mean_coefficient(name: str) -> None:
    table = rtables.named()[name]
    assert table.values.shape == (29, 20)
    assert table.s1 == pytest.approx(NOMINAL[name][0], abs=0.01)
    assert table.q0 == pytest.approx(NOMINAL[name][1], abs=0.006)
    assert table.source == "CIE 144:2001"


def test_tables_agree_with_the_shared_ones_and_their_checks(shared: Path) -> None:
    folder = shared / "validation/lighting/rtables"
    with (folder / "check.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            table = rtables.find(row["table"])
            assert table.s1 == pytest.approx(float(row["S1_computed"]), abs=1e-3)
            assert table.q0 == pytest.approx(float(row["Q0_computed_trapz"]), abs=1e-3)
            theirs = rtables.find(folder / f"{row['table']}.csv")
            np.testing.assert_array_equal(table.values, theirs.values)
            assert theirs.source == f"{row['table']}.csv"


def test_coefficient_is_bilinear_and_nothing_beyond_the_table() -> None:
    table = rtables.find("R3")
    assert table.coefficient(0.0, 0.0) == 294
    assert table.coefficient(2.0, 0.0) == 326
    middle = table.coefficient(0.125, 1.0)
    assert middle == pytest.approx(table.values[:2, :2].mean())
    assert table.coefficient(12.0, 0.0) == 53
    assert table.coefficient(12.01, 0.0) == 0


def test_expanded_table_holds_every_node_and_every_value_between() -> None:
    table = rtables.find("C2")
    expanded = table.expanded()
    assert expanded.shape == rtables.EXPANDED
    rng = np.random.default_rng(1)
    tan, beta = rng.uniform(0, 12, 500), rng.uniform(0, 180, 500)
    i, j = (tan * 4).astype(int), beta.astype(int)
    u, v = tan * 4 - i, beta - j
    low = (1 - v) * expanded[i, j] + v * expanded[i, j + 1]
    high = (1 - v) * expanded[i + 1, j] + v * expanded[i + 1, j + 1]
    np.testing.assert_allclose((1 - u) * low + u * high, table.coefficient(tan, beta), rtol=1e-5)


def test_a_table_is_found_by_name_file_or_array(tmp_path: Path) -> None:
    own = rtables.find("R1").values * 1.1
    assert rtables.find(own).name == "own"
    assert rtables.find(" r2 ").name == "R2"
    assert rtables.find(rtables.find("R4")) is rtables.find("R4")
    path = tmp_path / "enrobe.csv"
    path.write_text("tan_gamma,beta_0,beta_90,beta_180\n0,300,300,300\n2,200,100,50\n12,9,0,0\n")
    found = rtables.find(str(path))
    assert found.name == "enrobe"
    assert found.coefficient(1.0, 45.0) == pytest.approx((300 + 150) / 2)


@pytest.mark.parametrize(
    ("given", "code", "kind"),
    [
        ("R5", "JUM-L071", UnknownNameError),
        ("", "JUM-L071", UnknownNameError),
        ("nowhere.csv", "JUM-L073", MissingFileError),
        (np.ones((29, 20)), "JUM-L072", InvalidError),  # r itself, not r·10⁴
        (np.full((29, 20), np.nan), "JUM-L072", InvalidError),
        (np.full((29, 20), -7.0), "JUM-L072", InvalidError),
        (np.full((7, 5), 100.0), "JUM-L072", InvalidError),
        (3.0, "JUM-L072", InvalidError),
        (None, "JUM-L072", InvalidError),
        ([["a"]], "JUM-L072", InvalidError),
    ],
)
def test_what_is_no_table_is_refused(given: object, code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as refused:
        rtables.find(given)  # type: ignore[arg-type]
    assert refused.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "tan_gamma,beta_0,beta_180\n0,300,x\n", "tan_gamma,beta_0,beta_180\n0,300\n",
     "tan_gamma,beta_0,beta_90\n0,300,300\n1,200,200\n",
     "tan_gamma,beta_0,beta_180\n1,300,300\n0,200,200\n"],
)  # fmt: skip
def test_a_spoilt_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InvalidError, match="JUM-L072"):
        rtables.find(path)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"\xff\xfe\x00\x01" * 50)
    with pytest.raises(InvalidError, match="JUM-L072"):
        rtables.find(path)
