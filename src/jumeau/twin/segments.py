# SPDX-License-Identifier: EUPL-1.2
"""Segment files: records appended one after another, of which a crash can only cut the last.

A record is a header (magic, length, time of reception, CRC-32) and an Arrow IPC stream. What a
crash cut, or a disk altered, is recognised, left out and told; the records after it are found by
their magic.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"JObs"
ROWS = 100_000
"""Rows of a record, at most."""
_HEAD = struct.Struct("<4sIQI")  # magic, length, time of reception [ns], CRC-32


class Record(NamedTuple):
    """Rows received together, and when [ns since 1970]."""

    received: int
    table: pa.Table


def encode(table: pa.Table, received: int) -> Iterator[bytes]:
    """Yield the records of a table, each to be appended by one write.

    Parameters
    ----------
    table : pyarrow.Table
        Rows.
    received : int
        Time of reception [ns since 1970].
    """
    import pyarrow as pa

    for start in range(0, table.num_rows, ROWS):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.slice(start, ROWS))
        payload = sink.getvalue().to_pybytes()
        yield _HEAD.pack(MAGIC, len(payload), received, _crc(received, payload)) + payload


def decode(content: bytes, name: str) -> tuple[list[Record], list[Finding]]:
    """Return the records of a segment, and what could not be read of it.

    Parameters
    ----------
    content : bytes
        The segment.
    name : str
        Its name, for the findings.

    Returns
    -------
    records : list of Record
        In the order of the file.
    findings : list of Finding
        ``JUM-T115`` for a last record that was cut, ``JUM-T116`` for damage.
    """
    records: list[Record] = []
    findings: list[Finding] = []
    position = 0
    while position < len(content):
        record, end = _record(content, position)
        if record is not None:
            records.append(record)
            position = end
            continue
        following = _next(content, position + 1)
        lost = content[position:following]
        # A record that announces more bytes than there are, or a tail of zeros after a power
        # failure, was never acknowledged. Anything else was, and has been altered since.
        cut = following == len(content) and (end > len(content) or not any(lost))
        findings.append(
            finding("JUM-T115" if cut else "JUM-T116", "observation", name, bytes=len(lost))
        )
        position = following
    return records, findings


def _record(content: bytes, position: int) -> tuple[Record | None, int]:
    """Return the record at a position, or ``None``, and where it says that it ends."""
    import pyarrow as pa

    start = position + _HEAD.size
    if start > len(content):
        return None, start
    magic, length, received, crc = _HEAD.unpack_from(content, position)
    if magic != MAGIC:
        return None, start
    payload = content[start : start + length]
    if len(payload) < length or _crc(received, payload) != crc:
        return None, start + length
    return Record(received, pa.ipc.open_stream(payload).read_all()), start + length


def _next(content: bytes, position: int) -> int:
    """Return where the next sound record begins, or the end of the content."""
    while (position := content.find(MAGIC, position)) >= 0:
        if _record(content, position)[0] is not None:
            return position
        position += 1
    return len(content)


def _crc(received: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(received.to_bytes(8, "little")))
