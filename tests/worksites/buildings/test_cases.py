# SPDX-License-Identifier: EUPL-1.2
"""Published parameter sets: each column has its place, words become numbers and schedules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites.buildings import columns
from jumeau.worksites.buildings.cases import BY_FLOOR, COLUMNS, _words, from_case_parameters

WORDS = {
    ("20", "27", "none"): (20, np.nan, 27, np.nan, 0, "constant"),
    ("none", "none", "none"): (np.nan, np.nan, np.nan, np.nan, 0, "constant"),
    (19.9, 20.1, np.nan): (19.9, np.nan, 20.1, np.nan, 0, "constant"),
    ("10 until 07h, linear 10->20 from 07h to 08h, 20 until 23h, then 10", "27", "none"):
        (20, 10, 27, 27, 0, "night_setback"),
    ("none", "27 from 07h to 18h, none otherwise",
     "+1409 m3/h of outdoor air 18h-07h, 0 otherwise"):
        (np.nan, np.nan, 27, np.nan, 1409, "night_ventilation"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "meant"), WORDS.items())
def test_words_become_numbers(words: tuple, meant: tuple) -> None:  # type: ignore[type-arg]
    found = tuple(_words(*words).values())
    for ours, theirs in zip(found, meant, strict=True):
        assert ours == theirs or (np.isnan(ours) and np.isnan(theirs))


@pytest.mark.shared
def test_each_column_has_its_place(shared: Path) -> None:
    path = shared / "validation" / "buildings" / "bestest" / "case_parameters.csv"
    cases = pd.read_csv(path, dtype={"case": str})
    params = from_case_parameters(cases)
    used = {*COLUMNS, *BY_FLOOR, "case", "T_heat", "T_cool", "night_vent", "note"}
    assert set(cases) == used
    assert set(params) <= set(columns.columns()) and len(params) == 26
    assert params.index.is_unique and params.loc["600", "capacity_j_k"] == 42167 * 48
    assert params.loc["950FF", "night_vent_ach"] == pytest.approx(1409 / 129.6)
    assert params.loc["630", "window_shading"] == 0.77409
    assert columns.read(params).findings == []
