# SPDX-License-Identifier: EUPL-1.2
"""Import of files, in one transaction: twice adds nothing, a wrong one changes nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import findings, plugins
from jumeau.base.contract import Bounds, Counts, ImportRequest, Intake, Progress, Source
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.twin import inbox, schema
from jumeau.twin.tables import Upserted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from jumeau.twin.territory import Territory
    from jumeau.twin.transaction import Transaction

ALL = "all"
"""Every raster layer that a file can give."""
SERIES_ROWS = 1 << 20
"""Rows of a series written at once: a year of a hundred sensors is ten million."""
RETRIES = 3
"""Times that a file compared with the twin is read when other writers keep changing it."""


@dataclass(frozen=True)
class Provenance:
    """What is known of a file beyond its content; all optional.

    Parameters
    ----------
    publisher, title, licence, vintage, uri : str
        Who publishes it, under which title and licence, of which date, from which address.
    """

    publisher: str = ""
    title: str = ""
    licence: str = ""
    vintage: str = ""
    uri: str = ""


@dataclass
class AddReport:
    """What an import did: counts, findings, and the version it made.

    Parameters
    ----------
    read, added, updated, unchanged, linked, dropped, repaired : int
        Records of the file; rows added, updated, already there; records that joined rows of
        another file; records left out; records changed on the way:
        read = added + updated + unchanged + linked + dropped. Of a raster, cells or points read
        and tiles added.
    findings : DataFrame
        With the columns of the ``finding`` table.
    source_id : str
        Row of the ``source`` table; empty when no record could enter and nothing was written.
    version : int
        Version of the twin after the import.
    mapping : dict
        {source column: attribute} used.
    """

    file: str
    table: str
    read: int
    added: int
    updated: int
    unchanged: int
    dropped: int
    repaired: int
    findings: pd.DataFrame
    source_id: str
    version: int
    mapping: dict[str, str] = field(default_factory=dict)
    linked: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        plain = {key: value for key, value in self.__dict__.items() if key != "findings"}
        return plain | {"findings": self.findings.to_dict("records")}

    def __str__(self) -> str:
        head = (
            f"{self.file} → {self.table}: {self.read} read, {self.added} added, "
            f"{self.updated} updated, {self.unchanged} unchanged, {self.linked} linked, "
            f"{self.dropped} dropped, {self.repaired} repaired"
        )
        return "\n".join(
            [head, *(f"  [{row.severity}] {row.what}" for row in self.findings.itertuples())]
        )


def _source_for(uri: str, request: ImportRequest | None = None) -> Source:
    """Return who reads a file: by its name, or by what is asked of it (``claims_as``)."""
    ranked = sorted(
        (
            (max(source.claims(uri), _claims_as(source, request)), name, source)
            for name, source in plugins.load_all("jumeau.sources").items()
        ),
        key=lambda item: (-item[0], item[1]),
    )
    if not ranked or ranked[0][0] <= 0:
        raise error("JUM-T025", file=uri, suffix=Path(uri).suffix or "∅")
    chosen: Source = ranked[0][2]
    return chosen


def _claims_as(source: Source, request: ImportRequest | None) -> int:
    ask = getattr(source, "claims_as", None)
    return int(ask(request)) if ask is not None and request is not None else 0


def _one_kind(received: Sequence[_Received]) -> None:
    """Refuse files given together that no source reads together: point clouds and grids."""
    kinds = {item.path.suffix.lower(): item.path for item in reversed(received)}
    if len(kinds) < 2:
        return
    readers = {_source_for(str(path)).name: path.name for path in kinds.values()}
    if len(readers) > 1:
        raise error("JUM-T055", files=sorted(readers.values()))


def target(
    files: Sequence[str | Path], table: str | None, layer: str | None
) -> tuple[str, str | None]:
    """Return the table or raster layer to fill, and the layer inside the file.

    Raises
    ------
    InvalidError
        ``JUM-T050`` without table nor layer, ``JUM-T052`` without file, ``JUM-T053`` for several
        files of a table.
    UnknownNameError
        ``JUM-T001``, ``JUM-T002``: no such table, no such layer.
    """
    if not files:
        raise error("JUM-T052")
    if table is None and layer is None:
        table = usual(files)
    if table is None:
        if layer is None:
            raise error("JUM-T050", file=str(files[0]))
        if layer != ALL:
            schema.layer(layer)
        return layer, None
    if len(files) > 1 and table != ALL and schema.target(table) is not None:
        raise error("JUM-T053", table=table)
    return table, layer


def usual(files: Sequence[str | Path]) -> str | None:
    """Return the table that files of a kind always fill, or ``None`` when their kind has none.

    Sources say it by an attribute ``table``: a network (INP) is one, a GeoPackage is not.
    """
    tables = {
        getattr(source, "table", None)
        for file in files
        for source in plugins.load_all("jumeau.sources").values()
        if hasattr(source, "table") and source.claims(str(file)) > 0
    }
    return tables.pop() if len(tables) == 1 else None


def add(
    territory: Territory,
    files: Sequence[str | Path],
    target: str,
    mapping: Mapping[str, str] | None,
    options: dict[str, Any],
    provenance: Provenance,
    progress: Progress | None,
) -> AddReport:
    """Import files into a table or into raster layers, in one transaction.

    See :meth:`jumeau.twin.territory.Territory.add`.
    """
    declared = None if target == ALL else schema.target(target)
    if target in schema.DERIVED and target != schema.SERIES:
        raise error("JUM-T026", table=target)
    received = [_Received.of(file) for file in (_spread(files) if declared is None else files)]
    wanted = dict(mapping) if mapping else None
    known = _all_already(territory, received, target, wanted, options)
    if known is not None:
        return known
    _one_kind(received)
    for _ in range(RETRIES):
        version = territory.version
        given = {**options, "area": _area(territory)}
        request = ImportRequest(
            uri=str(received[0].path),
            schema=declared,
            layer=target if declared is None else None,
            crs=territory.crs,
            mapping=wanted,
            options=given,
            progress=progress,
            uris=tuple(str(item.path) for item in received),
            territory=territory,
        )
        intake = _source_for(request.uri, request).read(request)
        if intake.table is not None and not intake.table.num_rows and not intake.linked:
            found = _all_findings(intake, target, received)
            return _report(territory, received, target, intake, Upserted(0, 0, 0), found, "")
        try:
            return _enter(
                territory, received, target, request, intake, provenance, options, version
            )
        except _Known as known_now:
            return known_now.report
        except _Moved:  # another writer changed what the rows were compared with
            continue
    raise error("JUM-T051", file=received[0].path.name)


def _spread(files: Sequence[str | Path]) -> list[str | Path]:
    """Return files with each folder replaced by the tiles that some source finds in it."""
    sources = list(plugins.load_all("jumeau.sources").values())
    spread: list[str | Path] = []
    for file in files:
        path = Path(file).expanduser()
        found: set[str] = set()
        if path.is_dir():
            for source in sources:
                if hasattr(source, "tiles"):
                    found.update(source.tiles(str(path)))
        spread += sorted(found) if found else [file]
    return spread


def _enter(
    territory: Territory,
    received: Sequence[_Received],
    target: str,
    request: ImportRequest,
    intake: Intake,
    provenance: Provenance,
    options: dict[str, Any],
    version: int,
) -> AddReport:
    """Write what a source made of files, the files themselves and their provenance."""
    wanted = request.mapping
    ids = {str(item.path): uuid.uuid4().hex for item in received}
    first = ids[request.uri]
    kept: list[tuple[Path, str]] = []
    names = ", ".join(item.path.name for item in received[:3]) + ("…" if len(received) > 3 else "")
    try:
        with territory.transaction(f"add {names} as {target}") as tx:
            known = _all_already(territory, received, target, wanted, options)
            if known is not None:  # entered while these were being read
                raise _Known(known)
            if intake.compared and territory.version != version:
                raise _Moved
            for item in received:
                copy = inbox.keep(territory.path, item.path, item.sha256)
                if copy is not None:
                    kept.append((copy, item.sha256))
            if request.schema is None:
                layer = "" if target == ALL else target
                windows = intake.windows or iter(())
                tiles = tx.put_rasters(windows, layer=layer, source_id=first, sources=ids)
                done = Upserted(sum(tiles.values()), 0, 0)
            else:
                tiles = {}
                done = _rows_in(tx, target, intake.table, first)
                if done.incomplete:
                    _some_known(done, intake, target, received[0].path.name)
            for name, gone in intake.removed.items():
                tx.delete(name, {"id": gone})
            for name, rows in intake.others.items():
                tx.upsert(name, _stamped(rows, first) if _sourced(name) else rows)
            found = _all_findings(intake, target, received)
            if done.incomplete:
                file = received[0].path.name
                found.append(finding("JUM-T048", target, file, count=done.incomplete))
            for item in received:
                if size := inbox.large(item.path):
                    name, mib = item.path.name, round(size / (1 << 20))
                    found.append(finding("JUM-T054", target, name, size=mib))
            tx.insert("finding", findings.frame(found, source_id=first))
            tx.insert(
                "source",
                _frame(
                    [
                        _source_row(
                            ids[str(item.path)],
                            target,
                            item,
                            request,
                            intake,
                            provenance,
                            options,
                            done,
                            tiles,
                        )
                        for item in received
                    ]
                ),
            )
    except BaseException:
        for copy, sha256 in kept:
            _forget(territory, copy, sha256)
        raise
    return _report(territory, received, target, intake, done, found, first)


def _rows_in(
    tx: Transaction, target: str, rows: pa.Table | None, source_id: str
) -> Upserted:  # fmt: skip
    """Write the rows of a table; those of a series by sensor, property and time, part by part."""
    if target != schema.SERIES or rows is None:
        return tx.upsert(target, _stamped(rows, source_id))
    from jumeau.twin import observations

    added = updated = 0
    for start in range(0, rows.num_rows, SERIES_ROWS):
        part = observations.conform(_stamped(rows.slice(start, SERIES_ROWS), source_id))
        more, changed = observations.upsert(tx.con, part)
        added, updated = added + more, updated + changed
    return Upserted(added, updated, rows.num_rows - added - updated)


@dataclass(frozen=True)
class _Received:
    """A file and its digest."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, file: str | Path) -> _Received:
        path = Path(file).expanduser()
        if path.is_dir():
            raise error("JUM-T027", file=path)
        return cls(path, inbox.digest(path))


