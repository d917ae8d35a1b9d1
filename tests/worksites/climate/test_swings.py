# SPDX-License-Identifier: EUPL-1.2
"""An oscillation is told when it alternates at each step and grows, and not else."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import swings
from jumeau.worksites.climate.swings import CHANGES, Swings


def told(shape: tuple[int, int], change, steps: int, cells: int = 2) -> list[int]:  # type: ignore[no-untyped-def]
    """Return the steps at which a growing oscillation is told, ``change(k)`` being that of k."""
    depth, found = np.ones(shape, np.float32), []
    watch = Swings(shape)
    for k in range(steps):
        if k:
            depth.reshape(-1)[-cells:] += np.float32(change(k))
        if watch.grow(depth):
            found.append(k)
    return found


def test_a_growing_alternation_is_told_and_told_again() -> None:
    assert told((5, 7), lambda k: 0.002 * (-1.05) ** k, 3 * CHANGES + 3) == [
        CHANGES,
        2 * CHANGES + 1,
        3 * CHANGES + 2,
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda k: 0.01 * (-1.0) ** k,  # does not grow
        lambda k: 0.01 * (-0.9) ** k,  # dies out
        lambda k: 0.001 * 1.05**k,  # rises
        lambda k: 0.01 * 1.05**k * np.sin(2.0 * k),  # the shortest wave of a stable step
        lambda k: 1e-7 * (-1.05) ** k,  # too small to see
        lambda k: 0.0,
    ],
)
def test_other_changes_are_not_told(change) -> None:  # type: ignore[no-untyped-def]
    assert told((5, 7), change, 60) == []


def test_one_cell_alone_does_not_oscillate() -> None:
    assert told((5, 7), lambda k: 0.002 * (-1.05) ** k, 60, cells=1) == []


def test_a_large_domain_is_watched_part_after_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swings, "LEAST", 1)
    found = told((33, 7), lambda k: 0.002 * (-1.03) ** k, 60)
    assert found and found[0] > 2 * (8 - 1)
    assert Swings((33, 7))._change.shape == (5, 7)
