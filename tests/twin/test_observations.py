# SPDX-License-Identifier: EUPL-1.2
"""Live observations: valid or refused, durable once acknowledged, flushed exactly once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import jumeau
from jumeau.base.errors import InvalidError, StorageError, UnknownNameError
from jumeau.twin import observations, schema
from jumeau.twin.observations import Batch, ObservationBuffer, conform, latest, upsert
from jumeau.twin.territory import Territory

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def reading(sensor: str = "a", minute: int = 0, value: float | None = 1.0, **more: Any) -> dict:
    return {
        "sensor_id": sensor,
        "property": "level",
        "time": NOON + timedelta(minutes=minute),
        "value": value,
        **more,
    }


# -- validity ----------------------------------------------------------------------------------
def test_columns_are_those_of_the_schema() -> None:
    assert observations.arrow_schema().names == list(schema.table("observation").names)
    table = conform(reading())
    assert table.schema == observations.arrow_schema()
    assert table["unit"].null_count == 1


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"sensor_id": ["a"], "property": ["p"], "time": [NOON], **columns})


@pytest.mark.parametrize(
    "data",
    [
        reading(),
        [reading()],
        pd.DataFrame([reading()]),
        pa.table({name: [value] for name, value in reading().items()}),
        pa.RecordBatch.from_pylist([reading()]),
        reading(time="2026-06-21T12:00:00Z"),
        reading(time="2026-06-21T14:00:00+02:00"),
        reading(time=NOON.astimezone(timezone(timedelta(hours=-4)))),
        reading(time=pd.Timestamp(NOON).tz_convert("Europe/Paris")),
        reading(value=np.float32(1)),
        reading(value=1),
    ],
)
def test_every_way_of_giving_the_same_reading(data: Any) -> None:
    row = conform(data).to_pylist()[0]
    assert (row["time"], row["value"], row["sensor_id"]) == (NOON, 1.0, "a")


def test_nothing_measured_is_null() -> None:
    table = conform([reading(value=float("nan")), reading(minute=1, value=None, quality="bad")])
    assert table["value"].to_pylist() == [None, None]
    assert conform([]).num_rows == 0
    assert conform(pd.DataFrame([reading()]).iloc[:0]).num_rows == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (reading(time=NOON.replace(tzinfo=None)), "JUM-T110"),
        ([reading(), reading(time=NOON.replace(tzinfo=None))], "JUM-T110"),
        (reading(time="2026-06-21T12:00:00"), "JUM-T110"),
        (frame(time=[pd.Timestamp("2026-06-21")]), "JUM-T110"),
        (
            pa.table({"sensor_id": ["a"], "property": ["p"], "time": [datetime(2026, 1, 1)]}),
            "JUM-T110",
        ),
        (reading(time="yesterday"), "JUM-T117"),
        (reading(time=1782043200), "JUM-T117"),
        (reading(value=float("inf")), "JUM-T111"),
        ([reading(), reading(value=-np.inf)], "JUM-T111"),
        (reading(value="high"), "JUM-T117"),
        ({"sensor_id": "a", "property": "p"}, "JUM-T113"),
        (reading(sensor=None), "JUM-T113"),
        (reading(sensor=""), "JUM-T113"),
        (reading(time=None), "JUM-T113"),
        (reading(quality="god"), "JUM-T114"),
        (reading(sensor=["a"]), "JUM-T117"),
        ([1], "JUM-T117"),
    ],
)
def test_bad_readings_are_refused_with_their_code(data: Any, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        conform(data)
    assert caught.value.code == code


def test_naive_and_aware_times_are_not_mixed_up_in_a_frame() -> None:
    """Arrow alone takes the naive one for UTC."""
    mixed = pd.DataFrame([reading(), reading()])
    mixed["time"] = pd.Series([NOON, NOON.replace(tzinfo=None)], dtype=object)
    with pytest.raises(InvalidError) as caught:
        conform(mixed)
    assert (caught.value.code, caught.value.data["row"]) == ("JUM-T110", 1)


def test_messages_name_the_row_and_the_close_word() -> None:
    with pytest.raises(InvalidError) as caught:
        conform([reading(), reading(minute=1, quality="god")])
    assert caught.value.data["row"] == 1 and caught.value.data["suggestion"] == "good"
    with pytest.raises(UnknownNameError) as unknown:
        conform(reading(valeu=3))
    assert unknown.value.code == "JUM-T112" and "“value”" in str(unknown.value)


def test_last_of_a_key_wins_and_order_is_kept() -> None:
    table = conform([reading(value=1), reading("b"), reading(value=2), reading(minute=1, value=3)])
    assert latest(table)["value"].to_pylist() == [1.0, 2.0, 3.0]
    assert latest(latest(table)) == latest(table)
    same = latest(conform([reading(), reading(time="2026-06-21T14:00:00+02:00", value=9)]))
    assert same["value"].to_pylist() == [9.0]


# -- into a table ------------------------------------------------------------------------------
@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(schema.create_sql(schema.table("observation")))
    return connection


def rows(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute(
        "SELECT sensor_id, time, value FROM observation ORDER BY sensor_id, time"
    ).fetchall()


def test_upsert_keeps_one_row_a_key(con: duckdb.DuckDBPyConnection) -> None:
    assert upsert(con, conform([reading(value=1), reading("b"), reading(value=2)])) == (2, 0)
    assert [row[2] for row in rows(con)] == [2.0, 1.0]
    assert upsert(con, conform([reading(value=2), reading("b", value=5), reading("c")])) == (1, 1)
    assert [row[2] for row in rows(con)] == [2.0, 5.0, 1.0]
    assert upsert(con, conform([])) == (0, 0)
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_same_values_from_another_source_change_nothing(con: duckdb.DuckDBPyConnection) -> None:
    upsert(con, conform(reading(source_id="first")))
    assert upsert(con, conform(reading(source_id="second"))) == (0, 0)
    assert con.execute("SELECT source_id FROM observation").fetchall() == [("first",)]


# -- the buffer --------------------------------------------------------------------------------
class Twin(list):
    """Stand-in for the table: keeps what the transactions committed."""

    def __call__(self, batch: Batch) -> None:
        self.append(batch)

    def values(self) -> list[float]:
        return [value for batch in self for value in batch.table["value"].to_pylist()]


def test_append_then_flush(tmp_path: Path) -> None:
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    assert buffer.append(reading(value=1)) == 1
    assert buffer.append([reading("b", value=2), reading("c", value=3)]) == 2
    assert buffer.append([]) == 0
    assert buffer.pending().table.num_rows == 3
    done = buffer.flush(twin)
    assert (done.rows, done.findings) == (3, ())
    assert done.segments == twin[0].segments and len(done.segments) == 1
    assert twin.values() == [1.0, 2.0, 3.0]
    assert buffer.pending().table.num_rows == 0
    assert buffer.flush(twin).rows == 0 and len(twin) == 1
    buffer.append(reading(value=4))  # the process goes on, in a new segment
    buffer.flush(twin)
    assert twin.values()[-1] == 4.0
    assert [path.name for path in (tmp_path / "buffer").iterdir()] == [".flush"]


def test_nothing_to_flush_makes_no_folder(tmp_path: Path) -> None:
    buffer = ObservationBuffer(tmp_path)
    assert buffer.flush(Twin()).rows == 0 and buffer.pending().table.num_rows == 0
    buffer.close()
    assert list(tmp_path.iterdir()) == []


def test_refused_readings_leave_nothing(tmp_path: Path) -> None:
    buffer = ObservationBuffer(tmp_path)
    with pytest.raises(InvalidError):
        buffer.append([reading(), reading(value=float("inf"))])
    assert list(tmp_path.iterdir()) == []


def test_last_received_wins_across_processes(tmp_path: Path) -> None:
    first, second, twin = ObservationBuffer(tmp_path), ObservationBuffer(tmp_path), Twin()
    first.append(reading(value=1))
    second.append(reading(value=2))
    first.append(reading(value=3))
    assert first.flush(twin).rows == 1
    assert twin.values() == [3.0]


def test_a_failed_transaction_keeps_everything(tmp_path: Path) -> None:
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    buffer.append(reading(value=1))

    def refuse(batch: Batch) -> None:
        raise StorageError("JUM-T013", "disk full")

    with pytest.raises(StorageError):
        buffer.flush(refuse)
    buffer.append(reading("b", value=2))
    assert buffer.flush(twin).rows == 2
    assert sorted(twin.values()) == [1.0, 2.0]


def test_an_interrupted_flush_is_not_done_twice(tmp_path: Path) -> None:
    """The machine stops between the commit and the removal of the segments."""
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    buffer.append(reading(value=1))

    class Stop(BaseException):
        pass

    def commit_then_stop(batch: Batch) -> None:
        twin(batch)
        raise Stop

    with pytest.raises(Stop):
        buffer.flush(commit_then_stop)
    buffer.append(reading("b", value=2))
    asked: list[Sequence[str]] = []

    def committed(names: Sequence[str]) -> set[str]:
        asked.append(names)
        return {name for batch in twin for name in batch.segments}

    assert buffer.flush(twin, committed).rows == 1
    assert twin.values() == [1.0, 2.0] and len(asked) == 1
    buffer.append(reading("c", value=3))
    buffer.flush(twin, committed)
    assert len(asked) == 1  # nothing was interrupted: nobody is asked


def test_long_buffers_are_flushed_in_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "SEGMENT_BYTES", 4000)
    monkeypatch.setattr(observations, "BATCH_BYTES", 9000)
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    for minute in range(20):
        buffer.append(reading(minute=minute, value=minute))
    assert buffer.flush(twin).rows == 20
    assert len(twin) > 1 and sorted(twin.values()) == [float(i) for i in range(20)]


def test_a_cut_record_is_left_out_and_told(tmp_path: Path) -> None:
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    buffer.append(reading(value=1))
    buffer.append(reading(minute=1, value=2))
    buffer.close()
    (segment,) = (tmp_path / "buffer").glob("*.open")
    os.truncate(segment, segment.stat().st_size - 7)
    again = ObservationBuffer(tmp_path)
    again.append(reading(minute=2, value=3))  # does not follow the torn bytes
    done = again.flush(twin)
    assert twin.values() == [1.0, 3.0]
    assert [item.code for item in done.findings] == ["JUM-T115"]
    assert done.findings == twin[0].findings
    assert again.flush(twin).findings == ()


def test_full_disk_refuses_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = ObservationBuffer(tmp_path)
    buffer.append(reading(value=1))
    plain = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) > 100:
            return plain(descriptor, content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", half)
        with pytest.raises(StorageError) as caught:
            buffer.append([reading(minute=m) for m in range(1, 2)])
        assert caught.value.code in {"JUM-T101", "JUM-T102"}
    buffer.append(reading(minute=5, value=5))
    batch = buffer.pending()
    assert batch.table["value"].to_pylist() == [1.0, 5.0] and batch.findings == ()


def test_threads_append_together(tmp_path: Path) -> None:
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    threads = [
        threading.Thread(
            target=lambda k=k: [buffer.append(reading(f"s{k}", m, m)) for m in range(20)]
        )
        for k in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        buffer.flush(twin)
    buffer.flush(twin)
    assert sum(batch.table.num_rows for batch in twin) == 80


APPEND = """
import itertools, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from jumeau.twin.observations import ObservationBuffer
folder, sensor, count = sys.argv[1:]
buffer = ObservationBuffer(Path(folder))
for minute in itertools.islice(itertools.count(), int(count) or None):
    time = datetime(2026, 6, 21, tzinfo=UTC) + timedelta(minutes=minute)
    buffer.append({"sensor_id": sensor, "property": "p", "time": time, "value": minute})
    print(minute, flush=True)
