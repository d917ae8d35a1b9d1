# SPDX-License-Identifier: EUPL-1.2
"""Vector files through GDAL, as Arrow with WKB, altitudes included.

GeoPackage, Shapefile, GeoJSON, FlatGeobuf, KML and KMZ, MapInfo TAB and MIF, GML, EDIGÉO, GPX and
TopoJSON; OpenStreetMap has its own module.

Text of a shapefile is read as bytes whatever its declared encoding says, then decoded cell by
cell (:mod:`jumeau.sources.encoding`). A shapefile without ``.dbf`` gives its geometry, one
without ``.shx`` has its index rebuilt apart from the user's files.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, finding
from jumeau.sources import encoding as encodings
from jumeau.sources.archive import SHAPEFILE, Located
from jumeau.sources.drivers import Records, soundness

if TYPE_CHECKING:
    import pyarrow as pa

DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".fgb": "FlatGeobuf",
    ".topojson": "TopoJSON",
    ".kml": "KML",
    ".kmz": "KML",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
    ".gml": "GML",
    ".thf": "EDIGEO",
    ".gpx": "GPX",
    ".pbf": "OSM",
    ".osm": "OSM",
}
EDIGEO = {"building": "BATIMENT_id", "parcel": "PARCELLE_id", "municipality": "COMMUNE_id"}
"""Object of the cadastre's exchange that fills a table."""
_CODE_PAGES = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x64: "cp852"}


def read(located: Located, layer: str | None, encoding: str | None, table: str) -> Records:
    """Read one layer whole.

    Parameters
    ----------
    located : Located
        File to read.
    layer : str or None
        Layer, where the file holds several.
    encoding : str or None
        Encoding given by the user.
    table : str
        Table to fill, for the findings.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``S005`` several layers, ``S006`` unknown layer, ``S007`` refused.
    """
    found: list[Finding] = []
    if located.suffix in {".pbf", ".osm"}:
        from jumeau.sources.drivers import osm

        return osm.read(located, layer, table)
    if located.suffix == ".shp":
        only(located, layer)
        return _shapefile(located, encoding, table, found)
    if located.suffix in {".geojson", ".json", ".geojsonl"} and not _topology(located):
        only(located, layer)
        return _geojson(located, encoding, table, found)
    soundness.check(located)
    with _apart(located) as path:
        name = _layer(located, layer, path, table)
        records = _records(located, path, name, encodings.Decoder(), table, found)
    records.implicit_crs = located.suffix == ".topojson" or _topology(located)
    return records


def layers(path: str) -> list[str]:
    """Return the layers of a file that hold rows or geometry."""
    import warnings

    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [str(name) for name, _ in pyogrio.list_layers(path)]


def only(located: Located, wanted: str | None) -> None:
    """Refuse the name of a layer for a file that holds only one, of another name.

    The name of the file, and that of the archive around it, are names of the layer.

    Raises
    ------
    UnknownNameError
        ``JUM-S006``.
    """
    if wanted and not located.called(wanted):
        raise error(
            "JUM-S006",
            file=located.name,
            layer=wanted,
            known=[located.stem],
            suggestion=did_you_mean(wanted, [located.stem]) or located.stem,
        )


def _topology(located: Located) -> bool:
    """Tell whether a JSON file is TopoJSON, whose objects are layers."""
    if located.suffix != ".json":
        return located.suffix == ".topojson"
    with located.open() as file:
        return re.search(rb'"type"\s*:\s*"Topology"', file.read(2000)) is not None


@contextmanager
def _apart(located: Located) -> Iterator[str]:
    """Give GDAL a path; a GML through a link elsewhere, since it writes a file beside it."""
    if located.suffix != ".gml" or located.container:
        yield located.path
        return
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        for suffix in {".gml", ".xsd"} & set(located.sidecars):
            source = (located.folder / located.sidecars[suffix]).resolve()
            Path(folder, f"{located.stem}{suffix}").symlink_to(source)
        yield str(Path(folder, f"{located.stem}.gml"))


def _layer(located: Located, wanted: str | None, path: str, table: str) -> str | None:
    with refused(located):
        known = layers(path)
    if not wanted and located.suffix == ".thf" and EDIGEO.get(table) in known:
        return EDIGEO[table]
    if wanted:
        exact = {name.casefold(): name for name in known}
        if wanted.casefold() in exact:
            return exact[wanted.casefold()]
        if len(known) > 1 or not located.called(wanted):
            raise error(
                "JUM-S006",
                file=located.name,
                layer=wanted,
                known=known,
                suggestion=did_you_mean(wanted, known),
            )
    if len(known) > 1:
        raise error("JUM-S005", file=located.name, layers=known, example=known[0])
    if not known:
        raise error("JUM-S002", file=located.name)
    return known[0]


