# SPDX-License-Identifier: EUPL-1.2
"""What the summary of the report says first."""

from __future__ import annotations

from typing import Any

from jumeau.base import i18n
from jumeau.reporting import report


def _row(indicator: str, unit: str, value: float) -> dict[str, Any]:
    return {
        "indicator": indicator, "unit": unit, "value": value, "low": 0.5 * value,
        "high": 2 * value, "estimated_share": 1.0, "run_id": "r",
    }  # fmt: skip


def test_the_summary_begins_with_what_readers_ask_first() -> None:
    rows = [
        _row("power", "kW", 5), _row("hours", "h/yr", 4000), _row("area", "ha", 3),
        _row("light", "lx", 9), _row("carbon", "tCO2e/yr", 7), _row("cost", "€/yr", 2e6),
        _row("energy", "kWh/yr", 1e6), {**_row("lamps", "1", 50), "low": 50, "high": 50},
    ]  # fmt: skip
    with i18n.using("en"):
        lines = report._summary(rows, [], {})
    assert [line.split(":")[0] for line in lines] == [
        "lamps", "energy", "cost", "carbon", "power", "hours",
    ]  # fmt: skip
    assert lines[0] == "lamps: 50."
    assert "between 1,000,000 and 4,000,000 €/yr" in lines[2]


def test_years_of_prices_are_joined_in_both_languages() -> None:
    for lang, joined in (("fr", "2020 et 2023"), ("en", "2020 and 2023")):
        with i18n.using(lang):
            assert report.say("and").join(["2020", "2023"]) == joined
