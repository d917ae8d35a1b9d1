# SPDX-License-Identifier: EUPL-1.2
"""History of a territory: versions by number or date, forks, recovery, change of catalogue."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import sqlite3
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jumeau.base import time as time_
from jumeau.base.errors import JumeauError, error
from jumeau.twin import config, inbox, locks, rasters, schema
from jumeau.twin.store import Address, Store, literal, prepare_sqlite
from jumeau.twin.transaction import tile_paths

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory


def resolve(territory: Territory, version: int | None, date: str | datetime.date | None) -> int:
    """Return the version that a number or a date designates.

    Raises
    ------
    InvalidError
        ``JUM-T030``, ``JUM-T031`` or ``JUM-T032``.
    """
    if (version is None) == (date is None):
        raise error("JUM-T030")
    known = territory.store.snapshots()
    numbers = [item["version"] for item in known]
    if version is not None:
        if version not in numbers:
            raise error(
                "JUM-T031", version=str(version), first=str(numbers[0]), last=str(numbers[-1])
            )
        return version
    moment = _moment(date, territory.time_zone)
    before = [item["version"] for item in known if item["time"] <= moment]
    if not before:
        first = known[0]["time"].astimezone(ZoneInfo(territory.time_zone))
        raise error("JUM-T032", date=str(date), first=first.isoformat(timespec="seconds"))
    return int(before[-1])


def _moment(date: Any, zone: str) -> datetime.datetime:
    """Return the aware instant meant: the end of a day, or the very moment of a datetime."""
    if isinstance(date, str):
        try:
            date = (
                datetime.datetime.fromisoformat(date)
                if len(date) > 10
                else datetime.date.fromisoformat(date)
            )
        except ValueError:
            raise error("JUM-T036", date=date) from None
    if isinstance(date, datetime.datetime):
        aware = date if date.tzinfo else date.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC)
    return time_.end_of_day(date, zone)


def fork(territory: Territory, path: Path) -> Territory:
    """Copy a territory: see :meth:`jumeau.twin.territory.Territory.fork`."""
    from jumeau.twin.territory import Territory as Territory_

    target = path.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise error("JUM-T034", folder=target)
    if territory.readonly:
        raise error("JUM-T016", version=str(territory.version))
    source = territory.store.address
    settings = territory.settings
    remote = "://" in source.data
    if remote:  # immutable objects are shared, new ones go to a place of the fork's own
        own = f"{source.data.rstrip('/')}-{os.urandom(4).hex()}"
        settings = config.Config(**{**settings.__dict__, "data": own})
    if source.shared:
        settings = config.Config(
            **{
                **settings.__dict__,
                "catalog_schema": f"{source.catalog_schema}_{os.urandom(4).hex()}",
            }
        )
    try:
        with territory.store.lock(f"fork to {target}"):
            target.mkdir(parents=True, exist_ok=True)
            address = settings.address(target)
            changes = _absolute_paths(source.data_path) if remote else []
            if source.shared:
                _copy_schema(
                    territory.store, source.catalog_schema, address.catalog_schema, changes
                )
            else:
                _backup(source.sqlite_path, address, changes)
            for name in ("rasters", "inbox", *(() if remote else (source.data,))):
                if (source.folder / name).is_dir():
                    shutil.copytree(source.folder / name, target / name, copy_function=_link)
            config.write(target, settings)
    except (OSError, sqlite3.Error) as exc:
        if isinstance(exc, JumeauError):
            raise
        raise error("JUM-T013", folder=target, detail=str(exc)) from exc
    return Territory_(target, settings)


def _absolute_paths(base: str) -> list[str]:
    """Return the statements by which a copied catalogue finds the files of its parent.

    The same SQL serves SQLite and PostgreSQL.
    """
    home = (
        f"SELECT {literal(base)} || s.path || t.path FROM ducklake_table t "
        "JOIN ducklake_schema s ON s.schema_id = t.schema_id"
    )
    return [
        f"UPDATE {name} SET path = ({home} WHERE t.table_id = {name}.table_id LIMIT 1) || path, "
        f"path_is_relative = false WHERE path_is_relative"
        for name in ("ducklake_data_file", "ducklake_delete_file")
    ]


def _link(source: str, target: str) -> None:
    """Hard-link an immutable file; copy it when the target is on another device.

    VRT files are rewritten at each change of a layer, so they are copied.
    """
    if source.endswith(".vrt"):
        shutil.copyfile(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _backup(source: Path, address: Address, changes: list[str]) -> None:
    """Copy an embedded catalogue at a point in time, and make it say its own data path."""
    prepare_sqlite(address.sqlite_path)
    origin, copy = sqlite3.connect(source), sqlite3.connect(address.sqlite_path)
    try:
        origin.execute("PRAGMA wal_checkpoint(PASSIVE)")
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
        copy.execute(
            "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'", (address.data_path,)
        )
        for statement in changes:
            copy.execute(statement)
        copy.commit()
    finally:
        copy.close()
        origin.close()


def _copy_schema(store: Store, source: str, target: str, changes: list[str]) -> None:
    """Copy the tables of a PostgreSQL catalogue into a schema of their own."""
    con = store.cursor
    connection = literal(store.address.catalog.removeprefix("postgres:"))
    base = f"base_{store.alias}"
    con.execute(f"ATTACH {connection} AS {base} (TYPE postgres)")
    listing = f"SELECT tablename FROM pg_tables WHERE schemaname = {literal(source)}"
    names = [
        row[0]
        for row in con.execute(f"FROM postgres_query('{base}', {literal(listing)})").fetchall()
    ]
    statements = [f'CREATE SCHEMA "{target}"'] + [
        f'CREATE TABLE "{target}"."{name}" (LIKE "{source}"."{name}" INCLUDING ALL); '
        f'INSERT INTO "{target}"."{name}" SELECT * FROM "{source}"."{name}"'
        for name in names
    ]
    statements += [f'SET LOCAL search_path TO "{target}"', *changes]
    con.execute(f"CALL postgres_execute('{base}', {literal('; '.join(statements))})")
    con.execute(f"DETACH {base}")


def adopt(address: Address) -> None:
    """Carry an embedded catalogue over to the PostgreSQL database named in ``territory.toml``.

    Changing ``catalog`` there is enough: at the next opening, if that database knows nothing of
    the territory and a ``catalog.sqlite`` lies in the folder, its content is copied and the file
    is set aside as ``catalog.sqlite.adopted``.
    """
    old = address.folder / "catalog.sqlite"
    if not address.shared or not old.is_file():
        return
    with locks.folder_lock(address.folder, "adopt the catalogue"):
        store = Store(address)
        try:
            row = store.cursor.execute(
                f"SELECT count(*) FROM {store.metadata('ducklake_table')}"
            ).fetchone()
            if row and row[0]:
                raise error("JUM-T037", file=old, schema=address.catalog_schema)
            _carry_over(store, old)
        finally:
            store.close()
        old.rename(old.with_name("catalog.sqlite.adopted"))
        for tail in ("-wal", "-shm"):
            old.with_name(old.name + tail).unlink(missing_ok=True)


def _carry_over(store: Store, old: Path) -> None:
    """Copy every table of an embedded catalogue into the store's PostgreSQL schema."""
    con = store.cursor
    with contextlib.closing(sqlite3.connect(old)) as origin:
        listing = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ducklake%'"
        names = [row[0] for row in origin.execute(listing)]
    connection = literal(store.address.catalog.removeprefix("postgres:"))
    file, base = f"file_{store.alias}", f"base_{store.alias}"
    con.execute(f"ATTACH {literal(str(old))} AS {file} (TYPE sqlite, READ_ONLY)")
    con.execute(f"ATTACH {connection} AS {base} (TYPE postgres)")
    try:
        con.execute("BEGIN")
        for name in names:
            target = f'{base}."{store.address.catalog_schema}"."{name}"'
            con.execute(f"DELETE FROM {target}")
            con.execute(f"INSERT INTO {target} BY NAME SELECT * FROM {file}.{name}")
        con.execute("COMMIT")
    finally:
        con.execute(f"DETACH {file}")
        con.execute(f"DETACH {base}")


def recover(territory: Territory) -> None:
    """Finish what a writer that died had left: remove the files nobody refers to.

    Costs one ``stat`` when nothing is to be done; leaves a living writer alone.
    """
    marker = territory.path / ".writing"
    if not marker.exists():
        return
    try:
        with territory.store.lock("recover", wait=0):
            if not marker.exists():
                return
            territory.store.recover()
            clean(territory)
            for layer in schema.layers():
                tiles = tile_paths(territory.store.cursor, layer)
                rasters.write_vrt(territory.path, layer, tiles, territory.crs)
            marker.unlink(missing_ok=True)
    except TimeoutError:  # somebody is writing: the marker is theirs
        return


def clean(territory: Territory) -> None:
    """Remove raster tiles and received files that no version refers to."""
    con = territory.store.cursor
    last = territory.store.version()
    tiles = con.execute(
        "SELECT DISTINCT path FROM ducklake_table_insertions(?, 'main', 'raster_tile', 0, ?)",
        [territory.store.alias, last],
    ).fetchall()
    rasters.clean(territory.path, {row[0] for row in tiles})
    known = con.execute("SELECT DISTINCT sha256 FROM source").fetchall()
    inbox.clean(territory.path, {row[0] for row in known})
