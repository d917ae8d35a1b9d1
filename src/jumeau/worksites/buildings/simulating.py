# SPDX-License-Identifier: EUPL-1.2
"""Heating and cooling needs of buildings, hour by hour: from a table and a weather to answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.buildings.engine import TERMS, Model, Outcome, run

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.findings import Finding
    from jumeau.ground.weather import Weather

MODELS = {
    "5r1c": "jumeau.worksites.buildings.five_r_one_c",
    "two_mass": "jumeau.worksites.buildings.two_mass",
}
"""Name of a model → module whose ``MODEL`` computes it."""


@dataclass(frozen=True)
class Simulation:
    """Answers of :func:`simulate`; each is a Series by building, of the index of ``params``.

    Parameters
    ----------
    index : Index
        Of the buildings.
    outcome : Outcome
        Arrays of the engine.
    model : str
        Name of the model.
    hours : int
        Hours computed.
    findings : list of Finding
        What was absent, supposed or held back, that of the weather included.
    """

    index: pd.Index
    outcome: Outcome
    model: str
    hours: int
    findings: list[Finding] = field(default_factory=list)

    def _series(self, name: str, values: NDArray[np.float64]) -> pd.Series:
        import pandas as pd

        return pd.Series(values, index=self.index, name=name)

    @cached_property
    def heating_kwh(self) -> pd.Series:
        """Heat brought over the whole series [kWh]."""
        return self._series("heating_kwh", self.outcome.heating.sum(axis=1) * 1e-3)

    @cached_property
    def cooling_kwh(self) -> pd.Series:
        """Heat taken over the whole series, positive [kWh]."""
        return self._series("cooling_kwh", self.outcome.cooling.sum(axis=1) * 1e-3)

    @cached_property
    def heating_peak_kw(self) -> pd.Series:
        """Greatest hourly mean of the heating power [kW]."""
        return self._series("heating_peak_kw", self.outcome.heating_peak * 1e-3)

    @cached_property
    def cooling_peak_kw(self) -> pd.Series:
        """Greatest hourly mean of the cooling power, positive [kW]."""
        return self._series("cooling_peak_kw", self.outcome.cooling_peak * 1e-3)

    @cached_property
    def t_min_c(self) -> pd.Series:
        """Least hourly air temperature [°C]."""
        return self._series("t_min_c", self.outcome.t_min)

    @cached_property
    def t_max_c(self) -> pd.Series:
        """Greatest hourly air temperature [°C]."""
        return self._series("t_max_c", self.outcome.t_max)

    @cached_property
    def t_mean_c(self) -> pd.Series:
        """Mean air temperature [°C]."""
        return self._series("t_mean_c", self.outcome.t_mean)

    @cached_property
    def hours_above_26(self) -> pd.Series:
        """Occupied hours above 26 °C of operative temperature [h]."""
        return self._series("hours_above_26", self.outcome.warm_26)

    @cached_property
    def hours_above_28(self) -> pd.Series:
        """Occupied hours above 28 °C of operative temperature [h]."""
        return self._series("hours_above_28", self.outcome.warm_28)

    @cached_property
    def heating_month_kwh(self) -> pd.DataFrame:
        """Heat brought by month, columns 1 to 12 [kWh]."""
        return self._months(self.outcome.heating)

    @cached_property
    def cooling_month_kwh(self) -> pd.DataFrame:
        """Heat taken by month, columns 1 to 12 [kWh]."""
        return self._months(self.outcome.cooling)

    @cached_property
    def balance_kwh(self) -> pd.DataFrame:
        """Heat balance of each zone, gains positive: the terms of a row add up to 0 [kWh]."""
        import pandas as pd

        return pd.DataFrame(self.outcome.balance * 1e-3, index=self.index, columns=list(TERMS))

    @cached_property
    def table(self) -> pd.DataFrame:
        """All answers of one number a building."""
        import pandas as pd

        names = (
            "heating_kwh",
            "cooling_kwh",
            "heating_peak_kw",
            "cooling_peak_kw",
            "t_min_c",
            "t_max_c",
            "t_mean_c",
            "hours_above_26",
            "hours_above_28",
        )
        return pd.DataFrame({name: getattr(self, name) for name in names}, index=self.index)

    @property
    def hourly(self) -> dict[str, NDArray[np.float32]]:
        """Hourly series (buildings, hours), when asked: ``heating_kwh``, ``cooling_kwh`` [kWh],
        ``t_air_c``, ``t_operative_c`` [°C]."""  # noqa: D205, D209
        return self.outcome.series

    def _months(self, values: NDArray[np.float64]) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(values * 1e-3, index=self.index, columns=range(1, 13))


def simulate(
    params: pd.DataFrame,
    weather: Weather,
    *,
    model: str = "5r1c",
    hourly: bool = False,
    threads: int | None = None,
    schedules: Mapping[str, Any] | None = None,
    shading: Any = None,
) -> Simulation:
    """Hourly thermal model of buildings: useful heating and cooling, temperatures, discomfort.

    Parameters
    ----------
    params : DataFrame
        One row a building; columns of ``columns.csv`` (reference: parameters of buildings), SI
        units in the names. An empty set-point is none: without both the building floats.
    weather : Weather
        h hours of outside temperature [°C] and radiation [W/m²].
    model : str
        ``"5r1c"`` (ISO 13790, simple hourly) or ``"two_mass"``.
    hourly : bool
        Whether to keep hourly series: 16 bytes a building and hour.
    threads : int, optional
        Threads; those of the machine by default. The answer does not depend on them.
    schedules : mapping, optional
        Schedules beside those of the package, by name: see
        :func:`jumeau.worksites.buildings.schedules.profile` [-].
    shading : (n, 4, 12) array, optional
        Share of the sun that reaches the façades n, e, s, w by month [-].

    Returns
    -------
    Simulation
        Needs [kWh], peaks [kW], temperatures [°C], discomfort [h], balance [kWh], findings.

    Raises
    ------
    InvalidError
        JUM-E002 to JUM-E006, JUM-E008 to JUM-E015: a table, a schedule or an argument that does
        not fit.
    UnknownNameError
        JUM-E001, JUM-E007: an unknown model or schedule.

    Notes
    -----
    The series is preceded by a warm-up, its own first 14 days, from a steady state. Needs are
    useful heat: systems and carriers come after. Monte Carlo is more rows: memory beyond the
    table and its answers does not grow with them.

    Equations: EN ISO 13790:2008, 7.2 and annex C; see the README of this package.
    """
    from jumeau.ground.weather import Weather
    from jumeau.worksites.buildings import checks, columns
    from jumeau.worksites.buildings.basis import Basis

    chosen = model_of(model)
    count = checks.threads(threads)
    if not isinstance(weather, Weather):
        raise error("JUM-E009", given=type(weather).__name__)
    reading = columns.read(params, shading)
    basis = Basis(weather, reading.polynomials, reading.schedules, schedules)
    outcome = run(chosen, reading.stock, basis, hourly, count)
    said = [*reading.findings, *getattr(weather, "findings", ())]
    return Simulation(checks.table(params).index, outcome, model, weather.hours, said)


def model_of(name: str) -> Model:
    """Return a model by its name.

    Raises
    ------
    UnknownNameError
        JUM-E001.
    """
    if name not in MODELS:
        suggestion = did_you_mean(name, MODELS) if isinstance(name, str) else ""
        raise error("JUM-E001", name=str(name)[:60], suggestion=suggestion, known=list(MODELS))
    found: Model = import_module(MODELS[name]).MODEL
    return found
