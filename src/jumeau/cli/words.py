# SPDX-License-Identifier: EUPL-1.2
"""Texts of the command line, in the language of the locale when the program starts."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Any

from jumeau.base import i18n


@cache
def _texts() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("texts.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


def say(key: str, **values: Any) -> str:
    """Return a text of ``texts.csv``, its numbers as people of the language write them."""
    lang = i18n.language()
    text = _texts()[key]["fr" if lang == "fr" else "en"]
    return (
        i18n.agree(text, values, lang).format(
            **{name: i18n.plain(value) for name, value in values.items()}
        )
        if values
        else text
    )


def keys() -> list[str]:
    """Return every key, for the test that each is written in both languages."""
    return list(_texts())
