# SPDX-License-Identifier: EUPL-1.2
"""French and English: the language in force and numbers as people write them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

LANGUAGES = ("fr", "en")
_language: ContextVar[str | None] = ContextVar("jumeau_language", default=None)
NARROW_SPACE = "\u202f"
_NUMBER_OF = re.compile(r"\[(\w+):([^\[\]|]*)\|([^\[\]|]*)\]")


def language() -> str:
    """Return the language in force: the one set for this context, else that of the locale."""
    chosen = _language.get()
    if chosen:
        return chosen
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


@contextmanager
def using(lang: str) -> Iterator[None]:
    """Use a language inside a ``with`` block, in this context only."""
    token = _language.set(lang if lang in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


def number(value: float, digits: int | None = None, lang: str | None = None) -> str:
    """Write a number as people do: « 12 345,6 » in French, "12,345.6" in English.

    Parameters
    ----------
    value : float
        The number.
    digits : int, optional
        Decimals; by default none for integers and up to three significant decimals otherwise.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.
    """
    if digits is None:
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
        if "e" in text:
            text = f"{value:,.0f}" if abs(value) >= 1 else f"{value:.3g}"
    else:
        text = f"{value:,.{digits}f}"
    if (lang or language()) == "fr":
        return text.replace(",", NARROW_SPACE).replace(".", ",")
    return text


def plain(value: Any, lang: str | None = None) -> Any:
    """Return numbers written for people, lists joined, and of {"en", "fr"} the language's text."""
    if isinstance(value, dict) and set(value) == set(LANGUAGES):
        return value[lang or language()]
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        # Years and identifiers must not be grouped: callers pass those as text.
        return number(value, lang=lang)
    if isinstance(value, list | tuple | set):
        return ", ".join(str(plain(item, lang)) for item in value)
    return value


def agree(text: str, values: Mapping[str, Any], lang: str | None = None) -> str:
    """Return a text whose marks ``[name:one|several]`` agree with the numbers they name.

    French says « 0 lampe » and « 1 lampe », English "0 lamps" and "1 lamp".

    Parameters
    ----------
    text : str
        Template, before its numbers are put in.
    values : mapping of str to object
        Numbers by name; what is no number counts as several.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.

    Examples
    --------
    >>> agree("{n} commune[n:|s]", {"n": 1}, "fr"), agree("{n} lamp[n:|s]", {"n": 0}, "en")
    ('{n} commune', '{n} lamps')
    """
    french = (lang or language()) == "fr"

    def chosen(mark: re.Match[str]) -> str:
        count = values.get(mark[1])
        if not isinstance(count, int | float):
            return mark[3]
        one = abs(count) < 2 if french else count == 1
        return mark[2] if one else mark[3]

    return _NUMBER_OF.sub(chosen, text)


def pick(row: dict[str, Any], name: str, lang: str | None = None) -> str:
    """Return ``name_<lang>`` of a row of a data file, English when the language lacks it.

    English is ``name_en``, or ``name`` itself in a row that has only that.
    """
    english = row.get(f"{name}_en") or row.get(name) or ""
    return str(row.get(f"{name}_{lang or language()}") or english)


def unit(code: str | None, lang: str | None = None) -> str:
    """Return a unit as people write it: ``kWh/yr`` → « kWh/an », and nothing for a plain number.

    Parameters
    ----------
    code : str or None
        Unit as the schema writes it.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.
    """
    if not code or code == "1":
        return ""
    text = code.replace("CO2e", "CO₂e")
    if (lang or language()) == "fr":
        text = re.sub(r"/d\b", "/j", re.sub(r"\byr\b", "an", text))
        return text.replace("lamp", "lampe").replace("veh/", "véh/")
    return text
