# SPDX-License-Identifier: EUPL-1.2
"""What consumers get at a pressure: nothing below one, all above another (Wagner et al., 1988)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

USUAL = 20.0
"""Pressure that serves a consumer fully where a network says nothing [m]."""
_GAP = 0.1


@dataclass(frozen=True)
class Service:
    """The share of a demand that is served, s = ((p − p₀)/(p₁ − p₀))^e between p₀ and p₁.

    Parameters
    ----------
    minimum_m, required_m : float
        Pressures p₀ and p₁ [m].
    exponent : float
        e [-].

    References
    ----------
    Wagner, Shamir and Marks (1988), Water distribution reliability: simulation methods, Journal of
    Water Resources Planning and Management 114(3); EPANET 2.2 User Manual, 3.1.
    """

    minimum_m: float = 0.0
    required_m: float = USUAL
    exponent: float = 0.5

    @classmethod
    def of(
        cls, net: Network, minimum_m: float | None = None, required_m: float | None = None
    ) -> Service:
        """Return the service asked for [m]; else that of a network with pressure-driven demand.

        Raises
        ------
        InvalidError
            ``JUM-H072`` when the pressures are not in order.
        """
        own = net.options.get("DEMAND MODEL", "DDA").upper().startswith("P")

        def given(name: str, usual: float) -> float:
            words = net.options.get(name, "").split() if own else []
            factor = net.units.pressure if name.endswith("PRESSURE") else 1.0
            return float(words[0]) * factor if words else usual

        low = given("MINIMUM PRESSURE", 0.0) if minimum_m is None else float(minimum_m)
        full = _GAP * net.units.pressure if own else USUAL
        high = given("REQUIRED PRESSURE", full) if required_m is None else float(required_m)
        if not 0.0 <= low < high < np.inf:
            raise error("JUM-H072", name="required_m", value=f"{low}, {high}")
        return cls(low, high, given("PRESSURE EXPONENT", 0.5))

    def share(self, pressure: Floats) -> Floats:
        """Return the share of the demand that pressures [m] serve [-]."""
        span = self.required_m - self.minimum_m
        return np.asarray(np.clip((pressure - self.minimum_m) / span, 0.0, 1.0) ** self.exponent)

    def slope(self, demand: Floats, pressure: Floats) -> Floats:
        """Return the derivative of what is served [m³/h per m]."""
        span = self.required_m - self.minimum_m
        part = (pressure - self.minimum_m) / span
        inside = (part > 0.0) & (part < 1.0) & (demand > 0.0)
        steep = self.exponent / span * np.where(inside, part, 1.0) ** (self.exponent - 1.0)
        return np.where(inside, steep * demand, 0.0)

    def driving(self, net: Network) -> Network:
        """Return a copy of a network whose demand is driven by pressure."""
        twin = net.copy()
        unit = net.units.pressure
        twin.options |= {
            "DEMAND MODEL": "PDA",
            "MINIMUM PRESSURE": f"{self.minimum_m / unit:.12g}",
            "REQUIRED PRESSURE": f"{self.required_m / unit:.12g}",
            "PRESSURE EXPONENT": f"{self.exponent:.12g}",
        }
        return twin
