# SPDX-License-Identifier: EUPL-1.2
"""Rights of a product: from the licences of its sources to its own, and the lines to print.

The licences and what they ask are data (``licences.csv``, identifiers of the SPDX list where there
is one). A product that mixes sources bears the terms of the one that asks to be passed on
(share-alike): ODbL as soon as OpenStreetMap enters; otherwise the authority's own licence. Every
source is named, as the Licence Ouverte asks: who publishes it and its date.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pandas as pd

OWN = "Licence Ouverte 2.0"
"""Licence of an authority's own results, by default."""
_UNSTATED = {"", "notspecified", "not specified", "non specifie", "non specifiee", "unknown"}
_UNSTATED |= {
    "inconnue",
    "inconnu",
    "none",
    "nan",
    "sans licence",
    "aucune",
    "licence not specified",
}


class Licence(NamedTuple):
    """A licence and what it asks.

    Parameters
    ----------
    id : str
        Identifier, that of the SPDX list where it has one.
    label_en, label_fr : str
        Names for people.
    url : str
        Its text.
    attribution : bool
        Whether the source must be named.
    share_alike : str
        Family of licences that the product must bear; empty when there is none.
    rank : int
        Place in the family: the highest one wins.
    commercial, derivatives : bool
        Whether commercial use, and publishing derived products, are allowed.
    """

    id: str
    label_en: str
    label_fr: str
    url: str
    attribution: bool
    share_alike: str
    rank: int
    commercial: bool
    derivatives: bool

    def label(self, lang: str | None = None) -> str:
        """Return its name in a language, by default the one in force."""
        return i18n.pick(self._asdict(), "label", lang)


@dataclass(frozen=True)
class Rights:
    """Rights of a product.

    Parameters
    ----------
    licence : str
        Name of the licence that the product bears; empty when it may not be published: sources
        that exclude each other, or that allow no derived product.
    share_alike : bool
        Whether whoever reuses it must keep that licence.
    attribution : tuple of str
        Lines to print with the product, one a source.
    unknown : tuple of str
        Identifiers of the sources without a known licence: the product's own is not certain.
    findings : tuple of Finding
        What stands in the way of publishing.
    url : str
        Text of the licence.
    """

    licence: str
    share_alike: bool
    attribution: tuple[str, ...]
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]
    url: str

    def line(self) -> str:
        """Return licence and attribution as one line."""
        return " — ".join(filter(None, [self.licence, "; ".join(self.attribution)]))


@dataclass(frozen=True)
class Label:
    """What a file says of itself.

    Parameters
    ----------
    title : str
        Title.
    licence, licence_url : str
        Licence of the content, and its text.
    attribution : sequence of str
        Lines that name the sources.
    """

    title: str = ""
    licence: str = ""
    licence_url: str = ""
    attribution: Sequence[str] = ()

    @classmethod
    def of(cls, title: str, held: Rights) -> Label:
        """Return the label of a product from its rights."""
        return cls(title, held.licence, held.url, held.attribution)

    def items(self) -> dict[str, str]:
        """Return it as metadata items, the empty ones left out."""
        all_items = {
            "TITLE": self.title,
            "LICENCE": self.licence,
            "LICENCE_URL": self.licence_url,
            "ATTRIBUTION": "; ".join(self.attribution),
        }
        return {name: value for name, value in all_items.items() if value}


@cache
def licences() -> dict[str, Licence]:
    """Return every known licence by identifier."""
    return {
        row["id"]: Licence(
            row["id"],
            row["label_en"],
            row["label_fr"],
            row["url"],
            row["attribution"] == "yes",
            row["share_alike"],
            int(row["rank"]),
            row["commercial"] == "yes",
            row["derivatives"] == "yes",
        )
        for row in _rows()
    }


def recognise(text: str) -> list[Licence]:
    """Return the licences that a text names; several apply together.

    Parameters
    ----------
    text : str
        What a publisher wrote: « Licence Ouverte / Open Licence 2.0 », ``odc-odbl``, an address…

    Returns
    -------
    list of Licence
        Without repetition; empty when none is recognised.
    """
    left = f" {_plain(text)} "
    found = []
    for alias, licence in _aliases():  # the longest first: “cc by sa” is not “cc by”
        if f" {alias} " in left:
            left = left.replace(f" {alias} ", " · ")
            found.append(licence)
    return list(dict.fromkeys(found))