@contextmanager
def refused(located: Located) -> Iterator[None]:
    """Turn what GDAL, Arrow or the disk refuse into coded errors."""
    import pyarrow as pa
    import pyogrio.errors

    try:
        yield
    except JumeauError:
        raise
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FieldError,
        pa.ArrowInvalid,
        OSError,
        RuntimeError,
        UnicodeDecodeError,
    ) as exc:
        detail = " ".join(str(exc).split())[:200]
        broken = ("malformed", "Unterminated", "I/O", "failed", "truncated", "corrupt", "Failed")
        code = "JUM-S004" if any(word in detail for word in broken) else "JUM-S007"
        raise error(code, file=located.name, detail=detail) from exc


def arrow(path: str, layer: str | None, encoding: str | None) -> tuple[dict[str, Any], pa.Table]:
    """Read a layer as Arrow, with what GDAL says of it."""
    import warnings

    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, table = pyogrio.read_arrow(path, layer=layer, encoding=encoding)
    return meta, table


def _records(
    located: Located,
    path: str,
    layer: str | None,
    decoder: encodings.Decoder,
    table: str,
    found: list[Finding],
    *,
    as_latin: bool = False,
    declared: str | None = None,
) -> Records:
    import pyarrow as pa
    import pyogrio

    with refused(located):
        info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
        if not info["features"]:
            meta, rows = {"crs": info["crs"], "geometry_name": ""}, pa.table({})
        else:
            meta, rows = arrow(path, layer, "ISO-8859-1" if as_latin else None)
    geometry, rows = split(rows, meta)
    if geometry is not None and _curved(geometry):
        geometry = _linear(path, layer)
        found.append(finding("JUM-S131", table))
    rows = _text(rows, decoder, as_latin=as_latin)
    found += decoder.findings(table, declared=declared)
    return Records(
        rows,
        geometry,
        meta["crs"],
        read=info["features"]
        if geometry is None and not rows.num_columns
        else _rows(rows, geometry),
        announced=int(info["features"]),
        driver=DRIVERS[located.suffix],
        encoding=decoder.found,
        layer=layer or info.get("layer_name") or located.stem,
        findings=found,
        touched=decoder.repaired_rows(),
    )


def _rows(rows: pa.Table, geometry: pa.ChunkedArray | None) -> int:
    return len(geometry) if geometry is not None else rows.num_rows


def split(rows: pa.Table, meta: dict[str, Any]) -> tuple[pa.ChunkedArray | None, pa.Table]:
    """Return the geometry column as plain WKB, and the attributes."""
    import pyarrow as pa

    name = meta.get("geometry_name") or "wkb_geometry"
    if name not in rows.column_names:
        return None, rows
    column = rows.column(name)
    if isinstance(column.type, pa.ExtensionType):
        column = pa.chunked_array(
            [chunk.storage for chunk in column.chunks], column.type.storage_type
        )
    return column.cast(pa.binary()), rows.drop_columns([name])


def _curved(geometry: pa.ChunkedArray) -> bool:
    """Tell whether some WKB is of a curve type (8 to 12)."""
    import numpy as np
    import pyarrow.compute as pc

    for chunk in geometry.chunks:
        heads = pc.unique(pc.binary_slice(chunk.drop_null(), 1, 5)).to_pylist()
        codes = np.array([int.from_bytes(head, "little") for head in heads], dtype=np.int64)
        if np.isin((codes & 0xFFFF) % 1000, (8, 9, 10, 11, 12)).any():
            return True
    return False


def _linear(path: str, layer: str | None) -> pa.ChunkedArray:
    """Read geometry with its arcs turned into chords."""
    import pyarrow as pa
    import pyogrio.raw

    return pa.chunked_array([pa.array(pyogrio.raw.read(path, layer=layer, columns=[])[2])])


def _text(rows: pa.Table, decoder: encodings.Decoder, *, as_latin: bool = False) -> pa.Table:
    import pyarrow as pa

    columns = {}
    labels = rows.column_names
    if as_latin:
        labels = [decoder.text(name.encode("latin-1", "replace"))[0] for name in labels]
    for label, column in zip(encodings.names(labels), rows.columns, strict=True):
        textual = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        columns[label] = decoder.column(column, as_latin=as_latin) if textual else column
    return pa.table(columns)


