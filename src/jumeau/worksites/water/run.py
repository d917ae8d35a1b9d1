# SPDX-License-Identifier: EUPL-1.2
"""The water worksite, read as a method section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import FieldSpec, IndicatorSpec, Progress
from jumeau.base.parameters import Parameters
from jumeau.twin.scenario import Scenario
from jumeau.worksites.water import completing, indicator_specs, options
from jumeau.worksites.water.fields import FIELDS
from jumeau.worksites.water.following import Following
from jumeau.worksites.water.twin_rows import NETWORK, TABLES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


class Water(Following):
    """Drinking water (entry point ``water`` of ``jumeau.worksites``)."""

    name = "water"
    label_en = "Drinking water"
    label_fr = "Eau potable"
    fields: Sequence[FieldSpec] = FIELDS
    indicators: Sequence[IndicatorSpec] = indicator_specs.INDICATORS
    option_methods: Sequence[IndicatorSpec] = options.METHODS

    def parameters(self) -> Parameters:
        """Return the worksite's parameters with their defaults and sources."""
        return completing.defaults()

    def run(
        self, territory: Territory, scenario: Scenario, progress: Progress | None = None
    ) -> Recorder:
        """Compute a day of every network, its breaks and duties to come, its leaks; record them."""
        from jumeau.worksites.water import assets, diagnosis, leak_run, results

        given = scenario.apply(self.parameters())
        with territory.recording(
            self.name, scenario=scenario.name, parameters=given, methods=self.indicators
        ) as record:
            record.reads(NETWORK, *TABLES.values(), "storage_tank", "district_metered_area")
            record.reads("population", "building", "sensor", "dtm")
            assets.record(record, territory, given)
            found = diagnosis.diagnose(
                territory, given, seed=record.seed, progress=leak_run.part(progress, 0.0, 0.5)
            )
            record.add_findings(found.findings)
            if found.studied:
                results.record(record, territory, found, given)
                leak_run.record(record, territory, found.studied, given, progress)
        return record

    def options(self, territory: Territory, scenario: Scenario | None = None) -> pd.DataFrame:
        """Return do nothing, sobriety, repairs of leaks, new sensors and renewals."""
        chosen = scenario or Scenario(values=territory.settings.parameters)
        return options.candidates(territory, chosen.apply(self.parameters()))

    def effect(self, option: Any, scenario: Scenario, draws: int) -> dict[str, np.ndarray]:
        """Return draws of the water lost and of the electricity used, and of what is spared."""
        return options.effect(option, scenario, scenario.apply(self.parameters()), draws)


WORKSITE = Water()
"""The worksite, as the entry point gives it."""
