# SPDX-License-Identifier: EUPL-1.2
"""A town served, for the tests of the standards."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from jumeau.base import colours, plugins
from jumeau.interop.served import Served


def load_town() -> ModuleType:
    spec = importlib.util.spec_from_file_location("town", Path(__file__).with_name("town.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def town() -> ModuleType:
    return load_town()


@pytest.fixture(scope="session")
def town_path(town: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that no test changes."""
    path: Path = tmp_path_factory.mktemp("served") / "bourg.jumeau"
    town.build(path).close()
    return path


@pytest.fixture(autouse=True)
def _worksites(town: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worksites of these tests are the town's own."""
    original = plugins.load_all
    monkeypatch.setattr(
        plugins,
        "load_all",
        lambda group: (
            {"lighting": town.WORKSITE} if group == "jumeau.worksites" else original(group)
        ),
    )
    colours._specified.cache_clear()
    yield
    colours._specified.cache_clear()


@pytest.fixture(scope="module")
def served(town_path: Path) -> Iterator[Served]:
    opened = Served(town_path, workers=2)
    yield opened
    opened.close()
