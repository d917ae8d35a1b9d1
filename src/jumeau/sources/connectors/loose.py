# SPDX-License-Identifier: EUPL-1.2
"""Ordinary files in a folder of downloads: which dataset each of them is.

A file that a profile recognises by its name stands for the datasets of that profile and table; an
archive of BD TOPO stands for all of its layers. A file that covers more than the territory is
restricted to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.sources.connectors import entering, parsers
from jumeau.sources.connectors.cache import PARTIAL, SIDECAR
from jumeau.sources.connectors.record import Dataset, Way, catalog

if TYPE_CHECKING:
    from jumeau.twin.adding import AddReport
    from jumeau.twin.territory import Territory

_ARCHIVE = re.compile(r"^(BDTOPO|BDT)[_-].*\.(7z|zip|gpkg|7z\.001)$", re.I)
_POINTS = (".laz", ".las")
_RASTERS = (
    (re.compile(r"(^|[_-])MN?H([_-]|$)|HAUTEUR", re.I), "height"),
    (re.compile(r"(^|[_-])MNS([_-]|$)", re.I), "dsm"),
    (re.compile(r"(^|[_-])MNT([_-]|$)|RGEALTI|BDALTI", re.I), "dtm"),
)
_GRIDS = (".tif", ".tiff", ".asc")
_COMMUNE = {"cog": "code", "ban": "code_insee", "bal": "commune_insee", "cadastre": "commune"}
"""Column of the INSEE code in the files of a profile."""


def _own(path: Path, folder: Path) -> bool:
    """Return whether a file belongs to the cache itself."""
    return PARTIAL in path.relative_to(folder).parts or (path.parent / SIDECAR).exists()


def files_of(item: Dataset, folder: Path) -> list[tuple[Path, str]]:
    """Return the loose files of a folder that are a dataset, and the layer to read in each.

    Parameters
    ----------
    item : Dataset
        Dataset of a table, with a profile.
    folder : Path
        Folder of downloads.
    """
    from jumeau.sources import publishers

    if not item.profile or not item.table or not folder.is_dir():
        return []
    if any(way.by == "code" for way in item.ways):
        return []  # any authority's file: a recipe names it
    found = [
        (path, "")
        for path, profile, table in publishers.files_in(folder)
        if profile.key == item.profile and table == item.table and not _own(path, folder)
    ]
    found = [pair for pair in found if not _ARCHIVE.match(pair[0].name)]
    member = next((way.member for way in item.ways if way.member), "")
    if member:
        archives = (path for path in sorted(folder.rglob("*")) if _ARCHIVE.match(path.name))
        found += [(path, member) for path in archives if not _own(path, folder)]
    return found


def datasets(folder: Path) -> Iterator[Dataset]:
    """Yield the datasets of which a folder has loose files."""
    for item in catalog().values():
        if files_of(item, folder):
            yield item


def rasters(folder: Path) -> dict[str, list[Path]]:
    """Return the point clouds and grids of a folder, by the raster layer that they fill."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_file() or _own(path, folder):
            continue
        if path.suffix.lower() in _POINTS:
            found.setdefault("all", []).append(path)
        elif path.suffix.lower() in _GRIDS:
            layer = next((name for words, name in _RASTERS if words.search(path.stem)), "")
            if layer:
                found.setdefault(layer, []).append(path)
    return found


def others(folder: Path) -> list[tuple[Path, str, str]]:
    """Return (file, profile, table) of the loose files that are no dataset of the catalogue."""
    from jumeau.sources import publishers

    if not folder.is_dir():
        return []
    taken = {path for item in catalog().values() for path, _ in files_of(item, folder)}
    return [
        (path, profile.key, table)
        for path, profile, table in publishers.files_in(folder)
        if path not in taken and not _own(path, folder) and not _ARCHIVE.match(path.name)
    ]


def enter(
    territory: Territory, item: Dataset, path: Path, member: str, work: Path, areas: Any
) -> tuple[AddReport | None, parsers.Parsed]:
    """Bring a loose file into the twin, restricted to the territory.

    Parameters
    ----------
    territory : Territory
        Territory.
    item : Dataset
        Dataset that the file is.
    path, member : Path, str
        File, and the layer to read in it.
    work : Path
        Folder where the restricted copy is written.
    areas : shapely geometry or None
        Contours of the communes.
    """
    column = _COMMUNE.get(item.profile, "")
    way = Way(style="bulk", member=member, crs="{crs}")
    parsed = parsers.from_file(path, way, item, territory.crs, ())
    known = {name.casefold() for name in parsed.table.column_names}
    if column in known and territory.insee:
        parsed = parsers.restricted(parsed, column, territory.insee)
    elif areas is not None:
        parsed = parsers.inside(parsed, areas, None)
    if not parsed.table.num_rows:
        return None, parsed
    copy = work / f"{parsers.stem(path)}.parquet"
    parsers.write(parsed.table, copy, territory.crs)
    report = territory.add(
        copy,
        item.table,
        publisher=entering.publisher_of(item),
        title=item.title,
        licence=item.licence,
        vintage=item.vintage,
        uri=path.name,
    )
    return report, parsed
