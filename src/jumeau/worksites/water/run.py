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
from jumeau.worksites.water.twin_rows import NETWORK, TABLES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


class Water:
    """Drinking water (entry point ``water`` of ``jumeau.worksites``)."""

    name = "water"
    label_en = "Drinking water"
    label_fr = "Eau potable"
    fields: Sequence[FieldSpec] = FIELDS
    indicators: Sequence[IndicatorSpec] = indicator_specs.INDICATORS
    option_methods: Sequence[IndicatorSpec] = ()

    def parameters(self) -> Parameters:
        """Return the worksite's parameters with their defaults and sources."""
        return completing.defaults()

    def run(
        self, territory: Territory, scenario: Scenario, progress: Progress | None = None
    ) -> Recorder:
        """Compute a day of every water network from whatever data exist; record it."""
        from jumeau.worksites.water import card, diagnosis, results, series

        given = scenario.apply(self.parameters())
        with territory.recording(
            self.name, scenario=scenario.name, parameters=given, methods=self.indicators
        ) as record:
            record.reads(NETWORK, *TABLES.values(), "storage_tank", "district_metered_area")
            record.reads("population", "building", "sensor", "dtm")
            found = diagnosis.diagnose(territory, given, seed=record.seed, progress=progress)
            record.add_findings(found.findings)
            if not found.studied:
                return record
            import pandas as pd

            record.describes(**card.card(found.studied))
            for network in found.studied:
                record.add_findings(results.findings(network, given))
            if found.estimates:
                record.add_estimates(pd.DataFrame(found.estimates))
            record.add_indicators(results.table(territory, found.studied, given, seed=record.seed))
            record.add_series(series.table(found.studied))
        return record

    def options(self, territory: Territory, scenario: Scenario | None = None) -> pd.DataFrame:
        """Return no option: works on the network come with a later version."""
        return options.none()

    def effect(self, option: Any, scenario: Scenario, draws: int) -> dict[str, np.ndarray]:
        """Return no effect, as there is no option."""
        return {}


WORKSITE = Water()
"""The worksite, as the entry point gives it."""
