# SPDX-License-Identifier: EUPL-1.2
"""What the tests of terrain share."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """Return the plain twin of fill, directions and accumulation."""
    path = Path(__file__).with_name("plain_flood.py")
    spec = importlib.util.spec_from_file_location("plain_flood", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
