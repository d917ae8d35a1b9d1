# SPDX-License-Identifier: EUPL-1.2
"""Files as a source: whatever an authority has on disk, opened in place."""

from __future__ import annotations

from dataclasses import dataclass

from jumeau.base.contract import ImportRequest, Intake
from jumeau.base.errors import error
from jumeau.sources import archive, intake
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records


@dataclass(frozen=True)
class Files:
    """Source that reads a file or a folder, zipped or not (:class:`~jumeau.base.contract.Source`).

    GeoPackage, Shapefile, GeoJSON, FlatGeobuf, CSV, spreadsheets, Parquet and GeoParquet fill
    tables; GeoTIFF and ASC grids fill raster layers.
    """

    name: str = "files"

    def claims(self, uri: str) -> int:
        """Return 10 for a suffix it reads, else 0."""
        return archive.claims(uri)

    def read(self, request: ImportRequest) -> Intake:
        """Read one file entirely.

        Parameters
        ----------
        request : ImportRequest
            Its options: ``source_layer``, ``source_crs``, ``encoding``, ``constants``, ``area``.

        Raises
        ------
        JumeauError
            ``JUM-S…``: the file is missing, empty, damaged, in no known format, or cannot fill
            the table asked for.
        """
        layer = request.options.get("source_layer")
        raster = request.layer is not None
        located = archive.locate(request.uri, member=layer, raster=raster)
        is_raster = located.suffix in archive.RASTER
        if raster != is_raster:
            code = "JUM-S016" if raster else "JUM-S015"
            target = request.layer or (request.schema.name if request.schema else "")
            raise error(code, file=located.name, target=target)
        if raster:
            from jumeau.sources.drivers import grid

            return grid.read(located, request)
        if request.schema is None:
            raise error("JUM-S016", file=located.name, target="")
        inner = None if layer and located.stem.casefold() == layer.casefold() else layer
        records = _records(located, inner, request.options.get("encoding"), request.schema.name)
        return intake.make(records, request, request.schema, located.uri.name)


def _records(located: Located, layer: str | None, encoding: str | None, table: str) -> Records:
    if located.suffix in archive.PARQUET:
        from jumeau.sources.drivers import parquet

        return parquet.read(located, table)
    if located.suffix in archive.TEXT:
        from jumeau.sources.drivers import delimited

        return delimited.read(located, encoding, table)
    if located.suffix in archive.SHEET:
        from jumeau.sources.drivers import sheet

        return sheet.read(located, layer, table)
    from jumeau.sources.drivers import vector

    return vector.read(located, layer, encoding, table)


SOURCE = Files()
