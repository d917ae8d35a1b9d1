# SPDX-License-Identifier: EUPL-1.2
"""Findings on where lamps stand."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import lighting

BOUNDS = (100.0, 200.0, 120.0, 220.0)


def found(positions, **given):
    rows = lighting.illuminance_findings(positions, bounds=BOUNDS, **given)
    return {row.code[-4:]: row.data["count"] for row in rows}


def test_sound_lamps_have_no_finding():
    assert found([[105, 205, 6], [110, 210, 6]]) == {}
    assert found([]) == {}


def test_each_doubt_is_counted():
    ground = np.full((20, 20), 50.0)
    ground[0, 0] = np.nan
    dsm, canopy = np.full((20, 20), np.nan), np.full((20, 20), np.nan)
    dsm[4, 4], dsm[9:12, 9:12], canopy[16, 16] = 55.8, 70.0, 60.0
    positions = [
        [105, 205, 56], [105, 205, 56],  # twice the same
        [107, 205, 50], [107, 206, 8],  # at the ground, and below
        [104.5, 215.5, 56],  # its mast
        [110.5, 209.5, 56],  # in the middle of a block
        [116.5, 203.5, 56],  # in a crown
        [100.5, 219.5, 56], [500, 500, 56],  # over unknown ground, away
    ]  # fmt: skip
    assert found(positions, ground=ground, dsm=dsm, canopy=canopy) == {
        "L053": 1, "L054": 2, "L055": 1, "L056": 1, "L057": 2, "L058": 1,
    }  # fmt: skip


def test_sentences_are_whole_in_both_languages():
    for row in lighting.illuminance_findings([[0, 0, 1]] * 3, bounds=BOUNDS):
        text = row.to_row(None, None)
        assert "{" not in text["what"] and "[count" not in text["what"]


def test_bad_places_are_refused():
    with pytest.raises(InvalidError, match="JUM-L004"):
        lighting.illuminance_findings([[1, 2]], bounds=BOUNDS)
    with pytest.raises(InvalidError, match="JUM-L050"):
        lighting.illuminance_findings([[101, 201, 56]], bounds=BOUNDS, dsm=np.full((20, 20), 5.0),
                                      ground=np.full((20, 20), 50.0))  # fmt: skip
