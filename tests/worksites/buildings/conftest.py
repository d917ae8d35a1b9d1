# SPDX-License-Identifier: EUPL-1.2
"""What the tests of the buildings worksite share: the plain model, weathers, random buildings."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """Module of the plain model: ``plain.simulate``, ``plain.weather``, ``plain.buildings``."""
    name = "jumeau_tests_buildings_plain"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("plain.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
