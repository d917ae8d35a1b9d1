# SPDX-License-Identifier: EUPL-1.2
"""The page in a real Chromium, on the real server: what each reader must be able to do.

A scenario is an exported function of a ``*.mjs`` of this folder; all of them also require that no
error reaches the console and that no other host is asked for anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from journeys import MODULES, PATIENCE

SCENARIOS = [
    name
    for module in MODULES
    for name in re.findall(
        r"^export async function (\w+)\(",
        Path(__file__).with_name(f"{module}.mjs").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
]
ESSENTIAL = {
    "map_shows_lamps_streets_and_light",
    "tabs_follow_the_address_and_back",
    "a_figure_is_explained_down_to_its_file",
    "english_is_complete",
    "a_phone_shows_everything_without_sideways_scroll",
    "axe_finds_nothing_in_any_view",
    "each_hostile_parameter_is_left_aside_and_said",
    "a_bare_territory_a_dead_server_and_newer_data",
    "the_keyboard_is_enough",
}


def test_the_essential_journeys_are_among_the_scenarios() -> None:
    """Renaming or losing one of them must be noticed."""
    assert set(SCENARIOS) >= ESSENTIAL
    assert len(SCENARIOS) == len(set(SCENARIOS))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 300)
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, visits: dict[str, dict[str, Any]]) -> None:
    """One journey of a reader."""
    assert name in visits, f"{name} was not played: {sorted(visits)}"
    error = visits[name]["error"]
    assert error is None, error
