# SPDX-License-Identifier: EUPL-1.2
"""Words compared without accents, case, spaces or punctuation; lists cut short for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_REST = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the letters and digits of a text, lower case, without accents.

    Examples
    --------
    >>> fold("Libellé fonction")
    'libellefonction'
    """
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return _REST.sub("", plain.casefold())


def first(items: Iterable[object], count: int = 5) -> list[str]:
    """Return the first items as text, with an ellipsis when there are more."""
    texts: list[str] = []
    for item in items:
        if len(texts) == count:
            return [*texts, "…"]
        texts.append(str(item))
    return texts
