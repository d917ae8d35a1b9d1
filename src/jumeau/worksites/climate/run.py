# SPDX-License-Identifier: EUPL-1.2
"""The climate worksite, read as a method section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import FieldSpec, IndicatorSpec, Progress
from jumeau.base.parameters import Parameters
from jumeau.twin.scenario import Scenario
from jumeau.worksites.climate import card, diagnosis, indicators, options, scenarios
from jumeau.worksites.climate.fields import FIELDS
from jumeau.worksites.climate.inputs import INPUTS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


class Climate:
    """Climate risks (entry point ``climate`` of ``jumeau.worksites``)."""

    name = "climate"
    label_en = "Climate risks"
    label_fr = "Risques climatiques"
    fields: Sequence[FieldSpec] = FIELDS
    indicators: Sequence[IndicatorSpec] = indicators.INDICATORS
    option_methods: Sequence[IndicatorSpec] = ()
    event_inputs: Mapping[str, Mapping[str, Any]] = INPUTS

    def parameters(self) -> Parameters:
        """Return the worksite's parameters with their defaults and sources."""
        return diagnosis.defaults()

    def event(self, given: Mapping[str, Any]) -> scenarios.Event:
        """Return the event described: rain, hyetograph, breach, sea level or inflow."""
        return scenarios.event(given)

    def run(
        self, territory: Territory, scenario: Scenario, progress: Progress | None = None
    ) -> Recorder:
        """Compute the water of an event from whatever data exist; record what it reaches."""
        given = scenario.apply(self.parameters())
        event = diagnosis.event_of(scenario, given)
        with territory.recording(
            self.name, scenario=scenario.name, parameters=given, methods=self.indicators
        ) as record:
            record.reads("dtm", "building_height", "building", "street", "luminaire", "cabinet")
            record.reads("district", "municipality", "hazard_zone", "high_water_mark")
            found = diagnosis.diagnose(territory, event, given, progress)
            if not isinstance(found, diagnosis.Diagnosis):
                record.add_findings(found)
                diagnosis.forget(record)
                return record
            water = found.water
            record.describes(**card.card(territory, water, found.known.buildings))
            record.add_findings(found.findings)
            record.add_indicators(
                indicators.table(territory, water, found.reached, given, found.past)
            )
            diagnosis.draw(record, found)
        return record

    def options(self, territory: Territory, scenario: Scenario | None = None) -> pd.DataFrame:
        """Return no option: none is proposed against floods yet."""
        return options.none()

    def effect(self, option: Any, scenario: Scenario, draws: int) -> dict[str, np.ndarray]:
        """Return no effect, as there is no option."""
        return {}


WORKSITE = Climate()
"""The worksite, as the entry point gives it."""
