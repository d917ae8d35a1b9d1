# SPDX-License-Identifier: EUPL-1.2
"""Scenarios: a name and the parameters it sets; what is not set keeps its documented default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jumeau.base.errors import did_you_mean, error


@dataclass(frozen=True)
class Parameter:
    """A parameter of a computation.

    Parameters
    ----------
    name : str
        Name, in the code's vocabulary.
    value, low, high : float
        Central value and its 5–95 % interval, in ``unit``.
    unit : str
        Unit.
    source : str
        Where the value comes from.
    default : bool
        Whether nobody set it for this territory: shown as such beside each figure.
    label_en, label_fr : str
        Labels for people.
    price_year : int, optional
        Year of the prices, for money.
    """

    name: str
    value: float
    unit: str
    source: str
    low: float | None = None
    high: float | None = None
    default: bool = True
    label_en: str = ""
    label_fr: str = ""
    price_year: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the parameter as plain data, for the run that used it."""
        return {key: value for key, value in self.__dict__.items() if value not in (None, "")}


@dataclass(frozen=True)
class Scenario:
    """A named set of parameters given by the user; ``tendanciel`` changes nothing.

    Parameters
    ----------
    name : str
        Name of the scenario.
    values : dict
        {parameter name: value} that the user sets.
    """

    name: str = "tendanciel"
    values: Mapping[str, float] = field(default_factory=dict)

    def apply(self, defaults: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """Return the parameters with the scenario's values in place of the defaults.

        A value given by the user is exact: its interval closes on it.

        Raises
        ------
        UnknownNameError
            ``JUM-T024`` if the scenario sets a parameter that does not exist.
        """
        for name in self.values:
            if name not in defaults:
                raise error(
                    "JUM-T024",
                    name=name,
                    known=sorted(defaults),
                    suggestion=did_you_mean(name, defaults),
                )
        return {
            name: replace(
                parameter,
                value=float(self.values[name]),
                low=None,
                high=None,
                default=False,
                source=f"scenario {self.name}",
            )
            if name in self.values
            else parameter
            for name, parameter in defaults.items()
        }
