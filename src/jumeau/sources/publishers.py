# SPDX-License-Identifier: EUPL-1.2
"""Files of known publishers: recognised by their columns or names, read as their profile says.

A user who names a publisher is believed; otherwise a complete signature of columns, or a name of
file that is the publisher's own, decides and a finding says so. What a profile does not know
(another text as publisher, a table it does not fill) stays an ordinary file.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import ImportRequest, TableSchema
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.sources import counting, mapping, translating
from jumeau.sources.drivers import Records
from jumeau.sources.folding import first
from jumeau.sources.profile import Known, Layer, Profile, named, profiles
from jumeau.sources.unpivoting import unpivot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Profiled",
    "apply",
    "file_names",
    "files_in",
    "layer_for",
    "named",
    "profiles",
    "recognise",
    "source_layer",
]

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])(?:[-_]?([0-2]\d|3[01]))?(?!\d)")


@dataclass
class Profiled:
    """A file read as a profile says.

    Parameters
    ----------
    layer : Layer
        Kind of file.
    columns : dict
        {source column: attribute}, empty when the user gave a mapping.
    units : dict
        {source column: unit}.
    constants : dict
        {attribute: value} that the profile adds.
    aliases : list of (rows, publisher, identifiers)
        Identifiers of the same objects at other publishers, by row of the records.
    used : tuple of str
        Columns of the file that were read, those that gave way included.
    facts : dict
        ``publisher, title, licence, vintage`` for the ``source`` table.
    findings : list of Finding
        What was recognised, left out, put right.
    merged : int
        Records merged into others: measures of one channel.
    """

    layer: Layer
    columns: dict[str, str]
    units: dict[str, str]
    constants: dict[str, Any]
    aliases: list[tuple[NDArray[np.int64], str, list[str]]]
    used: tuple[str, ...]
    facts: dict[str, str]
    findings: list[Finding] = field(default_factory=list)
    merged: int = 0

    @property
    def key(self) -> str:
        """Key of the publisher."""
        return self.layer.key


def file_names(*texts: str) -> list[str]:
    """Return the names under which a file, or a layer in it, may be known: stems, lower case."""
    found = []
    for text in texts:
        name = PurePosixPath(str(text).replace("\\", "/")).name.casefold()
        while True:
            stem, dot, suffix = name.rpartition(".")
            if not dot or len(suffix) > 10 or not suffix.isalnum() or suffix.isdigit():
                break
            name = stem
        if name:
            found.append(name)
    return list(dict.fromkeys(found))


def recognise(
    columns: Iterable[str], names: Iterable[str], table: str, publisher: str | None = None
) -> Layer | None:
    """Return the kind of file that columns and names tell, among those that fill a table.

    Parameters
    ----------
    columns : iterable of str
        Columns of the file; none for a geometry alone.
    names : iterable of str
        Names of the file and of the layer, as :func:`file_names` gives them.
    table : str
        Table to fill.
    publisher : str, optional
        Key or name of a known publisher: believed. Another text says nothing.

    Returns
    -------
    Layer or None
        ``None`` when nothing, or more than one publisher, is recognised.
    """
    columns, names = list(columns), list(names)
    told = named(publisher)
    among = [told] if told else list(profiles().values())
    layers = [layer for profile in among for layer in profile.layers if layer.table == table]
    scores = {id(layer): layer.signed(columns) for layer in layers}
    # A complete signature decides; the longest first, then the name of the file.
    signed = [layer for layer in layers if scores[id(layer)]]
    if signed:
        ranked = sorted(signed, key=lambda item: (scores[id(item)], item.named(names)))
        best = ranked[-1]
        tied = {
            layer.key
            for layer in signed
            if (scores[id(layer)], layer.named(names)) == (scores[id(best)], best.named(names))
        }
        return best if len(tied) == 1 else None
    by_name = sorted(
        (layer for layer in layers if layer.named(names)), key=lambda item: -item.named(names)
    )
    if told is not None:
        return (by_name or layers or [None])[0]  # type: ignore[list-item]
    if by_name and len({layer.key for layer in by_name}) == 1:
        chosen = by_name[0]
        known = Known(columns)
        written = [item for item in chosen.columns if any(map(known.find, item.names))]
        return chosen if not columns or 2 * len(written) > len(chosen.columns) else None
    return None


def apply(
    records: Records,
    request: ImportRequest,
    schema: TableSchema,
    file: str,
    constants: Mapping[str, Any],
) -> tuple[Records, Profiled | None]:
    """Read records as the profile of their publisher says.

    A mapping without a known publisher says all there is to say: no profile is then applied.

    Parameters
    ----------
    records : Records
        What a driver read.
    request : ImportRequest
        What the twin asked; its mapping wins over that of the profile.
    schema : TableSchema
        Table to fill.
    file : str
        Name of the file.
    constants : mapping
        {attribute: value} that the user gave: they win too.

    Returns
    -------
    Records, Profiled or None
        Records without the rows that are something else, with unknown values as nulls and codes
        in words; ``None`` when no publisher is recognised.

    Raises
    ------
    JumeauError
        ``JUM-S262`` a product whose licence is closed, ``JUM-S263`` a file of the publisher that
        fills another table.
    """
    publisher = str(request.options.get("publisher") or "")
    told = named(publisher)
    columns = records.table.column_names
    names = file_names(records.layer, file, request.uri)
    _refuse(columns, told, file)
    if request.mapping and told is None:
        return records, None  # the user says how it reads: nothing is presumed of who drew it
    layer = recognise(columns, names, schema.name, publisher)
    if layer is not None and not (layer.signed(columns) or layer.named(names)):
        alike = [item for item in layer.profile.layers if item.table == schema.name]
        layer = _any_layer(layer) if columns and (request.mapping or len(alike) > 1) else layer
    if layer is None:
        if told is None:
            return records, None
        note = finding("JUM-S267", schema.name, file, publisher=told.title, tables=told.tables)
        return replace(records, findings=[*records.findings, note]), None
    if told is not None and columns:
        _other_layer(columns, layer, schema.name, file)
    found = [] if request.mapping else _doubts(columns, layer, told, schema.name, file)
    records, notes = translating.rows(records, layer, schema.name)
    found += notes
    if layer.unpivot:
        records = unpivot(records, layer.unpivot)
    merged = 0
    if layer.daily:
        records, merged = counting.daily(records, layer.daily)
        count, left = merged + records.table.num_rows, records.table.num_rows
        found.append(finding("JUM-S278", schema.name, count=count, rows=left))
    done = translating.columns(records, layer, schema, {*constants})
    found += done.findings
    records = done.records
    kept, measured = ({}, {}) if request.mapping else (done.columns, done.units)
    if not request.mapping and not layer.signed(columns):
        filled = {*kept.values(), *constants, *layer.constants}
        usual = [item.attribute for item in layer.columns] or list(schema.names)
        wanted = [name for name in usual if name not in filled]
        more, units = _propose(records, schema, wanted, {*done.used})
        kept, measured = {**kept, **more}, {**measured, **units}
    profile = layer.profile
    pairs = [f"{column} → {attribute}" for column, attribute in kept.items()]
    if not request.mapping and layer.title:
        facts = {"publisher": profile.title, "layer": layer.title, "key": profile.key}
        found.append(finding("JUM-S260", schema.name, pairs=pairs or ["∅"], **facts))
    elif pairs:
        found.append(finding("JUM-S117", schema.name, pairs=pairs))
    extra = {
        name: value
        for name, value in layer.constants.items()
        if name not in constants
        and name not in kept.values()
        and name not in (request.mapping or {}).values()
    }
    source = {
        # Who is named in other words than ours is who gave the file.
        "publisher": profile.publisher if told or not publisher else publisher,
        "title": f"{profile.title} – {layer.title}" if layer.title else profile.title,
        "licence": profile.licence,
        "vintage": _vintage(records, layer, file, request.uri),
    }
    return records, Profiled(
        layer,
        kept,
        measured,
        extra,
        translating.aliases(records, layer),
        tuple(done.used),
        source,
        found,
        merged,
    )


def _any_layer(layer: Layer) -> Layer:
    """Return what is known of a file of a publisher that is none of its usual layers."""
    return replace(
        layer, title="", signatures=(), columns=(), constants={}, keep={}, leave={}, explode="",
        tags="", aliases=(), links={}, daily={}, unpivot={},
    )  # fmt: skip


def _propose(
    records: Records, schema: TableSchema, wanted: list[str], used: set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Look for renamed columns of attributes that the publisher usually gives."""
    if not wanted or not records.table.num_columns:
        return {}, {}
    others = {item.name for item in schema.attributes if item.name not in wanted}
    return mapping.propose(records.table, schema, exclude=used, filled=others)


