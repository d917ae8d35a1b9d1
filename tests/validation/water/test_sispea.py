# SPDX-License-Identifier: EUPL-1.2
"""Figures of water services worked out by hand are met, and a wrong formula would be seen."""

from __future__ import annotations

import pytest

from jumeau.validation.water import sispea
from jumeau.worksites.water.sispea import formulas

CASES = [case for study in sispea.studies() for case in study.cases()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_every_figure_is_met(case):
    value = case.compute()
    assert value is not None
    assert abs(value - case.reference) <= case.tolerance


def test_a_wrong_formula_is_seen(monkeypatch):
    right = formulas.network_yield

    def wrong(volumes):
        got = right(volumes)
        return got if got.value is None else formulas.known(got.value + 0.02)

    monkeypatch.setattr(formulas, "network_yield", wrong)
    missed = [
        case.case
        for study in sispea.studies()
        for case in study.cases()
        if case.case.endswith(": yield") and abs(case.compute() - case.reference) > case.tolerance
    ]
    assert len(missed) == 5
