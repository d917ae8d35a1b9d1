# SPDX-License-Identifier: EUPL-1.2
"""The BESTEST cases, computed once by model, and the 5R1C against the published one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation import study
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.buildings import Simulation

FOLDER = Path("validation") / "buildings"
WEATHER = FOLDER / "weather" / "725650TYCST.epw"
SOURCE = (
    "Modelica Buildings library, ThermalZones.ISO13790.Validation.BESTEST, UsersGuide, "
    "lbl-srg/modelica-buildings@c4117cc"
)
LICENCE = "BSD-3-Clause"
HEATING, COOLING = 0.02, 0.03
"""Accepted share of annual needs."""
SMALL, SMALL_GAP = 1.0, 0.05
"""Annual need below which the accepted difference is absolute, and that difference [MWh]."""
FLOATING = 0.5
"""Accepted difference of free-floating temperatures [K]."""
ANNUAL = {"heating": HEATING, "cooling": COOLING}


class Study(study.Study):
    """A computation of buildings."""

    subject = "buildings"


@cache
def table(shared: Path, name: str) -> pd.DataFrame:
    """Return a table of the BESTEST folder, its cases as text."""
    import pandas as pd

    text = {"case": str, "T_heat": str, "T_cool": str, "night_vent": str}
    return pd.read_csv(
        shared / FOLDER / "bestest" / f"{name}.csv",
        dtype=text,
        keep_default_na=name != "case_parameters",
    )


@cache
def simulated(shared: Path, model: str) -> Simulation:
    """Return the cases computed by a model, with their hours."""
    from jumeau.worksites import buildings
    from jumeau.worksites.buildings.cases import from_case_parameters

    params = from_case_parameters(table(shared, "case_parameters"))
    weather = buildings.Weather.from_epw(shared / WEATHER)
    return buildings.simulate(params, weather, model=model, hourly=True)


def annual(shared: Path, model: str, quantity: str) -> dict[str, float]:
    """Return the annual heating or cooling of each case [MWh].

    Parameters
    ----------
    shared : Path
        Folder of real files.
    model : str
        Of ``simulate``.
    quantity : str
        ``heating`` or ``cooling``.
    """
    values: Any = getattr(simulated(shared, model), f"{quantity}_kwh") / 1000.0
    return {str(case): float(value) for case, value in values.items()}


def peaks(shared: Path, model: str, quantity: str) -> dict[str, float]:
    """Return the highest hourly mean power of each case [kW]."""
    values: Any = getattr(simulated(shared, model), f"{quantity}_peak_kw")
    return {str(case): float(value) for case, value in values.items()}


def temperatures(shared: Path, model: str, quantity: str) -> dict[str, float]:
    """Return ``t_min``, ``t_max`` or ``t_mean`` of each case [°C]."""
    values: Any = getattr(simulated(shared, model), f"{quantity}_c")
    return {str(case): float(value) for case, value in values.items()}


NAMES = {
    "Annual heating load (MWh)": ("annual heating", "heating"),
    "Annual cooling load (MWh)": ("annual cooling", "cooling"),
    "Maximum temperature (degC)": ("highest free-floating temperature", "t_max"),
    "Minimum temperature (degC)": ("lowest free-floating temperature", "t_min"),
}
"""Quantity of the published table → study and quantity of ours."""
ALL = "all cases"
"""Figure of a study whose references are not here: those tables may not be shipped."""


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the 5R1C against the published one, case by case.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = present(shared)
    for quantity, (what, ours) in NAMES.items():
        name = f"{what} of the published 5R1C"
        if here is None:
            yield absent(name, "5r1c", "°C" if ours.startswith("t_") else "MWh", SOURCE, LICENCE)
            continue
        published = table(here, "modelica_iso13790_5r1c_results")
        rows = published[published["quantity"] == quantity]
        figures = tuple(
            Figure(str(case), float(value), *_accepted(ours, float(value)))
            for case, value in zip(rows["case"], rows["value"], strict=True)
        )
        read = annual if ours in ANNUAL else temperatures
        yield Study(name, "5r1c", partial(read, here, "5r1c", ours), figures, SOURCE, LICENCE)


def present(shared: Path | None) -> Path | None:
    """Return the folder of real files when the cases are in it."""
    return shared if shared and (shared / WEATHER).exists() else None


def absent(name: str, solver: str, unit: str, source: str, licence: str) -> Study:
    """Return a study whose references cannot be read."""
    return Study(name, solver, None, (Figure(ALL, None, 0.0, unit),), source, licence)


def _accepted(quantity: str, value: float) -> tuple[float, str, bool]:
    """Return the accepted difference, its unit and whether it is a share."""
    if quantity not in ANNUAL:
        return FLOATING, "°C", False
    if value < SMALL:
        return SMALL_GAP, "MWh", False
    return ANNUAL[quantity], "MWh", True
