# SPDX-License-Identifier: EUPL-1.2
"""Tables and raster layers to files that other software opens, with licence and sources inside.

Tables: GeoParquet 1.1, GeoPackage, FlatGeobuf, GeoJSON (RFC 7946) and CSV, by suffix; raster
layers: one cloud-optimised GeoTIFF. A file appears whole or not at all, and never replaces another
unasked. A CSV has its licence, sources and units beside it, as CSV on the Web asks.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n
from jumeau.base.contract import TableSchema
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.twin import cog, csvw, disk, geoparquet, layers, schema
from jumeau.twin.rights import Label, rights

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from jumeau.twin.rasters import Raster
    from jumeau.twin.territory import Territory

GEOMETRY = "geometry"
_DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON"}
TABLES = (".parquet", *_DRIVERS, ".csv")
"""Suffixes of tables."""
RASTERS = (".tif",)
"""Suffixes of raster layers."""
_OGR_TYPES = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}
_COG = {
    "driver": "COG",
    "compress": "DEFLATE",
    "predictor": "FLOATING_POINT",
    "level": "6",
    "blocksize": "512",
    "overview_resampling": "AVERAGE",
    "bigtiff": "IF_SAFER",
    "sparse_ok": "TRUE",
    "num_threads": "ALL_CPUS",
}


# -- a territory's tables and layers -----------------------------------------------------------
def write(territory: Territory, name: str, path: Path, *, force: bool = False) -> Path:
    """Write a table or a raster layer of a territory, at its version, to a file by its suffix.

    Parameters
    ----------
    territory : Territory
        Live or past.
    name : str
        Table or raster layer.
    path : Path
        File; its suffix is one of :data:`TABLES` or :data:`RASTERS`.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for an unknown table, ``JUM-T120`` for an unknown suffix.
    InvalidError
        ``JUM-T121`` when the file exists, ``JUM-T123`` when a table is asked as a raster or the
        contrary, ``JUM-T124`` for a layer without data.
    MissingFileError
        ``JUM-T122`` when the folder does not exist.
    StorageError
        ``JUM-T101`` when the disk is full, ``JUM-T102``; nothing is left behind.
    """
    declared = schema.target(name)
    is_raster = declared is None
    check_target(path, name, RASTERS if is_raster else TABLES, force=force)
    held = rights(sources_of(territory, name), territory.licence)
    label = Label.of(f"{territory.name} – {name}", held)
    if declared is None:
        return export_raster(territory.raster(name), path, label, force=force)
    reader = territory.store.cursor.execute(_select(declared)).to_arrow_reader(geoparquet.ROW_GROUP)
    return export_table(
        reader, path, crs=territory.crs, declared=declared, label=label, force=force
    )


def _select(declared: TableSchema) -> str:
    """Return the query of a whole table: geometry as WKB, and the boxes kept beside it."""
    parts = [
        "ST_AsWKB(geometry)::BLOB AS geometry" if name == GEOMETRY else schema.quoted(name)
        for name in declared.names
    ]
    boxes = geoparquet.BOX if declared.geometry else ()
    return f"SELECT {', '.join([*parts, *boxes])} FROM {schema.quoted(declared.name)}"


def sources_of(territory: Territory, name: str) -> pd.DataFrame:
    """Return the rows of ``source`` that enter a table or a raster layer.

    Directly by ``source_id``, or through the inputs of the runs that wrote the rows.
    """
    everything = territory.table("source").to_pandas()
    if name == "source":
        return everything
    of_layer = name in schema.layers()
    table = schema.table("raster_tile" if of_layer else name)
    where = {"layer": name} if of_layer else None

    def distinct(column: str) -> set[str]:
        if column not in table.names:
            return set()
        found = territory.table(table.name, columns=[column], where=where).column(column)
        return {value for value in found.unique().to_pylist() if value}

    chosen = distinct("source_id")
    runs = distinct("id" if name == "run" else "run_id")
    if runs:
        inputs = territory.table("run", columns=["inputs"], where={"id": sorted(runs)})
        for text in inputs.column("inputs").to_pylist():
            for item in json.loads(text or "{}").values():
                chosen |= set(item.get("sources", ()))
    return everything[everything["id"].isin(chosen)]


# -- any table, any layer ----------------------------------------------------------------------
def check_target(path: Path, name: str, suffixes: Sequence[str], *, force: bool = False) -> str:
    """Return the suffix of a file to be written, or refuse it; see :func:`write` for the errors."""
    suffix = path.suffix.lower()
    known = [*TABLES, *RASTERS]
    if suffix not in known:
        close = did_you_mean(suffix, known)
        raise error("JUM-T120", suffix=suffix or path.name, known=known, suggestion=close)
    if suffix not in suffixes:
        french = i18n.language() == "fr"
        kinds = ("table", "couche raster" if french else "raster layer")
        kind = kinds[suffixes == RASTERS]
        raise error("JUM-T123", name=name, kind=kind, suffix=suffix, known=list(suffixes))
    if not path.parent.is_dir():
        raise error("JUM-T122", folder=str(path.parent))
    if path.exists() and not force:
        raise error("JUM-T121", path=str(path))
    return suffix


def export_table(
    data: pa.Table | pa.RecordBatchReader,
    path: Path,
    *,
    crs: str,
    declared: TableSchema,
    label: Label | None = None,
    force: bool = False,
) -> Path:
    """Write rows to a file by its suffix, by streaming.

    Parameters
    ----------
    data : pyarrow.Table or RecordBatchReader
        Rows of the schema's table (all its columns or some); geometry as WKB.
    path : Path
        File; its suffix is one of :data:`TABLES`.
    crs : str
        CRS of the geometry. GeoJSON is written in WGS 84, as RFC 7946 asks; other files keep it.
    declared : TableSchema
        Schema of the table.
    label : Label, optional
        Licence and sources to write with the rows.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    JumeauError
        See :func:`write`.
    """
    import pyarrow as pa

    suffix = check_target(path, declared.name, TABLES, force=force)
    reader = data.to_reader(geoparquet.ROW_GROUP) if isinstance(data, pa.Table) else data
    said = label or Label(declared.name)
    with _written(path) as temporary:
        if suffix == ".parquet":
            geoparquet.write(reader, temporary, crs=crs, metadata=said.items())
        elif suffix == ".csv":
            csvw.write(reader, temporary, declared)
        else:
            _ogr(reader, temporary, suffix, crs, declared, said)
    if suffix == ".csv":
        csvw.describe_beside(path, declared, reader.schema.names, said)
    return path


def export_raster(
    raster: Raster, path: Path, label: Label | None = None, *, force: bool = False
) -> Path:
    """Write a raster layer as one cloud-optimised GeoTIFF, in bounded memory.

    Parameters
    ----------
    raster : Raster
        Layer.
    path : Path
        File in ``.tif``.
    label : Label, optional
        Licence and sources, written in the file's metadata.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    JumeauError
        See :func:`write`; also ``JUM-T108`` when a tile is missing or damaged.
    """
    import rasterio
    import rasterio.shutil

    check_target(path, raster.layer, RASTERS, force=force)
    if not raster.files:
        raise error("JUM-T124", layer=raster.layer)
    for name in raster.files.values():
        if not (raster.folder / name).is_file():
            raise error("JUM-T108", path=name, detail="absent")
    items = (label or Label(raster.layer)).items()
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": items.get("TITLE", ""),
        "TIFFTAG_COPYRIGHT": items.get("ATTRIBUTION", ""),
        **items,
    }
    xml = cog.vrt(
        raster.layer, raster.files, raster.crs, root=str(raster.folder.resolve()), metadata=tags
    )
    with (
        _written(path) as temporary,
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
        rasterio.open(xml) as source,
    ):
        rasterio.shutil.copy(source, temporary, **_COG)
    return path


class _written:  # noqa: N801 - reads as a clause: with _written(path) as temporary
    """:func:`jumeau.twin.disk.staged`, with the errors of GDAL and Arrow coded too."""

    def __init__(self, path: Path) -> None:
        self.path, self._stage = path, disk.staged(path)

    def __enter__(self) -> Path:
        return self._stage.__enter__()

    def __exit__(self, kind: Any, exc: BaseException | None, trace: Any) -> None:
        self._stage.__exit__(kind, exc, trace)
        if exc is None or isinstance(exc, JumeauError):
            return
        if type(exc).__module__.partition(".")[0] in {"pyogrio", "rasterio", "pyarrow", "duckdb"}:
            raise disk.failure(exc, self.path) from exc


# -- formats -----------------------------------------------------------------------------------
def _ogr(
    reader: pa.RecordBatchReader,
    path: Path,
    suffix: str,
    crs: str,
    declared: TableSchema,
    label: Label,
) -> None:
    """Write through GDAL: GeoPackage, FlatGeobuf or GeoJSON."""
    import pyarrow as pa

    names = [name for name in reader.schema.names if name not in geoparquet.BOX]
    geographic = GEOMETRY in names
    # FlatGeobuf holds one dimension a file: all rows are needed to know it.
    held = list(reader) if suffix == ".fgb" else list(itertools.islice(reader, 1))
    kind = _ogr_type(held, suffix, declared) if geographic else None
    fields = [
        pa.field(name, pa.binary()) if name == GEOMETRY else reader.schema.field(name)
        for name in names
    ]

    def change(batch: pa.RecordBatch) -> list[Any]:
        columns = {name: geoparquet.without_nan(batch.column(name)) for name in names}
        if kind is not None:
            wkb = columns[GEOMETRY].cast(pa.binary())
            if suffix == ".fgb" and kind.endswith(" Z"):
                wkb = _with_z(wkb)
            columns[GEOMETRY] = as_multi(wkb) if kind.startswith("Multi") else wkb
        return list(columns.values())

    layers.write(
        path,
        itertools.chain(held, reader),
        pa.schema([field.remove_metadata() for field in fields]),
        change,
        layer=declared.name,
        driver=_DRIVERS[suffix],
        geometry_name=GEOMETRY if geographic else None,
        geometry_type=kind,
        crs=crs if geographic else None,
        dataset_metadata=label.items() if suffix == ".gpkg" else None,
        layer_metadata=label.items() if suffix in {".gpkg", ".fgb"} else None,
        layer_options=_ogr_options(suffix, names, declared, label),
    )


def _ogr_type(held: Sequence[pa.RecordBatch], suffix: str, declared: TableSchema) -> str:
    """Return the geometry type of a layer: that of the schema, with Z when some rows have it."""
    kind = _OGR_TYPES.get(declared.geometry or "", "Unknown")
    if suffix == ".geojson" or kind == "Unknown":
        return "Unknown"  # each geometry says its own type; FlatGeobuf then keeps x and y alone
    codes = [geoparquet.geometry_codes(batch.column(GEOMETRY)) for batch in held]
    return kind + (" Z" if any(np.isin(part // 1000, (1, 3)).any() for part in codes) else "")


def _with_z(wkb: pa.Array) -> pa.Array:
    """Return WKB in three dimensions, the altitude of flat geometries being unknown (NaN)."""
    import pyarrow as pa
    import shapely

    flat = geoparquet.geometry_codes(wkb) < 1000
    if not flat.any():
        return wkb
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))
    shapes[flat] = shapely.transform(
        shapely.force_3d(shapes[flat]),
        lambda points: np.column_stack([points[:, :2], np.full(len(points), np.nan)]),
        include_z=True,
    )
    made = shapely.to_wkb(shapes, flavor="iso", output_dimension=3)
    return pa.array(made.tolist(), pa.binary())


def _ogr_options(
    suffix: str, names: Sequence[str], declared: TableSchema, label: Label
) -> dict[str, str]:
    """Return the options of a layer: where each format keeps title, licence and sources."""
    sentence = " — ".join(filter(None, [label.licence, "; ".join(label.attribution)]))
    options = {"DESCRIPTION": sentence}
    if suffix == ".gpkg":
        options["IDENTIFIER"] = label.title
    elif suffix == ".fgb":
        options["TITLE"] = label.title
        if GEOMETRY not in names or not declared[GEOMETRY].required:
            options["SPATIAL_INDEX"] = "NO"  # its index takes no feature without geometry
    else:
        extra = {key.lower(): value for key, value in label.items().items()}
        options = {
            "RFC7946": "YES",
            "NATIVE_DATA": json.dumps(extra, ensure_ascii=False),
            "NATIVE_MEDIA_TYPE": "application/vnd.geo+json",
            "ID_FIELD": "id" if "id" in names else "",
        }
    return {key: value for key, value in options.items() if value}


def as_multi(wkb: pa.Array) -> pa.Array:
    """Return WKB where lines and polygons are wrapped as multi-geometries of one part.

    GeoPackage and FlatGeobuf declare one type for a layer; wrapping the bytes costs a copy.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = geoparquet.geometry_codes(wkb)
    single = np.isin(codes % 1000, (2, 3))
    if not single.any():
        return wkb
    heads = {
        int(code): b"\x01" + int(code + 3).to_bytes(4, "little") + b"\x01\x00\x00\x00"
        for code in np.unique(codes[single])
    }
    prefix = pa.array([heads.get(int(code), b"") for code in codes], pa.binary())
    wrapped = pc.binary_join_element_wise(prefix, wkb, pa.scalar(b"", pa.binary()))
    return pc.if_else(pa.array(single), wrapped, wkb)
