# SPDX-License-Identifier: EUPL-1.2
"""Every scenario played once, in one Chromium, on one server of a small town."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import lit  # noqa: E402
import piped  # noqa: E402
import town  # noqa: E402
from journeys import MODULES, browsing, play, serving  # noqa: E402

READERS = 2
"""Scenarios played at once: while one waits for its map, the other one works."""


@pytest.fixture(scope="session")
def visits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every scenario played once in one Chromium: name → its error (or none) and duration."""
    chromium, node = browsing()
    folder = tmp_path_factory.mktemp("browser")
    with ExitStack() as stack:
        world = {
            "chromium": chromium,
            "modules": MODULES,
            "readers": READERS,
            "base": stack.enter_context(serving(town.build(folder))),
            "empty": stack.enter_context(serving(town.build_empty(folder))),
            "leaking": stack.enter_context(serving(piped.build_leaking(folder, town.X0, town.Y0))),
            "lit": stack.enter_context(serving(lit.build(folder))),
            "file": town.LAMPS_FILE,
            "python": sys.executable,
            "plain": str(town.build_plain(folder)),
            "district": str(folder / "files" / "quartiers.geojson"),
        }
        return play(node, world)