"""


def appending(folder: Path, sensor: str, count: int = 0) -> subprocess.Popen[str]:
    """Start a process that appends one reading a minute, and says so once it is acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, str(folder), sensor, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_append_while_another_flushes(tmp_path: Path) -> None:
    buffer, twin = ObservationBuffer(tmp_path), Twin()
    processes = [appending(tmp_path, f"s{k}", 60) for k in range(3)]
    while any(process.poll() is None for process in processes):
        buffer.flush(twin)
    buffer.flush(twin)
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    table = pa.concat_tables(batch.table for batch in twin)
    assert table.num_rows == 180 and latest(table).num_rows == 180
    assert all(batch.findings == () for batch in twin)


def test_a_forked_child_does_not_write_in_its_parents_segment(tmp_path: Path) -> None:
    buffer = ObservationBuffer(tmp_path)
    buffer.append(reading(value=1))
    child = os.fork()
    if child == 0:
        try:
            buffer.append(reading(minute=1, value=2))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    buffer.append(reading(minute=2, value=3))
    assert len(list((tmp_path / "buffer").glob("*.open"))) == 2
    assert buffer.pending().table["value"].to_pylist() == [1.0, 2.0, 3.0]


def test_acknowledged_readings_survive_kill(tmp_path: Path) -> None:
    with appending(tmp_path, "a") as process:
        assert process.stdout is not None
        acknowledged = -1
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged >= 30:
                process.send_signal(signal.SIGKILL)
    twin = Twin()
    ObservationBuffer(tmp_path).flush(twin)
    assert acknowledged >= 30
    values = twin.values()
    assert values[: acknowledged + 1] == [float(i) for i in range(acknowledged + 1)]
    assert len(values) <= acknowledged + 2  # one more may have been written, not acknowledged


