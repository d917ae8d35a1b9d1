# SPDX-License-Identifier: EUPL-1.2
"""Pages on the demonstrator are followed word for word; it is built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tutorials

PAGES = [page for page in tutorials.followed("fr") if tutorials.on_demonstrator(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=tutorials.named)
def test_a_page_can_be_followed_word_for_word(page: Path, follow: Callable[[Path], None]) -> None:
    follow(page)


def test_the_demonstrator_has_its_pages() -> None:
    assert [page.name for page in PAGES] == ["read-the-page.fr.md", "read-the-twin.fr.md"]
