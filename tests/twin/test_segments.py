# SPDX-License-Identifier: EUPL-1.2
"""A crash cuts the last record only; damage elsewhere is told and costs one record."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.twin import segments

TABLES = [pa.table({"n": list(range(i, i + 3))}) for i in range(4)]
RECORDS = [b"".join(segments.encode(table, 1000 + i)) for i, table in enumerate(TABLES)]
WHOLE = b"".join(RECORDS)


def test_round_trip() -> None:
    records, findings = segments.decode(WHOLE, "s")
    assert findings == []
    assert [record.table for record in records] == TABLES
    assert [record.received for record in records] == [1000, 1001, 1002, 1003]
    assert segments.decode(b"", "s") == ([], [])


def test_long_tables_are_split() -> None:
    table = pa.table({"n": range(segments.ROWS + 5)})
    records, _ = segments.decode(b"".join(segments.encode(table, 1)), "s")
    assert [record.table.num_rows for record in records] == [segments.ROWS, 5]
    assert list(segments.encode(table.slice(0, 0), 1)) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_a_cut_anywhere_loses_only_the_last_record(length: int) -> None:
    records, findings = segments.decode(WHOLE[:length], "s")
    ends = [sum(map(len, RECORDS[: i + 1])) for i in range(len(RECORDS))]
    whole = sum(end <= length for end in ends)
    assert [record.table for record in records] == TABLES[:whole]
    left = length - (ends[whole - 1] if whole else 0)
    assert [(item.code, item.data["bytes"]) for item in findings] == (
        [("JUM-T115", left)] if left else []
    )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_one_altered_byte_costs_one_record(position: int, mask: int) -> None:
    altered = bytearray(WHOLE)
    altered[position] ^= mask
    records, findings = segments.decode(bytes(altered), "s")
    hit = next(i for i in range(4) if position < sum(map(len, RECORDS[: i + 1])))
    assert [record.table for record in records] == TABLES[:hit] + TABLES[hit + 1 :]
    assert len(findings) == 1 and findings[0].data["bytes"] == len(RECORDS[hit])
    if hit < 3:
        assert findings[0].code == "JUM-T116"


def test_zeros_after_a_power_failure_are_a_cut() -> None:
    records, findings = segments.decode(WHOLE + bytes(512), "s")
    assert len(records) == 4
    assert [(item.code, item.data["bytes"]) for item in findings] == [("JUM-T115", 512)]


def test_a_last_record_altered_is_damage() -> None:
    altered = WHOLE[:-1] + bytes([WHOLE[-1] ^ 1])
    _, findings = segments.decode(altered, "17-4-ab")
    assert [item.code for item in findings] == ["JUM-T116"]
    assert "17-4-ab" in findings[0].to_row()["what"]


def test_time_of_reception_is_protected_too() -> None:
    altered = bytearray(RECORDS[0])
    altered[8] ^= 1
    assert segments.decode(bytes(altered), "s")[0] == []


@pytest.mark.parametrize("noise", [segments.MAGIC, b"\x00JObsJObs", b"JObs" + b"\xff" * 40])
def test_noise_between_records_is_skipped(noise: bytes) -> None:
    records, findings = segments.decode(RECORDS[0] + noise + RECORDS[1], "s")
    assert [record.table for record in records] == TABLES[:2]
    assert [item.code for item in findings] == ["JUM-T116"]
