# SPDX-License-Identifier: EUPL-1.2
"""The buildings worksite, read as a method section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import FieldSpec, IndicatorSpec, Progress
from jumeau.base.findings import finding
from jumeau.base.parameters import Parameters
from jumeau.twin.scenario import Scenario
from jumeau.worksites.buildings import card, diagnosis, indicators, options, sunlight
from jumeau.worksites.buildings.fields import FIELDS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


class Buildings:
    """Energy of buildings (entry point ``buildings`` of ``jumeau.worksites``)."""

    name = "buildings"
    label_en = "Public buildings"
    label_fr = "Bâtiments publics"
    fields: Sequence[FieldSpec] = FIELDS
    indicators: Sequence[IndicatorSpec] = indicators.INDICATORS
    option_methods: Sequence[IndicatorSpec] = ()

    def parameters(self) -> Parameters:
        """Return the worksite's parameters with their defaults and sources."""
        return diagnosis.defaults()

    def run(
        self, territory: Territory, scenario: Scenario, progress: Progress | None = None
    ) -> Recorder:
        """Compute the energy of every building from whatever data exist; record it."""
        given = scenario.apply(self.parameters())
        with territory.recording(
            self.name, scenario=scenario.name, parameters=given, methods=self.indicators
        ) as record:
            record.reads("building", "place", "district", "municipality", "dsm")
            found = diagnosis.diagnose(territory, given, seed=record.seed, progress=progress)
            if found is None:
                record.add_findings([finding("JUM-E050", "building")])
                record.put_raster(sunlight.LAYER, ())
                return record
            record.describes(**card.card(found, given["buildings_common"].value))
            record.add_findings(diagnosis.findings(found, given))
            record.add_estimates(diagnosis.estimates(found))
            record.add_indicators(indicators.table(territory, found))
            lit = sunlight.windows(found.sunlight) if found.sunlight else ()
            record.put_raster(sunlight.LAYER, lit)
        return record

    def options(self, territory: Territory, scenario: Scenario | None = None) -> pd.DataFrame:
        """Return no option: works on buildings come with a later version."""
        return options.none()

    def effect(self, option: Any, scenario: Scenario, draws: int) -> dict[str, np.ndarray]:
        """Return no effect, as there is no option."""
        return {}


WORKSITE = Buildings()
"""The worksite, as the entry point gives it."""
