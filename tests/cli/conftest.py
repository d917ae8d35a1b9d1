# SPDX-License-Identifier: EUPL-1.2
"""The command line in this process, in English unless a test says otherwise."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from jumeau.cli.application import app


@pytest.fixture(scope="session")
def town() -> ModuleType:
    path = Path(__file__).parents[1] / "interop" / "town.py"
    spec = importlib.util.spec_from_file_location("town", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def town_path(town: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that no test changes."""
    path: Path = tmp_path_factory.mktemp("cli") / "bourg.jumeau"
    town.build(path).close()
    return path


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("JUMEAU_DEBUG", raising=False)


@pytest.fixture
def jumeau_() -> Any:
    """Run a command; return its result (``exit_code``, ``stdout``, ``stderr``)."""
    runner = CliRunner()
    return lambda *args: runner.invoke(app, [str(arg) for arg in args], prog_name="jumeau")


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    """A CSV of lamps near Montpellier, with names of columns of its own."""
    path = tmp_path / "lampes.csv"
    rows = ["NUM,LON,LAT,TYPE_LAMPE,PUISS"]
    rows += [f"L{i},{3.87 + i / 1000:.5f},43.61,SHP,{70 + i}" for i in range(12)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def empty(tmp_path: Path, town_path: Path) -> Path:
    """A new, empty territory."""
    import jumeau

    path = tmp_path / "vide.jumeau"
    jumeau.create(path, name="Vide", insee=["34172"]).close()
    assert shutil.disk_usage(path).free
    return path