# -- shapefile -------------------------------------------------------------------------------
def _shapefile(located: Located, encoding: str | None, table: str, found: list[Finding]) -> Records:
    declared = encodings.check(encoding) if encoding else _declared(located)
    # What says UTF-8 or Windows-1252 is verified cell by cell like what says nothing.
    verified = not encoding and declared in {encodings.UTF8, encodings.WINDOWS}
    decoder = encodings.Decoder(None if verified else declared)
    if ".dbf" not in located.sidecars:
        found.append(finding("JUM-S104", table, located.name, file=located.name))
    if ".shx" in located.sidecars:
        records = _records(
            located, located.path, None, decoder, table, found, as_latin=True, declared=declared
        )
    else:
        found.append(finding("JUM-S105", table, located.name, file=located.name))
        with _rebuilt(located) as path:
            records = _records(
                located, path, None, decoder, table, found, as_latin=True, declared=declared
            )
    records.announced = _announced(located)
    return records


def _declared(located: Located) -> str | None:
    """Return the encoding that ``.cpg`` or the header of ``.dbf`` names."""
    name = ""
    if ".cpg" in located.sidecars:
        with located.open(".cpg") as file:
            name = file.read(64).decode("ascii", "ignore").strip()
    if name.isdigit():
        name = "utf-8" if name == "65001" else f"cp{name}"
    if not name and ".dbf" in located.sidecars:
        with located.open(".dbf") as file:
            name = _CODE_PAGES.get(file.read(32)[29], "")
    try:
        return encodings.check(name) if name else None
    except JumeauError:
        return None


def _announced(located: Located) -> int | None:
    """Return how many records ``.dbf`` and ``.shx`` announce, the larger if they differ."""
    told = []
    if ".dbf" in located.sidecars:
        with located.open(".dbf") as file:
            told.append(int.from_bytes(file.read(8)[4:8], "little"))
    if ".shx" in located.sidecars:
        with located.open(".shx") as file:
            told.append((2 * int.from_bytes(file.read(28)[24:28], "big") - 100) // 8)
    return max(told, default=None)


@contextmanager
def _rebuilt(located: Located) -> Iterator[str]:
    """Copy a shapefile without ``.shx`` apart and rebuild its index there."""
    import pyogrio

    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        for suffix in SHAPEFILE:
            if suffix in located.sidecars:
                with located.open(suffix) as file:
                    Path(folder, f"{located.stem}{suffix}").write_bytes(file.read())
        path = Path(folder, f"{located.stem}.shp")
        before = pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX")
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
        try:
            yield str(path)
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": before})


# -- GeoJSON ---------------------------------------------------------------------------------
def _geojson(located: Located, encoding: str | None, table: str, found: list[Finding]) -> Records:
    raw = located.bytes()
    if not raw.strip():
        raise error("JUM-S002", file=located.name)
    # Around the features, not among their attributes.
    begin, end = raw.find(b'"features"'), raw.rfind(b"]")
    head, tail = raw[: min(max(begin, 0), 20_000)], raw[max(end, len(raw) - 20_000) :]
    decoder = encodings.Decoder(encoding)
    odd = 0
    text = None
    if encoding:
        text, odd = decoder.text(raw)
    elif not _utf8(raw):
        text, odd = encodings.to_utf8(raw)
    named = '"crs"' in text[:20000] if text else b'"crs"' in raw[:20000]
    path = located.path
    if text is None:
        del raw
        records = _records(located, path, None, decoder, table, found)
    else:
        # GDAL wants UTF-8: it is given a copy apart, the file itself stays as it is.
        with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
            copy = Path(folder, f"{located.stem}.geojson")
            copy.write_text(text, encoding="utf-8")
            records = _records(located, str(copy), None, decoder, table, found)
        records.encoding = decoder.encoding or encodings.WINDOWS
        found.append(finding("JUM-S100", table, encoding=records.encoding, examples=[], count=odd))
    records.implicit_crs = not named
    told = _announced_by_service(head, tail)
    if told is not None and told > records.read:
        records.announced = told
    return records


def _announced_by_service(*texts: bytes) -> int | None:
    """Return how many records the answer of a service says that the request matches."""
    for text in texts:
        for name in (b"numberMatched", b"totalFeatures", b"totalCount"):
            told = re.search(rb'"%s"\s*:\s*(\d+)' % name, text)
            if told:
                return int(told[1])
    return None


def _utf8(raw: bytes) -> bool:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