def _refuse(columns: list[str], told: Profile | None, file: str) -> None:
    """Refuse a product whose licence is closed, under whatever name it comes."""
    known = Known(columns)
    for profile in profiles().values():
        if told is not None and told.key != profile.key:
            continue
        for refusal in profile.refused:
            bears = any(all(known.find(name) for name in group) for group in refusal.signatures)
            if bears and not any(known.find(name) for name in refusal.without):
                raise error("JUM-S262", file=file, product=refusal.product)


def _other_layer(columns: list[str], layer: Layer, table: str, file: str) -> None:
    """Refuse a file whose columns are those of another layer of the same publisher."""
    if layer.signed(columns):
        return
    for other in layer.profile.layers:
        if other.table != table and other.signed(columns) >= 3:
            raise error(
                "JUM-S263",
                file=file,
                publisher=layer.profile.title,
                layer=other.title,
                table=table,
                other=other.table,
            )


def _doubts(
    columns: list[str], layer: Layer, told: Profile | None, table: str, file: str
) -> list[Finding]:
    """Return what does not look like the publisher: columns missing, those of another one."""
    if not columns or told is None or layer.signed(columns):
        return []
    found = []
    other = recognise(columns, [], table)
    if other is not None and other.key != told.key:
        title = other.profile.title
        found.append(finding("JUM-S264", table, file, publisher=told.title, other=title))
    known = Known(columns)
    absent = [item.names[0] for item in layer.columns if not any(map(known.find, item.names))]
    if absent:
        title = layer.profile.title
        found.append(finding("JUM-S261", table, file, publisher=title, columns=first(absent, 8)))
    return found