class _Known(Exception):  # noqa: N818 - not an error: leaves a transaction that has nothing to do
    """The files entered the twin between their reading and the lock."""

    def __init__(self, report: AddReport) -> None:
        self.report = report


class _Moved(Exception):  # noqa: N818 - not an error: the files are read again
    """The twin changed between the reading, which depended on it, and the lock."""


def _all_findings(intake: Intake, target: str, received: Sequence[_Received]) -> list[Finding]:
    """Return the findings of the reading, and one for each count that differs."""
    found = list(intake.findings)
    counts = intake.files or {
        str(received[0].path): Counts(intake.read, announced=intake.announced)
    }
    for uri, count in counts.items():
        if count.announced is not None and count.announced != count.read:
            facts = {"announced": count.announced, "read": count.read}
            found.append(finding("JUM-T040", target, Path(uri).name, **facts))
    return found


def _sourced(table: str) -> bool:
    return "source_id" in schema.table(table).names


def _report(
    territory: Territory,
    received: Sequence[_Received],
    target: str,
    intake: Intake,
    done: Upserted,
    found: list[Finding],
    source_id: str,
) -> AddReport:
    return AddReport(
        file=", ".join(item.path.name for item in received),
        table=target,
        read=intake.read,
        added=done.added,
        updated=done.updated,
        unchanged=done.unchanged,
        dropped=intake.dropped + done.incomplete,
        repaired=intake.repaired,
        findings=findings.frame(found, source_id=source_id or None),
        source_id=source_id,
        version=territory.version,
        mapping=intake.mapping,
        linked=intake.linked,
    )


