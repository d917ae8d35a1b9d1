# SPDX-License-Identifier: EUPL-1.2
"""Units of EPANET input files, and what turns them into ours: m, mm, m³/h, kW."""

from __future__ import annotations

from dataclasses import dataclass

FOOT = 0.3048
"""Length of a foot [m]."""
INCH = 25.4
"""Length of an inch [mm]."""
FLOWS = {
    "CFS": 101.940648, "GPM": 0.22712470704, "MGD": 157.725491, "IMGD": 189.420416667,
    "AFD": 51.394076708, "LPS": 3.6, "LPM": 0.06, "MLD": 1000.0 / 24.0, "CMH": 1.0,
    "CMD": 1.0 / 24.0, "CMS": 3600.0,
}  # fmt: skip
"""Flow units of EPANET [m³/h]."""
CUSTOMARY = ("CFS", "GPM", "MGD", "IMGD", "AFD")
"""Those that bring feet, inches, psi and horsepower along."""
HEADLOSS = {"H-W": "H-W", "D-W": "D-W", "C-M": "C-M"}
PSI_PER_FOOT = 0.4333
"""Pressure of a foot of water, as EPANET has it [psi]."""
KPA_PER_PSI = 6.895
"""As EPANET has it [kPa]."""
HORSEPOWER = 0.7457
"""[kW]."""


@dataclass(frozen=True)
class Units:
    """Factors from the units of a file to ours.

    Parameters
    ----------
    flow_unit : str
        "GPM", "LPS"… (EPANET).
    headloss : str
        "H-W", "D-W" or "C-M".
    pressure_unit : str
        "PSI", "KPA", "METERS", "BAR" or "FEET"; "" for the usual one.
    gravity : float
        Specific gravity of the liquid [-].
    """

    flow_unit: str = "GPM"
    headloss: str = "H-W"
    pressure_unit: str = ""
    gravity: float = 1.0

    @property
    def customary(self) -> bool:
        """Whether lengths are in feet."""
        return self.flow_unit in CUSTOMARY

    @property
    def flow(self) -> float:
        """m³/h of a unit of flow."""
        return FLOWS[self.flow_unit]

    @property
    def length(self) -> float:
        """Metres of a unit of length, elevation, head or level."""
        return FOOT if self.customary else 1.0

    @property
    def diameter(self) -> float:
        """Millimetres of a unit of diameter of pipe or valve."""
        return INCH if self.customary else 1.0

    @property
    def volume(self) -> float:
        """Cubic metres of a unit of volume."""
        return self.length**3

    @property
    def roughness(self) -> float:
        """Millimetres of a unit of roughness with Darcy-Weisbach, 1 otherwise."""
        return FOOT if self.customary and self.headloss == "D-W" else 1.0

    @property
    def power(self) -> float:
        """Kilowatts of a unit of power."""
        return HORSEPOWER if self.customary else 1.0

    @property
    def pressure(self) -> float:
        """Metres of water column of a unit of pressure."""
        unit = self.pressure_unit or ("PSI" if self.customary else "METERS")
        psi = FOOT / PSI_PER_FOOT / self.gravity
        factors: dict[str, float] = {
            "PSI": psi,
            "KPA": psi / KPA_PER_PSI,
            "BAR": 100.0 * psi / KPA_PER_PSI,
            "FEET": FOOT / self.gravity,
        }
        return factors.get(unit, 1.0 / self.gravity)

    def emitter(self, exponent: float) -> float:
        """Return m³/h at 1 m of a unit of emitter coefficient."""
        return float(self.flow / self.pressure**exponent)

    def setting(self, kind: str) -> float:
        """Return the factor of a setting of a kind of valve: pressure, flow or none."""
        if kind in ("PRV", "PSV", "PBV"):
            return self.pressure
        return self.flow if kind == "FCV" else 1.0