def _vintage(records: Records, layer: Layer, file: str, uri: str) -> str:
    """Return the date that the name of the file says, or else that of its latest change."""
    for name in (file, Path(uri).name, records.layer):
        match = _DATE.search(name)
        if match:
            return "-".join(part for part in match.groups() if part)
    known = Known(records.table.column_names)
    for name in layer.vintage:
        column = known.find(name)
        if column is not None:
            return translating.latest(records.table.column(column))
    return ""


def layer_for(names: Iterable[str], table: str, publisher: str | None) -> str | None:
    """Return the one layer of a file that a known publisher says fills a table.

    Parameters
    ----------
    names : iterable of str
        Layers of a GeoPackage, members of a zip…
    table : str
        Table to fill.
    publisher : str or None
        Key or name of a publisher; all of them when it names none.

    Returns
    -------
    str or None
        ``None`` when no layer, or several, may be meant.
    """
    told = named(publisher)
    among = [told] if told else list(profiles().values())
    layers = [layer for profile in among for layer in profile.layers if layer.table == table]
    for layer in layers:
        meant = [name for name in names if layer.named(file_names(name))]
        if len(meant) == 1:
            return meant[0]
    return None


def source_layer(uri: str, table: str, options: Mapping[str, Any]) -> str | None:
    """Return the layer of a file of several that its publisher says fills a table.

    Parameters
    ----------
    uri : str
        Zip, folder, GeoPackage or OpenStreetMap extract.
    table : str
        Table to fill.
    options : mapping
        Those of the import: ``publisher``.

    Returns
    -------
    str or None
        ``None`` for a file of one layer, and where the names do not decide.
    """
    from jumeau.sources import archive

    path = Path(uri)
    suffix = path.suffix.casefold()
    names: list[str] = []
    try:
        if path.is_dir():
            names = [item.name for item in path.iterdir() if item.is_file()]
        elif suffix == ".zip":
            with zipfile.ZipFile(path) as opened:
                names = opened.namelist()
        elif suffix in {".gpkg", ".pbf"} and path.is_file():
            from jumeau.sources.drivers import vector

            names = vector.layers(str(path))
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return None  # the reading says what is wrong
    if path.is_dir() or suffix == ".zip":
        names = [
            PurePosixPath(name).stem
            for name in names
            if PurePosixPath(name).suffix.lower() in archive.SUFFIXES
        ]
    if len(names) < 2:
        return None
    return layer_for(names, table, str(options.get("publisher") or ""))


def files_in(folder: str | Path) -> list[tuple[Path, Profile, str]]:
    """Return the files of a folder that a profile recognises by their name.

    Parameters
    ----------
    folder : str or Path
        Folder of ordinary downloads; its subfolders are looked into.

    Returns
    -------
    list of (Path, Profile, str)
        File, profile and table, in the order of the names; a file that two publishers could
        have named is left out.
    """
    from jumeau.sources import archive

    found = []
    home = Path(folder).expanduser()
    for path in sorted(home.rglob("*")):
        if not path.is_file() or not archive.claims(str(path)):
            continue
        names = file_names(path.name)
        layers = [
            layer
            for profile in profiles().values()
            for layer in profile.layers
            if layer.named(names)
        ]
        if len({layer.key for layer in layers}) > 1:
            above = (home, *path.relative_to(home).parents)
            parents = file_names(*(part.name for part in above))
            layers = [layer for layer in layers if _belongs(layer.profile, parents)]
        if layers and len({layer.key for layer in layers}) == 1:
            best = max(layers, key=lambda item: item.named(names))
            found.append((path, best.profile, best.table))
    return found


def _belongs(profile: Profile, folders: Iterable[str]) -> bool:
    """Tell whether a folder bears the name of a publisher."""
    words = [re.sub(r"[^a-z0-9]", "", name) for name in folders]
    return any(
        re.sub(r"[^a-z0-9]", "", name.casefold()) in word
        for name in (profile.key, *profile.names)
        for word in words
    )
