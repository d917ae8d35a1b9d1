# SPDX-License-Identifier: EUPL-1.2
"""The lighting worksite, read as a method section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import FieldSpec, IndicatorSpec, Progress
from jumeau.base.parameters import Parameters
from jumeau.twin.scenario import Scenario
from jumeau.worksites.lighting import (
    card,
    diagnosis,
    indicators,
    night,
    options,
    photometries,
    street_results,
)
from jumeau.worksites.lighting import surroundings as places
from jumeau.worksites.lighting.fields import FIELDS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


class Lighting:
    """Public lighting (entry point ``lighting`` of ``jumeau.worksites``)."""

    name = "lighting"
    label_en = "Public lighting"
    label_fr = "Éclairage public"
    fields: Sequence[FieldSpec] = FIELDS
    indicators: Sequence[IndicatorSpec] = indicators.INDICATORS
    option_methods: Sequence[IndicatorSpec] = options.METHODS
    photometry_facts = staticmethod(photometries.facts)

    def parameters(self) -> Parameters:
        """Return the worksite's parameters with their defaults and sources."""
        return diagnosis.defaults()

    def run(
        self, territory: Territory, scenario: Scenario, progress: Progress | None = None
    ) -> Recorder:
        """Diagnose the lighting of a territory from whatever data exist; record what is found."""
        given = scenario.apply(self.parameters())
        with territory.recording(
            self.name, scenario=scenario.name, parameters=given, methods=self.indicators
        ) as record:
            record.reads("luminaire", "photometry", "street", "cabinet", "building", "dtm", "dsm")
            record.reads("district", "municipality")
            state = diagnosis.diagnose(territory, given)
            if state is None:
                return night.none(record)
            place = places.around(territory, state.park.x, state.park.y, given)
            record.add_findings(diagnosis.findings(state, given))
            record.add_findings(places.findings(place, len(state.park)))
            record.add_estimates(diagnosis.supposed(state))
            record.add_indicators(indicators.table(state, given))
            streets = street_results.record(record, state, given)
            record.describes(**card.card(state, place, given, streets))
            night.put(record, state, place, given, progress)
        return record

    def options(self, territory: Territory, scenario: Scenario | None = None) -> pd.DataFrame:
        """Return do nothing, sobriety, part-night, dimming and LED for the stock in the twin."""
        chosen = scenario or Scenario(values=territory.settings.parameters)
        given = chosen.apply(self.parameters())
        state = diagnosis.diagnose(territory, given)
        return options.none() if state is None else options.candidates(state, given)

    def effect(self, option: Any, scenario: Scenario, draws: int) -> dict[str, np.ndarray]:
        """Return draws of the electricity used and spared once an option is carried out."""
        return options.effect(option, scenario.apply(self.parameters()), draws)
