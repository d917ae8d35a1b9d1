# SPDX-License-Identifier: EUPL-1.2
"""Pages that begin with a file are followed word for word: in French, and two in English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tutorials

FRENCH = [page for page in tutorials.followed("fr") if not tutorials.on_demonstrator(page)]
ENGLISH = [page for page in tutorials.followed("en") if page.stem in {"first-twin", "time-travel"}]


@pytest.mark.slow
@pytest.mark.parametrize("page", [*FRENCH, *ENGLISH], ids=tutorials.named)
def test_a_page_can_be_followed_word_for_word(page: Path, follow: Callable[[Path], None]) -> None:
    follow(page)


def test_what_language_changes_is_followed_in_english_too() -> None:
    assert len(FRENCH) == 5
    assert len(ENGLISH) == 2
