# SPDX-License-Identifier: EUPL-1.2
"""Photometric files of makers (EULUMDAT, IES LM-63): kept whole as text, checked by who reads them.

This layer knows no photometry. The worksite that does (one with ``photometry_facts``) is found by
its entry point: it refuses what it could not compute with, and nothing enters the twin then.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from jumeau.base import plugins
from jumeau.base.contract import ImportRequest, Intake, TableSchema
from jumeau.base.errors import error

SUFFIXES = (".ldt", ".ies")
TABLE = "photometry"
LARGEST = 16 << 20
"""Largest photometric file [bytes]; the finest ones hold some hundred kilobytes."""


def claims(uri: str) -> int:
    """Return 10 for a photometric file, gzipped or not; else 0. A zip is claimed by its own."""
    suffixes = [item.lower() for item in Path(uri).suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return 10 if suffixes and suffixes[-1] in SUFFIXES else 0


def read(request: ImportRequest, schema: TableSchema) -> Intake:
    """Read one photometric file, or every one of a zip.

    Parameters
    ----------
    request : ImportRequest
        Its ``uri`` names the file.
    schema : TableSchema
        The table ``photometry``.

    Returns
    -------
    Intake
        One row a file: its name as identifier, its text, and what the worksite says of it.

    Raises
    ------
    JumeauError
        ``JUM-S001`` to ``JUM-S004`` missing, empty, of another format or damaged files; what the
        lighting worksite says of a distribution that it cannot read.
    """
    import pyarrow as pa

    path = Path(request.uri)
    rows = [_row(name, content) for name, content in _files(path)]
    if not rows:
        raise error("JUM-S003", file=path.name, suffix=path.suffix or "∅", known=list(SUFFIXES))
    unique = {row["id"]: row for row in rows}
    names = [name for name in schema.names if name != "source_id"]
    table = pa.table(
        {
            name: pa.array(
                [row.get(name) for row in unique.values()],
                pa.float64() if schema[name].type == "double" else pa.string(),
            )
            for name in names
        }
    )
    return Intake(
        read=len(rows),
        announced=len(rows),
        dropped=len(rows) - len(unique),
        repaired=0,
        table=table,
        windows=None,
        findings=[],
        mapping={},
        source={"driver": "photometry", "crs": "", "encoding": "", "layer": path.stem},
    )


def text(content: bytes) -> str:
    """Return the text of a photometric file: UTF-8 if it is, else Windows-1252, else Latin-1."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of each photometric file."""
    if not path.is_file():
        raise error("JUM-S001", file=str(path), suggestion="")
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                for item in sorted(archive.infolist(), key=lambda item: item.filename):
                    inner = PurePosixPath(item.filename)
                    if inner.suffix.lower() in SUFFIXES and not inner.name.startswith("."):
                        _bounded(inner.name, item.file_size)
                        yield inner.name, _plain(inner.name, archive.read(item))
        except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError) as exc:
            raise error("JUM-S004", file=path.name, detail=str(exc)[:200]) from exc
        return
    _bounded(path.name, path.stat().st_size)
    content, name = path.read_bytes(), path.name
    if path.suffix.lower() == ".gz":
        try:
            with gzip.open(path) as file:
                content, name = file.read(LARGEST + 1), path.stem
        except (OSError, EOFError) as exc:
            raise error("JUM-S004", file=path.name, detail=str(exc)[:200]) from exc
    _bounded(name, len(content))
    yield name, _plain(name, content)


def _bounded(name: str, size: int) -> None:
    """Refuse a file that is empty or out of proportion [bytes]."""
    if not size:
        raise error("JUM-S002", file=name)
    if size > LARGEST:
        raise error("JUM-S004", file=name, detail=f"{size} bytes")


def _plain(name: str, content: bytes) -> bytes:
    """Return the bytes of a file, unless it is no text."""
    if b"\x00" in content:
        raise error("JUM-S004", file=name, detail="binary")
    return content


def _row(name: str, content: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for worksite in plugins.load_all("jumeau.worksites").values():
        describe = getattr(worksite, "photometry_facts", None)
        if describe is not None:
            facts |= describe(name, content)
    digest = hashlib.sha256(content).hexdigest()
    return {**facts, "id": name, "content": text(content), "sha256": digest}
