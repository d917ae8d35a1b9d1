# SPDX-License-Identifier: EUPL-1.2
"""Arguments of road fields: defaults, limits, missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites.lighting.en13201 import layout

NEEDED: dict[str, Any] = {"height": 8.0, "spacing": 30.0, "width": 7.0}


def test_scalars_and_columns_meet_and_defaults_fill() -> None:
    fields = layout.read({**NEEDED, "height": [8.0, 9.0], "arrangement": "twin"}, 2)
    assert fields.number["height"].tolist() == [8, 9]
    assert fields.number["lanes"].tolist() == [2, 2]
    assert fields.number["maintenance_factor"].tolist() == [0.8, 0.8]
    assert np.isnan(fields.number["flux"]).all()
    assert fields.arrangement.tolist() == [3, 3]


def test_holes_in_a_column_take_the_default() -> None:
    fields = layout.read({**NEEDED, "tilt": [5.0, np.nan], "lanes": [None, 3]}, 2)
    assert fields.number["tilt"].tolist() == [5, 0]
    assert fields.number["lanes"].tolist() == [2, 3]


@pytest.mark.parametrize("name", ["height", "spacing", "width"])
def test_what_is_needed_cannot_lack(name: str) -> None:
    with pytest.raises(InvalidError, match=name):
        layout.read({**NEEDED, name: None}, 1)
    with pytest.raises(InvalidError, match=r"row 1"):
        layout.read({**NEEDED, name: [5.0, np.nan]}, 2)


@pytest.mark.parametrize("name", layout.NUMBERS)
def test_limits_are_held_on_both_sides(name: str) -> None:
    limit = layout.NUMBERS[name]
    base = {**NEEDED, "width": 100.0}
    for value in (limit.least - 0.01, limit.most * 1.01 + 1, np.inf, -np.inf):
        with pytest.raises(InvalidError, match="JUM-L070"):
            layout.read({**base, name: value}, 1)
    layout.read({**base, name: limit.most}, 1)
    if limit.open:
        with pytest.raises(InvalidError, match="JUM-L070"):
            layout.read({**base, name: limit.least}, 1)
    else:
        layout.read({**NEEDED, name: limit.least}, 1)


@pytest.mark.parametrize("value", ["8", object(), [[8.0]], True, {"a": 1}])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidError, match="JUM-L070"):
        layout.read({**NEEDED, "height": value}, 1)


def test_arrangements_are_known_by_name() -> None:
    codes = layout.read({**NEEDED, "arrangement": list(layout.ARRANGEMENTS)}, 4).arrangement
    assert codes.tolist() == [0, 1, 2, 3]
    with pytest.raises(UnknownNameError, match="staggered"):
        layout.read({**NEEDED, "arrangement": "stagered"}, 1)
    with pytest.raises(InvalidError, match="JUM-L070"):
        layout.read({**NEEDED, "arrangement": ["single", "twin"]}, 3)
