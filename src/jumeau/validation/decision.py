# SPDX-License-Identifier: EUPL-1.2
"""Present value and rate of return of published cash flows, and the published climate value."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from jumeau.base.errors import NotComputableError
from jumeau.validation.registry import Case

RATE = 0.032  # public discount rate of the cases [1/year]
SOURCE = "cash_flows.csv of this package, computed with numpy-financial 1.0.0"
LICENCE = "EUPL-1.2"
CLIMATE = {2025: 256.0, 2030: 300.0, 2050: 563.0}
"""Year → value of climate action as printed, rounded to the euro of 2023 [€/tCO2e]."""
CLIMATE_SOURCE = "France Stratégie, La valeur de l'action pour le climat (20-03-2025)"


def cash_flows() -> Iterator[tuple[str, float | None, float, list[float]]]:
    """Yield name, internal rate of return [1/year], value at 3.2 % and flows [€] of each case."""
    path = Path(__file__).with_name("cash_flows.csv")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            flows = [float(flow) for flow in row["flows"].split()]
            rate = float(row["irr"]) if row["irr"] else None
            yield row["case"], rate, float(row["npv_3p2"]), flows


def _npv(flows: list[float]) -> Callable[[], float]:
    def compute() -> float:
        from jumeau import decision

        return float(decision.npv(flows, RATE))

    return compute


def _irr(flows: list[float]) -> Callable[[], float | None]:
    def compute() -> float | None:
        from jumeau import decision

        try:
            rate = decision.irr(flows)
        except NotComputableError:
            return None
        return None if rate is None or math.isnan(rate) else float(rate)

    return compute


def _climate_value(year: int) -> Callable[[], float]:
    """Return what `decision.value` gives for one tonne avoided once, energy being free [€]."""

    def compute() -> float:
        import pandas as pd

        from jumeau import decision

        free = {"electricity_price_eur_kwh": 0, "electricity_excise_eur_kwh": 0}
        alone = {"electricity_co2_g_kwh": 1000, "cost_of_public_funds": 0}
        option = pd.DataFrame(
            {
                "id": ["tonne"],
                "capex_eur": [0.0],
                "opex_eur_year": [0.0],
                "life_years": [1],
                "price_year": [2023],
                "year": [year],
            }
        )
        effects = decision.value(
            option,
            {"tonne": {"saving_kwh_year": 1000.0}},
            decision.parameters(free | alone),
            draws=1,
            price_year=2023,
            base_year=year,
        )
        worth = effects.loc[effects["quantity"] == "npv_socioeconomic_eur", "mean"]
        return float(worth.iloc[0])

    return compute


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield present value and internal rate of cash flows, and the climate value: no file."""
    for name, rate, value, flows in cash_flows():
        yield Case(
            f"decision/net present value at 3.2 %, {name}",
            value,
            _npv(flows),
            tolerance=1e-12,
            relative=True,
            unit="€",
            source=SOURCE,
            licence=LICENCE,
        )
        yield Case(
            f"decision/internal rate of return, {name}",
            rate,
            _irr(flows),
            tolerance=1e-9,
            relative=False,
            unit="1/year",
            source=SOURCE,
            licence=LICENCE,
        )
    for year, value in CLIMATE.items():
        yield Case(
            f"decision/climate value of {year}",
            value,
            _climate_value(year),
            tolerance=1.0,
            relative=False,
            unit="€/tCO2e",
            source=CLIMATE_SOURCE,
            licence="published figure",
        )
