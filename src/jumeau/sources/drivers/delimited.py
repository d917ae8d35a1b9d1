# SPDX-License-Identifier: EUPL-1.2
"""CSV as administrations write it: any delimiter, any encoding, odd headers, one bad line.

Cells are read as bytes by Arrow, then decoded. A line with the wrong number of cells is left out
and reported with its number. When a quotation mark is left open, Arrow would swallow the lines
that follow: such a file is read again line by line, so that one mark costs one line.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.sources import encoding as encodings
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records
from jumeau.sources.folding import first

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = (";", ",", "\t", "|")
SAMPLE = 1 << 18
_DBASE = re.compile(r"^(?P<name>[^,]+),[CNDFLIM](?:,\d+){0,2}$")
_NUMBER = re.compile(r"^[+-]?[\d\s.,\u00a0\u202f]*\d[\s\u00a0\u202f]*$")
_PAGE = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_JOINED = 20  # lines that a quoted cell may span before its mark is taken to be a mistake


@dataclass(frozen=True)
class Dialect:
    """How a file is laid out.

    Parameters
    ----------
    delimiter : str
        Character between cells.
    header : int
        Lines before the first record; the last of them names the columns.
    columns : tuple of str
        Names of the columns.
    named : bool
        Whether the file names its columns.
    """

    delimiter: str
    header: int
    columns: tuple[str, ...]
    named: bool


def read(located: Located, encoding: str | None, table: str) -> Records:
    """Read a delimited file whole.

    Raises
    ------
    InvalidError
        ``JUM-S002`` empty, ``JUM-S007`` when it is no table of text.
    """
    raw = _plain_utf8(located.bytes())
    if not raw.strip():
        raise error("JUM-S002", file=located.name)
    if _PAGE.match(raw):  # what a server answers in place of a file
        raise error("JUM-S007", file=located.name, detail="HTML")
    if b"\0" in raw[:SAMPLE]:
        raise error("JUM-S007", file=located.name, detail="CSV")
    decoder = encodings.Decoder(encoding)
    dialect = sniff(raw, decoder)
    found: list[Finding] = []
    if not dialect.named:
        found.append(finding("JUM-S132", table, located.name, file=located.name))
    rows, bad = _arrow(raw, dialect)
    if rows is None:
        rows, bad = _tolerant(raw, dialect)
    columns = {
        name: decoder.column(column)
        for name, column in zip(dialect.columns, rows.columns, strict=True)
        if name
    }
    if bad:
        found.append(
            finding(
                "JUM-S115",
                table,
                located.name,
                count=len(bad),
                lines=first(bad),
                expected=len(dialect.columns),
            )
        )
    import pyarrow as pa

    return Records(
        pa.table(columns),
        None,
        None,
        read=rows.num_rows + len(bad),
        announced=None,
        driver="CSV",
        encoding=decoder.found,
        layer=located.stem,
        findings=found + decoder.findings(table),
        dropped=len(bad),
        touched=decoder.repaired_rows(),
    )


def _plain_utf8(raw: bytes) -> bytes:
    """Return the document in UTF-8 without byte-order mark, with line feeds at line ends."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", "replace").encode("utf-8")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def sniff(raw: bytes, decoder: encodings.Decoder | None = None) -> Dialect:
    """Find the delimiter, the header and the columns of a file from its beginning.

    Parameters
    ----------
    raw : bytes
        The file, or its beginning.
    decoder : Decoder, optional
        Decoder of the names; UTF-8, else Windows-1252, by default.
    """
    sample = raw[:SAMPLE]
    if len(raw) > SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    decoder = decoder or encodings.Decoder()
    text, odd = decoder.text(sample)
    best: tuple[float, str, list[list[str]]] = (-1.0, ";", [])
    for delimiter in DELIMITERS:
        rows = _cells(text, delimiter)
        widths = Counter(len(row) for row in rows if row)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = (min(width, 50) - 1) * count / sum(widths.values())
        if score > best[0]:
            best = (score, delimiter, rows)
    _, delimiter, rows = best
    common = Counter(len(row) for row in rows[1:] if row).most_common(1)
    modal = common[0][0] if common else len(rows[0])
    header = _header(rows, modal)
    line = _physical_lines(text, delimiter, header + 1)
    cells = rows[header] if header < len(rows) else []
    if cells and all(not cell.strip() or _NUMBER.match(cell.strip()) for cell in cells):
        unnamed = tuple(f"column_{number + 1}" for number in range(modal))
        return Dialect(delimiter, line - 1, unnamed, named=False)
    decoder.odd_names = odd and any(not cell.isascii() for cell in cells) and not decoder.encoding
    names = _names(cells)
    names += [""] * (modal - len(names)) if modal - len(names) == 1 else []
    return Dialect(delimiter, line, tuple(_unique(names)), named=True)


