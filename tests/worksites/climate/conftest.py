# SPDX-License-Identifier: EUPL-1.2
"""What the tests of the climate worksite share: the plain engine in place of the fast ones."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from jumeau.worksites.climate import choice


def _load() -> ModuleType:
    name = "jumeau_tests_climate_plain"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("plain.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """Module of the plain NumPy engine: ``plain.Plain``."""
    return _load()


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch, plain: ModuleType) -> ModuleType:
    """Make flood() run the plain engine, whatever the solver."""
    monkeypatch.setattr(choice, "engine_class", lambda solver: plain.Plain)
    return plain
