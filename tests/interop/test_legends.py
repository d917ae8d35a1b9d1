# SPDX-License-Identifier: EUPL-1.2
"""Legends: classes, colours, words and units, hidden values."""

from __future__ import annotations

import numpy as np

from jumeau.interop import legends
from jumeau.interop.served import Served


def test_classes_of_values(served: Served) -> None:
    with served.reading() as view:
        legend = legends.legend(view, "illuminance", "fr")
    assert legend.label == "Éclairement horizontal"
    assert legend.unit == "lx"
    assert legend.classes == (0.1, 0.5, 1, 2, 5, 10, 20, 50)
    assert len(legend.colors) == 8
    values = np.array([np.nan, 0, 0.09, 0.1, 0.7, 49.9, 50, 4000], dtype=np.float32)
    assert legend.classify(values).tolist() == [0, 0, 0, 1, 2, 7, 8, 8]


def test_a_layer_without_classes_takes_those_of_its_values(served: Served) -> None:
    with served.reading() as view:
        legend = legends.legend(view, "dtm", "en")
        assert legend.label == "Terrain"
        assert not legend.hidden_below
        low = np.array([-9999], dtype=np.float32)
        assert legend.classify(low).tolist() == [1]
        assert legends._from_values(view, "illuminance") == (0, 10, 20, 30, 40, 50)
