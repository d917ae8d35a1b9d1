# SPDX-License-Identifier: EUPL-1.2
"""Live observations: acknowledged once durable, flushed in batches, each exactly once.

A commit of the twin costs 6 to 10 ms and leaves a file, too much for one reading. Readings are
appended to segments (:mod:`jumeau.twin.segments`) in the territory's ``buffer/`` and brought to
the disk before the sender is answered; from time to time they are flushed into the table
``observation``. Each process appends to a segment of its own, and a flush seals the segments
first, so that nobody appends to what is being read.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, frame
from jumeau.twin import disk, schema, segments

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

    from jumeau.twin.territory import Territory

FOLDER = "buffer"
KEY = ("sensor_id", "property", "time")
"""What identifies an observation."""
SEGMENT_BYTES = 32 << 20
"""Size above which a segment is closed and another begun."""
BATCH_BYTES = 128 << 20
"""Segments flushed in one transaction, at most."""

_OPEN, _SEALED = ".open", ".sealed"


class Batch(NamedTuple):
    """Observations to be written in one transaction.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, unique by :data:`KEY`: the last received counts.
    segments : tuple of str
        Segments they come from; note them in the transaction, so that a flush cut between its
        commit and the removal of the segments is not done twice.
    findings : tuple of Finding
        What could not be read.
    """

    table: pa.Table
    segments: tuple[str, ...]
    findings: tuple[Finding, ...]


class Flushed(NamedTuple):
    """Result of a flush: rows handed over, segments removed, findings."""

    rows: int
    segments: tuple[str, ...]
    findings: tuple[Finding, ...]


# -- validity ----------------------------------------------------------------------------------
def arrow_schema() -> pa.Schema:
    """Return the columns of observations in memory, as ``schema/observation.csv`` lists them."""
    import pyarrow as pa

    kinds = {"text": pa.string(), "double": pa.float64(), "timestamp": pa.timestamp("us", "UTC")}
    return pa.schema(
        [
            pa.field(item.name, kinds[item.type], nullable=not item.required)
            for item in schema.table("observation").attributes
        ]
    )


def conform(
    data: pa.Table | pd.DataFrame | Sequence[Mapping[str, Any]] | Mapping[str, Any],
) -> pa.Table:
    """Return observations with the columns of the schema, or refuse them all.

    Parameters
    ----------
    data : pyarrow.Table, DataFrame, mapping or sequence of mappings
        Rows with ``sensor_id``, ``property``, ``time`` and what else is known. Times are aware
        (any offset), as times or as ISO 8601 text. NaN stands for nothing measured and becomes
        null. Times are kept to the microsecond.

    Returns
    -------
    pyarrow.Table
        Columns of :func:`arrow_schema`.

    Raises
    ------
    InvalidError
        ``JUM-T110`` for a time without offset, ``JUM-T111`` for an infinite value, ``JUM-T113``
        for a missing key, ``JUM-T114`` for an unknown quality, ``JUM-T117`` for a column of
        another kind. Rows are counted from 0.
    UnknownNameError
        ``JUM-T112`` for an unknown column.
    """
    import pyarrow as pa

    table = _to_arrow(data)
    wanted = arrow_schema()
    for name in table.column_names:
        if name not in wanted.names:
            raise error(
                "JUM-T112",
                column=name,
                known=wanted.names,
                suggestion=did_you_mean(name, wanted.names),
            )
    columns = []
    for field in wanted:
        if field.name not in table.column_names:
            column: pa.ChunkedArray = pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        else:
            column = _column(table.column(field.name), field)
        if not field.nullable and column.null_count:
            row = column.is_null().to_numpy().argmax()
            raise error("JUM-T113", column=field.name, row=int(row))
        columns.append(column)
    made = pa.Table.from_arrays(columns, schema=wanted)
    _check_codes(made)
    return made


def _to_arrow(data: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, Mapping):
        data = [data]
    try:
        if hasattr(data, "columns"):
            loose = [name for name in data.columns if data[name].dtype == object]
            table = pa.Table.from_pandas(data.drop(columns=loose), preserve_index=False)
            for name in loose:
                values = data[name].astype(object).where(data[name].notna(), None)
                table = table.append_column(str(name), _sequence(name, values.tolist()))
            return table
        rows = [dict(row) for row in data]
        names = list(dict.fromkeys(name for row in rows for name in row))
        return pa.table({name: _sequence(name, [row.get(name) for row in rows]) for name in names})
    except (pa.ArrowException, TypeError, ValueError) as exc:
        if isinstance(exc, JumeauError):
            raise
        raise error("JUM-T117", column="?", detail=str(exc)[:200]) from exc


def _sequence(name: str, values: list[Any]) -> pa.Array:
    """Return Python values as Arrow; Arrow alone would take a naive time for UTC."""
    import pyarrow as pa

    if name == "time":
        for row, value in enumerate(values):
            if hasattr(value, "utcoffset") and value.utcoffset() is None:
                raise error("JUM-T110", row=row, time=str(value))
        if any(isinstance(value, str) for value in values):
            return pa.array([None if value is None else str(value) for value in values])
    try:
        return pa.array(values)
    except pa.ArrowException as exc:
        raise error("JUM-T117", column=name, detail=str(exc)[:200]) from exc


def _column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if field.name == "time":
            return _times(column)
        if pa.types.is_floating(field.type):
            values = pc.if_else(pc.is_nan(floats := column.cast(pa.float64())), None, floats)
            infinite = pc.fill_null(pc.is_inf(values), False).to_numpy()
            if infinite.any():
                row = int(infinite.argmax())
                raise error("JUM-T111", row=row, value=str(values[row].as_py()))
            return values
        text = column.cast(field.type)
        return pc.if_else(pc.equal(text, ""), None, text)
    except pa.ArrowException as exc:
        raise error("JUM-T117", column=field.name, detail=str(exc)[:200]) from exc


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    wanted = pa.timestamp("us", "UTC")
    if pa.types.is_null(column.type):
        return column.cast(wanted)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        from datetime import UTC, datetime

        instants = []
        for row, text in enumerate(column.to_pylist()):
            try:
                instant = datetime.fromisoformat(text) if text else None
            except ValueError as exc:
                raise error("JUM-T117", column="time", detail=f"{row}: {exc}") from exc
            if instant is not None and instant.utcoffset() is None:
                raise error("JUM-T110", row=row, time=str(text))
            instants.append(instant and instant.astimezone(UTC))
        return pa.chunked_array([pa.array(instants, wanted)])
    if not pa.types.is_timestamp(column.type):
        raise error("JUM-T117", column="time", detail=str(column.type))
    if column.type.tz is None:
        shown = next((str(value) for value in column if value.is_valid), "?")
        raise error("JUM-T110", row=0, time=shown)
    return column.cast(wanted, safe=False)


def _check_codes(table: pa.Table) -> None:
    for item in schema.table("observation").attributes:
        if not item.codes:
            continue
        for value in table.column(item.name).unique().to_pylist():
            if value is not None and value not in item.codes:
                raise error(
                    "JUM-T114",
                    row=table.column(item.name).index(value).as_py(),
                    quality=value,
                    known=list(item.codes),
                    suggestion=did_you_mean(value, item.codes),
                )


def latest(table: pa.Table) -> pa.Table:
    """Return the observations unique by :data:`KEY`: of those that share it, the last row."""
    import pyarrow as pa

    numbered = table.select(list(KEY)).append_column("row", pa.array(range(table.num_rows)))
    kept = numbered.group_by(list(KEY)).aggregate([("row", "max")]).column("row_max")
    if len(kept) == table.num_rows:
        return table
    return table.take(kept.combine_chunks().sort())


def upsert(con: duckdb.DuckDBPyConnection, table: pa.Table) -> tuple[int, int]:
    """Write observations inside a transaction: new ones are added, known ones updated.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection inside the transaction; its schema has the table ``observation``.
    table : pyarrow.Table
        Observations as :func:`conform` returns them.

    Returns
    -------
    added, updated : int
        Numbers of rows. Rows that were there with the same values are neither.
    """
    rows = latest(table)
    if rows.num_rows == 0:
        return (0, 0)
    others = [name for name in rows.column_names if name not in KEY]
    on = " AND ".join(f'o."{name}" = n."{name}"' for name in KEY)
    differs = " OR ".join(
        f'o."{name}" IS DISTINCT FROM n."{name}"' for name in others if name != "source_id"
    )
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    con.register("new_observation", rows)
    try:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE observation_changed AS SELECT n.* FROM new_observation n "
            f"JOIN observation o ON {on} WHERE {differs}"
        )
        con.execute(
            "CREATE OR REPLACE TEMP TABLE observation_added AS SELECT n.* FROM new_observation n "
            f"ANTI JOIN observation o ON {on}"
        )
    finally:
        con.unregister("new_observation")
    added, updated = (
        int((con.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))[0])
        for name in ("observation_added", "observation_changed")
    )
    if updated:
        con.execute(
            "DELETE FROM observation WHERE EXISTS (SELECT 1 FROM observation_changed n WHERE "
            + " AND ".join(f'observation."{name}" = n."{name}"' for name in KEY)
            + ")"
        )
    if added or updated:
        con.execute(
            f"INSERT INTO observation ({columns}) SELECT {columns} FROM (FROM observation_added "
            "UNION ALL FROM observation_changed) ORDER BY sensor_id, property, time"
        )
    for name in ("observation_added", "observation_changed"):
        con.execute(f"DROP TABLE temp.{name}")
    return added, updated


# -- the buffer --------------------------------------------------------------------------------
class ObservationBuffer:
    """Durable buffer of the live observations of a territory.

    Many processes and threads may append while another flushes.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder) / FOLDER
        self._guard = threading.Lock()
        self._descriptor = -1
        self._path = self.folder
        self._owner = 0

    def append(
        self, data: pa.Table | pd.DataFrame | Sequence[Mapping[str, Any]] | Mapping[str, Any]
    ) -> int:
        """Keep observations; on return they survive a power failure.

        Parameters
        ----------
        data : pyarrow.Table, DataFrame, mapping or sequence of mappings
            Observations; see :func:`conform`.

        Returns
        -------
        int
            Number of observations kept: all of them.

        Raises
        ------
        InvalidError, UnknownNameError
            See :func:`conform`; none is kept.
        StorageError
            ``JUM-T101`` when the disk is full, ``JUM-T102`` when it refuses; none is kept.
        """
        table = conform(data)
        content = b"".join(segments.encode(table, time.time_ns()))
        if content:
            with self._guard:
                try:
                    self._write(content)
                except OSError as exc:
                    self._leave()
                    if isinstance(exc, JumeauError):
                        raise
                    raise disk.failure(exc, self.folder) from exc
        return table.num_rows

    def _write(self, content: bytes) -> None:
        descriptor = self._segment()
        try:
            before = os.fstat(descriptor).st_size
            try:
                view = memoryview(content)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
            full = before + len(content) > SEGMENT_BYTES
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        if full:
            self._leave()

    def _segment(self) -> int:
        """Return this process's segment, locked; a new one when a flush has sealed the former."""
        disk.make_folder(self.folder)
        while True:
            if self._owner == os.getpid() and self._descriptor >= 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                if self._path.exists():
                    return self._descriptor
            self._leave()
            name = f"{time.time_ns():020d}-{os.getpid()}-{uuid.uuid4().hex[:8]}{_OPEN}"
            self._path, self._owner = self.folder / name, os.getpid()
            self._descriptor = os.open(
                self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644
            )
            disk.sync_folder(self.folder)

    def _leave(self) -> None:
        if self._descriptor >= 0 and self._owner == os.getpid():
            os.close(self._descriptor)
        self._descriptor = -1

    def close(self) -> None:
        """Close the segment of this process; what it holds waits for the next flush."""
        with self._guard:
            self._leave()

    def pending(self) -> Batch:
        """Return what waits to be flushed, without changing anything."""
        return _read(self._listed(_OPEN, _SEALED))

    def _listed(self, *suffixes: str) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.suffix in suffixes)

    def flush(
        self,
        write: Callable[[Batch], object],
        committed: Callable[[Sequence[str]], Collection[str]] | None = None,
    ) -> Flushed:
        """Hand what waits to a transaction, then forget it.

        Parameters
        ----------
        write : callable
            Writes a batch in one transaction that notes ``batch.segments``; if it raises,
            everything is kept for the next flush.
        committed : callable, optional
            Given the segments that an interrupted flush had sealed, returns those whose
            transaction was committed; they are removed and not written again. Without it they
            are written again, which :func:`upsert` makes harmless unless another import changed
            the same observations meanwhile.

        Returns
        -------
        Flushed
            Rows handed over, segments removed and findings.
        """
        if not self.folder.is_dir():
            return Flushed(0, (), ())
        rows, names, findings = 0, list[str](), list[Finding]()
        with _alone(self.folder / ".flush"):
            interrupted = [path.stem for path in self._listed(_SEALED)]
            done = frozenset(committed(interrupted)) if committed and interrupted else frozenset()
            self._remove([path for path in self._listed(_SEALED) if path.stem in done])
            for path in self._listed(_OPEN):
                _seal(path)
            for group in _groups(self._listed(_SEALED)):
                batch = _read(group)
                if batch.table.num_rows or batch.findings:
                    write(batch)
                self._remove(group)
                rows += batch.table.num_rows
                names += batch.segments
                findings += batch.findings
        return Flushed(rows, tuple(names), tuple(findings))

    def _remove(self, paths: Sequence[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        if paths:
            disk.sync_folder(self.folder)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one flush at a time pass."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _seal(path: Path) -> None:
    """Take a segment from the process that appends to it, between two appends."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        path.rename(path.with_suffix(_SEALED))


def _groups(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield segments in order, in groups of at most :data:`BATCH_BYTES`, one at least."""
    group: list[Path] = []
    size = 0
    for path in paths:
        bytes_ = path.stat().st_size
        if group and size + bytes_ > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(path)
        size += bytes_
    if group:
        yield group


def _read(paths: Sequence[Path]) -> Batch:
    import pyarrow as pa

    records: list[segments.Record] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # not in the middle of an append
                content = file.read()
        except FileNotFoundError:  # flushed meanwhile
            continue
        found, wrong = segments.decode(content, path.stem)
        records += found
        findings += wrong
    records.sort(key=lambda record: record.received)
    table = pa.concat_tables([arrow_schema().empty_table(), *(item.table for item in records)])
    return Batch(latest(table), tuple(path.stem for path in paths), tuple(findings))


# -- into a territory --------------------------------------------------------------------------
def flush(territory: Territory, buffer: ObservationBuffer | None = None) -> Flushed:
    """Flush a territory's buffer into its table ``observation``, each observation exactly once.

    Parameters
    ----------
    territory : Territory
        Live territory.
    buffer : ObservationBuffer, optional
        Its buffer; ``territory.observations()`` by default.

    Returns
    -------
    Flushed
        Rows flushed and findings; the findings are also written to the twin.
    """

    def write(batch: Batch) -> None:
        message = f"observations {' '.join(batch.segments)}"
        with territory.transaction(message) as tx:
            upsert(tx.con, batch.table)
            if batch.findings:
                tx.insert("finding", frame(batch.findings))

    def committed(names: Sequence[str]) -> set[str]:
        said = (str(item["message"]) for item in territory.store.snapshots())
        noted = {word for text in said if text.startswith("observations ") for word in text.split()}
        return noted & set(names)

    return (buffer or territory.observations()).flush(write, committed)
