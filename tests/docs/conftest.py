# SPDX-License-Identifier: EUPL-1.2
"""The tools of the documentation can be imported; each demonstrator is built once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that keeps what several pages start from."""
    return tmp_path_factory.mktemp("demonstrators")


@pytest.fixture
def follow(tmp_path: Path, store: Path) -> Callable[[Path], None]:
    """Follow a page word for word: fail at the first block that does not show what came."""
    import tutorials

    def follow(page: Path) -> None:
        ready = store / f"ready-{tutorials.language(page)}.jumeau"
        seen = 0
        for _, shown, came in tutorials.follow(page, tmp_path, ready):
            seen += 1
            assert tutorials.agrees(shown, came), tutorials.difference(shown, came)
        assert seen > 0

    return follow
