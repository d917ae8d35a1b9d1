# SPDX-License-Identifier: EUPL-1.2
"""Scenarios: a name and the parameters it sets; what is not set keeps its documented default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jumeau.base.parameters import Parameters


@dataclass(frozen=True)
class Scenario:
    """A named set of parameters given by the user; ``tendanciel`` changes nothing.

    Parameters
    ----------
    name : str
        Name of the scenario.
    values : mapping
        {parameter: value} that the user sets; a value is a number, a text with its unit, a triple
        (value, low, high) or a mapping (:meth:`jumeau.base.parameters.Parameters.override`).
    events : mapping
        {worksite: what happens there}, plain data that the worksite understands (see
        :class:`jumeau.base.contract.Eventful`): ``{"climate": {"rain": "60mm/1h"}}``.
    """

    name: str = "tendanciel"
    values: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def apply(self, defaults: Parameters) -> Parameters:
        """Return parameters with the scenario's values in place of the defaults.

        Parameters
        ----------
        defaults : Parameters
            Parameters of one worksite or of the decision layer; values that the scenario sets
            for others are left to them.
        """
        return defaults.override(
            {name: value for name, value in self.values.items() if name in defaults}
        )
