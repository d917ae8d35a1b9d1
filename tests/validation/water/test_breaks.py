# SPDX-License-Identifier: EUPL-1.2
"""The protocol of breaks, on small cases and on the city."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.validation.water import breaks


def test_capture_counts_the_pipe_that_crosses_in_part():
    score, length = np.array([1.0, 3.0, 2.0]), np.array([50.0, 20.0, 30.0])
    seen = np.array([1.0, 2.0, 1.0])
    assert breaks.capture(score, length, seen, 0.1) == pytest.approx(0.25)
    assert breaks.capture(score, length, seen, 0.2) == pytest.approx(0.5)
    assert breaks.capture(score, length, seen, 0.35) == pytest.approx(0.625)
    assert breaks.capture(score, length, seen, 1.0) == 1.0


@pytest.fixture(scope="module")
def rows(shared):
    return {
        case.case.removeprefix("water/"): case.row()
        for study in breaks.studies(shared)
        for case in study.cases()
    }


def test_what_is_judged_passes(rows):
    judged = {name: row for name, row in rows.items() if row["alone"]}
    assert len(judged) >= 15
    assert [name for name, row in judged.items() if row["verdict"] != "pass"] == []


def test_the_five_per_cent_stay_where_they_are(rows):
    at = ", break_rates: worst 5 % of the length"
    row = rows["pipe breaks caught on average of eight dates" + at]
    best = rows["pipe breaks caught if the forecast were the truth" + at]
    assert row["ours"] > 0.28 and best["ours"] < 0.34


def test_without_the_files_all_is_absent():
    for study in breaks.studies(None):
        assert all(case.row()["verdict"] == "absent" for case in study.cases())
