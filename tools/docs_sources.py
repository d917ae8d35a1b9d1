# SPDX-License-Identifier: EUPL-1.2
"""The page of sources, written from the records of ``src/jumeau/sources/catalog``.

``tools/docs.py`` calls it: what is fetched, where from, under which licence and limits, with its
traps; then what is documented only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jumeau.sources import Dataset
    from jumeau.sources.connectors.record import Way

LANGUAGES = ("en", "fr")
WORDS = {
    "fetched": ("Fetched", "Récupérées"),
    "by_hand": ("Downloaded by hand", "Téléchargées à la main"),
    "documented": ("Documented only", "Documentées seulement"),
    "details": ("Where, limits and traps", "Où, limites et pièges"),
    "no_table": (
        "No table of the twin receives these yet. `jumeau.sources.fetch(…, add=False)` brings them "
        "into the cache as GeoParquet, where they have an address.",
        "Aucune table du jumeau ne les reçoit encore. `jumeau.sources.fetch(…, add=False)` les "
        "apporte dans le cache en GeoParquet, quand elles ont une adresse.",
    ),
    "dataset": ("Dataset", "Jeu de données"),
    "what": ("What", "Quoi"),
    "producer": ("Publisher", "Producteur"),
    "fills": ("Fills", "Remplit"),
    "licence": ("Licence", "Licence"),
    "vintage": ("Vintage", "Millésime"),
    "page": ("Page", "Page"),
    "where": ("Where", "Où"),
    "limits": ("Limits", "Limites"),
    "traps": ("Traps", "Pièges"),
    "status": ("Status", "État"),
    "auth": ("Identification", "Identification"),
    "fallback": ("If it fails", "En cas d'échec"),
    "needs": ("Stations from", "Stations d'après"),
    "from_field": ("of each record", "de chaque enregistrement"),
    "of_date": ("date of the request", "date de la requête"),
    "rate": ("{rate:g} requests a second at most", "{rate:g} requêtes par seconde au plus"),
    "plausible": (
        "more than {count:,} records a commune is refused",
        "plus de {count:,} enregistrements par commune est refusé",
    ),
    "pages": ("pages of {size:,}", "pages de {size:,}"),
    "window": ("split beyond {window:,}", "découpé au-delà de {window:,}"),
    "from": ("from {count} communes on", "à partir de {count} communes"),
    "commune": ("by commune", "par commune"),
    "departement": ("by département", "par département"),
    "bounds": ("by rectangle", "par emprise"),
    "national": ("whole country", "France entière"),
    "point": ("at a point", "en un point"),
    "code": ("by identifier", "par identifiant"),
    "station": ("by station", "par station"),
}


def word(key: str, lang: str) -> str:
    """Return a word of the page in a language."""
    return WORDS[key][LANGUAGES.index(lang)]


def page(lang: str) -> Iterator[str]:
    """Yield the parts of the page of sources."""
    from jumeau.sources import catalog

    every = list(catalog().values())
    by_hand = [item for item in every if item.target and not item.fetchable]
    fetched = [item for item in every if item.fetchable]
    for title, items in (
        ("fetched", fetched),
        ("by_hand", by_hand),
        ("documented", [item for item in every if not item.target]),
    ):
        yield f"## {word(title, lang)}"
        if title == "documented":
            yield word("no_table", lang)
        yield _summary(items, lang)
    yield f"## {word('details', lang)}"
    for item in every:
        yield f"### {item.name}"
        yield "\n".join(f"- **{name}** — {text}" for name, text in _details(item, lang) if text)


def _summary(items: Iterable[Dataset], lang: str) -> str:
    heads = ("dataset", "what", "producer", "fills", "licence", "vintage")
    lines = ["| " + " | ".join(word(key, lang) for key in heads) + " |", "|" + "---|" * len(heads)]
    for item in items:
        title = item.title_fr if lang == "fr" else item.title_en
        cells = [f"`{item.name}`", title, item.producer, f"`{item.target}`" if item.target else ""]
        cells += [item.licence, _vintage(item, lang)]
        lines.append("| " + " | ".join(_cell(text) for text in cells) + " |")
    return "\n".join(lines)


def _vintage(item: Dataset, lang: str) -> str:
    if item.vintage:
        return item.vintage
    if item.vintage_field:
        name = item.vintage_field.removeprefix("properties.")
        return f"`{name}` {word('from_field', lang)}"
    return word("of_date", lang)


def _details(item: Dataset, lang: str) -> Iterator[tuple[str, str]]:
    title = item.title_fr if lang == "fr" else item.title_en
    yield word("what", lang), _cell(title)
    yield word("page", lang), f"<{item.page_url}>" if item.page_url else ""
    yield word("where", lang), " ; ".join(_way(item, way, lang) for way in item.ways if way.path)
    yield word("limits", lang), _limits(item, lang)
    yield word("auth", lang), _cell(item.auth)
    yield word("fallback", lang), f"`{item.fallback}`" if item.fallback else ""
    yield word("needs", lang), f"`{item.needs}`" if item.needs else ""
    yield word("traps", lang), _cell(item.traps_fr if lang == "fr" else item.traps_en)
    yield word("status", lang), _cell(item.status_fr if lang == "fr" else item.status_en)


def _way(item: Dataset, way: Way, lang: str) -> str:
    address = (way.base_url or item.base_url) + way.path
    layer = way.query.get("TYPENAMES") or way.query.get("LAYERS") or way.member
    told = [word(way.by, lang)]
    if way.from_communes:
        told.append(word("from", lang).format(count=way.from_communes))
    text = f"`{address}`" + (f" `{layer}`" if layer else "")
    return f"{text} ({way.style}, {', '.join(told)})"


def _limits(item: Dataset, lang: str) -> str:
    ways = [way for way in item.ways if way.style != "file"]
    if not ways:
        return ""
    told = [word("rate", lang).format(rate=min(item.rate, 5.0))]
    told += [word("pages", lang).format(size=way.page_size) for way in ways if way.page_size]
    told += [word("window", lang).format(window=way.window) for way in ways if way.window]
    told.append(word("plausible", lang).format(count=item.plausible))
    text = " ; ".join(dict.fromkeys(told))
    return re.sub(r"(?<=\d),(?=\d{3})", "\u202f", text) if lang == "fr" else text


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;").strip()
