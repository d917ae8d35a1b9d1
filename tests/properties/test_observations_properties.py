# SPDX-License-Identifier: EUPL-1.2
"""Whatever the order of appends, flushes and crashes, the table is what a dictionary would be."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.twin import schema, segments
from jumeau.twin.observations import Batch, ObservationBuffer, conform, latest, upsert

START = datetime(2026, 3, 29, tzinfo=UTC)
Key = tuple[str, str, datetime]

readings = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["level", "flow"]),
    st.integers(0, 4),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32)),
    st.sampled_from([None, "good", "bad"]),
)
batches = st.lists(readings, max_size=12)


def rows(batch: list) -> list[dict]:
    return [
        {
            "sensor_id": sensor,
            "property": name,
            "time": START + timedelta(minutes=minute),
            "value": value,
            "quality": quality,
        }
        for sensor, name, minute, value, quality in batch
    ]


def model(table: pa.Table) -> dict[Key, tuple]:
    """Return the rows of a table as {key: (value, quality)}."""
    return {
        (row["sensor_id"], row["property"], row["time"]): (row["value"], row["quality"])
        for row in table.to_pylist()
    }


def empty() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(schema.create_sql(schema.table("observation")))
    return con


def content(con: duckdb.DuckDBPyConnection) -> pa.Table:
    return con.execute("FROM observation").to_arrow_table()


@settings(max_examples=60, deadline=None)
@given(batches)
def test_latest_is_the_last_write_of_a_dictionary(batch: list) -> None:
    table = conform(rows(batch))
    kept = latest(table)
    assert model(kept) == model(table)
    assert kept.num_rows == len(model(table))


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, max_size=5))
def test_upserts_are_updates_of_a_dictionary(several: list) -> None:
    con, known = empty(), dict[Key, tuple]()
    for batch in several:
        table = conform(rows(batch))
        new = model(table)
        expected = (
            sum(key not in known for key in new),
            sum(key in known and known[key] != value for key, value in new.items()),
        )
        assert upsert(con, table) == expected
        known |= new
        stored = content(con)
        assert model(stored) == known and stored.num_rows == len(known)
        assert upsert(con, table) == (0, 0)  # the same again changes nothing


class CrashError(Exception):
    """The machine stops."""


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), batches),
        st.tuples(st.sampled_from(["flush", "crash before", "crash after", "reopen"]), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None)
@given(steps)
def test_every_reading_exactly_once(steps: list) -> None:
    """Crashes before and after the commit lose nothing, repeat nothing, and undo nothing."""
    with tempfile.TemporaryDirectory() as name:
        buffer, con, known = ObservationBuffer(Path(name)), empty(), dict[Key, tuple]()
        noted: set[str] = set()
        handed: list[str] = []

        def commit(batch: Batch) -> None:
            upsert(con, batch.table)
            noted.update(batch.segments)
            handed.extend(batch.segments)

        def before(batch: Batch) -> None:
            raise CrashError

        def after(batch: Batch) -> None:
            commit(batch)
            raise CrashError

        def flush(write) -> None:
            buffer.flush(write, lambda names: noted & set(names))

        for step, batch in [*steps, ("flush", None), ("flush", None)]:
            if step == "append":
                table = conform(rows(batch))
                assert buffer.append(rows(batch)) == table.num_rows
                known |= model(table)
            elif step == "reopen":
                buffer.close()
                buffer = ObservationBuffer(Path(name))
            else:
                write = {"flush": commit, "crash before": before, "crash after": after}[step]
                try:
                    flush(write)
                except CrashError:
                    buffer = ObservationBuffer(Path(name))
        assert model(content(con)) == known
        assert len(handed) == len(set(handed))
        assert buffer.pending().table.num_rows == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(batches.filter(len), max_size=4), st.data())
def test_noise_costs_what_it_covers(several: list, data: st.DataObject) -> None:
    """Any bytes written over a segment cost the records they touch, and no other."""
    tables = [conform(rows(batch)) for batch in several]
    parts = [b"".join(segments.encode(table, n)) for n, table in enumerate(tables)]
    whole = bytearray(b"".join(parts))
    start = data.draw(st.integers(0, len(whole)))
    noise = data.draw(st.binary(max_size=80))[: len(whole) - start]
    changed = [start + i for i, value in enumerate(noise) if whole[start + i] != value]
    whole[start : start + len(noise)] = noise
    found, findings = segments.decode(bytes(whole), "s")
    position, expected = 0, []
    for table, part in zip(tables, parts, strict=True):
        if not any(position <= at < position + len(part) for at in changed):
            expected.append(table)
        position += len(part)
    assert [record.table for record in found] == expected
    assert bool(findings) == bool(changed)