def _cells(text: str, delimiter: str) -> list[list[str]]:
    # csv stops at its field limit when a mark is left open: what was read by then is enough.
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(text), delimiter=delimiter))
    return rows


def _header(rows: list[list[str]], modal: int) -> int:
    """Return the number of rows above the one that names the columns (titles, blank lines)."""
    for number, row in enumerate(rows[:20]):
        filled = sum(1 for cell in row if cell.strip())
        if len(row) >= modal - 1 and filled >= max(1, (len(row) + 1) // 2):
            return number
    return 0


def _physical_lines(text: str, delimiter: str, rows: int) -> int:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    for _, _row in zip(range(rows), reader, strict=False):
        pass
    return max(reader.line_num, 1)


def _names(cells: list[str]) -> list[str]:
    """Return column names without the type that dBase exports append ("NOM,C,254")."""
    names = encodings.names(cells)
    typed = [_DBASE.match(name) for name in names]
    if names and sum(match is not None for match in typed) >= 0.8 * len(names):
        names = [match["name"] if match else name for match, name in zip(typed, names, strict=True)]
    return [" ".join(name.split()) for name in names]


def _unique(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if not name or seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def _arrow(raw: bytes, dialect: Dialect) -> tuple[pa.Table | None, list[int]]:
    """Read quickly; ``None`` when an open quotation mark may have swallowed lines."""
    import pyarrow as pa
    from pyarrow import csv as pcsv

    bad: list[int] = []

    def left_out(row: pcsv.InvalidRow) -> str:
        bad.append(row.number or 0)
        return "skip"

    keys = [f"c{number}" for number in range(len(dialect.columns))]
    try:
        rows = pcsv.read_csv(
            pa.py_buffer(raw),
            read_options=pcsv.ReadOptions(
                use_threads=False,
                skip_rows=dialect.header,
                column_names=keys,
                block_size=1 << 24,
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=dialect.delimiter,
                newlines_in_values=True,
                invalid_row_handler=left_out,
            ),
            convert_options=pcsv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(keys, pa.binary()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None, []
    if b'"' in raw and _lines(raw) - dialect.header - _blank(raw) != rows.num_rows + len(bad):
        return None, []
    return rows, bad


def _lines(raw: bytes) -> int:
    return raw.count(b"\n") + (not raw.endswith(b"\n"))


def _blank(raw: bytes) -> int:
    """Return the number of empty lines."""
    return sum(1 for _ in re.finditer(rb"\n(?=\r?(?:\n|\Z))", raw)) - raw.endswith(b"\n")


def _tolerant(raw: bytes, dialect: Dialect) -> tuple[pa.Table, list[int]]:
    """Read line by line: a quoted cell may span lines only if it gives the right cell count."""
    import pyarrow as pa

    width = len(dialect.columns)
    good: list[list[str]] = []
    bad: list[int] = []
    lines = [line.decode("latin-1") for line in io.BytesIO(raw)]
    for number, cells in _logical(lines, dialect, width):
        if cells is None:
            bad.append(number)
        elif any(cell.strip() for cell in cells):
            good.append(cells)
    columns = [
        pa.array([row[place].encode("latin-1") for row in good], pa.binary())
        for place in range(width)
    ]
    return pa.table(columns, names=[f"c{place}" for place in range(width)]), bad


def _logical(
    lines: list[str], dialect: Dialect, width: int
) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line number, cells) of each record, ``None`` for the cells of a line at fault."""
    place = dialect.header
    while place < len(lines):
        for span in range(1, _JOINED + 1):
            cells = _one("".join(lines[place : place + span]).rstrip("\r\n"), dialect.delimiter)
            if cells is not None or place + span >= len(lines):
                break
        if cells is None:  # marks within words, as in: "Il dit "non" ici"
            span, cells = 1, _one(lines[place].rstrip("\r\n"), dialect.delimiter, strict=False)
        blank = cells is not None and not any(cell.strip() for cell in cells)
        fine = cells is not None and (blank or len(cells) == width)
        yield place + 1, cells if fine else None
        place += span if fine else 1


def _one(text: str, delimiter: str, *, strict: bool = True) -> list[str] | None:
    """Return the cells of one record, ``None`` while a quotation mark is open."""
    end = "\x00"
    try:
        lines = io.StringIO(f"{text}\n{end}")
        cells = next(iter(csv.reader(lines, delimiter=delimiter, strict=strict)), [])
    except csv.Error:
        return None
    return None if cells and cells[-1].endswith(end) else cells
