# SPDX-License-Identifier: EUPL-1.2
"""The town of ``tests/interop`` behind the application."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app
from jumeau.base import colours, plugins


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def town() -> ModuleType:
    return _module(Path(__file__).parents[1] / "interop" / "town.py")


@pytest.fixture(scope="session")
def ask() -> Any:
    """Requests of any bytes: see ``asgi.py``."""
    return _module(Path(__file__).with_name("asgi.py")).ask


@pytest.fixture(scope="module")
def _worksites(town: ModuleType) -> Iterator[None]:
    """The worksites of these tests are the town's own."""
    original = plugins.load_all
    plugins.load_all = lambda group: (  # type: ignore[assignment]
        {"lighting": town.WORKSITE} if group == "jumeau.worksites" else original(group)
    )
    colours._specified.cache_clear()
    yield
    plugins.load_all = original
    colours._specified.cache_clear()


@pytest.fixture(scope="session")
def town_path(town: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("served") / "bourg.jumeau"
    town.build(path).close()
    return path


@pytest.fixture(scope="module")
def client(town_path: Path, _worksites: None) -> Iterator[TestClient]:
    with TestClient(create_app(town_path), raise_server_exceptions=False) as opened:
        yield opened