# -- into a territory --------------------------------------------------------------------------
def stored(territory: Territory) -> list[tuple[str, float]]:
    table = territory.table("observation", columns=["sensor_id", "value"])
    return sorted((row["sensor_id"], row["value"]) for row in table.to_pylist())


def test_flush_into_a_territory(territory: Territory) -> None:
    buffer = territory.observations()
    buffer.append([reading("a", value=1), reading("b", value=2)])
    before = territory.version
    assert observations.flush(territory, buffer).rows == 2
    assert stored(territory) == [("a", 1.0), ("b", 2.0)]
    assert observations.flush(territory, buffer).rows == 0
    assert territory.version == before + 1  # nothing to write, no version
    buffer.append([reading("a", value=1), reading("b", value=5), reading("b", minute=1, value=6)])
    observations.flush(territory, buffer)
    assert stored(territory) == [("a", 1.0), ("b", 5.0), ("b", 6.0)]
    assert territory.at(version=before + 1).table("observation").num_rows == 2


def test_what_was_cut_becomes_a_finding_of_the_twin(territory: Territory) -> None:
    buffer = territory.observations()
    buffer.append(reading(value=1))
    buffer.append(reading(minute=1, value=2))
    buffer.close()
    (segment,) = (territory.path / "buffer").glob("*.open")
    os.truncate(segment, segment.stat().st_size - 3)
    observations.flush(territory)
    assert stored(territory) == [("a", 1.0)]
    assert territory.table("finding")["code"].to_pylist() == ["JUM-T115"]


