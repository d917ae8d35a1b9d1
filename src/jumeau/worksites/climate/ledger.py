# SPDX-License-Identifier: EUPL-1.2
"""Ledger of a flood: every cubic metre that entered, left or stayed, in float64."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.climate.boundaries import SIDES
from jumeau.worksites.climate.engine import FREE, Sides, Stepped

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Ledger:
    """Running account of a run [m³].

    Parameters
    ----------
    initial : float
        Water at the start [m³].
    """

    initial: float
    rain: float = 0.0
    inflow: float = 0.0
    infiltration: float = 0.0
    imposed: float = 0.0
    drained: float = 0.0
    culverts: float = 0.0
    sides: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))

    def add(self, done: Stepped, inflow: float, drained: float, culverts: float) -> None:
        """Add a step.

        Parameters
        ----------
        done : Stepped
            What the engine moved.
        inflow, drained, culverts : float
            Volumes asked of the engine: inflows, free cells inside the domain (out, ≥ 0), net of
            the culverts [m³].
        """
        self.rain += done.rained
        self.infiltration += done.infiltrated
        self.imposed += done.imposed
        self.sides += done.sides
        self.inflow += inflow
        # what was asked and was not there has not left: free cells first, then culverts
        spared = min(done.unmet, drained)
        self.drained += drained - spared
        self.culverts += culverts + (done.unmet - spared)

    def close(self, final: float, sides: Sides) -> dict[str, float]:
        """Return the terms and the error.

        Parameters
        ----------
        final : float
            Water at the end [m³].
        sides : Sides
            Outer faces: what leaves a side whose open faces are all free is free outflow; the net
            of a side with a stage goes to that stage.

        Returns
        -------
        dict of str to float
            In m³: what was there, entered, left and stayed; ``error``, what stayed less what
            should have; ``relative_error``, its size over all that was there or entered [-].
        """
        stages, free = {}, self.drained
        for name, kinds, net in zip(SIDES, sides[:4], self.sides, strict=True):
            only_free = bool((kinds == FREE).any()) and not bool((kinds > FREE).any())
            stages[f"stage_{name}"] = 0.0 if only_free else float(net)
            free -= float(net) if only_free else 0.0
        entered = {"initial": self.initial, "rain": self.rain, "inflow": self.inflow}
        staged = {**stages, "stage_cells": self.imposed}
        expected = (
            sum(entered.values()) + sum(staged.values()) + self.culverts - free - self.infiltration
        )
        fault = final - expected
        handled = sum(entered.values()) + sum(max(value, 0.0) for value in staged.values())
        handled = max(handled, final, 0.0)
        return {
            **entered,
            **staged,
            "free_outflow": free,
            "infiltration": self.infiltration,
            "culverts": self.culverts,
            "final": final,
            "error": fault,
            "relative_error": abs(fault) / handled if handled > 0.0 else 0.0,
        }
