# SPDX-License-Identifier: EUPL-1.2
"""Inputs from outside: known, fit, and never a file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jumeau.base import plugins
from jumeau.base.errors import InvalidError
from jumeau.interop.processes import inputs
from jumeau.worksites.climate.run import WORKSITE

SERIES = {
    "type": "array", "minItems": 2, "maxItems": 3,
    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "maxLength": 3}, ["", "abc"], ["abcd", 3, None, ["a"]]),
        ({"type": "string", "pattern": "^[0-9]+mm$"}, ["60mm"], ["60", "x60mm", "60mm;"]),
        ({"type": "number", "minimum": -5, "maximum": 30}, [0, 4.2, -5], [31, -6, "4", True]),
        ({"type": "integer"}, [3], [3.5, True, "3"]),
        ({"type": "boolean"}, [True], [1, "true"]),
        ({"type": "string", "enum": ["a", "b"]}, ["a"], ["c"]),
        (SERIES, [[[0, 1], [2, 3]]], [[[0, 1]], [[0, 1], [2]], [[0, "x"], [1, 2]], "f.csv"]),
    ],
)
def test_values_fit_their_schema(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    assert all(inputs.fits(value, schema) for value in good)
    assert not any(inputs.fits(value, schema) for value in bad)


def test_a_constraint_that_is_not_checked_is_refused() -> None:
    with pytest.raises(ValueError, match="oneOf"):
        inputs.fits("x", {"type": "string", "oneOf": []})


def _worksite(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(name="flood", **more)


def test_a_worksite_without_inputs_takes_none() -> None:
    assert inputs.checked(_worksite(), {}) == {}
    with pytest.raises(InvalidError, match="JUM-I053"):
        inputs.checked(_worksite(), {"hyetograph": "/etc/passwd"})


def test_inputs_are_known_fit_and_understood_by_the_worksite() -> None:
    heard: list[Any] = []
    spec = {"title_en": "Sea", "schema": {"type": "number", "maximum": 30}}
    worksite = _worksite(event_inputs={"sea_level": spec}, event=heard.append)
    assert inputs.checked(worksite, {"sea_level": {"value": 4.2}}) == {"sea_level": 4.2}
    assert heard == [{"sea_level": 4.2}]
    with pytest.raises(InvalidError, match=r"JUM-I053.*sea_level"):
        inputs.checked(worksite, {"sea_levle": 4})
    with pytest.raises(InvalidError, match="JUM-I054"):
        inputs.checked(worksite, {"sea_level": {"href": "http://127.0.0.1/"}})
    assert len(heard) == 1


def test_no_input_of_ours_can_name_a_file() -> None:
    paths = ("/etc/passwd", "../rain.csv", "293000,6832500,/etc/passwd", "rain.csv", "~/x;1,2.csv")
    for worksite in (WORKSITE, *plugins.load_all("jumeau.worksites").values()):
        for name, spec in inputs.declared(worksite).items():
            assert spec["title_en"] and spec["title_fr"] and spec["doc_en"] and spec["doc_fr"]
            for path in paths:
                try:
                    inputs.checked(worksite, {name: path})
                except Exception as exc:
                    assert "JUM-K042" not in str(exc) and "JUM-K043" not in str(exc), (name, path)
                else:
                    raise AssertionError(f"{worksite.name}: {name} took {path}")


def test_a_hyetograph_comes_in_as_pairs_and_becomes_a_rain() -> None:
    sent = {"hyetograph": {"value": [[0, 30], [1800, 60], [3600, 0]]}}
    event = WORKSITE.event(inputs.checked(WORKSITE, sent))
    assert event.rain.times == (0.0, 1800.0, 3600.0)
    assert event.rain.values == (30.0, 60.0, 0.0)
    assert event.rain_mm == pytest.approx(45.0)
    with pytest.raises(InvalidError, match="JUM-K043"):  # times must grow
        inputs.checked(WORKSITE, {"hyetograph": [[0, 30], [0, 0]]})
