# SPDX-License-Identifier: EUPL-1.2
"""The GeoPackage beside the project: layers streamed from the twin, the same bytes each time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n
from jumeau.base.contract import Progress
from jumeau.base.findings import rewrite
from jumeau.interop.qgis.contents import Content
from jumeau.twin import export, geoparquet, layers
from jumeau.twin.rights import Label

if TYPE_CHECKING:
    import pyarrow as pa

    from jumeau.twin.territory import Territory

GEOMETRY = "geometry"
TYPES = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}
_SENTENCES = ("what", "why", "remedy")


def write(
    territory: Territory,
    contents: Sequence[Content],
    path: Path,
    moment: datetime,
    progress: Progress | None = None,
) -> None:
    """Write the layers of a GeoPackage, in their order, in bounded memory.

    Parameters
    ----------
    territory : Territory
        At one version.
    contents : sequence of Content
        Layers; at least one.
    path : Path
        New file.
    moment : datetime
        Time that the file gives as its last change: that of the version, not of the export.
    progress : callable, optional
        Receives the layer and the share done.
    """
    import pyogrio

    stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    settings = {"OGR_CURRENT_DATE": stamp, "OGR_GPKG_NUM_THREADS": "1"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in settings}
    pyogrio.set_gdal_config_options(settings)
    total = max(1, sum(item.rows for item in contents))
    done = 0
    try:
        for item in contents:
            if progress:
                progress(item.title, done / total)
            _layer(territory, item, path)
            done += item.rows
    finally:
        pyogrio.set_gdal_config_options(before)
    if progress:
        progress("", 1.0)


def _layer(territory: Territory, item: Content, path: Path) -> None:
    import pyarrow as pa

    cursor = territory.store.cursor.execute(item.query)
    reader = cursor.to_arrow_reader(geoparquet.ROW_GROUP)
    held = list(itertools.islice(reader, 1))
    kind = _geometry_type(item, held)
    wanted = pa.schema(
        [
            pa.field(field.name, pa.binary()) if field.name == GEOMETRY else field.remove_metadata()
            for field in reader.schema
        ]
    )
    lang = i18n.language()

    def change(batch: pa.RecordBatch) -> list[Any]:
        columns = {name: geoparquet.without_nan(batch.column(name)) for name in reader.schema.names}
        if kind is not None:
            wkb = columns[GEOMETRY].cast(pa.binary())
            columns[GEOMETRY] = export.as_multi(wkb) if kind.startswith("Multi") else wkb
        if item.kind == "finding":
            columns.update(_told(batch, lang))
        return list(columns.values())

    label = Label.of(item.title, item.held)
    layers.write(
        path,
        itertools.chain(held, reader),
        wanted,
        change,
        layer=item.name,
        driver="GPKG",
        dataset_options={"VERSION": "1.3"},  # what GDAL 3.4 and QGIS 3.28 read
        geometry_name=GEOMETRY if kind else None,
        geometry_type=kind,
        crs=territory.crs if kind else None,
        layer_metadata=label.items(),
        layer_options={"IDENTIFIER": item.name, "DESCRIPTION": item.held.line() or item.title},
    )


def _geometry_type(item: Content, held: Sequence[pa.RecordBatch]) -> str | None:
    """Return the type of a layer: that of its kind, with Z when its first rows have it."""
    import numpy as np

    if item.geometry is None:
        return None
    codes = [geoparquet.geometry_codes(batch.column(GEOMETRY)) for batch in held]
    several = any((part % 1000 == 4).any() for part in codes)
    kind = "MultiPoint" if item.geometry == "point" and several else TYPES[item.geometry]
    return kind + (" Z" if any(np.isin(part // 1000, (1, 3)).any() for part in codes) else "")


def _told(batch: pa.RecordBatch, lang: str) -> dict[str, pa.Array]:
    """Return the sentences of findings in a language, whatever the one they were written in."""
    import pyarrow as pa

    rows = [rewrite(row, lang) for row in batch.drop_columns([GEOMETRY]).to_pylist()]
    return {name: pa.array([row[name] for row in rows], pa.string()) for name in _SENTENCES}
