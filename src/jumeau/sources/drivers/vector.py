# SPDX-License-Identifier: EUPL-1.2
"""GeoPackage, Shapefile, GeoJSON and FlatGeobuf through GDAL, as Arrow with WKB.

Text of a shapefile is read as bytes whatever its declared encoding says, then decoded cell by
cell (:mod:`jumeau.sources.encoding`). A shapefile without ``.dbf`` gives its geometry, one
without ``.shx`` has its index rebuilt apart from the user's files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, finding
from jumeau.sources import encoding as encodings
from jumeau.sources.archive import SHAPEFILE, Located
from jumeau.sources.drivers import Records

if TYPE_CHECKING:
    import pyarrow as pa

DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".fgb": "FlatGeobuf",
}
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
    if located.suffix == ".shp":
        return _shapefile(located, encoding, table, found)
    if located.suffix in {".geojson", ".json", ".geojsonl"}:
        return _geojson(located, encoding, table, found)
    name = _layer(located, layer)
    return _records(located, located.path, name, encodings.Decoder(), table, found)


def layers(path: str) -> list[str]:
    """Return the layers of a file that hold rows or geometry."""
    import pyogrio

    return [str(name) for name, _ in pyogrio.list_layers(path)]


def _layer(located: Located, wanted: str | None) -> str | None:
    with refused(located):
        known = layers(located.path)
    if wanted:
        exact = {name.casefold(): name for name in known}
        if wanted.casefold() in exact:
            return exact[wanted.casefold()]
        if len(known) > 1 or wanted.casefold() != located.stem.casefold():
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
    geometry, rows = _split(rows, meta)
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


def _split(rows: pa.Table, meta: dict[str, Any]) -> tuple[pa.ChunkedArray | None, pa.Table]:
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
    return records


def _utf8(raw: bytes) -> bool:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
