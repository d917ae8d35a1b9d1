# SPDX-License-Identifier: EUPL-1.2
"""Headers of telemetry files: the sensor, what it measures, and in which unit."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

PROPERTIES = {
    "pressure": ("pression", "pressions", "pressure", "pressures", "pres", "press"),
    "flow": ("debit", "debits", "flow", "flows", "q"),
    "level": ("niveau", "niveaux", "level", "levels", "hauteur"),
    "demand": ("demande", "demandes", "demand", "demands", "consommation", "consommations", "conso",
               "amr", "amrs"),
}  # fmt: skip
"""Words of headers and names of files, by property of observations."""
TIMES = ("timestamp", "time", "datetime", "date", "heure", "horodate", "horodatage", "dateheure",
         "date_heure", "date heure", "date/heure", "date et heure", "temps", "utc", "jour",
         "date_mesure", "date mesure", "t", "index", "horodateur", "hour", "day")  # fmt: skip
SENSORS = ("sensor_id", "sensor", "id_capteur", "capteur", "point", "point_mesure", "tag", "id",
           "voie", "nom", "code", "identifiant", "name", "column", "variable", "element",
           "point de mesure", "site", "station")  # fmt: skip
VALUES = ("value", "valeur", "mesure", "val", "releve", "measure", "reading", "donnee")
QUANTITIES = ("property", "grandeur", "type", "parametre", "quantity", "nature")
UNIT_COLUMNS = ("unit", "unite", "units", "unites")
UNITS = {
    "m": "m", "mce": "m", "mca": "m", "mh2o": "m", "mcole": "m", "m d'eau": "m", "metre": "m",
    "metres": "m", "bar": "bar", "bars": "bar", "mbar": "mbar", "kpa": "kPa", "mpa": "MPa",
    "pa": "Pa", "cm": "cm", "mm": "mm", "m3/h": "m³/h", "m3h": "m³/h", "m3.h-1": "m³/h",
    "cmh": "m³/h", "l/s": "l/s", "lps": "l/s", "l.s-1": "l/s", "l/h": "l/h", "l/min": "l/min",
    "l/mn": "l/min", "m3/j": "m³/d", "m3/d": "m³/d", "m3/jour": "m³/d", "m3/day": "m³/d",
    "m3/s": "m³/s", "l/j": "l/d", "l/d": "l/d", "l/jour": "l/d",
}  # fmt: skip
"""Spellings of units, without accents nor case."""
KIND_OF = {
    "bar": "pressure", "mbar": "pressure", "kPa": "pressure", "MPa": "pressure", "Pa": "pressure",
    "m³/h": "flow", "l/s": "flow", "m³/d": "flow", "m³/s": "flow", "l/min": "flow",
    "l/h": "demand", "l/d": "demand", "cm": "level", "mm": "level",
}  # fmt: skip
"""Property that a unit is usually of, where nothing else tells it."""
_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[\(\[](?P<unit>[^)\]]*)[\)\]]\s*$")


class Header(NamedTuple):
    """What a header tells: sensor, property and unit, "" for what it does not."""

    sensor: str
    property: str
    unit: str


def fold(text: str) -> str:
    """Return a text without accents, case nor outer blanks, ³ as 3."""
    plain = unicodedata.normalize("NFKD", str(text).replace("³", "3"))
    return "".join(it for it in plain if not unicodedata.combining(it)).casefold().strip()


def unit(text: str) -> str:
    """Return a unit as we write it; "" for what is none."""
    return UNITS.get(fold(text).replace(" ", "") if "'" not in text else fold(text), "")


def header(text: str) -> Header:
    """Read a header such as « n54 - pression (bar) », ``p227`` or « débit l/s ».

    Parameters
    ----------
    text : str
        The header.
    """
    name, found = " ".join(str(text).split()), ""
    match = _BRACKETS.match(name)
    if match and unit(match["unit"]):
        name, found = match["name"], unit(match["unit"])
    else:
        head, _, tail = name.rpartition(" ")
        if head and unit(tail) and fold(tail) != "m":
            name, found = head, unit(tail)
    words = [it for it in re.split(r"[\s:;|]+|\s-\s|(?<=[a-z])_(?=[A-Za-z])", name) if it]
    kind, kept = "", []
    for word in words:
        told = property_of(word)
        if told and not kind and (len(words) > 1 or found):
            kind = told
        elif word not in ("-", "–", "—", "/"):
            kept.append(word)
    sensor = " ".join(kept) if kind and kept else name
    return Header(sensor, kind or KIND_OF.get(found, ""), found)


def property_of(text: str) -> str:
    """Return the property that a word names, "" for none."""
    word = fold(text)
    return next((name for name, words in PROPERTIES.items() if word in words), "")


def property_of_file(stem: str) -> str:
    """Return the property that the name of a file tells, "" for none or several."""
    words = set(re.split(r"[^a-z]+", fold(stem)))
    found = {name for name, known in PROPERTIES.items() if words & set(known[:4] + known[-2:])}
    return found.pop() if len(found) == 1 else ""
