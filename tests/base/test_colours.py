# SPDX-License-Identifier: EUPL-1.2
"""Ramps keep their order, classes cover the values and are round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import colours


def test_a_ramp_goes_from_end_to_end() -> None:
    assert colours.ramp("inferno", 3)[0] == "#000004"
    assert colours.ramp("inferno", 3)[-1] == "#fcffa4"
    assert colours.ramp("inferno", 1, 1.0, 1.0) == ("#fcffa4",)
    assert colours.ramp("no such palette", 4) == colours.ramp("viridis", 4)


@pytest.mark.parametrize(
    "palette", ["inferno", "viridis", "cividis", "blues", "purples", "vermilions"]
)
def test_ramps_grow_lighter(palette: str) -> None:
    """Read without colours, a legend keeps its order."""
    light = []
    for color in colours.ramp(palette, 12):
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                  for c in (red, green, blue)]  # fmt: skip
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    assert light == sorted(light)


@given(st.floats(-5000, 5000), st.floats(0.001, 5000))
def test_even_classes_cover_and_are_few(low: float, span: float) -> None:
    limits = colours.even_classes(low, low + span)
    assert 1 <= len(limits) <= colours.CLASSES
    assert limits[0] <= low + 1e-6 * max(1, abs(low))
    assert list(limits) == sorted(set(limits))
    step = limits[1] - limits[0] if len(limits) > 1 else span
    assert limits[-1] + step >= low + span - 1e-6 * max(1, abs(low), span)


def test_even_classes_are_round() -> None:
    assert colours.even_classes(3.2, 57.9) == (0, 10, 20, 30, 40, 50)
    assert colours.even_classes(float("nan"), 1) == (0.0,)
    assert colours.even_classes(5, 5)[0] <= 5


def test_values_fall_into_their_class() -> None:
    shown = colours.Scale((0.1, 1.0, 10.0), ("#000000", "#808080", "#ffffff"), True)
    values = np.array([np.nan, 0.0, 0.1, 0.99, 1.0, 9.99, 10.0, 1e6], dtype=np.float32)
    assert shown.classify(values).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    whole = shown._replace(hidden_below=False)
    assert whole.classify(values).tolist() == [0, 1, 1, 1, 2, 2, 3, 3]


def test_a_layer_without_classes_takes_those_given() -> None:
    shown = colours.scale("dtm", lambda: (0.0, 10.0, 20.0))
    assert shown.classes == (0.0, 10.0, 20.0)
    assert len(shown.colors) == 3
    assert not shown.hidden_below
    assert len(colours.scale("dtm").classes) == 1


def test_a_layer_with_classes_keeps_them() -> None:
    canopy = colours.scale("height", lambda: (0.0, 1.0))
    assert canopy.classes[0] == 2.0
    assert len(canopy.colors) == len(canopy.classes)
    assert canopy.hidden_below
