# SPDX-License-Identifier: EUPL-1.2
"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real files (``JUMEAU_SHARED``); without it the test is skipped and says why."""
    folder = os.environ.get("JUMEAU_SHARED")
    if folder and Path(folder).is_dir():
        return Path(folder)
    reason = "JUMEAU_SHARED does not name a folder: the real files of the tests are not here"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