def rights(sources: pd.DataFrame, own: str = OWN) -> Rights:
    """Return the rights of a product made from sources.

    Parameters
    ----------
    sources : DataFrame
        Rows of the ``source`` table that enter the product.
    own : str
        Licence under which the authority publishes what is free to be so.

    Returns
    -------
    Rights
        Licence, attribution, and the findings ``JUM-T130`` (no licence stated), ``JUM-T131``
        (licence not known), ``JUM-T132`` (licences that exclude each other), ``JUM-T133`` (no
        commercial use), ``JUM-T134`` (no derived product).
    """
    bearing: dict[str, Licence] = {}
    lines: list[str] = []
    unknown: list[str] = []
    found: list[Finding] = []
    rows: list[dict[str, Any]] = [dict(row) for row in sources.to_dict("records")]  # type: ignore[arg-type]
    for row in rows:
        named = recognise(_text(row, "licence"))
        wrong = _judge(row, named)
        found += wrong
        if not named:
            unknown.append(_text(row, "id"))
        for licence in named:
            family = licence.share_alike or ("" if licence.commercial else "cc-by-nc-sa")
            former = bearing.get(family)
            if family and (former is None or former.rank < licence.rank):
                bearing[family] = licence
        lines.append(attribution(row, named))
    if len(bearing) > 1:
        names = sorted(licence.label() for licence in bearing.values())
        found.append(finding("JUM-T132", "source", licences=names))
    mixable = len(bearing) < 2 and all(item.code != "JUM-T134" for item in found)
    final = next(iter(bearing.values() or recognise(own)), None) if mixable else None
    label = final.label() if final else (own if mixable else "")
    return Rights(
        licence=label,
        share_alike=any(item.share_alike for item in bearing.values()),
        attribution=tuple(dict.fromkeys(lines)),
        unknown=tuple(unknown),
        findings=tuple(found),
        url=final.url if final else "",
    )


def attribution(source: dict[str, Any], named: list[Licence] | None = None) -> str:
    """Return the line that names a source: publisher, title, date, licence.

    Parameters
    ----------
    source : dict
        Row of the ``source`` table.
    named : list of Licence, optional
        Its licences, when they are already recognised.
    """
    known = recognise(_text(source, "licence")) if named is None else named
    licence = ", ".join(item.label() for item in known) or _text(source, "licence")
    title = _text(source, "title") or _text(source, "file")
    publisher, vintage = _text(source, "publisher"), _text(source, "vintage")
    if any(item.id == "ODbL-1.0" for item in known) and _is_osm(f"{publisher} {title}"):
        french = i18n.language() == "fr"
        publisher = (
            "© les contributeurs d’OpenStreetMap" if french else "© OpenStreetMap contributors"
        )
    text = ", ".join(filter(None, [publisher, title, vintage]))
    return f"{text} ({licence})" if licence else text


def _judge(row: dict[str, Any], named: list[Licence]) -> list[Finding]:
    identifier, text = _text(row, "id"), _text(row, "licence")
    title = _text(row, "title") or _text(row, "file")
    if not named and _plain(text) in _UNSTATED:
        return [finding("JUM-T130", "source", identifier, title=title)]
    if not named:
        labels = [label for item in licences().values() for label in (item.label_fr, item.id)]
        return [
            finding(
                "JUM-T131",
                "source",
                identifier,
                title=title,
                licence=text,
                suggestion=did_you_mean(text, labels),
            )
        ]
    return [
        finding(code, "source", identifier, title=title, licence=licence.label())
        for licence in named
        for code, refused in (
            ("JUM-T133", not licence.commercial),
            ("JUM-T134", not licence.derivatives),
        )
        if refused
    ]


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 - NaN


def _is_osm(text: str) -> bool:
    return re.search(r"\b(osm|openstreetmap)\b", text, re.IGNORECASE) is not None


def _plain(text: str) -> str:
    """Return a text without accents, case and punctuation."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


@cache
def _rows() -> list[dict[str, str]]:
    path = resources.files("jumeau.twin").joinpath("licences.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@cache
def _aliases() -> list[tuple[str, Licence]]:
    names = {
        _plain(alias): licences()[row["id"]]
        for row in _rows()
        for alias in [row["id"], row["label_en"], row["label_fr"], *row["aliases"].split("|")]
    }
    return sorted(names.items(), key=lambda item: -len(item[0]))
