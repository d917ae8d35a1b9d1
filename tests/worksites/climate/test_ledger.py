# SPDX-License-Identifier: EUPL-1.2
"""The ledger: every term on its line, and the error that is left."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate.engine import CLOSED, FREE, STAGE, Sides, Stepped
from jumeau.worksites.climate.ledger import Ledger


def sides(*kinds: int) -> Sides:
    made = [np.full(3, kind, np.uint8) for kind in kinds]
    return Sides(*made, *(np.zeros(3, np.float32) for _ in range(4)))


def done(**given) -> Stepped:
    terms = {
        "sides": np.zeros(4),
        "rained": 0.0,
        "infiltrated": 0.0,
        "imposed": 0.0,
        "unmet": 0.0,
        "stable": True,
    }
    return Stepped(**{**terms, **given})


def test_every_term_has_its_line_and_they_close():
    book = Ledger(100.0)
    book.add(
        done(sides=np.array([3.0, -2.0, 0.0, 0.0]), rained=7.0, infiltrated=1.0), 5.0, 0.0, 0.0
    )
    book.add(done(imposed=-4.0), 0.0, 0.5, 0.0)
    terms = book.close(107.5, sides(STAGE, FREE, CLOSED, CLOSED))
    assert terms["initial"] == 100.0 and terms["final"] == 107.5
    assert terms["rain"] == 7.0 and terms["inflow"] == 5.0 and terms["infiltration"] == 1.0
    assert terms["stage_west"] == 3.0 and terms["stage_east"] == 0.0
    assert terms["free_outflow"] == 2.5 and terms["stage_cells"] == -4.0
    assert terms["error"] == pytest.approx(0.0) and terms["relative_error"] == pytest.approx(0.0)


def test_the_error_is_over_all_that_was_handled():
    book = Ledger(10.0)
    book.add(done(rained=90.0), 0.0, 0.0, 0.0)
    terms = book.close(99.0, sides(CLOSED, CLOSED, CLOSED, CLOSED))
    assert terms["error"] == pytest.approx(-1.0)
    assert terms["relative_error"] == pytest.approx(0.01)


def test_what_was_not_there_did_not_leave():
    book = Ledger(1.0)
    book.add(done(unmet=0.4), 0.0, 0.3, 0.0)
    terms = book.close(1.1, sides(CLOSED, CLOSED, CLOSED, CLOSED))
    assert terms["free_outflow"] == 0.0
    assert terms["culverts"] == pytest.approx(0.1)
    assert terms["relative_error"] == pytest.approx(0.0)


def test_a_side_partly_at_a_stage_counts_with_the_stage():
    book = Ledger(1.0)
    book.add(done(sides=np.array([-1.0, 0.0, 0.0, 0.0])), 0.0, 0.0, 0.0)
    mixed = sides(STAGE, CLOSED, CLOSED, CLOSED)
    mixed.kind_west[0] = FREE
    terms = book.close(0.0, mixed)
    assert terms["stage_west"] == -1.0 and terms["free_outflow"] == 0.0


def test_a_dry_run_has_no_error():
    terms = Ledger(0.0).close(0.0, sides(CLOSED, CLOSED, CLOSED, CLOSED))
    assert terms["relative_error"] == 0.0
