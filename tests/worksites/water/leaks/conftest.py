# SPDX-License-Identifier: EUPL-1.2
"""Towns that are computed once for all tests of leaks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from towns import BURST, REPAIRED, Town, measured


@pytest.fixture(scope="package")
def town() -> Town:
    """Return the town with a burst that runs on and a leak that is repaired."""
    return measured([BURST, REPAIRED])


@pytest.fixture(scope="package")
def sound() -> Town:
    """Return the town without leak."""
    return measured([], days=30)
