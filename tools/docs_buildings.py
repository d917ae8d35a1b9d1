# SPDX-License-Identifier: EUPL-1.2
"""The page of what ``buildings.simulate`` reads: columns, schedules, and weights of facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docs_words import TEXTS, cell, code, table, word

WEEK = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
YEAR = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
}  # fmt: skip


def buildings(lang: str) -> Iterator[str]:
    """Yield the parts of the page of the parameters of a building."""
    from jumeau.worksites.buildings import columns, knowledge, schedules

    texts = TEXTS["buildings"]
    number = ("en", "fr").index(lang)
    yield f"## {texts['columns'][number]}"
    yield texts["columns_lead"][number]
    yield table(
        [word(key, lang) for key in ("column", "unit", "needed", "default", "bounds", "meaning")],
        (
            (
                code(item.name),
                item.unit or "–",
                texts["needed"][item.needed][number],
                _default(item.default, texts, number),
                _bounds(item.low, item.high),
                ". ".join(
                    text.rstrip(".")
                    for text in (getattr(item, f"label_{lang}"), getattr(item, f"doc_{lang}"))
                    if text
                ),
            )
            for item in columns.columns().values()
        ),
    )
    yield f"## {texts['schedules'][number]}"
    yield texts["schedules_lead"][number]
    for name, rows in groupby(schedules.rows(), lambda row: row["schedule"]):
        yield f"### {name}"
        yield table(
            [word(key, lang) for key in ("quantity", "days", "months", "hours", "share", "note")],
            (
                (
                    f"{code(row['quantity'])}",
                    _span(row["days"], WEEK[lang]),
                    _span(row["months"], YEAR[lang]),
                    _hours(row["hours"], lang),
                    _share(row["begin"], row["end"], lang),
                    row["note" if lang == "en" else "note_fr"],
                )
                for row in rows
            ),
        )
    yield f"## {texts['weights'][number]}"
    yield texts["weights_lead"][number]
    yield table(
        [word(key, lang) for key in ("fact", "weight", "told_by")],
        (
            (
                cell(getattr(item, f"label_{lang}")),
                _number(f"{item.weight:.2f}", lang),
                getattr(item, f"told_by_{lang}"),
            )
            for item in knowledge.weights()
        ),
    )


def _default(text: str, texts: dict[str, dict[str, list[str]]], number: int) -> str:
    """Return a default value as people read it, in the language of the page."""
    said = texts["defaults"].get(text)
    return said[number] if said else code(text)


def _bounds(low: str, high: str) -> str:
    """Return the bounds of a column: « > 0 », « 0 – 10 »."""
    low, high = (part.replace(">", "> ").replace("<", "< ") for part in (low, high))
    if not low and not high:
        return ""
    if not high:
        return low if low.startswith(">") else f"≥ {low}"
    return f"{low} – {high}"


def _span(text: str, names: tuple[str, ...]) -> str:
    """Return days or months from their numbers; nothing for all of them."""
    first, last = (int(part) for part in text.split("-"))
    if (first, last) == (1, len(names)):
        return ""
    return names[first - 1] if first == last else f"{names[first - 1]} – {names[last - 1]}"


def _hours(text: str, lang: str) -> str:
    first, last = text.split("-")
    if (first, last) == ("0", "24"):
        return ""
    return f"{first} – {last} h" if lang == "fr" else f"{first}:00 – {last}:00"


def _share(begin: str, end: str, lang: str) -> str:
    text = begin if begin == end else f"{begin} → {end}"
    return _number(text, lang)


def _number(text: str, lang: str) -> str:
    return text.replace(".", ",") if lang == "fr" else text
