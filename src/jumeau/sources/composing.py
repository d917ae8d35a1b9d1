# SPDX-License-Identifier: EUPL-1.2
"""The recipe of a new territory: public sources first, and the files of a folder of downloads."""

from __future__ import annotations

import json
from pathlib import Path

from jumeau.base.findings import Finding, finding
from jumeau.sources.connectors import loose
from jumeau.sources.connectors.place import Place
from jumeau.sources.connectors.record import catalog

SOURCES = (
    "ign.admin.commune",
    "ign.bdtopo.building", "bdnb.building", "cadastre.building", "rnb.building",
    "ign.bdtopo.street", "ign.bdtopo.watercourse", "ign.bdtopo.water", "ign.bdtopo.vegetation",
    "ign.bdtopo.tank", "ign.bdtopo.bridge", "ign.bdtopo.place",
    "cadastre.parcel", "ban.address", "ign.population", "ign.iris",
    "georisques.ppr", "hubeau.stations", "hubeau.hydrometry", "vigieau.restrictions",
    "meteofrance.hourly", "ign.lidarhd.dtm", "ign.lidarhd.dsm",
)  # fmt: skip
"""Datasets of a new territory, the contours first: other steps are compared with them."""
MAINLAND = ("ign.lidarhd.", "ign.rgealti.")
"""Rasters whose service is asked for in Lambert-93 only until seen otherwise."""
MANY = 5
"""Communes above which live and one-metre data are left to those who ask for them."""
HEAVY = (
    "ign.lidarhd.dtm", "ign.lidarhd.dsm", "rnb.building", "hubeau.hydrometry",
    "meteofrance.hourly", "vigieau.restrictions",
)  # fmt: skip


def sources(place: Place, folder: Path | None = None) -> list[str]:
    """Return the datasets worth having for a place.

    Parameters
    ----------
    place : Place
        Commune, EPCI or département.
    folder : Path, optional
        Folder of downloads: its datasets are taken too.
    """
    names = [
        name
        for name in SOURCES
        if not (len(place.insee) > MANY and name in HEAVY)
        and (place.crs == "EPSG:2154" or not name.startswith(MAINLAND))
    ]
    taken = {(catalog()[name].profile, catalog()[name].table) for name in names}
    first: list[str] = []
    last: list[str] = []
    for item in loose.datasets(folder) if folder is not None else ():
        if item.name in names or (item.profile, item.table) in taken:
            continue  # its files serve another dataset of the same publisher
        taken.add((item.profile, item.table))
        (first if item.table == "municipality" else last).append(item.name)
    return [*first, *names, *last]


def recipe(place: Place, folder: Path | None = None) -> str:
    """Return the text of a recipe for a place.

    Parameters
    ----------
    place : Place
        Commune, EPCI or département.
    folder : Path, optional
        Folder of downloads; files that stand for no dataset become steps of their own.
    """
    lines = [
        "# The sources of this territory. Run it again with: jumeau refresh DIR [SOURCE …]",
        f"name: {_quoted(place.name)}",
        f"description: {_quoted(_about(place))}",
        "sources:",
    ]
    for name in sources(place, folder):
        lines += [f"  # {catalog()[name].title_fr}", f"  - source: {name}"]
    if folder is not None:
        for layer, paths in loose.rasters(folder).items():
            files = ", ".join(_quoted(str(path.resolve())) for path in paths)
            lines += [f"  - file: [{files}]", f"    layer: {layer}", "    publisher: IGN"]
        for path, profile, table in loose.others(folder):
            lines += [
                f"  - file: {_quoted(str(path.resolve()))}",
                f"    table: {table}",
                f"    publisher: {profile}",
            ]
    return "\n".join(lines) + "\n"


def doubt(place: Place) -> Finding:
    """Return the finding of a commune that no list confirmed."""
    return finding("JUM-S327", "municipality", place.code, insee=place.code)


def _about(place: Place) -> str:
    people = f", {place.population} habitants" if place.population else ""
    count = len(place.insee)
    return f"{place.kind} {place.code}, {count} commune{'s' if count > 1 else ''}{people}"


def _quoted(text: str) -> str:
    """Return a text between quotation marks, as YAML reads it."""
    return json.dumps(text, ensure_ascii=False)
