# SPDX-License-Identifier: EUPL-1.2
"""A territory: a folder of open files with its tables, rasters, history and provenance."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds, Progress
from jumeau.base.errors import JumeauError, error
from jumeau.twin import adding, config, creating, schema, tables
from jumeau.twin.store import Store
from jumeau.twin.transaction import Transaction, moments, tile_paths

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa

    from jumeau.twin.explain import Explanation
    from jumeau.twin.observations import ObservationBuffer
    from jumeau.twin.rasters import Raster
    from jumeau.twin.runs import Recorder


class Territory:
    """The twin of one territory, live or as it was at one version.

    Obtained from :func:`create`, :func:`open`, :meth:`at` or :meth:`fork`.

    Parameters
    ----------
    path : Path
        Folder of the territory.
    settings : jumeau.twin.config.Config
        Content of ``territory.toml``.
    version : int, optional
        Version to view; live by default.
    """

    def __init__(self, path: Path, settings: config.Config, version: int | None = None) -> None:
        self.path = path
        self.settings = settings
        self.store = Store(settings.address(path), version)

    # -- who and when ----------------------------------------------------------------------
    @property
    def name(self) -> str:
        """Name for people."""
        return self.settings.name

    @property
    def crs(self) -> str:
        """National projection, e.g. ``"EPSG:2154"``."""
        return self.settings.crs

    @property
    def insee(self) -> tuple[str, ...]:
        """INSEE codes of the municipalities."""
        return self.settings.insee

    @property
    def time_zone(self) -> str:
        """IANA time zone."""
        return self.settings.time_zone

    @property
    def licence(self) -> str:
        """Licence of the authority's own results."""
        return self.settings.licence

    @property
    def version(self) -> int:
        """Version viewed: the latest one when live."""
        return self.store.version()

    @property
    def readonly(self) -> bool:
        """Whether this is a view of the past."""
        return self.store.pinned is not None

    def __repr__(self) -> str:
        return f"<Territory {self.name} ({self.crs}) version {self.version} at {self.path}>"

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    # -- facts in --------------------------------------------------------------------------
    def add(
        self,
        file: str | Path | Sequence[str | Path],
        table: str | None = None,
        mapping: Mapping[str, str] | None = None,
        *,
        layer: str | None = None,
        source_crs: str | None = None,
        encoding: str | None = None,
        constants: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        publisher: str = "",
        title: str = "",
        licence: str = "",
        vintage: str = "",
        uri: str = "",
        progress: Progress | None = None,
    ) -> adding.AddReport:
        """Import a file into a table or raster layers, in one transaction.

        The same file again adds nothing; a newer one updates the rows it knows; a wrong one raises.

        Parameters
        ----------
        file : str, Path or sequence of them
            GeoPackage, CSV, GeoTIFF, LAZ, INP…, also zipped; several neighbours make one raster.
        table : str, optional
            Table (``luminaire``, ``street``…) or raster layer (``dtm``…) to fill; found for INP.
        mapping : dict, optional
            {source column: attribute}; proposed from names and values when not given.
        layer : str, optional
            Without ``table``, the raster layer to fill: ``dtm``, ``dsm``, ``height``, or ``all``
            for every one that point clouds give. With ``table``, the layer inside a file that
            holds several.
        source_crs : str, optional
            CRS of the file, when the file does not say it or says it wrongly.
        encoding : str, optional
            Character encoding, when it cannot be found out.
        constants : dict, optional
            {attribute: value} for every row of the file.
        options : dict, optional
            More that a kind of file may be told: ``control_points`` of a network…
        publisher, title, licence, vintage, uri : str
            Provenance, shown with every figure from the file. A publisher that Jumeau knows
            (``bdtopo``, ``osm``…) also says how its files read, and its buildings are matched.
        progress : callable, optional
            Receives a stage and the share done.

        Returns
        -------
        AddReport
            Counts and findings.

        Raises
        ------
        JumeauError
            ``JUM-T…`` or ``JUM-S…``: nothing has changed in the twin.
        """
        self._writable()
        files = [file] if isinstance(file, (str, Path)) else list(file)
        target, layer = adding.target(files, table, layer)
        wanted = {
            "source_layer": layer,
            "source_crs": source_crs,
            "encoding": encoding,
            "constants": dict(constants) if constants else None,
            "publisher": publisher or None,
            "options": dict(options) if options else None,
        }
        given = adding.Provenance(publisher, title, licence, vintage, uri)
        return adding.add(self, files, target, mapping, wanted, given, progress)

    @contextmanager
    def transaction(self, message: str) -> Iterator[Transaction]:
        """Write rows and rasters together, or nothing.

        Parameters
        ----------
        message : str
            What is done: kept with the version, shown to writers who wait.

        Yields
        ------
        Transaction
            ``insert``, ``upsert``, ``delete``, ``put_raster``.
        """
        tx = Transaction(self.store.cursor, self.path, self.crs)
        try:
            with self.store.transaction(message, tx.finish):
                yield tx
        except BaseException:
            tx.discard()
            raise

    @contextmanager
    def recording(self, worksite: str, **details: Any) -> Iterator[Recorder]:
        """Record a run; all that it collects enters the twin in one transaction.

        Parameters
        ----------
        worksite : str
            What runs.
        **details
            ``scenario``, ``parameters``, ``methods``, ``seed``, ``about``: see
            :class:`jumeau.twin.runs.Recorder`.

        Returns
        -------
        context manager of Recorder
            Commits when the block ends; an exception inside leaves the twin as it was.
        """
        from jumeau.twin.runs import record

        self._writable()
        with record(self, worksite, **details) as recorder:
            yield recorder

    def observations(self) -> ObservationBuffer:
        """Return the durable buffer of live observations.

        :func:`jumeau.twin.observations.flush` carries it into the ``observation`` table.
        """
        from jumeau.twin.observations import ObservationBuffer

        return ObservationBuffer(self.path)

    # -- facts out -------------------------------------------------------------------------
    def table(
        self,
        name: str,
        *,
        columns: Sequence[str] | None = None,
        bounds: Bounds | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Return the rows of a table.

        Parameters
        ----------
        name : str
            Table.
        columns : sequence of str, optional
            Attributes wanted; all by default.
        bounds : tuple of 4 float, optional
            Only rows whose box meets (xmin, ymin, xmax, ymax) [m, territory's CRS].
        where : dict, optional
            {attribute: value or list of values}.
        limit : int, optional
            Most rows wanted.

        Returns
        -------
        pyarrow.Table
            Geometry as WKB with its CRS in the field metadata.

        Raises
        ------
        UnknownNameError
            ``JUM-T001`` or ``JUM-T003``.
        """
        sql, parameters = tables.select_sql(
            name, columns=columns, bounds=bounds, where=where, limit=limit
        )
        return tables.with_crs(self.store.query(sql, parameters), self.crs)

    def geo(
        self,
        name: str,
        *,
        columns: Sequence[str] | None = None,
        bounds: Bounds | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the rows of a table as a GeoDataFrame with its CRS.

        Parameters
        ----------
        name : str
            Table with a geometry.
        columns, bounds, where, limit
            As in :meth:`table`; bounds in [m].

        Returns
        -------
        GeoDataFrame
            In the territory's CRS.

        Raises
        ------
        InvalidError
            ``JUM-T018`` if the table has no geometry.
        """
        if not schema.table(name).geometry:
            raise error("JUM-T018", table=name)
        if columns is not None and "geometry" not in columns:
            columns = [*columns, "geometry"]
        found = self.table(name, columns=columns, bounds=bounds, where=where, limit=limit)
        return tables.to_geo(found, self.crs)

    def raster(self, layer: str, moment_s: float | None = None) -> Raster:
        """Return a raster layer at this version.

        Parameters
        ----------
        layer : str
            Raster layer, e.g. ``"illuminance"``.
        moment_s : float, optional
            One of :meth:`moments` [s]; the layer itself by default.

        Returns
        -------
        Raster
            ``read(bounds)``, ``tiles()``, ``value(x, y)``.

        Raises
        ------
        UnknownNameError
            ``JUM-T002`` if the twin knows no such layer.
        """
        from jumeau.twin import rasters

        schema.layer(layer)
        paths = tile_paths(self.store.cursor, layer, moment_s)
        return rasters.Raster(self.path, self.crs, layer, paths)

    def moments(self, layer: str) -> list[float]:
        """Return the moments of a raster layer: times since its event began [s], in order.

        Parameters
        ----------
        layer : str
            Raster layer, e.g. ``"water_depth"``; unknown, it raises ``JUM-T002``.

        Returns
        -------
        list of float
        """
        schema.layer(layer)
        return moments(self.store.cursor, layer)

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query of ours on the tables at this version (never text from outside).

        Parameters
        ----------
        query : str
            SQL; tables bear the names of the schema.
        parameters : sequence
            Values of the ``?`` placeholders.

        Returns
        -------
        pyarrow.Table
            Geometry as WKB.
        """
        return self.store.query(query, parameters)

    def count(self, name: str) -> int:
        """Return the number of rows of a table.

        Parameters
        ----------
        name : str
            Table.

        Returns
        -------
        int
        """
        schema.table(name)
        return int(self.sql(f"SELECT count(*) AS n FROM {schema.quoted(name)}")["n"][0].as_py())

    def extent(self) -> Bounds | None:
        """Return the box of all facts [m, territory's CRS], or ``None`` when there is none."""
        boxes = []
        for name, declared in schema.tables().items():
            if declared.geometry and name not in schema.DERIVED:
                row = self.sql(
                    f"SELECT min(xmin) a, min(ymin) b, max(xmax) c, max(ymax) d "
                    f"FROM {schema.quoted(name)}"
                ).to_pylist()[0]
                if row["a"] is not None:
                    boxes.append(row)
        if not boxes:
            return None
        return (
            min(row["a"] for row in boxes),
            min(row["b"] for row in boxes),
            max(row["c"] for row in boxes),
            max(row["d"] for row in boxes),
        )

    # -- history ---------------------------------------------------------------------------
    def versions(self) -> pd.DataFrame:
        """Return every version: ``version``, ``time`` (UTC) and ``message``."""
        import pandas as pd

        return pd.DataFrame(self.store.snapshots(), columns=["version", "time", "message"])

    def at(self, version: int | None = None, date: str | datetime.date | None = None) -> Territory:
        """Return the territory as it was, read-only.

        Parameters
        ----------
        version : int, optional
            Version.
        date : str or date, optional
            ISO date: the end of that day in the territory's time zone. A datetime is taken as
            that very moment.

        Raises
        ------
        InvalidError
            ``JUM-T030`` if neither or both are given, ``JUM-T031`` if the version does not
            exist, ``JUM-T032`` if the date is before the first version.
        """
        from jumeau.twin import history

        return Territory(self.path, self.settings, history.resolve(self, version, date))

    def fork(self, path: str | Path) -> Territory:
        """Copy the territory in milliseconds: catalogue backed up, immutable files hard-linked.

        Parameters
        ----------
        path : str or Path
            New folder; must not exist or be empty.

        Returns
        -------
        Territory
            The copy: writing there changes nothing here.
        """
        from jumeau.twin import history

        return history.fork(self, Path(path).expanduser())

    # -- trust -----------------------------------------------------------------------------
    def check(self) -> pd.DataFrame:
        """Return what is wrong or missing in the twin, with remedies, worst first.

        Returns
        -------
        DataFrame
            Columns of the ``finding`` table.
        """
        from jumeau.twin import quality

        return quality.check(self)

    def explain(self, table: str, id: str) -> Explanation:
        """Return where a row comes from, down to the source files.

        Parameters
        ----------
        table : str
            Table of the row.
        id : str
            Its identifier.

        Returns
        -------
        Explanation
            ``str()`` prints it; ``to_dict()`` gives plain data.

        Raises
        ------
        UnknownNameError
            ``JUM-T001`` for the table, ``JUM-T033`` for the row.
        """
        from jumeau.twin import explain

        return explain.explain(self, table, id)

    def export(self, table: str, file: str | Path, *, force: bool = False) -> Path:
        """Write a table or a raster layer to a file, by its suffix.

        Parameters
        ----------
        table : str
            Table or raster layer.
        file : str or Path
            ``.parquet`` (GeoParquet 1.1), ``.gpkg``, ``.geojson``, ``.fgb``, ``.csv``; ``.tif``
            for a raster layer.
        force : bool
            Whether an existing file may be replaced.

        Returns
        -------
        Path
            The file written.
        """
        from jumeau.twin import export

        return export.write(self, table, Path(file).expanduser(), force=force)

    def _writable(self) -> None:
        if self.readonly:
            raise error("JUM-T016", version=str(self.store.pinned))


def create(
    path: str | Path,
    *,
    name: str,
    crs: str = "EPSG:2154",
    insee: Sequence[str] = (),
    time_zone: str | None = None,
    licence: str = "Licence Ouverte 2.0",
    catalog: str = "catalog.sqlite",
    data: str = "tables",
) -> Territory:
    """Create a territory in a new folder.

    Parameters
    ----------
    path : str or Path
        New or empty folder.
    name : str
        Name for people.
    crs : str
        One of the five national projections.
    insee : sequence of str
        INSEE codes of the municipalities.
    time_zone : str, optional
        IANA time zone; that of the projection by default.
    licence : str
        Licence of the authority's own results.
    catalog : str
        SQLite file name, or ``postgres:<connection string>``.
    data : str
        Folder of the Parquet files, or an ``s3://`` address.

    Returns
    -------
    Territory
        The new territory, at version 1.

    Raises
    ------
    UnknownNameError
        If the CRS is not a national projection.
    InvalidError
        ``JUM-T034`` if the folder is not empty, ``JUM-T035`` for a wrong INSEE code or name.
    """
    folder = Path(path).expanduser().resolve()
    code_crs = crs_.check(crs)
    if not name.strip():
        raise error("JUM-T035", value=name)
    codes = (insee,) if isinstance(insee, str) else tuple(str(code) for code in insee)
    for code in codes:
        if len(code) != 5 or not (code[0].isdigit() and code[2:].isdigit()):
            raise error("JUM-T035", value=code)
    settings = config.Config(
        name=name.strip(),
        crs=code_crs,
        insee=codes,
        time_zone=time_zone or crs_.time_zone(code_crs, codes),
        licence=licence,
        catalog=catalog,
        data=data,
        catalog_schema=config.slug(name),
    )
    creating.refuse_taken(folder)
    try:
        with creating.begun(folder, settings):
            territory = Territory(folder, settings)
            territory.store.create_tables()
    except OSError as exc:
        if isinstance(exc, JumeauError):
            raise
        raise error("JUM-T013", folder=folder, detail=str(exc)) from exc
    return territory


def open(path: str | Path) -> Territory:
    """Open a territory; finish what a writer that died had left.

    Parameters
    ----------
    path : str or Path
        Folder of the territory.

    Returns
    -------
    Territory
        Live, at its latest version.

    Raises
    ------
    MissingFileError
        ``JUM-T020`` if the folder holds no territory, ``JUM-T029`` if its catalogue is gone.
    """
    from jumeau.twin import history

    folder = Path(path).expanduser().resolve()
    settings = config.read(folder)
    address = settings.address(folder)
    if not address.shared and not address.sqlite_path.is_file():
        raise error("JUM-T029", file=address.sqlite_path)
    history.adopt(address)
    territory = Territory(folder, settings)
    territory.store.create_tables()
    history.recover(territory)
    return territory
