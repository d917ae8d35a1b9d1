# SPDX-License-Identifier: EUPL-1.2
"""The lighting worksite, read as a method section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import FieldSpec, IndicatorSpec, Progress, RasterWindow
from jumeau.base.findings import finding
from jumeau.base.parameters import Parameters
from jumeau.twin.scenario import Scenario
from jumeau.worksites.lighting import diagnosis, estimates, indicators, light, options
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
            record.reads("luminaire", "street", "district", "municipality", "cabinet")
            state = diagnosis.diagnose(territory, given)
            if state is None:
                record.add_findings([finding("JUM-L010", "luminaire")])
                return record
            record.add_findings(diagnosis.findings(state, given))
            record.add_estimates(estimates.frame(state.park, state.done))
            record.add_estimates(diagnosis.attachments(state))
            record.add_indicators(indicators.table(state, given))
            record.put_raster("illuminance", _lit(record, state, given, progress))
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


def _lit(
    record: Recorder, state: diagnosis.Diagnosis, given: Parameters, progress: Progress | None
) -> Iterator[RasterWindow]:
    """Yield the lit tiles, then add what they sum to: the run takes rasters before its tables."""
    error, threshold = (given[f"lighting_{name}"].value for name in ("illuminance_error", "lit_lx"))
    zones = (state.shapes, state.town_shapes)
    areas = [light.LitArea(shapes, threshold, error) for shapes in zones]
    yield from light.tiles(state, given, areas, progress)
    record.add_indicators(indicators.light_table(state, *areas))