def _some_known(done: Upserted, intake: Intake, table: str, file: str) -> None:
    """Refuse a file that could only complete rows and completes none."""
    if done.added or done.updated or done.unchanged:
        return
    given = intake.table.column_names if intake.table is not None else []
    lacking = [item.name for item in schema.table(table).attributes if item.required]
    lacking = [name for name in lacking if name not in given] or lacking
    raise error("JUM-T049", file=file, table=table, count=done.incomplete, attributes=lacking)


def _forget(territory: Territory, copy: Path | None, sha256: str) -> None:
    """Remove the copy of a file that did not enter, unless another import needs it."""
    if copy is None:
        return
    with suppress(JumeauError, OSError), territory.store.lock("remove a copy", wait=10):
        if not territory.table(
            "source", columns=["id"], where={"sha256": sha256}, limit=1
        ).num_rows:
            copy.unlink(missing_ok=True)


def _area(territory: Territory) -> Bounds | None:
    """Return where data are expected: the box of the municipalities, when they are known."""
    row = territory.sql(
        "SELECT min(xmin) a, min(ymin) b, max(xmax) c, max(ymax) d FROM place WHERE kind = ?",
        ["municipality"],
    ).to_pylist()[0]
    return None if row["a"] is None else (row["a"], row["b"], row["c"], row["d"])


