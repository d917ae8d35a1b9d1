# SPDX-License-Identifier: EUPL-1.2
"""Words compared without accents, and lists cut short."""

from __future__ import annotations

import pytest

from jumeau.sources.folding import first, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Libellé fonction", "libellefonction"),
        ("LIBELLE_FONCTION", "libellefonction"),
        (" BP ", "bp"),
        ("N° d'armoire", "ndarmoire"),
        ("Œuvre", "oeuvre"),
        ("cœur", "coeur"),
        ("m²", "m2"),
        ("building:levels", "buildinglevels"),
        ("", ""),
        ("€ %", ""),
    ],
)
def test_fold(text: str, folded: str):
    assert fold(text) == folded


def test_lists_say_when_they_are_cut():
    assert first([1, 2, 3]) == ["1", "2", "3"]
    assert first(range(5)) == ["0", "1", "2", "3", "4"]
    assert first(range(6)) == ["0", "1", "2", "3", "4", "…"]
    assert first(["a", "b", "c"], 2) == ["a", "b", "…"]
    assert first([]) == []
