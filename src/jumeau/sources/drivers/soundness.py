# SPDX-License-Identifier: EUPL-1.2
"""Files that GDAL reads without a word although their end is missing: GML, KML, MapInfo."""

from __future__ import annotations

import io
import re

from jumeau.base.errors import error
from jumeau.sources.archive import Located

HEAD, TAIL = 4096, 1024
"""Bytes read at both ends of a file."""
BLOCK = 512
"""A .map is made of blocks of multiples of this [bytes]."""


def check(located: Located) -> None:
    """Refuse a file whose end is missing.

    Parameters
    ----------
    located : Located
        Vector file; formats that GDAL verifies are left to it.

    Raises
    ------
    InvalidError
        ``JUM-S004``.
    """
    if located.suffix in {".gml", ".kml", ".gpx"}:
        _markup(located)
    elif located.suffix == ".tab":
        _tab(located)
    elif located.suffix == ".mif":
        _mif(located)


def _markup(located: Located) -> None:
    """Look for the end of the first element at the end of the file."""
    with located.open() as file:
        head = file.read(HEAD)
        file.seek(-min(located.size(), TAIL), io.SEEK_END)
        tail = file.read()
    root = re.search(rb"<([A-Za-z_][\w:.-]*)", re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", head))
    if root and b"</" + root[1] not in tail and not re.search(rb"/>\s*$", tail):
        _refuse(located, f"</{root[1].decode('ascii', 'replace')}>")


def _tab(located: Located) -> None:
    """Compare the records that .dat announces with .dat, .id and .map as they are."""
    import numpy as np

    if ".dat" not in located.sidecars:
        return
    with located.open(".dat") as file:
        head = file.read(32)
    if len(head) < 32:
        _refuse(located, ".dat")
    records = int.from_bytes(head[4:8], "little")
    start, length = (int.from_bytes(head[place : place + 2], "little") for place in (8, 10))
    if located.size(".dat") < start + records * length:
        _refuse(located, f".dat: {located.size('.dat')} < {start + records * length} B")
    if ".id" not in located.sidecars or ".map" not in located.sidecars:
        return
    with located.open(".id") as file:
        places = np.frombuffer(file.read(4 * records), "<u4")
    size = located.size(".map")
    if len(places) < records or size % BLOCK or (records and int(places.max()) >= size):
        _refuse(located, f".map: {size} B")


def _mif(located: Located) -> None:
    """Compare the objects of .mif with the lines of .mid, one each."""
    if ".mid" not in located.sidecars:
        return
    kinds = rb"(none|point|line|pline|region|arc|text|rect|roundrect|ellipse|multipoint|collection)"
    found = re.compile(rb"^\s*" + kinds + rb"\b", re.IGNORECASE)
    objects, begun, parts = 0, False, 0
    with located.open() as file:
        for line in file:
            if not begun:
                begun = line.strip().lower() == b"data"
            elif parts == 0 and (match := found.match(line)):
                objects += 1
                if match[1].lower() == b"collection":
                    parts = int(line.split()[1])
            elif parts and found.match(line):
                parts -= 1
    with located.open(".mid") as file:
        lines = sum(1 for line in file if line.strip())
    if objects < lines:
        _refuse(located, f".mif: {objects} < .mid: {lines}")


def _refuse(located: Located, detail: str) -> None:
    raise error("JUM-S004", file=located.name, detail=detail)