def _signature(mapping: Mapping[str, str] | None, options: Mapping[str, Any]) -> str:
    """Return what, besides the bytes, decides what a file becomes."""
    kept = {key: value for key, value in options.items() if value is not None and key != "area"}
    return json.dumps({"mapping": mapping, **kept}, sort_keys=True, default=str)


def _all_already(
    territory: Territory,
    received: Sequence[_Received],
    target: str,
    mapping: Mapping[str, str] | None,
    options: Mapping[str, Any],
) -> AddReport | None:
    """Return the report of files that have all entered the twin before in the same way."""
    reports = []
    for item in received:
        report = _already(territory, item.sha256, target, mapping, options)
        if report is None:
            return None
        reports.append(report)
    first = reports[0]
    if len(reports) > 1:
        import pandas as pd

        first.file = ", ".join(item.file for item in reports)
        for name in ("read", "unchanged", "dropped", "linked"):
            setattr(first, name, sum(getattr(item, name) for item in reports))
        first.findings = pd.concat([item.findings for item in reports], ignore_index=True)
    return first


def _already(
    territory: Territory,
    sha256: str,
    table: str,
    mapping: Mapping[str, str] | None,
    options: Mapping[str, Any],
) -> AddReport | None:
    """Return the report of a file that has entered the twin before in the same way."""
    rows = territory.table("source", where={"sha256": sha256, "table": table}).to_pylist()
    signature = _signature(mapping, options)
    for row in rows:
        kept = json.loads(row["mapping"] or "{}")
        if kept.get("request") != signature:
            continue
        note: Finding = finding(
            "JUM-T042",
            table,
            row["file"],
            file=row["file"],
            date=row["imported_at"].date().isoformat(),
        )
        return AddReport(
            row["file"],
            table,
            row["read"],
            0,
            0,
            row["read"] - row["dropped"] - (row["linked"] or 0),
            row["dropped"],
            0,
            findings.frame([note], source_id=row["id"]),
            row["id"],
            territory.version,
            kept.get("columns", {}),
            row["linked"] or 0,
        )
    return None


def _stamped(rows: pa.Table | None, source_id: str) -> pa.Table:
    """Return rows with their source: that of the file, unless they say that they keep theirs."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if rows is None:
        raise error("JUM-T028")
    own = pa.scalar(source_id)
    if "source_id" not in rows.column_names:
        return rows.append_column("source_id", pa.repeat(own, rows.num_rows))
    place = rows.column_names.index("source_id")
    values = pc.fill_null(rows.column(place).cast(pa.string()), own)
    return rows.set_column(place, "source_id", values)


def _source_row(
    source_id: str,
    table: str,
    item: _Received,
    request: ImportRequest,
    intake: Intake,
    provenance: Provenance,
    options: Mapping[str, Any],
    done: Upserted,
    tiles: Mapping[str, int],
) -> dict[str, Any]:
    """Return the row of a file; tiles are counted with the first file of several."""
    lead = str(item.path) == request.uri
    alone = Counts(intake.read, intake.dropped, intake.repaired, intake.announced)
    counts = intake.files.get(str(item.path), alone if lead else Counts())
    known = intake.source

    def told(name: str) -> str | None:
        return getattr(provenance, name) or known.get(name) or None

    return {
        "id": source_id,
        "table": table,
        "file": item.path.name,
        "sha256": item.sha256,
        "title": told("title"),
        # A publisher named by its key (bdtopo) is known to the source by its name (IGN).
        "publisher": known.get("publisher") or told("publisher"),
        "licence": told("licence"),
        "vintage": told("vintage"),
        "uri": told("uri"),
        "driver": known.get("driver"),
        "crs": known.get("crs"),
        "encoding": known.get("encoding"),
        "mapping": json.dumps(
            {
                "columns": intake.mapping,
                "request": _signature(request.mapping, options),
                **({"tiles": dict(tiles)} if tiles else {}),
            },
            ensure_ascii=False,
        ),
        "announced": counts.announced,
        "read": counts.read,
        "added": done.added if lead else 0,
        "updated": done.updated if lead else 0,
        "linked": intake.linked if lead else 0,
        "dropped": counts.dropped + (done.incomplete if lead else 0),
        "repaired": counts.repaired,
        "imported_at": datetime.now(UTC),
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
