# SPDX-License-Identifier: EUPL-1.2
"""Import of one file, in one transaction: twice adds nothing, a wrong one changes nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import findings, plugins
from jumeau.base.contract import Bounds, ImportRequest, Intake, Progress, Source
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.twin import inbox, schema
from jumeau.twin.tables import Upserted

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory


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
    read, added, updated, unchanged, dropped, repaired : int
        Records of the file; rows added, updated, already there; records left out; records
        changed on the way: read = added + updated + unchanged + dropped. Of a raster, cells read
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

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        plain = {key: value for key, value in self.__dict__.items() if key != "findings"}
        return plain | {"findings": self.findings.to_dict("records")}

    def __str__(self) -> str:
        head = (
            f"{self.file} → {self.table}: {self.read} read, {self.added} added, "
            f"{self.updated} updated, {self.unchanged} unchanged, {self.dropped} dropped, "
            f"{self.repaired} repaired"
        )
        return "\n".join(
            [head, *(f"  [{row.severity}] {row.what}" for row in self.findings.itertuples())]
        )


def _source_for(uri: str) -> Source:
    ranked = sorted(
        (
            (source.claims(uri), name, source)
            for name, source in plugins.load_all("jumeau.sources").items()
        ),
        key=lambda item: (-item[0], item[1]),
    )
    if not ranked or ranked[0][0] <= 0:
        raise error("JUM-T025", file=uri, suffix=Path(uri).suffix or "∅")
    chosen: Source = ranked[0][2]
    return chosen


def add(
    territory: Territory,
    file: str | Path,
    table: str,
    mapping: Mapping[str, str] | None,
    options: dict[str, Any],
    provenance: Provenance,
    progress: Progress | None,
) -> AddReport:
    """Import one file into a table or a raster layer, in one transaction.

    See :meth:`jumeau.twin.territory.Territory.add`.
    """
    declared = schema.target(table)
    layer = None if declared else table
    if table in schema.DERIVED:
        raise error("JUM-T026", table=table)
    path = Path(file).expanduser()
    if path.is_dir():
        raise error("JUM-T027", file=path)
    sha256 = inbox.digest(path)
    wanted = dict(mapping) if mapping else None
    known = _already(territory, sha256, table, wanted, options)
    if known is not None:
        return known
    options = {**options, "area": _area(territory)}
    request = ImportRequest(str(path), declared, layer, territory.crs, wanted, options, progress)
    intake = _source_for(str(path)).read(request)
    found = list(intake.findings)
    if intake.announced is not None and intake.announced != intake.read:
        found.append(
            finding("JUM-T040", table, path.name, announced=intake.announced, read=intake.read)
        )
    if not layer and intake.table is not None and not intake.table.num_rows:
        return _report(territory, path.name, table, intake, Upserted(0, 0, 0), found, "")
    source_id = uuid.uuid4().hex
    copy = None
    try:
        with territory.transaction(f"add {path.name} as {table}") as tx:
            known = _already(territory, sha256, table, wanted, options)
            if known is not None:  # entered while this one was being read
                raise _Known(known)
            copy = inbox.keep(territory.path, path, sha256)
            if layer:
                windows = intake.windows or iter(())
                done = Upserted(tx.put_raster(layer, windows, source_id=source_id), 0, 0)
            else:
                done = tx.upsert(table, _stamped(intake, source_id))
                if done.incomplete:
                    _some_known(done, intake, table, path.name)
                    found.append(finding("JUM-T048", table, path.name, count=done.incomplete))
            tx.insert("finding", findings.frame(found, source_id=source_id))
            tx.insert(
                "source",
                _source_row(
                    source_id, table, path.name, sha256, intake, provenance, options, wanted, done
                ),
            )
    except _Known as known_now:
        return known_now.report
    except BaseException:
        _forget(territory, copy, sha256)
        raise
    return _report(territory, path.name, table, intake, done, found, source_id)


class _Known(Exception):  # noqa: N818 - not an error: leaves a transaction that has nothing to do
    """The file entered the twin between its reading and the lock."""

    def __init__(self, report: AddReport) -> None:
        self.report = report


def _report(
    territory: Territory,
    file: str,
    table: str,
    intake: Intake,
    done: Upserted,
    found: list[Finding],
    source_id: str,
) -> AddReport:
    return AddReport(
        file,
        table,
        intake.read,
        done.added,
        done.updated,
        done.unchanged,
        intake.dropped + done.incomplete,
        intake.repaired,
        findings.frame(found, source_id=source_id or None),
        source_id,
        territory.version,
        intake.mapping,
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
            row["read"] - row["dropped"],
            row["dropped"],
            0,
            findings.frame([note], source_id=row["id"]),
            row["id"],
            territory.version,
            kept.get("columns", {}),
        )
    return None


def _stamped(intake: Intake, source_id: str) -> Any:
    import pyarrow as pa

    rows = intake.table
    if rows is None:
        raise error("JUM-T028")
    if "source_id" in rows.column_names:
        rows = rows.drop_columns(["source_id"])
    return rows.append_column("source_id", pa.repeat(pa.scalar(source_id), rows.num_rows))


def _source_row(
    source_id: str,
    table: str,
    file: str,
    sha256: str,
    intake: Intake,
    provenance: Provenance,
    options: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
    done: Upserted,
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "id": source_id,
                "table": table,
                "file": file,
                "sha256": sha256,
                "title": provenance.title or None,
                "publisher": provenance.publisher or None,
                "licence": provenance.licence or None,
                "vintage": provenance.vintage or None,
                "uri": provenance.uri or None,
                "driver": intake.source.get("driver"),
                "crs": intake.source.get("crs"),
                "encoding": intake.source.get("encoding"),
                "mapping": json.dumps(
                    {"columns": intake.mapping, "request": _signature(mapping, options)},
                    ensure_ascii=False,
                ),
                "announced": intake.announced,
                "read": intake.read,
                "added": done.added,
                "updated": done.updated,
                "dropped": intake.dropped + done.incomplete,
                "repaired": intake.repaired,
                "imported_at": datetime.now(UTC),
            }
        ]
    )
