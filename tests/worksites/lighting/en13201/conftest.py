# SPDX-License-Identifier: EUPL-1.2
"""Photometries and the second reading of EN 13201-3 for the tests of roads."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from jumeau.worksites.lighting.photometry import Photometry


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """The slow, independent implementation beside this file."""
    path = Path(__file__).with_name("reference.py")
    spec = importlib.util.spec_from_file_location("en13201_reference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def lopsided() -> Photometry:
    """A photometry without any symmetry, brighter towards C0 than C180, that shines to 100°."""
    c = np.arange(0.0, 361.0, 15.0)
    gamma = np.arange(0.0, 181.0, 5.0)
    turn, polar = np.radians(c)[:, None], np.radians(gamma)[None, :]
    shape = 1.5 + 0.6 * np.cos(turn) + 0.8 * np.sin(turn) * np.sin(polar) + 0.3 * np.sin(2 * turn)
    candela = 400.0 * shape * np.where(gamma < 100, np.cos(0.9 * polar) + 0.2, 0.0)
    candela[-1] = candela[0]
    return Photometry("lopsided", c, gamma, np.maximum(candela, 0.0), 5000.0)


@pytest.fixture(scope="session")
def even() -> Photometry:
    """The same intensity of 1000 cd in all directions."""
    gamma = np.linspace(0.0, 180.0, 37)
    return Photometry(
        "even", np.array([0.0, 90, 180, 270, 360]), gamma, np.full((5, 37), 1000.0), 12566.4
    )
