# SPDX-License-Identifier: EUPL-1.2
"""Drinking water: the network as it is, and its hydraulics."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jumeau.worksites.water.allocation import allocate_demand
    from jumeau.worksites.water.analyses.age import age
    from jumeau.worksites.water.analyses.calibration import calibrate
    from jumeau.worksites.water.analyses.criticality import criticality
    from jumeau.worksites.water.analyses.fire_flow import fire_flow
    from jumeau.worksites.water.analyses.pump_energy import pump_energy
    from jumeau.worksites.water.analyses.sensitivity import sensitivity
    from jumeau.worksites.water.analyses.what_if import what_if
    from jumeau.worksites.water.breaks.programme import renewal
    from jumeau.worksites.water.breaks.rating import break_rates
    from jumeau.worksites.water.draping import drape
    from jumeau.worksites.water.exchange.raepa_reading import read_raepa
    from jumeau.worksites.water.exchange.raepa_writing import write_raepa
    from jumeau.worksites.water.exchange.stareau_reading import read_stareau
    from jumeau.worksites.water.exchange.stareau_writing import write_stareau
    from jumeau.worksites.water.forecasting.demand import forecast_demand
    from jumeau.worksites.water.georeferencing import georeference
    from jumeau.worksites.water.gis_reading import read_gis
    from jumeau.worksites.water.hydraulics import solve
    from jumeau.worksites.water.inp_reading import read_inp
    from jumeau.worksites.water.inp_writing import write_inp
    from jumeau.worksites.water.leaks.finding import find_leaks
    from jumeau.worksites.water.leaks.scoring import score_battledim
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.repairing import isolated, repair
    from jumeau.worksites.water.report import Report
    from jumeau.worksites.water.sispea import indicators
    from jumeau.worksites.water.solution import Solution
    from jumeau.worksites.water.territory import from_territory, to_territory

__all__ = [
    "Network",
    "Report",
    "Solution",
    "age",
    "allocate_demand",
    "break_rates",
    "calibrate",
    "criticality",
    "drape",
    "find_leaks",
    "fire_flow",
    "forecast_demand",
    "from_territory",
    "georeference",
    "indicators",
    "isolated",
    "pump_energy",
    "read_gis",
    "read_inp",
    "read_raepa",
    "read_stareau",
    "renewal",
    "repair",
    "score_battledim",
    "sensitivity",
    "solve",
    "to_territory",
    "what_if",
    "write_inp",
    "write_raepa",
    "write_stareau",
]

_HERE = "jumeau.worksites.water."
_WHERE = {
    "age": _HERE + "analyses.age",
    "calibrate": _HERE + "analyses.calibration",
    "criticality": _HERE + "analyses.criticality",
    "fire_flow": _HERE + "analyses.fire_flow",
    "pump_energy": _HERE + "analyses.pump_energy",
    "sensitivity": _HERE + "analyses.sensitivity",
    "what_if": _HERE + "analyses.what_if",
    "allocate_demand": _HERE + "allocation",
    "break_rates": _HERE + "breaks.rating",
    "renewal": _HERE + "breaks.programme",
    "drape": _HERE + "draping",
    "forecast_demand": _HERE + "forecasting.demand",
    "georeference": _HERE + "georeferencing",
    "indicators": _HERE + "sispea",
    "isolated": _HERE + "repairing",
    "read_gis": _HERE + "gis_reading",
    "repair": _HERE + "repairing",
    "find_leaks": _HERE + "leaks.finding",
    "score_battledim": _HERE + "leaks.scoring",
    "Report": _HERE + "report",
    "Network": _HERE + "network",
    "Solution": _HERE + "solution",
    "read_inp": _HERE + "inp_reading",
    "solve": _HERE + "hydraulics",
    "from_territory": _HERE + "territory",
    "to_territory": _HERE + "territory",
    "read_raepa": _HERE + "exchange.raepa_reading",
    "read_stareau": _HERE + "exchange.stareau_reading",
    "write_inp": _HERE + "inp_writing",
    "write_raepa": _HERE + "exchange.raepa_writing",
    "write_stareau": _HERE + "exchange.stareau_writing",
}


def __getattr__(name: str) -> Any:
    """Return a public function, whose module loads at first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value  # at the next use, without coming here
    return value
