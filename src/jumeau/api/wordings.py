# SPDX-License-Identifier: EUPL-1.2
"""Methods of estimates in the reader's language, whatever language the run was made in.

An estimate keeps the sentence that its run wrote. Each package that estimates holds a
``methods.csv`` (method, text_en, text_fr; ``{name}`` for what varies): the sentence is recognised
by its form in one language and written in the other.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from jumeau.base import i18n, plugins

_FILE = "methods.csv"
_BLANK = re.compile(r"\{(\w+)\}")


def method(text: str | None, lang: str) -> str | None:
    """Return the sentence of a method in a language; as it is when nobody declares it.

    Parameters
    ----------
    text : str or None
        Sentence of an estimate, in any of our languages, or the code of its method.
    lang : str
        Language to write it in.
    """
    if not text:
        return text
    for form, row in _forms():
        found = form.fullmatch(text)
        if found:
            return _written(i18n.pick(row, "text", lang), found.groupdict(), lang)
    return text


def _written(form: str, blanks: dict[str, str], lang: str) -> str:
    return _BLANK.sub(lambda blank: _number(blanks.get(blank[1]) or "", lang), form)


def _number(text: str, lang: str) -> str:
    """Return a decimal number as the language writes it; anything else as it is."""
    if not re.fullmatch(r"-?\d+[.,]\d+", text):
        return text
    return text.replace(".", ",") if lang == "fr" else text.replace(",", ".")


@cache
def _forms() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    return [
        (_form(row[column]), row)
        for row in _rows()
        for column in ("method", "text_en", "text_fr")
        if row[column]
    ]


def _form(text: str) -> re.Pattern[str]:
    parts = _BLANK.split(text)  # words, name, words, name, …
    written = "".join(
        f"(?P<{part}>.+?)" if rank % 2 else re.escape(part) for rank, part in enumerate(parts)
    )
    return re.compile(written)


def _rows() -> Iterator[dict[str, str]]:
    for package in _packages():
        try:
            file = resources.files(package) / _FILE
        except (ModuleNotFoundError, TypeError):
            continue
        if file.is_file():
            yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


def _packages() -> list[str]:
    """Return the packages that may declare methods: this one and those of the plug-ins."""
    targets = {item["target"].partition(":")[0] for item in plugins.origins()}
    parents = {name.rpartition(".")[0] for name in targets}  # where a plug-in is a module
    return [__package__ or "jumeau.api", *sorted(targets | parents)]