def test_a_correction_imported_meanwhile_is_not_undone(territory: Territory) -> None:
    """kill -9 after the commit, a correction, then the next flush: the correction stays."""
    code = (
        "import os, signal, jumeau\n"
        "from jumeau.twin import observations\n"
        f"t = jumeau.open({str(territory.path)!r})\n"
        "b = t.observations()\n"
        "b.append({'sensor_id': 'a', 'property': 'level', 'time': '2026-06-21T12:00:00Z',"
        " 'value': 1})\n"
        "b._remove = lambda paths: paths and os.kill(os.getpid(), signal.SIGKILL)\n"
        "observations.flush(t, b)\n"
    )
    died = subprocess.run([sys.executable, "-c", code], check=False)
    assert died.returncode == -signal.SIGKILL
    assert stored(territory) == [("a", 1.0)]
    assert list((territory.path / "buffer").glob("*.sealed"))
    with territory.transaction("correction") as tx:
        observations.upsert(tx.con, conform(reading(value=7)))
    version = territory.version
    assert observations.flush(territory).rows == 0
    assert stored(territory) == [("a", 7.0)] and territory.version == version
    assert not list((territory.path / "buffer").glob("*.sealed"))


def test_kill_before_the_commit_loses_nothing(territory: Territory) -> None:
    code = (
        "import os, signal, jumeau\n"
        "from jumeau.twin import observations\n"
        f"t = jumeau.open({str(territory.path)!r})\n"
        "b = t.observations()\n"
        "b.append({'sensor_id': 'a', 'property': 'level', 'time': '2026-06-21T12:00:00Z',"
        " 'value': 1})\n"
        "plain = observations.upsert\n"
        "def dies(con, table):\n"
        "    plain(con, table)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "observations.upsert = dies\n"
        "observations.flush(t, b)\n"
    )
    died = subprocess.run([sys.executable, "-c", code], check=False)
    assert died.returncode == -signal.SIGKILL
    again = jumeau.open(territory.path)
    assert stored(again) == []
    assert observations.flush(again).rows == 1
    assert stored(again) == [("a", 1.0)]
    again.close()
