# SPDX-License-Identifier: EUPL-1.2
"""Text of photometric files: encodings, lines, numbers, and the coded errors they may need."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base.errors import JumeauError, error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_BYTES = 64 * 1024 * 1024
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,3})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+", re.ASCII)
_LINES = re.compile(r"\r*\n|\r")
_MOST = 1e10
GENERIC = re.compile(r"generic distribution, \+-(\d+(?:\.\d+)?) %")
"""Mark that our writers leave in the file of a supposed distribution."""


class TextFile(NamedTuple):
    """A photometric file as text."""

    name: str
    path: Path
    sha256: str
    lines: list[str]


class Cell(NamedTuple):
    """A piece of text that should be a number, and the line it stands on."""

    text: str
    line: int


def read_text(path: str | Path) -> TextFile:
    """Read a file as lines of text: UTF-8 or UTF-16 with their mark, UTF-8, else Windows-1252.

    Raises
    ------
    MissingFileError
        ``JUM-L032`` when there is no such file.
    InvalidError
        ``JUM-L033`` when it is no text.
    """
    try:
        where = Path(path)
    except TypeError:
        raise error("JUM-L032", file=repr(path)[:80]) from None
    try:
        if where.stat().st_size > MOST_BYTES:
            raise not_text(where.name, f"> {MOST_BYTES // 2**20} MB", f"> {MOST_BYTES // 2**20} Mo")
        data = where.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError) as caught:
        if isinstance(caught, JumeauError):
            raise
        raise error("JUM-L032", file=str(path)) from None
    except OSError as caught:
        reason = str(caught.strerror or type(caught).__name__)
        raise not_text(where.name, reason, reason) from None
    text = _decode(data, where.name)
    return TextFile(where.name, where, hashlib.sha256(data).hexdigest(), _LINES.split(text))


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"),
                           (b"\xfe\xff", "utf-16")):  # fmt: skip
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                raise not_text(name, f"not {encoding}", f"pas de l'{encoding}") from None
            break
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError:
                text = data.decode("latin-1")
    text = text.rstrip("\x1a\x00 \t\r\n")  # old systems mark or pad the end of a file
    if not text:
        raise not_text(name, "it is empty", "il est vide")
    odd = Counter(c for c in text if ord(c) < 32 and c not in "\t\r\n\f\x0b")
    if odd:
        at = _LINES.split(text[: min(text.index(c) for c in odd)])
        raise not_text(name, f"control bytes, the first on line {len(at)}",
                       f"octets de contrôle, le premier à la ligne {len(at)}")  # fmt: skip
    return text


def not_text(name: str, en: str, fr: str) -> JumeauError:
    """Return the error of a file that cannot be read as text."""
    return error("JUM-L033", file=name, fault={"en": en, "fr": fr})


def bad_value(name: str, cell: Cell, item: tuple[str, str], expected: tuple[str, str]
              ) -> JumeauError:  # fmt: skip
    """Return the error of a value that is not what stands there; texts in English and French."""
    return error(
        "JUM-L035",
        file=name,
        line=str(cell.line),
        value=cell.text.strip()[:40],
        item={"en": item[0], "fr": item[1]},
        expected={"en": expected[0], "fr": expected[1]},
    )


def bad_angles(name: str, which: str, en: str, fr: str) -> JumeauError:
    """Return the error of angles that make no whole web."""
    return error("JUM-L037", file=name, which=which, fault={"en": en, "fr": fr})


def number(
    name: str,
    cell: Cell,
    item: tuple[str, str],
    low: float = -math.inf,
    high: float = math.inf,
    *,
    whole: bool = False,
) -> float:
    """Return a cell as a number within limits, or refuse it with its line."""
    found = _NUMBER.fullmatch(cell.text.strip())
    value = float(found[0].upper().replace("D", "E")) if found else math.nan
    if not abs(value) < _MOST or (whole and value != round(value)):
        kind = ("a whole number", "un nombre entier") if whole else ("a number", "un nombre")
        raise bad_value(name, cell, item, kind)
    if not low <= value <= high:
        if math.isinf(high):
            limits = (f"≥ {low:g}", f"≥ {low:g}")
        else:
            limits = (f"{low:g} to {high:g}", f"de {low:g} à {high:g}")
        raise bad_value(name, cell, item, limits)
    return value


def point(name: str, cell: Cell, *, dots: bool) -> Cell:
    """Return a cell with a decimal point, from one that has a decimal comma.

    Parameters
    ----------
    name : str
        File, for the error.
    cell : Cell
        Text of one number.
    dots : bool
        Whether the file has decimal points elsewhere: ``1,983`` then has two meanings.

    Raises
    ------
    InvalidError
        ``JUM-L041`` when the comma may be a decimal mark or separate thousands.
    """
    if "," not in cell.text:
        return cell
    text = cell.text.strip()
    if "." in text or text.count(",") > 1 or (dots and _GROUPED.fullmatch(text)):
        raise error("JUM-L041", file=name, line=str(cell.line), value=text[:40])
    return Cell(text.replace(",", "."), cell.line)


def rising(name: str, which: str, values: NDArray[np.float64], cells: list[Cell]) -> None:
    """Refuse angles that do not rise."""
    for before, after, cell in zip(values[:-1], values[1:], cells[1:], strict=True):
        if after <= before:
            raise bad_angles(
                name,
                which,
                f"line {cell.line}: {after:g} comes after {before:g}; they must rise",
                f"ligne {cell.line} : {after:g} vient après {before:g} ; ils doivent croître",
            )


def positional(value: float, digits: int = 10) -> str:
    """Write a number with significant digits and without exponent."""
    import numpy as np

    return np.format_float_positional(value, digits, unique=False, fractional=False, trim="-")


def label(text: str, most: int = 78) -> str:
    """Return a text that fits on one line of a file."""
    return " ".join(str(text).split())[:most]


def save(path: str | Path, text: str) -> None:
    """Write a text in Windows-1252, the encoding that lighting tools read.

    Raises
    ------
    StorageError
        ``JUM-L042`` when the disk refuses.
    """
    try:
        Path(path).write_bytes(text.encode("cp1252", errors="replace"))
    except (OSError, TypeError, ValueError) as caught:
        reason = str(getattr(caught, "strerror", "") or caught)
        raise error("JUM-L042", file=str(path), reason=reason) from None
